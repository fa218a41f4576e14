package gateway

import (
	"context"
	"time"
)

const (
	// talkLook is how often a talk is looked at whose end is not known, or may come earlier.
	talkLook = 30 * time.Minute
	// calledMost is how long a mailing waits for a person whom a customer waits for: after that nobody
	// comes.
	calledMost = 3 * 24 * time.Hour
	// talkMost is how long a talk may keep the news of an order back, in all.
	talkMost = time.Hour
)

// stageTalk keeps what is no answer out of a talk with a person of the shop: mailings and
// questions for marks until it is over, news of orders until it has been quiet for a while.
func (d *Dispatcher) stageTalk(ctx context.Context, m Message, now time.Time) (bool, wait, error) {
	var pause func(m Message, talks []Conversation, now time.Time) time.Time
	switch m.Purpose {
	case ForCampaign, ForRating:
		pause = talkOver
	case ForOrder:
		rest := d.Live.Now().Settings.Decency.TalkRest
		if rest <= 0 || now.Sub(m.CreatedAt) >= talkMost {
			return false, wait{}, nil
		}
		pause = func(m Message, talks []Conversation, now time.Time) time.Time { return talkQuiet(m, talks, rest, now) }
	default:
		return false, wait{}, nil
	}
	talks, err := d.talksOf(ctx, m)
	if err != nil {
		return true, wait{}, err
	}
	until := pause(m, talks, now)
	if !until.After(now) {
		return false, wait{}, nil
	}
	return true, wait{}, d.putOff(ctx, m, Held, HeldTalk, Args{"until_at": At(until)}, until, now)
}

// WithPerson tells whether a person of the shop talks here or is waited for, and until when the
// bot is silent for it; zero: nobody knows.
func (c Conversation) WithPerson(now time.Time) (until time.Time, ok bool) {
	if c.SilentUntil.After(now) && !talksToRobot[c.SilentWhy] {
		return c.SilentUntil, true
	}
	return time.Time{}, c.Waits() || c.hasOperator()
}

// TalksNow tells whether a person of the shop talks here, or the bot has just made room for one; a
// customer for whom nobody has come yet may well hear of his order.
func (c Conversation) TalksNow(now time.Time) bool {
	until, _ := c.WithPerson(now)
	return !until.IsZero() || c.hasOperator()
}

func (c Conversation) hasOperator() bool { return c.Chat.Operator != 0 && c.Chat.Dialog != 0 }

// talksToRobot are the bot's reasons for a silence that no person of the shop is the cause of: the
// other side looks like a program.
var talksToRobot = map[string]bool{"loop": true, "too_quick": true, "automatics": true}

// talkOver is when it is to be looked whether the talks with a person are over; zero when
// nobody talks.
func talkOver(m Message, talks []Conversation, now time.Time) (until time.Time) {
	for _, c := range talks {
		end, ok := c.WithPerson(now)
		if !ok || !c.MayBeOf(m.Customer) || !c.TalksNow(now) && now.Sub(c.CalledAt) > calledMost {
			continue
		}
		if look := now.Add(talkLook); end.IsZero() || end.After(look) {
			end = look
		}
		until = later(until, end)
	}
	return until
}

// talkQuiet is when the talks with a person have been quiet for long enough, but no later than the
// message's own patience; zero when nobody talks.
func talkQuiet(m Message, talks []Conversation, rest time.Duration, now time.Time) (until time.Time) {
	for _, c := range talks {
		if !c.TalksNow(now) || !c.MayBeOf(m.Customer) {
			continue
		}
		if last := later(c.HeardAt, c.SaidAt); !last.After(now) { // a time to come was written by a clock that was ahead
			until = later(until, last.Add(rest))
		}
	}
	until = earlier(until, m.CreatedAt.Add(talkMost))
	if !m.ExpiresAt.IsZero() {
		until = earlier(until, m.ExpiresAt.Add(-time.Minute)) // it has to leave before
	}
	return until
}

// putOff has a message wait until a time. The reason is told once in its story, however often it is
// looked at.
func (d *Dispatcher) putOff(ctx context.Context, m Message, state State, why Reason, args Args, until, now time.Time) error {
	c := Change{State: state, Reason: why, NotBefore: until, FallbackAt: m.FallbackAt}
	if m.Reason != why {
		c.Steps = []Step{{At: now, Reason: why, Args: args}}
	}
	return d.move(ctx, m, c)
}
