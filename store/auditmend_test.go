package store

import (
	"context"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/store/storetest"
)

// TestAuditMends lets the auditor put right what needs no guess: once, with a line in
// the story, and then it is quiet.
func TestAuditMends(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		damage  string
		prepare func(*audited)
		want    gateway.FindingKind
		of      string
		told    gateway.Reason
		state   gateway.State
	}{
		"a receipt that was given to nobody": {
			damage: `UPDATE receipt SET message = NULL WHERE message = :delivered; UPDATE message SET state = 'accepted' WHERE id = :delivered`,
			want:   gateway.ReceiptUncounted, of: "delivered", told: gateway.AuditReceipt, state: gateway.Delivered,
		},
		"a receipt that came while it waited to go again": {
			damage: `UPDATE receipt SET message = NULL WHERE message = :delivered; UPDATE message SET state = 'queued' WHERE id = :delivered;
				INSERT INTO trace VALUES (:delivered, 99, 1, 'sent_again', NULL)`,
			want: gateway.ReceiptUncounted, of: "delivered", told: gateway.AuditReceipt, state: gateway.Delivered,
		},
		"a receipt that its message forgot": {
			damage: `UPDATE message SET state = 'unknown', resolve_at = :now WHERE id = :delivered; UPDATE attempt SET state = 'uncertain' WHERE message = :delivered`,
			want:   gateway.ReceiptUncounted, of: "delivered", told: gateway.AuditReceipt, state: gateway.Delivered,
		},
		"reports of both parts of an SMS": {
			damage: `UPDATE receipt SET message = NULL WHERE message = :sms; DELETE FROM modem_part; DELETE FROM sms_part; UPDATE message SET state = 'accepted' WHERE id = :sms`,
			want:   gateway.ReceiptUncounted, of: "sms", told: gateway.AuditReceipt, state: gateway.Delivered,
		},
		"a mark that was forgotten": {
			damage: `DELETE FROM effect WHERE message = :accepted`,
			want:   gateway.MarkMissing, of: "accepted", told: gateway.AuditMark, state: gateway.Accepted,
		},
		"a claim that nobody works on": {
			prepare: func(l *audited) { clear(l.held) },
			want:    gateway.SendingLost, of: "sending", told: gateway.AuditSending, state: gateway.UnknownState,
		},
		"a claim without an attempt": {
			damage:  `DELETE FROM attempt WHERE message = :sending; UPDATE message SET attempts = 0 WHERE id = :sending`,
			prepare: func(l *audited) { clear(l.held) },
			want:    gateway.SendingLost, of: "sending", told: gateway.AuditSending, state: gateway.UnknownState,
		},
		"nobody was asked": {
			damage: `UPDATE message SET resolve_at = NULL WHERE id = :unknown`,
			want:   gateway.UnknownUnseen, of: "unknown", told: gateway.AskPerson, state: gateway.UnknownState,
		},
		"not sent, and it arrived": {
			damage: `UPDATE attempt SET state = 'not_sent' WHERE message = :delivered`,
			want:   gateway.UnsentDelivered, of: "delivered", told: gateway.AuditUnsent, state: gateway.Delivered,
		},
		"not sent, and both parts arrived": {
			damage: `UPDATE attempt SET state = 'not_sent' WHERE message = :sms`,
			want:   gateway.UnsentDelivered, of: "sms", told: gateway.AuditUnsent, state: gateway.Delivered,
		},
		"an effect that sleeps": {
			damage: `UPDATE effect SET next_at = :now + 10 * 86400000 WHERE message = :accepted`,
			want:   gateway.EffectAsleep, of: "accepted", told: gateway.AuditEffect, state: gateway.Accepted,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newAudited(t)
			l.past(c.damage)
			if c.prepare != nil {
				c.prepare(l)
			}
			first := l.audit()
			l.wants("mended", first.Mended, c.want)
			if got := l.state(c.of); got != c.state {
				t.Errorf("it is %s, want %s", got, c.state)
			}
			l.told(l.id[c.of], c.told)
			m, err := l.s.Message(context.Background(), l.id[c.of])
			l.must(err)
			if m.State == gateway.UnknownState && c.want == gateway.SendingLost && m.ResolveAt.IsZero() {
				t.Error("no alarm")
			}
			e, ok, err := l.s.DueEffect(context.Background(), l.now, []gateway.EffectKind{gateway.EffectMark})
			l.must(err)
			if !ok || e.Value != "yes" {
				t.Errorf("effect %+v, %v", e, ok)
			}
			kept, err := l.s.Findings(context.Background(), l.now)
			l.must(err)
			l.wants("kept", kept, append(kinds(first.Stand), c.want)...)
			l.now = l.now.Add(10 * time.Minute)
			before := l.written()
			l.wants("mended again", l.audit().Mended)
			if name == "a claim without an attempt" {
				return // that nothing is in doubt there stays a finding
			}
			if n := l.written(); n != before {
				t.Errorf("the second look wrote %d rows", n-before)
			}
			storetest.Clean(t, l.s, func() time.Time { return l.now })
		})
	}
}

