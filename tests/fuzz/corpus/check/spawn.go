package p

import (
	"context"
	"sync"
	"time"
	"m/dep"
)

type server struct {
	mu   sync.Mutex
	wg   sync.WaitGroup
	jobs chan dep.Job
	stop chan struct{}
}

func (s *server) run(ctx context.Context) {
	s.wg.Add(1)
	go func() {
		defer s.wg.Done()
		for {
			select {
			case <-ctx.Done():
				return
			case j, ok := <-s.jobs:
				if !ok {
					break
				}
				j.Do()
			}
		}
	}()
	go func() {
		for {
			s.mu.Lock()
			s.mu.Unlock()
		}
	}()
	for j := range s.jobs {
		go j.Do()
	}
}

func leak(n int, stop bool) (int, error) {
	c := make(chan int)
	errs := make(chan error, 1)
	for i := range n {
		go func() { c <- i }()
	}
	go func() { errs <- dep.Run(c) }()
	if stop {
		return 0, nil
	}
	select {
	case v := <-c:
		return v, nil
	case err := <-errs:
		return 0, err
	case <-time.After(time.Second):
	}
	sum := 0
	for v := range c {
		sum += v
	}
	return sum, nil
}

func orphan() {
	done := make(chan struct{})
	go func() { <-done }()
	out := make(chan int)
	go func() {
		defer close(out)
		out <- 1
	}()
	dep.Keep(out)
	go dep.Forever()
}

---
package dep

type Job interface{ Do() }

var kept []chan int

func Run(c chan int) error { return run(c, 3) }
func run(c <-chan int, n int) error {
	for ; n > 0; n-- {
		<-c
	}
	return nil
}
func Keep(c chan int) { kept = append(kept, c) }
func Forever()        { for { step() } }
func step()           {}
