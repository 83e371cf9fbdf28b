package worker

// FixedRun is Run with a way out of the loop.
func FixedRun(jobs <-chan func(), done <-chan struct{}) {
	for {
		select {
		case job := <-jobs:
			job()
		case <-done:
			return
		}
	}
}