func TestAuditLeavesAloneWhatIsInHand(t *testing.T) {
	t.Parallel()
	l := newAudited(t)
	l.now = l.now.Add(5 * time.Hour)
	if r := l.audit(); !r.Clean() {
		t.Errorf("a send that takes long:%s", storetest.Told(r))
	}
	// Another box's claim is not ours to end, and nobody's takes hours.
	clear(l.held)
	l.past(`UPDATE attempt SET box = 'other' WHERE message = :sending`)
	r := l.audit()
	l.wants("another box's", r.Stand, gateway.SendingLost)
	l.wants("another box's", r.Mended)
	if s := l.state("sending"); s != gateway.Sending {
		t.Errorf("it is %s now", s)
	}
}

// A mark is missed only since the shop wants it, and not in the moment of the settlement.
func TestAuditKnowsTheShopsWish(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for name, change := range map[string]func(*audited){
		"just settled": func(l *audited) { l.a.Settling = time.Minute },
		"not wanted": func(l *audited) {
			s := gateway.DefaultSettings()
			s.RetailCRM.WhatsAppField = ""
			l.must(l.s.SaveSettings(ctx, s, "test"))
			l.must(l.a.Live.Reload(ctx))
		},
		"not wanted then": func(l *audited) {
			s := gateway.DefaultSettings()
			s.RetailCRM.WhatsAppField = "other"
			l.now = l.now.Add(time.Hour)
			l.must(l.s.SaveSettings(ctx, s, "test"))
			l.must(l.a.Live.Reload(ctx))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newAudited(t)
			l.past(`DELETE FROM effect`)
			change(l)
			if r := l.audit(); !r.Clean() {
				t.Error(storetest.Told(r))
			}
		})
	}
}

func TestAuditWakesTheWatchBeforeItComplains(t *testing.T) {
	t.Parallel()
	l := newAudited(t)
	for range 12 {
		l.now = l.now.Add(10 * time.Minute)
		if r := l.audit(); !r.Clean() || l.woke > 0 {
			t.Fatalf("while the CRM is away:%s, woke %d", storetest.Told(r), l.woke)
		}
	}
	l.crm = true
	l.audit()
	l.now = l.now.Add(10 * time.Minute)
	if r := l.audit(); !r.Clean() || l.woke != 1 {
		t.Fatalf("after ten minutes:%s, woke %d", storetest.Told(r), l.woke)
	}
	l.now = l.now.Add(time.Hour)
	l.wants("after an hour", l.audit().Stand, gateway.ChangeUndecided)
	_, err := l.s.Decide(context.Background(), 2, nil)
	l.must(err)
	l.wants("once decided", l.audit().Gone, gateway.ChangeUndecided)
}

func TestAuditMissesAlarmsOnlyWhereTheyCouldBeServed(t *testing.T) {
	t.Parallel()
	l := newAudited(t)
	l.now = l.now.Add(2 * time.Hour)
	if r := l.audit(); !r.Clean() {
		t.Fatalf("while no radio is ready:%s", storetest.Told(r))
	}
	l.work = true
	if r := l.audit(); !r.Clean() {
		t.Fatalf("at the first sight:%s", storetest.Told(r))
	}
	l.now = l.now.Add(10 * time.Minute)
	l.wants("with a radio", l.audit().Stand, gateway.AlarmUnserved, gateway.AlarmUnserved)
	l.work = false
	l.wants("gone", l.audit().Gone, gateway.AlarmUnserved, gateway.AlarmUnserved)
}

