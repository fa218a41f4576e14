package gateway

import (
	"context"

	"vestnik/device"
)

// owed is the outcome of a message that the network took, while it is not written down
// yet: where messages go out without a gap, one transaction writes it together with
// the claim of the next message, which spares a wait for the disk between two messages.
// For a crash it is nothing new: the message is one that was being sent. It is kept for no longer
// than it takes to find the next message in the ledger.
type owed struct {
	id     MessageID
	change Change
}

// mayOwe tells whether an outcome may wait for the next claim: a plain acceptance by
// WhatsApp, where a message that was sent twice under its id is shown once.
func (d *Dispatcher) mayOwe(ctx context.Context, from State, c Change) bool {
	return d.Channel == device.WhatsApp && c.State == Accepted && from != UnknownState && ctx.Err() == nil && d.gapLeft() <= 0
}

func (d *Dispatcher) owe(id MessageID, c Change) {
	d.owing.Store(int64(id))
	d.owed = &owed{id: id, change: c}
}

// begin claims a message, and writes with it what is owed.
func (d *Dispatcher) begin(ctx context.Context, from State, a Attempt, steps ...Step) (int, bool, error) {
	o := d.owed
	if o == nil {
		return d.Ledger.Begin(ctx, from, a, steps...)
	}
	settled, n, ok, err := d.Ledger.SettleAndBegin(ctx, o.id, o.change, from, a, steps...)
	if err != nil {
		return 0, false, err // payUp writes what is owed
	}
	d.owed = nil
	d.owing.Store(0)
	if !settled {
		err = d.complete(ctx, o.id, o.change)
	}
	d.moved(o.change)
	return n, ok, err
}

// payUp writes down what is owed, also when the daemon is being stopped.
func (d *Dispatcher) payUp(ctx context.Context) error {
	o := d.owed
	if o == nil {
		return nil
	}
	d.owed = nil
	defer d.owing.Store(0)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTimeout)
	defer cancel()
	if err := d.settle(ctx, o.id, o.change); err != nil {
		return err
	}
	d.moved(o.change)
	return nil
}
