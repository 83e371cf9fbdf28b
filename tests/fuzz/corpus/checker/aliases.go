package p

type (
	A    = B
	B    = struct{ next *C }
	C    = A
	V[T any] = map[string][]T
	W[T any, U any] = V[func(T) U]
	Int  = int
	Tree struct {
		left, right *T2
		Int
	}
	T2 = Tree
	Self = interface{ M() Self2 }
	Self2 interface{ M() Self }
	In[P interface{ ~[]E }, E any] = func(P) E
)

var w W[int, string]
var x = w["a"][0](1)

func (t *T2) Walk(f func(*Tree) bool) bool {
	return t == nil || t.left.Walk(f) && f(t) && t.right.Walk(f)
}
func local() {
	type L = []Tree
	type M struct{ L; next *M }
	var m M
	_ = append(m.L, m.next.L...)
	_ = m.L[0].Int
}
