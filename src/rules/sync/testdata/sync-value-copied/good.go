package valuecopied

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"unsafe"
)

func (c *counter) GoodInc() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
}

func GoodPointerParameter(c *counter, by int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n += by
}

// A new value, not a copy of a used one.
func GoodZero() int {
	var c counter
	d := counter{n: 3}
	e := counter{}
	return c.n + d.n + e.n
}

// Set back to nothing.
func GoodReset(c *counter) {
	*c = counter{}
}

func GoodNew(n int) *counter {
	c := new(counter)
	c.n = n
	return c
}

// Nobody has locked what is returned here.
func GoodReturnLiteral(n int) counter {
	return counter{n: n}
}

func GoodReturnFresh(n int) counter {
	c := counter{}
	for range n {
		c.n++
	}
	return c
}

// The result of a call is a new value.
func GoodFromCall() *counter {
	c := GoodReturnLiteral(7)
	return &c
}

func GoodRangeByIndex(shards []counter) (total int) {
	for i := range shards {
		s := &shards[i]
		s.mu.Lock()
		total += s.n
		s.mu.Unlock()
	}
	return total
}

func GoodRangeOverPointers(shards []*counter) (total int) {
	for _, s := range shards {
		s.mu.Lock()
		total += s.n
		s.mu.Unlock()
	}
	return total
}

// Only what is guarded is copied.
func GoodSnapshot(c *counter) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.n
	return n
}

func GoodWaitGroup(jobs []func()) {
	var wg sync.WaitGroup
	for _, job := range jobs {
		wg.Add(1)
		go func(wg *sync.WaitGroup) {
			defer wg.Done()
			job()
		}(&wg)
	}
	wg.Wait()
}

// Captured, not copied.
func GoodCapture(jobs []func()) {
	var wg sync.WaitGroup
	var mu sync.Mutex
	for _, job := range jobs {
		wg.Add(1)
		go func() {
			defer wg.Done()
			mu.Lock()
			defer mu.Unlock()
			job()
		}()
	}
	wg.Wait()
}

type shared struct {
	mu *sync.Mutex
	n  *int
}

// The copies have the lock in common.
func GoodPointerField(s shared) shared {
	s.mu.Lock()
	defer s.mu.Unlock()
	*s.n++
	t := s
	return t
}

func GoodAppendFresh(list []counter, n int) []counter {
	return append(list, counter{n: n}, counter{})
}

func GoodMake(n int) []counter {
	all := make([]counter, n)
	for i := range all {
		all[i].n = i
	}
	return all
}

func GoodMapOfPointers(byName map[string]*counter, name string) int {
	c := byName[name]
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n
}

func GoodSendPointer(out chan<- *counter, c *counter) {
	out <- c
}

func GoodBoxPointer(latest *atomic.Value, c *counter) {
	latest.Store(c)
}

// Only the size is looked at.
func GoodSize(c *counter) uintptr {
	return unsafe.Sizeof(*c)
}

type counter2 struct{ n int }

// Named like a lock, and only that: its methods are not those of a pointer.
type valve struct{ open bool }

func (v valve) Lock()   { _ = v.open }
func (v valve) Unlock() {}

func GoodNotALock(v valve) valve {
	w := v
	return w
}

// Has a Lock without an Unlock.
type door struct{ shut bool }

func (d *door) Lock() { d.shut = true }

func GoodNoUnlock(d *door) door {
	return *d
}

func GoodLocker(l sync.Locker, f func()) {
	l.Lock()
	defer l.Unlock()
	f()
}

func GoodBlank(c *counter) {
	_ = *c
}

func GoodDecode(data []byte) (*tenant, error) {
	t := &tenant{used: map[string]int{}}
	if err := json.Unmarshal(data, t); err != nil {
		return nil, err
	}
	return t, nil
}

// Field by field, without the lock.
func GoodCloneByField(t *tenant) *tenant {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return &tenant{Name: t.Name, Quota: t.Quota, used: maps.Clone(t.used)}
}

