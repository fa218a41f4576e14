package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"vestnik/device"
)

// Ledger is all that a dispatcher reads and writes.
type Ledger interface {
	Queue
	Presences
	Counters
}

// Dispatcher carries the messages of one channel to its radio: the only one who
// does. It is woken by Wake and by the next due time, and looks up at least once a minute.
type Dispatcher struct {
	Channel   device.Channel
	Box       string
	Live      *Live
	Ledger    Ledger
	Transport device.Transport
	Revoker   device.Revoker   // nil: nothing can be taken back
	Directory device.Directory // nil: everybody has this channel
	Memory    device.Memory    // nil: the radio keeps no records of its own
	// Talks has the conversations that messages belong to; nil: there are none. ChatChannel is
	// set for Chat: the messenger accounts of the CRM.
	Talks interface {
		Conversation(ctx context.Context, id ConversationID) (Conversation, error)
		ConversationsOf(ctx context.Context, phone device.Phone, customer int64) ([]Conversation, error)
		AnswerBefore(ctx context.Context, m Message) (at time.Time, ok bool, err error)
	}
	ChatChannel func(id int64) (ChatChannel, bool)
	// ShopOpen is when people of the shop are there, for mailings; nil: always.
	ShopOpen func() Week
	// Consents has people's words about advertising; nil: none was kept.
	Consents Consents
	// Campaigns tells what is to be known of a mailing; nil: no mailing is known.
	Campaigns func(CampaignID) (CampaignPolicy, bool)
	// AccountSince is when the account was first linked to this box, for its warm-up; nil or zero: long
	// ago.
	AccountSince func() time.Time
	Clock        *ClockGuard // nil: the clock is believed
	Topics       *Topics
	Log          *slog.Logger
	// Links tells the state of every channel's radio, for the way a message takes.
	Links func(device.Channel) device.Link
	// Handed is called when another channel got a message.
	Handed func(device.Channel)
	// MaxParts is how many SMS a message may take.
	MaxParts int
	// EffectsDue is called when a message's fate made an effect.
	EffectsDue func()

	inHand atomic.Int64 // the message between its claim and its settlement; 0: none
	owed   *owed        // the outcome that is not written down yet; nil: none
	owing  atomic.Int64 // its message; 0: none
	wake   chan struct{}
	// Waits of this process are times of the monotonic clock, compared with time.Now alone; what
	// stands in the ledger is wall-clock time, compared with d.now. A clock that is set
	// hours forward or back thus changes no gap and no cap.
	gapUntil time.Time // no message before this
	// busyUntil is what the network asked for: nothing goes before it. lookUntil is the same
	// for the directory.
	busyUntil, lookUntil time.Time
	sent, chats, looks   *sentLog // what counts towards the caps; nil until one needs it
	crowded              bool     // since the last message left, another had to wait for the gap
	fresh                bool     // the message in hand begins a chat
	looked               bool     // the directory was asked about it
	person               person   // whom it is for
	// resting are the messages that were put off because their mailing does not run.
	resting   map[CampaignID]map[MessageID]bool
	deafSince time.Time // since when nothing is heard of the network; zero while it is
}

// NewDispatcher needs every field above set before Run.
func NewDispatcher(ch device.Channel) *Dispatcher {
	return &Dispatcher{Channel: ch, wake: make(chan struct{}, 1)}
}

// Wake makes the loop look now.
func (d *Dispatcher) Wake() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// Sends tells whether the loop is sending a message at this moment: from before the
// claim is written until after the settlement is.
func (d *Dispatcher) Sends(id MessageID) bool {
	return d.inHand.Load() == int64(id) || d.owing.Load() == int64(id)
}

// Timings of the ledger.
const (
	// settleTimeout bounds the writing down of what happened, which goes on when the
	// daemon is asked to stop.
	settleTimeout = 10 * time.Second
	// resendAfter is how long WhatsApp's offline receipts have after a login before the same id is
	// sent again. Assumed, not measured on the real service.
	resendAfter = 60 * time.Second
	// alarmAgain is how soon a message that could not be settled is looked at again.
	alarmAgain = 5 * time.Second
	// idle is the longest sleep: a clock that jumps is noticed within it.
	idle = time.Minute
)

