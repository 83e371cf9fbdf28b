// Orders shows what customers have ordered.
package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"time"

	"example.com/services/internal/memdb"
	"example.com/services/internal/service"
)

var errNoOrder = errors.New("no order yet")

type server struct {
	ctx context.Context // of the process: a page is finished also when its reader has gone
	db  *sql.DB
}

type order struct {
	id   int64
	item string
}

// list shows all orders of a customer.
func (s *server) list(w http.ResponseWriter, r *http.Request) {
	rows, err := s.db.QueryContext(r.Context(), memdb.Query, r.URL.Query().Get("customer"))
	if err != nil {
		service.Fail(w, err)
		return
	}
	defer rows.Close()
	for rows.Next() {
		var o order
		if err := rows.Scan(&o.id, &o.item); err != nil {
			service.Fail(w, err)
			return
		}
		fmt.Fprintf(w, "%d %s\n", o.id, o.item)
	}
	if err := rows.Err(); err != nil {
		service.Fail(w, err)
	}
}

// last shows the newest order of a customer. newest gets it from the database.
func (s *server) last(newest func(customer string) (order, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		o, err := newest(r.URL.Query().Get("customer"))
		if errors.Is(err, errNoOrder) {
			http.NotFound(w, r)
			return
		}
		if err != nil {
			service.Fail(w, err)
			return
		}
		fmt.Fprintf(w, "%d %s\n", o.id, o.item)
	}
}

func main() {
	config := service.Flags()
	limit := flag.Int("connections", 0, "open at most this many connections; 0: no limit")
	flag.Parse()
	ctx, stop := service.Context()
	defer stop()
	db := sql.OpenDB(&memdb.Connector{Orders: 10, Latency: 2 * time.Millisecond})
	db.SetMaxOpenConns(*limit)
	db.SetMaxIdleConns(16)
	s := &server{ctx, db}
	newest := s.newest
	if config.Repaired {
		newest = s.repairedNewest
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/orders", s.list)
	mux.HandleFunc("/last", s.last(newest))
	config.Serve(ctx, mux)
}
