package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vestnik/device"
	"vestnik/gateway"
)

// deliver judges as the gateway does, in short.
func deliver(seen *[]gateway.Part) func(gateway.Message, gateway.Attempt, []gateway.Part) (gateway.Change, bool) {
	return func(m gateway.Message, a gateway.Attempt, parts []gateway.Part) (gateway.Change, bool) {
		if seen != nil {
			*seen = parts
		}
		for _, p := range parts {
			if p.State != gateway.PartDelivered {
				return gateway.Change{}, false
			}
		}
		if !m.State.May(gateway.Delivered) {
			return gateway.Change{}, false
		}
		return gateway.Change{
			State: gateway.Delivered, Reason: gateway.WasDelivered, Attempt: a.N, AttemptState: gateway.AttemptAccepted,
			Steps: []gateway.Step{step(gateway.WasDelivered, noon, "channel", string(a.Channel))},
		}, true
	}
}

func judgesReceipts(t *testing.T, l Ledger) {
	ctx := context.Background()
	m := Draft("k", anna)
	m.Channel = device.SMS
	id := Enqueue(t, l, m)
	a := Attempt(id, device.SMS, "sms-1", noon)
	a.Envelope.Parts, a.Envelope.ConcatRef = 2, 200
	n := begin(t, l, gateway.Queued, a)
	receipt := device.Receipt{
		Channel: device.SMS, Device: "radio", WireIDs: []string{"sms-1"}, Part: 2, Parts: 2, Kind: device.ReceiptDelivered,
		At: noon.Add(time.Second), From: anna, Evidence: "TP-ST 0x00, MR 18",
	}
	var seen []gateway.Part
	// The report of the second part comes before the modem's answer.
	changed, err := l.ApplyReceipt(ctx, receipt, deliver(&seen))
	must(t, err)
	count(t, "changed by one part of two", len(changed), 0)
	want := []gateway.Part{
		{Seq: 1, Total: 2, ConcatRef: 200, MR: -1, State: gateway.PartSending},
		{Seq: 2, Total: 2, ConcatRef: 200, MR: -1, State: gateway.PartDelivered},
	}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Fatal(diff)
	}
	settle(t, l, id, gateway.Sending, gateway.Change{
		State: gateway.Accepted, Reason: gateway.WasAccepted, Attempt: n, AttemptState: gateway.AttemptAccepted,
		Parts: []device.AcceptedPart{{Seq: 1, MR: 17, At: noon}, {Seq: 2, MR: 18, At: noon}},
	})
	failed := receipt
	failed.Kind, failed.Evidence = device.ReceiptFailed, "late nonsense"
	_, err = l.ApplyReceipt(ctx, failed, deliver(&seen))
	must(t, err)
	want[0].MR, want[0].State, want[1].MR = 17, gateway.PartAccepted, 18
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Fatal(diff)
	}
	calls := 0
	repeated := func(gateway.Message, gateway.Attempt, []gateway.Part) (gateway.Change, bool) {
		calls++
		return gateway.Change{}, false
	}
	_, err = l.ApplyReceipt(ctx, receipt, repeated)
	must(t, err)
	count(t, "judgements of a repeated receipt", calls, 0)
	first := receipt
	first.Part, first.Evidence = 1, "TP-ST 0x00, MR 17"
	changed, err = l.ApplyReceipt(ctx, first, deliver(nil))
	must(t, err)
	if diff := cmp.Diff([]gateway.MessageID{id}, changed); diff != "" {
		t.Fatal(diff)
	}
	wantState(t, l, id, gateway.Delivered)
	story, err := l.Story(ctx, id)
	must(t, err)
	count(t, "proofs", len(story.Attempts[0].Receipts), 3)
}

// joinsBrokenParts: the first part leaves and arrives, the modem goes away, and the
// second part leaves later under the same wire id.
func joinsBrokenParts(t *testing.T, l Ledger) {
	ctx := context.Background()
	m := Draft("k", anna)
	m.Channel = device.SMS
	id := Enqueue(t, l, m)
	a := Attempt(id, device.SMS, "sms-1", noon)
	a.Envelope.Parts, a.Envelope.ConcatRef = 2, 9
	n := begin(t, l, gateway.Queued, a)
	settle(t, l, id, gateway.Sending, gateway.Change{State: gateway.Queued, Reason: gateway.NothingLeft, NotBefore: noon, Attempt: n, AttemptState: gateway.AttemptNotSent})
	report := device.Receipt{Channel: device.SMS, WireIDs: []string{"sms-1"}, Part: 1, Parts: 2, Kind: device.ReceiptDelivered, At: noon, Evidence: "TP-ST 0x00"}
	_, err := l.ApplyReceipt(ctx, report, deliver(nil))
	must(t, err)
	n = begin(t, l, gateway.Queued, a)
	settle(t, l, id, gateway.Sending, gateway.Change{
		State: gateway.Accepted, Reason: gateway.WasAccepted, Attempt: n, AttemptState: gateway.AttemptAccepted,
		Parts: []device.AcceptedPart{{Seq: 1, MR: 4, At: noon}, {Seq: 2, MR: 5, At: noon}},
	})
	report.Part = 2
	var seen []gateway.Part
	changed, err := l.ApplyReceipt(ctx, report, deliver(&seen))
	must(t, err)
	count(t, "changed", len(changed), 1)
	if len(seen) != 2 || seen[0].State != gateway.PartDelivered || seen[0].MR != 4 || seen[1].State != gateway.PartDelivered {
		t.Fatalf("%+v", seen)
	}
	wantState(t, l, id, gateway.Delivered)
}

