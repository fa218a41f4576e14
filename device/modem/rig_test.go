package modem

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/device/devicetest"
	sim "vestnik/sim/modem"
)

// memoryJournal is a Journal whose content outlives a Modem, as a disk does.
type memoryJournal struct {
	mu    sync.Mutex
	ref   int
	parts []Part
	pins  map[string]bool
	fail  error // of SavePart
}

func (j *memoryJournal) NextConcatRef(context.Context) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	n := j.ref
	j.ref = (j.ref + 1) % 256
	return n, nil
}

func (j *memoryJournal) SavePart(_ context.Context, p Part) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.fail != nil {
		return j.fail
	}
	for i, q := range j.parts {
		if q.WireID == p.WireID && q.Seq == p.Seq {
			j.parts[i] = p
			return nil
		}
	}
	j.parts = append(j.parts, p)
	return nil
}

func (j *memoryJournal) Parts(_ context.Context, wireID string) ([]Part, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	var out []Part
	for _, p := range j.parts {
		if p.WireID == wireID {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b Part) int { return a.Seq - b.Seq })
	return out, nil
}

func (j *memoryJournal) PartsByMR(_ context.Context, dev string, mr int, since time.Time) ([]Part, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	var out []Part
	for _, p := range j.parts {
		if p.Device == dev && p.MR == mr && p.State != PartNotSent && !p.SubmittedAt.Before(since) {
			out = append(out, p)
		}
	}
	slices.SortStableFunc(out, func(a, b Part) int { return b.SubmittedAt.Compare(a.SubmittedAt) })
	return out, nil
}

func (j *memoryJournal) TryPIN(_ context.Context, key string) (bool, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.pins == nil {
		j.pins = map[string]bool{}
	}
	before := j.pins[key]
	j.pins[key] = true
	return before, nil
}

func (j *memoryJournal) PINAccepted(_ context.Context, key string) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	delete(j.pins, key)
	return nil
}

func (j *memoryJournal) setFail(err error) { j.mu.Lock(); j.fail = err; j.mu.Unlock() }

func (j *memoryJournal) state(wireID string, seq int) PartState {
	parts, _ := j.Parts(context.Background(), wireID)
	for _, p := range parts {
		if p.Seq == seq {
			return p.State
		}
	}
	return ""
}

// fast are time-outs for a simulated modem that answers within milliseconds.
func fast() Timeouts {
	return Timeouts{
		Command: 2 * time.Second, Probe: 300 * time.Millisecond, Prompt: time.Second, Network: 1500 * time.Millisecond,
		Report: 400 * time.Millisecond, Write: 300 * time.Millisecond, List: 2 * time.Second, USSD: 2 * time.Second,
		Shutdown: 200 * time.Millisecond, Look: 20 * time.Millisecond, Poll: 100 * time.Millisecond, Sweep: 2 * time.Second,
		Retry: 200 * time.Millisecond, NoSignal: 100 * time.Millisecond, Backoff: 50 * time.Millisecond, Reboot: 2 * time.Second,
	}
}

// rig is a Modem with the simulated stick, network and disk behind it.
type rig struct {
	t       *testing.T
	sim     *sim.Modem
	sink    *devicetest.Sink
	journal *memoryJournal
	opts    Options
	m       *Modem
	stop    func()

	wrongNumbers bool // the test sends to some on purpose
}

const customer = device.Phone("+79161234567")

func logger(t *testing.T) *slog.Logger {
	t.Helper()
	if os.Getenv("MODEM_LOG") == "" {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// newRig starts simulator and modem and does not wait for a link.
func newRig(t *testing.T, so sim.Options, change ...func(*Options)) *rig {
	t.Helper()
	so.Dir = t.TempDir()
	s, err := sim.New(so)
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, sim: s, sink: &devicetest.Sink{}, journal: &memoryJournal{}}
	t.Cleanup(func() {
		_ = s.Close()
		if bad := s.NotUnderstood(); len(bad) > 0 {
			t.Errorf("the simulated modem did not understand %q", bad)
		}
		if bad := s.Refused(); len(bad) > 0 && !r.wrongNumbers {
			t.Errorf("the simulated modem refused PDUs: %q", bad)
		}
	})
	r.opts = Options{Port: s.Port(), Sink: r.sink, Journal: r.journal, Logger: logger(t), Timeouts: fast()}
	for _, c := range change {
		c(&r.opts)
	}
	r.start()
	t.Cleanup(func() { r.stop() })
	return r
}

// up is newRig with the link up.
func up(t *testing.T, so sim.Options, change ...func(*Options)) *rig {
	t.Helper()
	r := newRig(t, so, change...)
	r.await(device.LinkConnected)
	return r
}

func (r *rig) start() {
	r.t.Helper()
	m, err := New(r.opts)
	if err != nil {
		r.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := m.Run(ctx); err != nil {
			r.t.Errorf("Run: %v", err)
		}
	}()
	r.m = m
	r.stop = func() { cancel(); <-done }
}

func (r *rig) restart() *Modem {
	r.t.Helper()
	r.stop()
	r.start()
	r.await(device.LinkConnected)
	return r.m
}

func (r *rig) await(want device.LinkState) {
	r.t.Helper()
	r.eventually("link "+string(want), func() bool { return r.m.Link().State == want })
}

func (r *rig) eventually(what string, cond func() bool) {
	r.t.Helper()
	deadline := time.After(15 * time.Second)
	tick := time.NewTicker(3 * time.Millisecond)
	defer tick.Stop()
	for !cond() {
		select {
		case <-tick.C:
		case <-deadline:
			r.t.Fatalf("not seen within 15 s: %s (link %+v)", what, r.m.Link())
		}
	}
}

func (r *rig) prepare(text string) device.Envelope {
	r.t.Helper()
	env, err := r.m.Prepare(r.t.Context(), device.Outgoing{To: customer, Text: text})
	if err != nil {
		r.t.Fatal(err)
	}
	return env
}

// send prepares and sends one text.
func (r *rig) send(text string) (device.Envelope, device.Accepted, error) {
	r.t.Helper()
	env := r.prepare(text)
	acc, err := r.m.Send(r.t.Context(), env)
	return env, acc, err
}

func (r *rig) got() []string { return texts(r.sim, customer) }

func texts(s *sim.Modem, p device.Phone) []string {
	var out []string
	for _, t := range s.Phone(p.String()) {
		out = append(out, t.Text)
	}
	return out
}

func (r *rig) mustGet(want ...string) {
	r.t.Helper()
	r.eventually("the customer's texts", func() bool { return slices.Equal(r.got(), want) })
}

func kindOf(t *testing.T, err error) *device.Error {
	t.Helper()
	var e *device.Error
	if !errors.As(err, &e) {
		t.Fatalf("%v is no device.Error", err)
	}
	return e
}
