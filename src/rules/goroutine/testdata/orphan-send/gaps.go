package orphansend

import "log"

// How many records there are is known when it runs; that there are always more than eight is not.
func MissedDataDependentCount(records func(func(string) bool)) {
	c := make(chan string, 8)
	go func() {
		records(func(r string) bool {
			c <- r
			return true
		})
	}()
}

// A reader exists, but it is started only for a mode that no build sets.
func MissedDeadReader(mode string) {
	c := make(chan string)
	if mode == "trace" {
		go func() {
			for s := range c {
				log.Print(s)
			}
		}()
	}
	go func() {
		defer close(c)
		c <- "started"
	}()
}