// Run sends until ctx ends. Only a fault of the box itself ends it with an error.
func (d *Dispatcher) Run(ctx context.Context) error {
	if err := errors.Join(d.recoverSending(ctx), d.recoverPace(ctx)); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	for ctx.Err() == nil {
		next, err := d.pass(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("gateway: dispatch %s: %w", d.Channel, err)
		}
		pause := min(max(next.Sub(d.now()), 0), idle)
		select {
		case <-ctx.Done():
		case <-d.wake:
		case <-time.After(pause):
		}
	}
	return nil
}

// recoverSending finds what the box was sending when it went down. Whether it left
// is unknown, and is settled like any other unknown message.
func (d *Dispatcher) recoverSending(ctx context.Context) error {
	stuck, err := d.Ledger.SendingOf(ctx, d.Box)
	if err != nil {
		return fmt.Errorf("gateway: messages in flight: %w", err)
	}
	for _, m := range stuck {
		if m.Channel != d.Channel {
			continue
		}
		c := d.toUnknown(m, m.Attempts, BoxRestarted, "")
		if d.Directory != nil {
			// It was found there before it was sent; the answer that would have kept the mark never came.
			c.Effects = d.markEffects(m, true, d.now())
		}
		if err := d.settle(ctx, m.ID, c); err != nil {
			return err
		}
	}
	return nil
}

// recoverPace keeps the gap to the last message over a restart, so that a box that
// restarts again and again does not write faster.
func (d *Dispatcher) recoverPace(ctx context.Context) error {
	gap := d.Live.Now().Pace(d.Channel).Gap
	if gap == 0 {
		return nil
	}
	now := d.now()
	_, last, err := d.Ledger.SentSince(ctx, d.Channel, now.Add(-gap))
	if err == nil && !last.IsZero() {
		// A last message in the future was written by a clock that was ahead.
		d.gapUntil = time.Now().Add(min(last.Add(gap).Sub(now), gap))
	}
	return err
}

// pass does all that is due now and says when to look again.
func (d *Dispatcher) pass(ctx context.Context) (next time.Time, err error) {
	defer func() { err = errors.Join(err, d.payUp(ctx)) }()
	if d.Clock.Mending() {
		return d.now().Add(clockLook), nil // woken when it is done
	}
	if err := d.alarms(ctx); err != nil {
		return time.Time{}, err
	}
	if err := d.resume(ctx); err != nil {
		return time.Time{}, err
	}
	var skip []MessageID
	again := d.now().Add(idle)
	for ctx.Err() == nil {
		now := d.now()
		m, ok, err := d.Ledger.NextDue(ctx, d.Channel, now, skip)
		if err != nil {
			return again, err
		}
		if !ok {
			break
		}
		wait, err := d.handle(ctx, m, now)
		if err != nil {
			return again, err
		}
		switch {
		case wait.channel && !wait.until.IsZero():
			// Nothing of this channel may leave before then, but what waits too long may go
			// another way: such are looked at when their patience ends.
			return d.earliest(ctx, earlier(again, wait.until))
		case wait.mailings:
			// Mailings are last in the queue: nothing but their messages is due behind this one.
			return d.earliest(ctx, earlier(again, wait.until))
		case !wait.until.IsZero():
			skip = append(skip, m.ID)
			again = earlier(again, wait.until)
			if len(skip) > 200 {
				return d.earliest(ctx, again)
			}
		}
	}
	return d.earliest(ctx, again)
}

