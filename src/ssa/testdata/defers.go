package p

// Results are memory here: the deferred function may change them, and a recovered panic returns them.
func Named(n int) (x int, err error) {
	defer func() {
		if r := recover(); r != nil {
			x++
		}
	}()
	x = n
	return n * 2, nil
}

func Unnamed(mu *Mutex) int {
	mu.Lock()
	defer mu.Unlock()
	return mu.n
}

type Mutex struct{ n int }

func (m *Mutex) Lock()
func (m *Mutex) Unlock()
