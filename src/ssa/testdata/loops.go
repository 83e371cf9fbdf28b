package p

// Each iteration has its own i from Go 1.22 on.
func Captured(fs []func() int) []func() int {
	for i := 0; i < 3; i++ {
		fs = append(fs, func() int { return i })
	}
	return fs
}

// Nobody keeps the address: one variable will do.
func Plain(xs []int) (sum int) {
	for i := 0; i < len(xs); i++ {
		if xs[i] < 0 {
			continue
		}
		sum += xs[i]
	}
	for _, x := range xs {
		sum -= x
	}
	return sum
}
