// Package audit writes a record for each item of a batch while the batch is being handled.
package audit

// Record is one line of the audit log.
type Record struct {
	Item string
	OK   bool
}

// Run handles every item and hands the records on to write.
//
// UP1007 range-never-closed: the consumer's range ends only when records is closed, and nobody does.
// Each batch leaves one goroutine behind.
func Run(items []string, handle func(string) bool, write func(Record)) {
	records := make(chan Record)
	go func() {
		for record := range records {
			write(record)
		}
	}()
	for _, item := range items {
		records <- Record{Item: item, OK: handle(item)}
	}
}
