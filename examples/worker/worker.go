// Package worker runs jobs one after another until it is told to stop.
package worker

// Run takes jobs until done is closed.
//
// UP2007 break-only-leaves-select: break ends the select and the loop goes on. Once done is closed the
// select is always ready, so the goroutine spins instead of stopping.
func Run(jobs <-chan func(), done <-chan struct{}) {
	for {
		select {
		case job := <-jobs:
			job()
		case <-done:
			break
		}
	}
}
