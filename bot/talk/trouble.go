package talk

import (
	"context"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"time"

	"vestnik/bot"
	"vestnik/gateway"
)

// troubles are the conversations that could not be dealt with. They are tried again after
// a pause, and the others go on: one odd row must not take the answer away from everybody.
type troubles map[gateway.ConversationID]trouble

type trouble struct {
	tries int
	again time.Time // by the monotonic clock
}

const (
	// troubleTries is how often a conversation is tried before it is given to a person: about a minute
	// and a half.
	troubleTries = 8
	// mostTroubled is how many conversations may be in trouble before the fault is the box's.
	mostTroubled = workers
	// troubleOver is after what time a conversation that did not come up again is forgotten: it may have
	// become a part of another.
	troubleOver = 10 * time.Minute
)

// pause is how long the loop may sleep.
func (t troubles) pause(now time.Time) time.Duration {
	pause := idle
	for _, one := range t {
		if left := one.again.Sub(now); left > 0 {
			pause = min(pause, left)
		}
	}
	return pause
}

// beside are the conversations that are not to be looked at now.
func (t troubles) beside(busy map[gateway.ConversationID]bool, now time.Time) []gateway.ConversationID {
	skip := slices.Collect(maps.Keys(busy))
	for id, one := range t {
		if !busy[id] && one.again.After(now) {
			skip = append(skip, id)
		}
	}
	slices.Sort(skip)
	return skip
}

// lasts tells whether a conversation has had its tries.
func (t troubles) lasts(id gateway.ConversationID) bool { return t[id].tries >= troubleTries }

// noteTrouble takes up how it went with a conversation. The error is a fault of the box: not
// even to a person it could be given, or many are in trouble.
func (c *Clerk) noteTrouble(t troubles, id gateway.ConversationID, err error) error {
	if err == nil {
		delete(t, id)
		return nil
	}
	now := time.Now()
	maps.DeleteFunc(t, func(_ gateway.ConversationID, old trouble) bool { return now.Sub(old.again) > troubleOver })
	if t.lasts(id) || len(t) >= mostTroubled {
		return fmt.Errorf("talk: conversation %d: %w", id, err)
	}
	one := t[id]
	one.tries++
	one.again = now.Add(min(time.Second<<(one.tries-1), idle))
	t[id] = one
	c.Log.Error("a conversation could not be dealt with, it is tried again", "conversation", id, "tries", one.tries, "error", err)
	return nil
}

// leaveToPerson is what becomes of a message at which the program failed again and again:
// the bot says nothing, and a person is called, who sees it on the page.
func (c *Clerk) leaveToPerson(ctx context.Context, id gateway.ConversationID) error {
	for range tries {
		talk, heard, ok, err := c.Store.NextHeard(ctx, id)
		if err != nil || !ok {
			return err
		}
		a := unchanged(talk)
		a.Heard, a.Why = heard.ID, string(bot.WhyFault)
		a.CalledAt, a.CalledWhy = earliest(talk.CalledAt, c.Clock.Time()), a.Why
		if ok, err = c.keep(ctx, a); err != nil || ok {
			return err
		}
	}
	return errBusy
}

// safely turns a panic into an error.
func (c *Clerk) safely(do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return do()
}
