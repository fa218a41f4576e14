package whatsapp

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"vestnik/device"
	sim "vestnik/sim/whatsapp"
)

func TestEveryDeviceOfTheCustomerGetsTheText(t *testing.T) {
	t.Parallel()
	r := newRig(t).link()
	env := r.mustSend(borisNumber, "готов")
	r.await("the text", func() bool { return len(r.boris.Inbox()) == 1 })
	got := r.boris.Inbox()[0]
	if got.MessageID != env.WireID || got.Text != "готов" || got.From != string(shopNumber) || len(got.Devices) != 2 {
		t.Errorf("%+v", got)
	}
	r.boris.Read()
	r.await("both receipts", func() bool {
		kinds := map[device.ReceiptKind]bool{}
		for _, rec := range r.sink.Receipts() {
			if slices.Contains(rec.WireIDs, env.WireID) && rec.From == borisNumber && rec.Device == env.Device && !rec.At.IsZero() {
				kinds[rec.Kind] = true
			}
		}
		return kinds[device.ReceiptDelivered] && kinds[device.ReceiptRead]
	})
}

func TestOneReceiptNamesManyMessages(t *testing.T) {
	t.Parallel()
	r := newRig(t).link()
	a, b := r.mustSend(anaNumber, "раз"), r.mustSend(anaNumber, "два")
	r.await("both", func() bool { return len(r.ana.Inbox()) == 2 })
	r.ana.Read()
	r.await("one receipt for both", func() bool {
		return slices.ContainsFunc(r.sink.Receipts(), func(rec device.Receipt) bool {
			return rec.Kind == device.ReceiptRead && slices.Contains(rec.WireIDs, a.WireID) && slices.Contains(rec.WireIDs, b.WireID)
		})
	})
}

func TestACutIsUncertainAndTheSameIDComesOnce(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault func(*sim.Faults)
		after int // texts that the customer has before the second try
	}{
		"before processing": {func(f *sim.Faults) { f.CutBeforeProcessing(1) }, 0},
		"after processing":  {func(f *sim.Faults) { f.CutAfterProcessing(1) }, 1},
		"answer lost":       {func(f *sim.Faults) { f.LoseAck(1) }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t).link()
			c.fault(r.srv.Faults())
			env, err := r.send(anaNumber, "один раз")
			wantKind(t, err, device.Uncertain)
			r.awaitState(device.LinkConnected)
			if c.after == 1 {
				r.await("the text", func() bool { return len(r.ana.Inbox()) == 1 })
				r.await("the receipt", func() bool { return r.sink.Delivered(env.WireID) })
			}
			r.restart()
			r.awaitState(device.LinkConnected)
			if _, err := r.s.Send(r.ctx(), env); err != nil {
				t.Fatal(err)
			}
			r.await("the text, once", func() bool { return slices.Equal(texts(r.ana.Inbox()), []string{"один раз"}) })
			r.mustSend(anaNumber, "и дальше")
			r.await("the next one", func() bool { return slices.Equal(texts(r.ana.Inbox()), []string{"один раз", "и дальше"}) })
			if bad := r.srv.Rejected(); len(bad) != 0 {
				t.Errorf("not readable: %+v", bad)
			}
		})
	}
}

func TestTheCallerGivesUpWhileTheServerIsSilent(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(r *rig) { r.opt.AckTimeout = 20 * time.Second }).link()
	r.mustSend(anaNumber, "раз")
	r.srv.Faults().LoseAck(1)
	env := r.prepare(anaNumber, "два")
	ctx, cancel := context.WithTimeout(r.ctx(), 300*time.Millisecond)
	defer cancel()
	_, err := r.s.Send(ctx, env)
	wantKind(t, err, device.Uncertain)
	r.await("it came all the same", func() bool { return r.sink.Delivered(env.WireID) })
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	r := newRig(t).link()
	_, err := r.send(nobody, "текст")
	wantKind(t, err, device.NotFound)

	r.srv.Faults().RateLimitDevices(1)
	_, err = r.send(borisNumber, "текст")
	wantKind(t, err, device.RateLimited)

	r.srv.Faults().AckError(479, 1)
	_, err = r.send(borisNumber, "текст")
	wantKind(t, err, device.Refused)

	for _, out := range []device.Outgoing{{To: anaNumber, Text: " \n"}, {To: anaNumber, Text: strings.Repeat("я", longest+1)}, {To: "8916", Text: "текст"}, {Text: "текст"}} {
		_, err := r.s.Prepare(r.ctx(), out)
		wantKind(t, err, device.Invalid)
	}
	_, err = r.s.Send(r.ctx(), device.Envelope{})
	wantKind(t, err, device.Invalid)
	env := r.prepare(anaNumber, "текст")
	env.Device = "79990000000"
	_, err = r.s.Send(r.ctx(), env)
	wantKind(t, err, device.Conflict)
	if len(r.ana.Inbox())+len(r.boris.Inbox()) != 0 {
		t.Error("somebody got something")
	}
}

func TestAMessageIsTakenBack(t *testing.T) {
	t.Parallel()
	r := newRig(t).link()
	r.ana.SetOnline(false)
	env := r.mustSend(anaNumber, "заказ готов")
	if err := r.s.Revoke(r.ctx(), env); err != nil {
		t.Fatal(err)
	}
	r.ana.SetOnline(true)
	r.await("it is deleted", func() bool { in := r.ana.Inbox(); return len(in) == 1 && in[0].Revoked && in[0].Text == "" })
	r.srv.Faults().Down(true)
	r.await("it is away", func() bool { return !r.s.Link().CanReply() })
	wantKind(t, r.s.Revoke(r.ctx(), env), device.Unavailable)
}

