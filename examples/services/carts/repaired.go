package main

import (
	"fmt"
	"net/http"
	"time"
)

// repairedAdd has one timer for each cart, and sets it back.
func (s *store) repairedAdd(w http.ResponseWriter, r *http.Request) {
	id := r.URL.Query().Get("cart")
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.find(id)
	c.items++
	if c.timer == nil {
		c.timer = time.AfterFunc(s.idle, func() { s.expire(id) })
	} else {
		c.timer.Reset(s.idle)
	}
	fmt.Fprintf(w, "%d items\n", c.items)
}
