// Thumbs serves small pictures, which it fetches from an upstream and keeps for a while.
package main

import (
	"errors"
	"flag"
	"fmt"
	"net/http"
	"sync"

	"example.com/services/internal/service"
)

const (
	maxPicture = 1 << 20
	maxCached  = 100
)

var errNoPicture = errors.New("there is no such picture")

type server struct {
	upstream string
	client   *http.Client

	mu    sync.Mutex
	cache map[string][]byte
}

func (s *server) cached(name string) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cache[name]
}

func (s *server) keep(name string, picture []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.cache) >= maxCached {
		s.cache = make(map[string][]byte)
	}
	s.cache[name] = picture
}

// thumb answers with a picture. fetch gets those that are not in the cache.
func (s *server) thumb(fetch func(name string) ([]byte, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		name := r.URL.Query().Get("name")
		picture := s.cached(name)
		if picture == nil {
			var err error
			picture, err = fetch(name)
			if errors.Is(err, errNoPicture) {
				http.NotFound(w, r)
				return
			}
			if err != nil {
				service.Fail(w, err)
				return
			}
			s.keep(name, picture)
		}
		w.Header().Set("Content-Type", "image/png")
		w.Write(picture)
	}
}

func (s *server) status(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fmt.Fprintf(w, "%d pictures in the cache\n", len(s.cache))
}

func main() {
	config := service.Flags()
	flag.Parse()
	ctx, stop := service.Context()
	defer stop()
	s := &server{
		upstream: config.Upstream,
		client:   service.NewClient(),
		cache:    make(map[string][]byte),
	}
	fetch := s.fetch
	if config.Repaired {
		fetch = s.repairedFetch
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/status", s.status)
	mux.HandleFunc("/thumb", s.thumb(fetch))
	config.Serve(ctx, mux)
}
