package main

import "example.com/services/internal/memdb"

// repairedNewest closes the rows, although it has read only one of them.
func (s *server) repairedNewest(customer string) (order, error) {
	rows, err := s.db.QueryContext(s.ctx, memdb.Query, customer)
	if err != nil {
		return order{}, err
	}
	defer rows.Close()
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return order{}, err
		}
		return order{}, errNoOrder
	}
	var o order
	if err := rows.Scan(&o.id, &o.item); err != nil {
		return order{}, err
	}
	return o, nil
}
