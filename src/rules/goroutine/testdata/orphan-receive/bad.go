// Package orphanreceive holds receives that nothing can ever satisfy.
package orphanreceive

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"sync"

	"golang.org/x/sync/errgroup"
)

type config struct {
	Addr    string
	Workers int
}

// The signal that everything is set up is never given.
func BadNeverAnnounced(load func() config, serve func(config)) {
	ready := make(chan struct{}) // note "ready"
	var cfg config
	go func() {
		<-ready // want UP1003 "ready"
		serve(cfg)
	}()
	cfg = load()
}

// Every case of the select is an orphan.
func BadAllCases(report func(string)) {
	done := make(chan struct{}) // note "done"
	fail := make(chan error)    // note "fail"
	go func() {
		select { // want UP1003 "done"
		case <-done:
			report("done")
		case err := <-fail:
			report(err.Error())
		}
	}()
}

func waitAndRun(start <-chan struct{}, f func()) {
	<-start // note "start"
	f()
}

// The wait is in a function of its own, which other callers use well.
func BadWaitInHelper(f func()) {
	start := make(chan struct{}) // note "start"
	go waitAndRun(start, f)      // want UP1003 "start"
}

// The goroutine does its work and forgets to tell: the caller is the one who waits for ever.
func BadNoAnswer(job func() error) error {
	res := make(chan error) // note "res"
	go func() {
		if err := job(); err != nil {
			log.Printf("job: %v", err)
		}
	}()
	return <-res // want UP1003 "res"
}

type gate struct {
	open  chan struct{}
	count int
}

func newGate() *gate {
	return &gate{open: make(chan struct{})} // note "open"
}

func (g *gate) enter() { g.count++ }

func startBehindGate(f func()) {
	g := newGate()
	go func() {
		g.BadPass()
		f()
	}()
}

func newSignal() chan struct{} {
	return make(chan struct{})
}

// One of two channels is closed, and it is not the one that is waited for.
func BadWrongChannel(step func() error) error {
	started := make(chan struct{})
	finished := make(chan struct{}) // note "finished"
	var err error
	go func() {
		defer close(started)
		err = step()
	}()
	<-finished // want UP1003 "finished"
	<-started
	return err
}

// The goroutine was given the first channel; the second one is closed.
func BadReplaced(serve func()) {
	ready := make(chan struct{}) // note "made"
	go func(ready <-chan struct{}) {
		<-ready // want UP1003 "ready"
		serve()
	}(ready)
	ready = make(chan struct{})
	close(ready)
}

// The workers of a group wait for a stop that nobody calls.
func BadWaitGroupGo(n int, work func(int)) {
	stop := make(chan struct{}) // note "stop"
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			work(i)
			<-stop // want UP1003 "stop"
		})
	}
	wg.Wait()
}

type relay struct{ acks chan int }

func (r *relay) confirm(log func(int)) {
	log(<-r.acks) // note "acks"
}

// A method value; the relay never leaves this function.
func BadMethodValue(log func(int)) {
	r := &relay{acks: make(chan int)} // note "acks"
	confirm := r.confirm
	go confirm(log) // want UP1003 "acks"
}

type upload struct {
	Name string
	Body []byte
}

type store interface {
	Put(ctx context.Context, name string, body []byte) error
}

var errRejected = errors.New("rejected")

// The handler waits for the approval of the first upload before it sends the rest, but the goroutine that
// asks for it only logs what it heard.
func BadUploadHandler(s store, approve func(string) bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		uploads := []upload{{Name: "manifest", Body: []byte("{}")}, {Name: "data"}}
		approved := make(chan bool) // note "approved"
		g, ctx := errgroup.WithContext(r.Context())
		g.Go(func() error {
			if !approve(uploads[0].Name) {
				return errRejected
			}
			log.Printf("approved: %s", uploads[0].Name)
			return nil
		})
		g.Go(func() error {
			if err := s.Put(ctx, uploads[0].Name, uploads[0].Body); err != nil {
				return err
			}
			if !<-approved { // want UP1003 "approved"
				return errRejected
			}
			for _, u := range uploads[1:] {
				if err := s.Put(ctx, u.Name, u.Body); err != nil {
					return fmt.Errorf("put %s: %w", u.Name, err)
				}
			}
			return nil
		})
		if err := g.Wait(); err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
		}
	}
}

// The field is seen by this package alone, and no method sends on it or closes it.
func (g *gate) BadPass() {
	<-g.open // want UP1003 "open"
	g.enter()
}

// What Close ends is not what the goroutine waits for.
type BadIndex struct {
	words   map[string]int
	closing chan struct{}
	drained chan struct{}
	onEnd   []func()
}

func NewIndex() *BadIndex {
	x := &BadIndex{words: map[string]int{}, closing: make(chan struct{})}
	x.drained = make(chan struct{}) // note "made"
	go x.clearAtEnd()
	return x
}

func (x *BadIndex) clearAtEnd() {
	<-x.drained // want UP1003 "drained"
	clear(x.words)
}

// Others may wait for it, too; they cannot close it.
func (x *BadIndex) Drained() <-chan struct{} { return x.drained }

func (x *BadIndex) Close() { close(x.closing) }

type later[T any] struct {
	ready chan struct{}
	value T
}

// The value is stored and nobody is told.
func soon[T any](f func() T) *later[T] {
	l := &later[T]{ready: make(chan struct{})}
	go func() { l.value = f() }()
	return l
}

func (l *later[T]) badGet() T {
	<-l.ready // want UP1003 "ready"
	return l.value
}

func Total(read func() int) int {
	a, b := soon(read), soon(read)
	return a.badGet() + b.badGet()
}

// Given to a function that others call, too.
type BadLease struct {
	ended chan struct{}
	name  string
}

func Acquire(name string) (*BadLease, error) {
	if name == "" {
		return nil, errUnnamed
	}
	return &BadLease{ended: make(chan struct{}), name: name}, nil
}

var errUnnamed = errors.New("unnamed")

func (l *BadLease) Wait() {
	waitFor(l.ended, l.name) // want UP1003 "ended"
}

func waitFor(c <-chan struct{}, name string) {
	<-c // note "received"
	log.Print(name)
}

func Sleep(name string) {
	c := make(chan struct{})
	go close(c)
	waitFor(c, name)
}

// The channel comes from a helper; what happens to it is all here.
func BadFromConstructor(cleanup func()) {
	closing := newSignal()
	go func() {
		<-closing // want UP1003 "closing"
		cleanup()
	}()
	log.Print("started")
}

// The helper starts who waits, and leaves it to its callers to end that.
func onEnd(f func()) chan<- struct{} {
	end := make(chan struct{}) // note "made"
	go func() {
		<-end // note "received"
		f()
	}()
	return end
}

func BadNeverEnded(f func()) {
	end := onEnd(f) // want UP1003 "end"
	log.Print(cap(end))
}

func Ended(f func()) {
	end := onEnd(f)
	defer close(end)
	log.Print("working")
}
