package gateway

import (
	"context"
	"strconv"
	"time"

	"vestnik/device"
)

// verdict is what becomes of a suspicion.
type verdict int

const (
	harmless verdict = iota // looked at closely, nothing is wrong, or nobody can tell yet
	mended                  // put right now
	stands                  // waits for a person
)

// judge looks closely at what the ledger's queries found, and puts right what needs no
// guess.
func (a *Auditor) judge(ctx context.Context, f Finding, now time.Time) (verdict, error) {
	switch f.Kind {
	case ReceiptUncounted:
		return a.recount(ctx, f, now)
	case MarkMissing:
		return a.amend(ctx, f, func(m Message, _ Attempt, _ bool) (Change, bool) {
			c := unmoved(m)
			c.Effects = []Effect{markOf(m, true, now)}
			c.Steps = []Step{{At: now, Reason: AuditMark}}
			return c, true
		})
	case UnsentDelivered:
		n, err := strconv.Atoi(f.Args["attempt"])
		if err != nil {
			return stands, nil
		}
		return a.amend(ctx, f, func(m Message, _ Attempt, _ bool) (Change, bool) {
			c := unmoved(m)
			c.Attempt, c.AttemptState = n, AttemptAccepted
			c.Steps = []Step{{At: now, Reason: AuditUnsent, Args: Args{"attempt": f.Args["attempt"]}}}
			return c, true
		})
	case UnknownUnseen:
		return a.amend(ctx, f, func(m Message, _ Attempt, _ bool) (Change, bool) {
			if m.State != UnknownState || !m.ResolveAt.IsZero() {
				return Change{}, false
			}
			return Change{Reason: AskPerson, Steps: []Step{{At: now, Reason: AuditUnseen}, {At: now, Reason: AskPerson}}}, true
		})
	case SendingLost:
		return a.sendingLost(ctx, f, now)
	case EffectAsleep:
		id, err := strconv.ParseInt(f.Args["effect"], 10, 64)
		if err != nil {
			return stands, nil
		}
		did, err := a.Ledger.Hasten(ctx, id, now.Add(effectLate), Step{At: now, Reason: AuditEffect})
		if err != nil || !did {
			return harmless, err
		}
		return mended, nil
	case ChangeUndecided:
		return a.stillUndecided(f, now), nil
	case AlarmUnserved:
		// A clock that was set forward makes alarms late that are served within the minute.
		if a.Works == nil || !a.Works(device.Channel(f.Args["channel"])) {
			delete(a.seen, f.Key)
			return harmless, nil
		}
		if a.seenFor(f.Key, now) < alarmPatience {
			return harmless, nil
		}
		call(a.Wake)
		return stands, nil
	case HeardUnanswered:
		// After a start, or while the bot was not at work, much may be old that it deals with now.
		if a.Answers == nil || !a.Answers() {
			delete(a.seen, f.Key)
			return harmless, nil
		}
		if a.seenFor(f.Key, now) < heardLate {
			return harmless, nil
		}
		return stands, nil
	}
	return stands, nil
}

func (a *Auditor) amend(ctx context.Context, f Finding, judge func(Message, Attempt, bool) (Change, bool)) (verdict, error) {
	did, err := a.Ledger.Amend(ctx, f.Message, judge)
	if err != nil || !did {
		return harmless, err
	}
	return mended, nil
}

// unmoved is a change that leaves a message where it is.
func unmoved(m Message) Change {
	return Change{NotBefore: m.NotBefore, FallbackAt: m.FallbackAt, ResolveAt: m.ResolveAt}
}

// recount gives kept proofs to their message, through the same judge as when they
// come. A proof that was given to it before and is no news can only say that it arrived.
func (a *Auditor) recount(ctx context.Context, f Finding, now time.Time) (verdict, error) {
	next := a.Next
	if next == nil {
		next = func(Message) device.Channel { return "" }
	}
	n, err := a.Ledger.Recount(ctx, f.Message, func(m Message, at Attempt, parts []Part, r device.Receipt, news bool) (Change, bool) {
		if !news && r.Kind != device.ReceiptDelivered && r.Kind != device.ReceiptRead {
			return Change{}, false
		}
		c, ok := Judge(m, at, parts, r, now, next)
		if !ok || !news && c.State == "" {
			return Change{}, false
		}
		c.Steps = append([]Step{{At: now, Reason: AuditReceipt}}, c.Steps...)
		return c, true
	})
	if err != nil || n == 0 {
		return harmless, err
	}
	return mended, nil
}

// sendingLost ends a claim that nobody works on: what a dispatcher of this box has in
// hand it says so itself.
func (a *Auditor) sendingLost(ctx context.Context, f Finding, now time.Time) (verdict, error) {
	old := false
	v, err := a.amend(ctx, f, func(m Message, at Attempt, has bool) (Change, bool) {
		if m.State != Sending {
			return Change{}, false
		}
		if a.Sends == nil || has && at.Box != a.Box {
			// Whoever may know is somewhere else; nobody's send takes this long.
			old = now.Sub(m.UpdatedAt) > sendingLong
			return Change{}, false
		}
		if a.Sends(m.ID) {
			return Change{}, false
		}
		c := Change{State: UnknownState, Reason: Uncertain, ResolveAt: now, Steps: []Step{{At: now, Reason: AuditSending}}}
		if m.Channel != device.SMS {
			c.ResolveAt = now.Add(resendAfter)
		}
		if has {
			c.Attempt, c.AttemptState = at.N, AttemptUncertain
		}
		return c, true
	})
	if old {
		v = stands
	}
	return v, err
}

// stillUndecided counts for how long a change has been without a decision while the CRM
// answers: its time in the CRM says nothing of when it was read.
func (a *Auditor) stillUndecided(f Finding, now time.Time) verdict {
	if a.CRMAnswers == nil || !a.CRMAnswers() {
		delete(a.seen, f.Key)
		return harmless
	}
	since := a.seenFor(f.Key, now)
	if since >= undecidedWake {
		call(a.WakeWatch)
	}
	if since >= undecidedLong {
		return stands
	}
	return harmless
}

// seenFor is for how long a suspicion has been there, at each audit of this process.
func (a *Auditor) seenFor(key string, now time.Time) time.Duration {
	if _, ok := a.seen[key]; !ok {
		a.seen[key] = now
	}
	return now.Sub(a.seen[key])
}

// forget drops from memory the suspicions that are gone.
func (a *Auditor) forget(found []Finding) {
	still := map[string]bool{}
	for _, f := range found {
		still[f.Key] = true
	}
	for key := range a.seen {
		if !still[key] {
			delete(a.seen, key)
		}
	}
}
