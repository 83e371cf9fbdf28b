package main

// repairedClose closes the queue and wakes everybody who waits for mails.
func (q *queue) repairedClose() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.changed.Broadcast()
}
