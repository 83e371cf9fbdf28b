package orphanreceive

import (
	"log"
	"time"
)

// There is a close, so the channel is no orphan; that it is skipped for whoever passes false is a fact
// about one path of one caller.
func MissedConditionalClose(strict bool, serve func()) {
	ready := make(chan struct{})
	go func() {
		<-ready
		serve()
	}()
	if strict {
		close(ready)
	}
}

// The channel is put where others could find it, and nobody looks: that no one asks for this key is a
// fact about strings.
func MissedUnusedKey(s *waiterSet) {
	c := make(chan error)
	s.waiters["nobody-finishes-this"] = c
	go func() { log.Print(<-c) }()
}

// The results are read in two rounds and written in one.
//
// Receives are not counted against sends.
func MissedSecondReceive(measure func() time.Duration) time.Duration {
	out := make(chan time.Duration)
	go func() { out <- measure() }()
	first := <-out
	second := <-out
	return (first + second) / 2
}
