// Package service is what all services here have in common: their flags, a listener, profiles.
package service

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	_ "net/http/pprof"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// Config is what every service is told on its command line.
type Config struct {
	Listen   string
	Upstream string
	Repaired bool
}

// Flags declares the flags of a Config. Parse fills it.
func Flags() *Config {
	c := &Config{}
	flag.StringVar(&c.Listen, "listen", "127.0.0.1:0", "address to serve on")
	flag.StringVar(&c.Upstream, "upstream", "http://127.0.0.1:9000", "base URL of the upstream program")
	flag.BoolVar(&c.Repaired, "repaired", false, "serve by the repaired code")
	return c
}

// Context ends when the process is asked to, or when stop is called.
func Context() (ctx context.Context, stop context.CancelFunc) {
	return signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
}

// Serve answers by mux, /healthz and the profiles until ctx ends. The first line on standard output
// says where.
func (c *Config) Serve(ctx context.Context, mux *http.ServeMux) {
	mux.Handle("/debug/pprof/", http.DefaultServeMux)
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "ok\n")
	})
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("listening on http://%s\n", listener.Addr())
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		<-ctx.Done()
		server.Close()
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		log.Fatal(err)
	}
}

// NewClient is a client for many requests to one host, which may take long to send a whole answer.
func NewClient() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 64
	transport.ResponseHeaderTimeout = 10 * time.Second
	return &http.Client{Transport: transport}
}

// Get is the body of a page that answers 200.
func Get(ctx context.Context, client *http.Client, url string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	response, err := client.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return "", err
	}
	if response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s: %s", url, response.Status)
	}
	return string(body), nil
}

// Fail tells the client that the upstream did not answer as it should.
func Fail(w http.ResponseWriter, err error) {
	http.Error(w, err.Error(), http.StatusBadGateway)
}
