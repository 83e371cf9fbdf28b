// Mailer sends campaigns: one mail to each of many people, by a few workers for each campaign.
package main

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"sync/atomic"

	"example.com/services/internal/service"
)

type mail struct {
	to      string
	subject string
	sent    *sync.WaitGroup
}

type mailer struct {
	upstream string
	client   *http.Client
	workers  int
	failed   atomic.Int64
}

// deliver sends what is in the queue until it is closed and empty.
func (s *mailer) deliver(q *queue) {
	for {
		m, ok := q.take()
		if !ok {
			return
		}
		page := s.upstream + "/mail?to=" + url.QueryEscape(m.to)
		if _, err := service.Get(context.Background(), s.client, page); err != nil {
			s.failed.Add(1)
		}
		m.sent.Done()
	}
}

// campaign sends mails to as many people as the request says and answers when all are sent. finish
// closes the queue.
func (s *mailer) campaign(finish func(*queue)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		people, err := strconv.Atoi(r.URL.Query().Get("people"))
		if err != nil || people < 1 || people > 1000 {
			http.Error(w, "1 to 1000 people", http.StatusBadRequest)
			return
		}
		q := newQueue()
		for i := 0; i < s.workers; i++ {
			go s.deliver(q) // starts here
		}
		var sent sync.WaitGroup
		for i := 0; i < people; i++ {
			sent.Add(1)
			q.put(mail{fmt.Sprintf("person%d@example.com", i), r.URL.Query().Get("subject"), &sent})
		}
		sent.Wait()
		finish(q)
		fmt.Fprintf(w, "%d mails sent\n", people)
	}
}

func (s *mailer) status(w http.ResponseWriter, r *http.Request) {
	fmt.Fprintf(w, "%d mails failed\n", s.failed.Load())
}

func main() {
	config := service.Flags()
	workers := flag.Int("workers", 2, "workers for each campaign")
	flag.Parse()
	ctx, stop := service.Context()
	defer stop()
	s := &mailer{upstream: config.Upstream, client: service.NewClient(), workers: *workers}
	finish := (*queue).close
	if config.Repaired {
		finish = (*queue).repairedClose
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/status", s.status)
	mux.HandleFunc("/campaign", s.campaign(finish))
	config.Serve(ctx, mux)
}
