package p

import "nowhere"
import "p"

var x = y
var y = z + x
var z int = "a"
var f, g = h()

func h() (int, string, error) { return 1 }

type T struct {
	T
	*nowhere.X
	a, a int
	U
}
type U interface {
	T
	m() V
	m()
}
type V[P Q, Q V[P]] [len(w)]P

var w V[int, 1]
var _ = T{1, 2, a: 3}.b.c[4:5:6](7)...

func (t X) m()         { t.n() }
func (V[int]) m2(x int) { return x.y }
func (*nowhere.X) q()  {}
func init() int        { init() }
func k[T any](T, ...T)  { k(1, "a", nil); k[int, int](1); k() }

const c = c + d
const d [3]int = unsafe.Sizeof(d)

func stmts() {
	a := a
	a, b := 1
	for i := range 1.5 {
		i.x = nil
	}
	switch x := 5.(type) {
	case 1, int:
		x()
	}
	select { case 1: case x = <-2: }
	L: goto M
	var s []int = map[int]int{1, 2: 3}
	s[1:2] = append(s, append, make, new(5)...)
	len() ; cap(1, 2); make(T, "a"); copy(s); delete(s, s); complex("a", 1); panic(); new(T, T)
	<-s; s <- 1; *s; &s; !s; -"a"; ^1.5; s++; go s; defer 1
	return 1, 2, 3
	func() {}.x()
	_ = _
	nil := nil
	_ = [...]int{1 << 62: 1, -1: 2}
	_ = 1 << 1000000000000 / 0 % 0.0
	_ = struct{ x int }{}.x.x + interface{ x() }(nil).x()()
}
