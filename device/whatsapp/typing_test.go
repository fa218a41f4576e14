package whatsapp

import (
	"context"
	"slices"
	"testing"
	"time"

	"vestnik/device"
	sim "vestnik/sim/whatsapp"
)

// named waits until the account's own name is known, without which WhatsApp takes no presence.
func (r *rig) named() *rig {
	r.t.Helper()
	r.halt()
	r.exec(`UPDATE whatsmeow_device SET push_name = 'Лавка'`) // comes with the phone's settings
	r.start()
	r.awaitState(device.LinkConnected)
	r.await("a presence", func() bool { return len(r.srv.Presences()) > 0 })
	return r
}

func (r *rig) lastPresence() string {
	all := r.srv.Presences()
	if len(all) == 0 {
		return ""
	}
	return all[len(all)-1].Type
}

func TestACustomerSeesTypingBeforeTheText(t *testing.T) {
	t.Parallel()
	r := newRig(t).link().named()
	env, err := r.s.Prepare(r.ctx(), device.Outgoing{To: anaNumber, Text: "готов", Typing: 80 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.s.Send(r.ctx(), env); err != nil {
		t.Fatal(err)
	}
	r.await("the text", func() bool { return len(r.ana.Inbox()) == 1 })
	seen := r.srv.Typings()
	if len(seen) != 1 || seen[0].To != string(anaNumber) || seen[0].State != "composing" || !seen[0].Available {
		t.Fatalf("%+v", seen)
	}
	if before := r.ana.Inbox()[0].At.Sub(seen[0].At); before < 70*time.Millisecond {
		t.Errorf("typing began %v before the text", before)
	}
	if r.lastPresence() != "unavailable" {
		t.Error("the shop's phone rings no more")
	}
}

func TestNobodysMessageWaitsForTypingToSomebodyElse(t *testing.T) {
	t.Parallel()
	r := newRig(t).link().named()
	slow, err := r.s.Prepare(r.ctx(), device.Outgoing{To: anaNumber, Text: "рассылка", Typing: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(r.ctx())
	done := make(chan error, 1)
	go func() { _, err := r.s.Send(ctx, slow); done <- err }()
	r.await("typing", func() bool { return len(r.srv.Typings()) == 1 })
	r.mustSend(borisNumber, "ответ")
	r.await("the reply", func() bool { return slices.Equal(texts(r.boris.Inbox()), []string{"ответ"}) })
	cancel()
	wantKind(t, <-done, device.Unavailable) // given up: nothing left
	r.await("away again", func() bool { return r.lastPresence() == "unavailable" })
	if n := len(r.ana.Inbox()); n != 0 {
		t.Errorf("%d messages of a send that was given up", n)
	}
}

func TestALostConnectionEndsTyping(t *testing.T) {
	t.Parallel()
	r := newRig(t).link().named()
	env, err := r.s.Prepare(r.ctx(), device.Outgoing{To: anaNumber, Text: "рассылка", Typing: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { _, err := r.s.Send(r.ctx(), env); done <- err }()
	r.await("typing", func() bool { return len(r.srv.Typings()) == 1 })
	r.srv.Disconnect()
	if err := <-done; err != nil && device.KindOf(err) != device.Unavailable {
		t.Errorf("%v", err)
	}
	r.awaitState(device.LinkConnected)
	r.await("the text in the end", func() bool {
		_, err := r.s.Send(r.ctx(), device.Envelope{Outgoing: device.Outgoing{To: anaNumber, Text: "рассылка"}, WireID: env.WireID, Device: env.Device, Parts: 1})
		return err == nil
	})
	r.await("once", func() bool { return slices.Equal(texts(r.ana.Inbox()), []string{"рассылка"}) })
}

func TestBeforeTheNameIsKnownTypingChangesNothing(t *testing.T) {
	t.Parallel()
	srv, err := sim.New(sim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := newRigOn(t, srv).link()
	env, err := r.s.Prepare(r.ctx(), device.Outgoing{To: anaNumber, Text: "готов", Typing: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.s.Send(r.ctx(), env); err != nil {
		t.Fatal(err)
	}
	r.await("the text", func() bool { return len(r.ana.Inbox()) == 1 })
	if p := r.lastPresence(); p == "available" {
		t.Error("the account stays available")
	}
}
