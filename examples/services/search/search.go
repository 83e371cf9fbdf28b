package main

import "net/http"

// ask sends one replica's hits to answers.
func (s *server) ask(replica, words string, answers chan<- hits) {
	h := s.query(replica, words)
	answers <- h // waits here
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
