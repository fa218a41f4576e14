package whatsapp

import (
	"context"
	"database/sql/driver"
	"strings"
)

// keeping is a connector whose connections parse each short statement once and keep
// it. The library hands its statements over as texts, a dozen for each message, and
// parsing them is a tenth of what a message costs.
type keeping struct {
	driver  driver.Driver
	dsn     string
	mishaps *mishaps
	turn    turn
}

// Driver implements driver.Connector.
func (k keeping) Driver() driver.Driver { return k.driver }

// Connect implements driver.Connector.
func (k keeping) Connect(context.Context) (driver.Conn, error) {
	c, err := k.driver.Open(k.dsn)
	if err != nil {
		return nil, err
	}
	full, ok := c.(fullConn)
	if !ok {
		return c, nil // a driver that works otherwise does without
	}
	return &keeper{fullConn: full, kept: map[string]*keptStmt{}, mishaps: k.mishaps, turn: k.turn}, nil
}

// fullConn is what the driver's connections can do.
type fullConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.Pinger
	driver.QueryerContext
	driver.SessionResetter
	driver.Validator
}

// keeper is one connection with its statements; database/sql uses it from one goroutine
// at a time.
type keeper struct {
	fullConn
	kept    map[string]*keptStmt
	mishaps *mishaps
	turn    turn
	inTx    bool
}

type keptStmt struct {
	stmt interface {
		driver.StmtExecContext
		driver.StmtQueryContext
	}
	close func() error
	inUse bool // its rows are being read, so that it cannot run again
}

const (
	keptMost    = 100  // the library has some 90; those with lists of changing length are many more
	keptLongest = 2000 // characters; longer ones are the making of tables
)

// stmt is the kept statement of a query; nil when it is to be run as it comes.
func (c *keeper) stmt(ctx context.Context, query string) *keptStmt {
	if k := c.kept[query]; k != nil {
		if k.inUse {
			return nil
		}
		return k
	}
	if len(c.kept) >= keptMost || len(query) > keptLongest || !keepable(query) {
		return nil
	}
	s, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil // running it will say why
	}
	k := &keptStmt{close: s.Close}
	var ok bool
	if k.stmt, ok = s.(interface {
		driver.StmtExecContext
		driver.StmtQueryContext
	}); !ok {
		_ = s.Close()
		return nil
	}
	c.kept[query] = k
	return k
}

// keepable tells the statements that read and write rows from those that change tables
// and pragmas.
func keepable(query string) bool {
	word, _, _ := strings.Cut(strings.TrimSpace(query), " ")
	switch strings.ToUpper(strings.TrimSpace(word)) {
	case "SELECT", "INSERT", "UPDATE", "DELETE", "WITH":
		return true
	}
	return false
}

// ExecContext implements driver.ExecerContext.
func (c *keeper) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if !c.inTx {
		done, err := c.turn.take(ctx)
		if err != nil {
			return nil, err
		}
		defer done()
	}
	if k := c.stmt(ctx, query); k != nil {
		res, err := k.stmt.ExecContext(ctx, args)
		return res, c.mishaps.note(err)
	}
	res, err := c.fullConn.ExecContext(ctx, query, args)
	return res, c.mishaps.note(err)
}

// QueryContext implements driver.QueryerContext.
func (c *keeper) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	k := c.stmt(ctx, query)
	if k == nil {
		rows, err := c.fullConn.QueryContext(ctx, query, args)
		return rows, c.mishaps.note(err)
	}
	rows, err := k.stmt.QueryContext(ctx, args)
	if err != nil {
		return nil, c.mishaps.note(err)
	}
	k.inUse = true
	return &keptRows{Rows: rows, of: k, mishaps: c.mishaps}, nil
}

// keptRows gives the statement free when they have been read.
type keptRows struct {
	driver.Rows
	of      *keptStmt
	mishaps *mishaps
}

// Close implements driver.Rows.
func (r *keptRows) Close() error {
	r.of.inUse = false
	return r.Rows.Close()
}

// Close implements driver.Conn.
func (c *keeper) Close() error {
	for _, k := range c.kept {
		_ = k.close()
	}
	clear(c.kept)
	return c.fullConn.Close()
}
