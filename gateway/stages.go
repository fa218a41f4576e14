package gateway

import (
	"context"
	"strconv"
	"time"

	"vestnik/device"
)

// handle leads one due message through the stages, in the order in which they
// stand here. Each stage either ends it (holds it, moves it, says when to look
// again) or lets it pass.
func (d *Dispatcher) handle(ctx context.Context, m Message, now time.Time) (wait, error) {
	d.fresh, d.looked, d.person = false, false, person{}
	if done, w, err := d.through(ctx, m, now, d.stageClock, d.stageExpiry, d.stageTaken, d.stageCampaign, d.stageSwitchedOff, d.stageHours); done || err != nil {
		return w, err
	}
	if d.Channel == device.Chat {
		return d.handleChat(ctx, m, now)
	}
	if done, w, err := d.through(ctx, m, now, d.stageLink, d.stagePace, d.stageTurn, d.stageConsent, d.stageTalk); done || err != nil {
		return w, err
	}
	if d.Directory == nil || m.To == "" { // whoever is known by his alias alone wrote from there
		return d.send(ctx, m, nil)
	}
	if done, w, err := d.stageLookUp(ctx, m, now); done || err != nil {
		return w, err
	}
	known, done, w, err := d.stagePresence(ctx, m, now)
	if done || err != nil {
		return w, err
	}
	if done, w, err := d.through(ctx, m, now, d.stageNewChat, d.stageMeanwhile); done || err != nil {
		return w, err
	}
	return d.send(ctx, m, d.markEffects(m, true, now), known)
}

// stageMeanwhile judges again what may have changed while the directory was asked.
func (d *Dispatcher) stageMeanwhile(ctx context.Context, m Message, now time.Time) (bool, wait, error) {
	if !d.looked {
		return false, wait{}, nil
	}
	d.person = person{}
	return d.through(ctx, m, now, d.stageCampaign, d.stageConsent, d.stageTalk)
}

// stage ends a message for now, or lets it pass.
type stage func(ctx context.Context, m Message, now time.Time) (done bool, w wait, err error)

func (d *Dispatcher) through(ctx context.Context, m Message, now time.Time, stages ...stage) (bool, wait, error) {
	for _, s := range stages {
		if done, w, err := s(ctx, m, now); done || err != nil {
			return true, w, err
		}
	}
	return false, wait{}, nil
}

// stageTaken keeps the bot's words back once a person of the shop has taken the talk
// over, however short ago that was.
func (d *Dispatcher) stageTaken(ctx context.Context, m Message, now time.Time) (bool, wait, error) {
	if !m.ByBot || m.Conversation == 0 || d.Talks == nil {
		return false, wait{}, nil
	}
	c, err := d.Talks.Conversation(ctx, m.Conversation)
	if err != nil || !c.TakenAt.After(m.CreatedAt) {
		return false, wait{}, err
	}
	return true, wait{}, d.move(ctx, m, Change{State: Cancelled, Reason: TakenOver, Steps: []Step{{At: now, Reason: TakenOver}}})
}

// stageClock holds everything while the clock is wrong: hours, expiries and the order
// of things would be. It is said once in a message's story, and once that it is over.
func (d *Dispatcher) stageClock(ctx context.Context, m Message, now time.Time) (bool, wait, error) {
	st := d.Clock.Look()
	switch {
	case !st.Holds && m.Reason != HeldClock:
		return false, wait{}, nil
	case !st.Holds:
		c := Change{Reason: InQueue, NotBefore: m.NotBefore, FallbackAt: m.FallbackAt, Steps: []Step{{At: now, Reason: ClockIsRight}}}
		return false, wait{}, d.move(ctx, m, c)
	case m.Reason == HeldClock:
		return true, wait{until: now.Add(clockLook)}, nil
	}
	step := Step{At: now, Reason: HeldClock, Args: Args{"clock_at": At(st.Now)}}
	c := Change{Reason: HeldClock, NotBefore: m.NotBefore, FallbackAt: m.FallbackAt, Steps: []Step{step}}
	return true, wait{until: now.Add(clockLook)}, d.move(ctx, m, c)
}

