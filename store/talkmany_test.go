package store

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// fillTalks writes conversations with twenty lines each, half of them ours: every third
// in the CRM's chats, one in a hundred waiting for a person, one in a thousand with words
// that nobody has dealt with yet.
func fillTalks(tb testing.TB, s *Store, n int) {
	tb.Helper()
	now := time.Now().UnixMilli()
	const series = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1) `
	const lines = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1 * 10) `
	memory := strings.Repeat("x", 600)
	for _, q := range []string{
		`PRAGMA synchronous = OFF`, `PRAGMA foreign_keys = OFF`, `PRAGMA cache_size = -200000`, `BEGIN`,
		series + `INSERT INTO conversation (id, channel, phone, phone_tail, alias, name, name_key, heard_at, said_at, last_at, unread, version, called_at, customer_id, state)
			SELECT i, iif(i % 3 = 0, 'chat', 'whatsapp'), '+79' || printf('%09d', i), '', iif(i % 3 = 0, i, i || '@lid'), 'Анна ' || i, 'анна ' || i,
				?2 - i * 60000, ?2 - i * 60000 + 5000, ?2 - i * 60000 + 5000, i % 7 = 0, 20, iif(i % 100 = 0, ?2, NULL), i, '{"v":1,"x":"' || ?3 || '"}'
			FROM n`,
		`UPDATE conversation SET phone_tail = substr(phone,12,1)||substr(phone,11,1)||substr(phone,10,1)||substr(phone,9,1)||substr(phone,8,1)||substr(phone,7,1)||substr(phone,6,1)||substr(phone,5,1)||substr(phone,4,1)||'97'`,
		lines + `INSERT INTO incoming (id, channel, device, wire_id, phone, alias, name, text, media, at, from_shop, to_phone, kept_at, conversation, done_at, why, command, phrase)
			SELECT i, 'whatsapp', 'd', 'in' || i, '', '', '', 'где мой заказ?', '', ?2 - i * 1000, 0, '', ?2 - i * 1000, 1 + i % ?1, iif(i % ?1 < ?1 / 1000 AND i > ?1 * 9, NULL, ?2), 'order',
				iif(i % 3 = 0, 'order', ''), iif(i % 20 = 0, 'фраза ' || i % 300, '') FROM n`,
		lines + `INSERT INTO decision (id, rule, verdict, reason, number, name, name_key, status, at, message) SELECT i, '', 'send', 'in_queue', '', 'Анна', 'анна', '', ?2 - i * 1000, i FROM n`,
		lines + `INSERT INTO message (id, decision, phone, phone_tail, purpose, priority, text, state, reason, channels, channel, rule, order_number, hours_from, hours_to, fallback_after,
				attempts, created_at, updated_at, conversation, by_bot)
			SELECT i, i, '', '', 'reply', 0, 'Заказ готов, ждём вас.', 'read', '', 'whatsapp', 'whatsapp', '', '', 0, 0, 0, 1, ?2 - i * 1000, ?2 - i * 1000, 1 + i % ?1, 1 FROM n`,
		lines + `INSERT INTO attempt (message, n, channel, box, device, wire_id, valid_for, parts, concat_ref, state, started_at, settled_at)
			SELECT i, 1, 'whatsapp', 'box', 'd', 'out' || i, 0, 1, 0, 'accepted', ?2 - i * 1000, ?2 - i * 1000 FROM n`,
		`COMMIT`, `PRAGMA wal_checkpoint(TRUNCATE)`, `PRAGMA synchronous = FULL`, `PRAGMA foreign_keys = ON`, `PRAGMA cache_size = -2000`,
	} {
		var args []any
		for i, v := range []any{n, now, memory} {
			if strings.Contains(q, fmt.Sprint("?", i+1)) {
				args = append(args, v)
			}
		}
		if _, err := s.exec(q, args...); err != nil {
			tb.Fatalf("%v\n%s", err, q)
		}
	}
}

