// Renders has documents rendered by an upstream that calls back when it is done.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"example.com/services/internal/service"
)

type server struct {
	upstream string
	client   *http.Client
	patience time.Duration
	done     atomic.Int64
}

// order asks the upstream to render a document and to call back.
func (s *server) order(r *http.Request, callback net.Addr) error {
	page := fmt.Sprintf("%s/render?document=%s&callback=%s", s.upstream,
		url.QueryEscape(r.URL.Query().Get("document")), callback)
	_, err := service.Get(r.Context(), s.client, page)
	return err
}

// finish waits for the call back and answers.
func (s *server) finish(w http.ResponseWriter, results <-chan string) {
	timeout := time.NewTimer(s.patience)
	defer timeout.Stop()
	select {
	case result := <-results:
		s.done.Add(1)
		fmt.Fprintln(w, result)
	case <-timeout.C:
		http.Error(w, "the renderer did not call back", http.StatusGatewayTimeout)
	}
}

// receive reads the one line that a call back consists of.
func receive(conn net.Conn, results chan<- string) {
	defer conn.Close()
	conn.SetReadDeadline(time.Now().Add(time.Second))
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		return
	}
	select {
	case results <- line[:len(line)-1]:
	default: // the job has its result already
	}
}

func (s *server) status(w http.ResponseWriter, r *http.Request) {
	fmt.Fprintf(w, "%d documents rendered\n", s.done.Load())
}

func main() {
	config := service.Flags()
	patience := flag.Duration("patience", 2*time.Second, "how long a job may take")
	flag.Parse()
	ctx, stop := service.Context()
	defer stop()
	s := &server{upstream: config.Upstream, client: service.NewClient(), patience: *patience}
	mux := http.NewServeMux()
	mux.HandleFunc("/status", s.status)
	if config.Repaired {
		mux.HandleFunc("/render", s.repairedRender)
	} else {
		mux.HandleFunc("/render", s.render)
	}
	config.Serve(ctx, mux)
}