func (d *Dispatcher) stageExpiry(ctx context.Context, m Message, now time.Time) (bool, wait, error) {
	if m.ExpiresAt.IsZero() || now.Before(m.ExpiresAt) {
		return false, wait{}, nil
	}
	return true, wait{}, d.move(ctx, m, Change{State: Expired, Reason: WasExpired, Steps: []Step{{At: now, Reason: WasExpired}}})
}

func (d *Dispatcher) stageSwitchedOff(ctx context.Context, m Message, now time.Time) (bool, wait, error) {
	if d.Live.Now().On(d.Channel) {
		return false, wait{}, nil
	}
	return d.linkDown(ctx, m, now, device.Link{Channel: d.Channel, State: device.LinkOff, Since: now})
}

func (d *Dispatcher) stageLink(ctx context.Context, m Message, now time.Time) (bool, wait, error) {
	link := d.Transport.Link()
	if link.CanReply() {
		return false, wait{}, nil
	}
	return d.linkDown(ctx, m, now, link)
}

// linkDown finds another way for a message whose radio is down: at once when a
// person has to act first, after the rule's patience otherwise.
func (d *Dispatcher) linkDown(ctx context.Context, m Message, now time.Time, link device.Link) (bool, wait, error) {
	args := Args{"channel": string(d.Channel), "state": string(link.State)}
	next := m.NextChannel(d.open)
	if link.State == device.LinkBanned && d.staysHere(m) {
		next = ""
	} else if next == "" && m.Attempts == 0 {
		next = d.wayBack(ctx, m)
	}
	needsPerson := link.NeedsPerson() || link.State == device.LinkOff
	patience := m.FallbackAt // since when it waits stays known over tries that fail
	if patience.IsZero() && m.FallbackAfter > 0 {
		patience = now.Add(m.FallbackAfter)
	}
	if next != "" && (needsPerson || !patience.IsZero() && !now.Before(patience)) {
		return true, wait{}, d.move(ctx, m, Change{
			State: Queued, Reason: InQueue, Channel: next, NotBefore: now,
			Steps: []Step{{At: now, Reason: LinkDownTooLong, Args: args}, {At: now, Reason: MovedTo, Args: Args{"channel": string(next)}}},
		})
	}
	if m.Reason != WaitingLink {
		c := Change{Reason: WaitingLink, NotBefore: m.NotBefore, FallbackAt: patience, Steps: []Step{{At: now, Reason: WaitingLink, Args: args}}}
		if err := d.move(ctx, m, c); err != nil {
			return true, wait{}, err
		}
	}
	until := now.Add(idle)
	if next != "" && patience.After(now) {
		until = earlier(until, patience)
	}
	return true, wait{until: until}, nil
}

// wayBack is an earlier channel whose radio came back while this one is down. A
// number that is not known to be there, although that was asked, stays away: else a
// message would go to and fro with a question each time.
func (d *Dispatcher) wayBack(ctx context.Context, m Message) device.Channel {
	for _, ch := range m.Channels {
		if ch == d.Channel {
			return ""
		}
		if ch == device.Chat || !d.open(ch) || !d.Links(ch).CanStart() {
			continue // which chat, if any, was looked at when it came by
		}
		if p, ok, err := d.Ledger.Presence(ctx, m.To); ch == device.WhatsApp && (err != nil || ok && p.On != device.Yes) {
			continue
		}
		return ch
	}
	return ""
}

