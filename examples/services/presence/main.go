// Presence knows who is in which room.
package main

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"sort"
	"sync"
	"time"

	"example.com/services/internal/service"
)

type session struct {
	user   string
	room   string
	since  time.Time
	cancel context.CancelFunc
}

type hub struct {
	mu       sync.Mutex
	sessions map[string]*session
	gone     map[string]int // visits that have ended, by room
}

// take removes a user's session and gives it, or nil.
func (h *hub) take(user string) *session {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.sessions[user]
	delete(h.sessions, user)
	return s
}

// watch counts the visit when the session ends.
func (h *hub) watch(ctx context.Context, s *session) {
	<-ctx.Done() // waits here
	h.mu.Lock()
	defer h.mu.Unlock()
	h.gone[s.room]++
}

// who lists the users of a room, those who have been there longest first.
func (h *hub) who(w http.ResponseWriter, r *http.Request) {
	room := r.URL.Query().Get("room")
	h.mu.Lock()
	var here []session
	for _, s := range h.sessions {
		if s.room == room {
			here = append(here, session{user: s.user, since: s.since})
		}
	}
	gone := h.gone[room]
	h.mu.Unlock()
	sort.Slice(here, func(i, j int) bool { return here[i].since.Before(here[j].since) })
	for _, s := range here {
		fmt.Fprintf(w, "%s since %s\n", s.user, s.since.Format(time.TimeOnly))
	}
	fmt.Fprintf(w, "%d have left\n", gone)
}

func main() {
	config := service.Flags()
	flag.Parse()
	ctx, stop := service.Context()
	defer stop()
	h := &hub{sessions: make(map[string]*session), gone: make(map[string]int)}
	mux := http.NewServeMux()
	mux.HandleFunc("/who", h.who)
	mux.HandleFunc("/join", h.join)
	if config.Repaired {
		mux.HandleFunc("/leave", h.repairedLeave)
	} else {
		mux.HandleFunc("/leave", h.leave)
	}
	config.Serve(ctx, mux)
}
