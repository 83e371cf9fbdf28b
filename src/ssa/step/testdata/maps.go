// Maps: keys of all kinds, iteration while the map changes, printing in order.
package main

import (
	"fmt"
	"maps"
	"math"
	"slices"
)

type key struct {
	a int
	b string
	_ int
	c any
}

func main() {
	m := map[key]int{{1, "x", 0, 2.5}: 1}
	m[key{1, "x", 9, 2.5}]++
	m[key{1, "x", 0, "2.5"}] = 5
	fmt.Println(len(m), m[key{a: 1, b: "x", c: 2.5}], m[key{}])
	f := map[float64]string{math.NaN(): "a", math.NaN(): "b", 0: "zero"}
	f[math.Copysign(0, -1)] = "minus"
	_, ok := f[math.NaN()]
	fmt.Println(len(f), f[0], ok)
	clear(f)
	fmt.Println(len(f))
	var none map[string]int
	_, ok = none["x"]
	delete(none, "x")
	fmt.Println(none["x"], ok, none == nil, len(none))
	big := map[int]int{}
	for i := range 1000 {
		big[i] = i * i
	}
	sum := 0
	for k, v := range big {
		delete(big, k)
		delete(big, (k+1)%1000)
		big[k+1000] = v
		sum++
	}
	fmt.Println(sum <= 2000, len(big) > 0)
	nested := map[string][]int{}
	nested["a"] = append(nested["a"], 1, 2)
	fmt.Println(nested, slices.Sorted(maps.Keys(map[string]bool{"z": true, "y": false})))
	array := map[[2]any]int{{1, "a"}: 3}
	fmt.Println(array[[2]any{1, "a"}], map[struct{}]int{{}: 4}[struct{}{}])
	defer func() {
		fmt.Println(recover())
		defer func() { fmt.Println(recover()) }()
		none["x"] = 1
	}()
	fmt.Println(map[any]int{}[[]int{1}])
}

// exit: 0
// stdout: 2 2 0
// stdout: 3 minus false
// stdout: 0
// stdout: 0 false true 0
// stdout: true true
// stdout: map[a:[1 2]] [y z]
// stdout: 3 4
// stdout: hash of unhashable type: []int
// stdout: assignment to entry in nil map
