package storetest

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vestnik/device"
	"vestnik/gateway"
)

func due(t testing.TB, l Ledger, ch device.Channel, now time.Time, skip ...gateway.MessageID) gateway.MessageID {
	t.Helper()
	m, ok, err := l.NextDue(context.Background(), ch, now, skip)
	must(t, err)
	if ok != (m.ID != 0) {
		t.Fatalf("NextDue = %+v, %v", m, ok)
	}
	return m.ID
}

func ordersWhatIsDue(t *testing.T, l Ledger) {
	add := func(p gateway.Purpose, state gateway.State, notBefore, expires time.Time) gateway.MessageID {
		m := Draft("", anna)
		m.Purpose, m.State, m.NotBefore, m.ExpiresAt = p, state, notBefore, expires
		return Enqueue(t, l, m)
	}
	campaign := add(gateway.ForCampaign, gateway.Queued, noon.Add(-time.Hour), time.Time{})
	lateOrder := add(gateway.ForOrder, gateway.Queued, noon.Add(-time.Minute), time.Time{})
	earlyOrder := add(gateway.ForOrder, gateway.Queued, noon.Add(-2*time.Minute), time.Time{})
	reply := add(gateway.ForReply, gateway.Held, noon, time.Time{})
	add(gateway.ForReply, gateway.Queued, noon.Add(time.Second), time.Time{})
	add(gateway.ForReply, gateway.Held, noon.Add(time.Hour), time.Time{})
	add(gateway.ForReply, gateway.Held, time.Time{}, time.Time{})
	test := add(gateway.ForTest, gateway.Queued, time.Time{}, time.Time{})
	expired := add(gateway.ForRating, gateway.Held, time.Time{}, noon.Add(-time.Second))
	expiredLater := add(gateway.ForRating, gateway.Queued, noon.Add(time.Hour), noon)

	var got, skip []gateway.MessageID
	for {
		id := due(t, l, device.WhatsApp, noon, skip...)
		if id == 0 {
			break
		}
		got, skip = append(got, id), append(skip, id)
	}
	want := []gateway.MessageID{reply, test, earlyOrder, lateOrder, expired, expiredLater, campaign}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatal(diff)
	}
	if id := due(t, l, device.SMS, noon); id != 0 {
		t.Fatalf("message %d is due on another channel", id)
	}
}

func tellsNextDue(t *testing.T, l Ledger) {
	ctx := context.Background()
	_, ok, err := l.NextDueAt(ctx, device.WhatsApp, noon)
	must(t, err)
	if ok {
		t.Fatal("an empty queue has a next time")
	}
	for _, after := range []time.Duration{-time.Hour, time.Hour, 30 * time.Minute} {
		m := Draft("", anna)
		m.NotBefore = noon.Add(after)
		Enqueue(t, l, m)
	}
	sms := Draft("", anna)
	sms.Channel, sms.NotBefore = device.SMS, noon.Add(time.Minute)
	Enqueue(t, l, sms)
	at, ok, err := l.NextDueAt(ctx, device.WhatsApp, noon)
	must(t, err)
	if !ok || !at.Equal(noon.Add(30*time.Minute)) {
		t.Fatalf("NextDueAt = %v, %v", at, ok)
	}
	// What goes out of use before its time is looked at then.
	expiring := Draft("", anna)
	expiring.State, expiring.NotBefore, expiring.ExpiresAt = gateway.Held, noon.Add(time.Hour), noon.Add(5*time.Minute)
	Enqueue(t, l, expiring)
	at, _, err = l.NextDueAt(ctx, device.WhatsApp, noon)
	must(t, err)
	if !at.Equal(noon.Add(5 * time.Minute)) {
		t.Fatalf("NextDueAt = %v with an expiry in five minutes", at)
	}
}

func oneBegins(t *testing.T, l Ledger) {
	id := Enqueue(t, l, Draft("k", anna))
	const rivals = 8
	var wg sync.WaitGroup
	wins := make(chan int, rivals)
	for i := range rivals {
		wg.Go(func() {
			a := Attempt(id, device.WhatsApp, "wire"+string(rune('a'+i)), noon)
			n, ok, err := l.Begin(context.Background(), gateway.Queued, a, step(gateway.SendingNow, noon))
			if err != nil {
				t.Error(err)
			}
			if ok {
				wins <- n
			}
		})
	}
	wg.Wait()
	close(wins)
	if len(wins) != 1 || <-wins != 1 {
		t.Fatalf("%d of %d claims won", len(wins)+1, rivals)
	}
	wantState(t, l, id, gateway.Sending)
	if m := message(t, l, id); m.Attempts != 1 || m.Reason != gateway.SendingNow {
		t.Fatalf("claimed %+v", m)
	}
	a, ok, err := l.LastAttempt(context.Background(), id)
	must(t, err)
	if !ok || a.N != 1 || a.State != gateway.AttemptSending || !a.StartedAt.Equal(noon) || a.Envelope.Device != "radio" || a.Envelope.ValidFor != time.Hour {
		t.Fatalf("LastAttempt = %+v, %v", a, ok)
	}
	if a.Envelope.Text != "Заказ готов" || a.Envelope.To != anna || a.Box != "box" {
		t.Fatalf("envelope %+v", a.Envelope)
	}
	// A claim for another channel than the message is on by now loses too.
	other := Enqueue(t, l, Draft("k2", anna))
	_, ok, err = l.Begin(context.Background(), gateway.Queued, Attempt(other, device.SMS, "w", noon), step(gateway.SendingNow, noon))
	must(t, err)
	if ok {
		t.Fatal("a claim on the wrong channel won")
	}
}

