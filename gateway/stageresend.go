package gateway

import (
	"context"
	"time"
)

// resendWaits judges a message of unknown fate before it is sent again, as the stages do before
// it is sent: nothing comes outside the hours; a mailing's that nobody wants any more ends, one that rests or
// would come into a talk waits.
func (d *Dispatcher) resendWaits(ctx context.Context, m Message, now time.Time) (bool, error) {
	if h := d.hold(m, now); h.reason != "" && h.until.After(now) {
		return true, d.moveFrom(ctx, m, UnknownState, Change{ResolveAt: h.until})
	}
	if !m.Purpose.Unasked() {
		return false, nil
	}
	d.person = person{}
	why, args, err := d.unwanted(ctx, m)
	if err != nil {
		return false, err
	}
	if why != "" {
		return true, d.moveFrom(ctx, m, UnknownState, Change{State: Cancelled, Reason: why, Steps: []Step{{At: now, Reason: why, Args: args}}})
	}
	talks, err := d.talksOf(ctx, m)
	if err != nil {
		return false, err
	}
	until := talkOver(m, talks, now)
	if policy, known := d.policy(m); m.Campaign != 0 && !(known && policy.Running) {
		if policy.Over {
			return true, d.leaveToPerson(ctx, m, now)
		}
		until = now.Add(campaignLook)
	}
	if !until.After(now) {
		return false, nil
	}
	return true, d.moveFrom(ctx, m, UnknownState, Change{ResolveAt: until})
}
