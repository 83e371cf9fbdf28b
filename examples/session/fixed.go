package session

import "context"

// FixedSession is Session with a Close that ends its context.
type FixedSession struct {
	ctx  context.Context
	stop context.CancelFunc
	user string
}

// OpenFixed starts a session that ends with parent at the latest.
func OpenFixed(parent context.Context, user string) *FixedSession {
	ctx, stop := context.WithCancel(parent)
	return &FixedSession{ctx: ctx, stop: stop, user: user}
}

// Context ends with the session.
func (s *FixedSession) Context() context.Context { return s.ctx }

// Close ends the session.
func (s *FixedSession) Close() {
	s.user = ""
	s.stop()
}
