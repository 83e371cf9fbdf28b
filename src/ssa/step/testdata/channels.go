// Channels, select, and the primitives of package sync.
package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

func try(f func()) {
	defer func() { fmt.Println(recover()) }()
	f()
}

func main() {
	c := make(chan int)
	go func() {
		defer close(c)
		for i := range 3 {
			c <- i
		}
	}()
	for v := range c {
		fmt.Print(v, " ")
	}
	v, ok := <-c
	fmt.Println(v, ok)
	buffered := make(chan string, 2)
	buffered <- "a"
	buffered <- "b"
	select {
	case buffered <- "c":
		fmt.Println("sent")
	default:
		fmt.Println("full", len(buffered), cap(buffered))
	}
	fmt.Println(<-buffered, <-buffered)
	var none chan int
	select {
	case none <- 1:
	case <-none:
	case <-time.After(time.Millisecond):
		fmt.Println("timeout")
	}
	var wg sync.WaitGroup
	var mu sync.RWMutex
	var n int
	var total atomic.Int64
	for i := range 10 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			mu.Lock()
			n += i
			mu.Unlock()
			mu.RLock()
			total.Add(int64(n - n + i))
			mu.RUnlock()
		}()
	}
	wg.Wait()
	fmt.Println(n, total.Load())
	var once sync.Once
	for range 3 {
		once.Do(func() { fmt.Println("once") })
	}
	cond := sync.NewCond(&sync.Mutex{})
	ready := false
	go func() {
		cond.L.Lock()
		ready = true
		cond.L.Unlock()
		cond.Broadcast()
	}()
	cond.L.Lock()
	for !ready {
		cond.Wait()
	}
	cond.L.Unlock()
	start := time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	<-ctx.Done()
	fmt.Println(ctx.Err(), time.Since(start) >= 50*time.Millisecond)
	tick := time.NewTicker(time.Millisecond)
	<-tick.C
	<-tick.C
	tick.Stop()
	fmt.Println(time.Since(start) >= 52*time.Millisecond)
	var m sync.Map
	m.Store("k", 1)
	got, loaded := m.LoadOrStore("k", 2)
	fmt.Println(got, loaded)
	try(func() { close(none) })
	try(func() { close(c) })
	try(func() { c <- 1 })
	results := make(chan int, 3)
	quit := make(chan struct{})
	go func() {
		for i := 0; ; i++ {
			select {
			case results <- i:
			case <-quit:
				close(results)
				return
			}
		}
	}()
	fmt.Println(<-results, <-results)
	close(quit)
	for range results {
	}
}

// exit: 0
// stdout: 0 1 2 0 false
// stdout: full 2 2
// stdout: a b
// stdout: timeout
// stdout: 45 45
// stdout: once
// stdout: context deadline exceeded true
// stdout: true
// stdout: 1 true
// stdout: close of nil channel
// stdout: close of closed channel
// stdout: send on closed channel
// stdout: 0 1
