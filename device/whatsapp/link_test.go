package whatsapp

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"go.mau.fi/whatsmeow/types/events"

	"vestnik/device"
	sim "vestnik/sim/whatsapp"
)

func TestThePhoneEndsTheLink(t *testing.T) {
	t.Parallel()
	for _, online := range []bool{true, false} {
		for _, sudden := range []bool{false, true} {
			t.Run(fmt.Sprintf("online %t sudden %t", online, sudden), func(t *testing.T) {
				t.Parallel()
				r := newRig(t).link()
				r.srv.Faults().CloseAtOnce(sudden)
				if !online {
					r.srv.Faults().Down(true)
					r.await("it is away", func() bool { return !r.s.Link().CanReply() })
				}
				r.phone.Unlink()
				r.srv.Faults().Down(false)
				l := r.awaitState(device.LinkUnlinked)
				if !strings.Contains(l.Cause, "401") && !sudden {
					t.Errorf("cause %q", l.Cause)
				}
				_, err := r.s.Prepare(r.ctx(), device.Outgoing{To: anaNumber, Text: "текст"})
				wantKind(t, err, device.Unavailable)
				r.restart()
				r.awaitState(device.LinkUnlinked) // still not "never paired"
				r.srv.Faults().CloseAtOnce(false)
				r.link()
				r.mustSend(anaNumber, "снова здесь")
			})
		}
	}
}

func TestWeEndTheLink(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	wantKind(t, r.s.Unlink(r.ctx()), device.Conflict)
	r.link()
	if err := r.s.Unlink(r.ctx()); err != nil {
		t.Fatal(err)
	}
	r.awaitState(device.LinkUnpaired)
	if l := r.phone.Companions(); len(l) != 0 {
		t.Errorf("the phone lists %+v", l)
	}
	r.link()

	r.srv.Faults().Down(true)
	r.await("it is away", func() bool { return !r.s.Link().CanReply() })
	if err := r.s.Unlink(r.ctx()); err != nil {
		t.Fatal(err)
	}
	if l := r.awaitState(device.LinkUnpaired); !strings.Contains(l.Cause, "was not told") {
		t.Errorf("cause %q", l.Cause)
	}
	r.srv.Faults().Down(false)
	r.link()
}

func TestLoginRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		code  int
		state device.LinkState
		cause string
	}{
		{401, device.LinkUnlinked, "401"},
		{402, device.LinkBanned, "104: the same message to too many people"},
		{403, device.LinkUnlinked, "403"},
		{405, device.LinkOutdated, "405"},
		{406, device.LinkBanned, "406: WhatsApp banned the account"},
		{503, device.LinkUnreachable, "lost"},
		{400, device.LinkUnreachable, "400"},
	} {
		for _, sudden := range []bool{false, true} {
			t.Run(fmt.Sprintf("%d sudden %t", c.code, sudden), func(t *testing.T) {
				t.Parallel()
				r := newRig(t).link()
				r.srv.Faults().CloseAtOnce(sudden)
				r.srv.Faults().RefuseLogin(c.code, map[string]string{"code": "104", "expire": "3600"})
				r.srv.Disconnect()
				l := r.awaitState(c.state)
				if !strings.Contains(l.Cause, c.cause) && !sudden {
					t.Errorf("%d: cause %q", c.code, l.Cause)
				}
				_, err := r.s.Send(r.ctx(), device.Envelope{
					Outgoing: device.Outgoing{To: anaNumber, Text: "x"}, WireID: newID(), Device: shopNumber.Digits(), Parts: 1,
				})
				wantKind(t, err, device.Unavailable)
				r.srv.Faults().RefuseLogin(0, nil)
				r.srv.Faults().CloseAtOnce(false)
				switch {
				case c.code == 406:
					r.restart()
					r.awaitState(device.LinkBanned)
					r.link()
				case c.state == device.LinkUnlinked:
					r.link()
				case c.state == device.LinkBanned:
					if d := time.Until(l.Until); d < 59*time.Minute || d > time.Hour {
						t.Errorf("banned for %s", d)
					}
					r.restart()
					if l := r.awaitState(device.LinkBanned); l.Until.IsZero() || l.Code != device.BanSameText {
						t.Error("the end of the ban was forgotten")
					}
					if n := r.srv.Connected(); n != 0 {
						t.Errorf("%d connections during a ban", n)
					}
					r.reconnect()
				default:
					r.reconnect()
				}
				if len(r.ana.Inbox()) != 0 {
					t.Error("the customer got something")
				}
			})
		}
	}
}

func (r *rig) reconnect() {
	r.t.Helper()
	if err := r.s.Reconnect(r.ctx()); err != nil {
		r.t.Fatal(err)
	}
	r.awaitState(device.LinkConnected)
}

func TestABanEndsByItself(t *testing.T) {
	t.Parallel()
	r := newRig(t).link()
	r.srv.Faults().RefuseLogin(402, map[string]string{"code": "101", "expire": "1"})
	r.srv.Disconnect()
	r.awaitState(device.LinkBanned)
	r.srv.Faults().RefuseLogin(0, nil)
	r.awaitState(device.LinkConnected)
	past, err := r.s.Transitions(r.ctx(), 3)
	if err != nil || len(past) != 3 || past[1].Cause != "the ban has ended" || past[2].To != device.LinkBanned || past[2].Until.IsZero() {
		t.Errorf("%+v %v", past, err)
	}
}

