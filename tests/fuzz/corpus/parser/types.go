package p

import (
	"fmt"
	. "math"
	_ "embed"
	x "a/b"
)

type (
	A[P *C,]       struct{ B; *x.D; E[int]; f, g []int `tag`; h [N]T }
	F[K comparable, V ~int | ~string] = map[K]V
	G              interface { m(a int, b ...string) (c, d error); ~int | x.T; H[A, B] }
	I              [2*N + 1]*func(int, <-chan int) chan<- (<-chan int)
	J[P *C | ~D]    = [...]int
)
