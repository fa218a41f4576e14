package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"vestnik/gateway"
)

// invariant is one thing that must hold for every row of a table. Its query answers
// the rows for which it does not: their key, their message (NULL: none) and the
// arguments of the finding as JSON (NULL: none). {in} stands for the rows that are
// looked at, by the column key.
type invariant struct {
	name  string // unique; the keys of its findings begin with it
	kind  gateway.FindingKind
	key   string
	query string
	args  func(gateway.AuditScope) []any // of ?3, ?4 …
}

// A part of the rows: those between ?1 and ?2, or those listed in the JSON of ?1.
const (
	inRange = ` BETWEEN ?1 AND ?2`
	inList  = ` IN (SELECT value FROM json_each(?1)) AND ?2 IS NULL`
)

func (i invariant) sql(part string) string {
	return strings.ReplaceAll(i.query, "{in}", i.key+part) + ` LIMIT ` + fmt.Sprint(perInvariant)
}

// perInvariant is how many findings one look at an invariant gives: a ledger that is
// broken everywhere is not listed row by row.
const perInvariant = 50

// inspector is one audit's reading of the ledger.
type inspector struct {
	querier
	scope gateway.AuditScope
	found []gateway.Finding
	have  map[string]bool
}

// Inspect implements gateway.AuditLedger.
func (s *Store) Inspect(ctx context.Context, scope gateway.AuditScope) (gateway.Inspection, error) {
	var seen gateway.Inspection
	err := s.view(ctx, "audit the ledger", func(q querier) (err error) {
		in := &inspector{querier: q, scope: scope, have: map[string]bool{}}
		seen, err = in.all(ctx)
		return err
	})
	return seen, err
}

func (in *inspector) all(ctx context.Context) (gateway.Inspection, error) {
	seen := gateway.Inspection{Next: in.scope.From}
	if err := in.marksWanted(ctx); err != nil {
		return seen, err
	}
	whole, err := in.messages(ctx, &seen.Next.Message)
	if err != nil {
		return seen, err
	}
	seen.Whole = whole
	for _, walk := range []struct {
		last *int64
		edge string
		list []invariant
	}{
		{&seen.Next.Decision, `SELECT id FROM decision WHERE id > ?1 ORDER BY id LIMIT 1 OFFSET ?2`, decisionInvariants},
		{&seen.Next.Change, `SELECT history_id FROM change WHERE history_id > ?1 ORDER BY history_id LIMIT 1 OFFSET ?2`, changeInvariants},
		{&seen.Next.Effect, `SELECT id FROM effect WHERE id > ?1 ORDER BY id LIMIT 1 OFFSET ?2`, effectInvariants},
		{&seen.Next.Hour, `SELECT hour FROM hour WHERE hour > ?1 ORDER BY hour LIMIT 1 OFFSET ?2`, hourInvariants},
	} {
		from := *walk.last
		last, end, err := in.slice(ctx, walk.edge, from)
		if err != nil {
			return seen, err
		}
		if err := in.walk(ctx, walk.list, after(from), last); err != nil {
			return seen, err
		}
		if *walk.last = last; end {
			*walk.last = 0
			if walk.last == &seen.Next.Change || walk.last == &seen.Next.Hour {
				*walk.last = math.MinInt64
			}
		}
	}
	if err := in.receipts(ctx, &seen.Next.Receipt); err != nil {
		return seen, err
	}
	for _, open := range openInvariants {
		if err := in.ask(ctx, open, open.query+` LIMIT `+fmt.Sprint(perInvariant), open.args(in.scope)...); err != nil {
			return seen, err
		}
	}
	seen.Found = in.found
	return seen, nil
}

// marksWanted narrows the span of the marks to the time since the CRM's settings were
// changed last: what was settled before was settled under other wishes.
func (in *inspector) marksWanted(ctx context.Context) error {
	var at stamp
	err := in.QueryRowContext(ctx, `SELECT max(at) FROM setting_change WHERE section = 'retailcrm'`).Scan(&at)
	if at.Valid && at.time().After(in.scope.MarksFrom) {
		in.scope.MarksFrom = at.time()
	}
	return err
}

