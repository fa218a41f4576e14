package store_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/store"
	"vestnik/store/storetest"
)

// A reader who goes on from the last line he got sees every line of WhatsApp and SMS
// once, in pages of any size.
func TestMirrorLines(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	began := time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)
	now := began
	s, err := store.Open(ctx, store.Options{Path: filepath.Join(t.TempDir(), "v.db"), Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	const anna = "+79123456789"
	for _, in := range []device.Incoming{
		{Channel: device.WhatsApp, ID: "1", From: anna, Alias: "77@lid", Name: "Анна", Media: "image", At: began.Add(-time.Minute)},
		{Channel: device.Chat, ID: "2", Alias: "57", Text: "из чата"},
		{Channel: device.SMS, ID: "3", Alias: "BANK", Text: "код"},
		{Channel: device.WhatsApp, ID: "4", From: "+79000000000", To: anna, FromShop: true, Text: "здравствуйте"},
		{Channel: device.SMS, ID: "5", From: "+79217654321", Text: "да"},
	} {
		if isNew, err := s.SaveIncoming(ctx, in, nil); err != nil || !isNew {
			t.Fatal(isNew, err)
		}
	}
	send := func(key string, ch device.Channel, to device.Phone, state gateway.AttemptState) gateway.MessageID {
		t.Helper()
		m := storetest.Draft(key, to)
		m.Channel, m.Channels = ch, []device.Channel{ch}
		id := storetest.Enqueue(t, s, m)
		a := storetest.Attempt(id, ch, "wire-"+key, now)
		a.Envelope.To, a.Envelope.Text = to, m.Text
		n, ok, err := s.Begin(ctx, gateway.Queued, a, gateway.Step{At: now, Reason: gateway.SendingNow})
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		c := gateway.Change{State: gateway.Accepted, Reason: gateway.WasAccepted, Attempt: n, AttemptState: state}
		if state != gateway.AttemptAccepted {
			c.State = gateway.UnknownState
		}
		if ok, err := s.Move(ctx, id, gateway.Sending, c); err != nil || !ok {
			t.Fatal(ok, err)
		}
		return id
	}
	first := send("a", device.WhatsApp, anna, gateway.AttemptAccepted)
	second := send("b", device.SMS, anna, gateway.AttemptAccepted) // in the same millisecond
	now = now.Add(time.Second)
	send("c", device.WhatsApp, anna, gateway.AttemptUncertain)
	send("d", device.Chat, "", gateway.AttemptAccepted)
	third := send("e", device.WhatsApp, "+79990000001", gateway.AttemptAccepted)
	// A proof that comes later does not show the line again.
	now = now.Add(time.Hour)
	if _, err := s.ApplyReceipt(ctx, device.Receipt{Channel: device.WhatsApp, WireIDs: []string{"wire-a"}, Kind: device.ReceiptDelivered, At: now},
		func(_ gateway.Message, a gateway.Attempt, _ []gateway.Part) (gateway.Change, bool) {
			return gateway.Change{State: gateway.Delivered, Reason: gateway.WasDelivered, Attempt: a.N, AttemptState: gateway.AttemptAccepted}, true
		}); err != nil {
		t.Fatal(err)
	}
	heard := []store.MirrorLine{
		{Incoming: 1, Channel: device.WhatsApp, WireID: "1", Phone: anna, Alias: "77@lid", Name: "Анна", Media: "image", At: began.Add(-time.Minute)},
		{Incoming: 4, Channel: device.WhatsApp, WireID: "4", Phone: anna, Alias: "77@lid", Name: "Анна", Text: "здравствуйте", At: began, FromShop: true},
		{Incoming: 5, Channel: device.SMS, WireID: "5", Phone: "+79217654321", Text: "да", At: began},
	}
	said := []store.MirrorLine{
		{Message: first, SettledAt: began, Channel: device.WhatsApp, WireID: "wire-a", Phone: anna, Name: "Анна", Text: "Заказ готов", At: began, Purpose: gateway.ForOrder, Key: "a"},
		{Message: second, SettledAt: began, Channel: device.SMS, WireID: "wire-b", Phone: anna, Text: "Заказ готов", At: began, Purpose: gateway.ForOrder, Key: "b"},
		{Message: third, SettledAt: began.Add(time.Second), Channel: device.WhatsApp, WireID: "wire-e", Phone: "+79990000001", Text: "Заказ готов", At: began.Add(time.Second), Purpose: gateway.ForOrder, Key: "e"},
	}
	for _, limit := range []int{1, 2, 100} {
		var gotHeard, gotSaid []store.MirrorLine
		var incoming int64
		var settled time.Time
		var message gateway.MessageID
		for {
			lines, err := s.MirrorLines(ctx, incoming, settled, int64(message), limit)
			if err != nil {
				t.Fatal(err)
			}
			if len(lines) == 0 {
				break
			}
			for _, l := range lines {
				if l.Incoming != 0 {
					incoming, gotHeard = l.Incoming, append(gotHeard, l)
				} else {
					settled, message, gotSaid = l.SettledAt, l.Message, append(gotSaid, l)
				}
			}
		}
		if diff := cmp.Diff([][]store.MirrorLine{heard, said}, [][]store.MirrorLine{gotHeard, gotSaid}); diff != "" {
			t.Errorf("%d at a time: %s", limit, diff)
		}
	}
}
