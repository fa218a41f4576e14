package campaign

import (
	"context"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// Start begins a mailing: its people are frozen, then it runs. What the linter says is the caller's
// to look at. The error is device.Conflict when it is no draft any more.
func (r *Runner) Start(ctx context.Context, id gateway.CampaignID, by string) error {
	return r.shift(ctx, id, Starting, "", nil, by, Draft)
}

// Pause stops a mailing for now: what is in the queue and was never tried comes out of it.
func (r *Runner) Pause(ctx context.Context, id gateway.CampaignID, by string) error {
	if err := r.shift(ctx, id, Paused, gateway.PausedByPerson, gateway.Args{"user": by}, by, Running, Starting); err != nil {
		return err
	}
	_, err := r.Ledger.TakeBack(ctx, id)
	return err
}

// Resume lets a mailing go on. After the first portion it lets the others go.
func (r *Runner) Resume(ctx context.Context, id gateway.CampaignID, by string) error {
	c, err := r.Ledger.Campaign(ctx, id)
	if err != nil {
		return err
	}
	if c.State == Paused && c.Why == gateway.PausedCanary {
		if err := r.Ledger.LetRest(ctx, id); err != nil {
			return err
		}
	}
	return r.shift(ctx, id, Running, "", nil, by, Paused)
}

// Stop ends a mailing for good: what is in the queue and was never tried comes out of it, whoever
// was not written to is left out.
func (r *Runner) Stop(ctx context.Context, id gateway.CampaignID, by string) error {
	args := gateway.Args{"user": by}
	return r.shift(ctx, id, Stopped, gateway.CampaignStopped, args, by, Starting, Running, Paused)
}

// settleStopped leaves out who still waits in a stopped mailing.
func (r *Runner) settleStopped(ctx context.Context, id gateway.CampaignID, by string) error {
	_, err := r.Ledger.Shift(ctx, id, Stopped, Stopped, gateway.CampaignStopped, nil, by)
	return err
}

// Edited is called after a person has changed a mailing: what is in the queue is made anew by it.
func (r *Runner) Edited(ctx context.Context, id gateway.CampaignID) error {
	r.mu.Lock()
	c, err := r.Ledger.Campaign(ctx, id)
	if err == nil {
		r.policies.set(c)
	}
	r.mu.Unlock()
	if err != nil {
		return err
	}
	if c.State == Running || c.State == Paused {
		if _, err := r.Ledger.TakeBack(ctx, id); err != nil {
			return err
		}
	}
	r.changed()
	return nil
}

// shift moves a mailing to a state from one of some others, and tells the dispatchers before
// anybody else hears of it.
func (r *Runner) shift(ctx context.Context, id gateway.CampaignID, to State, why gateway.Reason, args gateway.Args, by string, from ...State) error {
	ok, err := r.move(ctx, id, to, why, args, by, from...)
	if err != nil {
		return err
	}
	if !ok {
		return device.Errorf(device.Conflict, "campaign: "+string(to), "mailing %d is in another state", id)
	}
	r.changed()
	return nil
}

func (r *Runner) move(ctx context.Context, id gateway.CampaignID, to State, why gateway.Reason, args gateway.Args, by string, from ...State) (bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, state := range from {
		ok, err := r.Ledger.Shift(ctx, id, state, to, why, args, by)
		if err != nil {
			return false, err
		}
		if !ok {
			continue
		}
		c, err := r.Ledger.Campaign(ctx, id)
		if err != nil {
			return true, err
		}
		r.policies.set(c)
		r.stale.Store(true)
		return true, nil
	}
	return false, nil
}

// pauseItself pauses a mailing for a reason of the box's own and tells the shop's managers.
func (r *Runner) pauseItself(ctx context.Context, c Campaign, why gateway.Reason, args gateway.Args) error {
	ok, err := r.move(ctx, c.ID, Paused, why, args, "", Running)
	if err != nil || !ok {
		return err
	}
	r.Log.Info("mailing paused", "campaign", c.ID, "why", why)
	if _, err := r.Ledger.TakeBack(ctx, c.ID); err != nil {
		return err
	}
	if err := r.notify(ctx, c, why, args); err != nil {
		return err
	}
	r.changed()
	return nil
}

// notify shows a word about a mailing to the managers in the CRM.
func (r *Runner) notify(ctx context.Context, c Campaign, why gateway.Reason, args gateway.Args) error {
	s, now := r.Live.Now().Settings, r.Clock.Time()
	if s.RetailCRM.URL == "" {
		return nil
	}
	text := "Mailing “" + c.Name + "” is paused: "
	if s.Shop.Language == "ru" {
		text = "Рассылка «" + c.Name + "» приостановлена: "
	}
	text += why.Sentence(args, s.Shop.Language, s.Shop.Zone())
	e, err := effect(gateway.EffectNotify, keyOf(c.ID)+"/paused/"+now.UTC().Format("20060102150405"), gateway.Notice{Text: text}, now)
	if err != nil {
		return err
	}
	if err := r.Effects.AddEffect(ctx, e); err != nil {
		return err
	}
	r.EffectsDue()
	return nil
}

func (r *Runner) changed() {
	r.stale.Store(true)
	r.Topics.Publish(gateway.TopicCampaigns)
	r.Enqueued()
	r.Wake()
}

// mind is what the runner keeps of a mailing while it is in force; nothing in it outlives the
// process.
type mind struct {
	id       gateway.CampaignID
	writer   *Writer
	version  int
	settings *gateway.Snapshot // the writer is of
	turn     int               // how many people were given one of the wordings to alternate

	groups   []Group // who waits, as far as known
	upTo     int     // they are of
	countAt  time.Time
	zones    map[string]*zoneNow
	shop     gateway.Week // its opening hours, which the zones are of
	fedUntil time.Time    // the first of the windows in which those in the queue were fed ends

	leftAt    time.Time // when the first portion had left
	watchedAt time.Time
	reported  int64 // the last row whose report was made
	sms       smsLog

	why    gateway.Reason // what it waits for
	args   gateway.Args
	nextAt time.Time
}

func (r *Runner) mindOf(id gateway.CampaignID) *mind {
	m := r.minds[id]
	if m == nil {
		m = &mind{id: id, zones: map[string]*zoneNow{}}
		r.minds[id] = m
	}
	return m
}
