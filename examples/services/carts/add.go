package main

import (
	"fmt"
	"net/http"
	"time"
)

// add puts an item into a cart.
func (s *store) add(w http.ResponseWriter, r *http.Request) {
	id := r.URL.Query().Get("cart")
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.find(id)
	c.items++
	c.timer = time.AfterFunc(s.idle, func() { s.expire(id) }) // made here
	fmt.Fprintf(w, "%d items\n", c.items)
}
