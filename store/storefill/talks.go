package storefill

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Quiet is how long ago the last word of the conversations of Talks was said.
const Quiet = 8 * 24 * time.Hour

// Talks fills empty tables with n open conversations of the three weeks before Quiet: the
// first half of them chats of the CRM, whose ids are theirs, the rest one in four by SMS and
// the others by WhatsApp. In each the customer wrote three times and the bot, whose memory
// is state, answered twice. The connection should have foreign keys off and be in a transaction.
func Talks(ctx context.Context, db Execer, n int, state string) error {
	const span = 21 * 24 * time.Hour
	start := time.Now().Add(-Quiet - span).UnixMilli()
	for _, query := range talkStatements() {
		var args []any
		for i, v := range []any{n, start, span.Milliseconds() / int64(n), state} {
			if strings.Contains(query, fmt.Sprint("?", i+1)) {
				args = append(args, v)
			}
		}
		if _, err := db.ExecContext(ctx, query, args...); err != nil {
			return fmt.Errorf("fill the conversations: %w in\n%s", err, query)
		}
	}
	return nil
}

// Phone is the number of the i-th conversation, when it is none of the chats.
func Phone(i int) string { return fmt.Sprintf("+79%09d", i) }

// ByWhatsApp tells whether the i-th of n conversations is one by WhatsApp.
func ByWhatsApp(i, n int) bool { return i > n/2 && i%4 != 0 }

// Customer is the card of the i-th conversation's customer.
func Customer(i int) int64 { return 1_000_000 + int64(i) }

// talkStatements are Talks: ?1 is how many, ?2 the first time, ?3 the time between two, ?4
// the state.
func talkStatements() []string {
	const series = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1) `
	const digits = `printf('%09d', i)` // of the phone after +79
	var tail strings.Builder
	for at := 9; at >= 1; at-- {
		fmt.Fprintf(&tail, "substr(%s, %d, 1) || ", digits, at)
	}
	return []string{
		series + `INSERT INTO conversation (id, channel, phone, phone_tail, alias, name, name_key, heard_at, said_at, unread, version,
				called_at, called_why, customer_id, looked_up_at, messenger, account, mg_customer, state)
			SELECT i, CASE WHEN i <= ?1 / 2 THEN 'chat' WHEN i % 4 = 0 THEN 'sms' ELSE 'whatsapp' END,
				iif(i <= ?1 / 2, '', '+79' || ` + digits + `), iif(i <= ?1 / 2, '', ` + tail.String() + `'97'), iif(i <= ?1 / 2, i, ''),
				'Анна ' || i, 'анна ' || i, ?2 + i * ?3, ?2 + i * ?3 + 900, iif(i % 20 = 0, 1, 0), 3,
				iif(i % 50 = 0, ?2 + i * ?3, NULL), iif(i % 50 = 0, 'asked_person', ''), ` + fmt.Sprint(Customer(0)) + ` + i, ?2 + i * ?3,
				iif(i <= ?1 / 2, 'telegram', ''), iif(i <= ?1 / 2, 1, 0), iif(i <= ?1 / 2, i, 0), ?4
			FROM n`,
		`INSERT INTO incoming (id, channel, device, wire_id, phone, alias, name, text, media, at, from_shop, to_phone, kept_at, conversation, done_at, why)
			SELECT c.id * 3 + k.value - 2, c.channel, '7900', printf('3A%018X', c.id * 3 + k.value), c.phone, c.alias, c.name,
				'Здравствуйте! Подскажите, пожалуйста, где мой заказ?', '', c.heard_at + k.value, 0, '', c.heard_at + k.value, c.id, c.heard_at + k.value, 'command'
			FROM conversation c, json_each('[0,1,2]') k ORDER BY 1`,
		`INSERT INTO decision (id, rule, verdict, reason, number, name, name_key, status, at, trace, message)
			SELECT c.id * 2 + k.value - 1, '', 'send', 'in_queue', '', c.name, c.name_key, '', c.said_at,
				'[{"at":1773055924000,"reason":"from_bot","args":{"why":"команда «Где мой заказ?»"}}]', c.id * 2 + k.value - 1
			FROM conversation c, json_each('[0,1]') k ORDER BY 1`,
		`INSERT INTO message (id, decision, dedupe_key, phone, phone_tail, alias, conversation, customer_id, by_bot, purpose, priority, text,
				state, reason, channels, channel, rule, order_number, hours_from, hours_to, fallback_after, not_before, attempts, created_at, updated_at)
			SELECT d.id, d.id, 'reply/' || d.id || '/1', c.phone, c.phone_tail, c.alias, c.id, c.customer_id, 1, 'reply', 0, 'Заказ 10482: передан в доставку.',
				'delivered', 'delivered', c.channel, c.channel, '', '', 0, 1440, 0, d.at, 1, d.at, d.at
			FROM conversation c JOIN decision d ON d.id IN (c.id * 2 - 1, c.id * 2)`,
		`INSERT INTO trace (message, n, at, reason, args) SELECT m.id, k.value, m.created_at, 'accepted', '{"channel":"whatsapp"}' FROM message m, json_each('[1,2,3,4]') k`,
		`INSERT INTO attempt (message, n, channel, box, device, wire_id, valid_for, parts, concat_ref, state, started_at)
			SELECT id, 1, channel, 'main', '7900', printf('3EB0%016X', id * 2654435761 % 4294967296 * 4096), 0, 1, 0, 'accepted', created_at FROM message`,
		`INSERT INTO receipt (wire_id, channel, kind, part, at, evidence, device, parts, phone, kept_at, message)
			SELECT a.wire_id, a.channel, 'delivered', 0, a.started_at, 'receipt', '7900', 0, m.phone, a.started_at, m.id FROM attempt a JOIN message m ON m.id = a.message`,
		`INSERT INTO presence (phone, answer, canonical, alias, at, source) SELECT phone, 'yes', phone, '', heard_at, 'incoming' FROM conversation WHERE channel = 'whatsapp'`,
		`INSERT INTO chat (phone, opened_at, opened_by) SELECT phone, heard_at, 'customer' FROM conversation WHERE channel = 'whatsapp'`,
		`INSERT INTO hour (hour, first_decision, first_message) SELECT at / 3600000, min(id), min(message) FROM decision GROUP BY 1`,
		`INSERT INTO hour (hour, first_incoming) SELECT kept_at / 3600000, min(id) FROM incoming WHERE true GROUP BY 1
			ON CONFLICT (hour) DO UPDATE SET first_incoming = excluded.first_incoming`,
	}
}
