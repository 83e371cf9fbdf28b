package orphanreceive

import (
	"container/list"
	"context"
	"io"
	"log"
	"os"
	"os/signal"
	"reflect"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func GoodClosedLater(load func() config, serve func(config)) {
	ready := make(chan struct{})
	var cfg config
	go func() {
		<-ready
		serve(cfg)
	}()
	cfg = load()
	close(ready)
}

func GoodDeferredClose(run func()) {
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		<-stop
		log.Print("stopped")
	}()
	run()
}

func release(c chan struct{}) { close(c) }

func GoodClosedInHelper(serve, run func()) {
	ready := make(chan struct{})
	go waitAndRun(ready, serve)
	run()
	release(ready)
}

// The caller gets the function that lets the goroutine go.
func GoodReturnedStop(cleanup func()) (stop func()) {
	done := make(chan struct{})
	go func() {
		<-done
		cleanup()
	}()
	return func() { close(done) }
}

// The caller gets the sending side itself.
func GoodReturnedChannel(handle func(int)) chan<- int {
	in := make(chan int)
	go func() { handle(<-in) }()
	return in
}

var draining = make(chan struct{})

func Drain() { close(draining) }

// A package variable that another function closes.
func GoodGlobal(cleanup func()) {
	go func() {
		<-draining
		cleanup()
	}()
}

var shutdown chan struct{}

// The channel is kept in a package variable for someone else.
func GoodStoredInGlobal(cleanup func()) {
	c := make(chan struct{})
	shutdown = c
	go func() {
		<-c
		cleanup()
	}()
}

func StopAll() { close(shutdown) }

// Who gets the channel is unknown, and may send.
func GoodHandedToUnknown(subscribe func(chan<- int), handle func(int)) {
	in := make(chan int)
	subscribe(in)
	go func() { handle(<-in) }()
}

type waiterSet struct {
	mu      sync.Mutex
	waiters map[string]chan error
}

// Found again by its key.
func (s *waiterSet) GoodWait(key string) error {
	c := make(chan error, 1)
	s.mu.Lock()
	s.waiters[key] = c
	s.mu.Unlock()
	return <-c
}

func (s *waiterSet) finish(key string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c, ok := s.waiters[key]; ok {
		c <- err
		delete(s.waiters, key)
	}
}

// A value in an interface may go anywhere.
func GoodInInterface(bag *sync.Map, handle func(int)) {
	c := make(chan int)
	bag.Store("input", c)
	go func() { handle(<-c) }()
}

func GoodAppended(list *[]chan struct{}, cleanup func()) {
	c := make(chan struct{})
	*list = append(*list, c)
	go func() {
		<-c
		cleanup()
	}()
}

// Sent to whoever answers.
func GoodReplyChannel(requests chan<- chan string) string {
	reply := make(chan string)
	requests <- reply
	return <-reply
}

// Somebody outside Go's own code sends here.
func GoodSignal(cleanup func()) {
	c := make(chan os.Signal, 1)
	signal.Notify(c, os.Interrupt)
	go func() {
		<-c
		cleanup()
	}()
}

func GoodTimer(d time.Duration, f func()) {
	t := time.NewTimer(d)
	go func() {
		<-t.C
		f()
	}()
}

// One live case is enough.
func GoodOneCaseLives(ctx context.Context, f func()) {
	never := make(chan struct{})
	go func() {
		select {
		case <-never:
			f()
		case <-ctx.Done():
		}
	}()
}

func GoodDefault(f func()) {
	hint := make(chan struct{})
	go func() {
		select {
		case <-hint:
		default:
		}
		f()
	}()
}

// A buffer that was filled before.
func GoodToken(work func()) {
	token := make(chan struct{}, 1)
	token <- struct{}{}
	go func() {
		<-token
		work()
	}()
}

func GoodCloseOnce(run func() error) {
	var once sync.Once
	failed := make(chan struct{})
	for range 3 {
		go func() {
			if run() != nil {
				once.Do(func() { close(failed) })
			}
		}()
	}
	select {
	case <-failed:
		log.Print("a runner failed")
	case <-time.After(time.Minute):
	}
}

func GoodTestCleanup(t *testing.T, serve func()) {
	stop := make(chan struct{})
	t.Cleanup(func() { close(stop) })
	go func() {
		<-stop
		serve()
	}()
}

func GoodAfterFunc(ctx context.Context, conn io.Closer) {
	ended := make(chan struct{})
	context.AfterFunc(ctx, func() { close(ended) })
	go func() {
		<-ended
		conn.Close()
	}()
}

type latch struct {
	opened chan struct{}
	once   sync.Once
}

func newLatch() *latch { return &latch{opened: make(chan struct{})} }

func (l *latch) open() { l.once.Do(func() { close(l.opened) }) }

// The field is closed by a method that someone calls.
func (l *latch) GoodAwait() { <-l.opened }

