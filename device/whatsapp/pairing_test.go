package whatsapp

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"vestnik/device"
	sim "vestnik/sim/whatsapp"
)

func TestPairsByQRCode(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.awaitState(device.LinkUnpaired)
	r.link()
	p := r.s.Pairing()
	if p.Phone != shopNumber || p.QR != "" || p.Reason != "" {
		t.Errorf("pairing %+v", p)
	}
	if got := r.seenPairings(); got != "waiting scanned paired" {
		t.Errorf("pairing went %q", got)
	}
	if got := r.told(); got != "unpaired pairing connecting connected" {
		t.Errorf("the link went %q", got)
	}
	l := r.s.Link()
	if l.Channel != device.WhatsApp || l.Phone != shopNumber || l.Device != shopNumber.Digits() || l.Name != "Лавка" || l.LastSeen.IsZero() {
		t.Errorf("link %+v", l)
	}
	devices := r.phone.Companions()
	if len(devices) != 1 || devices[0].Name != "Vestnik" {
		t.Errorf("the phone lists %+v", devices)
	}
	wantKind(t, r.s.StartPairing(r.ctx(), "", ""), device.Conflict)
}

func TestPairsByCode(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	if err := r.s.StartPairing(r.ctx(), shopNumber, shopNumber); err != nil {
		t.Fatal(err)
	}
	r.await("the code", func() bool { return r.s.Pairing().Code != "" })
	code := r.s.Pairing().Code
	if len(code) != 9 || code[4] != '-' || r.s.Pairing().QR == "" {
		t.Errorf("pairing %+v", r.s.Pairing())
	}
	if err := r.phone.EnterCode("ZZZZ-ZZZZ"); err == nil {
		t.Error("the phone took a wrong code")
	}
	r.await("waiting on", func() bool { return r.s.Pairing().State == device.PairingWaiting })
	if err := r.phone.EnterCode(code); err != nil {
		t.Fatal(err)
	}
	r.awaitState(device.LinkConnected)
}

func TestCodesHaveAClock(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(r *rig) {
		r.pace = func(p *pace) { p.firstCode, p.nextCode = 300*time.Millisecond, 100*time.Millisecond }
	})
	if err := r.s.StartPairing(r.ctx(), "", ""); err != nil {
		t.Fatal(err)
	}
	firstCode := r.qr()
	p := r.s.Pairing()
	if p.ExpiresAt.Sub(p.ShownAt) != 300*time.Millisecond {
		t.Errorf("the first code lives %s", p.ExpiresAt.Sub(p.ShownAt))
	}
	r.await("expiry", func() bool { return r.s.Pairing().State == device.PairingExpired })
	r.awaitState(device.LinkUnpaired)
	codes := map[string]time.Duration{}
	r.mu.Lock()
	for _, p := range r.pairings {
		if p.QR != "" {
			codes[p.QR] = p.ExpiresAt.Sub(p.ShownAt)
		}
	}
	r.mu.Unlock()
	if len(codes) != 6 || codes[firstCode] != 300*time.Millisecond {
		t.Errorf("codes and their lives: %v", codes)
	}
	if r.s.Pairing().QR != "" {
		t.Error("a dead code is still shown")
	}
	r.pace = func(*pace) {}
	r.restart()
	r.awaitState(device.LinkUnpaired)
	r.link()
}

func TestUsualCodesLiveAsLongAsWhatsAppHonoursThem(t *testing.T) {
	t.Parallel()
	if p := usualPace(); p.firstCode != time.Minute || p.nextCode != 20*time.Second {
		t.Errorf("%+v", p)
	}
}

func TestPairingIsStartedAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	if err := r.s.StartPairing(r.ctx(), "", ""); err != nil {
		t.Fatal(err)
	}
	old := r.qr()
	if err := r.s.StopPairing(r.ctx()); err != nil {
		t.Fatal(err)
	}
	if p := r.s.Pairing(); p.State != device.PairingNone || p.QR != "" {
		t.Errorf("pairing %+v", p)
	}
	r.awaitState(device.LinkUnpaired)
	r.await("the server sees it gone", func() bool { return r.srv.Connected() == 0 })
	if err := r.phone.ScanQR(old); !errors.Is(err, sim.ErrCodeExpired) {
		t.Errorf("the old code: %v", err)
	}
	r.link()
}

func TestAnotherPhoneThanExpectedIsRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	private := r.srv.AddPhone("+79167777777", "Личный")
	if err := r.s.StartPairing(r.ctx(), shopNumber, ""); err != nil {
		t.Fatal(err)
	}
	if err := private.ScanQR(r.qr()); err == nil {
		t.Error("the private phone was linked")
	}
	r.await("the refusal", func() bool { return r.s.Pairing().State == device.PairingFailed })
	if p := r.s.Pairing(); p.Wrong != "+79167777777" || p.Reason == "" {
		t.Errorf("pairing %+v", p)
	}
	r.awaitState(device.LinkUnpaired)
	if l := private.Companions(); len(l) != 0 {
		t.Errorf("the private phone lists %+v", l)
	}
	r.link()
}

