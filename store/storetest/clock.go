package storetest

import (
	"context"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

func keepsClockMarks(t *testing.T, l Ledger) {
	ctx := context.Background()
	m, err := l.ClockMarks(ctx)
	must(t, err)
	if m != (gateway.ClockMarks{}) {
		t.Fatalf("a new ledger has marks: %+v", m)
	}
	if at, err := l.NewestTime(ctx); err != nil || !at.IsZero() {
		t.Fatalf("a new ledger has a newest time: %v, %v", at, err)
	}
	for _, want := range []gateway.ClockMarks{
		{MaxSeen: noon.UTC()},
		{MaxSeen: noon.Add(-time.Hour).UTC(), WrongUntil: noon.UTC(), SetBackAt: noon.Add(-time.Hour).UTC()},
	} {
		must(t, l.SaveClockMarks(ctx, want))
		got, err := l.ClockMarks(ctx)
		must(t, err)
		if got != want {
			t.Fatalf("%+v, want %+v", got, want)
		}
	}
	id := Enqueue(t, l, Draft("", anna))
	future := time.Now().Add(time.Hour).Truncate(time.Millisecond)
	begin(t, l, gateway.Queued, Attempt(id, device.WhatsApp, "w1", future))
	if at, err := l.NewestTime(ctx); err != nil || !at.Equal(future) {
		t.Fatalf("the newest time is %v, %v; want the attempt's, %v", at, err, future)
	}
}

// The store's own clock is this test's, so "now" is a year before it: everything here
// was written by a clock that was a year ahead.
func rethinks(t *testing.T, l Ledger) {
	ctx := context.Background()
	ahead := time.Now()
	now := ahead.AddDate(-1, 0, 0).Truncate(time.Millisecond)
	made := func(change gateway.Change) gateway.MessageID {
		id := Enqueue(t, l, Draft("", anna))
		settle(t, l, id, gateway.Queued, change)
		return id
	}
	asked := ahead.Add(time.Hour).Truncate(time.Millisecond)
	queued := made(gateway.Change{Reason: gateway.NothingLeft, NotBefore: ahead.Add(time.Minute)})
	hours := made(gateway.Change{State: gateway.Held, Reason: gateway.HeldHours, NotBefore: ahead.Add(time.Hour)})
	wanted := made(gateway.Change{State: gateway.Held, Reason: gateway.HeldUntil, NotBefore: asked})
	person := made(gateway.Change{State: gateway.Held, Reason: gateway.HeldPerson})
	unknown := Enqueue(t, l, Draft("", anna))
	n := begin(t, l, gateway.Queued, Attempt(unknown, device.WhatsApp, "w1", ahead))
	settle(t, l, unknown, gateway.Sending, gateway.Change{State: gateway.UnknownState, Reason: gateway.Uncertain, Attempt: n, AttemptState: gateway.AttemptUncertain, ResolveAt: ahead.Add(time.Minute)})
	changed, err := l.Rethink(ctx, now)
	must(t, err)
	count(t, "rethought", changed, 3)
	for id, want := range map[gateway.MessageID]time.Time{queued: now, hours: now, wanted: asked, person: {}} {
		m, err := l.Message(ctx, id)
		must(t, err)
		if !m.NotBefore.Equal(want) {
			t.Errorf("message %d (%s) is due at %v, want %v", id, m.Reason, m.NotBefore, want)
		}
	}
	m, err := l.Message(ctx, unknown)
	must(t, err)
	if want := now.Add(time.Minute); !m.ResolveAt.Equal(want) {
		t.Errorf("the unknown one is looked at %v, want %v", m.ResolveAt, want)
	}
	changed, err = l.Rethink(ctx, now)
	must(t, err)
	count(t, "rethought again", changed, 0)
}

func putsAlarmsOff(t *testing.T, l Ledger) {
	ctx := context.Background()
	from := time.Now().Add(time.Minute).Truncate(time.Millisecond) // after the last of the rows is written
	made := func(wire string, c gateway.Change) gateway.MessageID {
		id := Enqueue(t, l, Draft("", anna))
		c.Attempt = begin(t, l, gateway.Queued, Attempt(id, device.WhatsApp, wire, from))
		settle(t, l, id, gateway.Sending, c)
		return id
	}
	accepted := made("w1", gateway.Change{State: gateway.Accepted, Reason: gateway.WasAccepted, AttemptState: gateway.AttemptAccepted, FallbackAt: from.Add(30 * time.Minute)})
	late := made("w2", gateway.Change{State: gateway.Accepted, Reason: gateway.WasAccepted, AttemptState: gateway.AttemptAccepted, FallbackAt: from.Add(-time.Minute)})
	unknown := made("w3", gateway.Change{State: gateway.UnknownState, Reason: gateway.Uncertain, AttemptState: gateway.AttemptUncertain, ResolveAt: from.Add(time.Minute)})
	n, err := l.PutOff(ctx, from, 8*time.Hour)
	must(t, err)
	count(t, "put off", n, 2)
	// A message that was on its way meanwhile was settled by the clock that is right.
	n, err = l.PutOff(ctx, from.Add(-24*time.Hour), 24*time.Hour)
	must(t, err)
	count(t, "put off although written after it", n, 0)
	for id, want := range map[gateway.MessageID]time.Time{accepted: from.Add(8*time.Hour + 30*time.Minute), late: from.Add(-time.Minute), unknown: from.Add(8*time.Hour + time.Minute)} {
		m, err := l.Message(ctx, id)
		must(t, err)
		if got := later(m.FallbackAt, m.ResolveAt); !got.Equal(want) {
			t.Errorf("message %d: alarm %v, want %v", id, got, want)
		}
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
