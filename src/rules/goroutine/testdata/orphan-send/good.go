package orphansend

import (
	"context"
	"errors"
	"log"
	"os"
	"os/signal"
	"reflect"
	"sync"
	"testing"
	"time"
)

func GoodReceived(compute func() int) int {
	res := make(chan int)
	go func() { res <- compute() }()
	return <-res
}

// A mailbox: the value stays in the buffer and is collected with it.
func GoodMailbox(compute func() int) {
	res := make(chan int, 1)
	go func() { res <- compute() }()
}

func GoodRoomForAll(fetch, parse, save func()) {
	steps := make(chan string, 3)
	go func() {
		fetch()
		steps <- "fetched"
		parse()
		steps <- "parsed"
		save()
		steps <- "saved"
	}()
}

// As many places as senders.
func GoodRoomByLength(urls []string, check func(string) error) {
	errs := make(chan error, len(urls))
	for _, u := range urls {
		go func() { errs <- check(u) }()
	}
}

// Either one or the other is sent.
func GoodOneOfTwo(call func() ([]byte, error)) reply {
	out := make(chan reply)
	go func() {
		body, err := call()
		if err != nil {
			out <- reply{err: err}
			return
		}
		out <- reply{body: body}
	}()
	return <-out
}

func GoodDefault(news string) {
	c := make(chan string)
	go func() {
		select {
		case c <- news:
		default:
			log.Printf("nobody listens: %s", news)
		}
	}()
}

func GoodContext(ctx context.Context, v int) {
	c := make(chan int)
	go func() {
		select {
		case c <- v:
		case <-ctx.Done():
		}
	}()
}

func GoodHandedToUnknown(consume func(<-chan int), v int) {
	c := make(chan int)
	consume(c)
	go func() { c <- v }()
}

func GoodReturned(n int) <-chan int {
	c := make(chan int)
	go func() {
		defer close(c)
		for i := range n {
			c <- i
		}
	}()
	return c
}

func sum(in <-chan int) (total int) {
	for v := range in {
		total += v
	}
	return total
}

func GoodReceivedInHelper(values []int) int {
	c := make(chan int)
	go func() {
		defer close(c)
		for _, v := range values {
			c <- v
		}
	}()
	return sum(c)
}

// The result of the call is read by the caller's loop.
func GoodResultRead(launch func()) {
	for range countdown(3) {
		time.Sleep(time.Second)
	}
	launch()
}

func GoodDrainedOnReturn(produce func(chan<- int), use func(int) error) error {
	c := make(chan int)
	go func() {
		defer close(c)
		produce(c)
	}()
	defer func() {
		for range c {
		}
	}()
	for v := range c {
		if err := use(v); err != nil {
			return err
		}
	}
	return nil
}

func GoodSameBound(n int, work func(int)) {
	done := make(chan struct{})
	for i := range n {
		go func() {
			work(i)
			done <- struct{}{}
		}()
	}
	for range n {
		<-done
	}
}

// A semaphore: who sends also receives.
func GoodSemaphore(jobs []func()) {
	var wg sync.WaitGroup
	sem := make(chan struct{}, 4)
	for _, job := range jobs {
		wg.Add(1)
		sem <- struct{}{}
		go func() {
			defer wg.Done()
			defer func() { <-sem }()
			job()
		}()
	}
	wg.Wait()
}

// The group closes, the caller reads.
func GoodCloserGoroutine(urls []string, size func(string) int64) (total int64) {
	var wg sync.WaitGroup
	sizes := make(chan int64)
	for _, u := range urls {
		wg.Go(func() { sizes <- size(u) })
	}
	go func() {
		wg.Wait()
		close(sizes)
	}()
	for s := range sizes {
		total += s
	}
	return total
}

var updates = make(chan string)

func Updates() <-chan string { return updates }

// Others read from the package variable.
func GoodGlobal(s string) { updates <- s }

type Feed struct{ C chan string }

// Another package can read the field.
func (f *Feed) GoodPublish(s string) { f.C <- s }

