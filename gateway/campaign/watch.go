package campaign

import (
	"context"
	"strconv"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// watchEvery is how often the watch looks; silentAfter is how long a delivered receipt has its
// chance.
const (
	watchEvery  = 2 * time.Second
	silentAfter = 24 * time.Hour
)

// glances are how the watch looks at the newest messages: many of them by the shop's own bound, few
// by twice that, since a bad number more or less is chance there.
var glances = []struct{ most, least, times int }{{50, 20, 2}, {200, 100, 1}}

// canaryPatience is how long the first portion's receipts are waited for.
const canaryPatience = 10 * time.Minute

// watch pauses a mailing whose newest messages do harm.
func (r *Runner) watch(ctx context.Context, c Campaign, m *mind, now time.Time) (paused bool, err error) {
	if !m.watchedAt.IsZero() && time.Since(m.watchedAt) < watchEvery {
		return false, nil
	}
	m.watchedAt = time.Now()
	conduct := r.Live.Now().Settings.Conduct
	for _, g := range glances {
		newest, err := r.Ledger.Lately(ctx, c.ID, g.most, now)
		if err != nil {
			return false, err
		}
		switch {
		case newest.Of < g.least:
			continue
		case tooMany(newest.Refused, newest.Of, g.times*conduct.StopRefused):
			return true, r.pauseItself(ctx, c, gateway.PausedRefused, shareOf(newest.Refused, newest.Of))
		case tooMany(newest.OptedOut, newest.Of, g.times*conduct.StopOptOut):
			return true, r.pauseItself(ctx, c, gateway.PausedOptOuts, shareOf(newest.OptedOut, newest.Of))
		}
		old, err := r.Ledger.Lately(ctx, c.ID, g.most, now.Add(-silentAfter))
		if err != nil {
			return false, err
		}
		if old.Of >= g.least && tooMany(old.Silent, old.Of, g.times*conduct.StopSilent) {
			return true, r.pauseItself(ctx, c, gateway.PausedSilent, shareOf(old.Silent, old.Of))
		}
	}
	return false, nil
}

// tooMany tells whether n of some are more than a share in per cent; 0: never.
func tooMany(n, of, most int) bool { return most > 0 && n*100 > of*most }

func shareOf(n, of int) gateway.Args {
	return gateway.Args{"share": strconv.Itoa((n*100 + of/2) / of), "of": strconv.Itoa(of)}
}

// guard pauses mailings for what befell the box: no room on the disk, an account that was banned.
func (r *Runner) guard(ctx context.Context, all []Campaign) error {
	var why gateway.Reason
	var args gateway.Args
	banned := false
	if r.Disk != nil {
		if st := r.Disk(); st != gateway.DiskFine && st != gateway.DiskUnknown {
			why = gateway.PausedDisk
		}
	}
	if l := r.Links(device.WhatsApp); why == "" && l.State == device.LinkBanned {
		why, args, banned = gateway.PausedBan, gateway.Args{"code": banCode(l)}, true
	}
	if why == "" {
		return nil
	}
	for i, c := range all {
		if c.State != Running {
			continue
		}
		if banned {
			caused, err := r.causedBan(ctx, c)
			if err != nil {
				return err
			}
			if !caused {
				continue
			}
		}
		if err := r.pauseItself(ctx, c, why, args); err != nil {
			return err
		}
		all[i].State = Paused
	}
	return nil
}

// causedBan tells whether a mailing has written within the day before a ban, and nobody has let it
// go on since.
func (r *Runner) causedBan(ctx context.Context, c Campaign) (bool, error) {
	l, now := r.Links(device.WhatsApp), r.Clock.Time()
	since := func(t time.Time) bool { return t.After(l.Since) && !t.After(now) } // a clock that was ahead says nothing
	if since(c.WatchedFrom) || since(c.StartedAt) {
		return false, nil
	}
	from := now
	if !l.Since.IsZero() && l.Since.Before(now) {
		from = l.Since
	}
	fed, err := r.Ledger.FedSince(ctx, c.ID, from.Add(-24*time.Hour))
	return fed[Warm]+fed[Cold] > 0, err
}

// banCode is WhatsApp's own number for a ban, else the technician's word.
func banCode(l device.Link) string {
	if l.Code != 0 {
		return strconv.Itoa(l.Code)
	}
	return l.Cause
}

// nobodyWaits looks after a mailing of which nobody waits, or nobody of its first portion.
func (r *Runner) nobodyWaits(ctx context.Context, c Campaign, m *mind, upTo int, now time.Time) (time.Duration, error) {
	r.note(m)
	r.tell()
	queued, err := r.Ledger.InQueue(ctx, c.ID, time.Time{})
	if err != nil {
		return 0, err
	}
	for _, n := range queued {
		if n > 0 {
			return r.drainLook(c), nil
		}
	}
	if upTo > 0 {
		rest, err := r.Ledger.Waiting(ctx, c.ID, 0)
		if err != nil {
			return 0, err
		}
		if sum(rest) > 0 {
			return r.canary(ctx, c, m)
		}
	}
	// The counts are kept up by what was fed; before it is over they are looked up.
	m.groups, m.countAt = nil, time.Time{}
	if left, err := r.Ledger.Waiting(ctx, c.ID, 0); err != nil || sum(left) > 0 {
		return time.Second, err
	}
	if more, err := r.report(ctx, c, m, now); more || err != nil {
		return 0, err
	}
	ok, err := r.move(ctx, c.ID, Done, "", nil, "", Running)
	if err != nil || !ok {
		m.reported = 0 // one is being sent at this moment, whose report is owed
		return r.drainLook(c), err
	}
	r.Topics.Publish(gateway.TopicCampaigns)
	return idle, nil
}

// drainLook is how long a queue that gets no more is left alone.
func (r *Runner) drainLook(c Campaign) time.Duration {
	gap := time.Duration(0)
	for _, ch := range c.Plan.Channels {
		gap = max(gap, r.Live.Now().Pace(ch).Gap)
	}
	return min(max(gap, quickLook), linkLook)
}

// canary pauses a mailing whose first portion has left, when its receipts have had their chance.
func (r *Runner) canary(ctx context.Context, c Campaign, m *mind) (time.Duration, error) {
	if m.leftAt.IsZero() {
		m.leftAt = time.Now()
	}
	rows, err := r.Ledger.Tally(ctx, c.ID)
	if err != nil {
		return 0, err
	}
	sent, delivered := 0, 0
	for _, t := range rows {
		if t.Sent {
			sent += t.N
			if t.Delivered || t.Read {
				delivered += t.N
			}
		}
	}
	if left := canaryPatience - time.Since(m.leftAt); delivered < sent && left > 0 {
		return min(left, 2*time.Second), nil
	}
	m.leftAt = time.Time{}
	return 0, r.pauseItself(ctx, c, gateway.PausedCanary, gateway.Args{"sent": strconv.Itoa(sent)})
}
