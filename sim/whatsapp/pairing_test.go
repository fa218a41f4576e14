package whatsapp

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
)

func TestPairByCode(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	c := r.newClient()
	if err := r.phone.EnterCode("ABCD-EFGH"); !errors.Is(err, ErrNoCodeAsked) {
		t.Errorf("a code out of the blue: %v", err)
	}
	qr, err := c.GetQRChannel(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if err = c.Connect(); err != nil {
		t.Fatal(err)
	}
	firstCode(t, qr)
	if _, err = c.PairPhone(context.Background(), shopNumber, true, whatsmeow.PairClientChrome, "Vestnik"); err == nil {
		t.Error("a display name that is no browser was accepted")
	}
	code, err := c.PairPhone(context.Background(), shopNumber, true, whatsmeow.PairClientChrome, "Chrome (Linux)")
	if err != nil {
		t.Fatal(err)
	}
	wrong := "1" + code[1:]
	if code[0] == '1' {
		wrong = "2" + code[1:]
	}
	if err = r.phone.EnterCode(wrong); !errors.Is(err, ErrWrongCode) {
		t.Errorf("wrong code: %v", err)
	}
	if err = r.phone.EnterCode(strings.ToLower(code)); err != nil {
		t.Fatal(err)
	}
	wait[*events.Connected](c, 0, nil)
	if len(r.phone.Companions()) != 1 {
		t.Error("the device is not in the phone's list")
	}
}

func TestScanRefusals(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, text := range []string{"", "https://example.com/#a,b,c,d,e", "https://wa.me/settings/linked_devices#a,b,c", "https://wa.me/settings/linked_devices#a,!,c,d,e"} {
		if err := r.phone.ScanQR(text); err == nil {
			t.Errorf("%q was taken for a linking code", text)
		}
	}
	c := r.newClient()
	c.PrePairCallback = func(types.JID, string, string) bool { return false }
	qr, err := c.GetQRChannel(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if err = c.Connect(); err != nil {
		t.Fatal(err)
	}
	code := firstCode(t, qr)
	if err = r.phone.ScanQR(code); err == nil || !strings.Contains(err.Error(), "refused") {
		t.Errorf("the device refused, the phone says %v", err)
	}
	if len(r.phone.Companions()) != 0 {
		t.Error("a device that refused is in the list")
	}
	r.await("the connection ends", func() bool { return r.srv.Connected() == 0 })
	if err = r.phone.ScanQR(code); !errors.Is(err, ErrCodeExpired) {
		t.Errorf("code of a closed connection: %v", err)
	}
}

func TestQRExpires(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	s, err := New(Options{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	phone := s.AddPhone(shopNumber, "Shop")
	r := &rig{t: t, srv: s, phone: phone, http: s.HTTPClient()}
	t.Cleanup(func() { _ = s.Close() })
	c := r.newClient()
	qr, err := c.GetQRChannel(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if err = c.Connect(); err != nil {
		t.Fatal(err)
	}
	code := firstCode(t, qr)
	s.mu.Lock()
	now = now.Add(61 * time.Second)
	s.mu.Unlock()
	if err = phone.ScanQR(code); !errors.Is(err, ErrCodeExpired) {
		t.Errorf("after 61 s: %v", err)
	}
}

func TestPasskeyIsAskedFor(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.srv.Faults().PasskeyNext()
	c := r.newClient()
	qr, err := c.GetQRChannel(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if err = c.Connect(); err != nil {
		t.Fatal(err)
	}
	if err = r.phone.ScanQR(firstCode(t, qr)); !errors.Is(err, ErrPasskeyAsked) {
		t.Errorf("scan: %v", err)
	}
	asked, _ := wait[*events.PairPasskeyRequest](c, 0, nil)
	if asked.PublicKey == nil {
		t.Errorf("request: %+v", asked)
	}
	// A new attempt, with a new client as whatsmeow wants it, works.
	c.Disconnect()
	r.linked()
}

func TestUnlinkOnlineAndOfflineAndLinkAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	c := r.linked()
	r.phone.Unlink()
	if out, _ := wait[*events.LoggedOut](c, 0, nil); out.OnConnect {
		t.Errorf("%+v", out)
	}

	again := r.linked()
	if paired, _ := wait[*events.PairSuccess](again, 0, nil); paired.ID.Device != 2 {
		t.Errorf("device numbers are never reused, got %d", paired.ID.Device)
	}
	again.Disconnect()
	r.await("offline", func() bool { return !r.phone.Companions()[0].Online })
	r.phone.Unlink()
	if err := again.Connect(); err != nil {
		t.Fatal(err)
	}
	if out, _ := wait[*events.LoggedOut](again, 0, nil); !out.OnConnect || out.Reason != events.ConnectFailureLoggedOut {
		t.Errorf("%+v", out)
	}
}

func TestLogOutByClient(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	c := r.linked()
	if err := c.Logout(context.Background()); err != nil {
		t.Fatal(err)
	}
	if list := r.phone.Companions(); len(list) != 0 {
		t.Errorf("list: %+v", list)
	}
}

func TestAtMostFourDevices(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for range maxCompanions {
		r.linked()
	}
	c := r.newClient()
	qr, err := c.GetQRChannel(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if err = c.Connect(); err != nil {
		t.Fatal(err)
	}
	if err = r.phone.ScanQR(firstCode(t, qr)); !errors.Is(err, ErrTooManyDevices) {
		t.Errorf("fifth device: %v", err)
	}
}
