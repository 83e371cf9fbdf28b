package p

func (r *T[P]) m[U any](a, b int, c ...U) (d error) {
L:
	for i := 0; i < 10; i++ {
		switch x := y.(type) {
		case int, nil:
			continue L
		default:
			fallthrough
		}
		select {
		case c <- 1:
		case v, ok := <-d:
			goto L
		default:
		}
	}
	for range 3 {
	}
	for k, v = range m {
		k++; v <<= 1
	}
	if a := f(); a == (T{1}) {
		defer func() { recover() }()
	} else if b {
		go g(x...)
	} else {
		return a[1:2:3], b[:], *p, &T{a: 1, {2}: {3}}, x.(T), G[int, string](0)
	}
	const c = iota
	var z, w int = 1, 2
	;
	{ }
}
