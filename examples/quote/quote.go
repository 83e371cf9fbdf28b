// Package quote serves prices from a slow upstream.
package quote

import (
	"fmt"
	"net/http"
	"time"
)

// Source looks a price up. It may take long and cannot be interrupted.
type Source interface {
	Price(symbol string) (float64, error)
}

type answer struct {
	price float64
	err   error
}

const patience = 2 * time.Second

// Handler answers with the price of ?symbol=, or gives up after two seconds.
//
// UP1005 abandoned-sender: when the timeout wins, nobody receives from answers any more, and the
// goroutine blocks in its send for the life of the process.
func Handler(src Source) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		symbol := r.URL.Query().Get("symbol")
		answers := make(chan answer)
		go func() {
			price, err := src.Price(symbol)
			answers <- answer{price, err}
		}()
		select {
		case a := <-answers:
			reply(w, a)
		case <-time.After(patience):
			http.Error(w, "the price source is slow, try again", http.StatusGatewayTimeout)
		}
	})
}

func reply(w http.ResponseWriter, a answer) {
	if a.err != nil {
		http.Error(w, a.err.Error(), http.StatusBadGateway)
		return
	}
	fmt.Fprintf(w, "%.2f\n", a.price)
}