func GoodGenericPointer(cs []*counter) []*counter {
	return slices.Clone(cs)
}

// Generic code with a type that has no lock.
func GoodGeneric(c *counter2) int {
	d := clone(c)
	return d.n
}

// A buffer may be moved while it is not in use; sync has nothing to do with it.
func GoodBuffer(b bytes.Buffer) string {
	c := b
	return c.String()
}

func GoodBuilder(parts []string) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString(p)
	}
	return b.String()
}

func GoodAtomics(s *stats) (requests, errors int64) {
	return s.requests.Load(), s.errors.Load()
}

// Pointers change places, values do not.
func GoodSwap(a, b **counter) {
	*a, *b = *b, *a
}

// The elements move with their pointers.
func GoodSort(cs []*counter) {
	slices.SortFunc(cs, func(a, b *counter) int { return a.n - b.n })
}

func GoodTypedNil() *counter {
	return (*counter)(nil)
}

type pool struct{ free sync.Pool }

func newPool() *pool {
	return &pool{free: sync.Pool{New: func() any { return new(counter) }}}
}

func (p *pool) GoodGet() *counter {
	return p.free.Get().(*counter)
}

// Compared, not copied.
func GoodIdentity(a, b *counter) bool {
	return a == b
}

// A value in a struct that is built around it.
func GoodNestedLiteral() *report {
	return &report{hits: counter{n: 1}}
}

// A method value of a pointer.
func GoodMethodValue(c *counter) func() {
	return c.GoodInc
}

// The variable of the loop is declared outside and stays one.
func GoodLoop(rounds int, step func(int)) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i := 0; i < rounds; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			mu.Lock()
			defer mu.Unlock()
			step(i)
		}()
	}
	wg.Wait()
}

type settings struct {
	Name  string
	Limit int

	mu    sync.RWMutex
	cache map[string]string
}

// A clone has a lock of its own.
func (s *settings) GoodClone() *settings {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return &settings{Name: s.Name, Limit: s.Limit, cache: maps.Clone(s.cache)}
}

type public struct {
	Name  string
	Limit int
}

type account struct {
	mu sync.Mutex
	public
}

// The part without the lock is copied, and nothing else.
func (a *account) GoodView() public {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.public
}

type current struct{ p atomic.Pointer[settings] }

// Readers get a pointer to what is never changed again.
func (c *current) GoodReplace(name string, limit int) *settings {
	return c.p.Swap(&settings{Name: name, Limit: limit})
}

type guarded[T any] struct {
	mu sync.Mutex
	v  T
}

func (g *guarded[T]) GoodWith(f func(*T)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	f(&g.v)
}

// The value inside is a copy, the guard is not.
func (g *guarded[T]) GoodLoad() T {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.v
}

// Elements made in place, by index and by literal.
func GoodArrayLiteral() *[2]counter {
	return &[...]counter{{n: 1}, {n: 2}}
}

var _ sync.Locker = (*noCopy)(nil)

type embedded struct {
	*sync.Mutex
	n int
}

// All copies share the lock that the field points to.
func GoodEmbeddedPointer(e embedded) embedded {
	e.Lock()
	defer e.Unlock()
	e.n++
	return e
}

// A closure over the variable, returned, is not a copy of it.
func GoodReturnedClosure() func() int {
	var mu sync.Mutex
	n := 0
	return func() int {
		mu.Lock()
		defer mu.Unlock()
		n++
		return n
	}
}

// The first half of each pair is what is ranged over; it has no lock.
func GoodRangeKeys(byName map[string]counter) (names []string) {
	for name := range byName {
		names = append(names, name)
	}
	return names
}

// What a constructor returns has no other user yet.
func GoodFromConstructor() *report {
	return &report{hits: *newCounter(4)}
}

func newCounter(n int) *counter {
	return &counter{n: n}
}