// talkCosts asks everything that is asked often of many conversations.
func talkCosts(tb testing.TB, s *Store) []struct {
	name string
	do   func() error
} {
	tb.Helper()
	ctx := context.Background()
	seq := 0
	lists := func(f gateway.ConversationFilter) func() error {
		return func() error { _, err := s.Conversations(ctx, f); return err }
	}
	return []struct {
		name string
		do   func() error
	}{
		{"PendingTalks", func() error { _, err := s.PendingTalks(ctx, []gateway.ConversationID{5, 6}, 8); return err }},
		{"NextHeard", func() error { _, _, _, err := s.NextHeard(ctx, 4); return err }},
		{"NextHeard, nothing", func() error { _, _, _, err := s.NextHeard(ctx, 5000); return err }},
		{"SaveIncoming", func() error {
			seq++
			_, err := s.SaveIncoming(ctx, device.Incoming{Channel: device.WhatsApp, Device: "d", ID: fmt.Sprint("new", seq), From: device.Phone(fmt.Sprintf("+79%09d", 1+seq*3%9000)), Text: "где мой заказ?", At: time.Now()}, nil)
			return err
		}},
		{"Answer", func() error {
			seq++
			c, err := s.Conversation(ctx, gateway.ConversationID(1+seq*7%9000))
			if err != nil {
				return err
			}
			_, ok, err := s.Answer(ctx, gateway.Answered{
				Conversation: c.ID, Version: c.Version, TakenAt: c.TakenAt, Next: c.State,
				Decisions: []gateway.Decision{{Verdict: gateway.Send, Reason: gateway.InQueue, At: time.Now(), Message: &gateway.Message{
					DedupeKey: fmt.Sprint("reply/", seq), To: c.Phone, Alias: c.Alias, ByBot: true, Purpose: gateway.ForReply, Text: "Заказ готов", State: gateway.Queued,
					Channels: []device.Channel{c.Channel}, Channel: c.Channel,
				}}},
			})
			if err == nil && !ok {
				err = fmt.Errorf("refused")
			}
			return err
		}},
		{"Conversations", lists(gateway.ConversationFilter{})},
		{"Conversations, deep", lists(gateway.ConversationFilter{Before: time.Now().Add(-100 * time.Hour)})},
		{"Conversations, waiting", lists(gateway.ConversationFilter{Only: "waiting"})},
		{"Conversations, unread", lists(gateway.ConversationFilter{Only: "unread"})},
		{"Conversations, human", lists(gateway.ConversationFilter{Only: "human"})},
		{"Conversations, name", lists(gateway.ConversationFilter{Search: "анна 99"})},
		{"Conversations, no such name", lists(gateway.ConversationFilter{Search: "боб"})},
		{"Conversations, number's end", lists(gateway.ConversationFilter{Search: "7919"})},
		{"Conversations, no such digits", lists(gateway.ConversationFilter{Search: "987654"})},
		{"TalkLines", func() error { _, err := s.TalkLines(ctx, 777, 60); return err }},
		{"ConversationsOf", func() error { _, err := s.ConversationsOf(ctx, "+79000000777", 777); return err }},
		{"TalkTotals", func() error { _, _, err := s.TalkTotals(ctx); return err }},
		{"Strangers", func() error { _, err := s.Strangers(ctx, time.Now(), 20); return err }},
		{"Unmatched, a day", func() error { _, err := s.Unmatched(ctx, time.Now().Add(-24*time.Hour), 20); return err }},
		{"CommandUses, a day", func() error { _, err := s.CommandUses(ctx, time.Now().Add(-24*time.Hour)); return err }},
		{"MirrorLines", func() error {
			_, err := s.MirrorLines(ctx, 99_000, time.Now().Add(-time.Hour), 0, 50)
			return err
		}},
		{"audit", func() error {
			_, err := s.Inspect(ctx, gateway.AuditScope{Now: time.Now(), From: gateway.NewSweep(), Slice: 1000, HeardBefore: time.Now()})
			return err
		}},
	}
}

// TestManyTalks says what each costs among 10,000 conversations with 200,000 lines; the
// figures depend on the machine, so nothing fails by them.
func TestManyTalks(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 200,000 lines")
	}
	t.Parallel()
	s := testStore(t)
	fillTalks(t, s, 10_000)
	for _, q := range talkCosts(t, s) {
		const times = 5
		if err := q.do(); err != nil { // the first one parses and reads cold pages
			t.Fatalf("%s: %v", q.name, err)
		}
		began := time.Now()
		for range times {
			if err := q.do(); err != nil {
				t.Fatalf("%s: %v", q.name, err)
			}
		}
		t.Logf("%-30s %8.2f ms", q.name, float64(time.Since(began).Microseconds())/times/1000)
	}
}
