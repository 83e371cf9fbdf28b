package p

import "iter"

func count(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
	}
}

func pull(seq iter.Seq2[string, error], c chan string) (out []string, err error) {
	defer func() { recover() }()
outer:
	for i := range count(3) {
		defer println(i)
		for s, e := range seq {
			if e != nil {
				return nil, e
			}
			for j := range count(i) {
				switch {
				case j == 1:
					continue outer
				case j == 2:
					break outer
				case s == "":
					goto done
				}
				select {
				case c <- s:
					break
				case s = <-c:
					return out, nil
				}
				defer func() { out = append(out, s) }()
			}
			func() {
				for range func(y func() bool) { y() } {
					err = e
					return
				}
			}()
		}
	}
done:
	for out, err = range func(yield func([]string, error) bool) { yield(out, err) } {
		if err == nil {
			break
		}
	}
	return
}
