// Package neverclosed holds loops over channels that nobody closes.
package neverclosed

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"strings"
	"sync"
)

var errBadLine = errors.New("bad line")

// The last item has been printed, and the printer waits for the next.
func BadPrinter(items []string) {
	out := make(chan string) // note "out"
	go func() {
		for s := range out { // want UP1007 "out"
			fmt.Println(s)
		}
	}()
	for _, s := range items {
		out <- s
	}
}

// The close is there, behind a return that is taken on an error.
func BadSkippedClose(r io.Reader, index func(string)) error {
	words := make(chan string) // note "words"
	go func() {
		for w := range words { // want UP1007 "words"
			index(w)
		}
	}()
	s := bufio.NewScanner(r)
	for s.Scan() {
		if strings.ContainsRune(s.Text(), 0) {
			return errBadLine // note "return"
		}
		words <- s.Text()
	}
	close(words)
	return s.Err()
}

// The same loop written by hand.
func BadCommaOk(readings []float64) {
	values := make(chan float64, 8) // note "values"
	go func() {
		total := 0.0
		for {
			v, ok := <-values // want UP1007 "values"
			if !ok {
				log.Printf("total: %f", total)
				return
			}
			total += v
		}
	}()
	for _, r := range readings {
		values <- r
	}
}

type task struct {
	id  int
	run func() error
}

func worker(tasks <-chan task, failed func(int, error)) {
	for t := range tasks { // note "tasks"
		if err := t.run(); err != nil {
			failed(t.id, err)
		}
	}
}

// The loop is in a function of its own, which another caller uses well: the argument is at fault.
func BadPool(size int, todo []task, failed func(int, error)) {
	queue := make(chan task) // note "queue"
	for range size {
		go worker(queue, failed) // want UP1007 "queue"
	}
	for _, t := range todo {
		queue <- t
	}
}

type lineWriter struct {
	lines chan string
	w     io.Writer
}

func newLineWriter(w io.Writer) *lineWriter {
	l := &lineWriter{lines: make(chan string, 64), w: w}
	go l.BadRun()
	return l
}

func (l *lineWriter) print(s string) { l.lines <- s }

func logTo(w io.Writer, messages []string) {
	l := newLineWriter(w)
	for _, m := range messages {
		l.print(m)
	}
}

func squares(n int) <-chan int {
	out := make(chan int)
	go func() {
		for i := range n {
			out <- i * i
		}
	}()
	return out
}

// The results are read to an end that does not come.
func BadResults(urls []string, fetch func(string) ([]byte, error)) (bodies [][]byte) {
	var wg sync.WaitGroup
	results := make(chan []byte) // note "results"
	for _, u := range urls {
		wg.Add(1)
		go func() {
			defer wg.Done()
			if b, err := fetch(u); err == nil {
				results <- b
			}
		}()
	}
	go func() {
		wg.Wait()
		log.Printf("%d urls fetched", len(urls))
	}()
	for b := range results { // want UP1007 "results"
		bodies = append(bodies, b)
	}
	return bodies
}

// Two channels are fed and only one of them is closed.
func BadWrongChannel(pairs map[string]int, name func(string), number func(int)) {
	keys := make(chan string)
	values := make(chan int) // note "values"
	go func() {
		for k := range keys {
			name(k)
		}
	}()
	go func() {
		for v := range values { // want UP1007 "values"
			number(v)
		}
	}()
	for k, v := range pairs {
		keys <- k
		values <- v
	}
	close(keys)
}

type tally struct {
	votes chan string
	count map[string]int
}

func (t *tally) keep() {
	for v := range t.votes { // note "votes"
		t.count[v]++
	}
}

// A method value; the tally never leaves this function.
func BadMethodValue(ballots []string) int {
	t := &tally{votes: make(chan string), count: map[string]int{}} // note "votes"
	count := t.keep
	go count() // want UP1007 "votes"
	for _, b := range ballots {
		t.votes <- b
	}
	return len(ballots)
}

type record struct {
	key   string
	value string
}

type table interface {
	Insert(ctx context.Context, batch []record) error
}

// The field is seen by this package alone, and nothing in it closes the channel.
func (l *lineWriter) BadRun() {
	for s := range l.lines { // want UP1007 "lines"
		fmt.Fprintln(l.w, s)
	}
}

// Close ends something that the loop does not watch.
type BadJournal struct {
	entries chan string
	quit    chan struct{}
}

func NewJournal(write func(string)) *BadJournal {
	j := &BadJournal{entries: make(chan string, 64), quit: make(chan struct{})} // note "entries"
	go j.run(write)
	return j
}

func (j *BadJournal) run(write func(string)) {
	for e := range j.entries { // want UP1007 "entries"
		write(e)
	}
}

func (j *BadJournal) Add(e string) {
	select {
	case j.entries <- e:
	case <-j.quit:
	}
}

func (j *BadJournal) Close() { close(j.quit) }

// The helper that made the channel forgot; its caller is the one who hangs.
func BadFromHelper(n int) (total int) {
	for s := range squares(n) { // want UP1007 "nobody closes it"
		total += s
	}
	return total
}