// earliest is again, or an earlier time at which the ledger has something to do.
func (d *Dispatcher) earliest(ctx context.Context, again time.Time) (time.Time, error) {
	if err := d.payUp(ctx); err != nil {
		return again, err
	}
	now := d.now()
	if at, ok, err := d.Ledger.NextDueAt(ctx, d.Channel, now); err != nil {
		return again, err
	} else if ok {
		again = earlier(again, at)
	}
	at, ok, err := d.Ledger.NextAlarm(ctx)
	if err != nil {
		return again, err
	}
	switch {
	case ok && at.After(now):
		again = earlier(again, at)
	case ok: // due, but it had to wait for the gap or the link
		again = earlier(again, now.Add(max(d.gapLeft(), alarmAgain)))
	}
	return again, nil
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// wait says that a message, all mailings of its channel, or the whole channel, is to be
// looked at again at a time; the zero wait says that the message was dealt with.
type wait struct {
	until             time.Time
	channel, mailings bool
}

// send hands one message to the radio: intent first, then the send, then what
// became of it.
func (d *Dispatcher) send(ctx context.Context, m Message, effects []Effect, before ...Step) (wait, error) {
	out := device.Outgoing{To: m.To, Alias: m.Alias, Text: m.Text, File: m.File, Suggestions: m.Suggestions, Notice: m.Purpose != ForReply}
	if !m.ExpiresAt.IsZero() {
		out.ValidFor = m.ExpiresAt.Sub(d.now())
	}
	if d.Channel == device.WhatsApp {
		now := d.Live.Now()
		out.Typing = typingTime(m.Text, m.Purpose, now.Pace(d.Channel).Gap, now.Settings.Conduct.Typing, d.crowded)
	}
	env, again, err := d.sameEnvelope(ctx, m)
	if err != nil {
		return wait{}, err
	}
	why := SendingNow
	switch {
	case !again:
		if env, err = d.Transport.Prepare(ctx, out); err != nil {
			return d.notPrepared(ctx, m, err)
		}
	case d.Channel == device.WhatsApp:
		why = SameIDAgain
	}
	return d.sendEnvelope(ctx, m, m.State, env, why, effects, before...)
}

// sameEnvelope is the envelope of the last try when it is to be used again. Of a long
// SMS that broke off only the missing parts go out then; a WhatsApp message that may
// have left is shown once by the phone.
func (d *Dispatcher) sameEnvelope(ctx context.Context, m Message) (device.Envelope, bool, error) {
	if m.Attempts == 0 {
		return device.Envelope{}, false, nil
	}
	a, ok, err := d.Ledger.LastAttempt(ctx, m.ID)
	if err != nil || !ok || a.Channel != d.Channel {
		return device.Envelope{}, false, err
	}
	doubtful := a.State == AttemptUncertain
	if d.Channel == device.WhatsApp {
		if a.State == AttemptNotSent || a.State == AttemptRefused {
			doubtful, err = d.Ledger.InDoubt(ctx, m.ID, a.Envelope.WireID) // an earlier try of the same id
		}
		return a.Envelope, doubtful, err
	}
	return a.Envelope, a.Envelope.Parts > 1 && (doubtful || a.State == AttemptNotSent), nil
}

func (d *Dispatcher) sendEnvelope(ctx context.Context, m Message, from State, env device.Envelope, why Reason, effects []Effect, before ...Step) (wait, error) {
	a := Attempt{Message: m.ID, Channel: d.Channel, Box: d.Box, Envelope: env, State: AttemptSending, StartedAt: d.now()}
	steady, fresh := time.Now(), d.fresh
	step := Step{At: a.StartedAt, Reason: why, Args: Args{"channel": string(d.Channel), "attempt": strconv.Itoa(m.Attempts + 1)}}
	d.inHand.Store(int64(m.ID))
	defer d.inHand.Store(0)
	n, ok, err := d.begin(ctx, from, a, append(before, step)...)
	if err != nil || !ok {
		return wait{}, err
	}
	m.Attempts = n
	d.Topics.Publish(TopicQueue)
	accepted, sendErr := d.Transport.Send(ctx, env)
	// What happened is written down also when the daemon is being stopped.
	settled, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTimeout)
	defer cancel()
	change, w := d.outcome(m, n, a.StartedAt, accepted, sendErr)
	d.noteSent(change.AttemptState, steady, fresh)
	if from == UnknownState && sendErr != nil {
		change, w = d.stillUnknown(n, change, sendErr), wait{}
	}
	change.Effects = append(slices.Clone(effects), change.Effects...) // what the answer taught comes last and wins
	d.paceFrom(time.Now())
	owes := d.mayOwe(ctx, from, change)
	if owes {
		d.owe(m.ID, change)
	} else if err := d.settle(settled, m.ID, change); err != nil {
		return wait{}, err
	}
	d.Log.Info("attempted", "msg", m.ID, "channel", d.Channel, "attempt", n, "state", change.State, "took", time.Since(steady).Round(time.Millisecond), "error", sendErr)
	if !owes {
		d.moved(change)
	}
	return w, nil
}