func runBehindLatch(prepare, f func()) {
	l := newLatch()
	go func() {
		l.GoodAwait()
		f()
	}()
	prepare()
	l.open()
}

// A field that other packages can reach.
type Pipe struct{ Values chan int }

func NewPipe() *Pipe { return &Pipe{Values: make(chan int)} }

func (p *Pipe) GoodNext() int { return <-p.Values }

func closeAll[T any](cs ...chan T) {
	for _, c := range cs {
		close(c)
	}
}

func GoodVariadicClose(f func()) {
	a, b := make(chan int), make(chan int)
	go func() {
		<-a
		<-b
		f()
	}()
	closeAll(a, b)
}

// Sent by reflection.
func GoodReflect(v any, handle func(int)) {
	c := make(chan int)
	go func() { handle(<-c) }()
	reflect.ValueOf(c).Send(reflect.ValueOf(v))
}

type hub struct{ current atomic.Pointer[chan struct{}] }

// The next change closes what this one waits for.
func (h *hub) GoodChanged() <-chan struct{} {
	c := make(chan struct{})
	if !h.current.CompareAndSwap(nil, &c) {
		return *h.current.Load()
	}
	return c
}

func (h *hub) change() {
	if c := h.current.Swap(nil); c != nil {
		close(*c)
	}
}

type stopper interface{ Stop() }

type chanStopper chan struct{}

func (s chanStopper) Stop() { close(s) }

// Closed through a method of the channel's own type, behind an interface.
func GoodMethodOnChannel(own func(stopper), f func()) {
	c := make(chan struct{})
	own(chanStopper(c))
	go func() {
		<-c
		f()
	}()
}

// The other end is given away under another type.
func GoodPipelineStage(in <-chan int) <-chan int {
	out := make(chan int)
	go func() {
		defer close(out)
		for v := range in {
			out <- v * v
		}
	}()
	return out
}

// The goroutine that closes was started by a callee.
func GoodCalleeStartsCloser(job func()) {
	done := make(chan struct{})
	startJob(job, done)
	<-done
}

func startJob(job func(), done chan<- struct{}) {
	go func() {
		defer close(done)
		job()
	}()
}

// The deadline of a dialogue that knows no contexts: the goroutine that watches is told when the dialogue
// is over, and tells whether it has interfered.
func GoodInterrupt(ctx context.Context, conn io.Closer, dialogue func() error) (err error) {
	over := make(chan struct{})
	interrupted := make(chan error, 1)
	defer func() {
		close(over)
		if ierr := <-interrupted; ierr != nil {
			err = ierr
		}
	}()
	go func() {
		select {
		case <-ctx.Done():
			conn.Close()
			interrupted <- ctx.Err()
		case <-over:
			interrupted <- nil
		}
	}()
	return dialogue()
}

type turnstile struct {
	mu      sync.Mutex
	free    int
	waiting list.List
}

// The one who waits lies in a list, and the one who leaves opens for it.
func (s *turnstile) GoodEnter() {
	s.mu.Lock()
	if s.free > 0 {
		s.free--
		s.mu.Unlock()
		return
	}
	ready := make(chan struct{})
	s.waiting.PushBack(ready)
	s.mu.Unlock()
	<-ready
}

func (s *turnstile) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	front := s.waiting.Front()
	if front == nil {
		s.free++
		return
	}
	s.waiting.Remove(front)
	close(front.Value.(chan struct{}))
}

