package breakselect

import (
	"errors"
	"log"
	"time"
)

// Whether the channel ends the loop's work or is one more source of it, its name does not say, and the
// last statement of the case is not the break.
func MissedBreakBeforeMore(in <-chan message, over <-chan bool, handle func(message)) {
	for {
		select {
		case m := <-in:
			handle(m)
		case last := <-over:
			if last {
				break
			}
			log.Print("not the last one yet")
		}
	}
}

// A helper is told to stop in a switch; the loop is in another function, which goes on calling it.
func MissedLoopInCaller(in <-chan message, handle func(message)) {
	step := func() {
		switch m := <-in; m.kind {
		case "stop":
			break
		default:
			handle(m)
		}
	}
	for {
		step()
	}
}

// The quit channel asks for a rest, not for the end: the loop is meant to go on.
func NoisyPause(in <-chan message, quit <-chan struct{}, handle func(message)) {
	for {
		select {
		case m := <-in:
			handle(m)
		case <-quit:
			log.Print("a pause was asked for")
			break // want UP2007 "break"
		}
	}
}

// A break that changes nothing, in a loop that is meant to go on after each time-out; it reads as if it
// ended the loop, and only the author knows that it need not.
func NoisyAttempts(send func() <-chan error) (err error) {
	for range 3 {
		select {
		case err = <-send():
			if err == nil {
				return nil
			}
			log.Printf("retrying: %v", err)
		case <-time.After(time.Second):
			err = errors.New("timed out")
			break // want UP2007 "break"
		}
	}
	return err
}

// Looks without waiting, notes what it saw and does the rest in any case: the break is idle and meant to be.
func NoisyLookFirst(in <-chan message, quit <-chan struct{}, handle func(message)) (closing bool) {
	for m := range in {
		select {
		case <-quit:
			closing = true
			break // want UP2007 "break"
		default:
		}
		handle(m)
	}
	return closing
}
