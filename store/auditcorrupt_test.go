package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"vestnik/gateway"
)

// TestAuditFindsWhatIsBroken breaks each invariant on purpose: the auditor sees it,
// keeps it until it is put right, and nothing else.
func TestAuditFindsWhatIsBroken(t *testing.T) {
	t.Parallel()
	tested := map[gateway.FindingKind]bool{}
	cases := []struct {
		name, damage, repair string
		want                 []gateway.FindingKind
	}{
		{
			"a message without its decision", `UPDATE decision SET verdict = 'skip' WHERE message = :queued`,
			`UPDATE decision SET verdict = 'send' WHERE message = :queued`,
			[]gateway.FindingKind{gateway.MessageUndecided},
		},
		{
			"a decision without its message", `UPDATE decision SET message = NULL WHERE message = :queued`,
			`UPDATE decision SET message = :queued WHERE id = (SELECT decision FROM message WHERE id = :queued)`,
			[]gateway.FindingKind{gateway.DecisionUnsent, gateway.MessageUndecided},
		},
		{
			"a message that is gone", `DELETE FROM message WHERE id = :rule`, `UPDATE decision SET verdict = 'skip', message = NULL WHERE message = :rule`,
			[]gateway.FindingKind{gateway.DecisionUnsent},
		},
		{
			"attempts that nobody counted", `UPDATE message SET attempts = 2 WHERE id = :delivered`, `UPDATE message SET attempts = 1 WHERE id = :delivered`,
			[]gateway.FindingKind{gateway.AttemptsMiscounted},
		},
		{
			"an attempt that never ended", `UPDATE attempt SET state = 'sending' WHERE message = :failed`, `UPDATE attempt SET state = 'refused' WHERE message = :failed`,
			[]gateway.FindingKind{gateway.AttemptOpen},
		},
		{
			"accepted by nobody", `UPDATE attempt SET state = 'not_sent' WHERE message = :accepted`, `UPDATE attempt SET state = 'accepted' WHERE message = :accepted`,
			[]gateway.FindingKind{gateway.AcceptedUnproven},
		},
		{
			"delivered without a receipt", `DELETE FROM receipt WHERE message = :delivered`, `UPDATE message SET state = 'accepted' WHERE id = :delivered`,
			[]gateway.FindingKind{gateway.DeliveredUnproven},
		},
		{
			"half of an SMS", `DELETE FROM receipt WHERE message = :sms; UPDATE sms_part SET state = 'accepted' WHERE message = :sms AND seq = 1; DELETE FROM modem_part`,
			`UPDATE sms_part SET state = 'delivered' WHERE message = :sms`,
			[]gateway.FindingKind{gateway.DeliveredUnproven},
		},
		{
			"no doubt", `UPDATE attempt SET state = 'not_sent' WHERE message = :unknown`, `UPDATE attempt SET state = 'uncertain' WHERE message = :unknown`,
			[]gateway.FindingKind{gateway.UnknownUndoubted},
		},
		{
			"accepted and queued again", `UPDATE message SET state = 'queued' WHERE id = :accepted`, `UPDATE message SET state = 'accepted' WHERE id = :accepted`,
			[]gateway.FindingKind{gateway.QueuedButLeft},
		},
		{
			"in doubt and queued again", `UPDATE message SET state = 'queued' WHERE id = :unknown`,
			`INSERT INTO trace SELECT message, max(n) + 1, max(at), 'sent_again', NULL FROM trace WHERE message = :unknown GROUP BY message`,
			[]gateway.FindingKind{gateway.QueuedButLeft},
		},
		{
			"a strange key", `UPDATE message SET dedupe_key = 'rule/7/order/5' WHERE id = :accepted`, `UPDATE message SET dedupe_key = 'rule/7/order/1/change/9' WHERE id = :accepted`,
			[]gateway.FindingKind{gateway.KeyAstray},
		},
		{
			"a former key of another message", `UPDATE message SET dedupe_key = 'former/99/rule/7/order/1' WHERE id = :accepted`,
			`UPDATE message SET dedupe_key = 'former/' || id || '/rule/7/order/1' WHERE id = :accepted`,
			[]gateway.FindingKind{gateway.KeyAstray},
		},
		{
			"a channel that is not its own", `UPDATE message SET channels = 'sms' WHERE id = :queued`, `UPDATE message SET channel = 'sms' WHERE id = :queued`,
			[]gateway.FindingKind{gateway.ChannelAstray},
		},
		{
			"a time that is not there", `UPDATE message SET not_before = NULL WHERE id = :held`, `UPDATE message SET reason = 'held_person' WHERE id = :held`,
			[]gateway.FindingKind{gateway.HeldForever},
		},
		{
			"decisions that are gone", `DELETE FROM decision WHERE rule = 'vip'`, `UPDATE change SET decisions = 1 WHERE history_id = 1`,
			[]gateway.FindingKind{gateway.DecisionsGone},
		},
		{
			"decisions of a change that is undecided", `UPDATE change SET decided_at = NULL, first_decision = NULL, decisions = 0 WHERE history_id = 1`,
			`UPDATE decision SET history_id = NULL WHERE history_id = 1`,
			[]gateway.FindingKind{gateway.DecisionAstray, gateway.DecisionAstray},
		},
		{
			"an effect without an order", `UPDATE effect SET order_id = NULL WHERE message = :accepted`, `UPDATE effect SET order_id = 1 WHERE message = :accepted`,
			[]gateway.FindingKind{gateway.EffectAstray},
		},
		{
			"an effect of a message that is not there", `UPDATE effect SET message = 999 WHERE message = :accepted`, `UPDATE effect SET message = NULL WHERE message = 999`,
			[]gateway.FindingKind{gateway.EffectAstray},
		},
		{
			"a delivery that only the modem knows", `UPDATE sms_part SET state = 'accepted' WHERE message = :sms AND seq = 2`, `UPDATE sms_part SET state = 'delivered' WHERE message = :sms`,
			[]gateway.FindingKind{gateway.DeliveryUnheard},
		},
		{
			"an hour of other rows", `UPDATE hour SET first_message = 999`, `UPDATE hour SET first_message = :queued`,
			[]gateway.FindingKind{gateway.HourAstray},
		},
		{
			"lines of no message", `INSERT INTO trace (message, n, at, reason) VALUES (999, 1, 1, 'x'), (999, 2, 1, 'y'); INSERT INTO attempt SELECT 999, n, channel, box, device, 'w-999', phone, text, valid_for, parts, concat_ref, state, code, started_at, settled_at FROM attempt WHERE message = :failed; INSERT INTO sms_part VALUES (998, 1, 1, 1, 'accepted')`,
			`DELETE FROM trace WHERE message = 999; DELETE FROM attempt WHERE message = 999; DELETE FROM sms_part WHERE message = 998`,
			[]gateway.FindingKind{gateway.ReferenceBroken, gateway.ReferenceBroken, gateway.ReferenceBroken},
		},
		{
			"a message of a conversation that is not there", `UPDATE message SET conversation = 999 WHERE id = :queued`, `UPDATE message SET conversation = NULL WHERE id = :queued`,
			[]gateway.FindingKind{gateway.ReferenceBroken},
		},
		{
			"a receipt of another message", `UPDATE receipt SET message = :queued WHERE wire_id = 'w-delivered'`, `UPDATE receipt SET message = :delivered WHERE wire_id = 'w-delivered'`,
			[]gateway.FindingKind{gateway.ReferenceBroken},
		},
		{
			"a decision about a message that is not there", `UPDATE decision SET message = 999 WHERE rule = 'vip'`, `UPDATE decision SET message = NULL WHERE rule = 'vip'`,
			[]gateway.FindingKind{gateway.ReferenceBroken},
		},
	}
	for _, c := range cases {
		for _, k := range c.want {
			tested[k] = true
		}
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l := newAudited(t)
			ctx := context.Background()
			l.past(c.damage)
			first := l.audit()
			l.wants("first look", first.Stand, c.want...)
			l.wants("mended at the first look", first.Mended)
			l.now = l.now.Add(10 * time.Minute)
			before := l.written()
			again := l.audit()
			l.wants("second look", again.Stand, c.want...)
			if n := l.written(); n != before {
				t.Errorf("an unchanged outcome wrote %d rows", n-before)
			}
			if !again.Stand[0].FirstAt.Equal(first.At) {
				t.Errorf("known since %s, found at %s", again.Stand[0].FirstAt, first.At)
			}
			kept, err := l.s.Findings(ctx, l.now)
			l.must(err)
			l.wants("kept", kept, c.want...)
			chores, err := l.s.Chores(ctx)
			l.must(err)
			if chores[gateway.ChoreAudit].OK || chores[gateway.ChoreAudit].Detail["findings"] != fmt.Sprint(len(c.want)) {
				t.Errorf("%+v", chores)
			}
			// A small slice far away from it does not lose sight of it.
			l.a.Slice = 1
			for range 4 {
				l.wants("with another slice", l.audit().Stand, c.want...)
			}
			l.past(c.repair)
			l.now = l.now.Add(10 * time.Minute)
			gone := l.audit()
			l.wants("after the repair", gone.Stand)
			l.wants("gone", gone.Gone, c.want...)
			kept, err = l.s.Findings(ctx, l.now.Add(-time.Second))
			l.must(err)
			l.wants("kept as mended", kept, c.want...)
			if kept[0].MendedAt.IsZero() {
				t.Error("not marked as mended")
			}
		})
	}
	for _, k := range gateway.FindingKinds {
		if !tested[k] && !slices.Contains(mendedKinds, k) {
			t.Errorf("%s is not tested", k)
		}
	}
}

