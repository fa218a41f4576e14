package campaign

import (
	"context"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// Ahead is the forecast of a mailing as it stands: of a draft's gathered people, of those who still
// wait, or whose message is in the queue, once it runs.
func (r *Runner) Ahead(ctx context.Context, id gateway.CampaignID) (Forecast, error) {
	c, err := r.Ledger.Campaign(ctx, id)
	if err != nil {
		return Forecast{}, err
	}
	now := r.Clock.Time()
	o := Outlook{Now: now}
	switch c.State {
	case Draft, Starting:
		count, err := r.Ledger.Count(ctx, id, r.deductions(c))
		if err != nil {
			return Forecast{}, err
		}
		o.Groups = count.Groups
	case Running, Paused:
		if o.Groups, err = r.Ledger.Waiting(ctx, id, 0); err != nil {
			return Forecast{}, err
		}
		queued, err := r.Ledger.InQueue(ctx, id, time.Time{})
		if err != nil {
			return Forecast{}, err
		}
		o.Groups = append(o.Groups, Group{Class: Warm, N: queued[device.WhatsApp] + queued[device.Chat]}, Group{Class: SMSOnly, N: queued[device.SMS]})
		if o.Fed, err = r.Ledger.FedSince(ctx, id, now.Add(-24*time.Hour)); err != nil {
			return Forecast{}, err
		}
		hour, err := r.Ledger.FedSince(ctx, id, now.Add(-time.Hour))
		if err != nil {
			return Forecast{}, err
		}
		o.FedHour = hour[Warm] + hour[Cold] + hour[SMSOnly]
	default:
		return Forecast{At: now}, nil
	}
	return r.foresee(ctx, c, o)
}

// ForeseeCount is the forecast of a draft whose people were counted.
func (r *Runner) ForeseeCount(ctx context.Context, c Campaign, count Count) (Forecast, error) {
	return r.foresee(ctx, c, Outlook{Now: r.Clock.Time(), Groups: count.Groups})
}

// foresee adds to an outlook what the settings and the box say, and predicts.
func (r *Runner) foresee(ctx context.Context, c Campaign, o Outlook) (Forecast, error) {
	s := r.Live.Now()
	o.Plan, o.Window, o.Paces = c.Plan, r.window(c), map[device.Channel]gateway.PaceSettings{}
	for _, ch := range c.Plan.Channels {
		if !s.On(ch) {
			continue
		}
		o.Usable = append(o.Usable, ch)
		p := s.Pace(ch)
		p.PerHour, p.PerDay = s.Settings.Conduct.Portion(p.PerHour), s.Settings.Conduct.Portion(p.PerDay)
		o.Paces[ch] = p
	}
	if r.newChats(0, o.Now) >= 0 {
		begun, err := r.Counters.NewChatTimes(ctx, o.Now.Add(-24*time.Hour), 100_000)
		if err != nil {
			return Forecast{}, err
		}
		o.NewChats, o.Begun = func(day int) int { return r.newChats(day, o.Now) }, len(begun)
	}
	o.LookUps = s.Settings.Conduct.LookUpsPerDay
	o.OnWhatsApp = AssumedOnWhatsApp
	o.Parts = 1
	if w, err := NewWriter(c.Text, s.Settings); err == nil {
		words, _ := w.Write(Person{Name: "Александра", Language: s.Settings.Shop.Language}, w.VariantOf(Person{}, 0), "12345678")
		o.Parts = max(device.MeasureSMS(words).Parts, 1)
	}
	return Predict(o), nil
}

// window is when a mailing may reach people by the settings of now.
func (r *Runner) window(c Campaign) Window {
	return NewWindow(c.Plan, r.Live.Now().Settings, r.open())
}

// Opens tells whether the window of a mailing ever opens in the shop's zone.
func (r *Runner) Opens(c Campaign) bool {
	w := r.window(c)
	_, ok := w.Next(r.Clock.Time(), w.Zone)
	return ok
}
