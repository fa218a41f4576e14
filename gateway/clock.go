package gateway

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"vestnik/device"
)

// ClockState is whether the box's clock may be believed. Each has a sentence
// (clockwords.go).
type ClockState string

// The states. Settling, Behind and Ahead hold every message and the reading of orders;
// customers' words and receipts are still taken.
const (
	ClockRight    ClockState = "right"    // a time service keeps it, or the CRM's clock agrees
	ClockAlone    ClockState = "alone"    // nothing keeps it, nothing speaks against it: sending goes on
	ClockSettling ClockState = "settling" // just switched on, the time service may still correct it
	ClockBehind   ClockState = "behind"
	ClockAhead    ClockState = "ahead"
)

// ClockWitness is what a judgement of the clock rests on.
type ClockWitness string

// The witnesses.
const (
	WitnessSync  ClockWitness = "sync"  // the kernel: a time service keeps the clock
	WitnessSeen  ClockWitness = "seen"  // the largest time that this box has ever seen
	WitnessBuilt ClockWitness = "built" // the program is younger than the clock says
	WitnessCRM   ClockWitness = "crm"   // the Date header of the CRM's answers
	WitnessNone  ClockWitness = ""
)

// ClockStatus is how the clock stands.
type ClockStatus struct {
	State   ClockState
	Witness ClockWitness
	// Holds: no message leaves the box now. False also while a person has said that the clock is
	// right, until the next start; TrustedBy then names him.
	Holds     bool
	TrustedBy string
	// Mending: the clock has just been set, and what stands in the ledger is being fitted to it;
	// nothing is looked at until that is done.
	Mending bool
	// Now is what the clock says, Best the best that is known of the true time: the
	// same while nothing speaks against the clock.
	Now, Best time.Time
	Sync      device.ClockSync
	// SetBackFrom is how far ahead the clock had been when it was last set back, and SetBackAt when
	// that was; zero when it never was.
	SetBackFrom, SetBackAt time.Time
}

// ClockMarks is what must outlive the process.
type ClockMarks struct {
	// MaxSeen is the largest time that was seen while the clock was believed. It bears no
	// monotonic reading: with one, a clock that was set back would compare as later.
	MaxSeen time.Time
	// WrongUntil: times in the ledger up to this one that lie after MaxSeen were written
	// by a clock that was ahead. SetBackAt is when that was found.
	WrongUntil, SetBackAt time.Time
}

// ClockKeeper is where the marks are kept, and the ledger as far as a clock that was
// wrong has touched it.
type ClockKeeper interface {
	ClockMarks(ctx context.Context) (ClockMarks, error)
	SaveClockMarks(ctx context.Context, m ClockMarks) error
	// NewestTime is the newest time that the ledger's last rows bear.
	NewestTime(ctx context.Context) (time.Time, error)
	// Rethink makes due now what a clock that was ahead had put off: waits, alarms and
	// effects written at a time that is still to come. Times that a person or the CRM
	// gave stay. It answers how many rows it changed.
	Rethink(ctx context.Context, now time.Time) (int, error)
	// PutOff moves the alarms (receipts waited for, unknown fates) that lie after from by a
	// time: the clock was set forward from then, and nobody has waited any longer for it. Those
	// that were set after it are right.
	PutOff(ctx context.Context, from time.Time, by time.Duration) (int, error)
}

// leap is a setting of the clock forward.
type leap struct {
	from time.Time
	by   time.Duration
}

const (
	// clockSlack is how far the clock may go back unnoticed: time services correct by seconds.
	clockSlack = 10 * time.Second
	// outsideSlack is how far the clock may be from the CRM's: servers are not exact, answers take
	// their time, and a cache may give out an older Date.
	outsideSlack = 5 * time.Minute
	// settleTime is how long after the machine was switched on its time service has to answer. A
	// Raspberry Pi starts with the time at which it was switched off.
	settleTime = 2 * time.Minute
	// clockLook is how often the clock is looked at when nobody asks.
	clockLook = 10 * time.Second
	// clockKeep is how often MaxSeen is written: rarely, for the memory card's sake. The
	// ledger's own times say the rest at the next start.
	clockKeep = 10 * time.Minute
)

