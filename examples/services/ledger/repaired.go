package main

import (
	"fmt"
	"net/http"

	"example.com/services/internal/service"
)

// repairedStatement takes the locks in the order in which transfer takes them.
func (l *ledger) repairedStatement(w http.ResponseWriter, r *http.Request) {
	account := r.URL.Query().Get("account")
	l.accounts.Lock()
	defer l.accounts.Unlock()
	l.journal.Lock()
	defer l.journal.Unlock()
	if err := l.movements(w, account); err != nil {
		service.Fail(w, err)
		return
	}
	fmt.Fprintf(w, "balance: %d\n", l.balances[account])
}
