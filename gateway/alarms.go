package gateway

import (
	"context"
	"strconv"
	"time"
)

// alarms looks after this channel's messages that are not in the queue: those of
// unknown fate whose time to be settled has come, and those that the network took
// but did not deliver in time.
func (d *Dispatcher) alarms(ctx context.Context) error {
	now := time.Now()
	unresolved, err := d.Ledger.Unresolved(ctx, now)
	if err != nil {
		return err
	}
	for _, m := range unresolved {
		if m.Channel == d.Channel {
			if err := d.resolve(ctx, m, time.Now()); err != nil {
				return err
			}
		}
	}
	late, err := d.Ledger.FallbackDue(ctx, now)
	if err != nil {
		return err
	}
	for _, m := range late {
		if m.Channel == d.Channel {
			if err := d.fallBack(ctx, m, now); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *Dispatcher) moveFrom(ctx context.Context, m Message, from State, c Change) error {
	if _, err := d.Ledger.Move(ctx, m.ID, from, c); err != nil {
		return err
	}
	d.moved(c)
	return nil
}

// fallBack moves an accepted message without a delivered receipt to its next
// channel, after trying to take the pending copy back.
func (d *Dispatcher) fallBack(ctx context.Context, m Message, now time.Time) error {
	next := m.NextChannel(d.open)
	open := m.Hours.Next(now, d.Live.Now().Settings.Shop.Zone())
	switch {
	case !m.ExpiresAt.IsZero() && !now.Before(m.ExpiresAt):
		return d.moveFrom(ctx, m, Accepted, Change{}) // of no use by another channel any more; the copy may still arrive
	case open.After(now):
		return d.moveFrom(ctx, m, Accepted, Change{FallbackAt: open})
	case next == "":
		// The other radio is down: look again later rather than lose the chance.
		return d.moveFrom(ctx, m, Accepted, Change{FallbackAt: now.Add(10 * time.Minute)})
	}
	a, ok, err := d.Ledger.LastAttempt(ctx, m.ID)
	if err != nil {
		return err
	}
	minutes := strconv.Itoa(int(m.FallbackAfter / time.Minute))
	steps := []Step{{At: now, Reason: ReceiptMissing, Args: Args{"minutes": minutes}}}
	c := Change{State: Queued, Reason: InQueue, Channel: next, NotBefore: now, Attempt: a.N}
	revocable := ok && d.Revoker != nil && d.Transport.Link().CanReply()
	if revocable {
		// Said before it is done: a receipt that comes in between must not count as a delivery.
		c.AttemptState = AttemptRevoked
		steps = append(steps, Step{At: now, Reason: CopyRevoked})
	} else {
		steps = append(steps, Step{At: now, Reason: CopyNotRevoked})
	}
	c.Steps = append(steps, Step{At: now, Reason: MovedTo, Args: Args{"channel": string(next)}})
	moved, err := d.Ledger.Move(ctx, m.ID, Accepted, c)
	if err != nil || !moved {
		return err
	}
	if revocable {
		if err := d.Revoker.Revoke(ctx, a.Envelope); err != nil {
			d.Log.Warn("revoke", "msg", m.ID, "error", err)
			not := Change{NotBefore: now, Attempt: a.N, AttemptState: AttemptAccepted, Steps: []Step{{At: now, Reason: CopyNotRevoked}}}
			if _, err := d.Ledger.Move(ctx, m.ID, Queued, not); err != nil {
				return err
			}
		}
	}
	d.moved(c)
	return nil
}
