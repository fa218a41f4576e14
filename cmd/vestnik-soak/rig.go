package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"vestnik/sim/modem"
	"vestnik/sim/whatsapp"
	"vestnik/sim/world"
)

// rigOptions say what a rig is made of. Dir, Binary and Log are needed.
type rigOptions struct {
	// Dir is the rig's own scratch folder; it exists.
	Dir, Binary string
	// DataDir is the box's data folder; empty: Dir/data.
	DataDir string
	// Seed of people and arrivals.
	Seed uint64
	// NetworkDelay is how long the mobile network takes for one SMS; 0: 250 ms, so that faults
	// land in flight.
	NetworkDelay time.Duration
	// Profile of the modem; empty: Huawei.
	Profile modem.Profile
	// ReportsOnce says that the modem tells a delivery report once and keeps none: what comes
	// while nobody listens is gone, and its SMS stays accepted, or unknown.
	ReportsOnce bool
	// Pace of the arrivals; zero: usualPace.
	Pace pace
	// Config is the box's configuration with the CRM's address and key and the modem's port to be
	// filled in; empty: boxConfig.
	Config string
	// Route may lead the box's way to "whatsapp" (the gate) or "crm" through something
	// else: it answers the address to use instead of target, host:port. nil: straight.
	Route func(name, target string) (string, error)
	Log   *slog.Logger
}

// rig is one box and one outside world. The world outlives every box.
type rig struct {
	o     rigOptions
	log   *slog.Logger
	began time.Time

	World *world.World
	Gate  *gate
	box   *box
	api   *api
	book  *book
	crowd *crowd

	mu       sync.Mutex
	rng      *rand.Rand
	moment   func(moment)
	written  int
	strange  []string // what the rig itself saw go wrong, for the tally
	teardown []func()
}

// moment is something that a scenario may want to break the box at.
type moment int

const (
	promised moment = iota + 1 // the API answered that it has a message
	shown                      // a customer's phone shows a WhatsApp message: the box has not heard of it yet
	taken                      // the mobile network took an SMS: its delivery report is still to come
)

// newRig makes a world, sets a box up in it as an owner would, starts it, links the
// shop's phone and waits until both radios are up and the CRM was read once: what happens there
// before that is no promise of the box.
func newRig(ctx context.Context, o rigOptions) (_ *rig, err error) {
	o = o.withDefaults()
	r := &rig{o: o, log: o.Log, began: time.Now(), rng: rand.New(rand.NewPCG(o.Seed, 0x5eed))}
	defer func() {
		if err != nil {
			r.Close()
		}
	}()
	r.World, err = world.New(world.Options{
		Dir: o.Dir, Profile: o.Profile, NetworkDelay: o.NetworkDelay, ReportDelay: 300 * time.Millisecond, CRMRate: -1,
	})
	if err != nil {
		return nil, fmt.Errorf("rig: world: %w", err)
	}
	r.onClose(r.World.Close)
	if r.Gate, err = newGate(o.Dir, r.World.WhatsApp.Addr()); err != nil {
		return nil, fmt.Errorf("rig: gate: %w", err)
	}
	r.onClose(r.Gate.Close)
	r.book, r.crowd = newBook(), newCrowd(r.World)
	r.listen()
	if err := r.setUp(ctx); err != nil {
		return nil, fmt.Errorf("rig: set up the box: %w", err)
	}
	r.onClose(func() { r.box.end() })
	if err := r.StartBox(ctx); err != nil {
		return nil, err
	}
	if err := r.pair(ctx); err != nil {
		return nil, fmt.Errorf("rig: pair: %w", err)
	}
	return r, nil
}

func (o rigOptions) withDefaults() rigOptions {
	if o.DataDir == "" {
		o.DataDir = filepath.Join(o.Dir, "data")
	}
	if o.NetworkDelay == 0 {
		o.NetworkDelay = 250 * time.Millisecond
	}
	if o.Profile == "" {
		o.Profile = modem.Huawei
	}
	if o.Config == "" {
		o.Config = boxConfig
	}
	if o.Pace == (pace{}) {
		o.Pace = usualPace()
	}
	if o.Route == nil {
		o.Route = func(_, target string) (string, error) { return target, nil }
	}
	return o
}

// boxConfig has no gaps and caps, so that many messages pass in little time. An order
// that is ready is told by WhatsApp however long a phone is off; one that is being
// assembled goes on by SMS, after the copy on WhatsApp was taken back.
const boxConfig = `
shop: {name: "Лавка", language: ru, timezone: Europe/Moscow, region: RU}
retailcrm: {url: "http://%s", key: "%s", poll: 5s}
whatsapp: {enabled: true, gap: 0, per_hour: 0, per_day: 0, new_chats_per_day: 0}
sms: {enabled: true, gap: 0, per_hour: 0, per_day: 0, modems: [{port: "%s"}]}
rules:
  - {name: ready, statuses: [ready-for-pickup], text: "Заказ {{order.number}} готов.", channels: [whatsapp, sms], once: order, fallback_after: 0}
  - {name: impatient, statuses: [assembling], text: "Заказ {{order.number}} собираем.", channels: [whatsapp, sms], once: order, fallback_after: 30s}
`

// orderText is what the rules of boxConfig make of an order.
func orderText(number string, impatient bool) string {
	if impatient {
		return "Заказ " + number + " собираем."
	}
	return "Заказ " + number + " готов."
}

