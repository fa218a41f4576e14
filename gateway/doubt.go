package gateway

import (
	"context"
	"strconv"
	"time"

	"vestnik/device"
)

// How often a message of unknown fate is sent again before a person is asked.
const (
	resends      = 5   // WhatsApp, under the same id
	smsTries     = 3   // SMS that may arrive twice, all tries counted
	provenTries  = 100 // tries that surely did not leave, one after the other
	linkPatience = 30 * time.Minute
)

// resolve settles a message of unknown fate whose time to be looked at has come.
func (d *Dispatcher) resolve(ctx context.Context, m Message, now time.Time) error {
	a, ok, err := d.Ledger.LastAttempt(ctx, m.ID)
	switch {
	case err != nil:
		return err
	case !ok:
		return d.leaveToPerson(ctx, m, now)
	case d.Channel == device.WhatsApp:
		return d.resolveWhatsApp(ctx, m, a, now)
	case d.Channel == device.Chat:
		return d.resolveChat(ctx, m, a, now)
	}
	return d.resolveSMS(ctx, m, a, now)
}

// resolveWhatsApp: after a login and the time for its offline receipts, the same id
// goes out again; the phone shows an id once.
func (d *Dispatcher) resolveWhatsApp(ctx context.Context, m Message, a Attempt, now time.Time) error {
	link := d.Transport.Link()
	until, settling := upFor(link, resendAfter, now)
	switch {
	case m.Attempts >= resends, !m.ExpiresAt.IsZero() && now.After(m.ExpiresAt), d.linkIsLost(link, m.FallbackAfter, now):
		return d.leaveToPerson(ctx, m, now)
	case !link.CanReply():
		return nil // looked at again when the link is up: its change wakes this loop
	case d.gapLeft() > 0:
		return nil // looked at again after the gap
	case settling:
		return d.moveFrom(ctx, m, UnknownState, Change{ResolveAt: until})
	}
	if done, err := d.resendWaits(ctx, m, now); done || err != nil {
		return err
	}
	_, err := d.sendEnvelope(ctx, m, UnknownState, a.Envelope, SameIDAgain, nil)
	return err
}

// upFor is when a link will have been up for a time, and true when that is still to
// come. The link may have come up by a clock that was wrong and was set since, so that
// its wall-clock time says nothing: what counts is how long ago that was.
func upFor(link device.Link, least time.Duration, now time.Time) (time.Time, bool) {
	left := least - max(now.Sub(link.Since), 0)
	return now.Add(left).Add(time.Millisecond), left > 0 // rounded up: the ledger keeps milliseconds
}

// linkIsLost tells whether a link has been down for long and will not come back
// without a person.
func (d *Dispatcher) linkIsLost(link device.Link, patience time.Duration, now time.Time) bool {
	return !link.CanReply() && link.NeedsPerson() && now.Sub(link.Since) > max(patience, linkPatience)
}

// resolveSMS asks the radio's own records first: they know an SMS that never left
// and one that the network took. For what stays in doubt the delivery report has its
// chance; then the shop's policy decides.
func (d *Dispatcher) resolveSMS(ctx context.Context, m Message, a Attempt, now time.Time) error {
	if c, known := d.recall(ctx, m, a, now); known {
		return d.moveFrom(ctx, m, UnknownState, c)
	}
	link, chance := d.Transport.Link(), d.reportChance()
	from := later(a.StartedAt, a.SettledAt)
	switch {
	case d.linkIsLost(link, 0, now):
		return d.leaveToPerson(ctx, m, now)
	case !link.CanReply():
		return nil // no report can come; its change wakes this loop
	}
	// Not later than now: a clock that was ahead may have written them.
	if left := chance - max(min(now.Sub(from), now.Sub(link.Since)), 0); left > 0 {
		until := now.Add(left)
		step := Step{At: now, Reason: WaitReport, Args: Args{"until_at": At(until)}}
		return d.moveFrom(ctx, m, UnknownState, Change{ResolveAt: until.Add(time.Millisecond), Steps: []Step{step}})
	}
	switch policy := d.Live.Now().Settings.SMS.Unknown; {
	case policy == UnknownLeave:
		return d.moveFrom(ctx, m, UnknownState, Change{Reason: LeftUnknown, Steps: []Step{{At: now, Reason: LeftUnknown}}})
	case policy == UnknownResend && m.Attempts < smsTries && (m.ExpiresAt.IsZero() || now.Before(m.ExpiresAt)):
		return d.moveFrom(ctx, m, UnknownState, Change{State: Queued, Reason: InQueue, NotBefore: now, Steps: []Step{{At: now, Reason: TwiceAllowed}}})
	}
	return d.leaveToPerson(ctx, m, now)
}

// recall is what the radio's records make of a message; false when they leave it in
// doubt.
func (d *Dispatcher) recall(ctx context.Context, m Message, a Attempt, now time.Time) (Change, bool) {
	if d.Memory == nil || m.Attempts >= provenTries {
		return Change{}, false
	}
	sent, doubtful, err := d.Memory.Recall(ctx, a.Envelope)
	if err != nil {
		d.Log.Warn("the radio's records cannot be read", "msg", m.ID, "error", err)
		return Change{}, false
	}
	if doubtful > 0 {
		return Change{}, false
	}
	c := Change{State: Queued, Reason: InQueue, NotBefore: now, Attempt: a.N, AttemptState: AttemptNotSent, Parts: sent}
	step := Step{At: now, Reason: d.inRecords(NeverLeft, ChatNeverLeft)}
	switch {
	case len(sent) >= a.Envelope.Parts:
		c.State, c.Reason, c.AttemptState, c.NotBefore = Accepted, WasAccepted, AttemptAccepted, time.Time{}
		step = Step{At: now, Reason: d.inRecords(HadLeft, ChatHadLeft)}
	case len(sent) > 0:
		step = Step{At: now, Reason: RestGoes, Args: Args{"sent": strconv.Itoa(len(sent)), "parts": strconv.Itoa(a.Envelope.Parts)}}
	}
	c.Steps = []Step{step}
	return c, true
}

// inRecords is the reason for what records say: the box's own, or the CRM's of its chats.
func (d *Dispatcher) inRecords(ours, chats Reason) Reason {
	if d.Channel == device.Chat {
		return chats
	}
	return ours
}

func (d *Dispatcher) leaveToPerson(ctx context.Context, m Message, now time.Time) error {
	return d.moveFrom(ctx, m, UnknownState, Change{Reason: AskPerson, Steps: []Step{{At: now, Reason: AskPerson}}})
}

// reportChance is how long an SMS of unknown fate waits for its delivery report.
func (d *Dispatcher) reportChance() time.Duration { return d.Live.Now().Settings.SMS.UnknownAfter }

// Leave keeps a message of unknown fate as it is, as a person's decision: it is not
// sent again, and a proof that comes still corrects the record.
func (d *Desk) Leave(ctx context.Context, id MessageID, by string) error {
	step := Step{At: d.Clock.Time(), Reason: LeftByPerson, Args: Args{"user": by}}
	return d.act(ctx, id, Change{Reason: LeftByPerson, Steps: []Step{step}}, UnknownState)
}
