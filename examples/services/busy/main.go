// Busy has many goroutines and leaks none: a pool of workers, long polls, periodic jobs, requests that
// queue for a lock or for a slow receiver, and as many connections as clients open.
package main

import (
	"flag"
	"net/http"
	"time"

	"example.com/services/internal/service"
)

func main() {
	config := service.Flags()
	workers := flag.Int("workers", 200, "size of the pool")
	jobs := flag.Int("jobs", 50, "number of periodic jobs")
	hold := flag.Duration("hold", 20*time.Second, "how long a poll waits for news")
	flag.Parse()
	ctx, stop := service.Context()
	defer stop()
	s := &server{
		upstream: config.Upstream,
		client:   service.NewClient(),
		tasks:    make(chan task),
		notes:    make(chan string),
		hold:     *hold,
		news:     make(chan struct{}),
	}
	for i := 0; i < *workers; i++ {
		go s.work() //unpark:ignore UP1007 -- the pool lives as long as the process
	}
	for i := 0; i < *jobs; i++ {
		go s.refresh(ctx, time.Duration(100+i*40)*time.Millisecond)
	}
	go s.publish(ctx)
	go s.store(ctx)
	mux := http.NewServeMux()
	mux.HandleFunc("/hash", s.hash)
	mux.HandleFunc("/poll", s.poll)
	mux.HandleFunc("/note", s.note)
	mux.HandleFunc("/ticket", s.ticket)
	config.Serve(ctx, mux)
}
