package gateway

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"vestnik/device"
)

// Auditor looks at the ledger's invariants: soon after the start and every ten
// minutes. What can be put right without a guess it puts right, with a line in the story
// of each message that it touches; the rest it keeps as findings for a person. It is one
// of the daemon's loops.
type Auditor struct {
	Box    string
	Live   *Live
	Ledger AuditLedger
	Chores Chores
	Topics *Topics
	Log    *slog.Logger

	// Sends tells whether a dispatcher is sending a message at this moment. Nil: nobody can
	// tell, and messages that are being sent are left alone.
	Sends func(MessageID) bool
	// Next is the channel for a message whose SMS was not delivered, as for Ear; nil: none.
	Next func(Message) device.Channel
	// Works tells whether a channel's radio has been ready for some time and nothing else
	// holds its messages back, so that an old alarm is a fault. Nil: nobody can tell.
	Works func(device.Channel) bool
	// CRMAnswers tells whether the CRM has answered lately, so that a change without a decision is
	// a fault. Nil: nobody can tell.
	CRMAnswers func() bool
	// Answers tells whether the bot's loop is at work, so that something heard long ago is a fault.
	// Nil: nobody can tell.
	Answers func() bool
	// Wake makes the dispatchers and the outbox look now, WakeWatch the watch; nil: nobody does.
	Wake, WakeWatch func()
	// Slice is how many rows of each table one audit walks over; 0: auditSlice.
	Slice int
	// Settling is how old a message's last change must be before its mark is missed; below
	// zero: none.
	Settling time.Duration
	// Now is the clock; nil: time.Now.
	Now func() time.Time

	mu      sync.Mutex
	last    Chore // as written; its zero At: not read yet
	sweep   Sweep
	wholeAt time.Time
	seen    map[string]time.Time // suspicions that time decides, by key: since when
}

// Report is what one audit found.
type Report struct {
	At   time.Time
	Took time.Duration
	// Stand wait for a person, whenever they were found; Mended were put right now; Gone no
	// longer hold.
	Stand, Mended, Gone []Finding
	// WholeAt is when the slow walk last came to the end of the ledger; zero: not yet.
	WholeAt time.Time
}

// Clean tells whether every invariant held.
func (r Report) Clean() bool { return len(r.Stand) == 0 && len(r.Mended) == 0 }

const (
	// auditEvery is the pause between two audits, auditFirst the one before the first: the
	// dispatchers have dealt with what was in flight by then, and the start is not slowed down.
	auditEvery = 10 * time.Minute
	auditFirst = 15 * time.Second
	// auditSlice is how many rows of each table one audit walks over: a ledger of a million
	// messages is walked through in a week.
	auditSlice = 1000
	// auditSettling is within which a settlement and the mark that belongs to it are written.
	auditSettling = 5 * time.Minute
	// alarmLate is after what time an alarm has been forgotten: the dispatchers look at least once a
	// minute.
	alarmLate = 30 * time.Minute
	// alarmPatience is for how long such an alarm must have been seen.
	alarmPatience = 5 * time.Minute
	// heardLate is longer than the bot takes for anything that it hears, also when the CRM does not
	// answer.
	heardLate = 30 * time.Minute
	// effectLate is more than the longest pause between two tries of an effect.
	effectLate = 12 * time.Hour
	// sendingLong is longer than any send takes.
	sendingLong = 15 * time.Minute
	// undecidedWake is when the watch is told of a change without a decision, undecidedLong when a
	// person is: an order that cannot be read is given up after some forty minutes.
	undecidedWake = 5 * time.Minute
	undecidedLong = time.Hour
	// How many findings wait for a person at most: the first of thousands say it all.
	maxOfKind, maxOpen = 50, 300
	// auditTold is how often an unchanged outcome is written down.
	auditTold = time.Hour
)

// Run audits until ctx ends. Only a fault of the box itself ends it with an error.
func (a *Auditor) Run(ctx context.Context) error {
	for pause := auditFirst; ; pause = auditEvery {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
		if _, err := a.Audit(ctx); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
	}
}

// Audit looks once. It writes nothing while every invariant holds, apart from one row once
// an hour.
func (a *Auditor) Audit(ctx context.Context) (Report, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	began := time.Now()
	r := Report{At: a.now()}
	if err := a.recall(ctx); err != nil {
		return r, err
	}
	known, err := a.Ledger.Findings(ctx, r.At.Add(time.Millisecond))
	if err != nil {
		return r, err
	}
	seen, err := a.Ledger.Inspect(ctx, a.scope(r.At, open(known)))
	if err != nil {
		return r, err
	}
	a.forget(seen.Found)
	for _, f := range seen.Found {
		v, err := a.judge(ctx, f, r.At)
		if err != nil {
			return r, fmt.Errorf("gateway: audit, %s: %w", f.Key, err)
		}
		f.FirstAt, f.LastAt = r.At, r.At
		switch v {
		case stands:
			r.Stand = append(r.Stand, f)
		case mended:
			f.MendedAt = r.At
			r.Mended = append(r.Mended, f)
		}
	}
	a.sweep = seen.Next
	if seen.Whole {
		a.wholeAt = r.At
	}
	return a.conclude(ctx, r, open(known), began)
}

