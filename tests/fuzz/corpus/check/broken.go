package p

//go:build linux

import (
	"m/dep"
	. "m/missing"
)

//unpark:ignore all
func f(c chan<- T) {
	c <- 1
	go c
	go func() { for { select { case <-c: break } } }()
	for v := range c { return }
	//unpark:ignore UP1001 -- because
	x := make(chan dep.X, c)
	x <- dep.Y(x)
	ctx, cancel := dep.With()
	close(x, x)
	func() { defer cancel() }
	for { f(<-x) }
}

---
package dep

func Y(c chan int) { return <-c; Y(c) }
func With() (chan int, func()) { for range With {} }

---
package q

---
package p_test

func (

---
module n

require m v1.0.0