// ClockGuard watches the clock. A nil guard believes it. Safe for concurrent use.
type ClockGuard struct {
	Kept ClockKeeper
	// Sync asks the kernel; nil: unknown.
	Sync func() device.ClockSync
	// Now is the wall clock; nil: time.Now. Durations are always measured by Go's own
	// monotonic clock, which nobody can set.
	Now func() time.Time
	// Built is when the program was made; zero: unknown.
	Built time.Time
	// Changed is called when the state is another one; nil: nobody is told.
	Changed func()
	Log     *slog.Logger

	mu        sync.Mutex
	marks     ClockMarks
	kept      ClockMarks // as written last
	keptAt    time.Time  // steady
	seenAt    time.Time  // steady: when MaxSeen was the time
	outside   time.Time
	outsideAt time.Time // steady
	trusted   string
	rethink   bool
	wall      time.Time // the reading of the last look …
	wallAt    time.Time // … and when that was, steady
	leaps     []leap    // forward, not yet fitted
	last      ClockState
	kick      chan struct{}
}

// Load reads what is known from the last run; call it before the loops start.
func (g *ClockGuard) Load(ctx context.Context) error {
	marks, err := g.Kept.ClockMarks(ctx)
	if err != nil {
		return err
	}
	newest, err := g.Kept.NewestTime(ctx)
	if err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	steady := time.Now()
	g.kick = make(chan struct{}, 1)
	g.kept, g.keptAt = marks, steady
	if newest.After(marks.MaxSeen) && newest.After(marks.WrongUntil) {
		marks.MaxSeen = newest
	}
	g.marks, g.seenAt = marks, steady
	return nil
}

// Outside tells the guard a time that somebody trustworthy has just said, who keeps
// his own clock right.
func (g *ClockGuard) Outside(t time.Time) {
	if g == nil || t.IsZero() {
		return
	}
	g.mu.Lock()
	g.outside, g.outsideAt = t, time.Now()
	g.mu.Unlock()
	g.Look()
}

// Trust is a person's word that the clock is right, until the next start.
func (g *ClockGuard) Trust(by string) {
	if g == nil {
		return
	}
	g.mu.Lock()
	g.trusted = by
	// What was written by a clock ahead of this one would wait for years.
	g.rethink = g.reading().Before(g.marks.MaxSeen.Add(-clockSlack))
	g.mu.Unlock()
	if g.Log != nil {
		g.Log.Warn("a person says that the clock is right", "by", by)
	}
	g.Look()
	g.wake()
}

// Time is the best that is known of the true time: what stands in the ledger and
// decides what is due.
func (g *ClockGuard) Time() time.Time {
	if g == nil {
		return time.Now()
	}
	return g.Look().Best
}

// Holds tells whether nothing may leave now.
func (g *ClockGuard) Holds() bool { return g != nil && g.Look().Holds }

// Mending tells whether nothing is to be looked at for a moment.
func (g *ClockGuard) Mending() bool { return g != nil && g.Look().Mending }

// Look judges the clock as it is now. It touches no disk.
func (g *ClockGuard) Look() ClockStatus {
	if g == nil {
		now := time.Now()
		return ClockStatus{State: ClockRight, Now: now, Best: now}
	}
	var s device.ClockSync
	if g.Sync != nil {
		s = g.Sync()
	}
	g.mu.Lock()
	st := g.judge(s)
	changed := g.last != "" && g.last != st.State
	if g.last != st.State && g.Log != nil {
		level := slog.LevelInfo
		if st.Holds {
			level = slog.LevelWarn
		}
		g.Log.Log(context.Background(), level, "clock", "state", st.State, "witness", st.Witness, "says", st.Now.UTC(), "best", st.Best.UTC())
	}
	g.last = st.State
	wake := st.Mending
	g.mu.Unlock()
	if wake {
		g.wake()
	}
	if changed && g.Changed != nil {
		g.Changed()
	}
	return st
}

func (g *ClockGuard) reading() time.Time {
	if g.Now != nil {
		return g.Now()
	}
	return time.Now()
}

