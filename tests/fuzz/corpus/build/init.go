package p

import "sync"

var (
	a    = b + f()
	b, c = two()
	d    = func() int { return e }
	e    = d2[1]
	d2   = [...]int{5: 1, d3}
	_    = sync.Once{}
	m    = T.get
	o    T = T{g: func() T { return o2 }}
	o2   T
	i    interface{ get() int } = &o
)

const d3 = len(d4) + iota
const d4 = "abc"

type T struct{ g func() T }

func (t T) get() int { return a }

func two() (int, error) { return d(), nil }
func f() int            { once.Do(init2); return i.get() }

var once sync.Once

func init()  { a++ }
func init2() {}
func init()  { defer func() { b = 1 }() }

---
package p

var late = func() (x int) { defer func() { x = a }(); return late2[0]() }()
var late2 = []func() int{func() int { return c.(interface{ get() int }).get() }, f}
