// Package fanin holds fan-ins in which fewer values are received than sent.
package fanin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

var errNoneAlive = errors.New("no mirror is alive")

// All mirrors are asked, and the fastest is heard.
func BadFastest(mirrors []string, latency func(string) time.Duration) time.Duration {
	took := make(chan time.Duration) // note "took"
	for _, m := range mirrors {      // note "loop"
		go func() {
			took <- latency(m) // want UP1006 "took"
		}()
	}
	return <-took // note "receive"
}

// The first error ends the collection.
func BadFirstError(files []string, verify func(string) error) error {
	errs := make(chan error)  // note "errs"
	for _, f := range files { // note "loop"
		go func() {
			errs <- verify(f) // want UP1006 "errs"
		}()
	}
	for range files {
		if err := <-errs; err != nil { // note "receive"
			return err
		}
	}
	return nil
}

// Three copies, and two votes are enough.
func BadQuorum(write func(replica int) bool) bool {
	votes := make(chan bool) // note "votes"
	for i := range 3 {       // note "loop"
		go func() {
			votes <- write(i) // want UP1006 "votes"
		}()
	}
	return <-votes && <-votes // note "receive"
}

func probe(addr string, check func(string) bool, up chan<- string) {
	if !check(addr) {
		addr = ""
	}
	up <- addr // note "up"
}

// The send is in a function of its own, which another caller uses well.
func BadSendInHelper(addrs []string, check func(string) bool) (string, error) {
	alive := make(chan string) // note "alive"
	for _, a := range addrs {  // note "loop"
		go probe(a, check, alive) // want UP1006 "alive"
	}
	for range addrs {
		if a := <-alive; a != "" { // note "receive"
			return a, nil
		}
	}
	return "", errNoneAlive
}

// A break is as good as a return.
func BadBreak(parts []int, convert func(int) (string, error)) (out []string) {
	type result struct {
		text string
		err  error
	}
	results := make(chan result) // note "results"
	for _, p := range parts {    // note "loop"
		go func() {
			text, err := convert(p)
			results <- result{text, err} // want UP1006 "results"
		}()
	}
	for range parts {
		r := <-results // note "receive"
		if r.err != nil {
			break
		}
		out = append(out, r.text)
	}
	return out
}

// Room for one more than is received.
func BadSmallBuffer(n int, roll func() int) int {
	rolls := make(chan int, 1) // note "rolls"
	for range n {              // note "loop"
		go func() {
			rolls <- roll() // want UP1006 "rolls"
		}()
	}
	return <-rolls // note "receive"
}

// The deadline may come before the last answer.
func BadDeadline(ctx context.Context, shards []string, count func(string) int) (total int, err error) {
	counts := make(chan int)   // note "counts"
	for _, s := range shards { // note "loop"
		go func() {
			counts <- count(s) // want UP1006 "counts"
		}()
	}
	for range shards {
		select {
		case n := <-counts: // note "receive"
			total += n
		case <-ctx.Done():
			return total, ctx.Err()
		}
	}
	return total, nil
}

// Every goroutine sends twice.
func BadTwoEach(tasks []func() error) (failed int) {
	events := make(chan error)   // note "events"
	for _, task := range tasks { // note "loop"
		go func() {
			events <- nil
			events <- task() // want UP1006 "events"
		}()
	}
	for range tasks {
		if <-events != nil { // note "receive"
			failed++
		}
	}
	return failed
}

// A goroutine for each replica of each shard, a receive for each shard.
func BadNested(shards [][]string, read func(string) []byte) (all [][]byte) {
	blocks := make(chan []byte) // note "blocks"
	for _, replicas := range shards {
		for _, r := range replicas { // note "loop"
			go func() {
				blocks <- read(r) // want UP1006 "blocks"
			}()
		}
	}
	for range shards {
		all = append(all, <-blocks) // note "receive"
	}
	return all
}

type race struct {
	winner chan int
	run    func(int) int
}

func (r *race) lane(i int) {
	r.winner <- r.run(i) // note "winner"
}

// A method for each lane, the channel in a field of a value that stays here.
func BadRace(lanes int, run func(int) int) int {
	r := &race{winner: make(chan int), run: run} // note "winner"
	for i := 0; i < lanes; i++ {                 // note "loop"
		go r.lane(i) // want UP1006 "winner"
	}
	return <-r.winner // note "receive"
}

