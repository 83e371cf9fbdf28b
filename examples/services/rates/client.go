package main

import (
	"net"
	"net/http"
)

// newClient is a client with the timeouts that rates need.
func (s *server) newClient() *http.Client {
	transport := &http.Transport{
		DialContext:           (&net.Dialer{Timeout: s.timeout}).DialContext,
		ResponseHeaderTimeout: s.timeout,
	}
	return &http.Client{Transport: transport, Timeout: s.timeout}
}
