// evidence parks goroutines in every way there is, knows how many are where, and writes its own
// goroutine profile in all three forms while nothing moves:
//
//	evidence DIR    DIR/debug2.txt DIR/debug1.txt DIR/goroutine.pb.gz DIR/truth.json
//
// DIR/delta.pb.gz is the difference of two profiles, between which 6 goroutines came and 4 went.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"log"
	"net"
	"net/http/httptest"
	httppprof "net/http/pprof"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// A site is a function of ours in which `Count` goroutines wait for `Reason`. An empty reason: they
// run, or are in a system call.
type site struct {
	Function string            `json:"function"`
	Reason   string            `json:"reason"`
	Count    int               `json:"count"`
	Labels   map[string]string `json:"labels,omitempty"`
	Locked   bool              `json:"locked,omitempty"`
}

var (
	sites []site
	total int
)

func note(function, reason string, count int) {
	sites = append(sites, site{Function: "main." + function, Reason: reason, Count: count})
	total += count
}

func start(function, reason string, count int, f func()) {
	note(function, reason, count)
	for i := 0; i < count; i++ {
		go f()
	}
}

var (
	never  = make(chan int)
	full   = make(chan int)
	absent chan int
)

func receive()    { <-never }
func receiveNil() { <-absent }
func send()       { full <- 1 }
func sendNil()    { absent <- 1 }
func forever()    { select {} }
func sleep()      { time.Sleep(time.Hour) }
func rangeOver() {
	for range never {
	}
}

func selectTwo() {
	select {
	case <-never:
	case full <- 1:
	}
}

type guarded struct {
	mutex sync.Mutex
	rw    sync.RWMutex
	cond  *sync.Cond
	group sync.WaitGroup
}

func (g *guarded) lock()      { g.mutex.Lock() }
func (g *guarded) readLock()  { g.rw.RLock() }
func (g *guarded) writeLock() { g.rw.Lock() }
func (g *guarded) wait()      { g.group.Wait() }
func (g *guarded) condWait() {
	g.cond.L.Lock()
	g.cond.Wait()
}

func locks() {
	// Readers wait for a lock that is held; the writer for one that is read.
	held, read := new(guarded), new(guarded)
	held.mutex.Lock()
	held.rw.Lock()
	read.rw.RLock()
	held.group.Add(1)
	held.cond = sync.NewCond(new(sync.Mutex))
	start("(*guarded).lock", "sync.Mutex.Lock", 6, held.lock)
	start("(*guarded).readLock", "sync.RWMutex.RLock", 5, held.readLock)
	start("(*guarded).writeLock", "sync.RWMutex.Lock", 1, read.writeLock)
	start("(*guarded).wait", "sync.WaitGroup.Wait", 4, held.wait)
	start("(*guarded).condWait", "sync.Cond.Wait", 7, held.condWait)
}

// Files that a collection would close.
var open []*os.File

func accept(l net.Listener) { l.Accept() }

func readFile(f *os.File) { f.Read(make([]byte, 1)) }

func readRaw(fd int) { syscall.Read(fd, make([]byte, 1)) }

func outside() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	start("accept", "IO wait", 1, func() { accept(listener) })
	r, w, err := os.Pipe()
	check(err)
	open = append(open, w)
	// One waits for the pipe, those behind it for their turn.
	note("readFile", "IO wait", 1)
	note("readFile", "semacquire", 2)
	for i := 0; i < 3; i++ {
		go readFile(r)
	}
	var fds [2]int
	check(syscall.Pipe(fds[:]))
	start("readRaw", "", 2, func() { readRaw(fds[0]) })
}

type number interface{ ~int | ~string }

func generic[T number](c chan T) { <-c }

type box[K comparable, V any] struct{ c chan V }

func (b *box[K, V]) put(v V) { b.c <- v }

func generics() {
	note("generic[...]", "chan receive", 5)
	for i := 0; i < 2; i++ {
		go generic(make(chan int))
	}
	for i := 0; i < 3; i++ {
		go generic(make(chan string))
	}
	b := &box[string, float64]{make(chan float64)}
	start("(*box[...]).put", "chan send", 3, func() { b.put(1) })
}

func closures() {
	note("closures.func1.1", "chan receive", 4)
	for i := 0; i < 4; i++ {
		go func() {
			defer func() { <-never }()
		}()
	}
}

func withArguments(n int, s string) { <-never }