// Wait cannot help: it waits for those who are stuck.
func BadWaitGroupGo(names []string, greet func(string) string) (string, int) {
	var wg sync.WaitGroup
	greetings := make(chan string) // note "greetings"
	for _, n := range names {      // note "loop"
		wg.Go(func() {
			greetings <- greet(n) // want UP1006 "greetings"
		})
	}
	first := <-greetings // note "receive"
	wg.Wait()
	return first, len(names)
}

// The group's context is not looked at by those who send.
func BadErrgroup(
	ctx context.Context, regions []string, price func(context.Context, string) (int, error),
) (int, error) {
	g, ctx := errgroup.WithContext(ctx)
	prices := make(chan int)    // note "prices"
	for _, r := range regions { // note "loop"
		g.Go(func() error {
			p, err := price(ctx, r)
			if err != nil {
				return err
			}
			prices <- p // want UP1006 "prices"
			return nil
		})
	}
	best := <-prices // note "receive"
	return best, g.Wait()
}

// A hedged request: two are sent, one is heard.
func BadHedge(fetch func(string) []byte, primary, backup string) []byte {
	bodies := make(chan []byte)                     // note "bodies"
	for _, url := range []string{primary, backup} { // note "loop"
		go func() {
			bodies <- fetch(url) // want UP1006 "bodies"
		}()
	}
	return <-bodies // note "receive"
}

type component interface {
	Name() string
	Healthy(ctx context.Context) error
}

type status struct {
	Name  string `json:"name"`
	Error string `json:"error,omitempty"`
}

// The page of a service that asks all its parts how they are, and hurries when one is ill.
func BadHealthHandler(parts []component) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
		defer cancel()
		reports := make(chan status) // note "reports"
		for _, part := range parts { // note "loop"
			go func() {
				s := status{Name: part.Name()}
				if err := part.Healthy(ctx); err != nil {
					s.Error = err.Error()
				}
				reports <- s // want UP1006 "reports"
			}()
		}
		all := make([]status, 0, len(parts))
		for len(all) < len(parts) {
			s := <-reports // note "receive"
			all = append(all, s)
			if s.Error != "" {
				w.WriteHeader(http.StatusServiceUnavailable)
				fmt.Fprintf(w, "%s: %s\n", s.Name, s.Error)
				return
			}
		}
		json.NewEncoder(w).Encode(all)
	}
}

// Two go statements outside of any loop, and one receive.
func BadTwoSpawns(fetch func(string) []byte, primary, backup string) []byte {
	bodies := make(chan []byte) // note "bodies"
	go func() { bodies <- fetch(primary) }()
	go func() { bodies <- fetch(backup) }() // want UP1006 "2 values are sent on `bodies`"
	return <-bodies                         // note "receive"
}

type pageStore struct {
	load  func(string) ([]byte, error)
	pages map[string][]byte
}

// The bound is a field, and the error is one of three things that can come.
func (s *pageStore) BadWarm(ctx context.Context, names []string) error {
	type page struct {
		name string
		body []byte
		err  error
	}
	loaded := make(chan page)         // note "loaded"
	for i := 0; i < len(names); i++ { // note "loop"
		go func() {
			body, err := s.load(names[i])
			loaded <- page{names[i], body, err} // want UP1006 "loaded"
		}()
	}
	for left := len(names); left > 0; left-- {
		p := <-loaded // note "receive"
		switch {
		case p.err != nil:
			return fmt.Errorf("%s: %w", p.name, p.err)
		case ctx.Err() != nil:
			return ctx.Err()
		}
		s.pages[p.name] = p.body
	}
	return nil
}

// The search is over with the first hit.
func BadFirstHit(shards []func(string) []string, word string) []string {
	hits := make(chan []string)    // note "hits"
	for _, shard := range shards { // note "loop"
		go func() {
			hits <- shard(word) // want UP1006 "hits"
		}()
	}
	for range shards {
		if found := <-hits; len(found) > 0 { // note "receive"
			return found
		}
	}
	return nil
}