type broker struct {
	mu   sync.Mutex
	subs map[string]chan string
}

// The subscriber holds the other end.
func (b *broker) GoodSubscribe(name string) <-chan string {
	c := make(chan string)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.subs[name] = c
	go func() { c <- "welcome" }()
	return c
}

type mailer struct{ outbox chan string }

func newMailer() *mailer {
	m := &mailer{outbox: make(chan string)}
	go m.deliver()
	return m
}

func (m *mailer) deliver() {
	for letter := range m.outbox {
		log.Print(letter)
	}
}

// A method of the same type receives.
func (m *mailer) GoodMail(letter string) { m.outbox <- letter }

func (m *mailer) close() { close(m.outbox) }

func GoodReflect(v int) reflect.Value {
	c := make(chan int)
	go func() { c <- v }()
	got, _ := reflect.ValueOf(c).Recv()
	return got
}

// Inside a channel, a channel.
func GoodReply(requests <-chan chan<- string) {
	for r := range requests {
		go func() { r <- time.Now().String() }()
	}
}

// The first failure is kept, the others are dropped.
func GoodFirstError(jobs []func() error) error {
	first := make(chan error, 1)
	var wg sync.WaitGroup
	for _, job := range jobs {
		wg.Go(func() {
			if err := job(); err != nil {
				select {
				case first <- err:
				default:
				}
			}
		})
	}
	wg.Wait()
	select {
	case err := <-first:
		return err
	default:
		return nil
	}
}

// At most one send, by the Once.
func GoodOnce(workers int, run func(int) error) {
	var once sync.Once
	failed := make(chan error, 1)
	for i := range workers {
		go func() {
			if err := run(i); err != nil {
				once.Do(func() { failed <- err })
			}
		}()
	}
}

func GoodTestCleanup(t *testing.T, produce func() int) {
	c := make(chan int)
	go func() { c <- produce() }()
	t.Cleanup(func() { <-c })
}

// The runtime never blocks on this channel.
func GoodSignal(stop func()) {
	c := make(chan os.Signal, 1)
	signal.Notify(c, os.Interrupt)
	go func() {
		<-c
		stop()
	}()
}

// The channel variable is nil until there is something to send, and nil cases never run.
func GoodNilCase(in <-chan int, sink chan<- int) {
	go func() {
		var out chan<- int
		var next int
		for {
			select {
			case v, ok := <-in:
				if !ok {
					return
				}
				next, out = v, sink
			case out <- next:
				out = nil
			}
		}
	}()
}

// The receive comes from the goroutine that the caller starts afterwards.
func GoodReaderStartedLater(lines []string, write func(string)) {
	c := make(chan string)
	go func() {
		defer close(c)
		for _, l := range lines {
			c <- l
		}
	}()
	done := make(chan struct{})
	go func() {
		defer close(done)
		for l := range c {
			write(l)
		}
	}()
	<-done
}

var errBusy = errors.New("busy")

// The send takes place under a check of its own: a full buffer is refused first.
func (m *limiter) GoodSubmit(job func()) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.slots) == cap(m.slots) {
		return errBusy
	}
	m.slots <- job
	return nil
}

type limiter struct {
	mu    sync.Mutex
	slots chan func()
}

func newLimiter(n int) *limiter { return &limiter{slots: make(chan func(), n)} }

func (m *limiter) take() func() { return <-m.slots }

type inbox struct {
	mu    sync.Mutex
	items []string
	wake  chan struct{}
}

func newInbox() *inbox { return &inbox{wake: make(chan struct{}, 1)} }

