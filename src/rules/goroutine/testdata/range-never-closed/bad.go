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

	"golang.org/x/sync/errgroup"
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
	l := &lineWriter{lines: make(chan string, 64), w: w} // note "lines"
	go l.BadRun()
	return l
}

// The field is seen by this package alone, and nothing in it closes the channel.
func (l *lineWriter) BadRun() {
	for s := range l.lines { // want UP1007 "lines"
		fmt.Fprintln(l.w, s)
	}
}

func (l *lineWriter) print(s string) { l.lines <- s }

func logTo(w io.Writer, messages []string) {
	l := newLineWriter(w)
	for _, m := range messages {
		l.print(m)
	}
}

// The close waits for those who wait for the close.
func BadCloseAfterWait(paths []string, remove func(string)) {
	var wg sync.WaitGroup
	doomed := make(chan string) // note "doomed"
	for range 4 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for p := range doomed { // want UP1007 "doomed"
				remove(p)
			}
		}()
	}
	for _, p := range paths {
		doomed <- p
	}
	wg.Wait() // note "Wait"
	close(doomed)
}

func squares(n int) <-chan int {
	out := make(chan int) // note "out"
	go func() {
		for i := range n {
			out <- i * i
		}
	}()
	return out
}

// The helper that made the channel forgot; its caller is the one who hangs.
func BadFromHelper(n int) (total int) {
	for s := range squares(n) { // want UP1007 "squares"
		total += s
	}
	return total
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

// The producer closes at the end of the file, and not when reading fails.
func BadProducerReturnsEarly(read func() (string, error), store func(string)) {
	rows := make(chan string) // note "rows"
	go func() {
		for {
			row, err := read()
			if errors.Is(err, io.EOF) {
				close(rows)
				return
			}
			if err != nil {
				log.Printf("read: %v", err)
				return // note "return"
			}
			rows <- row
		}
	}()
	for row := range rows { // want UP1007 "rows"
		store(row)
	}
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

// The group waits for the writer, and the writer for the close behind the group.
func BadErrgroup(
	ctx context.Context, names []string, render func(context.Context, string) (string, error), w io.Writer,
) error {
	g, ctx := errgroup.WithContext(ctx)
	pages := make(chan string) // note "pages"
	g.Go(func() error {
		for p := range pages { // want UP1007 "pages"
			if _, err := io.WriteString(w, p); err != nil {
				return err
			}
		}
		return nil
	})
	for _, n := range names {
		p, err := render(ctx, n)
		if err != nil {
			break
		}
		select {
		case pages <- p:
		case <-ctx.Done():
		}
	}
	err := g.Wait() // note "Wait"
	close(pages)
	return err
}

type record struct {
	key   string
	value string
}

type table interface {
	Insert(ctx context.Context, batch []record) error
}

// An import in three stages. The first stage closes what it feeds, the second does not.
func BadImport(ctx context.Context, r io.Reader, t table) (inserted int, err error) {
	lines := make(chan string, 16)
	records := make(chan record, 16) // note "records"

	go func() {
		defer close(lines)
		s := bufio.NewScanner(r)
		for s.Scan() {
			select {
			case lines <- s.Text():
			case <-ctx.Done():
				return
			}
		}
	}()

	go func() {
		for line := range lines {
			key, value, ok := strings.Cut(line, "=")
			if !ok {
				log.Printf("import: no value in %q", line)
				continue
			}
			select {
			case records <- record{strings.TrimSpace(key), strings.TrimSpace(value)}:
			case <-ctx.Done():
				return
			}
		}
	}()

	var batch []record
	for rec := range records { // want UP1007 "records"
		if batch = append(batch, rec); len(batch) < 100 {
			continue
		}
		if err := t.Insert(ctx, batch); err != nil {
			return inserted, err
		}
		inserted += len(batch)
		batch = batch[:0]
	}
	if len(batch) > 0 {
		err = t.Insert(ctx, batch)
	}
	return inserted + len(batch), err
}
