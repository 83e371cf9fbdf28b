package neverclosed

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"
)

type subscriptions struct{ byName map[string]chan string }

// Each subscriber's channel can be closed through the map, and no caller ever does so for the name used
// here: that is a fact about keys.
func MissedOneKeyOfMany(s *subscriptions, use func(string)) {
	c := make(chan string)
	s.byName["permanent"] = c
	go func() {
		for v := range c {
			use(v)
		}
	}()
}

func (s *subscriptions) end(name string) { close(s.byName[name]) }

// The producer is behind an interface with an implementation that closes and one that does not.
type producer interface{ produce(chan<- int) }

type tidy struct{ n int }

func (t tidy) produce(c chan<- int) {
	defer close(c)
	for i := range t.n {
		c <- i
	}
}

type untidy struct{ n int }

func (u untidy) produce(c chan<- int) {
	for i := range u.n {
		c <- i
	}
}

// Which implementation is meant is known only when it runs.
func MissedOneImplementation(p producer, use func(int)) {
	c := make(chan int)
	go p.produce(c)
	for v := range c {
		use(v)
	}
}

// A writer to memory does not fail, so the return before the close is never taken: to know it is to know
// what the writer behind the interface is.
func NoisyImpossibleError(w io.Writer, values []byte, use func(byte)) error {
	c := make(chan byte)
	go func() {
		for v := range c { // want UP1007 "c"
			use(v)
		}
	}()
	for _, v := range values {
		if _, err := w.Write([]byte{v}); err != nil {
			return err
		}
		c <- v
	}
	close(c)
	return nil
}

// The close waits for those who wait for the close.
//
// That a close waits for the loop it would end is not asked.
func MissedCloseAfterWait(paths []string, remove func(string)) {
	var wg sync.WaitGroup
	doomed := make(chan string)
	for range 4 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for p := range doomed {
				remove(p)
			}
		}()
	}
	for _, p := range paths {
		doomed <- p
	}
	wg.Wait()
	close(doomed)
}

// The producer closes at the end of the file, and not when reading fails.
//
// Closes in other goroutines count as if they always ran.
func MissedProducerReturnsEarly(read func() (string, error), store func(string)) {
	rows := make(chan string)
	go func() {
		for {
			row, err := read()
			if errors.Is(err, io.EOF) {
				close(rows)
				return
			}
			if err != nil {
				log.Printf("read: %v", err)
				return
			}
			rows <- row
		}
	}()
	for row := range rows {
		store(row)
	}
}

// The group waits for the writer, and the writer for the close behind the group.
//
// That a close waits for the loop it would end is not asked.
func MissedErrgroup(
	ctx context.Context, names []string, render func(context.Context, string) (string, error), w io.Writer,
) error {
	g, ctx := errgroup.WithContext(ctx)
	pages := make(chan string)
	g.Go(func() error {
		for p := range pages {
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
	err := g.Wait()
	close(pages)
	return err
}

// An import in three stages. The first stage closes what it feeds, the second does not.
//
// Closes in other goroutines count as if they always ran.
func MissedImport(ctx context.Context, r io.Reader, t table) (inserted int, err error) {
	lines := make(chan string, 16)
	records := make(chan record, 16)

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
	for rec := range records {
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

// Every caller sets one of the two, so the early return is never taken: what callers pass is not looked at.
func NoisyImpossibleArguments(hidden, unfinished bool, remove func(string)) error {
	names := make(chan string)
	go func() {
		for n := range names { // want UP1007 "names"
			remove(n)
		}
	}()
	if !hidden && !unfinished {
		return errBadLine
	}
	names <- "first"
	close(names)
	return nil
}

func removeHidden(remove func(string)) error { return NoisyImpossibleArguments(true, false, remove) }
