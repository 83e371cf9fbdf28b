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

// No method of the type, and nothing else in this package, receives from the field.
//
// Which functions of the package use a field is not collected: a channel that is returned in a
// struct counts as handed out.
func (a *audit) MissedRecord(what string) {
	a.entries <- a.name + ": " + what
}

// The channel that the helper returns is dropped.
//
// What a function returns is not followed to its callers.
func MissedDiscardedResult(launch func()) {
	countdown(3)
	launch()
}
