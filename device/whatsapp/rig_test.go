package whatsapp

import (
	"bytes"
	"context"
	"flag"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/device/devicetest"
	sim "vestnik/sim/whatsapp"
)

// The people of these tests.
const (
	shopNumber  device.Phone = "+79160000001"
	anaNumber   device.Phone = "+79161234501"
	borisNumber device.Phone = "+79161234502"
	nobody      device.Phone = "+79169999999"
)

func TestMain(m *testing.M) {
	// Most of the time here is waiting for sockets and timers, not computing.
	flag.Parse()
	if err := flag.Set("test.parallel", "8"); err != nil {
		panic(err)
	}
	sim.TrustRoot()
	// Before any session or simulator uses libsignal, which reads its logger unguarded.
	routeSignalLog(slog.New(slog.DiscardHandler))
	os.Exit(m.Run())
}

// rig is a session with the shop's phone and WhatsApp's server behind it.
type rig struct {
	t     testing.TB
	srv   *sim.Server
	phone *sim.Phone
	ana   *sim.Customer
	boris *sim.Customer
	sink  *devicetest.Sink
	path  string
	logs  *logBook
	opt   Options
	pace  func(*pace)

	s    *Session
	halt func() // ends Run and closes the file

	mu       sync.Mutex
	pairings []device.Pairing
	handed   map[string]device.Envelope // by wire id
}

// logBook keeps every line for the test of masking.
type logBook struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *logBook) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *logBook) String() string { b.mu.Lock(); defer b.mu.Unlock(); return b.buf.String() }

var _ io.Writer = (*logBook)(nil)

func newRig(t testing.TB, changes ...func(*rig)) *rig {
	t.Helper()
	srv, err := sim.New(sim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return newRigOn(t, srv, changes...)
}

func newRigOn(t testing.TB, srv *sim.Server, changes ...func(*rig)) *rig {
	t.Helper()
	r := &rig{
		t: t, srv: srv, sink: &devicetest.Sink{}, path: filepath.Join(t.TempDir(), "what?s app#1.db"), logs: &logBook{},
		phone: srv.AddPhone(string(shopNumber), "Лавка"),
		ana:   srv.AddCustomer(string(anaNumber), "Анна"),
		boris: srv.AddCustomer(string(borisNumber), "Борис", sim.Devices(2)),
		pace:  func(*pace) {},
	}
	r.opt = Options{
		Path: r.path, Sink: r.sink, HTTP: srv.HTTPClient(), AckTimeout: 700 * time.Millisecond,
		Logger: slog.New(slog.NewTextHandler(r.logs, &slog.HandlerOptions{Level: slog.LevelDebug - 4})),
		OnPairing: func(p device.Pairing) {
			r.mu.Lock()
			r.pairings = append(r.pairings, p)
			r.mu.Unlock()
		},
	}
	for _, change := range changes {
		change(r)
	}
	r.start()
	t.Cleanup(func() {
		r.halt()
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
		for _, what := range srv.NotUnderstood() {
			t.Errorf("the server did not understand: %s", what)
		}
		if t.Failed() && testing.Verbose() {
			t.Log(r.logs.String())
		}
	})
	return r
}

// start opens the session on the rig's file and runs it.
func (r *rig) start() {
	r.t.Helper()
	s, err := New(r.opt)
	if err != nil {
		r.t.Fatal(err)
	}
	s.pace.again = func(fails int) time.Duration { return time.Duration(min(fails, 5)) * 20 * time.Millisecond }
	s.pace.relogin = 500 * time.Millisecond
	r.pace(&s.pace)
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		if err := s.Run(ctx); err != nil {
			r.t.Error(err)
		}
	})
	r.s = s
	r.halt = sync.OnceFunc(func() {
		cancel()
		running.Wait()
		if err := s.Close(); err != nil {
			r.t.Error(err)
		}
	})
}

// restart ends the session without a word to the server and starts it on the same
// file.
func (r *rig) restart() *Session {
	r.t.Helper()
	r.halt()
	r.start()
	return r.s
}

// link pairs by QR code and waits until the session is up.
func (r *rig) link() *rig {
	r.t.Helper()
	r.scan(r.phone)
	r.awaitState(device.LinkConnected)
	r.await("pairing is done", func() bool { return r.s.Pairing().State == device.PairingPaired })
	return r
}

func (r *rig) scan(phone *sim.Phone) {
	r.t.Helper()
	if err := r.s.StartPairing(r.ctx(), "", ""); err != nil {
		r.t.Fatal(err)
	}
	if err := phone.ScanQR(r.qr()); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) qr() string {
	r.t.Helper()
	r.await("a QR code", func() bool { return r.s.Pairing().QR != "" })
	return r.s.Pairing().QR
}

func (r *rig) awaitState(want device.LinkState) device.Link {
	r.t.Helper()
	r.await("link state "+string(want), func() bool { return r.s.Link().State == want })
	return r.s.Link()
}

func (r *rig) await(what string, cond func() bool) {
	r.t.Helper()
	tick := time.NewTicker(3 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(time.Minute)
	for !cond() {
		select {
		case <-tick.C:
		case <-deadline:
			r.t.Fatalf("not seen within a minute: %s; link %+v, pairing %+v", what, r.s.Link(), r.s.Pairing())
		}
	}
}

func (r *rig) ctx() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	r.t.Cleanup(cancel)
	return ctx
}

func (r *rig) prepare(to device.Phone, text string) device.Envelope {
	r.t.Helper()
	env, err := r.s.Prepare(r.ctx(), device.Outgoing{To: to, Text: text})
	if err != nil {
		r.t.Fatal(err)
	}
	return env
}

func (r *rig) send(to device.Phone, text string) (device.Envelope, error) {
	r.t.Helper()
	env := r.prepare(to, text)
	r.mu.Lock()
	if r.handed == nil {
		r.handed = map[string]device.Envelope{}
	}
	r.handed[env.WireID] = env
	r.mu.Unlock()
	_, err := r.s.Send(r.ctx(), env)
	return env, err
}

func (r *rig) mustSend(to device.Phone, text string) device.Envelope {
	r.t.Helper()
	env, err := r.send(to, text)
	if err != nil {
		r.t.Fatal(err)
	}
	return env
}

// path of states that the sink was told.
func (r *rig) told() string {
	var states []string
	for _, l := range r.sink.Links() {
		states = append(states, string(l.State))
	}
	return strings.Join(states, " ")
}

// seenPairings are the states of pairing in order, repeats left out.
func (r *rig) seenPairings() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var states []string
	for _, p := range r.pairings {
		if len(states) == 0 || states[len(states)-1] != string(p.State) {
			states = append(states, string(p.State))
		}
	}
	return strings.Join(states, " ")
}

func texts(inbox []sim.Received) []string {
	var found []string
	for _, m := range inbox {
		found = append(found, m.Text)
	}
	return found
}

func wantKind(t testing.TB, err error, want device.Kind) {
	t.Helper()
	if device.KindOf(err) != want {
		t.Fatalf("got %q (%v), want %q", device.KindOf(err), err, want)
	}
}