func keepsUnknownReceipts(t *testing.T, l Ledger) {
	ctx := context.Background()
	r := device.Receipt{Channel: device.WhatsApp, WireIDs: []string{"theirs", "w1", "w2"}, Kind: device.ReceiptDelivered, At: noon, From: anna, Evidence: "receipt"}
	changed, err := l.ApplyReceipt(ctx, r, deliver(nil))
	must(t, err)
	count(t, "changed by an unknown receipt", len(changed), 0)
	one, two := Enqueue(t, l, Draft("a", anna)), Enqueue(t, l, Draft("b", anna))
	send(t, l, one, device.WhatsApp, "w1", noon)
	send(t, l, two, device.WhatsApp, "w2", noon)
	story, err := l.Story(ctx, one)
	must(t, err)
	if got := story.Attempts[0].Receipts; len(got) != 1 || got[0].Evidence != "receipt" || !got[0].At.Equal(noon) {
		t.Fatalf("the early receipt is not found: %+v", got)
	}
	// It comes again, and its messages are known now.
	changed, err = l.ApplyReceipt(ctx, r, deliver(nil))
	must(t, err)
	if diff := cmp.Diff([]gateway.MessageID{one, two}, changed); diff != "" {
		t.Fatal(diff)
	}
	changed, err = l.ApplyReceipt(ctx, r, deliver(nil))
	must(t, err)
	count(t, "changed by the third repetition", len(changed), 0)
	// The same wire id on another channel is another message.
	r.Channel = device.SMS
	changed, err = l.ApplyReceipt(ctx, r, deliver(nil))
	must(t, err)
	count(t, "changed by another channel's receipt", len(changed), 0)
}

func takesIncomingOnce(t *testing.T, l Ledger) {
	ctx := context.Background()
	in := device.Incoming{Channel: device.WhatsApp, Device: "d", ID: "in-1", From: anna, Alias: "1@lid", Name: "Анна", Text: "где заказ?", At: noon}
	proof := []device.Presence{{Phone: anna, On: device.Yes, Canonical: anna, Alias: "1@lid", At: noon, Source: device.FromIncoming}}
	for i, want := range []bool{true, false, false} {
		isNew, err := l.SaveIncoming(ctx, in, proof)
		must(t, err)
		if isNew != want {
			t.Fatalf("time %d: new = %v", i+1, isNew)
		}
	}
	in.Device = "another number of the shop"
	isNew, err := l.SaveIncoming(ctx, in, nil)
	must(t, err)
	if !isNew {
		t.Fatal("the same id at another device is another message")
	}
	p, ok, err := l.Presence(ctx, anna)
	must(t, err)
	if !ok || p != proof[0] {
		t.Fatalf("%+v, %v", p, ok)
	}
	open, err := l.HasChat(ctx, anna)
	must(t, err)
	if !open {
		t.Fatal("who wrote to us has a chat")
	}
	sms := device.Incoming{Channel: device.SMS, Device: "d", ID: "in-2", From: boris, Text: "да", At: noon}
	_, err = l.SaveIncoming(ctx, sms, nil)
	must(t, err)
	if open, err = l.HasChat(ctx, boris); err != nil || open {
		t.Fatalf("an SMS opened a WhatsApp chat: %v", err)
	}
	byHand := device.Incoming{Channel: device.WhatsApp, Device: "d", ID: "in-3", From: "+79000000000", To: boris, FromShop: true, Text: "алло", At: noon}
	_, err = l.SaveIncoming(ctx, byHand, nil)
	must(t, err)
	if open, err = l.HasChat(ctx, boris); err != nil || !open {
		t.Fatalf("a person of the shop wrote to him: chat = %v, %v", open, err)
	}
}

