package main

import (
	"context"
	"net/http"
	"net/url"

	"example.com/services/internal/service"
)

// ask sends what one replica finds to answers.
func (s *server) ask(replica, words string, answers chan<- hits) {
	page := s.upstream + "/index/" + url.PathEscape(replica) + "?q=" + url.QueryEscape(words)
	text, err := service.Get(context.Background(), s.client, page)
	answers <- hits{replica, text, err} // waits here
}

// search answers with the hits that come first.
func (s *server) search(w http.ResponseWriter, r *http.Request) {
	words := r.URL.Query().Get("q")
	if words == "" {
		http.Error(w, "what for?", http.StatusBadRequest)
		return
	}
	answers := make(chan hits)
	for _, replica := range s.replicas {
		go s.ask(replica, words, answers) // starts here
	}
	s.reply(w, <-answers)
}
