package p

import "sync"

type M struct{ mu sync.Mutex }

func f[T any](x T, n int)  { f(x, n-1) }
func g[T any](x *T, n int) { h(x, n-1) }
func h[T any](x *T, n int) { g(x, n-1) }

func use() {
	var m M
	m.mu.Lock()
	g(&m, 3)
	f(m, 3)
}
