package p

import u "unsafe"

type S struct {
	a byte
	b [u.Sizeof(uintptr(0))]S2
	c interface{ m() }
}
type S2 struct {
	x complex128
	_ [0]func()
}

const off = u.Offsetof(S{}.b) + u.Alignof(S2{}.x)

var arr [off]int
var sl = u.Slice(&arr[0], len(arr))
var str = u.String(u.SliceData([]byte("a")), 1)
var ptr = (*S)(u.Add(u.Pointer(&arr), off))
var conv = []byte(str)
var toarr = [4]byte(conv)
var toptr = (*[4]byte)(conv)

func size[T any, A [8]T | []T](a A) uintptr { return u.Sizeof(a) + u.Sizeof(*new(T)) + uintptr(len(a)) }
