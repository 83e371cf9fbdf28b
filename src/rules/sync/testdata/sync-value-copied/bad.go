// Package valuecopied holds copies of values that contain a lock, a counter or another thing of sync.
package valuecopied

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

type counter struct {
	mu sync.Mutex
	n  int
}

// The method works on a copy of its own.
func (c counter) BadInc() { // want UP4004 "sync.Mutex"
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
}

// The parameter is a copy of what the caller uses.
func BadParameter(c counter, by int) int { // want UP4004 "sync.Mutex"
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n += by
	return c.n
}

// A snapshot that takes the lock along.
func BadSnapshot(c *counter) int {
	c.mu.Lock()
	snap := *c // want UP4004 "sync.Mutex"
	c.mu.Unlock()
	return snap.n
}

// The variable of the loop is a copy of each element.
func BadRange(shards []counter) (total int) {
	for _, s := range shards { // want UP4004 "sync.Mutex"
		s.mu.Lock()
		total += s.n
		s.mu.Unlock()
	}
	return total
}

// What is returned is a copy of what stays.
func BadReturn(all map[string]*counter, name string) counter {
	return *all[name] // want UP4004 "sync.Mutex"
}

// Wait is called on one group and Done on another.
func BadWaitGroup(jobs []func()) {
	var wg sync.WaitGroup
	for _, job := range jobs {
		wg.Add(1)
		go func(wg sync.WaitGroup) { // want UP4004 "sync.WaitGroup"
			defer wg.Done()
			job()
		}(wg)
	}
	wg.Wait()
}

type report struct {
	at   time.Time
	hits counter
}

// Into a field of a new value.
func BadLiteral(c *counter) int {
	r := report{at: time.Now(), hits: *c} // want UP4004 "sync.Mutex"
	return r.hits.n
}

// Into a slice.
func BadAppend(list []counter, c *counter) []counter {
	return append(list, *c) // want UP4004 "sync.Mutex"
}

// Out of a map that holds values.
func BadMapRead(byName map[string]counter, name string) int {
	c := byName[name] // want UP4004 "sync.Mutex"
	return c.n
}

// Through a channel.
func BadSend(out chan<- counter, c *counter) {
	out <- *c // want UP4004 "sync.Mutex"
}

// Boxed into an interface, where each load makes one more copy.
func BadBoxed(latest *atomic.Value, c *counter) {
	latest.Store(*c) // want UP4004 "sync.Mutex"
}

// As one of many arguments.
func BadPrint(c *counter) {
	fmt.Println("counter:", *c) // want UP4004 "sync.Mutex"
}

func clone[T any](p *T) T { return *p }

// The copy is in generic code that knows nothing of locks; who calls it does.
func BadGeneric(c *counter) int {
	d := clone(c) // want UP4004 "sync.Mutex"
	return d.n
}

type stats struct {
	requests atomic.Int64
	errors   atomic.Int64
}

// Atomics must not be copied either.
func BadAtomics(s *stats) (requests, errors int64) {
	now := *s // want UP4004 "atomic.Int64"
	return now.requests.Load(), now.errors.Load()
}

type lazy struct {
	once sync.Once
	conn io.Closer
}

// The copy has not run yet, so it runs again.
func BadOnce(l *lazy, dial func() io.Closer) io.Closer {
	l.once.Do(func() { l.conn = dial() })
	m := *l // want UP4004 "sync.Once"
	m.once.Do(func() { m.conn = dial() })
	return m.conn
}

// An array is a value of all its elements.
func BadArray(stripes *[16]sync.RWMutex) {
	mine := *stripes // want UP4004 "sync.RWMutex"
	mine[0].RLock()
	defer mine[0].RUnlock()
	log.Print("reading")
}

// Each round of the loop has a copy of its variables.
func BadLoopVariable(rounds int, step func(int)) {
	for i, mu := 0, (sync.Mutex{}); i < rounds; i++ { // want UP4004 "sync.Mutex"
		go func() {
			mu.Lock()
			defer mu.Unlock()
			step(i)
		}()
	}
}

// Out of an interface that holds a value.
func BadAssertion(v any) int {
	c, ok := v.(counter) // want UP4004 "sync.Mutex"
	if !ok {
		return 0
	}
	return c.n
}

// The callee is unknown, that it gets a copy is not.
func BadCallUnknown(c *counter, visit func(counter)) {
	visit(*c) // want UP4004 "sync.Mutex"
}

type noCopy struct{}

func (*noCopy) Lock()   {}
func (*noCopy) Unlock() {}

type handle struct {
	noCopy noCopy
	fd     int
}

// A type that asks not to be copied.
func BadNoCopy(h *handle) int {
	g := *h // want UP4004 "noCopy"
	return g.fd
}

type tenant struct {
	Name  string
	Quota int
	mu    sync.RWMutex
	used  map[string]int
}

type directory struct {
	mu      sync.RWMutex
	tenants map[string]*tenant
}

// The page shows a tenant. Under load, the copy is now and then taken with a writer waiting, and its lock
// is then held for ever.
func (d *directory) BadShow(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("tenant")
	d.mu.RLock()
	t, ok := d.tenants[name]
	d.mu.RUnlock()
	if !ok {
		http.NotFound(w, r)
		return
	}
	view := *t // want UP4004 "sync.RWMutex"
	view.mu.RLock()
	total := 0
	for _, n := range view.used {
		total += n
	}
	view.mu.RUnlock()
	if total > view.Quota {
		w.Header().Set("X-Over-Quota", "true")
	}
	err := json.NewEncoder(w).Encode(map[string]any{"name": view.Name, "quota": view.Quota, "used": total})
	if err != nil {
		log.Printf("show %s: %v", name, err)
	}
}
