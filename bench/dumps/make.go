package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand"
	"net"
	"net/http"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/google/pprof/profile"
)

// makeDump writes the text of n goroutines: blocks of a real dump of this process, which serves HTTP and waits in
// many ways, again and again, each time with other goroutine ids and addresses.
func makeDump(n int, to io.Writer) error {
	blocks := parkMany()
	out := bufio.NewWriterSize(to, 1<<20)
	random := rand.New(rand.NewSource(1))
	parts := make([][]string, len(blocks))
	// What differs from goroutine to goroutine: its id, its age, its creator's id, pointers into the heap.
	varying := regexp.MustCompile(`^goroutine \d+|in goroutine \d+|0x[0-9a-f]{8,}`)
	for i, block := range blocks {
		at := 0
		for _, m := range varying.FindAllStringIndex(block, -1) {
			parts[i] = append(parts[i], block[at:m[0]], block[m[0]:m[1]])
			at = m[1]
		}
		parts[i] = append(parts[i], block[at:])
	}
	var scratch []byte
	for k := 0; k < n; k++ {
		i := random.Intn(len(parts))
		for j, part := range parts[i] {
			if j%2 == 0 {
				out.WriteString(part)
				continue
			}
			scratch = scratch[:0]
			switch {
			case strings.HasPrefix(part, "goroutine"):
				scratch = strconv.AppendInt(append(scratch, "goroutine "...), int64(100+3*k), 10)
			case strings.HasPrefix(part, "in"):
				scratch = strconv.AppendInt(append(scratch, "in goroutine "...), int64(1+random.Intn(3*k+100)), 10)
			default:
				scratch = strconv.AppendInt(append(scratch, "0x"...), 0xc000000000+8*random.Int63n(1<<28), 16)
			}
			out.Write(scratch)
		}
		out.WriteString("\n\n")
	}
	return out.Flush()
}

// parkMany gives the blocks of a dump of goroutines that wait in some hundred ways and depths.
func parkMany() []string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	never := make(chan int)
	mux := http.NewServeMux()
	mux.HandleFunc("/wait", func(w http.ResponseWriter, r *http.Request) {
		descend(r.Context(), rand.Intn(12), func() { <-never })
	})
	go http.Serve(listener, mux)
	for i := 0; i < 200; i++ {
		go http.Get("http://" + listener.Addr().String() + "/wait")
	}
	var mu sync.Mutex
	mu.Lock()
	var group sync.WaitGroup
	group.Add(1)
	cond := sync.NewCond(&sync.Mutex{})
	waits := []func(){
		func() { <-never },
		func() { never <- 1 },
		func() { mu.Lock() },
		func() { group.Wait() },
		func() { cond.L.Lock(); cond.Wait() },
		func() { time.Sleep(time.Hour) },
		func() {
			select {
			case <-never:
			case <-time.After(time.Hour):
			}
		},
		func() { select {} },
	}
	for depth := 0; depth < 15; depth++ {
		for _, wait := range waits {
			go descend(context.Background(), depth, wait)
		}
	}
	time.Sleep(time.Second)
	text := make([]byte, 64<<20)
	text = text[:runtime.Stack(text, true)]
	// The first one is the goroutine that makes the dump: there is one of these in each.
	return strings.Split(strings.TrimSpace(string(text)), "\n\n")[1:]
}

//go:noinline
func descend(ctx context.Context, depth int, last func()) {
	if depth == 0 {
		last()
		return
	}
	if depth%2 == 0 {
		descend(ctx, depth-1, last)
	} else {
		aside(ctx, depth-1, last)
	}
}

//go:noinline
func aside(ctx context.Context, depth int, last func()) { descend(ctx, depth, last) }

// makeProfile writes a goroutine profile of n samples. Without labels their stacks all differ; with them there are 500
// stacks, as in a service, and each sample has the label of another request.
func makeProfile(n int, labels bool, to io.Writer) error {
	p := &profile.Profile{
		SampleType: []*profile.ValueType{{Type: "goroutine", Unit: "count"}},
		PeriodType: &profile.ValueType{Type: "goroutine", Unit: "count"},
		Period:     1,
		TimeNanos:  1,
	}
	mapping := &profile.Mapping{ID: 1, Limit: 1 << 32, File: "/app/service", HasFunctions: true}
	p.Mapping = []*profile.Mapping{mapping}
	const functions = 20000
	for i := 0; i < functions; i++ {
		f := &profile.Function{ID: uint64(i + 1), Name: fmt.Sprintf("example.com/service/part%d.(*Worker).step%d", i%400, i),
			Filename: fmt.Sprintf("/src/service/part%d/worker.go", i%400)}
		f.SystemName = f.Name
		p.Function = append(p.Function, f)
		p.Location = append(p.Location, &profile.Location{ID: uint64(i + 1), Mapping: mapping, Address: uint64(4096 + 16*i),
			Line: []profile.Line{{Function: f, Line: int64(10 + i%500)}}})
	}
	random := rand.New(rand.NewSource(1))
	const stacks = 500
	for i := 0; i < n; i++ {
		s := &profile.Sample{Value: []int64{1 + int64(random.Intn(5))}}
		if labels && i >= stacks {
			s.Location = p.Sample[i%stacks].Location
		} else {
			for d := 10 + random.Intn(20); d > 0; d-- {
				s.Location = append(s.Location, p.Location[random.Intn(functions)])
			}
		}
		if labels {
			s.Label = map[string][]string{"request": {fmt.Sprint(i)}}
		}
		p.Sample = append(p.Sample, s)
	}
	return p.Write(to)
}

func create(path string, write func(io.Writer) error) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := write(file); err != nil {
		file.Close()
		return err
	}
	return file.Close()
}
