package support

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/card"
)

// Cards is who a person is and what stands on his card: gateway/card.
type Cards interface {
	// Find takes a bounded time. While the CRM is away it answers from the cache, else FoundAway.
	Find(ctx context.Context, h card.Hints) (card.Found, error)
	// Card comes from the cache when there is one; NotFound when the CRM has no such card.
	Card(ctx context.Context, customer int64) (card.Card, error)
	// Make makes a card once for each ExternalID.
	Make(ctx context.Context, c gateway.NewCustomer, by string) (int64, error)
}

// Choices remembers whom an employee chose for a requester.
type Choices interface {
	Choose(ctx context.Context, requester, customer int64, by string, at time.Time) error
}

// Clerk works beside the helpdesk. It has four loops: RunWatch, RunHand, RunAlarms and
// RunLessons; any of them may be stopped anywhere and begun again.
type Clerk struct {
	Store   Store
	Cards   Cards
	Choices Choices
	Live    *gateway.Live
	Clock   *gateway.ClockGuard // nil: the clock is believed
	Topics  *gateway.Topics
	Log     *slog.Logger

	// KeptCard is a card out of the cache, without a question to the CRM; NotFound: none is kept.
	KeptCard func(ctx context.Context, customer int64) (card.Card, error)
	// Helpdesk, Profiles and People are those of the moment, nil while none is set.
	Helpdesk func() gateway.Helpdesk
	Profiles func() gateway.Profiles
	People   func() gateway.People
	// EffectsDue is called after an effect became due.
	EffectsDue func()

	watch, hand, alarm, lessons chan struct{}
	halt                        halt
	held                        locks
	seeing                      sync.Mutex // what was seen is kept with the cursor of that moment
	fields                      closedFields
	rights                      missingRights
	progress                    progress
}

// NewClerk needs every exported field set before its loops run.
func NewClerk() *Clerk {
	wake := func() chan struct{} { return make(chan struct{}, 1) }
	return &Clerk{watch: wake(), hand: wake(), alarm: wake(), lessons: wake()}
}

// Wake makes the loops look now; call it when settings or keys have changed. A ban is
// waited for all the same.
func (c *Clerk) Wake() {
	c.halt.forget()
	c.fields.forget()
	c.rights.forget()
	c.progress.forgetBook()
	for _, ch := range []chan struct{}{c.watch, c.hand, c.alarm, c.lessons} {
		look(ch)
	}
}

// WakeAlarms makes the loop look that tells of critical statuses; call it when orders
// have reached a status.
func (c *Clerk) WakeAlarms() { look(c.alarm) }

// WakeHand makes the loop look that takes tickets up; call it after Store.MakeDue.
func (c *Clerk) WakeHand() { look(c.hand) }

func look(wake chan struct{}) {
	select {
	case wake <- struct{}{}:
	default:
	}
}

// idle is the longest sleep: what another process wrote is seen within it.
const idle = 30 * time.Second

