package breakselect

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log"
	"strings"
	"time"
)

func GoodReturn(in <-chan message, quit <-chan struct{}, handle func(message)) {
	for {
		select {
		case m := <-in:
			handle(m)
		case <-quit:
			return
		}
	}
}

func GoodLabel(in <-chan message, quit <-chan struct{}, handle func(message)) {
loop:
	for {
		select {
		case m := <-in:
			handle(m)
		case <-quit:
			break loop
		}
	}
	log.Print("loop left")
}

// The rest of a long case is skipped, which is what a break in a case is for.
func GoodSkipsRest(in <-chan message, quit <-chan struct{}, store func([]byte)) {
	for {
		select {
		case m := <-in:
			if len(m.body) == 0 {
				break
			}
			log.Printf("%d bytes", len(m.body))
			store(m.body)
		case <-quit:
			return
		}
	}
}

// The loop that it leaves is the inner one.
func GoodInnerLoop(batches <-chan []message, quit <-chan struct{}, handle func(message) error) {
	for {
		select {
		case batch := <-batches:
			for _, m := range batch {
				if handle(m) != nil {
					break
				}
			}
		case <-quit:
			return
		}
	}
}

// No loop around it.
func GoodNoLoop(in <-chan message, quit <-chan struct{}, handle func(message)) {
	select {
	case m := <-in:
		handle(m)
	case <-quit:
		log.Print("quit")
		break
	}
}

// The condition of the loop sees what the case has set.
func GoodFlag(in <-chan message, quit <-chan struct{}, handle func(message)) {
	for done := false; !done; {
		select {
		case m := <-in:
			handle(m)
		case <-quit:
			done = true
			break
		}
	}
}

