package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// perPriority is a query for each priority of messages, whose results are put
// together: within one priority the index is in the order of due times, so each
// part reads one row, however many messages wait for later.
func perPriority(one string) string {
	parts := make([]string, 5)
	for p := range parts {
		parts[p] = "SELECT * FROM (" + strings.ReplaceAll(one, "{p}", string(rune('0'+p))) + ")"
	}
	return strings.Join(parts, " UNION ALL ")
}

var (
	queryNextDue     = nextDue(``)
	queryNextDueSkip = nextDue(`AND id NOT IN (SELECT value FROM json_each(?3))`)

	queryNextDueAt = `SELECT min(due_at) FROM (` + perPriority(`
		SELECT due_at FROM message
		WHERE state IN ('queued', 'held') AND channel = ?1 AND priority = {p} AND due_at > ?2
		ORDER BY due_at LIMIT 1`) + `)`
)

func nextDue(skip string) string {
	return `SELECT ` + messageColumns + ` FROM message m WHERE m.id = (
		SELECT id FROM (` + perPriority(`
			SELECT id, priority FROM message
			WHERE state IN ('queued', 'held') AND channel = ?1 AND priority = {p} AND due_at <= ?2 `+skip+`
			ORDER BY due_at, id LIMIT 1`) + `)
		ORDER BY priority LIMIT 1)`
}

// NextDue implements gateway.Queue.
func (s *Store) NextDue(ctx context.Context, ch device.Channel, now time.Time, skip []gateway.MessageID) (gateway.Message, bool, error) {
	const op = "read the next message due"
	query, args := queryNextDue, []any{string(ch), now.UnixMilli()}
	if len(skip) > 0 {
		ids, err := json.Marshal(skip)
		if err != nil {
			return gateway.Message{}, false, fault(op, err)
		}
		query, args = queryNextDueSkip, append(args, string(ids))
	}
	var r messageRow
	err := s.reader.QueryRowContext(ctx, query, args...).Scan(r.dest()...)
	if errors.Is(err, sql.ErrNoRows) {
		return gateway.Message{}, false, nil
	}
	if err != nil {
		return gateway.Message{}, false, fault(op, err)
	}
	return r.message(), true, nil
}

// queryAnswerBefore looks at the last answers only: a talk has hundreds.
const queryAnswerBefore = `SELECT max(coalesce(not_before, 0)) FROM (
		SELECT state, channel, purpose, attempts, not_before FROM message WHERE conversation = ?1 AND id < ?2 ORDER BY id DESC LIMIT 20)
	WHERE state = 'queued' AND channel = ?3 AND purpose = ?4 AND attempts < 3`

// AnswerBefore implements gateway.Talks.
func (s *Store) AnswerBefore(ctx context.Context, m gateway.Message) (time.Time, bool, error) {
	return s.oneTime(ctx, "read which answers wait", queryAnswerBefore, int64(m.Conversation), int64(m.ID), string(m.Channel), string(gateway.ForReply))
}

// NextDueAt implements gateway.Queue. A message that expires before its NotBefore
// is looked at when it expires.
func (s *Store) NextDueAt(ctx context.Context, ch device.Channel, now time.Time) (time.Time, bool, error) {
	return s.oneTime(ctx, "read the next due time", queryNextDueAt, string(ch), now.UnixMilli())
}

// A plus sign before a column keeps SQLite from leading with that column's index,
// which is the worse one here (sqlite.org/optoverview.html §4).
const (
	queryUnresolved = `SELECT ` + messageColumns + ` FROM message m
		WHERE m.alarm_at <= ? AND +m.state = 'unknown' ORDER BY m.alarm_at, m.id`
	queryFallbackDue = `SELECT ` + messageColumns + ` FROM message m
		WHERE m.alarm_at <= ? AND +m.state = 'accepted' ORDER BY m.alarm_at, m.id`
	queryNextAlarm = `SELECT min(alarm_at) FROM message WHERE alarm_at IS NOT NULL`
	querySendingOf = `SELECT ` + messageColumns + ` FROM message m
		JOIN attempt a ON a.message = m.id AND a.n = m.attempts
		WHERE m.state = 'sending' AND a.box = ? ORDER BY m.id`
)

// Unresolved implements gateway.Queue.
func (s *Store) Unresolved(ctx context.Context, now time.Time) ([]gateway.Message, error) {
	list, err := messages(ctx, s.reader, queryUnresolved, now.UnixMilli())
	return list, fault("read unresolved messages", err)
}

// FallbackDue implements gateway.Queue.
func (s *Store) FallbackDue(ctx context.Context, now time.Time) ([]gateway.Message, error) {
	list, err := messages(ctx, s.reader, queryFallbackDue, now.UnixMilli())
	return list, fault("read messages without a receipt", err)
}

// NextAlarm implements gateway.Queue.
func (s *Store) NextAlarm(ctx context.Context) (time.Time, bool, error) {
	return s.oneTime(ctx, "read the next alarm", queryNextAlarm)
}

// SendingOf implements gateway.Queue.
func (s *Store) SendingOf(ctx context.Context, box string) ([]gateway.Message, error) {
	list, err := messages(ctx, s.reader, querySendingOf, box)
	return list, fault("read messages in flight", err)
}

// oneTime reads a single time; false for NULL.
func (s *Store) oneTime(ctx context.Context, op, query string, args ...any) (time.Time, bool, error) {
	var at stamp
	if err := s.reader.QueryRowContext(ctx, query, args...).Scan(&at); err != nil {
		return time.Time{}, false, fault(op, err)
	}
	return at.time(), at.Valid, nil
}
