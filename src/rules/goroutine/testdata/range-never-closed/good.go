package neverclosed

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log"
	"os"
	"os/signal"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

func GoodDeferredClose(items []string) {
	out := make(chan string)
	defer close(out)
	go func() {
		for s := range out {
			fmt.Println(s)
		}
	}()
	for _, s := range items {
		out <- s
	}
}

// Closed on the error path, too.
func GoodClosedOnEveryPath(r io.Reader, index func(string)) error {
	words := make(chan string)
	go func() {
		for w := range words {
			index(w)
		}
	}()
	s := bufio.NewScanner(r)
	for s.Scan() {
		if s.Text() == "" {
			close(words)
			return errBadLine
		}
		words <- s.Text()
	}
	close(words)
	return s.Err()
}

func GoodPool(size int, todo []task, failed func(int, error)) {
	queue := make(chan task)
	defer close(queue)
	for range size {
		go worker(queue, failed)
	}
	for _, t := range todo {
		queue <- t
	}
}

func finish[T any](c chan T) { close(c) }

func GoodClosedInHelper(values []int, use func(int)) {
	c := make(chan int)
	go func() {
		for v := range c {
			use(v)
		}
	}()
	for _, v := range values {
		c <- v
	}
	finish(c)
}

// The closure runs later, and closes.
func GoodDeferredClosure(values []int, use func(int)) {
	c := make(chan int)
	defer func() {
		log.Printf("%d values", len(values))
		close(c)
	}()
	go func() {
		for v := range c {
			use(v)
		}
	}()
	for _, v := range values {
		c <- v
	}
}

func GoodCloserGoroutine(urls []string, fetch func(string) []byte) (bodies [][]byte) {
	var wg sync.WaitGroup
	results := make(chan []byte)
	for _, u := range urls {
		wg.Go(func() { results <- fetch(u) })
	}
	go func() {
		wg.Wait()
		close(results)
	}()
	for b := range results {
		bodies = append(bodies, b)
	}
	return bodies
}

// The caller holds the end that is closed.
func GoodReturned(use func(string)) chan<- string {
	c := make(chan string)
	go func() {
		for s := range c {
			use(s)
		}
	}()
	return c
}

func GoodReturnedCleanup(use func(string)) (send func(string), stop func()) {
	c := make(chan string)
	go func() {
		for s := range c {
			use(s)
		}
	}()
	return func(s string) { c <- s }, func() { close(c) }
}

// Whoever calls from another package may close.
func GoodParameter(c <-chan string, use func(string)) {
	go func() {
		for s := range c {
			use(s)
		}
	}()
}

type journal struct {
	entries chan string
	done    chan struct{}
}

func newJournal(w io.Writer) *journal {
	j := &journal{entries: make(chan string), done: make(chan struct{})}
	go j.goodRun(w)
	return j
}

func (j *journal) goodRun(w io.Writer) {
	defer close(j.done)
	for e := range j.entries {
		fmt.Fprintln(w, e)
	}
}

// Closed by the method that ends the type.
func (j *journal) Close() error {
	close(j.entries)
	<-j.done
	return nil
}

func GoodJournal(w io.Writer, lines []string) error {
	j := newJournal(w)
	for _, l := range lines {
		j.entries <- l
	}
	return j.Close()
}

// There are other ways out of the loop.
func GoodSentinel(values []int, use func(int)) {
	c := make(chan int)
	go func() {
		for v := range c {
			if v < 0 {
				return
			}
			use(v)
		}
	}()
	for _, v := range values {
		c <- max(v, 0)
	}
	c <- -1
}

func GoodCounted(n int, roll func() int) (rolls []int) {
	c := make(chan int)
	for range n {
		go func() { c <- roll() }()
	}
	if n == 0 {
		return nil
	}
	for r := range c {
		if rolls = append(rolls, r); len(rolls) == n {
			break
		}
	}
	return rolls
}

func GoodContextInside(ctx context.Context, in chan string, use func(string)) {
	go func() {
		for {
			select {
			case s, ok := <-in:
				if !ok {
					return
				}
				use(s)
			case <-ctx.Done():
				return
			}
		}
	}()
}

// Sources that are never closed, for the life of the process.
func init() {
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, os.Interrupt)
	go func() {
		for range hup {
			log.Print("interrupted")
		}
	}()
	go func() {
		for now := range time.Tick(time.Hour) {
			log.Print(now)
		}
	}()
}

var broadcast = make(chan string)

func EndBroadcast() { close(broadcast) }

