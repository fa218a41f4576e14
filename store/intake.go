package store

import (
	"context"
	"database/sql"
	"errors"

	"vestnik/device"
	"vestnik/gateway"
)

// Cursor implements gateway.Intake.
func (s *Store) Cursor(ctx context.Context) (gateway.Cursor, error) {
	var c gateway.Cursor
	var start stamp
	err := s.reader.QueryRowContext(ctx, `SELECT since_id, start_at FROM cursor`).Scan(&c.SinceID, &start)
	if errors.Is(err, sql.ErrNoRows) {
		return gateway.Cursor{}, nil
	}
	c.Start = start.time()
	return c, fault("read the cursor", err)
}

// SaveChanges implements gateway.Intake.
func (s *Store) SaveChanges(ctx context.Context, changes []gateway.StatusChange, next gateway.Cursor) (int, error) {
	const keepChange = `
		INSERT INTO change (history_id, order_id, from_status, to_status, at, own)
		VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (history_id) DO NOTHING`
	const keepCursor = `
		INSERT INTO cursor (id, since_id, start_at) VALUES (1, ?, ?)
		ON CONFLICT (id) DO UPDATE SET since_id = excluded.since_id, start_at = excluded.start_at`
	added := 0
	err := s.change(ctx, "keep status changes", func(tx *transaction) error {
		added = 0
		for _, c := range changes {
			isNew, err := changedOne(tx.ExecContext(ctx, keepChange,
				c.HistoryID, int64(c.Order), c.From, c.To, millis(c.At), c.Own))
			if err != nil {
				return err
			}
			if isNew {
				added++
			}
		}
		_, err := tx.ExecContext(ctx, keepCursor, next.SinceID, millis(next.Start))
		return err
	})
	if err != nil {
		return 0, err
	}
	return added, nil
}

// UndecidedChanges implements gateway.Intake.
func (s *Store) UndecidedChanges(ctx context.Context, limit int) ([]gateway.StatusChange, error) {
	var changes []gateway.StatusChange
	err := each(ctx, s.reader, func(scan scanner) error {
		var c gateway.StatusChange
		var at stamp
		if err := scan(&c.HistoryID, &c.Order, &c.From, &c.To, &at, &c.Own); err != nil {
			return err
		}
		c.At = at.time()
		changes = append(changes, c)
		return nil
	}, queryUndecided, limit)
	return changes, fault("read undecided changes", err)
}

const queryUndecided = `
	SELECT history_id, order_id, from_status, to_status, at, own
	FROM change INDEXED BY change_undecided
	WHERE decided_at IS NULL
	ORDER BY history_id
	LIMIT ?`

// Decide implements gateway.Intake. A change that is decided already is left as it
// is, and its decisions are answered: two processes may have read the same one.
func (s *Store) Decide(ctx context.Context, historyID int64, decisions []gateway.Decision) ([]gateway.Decision, error) {
	var kept []gateway.Decision
	err := s.change(ctx, "keep decisions", func(tx *transaction) error {
		if historyID != 0 {
			var decided stamp
			var first sql.NullInt64
			var n int64
			err := tx.QueryRowContext(ctx, `SELECT decided_at, first_decision, decisions FROM change WHERE history_id = ?`, historyID).
				Scan(&decided, &first, &n)
			if errors.Is(err, sql.ErrNoRows) {
				return notFound("keep decisions", "no change %d", historyID)
			}
			if err != nil {
				return err
			}
			if decided.Valid {
				kept, err = tx.decisionsFrom(ctx, first.Int64, n)
				return err
			}
		}
		for _, d := range decisions {
			d.HistoryID = historyID
			d, err := tx.keepDecision(ctx, d)
			if err != nil {
				return err
			}
			kept = append(kept, d)
		}
		if historyID == 0 {
			return nil
		}
		var first any
		if len(kept) > 0 {
			first = kept[0].ID
		}
		_, err := tx.ExecContext(ctx, `UPDATE change SET decided_at = ?, first_decision = ?, decisions = ? WHERE history_id = ?`,
			tx.now.UnixMilli(), first, len(kept), historyID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return kept, nil
}

// keepDecision writes one decision and the message that it makes.
func (tx *transaction) keepDecision(ctx context.Context, d gateway.Decision) (gateway.Decision, error) {
	const op = "keep decisions"
	d.ID, d.MessageID = 0, 0
	if d.Verdict == gateway.Send && d.Message == nil {
		return d, device.Errorf(device.Internal, "store: "+op, "a decision to send without a message")
	}
	if d.Verdict != gateway.Send {
		d.Message = nil
	}
	if d.At.IsZero() {
		d.At = tx.now
	}
	if d.Message != nil && d.Message.DedupeKey != "" {
		var older gateway.MessageID
		err := tx.QueryRowContext(ctx, `SELECT id FROM message WHERE dedupe_key = ?`, d.Message.DedupeKey).Scan(&older)
		switch {
		case err == nil:
			d.Verdict, d.Reason, d.Args, d.Message, d.MessageID = gateway.Skip, gateway.AlreadySent, gateway.Args{"rule": d.Rule}, nil, older
			steps := append([]gateway.Step(nil), d.Trace...)
			d.Trace = append(steps, gateway.Step{At: d.At, Reason: d.Reason, Args: d.Args})
		case !errors.Is(err, sql.ErrNoRows):
			return d, err
		}
	}
	id, err := tx.insertDecision(ctx, d)
	if err != nil {
		return d, err
	}
	d.ID = id
	if d.Message == nil {
		return d, nil
	}
	m := *d.Message
	if m.CreatedAt.IsZero() {
		m.CreatedAt = tx.now
	}
	if m.ID, err = tx.insertMessage(ctx, m, d.ID); err != nil {
		return d, err
	}
	d.Message, d.MessageID = &m, m.ID
	if _, err := tx.ExecContext(ctx, `UPDATE decision SET message = ? WHERE id = ?`, int64(m.ID), d.ID); err != nil {
		return d, err
	}
	return d, tx.noteHour(ctx, m.CreatedAt, firstMessage, int64(m.ID))
}

func (tx *transaction) insertDecision(ctx context.Context, d gateway.Decision) (int64, error) {
	const query = `
		INSERT INTO decision (history_id, rule_id, rule, verdict, reason, args, order_id, number, name, name_key,
			status, at, trace, message)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	args, err := jsonArgs(d.Args)
	if err != nil {
		return 0, err
	}
	trace, err := jsonTrace(d.Trace)
	if err != nil {
		return 0, err
	}
	res, err := tx.ExecContext(ctx, query, orNull(d.HistoryID), orNull(d.RuleID), d.Rule, string(d.Verdict), string(d.Reason), args,
		orNull(d.Order), d.Number, d.Name, nameKey(d.Name), d.Status, d.At.UnixMilli(), trace, orNull(d.MessageID))
	if err != nil {
		return 0, err
	}
	id, err := res.LastInsertId()
	if err != nil {
		return 0, err
	}
	return id, tx.noteHour(ctx, d.At, firstDecision, id)
}