// What a customer wrote is missed when the bot is at work and leaves it lying.
func TestAuditMissesAnAnswer(t *testing.T) {
	t.Parallel()
	l := newAudited(t)
	ctx := context.Background()
	_, err := l.s.SaveIncoming(ctx, device.Incoming{Channel: wa, ID: "1", From: "+79123456789", Text: "где заказ?", At: l.now}, nil)
	l.must(err)
	works := false
	l.a.Answers = func() bool { return works }
	clean := func(what string, after time.Duration) {
		t.Helper()
		l.now = l.now.Add(after)
		if r := l.audit(); !r.Clean() {
			t.Fatalf("%s:%s", what, storetest.Told(r))
		}
	}
	clean("the bot is off", time.Hour)
	works = true
	clean("it has just begun to work", time.Minute)
	clean("it works", 20*time.Minute)
	works = false
	clean("it is off again", 20*time.Minute)
	works = true
	clean("it works again", time.Minute)
	l.now = l.now.Add(31 * time.Minute)
	found := l.audit().Stand
	l.wants("nobody answers", found, gateway.HeardUnanswered)
	if found[0].Args["conversation"] != "1" {
		t.Errorf("%+v", found[0])
	}
	c, h, _, err := l.s.NextHeard(ctx, 1)
	l.must(err)
	_, ok, err := l.s.Answer(ctx, storetest.Seen(c, h.ID))
	l.must(err)
	if !ok {
		t.Fatal("refused")
	}
	l.wants("answered", l.audit().Gone, gateway.HeardUnanswered)
}

// A large ledger is walked through in slices, goes on where an earlier process
// stopped, and says when it has come to the end.
func TestAuditWalksInSlices(t *testing.T) {
	t.Parallel()
	l := newAudited(t)
	l.a.Slice = 2
	l.past(`UPDATE receipt SET message = NULL WHERE message = :delivered; UPDATE message SET state = 'accepted', updated_at = 1, created_at = 1 WHERE id = :delivered;
		UPDATE attempt SET started_at = 1; UPDATE hour SET first_message = NULL`)
	mended := 0
	for range 5 {
		l.now = l.now.Add(2 * time.Hour)
		mended += len(l.audit().Mended)
		a, err := storetest.Auditor(l.s, l.a.Now) // another process
		l.must(err)
		a.Box, a.Slice, a.Sends = l.a.Box, l.a.Slice, l.a.Sends
		l.a = a
	}
	r := l.audit()
	if mended != 1 || r.WholeAt.IsZero() || l.state("delivered") != gateway.Delivered {
		t.Errorf("mended %d, whole at %s, state %s", mended, r.WholeAt, l.state("delivered"))
	}
	if s := gateway.ParseSweep("nonsense"); s != gateway.NewSweep() || gateway.ParseSweep(s.String()) != s {
		t.Errorf("%+v", s)
	}
	full := gateway.Sweep{Message: 1, Decision: 2, Change: -3, Effect: 4, Hour: 5, Receipt: "a/b"}
	if got := gateway.ParseSweep(full.String()); got != full {
		t.Errorf("%+v", got)
	}
}

// Nothing is written while nothing is wrong, apart from one row an hour.
func TestAuditWritesNothingOnAQuietLedger(t *testing.T) {
	t.Parallel()
	l := newAudited(t)
	before := l.written()
	for range 5 {
		l.now = l.now.Add(10 * time.Minute)
		l.audit()
	}
	if n := l.written(); n != before {
		t.Errorf("%d rows in fifty minutes", n-before)
	}
	l.now = l.now.Add(10 * time.Minute)
	l.audit()
	if n := l.written(); n != before+1 {
		t.Errorf("%d rows in an hour", n-before)
	}
}

func TestAmendRefusesWhatIsNotThere(t *testing.T) {
	t.Parallel()
	l := newAudited(t)
	_, err := l.s.Amend(context.Background(), 999, nil)
	if device.KindOf(err) != device.NotFound {
		t.Error(err)
	}
	did, err := l.s.Hasten(context.Background(), 999, l.now, gateway.Step{})
	if did || err != nil {
		t.Error(did, err)
	}
}
