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
func GoodReturnedCleanup(
	ctx context.Context, follow func(context.Context), w io.Closer,
) (cleanup func() error) {
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

func GoodSent(
	ctx context.Context, cancels chan<- context.CancelFunc, run func(context.Context) error,
) error {
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

func openSession(
	ctx context.Context, login func(context.Context) error,
) (context.Context, context.CancelFunc, error) {
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
func GoodWrappedBody(
	ctx context.Context, open func(context.Context) (io.ReadCloser, error),
) (io.ReadCloser, error) {
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

type clientStream struct {
	ctx    context.Context
	cancel context.CancelFunc
	recv   func(context.Context) ([]byte, error)
}

// On an error it is called here, else by the stream when it is finished.
func GoodOpenStream(
	ctx context.Context, open func(context.Context) error, recv func(context.Context) ([]byte, error),
) (_ *clientStream, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer func() {
		if err != nil {
			cancel()
		}
	}()
	if err := open(ctx); err != nil {
		return nil, err
	}
	return &clientStream{ctx, cancel, recv}, nil
}

func (s *clientStream) Recv() ([]byte, error) {
	b, err := s.recv(s.ctx)
	if err != nil {
		s.cancel()
	}
	return b, err
}

type rows struct {
	cancel context.CancelFunc
	ended  chan struct{}
}

// A goroutine waits for the end of the context, which comes with the end of the rows if not before.
func (r *rows) GoodWatch(ctx context.Context) {
	ctx, r.cancel = context.WithCancel(ctx)
	r.ended = make(chan struct{})
	go func() {
		defer close(r.ended)
		<-ctx.Done()
	}()
}

func (r *rows) Close() error {
	if r.cancel != nil {
		r.cancel()
		<-r.ended
	}
	return nil
}

// What has to be undone is collected while things are set up, and undone from the end.
func GoodUndoStack(ctx context.Context, steps []func(context.Context) (func(), error)) (err error) {
	var undo []func()
	defer func() {
		for i := len(undo) - 1; i >= 0; i-- {
			undo[i]()
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	undo = append(undo, cancel)
	for _, step := range steps {
		f, err := step(ctx)
		if err != nil {
			return err
		}
		undo = append(undo, f)
	}
	return nil
}

// One function takes over what two did.
func GoodCombined(ctx, lifetime context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(lifetime, func() { cancel(context.Cause(lifetime)) })
	return ctx, func() {
		stop()
		cancel(context.Canceled)
	}
}

var sessions sync.Map

// Kept under a key, and taken out by whoever ends the session.
func GoodSyncMap(ctx context.Context, id string, run func(context.Context)) {
	ctx, cancel := context.WithCancel(ctx)
	sessions.Store(id, cancel)
	go run(ctx)
}

func EndSession(id string) {
	if c, ok := sessions.LoadAndDelete(id); ok {
		c.(context.CancelFunc)()
	}
}

type request struct {
	ctx    context.Context
	cancel context.CancelFunc
	work   func(context.Context)
}

// It travels with the work, and the worker calls it when that is done.
func GoodTravels(ctx context.Context, queue chan<- request, work func(context.Context)) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	queue <- request{ctx, cancel, work}
}

func serve(queue <-chan request) {
	for r := range queue {
		r.work(r.ctx)
		r.cancel()
	}
}

// The variable is given a new meaning, and the old one is part of it.
func GoodExtended(ctx context.Context, f io.Closer, run func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	end := cancel
	end = func() {
		f.Close()
		cancel()
	}
	defer func() { end() }()
	return run(ctx)
}

// A context that has ended needs no cancel, however it came to end.
func GoodEnded(ctx context.Context, tick <-chan time.Time, query func(context.Context) error) error {
	attempt, cancel := context.WithTimeout(ctx, time.Second)
	for {
		if err := query(attempt); err == nil {
			cancel()
			return nil
		}
		select {
		case <-attempt.Done():
			return attempt.Err()
		case <-tick:
		}
	}
}

func GoodEndedByErr(ctx context.Context, query func(context.Context)) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	query(ctx)
	if err := ctx.Err(); err != nil {
		return err
	}
	cancel()
	return nil
}

// The end of the outer one is the end of the inner one.
func GoodInner(ctx context.Context, query func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	inner, _ := context.WithTimeout(ctx, time.Second)
	return query(inner)
}

type client struct {
	ctx    context.Context
	cancel context.CancelFunc
	addr   string
}

// On the way that fails nobody has seen the context yet, and it is registered with nobody.
func GoodFreshRoot(addr string, resolve func(string) (string, error)) (*client, error) {
	c := &client{}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	var err error
	if c.addr, err = resolve(addr); err != nil {
		return nil, err
	}
	return c, nil
}

func (c *client) Close() { c.cancel() }

// The condition is a field that nothing here changes.
func (c *client) GoodSameCondition(ctx context.Context, query func(context.Context) error) error {
	var cancel context.CancelFunc
	if c.addr != "" {
		ctx, cancel = context.WithCancel(ctx)
	}
	err := query(ctx)
	if c.addr != "" {
		cancel()
	}
	return err
}

// The cancel of one round is called at the start of the next.
func GoodNextRound(ctx context.Context, names []string, run func(context.Context, string)) {
	var cancel context.CancelFunc
	for i, n := range names {
		if i > 0 {
			cancel()
		}
		var one context.Context
		one, cancel = context.WithCancel(ctx)
		go run(one, n)
	}
	if cancel != nil {
		cancel()
	}
}

func GoodFailedTest(t *testing.T, query func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	if err := query(ctx); err != nil {
		t.Errorf("query: %v", err)
		return
	}
	cancel()
}

func maybeCancelable(ctx context.Context, cancelable bool) (context.Context, context.CancelFunc) {
	var cancel context.CancelFunc
	if cancelable {
		ctx, cancel = context.WithCancel(ctx)
	}
	return ctx, cancel
}

// Not asked for and not there.
func GoodNotCancelable(ctx context.Context, query func(context.Context) error) error {
	ctx, _ = maybeCancelable(ctx, false)
	return query(ctx)
}

func GoodNilParent() (caught any) {
	defer func() { caught = recover() }()
	_, _ = context.WithDeadline(nil, time.Now())
	return nil
}
