package main

import "net/http"

// repairedSearch has room for the hits of all replicas.
func (s *server) repairedSearch(w http.ResponseWriter, r *http.Request) {
	words := r.URL.Query().Get("q")
	if words == "" {
		http.Error(w, "what for?", http.StatusBadRequest)
		return
	}
	answers := make(chan hits, len(s.replicas))
	for _, replica := range s.replicas {
		go s.ask(replica, words, answers)
	}
	s.reply(w, <-answers)
}
