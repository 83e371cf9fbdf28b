package audit

// FixedRun is Run with a producer that closes what it fills and waits until all is written.
func FixedRun(items []string, handle func(string) bool, write func(Record)) {
	records := make(chan Record)
	written := make(chan struct{})
	go func() {
		defer close(written)
		for record := range records {
			write(record)
		}
	}()
	for _, item := range items {
		records <- Record{Item: item, OK: handle(item)}
	}
	close(records)
	<-written
}
