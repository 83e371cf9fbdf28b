// A price service with three faults, which leaves two goroutine dumps: dump1.txt after the first
// second, dump2.txt a minute later. docs/diagnose.md reads them.
package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"sync"
	"time"
)

type answer struct{ cents int }

// price gives up after 5 ms; the goroutine that asked then waits to send for ever.
func price(w http.ResponseWriter, _ *http.Request) {
	answers := make(chan answer)
	go func() {
		time.Sleep(20 * time.Millisecond) // a slow source
		answers <- answer{4200}
	}()
	select {
	case a := <-answers:
		fmt.Fprintln(w, a.cents)
	case <-time.After(5 * time.Millisecond):
		http.Error(w, "too slow", http.StatusGatewayTimeout)
	}
}

type store struct {
	stock, orders sync.Mutex
}

// sell and restock take the two locks in opposite order.
func (s *store) sell() {
	s.stock.Lock()
	defer s.stock.Unlock()
	time.Sleep(10 * time.Millisecond)
	s.orders.Lock()
	defer s.orders.Unlock()
}

func (s *store) restock() {
	s.orders.Lock()
	defer s.orders.Unlock()
	time.Sleep(10 * time.Millisecond)
	s.stock.Lock()
	defer s.stock.Unlock()
}

// worker prints jobs; nobody ever makes the channel.
func worker(jobs <-chan string) {
	for j := range jobs {
		fmt.Println(j)
	}
}

func dump(name string) {
	buf := make([]byte, 64<<20)
	os.WriteFile(name, buf[:runtime.Stack(buf, true)], 0o644)
}

func main() {
	server := httptest.NewServer(http.HandlerFunc(price))
	shop := &store{}
	go shop.sell()
	go shop.restock()
	var jobs chan string
	go worker(jobs)
	ask := func(times int) {
		for range times {
			if r, err := http.Get(server.URL); err == nil {
				r.Body.Close()
			}
		}
	}
	ask(40)
	time.Sleep(100 * time.Millisecond)
	dump("dump1.txt")
	runtime.GC() // goroutines show how long they wait from the first collection on
	time.Sleep(61 * time.Second)
	ask(120)
	time.Sleep(100 * time.Millisecond)
	dump("dump2.txt")
}