func mergesPresence(t *testing.T, l Ledger) {
	ctx := context.Background()
	if _, ok, err := l.Presence(ctx, anna); err != nil || ok {
		t.Fatalf("%v %v", ok, err)
	}
	yes := device.Presence{Phone: anna, On: device.Yes, Canonical: "+5511988887777", Alias: "7@lid", At: noon, Source: device.FromDirectory}
	check := func(save, want device.Presence) {
		t.Helper()
		must(t, l.SavePresence(ctx, save))
		got, ok, err := l.Presence(ctx, anna)
		must(t, err)
		if diff := cmp.Diff(want, got); diff != "" || !ok {
			t.Fatal(diff)
		}
	}
	check(device.Presence{Phone: anna, On: device.Unknown, At: noon.Add(-time.Hour)}, device.Presence{Phone: anna, On: device.Unknown, At: noon.Add(-time.Hour)})
	check(yes, yes)
	check(device.Presence{Phone: anna, On: device.Unknown, At: noon.Add(time.Hour), Source: device.FromDirectory}, yes)
	check(device.Presence{Phone: anna, On: device.No, At: noon.Add(-time.Minute), Source: device.FromDirectory}, yes)
	proved := yes
	proved.At, proved.Source = noon.Add(2*time.Hour), device.FromReceipt
	check(device.Presence{Phone: anna, On: device.Yes, Canonical: anna, At: proved.At, Source: device.FromReceipt}, proved)
	no := device.Presence{Phone: anna, On: device.No, At: noon.Add(3 * time.Hour), Source: device.FromDirectory}
	check(no, no)
}

func countsSent(t *testing.T, l Ledger) {
	ctx := context.Background()
	n, last, err := l.SentSince(ctx, device.WhatsApp, noon)
	must(t, err)
	if n != 0 || !last.IsZero() {
		t.Fatalf("%d, %v", n, last)
	}
	for i, state := range []gateway.AttemptState{gateway.AttemptAccepted, gateway.AttemptNotSent, gateway.AttemptUncertain, gateway.AttemptRefused, gateway.AttemptAccepted} {
		id := Enqueue(t, l, Draft("", anna))
		n := begin(t, l, gateway.Queued, Attempt(id, device.WhatsApp, "w"+string(rune('0'+i)), noon.Add(time.Duration(i)*time.Minute)))
		settle(t, l, id, gateway.Sending, gateway.Change{State: gateway.UnknownState, Attempt: n, AttemptState: state})
	}
	begin(t, l, gateway.Queued, Attempt(Enqueue(t, l, Draft("", anna)), device.WhatsApp, "w9", noon.Add(10*time.Minute)))
	for _, c := range []struct {
		since        time.Time
		n            int
		oldest, last time.Time
	}{
		{noon, 4, noon, noon.Add(10 * time.Minute)},
		{noon.Add(time.Second), 3, noon.Add(2 * time.Minute), noon.Add(10 * time.Minute)},
		{noon.Add(time.Hour), 0, time.Time{}, time.Time{}},
	} {
		n, last, err := l.SentSince(ctx, device.WhatsApp, c.since)
		must(t, err)
		times, err := l.SentTimes(ctx, device.WhatsApp, c.since, 100)
		must(t, err)
		if n != c.n || !last.Equal(c.last) || len(times) != n || n > 0 && (!times[0].Equal(c.oldest) || !times[n-1].Equal(c.last)) {
			t.Fatalf("since %v: %d, last %v, times %v", c.since, n, last, times)
		}
		if newest, err := l.SentTimes(ctx, device.WhatsApp, c.since, 1); err != nil || n > 0 && (len(newest) != 1 || !newest[0].Equal(c.last)) {
			t.Fatalf("the newest of them: %v, %v", newest, err)
		}
	}
	n, _, err = l.SentSince(ctx, device.SMS, noon)
	must(t, err)
	count(t, "SMS", n, 0)
}

func countsNewChats(t *testing.T, l Ledger) {
	ctx := context.Background()
	_, err := l.SaveIncoming(ctx, device.Incoming{Channel: device.WhatsApp, ID: "in", From: boris, At: noon}, nil)
	must(t, err)
	for i, to := range []device.Phone{anna, anna, boris, "+79990000001", "+79990000002"} {
		id := Enqueue(t, l, Draft("", to))
		n := begin(t, l, gateway.Queued, Attempt(id, device.WhatsApp, "w"+string(rune('0'+i)), noon))
		state := gateway.AttemptAccepted
		switch to {
		case "+79990000001":
			state = gateway.AttemptNotSent
		case "+79990000002":
			state = gateway.AttemptUncertain
		}
		settle(t, l, id, gateway.Sending, gateway.Change{State: gateway.UnknownState, Attempt: n, AttemptState: state})
	}
	times, err := l.NewChatTimes(ctx, time.Unix(0, 0), 100)
	must(t, err)
	count(t, "new chats", len(times), 2)
	for phone, want := range map[device.Phone]bool{anna: true, boris: true, "+79990000001": false, "+79990000002": true, "+79990000003": false} {
		got, err := l.HasChat(ctx, phone)
		must(t, err)
		if got != want {
			t.Errorf("HasChat(%s) = %v", phone, got)
		}
	}
}