func movesByCompareAndSet(t *testing.T, l Ledger) {
	ctx := context.Background()
	m := Draft("k", anna)
	m.ExpiresAt = noon.Add(time.Hour)
	id := Enqueue(t, l, m)
	ok, err := l.Move(ctx, id, gateway.Held, gateway.Change{State: gateway.Cancelled, Reason: gateway.WasCancelled, Steps: []gateway.Step{step(gateway.WasCancelled, noon)}})
	must(t, err)
	if ok {
		t.Fatal("moved from a state it is not in")
	}
	settle(t, l, id, gateway.Queued, gateway.Change{State: gateway.Held, Reason: gateway.HeldHours, NotBefore: noon.Add(time.Hour), Steps: []gateway.Step{step(gateway.HeldHours, noon)}})
	settle(t, l, id, gateway.Held, gateway.Change{Channel: device.SMS})
	got := message(t, l, id)
	if got.State != gateway.Held || got.Reason != gateway.HeldHours || got.Channel != device.SMS || !got.NotBefore.IsZero() || got.ExpiresAt.IsZero() {
		t.Fatalf("%+v", got)
	}
	settle(t, l, id, gateway.Held, gateway.Change{State: gateway.Queued, Reason: gateway.InQueue, NotBefore: noon, NoExpiry: true})
	got = message(t, l, id)
	if got.State != gateway.Queued || !got.ExpiresAt.IsZero() || !got.NotBefore.Equal(noon) {
		t.Fatalf("%+v", got)
	}
	story, err := l.Story(ctx, id)
	must(t, err)
	count(t, "steps", len(story.Trace), 2)
}

func refusesIllegalMoves(t *testing.T, l Ledger) {
	ctx := context.Background()
	for _, from := range gateway.States {
		id := Enqueue(t, l, Draft("k/"+string(from), anna))
		for _, to := range gateway.States {
			if from.May(to) && to != gateway.Sending {
				continue
			}
			_, err := l.Move(ctx, id, from, gateway.Change{State: to, Reason: gateway.InQueue})
			wantKind(t, err, device.Internal)
		}
		if !from.May(gateway.Sending) {
			_, _, err := l.Begin(ctx, from, Attempt(id, device.WhatsApp, "w", noon), step(gateway.SendingNow, noon))
			wantKind(t, err, device.Internal)
		}
		wantState(t, l, id, gateway.Queued)
	}
}

func tracesOnce(t *testing.T, l Ledger) {
	id := Enqueue(t, l, Draft("k", anna))
	waiting := step(gateway.WaitingLink, noon, "channel", "whatsapp", "state", "connecting")
	other := step(gateway.WaitingLink, noon, "channel", "whatsapp", "state", "banned")
	for _, steps := range [][]gateway.Step{{waiting}, {waiting, waiting}, {other, waiting}, {waiting}} {
		settle(t, l, id, gateway.Queued, gateway.Change{Steps: steps})
	}
	story, err := l.Story(context.Background(), id)
	must(t, err)
	want := []gateway.Step{step(gateway.FromAPI, noon, "user", "test"), waiting, other, waiting}
	if diff := cmp.Diff(want, story.Trace); diff != "" {
		t.Fatal(diff)
	}
}

func findsInFlight(t *testing.T, l Ledger) {
	ctx := context.Background()
	mine, theirs := Enqueue(t, l, Draft("a", anna)), Enqueue(t, l, Draft("b", boris))
	Enqueue(t, l, Draft("c", boris))
	begin(t, l, gateway.Queued, Attempt(mine, device.WhatsApp, "w1", noon))
	a := Attempt(theirs, device.WhatsApp, "w2", noon)
	a.Box = "other box"
	begin(t, l, gateway.Queued, a)
	list, err := l.SendingOf(ctx, "box")
	must(t, err)
	if len(list) != 1 || list[0].ID != mine || list[0].State != gateway.Sending {
		t.Fatalf("%+v", list)
	}
	// A message may leave sending with nothing said of the attempt: then it is uncertain.
	settle(t, l, mine, gateway.Sending, gateway.Change{State: gateway.UnknownState, Reason: gateway.Uncertain})
	last, _, err := l.LastAttempt(ctx, mine)
	must(t, err)
	if last.State != gateway.AttemptUncertain || last.SettledAt.IsZero() {
		t.Fatalf("%+v", last)
	}
}

