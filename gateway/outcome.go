package gateway

import (
	"strconv"
	"time"

	"vestnik/device"
)

// outcome is what an answer of the network means for the message.
func (d *Dispatcher) outcome(m Message, n int, began time.Time, acc device.Accepted, err error) (Change, wait) {
	now := d.now()
	ch := Args{"channel": string(d.Channel)}
	c := Change{Attempt: n}
	var e *device.Error
	if asError(err, &e) {
		c.AttemptCode = e.Code
		if e.Code != "" {
			ch["code"] = e.Code
		}
	}
	switch kind := device.KindOf(err); kind {
	case "":
		ch["took"] = strconv.FormatFloat(now.Sub(began).Seconds(), 'f', 1, 64)
		c.State, c.Reason, c.AttemptState, c.AttemptCode, c.Parts = Accepted, WasAccepted, AttemptAccepted, acc.Code, acc.Parts
		if acc.Code != "" {
			ch["code"] = acc.Code
		}
		if m.FallbackAfter > 0 && d.Channel != device.SMS && m.NextChannel(d.Live.Now().On) != "" {
			c.FallbackAt = now.Add(m.FallbackAfter)
		}
		c.Steps = []Step{{At: now, Reason: WasAccepted, Args: ch}}
		return c, wait{}
	case device.Unavailable, device.RateLimited, device.Unauthorized, device.Internal:
		c.AttemptState = AttemptNotSent
		pause := retryPause(n)
		if e != nil && e.RetryAfter > 0 {
			pause = e.RetryAfter
		}
		deadline := m.FallbackAt
		if deadline.IsZero() && m.FallbackAfter > 0 {
			deadline = began.Add(m.FallbackAfter)
		}
		impatient := !deadline.IsZero() && !now.Before(deadline) || kind != device.Unavailable && n >= 8
		if impatient && m.NextChannel(d.open) != "" {
			ch["state"] = string(d.Transport.Link().State)
			return d.onward(m, c, LinkDownTooLong, ch, now), wait{}
		}
		c.State, c.Reason, c.NotBefore, c.FallbackAt = Queued, NothingLeft, now.Add(pause), deadline
		if kind == device.RateLimited {
			c.Reason = NetworkBusy
			ch["until_at"] = At(c.NotBefore)
			d.busyUntil = time.Now().Add(pause)
		}
		c.Steps = []Step{{At: now, Reason: c.Reason, Args: ch}}
		// A file that cannot be brought there holds nobody else's message up.
		return c, wait{until: now.Add(pause), channel: kind != device.Internal && c.AttemptCode != device.FileNotUploaded}
	case device.Locked:
		c.AttemptState = AttemptNotSent
		if m.NextChannel(d.Live.Now().On) != "" && !d.staysHere(m) {
			return d.onward(m, c, NewChatsLocked, ch, now), wait{}
		}
		c.State, c.Reason, c.NotBefore = Queued, NewChatsLocked, now.Add(lockPause)
		c.Steps = []Step{{At: now, Reason: NewChatsLocked, Args: ch}}
		return c, wait{}
	case device.Uncertain:
		u := d.toUnknown(m, n, Uncertain, c.AttemptCode)
		u.Parts = acc.Parts
		return u, wait{}
	default: // NotFound, Refused, Invalid, Conflict
		c.AttemptState = AttemptRefused
		if kind == device.NotFound && d.Channel == device.WhatsApp {
			c.Presence = []device.Presence{{Phone: m.To, On: device.No, At: now, Source: device.FromDirectory}}
			c.Effects = d.markEffects(m, false, now)
		}
		return d.onward(m, c, WasRefused, ch, now), wait{}
	}
}

// lockPause is how often a new chat that has no other channel is tried while new
// chats are locked or used up.
const lockPause = 10 * time.Minute

func retryPause(n int) time.Duration { return min(15*time.Minute, 5*time.Second<<min(n-1, 8)) }

func (d *Dispatcher) toUnknown(m Message, n int, why Reason, code string) Change {
	now := d.now()
	ch := Args{"channel": string(d.Channel)}
	c := Change{
		State: UnknownState, Reason: Uncertain, Attempt: n, AttemptState: AttemptUncertain, AttemptCode: code,
		Steps: []Step{{At: now, Reason: why, Args: ch}},
	}
	switch {
	case d.Channel == device.Chat:
		c.ResolveAt = now.Add(recallAfter)
	case d.Channel == device.WhatsApp:
		c.ResolveAt = now.Add(resendAfter)
	case why == BoxRestarted && d.Memory != nil:
		c.ResolveAt = now // the records say more
	default:
		c.ResolveAt = now.Add(d.reportChance())
		c.Steps = append(c.Steps, Step{At: now, Reason: WaitReport, Args: Args{"until_at": At(c.ResolveAt)}})
	}
	return c
}

// stillUnknown is what a failed resend means: that the second copy did not leave
// says nothing about the first, so the message never goes back to the queue.
func (d *Dispatcher) stillUnknown(n int, c Change, err error) Change {
	now := d.now()
	u := Change{
		State: UnknownState, Reason: Uncertain, Attempt: n, AttemptState: c.AttemptState, AttemptCode: c.AttemptCode,
		ResolveAt: now.Add(retryPause(n)), Steps: []Step{{At: now, Reason: Uncertain, Args: Args{"channel": string(d.Channel)}}},
	}
	switch device.KindOf(err) {
	case device.Unavailable, device.RateLimited, device.Uncertain, device.Internal:
	default:
		u.Reason, u.ResolveAt = AskPerson, time.Time{}
		u.Steps = append(u.Steps, Step{At: now, Reason: AskPerson})
	}
	return u
}

// onward gives the message to its next channel, or ends it when there is none.
func (d *Dispatcher) onward(m Message, c Change, why Reason, args Args, now time.Time) Change {
	c.Steps = append(c.Steps, Step{At: now, Reason: why, Args: args})
	if next := NextOf(m, d.open, d.Live.Now().On); next != "" {
		c.State, c.Channel, c.Reason, c.NotBefore = Queued, next, InQueue, now
		c.Steps = append(c.Steps, Step{At: now, Reason: MovedTo, Args: Args{"channel": string(next)}})
		return c
	}
	c.State, c.Reason = Failed, why
	if len(m.Channels) > 1 {
		c.Steps = append(c.Steps, Step{At: now, Reason: NoReach})
	}
	return c
}
