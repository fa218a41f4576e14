package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vestnik/device"
	"vestnik/gateway"
)

func changes(ids ...int64) []gateway.StatusChange {
	list := make([]gateway.StatusChange, len(ids))
	for i, id := range ids {
		list[i] = gateway.StatusChange{HistoryID: id, Order: gateway.OrderID(10_000 + id), From: "new", To: "ready", At: noon.Add(time.Duration(id) * time.Second)}
	}
	return list
}

func keepsChanges(t *testing.T, l Ledger) {
	ctx := context.Background()
	c, err := l.Cursor(ctx)
	must(t, err)
	if c != (gateway.Cursor{}) {
		t.Fatalf("a new ledger's cursor is %+v", c)
	}
	first := gateway.Cursor{SinceID: 3, Start: noon}
	n, err := l.SaveChanges(ctx, changes(3, 1, 2), first)
	must(t, err)
	count(t, "new changes", n, 3)
	again := changes(3, 4)
	again[0].To = "something else"
	n, err = l.SaveChanges(ctx, again, gateway.Cursor{SinceID: 4, Start: noon})
	must(t, err)
	count(t, "new changes of the repeated reading", n, 1)
	c, err = l.Cursor(ctx)
	must(t, err)
	if want := (gateway.Cursor{SinceID: 4, Start: noon}); c != want {
		t.Fatalf("cursor %+v, want %+v", c, want)
	}
	got, err := l.UndecidedChanges(ctx, 10)
	must(t, err)
	if diff := cmp.Diff(changes(1, 2, 3, 4), got); diff != "" {
		t.Fatal(diff)
	}
	got, err = l.UndecidedChanges(ctx, 2)
	must(t, err)
	count(t, "undecided within the limit", len(got), 2)
}

func keepsDecisions(t *testing.T, l Ledger) {
	ctx := context.Background()
	_, err := l.SaveChanges(ctx, changes(1, 2), gateway.Cursor{SinceID: 2})
	must(t, err)
	m := Draft("rule/7/order/10001", anna)
	m.RuleID, m.Rule, m.Order, m.OrderNumber = 7, "ready", 10_001, "A-1"
	m.Hours, m.FallbackAfter, m.ExpiresAt = gateway.Hours{From: 540, To: 1260}, 30*time.Minute, noon.Add(24*time.Hour)
	send := gateway.Decision{
		RuleID: 7, Rule: "ready", Verdict: gateway.Send, Reason: gateway.InQueue, Order: 10_001, Number: "A-1", Name: "Анна",
		Status: "ready", At: noon, Message: m, Trace: []gateway.Step{step(gateway.RuleMatched, noon, "rule", "ready")},
	}
	skip := gateway.Decision{
		RuleID: 8, Rule: "vip", Verdict: gateway.Skip, Reason: gateway.NoPhone, Order: 10_001, Number: "A-1", Status: "ready", At: noon,
		Trace: []gateway.Step{step(gateway.NoPhone, noon)},
	}
	kept, err := l.Decide(ctx, 1, []gateway.Decision{send, skip})
	must(t, err)
	if len(kept) != 2 || kept[0].MessageID == 0 || kept[0].ID == 0 || kept[1].MessageID != 0 || kept[0].HistoryID != 1 {
		t.Fatalf("kept %+v", kept)
	}
	want := *m
	want.ID = kept[0].MessageID
	if diff := cmp.Diff(want, message(t, l, want.ID)); diff != "" {
		t.Fatal(diff)
	}
	got, err := l.Decision(ctx, kept[1].ID)
	must(t, err)
	skip.ID, skip.HistoryID = kept[1].ID, 1
	if diff := cmp.Diff(skip, got); diff != "" {
		t.Fatal(diff)
	}
	// The change is decided now; deciding it again changes nothing and answers the same.
	again, err := l.Decide(ctx, 1, []gateway.Decision{send, skip, skip})
	must(t, err)
	if len(again) != 2 || again[0].ID != kept[0].ID || again[0].MessageID != kept[0].MessageID || again[0].Verdict != gateway.Send {
		t.Fatalf("decided again: %+v", again)
	}
	left, err := l.UndecidedChanges(ctx, 10)
	must(t, err)
	if len(left) != 1 || left[0].HistoryID != 2 {
		t.Fatalf("undecided %+v", left)
	}
	_, err = l.Decide(ctx, 2, nil)
	must(t, err)
	left, err = l.UndecidedChanges(ctx, 10)
	must(t, err)
	count(t, "undecided after all were decided", len(left), 0)
	_, err = l.Decide(ctx, 99, nil)
	wantKind(t, err, device.NotFound)
}

