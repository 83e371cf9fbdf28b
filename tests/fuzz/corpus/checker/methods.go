package p

import (
	"fmt"
	"sync"
)

type Base struct {
	sync.Mutex
	name string
	log  func(...any)
}

func (b *Base) Name() string { return b.name }
func (b Base) String() string { b.log(b); return "" }

type Mid struct {
	*Base
	Extra interface{ fmt.Stringer; Close() error }
}
type Top struct {
	Mid
	fmt.Stringer
	sync.Once
	M map[string]*Top
}

var _ fmt.Stringer = Top{}.Mid
var _ = (*Top).Name
var _ = Base.String

type Err struct{}

func (*Err) Error() string { return "" }
func (Err) As(target any) bool {
	switch t := target.(type) {
	case nil:
		return t == nil
	case *Err, **Err:
		_ = t
	case interface{ Close() error }:
		return t.Close() == nil
	case func(error) (bool, error):
		ok, err := t(&Err{})
		return ok && err != nil
	}
	return false
}

func (t Top) use() (n int, err error) {
	t.Lock()
	defer t.Unlock()
	f, g := t.Name, fmt.Println
	t.Do(func() { n, err = g(f(), t.Extra.Close()) })
	if v, ok := t.M[t.name]; ok {
		return v.use()
	}
	for k := range t.M {
		t.M[k].log(k, t.M[k].Extra)
	}
	return sync.OnceValue(func() int { return len(t.M) })(), error(&Err{})
}
