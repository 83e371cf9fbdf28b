// Package noexit holds goroutines that can never return.
package noexit

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

type event struct {
	Kind string
	At   time.Time
}

// The only case receives a value; a closed channel would merely make it spin.
func BadForwarder(in <-chan event, deliver func(event)) {
	go func() { // want UP1001 "goroutine"
		for { // note "loop"
			select {
			case ev := <-in:
				deliver(ev)
			}
		}
	}()
}

// Each call leaves one more goroutine behind that flushes for ever.
func BadFlushOnTick(every time.Duration, flush func() error) {
	t := time.NewTicker(every)
	go func() { // want UP1001 "goroutine"
		defer t.Stop()
		for { // note "loop"
			<-t.C
			if err := flush(); err != nil {
				log.Printf("flush: %v", err)
			}
		}
	}()
}

// The context is watched, but nothing is done about it.
func BadNoticesCancel(ctx context.Context, jobs <-chan func()) {
	go func() { // want UP1001 "goroutine"
		for { // note "loop"
			select {
			case job := <-jobs:
				job()
			case <-ctx.Done():
				log.Printf("stopping: %v", ctx.Err())
				continue
			}
		}
	}()
}

func publishForever(name string, read func() int, emit func(string, int)) {
	for { // note "loop"
		emit(name, read())
		time.Sleep(10 * time.Second)
	}
}

// The loop is in a function of its own.
func BadNamedFunction(name string, read func() int, emit func(string, int)) {
	go publishForever(name, read, emit) // want UP1001 "goroutine"
}

type cache struct {
	mu      sync.Mutex
	entries map[string]string
	load    func(string) string
}

func (c *cache) refreshLoop() {
	for { // note "loop"
		time.Sleep(time.Minute)
		c.mu.Lock()
		for k := range c.entries {
			c.entries[k] = c.load(k)
		}
		c.mu.Unlock()
	}
}

// A method value, started by a handler: one loop for each request.
func BadMethodValue(c *cache) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		refresh := c.refreshLoop
		go refresh() // want UP1001 "goroutine"
		fmt.Fprintln(w, "ok")
	}
}

func serveQueue(queue <-chan event, handle func(event)) {
	for { // note "loop"
		handle(<-queue)
	}
}

func runQueue(name string, queue <-chan event, handle func(event)) {
	log.Printf("queue %s: starting", name)
	serveQueue(queue, handle)
	log.Printf("queue %s: done", name)
}

// Two calls lie between the go statement and the loop.
func BadTwoCallsDeep(name string, queue <-chan event, handle func(event)) {
	go func() { // want UP1001 "goroutine"
		runQueue(name, queue, handle)
	}()
}

// The wait group makes the caller wait for it, too.
func BadWaitGroupGo(shards []chan event, apply func(int, event)) {
	var wg sync.WaitGroup
	for i, shard := range shards {
		wg.Go(func() { // want UP1001 "goroutine"
			for { // note "loop"
				apply(i, <-shard)
			}
		})
	}
	wg.Wait()
}

// Jumping back is a loop like any other.
func BadGoto(probe func() bool, alarm func()) {
	go func() { // want UP1001 "goroutine"
	again: // note "loop"
		if !probe() {
			alarm()
		}
		time.Sleep(time.Second)
		goto again
	}()
}

// Errors never leave the loop, so the group never ends.
func BadErrgroup(ctx context.Context, pull func(context.Context) error) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { // want UP1001 "goroutine"
		for { // note "loop"
			if err := pull(ctx); err != nil {
				log.Printf("pull: %v", err)
				time.Sleep(time.Second)
			}
		}
	})
	return g.Wait()
}

// A panic in a job is caught inside the loop and leads nowhere.
func BadRecoverInside(jobs <-chan func()) {
	go func() { // want UP1001 "goroutine"
		for { // note "loop"
			func() {
				defer func() {
					if p := recover(); p != nil {
						log.Printf("job: %v", p)
					}
				}()
				(<-jobs)()
			}()
		}
	}()
}

