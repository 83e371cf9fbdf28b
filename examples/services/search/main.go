// Search asks all replicas of an index and answers with what the first of them says.
package main

import (
	"flag"
	"fmt"
	"net/http"
	"strings"

	"example.com/services/internal/service"
)

type hits struct {
	replica string
	text    string
	err     error
}

type server struct {
	upstream string
	client   *http.Client
	replicas []string
}

func (s *server) reply(w http.ResponseWriter, h hits) {
	if h.err != nil {
		service.Fail(w, h.err)
		return
	}
	w.Header().Set("X-Replica", h.replica)
	fmt.Fprint(w, h.text)
}

func (s *server) names(w http.ResponseWriter, r *http.Request) {
	fmt.Fprintln(w, strings.Join(s.replicas, "\n"))
}

func main() {
	config := service.Flags()
	replicas := flag.String("replicas", "east,north,west", "names of the replicas, by commas")
	flag.Parse()
	ctx, stop := service.Context()
	defer stop()
	s := &server{
		upstream: config.Upstream,
		client:   service.NewClient(),
		replicas: strings.Split(*replicas, ","),
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/replicas", s.names)
	if config.Repaired {
		mux.HandleFunc("/search", s.repairedSearch)
	} else {
		mux.HandleFunc("/search", s.search)
	}
	config.Serve(ctx, mux)
}
