package main

import (
	"context"
	"net/http"
	"time"
)

// join opens a session for a user. It outlives the request.
func (h *hub) join(w http.ResponseWriter, r *http.Request) {
	user, room := r.URL.Query().Get("user"), r.URL.Query().Get("room")
	if user == "" || room == "" {
		http.Error(w, "who, and where?", http.StatusBadRequest)
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &session{user: user, room: room, since: time.Now(), cancel: cancel}
	if old := h.take(user); old != nil {
		old.cancel()
	}
	h.mu.Lock()
	h.sessions[user] = s
	h.mu.Unlock()
	go h.watch(ctx, s) // starts here
	w.WriteHeader(http.StatusNoContent)
}

// leave ends a user's session.
func (h *hub) leave(w http.ResponseWriter, r *http.Request) {
	if h.take(r.URL.Query().Get("user")) == nil {
		http.NotFound(w, r)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