// judge is the whole of the decision; the lock is held.
func (g *ClockGuard) judge(s device.ClockSync) ClockStatus {
	now, steady := g.reading(), time.Now()
	if should := g.wall.Add(steady.Sub(g.wallAt)); !g.wall.IsZero() && now.Sub(should) > clockSlack {
		g.leaps = append(g.leaps, leap{should, now.Sub(should)})
	}
	g.wall, g.wallAt = now.Round(0), steady
	st := ClockStatus{State: ClockRight, Now: now, Best: now, Sync: s}
	projected := g.outside.Add(steady.Sub(g.outsideAt)) // what the CRM's clock says now
	switch {
	case s.Known && s.Synchronised:
		st.Witness = WitnessSync
		g.setBack(now)
	case !g.outside.IsZero() && now.Before(projected.Add(-outsideSlack)):
		st.State, st.Witness, st.Best = ClockBehind, WitnessCRM, projected
	case !g.outside.IsZero() && now.After(projected.Add(outsideSlack)):
		st.State, st.Witness, st.Best = ClockAhead, WitnessCRM, projected
	case !g.outside.IsZero():
		st.Witness = WitnessCRM
		g.setBack(now)
	case now.Before(g.marks.MaxSeen.Add(-clockSlack)):
		st.State, st.Witness, st.Best = ClockBehind, WitnessSeen, g.marks.MaxSeen.Add(steady.Sub(g.seenAt))
	case now.Before(g.Built):
		st.State, st.Witness, st.Best = ClockBehind, WitnessBuilt, g.Built.Add(steady.Sub(g.seenAt))
	case s.Known && s.Uptime > 0 && s.Uptime < settleTime:
		st.State = ClockSettling
	default:
		st.State = ClockAlone
	}
	st.Holds = st.State == ClockBehind || st.State == ClockAhead || st.State == ClockSettling
	if wall := now.Round(0); !st.Holds && wall.After(g.marks.MaxSeen) {
		g.marks.MaxSeen, g.seenAt = wall, steady
	}
	if g.trusted != "" && st.Holds {
		st.Holds, st.TrustedBy, st.Best = false, g.trusted, now
	}
	st.Mending = g.rethink || len(g.leaps) > 0
	if !g.marks.SetBackAt.IsZero() {
		st.SetBackFrom, st.SetBackAt = g.marks.WrongUntil, g.marks.SetBackAt
	}
	return st
}

// setBack lowers MaxSeen when a clock that is known to be right is earlier: the box
// had been ahead.
func (g *ClockGuard) setBack(now time.Time) {
	now = now.Round(0)
	if !now.Before(g.marks.MaxSeen.Add(-clockSlack)) {
		return
	}
	g.marks = ClockMarks{MaxSeen: now, WrongUntil: later(g.marks.WrongUntil, g.marks.MaxSeen), SetBackAt: now}
	g.seenAt, g.rethink = time.Now(), true
}

func (g *ClockGuard) wake() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.kick == nil {
		return
	}
	select {
	case g.kick <- struct{}{}:
	default:
	}
}

// Run looks at the clock from time to time, keeps the largest time, and puts right
// what a clock that was ahead had put off, until ctx ends.
func (g *ClockGuard) Run(ctx context.Context) error {
	look := time.NewTicker(clockLook)
	defer look.Stop()
	for {
		g.Look()
		if err := g.keep(ctx, false); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTimeout)
			defer cancel()
			return g.keep(last, true)
		case <-look.C:
		case <-g.kick:
		}
	}
}

// keep writes what has to be written; atEnd: also what would otherwise wait.
func (g *ClockGuard) keep(ctx context.Context, atEnd bool) error {
	g.mu.Lock()
	marks, rethink, now, leaps := g.marks, g.rethink, g.reading(), g.leaps
	advanced := marks.MaxSeen.Sub(g.kept.MaxSeen) >= time.Second
	due := marks.WrongUntil != g.kept.WrongUntil || marks.SetBackAt != g.kept.SetBackAt ||
		advanced && (atEnd || g.kept.MaxSeen.IsZero() || time.Since(g.keptAt) >= clockKeep)
	g.mu.Unlock()
	if due {
		if err := g.Kept.SaveClockMarks(ctx, marks); err != nil {
			return err
		}
	}
	if rethink {
		n, err := g.Kept.Rethink(ctx, now)
		if err != nil {
			return err
		}
		if g.Log != nil {
			g.Log.Warn("the clock had been ahead: what it put off is thought over again", "rows", n)
		}
	}
	for _, l := range leaps {
		n, err := g.Kept.PutOff(ctx, l.from, l.by)
		if err != nil {
			return err
		}
		if g.Log != nil {
			g.Log.Warn("the clock was set forward", "by", l.by.Round(time.Second), "alarms", n)
		}
	}
	g.mu.Lock()
	g.leaps = g.leaps[len(leaps):]
	if due {
		g.kept, g.keptAt = marks, time.Now()
	}
	if rethink {
		g.rethink = false
	}
	g.mu.Unlock()
	if (rethink || len(leaps) > 0) && g.Changed != nil {
		g.Changed()
	}
	return nil
}
