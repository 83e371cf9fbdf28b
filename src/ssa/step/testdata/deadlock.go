// When nobody can go on, the runtime says so.
package main

import (
	"fmt"
	"sync"
)

func main() {
	var mu sync.Mutex
	mu.Lock()
	c := make(chan int)
	go func() {
		mu.Lock()
		c <- 1
	}()
	fmt.Println("waiting")
	<-c
}

// exit: 2
// stdout: waiting
// stderr: fatal error: all goroutines are asleep - deadlock!
