package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// Amend implements gateway.AuditLedger.
func (s *Store) Amend(ctx context.Context, id gateway.MessageID, judge func(gateway.Message, gateway.Attempt, bool) (gateway.Change, bool)) (bool, error) {
	const op = "amend a message"
	did := false
	err := s.change(ctx, op, func(tx *transaction) error {
		did = false
		m, err := messageByID(ctx, tx, op, id)
		if err != nil {
			return err
		}
		a, err := scanAttempt(tx.QueryRowContext(ctx, queryLastAttempt, int64(id)).Scan)
		has := err == nil
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		c, ok := judge(m, a, has)
		if !ok {
			return nil
		}
		did, err = tx.move(ctx, id, m.State, c)
		return err
	})
	return did && err == nil, err
}

// queryKept reads the proofs of all wire ids of a message, each for the newest attempt
// under its wire id, as ApplyReceipt does.
const queryKept = `
	SELECT max(a.n), r.wire_id, r.channel, r.device, r.part, r.parts, r.kind, r.at, r.phone, r.evidence, r.message IS NULL
	FROM attempt a JOIN receipt r ON r.wire_id = a.wire_id AND r.channel = a.channel
	WHERE a.message = ?
	GROUP BY r.wire_id, r.channel, r.kind, r.part, r.at, r.evidence
	ORDER BY r.kept_at, r.at, r.part`

// Recount implements gateway.AuditLedger.
func (s *Store) Recount(ctx context.Context, id gateway.MessageID, judge func(gateway.Message, gateway.Attempt, []gateway.Part, device.Receipt, bool) (gateway.Change, bool)) (int, error) {
	const op = "count kept receipts"
	counted := 0
	err := s.change(ctx, op, func(tx *transaction) error {
		counted = 0
		type kept struct {
			n    int
			wire string
			r    device.Receipt
			news bool
		}
		var list []kept
		if err := each(ctx, tx, func(scan scanner) error {
			var k kept
			var at stamp
			err := scan(&k.n, &k.wire, &k.r.Channel, &k.r.Device, &k.r.Part, &k.r.Parts, &k.r.Kind, &at, &k.r.From, &k.r.Evidence, &k.news)
			if at.Int64 != 0 {
				k.r.At = at.time()
			}
			k.r.WireIDs = []string{k.wire}
			list = append(list, k)
			return err
		}, queryKept, int64(id)); err != nil {
			return err
		}
		for _, k := range list {
			did, err := tx.recount(ctx, op, id, k.n, k.wire, k.r, k.news, judge)
			if err != nil {
				return err
			}
			if did {
				counted++
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return counted, nil
}

func (tx *transaction) recount(ctx context.Context, op string, id gateway.MessageID, n int, wire string, r device.Receipt, news bool,
	judge func(gateway.Message, gateway.Attempt, []gateway.Part, device.Receipt, bool) (gateway.Change, bool),
) (bool, error) {
	const give = `UPDATE receipt SET message = ? WHERE wire_id = ? AND channel = ? AND message IS NULL`
	a, err := scanAttempt(tx.QueryRowContext(ctx, queryAttemptN, int64(id), n).Scan)
	if err != nil {
		return false, err
	}
	if news {
		if _, err := tx.ExecContext(ctx, give, int64(id), wire, string(r.Channel)); err != nil {
			return false, err
		}
		if err := tx.reportParts(ctx, a, r); err != nil {
			return false, err
		}
	}
	m, err := messageByID(ctx, tx, op, id)
	if err != nil {
		return false, err
	}
	parts, err := partsOf(ctx, tx, a)
	if err != nil {
		return false, err
	}
	c, changes := judge(m, a, parts, r, news)
	if !changes {
		return news, nil
	}
	return tx.move(ctx, id, m.State, c)
}

const queryAttemptN = `SELECT ` + attemptColumns + ` FROM attempt a JOIN message m ON m.id = a.message WHERE a.message = ? AND a.n = ?`

// Hasten implements gateway.AuditLedger.
func (s *Store) Hasten(ctx context.Context, effect int64, after time.Time, step gateway.Step) (bool, error) {
	did := false
	err := s.change(ctx, "hasten an effect", func(tx *transaction) error {
		did = false
		var message sql.NullInt64
		err := tx.QueryRowContext(ctx, `UPDATE effect SET next_at = ? WHERE id = ? AND state = 'pending' AND next_at > ? RETURNING message`,
			tx.now.UnixMilli(), effect, after.UnixMilli()).Scan(&message)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		did = true
		if !message.Valid {
			return nil
		}
		return tx.addSteps(ctx, gateway.MessageID(message.Int64), []gateway.Step{step})
	})
	return did && err == nil, err
}
