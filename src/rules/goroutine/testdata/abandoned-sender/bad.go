// Package abandoned holds senders whose only receiver may leave before it receives.
package abandoned

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

var errTimeout = errors.New("timed out")

// The time-out wins, the function returns, and the lookup finishes into nowhere.
func BadTimeout(lookup func(string) string, name string) (string, error) {
	found := make(chan string) // note "found"
	go func() {
		found <- lookup(name) // want UP1005 "found"
	}()
	select {
	case s := <-found:
		return s, nil
	case <-time.After(2 * time.Second):
		return "", errTimeout // note "return"
	}
}

// The work that goes on meanwhile may fail.
func BadErrorBetween(size func() int64, open func() (io.Reader, error)) (int64, error) {
	total := make(chan int64) // note "total"
	go func() {
		total <- size() // want UP1005 "total"
	}()
	r, err := open()
	if err != nil {
		return 0, err // note "return"
	}
	n, err := io.Copy(io.Discard, r)
	if err != nil {
		return 0, fmt.Errorf("after %d bytes: %w", n, err)
	}
	return <-total - n, nil
}

func queryInto(out chan<- []string, query func() []string) {
	rows := query()
	out <- rows // note "out"
}

// The send is in a function of its own, which another caller uses well.
func BadSendInHelper(ctx context.Context, query func() []string) ([]string, error) {
	rows := make(chan []string) // note "rows"
	go queryInto(rows, query)   // want UP1005 "rows"
	select {
	case r := <-rows:
		return r, nil
	case <-ctx.Done():
		return nil, ctx.Err() // note "return"
	}
}

// A fresh channel in every round: going on to the next one abandons the sender of this one.
func BadContinue(hosts []string, ping func(string) error) (alive []string) {
	for _, h := range hosts { // note "continues"
		pong := make(chan error) // note "pong"
		go func() {
			pong <- ping(h) // want UP1005 "pong"
		}()
		select {
		case err := <-pong:
			if err == nil {
				alive = append(alive, h)
			}
		case <-time.After(time.Second):
			continue
		}
	}
	return alive
}

// Two channels for two outcomes make two findings: whichever is chosen, the caller may be gone.
func BadTwoOutcomes(ctx context.Context, run func() (int, error)) (int, error) {
	ok := make(chan int)       // note "ok"
	failed := make(chan error) // note "failed"
	go func() {
		if n, err := run(); err != nil {
			failed <- err // want UP1005 "failed"
		} else {
			ok <- n // want UP1005 "ok"
		}
	}()
	select {
	case n := <-ok:
		return n, nil
	case err := <-failed:
		return 0, err
	case <-ctx.Done():
		return 0, ctx.Err() // note "return"
	}
}

type call struct {
	method string
	done   chan error
}

func (c *call) run(invoke func(string) error) {
	c.done <- invoke(c.method) // note "done"
}

// The channel is a field, the goroutine a method.
func BadCall(ctx context.Context, invoke func(string) error) error {
	c := &call{method: "status", done: make(chan error)} // note "done"
	go c.run(invoke)                                     // want UP1005 "done"
	select {
	case err := <-c.done:
		return err
	case <-ctx.Done():
		return ctx.Err() // note "return"
	}
}

// The answer is only wanted when somebody asked to wait.
func BadWaitIsOptional(flush func() error, wait bool) error {
	flushed := make(chan error) // note "flushed"
	go func() {
		flushed <- flush() // want UP1005 "flushed"
	}()
	if !wait {
		return nil // note "return"
	}
	return <-flushed
}

// The group does not help whoever does not wait for it.
func BadErrgroup(
	ctx context.Context, plan func() error, estimate func(context.Context) int,
) (int, error) {
	g, ctx := errgroup.WithContext(ctx)
	cost := make(chan int) // note "cost"
	g.Go(func() error {
		cost <- estimate(ctx) // want UP1005 "cost"
		return nil
	})
	if err := plan(); err != nil {
		return 0, err // note "return"
	}
	n := <-cost
	return n, g.Wait()
}

// A producer of many, and a consumer that stops at the first that suits.
func BadFirstMatch(words []string, good func(string) bool) (string, bool) {
	candidates := make(chan string) // note "candidates"
	go func() {
		defer close(candidates)
		for _, w := range words {
			candidates <- strings.ToLower(w) // want UP1005 "candidates"
		}
	}()
	for c := range candidates {
		if good(c) {
			return c, true // note "return"
		}
	}
	return "", false
}

// The deferred Wait makes a deadlock of it: the function cannot even return.
func BadWaitGroupGo(ctx context.Context, measure func() float64) (float64, error) {
	var wg sync.WaitGroup
	defer wg.Wait()
	load := make(chan float64) // note "load"
	wg.Go(func() {
		load <- measure() // want UP1005 "load"
	})
	select {
	case v := <-load:
		return v, nil
	case <-ctx.Done():
		return 0, ctx.Err() // note "return"
	}
}

type quote struct {
	Vendor string  `json:"vendor"`
	Price  float64 `json:"price"`
}

type vendor interface {
	Name() string
	Quote(item string) (float64, error)
}

