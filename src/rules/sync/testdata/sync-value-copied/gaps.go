package valuecopied

import (
	"reflect"
	"unsafe"
)

// Reflection copies what it is shown.
func MissedReflect(c *counter) any {
	return reflect.ValueOf(c).Elem().Interface()
}

// Bytes are copied, whatever they mean.
func MissedUnsafe(dst, src *counter) {
	const size = unsafe.Sizeof(counter{})
	copy((*[size]byte)(unsafe.Pointer(dst))[:], (*[size]byte)(unsafe.Pointer(src))[:])
}

type box struct{ v any }

// What is in the box has been put there by a caller: as a pointer or as a value.
func MissedUnknownContent(b *box) any {
	c := *b
	return c.v
}

// A call that returns a pointer looks like a constructor; this one gives out what others use.
func MissedGetter(all map[string]*counter) int {
	c := *first(all)
	return c.n
}

func first(all map[string]*counter) *counter {
	for _, c := range all {
		return c
	}
	return nil
}

// The value has been made by this function and is known to it alone until now; the helper in between
// hides that.
func NoisyFreshThroughHelper(n int) counter {
	c := counter{}
	fill(&c, n)
	return c // want UP4004 "sync.Mutex"
}

func fill(c *counter, n int) {
	c.n = n
}
