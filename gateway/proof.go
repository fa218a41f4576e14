package gateway

import (
	"context"
	"log/slog"
	"time"

	"vestnik/device"
)

// Ear takes what the radios hear and keeps it: it is their device.Sink.
type Ear struct {
	Receipts Receipts
	Inbox    Inbox
	Journal  interface {
		SaveLink(ctx context.Context, l device.Link) error
	}
	Clock  *ClockGuard // nil: the clock is believed
	Topics *Topics
	Log    *slog.Logger
	// Next is the channel for a message whose SMS was not delivered; "" when there is none.
	Next func(Message) device.Channel
	// LinkChangedTo is told each state after it was kept.
	LinkChangedTo func(device.Link)
	// Handed is called when a channel got a message.
	Handed func(device.Channel)
	// Heard is called when something was heard; nil: nobody answers.
	Heard func()
	// Live says whether orders are marked; nil: they are not. EffectsDue is called after a proof
	// made an effect.
	Live       *Live
	EffectsDue func()
}

// Incoming keeps a customer's words, and wakes who answers them.
func (e *Ear) Incoming(ctx context.Context, in device.Incoming) error {
	var proof []device.Presence
	if in.Channel == device.WhatsApp && in.From != "" && !in.FromShop {
		proof = []device.Presence{{Phone: in.From, On: device.Yes, Canonical: in.From, Alias: in.Alias, At: in.At, Source: device.FromIncoming}}
	}
	isNew, err := e.Inbox.SaveIncoming(ctx, in, proof)
	if err != nil {
		return err
	}
	if isNew {
		e.Log.Info("incoming", "channel", in.Channel, "from", in.From, "media", in.Media, "from_shop", in.FromShop, "event", in.Event)
		e.Topics.Publish(TopicInbox)
		if e.Heard != nil {
			e.Heard()
		}
	}
	return nil
}

// Receipt keeps a proof and lets it correct what is known of its message.
func (e *Ear) Receipt(ctx context.Context, r device.Receipt) error {
	var moved []device.Channel
	marked := false
	changed, err := e.Receipts.ApplyReceipt(ctx, r, func(m Message, a Attempt, parts []Part) (Change, bool) {
		c, ok := Judge(m, a, parts, r, e.Clock.Time(), e.Next)
		switch {
		case ok && c.Channel != "" && c.Channel != m.Channel:
			moved = append(moved, c.Channel)
		case ok && c.State == "" && !c.ResolveAt.IsZero():
			moved = append(moved, m.Channel)
		}
		if ok {
			c.Effects = e.marks(m, a, c)
			marked = marked || len(c.Effects) > 0
		}
		return c, ok
	})
	if err != nil {
		return err
	}
	if len(changed) > 0 {
		e.Log.Info("receipt", "channel", r.Channel, "kind", r.Kind, "msgs", changed)
		e.Topics.Publish(TopicQueue)
	}
	for _, ch := range moved {
		e.Handed(ch)
	}
	if marked {
		e.EffectsDue()
	}
	return nil
}

// marks is the mark on the order of a message whose delivery is told before the answer
// to its send is written down: should the box die in between, nobody else thinks of it.
func (e *Ear) marks(m Message, a Attempt, c Change) []Effect {
	early := m.State == Sending || m.State == UnknownState
	if e.Live == nil || !early || a.Channel != device.WhatsApp || c.State != Delivered && c.State != Read {
		return nil
	}
	return e.Live.marks(m, true, e.Clock.Time())
}

// LinkChanged keeps a radio's new state.
func (e *Ear) LinkChanged(ctx context.Context, l device.Link) {
	if err := e.Journal.SaveLink(ctx, l); err != nil {
		e.Log.Error("link history", "error", err)
	}
	e.Log.Info("link", "channel", l.Channel, "state", l.State, "cause", l.Cause)
	e.LinkChangedTo(l)
	e.Topics.Publish(TopicLinks)
}

// Judge is what a receipt means for its message. The parts are those of the
// attempt, with this receipt counted. False: nothing changes.
func Judge(m Message, a Attempt, parts []Part, r device.Receipt, now time.Time, next func(Message) device.Channel) (Change, bool) {
	args := Args{"channel": string(a.Channel)}
	switch r.Kind {
	case device.ReceiptTrying:
		return judgeTrying(m, a, parts, r, args, now)
	case device.ReceiptDelivered, device.ReceiptRead:
		if r.Parts > 0 && !allParts(parts, r.Parts, PartDelivered) {
			return lookAgain(m, a, now)
		}
		to, why := Delivered, WasDelivered
		if r.Kind == device.ReceiptRead {
			to, why = Read, WasRead
		}
		return judgeGood(m, a, to, why, args, r, now)
	case device.ReceiptFailed:
		return judgeFailed(m, a, args, r, now, next)
	}
	return Change{}, false
}