// The loop is left behind the select.
func GoodCheckedAfterwards(ctx context.Context, in <-chan message, handle func(message)) error {
	for {
		select {
		case m := <-in:
			handle(m)
		case <-ctx.Done():
			break
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

func GoodConditionIsContext(ctx context.Context, in <-chan message, handle func(message)) {
	for ctx.Err() == nil {
		select {
		case m := <-in:
			handle(m)
		case <-ctx.Done():
			break
		}
	}
}

// Whatever the case, the loop ends after the switch.
func GoodReturnBehindSwitch(r *bufio.Reader) (word string, err error) {
	for {
		c, _, err := r.ReadRune()
		switch {
		case err == io.EOF:
			log.Print("end of input")
			break
		case err != nil:
			return word, err
		case c != ' ':
			word += string(c)
			continue
		}
		return word, nil
	}
}

// Nothing to do here, written out.
func GoodNoOp(in <-chan message, handle func(message)) {
	for m := range in {
		switch m.kind {
		case "ping":
			break
		default:
			handle(m)
		}
	}
}

func GoodDefaultNoOp(in <-chan message, handle func(message)) (n int) {
	for range 100 {
		select {
		case m := <-in:
			handle(m)
			n++
		default:
			break
		}
	}
	return n
}

// Inside a function literal, the loop around the literal is none of its loops.
func GoodLiteral(rounds int, in <-chan message, quit <-chan struct{}, handle func(message)) {
	for range rounds {
		func() {
			select {
			case m := <-in:
				handle(m)
			case <-quit:
				log.Print("this round is skipped")
				break
			}
		}()
	}
}

func GoodGoto(in <-chan message, quit <-chan struct{}, handle func(message)) {
	for {
		select {
		case m := <-in:
			handle(m)
		case <-quit:
			goto out
		}
	}
out:
	log.Print("out")
}

// A line of input is skipped; the loop goes on because there are more of them.
func GoodScanner(s *bufio.Scanner, set func(key, value string)) error {
	for s.Scan() {
		line := strings.TrimSpace(s.Text())
		switch {
		case line == "":
			break
		case strings.HasPrefix(line, "#"):
			break
		default:
			key, value, ok := strings.Cut(line, "=")
			if !ok {
				return errors.New("no value: " + line)
			}
			set(key, value)
		}
	}
	return s.Err()
}

// The channel is set to nil, so that its case is never ready again, and the loop runs until both are.
func GoodNilChannels(a, b <-chan message, handle func(message)) {
	for a != nil || b != nil {
		select {
		case m, ok := <-a:
			if !ok {
				a = nil
				break
			}
			handle(m)
		case m, ok := <-b:
			if !ok {
				b = nil
				break
			}
			handle(m)
		}
	}
}

// The select is the last statement of a loop that runs once.
func GoodRunsOnce(in <-chan message, quit <-chan struct{}, handle func(message)) {
	for {
		select {
		case m := <-in:
			handle(m)
		case <-quit:
			break
		}
		break
	}
}

// The process is over.
func GoodFatal(in <-chan message, failed <-chan error, handle func(message)) {
	for {
		select {
		case m := <-in:
			handle(m)
		case err := <-failed:
			log.Fatal(err)
			break
		}
	}
}

// The switch decides how to go on, and the code behind it does so for all cases alike.
func GoodCommonTail(in <-chan message, handle func(message), closing func() bool) {
	for m := range in {
		switch m.kind {
		case "control":
			if closing() {
				log.Print("closing")
				break
			}
			log.Print("control")
		case "data":
			handle(m)
		}
		if closing() {
			return
		}
	}
}

// What is there is taken, and the label says which loop is meant.
func GoodDrain(in <-chan message, quit <-chan struct{}, handle func([]message)) {
	for {
		select {
		case m := <-in:
			batch := []message{m}
		more:
			for len(batch) < 100 {
				select {
				case m := <-in:
					batch = append(batch, m)
				default:
					break more
				}
			}
			handle(batch)
		case <-quit:
			return
		}
	}
}

type frame interface{ length() int }

type dataFrame struct{ body []byte }

func (f dataFrame) length() int { return len(f.body) }

type resetFrame struct{ code int }

func (f resetFrame) length() int { return 4 }

// Bookkeeping behind the switch is for every frame, also for those whose case was left early.
func GoodFrames(next func() (frame, error), deliver func([]byte), window *int) error {
	for {
		f, err := next()
		if err != nil {
			return err
		}
		switch f := f.(type) {
		case dataFrame:
			if len(f.body) > *window {
				log.Print("window exceeded")
				break
			}
			deliver(f.body)
		case resetFrame:
			if f.code == 0 {
				break
			}
			log.Printf("reset: %d", f.code)
		}
		*window -= f.length()
	}
}

// The error is kept, and the condition of the loop looks at it.
func GoodErrorInCondition(in <-chan message, errs <-chan error, handle func(message) error) (err error) {
	for err == nil {
		select {
		case m := <-in:
			err = handle(m)
		case err = <-errs:
			log.Printf("told to stop: %v", err)
			break
		}
	}
	return err
}

// A token that is made up of several runes; the break ends the choice, the loop has its own end.
func GoodLexer(src string) (tokens []string) {
	for i := 0; i < len(src); {
		start := i
		switch c := src[i]; {
		case c == ' ':
			i++
			break
		case c >= '0' && c <= '9':
			for i < len(src) && src[i] >= '0' && src[i] <= '9' {
				i++
			}
			tokens = append(tokens, src[start:i])
		default:
			i++
			tokens = append(tokens, src[start:i])
		}
	}
	return tokens
}

// The break stands behind the select, in the loop itself.
func GoodBreakBehindSelect(ctx context.Context, in <-chan message, handle func(message)) error {
	for {
		select {
		case m := <-in:
			handle(m)
			continue
		case <-ctx.Done():
		}
		if len(in) == 0 {
			break
		}
	}
	return ctx.Err()
}

// One last round after the quit: the flag is looked at when the work has been done.
func GoodLastRound(every *time.Ticker, quit <-chan struct{}, compact func() error) {
	for last := false; ; {
		select {
		case <-quit:
			last = true
		case <-every.C:
		}
		if err := compact(); err != nil {
			log.Printf("compact: %v", err)
		}
		if last {
			every.Stop()
			break
		}
	}
}

// A guard for each thing that may be wrong with what came, and the work at the end.
func GoodGuards(in <-chan message, quit <-chan struct{}, parse func([]byte) (int, error), handle func(int)) {
	for {
		select {
		case m := <-in:
			if m.kind == "" {
				break
			}
			n, err := parse(m.body)
			if err != nil {
				log.Printf("parse: %v", err)
				break
			}
			handle(n)
		case <-quit:
			return
		}
	}
}

// A break that changes nothing, in a loop that is meant to go on after each time-out.
func GoodAttempts(send func() <-chan error) (err error) {
	for range 3 {
		select {
		case err = <-send():
			if err == nil {
				return nil
			}
			log.Printf("retrying: %v", err)
		case <-time.After(time.Second):
			err = errors.New("timed out")
			break
		}
	}
	return err
}

// Looks without waiting, notes what it saw and does the rest in any case: the break is idle and meant to be.
func GoodLookFirst(in <-chan message, quit <-chan struct{}, handle func(message)) (closing bool) {
	for m := range in {
		select {
		case <-quit:
			closing = true
			break
		default:
		}
		handle(m)
	}
	return closing
}

// A return ends the loop, and the break the switch.
func GoodEndOfLines(r *bufio.Reader, on func(string)) error {
	for {
		line, err := r.ReadString('\n')
		switch {
		case err == io.EOF:
			on(line)
			break
		case err != nil:
			return err
		}
		on(strings.TrimSpace(line))
	}
}

// The file grows: its end is waited over.
func GoodFollow(r *bufio.Reader, on func(string)) {
	for {
		line, err := r.ReadString('\n')
		switch {
		case err == io.EOF:
			time.Sleep(time.Second)
			break
		}
		on(line)
	}
}

// The next file takes the place of the one that is at its end.
func GoodNextFile(r io.Reader, next func() io.Reader, on func([]byte)) {
	buf := make([]byte, 512)
	for {
		n, err := r.Read(buf)
		switch {
		case err == io.EOF:
			r = next()
			break
		}
		on(buf[:n])
	}
}

// Every clause ends so.
func GoodBreakEverywhere(r *bufio.Reader, on func(string)) {
	for {
		line, err := r.ReadString('\n')
		switch {
		case err == io.EOF:
			on("")
			break
		case line == "":
			on("empty")
			break
		}
		on(line)
	}
}

// The break is not what ends the words of one line, and the words are many.
func GoodWordsInSwitch(next func() (string, bool), on func(string)) {
	for {
		word, closed := next()
		switch {
		case closed:
			on("closed")
			break
		}
		on(word)
	}
}
