// Quotes serves prices that a slow upstream knows.
package main

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"example.com/services/internal/service"
)

type server struct {
	upstream string
	client   *http.Client
	patience time.Duration
}

type answer struct {
	price string
	err   error
}

// lookUp asks the upstream, which takes as long as it takes.
func (s *server) lookUp(symbol string) (string, error) {
	page := s.upstream + "/prices/" + url.PathEscape(symbol)
	price, err := service.Get(context.Background(), s.client, page)
	return strings.TrimSpace(price), err
}

func (s *server) reply(w http.ResponseWriter, symbol string, a answer) {
	if a.err != nil {
		service.Fail(w, a.err)
		return
	}
	fmt.Fprintf(w, "{\"symbol\": %q, \"price\": %s}\n", symbol, a.price)
}

func (s *server) tooSlow(w http.ResponseWriter) {
	http.Error(w, "the price source is slow, try again", http.StatusGatewayTimeout)
}

// batch answers for several symbols, without haste.
func (s *server) batch(w http.ResponseWriter, r *http.Request) {
	for _, symbol := range strings.Split(r.URL.Query().Get("symbols"), ",") {
		price, err := s.lookUp(symbol)
		s.reply(w, symbol, answer{price, err})
		if err != nil {
			return
		}
	}
}

func main() {
	config := service.Flags()
	patience := flag.Duration("patience", 100*time.Millisecond, "how long a request waits for its price")
	flag.Parse()
	ctx, stop := service.Context()
	defer stop()
	s := &server{upstream: config.Upstream, client: service.NewClient(), patience: *patience}
	mux := http.NewServeMux()
	mux.HandleFunc("/batch", s.batch)
	if config.Repaired {
		mux.HandleFunc("/quote", s.repairedQuote)
	} else {
		mux.HandleFunc("/quote", s.quote)
	}
	config.Serve(ctx, mux)
}
