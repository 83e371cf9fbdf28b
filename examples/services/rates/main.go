// Rates converts money at the upstream's rates.
package main

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"example.com/services/internal/service"
)

type server struct {
	upstream string
	client   *http.Client
	timeout  time.Duration
}

// rate asks for the rate of a currency by client.
func (s *server) rate(ctx context.Context, client *http.Client, currency string) (float64, error) {
	text, err := service.Get(ctx, client, s.upstream+"/rates/"+url.PathEscape(currency))
	if err != nil {
		return 0, err
	}
	return strconv.ParseFloat(strings.TrimSpace(text), 64)
}

// convert answers with an amount of one currency in another. clientFor gives what to ask with.
func (s *server) convert(clientFor func() *http.Client) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		amount, err := strconv.ParseFloat(query.Get("amount"), 64)
		if err != nil {
			http.Error(w, "how much?", http.StatusBadRequest)
			return
		}
		rate, err := s.rate(r.Context(), clientFor(), query.Get("to"))
		if err != nil {
			service.Fail(w, err)
			return
		}
		fmt.Fprintf(w, "%.2f %s\n", amount*rate, query.Get("to"))
	}
}

func (s *server) currencies(w http.ResponseWriter, r *http.Request) {
	text, err := service.Get(r.Context(), s.client, s.upstream+"/rates/")
	if err != nil {
		service.Fail(w, err)
		return
	}
	fmt.Fprint(w, text)
}

func main() {
	config := service.Flags()
	timeout := flag.Duration("timeout", 2*time.Second, "how long a rate may take")
	flag.Parse()
	ctx, stop := service.Context()
	defer stop()
	s := &server{upstream: config.Upstream, client: service.NewClient(), timeout: *timeout}
	clientFor := s.newClient
	if config.Repaired {
		clientFor = s.sharedClient
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/currencies", s.currencies)
	mux.HandleFunc("/convert", s.convert(clientFor))
	config.Serve(ctx, mux)
}