// lookAgain makes a message of unknown fate due to be settled: something is known of a
// part of it.
func lookAgain(m Message, a Attempt, now time.Time) (Change, bool) {
	if m.State != UnknownState || m.Channel != a.Channel || a.N != m.Attempts || a.Channel != device.SMS {
		return Change{}, false
	}
	return Change{ResolveAt: now}, true
}

func allParts(parts []Part, total int, state PartState) bool {
	n := 0
	for _, p := range parts {
		if p.State == state {
			n++
		}
	}
	return n >= total
}

func judgeGood(m Message, a Attempt, to State, why Reason, args Args, r device.Receipt, now time.Time) (Change, bool) {
	c := Change{State: to, Reason: why}
	if a.Channel == device.WhatsApp {
		c.Presence = []device.Presence{{Phone: m.To, On: device.Yes, Canonical: m.To, At: r.At, Source: device.FromReceipt}}
	}
	elsewhere := m.Channel != a.Channel
	switch {
	case m.State == to:
		return Change{}, false
	case a.State == AttemptRevoked || elsewhere && (m.State == Sending || m.State == Accepted):
		// A copy that was taken back shows as deleted, and another channel's copy that is already on its
		// way goes on: the receipt is told, but it is not this message's delivery. That something was read may
		// be all that the network ever says of it; what was read of a copy taken back is that it is deleted.
		late := LateReceipt
		if r.Kind == device.ReceiptRead {
			if late = WasRead; a.State == AttemptRevoked {
				return Change{}, false
			}
		}
		return Change{
			FallbackAt: m.FallbackAt, ResolveAt: m.ResolveAt, NotBefore: m.NotBefore,
			Steps: []Step{{At: now, Reason: late, Args: args}}, Presence: c.Presence,
		}, true
	case !m.State.May(to):
		return Change{}, false
	}
	if elsewhere || m.State == Failed || m.State == Expired || m.State == Cancelled {
		c.Channel = a.Channel
		c.Steps = append(c.Steps, Step{At: now, Reason: LateReceipt, Args: args})
	} else {
		c.Steps = append(c.Steps, Step{At: now, Reason: why, Args: args})
	}
	if a.State == AttemptSending || a.State == AttemptUncertain {
		c.Attempt, c.AttemptState = a.N, AttemptAccepted
	}
	return c, true
}

func judgeFailed(m Message, a Attempt, args Args, r device.Receipt, now time.Time, next func(Message) device.Channel) (Change, bool) {
	if a.N != m.Attempts || m.Channel != a.Channel || m.State != Accepted && m.State != UnknownState && m.State != Sending {
		return Change{}, false
	}
	args["code"] = r.Evidence
	why := SMSNotDelivered
	if a.Channel == device.Chat {
		why = ChatFailed
	}
	c := Change{
		State: Failed, Reason: why, Attempt: a.N, AttemptState: AttemptRefused, AttemptCode: r.Evidence,
		Steps: []Step{{At: now, Reason: why, Args: args}},
	}
	if to := next(m); to != "" {
		c.State, c.Reason, c.Channel, c.NotBefore = Queued, InQueue, to, now
		c.Steps = append(c.Steps, Step{At: now, Reason: MovedTo, Args: Args{"channel": string(to)}})
	}
	return c, true
}

// judgeTrying reads "not delivered yet", which proves that the network has it: a
// message of unknown fate is an accepted one once that is known of all its parts.
func judgeTrying(m Message, a Attempt, parts []Part, r device.Receipt, args Args, now time.Time) (Change, bool) {
	if m.State != UnknownState || m.Channel != a.Channel {
		return Change{}, false
	}
	have := map[int]bool{r.Part: true}
	for _, p := range parts {
		if p.State == PartAccepted || p.State == PartDelivered {
			have[p.Seq] = true
		}
	}
	if len(have) < r.Parts {
		return lookAgain(m, a, now)
	}
	return Change{
		State: Accepted, Reason: WasAccepted, Attempt: a.N, AttemptState: AttemptAccepted,
		Steps: []Step{{At: now, Reason: WasAccepted, Args: args}},
	}, true
}

// NextOf is the channel after a message's present one: one whose radio is up, else
// one that is switched on, where the message waits; "" when there is none.
func NextOf(m Message, open, on func(device.Channel) bool) device.Channel {
	if next := m.NextChannel(open); next != "" {
		return next
	}
	return m.NextChannel(on)
}
