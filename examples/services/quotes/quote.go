package main

import (
	"net/http"
	"time"
)

// quote answers with the price of one symbol, or gives up after a while.
func (s *server) quote(w http.ResponseWriter, r *http.Request) {
	symbol := r.URL.Query().Get("symbol")
	answers := make(chan answer)
	go func() { // starts here
		price, err := s.lookUp(symbol)
		answers <- answer{price, err} // waits here
	}()
	select {
	case a := <-answers:
		s.reply(w, symbol, a)
	case <-time.After(s.patience):
		s.tooSlow(w)
	}
}
