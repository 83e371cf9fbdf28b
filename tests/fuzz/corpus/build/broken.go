package p

import "missing"

type T struct {
	T
	f undefined
	missing.X
}
type G[T any] struct{ g *G[G[T]] }

func (t *T) m(a, a int) (x int, missing.Y) { return t.m, a; goto nowhere }
func grow[T any](n T) { grow[G[T]](G[T]{}); grow[[]T](nil) }
func g[A, B any](a A) B { return g[B](a)(a) }

var x = y + x
var y, z = g(1), func() int { return <-x }

func f(a int, b ...string) {
	a := a
	b = b.c[a:1:0].(type)
	for i, j, k := range a {
	}
	for range nil {
	}
	for x := range f {
		break L
	}
	switch a.(type) {
	case 1, T, nil, nil:
	}
	switch v := f; v {
	case v, 1:
		fallthrough
	}
	select {
	case a, b = <-b:
	case f():
	case 1 <- 1:
	}
	defer 1
	go func() {}
	defer append(b, 1)
	go missing.F(a)(b)
	L:
	var c [f]int
	c[1<<70]++
	c, _ = 1, 2, 3
	return 1
	a.b.c = &1
	T{1, x: 2, 1: 3}.m(f())
	map[T]int{T{}: 1, 1}[0]--
	_ = func(x int) { return x }(1)
	close(len)
	make(int, "a", c...)
	*a, a() = 1
	_ = [...]int{-1: 1}[:]
	_ = iota + nil - _
	min()
	max(1, "a", f)
	unsafe.Sizeof(1)
	print(recover, panic())
}
