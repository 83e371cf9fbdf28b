// Package lostcancel holds cancel functions that are lost on some path, or everywhere.
package lostcancel

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"time"
)

var errClosed = errors.New("closed")

// Thrown away at once.
func BadBlank(ctx context.Context, query func(context.Context) error) error {
	ctx, _ = context.WithCancel(ctx) // want UP3001 "cancel"
	return query(ctx)
}

// A return comes before the defer.
func BadEarlyReturn(ctx context.Context, ready bool, query func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second) // want UP3001 "cancel"
	if !ready {
		return errClosed // note "return"
	}
	defer cancel()
	return query(ctx)
}

// To mention it is not to call it.
func BadMention(ctx context.Context, query func(context.Context) error) error {
	ctx, cancel := context.WithDeadline(ctx, time.Now().Add(time.Minute)) // want UP3001 "cancel"
	_ = cancel
	return query(ctx)
}

type watch struct {
	name string
	stop context.CancelFunc
}

// It is kept in a field that nothing ever calls.
func (w *watch) BadStart(ctx context.Context, follow func(context.Context, string)) {
	ctx, w.stop = context.WithCancel(ctx) // want UP3001 "stop"
	go follow(ctx, w.name)
}

// The signals go on arriving here for as long as the process lives.
func BadNotify(run func(context.Context) error) error {
	ctx, _ := signal.NotifyContext(context.Background(), os.Interrupt) // want UP3001 "stop"
	return run(ctx)
}

// Canceled with a cause on the path that fails, and not at all on the one that does not.
func BadCauseOnErrorOnly(
	ctx context.Context, load func(context.Context) ([]byte, error),
) ([]byte, error) {
	ctx, cancel := context.WithCancelCause(ctx) // want UP3001 "cancel"
	b, err := load(ctx)
	if err != nil {
		cancel(err)
		return nil, err
	}
	return b, nil // note "return"
}

// A context for each round; the one of a round that fails is left behind.
func BadContinue(
	ctx context.Context, hosts []string, dial func(context.Context, string) error,
) (up int) {
	for _, h := range hosts {
		attempt, cancel := context.WithTimeout(ctx, time.Second) // want UP3001 "cancel"
		if err := dial(attempt, h); err != nil {
			log.Printf("%s: %v", h, err)
			continue // note "continue"
		}
		up++
		cancel()
	}
	return up
}

// The second assignment takes the place of the first.
func BadOverwritten(ctx context.Context, patient bool, query func(context.Context) error) error {
	ctx2, cancel := context.WithTimeout(ctx, time.Second) // want UP3001 "cancel"
	if patient {
		ctx2, cancel = context.WithTimeout(ctx, time.Minute) // note "cancel"
	}
	defer cancel()
	return query(ctx2)
}

type traceKey struct{}

func withTrace(ctx context.Context, id string) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithValue(ctx, traceKey{}, id), time.Minute)
}

// A constructor of our own is no different.
func BadOwnConstructor(ctx context.Context, id string, query func(context.Context) error) error {
	ctx, cancel := withTrace(ctx, id) // want UP3001 "cancel"
	if id == "" {
		return query(context.WithoutCancel(ctx)) // note "return"
	}
	err := query(ctx)
	cancel()
	return err
}

func describe(cancel context.CancelFunc) string {
	if cancel == nil {
		return "endless"
	}
	return "cancelable"
}

// The helper that gets it looks at it and gives it back to nobody.
func BadHelperIgnores(ctx context.Context, query func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx) // want UP3001 "cancel"
	log.Printf("query is %s", describe(cancel))
	return query(ctx)
}

// In a goroutine, as anywhere.
func BadInGoroutine(jobs <-chan string, run func(context.Context, string) error) {
	go func() {
		for j := range jobs {
			ctx, cancel := context.WithTimeout(context.Background(), time.Hour) // want UP3001 "cancel"
			if err := run(ctx, j); err != nil {
				log.Printf("%s: %v; the worker ends", j, err)
				return // note "return"
			}
			cancel()
		}
	}()
}

type lease struct {
	cancel context.CancelFunc
	until  time.Time
}

// The value that carries it has no method, and no one reads the field.
func BadStructLiteral(ctx context.Context, renew func(context.Context)) time.Time {
	ctx, cancel := context.WithCancel(ctx) // want UP3001 "cancel"
	l := lease{cancel: cancel, until: time.Now().Add(time.Minute)}
	go renew(ctx)
	return l.until
}

// A case of many forgets.
func BadSwitch(ctx context.Context, mode string, fast, slow func(context.Context) error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, time.Minute, errClosed) // want UP3001 "cancel"
	switch mode {
	case "fast":
		defer cancel()
		return fast(ctx)
	case "slow":
		return slow(ctx) // note "return"
	}
	cancel()
	return fmt.Errorf("no such mode: %s", mode)
}

// The function that would call it is made and never called.
func BadClosureNotCalled(ctx context.Context, query func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx) // want UP3001 "cancel"
	giveUp := func() {
		log.Print("giving up")
		cancel()
	}
	_ = giveUp
	return query(ctx)
}

type entry struct {
	body    []byte
	fetched time.Time
}

type proxy struct {
	mu    sync.Mutex
	cache map[string]entry
	fetch func(context.Context, string) ([]byte, error)
}

// A handler with a deadline of its own. Every cache hit leaves a timer running for ten seconds.
func (p *proxy) BadServe(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 10*time.Second) // want UP3001 "cancel"
	key := r.URL.Path

	p.mu.Lock()
	e, ok := p.cache[key]
	p.mu.Unlock()
	if ok && time.Since(e.fetched) < time.Minute {
		w.Header().Set("X-Cache", "hit")
		w.Write(e.body)
		return // note "return"
	}

	body, err := p.fetch(ctx, key)
	cancel()
	if err != nil {
		status := http.StatusBadGateway
		if errors.Is(err, context.DeadlineExceeded) {
			status = http.StatusGatewayTimeout
		}
		http.Error(w, err.Error(), status)
		return
	}
	p.mu.Lock()
	p.cache[key] = entry{body, time.Now()}
	p.mu.Unlock()
	w.Header().Set("X-Cache", "miss")
	w.Write(body)
}

// Waiting for something else is no end of the context.
func BadSelectOther(ctx context.Context, tick <-chan time.Time, start func(context.Context)) error {
	attempt, cancel := context.WithTimeout(ctx, time.Minute) // want UP3001 "cancel"
	start(attempt)
	select {
	case <-attempt.Done():
		return attempt.Err()
	case <-tick:
		return errClosed // note "return"
	case <-ctx.Done():
	}
	cancel()
	return ctx.Err()
}
