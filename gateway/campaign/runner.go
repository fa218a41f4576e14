package campaign

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// Runner keeps all mailings going: it gathers their people, freezes them, feeds the queue a few at a
// time, and pauses a mailing that does harm. There is one.
type Runner struct {
	Ledger Ledger
	// Counters tell what the box has begun, whoever asked for it.
	Counters interface {
		NewChatTimes(ctx context.Context, t time.Time, limit int) ([]time.Time, error)
		LookUpTimes(ctx context.Context, t time.Time, limit int) ([]time.Time, error)
	}
	// Consents is where the words about advertising are kept that came with the people.
	Consents interface {
		ConsentOf(ctx context.Context, phone device.Phone, customer int64) (gateway.Consent, bool, error)
		KeepConsents(ctx context.Context, words ...gateway.Consent) (int, error)
	}
	// Effects is where reports and notices go.
	Effects interface {
		AddEffect(ctx context.Context, e gateway.Effect) error
	}
	Live  *gateway.Live
	Clock *gateway.ClockGuard // nil: the clock is believed
	// Audiences is the CRM of the moment; nil while there is none.
	Audiences func() gateway.Audiences
	// Rows reads the pasted list (two cells: number and name) or the file of a mailing row by row; problem
	// is why a row could not be read, in a word.
	Rows func(ctx context.Context, c Campaign, each func(line int, cells []string, problem string) error) error
	// Zone tells the time zone of a place and number; nil: everybody has the shop's.
	Zone  func(p gateway.Place, phone device.Phone) string
	Links func(device.Channel) device.Link
	// AccountSince is when the WhatsApp account was first linked to this box; nil or zero: long ago.
	AccountSince func() time.Time
	// Open is when people of the shop are there.
	Open func() gateway.Week
	// Disk is how much room there is; nil: fine.
	Disk func() gateway.DiskState
	// Enqueued is called after the queue got something, EffectsDue after an effect was made.
	Enqueued, EffectsDue func()
	Topics               *gateway.Topics
	Log                  *slog.Logger
	MaxParts             int

	wake     chan struct{}
	mu       sync.Mutex // whoever changes a mailing's state, or reads the states for the policies
	policies policies
	minds    map[gateway.CampaignID]*mind // used by the loop alone, but for what has its own lock
	turn     int
	gatherer gatherer
	waiting  waiting
	told     time.Time // when the pages were told last
	// force are the mailings in force as read last; stale tells that one has changed since.
	force  []Campaign
	readAt time.Time
	stale  atomic.Bool
	booted bool
}

// NewRunner needs every field above set before Run.
func NewRunner() *Runner {
	return &Runner{wake: make(chan struct{}, 1), minds: map[gateway.CampaignID]*mind{}}
}

// Wake makes the loop look now.
func (r *Runner) Wake() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// The loop's times.
const (
	idle       = time.Minute            // the longest sleep
	quickLook  = 100 * time.Millisecond // between two looks at a queue without a gap
	clockLook  = 10 * time.Second
	linkLook   = 15 * time.Second
	forceHolds = 2 * time.Second // how long the mailings in force are believed to be the same
	tellEvery  = time.Second     // how often the pages are told of progress
)

// freezePiece is how many people are judged in one transaction, reportPiece how many reports are
// made in one turn.
const (
	freezePiece = 4000
	reportPiece = 100
)

// Run works until ctx ends. Only a fault of the box itself ends it with an error.
func (r *Runner) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer r.gatherer.wait()
	if !r.booted {
		if err := r.boot(ctx); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("campaign: begin: %w", err)
		}
		r.booted = true
	}
	links := r.Topics.Subscribe(ctx)
	for ctx.Err() == nil {
		pause, err := r.pass(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("campaign: run: %w", err)
		}
		if !r.sleep(ctx, pause, links) {
			return nil
		}
	}
	return nil
}

// sleep waits for a while, for a call, or for a radio or setting that changed; false: ctx ended.
func (r *Runner) sleep(ctx context.Context, pause time.Duration, topics <-chan gateway.Topic) bool {
	timer := time.NewTimer(max(min(pause, idle), 0))
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-r.wake:
			return true
		case <-timer.C:
			return true
		case t, ok := <-topics:
			if !ok {
				return false
			}
			if t == gateway.TopicLinks || t == gateway.TopicSettings {
				return true
			}
		}
	}
}