func dedupes(t *testing.T, l Ledger) {
	ctx := context.Background()
	older := Enqueue(t, l, Draft("rule/7/order/1", anna))
	kept, err := l.Decide(ctx, 0, []gateway.Decision{
		{Verdict: gateway.Send, Reason: gateway.InQueue, Rule: "ready", At: noon, Message: Draft("rule/7/order/1", anna)},
		{Verdict: gateway.Send, Reason: gateway.InQueue, At: noon, Message: Draft("twice", anna)},
		{Verdict: gateway.Send, Reason: gateway.InQueue, At: noon, Message: Draft("twice", anna)},
		{Verdict: gateway.Send, Reason: gateway.InQueue, At: noon, Message: Draft("", anna)},
		{Verdict: gateway.Send, Reason: gateway.InQueue, At: noon, Message: Draft("", anna)},
	})
	must(t, err)
	d := kept[0]
	if d.Verdict != gateway.Skip || d.Reason != gateway.AlreadySent || d.MessageID != older || d.Args["rule"] != "ready" || d.Message != nil {
		t.Fatalf("the repeated cause was kept as %+v", d)
	}
	if kept[1].Verdict != gateway.Send || kept[2].Verdict != gateway.Skip || kept[2].MessageID != kept[1].MessageID {
		t.Fatalf("two of one cause in one call: %+v", kept[1:3])
	}
	if kept[3].MessageID == kept[4].MessageID || kept[4].Verdict != gateway.Send {
		t.Fatalf("messages without a key: %+v", kept[3:])
	}
	stored, err := l.Decision(ctx, d.ID)
	must(t, err)
	if stored.Verdict != gateway.Skip || stored.MessageID != older || len(stored.Trace) != 1 || stored.Trace[0].Reason != gateway.AlreadySent {
		t.Fatalf("stored %+v", stored)
	}
}

func refusesOddDecisions(t *testing.T, l Ledger) {
	ctx := context.Background()
	sending := Draft("k1", anna)
	sending.State = gateway.Sending
	purpose := Draft("k2", anna)
	purpose.Purpose = "spam"
	empty := Draft("k3", anna)
	empty.Text = ""
	good := Draft("k4", anna)
	for name, d := range map[string]gateway.Decision{
		"no message":      {Verdict: gateway.Send, At: noon},
		"state":           {Verdict: gateway.Send, At: noon, Message: sending},
		"purpose":         {Verdict: gateway.Send, At: noon, Message: purpose},
		"empty text":      {Verdict: gateway.Send, At: noon, Message: empty},
		"unknown verdict": {Verdict: "maybe", At: noon},
	} {
		_, err := l.Decide(ctx, 0, []gateway.Decision{{Verdict: gateway.Send, At: noon, Message: good}, d})
		if err == nil {
			t.Fatalf("%s was kept", name)
		}
		wantKind(t, err, device.Internal)
	}
	list, _, err := l.Decisions(ctx, gateway.DecisionFilter{})
	must(t, err)
	count(t, "decisions after refusals", len(list), 0)
	_, ok, err := l.NextDue(ctx, device.WhatsApp, noon, nil)
	must(t, err)
	if ok {
		t.Fatal("a refused transaction left a message")
	}
}

func keepsZeros(t *testing.T, l Ledger) {
	m := Draft("", anna)
	m.State, m.NotBefore = gateway.Held, time.Time{}
	m.Channels = []device.Channel{device.SMS}
	m.Channel = device.SMS
	id := Enqueue(t, l, m)
	want := *m
	want.ID = id
	if diff := cmp.Diff(want, message(t, l, id)); diff != "" {
		t.Fatal(diff)
	}
}

func keepsMailings(t *testing.T, l Ledger) {
	m := Draft("campaign/3/person/55", anna)
	m.Purpose, m.Zone, m.Campaign, m.File = gateway.ForCampaign, "Asia/Kamchatka", 3, 2
	id := Enqueue(t, l, m)
	want := *m
	want.ID = id
	if diff := cmp.Diff(want, message(t, l, id)); diff != "" {
		t.Fatal(diff)
	}
	begin(t, l, gateway.Queued, Attempt(id, device.WhatsApp, "w", noon))
	a, _, err := l.LastAttempt(context.Background(), id)
	must(t, err)
	if a.Envelope.File != 2 {
		t.Fatalf("an attempt without the message's file: %+v", a)
	}
}
