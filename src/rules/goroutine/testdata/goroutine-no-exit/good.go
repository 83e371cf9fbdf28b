package noexit

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"iter"
	"log"
	"net"
	"os"
	"os/signal"
	"reflect"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

func GoodContext(ctx context.Context, in <-chan event, deliver func(event)) {
	go func() {
		for {
			select {
			case ev := <-in:
				deliver(ev)
			case <-ctx.Done():
				return
			}
		}
	}()
}

// A closed channel ends it.
func GoodCommaOk(in <-chan event, deliver func(event)) {
	go func() {
		for {
			ev, ok := <-in
			if !ok {
				return
			}
			deliver(ev)
		}
	}()
}

// The label names the loop.
func GoodLabelledBreak(in <-chan event, quit <-chan struct{}, deliver func(event)) {
	go func() {
	loop:
		for {
			select {
			case ev := <-in:
				switch ev.Kind {
				case "end":
					break loop
				default:
					deliver(ev)
				}
			case <-quit:
				break loop
			}
		}
		log.Print("forwarder: done")
	}()
}

// Closing the listener makes Accept fail, and that is the way out.
func GoodAcceptLoop(ln net.Listener, serve func(net.Conn)) {
	go func() {
		for {
			conn, err := ln.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err != nil {
				time.Sleep(5 * time.Millisecond)
				continue
			}
			go serve(conn)
		}
	}()
}

func GoodReadLoop(conn net.Conn, lines chan<- string) {
	go func() {
		defer close(lines)
		r := bufio.NewReader(conn)
		for {
			line, err := r.ReadString('\n')
			if err != nil {
				return
			}
			lines <- line
		}
	}()
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// The helper tells when the context has ended.
func GoodExitThroughHelper(ctx context.Context, poll func()) {
	go func() {
		for {
			poll()
			if sleep(ctx, time.Second) != nil {
				return
			}
		}
	}()
}

type queue struct {
	mu     sync.Mutex
	ready  *sync.Cond
	items  []event
	closed bool
}

func (q *queue) next() (event, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.items) == 0 && !q.closed {
		q.ready.Wait()
	}
	if len(q.items) == 0 {
		return event{}, false
	}
	ev := q.items[0]
	q.items = q.items[1:]
	return ev, true
}

func (q *queue) Close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.ready.Broadcast()
}

// A queue that can be closed; the way out is the second result.
func GoodQueueWorker(q *queue, handle func(event)) {
	go func() {
		for {
			ev, ok := q.next()
			if !ok {
				break
			}
			handle(ev)
		}
	}()
}

type poller struct {
	stopped atomic.Bool
	check   func()
}

func (p *poller) loop() {
	for !p.stopped.Load() {
		p.check()
		time.Sleep(time.Second)
	}
}

func (p *poller) Stop() { p.stopped.Store(true) }

// The type has a Stop that reaches the loop.
func GoodNewPoller(check func()) *poller {
	p := &poller{check: check}
	go p.loop()
	return p
}

// A bounded loop ends by itself.
func GoodRetry(attempts int, try func() error) {
	go func() {
		for i := 0; i < attempts; i++ {
			if try() == nil {
				return
			}
			time.Sleep(time.Duration(i) * time.Second)
		}
	}()
}

// Success is the way out.
func GoodUntilItWorks(try func() error) {
	go func() {
		for {
			if err := try(); err == nil {
				return
			}
			time.Sleep(time.Second)
		}
	}()
}

// The process ends with the loop.
func GoodFatal(in <-chan error) {
	go func() {
		for {
			if err := <-in; err != nil {
				log.Fatalf("cannot go on: %v", err)
			}
		}
	}()
}

func die(format string, args ...any) {
	fmt.Fprintf(os.Stderr, format, args...)
	os.Exit(1)
}

func GoodExitInHelper(beat <-chan struct{}) {
	go func() {
		for {
			select {
			case <-beat:
			case <-time.After(time.Minute):
				die("no heartbeat for a minute")
			}
		}
	}()
}

// The loop is left by a panic that is recovered outside.
func GoodPanicLeaves(in <-chan event, handle func(event)) {
	go func() {
		defer func() {
			if p := recover(); p != nil {
				log.Printf("worker gave up: %v", p)
			}
		}()
		for {
			ev := <-in
			if ev.Kind == "" {
				panic("event without a kind")
			}
			handle(ev)
		}
	}()
}

