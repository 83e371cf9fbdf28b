package main

import (
	"net/http"
	"time"
)

// repairedQuote has room for the one answer: the send never waits.
func (s *server) repairedQuote(w http.ResponseWriter, r *http.Request) {
	symbol := r.URL.Query().Get("symbol")
	answers := make(chan answer, 1)
	go func() {
		price, err := s.lookUp(symbol)
		answers <- answer{price, err}
	}()
	select {
	case a := <-answers:
		s.reply(w, symbol, a)
	case <-time.After(s.patience):
		s.tooSlow(w)
	}
}