func alarms(t *testing.T, l Ledger) {
	ctx := context.Background()
	_, ok, err := l.NextAlarm(ctx)
	must(t, err)
	if ok {
		t.Fatal("an alarm in an empty ledger")
	}
	unknown, late := Enqueue(t, l, Draft("a", anna)), Enqueue(t, l, Draft("b", boris))
	forPerson, delivered := Enqueue(t, l, Draft("c", anna)), Enqueue(t, l, Draft("d", anna))
	for i, id := range []gateway.MessageID{unknown, late, forPerson, delivered} {
		n := begin(t, l, gateway.Queued, Attempt(id, device.WhatsApp, "w"+string(rune('0'+i)), noon))
		c := gateway.Change{State: gateway.Accepted, Reason: gateway.WasAccepted, Attempt: n, AttemptState: gateway.AttemptAccepted, FallbackAt: noon.Add(30 * time.Minute)}
		switch id {
		case unknown:
			c = gateway.Change{State: gateway.UnknownState, Reason: gateway.Uncertain, Attempt: n, AttemptState: gateway.AttemptUncertain, ResolveAt: noon.Add(time.Minute)}
		case forPerson:
			c = gateway.Change{State: gateway.UnknownState, Reason: gateway.AskPerson, Attempt: n, AttemptState: gateway.AttemptUncertain}
		}
		settle(t, l, id, gateway.Sending, c)
	}
	settle(t, l, delivered, gateway.Accepted, gateway.Change{State: gateway.Delivered, Reason: gateway.WasDelivered})
	at, ok, err := l.NextAlarm(ctx)
	must(t, err)
	if !ok || !at.Equal(noon.Add(time.Minute)) {
		t.Fatalf("NextAlarm = %v, %v", at, ok)
	}
	ids := func(list []gateway.Message, err error) []gateway.MessageID {
		t.Helper()
		must(t, err)
		var ids []gateway.MessageID
		for _, m := range list {
			ids = append(ids, m.ID)
		}
		return ids
	}
	for _, c := range []struct {
		at                time.Time
		unresolved, again []gateway.MessageID
	}{
		{noon.Add(time.Second), nil, nil},
		{noon.Add(time.Minute), []gateway.MessageID{unknown}, nil},
		{noon.Add(time.Hour), []gateway.MessageID{unknown}, []gateway.MessageID{late}},
	} {
		if diff := cmp.Diff(c.unresolved, ids(l.Unresolved(ctx, c.at))); diff != "" {
			t.Fatal(diff)
		}
		if diff := cmp.Diff(c.again, ids(l.FallbackDue(ctx, c.at))); diff != "" {
			t.Fatal(diff)
		}
	}
	// The same id goes out again: a second attempt, and no alarm while it is on its way.
	n := begin(t, l, gateway.UnknownState, Attempt(unknown, device.WhatsApp, "w0", noon.Add(time.Minute)))
	count(t, "attempt", n, 2)
	count(t, "unresolved while sending", len(ids(l.Unresolved(ctx, noon.Add(time.Hour)))), 0)
}

func keepsProof(t *testing.T, l Ledger) {
	ctx := context.Background()
	id := Enqueue(t, l, Draft("k", anna))
	n := begin(t, l, gateway.Queued, Attempt(id, device.WhatsApp, "w", noon))
	// The receipt is quicker than the answer.
	settle(t, l, id, gateway.Sending, gateway.Change{State: gateway.Delivered, Reason: gateway.WasDelivered, Attempt: n, AttemptState: gateway.AttemptAccepted})
	settle(t, l, id, gateway.Delivered, gateway.Change{Attempt: n, AttemptState: gateway.AttemptUncertain, AttemptCode: "timeout"})
	a, _, err := l.LastAttempt(ctx, id)
	must(t, err)
	if a.State != gateway.AttemptAccepted || a.Code != "timeout" {
		t.Fatalf("%+v", a)
	}
	_, err = l.Move(ctx, id, gateway.Delivered, gateway.Change{Attempt: 7, AttemptState: gateway.AttemptAccepted})
	wantKind(t, err, device.Internal)
}

func sendsAgain(t *testing.T, l Ledger) {
	id := Enqueue(t, l, Draft("k", anna))
	settle(t, l, id, gateway.Queued, gateway.Change{State: gateway.Cancelled, Reason: gateway.WasCancelled})
	if got := due(t, l, device.WhatsApp, noon.Add(time.Hour)); got != 0 {
		t.Fatal("a cancelled message is due")
	}
	settle(t, l, id, gateway.Cancelled, gateway.Change{State: gateway.Queued, Reason: gateway.InQueue, NotBefore: noon})
	if got := due(t, l, device.WhatsApp, noon); got != id {
		t.Fatalf("due: %d, want %d", got, id)
	}
	// Held for a person is due never, and then at once.
	settle(t, l, id, gateway.Queued, gateway.Change{State: gateway.Held, Reason: gateway.HeldPerson})
	if got := due(t, l, device.WhatsApp, noon.Add(24*time.Hour)); got != 0 {
		t.Fatal("a message held for a person is due")
	}
	settle(t, l, id, gateway.Held, gateway.Change{State: gateway.Queued, Reason: gateway.InQueue})
	if got := due(t, l, device.WhatsApp, noon); got != id {
		t.Fatal("a released message without a time is not due")
	}
}