func GoodGoexit(in <-chan event, handle func(event) bool) {
	go func() {
		for {
			if !handle(<-in) {
				runtime.Goexit()
			}
		}
	}()
}

// Workers of the process, started once, live as long as it does.
var hangups = func() chan os.Signal {
	c := make(chan os.Signal, 1)
	signal.Notify(c, os.Interrupt)
	return c
}()

var reloads atomic.Int64

func init() {
	go countReloads()
	go func() {
		for {
			time.Sleep(time.Hour)
			log.Printf("reloads: %d", reloads.Load())
		}
	}()
}

func countReloads() {
	for {
		<-hangups
		reloads.Add(1)
	}
}

var metricsOnce sync.Once

// A Once of the package lets it start a single time in the life of the process, whoever calls.
func GoodOncePerProcess(emit func()) {
	metricsOnce.Do(func() {
		go func() {
			for {
				emit()
				time.Sleep(time.Minute)
			}
		}()
	})
}

var startJanitor = sync.OnceFunc(func() {
	go func() {
		for {
			time.Sleep(time.Hour)
			runtime.GC()
		}
	}()
})

func GoodOnceFunc() { startJanitor() }

// Not a goroutine of its own: who calls it decides.
func GoodRunInCaller(jobs <-chan func()) {
	for {
		(<-jobs)()
	}
}

// Which channel is ready, and whether one of them ends the loop, is known at run time only.
func GoodReflectSelect(cases []reflect.SelectCase, handle func(int, reflect.Value) bool) {
	go func() {
		for {
			i, v, ok := reflect.Select(cases)
			if !ok || !handle(i, v) {
				return
			}
		}
	}()
}

// The iterator decides; a return in the body leaves it, too.
func GoodRangeOverFunc(events iter.Seq[event], handle func(event) error) {
	go func() {
		for ev := range events {
			if err := handle(ev); err != nil {
				return
			}
		}
	}()
}

// One case of many is enough.
func GoodErrgroup(ctx context.Context, work <-chan event, handle func(event) error) error {
	g, ctx := errgroup.WithContext(ctx)
	for range 4 {
		g.Go(func() error {
			for {
				select {
				case <-ctx.Done():
					return ctx.Err()
				case ev, ok := <-work:
					if !ok {
						return nil
					}
					if err := handle(ev); err != nil {
						return fmt.Errorf("%s: %w", ev.Kind, err)
					}
				}
			}
		})
	}
	return g.Wait()
}

// A request without a deadline of its own; the connection's error ends it.
func GoodPingLoop(conn net.Conn, every time.Duration) (stop func()) {
	go func() {
		for {
			time.Sleep(every)
			if _, err := conn.Write([]byte{0}); err != nil {
				return
			}
		}
	}()
	return func() { conn.Close() }
}

type session struct {
	once sync.Once
	quit chan struct{}
	in   chan event
}

func (s *session) finished() bool {
	select {
	case <-s.quit:
		return true
	default:
		return false
	}
}

// The condition of the loop calls a method that looks at the channel.
func (s *session) GoodStart(handle func(event)) {
	go func() {
		for !s.finished() {
			select {
			case ev := <-s.in:
				handle(ev)
			case <-s.quit:
			}
		}
	}()
}

func (s *session) Close() { s.once.Do(func() { close(s.quit) }) }

// The jump leads out.
func GoodGotoOut(in <-chan event, handle func(event)) {
	go func() {
	next:
		ev, ok := <-in
		if !ok {
			goto done
		}
		handle(ev)
		goto next
	done:
		log.Print("drained")
	}()
}

type stateFn func(*machine) stateFn

type machine struct {
	in  *bufio.Reader
	out chan<- event
}

// Each state names the next; the last one names none.
func (m *machine) GoodStates(start stateFn) {
	go func() {
		for state := start; state != nil; {
			state = state(m)
		}
		close(m.out)
	}()
}

type link struct {
	conn   net.Conn
	frames chan []byte
	closed chan struct{}
	once   sync.Once
	err    error
}

func (l *link) fail(err error) {
	l.once.Do(func() {
		l.err = err
		close(l.closed)
		l.conn.Close()
	})
}

// Two loops that end each other, each by an error of its own or by that of the other.
func GoodLink(conn net.Conn, deliver func([]byte)) *link {
	l := &link{conn: conn, frames: make(chan []byte), closed: make(chan struct{})}
	go func() {
		buf := make([]byte, 4096)
		for {
			n, err := l.conn.Read(buf)
			if n > 0 {
				deliver(buf[:n])
			}
			if err != nil {
				l.fail(err)
				return
			}
		}
	}()
	go func() {
		for {
			select {
			case f := <-l.frames:
				if _, err := l.conn.Write(f); err != nil {
					l.fail(err)
					return
				}
			case <-l.closed:
				return
			}
		}
	}()
	return l
}

