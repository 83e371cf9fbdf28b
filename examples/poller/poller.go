// Package poller keeps the newest value of something that has to be asked.
package poller

import (
	"sync/atomic"
	"time"
)

// Poller asks every so often, and at once when told to.
type Poller struct {
	ask     func() string
	refresh chan struct{}
	latest  atomic.Value
	closed  atomic.Bool
}

// New starts asking.
//
// UP1001 goroutine-no-exit: the loop in run has no way out. Close sets a flag that the loop never
// looks at, so each Poller keeps its goroutine, its ticker and itself forever.
func New(ask func() string, every time.Duration) *Poller {
	p := &Poller{ask: ask, refresh: make(chan struct{}, 1)}
	go p.run(every)
	return p
}

func (p *Poller) run(every time.Duration) {
	ticker := time.NewTicker(every)
	for {
		select {
		case <-ticker.C:
			p.latest.Store(p.ask())
		case <-p.refresh:
			p.latest.Store(p.ask())
		}
	}
}

// Refresh asks soon.
func (p *Poller) Refresh() {
	select {
	case p.refresh <- struct{}{}:
	default:
	}
}

// Latest is the newest value, empty before the first and after Close.
func (p *Poller) Latest() string {
	value, _ := p.latest.Load().(string)
	if p.closed.Load() {
		return ""
	}
	return value
}

// Close is meant to end the polling.
func (p *Poller) Close() {
	p.closed.Store(true)
}
