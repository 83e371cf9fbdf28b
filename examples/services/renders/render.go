package main

import (
	"net"
	"net/http"

	"example.com/services/internal/service"
)

// accept takes call backs until the listener is closed.
func accept(listener net.Listener, results chan<- string) {
	for {
		conn, err := listener.Accept() // waits here
		if err != nil {
			return
		}
		go receive(conn, results)
	}
}

// render orders one document and listens for the call back.
func (s *server) render(w http.ResponseWriter, r *http.Request) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		service.Fail(w, err)
		return
	}
	results := make(chan string, 1)
	go accept(listener, results) // starts here
	if err := s.order(r, listener.Addr()); err != nil {
		service.Fail(w, err)
		return
	}
	s.finish(w, results)
}