func TestReplacedWaitsForAPerson(t *testing.T) {
	t.Parallel()
	r := newRig(t).link()
	r.srv.Faults().Replace()
	r.awaitState(device.LinkReplaced)
	r.await("it is away", func() bool { return r.srv.Connected() == 0 })
	before := len(r.sink.Links())
	wantKind(t, r.s.StartPairing(r.ctx(), "", ""), device.Conflict)
	time.Sleep(200 * time.Millisecond) // there is no event for "it did not dial"
	if r.srv.Connected() != 0 || len(r.sink.Links()) != before {
		t.Error("it fights")
	}
	r.reconnect()
}

func TestComesBackAfterTheNetwork(t *testing.T) {
	t.Parallel()
	r := newRig(t).link()
	r.srv.Faults().Down(true)
	r.awaitState(device.LinkUnreachable)
	if _, err := r.ana.SendText(string(shopNumber), "пока вас не было", sim.ByNumber); err != nil {
		t.Fatal(err)
	}
	r.srv.Faults().Down(false)
	r.awaitState(device.LinkConnected)
	r.await("what came meanwhile", func() bool { return len(r.sink.IncomingMessages()) == 1 })
	r.srv.Faults().StreamError(503)
	r.await("away and back", func() bool { return strings.HasSuffix(r.told(), "connecting connected") })
	past, err := r.s.Transitions(r.ctx(), 100)
	if err != nil || len(past) < 7 {
		t.Fatalf("%+v %v", past, err)
	}
	for i, tr := range past {
		if tr.Cause == "" || tr.At.IsZero() || i > 0 && past[i-1].From != tr.To {
			t.Errorf("transition %+v", tr)
		}
	}
}

func TestTheClockIsWrong(t *testing.T) {
	t.Parallel()
	srv, err := sim.New(sim.Options{CertificateFrom: time.Now().Add(24 * time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	r := newRigOn(t, srv)
	if err := r.s.StartPairing(r.ctx(), "", ""); err != nil {
		t.Fatal(err)
	}
	r.awaitState(device.LinkClockWrong)
	r.await("the end", func() bool { return r.s.Pairing().State == device.PairingFailed })
}

func TestALineThatStaysSilentIsGivenUp(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(r *rig) { r.pace = func(p *pace) { p.patience = 2 * time.Second } }).link()
	r.srv.Faults().Freeze(true)
	r.srv.Disconnect()
	r.awaitState(device.LinkUnreachable)
	r.srv.Faults().Freeze(false)
	r.awaitState(device.LinkConnected)
}

func TestATimeLockStopsNewChatsAndOutlivesARestart(t *testing.T) {
	t.Parallel()
	r := newRig(t).link()
	if _, err := r.ana.SendText(string(shopNumber), "привет", sim.ByLID); err != nil {
		t.Fatal(err)
	}
	r.await("her words", func() bool { return len(r.sink.IncomingMessages()) == 1 })
	end := time.Now().Add(time.Hour).Truncate(time.Second)
	r.srv.Faults().TimeLock(end)
	l := r.awaitState(device.LinkLocked)
	if !l.Until.Equal(end) || !l.CanReply() || l.CanStart() || !strings.Contains(l.Cause, "RESTRICT_ALL_COMPANIONS") {
		t.Errorf("link %+v", l)
	}
	r.mustSend(anaNumber, "ответ")
	_, err := r.send(borisNumber, "первое слово")
	wantKind(t, err, device.Locked)

	r.restart()
	if l := r.awaitState(device.LinkLocked); !l.Until.Equal(end) {
		t.Errorf("link %+v", l)
	}
	r.srv.Faults().TimeLock(time.Now().Add(-time.Minute))
	r.awaitState(device.LinkConnected)
	r.restart()
	r.awaitState(device.LinkConnected)

	r.srv.Faults().TimeLock(time.Now().Add(2 * time.Second))
	r.awaitState(device.LinkLocked)
	r.awaitState(device.LinkConnected) // by itself
}

func TestARefusedNewChatLocks(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(r *rig) { r.opt.AssumedLock = 2 * time.Second }).link()
	r.srv.Faults().AckError(463, 1)
	_, err := r.send(anaNumber, "первое слово")
	wantKind(t, err, device.Locked)
	l := r.awaitState(device.LinkLocked)
	if !l.Until.IsZero() || !strings.Contains(l.Cause, "463") || l.Code != device.NewChatRefused {
		t.Errorf("link %+v", l)
	}
	r.awaitState(device.LinkConnected)
	if len(r.ana.Inbox()) != 0 {
		t.Error("the refused text arrived")
	}
}

func TestThePhoneStillRings(t *testing.T) {
	t.Parallel()
	r := newRig(t).link()
	r.mustSend(anaNumber, "текст")
	r.halt()
	r.exec(`UPDATE whatsmeow_device SET push_name = 'Лавка'`) // comes with the phone's settings
	r.start()
	r.awaitState(device.LinkConnected)
	r.await("a word on our presence", func() bool { return len(r.srv.Presences()) > 0 })
	r.mustSend(anaNumber, "текст")
	for _, p := range r.srv.Presences() {
		if p.Type != "unavailable" {
			t.Errorf("presence %+v", p)
		}
	}
}

func TestALineThatAnswersNoKeepaliveIsGivenUp(t *testing.T) {
	t.Parallel()
	r := newRig(t).link()
	for n := range silentAfter {
		l, err := r.s.usable("test")
		if err != nil {
			t.Fatal(err)
		}
		r.s.post(l, &events.KeepAliveTimeout{ErrorCount: n + 1}) // the library's own clock takes minutes
	}
	r.await("away and back", func() bool { return strings.HasSuffix(r.told(), "connected connecting connected") })
	r.mustSend(anaNumber, "текст")
}