// setUp writes the configuration and a token by the box's own verbs, before its
// first start.
func (r *rig) setUp(ctx context.Context) error {
	through, err := r.o.Route("whatsapp", r.Gate.Addr())
	if err != nil {
		return err
	}
	crm, err := r.o.Route("crm", strings.TrimPrefix(r.World.CRMURL, "http://"))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(r.o.DataDir, 0o700); err != nil {
		return err
	}
	r.box, err = newBox(r.o.Binary, r.o.DataDir, filepath.Join(r.o.Dir, "box.log"), []string{
		"HTTPS_PROXY=http://" + through, "SSL_CERT_FILE=" + r.Gate.CAFile, "NO_PROXY=",
	})
	if err != nil {
		return err
	}
	config := fmt.Sprintf(r.o.Config, crm, world.CRMKey, r.World.Modem.Port())
	if _, err := r.box.verb(ctx, config, "config", "apply", "-"); err != nil {
		return err
	}
	token, err := r.box.verb(ctx, "", "token", "add", "soak", "--role", "owner")
	if err != nil {
		return err
	}
	r.api = newAPI(r.box, strings.TrimSpace(token))
	return nil
}

// listen turns what reaches customers into moments.
func (r *rig) listen() {
	r.World.WhatsApp.OnReceive(func(_ string, m whatsapp.Received) {
		if !m.FromMe && !m.Read && !m.Revoked {
			r.tell(shown)
		}
	})
	r.World.Modem.OnTaken(func(modem.Message) { r.tell(taken) })
}

// OnMoment sets who is told of moments. f is called on the goroutine that saw it and
// must return at once.
func (r *rig) OnMoment(f func(moment)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.moment = f
}

func (r *rig) tell(m moment) {
	r.mu.Lock()
	f := r.moment
	r.mu.Unlock()
	if f != nil {
		f(m)
	}
}

func (r *rig) onClose(f func()) { r.teardown = append(r.teardown, f) }

// Close ends the box and the world.
func (r *rig) Close() {
	for _, f := range slices.Backward(r.teardown) {
		f()
	}
	r.teardown = nil
}

// roll is a random number of the rig's seed, 0 ≤ n < limit.
func (r *rig) roll(limit int) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.rng.IntN(limit)
}

// span is a random time from least to most.
func (r *rig) span(least, most time.Duration) time.Duration {
	return least + time.Duration(r.roll(int(most-least)+1))
}

// Note adds a sentence to what is wrong in the tally.
func (r *rig) Note(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.strange = append(r.strange, fmt.Sprintf(format, args...))
}

// StartBox executes the box and returns at once; the error is that it cannot be
// executed, or that one runs already.
func (r *rig) StartBox(context.Context) error { return r.box.start() }

// KillBox is SIGKILL, also of a frozen box. It returns when the process is gone.
func (r *rig) KillBox() error { return r.box.kill() }

// FreezeBox is SIGSTOP: nothing that the box does can happen behind it. It returns
// when the process stands.
func (r *rig) FreezeBox() error { return r.box.freeze() }

// ThawBox is SIGCONT.
func (r *rig) ThawBox() error { return r.box.thaw() }

// StopBox is SIGTERM. The error is an exit status other than 0, or none in 15 s.
func (r *rig) StopBox(ctx context.Context) error { return r.box.stop(ctx) }

// BoxExited is closed when the present process is gone for whatever reason.
func (r *rig) BoxExited() <-chan struct{} { return r.box.exited() }

// BoxUp waits until the box answers, its radios are up and it reads the CRM, at most limit. A box that ends
// meanwhile is an error.
func (r *rig) BoxUp(ctx context.Context, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	gone := r.box.exited()
	var last status
	err := until(ctx, 20*time.Millisecond, func() (bool, error) {
		select {
		case <-gone:
			return false, errors.New("the box has ended: see " + r.box.logPath)
		default:
		}
		s, err := r.api.status(ctx)
		if err != nil {
			return false, nil // not up yet
		}
		last = s
		return s.up(), nil
	})
	if err != nil {
		return fmt.Errorf("the box is not up: %w; last seen: %+v", err, last)
	}
	return nil
}

// messengerUp waits for WhatsApp alone, at most limit.
func (r *rig) messengerUp(ctx context.Context, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return until(ctx, 50*time.Millisecond, func() (bool, error) {
		s, err := r.api.status(ctx)
		return err == nil && s.WhatsApp.State == "connected", nil
	})
}

// pair links the shop's phone as a person does.
func (r *rig) pair(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	every := 20 * time.Millisecond
	if err := until(ctx, every, func() (bool, error) { return r.api.startPairing(ctx) == nil, nil }); err != nil {
		return fmt.Errorf("start: %w", err)
	}
	var qr string
	if err := until(ctx, every, func() (bool, error) {
		qr, _ = r.api.qr(ctx)
		return qr != "", nil
	}); err != nil {
		return fmt.Errorf("wait for a code: %w", err)
	}
	if err := r.World.Phone.ScanQR(qr); err != nil {
		return fmt.Errorf("scan: %w", err)
	}
	return r.BoxUp(ctx, time.Minute)
}

// until asks cond again and again until it is true, it fails, or ctx ends.
func until(ctx context.Context, every time.Duration, cond func() (bool, error)) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		ok, err := cond()
		if ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// sleep waits d, or less when ctx ends; false: it ended.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
