package modem

import (
	"context"
	"testing"
	"time"

	"vestnik/device"
	sim "vestnik/sim/modem"
)

var profiles = []sim.Profile{sim.Generic, sim.Huawei, sim.SIM800, sim.Quectel}

func withPIN(pin string) func(*Options) { return func(o *Options) { o.PIN = pin } }

func TestPINIsEnteredAndForgiven(t *testing.T) {
	t.Parallel()
	for _, p := range profiles {
		t.Run(string(p), func(t *testing.T) {
			t.Parallel()
			r := up(t, sim.Options{Profile: p, PIN: "4711"}, withPIN("4711"))
			if n := r.sim.PINTries(); n != 1 {
				t.Errorf("%d PINs entered, want 1", n)
			}
			// the card taken out and put in again asks again; the right PIN may be entered again
			r.sim.RemoveSIM()
			r.await(device.LinkSIMMissing)
			r.sim.InsertSIM()
			r.await(device.LinkConnected)
			if _, _, err := r.send("текст"); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestWrongPINIsEnteredOnce(t *testing.T) {
	t.Parallel()
	for _, p := range profiles {
		t.Run(string(p), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, sim.Options{Profile: p, PIN: "4711"}, withPIN("1111"))
			r.await(device.LinkSIMPIN)
			for range 3 {
				r.stop()
				r.start()
				r.await(device.LinkSIMPIN)
			}
			r.sim.Unplug()
			r.await(device.LinkAbsent)
			if err := r.sim.Plug(); err != nil {
				t.Fatal(err)
			}
			r.await(device.LinkSIMPIN)
			r.sim.RemoveSIM()
			r.await(device.LinkSIMMissing)
			r.sim.InsertSIM()
			r.await(device.LinkSIMPIN)
			if n := r.sim.PINTries(); n != 1 {
				t.Errorf("a wrong PIN was entered %d times, want once", n)
			}
			// a person corrects the PIN: the other one may be tried
			r.stop()
			r.opts.PIN = "4711"
			r.start()
			r.await(device.LinkConnected)
			if n := r.sim.PINTries(); n != 2 {
				t.Errorf("%d PINs entered in all, want 2", n)
			}
		})
	}
}

func TestPowerCutWhileEnteringThePIN(t *testing.T) {
	t.Parallel()
	// Quectel tells how many attempts are left: the record of a try that was no wrong one does not count
	r := up(t, sim.Options{Profile: sim.Quectel, PIN: "4711"}, withPIN("4711"))
	r.stop()
	r.journal.mu.Lock()
	keys := len(r.journal.pins)
	r.journal.mu.Unlock()
	if keys != 0 {
		t.Fatalf("%d tries stay on record after the right PIN", keys)
	}
	r.sim.SetPIN("4711")
	r.opts.Journal = alwaysTried{r.journal}
	r.start()
	r.await(device.LinkConnected)
}

type alwaysTried struct{ *memoryJournal }

func (alwaysTried) TryPIN(context.Context, string) (bool, error) { return true, nil }

func TestSIMAndNetworkStates(t *testing.T) {
	t.Parallel()
	r := newRig(t, sim.Options{Profile: sim.SIM800, PIN: "4711"})
	r.await(device.LinkSIMPIN)
	if _, err := r.m.Prepare(t.Context(), device.Outgoing{To: customer, Text: "x"}); err != nil {
		t.Errorf("a known modem makes an identity also while its SIM is locked: %v", err)
	}
	if n := r.sim.PINTries(); n != 0 {
		t.Errorf("a PIN was entered although none is set")
	}
	r.sim.BlockSIM()
	r.await(device.LinkSIMPUK)
	r.sim.SetPIN("")
	r.await(device.LinkConnected)
	for _, c := range []struct {
		name   string
		do     func()
		want   device.LinkState
		signal int
	}{
		{"denied", func() { r.sim.SetRegistration(sim.RegDenied) }, device.LinkDenied, -73},
		{"searching", func() { r.sim.SetRegistration(sim.RegSearching) }, device.LinkSearching, -73},
		{"roaming", func() { r.sim.SetRegistration(sim.RegRoaming) }, device.LinkConnected, -73},
		{"no signal", func() { r.sim.SetSignal(99) }, device.LinkNoSignal, 0},
		{"back", func() { r.sim.SetSignal(31) }, device.LinkConnected, -51},
		{"no card", func() { r.sim.RemoveSIM() }, device.LinkSIMMissing, 0},
	} {
		c.do()
		r.await(c.want)
		r.eventually("signal of "+c.name, func() bool { return r.m.Link().SignalDBM == c.signal })
		if l := r.m.Link(); l.Cause == "" {
			t.Errorf("%s: no cause", c.name)
		}
		if c.want == device.LinkConnected {
			continue
		}
		env := r.prepare("текст")
		if _, err := r.m.Send(t.Context(), env); device.KindOf(err) != device.Unavailable {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if got := r.got(); len(got) != 0 {
		t.Errorf("the customer got %q", got)
	}
}

func TestLinkTellsWhoIsThere(t *testing.T) {
	t.Parallel()
	r := up(t, sim.Options{Operator: "МТС", Number: "+79260000042"})
	l := r.m.Link()
	if l.Device != "861585041234566" || l.Name != "МТС" || l.Phone != "+79260000042" || l.Port != r.sim.Port() || l.LastSeen.IsZero() || l.Channel != device.SMS {
		t.Errorf("%+v", l)
	}
	r.sim.Unplug()
	r.eventually("the unplugging within a moment", func() bool { return r.m.Link().State == device.LinkAbsent })
	if since := time.Since(r.m.Link().Since); since > 5*time.Second {
		t.Errorf("since %v", since)
	}
}