// stagePace keeps the gap between messages, the caps of an hour and a day, and of those the part
// that is not for mailings.
func (d *Dispatcher) stagePace(ctx context.Context, m Message, now time.Time) (bool, wait, error) {
	if left := d.gapLeft(); left > 0 {
		d.crowded = true
		return true, wait{until: now.Add(left), channel: true}, nil
	}
	pace, conduct := d.Live.Now().Pace(d.Channel), d.Live.Now().Settings.Conduct
	for _, limit := range []struct {
		n      int
		span   time.Duration
		reason Reason
	}{{pace.PerHour, time.Hour, CapHour}, {pace.PerDay, 24 * time.Hour, CapDay}} {
		if limit.n == 0 {
			continue
		}
		log, err := d.sentOf(ctx)
		if err != nil {
			return true, wait{}, err
		}
		steady := time.Now()
		reason, args, mailings := limit.reason, Args{"limit": strconv.Itoa(limit.n)}, false
		left := log.full(steady, limit.span, limit.n)
		if left == 0 && m.Purpose == ForCampaign {
			reason, args, mailings = ShareUsed, Args{}, true
			left = log.full(steady, limit.span, conduct.Portion(limit.n))
		}
		if left == 0 {
			continue
		}
		until := now.Add(left + time.Second)
		if m.Reason != reason {
			args["until_at"] = At(until)
			if err := d.move(ctx, m, Change{Reason: reason, NotBefore: m.NotBefore, FallbackAt: m.FallbackAt, Steps: []Step{{At: now, Reason: reason, Args: args}}}); err != nil {
				return true, wait{}, err
			}
		}
		return true, wait{until: until, channel: !mailings, mailings: mailings}, nil
	}
	return false, wait{}, nil
}

// stageTurn keeps the order of a talk: an answer waits for one before it that is to be
// tried again.
func (d *Dispatcher) stageTurn(ctx context.Context, m Message, now time.Time) (bool, wait, error) {
	if m.Purpose != ForReply || m.Conversation == 0 || d.Talks == nil {
		return false, wait{}, nil
	}
	at, ok, err := d.Talks.AnswerBefore(ctx, m)
	if err != nil || !ok {
		return false, wait{}, err
	}
	// One that is due was passed over a moment ago, as when the link came back in between.
	return true, wait{until: later(at, now.Add(time.Second))}, nil
}

// How long an answer of the directory is believed. A yes is renewed by each
// receipt; a no is asked again the next day, since people install the messenger.
const (
	yesHolds = 30 * 24 * time.Hour
	noHolds  = 24 * time.Hour
)

// freshPresence tells whether a kept answer still holds.
func freshPresence(p device.Presence, now time.Time) bool {
	age := now.Sub(p.At)
	if age < -noHolds {
		return false // written by a clock that was ahead
	}
	return p.On == device.Yes && age < yesHolds || p.On == device.No && age < noHolds
}

// stagePresence asks whether the number is on WhatsApp: the cache first, the
// directory only when that is silent or old, and no faster than messages go. It
// answers the line for the story when the number is there.
func (d *Dispatcher) stagePresence(ctx context.Context, m Message, now time.Time) (known Step, done bool, w wait, err error) {
	p, ok, err := d.Ledger.Presence(ctx, m.To)
	if err != nil {
		return known, true, wait{}, err
	}
	var learned []device.Presence
	if !ok || !freshPresence(p, now) {
		if left := time.Until(d.lookUntil); left > 0 {
			return known, true, wait{until: now.Add(left)}, nil
		}
		if err := d.payUp(ctx); err != nil { // the network may take its time
			return known, true, wait{}, err
		}
		d.noteLook(m)
		found, err := d.Directory.Lookup(ctx, []device.Phone{m.To})
		if err != nil || len(found) == 0 {
			w, err := d.lookupFailed(ctx, m, now, err)
			return known, true, w, err
		}
		d.lookUntil = time.Now().Add(d.Live.Now().Pace(d.Channel).Gap)
		p, learned = found[0], found
	}
	args := Args{"source": string(p.Source), "checked_at": At(p.At)}
	switch p.On {
	case device.Yes:
		if len(learned) > 0 {
			// Kept before the send: the answer was paid for with a look-up.
			if err := d.Ledger.SavePresence(ctx, learned...); err != nil {
				return known, true, wait{}, err
			}
		}
		return Step{At: now, Reason: OnWhatsApp, Args: args}, false, wait{}, nil
	case device.No:
		c := d.onward(m, Change{Presence: learned, Effects: d.markEffects(m, false, now)}, NotOnWhatsApp, args, now)
		return known, true, wait{}, d.move(ctx, m, c)
	}
	if NextOf(m, d.open, d.Live.Now().On) == "" && now.Sub(m.CreatedAt) < askFor {
		c := Change{State: Queued, Reason: PresenceUnknown, NotBefore: now.Add(askAgain), Presence: learned, Steps: []Step{{At: now, Reason: PresenceUnknown}}}
		return known, true, wait{}, d.move(ctx, m, c)
	}
	return known, true, wait{}, d.move(ctx, m, d.onward(m, Change{Presence: learned}, PresenceUnknown, nil, now))
}