// boot mends what a crash may have left between two steps: queues of mailings that do not run, and
// messages of those that do, which are made anew by the texts and hours of now.
func (r *Runner) boot(ctx context.Context) error {
	all, err := r.Ledger.Campaigns(ctx)
	if err != nil {
		return err
	}
	for _, s := range all {
		switch s.State {
		case Running, Paused:
			if _, err := r.Ledger.TakeBack(ctx, s.ID); err != nil {
				return err
			}
		case Stopped:
			if s.Queued > 0 || s.Waits > 0 {
				if err := r.settleStopped(ctx, s.ID, s.By); err != nil {
					return err
				}
			}
		}
		r.policies.set(s.Campaign)
	}
	return nil
}

// pass does all that is due now and says for how long nothing will be.
func (r *Runner) pass(ctx context.Context) (time.Duration, error) {
	// Between two looks at a fast queue they are not read again: a list of people may be in them.
	if r.stale.Swap(false) || time.Since(r.readAt) >= forceHolds {
		force, err := r.inForce(ctx)
		if err != nil {
			r.stale.Store(true)
			return 0, err
		}
		r.force, r.readAt = force, time.Now()
	}
	all := r.force
	r.gather(ctx, all)
	if st := r.Clock.Look(); st.Holds || st.Mending {
		return clockLook, nil // nothing is fed by a clock that is wrong
	}
	running := 0
	for _, c := range all {
		if c.State == Running {
			running++
		}
	}
	if running > 0 {
		if err := r.guard(ctx, all); err != nil {
			return 0, err
		}
	}
	pause := idle
	r.turn++
	for i := range all {
		c := all[(i+r.turn)%len(all)]
		again, err := r.tend(ctx, c, running)
		if err != nil {
			return 0, err
		}
		pause = min(pause, again)
	}
	return pause, nil
}

// tend does what is due with one mailing.
func (r *Runner) tend(ctx context.Context, c Campaign, running int) (time.Duration, error) {
	switch c.State {
	case Starting:
		return r.freeze(ctx, c)
	case Running:
		return r.run(ctx, c, running)
	}
	return idle, nil
}

// freeze judges a piece of a mailing's people.
func (r *Runner) freeze(ctx context.Context, c Campaign) (time.Duration, error) {
	more, err := r.Ledger.Freeze(ctx, c.ID, r.deductions(c), freezePiece)
	if err != nil {
		return 0, err
	}
	if !more {
		r.stale.Store(true)
		r.Topics.Publish(gateway.TopicCampaigns)
	}
	return 0, nil // at once: the next piece, or the first to be fed
}

// deductions are what a mailing's people are judged by now.
func (r *Runner) deductions(c Campaign) Deductions {
	return DeductionsOf(c, r.Live.Now(), r.Clock.Time())
}

// DeductionsOf are what a mailing's people are judged by at a time.
func DeductionsOf(c Campaign, now *gateway.Snapshot, at time.Time) Deductions {
	d := Deductions{
		Now: at, Advertising: c.Kind == Advertising, NoMark: c.Audience.NoMark, HappyOnly: c.Text.HappyOnly,
		Every: now.Settings.Decency.Every,
	}
	for _, ch := range c.Plan.Channels {
		if now.On(ch) {
			d.Channels = append(d.Channels, ch)
		}
	}
	return d
}

// inForce reads the mailings that are in force, and makes what the dispatchers know of them the same.
func (r *Runner) inForce(ctx context.Context) ([]Campaign, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	all, err := r.Ledger.InForce(ctx)
	if err != nil {
		return nil, err
	}
	here := map[gateway.CampaignID]bool{}
	for _, c := range all {
		r.policies.set(c)
		here[c.ID] = true
	}
	for id := range r.minds {
		if !here[id] {
			delete(r.minds, id)
		}
	}
	return all, nil
}

// tell publishes that a mailing has come on, at most once a second.
func (r *Runner) tell() {
	if now := time.Now(); now.Sub(r.told) >= tellEvery {
		r.told = now
		r.Topics.Publish(gateway.TopicCampaigns)
	}
}
