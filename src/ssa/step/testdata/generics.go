// Generic functions and types, closures, range over functions and integers, iter.Pull.
package main

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
)

type number interface{ ~int | ~float64 }

func sum[T number](xs ...T) (total T) {
	for _, x := range xs {
		total += x
	}
	return
}

type list[T any] struct {
	head *node[T]
	size int
}
type node[T any] struct {
	value T
	next  *node[T]
}

func (l *list[T]) push(v T) { l.head = &node[T]{v, l.head}; l.size++ }
func (l *list[T]) all() iter.Seq2[int, T] {
	return func(yield func(int, T) bool) {
		i := 0
		for n := l.head; n != nil; n = n.next {
			if !yield(i, n.value) {
				return
			}
			i++
		}
	}
}

type celsius float64

func counter() (func() int, *int) {
	n := 0
	return func() int { n++; return n }, &n
}

func find(l *list[string], want string) int {
	defer fmt.Print("found ")
	for i, v := range l.all() {
		defer fmt.Print(v, " ")
		if v == want {
			return i
		}
	}
	return -1
}

func main() {
	fmt.Println(sum(1, 2, 3), sum(1.5, 2), sum[celsius](1, 2.25))
	l := &list[string]{}
	for _, s := range []string{"a", "b", "c", "d"} {
		l.push(s)
	}
	fmt.Println(find(l, "b"))
outer:
	for i := range 3 {
		for _, v := range l.all() {
			if v == "c" {
				continue outer
			}
			if i == 2 {
				break outer
			}
			fmt.Print(i, v, " ")
		}
	}
	fmt.Println(l.size)
	next, n := counter()
	next()
	next()
	*n += 10
	fmt.Println(next())
	var fs []func() int
	for i := range 3 {
		fs = append(fs, func() int { i *= 10; return i })
	}
	fmt.Println(fs[1](), fs[1](), fs[2]())
	pull, stop := iter.Pull2(l.all())
	fmt.Println(pull())
	fmt.Println(pull())
	stop()
	fmt.Println(pull())
	people := []struct {
		name string
		age  int
	}{{"x", 3}, {"y", 1}, {"z", 2}}
	slices.SortFunc(people, func(a, b struct {
		name string
		age  int
	}) int {
		return cmp.Compare(a.age, b.age)
	})
	fmt.Printf("%v %T\n", people, l)
	defer func() { fmt.Println(recover()) }()
	bad := func(yield func(int) bool) { yield(1); yield(2) }
	for range bad {
		break
	}
}

// exit: 0
// stdout: 6 3.5 3.25
// stdout: b c d found 2
// stdout: 0d 1d 4
// stdout: 13
// stdout: 10 100 20
// stdout: 0 d true
// stdout: 1 c true
// stdout: 0  false
// stdout: [{y 1} {z 2} {x 3}] *main.list[string]
// stdout: runtime error: range function continued iteration after function for loop body returned false
