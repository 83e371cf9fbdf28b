// Widths, wrap-around, shifts, conversions between numbers, complex numbers.
package main

import (
	"fmt"
	"math"
)

//go:noinline
func id[T any](x T) T { return x }

func main() {
	fmt.Println(id(int8(127))+id(int8(1)), id(uint8(0))-1, id(int16(-32768))/id(int16(-1)))
	fmt.Println(id(-7)/2, id(-7)%2, id(uint32(1))<<id(31)<<id(1), id(int32(-8))>>id(uint(40)))
	fmt.Println(id(1)<<id(uint8(63)), id(uint64(1))<<id(64), ^id(uint16(5)), id(6)&^id(3))
	fmt.Println(int8(id(300)), uint8(id(-1)), int32(id(3.99)), int(id(-3.99)), uint64(id(float32(1e19))))
	f := id(1e300)
	fmt.Println(f*f, -f*f, math.IsNaN(f*f-f*f), 1/id(math.Inf(-1)), float32(id(0.1)))
	c := id(complex(1, 2))
	fmt.Println(c*c, c/id(3-4i), real(c), imag(c), c == id(1+2i), complex64(c)+1i)
	fmt.Println(min(id(3), 1, 2), max(id(2.5), math.NaN()), min(id("b"), "a"))
	println(id(1.5), id(1e6), id(float32(0.1)), id(1e-7), id(2i), id(-0.25))
	var zero int
	defer func() { fmt.Println(recover()) }()
	fmt.Println(1 / zero)
}

// exit: 0
// stdout: -128 255 -32768
// stdout: -3 -1 0 -1
// stdout: -9223372036854775808 0 65530 4
// stdout: 44 255 3 -3 9999999980506447872
// stdout: +Inf -Inf true -0 0.1
// stdout: (-3+4i) (-0.2+0.4i) 1 2 true (1+3i)
// stdout: 1 NaN a
// stdout: runtime error: integer divide by zero
// stderr: 1.5 1e+06 0.1 1e-07 (0+2i) -0.25
