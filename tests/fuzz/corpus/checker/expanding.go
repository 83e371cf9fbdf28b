package p

type (
	A[P any] [10]A[P]
	B[P any] [10]B[*P]
	C[P any] struct{ f C[*P] }
	D[P any] interface{ D[*P] }
	E[P any] interface{ m() E[*P] }
	F[P any] *F[F[P]]
	G[P, Q any] struct{ G2[Q, []P]; *G[Q, P] }
	G2[P, Q any] struct{ G[Q, map[string]P] }
	H[P H[P]] interface{ H(P) }
	I[P interface{ I[P] }] interface{ I[[]P] }
	J struct{ J }
	K [len(k)]K
	L interface{ L | ~int }
	M = []N
	N = map[string]M
	O[T any] func(O[[]T]) O[func(T)]
)

var k K
var a A[int]
var b B[int]
var c C[int]
var e E[int] = E[*int](nil)
var g G[int, string]
var o O[int]

func f[T any](n int, x T) { f(n-1, &x); f[[]T](n, nil) }
func h[T H[T]](x T) { x.H(x); h[T](x) }

func use() {
	_ = b[0][0] == b[1][1]
	_ = c.f.f.f == c.f.f.f
	_ = g.x + len(a) + len(b)
	e.m().m().m()
	o(nil)(nil)
	const n = len([1]B[int]{}) + len(k)
	_ = map[B[int]]C[string]{}
	switch any(e).(type) {
	case C[int], D[int], E[[]int]:
	}
	var i I[int]
	i.x()
}