// One vendor, one request, three ways to leave before the answer is there.
func BadQuoteHandler(v vendor, audit func(*http.Request) error) http.HandlerFunc {
	type answer struct {
		quote
		err error
	}
	return func(w http.ResponseWriter, r *http.Request) {
		item := r.URL.Query().Get("item")
		if item == "" {
			http.Error(w, "no item", http.StatusBadRequest)
			return
		}
		answers := make(chan answer) // note "answers"
		go func() {
			price, err := v.Quote(item)
			answers <- answer{quote{v.Name(), price}, err} // want UP1005 "answers"
		}()
		if err := audit(r); err != nil {
			http.Error(w, "audit failed", http.StatusInternalServerError)
			return // note "return"
		}
		timeout := time.NewTimer(3 * time.Second)
		defer timeout.Stop()
		select {
		case a := <-answers:
			if a.err != nil {
				http.Error(w, a.err.Error(), http.StatusBadGateway)
				return
			}
			json.NewEncoder(w).Encode(a.quote)
		case <-timeout.C:
			http.Error(w, "vendor is slow", http.StatusGatewayTimeout)
		case <-r.Context().Done():
		}
	}
}

// The reader of the connection outlives the dialogue.
func BadDialogue(conn net.Conn, script []string) error {
	replies := make(chan string) // note "replies"
	go func() {
		s := bufio.NewScanner(conn)
		for s.Scan() {
			replies <- s.Text() // want UP1005 "replies"
		}
		close(replies)
	}()
	for _, line := range script {
		if _, err := fmt.Fprintln(conn, line); err != nil {
			return err
		}
		if reply, ok := <-replies; !ok || strings.HasPrefix(reply, "5") {
			return fmt.Errorf("%s: refused", line) // note "return"
		}
	}
	return nil
}

// Room for the first message, and none for the second.
func BadSmallBuffer(ctx context.Context, upload func() string) error {
	progress := make(chan string, 1)
	go func() {
		progress <- "started"
		progress <- upload() // want UP1005 "progress"
	}()
	select {
	case <-ctx.Done():
		return ctx.Err() // note "return"
	case msg := <-progress:
		log.Print(msg)
	}
	log.Print(<-progress)
	return nil
}

var errLate = errors.New("too late")

func orLate[T any](c <-chan T, limit time.Duration) (v T, err error) {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case v = <-c:
		return v, nil
	case <-timer.C:
		return v, errLate
	}
}

// The function that receives gives up, and nobody else does receive.
func BadHelperGivesUp(count func() int) (int, error) {
	counted := make(chan int) // note "counted"
	go func() {
		counted <- count() // want UP1005 "counted"
	}()
	n, err := orLate(counted, time.Second) // note "without having received"
	if err != nil {
		return 0, err // note "returns here"
	}
	return n, nil
}

type poll struct {
	answers chan string
}

func (p *poll) first(ctx context.Context) string {
	select {
	case a := <-p.answers:
		return a
	case <-ctx.Done():
		return ""
	}
}

// The same in a method.
func BadMethodGivesUp(ctx context.Context, ask func() string) string {
	p := &poll{answers: make(chan string)} // note "answers"
	go func() {
		p.answers <- ask() // want UP1005 "answers"
	}()
	return p.first(ctx) // note "without having received"
}

// An answer and its remark; the time-out may come before either.
func BadTimeoutAndRemark(ask func() (string, string, error)) string {
	said := make(chan string, 1) // note "said"
	go func() {
		answer, remark, err := ask()
		if err != nil {
			said <- err.Error()
			return
		}
		said <- answer
		said <- remark // want UP1005 "said"
	}()
	select {
	case s := <-said:
		if s == "" {
			return ""
		}
		return s + <-said
	case <-time.After(time.Second):
		return "" // note "returns"
	}
}

// A generator whose only user stops at the first match.
func firstSpelled(words []string, match func(string) bool) (string, bool) {
	for w := range spell(words) { // note "comes from this call"
		if match(w) {
			return w, true // note "returns here"
		}
	}
	return "", false
}

func spell(words []string) <-chan string {
	c := make(chan string) // note "without a buffer"
	go func() {
		defer close(c)
		for _, w := range words {
			c <- w // want UP1005 "c"
		}
	}()
	return c
}

// Others use the helper as it should be.
func background(run func() error) <-chan error {
	done := make(chan error) // note "without a buffer"
	go func() {
		done <- run() // note "sent on"
	}()
	return done
}

func BadLeavesHelper(ctx context.Context, run func() error) error {
	done := background(run) // want UP1005 "done"
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err() // note "returns here"
	}
}

func waitForIt(run func() error) error { return <-background(run) }

// The size of the buffer is the caller's.
func queueOf(n int, run func() int) <-chan int {
	c := make(chan int, n)
	go func() { c <- run() }()
	return c
}

func BadNoRoom(run func() int, hurry bool) int {
	c := queueOf(0, run) // want UP1005 "c"
	if hurry {
		return 0
	}
	return <-c
}

// That it has begun is said before, on another channel.
func BadBegun(run func() error, limit time.Duration) error {
	begun := make(chan struct{})
	ended := make(chan error) // note "ended"
	go func() {
		close(begun)
		ended <- run() // want UP1005 "ended"
	}()
	<-begun
	select {
	case err := <-ended:
		return err
	case <-time.After(limit):
		return errLate // note "returns"
	}
}
