package abandoned

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

func GoodBuffered(lookup func(string) string, name string) (string, error) {
	found := make(chan string, 1)
	go func() { found <- lookup(name) }()
	select {
	case s := <-found:
		return s, nil
	case <-time.After(2 * time.Second):
		return "", errTimeout
	}
}

// Both ways lead past a receive.
func GoodReceiveOnBothBranches(
	ctx context.Context, cancel func(), run func(context.Context) error,
) error {
	done := make(chan error)
	go func() { done <- run(ctx) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		cancel()
		<-done
		return ctx.Err()
	}
}

func GoodDeferredDrain(size func() int64, open func() (io.Reader, error)) (n int64, err error) {
	total := make(chan int64)
	defer func() { n -= <-total }()
	go func() { total <- size() }()
	r, err := open()
	if err != nil {
		return 0, err
	}
	return io.Copy(io.Discard, r)
}

// The sender watches the same context.
func GoodSenderSelects(ctx context.Context, query func() []string) ([]string, error) {
	rows := make(chan []string)
	go func() {
		select {
		case rows <- query():
		case <-ctx.Done():
		}
	}()
	select {
	case r := <-rows:
		return r, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// The receiver tells the sender that it has left.
func GoodDoneChannel(words []string, good func(string) bool) (string, bool) {
	candidates, done := make(chan string), make(chan struct{})
	defer close(done)
	go func() {
		defer close(candidates)
		for _, w := range words {
			select {
			case candidates <- w:
			case <-done:
				return
			}
		}
	}()
	for c := range candidates {
		if good(c) {
			return c, true
		}
	}
	return "", false
}

func GoodSenderGivesUp(lookup func() string) (string, bool) {
	c := make(chan string)
	go func() {
		select {
		case c <- lookup():
		case <-time.After(time.Minute):
		}
	}()
	select {
	case s := <-c:
		return s, true
	case <-time.After(time.Second):
		return "", false
	}
}

// Leaving early, it starts somebody who receives.
func GoodDrainerOnExit(ctx context.Context, open func() (net.Conn, error)) (net.Conn, error) {
	type dialed struct {
		net.Conn
		err error
	}
	c := make(chan dialed)
	go func() {
		conn, err := open()
		c <- dialed{conn, err}
	}()
	select {
	case d := <-c:
		return d.Conn, d.err
	case <-ctx.Done():
		go func() {
			if d := <-c; d.err == nil {
				d.Close()
			}
		}()
		return nil, ctx.Err()
	}
}

func drain[T any](c <-chan T) {
	for range c {
	}
}

func GoodDrainInHelper(words []string, good func(string) bool) (string, bool) {
	candidates := make(chan string)
	defer drain(candidates)
	go func() {
		defer close(candidates)
		for _, w := range words {
			candidates <- w
		}
	}()
	for c := range candidates {
		if good(c) {
			return c, true
		}
	}
	return "", false
}

func GoodAfterFuncReceives(ctx context.Context, run func() int) (int, bool) {
	c := make(chan int)
	stop := context.AfterFunc(ctx, func() { <-c })
	go func() { c <- run() }()
	if !stop() {
		return 0, false
	}
	return <-c, true
}

// The early return comes before the goroutine.
func GoodCheckedFirst(size func() int64, open func() (io.Reader, error)) (int64, error) {
	r, err := open()
	if err != nil {
		return 0, err
	}
	total := make(chan int64)
	go func() { total <- size() }()
	n, err := io.Copy(io.Discard, r)
	return <-total - n, err
}

// The process does not outlive the early exit.
func GoodFatal(flush func() error, open func() error) error {
	flushed := make(chan error)
	go func() { flushed <- flush() }()
	if err := open(); err != nil {
		log.Fatalf("open: %v", err)
	}
	return <-flushed
}

func GoodUsage(compute func() int) int {
	c := make(chan int)
	go func() { c <- compute() }()
	if len(os.Args) < 2 {
		os.Stderr.WriteString("usage: compute FILE\n")
		os.Exit(2)
	}
	return <-c
}

// With the same condition twice, nobody is started who is not waited for.
func GoodSameCondition(async bool, flush func() error, sync func() error) error {
	var flushed chan error
	if async {
		flushed = make(chan error)
		go func() { flushed <- flush() }()
	}
	err := sync()
	if !async {
		return err
	}
	return errors.Join(err, <-flushed)
}

// At least one place, whatever is configured.
func GoodRoomFromConfig(ctx context.Context, backlog int, run func() error) error {
	done := make(chan error, max(1, backlog))
	go func() { done <- run() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// The caller gets the channel, also when it is too early.
func GoodReturnsChannel(ctx context.Context, run func() error) (<-chan error, error) {
	done := make(chan error)
	go func() { done <- run() }()
	if err := ctx.Err(); err != nil {
		return done, err
	}
	return done, nil
}

// The server's own goroutine reports into a buffer; after Shutdown it is heard.
func GoodServe(ctx context.Context, srv *http.Server) error {
	failed := make(chan error, 1)
	go func() { failed <- srv.ListenAndServe() }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		stop, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		return srv.Shutdown(stop)
	}
}

// Two copies, room for both, one is waited for.
func GoodProxy(a, b net.Conn) error {
	ended := make(chan error, 2)
	cp := func(dst, src net.Conn) {
		_, err := io.Copy(dst, src)
		ended <- err
	}
	go cp(a, b)
	go cp(b, a)
	err := <-ended
	a.Close()
	b.Close()
	return err
}

type latecomers struct {
	mu   sync.Mutex
	late []chan string
}

// Whoever leaves early leaves the channel in a list, and somebody takes what arrives there.
func (l *latecomers) GoodLeftInList(ctx context.Context, fetch func() string) (string, error) {
	c := make(chan string)
	go func() { c <- fetch() }()
	select {
	case s := <-c:
		return s, nil
	case <-ctx.Done():
		l.mu.Lock()
		l.late = append(l.late, c)
		l.mu.Unlock()
		return "", ctx.Err()
	}
}

func (l *latecomers) collect() (all []string) {
	l.mu.Lock()
	late := l.late
	l.late = nil
	l.mu.Unlock()
	for _, c := range late {
		all = append(all, <-c)
	}
	return all
}

func GoodErrgroup(ctx context.Context, estimate func() int, plan func() error) (n int, err error) {
	g, ctx := errgroup.WithContext(ctx)
	cost := make(chan int)
	g.Go(func() error {
		select {
		case cost <- estimate():
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	g.Go(func() error {
		if err := plan(); err != nil {
			return err
		}
		n = <-cost
		return nil
	})
	err = g.Wait()
	return n, err
}

// The loop goes on until the goroutine has answered, however often the timer rings.
func GoodPatience(run func() error) error {
	done := make(chan error)
	go func() { done <- run() }()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			return err
		case <-tick.C:
			log.Print("still running")
		}
	}
}

// A closed case goes to nil, and the loop ends when both have ended.
func GoodMerge(left, right func() []int) (all []int) {
	a, b := make(chan int), make(chan int)
	feed := func(out chan<- int, values []int) {
		defer close(out)
		for _, v := range values {
			out <- v
		}
	}
	go feed(a, left())
	go feed(b, right())
	for a != nil || b != nil {
		select {
		case v, ok := <-a:
			if !ok {
				a = nil
				continue
			}
			all = append(all, v)
		case v, ok := <-b:
			if !ok {
				b = nil
				continue
			}
			all = append(all, v)
		}
	}
	return all
}

func GoodTest(t *testing.T, run func() error) {
	done := make(chan error)
	go func() { done <- run() }()
	t.Cleanup(func() {
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	if testing.Short() {
		return
	}
	time.Sleep(time.Second)
}

type job struct {
	result chan error
}

// The job goes to somebody else, who may receive; this function only tries to.
func GoodHandedOn(ctx context.Context, run func() error, pending chan<- *job) error {
	j := &job{result: make(chan error)}
	go func() { j.result <- run() }()
	select {
	case pending <- j:
		return nil
	case err := <-j.result:
		return err
	}
}

// Two ways to the same host; the one that loses finds the race over and tidies up.
func GoodRace(
	ctx context.Context, addrs []string, dial func(context.Context, string) (net.Conn, error),
) (net.Conn, error) {
	type result struct {
		conn net.Conn
		err  error
	}
	results := make(chan result)
	over := make(chan struct{})
	defer close(over)
	try := func(addr string) {
		conn, err := dial(ctx, addr)
		select {
		case results <- result{conn, err}:
		case <-over:
			if conn != nil {
				conn.Close()
			}
		}
	}
	var last error
	for _, a := range addrs {
		go try(a)
	}
	for range addrs {
		r := <-results
		if r.err == nil {
			return r.conn, nil
		}
		last = r.err
	}
	return nil, last
}

// The watcher offers its verdict, and takes the end of the work for an answer.
func GoodWatchdog(ctx context.Context, kill func() error, wait func() error) error {
	verdict := make(chan error)
	go func() {
		select {
		case verdict <- nil:
			return
		case <-ctx.Done():
		}
		err := kill()
		if err == nil {
			err = ctx.Err()
		}
		verdict <- err
	}()
	err := wait()
	if kerr := <-verdict; kerr != nil && err == nil {
		err = kerr
	}
	return err
}

type exchange struct {
	reply chan string
	gone  chan struct{}
}

// The caller says when it has left, whichever way it leaves.
func GoodCallerGone(ctx context.Context, requests chan<- exchange) (string, error) {
	e := exchange{reply: make(chan string), gone: make(chan struct{})}
	defer close(e.gone)
	select {
	case requests <- e:
	case <-ctx.Done():
		return "", ctx.Err()
	}
	select {
	case s := <-e.reply:
		return s, nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

func answerAll(requests <-chan exchange, answer func() string) {
	for e := range requests {
		go func() {
			select {
			case e.reply <- answer():
			case <-e.gone:
			}
		}()
	}
}

type want struct {
	mu   sync.Mutex
	conn net.Conn
	left bool
	done chan struct{}
}

// Delivered under a lock: what comes too late is closed, and the channel is only ever closed.
func (w *want) deliver(conn net.Conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.left {
		conn.Close()
		return
	}
	w.conn = conn
	close(w.done)
}

func GoodTryDeliver(ctx context.Context, dial func() (net.Conn, error)) (net.Conn, error) {
	w := &want{done: make(chan struct{})}
	failed := make(chan error, 1)
	go func() {
		conn, err := dial()
		if err != nil {
			failed <- err
			return
		}
		w.deliver(conn)
	}()
	select {
	case <-w.done:
		return w.conn, nil
	case err := <-failed:
		return nil, err
	case <-ctx.Done():
		w.mu.Lock()
		defer w.mu.Unlock()
		w.left = true
		return w.conn, ctx.Err()
	}
}

// A panic in the work is passed on, and there is room for it when nobody is left to take it.
func GoodPanicPassedOn(ctx context.Context, work func()) error {
	done := make(chan struct{})
	panics := make(chan any, 1)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				panics <- p
			}
		}()
		work()
		close(done)
	}()
	select {
	case p := <-panics:
		panic(p)
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// The range ends when the goroutine has ended, so the errors that are left fit.
func GoodRangeThenErrors(decode func() (string, error), store func(string)) error {
	rows, errs := make(chan string, 8), make(chan error, 2)
	go func() {
		defer close(rows)
		row, err := decode()
		if err != nil {
			errs <- err
		}
		rows <- row
		if _, err = decode(); err != nil {
			errs <- err
		}
	}()
	for row := range rows {
		store(row)
	}
	select {
	case err := <-errs:
		return err
	default:
		return nil
	}
}

type outcome struct {
	v   int
	err error
}

type settings struct{ trace bool }

func (c settings) traced() bool { return c.trace }

func waitAtMost(c chan int, d time.Duration) (int, bool) {
	select {
	case v := <-c:
		return v, true
	case <-time.After(d):
		return 0, false
	}
}

func waitFor(ctx context.Context, c chan int) int {
	select {
	case v := <-c:
		return v
	case <-ctx.Done():
		return 0
	}
}

func takeIf(c chan int, want bool) int {
	if !want {
		return 0
	}
	return <-c
}

// One error or two results: the receiver asks which.
func GoodErrorOrTwo(op func() (int, int, error)) (int, error) {
	c := make(chan outcome)
	go func() {
		a, b, err := op()
		if err != nil {
			c <- outcome{err: err}
			return
		}
		c <- outcome{v: a}
		c <- outcome{v: b}
	}()
	r := <-c
	if r.err != nil {
		return 0, r.err
	}
	s := <-c
	return r.v + s.v, nil
}

// Both sides ask whether there is a first value.
func GoodOptionalFirst(verbose bool, op func() int) int {
	c := make(chan int)
	go func() {
		if verbose {
			c <- -1
		}
		c <- op()
	}()
	if verbose {
		<-c
	}
	return <-c
}

// The same with two conditions, fields of one struct.
func GoodHeaderAndTrailer(opts struct{ header, trailer bool }, op func() string) (out []string) {
	c := make(chan string)
	go func() {
		if opts.header {
			c <- "h"
		}
		c <- op()
		if opts.trailer {
			c <- "t"
		}
	}()
	if opts.header {
		out = append(out, <-c)
	}
	out = append(out, <-c)
	if opts.trailer {
		out = append(out, <-c)
	}
	return
}

// Nothing is sent when nothing is received.
func GoodOnlyWhenWanted(verbose bool, op func() int) int {
	c := make(chan int)
	go func() {
		if verbose {
			c <- op()
		}
	}()
	if verbose {
		return <-c
	}
	return 0
}

// The condition is the answer of a method.
func GoodAskedOfMethod(k settings, op func() int) int {
	c := make(chan int)
	go func() {
		if k.traced() {
			c <- op()
		}
	}()
	if !k.traced() {
		return 0
	}
	return <-c
}

// A context that is over before anything happens.
func GoodSameContext(ctx context.Context, f func() int) int {
	c := make(chan int)
	go func() {
		if ctx.Err() == nil {
			c <- f()
		}
	}()
	if ctx.Err() != nil {
		return 0
	}
	return <-c
}

// Three tries, one answer.
func GoodRetryUntilSent(op func() (int, error)) (int, error) {
	c := make(chan outcome, 1)
	go func() {
		for try := 0; try < 3; try++ {
			v, err := op()
			if err == nil {
				c <- outcome{v: v}
				return
			}
			if try == 2 {
				c <- outcome{err: err}
			}
		}
	}()
	select {
	case r := <-c:
		return r.v, r.err
	case <-time.After(time.Second):
		return 0, errors.New("late")
	}
}

// The first value says whether there is a second.
func GoodMoreToCome(op func() (int, bool)) (s int) {
	c := make(chan int)
	go func() {
		v, more := op()
		c <- v
		if more {
			c <- 7
		}
	}()
	s = <-c
	if s > 0 {
		s += <-c
	}
	return
}

// An error ends both sides.
func GoodErrorEndsBoth(op func() error) error {
	errs := make(chan error)
	go func() {
		if err := op(); err != nil {
			errs <- err
			return
		}
		errs <- nil
		errs <- op()
	}()
	if err := <-errs; err != nil {
		return err
	}
	return <-errs
}

// The last value says that it is the last.
func GoodLastSaysSo(f func() int) (s int) {
	c := make(chan outcome)
	go func() {
		c <- outcome{v: f()}
		c <- outcome{v: f()}
		c <- outcome{err: errors.New("end")}
	}()
	for {
		r := <-c
		if r.err != nil {
			return
		}
		s += r.v
	}
}

// A negative number is the end.
func GoodNegativeIsLast(xs []int, f func(int) int) (s int) {
	c := make(chan int)
	go func() {
		for _, x := range xs {
			c <- f(x)
		}
		c <- -1
	}()
	for {
		v := <-c
		if v < 0 {
			return
		}
		s += v
	}
}

// The helper gave up, and its caller waits on.
func GoodWaitsAgain(f func() int) int {
	c := make(chan int)
	go func() { c <- f() }()
	v, ok := waitAtMost(c, time.Second)
	if !ok {
		return <-c
	}
	return v
}

// It is asked until it has an answer.
func GoodAsksAgain(f func() int) int {
	c := make(chan int)
	go func() { c <- f() }()
	for {
		if v, ok := waitAtMost(c, time.Second); ok {
			return v
		}
	}
}

// The other case of the helper never comes.
func GoodNeverCancelled(f func() int) int {
	c := make(chan int)
	go func() { c <- f() }()
	return waitFor(context.Background(), c)
}

// Whether it receives is the last argument.
func GoodHelperIsAsked(f func() int) int {
	c := make(chan int)
	go func() { c <- f() }()
	return takeIf(c, true)
}

func GoodRoomByArgument(run func() int, hurry bool) int {
	c := queueOf(1, run)
	if hurry {
		return 0
	}
	return <-c
}

// The goroutine is started only when all went well, and the caller asks for that.
func open(name string, run func() error) (<-chan error, error) {
	if name == "" {
		return nil, errNoName
	}
	c := make(chan error)
	go func() { c <- run() }()
	return c, nil
}

var errNoName = errors.New("no name")

func GoodFailedToStart(name string, run func() error) error {
	c, err := open(name, run)
	if err != nil {
		return err
	}
	return <-c
}

// Without a goroutine there is nobody to strand.
func maybe(start bool, run func() int) <-chan int {
	c := make(chan int)
	if start {
		go func() { c <- run() }()
	}
	return c
}

func GoodNotStarted(start bool, run func() int) int {
	c := maybe(start, run)
	if !start {
		return 0
	}
	return <-c
}

// The generator ends with the context.
func letters(ctx context.Context) <-chan rune {
	c := make(chan rune)
	go func() {
		defer close(c)
		for r := 'a'; r <= 'z'; r++ {
			select {
			case c <- r:
			case <-ctx.Done():
				return
			}
		}
	}()
	return c
}

func GoodCancelledGenerator(ctx context.Context, want rune) bool {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for r := range letters(ctx) {
		if r == want {
			return true
		}
	}
	return false
}

// The rest is read elsewhere.
func GoodDrained(words []string, match func(string) bool) bool {
	c := pieces(words)
	for w := range c {
		if match(w) {
			go func() {
				for range c {
				}
			}()
			return true
		}
	}
	return false
}

func pieces(words []string) <-chan string {
	c := make(chan string)
	go func() {
		defer close(c)
		for _, w := range words {
			c <- w
		}
	}()
	return c
}

// The goroutine closes another channel when it has nothing to send.
func GoodNothingToSend(find func() (int, bool)) int {
	c := make(chan int)
	none := make(chan struct{})
	go func() {
		v, ok := find()
		if !ok {
			close(none)
			return
		}
		c <- v
	}()
	select {
	case v := <-c:
		return v
	case <-none:
		return 0
	}
}

func valueOrError(c <-chan int, errs <-chan error) (int, error) {
	select {
	case v := <-c:
		return v, nil
	case err := <-errs:
		return 0, err
	}
}

// The helper takes the one thing that is sent.
func GoodHelperTakesEither(find func() (int, error)) (int, error) {
	c := make(chan int)
	errs := make(chan error)
	go func() {
		v, err := find()
		if err != nil {
			errs <- err
			return
		}
		c <- v
	}()
	return valueOrError(c, errs)
}

// The helper gives up in a panic, or not at all.
func orPanic(c <-chan int) int {
	select {
	case v := <-c:
		return v
	case <-time.After(time.Minute):
		panic("too late")
	}
}

func sooner(c <-chan int) int {
	select {
	case v := <-c:
		return v
	case <-time.After(time.Second):
		log.Print("it takes long")
	}
	return <-c
}

func GoodHelpersInsist(f func() int) int {
	c, d := make(chan int), make(chan int)
	go func() { c <- f() }()
	go func() { d <- f() }()
	return orPanic(c) + sooner(d)
}
