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
