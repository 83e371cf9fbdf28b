package main

import "example.com/services/internal/memdb"

// newest is the newest order of a customer.
func (s *server) newest(customer string) (order, error) {
	rows, err := s.db.QueryContext(s.ctx, memdb.Query, customer) // made here
	if err != nil {
		return order{}, err
	}
	if !rows.Next() {
		return order{}, errNoOrder
	}
	var o order
	if err := rows.Scan(&o.id, &o.item); err != nil {
		return order{}, err
	}
	return o, nil
}
