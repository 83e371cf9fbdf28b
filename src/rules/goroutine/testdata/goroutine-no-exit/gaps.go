package noexit

import (
	"sync"
	"time"
)

type source interface{ next() (event, error) }

type clock struct{}

func (clock) next() (event, error) { return event{Kind: "tick", At: time.Now()}, nil }

type constant struct{ ev event }

func (c constant) next() (event, error) { return c.ev, nil }

// There is a way out, but neither source ever fails: that is known only when every implementation that
// can be behind the interface has been looked into.
func MissedErrorNeverReturned(s source, deliver func(event)) {
	go func() {
		for {
			ev, err := s.next()
			if err != nil {
				return
			}
			deliver(ev)
			time.Sleep(time.Second)
		}
	}()
}

var metricsOnce sync.Once

// Started at most once in the life of the process, like a worker of main, but from a function that any
// request may call: the Once is what makes it harmless.
func NoisyOncePerProcess(emit func()) {
	metricsOnce.Do(func() {
		go func() { // want UP1001 "goroutine"
			for {
				emit()
				time.Sleep(time.Minute)
			}
		}()
	})
}
