package talk

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"vestnik/device"
	"vestnik/gateway"
)

// Clerk answers customers: one of the daemon's loops.
type Clerk struct {
	Store  Store
	Script *Script
	Live   *gateway.Live
	Clock  *gateway.ClockGuard // nil: the clock is believed
	Topics *gateway.Topics
	Log    *slog.Logger

	// Orders and People are the CRM of the moment, nil while none is set. CRMAnswers tells whether it
	// has answered lately.
	Orders     func() gateway.Orders
	People     func() gateway.People
	CRMAnswers func() bool
	// Chats is the CRM's chats of the moment, nil while they are switched off.
	Chats func() gateway.Chats
	// Consents has people's words about advertising; nil: none was kept.
	Consents gateway.Consents
	Links    func(device.Channel) device.Link
	// Enqueued is called after a channel's queue got something, EffectsDue after an effect became
	// due.
	Enqueued   func()
	EffectsDue func()
	// MaxParts is how many SMS one message may take.
	MaxParts int

	wake, errand chan struct{}
	people       *acquaintances
	staff        staff
	lookups      *rate.Limiter // of orders by number and digits, for all customers together
	guesses      guesses
}

// NewClerk needs every exported field set before Run.
func NewClerk() *Clerk {
	return &Clerk{
		wake: make(chan struct{}, 1), errand: make(chan struct{}, 1), people: newAcquaintances(), staff: staff{want: make(chan struct{}, 1)},
		lookups: rate.NewLimiter(rate.Every(10*time.Second), 20),
	}
}

// Wake makes the loops look now.
func (c *Clerk) Wake() {
	look(c.wake)
	look(c.errand)
}

// Heard makes the loop look that answers. The errands come by time: what they ask the CRM
// would stand in the way of the customer who waits.
func (c *Clerk) Heard() { look(c.wake) }

func look(wake chan struct{}) {
	select {
	case wake <- struct{}{}:
	default:
	}
}

const (
	// workers is how many conversations are dealt with at a time: while one waits for the CRM the
	// others go on.
	workers = 8
	// talksAtOnce bounds the conversations that are read to be dealt with: of thousands that wait, not
	// all are looked through after each.
	talksAtOnce = 64
	// idle is the longest sleep: what another process wrote is seen within it.
	idle = 30 * time.Second
)

// Run answers until ctx ends. Only a fault of the box itself ends it with an error.
func (c *Clerk) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	var pool sync.WaitGroup
	defer pool.Wait()
	defer cancel()
	type end struct {
		id  gateway.ConversationID
		err error
	}
	pool.Go(func() { c.staff.run(ctx, c) })
	busy, ended := map[gateway.ConversationID]bool{}, make(chan end, workers)
	troubled := troubles{}
	var waiting []gateway.ConversationID
	for {
		pause, holds := troubled.pause(time.Now()), c.Clock.Holds()
		if holds {
			pause = 5 * time.Second // hours and limits would be judged wrongly, and nothing leaves anyway
		}
		for !holds && len(busy) < workers {
			if len(waiting) == 0 {
				var err error
				waiting, err = c.Store.PendingTalks(ctx, troubled.beside(busy, time.Now()), talksAtOnce)
				if err != nil && ctx.Err() == nil {
					return fmt.Errorf("talk: what was heard: %w", err)
				}
				if len(waiting) == 0 {
					break
				}
			}
			id := waiting[0]
			waiting = waiting[1:]
			busy[id] = true
			serve := c.serve
			if troubled.lasts(id) {
				serve = c.leaveToPerson
			}
			pool.Go(func() { ended <- end{id, c.safely(func() error { return serve(ctx, id) })} })
		}
		select {
		case <-ctx.Done():
			return nil
		case e := <-ended:
			delete(busy, e.id)
			if ctx.Err() != nil {
				return nil
			}
			if err := c.noteTrouble(troubled, e.id, e.err); err != nil {
				return err
			}
		case <-c.wake:
		case <-time.After(pause):
		}
	}
}

// tries is how often a decision is made again because the conversation has changed
// under it.
const tries = 50

// serve deals with all that was heard in one conversation.
func (c *Clerk) serve(ctx context.Context, id gateway.ConversationID) error {
	for n := 0; n < tries; {
		talk, heard, ok, err := c.Store.NextHeard(ctx, id)
		if err != nil || !ok {
			return err
		}
		a, err := c.decide(ctx, talk, heard)
		if err != nil {
			return err
		}
		if ok, err = c.keep(ctx, a); err != nil {
			return err
		}
		if ok {
			n = 0
			c.Log.Info("answered", "conversation", id, "heard", heard.ID, "channel", talk.Channel, "why", a.Why, "command", a.Command, "texts", len(a.Decisions))
		} else {
			n++
		}
	}
	return fmt.Errorf("changed under the decision %d times", tries)
}

// keep writes a decision down and wakes whoever carries it out.
func (c *Clerk) keep(ctx context.Context, a gateway.Answered) (bool, error) {
	_, ok, err := c.Store.Answer(ctx, a)
	if err != nil || !ok {
		return false, err
	}
	c.Topics.Publish(gateway.TopicInbox)
	if len(a.Decisions) > 0 {
		c.Topics.Publish(gateway.TopicQueue)
		c.Enqueued()
	}
	if len(a.Effects) > 0 {
		c.EffectsDue()
	}
	return true, nil
}
