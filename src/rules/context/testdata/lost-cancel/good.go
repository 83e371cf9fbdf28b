package lostcancel

import (
	"context"
	"io"
	"log"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func GoodDefer(ctx context.Context, query func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	return query(ctx)
}

func GoodDeferredClosure(ctx context.Context, query func(context.Context) error) (err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer func() { cancel(err) }()
	return query(ctx)
}

// Called on both paths.
func GoodEachPath(ctx context.Context, query func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	if err := query(ctx); err != nil {
		cancel()
		return err
	}
	cancel()
	return nil
}

// The caller gets it.
func GoodReturned(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	return ctx, cancel
}

func GoodReturnedAtOnce(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, time.Minute)
}

// The caller gets a function that does it, among other things.
func GoodReturnedCleanup(ctx context.Context, follow func(context.Context), w io.Closer) (cleanup func() error) {
	ctx, cancel := context.WithCancel(ctx)
	go follow(ctx)
	return func() error {
		cancel()
		return w.Close()
	}
}

type Handle struct {
	Ctx    context.Context
	Cancel context.CancelFunc
}

// In a struct that the caller gets by value.
func GoodReturnedStruct(ctx context.Context) Handle {
	ctx, cancel := context.WithCancel(ctx)
	return Handle{ctx, cancel}
}

type runner struct {
	stop context.CancelFunc
	done chan struct{}
}

// Called by another method of the type.
func (r *runner) GoodStart(ctx context.Context, run func(context.Context)) {
	ctx, r.stop = context.WithCancel(ctx)
	r.done = make(chan struct{})
	go func() {
		defer close(r.done)
		run(ctx)
	}()
}

func (r *runner) Close() {
	r.stop()
	<-r.done
}

type Service struct{ Stop context.CancelFunc }

// Another package can call the field.
func GoodExportedField(ctx context.Context, run func(context.Context)) *Service {
	ctx, cancel := context.WithCancel(ctx)
	go run(ctx)
	return &Service{Stop: cancel}
}

var stopEverything context.CancelFunc

// Called by a handler that another function installs.
func GoodGlobal(run func(context.Context)) {
	var ctx context.Context
	ctx, stopEverything = context.WithCancel(context.Background())
	go run(ctx)
}

func InstallHandler(mux *http.ServeMux) {
	mux.HandleFunc("/quit", func(http.ResponseWriter, *http.Request) { stopEverything() })
}

type closers []func()

func (c closers) Close() {
	for _, f := range c {
		f()
	}
}

// Collected, and called from a loop.
func GoodAppended(ctx context.Context, names []string, follow func(context.Context, string)) closers {
	var all closers
	for _, n := range names {
		ctx, cancel := context.WithCancel(ctx)
		all = append(all, cancel)
		go follow(ctx, n)
	}
	return all
}

type board struct {
	mu      sync.Mutex
	running map[string]context.CancelFunc
}

// Found again by its name.
func (b *board) GoodMap(ctx context.Context, name string, run func(context.Context)) {
	ctx, cancel := context.WithCancel(ctx)
	b.mu.Lock()
	if old, ok := b.running[name]; ok {
		old()
	}
	b.running[name] = cancel
	b.mu.Unlock()
	go run(ctx)
}

func (b *board) kill(name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if cancel, ok := b.running[name]; ok {
		cancel()
		delete(b.running, name)
	}
}

func GoodTest(t *testing.T, run func(context.Context)) {
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	run(ctx)
}

func cancelAfter(d time.Duration, cancel context.CancelFunc) {
	time.Sleep(d)
	cancel()
}

func GoodHelperCalls(ctx context.Context, run func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	go cancelAfter(time.Second, cancel)
	return run(ctx)
}

func GoodUnknownCallee(ctx context.Context, own func(func()), run func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	own(cancel)
	return run(ctx)
}

func GoodTimer(ctx context.Context, run func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	time.AfterFunc(time.Second, cancel)
	return run(ctx)
}

func GoodAfterFunc(ctx, other context.Context, run func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(other, cancel)
	defer stop()
	defer cancel()
	return run(ctx)
}

func GoodSent(ctx context.Context, cancels chan<- context.CancelFunc, run func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	cancels <- cancel
	return run(ctx)
}

func GoodServer(srv *http.Server, ctx context.Context, follow func(context.Context)) {
	ctx, cancel := context.WithCancel(ctx)
	srv.RegisterOnShutdown(cancel)
	go follow(ctx)
}

