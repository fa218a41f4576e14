package whatsapp

import (
	"context"
	"database/sql/driver"
	"time"
)

// turn is whose turn it is to write into the file. SQLite has one writer at a time, and whoever
// comes second looks again after 1, 2, 5 … 100 ms; with a turn he goes on the moment the first is done.
type turn chan struct{}

// turnLongest is how long a connection waits for its turn: as long as SQLite waits for its lock,
// which has the last word.
const turnLongest = 10 * time.Second

// take waits for the turn; done gives it back.
func (t turn) take(ctx context.Context) (done func(), err error) {
	select {
	case t <- struct{}{}:
		return func() { <-t }, nil
	default:
	}
	late := time.NewTimer(turnLongest)
	defer late.Stop()
	select {
	case t <- struct{}{}:
		return func() { <-t }, nil
	case <-late.C:
		return func() {}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// BeginTx implements driver.ConnBeginTx. All transactions are for writing (_txlock=immediate).
func (c *keeper) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	done, err := c.turn.take(ctx)
	if err != nil {
		return nil, err
	}
	tx, err := c.fullConn.BeginTx(ctx, opts)
	if err != nil {
		done()
		return nil, c.mishaps.note(err)
	}
	c.inTx = true
	return &keptTx{tx, c, done}, nil
}

// keptTx is a transaction whose end is noted, and gives the turn back.
type keptTx struct {
	driver.Tx
	of   *keeper
	done func()
}

// Commit implements driver.Tx.
func (t *keptTx) Commit() error {
	defer t.end()
	return t.of.mishaps.note(t.Tx.Commit())
}

// Rollback implements driver.Tx.
func (t *keptTx) Rollback() error {
	defer t.end()
	return t.Tx.Rollback()
}

func (t *keptTx) end() {
	t.of.inTx = false
	t.done()
}
