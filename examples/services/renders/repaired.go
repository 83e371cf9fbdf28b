package main

import (
	"net"
	"net/http"

	"example.com/services/internal/service"
)

// repairedRender closes its listener when the job is over, which ends accept.
func (s *server) repairedRender(w http.ResponseWriter, r *http.Request) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		service.Fail(w, err)
		return
	}
	defer listener.Close()
	results := make(chan string, 1)
	go accept(listener, results)
	if err := s.order(r, listener.Addr()); err != nil {
		service.Fail(w, err)
		return
	}
	s.finish(w, results)
}
