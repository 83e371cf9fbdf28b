package quote

import (
	"net/http"
	"time"
)

// FixedHandler is Handler with room for the one answer: the send never waits.
func FixedHandler(src Source) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		symbol := r.URL.Query().Get("symbol")
		answers := make(chan answer, 1)
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
