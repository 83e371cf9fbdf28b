package p

import (
	"context"
	"io"
	"net/http"
	"sync"
	"time"
	"m/dep"
)

type lockedMap[K comparable] struct {
	sync.RWMutex
	m map[K]int
}

func (l lockedMap[K]) get(k K) int { l.RLock(); defer l.RUnlock(); return l.m[k] }

func fetch(ctx context.Context, c *http.Client, u string) (b []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	if u == "" {
		return nil, ctx.Err()
	}
	defer cancel()
	r, err := c.Get(u)
	if err != nil || r.StatusCode != 200 {
		return nil, err
	}
	if b, err = io.ReadAll(r.Body); err != nil {
		return
	}
	return b, r.Body.Close()
}

func share(r *http.Request) error {
	resp, err := dep.Fetch(r)
	if err != nil {
		return err
	}
	defer func() { dep.Drop(resp) }()
	ctx, stop := context.WithCancel(r.Context())
	go func() {
		<-ctx.Done()
		stop()
	}()
	var mu sync.Mutex
	other := mu
	other.Lock()
	for _, l := range []lockedMap[string]{{}, {}} {
		_ = l.get("x")
	}
	_, _ = http.Get("x")
	f := sync.OnceFunc(func() { mu.Lock() })
	f()
	return nil
}

---
package dep

import "net/http"

func Fetch(r *http.Request) (*http.Response, error) { return (&http.Client{}).Do(r) }
func Drop(r *http.Response)                         { if r != nil { r.Body.Close() } }

---
package p

import "testing"

func TestGet(t *testing.T) {
	c := make(chan []byte)
	go func() {
		b, err := fetch(nil, nil, "")
		if err != nil {
			t.Fatal(err)
		}
		c <- b
	}()
	t.Run("a", func(t *testing.T) { t.Cleanup(func() { close(c) }) })
	<-c
}

---
package p_test

import (
	"m/dep"
	"testing"
)

func TestDrop(t *testing.T) { dep.Drop(nil) }
