package fanin

import (
	"context"
	"errors"
	"log"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

func GoodRoomForAll(mirrors []string, latency func(string) time.Duration) time.Duration {
	took := make(chan time.Duration, len(mirrors))
	for _, m := range mirrors {
		go func() { took <- latency(m) }()
	}
	return <-took
}

// The receiver has the first, the buffer the others.
func GoodRoomForTheRest(mirrors []string, latency func(string) time.Duration) time.Duration {
	if len(mirrors) == 0 {
		return 0
	}
	took := make(chan time.Duration, len(mirrors)-1)
	for _, m := range mirrors {
		go func() { took <- latency(m) }()
	}
	return <-took
}

func GoodSameBound(files []string, verify func(string) error) (err error) {
	errs := make(chan error)
	for _, f := range files {
		go func() { errs <- verify(f) }()
	}
	for range files {
		err = errors.Join(err, <-errs)
	}
	return err
}

// The length is the same although the loops are written differently.
func GoodSameBoundOtherForm(files []string, verify func(string) error) (bad int) {
	errs := make(chan error)
	for i := range files {
		go func() { errs <- verify(files[i]) }()
	}
	for n := len(files); n > 0; n-- {
		if <-errs != nil {
			bad++
		}
	}
	return bad
}

func GoodConstantBound(write func(replica int) bool) (votes int) {
	c := make(chan bool)
	for i := range 3 {
		go func() { c <- write(i) }()
	}
	for i := 0; i < 3; i++ {
		if <-c {
			votes++
		}
	}
	return votes
}

func GoodQuorumWithRoom(write func(replica int) bool) bool {
	votes := make(chan bool, 3)
	for i := range 3 {
		go func() { votes <- write(i) }()
	}
	return <-votes && <-votes
}

// Who loses finds the context ended.
func GoodSendersWatch(
	ctx context.Context, mirrors []string, ask func(context.Context, string) string,
) string {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	answers := make(chan string)
	for _, m := range mirrors {
		go func() {
			select {
			case answers <- ask(ctx, m):
			case <-ctx.Done():
			}
		}()
	}
	return <-answers
}

func GoodDoneChannel(mirrors []string, ask func(string) string) string {
	answers, done := make(chan string), make(chan struct{})
	defer close(done)
	for _, m := range mirrors {
		go func() {
			select {
			case answers <- ask(m):
			case <-done:
			}
		}()
	}
	return <-answers
}

// Losers drop what they have.
func GoodDefault(mirrors []string, ask func(string) string) string {
	first := make(chan string, 1)
	for _, m := range mirrors {
		go func() {
			select {
			case first <- ask(m):
			default:
			}
		}()
	}
	return <-first
}

// Somebody else takes what is left.
func GoodDrainRest(files []string, verify func(string) error) error {
	errs := make(chan error)
	for _, f := range files {
		go func() { errs <- verify(f) }()
	}
	for i := range files {
		if err := <-errs; err != nil {
			go func() {
				for range files[i+1:] {
					<-errs
				}
			}()
			return err
		}
	}
	return nil
}

// Closed when all have sent, read to the end.
func GoodCloser(files []string, size func(string) int) (total int) {
	var wg sync.WaitGroup
	sizes := make(chan int)
	for _, f := range files {
		wg.Add(1)
		go func() {
			defer wg.Done()
			sizes <- size(f)
		}()
	}
	go func() {
		wg.Wait()
		close(sizes)
	}()
	for n := range sizes {
		total += n
	}
	return total
}

// Read to the end by somebody else while the group is waited for.
func GoodCollector(files []string, size func(string) int) int {
	var wg sync.WaitGroup
	sizes, sum := make(chan int), make(chan int)
	go func() {
		total := 0
		for n := range sizes {
			total += n
		}
		sum <- total
	}()
	for _, f := range files {
		wg.Go(func() { sizes <- size(f) })
	}
	wg.Wait()
	close(sizes)
	return <-sum
}

func gather[T any](c <-chan T, n int) []T {
	all := make([]T, 0, n)
	for range n {
		all = append(all, <-c)
	}
	return all
}

func GoodGatherInHelper(names []string, greet func(string) string) []string {
	c := make(chan string)
	for _, n := range names {
		go func() { c <- greet(n) }()
	}
	return gather(c, len(names))
}

// Started and counted.
func GoodCounted(addrs []string, skip func(string) bool, check func(string) bool) (up int) {
	c := make(chan bool)
	started := 0
	for _, a := range addrs {
		if skip(a) {
			continue
		}
		started++
		go func() { c <- check(a) }()
	}
	for ; started > 0; started-- {
		if <-c {
			up++
		}
	}
	return up
}

// Only the one that comes first sends.
func GoodOneWins(lanes int, run func(int) int) int {
	var won atomic.Bool
	winner := make(chan int)
	for i := range lanes {
		go func() {
			n := run(i)
			if won.CompareAndSwap(false, true) {
				winner <- n
			}
		}()
	}
	return <-winner
}

func GoodOnce(lanes int, run func(int) int) int {
	var once sync.Once
	winner := make(chan int)
	for i := range lanes {
		go func() {
			n := run(i)
			once.Do(func() { winner <- n })
		}()
	}
	return <-winner
}

// The process ends with the first error.
func GoodFatal(files []string, verify func(string) error) {
	errs := make(chan error)
	for _, f := range files {
		go func() { errs <- verify(f) }()
	}
	for range files {
		if err := <-errs; err != nil {
			log.Fatal(err)
		}
	}
}

// The bound of the second loop is the capacity, which is the number of senders.
func GoodByCapacity(n int, roll func() int) (total int) {
	rolls := make(chan int, n)
	for range n {
		go func() { rolls <- roll() }()
	}
	for i := 0; i < cap(rolls); i++ {
		total += <-rolls
	}
	return total
}

// The caller reads as many as it was told.
func GoodReturned(shards []string, count func(string) int) (<-chan int, int) {
	c := make(chan int)
	for _, s := range shards {
		go func() { c <- count(s) }()
	}
	return c, len(shards)
}

// A deferred loop takes what the early return left.
func GoodDeferredDrain(files []string, verify func(string) error) error {
	errs := make(chan error)
	left := 0
	defer func() {
		for ; left > 0; left-- {
			<-errs
		}
	}()
	for _, f := range files {
		left++
		go func() { errs <- verify(f) }()
	}
	for left > 0 {
		err := <-errs
		left--
		if err != nil {
			return err
		}
	}
	return nil
}

// The group's context ends with the first error, and those who send look at it.
func GoodErrgroup(
	ctx context.Context, regions []string, price func(string) (int, error),
) (best int, err error) {
	g, ctx := errgroup.WithContext(ctx)
	prices := make(chan int)
	for _, r := range regions {
		g.Go(func() error {
			p, err := price(r)
			if err != nil {
				return err
			}
			select {
			case prices <- p:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}
	go func() {
		g.Wait()
		close(prices)
	}()
	for p := range prices {
		best = max(best, p)
	}
	return best, g.Wait()
}

// A place for each answer, a deadline for the reader.
func GoodDeadline(ctx context.Context, shards []string, count func(string) int) (total int) {
	counts := make(chan int, len(shards))
	for _, s := range shards {
		go func() { counts <- count(s) }()
	}
	for range shards {
		select {
		case n := <-counts:
			total += n
		case <-ctx.Done():
			return total
		}
	}
	return total
}

// A fixed pool: each worker reports its end once, and each end is heard.
func GoodPool(workers int, jobs <-chan func()) {
	ended := make(chan struct{})
	for range workers {
		go func() {
			for job := range jobs {
				job()
			}
			ended <- struct{}{}
		}()
	}
	for i := 0; i != workers; i++ {
		<-ended
	}
}

// The loop goes round as often as the channel has something to say.
func GoodBatches(batches [][]string, send func(string) error) (err error) {
	for _, batch := range batches {
		errs := make(chan error, len(batch))
		for _, s := range batch {
			go func() { errs <- send(s) }()
		}
		for range batch {
			if err = <-errs; err != nil {
				return err
			}
		}
	}
	return nil
}

// An array has as many elements as its type says.
func GoodArray(hosts [4]string, ping func(string) bool) (up int) {
	c := make(chan bool)
	for _, h := range hosts {
		go func() { c <- ping(h) }()
	}
	for range len(hosts) {
		if <-c {
			up++
		}
	}
	return up
}

// The first that succeeds ends the race; the others find it over.
func GoodOver(addrs []string, dial func(string) error) (string, error) {
	type result struct {
		addr string
		err  error
	}
	results, over := make(chan result), make(chan struct{})
	defer close(over)
	for _, a := range addrs {
		go func() {
			select {
			case results <- result{a, dial(a)}:
			case <-over:
			}
		}()
	}
	err := errors.New("no address")
	for range addrs {
		r := <-results
		if r.err == nil {
			return r.addr, nil
		}
		err = r.err
	}
	return "", err
}

// The first error is remembered and the others are heard all the same.
func GoodRemembersFirst(files []string, verify func(string) error) (first error) {
	errs := make(chan error)
	for _, f := range files {
		go func() { errs <- verify(f) }()
	}
	for pending := len(files); pending > 0; pending-- {
		if err := <-errs; err != nil && first == nil {
			first = err
		}
	}
	return first
}

type gathering struct {
	wg      sync.WaitGroup
	results chan string
}

// Each start is a method call, and so is the end; the reader has been there from the start.
func (g *gathering) start(f func() string) {
	g.wg.Add(1)
	go func() {
		defer g.wg.Done()
		g.results <- f()
	}()
}

func (g *gathering) finish() {
	g.wg.Wait()
	close(g.results)
}

func GoodGathering(fs []func() string) (all []string) {
	g := &gathering{results: make(chan string)}
	for _, f := range fs {
		g.start(f)
	}
	go g.finish()
	for s := range g.results {
		all = append(all, s)
	}
	return all
}

// As many slots as may run at a time; each holds one until its result is in the slice.
func GoodSlots(names []string, limit int, greet func(string) string) []string {
	out := make([]string, len(names))
	slots := make(chan struct{}, limit)
	for i, n := range names {
		slots <- struct{}{}
		go func() {
			defer func() { <-slots }()
			out[i] = greet(n)
		}()
	}
	for range cap(slots) {
		slots <- struct{}{}
	}
	return out
}

// The attempts start one after the other, and only those that were started are waited for.
func GoodStaggered(ctx context.Context, addrs []string, dial func(string) error) error {
	results := make(chan error, len(addrs))
	next := time.NewTicker(300 * time.Millisecond)
	defer next.Stop()
	var err error
	for started, ended := 0, 0; ended < len(addrs); {
		if started < len(addrs) {
			a := addrs[started]
			started++
			go func() { results <- dial(a) }()
		}
		select {
		case err = <-results:
			if err == nil {
				return nil
			}
			ended++
		case <-next.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return err
}

// A single one is asked directly; with more, the buffer has room for all but the first.
func GoodSpecialCase(mirrors []string, ask func(string) string) string {
	switch len(mirrors) {
	case 0:
		return ""
	case 1:
		return ask(mirrors[0])
	}
	answers := make(chan string, len(mirrors)-1)
	for _, m := range mirrors {
		go func() { answers <- ask(m) }()
	}
	return <-answers
}

// As many as the list holds, which was checked to be one.
func GoodExactlyOne(names []string, greet func(string) string) (string, error) {
	if len(names) != 1 {
		return "", errNoneAlive
	}
	c := make(chan string)
	for _, n := range names {
		go func() { c <- greet(n) }()
	}
	return <-c, nil
}

// Each of the two sends once, and each is heard; the error is looked at afterwards.
func GoodBothWays(up, down func() error) error {
	errs := make(chan error)
	go func() { errs <- up() }()
	go func() { errs <- down() }()
	first, second := <-errs, <-errs
	return errors.Join(first, second)
}

// The second copy direction is left its place in the buffer.
func GoodPipe(up, down func() error) error {
	errs := make(chan error, 1)
	go func() { errs <- up() }()
	go func() { errs <- down() }()
	return <-errs
}

// Which of the two is started depends on the same condition as what is received.
func GoodEither(secure bool, plain, wrapped func() error) error {
	errs := make(chan error)
	go func() { errs <- plain() }()
	if secure {
		go func() { errs <- wrapped() }()
	}
	err := <-errs
	if secure {
		err = errors.Join(err, <-errs)
	}
	return err
}

// Another goroutine has waited for all of them before it says so.
func GoodToldDone(items []string, add func(string) error, overdue <-chan time.Time) error {
	errs := make(chan error, 1)
	var wg sync.WaitGroup
	for _, item := range items {
		wg.Go(func() {
			if err := add(item); err != nil {
				errs <- err
			}
		})
	}
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		wg.Wait()
	}()
	select {
	case err := <-errs:
		log.Fatalf("cannot go on: %v", err)
	case <-finished:
	case <-overdue:
		log.Fatal("too late")
	}
	return nil
}

type reporter interface{ FailNow() }

// What fails ends the test.
func GoodFailNow(r reporter, first, second func(), late <-chan time.Time) {
	done := make(chan struct{}, 1)
	for _, f := range []func(){first, second} {
		go func() {
			f()
			done <- struct{}{}
		}()
	}
	for range 2 {
		select {
		case <-done:
		case <-late:
			r.FailNow()
			return
		}
	}
}

type outcome struct {
	v   int
	err error
}

func takeTwo(c chan int) int { return <-c + <-c }

type crew struct {
	ws  []func() int
	out chan int
}

func (f *crew) start() {
	for _, w := range f.ws {
		go func() { f.out <- w() }()
	}
}

func (f *crew) startIf(b bool) {
	if b {
		go func() { f.out <- 1 }()
	}
}

func (f *crew) all() (s int) {
	for range f.ws {
		s += <-f.out
	}
	return
}

// Three sends and three receives for each.
func GoodThreeEach(xs []int, f func(int) int) (s int) {
	c := make(chan int)
	for _, x := range xs {
		go func() {
			c <- f(x)
			c <- f(x + 1)
			c <- f(x + 2)
		}()
	}
	for i := 0; i < len(xs); i++ {
		a, b := <-c, <-c
		s += a + b + <-c
	}
	return
}

// One receive in each turn, here or there.
func GoodEitherReceive(xs []int, f func(int) int, neg bool) (s int) {
	c := make(chan int)
	for _, x := range xs {
		go func() { c <- f(x) }()
	}
	for range xs {
		if neg {
			s -= <-c
		} else {
			s += <-c
		}
	}
	return
}

// A goroutine for each pair, and a receive for each pair.
func GoodNestedReceives(xs, ys []int, f func(int, int) int) (s int) {
	c := make(chan int)
	for _, x := range xs {
		for _, y := range ys {
			go func() { c <- f(x, y) }()
		}
	}
	for range xs {
		for range ys {
			s += <-c
		}
	}
	return
}

// Each goroutine sends a row.
func GoodRows(rows []int, cols []int, f func(int, int) int) (s int) {
	c := make(chan int)
	for _, x := range rows {
		go func() {
			for _, y := range cols {
				c <- f(x, y)
			}
		}()
	}
	for range rows {
		for range cols {
			s += <-c
		}
	}
	return
}

// Room for two values of each.
func GoodRoomForTwice(xs []int, f func(int) int) int {
	c := make(chan int, 2*len(xs))
	for _, x := range xs {
		go func() {
			c <- f(x)
			c <- f(-x)
		}()
	}
	return <-c
}

// Twice as many turns as goroutines that send twice.
func GoodTwiceTheTurns(xs []int, f func(int) int) (s int) {
	c := make(chan int)
	for _, x := range xs {
		go func() {
			c <- f(x)
			c <- f(-x)
		}()
	}
	for range 2 * len(xs) {
		s += <-c
	}
	return
}

// Two goroutines in each turn, and twice as many receives.
func GoodTwoStartsInTurn(xs []int, f func(int) int) (s int) {
	c := make(chan int)
	for _, x := range xs {
		go func() { c <- f(x) }()
		go func() { c <- f(-x) }()
	}
	for i := 0; i < len(xs)*2; i++ {
		s += <-c
	}
	return
}

// Room for all but the one that is received.
func GoodRoomButOne(xs []int, f func(int) int) int {
	if len(xs) == 0 {
		return 0
	}
	c := make(chan int, len(xs)-1)
	for _, x := range xs {
		go func() { c <- f(x) }()
	}
	return <-c
}

// Room for all and one more.
func GoodRoomForOneMore(xs []int, f func(int) int) {
	c := make(chan int, len(xs)+1)
	for _, x := range xs {
		go func() { c <- f(x) }()
	}
	go func() { c <- 0 }()
	<-c
}

// One error or two values from each.
func GoodErrorOrTwoEach(xs []int, f func(int) (int, int, error)) (s int, err error) {
	c := make(chan outcome)
	for _, x := range xs {
		go func() {
			a, b, err := f(x)
			if err != nil {
				c <- outcome{err: err}
				return
			}
			c <- outcome{v: a}
			c <- outcome{v: b}
		}()
	}
	for range xs {
		r := <-c
		if r.err != nil {
			err = r.err
			continue
		}
		s += r.v + (<-c).v
	}
	return
}

// Each sends on one of two channels.
func GoodValueOrError(xs []int, f func(int) (int, error)) (s int, err error) {
	c := make(chan int)
	errs := make(chan error)
	for _, x := range xs {
		go func() {
			v, err := f(x)
			if err != nil {
				errs <- err
				return
			}
			c <- v
		}()
	}
	for range xs {
		select {
		case v := <-c:
			s += v
		case e := <-errs:
			err = e
		}
	}
	return
}

// The range takes all that comes.
func GoodCollectorAndErrors(xs []int, f func(int) (int, error)) (s int, err error) {
	c := make(chan int)
	errs := make(chan error, len(xs))
	var wg sync.WaitGroup
	for _, x := range xs {
		wg.Add(1)
		go func() {
			defer wg.Done()
			v, err := f(x)
			if err != nil {
				errs <- err
				return
			}
			c <- v
			c <- -v
		}()
	}
	go func() { wg.Wait(); close(c); close(errs) }()
	for v := range c {
		s += v
	}
	for e := range errs {
		err = errors.Join(err, e)
	}
	return
}

// A select on the channel twice, and a receive.
func GoodSelectAndReceive(n int, f func() int) (s int) {
	a := make(chan int)
	for range n {
		go func() { a <- f(); a <- f() }()
	}
	for i := 0; i < n; i++ {
		select {
		case v := <-a:
			s += v
		case v := <-a:
			s -= v
		}
		s += <-a
	}
	return
}

// Two times two.
func GoodFourByNumber(f func(int, int) int) (s int) {
	c := make(chan int)
	for i := 0; i < 2; i++ {
		for j := 0; j < 2; j++ {
			go func() { c <- f(i, j) }()
		}
	}
	s = <-c + <-c
	s += <-c + <-c
	return
}

// The helper receives two values.
func GoodHelperTakesBoth(f func() int) int {
	c := make(chan int)
	go func() { c <- f(); c <- f() }()
	return takeTwo(c)
}

// The helper receives two values for each.
func GoodHelperTakesBothOfEach(xs []int, f func(int) int) (s int) {
	c := make(chan int)
	for _, x := range xs {
		go func() { c <- f(x); c <- f(x) }()
	}
	for range xs {
		s += takeTwo(c)
	}
	return
}

// Methods start and collect.
func GoodStartAndCollect(ws []func() int) int {
	f := &crew{ws: ws, out: make(chan int)}
	f.start()
	return f.all()
}

// A method starts, and as many are received here.
func GoodStartThenCollect(ws []func() int) (s int) {
	f := &crew{ws: ws, out: make(chan int)}
	f.start()
	for range ws {
		s += <-f.out
	}
	return
}

// Two calls that start one goroutine between them.
func GoodStartsEither(ws []func() int, b bool) int {
	f := &crew{ws: ws, out: make(chan int)}
	f.startIf(b)
	f.startIf(!b)
	return <-f.out
}

// Room for all that the method starts.
func GoodStartWithRoom(ws []func() int) int {
	f := &crew{ws: ws, out: make(chan int, len(ws))}
	f.start()
	return <-f.out
}

// Half are received, and there is room for the others.
func GoodRoomForLosers(ws []func() int) (s int) {
	c := make(chan int, len(ws)-len(ws)/2)
	for _, w := range ws {
		go func() { c <- w() }()
	}
	for range len(ws) / 2 {
		s += <-c
	}
	return
}

// Half as many goroutines, and each sends twice.
func GoodHalfSendTwice(ws []func() int) (s int) {
	c := make(chan int)
	for i := range len(ws) / 2 {
		go func() { c <- ws[i](); c <- ws[i+1]() }()
	}
	for range len(ws) {
		s += <-c
	}
	return
}

// The halves are started one after the other.
func GoodTwoHalves(ws []func() int) (s int) {
	c := make(chan int)
	for i := range len(ws) / 2 {
		go func() { c <- ws[i]() }()
	}
	for i := range len(ws) - len(ws)/2 {
		go func() { c <- ws[i]() }()
	}
	for range ws {
		s += <-c
	}
	return
}

// Each worker says when it is done.
func GoodWorkersSayDone(n int, jobs chan int, f func(int) int) (s int) {
	c := make(chan outcome)
	for range n {
		go func() {
			for j := range jobs {
				c <- outcome{v: f(j)}
			}
			c <- outcome{err: context.Canceled}
		}()
	}
	for n > 0 {
		r := <-c
		if r.err != nil {
			n--
			continue
		}
		s += r.v
	}
	return
}

// One or two, on both sides.
func GoodAsManyAsStarted(fast bool, f func() int) (s int) {
	c := make(chan int)
	n := 1
	if !fast {
		n = 2
	}
	for range n {
		go func() { c <- f() }()
	}
	s = <-c
	if !fast {
		s += <-c
	}
	return
}

// The first is received before the others, when there is one.
func GoodFirstApart(names []string, rank func(string) int) (best int) {
	c := make(chan int)
	for _, n := range names {
		go func() { c <- rank(n) }()
	}
	if len(names) > 0 {
		best = <-c
	}
	for i := 1; i < len(names); i++ {
		best = max(best, <-c)
	}
	return best
}

// The rest is left to a goroutine.
func GoodMajorityAndRest(replicas []func() int) (sum int) {
	c := make(chan int)
	for _, write := range replicas {
		go func() { c <- write() }()
	}
	need := len(replicas)/2 + 1
	for range need {
		sum += <-c
	}
	go func() {
		for range len(replicas) - need {
			<-c
		}
	}()
	return sum
}

func startBoth(c chan<- int, a, b func() int) {
	go func() { c <- a() }()
	go func() { c <- b() }()
}

// A function starts two.
func GoodBothStarted(a, b func() int) int {
	c := make(chan int)
	startBoth(c, a, b)
	return <-c + <-c
}

// Room for the hashes of all files.
func GoodPoolWithRoom(files []string, of func(string) ([32]byte, error)) error {
	work := queued(files)
	hashes := make(chan hash, len(files))
	for range 4 {
		go func() {
			for f := range work {
				sum, err := of(f)
				hashes <- hash{sum, err}
			}
		}()
	}
	for range files {
		if h := <-hashes; h.err != nil {
			return h.err
		}
	}
	return nil
}

// All are received, whatever they say.
func GoodPoolHeard(files []string, of func(string) ([32]byte, error)) (err error) {
	work := queued(files)
	hashes := make(chan hash)
	for range 4 {
		go func() {
			for f := range work {
				sum, err := of(f)
				hashes <- hash{sum, err}
			}
		}()
	}
	for range files {
		if h := <-hashes; h.err != nil {
			err = h.err
		}
	}
	return err
}

// A worker need not send.
func GoodPoolToldToStop(files []string, of func(string) ([32]byte, error)) error {
	work := queued(files)
	hashes := make(chan hash)
	done := make(chan struct{})
	defer close(done)
	for range 4 {
		go func() {
			for f := range work {
				sum, err := of(f)
				select {
				case hashes <- hash{sum, err}:
				case <-done:
					return
				}
			}
		}()
	}
	for range files {
		if h := <-hashes; h.err != nil {
			return h.err
		}
	}
	return nil
}

// Who leaves early has somebody else receive the rest.
func GoodPoolDrained(files []string, of func(string) ([32]byte, error)) error {
	work := queued(files)
	hashes := make(chan hash)
	for range 4 {
		go func() {
			for f := range work {
				sum, err := of(f)
				hashes <- hash{sum, err}
			}
		}()
	}
	for i := range files {
		if h := <-hashes; h.err != nil {
			go func() {
				for range len(files) - i - 1 {
					<-hashes
				}
			}()
			return h.err
		}
	}
	return nil
}

// Only what went wrong is sent, and the first of it ends the work.
func GoodPoolOneError(files []string, of func(string) ([32]byte, error)) error {
	work := queued(files)
	errs := make(chan error, 1)
	var all sync.WaitGroup
	for range 4 {
		all.Add(1)
		go func() {
			defer all.Done()
			for f := range work {
				if _, err := of(f); err != nil {
					select {
					case errs <- err:
					default:
					}
					return
				}
			}
		}()
	}
	all.Wait()
	select {
	case err := <-errs:
		return err
	default:
		return nil
	}
}

// The one worker ends with the error that it sends.
func GoodPoolOfOne(files []string, of func(string) ([32]byte, error)) error {
	work := queued(files)
	hashes := make(chan hash)
	go func() {
		for f := range work {
			sum, err := of(f)
			hashes <- hash{sum, err}
			if err != nil {
				return
			}
		}
	}()
	for range files {
		if h := <-hashes; h.err != nil {
			return h.err
		}
	}
	return nil
}

// How many of the files are wanted is known by who asks.
func GoodPoolOtherCount(files []string, wanted int, of func(string) ([32]byte, error)) (s [][32]byte) {
	work := queued(files)
	hashes := make(chan hash)
	for range 4 {
		go func() {
			for f := range work {
				sum, err := of(f)
				hashes <- hash{sum, err}
			}
		}()
	}
	for range wanted {
		s = append(s, (<-hashes).sum)
	}
	return s
}

// The rest is received behind the loop.
func GoodPoolRestHeard(files []string, of func(string) ([32]byte, error)) (err error) {
	work := queued(files)
	hashes := make(chan hash)
	var all sync.WaitGroup
	for range 4 {
		all.Add(1)
		go func() {
			defer all.Done()
			for f := range work {
				sum, err := of(f)
				hashes <- hash{sum, err}
			}
		}()
	}
	go func() {
		all.Wait()
		close(hashes)
	}()
	for range files {
		h := <-hashes
		if h.err != nil {
			err = h.err
			break
		}
	}
	for range hashes {
	}
	return err
}
