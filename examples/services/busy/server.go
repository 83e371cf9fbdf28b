package main

import (
	"context"
	"crypto/sha256"
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
	upstream string
	client   *http.Client
	tasks    chan task
	notes    chan string
	hold     time.Duration

	drawing sync.Mutex // held while a ticket is drawn
	drawn   int

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

// store keeps notes, each of which takes a moment.
func (s *server) store(ctx context.Context) {
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			<-s.notes
		case <-ctx.Done():
			return
		}
	}
}

// note hands a note over, and waits for its turn to do so.
func (s *server) note(w http.ResponseWriter, r *http.Request) {
	s.notes <- r.URL.Query().Get("text")
	w.WriteHeader(http.StatusNoContent)
}

// ticket draws one ticket after the other from the upstream.
func (s *server) ticket(w http.ResponseWriter, r *http.Request) {
	s.drawing.Lock()
	defer s.drawing.Unlock()
	if _, err := service.Get(r.Context(), s.client, s.upstream+"/mail"); err != nil {
		service.Fail(w, err)
		return
	}
	s.drawn++
	fmt.Fprintf(w, "ticket %d\n", s.drawn)
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