// Looks again and again, less and less often, until nobody is left.
func GoodUntilIdle(active *atomic.Int64, idle func()) {
	go func() {
		wait := time.Millisecond
		for {
			if active.Load() == 0 {
				idle()
				return
			}
			time.Sleep(wait)
			wait = min(2*wait, time.Second)
		}
	}()
}

type crew struct {
	mu    sync.Mutex
	jobs  chan func()
	size  int
	least int
}

func (c *crew) retire() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.size <= c.least {
		return false
	}
	c.size--
	return true
}

// A worker that has been idle for a while goes home, if there are others.
func (c *crew) GoodHire() {
	c.mu.Lock()
	c.size++
	c.mu.Unlock()
	go func() {
		idle := time.NewTimer(time.Minute)
		defer idle.Stop()
		for {
			select {
			case job := <-c.jobs:
				job()
				idle.Reset(time.Minute)
			case <-idle.C:
				if c.retire() {
					return
				}
				idle.Reset(time.Minute)
			}
		}
	}()
}

type server struct {
	wg   sync.WaitGroup
	quit chan struct{}
}

// Starts f and counts it; a wrapper around the go statement.
func (s *server) spawn(f func()) {
	s.wg.Add(1)
	go func() {
		defer s.wg.Done()
		f()
	}()
}

func (s *server) Shutdown() {
	close(s.quit)
	s.wg.Wait()
}

// The loop is handed to the wrapper and ends with the server.
func (s *server) GoodSweep(every time.Duration, sweep func()) {
	s.spawn(func() {
		t := time.NewTicker(every)
		defer t.Stop()
		for {
			select {
			case <-t.C:
				sweep()
			case <-s.quit:
				return
			}
		}
	})
}

// The inner loop has no exit of its own but the one that continues the outer loop, which ends.
func GoodContinueOuter(rounds int, probe func(int) bool, pause time.Duration) {
	go func() {
	outer:
		for i := range rounds {
			for {
				if probe(i) {
					continue outer
				}
				time.Sleep(pause)
			}
		}
	}()
}

type switchboard struct {
	join chan string
	all  map[string]bool
}

var board = switchboard{join: make(chan string), all: map[string]bool{}}

func (b *switchboard) run() {
	for {
		b.all[<-b.join] = true
	}
}

// There is one switchboard in the process, and whoever sets it up is meant to do so once: the goroutine
// works on nothing that the call has brought.
func GoodSetUpOnce() {
	go board.run()
}

var ledger struct {
	open  bool
	lines chan string
	write func(string)
}

// A test of the package's own lets it start a single time.
func GoodStartedFlag(lines <-chan string) {
	if ledger.open {
		return
	}
	ledger.open = true
	go func() {
		for {
			ledger.write(<-lines)
		}
	}()
}

type fanout struct {
	in   chan event
	outs []chan event
}

func newFanout(n int) *fanout {
	f := &fanout{in: make(chan event)}
	for range n {
		out := make(chan event, 1)
		f.outs = append(f.outs, out)
		go f.pump(out)
	}
	return f
}

func (f *fanout) pump(out chan<- event) {
	for {
		out <- <-f.in
	}
}

// There are four pumps in the process: the only caller is the initialiser of a package variable.
var defaultFanout = newFanout(4)

// The panic inside leads to the recover outside, and that is how it ends.
func (q *queue) mustNext() event {
	ev, ok := q.next()
	if !ok {
		panic(errors.New("queue closed"))
	}
	return ev
}

func GoodPanicInHelper(q *queue, handle func(event)) {
	go func() {
		defer func() { _ = recover() }()
		for {
			handle(q.mustNext())
		}
	}()
}

type meter struct {
	signals chan os.Signal
	count   atomic.Int64
}

// Meters are never made: there is one, a variable of the package.
var defaultMeter meter

func (m *meter) handleSignals() {
	m.signals = make(chan os.Signal, 1)
	signal.Notify(m.signals, os.Interrupt)
	go func() {
		for {
			<-m.signals
			m.count.Add(1)
		}
	}()
}

func GoodStartMeter() { defaultMeter.handleSignals() }