// mendedKinds have tests of their own in auditmend_test.go.
var mendedKinds = []gateway.FindingKind{
	gateway.ReceiptUncounted, gateway.MarkMissing, gateway.SendingLost, gateway.UnknownUnseen, gateway.UnsentDelivered, gateway.EffectAsleep, gateway.ChangeUndecided,
	gateway.AlarmUnserved, gateway.HeardUnanswered,
}

// TestAuditSeesADamagedIndex: a second message under one key comes in when the
// unique index has lost the first one.
func TestAuditSeesADamagedIndex(t *testing.T) {
	t.Parallel()
	l := newAudited(t)
	const schema = `UPDATE sqlite_schema SET sql = 'CREATE UNIQUE INDEX message_dedupe ON message (dedupe_key) WHERE %s' WHERE name = 'message_dedupe'`
	for _, q := range []string{
		`PRAGMA writable_schema = ON`, fmt.Sprintf(schema, "dedupe_key IS NULL"), `PRAGMA writable_schema = RESET`,
		`INSERT INTO message (decision, dedupe_key, phone, phone_tail, purpose, priority, text, state, reason, channels, channel, rule_id, rule, order_id, order_number, hours_from, hours_to, fallback_after, not_before, created_at, updated_at)
			SELECT decision, dedupe_key, phone, phone_tail, purpose, priority, text, 'queued', reason, channels, channel, rule_id, rule, order_id, order_number, 0, 0, 0, not_before, created_at, updated_at FROM message WHERE id = :accepted`,
		`PRAGMA writable_schema = ON`, fmt.Sprintf(schema, "dedupe_key IS NOT NULL"), `PRAGMA writable_schema = RESET`,
	} {
		l.past(q)
	}
	l.s.reader.pool.SetMaxIdleConns(0)
	l.wants("a key twice", l.audit().Stand, gateway.KeyAstray, gateway.MessageUndecided)
}

