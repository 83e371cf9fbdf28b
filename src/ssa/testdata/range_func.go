package p

func Range(seq func(func(string, int) bool), stop int) (out int, ok bool) {
outer:
	for k, v := range seq {
		defer println(k)
		for i := range v {
			if i == stop {
				continue outer
			}
			if i > 1000 {
				return i, true
			}
			if i == 99 {
				goto end
			}
		}
		out += v
	}
	return out, false
end:
	return -1, false
}
