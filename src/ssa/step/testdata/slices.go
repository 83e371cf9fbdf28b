// Slices: growth, aliasing, copies, bounds, arrays as values.
package main

import "fmt"

func try(name string, f func()) {
	defer func() { fmt.Println(name, recover()) }()
	f()
}

func main() {
	var s []int
	caps := map[int]bool{}
	for i := 0; i < 2000; i++ {
		s = append(s, i)
		if !caps[cap(s)] {
			caps[cap(s)] = true
			fmt.Print(cap(s), " ")
		}
	}
	fmt.Println()
	fmt.Println(cap(append([]byte(nil), make([]byte, 5)...)), cap(append([]string{"a"}, "b", "c")))
	a := [5]int{1, 2, 3, 4, 5}
	b := a
	t := a[1:3:4]
	t = append(t, 40)
	t = append(t, 50)
	t[0] = 20
	fmt.Println(a, b, t, len(t), a == b)
	fmt.Println(copy(s, s[10:]), s[:3], copy(s, []int{}), copy([]byte("abc"), "xy"))
	clear(s[:2])
	p := (*[2]int)(s[:2])
	p[1] = 7
	fmt.Println(s[:3], [2]int(s[1:3]))
	i, neg, u := 5, -1, uint8(200)
	x := []int{1, 2, 3}
	str := "abc"
	try("index", func() { _ = x[i] })
	try("negative", func() { _ = x[neg] })
	try("unsigned", func() { _ = x[u] })
	try("string", func() { _ = str[i] })
	try("high", func() { _ = x[:i] })
	try("low", func() { _ = x[i:] })
	try("order", func() { _ = x[3 : neg+3] })
	try("string high", func() { _ = str[1:i] })
	try("array", func() { _ = a[:i+1] })
	try("three", func() { _ = x[1:2:i] })
	try("three order", func() { _ = x[: 3 : neg+3] })
	try("conversion", func() { _ = [4]int(x) })
	try("make", func() { _ = make([]int, neg) })
	try("make cap", func() { _ = make([]int, 2, neg+2) })
	try("nil array", func() { var p *[3]int; _ = p[i-4] })
}

// exit: 0
// stdout: 1 2 4 8 16 32 64 128 256 512 848 1280 1792 2560
// stdout: 8 3
// stdout: [1 2 3 40 5] [1 2 3 4 5] [20 3 40 50] 4 false
// stdout: 1990 [10 11 12] 0 2
// stdout: [0 7 12] [7 12]
// stdout: index runtime error: index out of range [5] with length 3
// stdout: negative runtime error: index out of range [-1]
// stdout: unsigned runtime error: index out of range [200] with length 3
// stdout: string runtime error: index out of range [5] with length 3
// stdout: high runtime error: slice bounds out of range [:5] with capacity 3
// stdout: low runtime error: slice bounds out of range [5:3]
// stdout: order runtime error: slice bounds out of range [3:2]
// stdout: string high runtime error: slice bounds out of range [:5] with length 3
// stdout: array runtime error: slice bounds out of range [:6] with length 5
// stdout: three runtime error: slice bounds out of range [::5] with capacity 3
// stdout: three order runtime error: slice bounds out of range [:3:2]
// stdout: conversion runtime error: cannot convert slice with length 3 to array or pointer to array with length 4
// stdout: make runtime error: makeslice: len out of range
// stdout: make cap runtime error: makeslice: cap out of range
// stdout: nil array runtime error: invalid memory address or nil pointer dereference
