package gateway_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// fuse counts the points at which a box may die and blows at one of them. Whoever
// comes to a point of a dead box ends there: it never learns an answer and never
// touches anything again.
type fuse struct {
	dead chan struct{}

	mu    sync.Mutex
	at    int // the point to die at; 0: at none
	n     int
	last  string
	blown bool
}

func newFuse(at int) *fuse { return &fuse{dead: make(chan struct{}), at: at} }

func (f *fuse) point(format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.blown {
		runtime.Goexit()
	}
	f.n++
	f.last = fmt.Sprintf(format, args...)
	if f.n == f.at {
		f.blown = true
		close(f.dead)
		runtime.Goexit()
	}
}

// arm makes it blow at the n-th point from now.
func (f *fuse) arm(n int) { f.mu.Lock(); f.at = f.n + n; f.mu.Unlock() }

// blow ends the box from outside.
func (f *fuse) blow() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.blown {
		f.blown, f.last = true, "power cut"
		close(f.dead)
	}
}

func (f *fuse) state() (n int, last string, blown bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.n, f.last, f.blown
}

// sleep ends the caller when the box dies meanwhile.
func (f *fuse) sleep(d time.Duration) {
	select {
	case <-f.dead:
		runtime.Goexit()
	case <-time.After(d):
	}
}

// guarded is the store with a point before and after each transaction.
type guarded struct {
	ledger
	fuse *fuse
}

func crashing[A any](f *fuse, name string, do func() (A, error)) (A, error) {
	f.point("%s: before the commit", name)
	a, err := do()
	f.point("%s: after the commit", name)
	return a, err
}

func crashingOnly(f *fuse, name string, do func() error) error {
	_, err := crashing(f, name, func() (struct{}, error) { return struct{}{}, do() })
	return err
}

func (g guarded) SaveChanges(ctx context.Context, changes []gateway.StatusChange, next gateway.Cursor) (int, error) {
	return crashing(g.fuse, fmt.Sprintf("save %d changes", len(changes)), func() (int, error) { return g.ledger.SaveChanges(ctx, changes, next) })
}

func (g guarded) Decide(ctx context.Context, historyID int64, d []gateway.Decision) ([]gateway.Decision, error) {
	return crashing(g.fuse, "decide", func() ([]gateway.Decision, error) { return g.ledger.Decide(ctx, historyID, d) })
}

func (g guarded) Move(ctx context.Context, id gateway.MessageID, from gateway.State, to gateway.Change) (bool, error) {
	return crashing(g.fuse, fmt.Sprintf("move from %s to %q", from, to.State), func() (bool, error) { return g.ledger.Move(ctx, id, from, to) })
}

func (g guarded) Begin(ctx context.Context, from gateway.State, a gateway.Attempt, steps ...gateway.Step) (n int, ok bool, err error) {
	err = crashingOnly(g.fuse, "begin on "+string(a.Channel), func() error {
		n, ok, err = g.ledger.Begin(ctx, from, a, steps...)
		return err
	})
	return n, ok, err
}

func (g guarded) SettleAndBegin(ctx context.Context, done gateway.MessageID, to gateway.Change, from gateway.State, a gateway.Attempt, steps ...gateway.Step) (settled bool, n int, ok bool, err error) {
	err = crashingOnly(g.fuse, "settle one and begin the next on "+string(a.Channel), func() error {
		settled, n, ok, err = g.ledger.SettleAndBegin(ctx, done, to, from, a, steps...)
		return err
	})
	return settled, n, ok, err
}

func (g guarded) ApplyReceipt(ctx context.Context, r device.Receipt, judge func(gateway.Message, gateway.Attempt, []gateway.Part) (gateway.Change, bool)) ([]gateway.MessageID, error) {
	return crashing(g.fuse, fmt.Sprintf("receipt %s %d/%d", r.Kind, r.Part, r.Parts), func() ([]gateway.MessageID, error) { return g.ledger.ApplyReceipt(ctx, r, judge) })
}

func (g guarded) SaveIncoming(ctx context.Context, in device.Incoming, proof []device.Presence) (bool, error) {
	return crashing(g.fuse, "incoming", func() (bool, error) { return g.ledger.SaveIncoming(ctx, in, proof) })
}

func (g guarded) SavePresence(ctx context.Context, p ...device.Presence) error {
	return crashingOnly(g.fuse, "presence", func() error { return g.ledger.SavePresence(ctx, p...) })
}

func (g guarded) SettleEffect(ctx context.Context, e gateway.Effect, step *gateway.Step) error {
	return crashingOnly(g.fuse, "settle an effect", func() error { return g.ledger.SettleEffect(ctx, e, step) })
}

func (g guarded) SaveReference(ctx context.Context, ref gateway.Reference) error {
	return crashingOnly(g.fuse, "reference", func() error { return g.ledger.SaveReference(ctx, ref) })
}

func (g guarded) SaveLink(ctx context.Context, l device.Link) error {
	return crashingOnly(g.fuse, fmt.Sprintf("link %s %s", l.Channel, l.State), func() error { return g.ledger.SaveLink(ctx, l) })
}

// guardedCRM is the CRM with a point before and after each thing that it is told.
type guardedCRM struct {
	*crm
	world *world
	fuse  *fuse
}

func (c guardedCRM) MarkWhatsApp(ctx context.Context, id gateway.OrderID, on bool) error {
	c.fuse.point("mark: before the CRM has it")
	err := c.world.mark(c.crm, id, on)
	c.fuse.point("mark: before its answer")
	return err
}
