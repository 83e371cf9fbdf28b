// Interfaces: dynamic calls, assertions, comparison, embedding, method values.
package main

import (
	"errors"
	"fmt"
	"io"
)

type shape interface{ area() float64 }
type square struct{ side float64 }
type circle struct{ r float64 }

func (s square) area() float64  { return s.side * s.side }
func (c *circle) area() float64 { return 3 * c.r * c.r }

type named struct {
	shape
	name string
}
type myErr struct{ code int }

func (e *myErr) Error() string { return fmt.Sprint("code ", e.code) }

func try(f func()) {
	defer func() {
		r := recover()
		_, isError := r.(error)
		fmt.Println(r, isError)
	}()
	f()
}

func main() {
	shapes := []shape{square{2}, &circle{1}, named{square{3}, "n"}, &named{&circle{2}, "p"}}
	for _, s := range shapes {
		switch v := s.(type) {
		case square:
			fmt.Print("square ", v.side)
		case *circle:
			fmt.Print("circle ", v.r)
		case named, *named:
			fmt.Printf("%T", v)
		}
		fmt.Println(" ", s.area())
	}
	f := shapes[0].area
	g := (*circle).area
	h := square.area
	fmt.Println(f(), g(&circle{5}), h(square{6}))
	var a, b any = 1, 1
	var c any = int64(1)
	fmt.Println(a == b, a == c, a != nil, any(square{1}) == any(square{1}), any(nil) == nil)
	err := fmt.Errorf("outer: %w", &myErr{7})
	var target *myErr
	fmt.Println(err, errors.As(err, &target), target.code, errors.Is(err, io.EOF))
	var nilShape shape
	var x any = "str"
	try(func() { nilShape.area() })
	try(func() { _ = x.(int) })
	try(func() { _ = x.(shape) })
	try(func() { _ = any(nil).(shape) })
	try(func() { _ = nilShape.(square) })
	try(func() { _ = any([]int{1}) == any([]int{1}) })
	try(func() { _ = any(circle{1}).(shape) })
	try(func() { var p *named; _ = p.area() })
	try(func() { var p *square; shapes[0] = p; _ = shapes[0].area() })
	n, ok := x.(int)
	fmt.Println(n, ok)
}

// exit: 0
// stdout: square 2  4
// stdout: circle 1  3
// stdout: main.named  9
// stdout: *main.named  12
// stdout: 4 75 36
// stdout: true false true true true
// stdout: outer: code 7 true 7 false
// stdout: runtime error: invalid memory address or nil pointer dereference true
// stdout: interface conversion: interface {} is string, not int true
// stdout: interface conversion: string is not main.shape: missing method area true
// stdout: interface conversion: interface is nil, not main.shape true
// stdout: interface conversion: main.shape is nil, not main.square true
// stdout: runtime error: comparing uncomparable type []int true
// stdout: interface conversion: main.circle is not main.shape: missing method area true
// stdout: runtime error: invalid memory address or nil pointer dereference true
// stdout: value method main.square.area called using nil *square pointer true
// stdout: 0 false
