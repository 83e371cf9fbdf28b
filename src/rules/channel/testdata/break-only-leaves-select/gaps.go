package breakselect

import "log"

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