// rounds does one round after another until ctx ends, while there is a helpdesk. A round
// answers how long to rest; off is done instead while there is none, and may be nil.
func (c *Clerk) rounds(ctx context.Context, name string, wake <-chan struct{}, round func(context.Context) (time.Duration, error), off func(context.Context) error) error {
	for {
		pause := idle
		var err error
		switch {
		case c.Clock.Holds():
			pause = 5 * time.Second // what comes due would be judged wrongly
		case c.ready():
			pause, err = c.atAccount(ctx, name, round)
		case off != nil:
			err = off(ctx)
		}
		if err != nil && ctx.Err() == nil {
			return fmt.Errorf("support: %s: %w", name, err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-wake:
		case <-time.After(max(pause, time.Millisecond)):
		}
	}
}

func (c *Clerk) ready() bool { return c.settings().Ready() && c.Helpdesk() != nil }

func (c *Clerk) settings() gateway.HelpdeskSettings { return c.Live.Now().Settings.Helpdesk }

func (c *Clerk) zone() *time.Location { return c.Live.Now().Settings.Shop.Zone() }

func (c *Clerk) now() time.Time { return c.Clock.Time() }

// say is a sentence in the shop's language.
func (c *Clerk) say(ru, en string) string { return c.words()(ru, en) }

// words chooses between Russian and English.
func (c *Clerk) words() say {
	if c.Live.Now().Settings.Shop.Language == "ru" {
		return func(ru, _ string) string { return ru }
	}
	return func(_, en string) string { return en }
}

type say func(ru, en string) string

// fault is a failure of the box itself, not of the helpdesk or about one ticket.
type fault struct{ error }

func (f fault) Unwrap() error { return f.error }

func boxed(err error) error {
	if err == nil {
		return nil
	}
	return fault{err}
}

func isFault(err error) bool {
	var f fault
	return errors.As(err, &f)
}

// safely turns a panic into an error.
func safely(do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return do()
}

// halt is until when nothing is asked of the helpdesk: it bans, it is away, or it refuses
// the key. All loops keep to it together, by the clock that nobody can set.
type halt struct {
	mu     sync.Mutex
	until  time.Time
	why    device.Kind
	failed int // in a row
}

// longest and shortest pauses of a helpdesk that does not answer.
const (
	haltAway    = 15 * time.Second
	haltAwayMax = 5 * time.Minute
	haltKey     = 10 * time.Minute // a wrong key is not tried in a loop: that would ban the account
	haltLimit   = time.Minute
)

// left is how long to wait yet.
func (h *halt) left() time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	return time.Until(h.until)
}

// forget ends a pause, apart from one that the helpdesk asked for.
func (h *halt) forget() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.why != device.RateLimited {
		h.until, h.failed = time.Time{}, 0
	}
}

// well notes an answer.
func (h *halt) well() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.failed = 0
}

// stops tells whether an error of the helpdesk is one after which nothing else would fare
// better now, and begins the pause.
func (c *Clerk) stops(err error) bool {
	kind := device.KindOf(err)
	var pause time.Duration
	h := &c.halt
	h.mu.Lock()
	defer h.mu.Unlock()
	switch kind {
	case device.RateLimited:
		pause = haltLimit
		var e *device.Error
		if errors.As(err, &e) && e.RetryAfter > 0 {
			pause = e.RetryAfter
		}
		if desk := c.Helpdesk(); desk != nil {
			pause = max(pause, desk.Status().Until.Sub(c.now()))
		}
	case device.Unauthorized:
		if lacksRight(err) != "" {
			return false // everything else may be done
		}
		pause = haltKey
	case device.Unavailable:
		pause = backoff(h.failed, haltAway, haltAwayMax)
		h.failed++
	default:
		return false
	}
	if until := time.Now().Add(pause); until.After(h.until) {
		h.until, h.why = until, kind
		c.Log.Warn("the helpdesk is left alone for a time", "kind", kind, "pause", pause.Round(time.Second), "error", err)
	}
	return true
}

// backoff doubles a pause with each failure.
func backoff(failures int, first, most time.Duration) time.Duration {
	return min(first<<min(max(failures, 0), 20), most)
}

// locks keep two loops and the pages from working at one ticket at a time.
type locks struct {
	mu   sync.Mutex
	busy map[gateway.TicketID]chan struct{}
}

// hold waits until nobody works at a ticket; call free when done.
func (l *locks) hold(ctx context.Context, id gateway.TicketID) (free func(), err error) {
	for {
		l.mu.Lock()
		if l.busy == nil {
			l.busy = map[gateway.TicketID]chan struct{}{}
		}
		other, taken := l.busy[id]
		if !taken {
			mine := make(chan struct{})
			l.busy[id] = mine
			l.mu.Unlock()
			return func() {
				l.mu.Lock()
				delete(l.busy, id)
				l.mu.Unlock()
				close(mine)
			}, nil
		}
		l.mu.Unlock()
		select {
		case <-other:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}
