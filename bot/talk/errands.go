package talk

import (
	"context"
	"errors"
	"fmt"
	"time"

	"vestnik/bot"
	"vestnik/device"
	"vestnik/gateway"
)

const (
	// errandEvery is the pause between two looks at what comes by time, when nobody wakes it
	// before: it is woken when something is heard and when the CRM's state changes.
	errandEvery = time.Minute
	// strangerAgain is how long after the CRM did not know a chat's customer it is asked again.
	strangerAgain = 24 * time.Hour
	// strangersAtOnce bounds the questions of one look, so that hundreds of old chats do not use up the
	// CRM's limit.
	strangersAtOnce = 5
)

// RunErrands does what comes by time and not by words, until ctx ends: the question for
// marks, answers that waited for the CRM, whose the chats are.
func (c *Clerk) RunErrands(ctx context.Context) error {
	for {
		pause := errandEvery
		if !c.Clock.Holds() {
			next, err := c.errands(ctx)
			if ctx.Err() != nil {
				return nil
			}
			if err != nil {
				return fmt.Errorf("talk: errands: %w", err)
			}
			pause = min(pause, max(next, 0))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-c.errand:
		case <-time.After(pause):
		}
	}
}

func (c *Clerk) errands(ctx context.Context) (next time.Duration, err error) {
	errands := []func(context.Context) error{c.Script.Reload}
	if c.Orders() != nil && c.CRMAnswers() {
		errands = append(errands, c.payDebts, c.meetStrangers)
	}
	errands = append(errands, c.askForMarks)
	// One that fails does not keep the others from their work.
	for _, do := range errands {
		err = errors.Join(err, c.safely(func() error { return do(ctx) }))
	}
	if err != nil {
		return 0, err
	}
	next = errandEvery
	if at, ok, err := c.Store.NextAskAt(ctx); err != nil {
		return 0, err
	} else if left := at.Sub(c.Clock.Time()); ok && left > 0 {
		next = min(next, left)
	}
	return next, nil
}

// payDebts gives the answers that waited for the CRM. A bot that was switched off since
// says nothing.
func (c *Clerk) payDebts(ctx context.Context) error {
	now := c.Clock.Time()
	if !c.Script.Now().Script.On {
		return nil
	}
	owed, err := c.Store.OwedTalks(ctx, now, 50)
	if err != nil {
		return err
	}
	for _, id := range owed {
		err = errors.Join(err, c.safely(func() error {
			_, err := c.happen(ctx, id, bot.EventCRMBack, "owed", nil)
			return err
		}))
	}
	return err
}

// happen tells the bot of an event in a conversation, and keeps what it makes of it. also
// may change what is kept. It answers false when the conversation went on changing, or what was
// heard there comes first.
func (c *Clerk) happen(ctx context.Context, id gateway.ConversationID, event bot.Event, key string, also func(gateway.Conversation, *gateway.Answered) error) (bool, error) {
	for range tries {
		t, err := c.Store.Conversation(ctx, id)
		if err != nil {
			return false, err
		}
		if event == bot.EventCRMBack {
			if waits, err := c.unheard(ctx, id); err != nil || waits {
				return false, err
			}
		}
		now, script := c.Clock.Time(), c.Script.Now()
		state, err := c.state(t)
		if err != nil {
			c.Log.Error("a conversation's memory cannot be read, it starts anew", "conversation", t.ID, "error", err)
		}
		in := bot.Message{From: bot.FromSystem, Event: event, Channel: t.Channel, Phone: t.Phone, At: now}
		reply, facts := c.reply(ctx, script.Bot, state, in, t, now)
		a, err := c.outcome(ctx, t, unchanged(t), reply, facts, fmt.Sprintf("%s/%d/%d", key, id, t.Version), "")
		if err != nil {
			return false, err
		}
		if also != nil {
			if err := also(t, &a); err != nil {
				return false, err
			}
		}
		if ok, err := c.keep(ctx, a); err != nil || ok {
			return ok, err
		}
	}
	return false, nil
}

// unheard tells whether something was heard in a conversation that nobody has dealt with
// yet. What comes by time waits for that: it may be a person's word, of which the bot's memory does
// not know. It is to be asked after the conversation was read: what is heard later changes that.
func (c *Clerk) unheard(ctx context.Context, id gateway.ConversationID) (bool, error) {
	_, _, waits, err := c.Store.NextHeard(ctx, id)
	return waits, err
}

// meetStrangers finds out whose the chats are that the CRM's chats have: news of an
// order goes to them.
func (c *Clerk) meetStrangers(ctx context.Context) error {
	strangers, err := c.Store.Strangers(ctx, c.Clock.Time().Add(-strangerAgain), strangersAtOnce)
	if err != nil {
		return err
	}
	for _, t := range strangers {
		_, _, err := c.meet(ctx, t)
		if err == nil {
			continue
		}
		c.Log.Warn("whose a chat is cannot be found out", "conversation", t.ID, "error", err)
		switch device.KindOf(err) {
		case device.Internal:
			return err
		case device.Refused, device.Invalid, device.NotFound, device.Conflict:
			// About him alone: he must not stand before the others at each look.
			if err := c.Store.KeepPerson(ctx, t.ID, t.Customer, "", c.Clock.Time()); err != nil {
				return err
			}
		default:
			return nil // the next look tries again
		}
	}
	return nil
}
