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
func (s *Store) Begin(ctx context.Context, from gateway.State, a gateway.Attempt, steps ...gateway.Step) (n int, ok bool, err error) {
	if err := mayBegin(from, a, steps); err != nil {
		return 0, false, err
	}
	err = s.change(ctx, opBegin, func(tx *transaction) (err error) {
		n, ok, err = tx.begin(ctx, from, a, steps)
		return err
	})
	if err != nil || !ok {
		return 0, false, err
	}
	return n, true, nil
}

// SettleAndBegin implements gateway.Queue.
func (s *Store) SettleAndBegin(ctx context.Context, done gateway.MessageID, to gateway.Change, from gateway.State, a gateway.Attempt, steps ...gateway.Step) (settled bool, n int, ok bool, err error) {
	if err := mayBegin(from, a, steps); err != nil {
		return false, 0, false, err
	}
	err = s.change(ctx, "settle one message and begin the next", func(tx *transaction) (err error) {
		if settled, err = tx.move(ctx, done, gateway.Sending, to); err != nil {
			return err
		}
		n, ok, err = tx.begin(ctx, from, a, steps)
		return err
	})
	if err != nil {
		return false, 0, false, err
	}
	if !ok {
		n = 0
	}
	return settled, n, ok, nil
}

const opBegin = "begin an attempt"

func mayBegin(from gateway.State, a gateway.Attempt, steps []gateway.Step) error {
	switch {
	case !from.May(gateway.Sending):
		return device.Errorf(device.Internal, "store: "+opBegin, "message %d may not go from %s to sending", a.Message, from)
	case a.Envelope.WireID == "":
		return device.Errorf(device.Internal, "store: "+opBegin, "message %d: an attempt without a wire id", a.Message)
	case len(steps) == 0:
		return device.Errorf(device.Internal, "store: "+opBegin, "message %d: an attempt without a step", a.Message)
	}
	return nil
}

// begin claims a message and writes its attempt; false when somebody was quicker.
func (tx *transaction) begin(ctx context.Context, from gateway.State, a gateway.Attempt, steps []gateway.Step) (int, bool, error) {
	const claim = `
		UPDATE message SET state = 'sending', reason = ?, attempts = attempts + 1, fallback_at = NULL, resolve_at = NULL, updated_at = ?
		WHERE id = ? AND state = ? AND channel = ?
		RETURNING attempts, phone, text`
	const insert = `
		INSERT INTO attempt (message, n, channel, box, device, wire_id, phone, text, valid_for, parts, concat_ref, state, code, started_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'sending', '', ?)`
	var n int
	var phone device.Phone
	var text string
	err := tx.QueryRowContext(ctx, claim, string(steps[len(steps)-1].Reason), tx.now.UnixMilli(), int64(a.Message), string(from), string(a.Channel)).
		Scan(&n, &phone, &text)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, false, tx.exists(ctx, opBegin, a.Message)
	}
	if err != nil {
		return 0, false, err
	}
	env := a.Envelope
	started := a.StartedAt
	if started.IsZero() {
		started = tx.now
	}
	if _, err := tx.ExecContext(ctx, insert, int64(a.Message), n, string(a.Channel), a.Box, env.Device, env.WireID,
		unless(string(env.To), string(phone)), unless(env.Text, text), env.ValidFor.Milliseconds(), env.Parts, env.ConcatRef,
		started.UnixMilli()); err != nil {
		return 0, false, err
	}
	return n, true, tx.addSteps(ctx, a.Message, steps)
}

// unless is NULL for what equals the message's own value.
func unless(value, usual string) any {
	if value == usual {
		return nil
	}
	return value
}

// An attempt has the message's own file. Of the message's alias and quick replies an attempt has those that its channel knows: a
// chat's id says nothing to another radio.
const attemptColumns = `a.message, a.n, a.channel, a.box, a.device, a.wire_id, coalesce(a.phone, m.phone), coalesce(a.text, m.text),
	a.valid_for, a.parts, a.concat_ref, a.state, a.code, a.started_at, a.settled_at,
	iif(a.channel = 'chat' OR m.phone = '', m.alias, ''), iif(a.channel = 'chat', m.suggestions, NULL), coalesce(m.file, 0)`

func scanAttempt(scan scanner) (gateway.Attempt, error) {
	var a gateway.Attempt
	var validFor int64
	var started, settled stamp
	e := &a.Envelope
	err := scan(&a.Message, &a.N, &a.Channel, &a.Box, &e.Device, &e.WireID, &e.To, &e.Text,
		&validFor, &e.Parts, &e.ConcatRef, &a.State, &a.Code, &started, &settled,
		&e.Alias, (*suggestions)(&e.Suggestions), &e.File)
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

const queryInDoubt = `SELECT EXISTS (SELECT 1 FROM attempt WHERE message = ? AND +wire_id = ? AND state IN ('sending', 'uncertain'))`

// InDoubt implements gateway.Queue.
func (s *Store) InDoubt(ctx context.Context, id gateway.MessageID, wireID string) (doubt bool, err error) {
	err = s.reader.QueryRowContext(ctx, queryInDoubt, int64(id), wireID).Scan(&doubt)
	return doubt, fault("look for an attempt in doubt", err)
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
