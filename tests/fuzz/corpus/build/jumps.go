package p

func jumps(n int, c chan int, any2 any) (r int, ok bool) {
	var arr [4]struct{ a, b int }
outer:
	for i := 0; i < n; i++ {
	inner:
		for {
			switch {
			case i == 3:
				continue outer
			case i == 5:
				break inner
			case i > 7:
				break outer
			case i < 0:
				fallthrough
			default:
				if n++; n > 100 {
					goto end
				}
			}
			select {
			case c <- i:
			case arr[i].a, ok = <-c:
				continue inner
			case v := <-c:
				arr[v&3].b += v
				break inner
			default:
				select {}
			}
		}
	}
again:
	switch v := any2.(type) {
	case nil:
		return
	case int, int64:
		_ = v
	case interface{ M() int }:
		r = v.M()
	case func() any:
		any2 = v()
		goto again
	case []any:
		for any2 = range v {
			goto again
		}
	case error:
		panic(v)
	}
	if x, ok := any2.(string); ok && (len(x) > 2 || x[0] == 'a') {
		r = len(x)
	}
	switch f, _ := any2.(float64); f {
	case 1, 2.5:
		r--
	}
	{
		goto end
	}
end:
	arr, m := arr, map[[2]int]string{{1, 2}: "x"}
	delete(m, [2]int{arr[0].a})
	clear(m)
	return r, !ok
}

func endless() {
	for {
		for {
		}
	}
}

func dead(b bool) int {
	if b {
		panic("no")
		return 1
	} else {
		for {
		}
	}
	goto L
L:
	println(b)
	goto L
}
