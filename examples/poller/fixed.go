package poller

import (
	"sync"
	"sync/atomic"
	"time"
)

// FixedPoller is Poller with a channel that its loop watches and Close closes.
type FixedPoller struct {
	ask    func() string
	latest atomic.Value
	done   chan struct{}
	once   sync.Once
}

// NewFixed starts asking.
func NewFixed(ask func() string, every time.Duration) *FixedPoller {
	p := &FixedPoller{ask: ask, done: make(chan struct{})}
	go p.run(every)
	return p
}

func (p *FixedPoller) run(every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			p.latest.Store(p.ask())
		case <-p.done:
			return
		}
	}
}

// Latest is the newest value, empty before the first.
func (p *FixedPoller) Latest() string {
	value, _ := p.latest.Load().(string)
	return value
}

// Close ends the polling. It may be called more than once.
func (p *FixedPoller) Close() {
	p.once.Do(func() { close(p.done) })
}
