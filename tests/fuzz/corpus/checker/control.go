package p

import "iter"

var ch = make(chan func() (int, bool), 1)
var ro <-chan func() (int, bool) = ch

func control(in ...interface{ Next() <-chan string }) (out string, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = r.(error)
		}
	}()
outer:
	for i, c := range in {
		select {
		case s, ok := <-c.Next():
			if !ok {
				break outer
			}
			out += s[:len(s)-i]
		case ch <- func() (int, bool) { return i, true }:
			continue outer
		case f := <-ro:
			n, ok := f()
			_, _ = n, ok
		default:
			goto done
		}
	}
	for i := range 10 {
		go func(x ...int) { print(x, i) }(1, 2)
	}
	for range ch {
		break
	}
	for i, r := range "añb" {
		switch x := i + int(r); {
		case x > 1, x < -1:
			fallthrough
		default:
			if y := x; y == 0 {
			} else if z := y * x; z != 0 {
				_ = z
			}
		}
	}
done:
	var seq iter.Seq2[int, error]
	for i, e := range seq {
		if e != nil {
			return "", e
		}
		_ = [...]func(int) int{func(a int) int { return a + i }}[0](i)
	}
	var p *[4]int
	for i := range p {
		p[i], p[3-i] = p[3-i], p[i]
		p[i] <<= uint(i)
		p[i]++
	}
	_ = p[1:2]
	return
}
