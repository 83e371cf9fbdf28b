package p

import "fmt"

type (
	T  struct{ a, b int }
	P  struct{ *T }
	V  struct{ T }
	I  interface{ Get() int; Set(int) }
	PI struct{ I }
	F  func(I) I
	A  = [2]V
	M  map[string]*A
)

func (t T) Get() int        { return t.a }
func (t *T) Set(a int)      { t.a, t.b = t.b, a }
func (f F) Get() int        { return f(nil).Get() }
func (f *F) Set(int)        { *f = nil }
func (m M) String() string  { return fmt.Sprint(len(m), m["x"][1].a) }
func (_ P) Unused(_ ...int) {}

var _, _, _ I = P{}, &V{}, PI{}

func all(m M, i I, n int) (s fmt.Stringer) {
	s = m
	set := i.Set
	set(i.Get())
	get := T.Get
	get(m["a"][0].T)
	(*T).Set(&m["a"][1].T, 1)
	defer m["b"][n].Set(n)
	go P.Get(P{&T{1, 2}})
	P{}.Unused([]int{1, 2}...)
	var f F = func(i I) I { return i }
	f.Set(1)
	PI{&f}.Set(f.Get())
	for i, v := range m["c"] {
		v.Set(i)
	}
	x, y := m["d"]
	_ = y && x == nil
	s, ok := any(s).(interface {
		fmt.Stringer
		error
	})
	_ = ok
	k := [...]complex128{2: 1i, 0: complex(1, 2)}
	_ = real(k[n]) * imag(k[0])
	b := append([]byte("x"), "y"...)
	_ = string(b) + string(rune(n)) + fmt.Sprint(*(*[1]byte)(b), [1]byte(b))
	return
}
