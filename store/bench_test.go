package store

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// cycle leads one message from a status change to its delivered receipt, as the
// gateway does: six transactions.
func cycle(tb testing.TB, s *Store, n int) {
	ctx := context.Background()
	check := func(err error) {
		if err != nil {
			tb.Fatal(err)
		}
	}
	now := time.Now()
	to := device.Phone(fmt.Sprintf("+79%09d", n%1_000_000))
	_, err := s.SaveChanges(ctx, []gateway.StatusChange{{HistoryID: int64(n), Order: gateway.OrderID(n), From: "new", To: "ready", At: now}}, gateway.Cursor{SinceID: int64(n)})
	check(err)
	kept, err := s.Decide(ctx, int64(n), []gateway.Decision{{
		RuleID: 1, Rule: "ready", Verdict: gateway.Send, Reason: gateway.InQueue, Order: gateway.OrderID(n), Number: fmt.Sprint(n), Name: "Анна", Status: "ready", At: now,
		Trace: []gateway.Step{{At: now, Reason: gateway.RuleMatched, Args: gateway.Args{"rule": "ready"}}},
		Message: &gateway.Message{
			DedupeKey: fmt.Sprintf("rule/1/order/%d", n), To: to, Purpose: gateway.ForOrder, Text: "Здравствуйте, Анна! Заказ готов, ждём вас.", State: gateway.Queued,
			Reason: gateway.InQueue, Channels: []device.Channel{device.WhatsApp, device.SMS}, Channel: device.WhatsApp, RuleID: 1, Rule: "ready",
			Order: gateway.OrderID(n), OrderNumber: fmt.Sprint(n), NotBefore: now, CreatedAt: now, UpdatedAt: now, FallbackAfter: 30 * time.Minute,
		},
	}})
	check(err)
	m, ok, err := s.NextDue(ctx, device.WhatsApp, now.Add(time.Second), nil)
	check(err)
	if !ok || m.ID != kept[0].MessageID {
		tb.Fatalf("due: %d, %v", m.ID, ok)
	}
	wire := fmt.Sprintf("3EB0%016X", uint64(n)*0x9E3779B97F4A7C15)
	a := gateway.Attempt{Message: m.ID, Channel: device.WhatsApp, Box: "box", StartedAt: now, Envelope: device.Envelope{Outgoing: device.Outgoing{To: m.To, Text: m.Text}, WireID: wire, Device: "7900", Parts: 1}}
	_, ok, err = s.Begin(ctx, gateway.Queued, a, gateway.Step{At: now, Reason: gateway.SendingNow, Args: gateway.Args{"channel": "whatsapp", "attempt": "1"}})
	check(err)
	if !ok {
		tb.Fatal("lost")
	}
	_, err = s.Move(ctx, m.ID, gateway.Sending, gateway.Change{
		State: gateway.Accepted, Reason: gateway.WasAccepted, Attempt: 1, AttemptState: gateway.AttemptAccepted, FallbackAt: now.Add(30 * time.Minute),
		Steps:    []gateway.Step{{At: now, Reason: gateway.WasAccepted, Args: gateway.Args{"channel": "whatsapp"}}},
		Effects:  []gateway.Effect{{Kind: gateway.EffectMark, Key: fmt.Sprintf("mark/%d", n), Order: gateway.OrderID(n), Message: m.ID, Value: "yes", NextAt: now, At: now}},
		Presence: []device.Presence{{Phone: to, On: device.Yes, Canonical: to, At: now, Source: device.FromDirectory}},
	})
	check(err)
	_, err = s.ApplyReceipt(ctx, device.Receipt{Channel: device.WhatsApp, WireIDs: []string{wire}, Kind: device.ReceiptDelivered, At: now, From: to, Evidence: "receipt"},
		func(m gateway.Message, a gateway.Attempt, _ []gateway.Part) (gateway.Change, bool) {
			return gateway.Change{State: gateway.Delivered, Reason: gateway.WasDelivered, Steps: []gateway.Step{{At: now, Reason: gateway.WasDelivered, Args: gateway.Args{"channel": "whatsapp"}}}}, true
		})
	check(err)
	e, ok, err := s.DueEffect(ctx, now.Add(time.Second), []gateway.EffectKind{gateway.EffectMark})
	check(err)
	if ok {
		e.State, e.Tries = gateway.EffectDone, 1
		check(s.SettleEffect(ctx, e, &gateway.Step{At: now, Reason: gateway.OrderMarked, Args: gateway.Args{"value": "yes"}}))
	}
}

