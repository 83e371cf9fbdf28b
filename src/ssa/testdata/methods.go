package p

type I interface{ M(int) string }

type Base struct{ n int }

func (b *Base) Inc()           { b.n++ }
func (b Base) M(x int) string { return string(rune(b.n + x)) }

type Outer struct {
	*Base
	name string
}

func Use(o Outer, i I) (func(int) string, func(), func(Outer, int) string) {
	o.Inc()
	i = o
	return i.M, o.Inc, Outer.M
}
