package main

import "sync"

// queue holds the mails of one campaign.
type queue struct {
	mu      sync.Mutex
	changed *sync.Cond
	mails   []mail
	closed  bool
}

func newQueue() *queue {
	q := &queue{}
	q.changed = sync.NewCond(&q.mu)
	return q
}

func (q *queue) put(m mail) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.mails = append(q.mails, m)
	q.changed.Signal()
}

// take waits for a mail. It gives false once the queue is closed and empty.
func (q *queue) take() (mail, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.mails) == 0 && !q.closed {
		q.changed.Wait() // waits here
	}
	if len(q.mails) == 0 {
		return mail{}, false
	}
	m := q.mails[0]
	q.mails = q.mails[1:]
	return m, true
}

func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
}