// settle writes the outcome of a message that is being sent.
func (d *Dispatcher) settle(ctx context.Context, id MessageID, change Change) error {
	ok, err := d.Ledger.Move(ctx, id, Sending, change)
	if err != nil || ok {
		return err
	}
	return d.complete(ctx, id, change)
}

// complete adds the outcome to a message that a receipt, quicker than the answer, has
// moved on: the attempt's part of it and the effects.
func (d *Dispatcher) complete(ctx context.Context, id MessageID, change Change) error {
	m, err := d.Ledger.Message(ctx, id)
	if err != nil {
		return err
	}
	if told := m.State == Delivered || m.State == Read; told && change.AttemptState == AttemptAccepted &&
		change.AttemptCode == "" && len(change.Parts) == 0 && len(change.Effects) == 0 && len(change.Presence) == 0 {
		return nil // the receipt has said all of it
	}
	change.State, change.Channel, change.Reason, change.Steps = "", "", "", nil
	change.NotBefore, change.FallbackAt, change.ResolveAt = m.NotBefore, m.FallbackAt, m.ResolveAt
	_, err = d.Ledger.Move(ctx, id, m.State, change)
	return err
}

func (d *Dispatcher) notPrepared(ctx context.Context, m Message, err error) (wait, error) {
	now := d.now()
	switch device.KindOf(err) {
	case device.Invalid, device.Refused, device.NotFound:
		reason, args := WasRefused, Args{"channel": string(d.Channel)}
		if l := device.MeasureSMS(m.Text); d.Channel == device.SMS && l.Parts > 1 {
			reason, args = TextTooLong, Args{"parts": strconv.Itoa(l.Parts), "max": strconv.Itoa(d.MaxParts)}
		}
		c := d.onward(m, Change{}, reason, args, now)
		if _, err := d.Ledger.Move(ctx, m.ID, m.State, c); err != nil {
			return wait{}, err
		}
		d.moved(c)
		return wait{}, nil
	default:
		if ctx.Err() != nil {
			return wait{}, ctx.Err()
		}
		return wait{until: now.Add(5 * time.Second), channel: true}, nil
	}
}

// moved tells whoever shows or carries what a change has touched.
func (d *Dispatcher) moved(c Change) {
	d.Topics.Publish(TopicQueue)
	if len(c.Effects) > 0 {
		d.EffectsDue()
	}
	if c.Channel != "" && c.Channel != d.Channel {
		d.Handed(c.Channel)
	}
}

// open tells whether a channel is on and its radio needs no person.
func (d *Dispatcher) open(ch device.Channel) bool {
	return d.Live.Now().On(ch) && !d.Links(ch).NeedsPerson() && d.Links(ch).State != device.LinkOff
}

// now is the wall clock, as far as it can be believed.
func (d *Dispatcher) now() time.Time { return d.Clock.Time() }

// paceFrom notes that something left now; the gap to the next is a third longer by
// chance, so that it does not tick like a machine.
func (d *Dispatcher) paceFrom(now time.Time) {
	gap := d.Live.Now().Pace(d.Channel).Gap
	d.crowded = false
	if gap > 0 {
		d.gapUntil = now.Add(gap + rand.N(gap/3+1))
	}
}

func asError(err error, target **device.Error) bool { return errors.As(err, target) }