type watcher struct {
	closed chan struct{}
	ticks  *time.Ticker
	check  func()
}

// Close closes a channel that the loop does not look at.
func (w *watcher) Close() {
	w.ticks.Stop()
	close(w.closed)
}

func (w *watcher) run() {
	for { // note "loop"
		<-w.ticks.C
		w.check()
	}
}

// The type can be closed, and the goroutine stays.
func BadNewWatcher(check func()) *watcher {
	w := &watcher{closed: make(chan struct{}), ticks: time.NewTicker(time.Second), check: check}
	go w.run() // want UP1001 "goroutine"
	return w
}

type throttle struct {
	mu  sync.Mutex
	off bool
}

// Signals come for as long as the process lives; each throttle that is made keeps a goroutine for them.
func BadSignalLoop() *throttle {
	th := &throttle{}
	toggles := make(chan os.Signal, 1)
	signal.Notify(toggles, os.Interrupt)
	go func() { // want UP1001 "goroutine"
		for { // note "loop"
			<-toggles
			th.mu.Lock()
			th.off = !th.off
			th.mu.Unlock()
		}
	}()
	return th
}

type limiter struct {
	once sync.Once
	fill func()
}

// The Once belongs to each limiter, and there may be many.
func (l *limiter) BadOncePerObject(every time.Duration) {
	l.once.Do(func() {
		go func() { // want UP1001 "goroutine"
			for { // note "loop"
				time.Sleep(every)
				l.fill()
			}
		}()
	})
}

// The break leaves the inner loop only.
func BadInnerBreak(batches <-chan []event, store func(event) error) {
	go func() { // want UP1001 "goroutine"
		for { // note "loop"
			for _, ev := range <-batches {
				if err := store(ev); err != nil {
					break
				}
			}
		}
	}()
}

// There is a stop case, but nobody else holds its channel and it is never closed.
func BadDeadStopCase(in <-chan event, deliver func(event)) {
	stop := make(chan struct{}) // note "stop"
	go func() {                 // want UP1001 "goroutine"
		for { // note "loop"
			select {
			case ev := <-in:
				deliver(ev)
			case <-stop:
				return
			}
		}
	}()
}

// Generic code is judged once.
func BadGenericPump[T any](src <-chan T, sinks ...func(T)) {
	go func() { // want UP1001 "goroutine"
		for { // note "loop"
			v := <-src
			for _, sink := range sinks {
				sink(v)
			}
		}
	}()
}

type member struct {
	id  string
	out chan []byte
}

type room struct {
	join    chan *member
	leave   chan *member
	message chan []byte
	members map[string]*member
}

// One room for each name; when the last member has left, the room's goroutine is still there.
type lobby struct {
	mu    sync.Mutex
	rooms map[string]*room
}

func (l *lobby) BadEnter(w http.ResponseWriter, req *http.Request) {
	name := req.URL.Query().Get("room")
	l.mu.Lock()
	r, ok := l.rooms[name]
	if !ok {
		r = &room{
			join:    make(chan *member),
			leave:   make(chan *member),
			message: make(chan []byte),
			members: map[string]*member{},
		}
		l.rooms[name] = r
		go func() { // want UP1001 "goroutine"
			for { // note "loop"
				select {
				case m := <-r.join:
					r.members[m.id] = m
				case m := <-r.leave:
					if _, here := r.members[m.id]; here {
						delete(r.members, m.id)
						close(m.out)
					}
				case msg := <-r.message:
					for id, m := range r.members {
						select {
						case m.out <- msg:
						default:
							delete(r.members, id)
						}
					}
				}
			}
		}()
	}
	l.mu.Unlock()

	m := &member{id: req.RemoteAddr, out: make(chan []byte, 16)}
	r.join <- m
	defer func() { r.leave <- m }()
	enc := json.NewEncoder(w)
	for {
		select {
		case msg := <-m.out:
			if enc.Encode(string(msg)) != nil {
				return
			}
		case <-req.Context().Done():
			return
		}
	}
}
