// Carts keeps shopping carts and reminds people of those that they have left alone for a while.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"net/http"
	"net/url"
	"sync"
	"time"

	"example.com/services/internal/service"
)

type cart struct {
	items int
	timer *time.Timer // fires when the cart has been left alone
}

type store struct {
	upstream string
	client   *http.Client
	idle     time.Duration
	left     chan string // ids of carts that were left alone

	mu    sync.Mutex
	carts map[string]*cart
}

// remind tells people of carts that they have left alone, one after the other.
func (s *store) remind(ctx context.Context) {
	for {
		select {
		case id := <-s.left:
			page := s.upstream + "/remind?cart=" + url.QueryEscape(id)
			if _, err := service.Get(ctx, s.client, page); err != nil {
				log.Print(err)
			}
		case <-ctx.Done():
			return
		}
	}
}

// expire hands a cart over to remind.
func (s *store) expire(id string) {
	s.left <- id // waits here
}

// find is the cart of that id, which it makes when there is none. The caller has locked the store.
func (s *store) find(id string) *cart {
	c := s.carts[id]
	if c == nil {
		c = &cart{}
		s.carts[id] = c
	}
	return c
}

func (s *store) show(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fmt.Fprintf(w, "%d items\n", s.find(r.URL.Query().Get("cart")).items)
}

func main() {
	config := service.Flags()
	idle := flag.Duration("idle", time.Second, "how long a cart may be left alone")
	flag.Parse()
	s := &store{
		upstream: config.Upstream,
		client:   service.NewClient(),
		idle:     *idle,
		left:     make(chan string),
		carts:    make(map[string]*cart),
	}
	ctx, stop := service.Context()
	defer stop()
	go s.remind(ctx)
	mux := http.NewServeMux()
	mux.HandleFunc("/cart", s.show)
	if config.Repaired {
		mux.HandleFunc("/add", s.repairedAdd)
	} else {
		mux.HandleFunc("/add", s.add)
	}
	config.Serve(ctx, mux)
}
