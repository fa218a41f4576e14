package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

const messageColumns = `m.id, m.dedupe_key, m.phone, m.purpose, m.text, m.state, m.reason, m.channels, m.channel,
	m.rule_id, m.rule, m.order_id, m.order_number, m.hours_from, m.hours_to, m.fallback_after,
	m.not_before, m.expires_at, m.fallback_at, m.resolve_at, m.attempts, m.created_at, m.updated_at,
	m.alias, m.conversation, m.by_bot, m.customer_id, m.suggestions, m.zone, m.campaign, m.file`

// messageRow takes one row of messageColumns.
type messageRow struct {
	m                                                    gateway.Message
	key                                                  sql.NullString
	channels                                             string
	rule, order                                          sql.NullInt64
	from, to, fallbackAfter                              int64
	notBefore, expires, fallback, resolve, made, updated stamp
	talk, customer, campaign, file                       sql.NullInt64
	suggestions                                          suggestions
}

func (r *messageRow) dest() []any {
	m := &r.m
	return []any{
		&m.ID, &r.key, &m.To, &m.Purpose, &m.Text, &m.State, &m.Reason, &r.channels, &m.Channel,
		&r.rule, &m.Rule, &r.order, &m.OrderNumber, &r.from, &r.to, &r.fallbackAfter,
		&r.notBefore, &r.expires, &r.fallback, &r.resolve, &m.Attempts, &r.made, &r.updated,
		&m.Alias, &r.talk, &m.ByBot, &r.customer, &r.suggestions, &m.Zone, &r.campaign, &r.file,
	}
}

func (r *messageRow) message() gateway.Message {
	m := r.m
	m.DedupeKey = r.key.String
	m.Channels = split[device.Channel](r.channels)
	m.RuleID, m.Order = gateway.RuleID(r.rule.Int64), gateway.OrderID(r.order.Int64)
	m.Hours = gateway.Hours{From: gateway.Clock(r.from), To: gateway.Clock(r.to)}
	m.FallbackAfter = time.Duration(r.fallbackAfter) * time.Millisecond
	m.NotBefore, m.ExpiresAt, m.FallbackAt, m.ResolveAt = r.notBefore.time(), r.expires.time(), r.fallback.time(), r.resolve.time()
	m.CreatedAt, m.UpdatedAt = r.made.time(), r.updated.time()
	m.Conversation, m.Customer, m.Suggestions = gateway.ConversationID(r.talk.Int64), r.customer.Int64, r.suggestions
	m.Campaign, m.File = gateway.CampaignID(r.campaign.Int64), gateway.FileID(r.file.Int64)
	return m
}

// suggestions are quick replies as a column holds them: JSON, or NULL for none.
type suggestions []device.Suggestion

// Scan implements sql.Scanner.
func (s *suggestions) Scan(column any) error {
	*s = nil
	switch text := column.(type) {
	case nil:
		return nil
	case string:
		return json.Unmarshal([]byte(text), s)
	}
	return fmt.Errorf("quick replies as %T", column)
}

// Value implements driver.Valuer.
func (s suggestions) Value() (driver.Value, error) {
	if len(s) == 0 {
		return nil, nil
	}
	text, err := json.Marshal(s)
	return string(text), err
}

// messages reads all rows of a query that selects messageColumns.
func messages(ctx context.Context, q querier, query string, args ...any) ([]gateway.Message, error) {
	var list []gateway.Message
	err := each(ctx, q, func(scan scanner) error {
		var r messageRow
		if err := scan(r.dest()...); err != nil {
			return err
		}
		list = append(list, r.message())
		return nil
	}, query, args...)
	return list, err
}

const queryMessage = `SELECT ` + messageColumns + ` FROM message m WHERE m.id = ?`

func messageByID(ctx context.Context, q querier, op string, id gateway.MessageID) (gateway.Message, error) {
	var r messageRow
	err := q.QueryRowContext(ctx, queryMessage, int64(id)).Scan(r.dest()...)
	if errors.Is(err, sql.ErrNoRows) {
		return gateway.Message{}, notFound(op, "no message %d", id)
	}
	return r.message(), err
}

// Message implements gateway.Queue.
func (s *Store) Message(ctx context.Context, id gateway.MessageID) (gateway.Message, error) {
	const op = "read a message"
	m, err := messageByID(ctx, s.reader, op, id)
	if err != nil {
		return gateway.Message{}, fault(op, err)
	}
	return m, nil
}

const queryMessageByKey = `SELECT ` + messageColumns + ` FROM message m WHERE m.dedupe_key = ?`

// MessageByKey is the message with a dedupe key, and the wire id of its newest attempt,
// empty before the first.
func (s *Store) MessageByKey(ctx context.Context, key string) (m gateway.Message, wire string, err error) {
	const op = "read a message by its key"
	var r messageRow
	switch err := s.reader.QueryRowContext(ctx, queryMessageByKey, key).Scan(r.dest()...); {
	case errors.Is(err, sql.ErrNoRows):
		return m, "", fault(op, notFound(op, "no message %q", key))
	case err != nil:
		return m, "", fault(op, err)
	}
	a, ok, err := s.LastAttempt(ctx, r.message().ID)
	if ok {
		wire = a.Envelope.WireID
	}
	return r.message(), wire, err
}

// insertMessage enqueues a draft: queued, or held for a time or a person.
func (tx *transaction) insertMessage(ctx context.Context, m gateway.Message, decision int64) (gateway.MessageID, error) {
	const query = `
		INSERT INTO message (decision, dedupe_key, phone, phone_tail, purpose, priority, text, state, reason, channels, channel,
			rule_id, rule, order_id, order_number, hours_from, hours_to, fallback_after,
			not_before, expires_at, fallback_at, resolve_at, attempts, created_at, updated_at,
			alias, conversation, by_bot, customer_id, suggestions, zone, campaign, file)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	if m.State != gateway.Queued && m.State != gateway.Held {
		return 0, device.Errorf(device.Internal, "store: keep decisions", "a new message cannot be %q", m.State)
	}
	for _, ch := range m.Channels {
		if strings.Contains(string(ch), ",") {
			return 0, device.Errorf(device.Internal, "store: keep decisions", "no channel %q", ch)
		}
	}
	if m.UpdatedAt.IsZero() {
		m.UpdatedAt = m.CreatedAt
	}
	res, err := tx.ExecContext(ctx, query, decision, textOrNull(m.DedupeKey), m.To.String(), tail(m.To), string(m.Purpose), m.Purpose.Priority(),
		m.Text, string(m.State), string(m.Reason), joined(m.Channels), string(m.Channel),
		orNull(m.RuleID), m.Rule, orNull(m.Order), m.OrderNumber, int64(m.Hours.From), int64(m.Hours.To), m.FallbackAfter.Milliseconds(),
		millis(m.NotBefore), millis(m.ExpiresAt), millis(m.FallbackAt), millis(m.ResolveAt), m.CreatedAt.UnixMilli(), m.UpdatedAt.UnixMilli(),
		m.Alias, orNull(m.Conversation), m.ByBot, orNull(m.Customer), suggestions(m.Suggestions),
		m.Zone, orNull(m.Campaign), orNull(m.File))
	if err != nil {
		return 0, err
	}
	id, err := res.LastInsertId()
	return gateway.MessageID(id), err
}
