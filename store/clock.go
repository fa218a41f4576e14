package store

import (
	"context"
	"fmt"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// The marks of the clock among the counters, UTC milliseconds.
const (
	markMaxSeen    = "clock/max_seen"
	markWrongUntil = "clock/wrong_until"
	markSetBackAt  = "clock/set_back_at"
)

// ClockMarks implements gateway.ClockKeeper.
func (s *Store) ClockMarks(ctx context.Context) (gateway.ClockMarks, error) {
	var m gateway.ClockMarks
	err := each(ctx, s.reader, func(scan scanner) error {
		var name string
		var at stamp
		if err := scan(&name, &at); err != nil {
			return err
		}
		switch name {
		case markMaxSeen:
			m.MaxSeen = at.time()
		case markWrongUntil:
			m.WrongUntil = at.time()
		case markSetBackAt:
			m.SetBackAt = at.time()
		}
		return nil
	}, `SELECT name, value FROM counter WHERE name IN ('`+markMaxSeen+`', '`+markWrongUntil+`', '`+markSetBackAt+`')`)
	return m, fault("read the marks of the clock", err)
}

// SaveClockMarks implements gateway.ClockKeeper.
func (s *Store) SaveClockMarks(ctx context.Context, m gateway.ClockMarks) error {
	const query = `INSERT INTO counter (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`
	return s.change(ctx, "keep the marks of the clock", func(tx *transaction) error {
		for _, c := range []struct {
			name string
			at   time.Time
		}{{markMaxSeen, m.MaxSeen}, {markWrongUntil, m.WrongUntil}, {markSetBackAt, m.SetBackAt}} {
			if c.at.IsZero() {
				continue
			}
			if _, err := tx.ExecContext(ctx, query, c.name, c.at.UnixMilli()); err != nil {
				return err
			}
		}
		return nil
	})
}

// queryNewestTime looks at the last rows only: an index leads to each. Times that the
// radios gave are left out: they know nothing of a clock that is not believed.
const queryNewestTime = `SELECT max(at) FROM (
	SELECT max(created_at, updated_at) AS at FROM message WHERE id = (SELECT max(id) FROM message)
	UNION ALL SELECT at FROM decision WHERE id = (SELECT max(id) FROM decision)
	UNION ALL SELECT max(started_at) FROM attempt WHERE channel = 'whatsapp'
	UNION ALL SELECT max(started_at) FROM attempt WHERE channel = 'sms'
	UNION ALL SELECT max(started_at) FROM attempt WHERE channel = 'chat'
	UNION ALL SELECT kept_at FROM incoming WHERE id = (SELECT max(id) FROM incoming))`

// NewestTime implements gateway.ClockKeeper.
func (s *Store) NewestTime(ctx context.Context) (time.Time, error) {
	at, _, err := s.oneTime(ctx, "find the newest time in the ledger", queryNewestTime)
	return at, err
}

// Rethink implements gateway.ClockKeeper. A row whose updated_at is still to come was
// written by the clock that was ahead.
func (s *Store) Rethink(ctx context.Context, now time.Time) (int, error) {
	total := 0
	err := s.change(ctx, "think over what a wrong clock had put off", func(tx *transaction) error {
		total = 0
		ms := now.UnixMilli()
		for _, q := range []struct {
			query string
			args  []any
		}{
			// What waits is looked at now; its hours, gaps and links decide again. A time that the sender
			// asked for stays.
			{`UPDATE message SET not_before = ?1, updated_at = ?1
				WHERE state = 'queued' AND not_before > ?1 AND updated_at > ?1`, []any{ms}},
			{`UPDATE message SET not_before = ?1, updated_at = ?1
				WHERE state = 'held' AND not_before > ?1 AND reason <> ?2 AND updated_at > ?1`, []any{ms, string(gateway.HeldUntil)}},
			{`UPDATE message SET fallback_at = ?1 + fallback_after, updated_at = ?1
				WHERE alarm_at > ?1 AND state = 'accepted' AND updated_at > ?1`, []any{ms}},
			{`UPDATE message SET resolve_at = ?1 + 60000, updated_at = ?1
				WHERE alarm_at > ?1 AND state = 'unknown' AND updated_at > ?1`, []any{ms}},
			// An effect never waits for longer than six hours.
			{`UPDATE effect SET next_at = ?1 WHERE state = 'pending' AND next_at > ?1 + 21600000`, []any{ms}},
			// Nor does a ticket or an alarm for longer than a day; a card that was read in the future would never be old.
			{`UPDATE ticket SET due_at = ?1 WHERE due_at > ?1 + 86400000`, []any{ms}},
			{`UPDATE alarm SET due_at = ?1 WHERE state IN ('waits', 'opening') AND due_at > ?1 + 86400000`, []any{ms}},
			{`UPDATE card SET old_at = ?1 WHERE as_of > ?1 AND old_at IS NULL`, []any{ms}},
		} {
			n, err := rowsChanged(ctx, tx, q.query, q.args...)
			if err != nil {
				return err
			}
			total += n
		}
		return nil
	})
	return total, err
}

// PutOff implements gateway.ClockKeeper. Rows whose updated_at is nearer to the new time
// than to the old one were written after the clock was set, and wait by the new time.
func (s *Store) PutOff(ctx context.Context, from time.Time, by time.Duration) (int, error) {
	total := 0
	err := s.change(ctx, "fit alarms to a clock that was set forward", func(tx *transaction) error {
		total = 0
		for _, query := range []string{
			`UPDATE message SET fallback_at = fallback_at + ?2 WHERE alarm_at > ?1 AND state = 'accepted' AND updated_at <= ?1 + ?2 / 2`,
			`UPDATE message SET resolve_at = resolve_at + ?2 WHERE alarm_at > ?1 AND state = 'unknown' AND updated_at <= ?1 + ?2 / 2`,
		} {
			n, err := rowsChanged(ctx, tx, query, from.UnixMilli(), by.Milliseconds())
			if err != nil {
				return err
			}
			total += n
		}
		return nil
	})
	return total, err
}

// RethinkHours makes due now what waits for its hours or the shop's, as after a change of
// them or of the shop's zone. It answers how many messages it changed.
func (s *Store) RethinkHours(ctx context.Context, now time.Time) (int, error) {
	n := 0
	err := s.change(ctx, "think over the hours of what waits", func(tx *transaction) (err error) {
		n, err = rowsChanged(ctx, tx, `UPDATE message SET not_before = ?1, updated_at = ?1 WHERE state = 'held' AND reason IN (?2, ?3, ?4) AND not_before > ?1`,
			now.UnixMilli(), string(gateway.HeldHours), string(gateway.HeldShopClosed), string(gateway.HeldNoHours))
		return err
	})
	return n, err
}

func rowsChanged(ctx context.Context, tx *transaction, query string, args ...any) (int, error) {
	res, err := tx.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	n, err := res.RowsAffected()
	return int(n), err
}

const (
	querySentTimes = `SELECT started_at FROM attempt
		WHERE channel = ? AND started_at >= ? AND state NOT IN ('not_sent', 'refused') ORDER BY started_at DESC LIMIT ?`
	queryChatTimes = `SELECT opened_at FROM chat WHERE opened_by = 'box' AND opened_at >= ? ORDER BY opened_at DESC LIMIT ?`
)

// SentTimes implements gateway.Counters.
func (s *Store) SentTimes(ctx context.Context, ch device.Channel, t time.Time, limit int) ([]time.Time, error) {
	return s.times(ctx, "read when it was sent", querySentTimes, string(ch), t.UnixMilli(), limit)
}

// NewChatTimes implements gateway.Counters.
func (s *Store) NewChatTimes(ctx context.Context, t time.Time, limit int) ([]time.Time, error) {
	return s.times(ctx, "read when chats were begun", queryChatTimes, t.UnixMilli(), limit)
}

// times reads times, newest first, and answers them oldest first.
func (s *Store) times(ctx context.Context, op, query string, args ...any) ([]time.Time, error) {
	var list []time.Time
	err := each(ctx, s.reader, func(scan scanner) error {
		var at stamp
		if err := scan(&at); err != nil {
			return err
		}
		list = append(list, at.time())
		return nil
	}, query, args...)
	for i, j := 0, len(list)-1; i < j; i, j = i+1, j-1 {
		list[i], list[j] = list[j], list[i]
	}
	if err != nil {
		return nil, fault(op, fmt.Errorf("%d read: %w", len(list), err))
	}
	return list, nil
}
