package p

import "sync"

type node struct {
	next *node
	sync.Mutex
	f func(int) (int, error)
}

var table = map[string]func(*node) func(int) int{
	"a": func(n *node) func(int) int { return func(i int) int { v, _ := n.f(i); return v } },
	"b": nil,
}

var once = sync.OnceValue(func() int { return len(table) })

func nest(in []int) (out func() []int) {
	sum := 0
	for i, v := range in {
		defer func() {
			if r := recover(); r != nil {
				sum += i
			}
		}()
		add := func(w int) func() {
			return func() { sum += v * w; in = append(in, sum, i) }
		}
		add(i)()
	}
	var self func(n *node) int
	self = func(n *node) int {
		if n == nil {
			return 0
		}
		n.Lock()
		defer n.Unlock()
		return 1 + self(n.next)
	}
	go self(&node{f: func(int) (int, error) { return sum, nil }})
	lock := (*node).Lock
	unlock := (&node{}).Unlock
	lock(nil)
	defer unlock()
	return func() []int { return in[:min(len(in), sum):cap(in)] }
}
