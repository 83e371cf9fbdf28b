// os.Exit runs no deferred calls.
package main

import (
	"fmt"
	"os"
)

func main() {
	defer fmt.Println("never")
	fmt.Println(len(os.Args), os.Getenv("NO_SUCH_VARIABLE") == "")
	os.Exit(3)
}

// exit: 3
// stdout: 1 true
