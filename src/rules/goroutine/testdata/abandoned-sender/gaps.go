package abandoned

import (
	"context"
	"strconv"
)

// Whether there is room depends on a number from outside; zero is possible.
func MissedRoomFromConfig(ctx context.Context, backlog int, run func() error) error {
	done := make(chan error, backlog)
	go func() { done <- run() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

type sink interface{ put(int) }

type chanSink chan int

func (c chanSink) put(v int) { c <- v }

// The goroutine sends through an interface that hides the channel.
func MissedBehindInterface(ctx context.Context, feed func(sink)) (int, error) {
	c := make(chanSink)
	go feed(c)
	select {
	case v := <-c:
		return v, nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// The conversion of this constant cannot fail, so the early return is never taken: to know it is to know
// what Atoi does.
func NoisyImpossibleError(run func() int) int {
	c := make(chan int)
	go func() {
		c <- run() // want UP1005 "c"
	}()
	n, err := strconv.Atoi("42")
	if err != nil {
		return 0
	}
	return n + <-c
}