// messages looks at the slice, at the newest messages, at those that were tried to be sent
// lately, and at those of open findings.
func (in *inspector) messages(ctx context.Context, last *int64) (whole bool, err error) {
	from := *last
	to, end, err := in.slice(ctx, `SELECT id FROM message WHERE id > ?1 ORDER BY id LIMIT 1 OFFSET ?2`, from)
	if err != nil {
		return false, err
	}
	if err := in.walk(ctx, messageInvariants, from+1, to); err != nil {
		return false, err
	}
	if err := in.walk(ctx, rowInvariants, from+1, to); err != nil {
		return false, err
	}
	if *last = to; end {
		*last = 0
	}
	if end && from == 0 {
		return true, nil // all of them were looked at
	}
	var newest sql.NullInt64
	if err := in.QueryRowContext(ctx, `SELECT max(id) FROM message`).Scan(&newest); err != nil {
		return false, err
	}
	if low := newest.Int64 - int64(in.scope.Slice)/2; !end {
		if err := in.walkRange(ctx, messageInvariants, max(low, to+1), newest.Int64); err != nil {
			return false, err
		}
	}
	var ids []int64
	if err := each(ctx, in, func(scan scanner) error {
		var id int64
		err := scan(&id)
		ids = append(ids, id)
		return err
	}, queryTriedLately, in.scope.Now.Add(-triedLately).UnixMilli()); err != nil {
		return false, err
	}
	list, err := json.Marshal(ids)
	if err != nil {
		return false, err
	}
	return end, in.walkList(ctx, messageInvariants, string(list))
}

// slice is the key of the last row of the next slice after from; end tells that no row
// follows, and the key is the greatest there can be.
func (in *inspector) slice(ctx context.Context, query string, from int64) (last int64, end bool, err error) {
	err = in.QueryRowContext(ctx, query, from, in.scope.Slice-1).Scan(&last)
	if isNoRows(err) {
		return math.MaxInt64, true, nil
	}
	return last, false, err
}

// after is the least key after from.
func after(from int64) int64 {
	if from == math.MinInt64 {
		return from
	}
	return from + 1
}

// walk asks about a range of keys, and again about the rows of open findings.
func (in *inspector) walk(ctx context.Context, list []invariant, from, to int64) error {
	if err := in.walkRange(ctx, list, from, to); err != nil {
		return err
	}
	for _, i := range list {
		var keys []json.RawMessage
		for _, f := range in.scope.Again {
			if key, ok := strings.CutPrefix(f.Key, i.name+"/"); ok && json.Valid([]byte(key)) {
				keys = append(keys, json.RawMessage(key))
			}
		}
		if len(keys) == 0 {
			continue
		}
		rows, err := json.Marshal(keys)
		if err != nil {
			return err
		}
		if err := in.ask(ctx, i, i.sql(inList), i.with(in.scope, string(rows), nil)...); err != nil {
			return err
		}
	}
	return nil
}

func (in *inspector) walkRange(ctx context.Context, list []invariant, from, to int64) error {
	for _, i := range list {
		if err := in.ask(ctx, i, i.sql(inRange), i.with(in.scope, from, to)...); err != nil {
			return err
		}
	}
	return nil
}

func (in *inspector) walkList(ctx context.Context, list []invariant, ids string) error {
	for _, i := range list {
		if err := in.ask(ctx, i, i.sql(inList), i.with(in.scope, ids, nil)...); err != nil {
			return err
		}
	}
	return nil
}

func (i invariant) with(s gateway.AuditScope, args ...any) []any {
	if i.args != nil {
		args = append(args, i.args(s)...)
	}
	return args
}

// ask runs one query and keeps what it finds, each thing once.
func (in *inspector) ask(ctx context.Context, i invariant, query string, args ...any) error {
	err := each(ctx, in, func(scan scanner) error {
		var key string
		var message sql.NullInt64
		var detail sql.NullString
		if err := scan(&key, &message, &detail); err != nil {
			return err
		}
		f := gateway.Finding{Key: i.name + "/" + key, Kind: i.kind, Message: gateway.MessageID(message.Int64)}
		if in.have[f.Key] {
			return nil
		}
		in.have[f.Key] = true
		var err error
		f.Args, err = readArgs(detail)
		in.found = append(in.found, f)
		return err
	}, query, args...)
	if err != nil {
		return fmt.Errorf("%s: %w", i.name, err)
	}
	return nil
}