// TestAuditDoesNotListAThousandTimesTheSame keeps a ledger that is broken everywhere from
// filling the page and the card.
func TestAuditDoesNotListAThousandTimesTheSame(t *testing.T) {
	t.Parallel()
	l := newAudited(t)
	l.past(`INSERT INTO trace (message, n, at, reason) WITH RECURSIVE i(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < 500) SELECT 1000 + n, 1, 1, 'x' FROM i`)
	for range 3 {
		if n := len(l.audit().Stand); n != 50 {
			t.Fatalf("%d findings", n)
		}
		l.now = l.now.Add(10 * time.Minute)
	}
	before := l.written()
	l.audit()
	if n := l.written(); n != before {
		t.Errorf("wrote %d rows again", n-before)
	}
}

// TestAuditAsksIndexes holds the time of an audit independent of the ledger's size.
func TestAuditAsksIndexes(t *testing.T) {
	t.Parallel()
	s := testStore(t)
	scope := gateway.AuditScope{Now: s.now(), AlarmsBefore: s.now(), EffectsAfter: s.now()}
	check := func(name, query string, args ...any) {
		p := plan(t, s, query, args...)
		for _, line := range strings.Split(p, "\n") {
			if table, scan := strings.CutPrefix(strings.TrimSpace(line), "SCAN "); scan &&
				!strings.HasPrefix(table, "json_each") && !strings.HasPrefix(table, "(subquery") && !strings.Contains(table, "change_undecided") && !strings.Contains(table, "incoming_open") {
				t.Errorf("%s walks through a table: %s\n%s\n%s", name, line, p, query)
			}
			if strings.Contains(line, "(channel=?)") {
				t.Errorf("%s begins with all of a channel: %s\n%s", name, line, p)
			}
		}
	}
	for _, list := range [][]invariant{messageInvariants, rowInvariants, decisionInvariants, changeInvariants, effectInvariants, hourInvariants, {receiptInvariant}} {
		for _, i := range list {
			check(i.name+", a slice", i.sql(inRange), i.with(scope, 1, 2)...)
			check(i.name+", a list", i.sql(inList), i.with(scope, "[1]", nil)...)
		}
	}
	for _, i := range openInvariants {
		check(i.name, i.query, i.args(scope)...)
	}
	check("tried lately", queryTriedLately, 1)
}
