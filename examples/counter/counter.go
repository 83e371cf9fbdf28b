// Package counter counts events by name.
package counter

import "sync"

// Counter is safe for use by several goroutines.
type Counter struct {
	mu    sync.Mutex
	name  string
	total int
}

// Add counts n events.
func (c *Counter) Add(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.total += n
}

// Total is the number of events so far.
func (c *Counter) Total() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.total
}

// Snapshot copies the counters for a report.
//
// UP4004 sync-value-copied: clone copies the mutex along, and copies it locked. The first call of Add
// or Total on such a copy waits forever.
func Snapshot(counters []*Counter) []Counter {
	var copies []Counter
	for _, c := range counters {
		c.mu.Lock()
		copies = append(copies, clone(c))
		c.mu.Unlock()
	}
	return copies
}

func clone[T any](value *T) T {
	return *value
}
