package p

const (
	a = iota << 2
	b
	c, d = iota, 1 << iota * 3.0
	_, _
	e, f
	g float32 = 1 / 3.
	h = 'x' + 1i - 1i
	i = len([10]int{}) + len("héllo"[1:3:3])
	j = 1<<200 >> 198
	k uint8 = 255
	l = ^k
	m = -5 % 3 &^ 1
	n = "a" + "b" < "c"
	o = uint64(1<<63) | 1
	p1 = complex(1, 2) * complex(g, h)
	q = real(p1) == imag(p1)
)

var s uint = 3
var t = 1.0 << s
var u int64 = 1 << s
var v = []int{5: 1, 2, c: 3, 'a': 4}
var w = [...]string{"x", 3: "y"}
var x = float32(1<<s) + [1]float32{}[1>>s]
var y = "abc"[1] + byte(j) - "z"[s]
var z = [len(w) + cap(w)]struct{}{}

func shifts(n uint) {
	var f float64 = 1 << 3
	var b byte = 1<<n != 0 && f > 0 == true
	_ = uint8(1)<<n == 1<<8>>n
	_ = make([]int, 1<<n, 2.0<<n)
	_ = 07_77 + 0x1p-2 + 0b11 + 1_000e3i
	_ = min(1, 2.5, 'a') + max(f, 3)
	_ = b
}
