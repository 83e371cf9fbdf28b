// Package orphansend holds sends that nobody will ever receive.
package orphansend

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// The result is computed for nobody.
func BadFireAndForget(compute func() int) {
	res := make(chan int) // note "res"
	go func() {
		res <- compute() // want UP1004 "res"
	}()
}

type reply struct {
	body []byte
	err  error
}

// Three stages report, and the buffer holds two.
func BadBufferTooSmall(fetch, parse, save func()) {
	steps := make(chan string, 2) // note "steps"
	go func() {
		fetch()
		steps <- "fetched"
		parse()
		steps <- "parsed"
		save()
		steps <- "saved" // want UP1004 "steps"
		log.Print("import: complete")
	}()
}

type audit struct {
	entries chan string
	name    string
}

func newAudit(name string) *audit {
	return &audit{entries: make(chan string), name: name}
}

func startAudited(name string, f func()) {
	a := newAudit(name)
	go func() {
		a.BadRecord("start")
		f()
	}()
}

func emit(out chan<- time.Time, at time.Time) {
	out <- at // note "out"
}

// The send is in a function of its own, which other callers use well.
func BadSendInHelper(at time.Time) {
	stamps := make(chan time.Time) // note "stamps"
	go emit(stamps, at)            // want UP1004 "stamps"
}

// The group is waited for, its results are not.
func BadWaitGroupGo(urls []string, size func(string) int64) {
	var wg sync.WaitGroup
	sizes := make(chan int64) // note "sizes"
	for _, u := range urls {
		wg.Go(func() {
			sizes <- size(u) // want UP1004 "sizes"
		})
	}
	wg.Wait()
	close(sizes)
}

func countdown(n int) <-chan int {
	left := make(chan int)
	go func() {
		defer close(left)
		for ; n > 0; n-- {
			left <- n
		}
	}()
	return left
}

type sampler struct {
	out  chan float64
	read func() float64
}

func (s *sampler) once() {
	s.out <- s.read() // note "out"
}

// A method value; the sampler never leaves this function.
func BadMethodValue(read func() float64) {
	s := &sampler{out: make(chan float64), read: read} // note "out"
	sample := s.once
	go sample() // want UP1004 "out"
}

// Two cases, and neither channel has a reader.
func BadSelectOfSends(value int, err error) {
	values := make(chan int)   // note "values"
	errors := make(chan error) // note "errors"
	go func() {
		select { // want UP1004 "values"
		case values <- value:
		case errors <- err:
		}
	}()
}

// The errors are kept twice, and read once: from the group.
func BadErrgroup(
	ctx context.Context, parts []string, copyPart func(context.Context, string) error,
) error {
	g, ctx := errgroup.WithContext(ctx)
	failures := make(chan error) // note "failures"
	for _, p := range parts {
		g.Go(func() error {
			if err := copyPart(ctx, p); err != nil {
				failures <- fmt.Errorf("part %s: %w", p, err) // want UP1004 "failures"
				return err
			}
			return nil
		})
	}
	return g.Wait()
}

type order struct {
	ID    string
	Total int
}

type ledger interface {
	Book(ctx context.Context, o order) error
}

// The handler tells a channel what it did, for a log writer that was never written.
func BadOrderHandler(l ledger) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		booked := make(chan order) // note "booked"
		note := func(o order) {
			booked <- o // want UP1004 "booked"
		}
		var o order
		if err := json.NewDecoder(r.Body).Decode(&o); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if o.Total <= 0 {
			http.Error(w, "empty order", http.StatusUnprocessableEntity)
			return
		}
		if err := l.Book(r.Context(), o); err != nil {
			log.Printf("order %s: %v", o.ID, err)
			http.Error(w, "not booked", http.StatusServiceUnavailable)
			return
		}
		go note(o)
		w.WriteHeader(http.StatusCreated)
	}
}

// The return after the error is missing: on that path two replies are sent and one is received.
func BadSendsTwice(call func() ([]byte, error)) reply {
	out := make(chan reply)
	go func() {
		body, err := call()
		if err != nil {
			out <- reply{err: err}
		}
		out <- reply{body: body} // want UP1004 "out"
	}()
	return <-out
}

// Four rounds, room for three.
func BadLoopOverBuffer(probe func(int) bool) {
	seen := make(chan bool, 3)
	go func() {
		for i := 0; i < 4; i++ {
			seen <- probe(i) // want UP1004 "seen"
		}
	}()
}

// No method of the type, and nothing else in this package, receives from the field.
func (a *audit) BadRecord(what string) {
	a.entries <- a.name + ": " + what // want UP1004 "entries"
}

// One of the two channels is drained.
type BadMailer struct {
	sent   chan string
	failed chan error
}

func NewMailer() *BadMailer {
	m := &BadMailer{sent: make(chan string), failed: make(chan error)}
	go func() {
		for err := range m.failed {
			log.Print(err)
		}
	}()
	return m
}

func (m *BadMailer) Send(to string, deliver func(string) error) {
	if err := deliver(to); err != nil {
		m.failed <- err
		return
	}
	m.sent <- to // want UP1004 "sent"
}

func (m *BadMailer) Close() { close(m.failed) }

// Whatever goes wrong or right, two are sent, and there is room for one.
func BadBothWays(op func() error) {
	notes := make(chan string, 1) // note "notes"
	go func() {
		notes <- "started"
		if err := op(); err != nil {
			notes <- err.Error()
			return
		}
		notes <- "done" // want UP1004 "notes"
	}()
}

// One place for the results of all.
func BadRoomForOne(ops []func() error) {
	results := make(chan error, 1) // note "results"
	for _, op := range ops {
		go func() {
			results <- op() // want UP1004 "results"
		}()
	}
}

// The channel that the helper returns is dropped.
func BadDiscardedResult(launch func()) {
	countdown(3) // want UP1004 "left"
	launch()
}

// What this function is there for is the fault of the one that calls it.
func results(run func() int) (<-chan int, int) {
	c := make(chan int)
	go func() {
		c <- run() // want UP1004 "nobody"
	}()
	return c, 1
}

func badFirstOnly(run func() int) int {
	_, n := results(run)
	return n
}

type stepper struct {
	done chan int
	at   int
}

// Whoever has a stepper waits for ever: no user of this method could do better.
func (s *stepper) badStep() {
	s.at++
	s.done <- s.at // want UP1004 "done"
}

func walk(n int) {
	s := &stepper{done: make(chan int)} // note "done"
	go func() {
		for range n {
			s.badStep()
		}
	}()
}
