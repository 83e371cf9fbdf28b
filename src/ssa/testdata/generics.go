package p

func Min[T int | float64](xs ...T) T {
	m := xs[0]
	for _, x := range xs {
		m = min(m, x+1)
	}
	return m
}

type Setter[T any] interface {
	*T
	Set(int)
}

func New[T any, P Setter[T]](n int) T {
	var x T
	P(&x).Set(n)
	return x
}

type Cell struct{ n int }

func (c *Cell) Set(n int) { c.n = n }

var A, B = Min(1.5), New[Cell](2)
