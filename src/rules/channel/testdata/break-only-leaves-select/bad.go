// Package breakselect holds breaks that leave a select or a switch where the loop around it was meant.
package breakselect

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

type message struct {
	kind string
	body []byte
}

// The quit case goes round again, and with quit closed it does so at full speed.
func BadQuit(in <-chan message, quit <-chan struct{}, handle func(message)) {
	for { // note "loop"
		select {
		case m := <-in:
			handle(m)
		case <-quit:
			log.Print("quitting")
			break // want UP2007 "break"
		}
	}
}

// A goroutine that was told to end and does not.
func BadContextInGoroutine(ctx context.Context, every time.Duration, poll func()) {
	go func() {
		t := time.NewTicker(every)
		defer t.Stop()
		for { // note "loop"
			select {
			case <-ctx.Done():
				break // want UP2007 "break"
			case <-t.C:
				poll()
			}
		}
	}()
}

// The switch is what it leaves.
func BadSwitch(in <-chan message, handle func([]byte)) {
	for { // note "loop"
		m := <-in
		switch m.kind {
		case "data":
			handle(m.body)
		case "stop":
			log.Print("told to stop")
			break // want UP2007 "break"
		default:
			log.Printf("unknown kind %q", m.kind)
		}
	}
}

// Under an if, still of the select.
func BadClosedReceive(in <-chan message, tick <-chan time.Time, handle func(message)) {
	for { // note "loop"
		select {
		case m, ok := <-in:
			if ok {
				handle(m)
			} else {
				break // want UP2007 "break"
			}
		case <-tick:
			log.Print("alive")
		}
	}
}

// More follows the break, but once the channel is closed nothing else will come from it, and the loop spins.
func BadClosedSkipsRest(in <-chan message, quit <-chan struct{}, wake chan<- struct{}, handle func(message)) {
	for { // note "loop"
		select {
		case m, ok := <-in:
			if !ok {
				break // want UP2007 "break"
			}
			handle(m)
			select {
			case wake <- struct{}{}:
			default:
			}
		case <-quit:
			return
		}
	}
}

// The error was meant to end the loop.
func BadErrorCase(conns <-chan net.Conn, errs <-chan error, serve func(net.Conn)) (err error) {
	for { // note "loop"
		select {
		case c := <-conns:
			go serve(c)
		case err = <-errs:
			log.Printf("giving up: %v", err)
			break // want UP2007 "break"
		}
	}
}

// A type switch is left no less than any other.
func BadTypeSwitch(events <-chan any, emit func(string)) {
	for { // note "loop"
		switch ev := (<-events).(type) {
		case string:
			emit(ev)
		case error:
			log.Print(ev)
			if errors.Is(ev, io.EOF) {
				break // want UP2007 "break"
			}
		}
	}
}

type collector struct {
	samples chan float64
	done    chan struct{}
	mu      sync.Mutex
	sum     float64
}

func (c *collector) Close() { close(c.done) }

// Close is called, the goroutine stays.
func (c *collector) BadRun() {
	for { // note "loop"
		select {
		case s := <-c.samples:
			c.mu.Lock()
			c.sum += s
			c.mu.Unlock()
		case <-c.done:
			c.mu.Lock()
			log.Printf("sum: %f", c.sum)
			c.mu.Unlock()
			break // want UP2007 "break"
		}
	}
}

func newCollector() *collector {
	c := &collector{samples: make(chan float64), done: make(chan struct{})}
	go c.BadRun()
	return c
}

// There is a label, for the continue; the break does not use it.
func BadLabelAtHand(
	lines <-chan string, quit <-chan struct{}, keep func(string) bool, out func(string),
) {
next:
	for { // note "loop"
		select {
		case l := <-lines:
			if !keep(l) {
				continue next
			}
			out(l)
		case <-quit:
			break // want UP2007 "break"
		}
	}
}

// One select in another; the inner break leaves the inner one.
func BadNestedSelect(ctx context.Context, in <-chan message, out chan<- message) {
	for { // note "loop"
		select {
		case m := <-in:
			select {
			case out <- m:
			case <-ctx.Done():
				log.Print("dropped one")
				break // want UP2007 "break"
			}
		case <-time.After(time.Minute):
			log.Print("idle")
		}
	}
}

// The time-out ends one wait, and the loop starts the next.
func BadTimeout(changed func() <-chan struct{}, ready func() bool) {
	deadline := time.After(30 * time.Second)
	for !ready() { // note "loop"
		select {
		case <-changed():
		case <-deadline:
			log.Print("not ready after 30s")
			break // want UP2007 "break"
		}
	}
}

type delivery struct {
	id   string
	body []byte
}

type bus interface {
	Receive() <-chan delivery
	Ack(id string) error
	Nack(id string, retryAfter time.Duration) error
}

// A consumer that is stopped with its service: the log says so three times a microsecond.
func BadConsume(ctx context.Context, b bus, client *http.Client, target string) error {
	var failures int
	backoff := time.Second
	deliveries := b.Receive()
	for { // note "loop"
		select {
		case d, ok := <-deliveries:
			if !ok {
				return io.ErrUnexpectedEOF
			}
			req, err := http.NewRequestWithContext(ctx, http.MethodPost, target+"/"+d.id, nil)
			if err != nil {
				return err
			}
			resp, err := client.Do(req)
			if err != nil {
				failures++
				if err := b.Nack(d.id, backoff); err != nil {
					return err
				}
				backoff = min(2*backoff, time.Minute)
				continue
			}
			resp.Body.Close()
			failures, backoff = 0, time.Second
			if err := b.Ack(d.id); err != nil {
				return err
			}
		case <-ctx.Done():
			log.Printf("consumer: stopping after %d failures", failures)
			break // want UP2007 "break"
		}
	}
}

// The end of the input leaves the switch, and what follows it takes the last line for one more.
func BadEndOfLines(r *bufio.Reader, on func(string)) {
	for { // note "loop"
		line, err := r.ReadString('\n')
		switch {
		case err == io.EOF:
			on(line)
			break // want UP2007 "break"
		case line == "":
			continue
		}
		on(strings.TrimSpace(line))
	}
}

// The same with errors.Is, and with the error itself as what is switched on.
func BadEndOfLinesIs(r *bufio.Reader, on func(string)) {
	for { // note "loop"
		line, err := r.ReadString('\n')
		switch {
		case errors.Is(err, io.EOF):
			on(line)
			break // want UP2007 "break"
		}
		on(line)
	}
}

func BadEndOfLinesTag(r *bufio.Reader, on func(string)) {
	for { // note "loop"
		line, err := r.ReadString('\n')
		switch err {
		case io.EOF:
			on(line)
			break // want UP2007 "break"
		}
		on(line)
	}
}
