// Deferred calls, recover at every level, panics on top of panics, Goexit.
package main

import (
	"fmt"
	"runtime"
)

func results() (n int, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("caught %v", r)
			n *= 2
		}
	}()
	n = 21
	panic("first")
}

func nested() {
	defer func() { fmt.Println("outer", recover()) }()
	defer func() {
		defer func() { fmt.Println("inner", recover()) }()
		panic("second")
	}()
	panic("first")
}

func replaced() {
	defer func() { fmt.Println("last", recover(), recover()) }()
	defer func() { panic("two") }()
	panic("one")
}

func helper() any { return recover() }

func notDirect() {
	defer func() { fmt.Println("direct", recover()) }()
	defer func() { fmt.Println("through a helper", helper()) }()
	panic("x")
}

func order() {
	for i := range 3 {
		defer fmt.Print(i, " ")
	}
	defer func(s string) { fmt.Print(s, " ") }("args")
	fmt.Print("body ")
}

type T struct{ n int }

func (t *T) close() { fmt.Println("closed", t.n, recover()) }

func method() {
	t := &T{1}
	defer t.close()
	t = &T{2}
	panic(t.n)
}

func goexit() {
	done := make(chan bool)
	go func() {
		defer close(done)
		defer func() { fmt.Println("goexit", recover()) }()
		defer func() {
			defer func() { fmt.Println("stopped", recover()) }()
			panic("while exiting")
		}()
		runtime.Goexit()
	}()
	<-done
}

func main() {
	fmt.Println(results())
	nested()
	replaced()
	notDirect()
	order()
	fmt.Println()
	method()
	goexit()
	func() {
		defer func() {
			r := recover()
			_, is := r.(*runtime.PanicNilError)
			fmt.Println(r, is)
		}()
		panic(nil)
	}()
	func() {
		defer func() { fmt.Println(recover()) }()
		var f func()
		defer f()
		fmt.Println("deferred a nil function")
	}()
}

// exit: 0
// stdout: 42 caught first
// stdout: inner second
// stdout: outer first
// stdout: last two <nil>
// stdout: through a helper <nil>
// stdout: direct x
// stdout: body args 2 1 0
// stdout: closed 1 2
// stdout: stopped while exiting
// stdout: goexit <nil>
// stdout: panic called with nil argument true
// stdout: deferred a nil function
// stdout: runtime error: invalid memory address or nil pointer dereference
