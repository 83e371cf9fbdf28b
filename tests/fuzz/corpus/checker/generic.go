package p

import "slices"

type Number interface{ ~int | ~int64 | ~float64 }
type List[T any] struct {
	head, tail *node[T]
	n          int
}
type node[T any] struct {
	value T
	next  *node[T]
}
type Pair[K comparable, V any] struct {
	Key K
	Val V
}

func (l *List[T]) Push(v T) {
	e := &node[T]{value: v}
	if l.tail == nil {
		l.head = e
	} else {
		l.tail.next = e
	}
	l.tail = e
	l.n++
}
func (l *List[T]) All() func(func(int, T) bool) {
	return func(yield func(int, T) bool) {
		i := 0
		for e := l.head; e != nil; e = e.next {
			if !yield(i, e.value) {
				return
			}
			i++
		}
	}
}
func Map[S ~[]E, E, R any](s S, f func(E) R) []R {
	out := make([]R, 0, len(s))
	for _, v := range s {
		out = append(out, f(v))
	}
	return out
}
func Sum[T Number](xs ...T) (total T) {
	for _, x := range xs {
		total += x
	}
	return
}
func less[T Number](a, b T) int { return int(a - b) }
func Ptr[P interface{ *T; Set(int) }, T any](v int) T { var t T; P(&t).Set(v); return t }

type cell int

func (c *cell) Set(v int) { *c = cell(v) }

var _ = Ptr[*cell](3)
var names = Map([]Pair[string, int]{{"a", 1}, {Key: "b"}}, func(p Pair[string, int]) string { return p.Key })

func use() {
	xs := []float64{1, 2.5, 'a'}
	slices.SortFunc(xs, less)
	slices.Sort(names)
	var l List[List[int]]
	for i, v := range l.All() {
		_, _ = i, v.n+Sum(1, 2, i)
	}
	f := Sum[float64]
	_ = f(1, 2) + Sum(xs...)
}
