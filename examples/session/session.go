// Package session gives each client a context that should end with its session.
package session

import "context"

// Session is one client's stay.
type Session struct {
	ctx    context.Context
	cancel context.CancelFunc
	user   string
}

// Open starts a session that ends with parent at the latest.
//
// UP3001 lost-cancel: cancel is kept in a field that no code calls. What hangs on the session's
// context lives as long as parent, which is usually the whole server.
func Open(parent context.Context, user string) *Session {
	ctx, cancel := context.WithCancel(parent)
	return &Session{ctx: ctx, cancel: cancel, user: user}
}

// Context ends with the session.
func (s *Session) Context() context.Context { return s.ctx }

// Close ends the session.
func (s *Session) Close() {
	s.user = ""
}