func TestACustomerWhoLostHisKeysGetsTheTextAfterARestartOfOurs(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*rig){
		"from our file":        func(*rig) {},
		"from the owner's own": func(r *rig) { r.opt.Sent = r.sentTo(anaNumber) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			getsItAfterARestart(t, newRig(t, change).link())
		})
	}
}

// sentTo is an owner's record of what was sent, as if all had gone to one number.
func (r *rig) sentTo(to device.Phone) func(context.Context, string) (device.Envelope, bool, error) {
	return func(_ context.Context, id string) (device.Envelope, bool, error) {
		r.mu.Lock()
		defer r.mu.Unlock()
		env, ok := r.handed[id]
		env.To = to
		return env, ok, nil
	}
}

func TestAMessageIsNotRepeatedToSomebodyElse(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(r *rig) { r.opt.Sent = r.sentTo(borisNumber) }).link()
	r.mustSend(anaNumber, "раз")
	if _, err := r.ana.SendText(string(shopNumber), "ага", sim.ByLID); err != nil {
		t.Fatal(err)
	}
	r.await("her words", func() bool { return len(r.sink.IncomingMessages()) == 1 })
	r.ana.LoseSessions()
	r.ana.SetOnline(false)
	r.mustSend(anaNumber, "два") // the record says that it went to Boris
	r.restart()
	r.awaitState(device.LinkConnected)
	r.ana.SetOnline(true)
	r.mustSend(anaNumber, "три")
	r.await("the last", func() bool { return slices.Contains(texts(r.ana.Inbox()), "три") })
	if got := texts(r.ana.Inbox()); !slices.Equal(got, []string{"раз", "три"}) {
		t.Errorf("she reads %q", got)
	}
}

func getsItAfterARestart(t *testing.T, r *rig) {
	t.Helper()
	r.mustSend(anaNumber, "раз")
	if _, err := r.ana.SendText(string(shopNumber), "ага", sim.ByLID); err != nil {
		t.Fatal(err)
	}
	r.await("her words", func() bool { return len(r.sink.IncomingMessages()) == 1 })
	r.ana.LoseSessions()
	r.ana.SetOnline(false)
	r.mustSend(anaNumber, "два")
	r.restart()
	r.awaitState(device.LinkConnected)
	r.ana.SetOnline(true) // asks for it again; only our file remembers it
	r.await("both", func() bool { return slices.Equal(texts(r.ana.Inbox()), []string{"раз", "два"}) })
}

func TestAfterARestoredBackupMessagesCanBeRead(t *testing.T) {
	t.Parallel()
	r := newRig(t).link()
	r.mustSend(anaNumber, "раз")
	if _, err := r.ana.SendText(string(shopNumber), "ага", sim.ByLID); err != nil {
		t.Fatal(err)
	}
	r.await("her words", func() bool { return len(r.sink.IncomingMessages()) == 1 })
	r.opt.DropSessions = true
	r.restart()
	r.awaitState(device.LinkConnected)
	r.mustSend(anaNumber, "два")
	r.await("both", func() bool { return slices.Equal(texts(r.ana.Inbox()), []string{"раз", "два"}) })
}

func TestManySendersAtOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t).link()
	done := make(chan error)
	for range 8 {
		go func() {
			for range 3 {
				env, err := r.s.Prepare(r.ctx(), device.Outgoing{To: borisNumber, Text: "текст"})
				if err == nil {
					_, err = r.s.Send(r.ctx(), env)
				}
				done <- err
			}
		}()
	}
	for range 24 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	r.await("all", func() bool { return len(r.boris.Inbox()) == 24 })
}

func TestLookup(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	_, err := r.s.Lookup(r.ctx(), []device.Phone{anaNumber})
	wantKind(t, err, device.Unavailable)
	brazil := r.srv.AddCustomer("+551187654321", "Rui", sim.Alias("+5511987654321"))
	const skipped device.Phone = "+79160000999"
	r.srv.SkipNumber(string(skipped))
	r.link()

	asked := []device.Phone{nobody, anaNumber, skipped, "+5511987654321"}
	found, err := r.s.Lookup(r.ctx(), asked)
	if err != nil {
		t.Fatal(err)
	}
	want := []device.Presence{
		{Phone: nobody, On: device.No},
		{Phone: anaNumber, On: device.Yes, Canonical: anaNumber, Alias: r.ana.LID() + "@lid"},
		{Phone: skipped, On: device.Unknown},
		{Phone: "+5511987654321", On: device.Yes, Canonical: "+551187654321", Alias: brazil.LID() + "@lid"},
	}
	for i, p := range found {
		if p.At.IsZero() || p.Source != device.FromDirectory {
			t.Errorf("%+v", p)
		}
		p.At, p.Source = time.Time{}, ""
		if p != want[i] {
			t.Errorf("got %+v, want %+v", p, want[i])
		}
	}
	r.srv.Faults().RateLimitDirectory(1)
	_, err = r.s.Lookup(r.ctx(), asked)
	wantKind(t, err, device.RateLimited)
	_, err = r.s.Lookup(r.ctx(), make([]device.Phone, 11))
	wantKind(t, err, device.Invalid)
	if _, err := r.s.Lookup(r.ctx(), nil); err != nil {
		t.Error(err)
	}
	if n := len(r.srv.DirectoryQueries()); n != 2 {
		t.Errorf("%d questions reached the server", n)
	}
	ctx, cancel := context.WithCancel(r.ctx())
	cancel()
	_, err = r.s.Lookup(ctx, asked)
	wantKind(t, err, device.Unavailable)
}
