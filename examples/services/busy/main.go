// Busy has many goroutines and leaks none: a pool of workers, long polls, periodic jobs, and as many
// connections as clients open.
package main

import (
	"context"
	"crypto/sha256"
	"flag"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"example.com/services/internal/service"
)

type task struct {
	rounds int
	result chan<- [32]byte
}

type server struct {
	tasks chan task
	hold  time.Duration

	mu    sync.Mutex
	news  chan struct{} // closed when there are news
	count int

	ticks atomic.Int64
}

// work is a member of the pool.
func (s *server) work() {
	for t := range s.tasks {
		sum := sha256.Sum256([]byte("task"))
		for i := 0; i < t.rounds; i++ {
			sum = sha256.Sum256(sum[:])
		}
		t.result <- sum
	}
}

// refresh is a periodic job.
func (s *server) refresh(ctx context.Context, every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			s.ticks.Add(1)
		case <-ctx.Done():
			return
		}
	}
}

// publish makes news from time to time, which ends all long polls at once.
func (s *server) publish(ctx context.Context) {
	for ctx.Err() == nil {
		time.Sleep(3 * time.Second)
		s.mu.Lock()
		close(s.news)
		s.news = make(chan struct{})
		s.count++
		s.mu.Unlock()
	}
}

func (s *server) hash(w http.ResponseWriter, r *http.Request) {
	rounds, err := strconv.Atoi(r.URL.Query().Get("rounds"))
	if err != nil || rounds < 0 || rounds > 100_000 {
		http.Error(w, "0 to 100000 rounds", http.StatusBadRequest)
		return
	}
	result := make(chan [32]byte, 1)
	select {
	case s.tasks <- task{rounds, result}:
		fmt.Fprintf(w, "%x\n", <-result)
	case <-r.Context().Done():
	}
}

// poll answers when there are news, or after a while without.
func (s *server) poll(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	news := s.news
	s.mu.Unlock()
	timeout := time.NewTimer(s.hold)
	defer timeout.Stop()
	select {
	case <-news:
		fmt.Fprintln(w, "news")
	case <-timeout.C:
		w.WriteHeader(http.StatusNoContent)
	case <-r.Context().Done():
	}
}

func main() {
	config := service.Flags()
	workers := flag.Int("workers", 200, "size of the pool")
	jobs := flag.Int("jobs", 50, "number of periodic jobs")
	hold := flag.Duration("hold", 20*time.Second, "how long a poll waits for news")
	flag.Parse()
	ctx, stop := service.Context()
	defer stop()
	s := &server{tasks: make(chan task), hold: *hold, news: make(chan struct{})}
	for i := 0; i < *workers; i++ {
		go s.work() //unpark:ignore UP1007 -- the pool lives as long as the process
	}
	for i := 0; i < *jobs; i++ {
		go s.refresh(ctx, time.Duration(100+i*40)*time.Millisecond)
	}
	go s.publish(ctx)
	mux := http.NewServeMux()
	mux.HandleFunc("/hash", s.hash)
	mux.HandleFunc("/poll", s.poll)
	config.Serve(ctx, mux)
}