// One token is enough to wake the reader, however many items there are.
func (b *inbox) GoodPush(s string) {
	b.mu.Lock()
	b.items = append(b.items, s)
	b.mu.Unlock()
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

func (b *inbox) pop(ctx context.Context) ([]string, error) {
	select {
	case <-b.wake:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	items := b.items
	b.items = nil
	return items, nil
}

type idleWorker struct{ job chan func() }

type idlers struct {
	mu   sync.Mutex
	idle []*idleWorker
}

func (w *idleWorker) run(p *idlers) {
	for job := range w.job {
		job()
		p.mu.Lock()
		p.idle = append(p.idle, w)
		p.mu.Unlock()
	}
}

// The worker that is taken from the list waits at its own channel; a new one is started to wait there.
func (p *idlers) GoodHandOver(job func()) {
	p.mu.Lock()
	var w *idleWorker
	if n := len(p.idle); n > 0 {
		w, p.idle = p.idle[n-1], p.idle[:n-1]
	}
	p.mu.Unlock()
	if w == nil {
		w = &idleWorker{job: make(chan func())}
		go w.run(p)
	}
	w.job <- job
}

func (p *idlers) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, w := range p.idle {
		close(w.job)
	}
	p.idle = nil
}

type pipeline struct {
	stages []func() error
	errs   chan error
}

// The room is made for as many as are started, in another method.
func (p *pipeline) start() {
	p.errs = make(chan error, len(p.stages))
	for _, s := range p.stages {
		go p.GoodStage(s)
	}
}

func (p *pipeline) GoodStage(s func() error) { p.errs <- s() }

func (p *pipeline) wait() (err error) {
	for range p.stages {
		err = errors.Join(err, <-p.errs)
	}
	return err
}

// The bucket is filled up to its brim and no further.
func GoodRefill(ctx context.Context, every time.Duration, burst int) <-chan struct{} {
	bucket := make(chan struct{}, burst)
	for i := 0; i < cap(bucket); i++ {
		bucket <- struct{}{}
	}
	go func() {
		t := time.NewTicker(every)
		defer t.Stop()
		for {
			select {
			case <-t.C:
			case <-ctx.Done():
				return
			}
			select {
			case bucket <- struct{}{}:
			default:
			}
		}
	}()
	return bucket
}

// The two ends hand one buffer to and fro.
func GoodPingPong(rounds int, fill, empty func([]byte)) {
	full, free := make(chan []byte), make(chan []byte, 1)
	free <- make([]byte, 4096)
	go func() {
		defer close(full)
		for range rounds {
			b := <-free
			fill(b)
			full <- b
		}
	}()
	for b := range full {
		empty(b)
		free <- b
	}
}

type call struct {
	reply chan string
	next  *call
}

type batcher struct {
	mu   sync.Mutex
	head *call
}

// The calls wait in a list of their own, each at its channel.
func (b *batcher) ask() string {
	c := &call{reply: make(chan string)}
	b.mu.Lock()
	c.next, b.head = b.head, c
	b.mu.Unlock()
	return <-c.reply
}

func (b *batcher) GoodFlush(answer string) {
	b.mu.Lock()
	c := b.head
	b.head = nil
	b.mu.Unlock()
	for ; c != nil; c = c.next {
		c.reply <- answer
	}
}

// The helper reports the first error only.
func GoodFirstErrorOnly(copyAll, flush, end func() error) error {
	errs := make(chan error, 1)
	go func() {
		defer close(errs)
		told := false
		tell := func(err error) {
			if !told {
				errs <- err
				told = true
			}
		}
		if err := copyAll(); err != nil {
			tell(err)
		}
		if err := flush(); err != nil {
			tell(err)
		}
		if err := end(); err != nil {
			tell(err)
		}
	}()
	return <-errs
}

// As many rounds as there is room for; what the other loop sends depends on what it finds.
func GoodLoopsFit(probe func(int) bool, extra int) {
	seen := make(chan bool, 4)
	go func() {
		for i := 0; i < 3; i++ {
			seen <- probe(i)
		}
		for i := range 9 {
			if probe(i) {
				continue
			}
			seen <- false
		}
	}()
}

// A method receives.
type letterbox struct{ letters chan string }

func NewLetterbox() *letterbox { return &letterbox{letters: make(chan string)} }

func (b *letterbox) Put(letter string) { b.letters <- letter }

func (b *letterbox) Take() string { return <-b.letters }

// Who asks for the channel receives from it.
type feed struct{ items chan int }

func NewFeed() *feed { return &feed{items: make(chan int)} }

func (f *feed) Put(item int) { f.items <- item }

func (f *feed) Items() <-chan int { return f.items }

// The buffer counts what is under way.
type limit struct{ slots chan struct{} }

func NewLimit() *limit { return &limit{slots: make(chan struct{}, 4)} }

func (l *limit) Use() { l.slots <- struct{}{} }

// Sent on by those who may drop it.
type hint struct{ wake chan struct{} }

func NewHint() *hint { return &hint{wake: make(chan struct{})} }

func (h *hint) Wake() {
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

func tellHow(c chan<- string, err error) {
	if err != nil {
		c <- err.Error()
	} else {
		c <- "ok"
	}
}

// One of the two, and there is room for one.
func GoodEitherSend(op func() error) {
	c := make(chan string, 1)
	go func() {
		if op() != nil {
			c <- "bad"
		} else {
			c <- "ok"
		}
	}()
}

// A switch chooses one of three sends.
func GoodOneOfThree(op func() int) {
	c := make(chan string, 1)
	go func() {
		switch op() {
		case 0:
			c <- "zero"
		case 1:
			c <- "one"
		default:
			c <- "many"
		}
	}()
}

// Two turns, and each sends once, whatever it chooses.
func GoodChoiceInLoop(op func(int) int) {
	c := make(chan string, 2)
	go func() {
		for i := 0; i < 2; i++ {
			switch op(i) {
			case 0:
				c <- "zero"
			case 1:
				c <- "one"
			default:
				c <- "many"
			}
		}
	}()
}

// The same, received.
func GoodChoiceInLoopReceived(op func(int) int) (string, string) {
	c := make(chan string)
	go func() {
		for i := 0; i < 2; i++ {
			switch op(i) {
			case 0:
				c <- "zero"
			case 1:
				c <- "one"
			default:
				c <- "many"
			}
		}
	}()
	return <-c, <-c
}

// The deferred send has its place, too.
func GoodDeferredSend(op func() int) {
	c := make(chan int, 2)
	go func() {
		defer func() { c <- -1 }()
		c <- op()
	}()
}

// A function that sends one or the other.
func GoodHelperChooses(op func() error) {
	c := make(chan string, 1)
	go tellHow(c, op())
}

// One goroutine of two is started.
func GoodOneStarted(fast bool, a, b func() int) {
	c := make(chan int, 1)
	if fast {
		go func() { c <- a() }()
	} else {
		go func() { c <- b() }()
	}
}

// Two goroutines of which one sends.
func GoodOneSends(fast bool, a, b func() int) {
	c := make(chan int, 1)
	go func() {
		if fast {
			c <- a()
		}
	}()
	go func() {
		if !fast {
			c <- b()
		}
	}()
}

// Each sends once on each of its ways.
func GoodRoomForBoth(a, b func() error) error {
	errc := make(chan error, 2)
	go func() {
		if err := a(); err != nil {
			errc <- err
			return
		}
		errc <- nil
	}()
	go func() {
		if err := b(); err != nil {
			errc <- err
			return
		}
		errc <- nil
	}()
	return <-errc
}

// Only an error is sent, and here nothing can fail.
func watch(step func() error) <-chan error {
	failed := make(chan error)
	go func() {
		for {
			if err := step(); err != nil {
				failed <- err
				return
			}
			if step == nil {
				return
			}
		}
	}()
	return failed
}

func GoodNothingToFail() {
	watch(func() error { return nil })
}

func WatchAll(step func() error) error {
	return <-watch(step)
}

// Back to the beginning, but with nothing sent.
func GoodAgain(ready func() bool) {
	c := make(chan int, 1)
	go func() {
	again:
		if ready() {
			c <- 1
			return
		}
		if ready() {
			goto again
		}
		c <- 2
	}()
}