// The goroutine that follows the work calls it when the work is over.
func GoodInGoroutine(ctx context.Context, done <-chan struct{}, run func(context.Context)) {
	ctx, cancel := context.WithCancel(ctx)
	go run(ctx)
	go func() {
		<-done
		cancel()
	}()
}

// The path without it ends the process.
func GoodFatal(ctx context.Context, path string, run func(context.Context, *os.File) error) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	f, err := os.Open(path)
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	defer cancel()
	return run(ctx, f)
}

// For as long as the process lives.
var background context.Context

func init() {
	background, _ = signal.NotifyContext(context.Background(), os.Interrupt)
}

// Nothing to cancel.
func GoodNoCancel(ctx context.Context, query func(context.Context) error) error {
	return query(context.WithoutCancel(context.WithValue(ctx, traceKey{}, "none")))
}

// A defer in a function literal for each round.
func GoodRounds(ctx context.Context, hosts []string, dial func(context.Context, string) error) error {
	for _, h := range hosts {
		err := func() error {
			ctx, cancel := context.WithTimeout(ctx, time.Second)
			defer cancel()
			return dial(ctx, h)
		}()
		if err != nil {
			return err
		}
	}
	return nil
}

// The second takes the place of the first after the first was called.
func GoodReplaced(ctx context.Context, query func(context.Context) error) error {
	attempt, cancel := context.WithTimeout(ctx, time.Second)
	err := query(attempt)
	if err != nil {
		cancel()
		attempt, cancel = context.WithTimeout(ctx, time.Minute)
		err = query(attempt)
	}
	cancel()
	return err
}

// Only where there is one.
func GoodConditional(ctx context.Context, limit time.Duration, query func(context.Context) error) error {
	var cancel context.CancelFunc
	if limit > 0 {
		ctx, cancel = context.WithTimeout(ctx, limit)
	}
	if cancel != nil {
		defer cancel()
	}
	return query(ctx)
}

func openSession(ctx context.Context, login func(context.Context) error) (context.Context, context.CancelFunc, error) {
	ctx, cancel := context.WithCancel(ctx)
	if err := login(ctx); err != nil {
		cancel()
		return nil, nil, err
	}
	return ctx, cancel, nil
}

// With an error there is nothing to call.
func GoodErrorMeansNone(ctx context.Context, login, query func(context.Context) error) error {
	ctx, cancel, err := openSession(ctx, login)
	if err != nil {
		return err
	}
	defer cancel()
	return query(ctx)
}

type switchable struct {
	cancel atomic.Pointer[context.CancelFunc]
}

// Swapped out and called by whoever comes next.
func (s *switchable) GoodAtomic(ctx context.Context, run func(context.Context)) {
	ctx, cancel := context.WithCancel(ctx)
	if old := s.cancel.Swap(&cancel); old != nil {
		(*old)()
	}
	go run(ctx)
}

func (s *switchable) Close() {
	if old := s.cancel.Swap(nil); old != nil {
		(*old)()
	}
}

func GoodOnceFunc(ctx context.Context, run func(context.Context, func())) {
	ctx, cancel := context.WithCancel(ctx)
	run(ctx, sync.OnceFunc(cancel))
}

type stopper interface{ Stop() }

type stopFunc func()

func (f stopFunc) Stop() { f() }

// Behind an interface that calls it.
func GoodInterface(ctx context.Context, run func(context.Context)) stopper {
	ctx, cancel := context.WithCancel(ctx)
	go run(ctx)
	return stopFunc(cancel)
}

type stream struct {
	io.ReadCloser
	cancel context.CancelFunc
}

func (s stream) Close() error {
	defer s.cancel()
	return s.ReadCloser.Close()
}

// The body ends the context when it is closed.
func GoodWrappedBody(ctx context.Context, open func(context.Context) (io.ReadCloser, error)) (io.ReadCloser, error) {
	ctx, cancel := context.WithCancel(ctx)
	body, err := open(ctx)
	if err != nil {
		cancel()
		return nil, err
	}
	return stream{body, cancel}, nil
}

type parent struct{ child runner }

// The field is reached through another one.
func (p *parent) GoodEmbedded(ctx context.Context, run func(context.Context)) {
	ctx, cancel := context.WithCancel(ctx)
	p.child = runner{stop: cancel, done: make(chan struct{})}
	close(p.child.done)
	go run(ctx)
}

func (p *parent) Close() { p.child.Close() }
