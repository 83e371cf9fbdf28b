package noexit

import "time"

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

type switchboard struct {
	join chan string
	all  map[string]bool
}

var board = switchboard{join: make(chan string), all: map[string]bool{}}

func (b *switchboard) run() {
	for {
		b.all[<-b.join] = true
	}
}

// There is one switchboard in the process and whoever sets it up is meant to do so once; that no caller
// in another package does it twice cannot be told from here.
func NoisySetUpOnce() {
	go board.run() // want UP1001 "goroutine"
}