// BenchmarkMessage is a whole life of a message. KiB/message is what the process gave
// the kernel to write.
func BenchmarkMessage(b *testing.B) {
	s := testStore(b)
	cycle(b, s, 1)
	before := written()
	b.ResetTimer()
	for i := range b.N {
		cycle(b, s, i+2)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
	b.ReportMetric((written()-before)/1024/float64(b.N), "KiB/message")
}

// written is how many bytes this process has written; Linux only, else 0.
func written() float64 {
	text, err := os.ReadFile("/proc/self/io")
	if err != nil {
		return 0
	}
	for _, line := range strings.Split(string(text), "\n") {
		var n float64
		if _, err := fmt.Sscanf(line, "wchar: %f", &n); err == nil {
			return n
		}
	}
	return 0
}

// fillLedger writes n messages of the last year: nine in ten of them delivered.
func fillLedger(tb testing.TB, s *Store, n int) {
	tb.Helper()
	start := time.Now().Add(-365 * 24 * time.Hour).UnixMilli()
	step := 365 * 24 * 3_600_000 / int64(n)
	const series = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1) `
	for _, q := range []string{
		`PRAGMA synchronous = OFF`,
		`PRAGMA foreign_keys = OFF`,
		`PRAGMA cache_size = -200000`,
		`BEGIN`,
		series + `INSERT INTO decision (id, rule_id, rule, verdict, reason, order_id, number, name, name_key, status, at, trace, message)
			SELECT i, 1 + i % 7, 'rule', iif(i % 11 = 0, 'skip', 'send'), iif(i % 11 = 0, 'no_phone', 'in_queue'), i, cast(100000 + i AS TEXT), 'Анна ' || i, 'анна ' || i, 'ready', ?2 + i * ?3,
				'[{"at":1773055924000,"reason":"rule_matched","args":{"rule":"ready"}}]', iif(i % 11 = 0, NULL, i) FROM n`,
		series + `INSERT INTO message (id, decision, dedupe_key, phone, phone_tail, purpose, priority, text, state, reason, channels, channel, rule_id, rule,
				order_id, order_number, hours_from, hours_to, fallback_after, not_before, attempts, created_at, updated_at)
			SELECT i, i, 'rule/' || (1 + i % 7) || '/order/' || i, '+79' || printf('%09d', i * 7919 % 200000), substr(printf('%09d', i * 7919 % 200000), 9, 1)||substr(printf('%09d', i * 7919 % 200000), 8, 1)||substr(printf('%09d', i * 7919 % 200000), 7, 1)||substr(printf('%09d', i * 7919 % 200000), 6, 1)||substr(printf('%09d', i * 7919 % 200000), 5, 1)||substr(printf('%09d', i * 7919 % 200000), 4, 1)||substr(printf('%09d', i * 7919 % 200000), 3, 1)||substr(printf('%09d', i * 7919 % 200000), 2, 1)||substr(printf('%09d', i * 7919 % 200000), 1, 1) || '97', 'order', 2, 'Здравствуйте, Анна! Заказ готов, ждём вас.',
				CASE WHEN i > ?1 - 500 THEN 'queued' WHEN i % 1000 = 1 THEN 'failed' WHEN i % 1000 = 2 THEN 'unknown' WHEN i % 10 = 3 THEN 'read' ELSE 'delivered' END,
				iif(i % 1000 = 2, 'ask_person', 'delivered'), 'whatsapp,sms', iif(i % 5 = 0, 'sms', 'whatsapp'), 1 + i % 7, 'rule', i, cast(100000 + i AS TEXT), 540, 1260, 1800000, ?2 + i * ?3, iif(i > ?1 - 500, 0, 1), ?2 + i * ?3, ?2 + i * ?3
			FROM n WHERE i % 11 <> 0`,
		`INSERT INTO trace (message, n, at, reason, args) SELECT m.id, k.value, m.created_at, 'accepted', '{"channel":"whatsapp"}' FROM message m, json_each('[1,2,3,4]') k`,
		`INSERT INTO attempt (message, n, channel, box, device, wire_id, valid_for, parts, concat_ref, state, started_at) SELECT id, 1, channel, 'box', '7900', printf('3EB0%016X', id * 2654435761 % 4294967296 * 4096), 0, 1, 0,
			CASE state WHEN 'failed' THEN 'refused' WHEN 'unknown' THEN 'uncertain' ELSE 'accepted' END, created_at FROM message WHERE attempts = 1`,
		`INSERT INTO receipt (wire_id, channel, kind, part, at, evidence, device, parts, phone, kept_at, message) SELECT a.wire_id, a.channel, 'delivered', 0, a.started_at, 'receipt', '7900', 0, m.phone, a.started_at, m.id FROM attempt a JOIN message m ON m.id = a.message WHERE m.state IN ('delivered', 'read')`,
		`INSERT INTO effect (kind, key, order_id, message, value, state, tries, next_at, error, at) SELECT 'mark_whatsapp', 'mark/' || order_id, order_id, id, 'yes', 'done', 1, created_at, '', created_at FROM message WHERE channel = 'whatsapp' AND state IN ('delivered', 'read')`,
		`INSERT INTO hour (hour, first_decision, first_message) SELECT at / 3600000, min(id), min(message) FROM decision GROUP BY 1`,
		`COMMIT`,
		`PRAGMA wal_checkpoint(TRUNCATE)`, // every read would look through a log of a gigabyte
		`PRAGMA synchronous = FULL`,
		`PRAGMA foreign_keys = ON`,
		`PRAGMA cache_size = -2000`,
	} {
		var args []any
		if strings.HasPrefix(q, "WITH") {
			args = []any{n, start, step}
			if !strings.Contains(q, "?3") {
				args = args[:1]
			}
		}
		if _, err := s.exec(q, args...); err != nil {
			tb.Fatalf("%v\n%s", err, q)
		}
	}
}

// BenchmarkLedger asks everything that a page may ask of a ledger of 10,000 and of
// 1,000,000 messages; the two should take the same time.
func BenchmarkLedger(b *testing.B) {
	for _, n := range []int{10_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := testStore(b)
			fillLedger(b, s, n)
			ctx := context.Background()
			yesterday := time.Now().Add(-24 * time.Hour)
			decisions := func(f gateway.DecisionFilter) func() error {
				return func() error { _, _, err := s.Decisions(ctx, f); return err }
			}
			list := func(f gateway.MessageFilter) func() error {
				return func() error { _, _, err := s.Messages(ctx, f); return err }
			}
			i := n
			for _, q := range []struct {
				name string
				do   func() error
			}{
				{"journal", decisions(gateway.DecisionFilter{})},
				{"journal, deep", decisions(gateway.DecisionFilter{Cursor: cursorOf("d", int64(n/2))})},
				{"journal failed", decisions(gateway.DecisionFilter{State: gateway.Failed})},
				{"journal expired, none", decisions(gateway.DecisionFilter{State: gateway.Expired})},
				{"journal delivered by rule", decisions(gateway.DecisionFilter{State: gateway.Delivered, RuleID: 3})},
				{"journal of no rule's sms", decisions(gateway.DecisionFilter{RuleID: 99, Channel: device.SMS})},
				{"journal chat, none", decisions(gateway.DecisionFilter{Channel: device.Chat})},
				{"journal skipped", decisions(gateway.DecisionFilter{Verdict: gateway.Skip, Since: yesterday})},
				{"search number", decisions(gateway.DecisionFilter{Search: "104242"})},
				{"search number's start", decisions(gateway.DecisionFilter{Search: "10"})},
				{"search phone", decisions(gateway.DecisionFilter{Search: "8 (900) 000-79-19"})},
				{"search phone's end", decisions(gateway.DecisionFilter{Search: "7919"})},
				{"search name", decisions(gateway.DecisionFilter{Search: "анна"})},
				{"search no such name", decisions(gateway.DecisionFilter{Search: "боб"})},
				{"search no such digits", decisions(gateway.DecisionFilter{Search: "99999999"})},
				{"messages to", list(gateway.MessageFilter{To: "+79000007919"})},
				{"messages unknown", list(gateway.MessageFilter{State: gateway.UnknownState})},
				{"messages since", list(gateway.MessageFilter{Since: yesterday})},
				{"messages of an order", list(gateway.MessageFilter{Order: "104242"})},
				{"lines of a card", func() error {
					_, err := s.OwnLines(ctx, 5, []device.Phone{"+79000007919", "+79000015838"}, []gateway.OrderID{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, 30)
					return err
				}},
				{"old cards", func() error { _, err := s.OldCards(ctx, time.Now(), yesterday, 50); return err }},
				{"totals of a day", func() error { _, err := s.Totals(ctx, yesterday); return err }},
				{"next due", func() error { _, _, err := s.NextDue(ctx, device.WhatsApp, time.Now(), nil); return err }},
				{"alarm", func() error { _, _, err := s.NextAlarm(ctx); return err }},
				{"sent in a day", func() error { _, _, err := s.SentSince(ctx, device.WhatsApp, yesterday); return err }},
				{"why-page", func() error {
					i = i*7919%n + 1
					_, err := s.Story(ctx, gateway.MessageID(i))
					if device.KindOf(err) == device.NotFound {
						err = nil // it was a decision not to send
					}
					return err
				}},
			} {
				b.Run(strings.ReplaceAll(q.name, " ", "_"), func(b *testing.B) {
					for range b.N {
						if err := q.do(); err != nil {
							b.Fatal(err)
						}
					}
					b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/1000, "ms/page")
				})
			}
		})
	}
}
