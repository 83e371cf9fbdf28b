package fanin

// The two numbers come from different places; that they differ is known when it runs.
func MissedDifferentLengths(senders, receivers int, roll func() int) (total int) {
	c := make(chan int)
	for range senders {
		go func() { c <- roll() }()
	}
	for range receivers {
		total += <-c
	}
	return total
}

// The map has as many keys as the slice has different names, so the receives may be fewer; whether they
// are depends on the names.
func MissedDuplicateKeys(names []string, greet func(string) string) (all []string) {
	c := make(chan string)
	unique := map[string]bool{}
	for _, n := range names {
		unique[n] = true
		go func() { c <- greet(n) }()
	}
	for range unique {
		all = append(all, <-c)
	}
	return all
}

// The list was checked to hold exactly one name, by a rule about its contents.
func NoisyOnlyOne(csv []string, valid func([]string) bool, greet func(string) string) string {
	if !valid(csv) {
		return ""
	}
	c := make(chan string)
	for _, name := range csv {
		go func() {
			c <- greet(name) // want UP1006 "c"
		}()
	}
	return <-c
}
