package gateway

import (
	"context"
	"strconv"
	"time"

	"vestnik/device"
)

// alarms looks after this channel's messages that are not in the queue: those of
// unknown fate whose time to be settled has come, and those that the network took
// but did not deliver in time.
func (d *Dispatcher) alarms(ctx context.Context) error {
	if d.Clock.Holds() {
		return nil // what is late by a wrong clock need not be late
	}
	now := d.now()
	if d.Transport.Link().CanReply() {
		d.deafSince = time.Time{}
	} else if d.deafSince.IsZero() {
		d.deafSince = now
	}
	unresolved, err := d.Ledger.Unresolved(ctx, now)
	if err != nil {
		return err
	}
	for _, m := range unresolved {
		if m.Channel == d.Channel {
			if err := d.resolve(ctx, m, d.now()); err != nil {
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
// channel, after trying to take the pending copy back. While nothing is heard of the
// network, a missing receipt means nothing: first the link has its time to come back, then
// the receipts that waited for it.
func (d *Dispatcher) fallBack(ctx context.Context, m Message, now time.Time) error {
	held := d.hold(m, now) // its next channel would hold it then
	link := d.Transport.Link()
	until, settling := upFor(link, resendAfter, now)
	a, ok, err := d.Ledger.LastAttempt(ctx, m.ID)
	if err != nil {
		return err
	}
	switch deaf := !link.CanReply() && !link.NeedsPerson() && now.Sub(d.deafSince) < m.FallbackAfter; {
	case !ok:
		return d.moveFrom(ctx, m, Accepted, Change{})
	case a.State == AttemptRevoked:
		// The box died while it took the copy back, which may be gone: whatever else has changed since,
		// the message goes on to where it can be sent, or can be said to be over.
		if deaf {
			return nil
		}
	case !m.ExpiresAt.IsZero() && !now.Before(m.ExpiresAt):
		return d.moveFrom(ctx, m, Accepted, Change{}) // of no use by another channel any more; the copy may still arrive
	case held.reason != "":
		return d.moveFrom(ctx, m, Accepted, Change{FallbackAt: held.until})
	case m.NextChannel(d.open) == "":
		// The other radio is down: look again later rather than lose the chance.
		return d.moveFrom(ctx, m, Accepted, Change{FallbackAt: now.Add(10 * time.Minute)})
	case deaf:
		return nil // looked at again when the link is up: its change wakes this loop
	case link.CanReply() && settling:
		return d.moveFrom(ctx, m, Accepted, Change{FallbackAt: until})
	}
	return d.takeBack(ctx, m, a, now)
}

// takeBack takes the copy back, if the network can be asked, and hands the message
// to its next channel.
func (d *Dispatcher) takeBack(ctx context.Context, m Message, a Attempt, now time.Time) error {
	minutes := strconv.Itoa(int(m.FallbackAfter / time.Minute))
	c := Change{Attempt: a.N, Steps: []Step{{At: now, Reason: ReceiptMissing, Args: Args{"minutes": minutes}}}}
	why := CopyNotRevoked
	if d.Revoker != nil && d.Transport.Link().CanReply() {
		// Said before it is done: a receipt that comes in between must not count as a delivery. The
		// message stays accepted until the answer, so that a box that dies meanwhile asks again.
		intent := Change{FallbackAt: m.FallbackAt, Attempt: a.N, AttemptState: AttemptRevoked}
		if moved, err := d.Ledger.Move(ctx, m.ID, Accepted, intent); err != nil || !moved {
			return err
		}
		a.State = AttemptRevoked
		err := d.Revoker.Revoke(ctx, a.Envelope)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		switch {
		case err == nil:
			why = CopyRevoked
		case device.KindOf(err) == device.Uncertain:
			d.Log.Warn("revoke", "msg", m.ID, "error", err) // it may be gone: the text goes by SMS all the same
		default:
			d.Log.Warn("revoke", "msg", m.ID, "error", err)
			arrived, err := d.Ledger.Arrived(ctx, a.Envelope.WireID)
			if err != nil {
				return err
			}
			if arrived {
				return d.moveFrom(ctx, m, Accepted, Change{
					State: Delivered, Reason: WasDelivered, Attempt: a.N, AttemptState: AttemptAccepted,
					Steps: []Step{{At: now, Reason: CopyNotRevoked, Args: Args{"channel": string(d.Channel)}}, {At: now, Reason: WasDelivered, Args: Args{"channel": string(d.Channel)}}},
				})
			}
		}
	}
	if why == CopyNotRevoked && a.State == AttemptRevoked {
		c.AttemptState = AttemptAccepted
	}
	return d.moveFrom(ctx, m, Accepted, d.onward(m, c, why, Args{"channel": string(d.Channel)}, now))
}
