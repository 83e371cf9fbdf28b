// Ledger moves money between accounts and keeps a journal of it.
package main

import (
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"
	"sync"
	"time"

	"example.com/services/internal/service"
)

type entry struct {
	at       time.Time
	from, to string
	amount   int
}

type ledger struct {
	accounts sync.Mutex
	balances map[string]int

	journal sync.Mutex
	entries []entry // the last ones
	file    *os.File
}

const keptEntries = 1000

// write adds an entry to the journal, which the caller has locked.
func (l *ledger) write(e entry) error {
	if len(l.entries) == keptEntries {
		l.entries = append(l.entries[:0], l.entries[keptEntries/2:]...)
	}
	l.entries = append(l.entries, e)
	_, err := fmt.Fprintf(l.file, "%s %s %s %d\n", e.at.Format(time.RFC3339), e.from, e.to, e.amount)
	return err
}

// movements prints the journal's entries of one account, once they are safe on disk. The caller has
// locked the journal.
func (l *ledger) movements(w http.ResponseWriter, account string) error {
	if err := l.file.Sync(); err != nil {
		return err
	}
	for _, e := range l.entries {
		switch account {
		case e.from:
			fmt.Fprintf(w, "%s to %s: -%d\n", e.at.Format(time.TimeOnly), e.to, e.amount)
		case e.to:
			fmt.Fprintf(w, "%s from %s: +%d\n", e.at.Format(time.TimeOnly), e.from, e.amount)
		}
	}
	return nil
}

// rules is a page that needs no lock.
func (l *ledger) rules(w http.ResponseWriter, r *http.Request) {
	fmt.Fprintln(w, "Accounts may be overdrawn by 1,000,000. Statements show the last 500 movements or more.")
}

func main() {
	config := service.Flags()
	flag.Parse()
	ctx, stop := service.Context()
	defer stop()
	file, err := os.CreateTemp("", "ledger")
	if err != nil {
		log.Fatal(err)
	}
	os.Remove(file.Name())
	l := &ledger{balances: make(map[string]int), file: file}
	mux := http.NewServeMux()
	mux.HandleFunc("/rules", l.rules)
	mux.HandleFunc("/transfer", l.transfer)
	if config.Repaired {
		mux.HandleFunc("/statement", l.repairedStatement)
	} else {
		mux.HandleFunc("/statement", l.statement)
	}
	config.Serve(ctx, mux)
}
