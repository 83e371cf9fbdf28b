package main

import "net/http"

// repairedLeave ends a user's session, and the context that its watcher waits for.
func (h *hub) repairedLeave(w http.ResponseWriter, r *http.Request) {
	s := h.take(r.URL.Query().Get("user"))
	if s == nil {
		http.NotFound(w, r)
		return
	}
	s.cancel()
	w.WriteHeader(http.StatusNoContent)
}
