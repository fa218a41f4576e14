// Package storefill writes a ledger of any size within seconds, for benchmarks: a
// year of a shop, nine in ten messages delivered, the newest 500 still waiting. It
// goes past every rule of the gateway, straight into the tables.
//
// Imported by benchmarks alone.
package storefill

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"
)

// Execer is an open transaction or connection.
type Execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// Waiting is how many of the messages are still in the queue.
const Waiting = 500

// Ledger fills empty tables with n decisions, ten in eleven of which made a message of the
// same number. The connection should have foreign keys off and be in a transaction.
func Ledger(ctx context.Context, db Execer, n int) error {
	start := time.Now().Add(-365 * 24 * time.Hour).UnixMilli()
	step := 365 * 24 * time.Hour.Milliseconds() / int64(n)
	for _, query := range statements() {
		var args []any
		for i, v := range []any{n, start, step} {
			if strings.Contains(query, fmt.Sprint("?", i+1)) {
				args = append(args, v)
			}
		}
		if _, err := db.ExecContext(ctx, query, args...); err != nil {
			return fmt.Errorf("fill the ledger: %w in\n%s", err, query)
		}
	}
	return nil
}

func statements() []string {
	// ?1 is how many, ?2 the first time, ?3 the time between two.
	const series = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1) `
	const digits = `printf('%09d', i * 7919 % 200000)` // of the phone after +79
	var tail strings.Builder
	for at := 9; at >= 1; at-- {
		fmt.Fprintf(&tail, "substr(%s, %d, 1) || ", digits, at)
	}
	return []string{
		series + `INSERT INTO decision (id, rule_id, rule, verdict, reason, order_id, number, name, name_key, status, at, trace, message)
			SELECT i, 1 + i % 7, 'rule', iif(i % 11 = 0, 'skip', 'send'), iif(i % 11 = 0, 'no_phone', 'in_queue'), i, cast(100000 + i AS TEXT),
				'Анна ' || i, 'анна ' || i, 'ready', ?2 + i * ?3,
				'[{"at":1773055924000,"reason":"rule_matched","args":{"rule":"ready"}}]', iif(i % 11 = 0, NULL, i) FROM n`,
		series + fmt.Sprintf(`INSERT INTO message (id, decision, dedupe_key, phone, phone_tail, purpose, priority, text,
				state, reason, channels, channel, rule_id, rule, order_id, order_number, hours_from, hours_to,
				fallback_after, not_before, attempts, created_at, updated_at)
			SELECT i, i, 'rule/' || (1 + i %% 7) || '/order/' || i, '+79' || %s, %s '97', 'order', 2, 'Здравствуйте, Анна! Заказ готов, ждём вас.',
				CASE WHEN i > ?1 - %d THEN 'queued' WHEN i %% 1000 = 1 THEN 'failed' WHEN i %% 1000 = 2 THEN 'unknown' WHEN i %% 10 = 3 THEN 'read' ELSE 'delivered' END,
				iif(i %% 1000 = 2, 'ask_person', 'delivered'), 'whatsapp,sms', iif(i %% 5 = 0, 'sms', 'whatsapp'), 1 + i %% 7, 'rule', i, cast(100000 + i AS TEXT), 540, 1260,
				1800000, ?2 + i * ?3, iif(i > ?1 - %d, 0, 1), ?2 + i * ?3, ?2 + i * ?3
			FROM n WHERE i %% 11 <> 0`, digits, tail.String(), Waiting, Waiting),
		`INSERT INTO trace (message, n, at, reason, args) SELECT m.id, k.value, m.created_at, 'accepted', '{"channel":"whatsapp"}' FROM message m, json_each('[1,2,3,4]') k`,
		`INSERT INTO attempt (message, n, channel, box, device, wire_id, valid_for, parts, concat_ref, state, started_at)
			SELECT id, 1, channel, 'box', '7900', printf('3EB0%016X', id * 2654435761 % 4294967296 * 4096), 0, 1, 0,
				CASE state WHEN 'failed' THEN 'refused' WHEN 'unknown' THEN 'uncertain' ELSE 'accepted' END, created_at
			FROM message WHERE attempts = 1`,
		`INSERT INTO receipt (wire_id, channel, kind, part, at, evidence, device, parts, phone, kept_at, message)
			SELECT a.wire_id, a.channel, 'delivered', 0, a.started_at, 'receipt', '7900', 0, m.phone, a.started_at, m.id
			FROM attempt a JOIN message m ON m.id = a.message WHERE m.state IN ('delivered', 'read')`,
		`INSERT INTO effect (kind, key, order_id, message, value, state, tries, next_at, error, at)
			SELECT 'mark_whatsapp', 'mark/' || order_id, order_id, id, 'yes', 'done', 1, created_at, '', created_at
			FROM message WHERE channel = 'whatsapp' AND state IN ('delivered', 'read')`,
		`INSERT INTO hour (hour, first_decision, first_message) SELECT at / 3600000, min(id), min(message) FROM decision GROUP BY 1`,
	}
}