// More than half is enough, and the others are left.
func BadMajority(replicas []func() error) error {
	acks := make(chan error)         // note "acks"
	for _, write := range replicas { // note "loop"
		go func() {
			acks <- write() // want UP1006 "acks"
		}()
	}
	var all error
	for range len(replicas)/2 + 1 {
		all = errors.Join(all, <-acks) // note "receive"
	}
	return all
}

func one[T any](c <-chan T) T { return <-c }

// A function receives, one value.
func BadHelperTakesOne(mirrors []string, get func(string) string) string {
	pages := make(chan string)  // note "pages"
	for _, m := range mirrors { // note "loop"
		go func() {
			pages <- get(m) // want UP1006 "pages"
		}()
	}
	return one(pages) // note "receive"
}

type flock struct {
	runs   []func() int
	result chan int
}

func (f *flock) start() {
	for _, run := range f.runs {
		go func() {
			f.result <- run() // note "sent on"
		}()
	}
}

// A method starts one for each, another one receives the first.
func BadStartedInMethod(runs []func() int) int {
	f := &flock{runs: runs, result: make(chan int)} // note "result"
	f.start()                                       // want UP1006 "result"
	return f.any()                                  // note "receive"
}

func (f *flock) any() int { return <-f.result }

// Two goroutines for each name, a receive for each name.
func BadTwiceAsMany(names []string, left, right func(string) int) (sum int) {
	c := make(chan int)       // note "c"
	for _, n := range names { // note "loop"
		go func() { c <- left(n) }()
		go func() { c <- right(n) }() // want UP1006 "c"
	}
	for range names {
		sum += <-c // note "receive"
	}
	return sum
}

// Two rows of two, three of four are received.
func BadThreeOfFour(f func(int, int) int) int {
	c := make(chan int) // note "c"
	for i := range 2 {
		for j := range 2 { // note "loop"
			go func() { c <- f(i, j) }() // want UP1006 "4 values are sent on `c`"
		}
	}
	a, b := <-c, <-c // note "receive"
	return a + b + <-c
}

type hash struct {
	sum [32]byte
	err error
}

// Workers share the files; the collector leaves with the first error.
func BadPoolFirstError(files []string, of func(string) ([32]byte, error)) ([][32]byte, error) {
	work := make(chan string, len(files))
	for _, f := range files {
		work <- f
	}
	close(work)
	hashes := make(chan hash) // note "without a buffer"
	for range 4 {
		go func() { // note "started"
			for f := range work {
				sum, err := of(f)
				hashes <- hash{sum, err} // want UP1006 "hashes"
			}
		}()
	}
	var sums [][32]byte
	for range files {
		h := <-hashes // note "receive"
		if h.err != nil {
			return nil, h.err // note "returns here"
		}
		sums = append(sums, h.sum)
	}
	return sums, nil
}

// The files come from a goroutine of their own, one at a time.
func BadPoolFedByGoroutine(files []string, of func(string) ([32]byte, error)) error {
	work := make(chan string)
	hashes := make(chan hash) // note "without a buffer"
	go func() {
		for _, f := range files {
			work <- f
		}
		close(work)
	}()
	for range 2 {
		go func() { // note "started"
			for f := range work {
				sum, err := of(f)
				hashes <- hash{sum, err} // want UP1006 "hashes"
			}
		}()
	}
	for i := 0; i < len(files); i++ {
		if h := <-hashes; h.err != nil { // note "receive"
			return h.err // note "returns here"
		}
	}
	return nil
}

// The files are put into a channel by a function that gives it.
func BadPoolQueued(files []string, of func(string) ([32]byte, error)) error {
	work := queued(files)
	hashes := make(chan hash, 1) // note "without room"
	for range 8 {
		go hashAll(work, hashes, of) // want UP1006 "hashes"
	}
	for range files {
		h := <-hashes // note "receive"
		if h.err != nil {
			return h.err // note "returns here"
		}
	}
	return nil
}

func hashAll(work <-chan string, hashes chan<- hash, of func(string) ([32]byte, error)) {
	for f := range work {
		sum, err := of(f)
		hashes <- hash{sum, err} // note "sent on"
	}
}

func queued(files []string) <-chan string {
	work := make(chan string, len(files))
	for _, f := range files {
		work <- f
	}
	close(work)
	return work
}
