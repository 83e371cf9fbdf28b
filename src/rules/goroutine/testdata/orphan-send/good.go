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