func GoodGlobal(use func(string)) {
	go func() {
		for s := range broadcast {
			use(s)
		}
	}()
}

type Stream struct{ C chan int }

// The field can be closed by another package.
func (s *Stream) GoodSum() (total int) {
	for v := range s.C {
		total += v
	}
	return total
}

func GoodHandedToUnknown(produce func(chan<- int), use func(int)) {
	c := make(chan int)
	go produce(c)
	for v := range c {
		use(v)
	}
}

func GoodOnce(sources []func() (string, bool), use func(string)) {
	var once sync.Once
	c := make(chan string)
	for _, next := range sources[:1] {
		go func() {
			for {
				s, ok := next()
				if !ok {
					once.Do(func() { close(c) })
					return
				}
				c <- s
			}
		}()
	}
	for s := range c {
		use(s)
	}
}

func GoodTestCleanup(t *testing.T, use func(int)) chan<- int {
	c := make(chan int)
	t.Cleanup(func() { close(c) })
	go func() {
		for v := range c {
			use(v)
		}
	}()
	return c
}

func GoodAfterFunc(ctx context.Context, use func(int)) {
	c := make(chan int)
	context.AfterFunc(ctx, func() { close(c) })
	go func() {
		for v := range c {
			use(v)
		}
	}()
}

// The process ends on the path that does not close.
func GoodFatal(open func() error, values []int, use func(int)) {
	c := make(chan int)
	go func() {
		for v := range c {
			use(v)
		}
	}()
	if err := open(); err != nil {
		log.Fatal(err)
	}
	for _, v := range values {
		c <- v
	}
	close(c)
}

// Filled and closed before anybody reads.
func GoodPrefilled(values []int, use func(int)) {
	c := make(chan int, len(values))
	for _, v := range values {
		c <- v
	}
	close(c)
	for range 4 {
		go func() {
			for v := range c {
				use(v)
			}
		}()
	}
}

func stage[In, Out any](in <-chan In, f func(In) Out) <-chan Out {
	out := make(chan Out)
	go func() {
		defer close(out)
		for v := range in {
			out <- f(v)
		}
	}()
	return out
}

// Each stage closes what it returns, when what it was given has ended.
func GoodStages(lines []string, length func(string) int, double func(int) int) (total int) {
	first := make(chan string)
	go func() {
		defer close(first)
		for _, l := range lines {
			first <- l
		}
	}()
	for n := range stage(stage(first, length), double) {
		total += n
	}
	return total
}

// Not a channel at all.
func GoodIterator(seq iter.Seq[int], use func(int)) {
	go func() {
		for v := range seq {
			use(v)
		}
	}()
}

