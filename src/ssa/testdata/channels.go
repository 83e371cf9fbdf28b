package p

func Select(a, b chan int, done <-chan struct{}) (n int) {
	for {
		select {
		case v, ok := <-a:
			if !ok {
				return
			}
			n += v
		case b <- n:
		case <-done:
			return n
		}
	}
}

func Try(a chan int) bool {
	select {
	case a <- 1:
		return true
	default:
		return false
	}
}

func One(a chan int) int {
	select {
	case v := <-a:
		return v
	}
}

func Forever() {
	select {}
}

func Spawn(jobs chan func()) {
	go func() {
		for job := range jobs {
			job()
		}
	}()
	close(jobs)
}