// A number that the directory leaves out of its answer, and that has no other
// channel, is asked about again for a day.
const (
	askAgain = 4 * time.Hour
	askFor   = 24 * time.Hour
)

func (d *Dispatcher) lookupFailed(ctx context.Context, m Message, now time.Time, err error) (wait, error) {
	if ctx.Err() != nil {
		return wait{}, ctx.Err()
	}
	pause := 30 * time.Second
	var e *device.Error
	if asError(err, &e) && e.RetryAfter > 0 {
		pause = e.RetryAfter
	} else if device.KindOf(err) == device.RateLimited {
		pause = 5 * time.Minute
	}
	d.Log.Warn("whatsapp directory did not answer", "msg", m.ID, "error", err)
	patience := m.FallbackAt
	if patience.IsZero() && m.FallbackAfter > 0 {
		patience = now.Add(m.FallbackAfter)
	}
	if m.NextChannel(d.open) != "" && !patience.IsZero() && !now.Before(patience) {
		return wait{}, d.move(ctx, m, d.onward(m, Change{}, PresenceUnknown, nil, now))
	}
	d.lookUntil = time.Now().Add(pause)
	until := now.Add(pause)
	if m.Reason != NetworkBusy {
		step := Step{At: now, Reason: NetworkBusy, Args: Args{"until_at": At(until)}}
		c := Change{Reason: NetworkBusy, NotBefore: m.NotBefore, FallbackAt: patience, Steps: []Step{step}}
		if err := d.move(ctx, m, c); err != nil {
			return wait{}, err
		}
	}
	return wait{until: until}, nil
}

// move writes a change of a waiting message and tells whoever shows or carries it.
func (d *Dispatcher) move(ctx context.Context, m Message, c Change) error {
	if _, err := d.Ledger.Move(ctx, m.ID, m.State, c); err != nil {
		return err
	}
	d.moved(c)
	return nil
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// markEffects is the order's checkbox, when the message is about an order and the
// shop wants the mark.
func (d *Dispatcher) markEffects(m Message, on bool, now time.Time) []Effect {
	return d.Live.marks(m, on, now)
}

func (l *Live) marks(m Message, on bool, now time.Time) []Effect {
	if m.Order == 0 || l.Now().Settings.RetailCRM.WhatsAppField == "" {
		return nil
	}
	return []Effect{markOf(m, on, now)}
}

// markOf is the mark on a message's order.
func markOf(m Message, on bool, now time.Time) Effect {
	value := "no"
	if on {
		value = "yes"
	}
	return Effect{
		Kind: EffectMark, Key: "mark/" + strconv.FormatInt(int64(m.Order), 10), Order: m.Order, Message: m.ID,
		Value: value, State: EffectPending, NextAt: now, At: now,
	}
}
