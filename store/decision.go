package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"vestnik/gateway"
)

const decisionColumns = `d.id, d.history_id, d.rule_id, d.rule, d.verdict, d.reason, d.args, d.order_id, d.number, d.name,
	d.status, d.at, d.trace, d.message`

// decisionRow takes one row of decisionColumns.
type decisionRow struct {
	d                             gateway.Decision
	history, rule, order, message sql.NullInt64
	args, trace                   sql.NullString
	at                            stamp
}

func (r *decisionRow) dest() []any {
	d := &r.d
	return []any{
		&d.ID, &r.history, &r.rule, &d.Rule, &d.Verdict, &d.Reason, &r.args, &r.order, &d.Number, &d.Name,
		&d.Status, &r.at, &r.trace, &r.message,
	}
}

func (r *decisionRow) decision() (gateway.Decision, error) {
	d := r.d
	d.HistoryID, d.RuleID = r.history.Int64, gateway.RuleID(r.rule.Int64)
	d.Order, d.MessageID = gateway.OrderID(r.order.Int64), gateway.MessageID(r.message.Int64)
	d.At = r.at.time()
	var err error
	if d.Args, err = readArgs(r.args); err != nil {
		return d, err
	}
	d.Trace, err = readTrace(r.trace)
	return d, err
}

const (
	queryDecision     = `SELECT ` + decisionColumns + ` FROM decision d WHERE d.id = ?`
	queryDecisionOf   = `SELECT ` + decisionColumns + ` FROM decision d WHERE d.id = (SELECT decision FROM message WHERE id = ?)`
	queryDecisionsRow = `SELECT ` + decisionColumns + ` FROM decision d WHERE d.id >= ?1 AND d.id < ?1 + ?2 ORDER BY d.id`
)

func oneDecision(ctx context.Context, q querier, op, query string, id int64) (gateway.Decision, error) {
	var r decisionRow
	err := q.QueryRowContext(ctx, query, id).Scan(r.dest()...)
	if errors.Is(err, sql.ErrNoRows) {
		return gateway.Decision{}, notFound(op, "no decision %d", id)
	}
	if err != nil {
		return gateway.Decision{}, err
	}
	return r.decision()
}

// Decision implements gateway.Journal.
func (s *Store) Decision(ctx context.Context, id int64) (gateway.Decision, error) {
	const op = "read a decision"
	d, err := oneDecision(ctx, s.reader, op, queryDecision, id)
	return d, fault(op, err)
}

// decisionsFrom are n decisions in a row, as one change made them, with their
// messages as they are now.
func (tx *transaction) decisionsFrom(ctx context.Context, first, n int64) ([]gateway.Decision, error) {
	var list []gateway.Decision
	err := each(ctx, tx, func(scan scanner) error {
		var r decisionRow
		if err := scan(r.dest()...); err != nil {
			return err
		}
		d, err := r.decision()
		list = append(list, d)
		return err
	}, queryDecisionsRow, first, n)
	if err != nil {
		return nil, err
	}
	for i, d := range list {
		if d.Verdict == gateway.Send {
			m, err := messageByID(ctx, tx, "keep decisions", d.MessageID)
			if err != nil {
				return nil, err
			}
			list[i].Message = &m
		}
	}
	return list, nil
}

// nameKey is a name as it is searched for: in small letters, with ё as е, since
// people type both.
func nameKey(name string) string {
	return strings.ReplaceAll(strings.ToLower(strings.TrimSpace(name)), "ё", "е")
}