// A group has no channel; this makes one of it.
func GoodGroupAsChannel(ctx context.Context, jobs []func()) error {
	var wg sync.WaitGroup
	for _, job := range jobs {
		wg.Go(job)
	}
	all := make(chan struct{})
	go func() {
		wg.Wait()
		close(all)
	}()
	select {
	case <-all:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

type config2 struct {
	mu      sync.Mutex
	value   string
	changed chan struct{}
}

func newConfig2() *config2 { return &config2{changed: make(chan struct{})} }

// Each change closes the channel of the one before and makes the next.
func (c *config2) set(v string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.value = v
	close(c.changed)
	c.changed = make(chan struct{})
}

func (c *config2) GoodNext() string {
	c.mu.Lock()
	changed := c.changed
	c.mu.Unlock()
	<-changed
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.value
}

func useConfig2(use func(string)) {
	c := newConfig2()
	go func() { use(c.GoodNext()) }()
	c.set("new")
}

// The collector closes it when the owner has become garbage.
func GoodCleanup(owner *config, work func(<-chan struct{})) {
	gone := make(chan struct{})
	runtime.AddCleanup(owner, func(c chan struct{}) { close(c) }, gone)
	go func() {
		<-gone
		work(gone)
	}()
}

// A context of one's own: Done gives away the field, cancel closes it.
type lifetime struct {
	context.Context
	once sync.Once
	done chan struct{}
}

func (l *lifetime) Done() <-chan struct{} { return l.done }

func (l *lifetime) end() { l.once.Do(func() { close(l.done) }) }

func GoodOwnContext(ctx context.Context, run func(context.Context), cleanup func()) {
	l := &lifetime{Context: ctx, done: make(chan struct{})}
	defer l.end()
	go func() {
		<-l.Done()
		cleanup()
	}()
	run(l)
}

// A method closes the field, once.
type valve struct {
	open chan struct{}
	once sync.Once
}

func NewValve() *valve { return &valve{open: make(chan struct{})} }

func (v *valve) Pass()  { <-v.open }
func (v *valve) Raise() { v.once.Do(func() { close(v.open) }) }

// The channel comes from outside in one of two constructors.
type follower struct{ lead chan struct{} }

func NewFollower() *follower { return &follower{lead: make(chan struct{})} }

func Follow(lead chan struct{}) *follower { return &follower{lead: lead} }

func (f *follower) Wait() { <-f.lead }

// Who holds the channel may close it.
type shared struct{ end chan struct{} }

func NewShared() *shared { return &shared{end: make(chan struct{})} }

func (s *shared) End() chan struct{} { return s.end }

func (s *shared) Wait() { <-s.end }

// Closed by its name in another struct, where it was put.
type lobby struct{ full chan struct{} }

type guest struct{ leave chan struct{} }

func NewLobby() *lobby { return &lobby{full: make(chan struct{})} }

func (l *lobby) Enter() *guest { return &guest{leave: l.full} }

func (g *guest) Go() { close(g.leave) }

func (l *lobby) Wait() { <-l.full }

// Kept in a map, from where it is closed.
type room struct{ empty chan struct{} }

type house struct{ rooms map[string]chan struct{} }

func (h *house) Add(name string) *room {
	r := &room{empty: make(chan struct{})}
	h.rooms[name] = r.empty
	return r
}

func (h *house) Leave(name string) { close(h.rooms[name]) }

func (r *room) Wait() { <-r.empty }

// Sent to somebody who closes it.
type query struct{ answered chan struct{} }

func Query(to chan<- chan struct{}) *query {
	q := &query{answered: make(chan struct{})}
	to <- q.answered
	return q
}

func (q *query) Wait() { <-q.answered }

// Closed through its address.
type bolt struct{ c chan struct{} }

func NewBolt() *bolt { return &bolt{c: make(chan struct{})} }

func closeAt(c *chan struct{}) { close(*c) }

func (l *bolt) Release() { closeAt(&l.c) }

func (l *bolt) Wait() { <-l.c }

// Another package can name the field.
type Public struct{ Done chan struct{} }

func NewPublic() *Public { return &Public{Done: make(chan struct{})} }

func (p *Public) Wait() { <-p.Done }

// There is another way to go on.
type patient struct {
	never chan struct{}
	quit  chan struct{}
}

func NewPatient() *patient {
	return &patient{never: make(chan struct{}), quit: make(chan struct{})}
}

func (p *patient) Wait() {
	select {
	case <-p.never:
	case <-p.quit:
	}
}

func (p *patient) Stop() { close(p.quit) }

// The one server of the process waits as long as that.
type daemon struct{ forever chan struct{} }

var theDaemon = newDaemon()

func newDaemon() *daemon {
	d := &daemon{forever: make(chan struct{})}
	go d.serve()
	return d
}

func (d *daemon) serve() { <-d.forever }

// The copy has the same channel.
type ticket struct{ used chan struct{} }

func NewTicket() ticket { return ticket{used: make(chan struct{})} }

func (t ticket) Wait() { <-t.used }

func Use(t ticket) {
	u := t
	close(u.used)
}

// One of the results is the caller's own channel.
func either(c chan struct{}, own bool) chan struct{} {
	if own {
		return make(chan struct{})
	}
	return c
}

func GoodEither(c chan struct{}, own bool, f func()) {
	d := either(c, own)
	go func() {
		<-d
		f()
	}()
}

// The helper keeps the channel where it will be closed.
var endings []chan struct{}

func newEnding() <-chan struct{} {
	c := make(chan struct{})
	endings = append(endings, c)
	return c
}

func GoodKept(f func()) {
	c := newEnding()
	go func() {
		<-c
		f()
	}()
}

// Whoever gets the channel may close it.
func GoodHandedOn(f func()) chan<- struct{} {
	end := onEnd(f)
	return end
}

// The same struct by another name.
type barrier struct{ open chan struct{} }

type barrierKey struct{ open chan struct{} }

func NewBarrier() *barrier { return &barrier{open: make(chan struct{})} }

func (b *barrier) Wait() { <-b.open }

func (b *barrier) Open() { (*barrierKey)(b).turn() }

func (k *barrierKey) turn() { close(k.open) }
