package whatsapp

import (
	"testing"
	"time"

	"go.mau.fi/whatsmeow/types/events"
)

func TestLoginRefusals(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		code  int
		attrs map[string]string
		check func(*testing.T, *client, int)
	}{
		{"unlinked", 401, nil, func(t *testing.T, c *client, from int) {
			if out, _ := wait[*events.LoggedOut](c, from, nil); out.Reason != 401 || !out.OnConnect {
				t.Errorf("%+v", out)
			}
		}},
		{"banned for a time", 402, map[string]string{"code": "104", "expire": "3600"}, func(t *testing.T, c *client, from int) {
			if ban, _ := wait[*events.TemporaryBan](c, from, nil); ban.Expire != time.Hour || ban.Code != events.TempBanSentTooManySameMessage {
				t.Errorf("%+v", ban)
			}
		}},
		{"banned", 403, nil, func(t *testing.T, c *client, from int) {
			if out, _ := wait[*events.LoggedOut](c, from, nil); out.Reason != 403 {
				t.Errorf("%+v", out)
			}
		}},
		{"outdated", 405, nil, func(_ *testing.T, c *client, from int) { wait[*events.ClientOutdated](c, from, nil) }},
		{"unavailable", 503, nil, func(_ *testing.T, c *client, from int) { wait[*events.Disconnected](c, from, nil) }},
		{"something new", 499, map[string]string{"message": "no"}, func(t *testing.T, c *client, from int) {
			if failure, _ := wait[*events.ConnectFailure](c, from, nil); failure.Reason != 499 || failure.Message != "no" {
				t.Errorf("%+v", failure)
			}
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			c := r.linked()
			c.Disconnect()
			r.await("offline", func() bool { return !r.phone.Companions()[0].Online })
			r.srv.Faults().RefuseLogin(tc.code, tc.attrs)
			from := c.seen()
			if err := c.Connect(); err != nil {
				t.Fatal(err)
			}
			tc.check(t, c, from)
			if n := len(r.phone.Companions()); (n == 0) != (tc.code == 401) {
				t.Errorf("%d devices in the list after %d", n, tc.code)
			}
			if tc.code == 503 {
				r.srv.Faults().RefuseLogin(0, nil)
				wait[*events.Connected](c, from, nil) // by itself
			}
		})
	}
}

func TestOutdatedClientIsToldWhilePairing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.srv.Faults().RefuseLogin(405, nil)
	c := r.newClient()
	if err := c.Connect(); err != nil {
		t.Fatal(err)
	}
	wait[*events.ClientOutdated](c, 0, nil)
}

func TestReplaced(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	c := r.linked()
	from := c.seen()
	r.srv.Faults().Replace()
	wait[*events.StreamReplaced](c, from, nil)
	c.gone()
	if err := c.Connect(); err != nil {
		t.Fatal(err)
	}
	wait[*events.Connected](c, from, nil)

	// The same credentials in a second process.
	from = c.seen()
	twin := r.clientOn(c.container)
	if err := twin.Connect(); err != nil {
		t.Fatal(err)
	}
	wait[*events.Connected](twin, 0, nil)
	wait[*events.StreamReplaced](c, from, nil)
}

func TestServerRestartAndDown(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	c := r.linked()
	from := c.seen()
	r.srv.Faults().StreamError(503)
	_, from = wait[*events.Disconnected](c, from, nil)
	_, from = wait[*events.Connected](c, from, nil)

	r.srv.Faults().Down(true)
	_, from = wait[*events.Disconnected](c, from, nil)
	r.await("nobody is connected", func() bool { return r.srv.Connected() == 0 })
	other := r.clientOn(r.openStore())
	if err := other.Connect(); err == nil {
		t.Error("a server that is down took a connection")
	}
	r.srv.Faults().Down(false)
	_, from = wait[*events.Connected](c, from, nil)

	r.srv.Disconnect()
	_, from = wait[*events.Disconnected](c, from, nil)
	wait[*events.Connected](c, from, nil)
}

func TestCertificateOfTheFuture(t *testing.T) {
	t.Parallel()
	s, err := New(Options{CertificateFrom: time.Now().Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	r := &rig{t: t, srv: s, phone: s.AddPhone(shopNumber, "Shop"), http: s.HTTPClient()}
	if err = r.newClient().Connect(); err == nil {
		t.Error("a client whose clock is in the past accepted the certificate")
	}
}

func TestImmediateClose(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	c := r.linked()
	from := c.seen()
	r.srv.Faults().CloseAtOnce(true)
	r.srv.Faults().StreamError(503)
	_, from = wait[*events.Disconnected](c, from, nil)
	wait[*events.Connected](c, from, nil)
}
