package p

import (
	"iter"
	"slices"
)

type number interface{ ~int | ~float64 | ~uint8 }

type list[T any] struct {
	head *elem[T]
	len  int
}
type elem[T any] struct {
	list[T]
	v    T
	next *elem[T]
}

func (l *list[T]) push(v T) *list[T] { l.head, l.len = &elem[T]{v: v, next: l.head}, l.len+1; return l }
func (l *list[T]) all() iter.Seq2[int, T] {
	return func(yield func(int, T) bool) {
		i := 0
		for e := l.head; e != nil; e = e.next {
			if !yield(i, e.v) {
				return
			}
			i++
		}
	}
}
func (e elem[T]) String() string { return "" }

func fold[S ~[]E, E any, A number](s S, f func(A, E) A) (a A) {
	for _, e := range s {
		a = f(a, e) + A(len(s))
	}
	switch any(a).(type) {
	case int:
		a++
	case A:
		a <<= 1
	}
	return
}

func zero[T comparable](a, b T) (z T, same bool) { return *new(T), a == b || a == z }

func conv[B ~[]byte | ~string](b B) (n int) {
	for i := range b {
		n += int(b[i])
	}
	n += copy(make([]byte, len(b)), b)
	return len(b[1:]) + n
}

func made[C ~chan E, M ~map[string]E, E any](e E) (C, M) {
	c, m := make(C, 1), make(M)
	c <- e
	m["a"] = <-c
	go func() { defer close(c); m["b"], _ = <-c }()
	return c, m
}

type twice[T interface{ m() T }] struct{ T interface{ m() T } }

type self[T self[T]] interface{ m() T }
type me struct{}

func (me) m() me { return me{} }
func loop[T self[T]](t T) { t.m().m(); f := T.m; _ = f(t) }

func use() {
	l := new(list[int]).push(1).push(2)
	for i, v := range l.all() {
		_, _ = zero(i, v)
	}
	var s interface{ String() string } = elem[list[string]]{}
	_ = s.String()
	_ = fold([]string{"a"}, func(n int, s string) int { return n + len(s) })
	_ = fold[[]int, int, float64]
	conv("x")
	conv([]byte{1})
	made[chan error, map[string]error](nil)
	loop(me{})
	_ = slices.Collect(slices.Set[me]{}.All())
	var e elem[elem[int]]
	_ = e.push
	slices.SortFunc([]int{1}, func(a, b int) int { return a - b })
}
