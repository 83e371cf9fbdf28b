package main

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"example.com/services/internal/service"
)

// transfer moves money from one account to another.
func (l *ledger) transfer(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	from, to := query.Get("from"), query.Get("to")
	amount, err := strconv.Atoi(query.Get("amount"))
	if err != nil || amount <= 0 {
		http.Error(w, "how much?", http.StatusBadRequest)
		return
	}
	l.accounts.Lock()
	defer l.accounts.Unlock()
	if l.balances[from]-amount < -1_000_000 {
		http.Error(w, "no money", http.StatusConflict)
		return
	}
	l.journal.Lock() // waits here
	defer l.journal.Unlock()
	if err := l.write(entry{time.Now(), from, to, amount}); err != nil {
		service.Fail(w, err)
		return
	}
	l.balances[from] -= amount
	l.balances[to] += amount
	fmt.Fprintf(w, "%s has %d\n", from, l.balances[from])
}

// statement prints an account's movements and its balance.
func (l *ledger) statement(w http.ResponseWriter, r *http.Request) {
	account := r.URL.Query().Get("account")
	l.journal.Lock()
	defer l.journal.Unlock()
	if err := l.movements(w, account); err != nil {
		service.Fail(w, err)
		return
	}
	l.accounts.Lock() // waits here
	defer l.accounts.Unlock()
	fmt.Fprintf(w, "balance: %d\n", l.balances[account])
}
