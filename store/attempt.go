package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// Begin implements gateway.Queue. It is also false when the message has moved to
// another channel than the attempt's.
func (s *Store) Begin(ctx context.Context, from gateway.State, a gateway.Attempt, steps ...gateway.Step) (int, bool, error) {
	const op = "begin an attempt"
	const claim = `
		UPDATE message SET state = 'sending', reason = ?, attempts = attempts + 1, fallback_at = NULL, resolve_at = NULL, updated_at = ?
		WHERE id = ? AND state = ? AND channel = ?
		RETURNING attempts, phone, text`
	const insert = `
		INSERT INTO attempt (message, n, channel, box, device, wire_id, phone, text, valid_for, parts, concat_ref, state, code, started_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'sending', '', ?)`
	if !from.May(gateway.Sending) {
		return 0, false, device.Errorf(device.Internal, "store: "+op, "message %d may not go from %s to sending", a.Message, from)
	}
	if a.Envelope.WireID == "" {
		return 0, false, device.Errorf(device.Internal, "store: "+op, "message %d: an attempt without a wire id", a.Message)
	}
	if len(steps) == 0 {
		return 0, false, device.Errorf(device.Internal, "store: "+op, "message %d: an attempt without a step", a.Message)
	}
	n, won := 0, false
	err := s.change(ctx, op, func(tx *transaction) error {
		n, won = 0, false
		var phone device.Phone
		var text string
		err := tx.QueryRowContext(ctx, claim, string(steps[len(steps)-1].Reason), tx.now.UnixMilli(), int64(a.Message), string(from), string(a.Channel)).
			Scan(&n, &phone, &text)
		if errors.Is(err, sql.ErrNoRows) {
			return tx.exists(ctx, op, a.Message)
		}
		if err != nil {
			return err
		}
		env := a.Envelope
		started := a.StartedAt
		if started.IsZero() {
			started = tx.now
		}
		if _, err := tx.ExecContext(ctx, insert, int64(a.Message), n, string(a.Channel), a.Box, env.Device, env.WireID,
			unless(string(env.To), string(phone)), unless(env.Text, text), env.ValidFor.Milliseconds(), env.Parts, env.ConcatRef,
			started.UnixMilli()); err != nil {
			return err
		}
		won = true
		return tx.addSteps(ctx, a.Message, steps)
	})
	if err != nil || !won {
		return 0, false, err
	}
	return n, true, nil
}

// unless is NULL for what equals the message's own value.
func unless(value, usual string) any {
	if value == usual {
		return nil
	}
	return value
}

const attemptColumns = `a.message, a.n, a.channel, a.box, a.device, a.wire_id, coalesce(a.phone, m.phone), coalesce(a.text, m.text),
	a.valid_for, a.parts, a.concat_ref, a.state, a.code, a.started_at, a.settled_at`

func scanAttempt(scan scanner) (gateway.Attempt, error) {
	var a gateway.Attempt
	var validFor int64
	var started, settled stamp
	e := &a.Envelope
	err := scan(&a.Message, &a.N, &a.Channel, &a.Box, &e.Device, &e.WireID, &e.To, &e.Text,
		&validFor, &e.Parts, &e.ConcatRef, &a.State, &a.Code, &started, &settled)
	e.ValidFor = time.Duration(validFor) * time.Millisecond
	a.StartedAt, a.SettledAt = started.time(), settled.time()
	return a, err
}

const queryLastAttempt = `SELECT ` + attemptColumns + ` FROM attempt a JOIN message m ON m.id = a.message
	WHERE a.message = ? ORDER BY a.n DESC LIMIT 1`

// LastAttempt implements gateway.Queue.
func (s *Store) LastAttempt(ctx context.Context, id gateway.MessageID) (gateway.Attempt, bool, error) {
	a, err := scanAttempt(s.reader.QueryRowContext(ctx, queryLastAttempt, int64(id)).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return gateway.Attempt{}, false, nil
	}
	if err != nil {
		return gateway.Attempt{}, false, fault("read the last attempt", err)
	}
	return a, true, nil
}

const (
	querySent = `SELECT count(*), max(started_at) FROM attempt
		WHERE channel = ? AND started_at >= ? AND state NOT IN ('not_sent', 'refused')`
)

// SentSince implements gateway.Counters.
func (s *Store) SentSince(ctx context.Context, ch device.Channel, t time.Time) (int, time.Time, error) {
	var n int
	var last stamp
	err := s.reader.QueryRowContext(ctx, querySent, string(ch), t.UnixMilli()).Scan(&n, &last)
	return n, last.time(), fault("count what was sent", err)
}
