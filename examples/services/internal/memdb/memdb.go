// Package memdb is a database/sql driver for one table of orders that lives in memory.
//
// It understands "SELECT id, item FROM orders WHERE customer = ? ORDER BY id DESC" and nothing else.
// As with a database behind a network, a connection is busy as long as rows of it are open.
package memdb

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"
)

// Query is the one statement that a connection understands.
const Query = "SELECT id, item FROM orders WHERE customer = ? ORDER BY id DESC"

var errBusy = errors.New("memdb: the connection has open rows")

// Connector opens connections to a database in which each customer has Orders orders.
type Connector struct {
	Orders  int
	Latency time.Duration

	open atomic.Int64
}

// Open is the number of open connections.
func (c *Connector) Open() int64 { return c.open.Load() }

// Connect opens a connection.
func (c *Connector) Connect(ctx context.Context) (driver.Conn, error) {
	if err := sleep(ctx, c.Latency); err != nil {
		return nil, err
	}
	c.open.Add(1)
	return &conn{connector: c}, nil
}

// Driver is asked for by database/sql.
func (c *Connector) Driver() driver.Driver { return memDriver{c} }

type memDriver struct{ connector *Connector }

func (d memDriver) Open(string) (driver.Conn, error) {
	return d.connector.Connect(context.Background())
}

type conn struct {
	connector *Connector
	rows      *rows
	closed    bool
}

func (c *conn) Prepare(query string) (driver.Stmt, error) {
	return nil, fmt.Errorf("memdb: cannot prepare %q", query)
}

func (c *conn) Begin() (driver.Tx, error) { return nil, errors.New("memdb: there are no transactions") }

func (c *conn) Close() error {
	if !c.closed {
		c.closed = true
		c.connector.open.Add(-1)
	}
	return nil
}

// ResetSession is called before a connection of the pool is used again.
func (c *conn) ResetSession(context.Context) error {
	if c.rows != nil {
		return driver.ErrBadConn
	}
	return nil
}

func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if c.closed {
		return nil, driver.ErrBadConn
	}
	if c.rows != nil {
		return nil, errBusy
	}
	if query != Query || len(args) != 1 {
		return nil, fmt.Errorf("memdb: cannot run %q", query)
	}
	if err := sleep(ctx, c.connector.Latency); err != nil {
		return nil, err
	}
	c.rows = &rows{conn: c, customer: fmt.Sprint(args[0].Value), left: c.connector.Orders}
	return c.rows, nil
}

type rows struct {
	conn     *conn
	customer string
	left     int
}

func (r *rows) Columns() []string { return []string{"id", "item"} }

func (r *rows) Close() error {
	r.conn.rows = nil
	return nil
}

func (r *rows) Next(values []driver.Value) error {
	if r.left == 0 {
		return io.EOF
	}
	values[0] = int64(r.left)
	values[1] = fmt.Sprintf("item %d of %s", r.left, r.customer)
	r.left--
	return nil
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