func TestAPasskeyIsRecognised(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.srv.Faults().PasskeyNext()
	if err := r.s.StartPairing(r.ctx(), "", ""); err != nil {
		t.Fatal(err)
	}
	if err := r.phone.ScanQR(r.qr()); !errors.Is(err, sim.ErrPasskeyAsked) {
		t.Fatal(err)
	}
	r.await("the passkey", func() bool { return r.s.Pairing().State == device.PairingPasskey })
	r.awaitState(device.LinkUnpaired)
	r.link()
}

func TestPairingRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		code   int
		reason string
		state  device.LinkState
	}{
		{405, "405", device.LinkOutdated},
		{400, "400", device.LinkUnpaired},
		{402, "402", device.LinkUnpaired},
		{503, "lost", device.LinkUnpaired},
	} {
		for _, sudden := range []bool{false, true} {
			t.Run(fmt.Sprintf("%d sudden %t", c.code, sudden), func(t *testing.T) {
				t.Parallel()
				r := newRig(t)
				r.srv.Faults().CloseAtOnce(sudden)
				r.srv.Faults().RefuseLogin(c.code, map[string]string{"code": "104", "expire": "3600"})
				if err := r.s.StartPairing(r.ctx(), "", ""); err != nil {
					t.Fatal(err)
				}
				r.await("the end", func() bool { return r.s.Pairing().State == device.PairingFailed })
				if p := r.s.Pairing(); !strings.Contains(p.Reason, c.reason) {
					t.Errorf("%d: pairing %+v", c.code, p)
				}
				r.awaitState(c.state)
				r.srv.Faults().RefuseLogin(0, nil)
				r.srv.Faults().CloseAtOnce(false)
				if c.code == 405 {
					r.link() // after an update
				}
			})
		}
	}
}

func TestPairingWithoutANetwork(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.srv.Faults().Down(true)
	if err := r.s.StartPairing(r.ctx(), "", ""); err != nil {
		t.Fatal(err)
	}
	r.await("the end", func() bool { return r.s.Pairing().State == device.PairingFailed })
	if p := r.s.Pairing(); !strings.Contains(p.Reason, "out of reach") {
		t.Errorf("pairing %+v", p)
	}
	r.awaitState(device.LinkUnpaired)
	r.srv.Faults().Down(false)
	r.link()
}

func TestTheNetworkDiesWhileACodeIsShown(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	if err := r.s.StartPairing(r.ctx(), "", shopNumber); err != nil {
		t.Fatal(err)
	}
	old := r.qr()
	r.await("the 8-character code", func() bool { return r.s.Pairing().Code != "" })
	r.srv.Disconnect()
	r.await("new codes", func() bool { p := r.s.Pairing(); return p.QR != "" && p.QR != old && p.Code != "" })
	r.srv.Faults().Down(true)
	r.await("the end", func() bool { return r.s.Pairing().State == device.PairingFailed })
	if p := r.s.Pairing(); p.QR != "" || p.Code != "" || p.Reason == "" {
		t.Errorf("pairing %+v", p)
	}
	r.srv.Faults().Down(false)
	r.link()
}

func TestPairingIsCutAfterTheScan(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.scan(r.phone)
	r.srv.Disconnect()
	r.awaitState(device.LinkConnected)
	r.mustSend(anaNumber, "всё же связаны")
	r.await("the text", func() bool { return len(r.ana.Inbox()) == 1 })
}

func TestPairingNeedsASessionThatIsOnAndANumberThatIsOne(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(r *rig) { r.opt.Off = true })
	wantKind(t, r.s.StartPairing(r.ctx(), "", ""), device.Conflict)
	wantKind(t, r.s.StartPairing(r.ctx(), "", "8916"), device.Invalid)
	if r.s.Link().State != device.LinkOff {
		t.Errorf("link %+v", r.s.Link())
	}
	if err := r.s.Switch(r.ctx(), true); err != nil {
		t.Fatal(err)
	}
	r.link()
	if err := r.s.Switch(r.ctx(), false); err != nil {
		t.Fatal(err)
	}
	r.await("the server sees it gone", func() bool { return r.srv.Connected() == 0 })
	_, err := r.send(anaNumber, "нет")
	wantKind(t, err, device.Unavailable)
	r.restart()
	if r.s.Link().State != device.LinkOff || r.s.Link().Phone != shopNumber {
		t.Errorf("link %+v", r.s.Link())
	}
	if err := r.s.Switch(r.ctx(), true); err != nil {
		t.Fatal(err)
	}
	r.awaitState(device.LinkConnected)
}