// The group is waited for after the close.
func GoodErrgroup(
	ctx context.Context, names []string, render func(string) (string, error), w io.Writer,
) error {
	g, ctx := errgroup.WithContext(ctx)
	pages := make(chan string)
	g.Go(func() error {
		for p := range pages {
			if _, err := io.WriteString(w, p); err != nil {
				return err
			}
		}
		return nil
	})
	g.Go(func() error {
		defer close(pages)
		for _, n := range names {
			p, err := render(n)
			if err != nil {
				return err
			}
			select {
			case pages <- p:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	return g.Wait()
}

type registry struct {
	mu   sync.Mutex
	subs map[string]chan string
}

// The registry keeps the channel and closes it when the subscriber leaves.
func (r *registry) GoodSubscribe(name string, use func(string)) {
	c := make(chan string, 1)
	r.mu.Lock()
	r.subs[name] = c
	r.mu.Unlock()
	go func() {
		for s := range c {
			use(s)
		}
	}()
}

func (r *registry) leave(name string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	c, ok := r.subs[name]
	if !ok {
		return errors.New("no such subscriber")
	}
	delete(r.subs, name)
	close(c)
	return nil
}

// The last of the senders closes.
func GoodLastOneCloses(parts []func() []int, use func(int)) {
	var mu sync.Mutex
	left := len(parts)
	c := make(chan int)
	for _, part := range parts {
		go func() {
			for _, v := range part() {
				c <- v
			}
			mu.Lock()
			defer mu.Unlock()
			if left--; left == 0 {
				close(c)
			}
		}()
	}
	if len(parts) == 0 {
		return
	}
	for v := range c {
		use(v)
	}
}

type dispatcher struct {
	jobs chan func()
	stop func()
	wg   sync.WaitGroup
}

// The stop is a function made of a close, to be called any number of times.
func GoodDispatcher(size int) *dispatcher {
	d := &dispatcher{jobs: make(chan func())}
	d.stop = sync.OnceFunc(func() { close(d.jobs) })
	for range size {
		d.wg.Go(func() {
			for job := range d.jobs {
				job()
			}
		})
	}
	return d
}

func (d *dispatcher) Close() error {
	d.stop()
	d.wg.Wait()
	return nil
}

// One goroutine is the only one that sends, and closes when the context has ended.
func GoodSingleWriter(
	ctx context.Context, next func(context.Context) (string, error), use func(string),
) {
	c := make(chan string)
	go func() {
		defer close(c)
		for {
			s, err := next(ctx)
			if err != nil {
				return
			}
			select {
			case c <- s:
			case <-ctx.Done():
				return
			}
		}
	}()
	for s := range c {
		use(s)
	}
}

// One for each reader, and a loop that closes them all.
func GoodFanOut(values []int, readers []func(int)) {
	var wg sync.WaitGroup
	outs := make([]chan int, len(readers))
	for i, read := range readers {
		outs[i] = make(chan int, 8)
		wg.Go(func() {
			for v := range outs[i] {
				read(v)
			}
		})
	}
	for _, v := range values {
		for _, out := range outs {
			out <- v
		}
	}
	for _, out := range outs {
		close(out)
	}
	wg.Wait()
}

type topic struct {
	mu   sync.Mutex
	subs map[int]chan string
	next int
}

// The subscription gives away the receiving end and the function that ends it.
func (t *topic) GoodSubscribe() (<-chan string, func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	id := t.next
	t.next++
	c := make(chan string, 16)
	t.subs[id] = c
	return c, func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if _, ok := t.subs[id]; ok {
			delete(t.subs, id)
			close(c)
		}
	}
}

func GoodFollow(t *topic, ctx context.Context, use func(string)) {
	c, end := t.GoodSubscribe()
	context.AfterFunc(ctx, end)
	go func() {
		for s := range c {
			use(s)
		}
	}()
}

// A panic between the make and the close closes, too.
func GoodPanicCloses(rows func(func(string)), store func(string)) (err error) {
	c := make(chan string)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for r := range c {
			store(r)
		}
	}()
	defer func() {
		close(c)
		<-done
		if p := recover(); p != nil {
			err = fmt.Errorf("rows: %v", p)
		}
	}()
	rows(func(r string) { c <- r })
	return nil
}

// Closed by a method.
type batcher struct{ rows chan string }

func NewBatcher(store func(string)) *batcher {
	b := &batcher{rows: make(chan string)}
	go b.run(store)
	return b
}

func (b *batcher) run(store func(string)) {
	for r := range b.rows {
		store(r)
	}
}

func (b *batcher) Add(row string) { b.rows <- row }

func (b *batcher) Close() { close(b.rows) }

// The one logger of the process writes as long as that.
type processLog struct{ lines chan string }

var theLog = startLog()

func startLog() *processLog {
	l := &processLog{lines: make(chan string, 16)}
	go l.write()
	return l
}

func (l *processLog) write() {
	for s := range l.lines {
		log.Print(s)
	}
}

func (l *processLog) Print(s string) { l.lines <- s }

// Who writes may close.
type pipeline struct{ in chan int }

func NewPipeline(use func(int)) *pipeline {
	p := &pipeline{in: make(chan int)}
	go func() {
		for v := range p.in {
			use(v)
		}
	}()
	return p
}

func (p *pipeline) Put(v int) { p.in <- v }

func (p *pipeline) In() chan<- int { return p.in }

func numbers(n int) <-chan int {
	c := make(chan int)
	go func() {
		defer close(c)
		for i := range n {
			c <- i
		}
	}()
	return c
}

func GoodGenerator(n int) (total int) {
	for v := range numbers(n) {
		total += v
	}
	return total
}

// A clock never ends, nor does who follows it.
func seconds() <-chan time.Time {
	c := make(chan time.Time)
	go func() {
		for {
			time.Sleep(time.Second)
			c <- time.Now()
		}
	}()
	return c
}

func GoodClock(show func(time.Time)) {
	for t := range seconds() {
		show(t)
	}
}

// The caller closes what it was given.
func sink(use func(int)) chan<- int {
	c := make(chan int)
	go func() {
		for v := range c {
			use(v)
		}
	}()
	return c
}

func GoodClosedByCaller(values []int, use func(int)) {
	c := sink(use)
	defer close(c)
	for _, v := range values {
		c <- v
	}
}