//go:noinline
func deep(n int) {
	if n == 0 {
		<-never
	}
	deep(n - 1)
}

func sequence(yield func(int) bool) {
	for yield(1) {
	}
}

var pulls []func() (int, bool)

func coroutines() {
	note("sequence", "coroutine", 3)
	for i := 0; i < 3; i++ {
		next, _ := iter.Pull(iter.Seq[int](sequence))
		next()
		pulls = append(pulls, next)
	}
}

func locked() {
	runtime.LockOSThread()
	<-never
}

func labelled() { <-never }

// Thousands, of a few tenants each.
func tenants() {
	for tenant := 0; tenant < 5; tenant++ {
		labels := map[string]string{"tenant": "t" + strconv.Itoa(tenant), "path": "/a b\"]: {" + "ü"}
		count := 300 * (tenant + 1)
		sites = append(sites, site{"main.labelled", "chan receive", count, labels, false})
		total += count
		list := []string{}
		for k, v := range labels {
			list = append(list, k, v)
		}
		pprof.Do(context.Background(), pprof.Labels(list...), func(context.Context) {
			for i := 0; i < count; i++ {
				go labelled()
			}
		})
	}
}

var stop atomic.Bool

func busy() {
	for !stop.Load() {
	}
}

// Until all of them are where they will stay.
func settle() {
	for i := 0; i < 600; i++ {
		var dump bytes.Buffer
		pprof.Lookup("goroutine").WriteTo(&dump, 2)
		moving := 0
		for _, block := range strings.Split(dump.String(), "\n\n") {
			header, _, _ := strings.Cut(block, "\n")
			if !strings.Contains(header, "[runn") {
				continue
			}
			if !strings.Contains(block, "main.busy(") && !strings.Contains(block, "main.main()") {
				moving++
			}
		}
		if moving == 0 && runtime.NumGoroutine() == total+1 {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	log.Fatalf("does not come to rest: %d goroutines, should be %d", runtime.NumGoroutine(), total+1)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func write(dir, name string, level int) {
	f, err := os.Create(filepath.Join(dir, name))
	check(err)
	check(pprof.Lookup("goroutine").WriteTo(f, level))
	check(f.Close())
}

func arriving() { <-never }

func leaving(leave chan bool, arrived *sync.WaitGroup) {
	arrived.Done()
	<-leave
}

func writeDelta(dir string) {
	leave := make(chan bool)
	var arrived sync.WaitGroup
	arrived.Add(4)
	for i := 0; i < 4; i++ {
		go leaving(leave, &arrived)
	}
	arrived.Wait()
	time.AfterFunc(500*time.Millisecond, func() {
		close(leave)
		for i := 0; i < 6; i++ {
			go arriving()
		}
	})
	answer := httptest.NewRecorder()
	httppprof.Handler("goroutine").ServeHTTP(answer, httptest.NewRequest("GET", "/?seconds=2", nil))
	check(os.WriteFile(filepath.Join(dir, "delta.pb.gz"), answer.Body.Bytes(), 0o644))
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: evidence DIR")
		os.Exit(2)
	}
	dir := os.Args[1]
	start("receive", "chan receive", 9, receive)
	start("receiveNil", "chan receive (nil chan)", 2, receiveNil)
	start("send", "chan send", 8, send)
	start("sendNil", "chan send (nil chan)", 3, sendNil)
	start("forever", "select (no cases)", 2, forever)
	start("sleep", "sleep", 5, sleep)
	start("rangeOver", "chan receive", 2, rangeOver)
	start("selectTwo", "select", 11, selectTwo)
	locks()
	outside()
	generics()
	closures()
	note("withArguments", "chan receive", 2)
	go withArguments(1, "a")
	go withArguments(2, "b")
	start("deep", "chan receive", 2, func() { deep(40) })
	start("deep", "chan receive", 3, func() { deep(400) })
	coroutines()
	start("locked", "chan receive", 3, locked)
	sites[len(sites)-1].Locked = true
	tenants()
	start("busy", "", 1, busy)
	settle()

	write(dir, "debug2.txt", 2)
	write(dir, "debug1.txt", 1)
	write(dir, "goroutine.pb.gz", 0)
	truth, err := json.MarshalIndent(map[string]any{"total": total + 1, "sites": sites}, "", " ")
	check(err)
	check(os.WriteFile(filepath.Join(dir, "truth.json"), truth, 0o644))
	writeDelta(dir)
}