// conclude writes down what was found, and how the audit went when there is news.
func (a *Auditor) conclude(ctx context.Context, r Report, known []Finding, began time.Time) (Report, error) {
	fresh := r.diff(known)
	told := r.At.Sub(a.last.At)
	due := a.last.At.IsZero() || told >= auditTold || told < 0
	if err := a.Ledger.KeepFindings(ctx, KeptFindings{At: r.At, Stand: r.Stand, Refresh: due, Mended: r.Mended, Gone: r.Gone}); err != nil {
		return r, err
	}
	r.WholeAt, r.Took = a.wholeAt, time.Since(began)
	news := len(fresh) > 0 || len(r.Gone) > 0 || len(r.Mended) > 0
	if news || due {
		c := Chore{Name: ChoreAudit, At: r.At, OK: len(r.Stand) == 0, Detail: Args{
			"findings": strconv.Itoa(len(r.Stand)), "mended": strconv.Itoa(len(r.Mended)),
			"ms": strconv.FormatInt(r.Took.Milliseconds(), 10), "sweep": a.sweep.String(),
		}}
		if !a.wholeAt.IsZero() {
			c.Detail["whole_at"] = At(a.wholeAt)
		}
		if err := a.Chores.SaveChore(ctx, c); err != nil {
			return r, err
		}
		a.last = c
	}
	for _, f := range fresh {
		a.Log.Warn("audit: an invariant of the ledger does not hold", "kind", f.Kind, "key", f.Key, "msg", f.Message)
	}
	for _, f := range r.Mended {
		a.Log.Warn("audit: put right", "kind", f.Kind, "key", f.Key, "msg", f.Message)
	}
	if news {
		a.Topics.Publish(TopicQueue)
		call(a.Wake)
	}
	return r, nil
}

// diff fills Gone, gives the known ones their FirstAt, and answers those that are new.
// A ledger that is broken everywhere is not listed row by row.
func (r *Report) diff(known []Finding) (fresh []Finding) {
	old, kinds := map[string]Finding{}, map[FindingKind]int{}
	for _, f := range known {
		old[f.Key] = f
		kinds[f.Kind]++
	}
	var kept []Finding
	total := len(known)
	for _, f := range r.Stand {
		if o, ok := old[f.Key]; ok {
			f.FirstAt = o.FirstAt
			delete(old, f.Key)
			kept = append(kept, f)
		} else if kinds[f.Kind] < maxOfKind && total < maxOpen {
			kinds[f.Kind]++
			total++
			kept, fresh = append(kept, f), append(fresh, f)
		}
	}
	r.Stand = kept
	for _, f := range r.Mended {
		delete(old, f.Key)
	}
	for _, f := range known {
		if _, gone := old[f.Key]; gone {
			f.MendedAt = r.At
			r.Gone = append(r.Gone, f)
		}
	}
	return fresh
}

// recall reads where an earlier process stopped.
func (a *Auditor) recall(ctx context.Context) error {
	if a.seen != nil {
		return nil
	}
	chores, err := a.Chores.Chores(ctx)
	if err != nil {
		return err
	}
	a.last, a.seen = chores[ChoreAudit], map[string]time.Time{}
	a.sweep = ParseSweep(a.last.Detail["sweep"])
	if at, err := time.Parse(time.RFC3339, a.last.Detail["whole_at"]); err == nil {
		a.wholeAt = at
	}
	return nil
}

func (a *Auditor) scope(now time.Time, again []Finding) AuditScope {
	s := AuditScope{
		Now: now, From: a.sweep, Slice: a.Slice, Again: again,
		AlarmsBefore: now.Add(-alarmLate), EffectsAfter: now.Add(effectLate), HeardBefore: now.Add(-heardLate),
	}
	if s.Slice == 0 {
		s.Slice = auditSlice
	}
	if a.Live.Now().Settings.RetailCRM.WhatsAppField != "" {
		settling := a.Settling
		if settling == 0 {
			settling = auditSettling
		}
		s.MarksFrom, s.MarksTo = now.Add(-marksLookBack), now.Add(-max(settling, 0))
	}
	return s
}

// marksLookBack bounds how old a settlement may be whose mark is made up for.
const marksLookBack = 30 * 24 * time.Hour

func (a *Auditor) now() time.Time {
	if a.Now != nil {
		return a.Now()
	}
	return time.Now()
}

func call(f func()) {
	if f != nil {
		f()
	}
}

// open are the findings that wait for a person.
func open(list []Finding) []Finding {
	var kept []Finding
	for _, f := range list {
		if f.MendedAt.IsZero() {
			kept = append(kept, f)
		}
	}
	return kept
}
