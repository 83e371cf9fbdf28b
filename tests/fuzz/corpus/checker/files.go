package p

import . "fmt"
import s "sync"

var a, b = c, f()
var c = func() int { return len(d) + int(a2) }()

type T struct{ s.Mutex; *U }

func (t T) m() Stringer { return t.U }

---
package p

import "slices"

const a2 T2 = iota + 1

type T2 int

type U struct{ set slices.Set[T2] }

func (u *U) String() string { return Sprint(u) }
func f() (r []T2) { return slices.Collect(new(U).set.All()) }

var d = map[T2]*T{a2: {U: &U{}}}

func Sprint(...any) (s string) { return }

---
package p

func g() { var t T; t.Lock(); _ = t.m().String() + t.set }
