// An uncaught panic on top of another one ends the program with code 2.
package main

import (
	"fmt"
	"os"
)

type failure struct{ why string }

func (f failure) Error() string { return "failure: " + f.why }

func main() {
	fmt.Println("before")
	defer fmt.Println("deferred")
	defer func() {
		fmt.Fprintln(os.Stderr, "in between")
		panic(failure{"disk"})
	}()
	panic(fmt.Sprintf("bad %d", 1))
}

// exit: 2
// stdout: before
// stdout: deferred
// stderr: in between
// stderr: panic: bad 1
// stderr: 	panic: failure: disk
