package neverclosed

import "io"

type subscriptions struct{ byName map[string]chan string }

// Each subscriber's channel can be closed through the map, and no caller ever does so for the name used
// here: that is a fact about keys.
func MissedOneKeyOfMany(s *subscriptions, use func(string)) {
	c := make(chan string)
	s.byName["permanent"] = c
	go func() {
		for v := range c {
			use(v)
		}
	}()
}

func (s *subscriptions) end(name string) { close(s.byName[name]) }

// The producer is behind an interface with an implementation that closes and one that does not.
type producer interface{ produce(chan<- int) }

type tidy struct{ n int }

func (t tidy) produce(c chan<- int) {
	defer close(c)
	for i := range t.n {
		c <- i
	}
}

type untidy struct{ n int }

func (u untidy) produce(c chan<- int) {
	for i := range u.n {
		c <- i
	}
}

func MissedOneImplementation(p producer, use func(int)) {
	c := make(chan int)
	go p.produce(c)
	for v := range c {
		use(v)
	}
}

// A writer to memory does not fail, so the return before the close is never taken: to know it is to know
// what the writer behind the interface is.
func NoisyImpossibleError(w io.Writer, values []byte, use func(byte)) error {
	c := make(chan byte)
	go func() {
		for v := range c { // want UP1007 "c"
			use(v)
		}
	}()
	for _, v := range values {
		if _, err := w.Write([]byte{v}); err != nil {
			return err
		}
		c <- v
	}
	close(c)
	return nil
}
