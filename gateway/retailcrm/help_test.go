package retailcrm_test

import (
	"bytes"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/retailcrm"
	sim "vestnik/sim/retailcrm"
)

// secret is the key of every test; no log line and no error may hold it.
const secret = "k3y-0f-the-b0x-never-sh0wn"

// buffer is a log that several goroutines write.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// debugTo is a log that tells everything.
func debugTo(b *buffer) *slog.Logger {
	return slog.New(slog.NewTextHandler(b, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// account makes a simulated account that must understand everything it is asked.
func account(t *testing.T, o sim.Options) *sim.Account {
	t.Helper()
	o.Key = secret
	if o.Scopes == nil {
		o.Scopes = append(retailcrm.Needed(), retailcrm.Useful()...)
	}
	a := sim.New(o)
	t.Cleanup(func() {
		if odd := a.NotUnderstood(); len(odd) > 0 {
			t.Errorf("the account did not understand: %q", odd)
		}
		for _, r := range a.Requests() {
			for name, value := range r.Params {
				if strings.Contains(name+value+r.Path, secret) {
					t.Errorf("the key is in a request: %s %s", r.Method, r.Path)
				}
			}
		}
	})
	return a
}

// connect makes a client inside the process. The key must not appear in its log.
func connect(t *testing.T, a *sim.Account, change ...func(*retailcrm.Options)) *retailcrm.Client {
	t.Helper()
	log := &buffer{}
	o := retailcrm.Options{
		URL: "https://lavka.retailcrm.ru/admin/orders", Key: secret, WhatsAppField: "has_whatsapp", Language: "ru",
		Transport: a.Transport(), Rate: 1000,
		Logger: debugTo(log),
	}
	for _, fn := range change {
		fn(&o)
	}
	c, err := retailcrm.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if strings.Contains(log.String(), secret) {
			t.Error("the key is in the log")
		}
	})
	return c
}

// overSocket serves the account on the loopback.
func overSocket(t *testing.T, a *sim.Account) func(*retailcrm.Options) {
	t.Helper()
	srv := httptest.NewServer(a)
	t.Cleanup(srv.Close)
	return func(o *retailcrm.Options) { o.URL, o.Transport = srv.URL, nil }
}

// plain is an account without the limit of requests.
func plain(t *testing.T) *sim.Account { return account(t, sim.Options{Rate: -1}) }

// inTime runs a test under virtual time.
func inTime(t *testing.T, fn func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, fn)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantKind checks an error's kind and that it keeps the key to itself.
func wantKind(t *testing.T, err error, kind device.Kind) {
	t.Helper()
	if device.KindOf(err) != kind {
		t.Errorf("got %v, want kind %q", err, kind)
	}
	if err != nil && strings.Contains(err.Error(), secret) {
		t.Error("the key is in an error")
	}
}

// from makes the account's first cursor.
func from(t *testing.T, c *retailcrm.Client) gateway.Cursor {
	t.Helper()
	changes, next, more, err := c.Changes(t.Context(), gateway.Cursor{})
	must(t, err)
	if len(changes) > 0 || more || next.Start.IsZero() {
		t.Fatalf("first reading: %d changes, more %v, cursor %+v", len(changes), more, next)
	}
	return next
}

// readAll reads to the end as the watch does.
func readAll(t *testing.T, c *retailcrm.Client, after gateway.Cursor) ([]gateway.StatusChange, gateway.Cursor) {
	t.Helper()
	var all []gateway.StatusChange
	for {
		changes, next, more, err := c.Changes(t.Context(), after)
		must(t, err)
		all, after = append(all, changes...), next
		if !more {
			return all, after
		}
	}
}

// order puts a simple order into the account.
func order(a *sim.Account) sim.Order {
	return a.AddOrder(sim.Order{Number: "10482", FirstName: "Анна", LastName: "Климова", Phone: "+7 916 123-45-67"})
}
