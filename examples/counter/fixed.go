package counter

// Reading is what a counter showed.
type Reading struct {
	Name  string
	Total int
}

// FixedSnapshot copies what the counters guard, not the guard.
func FixedSnapshot(counters []*Counter) []Reading {
	var readings []Reading
	for _, c := range counters {
		c.mu.Lock()
		readings = append(readings, Reading{Name: c.name, Total: c.total})
		c.mu.Unlock()
	}
	return readings
}
