package campaign

import (
	"encoding/json"
	"strconv"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// keyOf begins the keys of all that a mailing makes.
func keyOf(id gateway.CampaignID) string { return "campaign/" + strconv.FormatInt(int64(id), 10) }

// keyOfPerson is the key against doubles of a person's message; try counts from 1.
func keyOfPerson(id gateway.CampaignID, person int64, try int) string {
	key := keyOf(id) + "/person/" + strconv.FormatInt(person, 10)
	if try > 1 {
		key += "/" + strconv.Itoa(try)
	}
	return key
}

// compose makes a person's message, or the reason why he gets none.
func (r *Runner) compose(c Campaign, m *mind, p Person, now time.Time) Fed {
	f := Fed{Person: p.ID, Variant: m.writer.VariantOf(p, m.turn)}
	if p.Variant == 0 {
		m.turn++
	}
	if m.writer.NeedsToken() {
		if f.Token = p.Token; f.Token == "" {
			f.Token = NewToken()
		}
	}
	words, _ := m.writer.Write(p, f.Variant, f.Token)
	if words == "" {
		f.Decision = skipped(c, p, gateway.TextEmpty, nil, now)
		return f
	}
	channels, why, args := r.channels(c, p, words)
	if len(channels) == 0 {
		f.Decision = skipped(c, p, why, args, now)
		return f
	}
	w := NewWindow(c.Plan, r.Live.Now().Settings, gateway.Week{})
	f.Decision = decided(c, p, now)
	f.Decision.Verdict, f.Decision.Reason = gateway.Send, gateway.InQueue
	f.Decision.Message = &gateway.Message{
		DedupeKey: keyOfPerson(c.ID, p.ID, p.Tries+1), To: p.Phone, Customer: p.Customer, Purpose: gateway.ForCampaign,
		Text: words, State: gateway.Queued, Reason: gateway.InQueue, Channels: channels, Channel: channels[0],
		Order: p.Order, OrderNumber: p.Fields["order.number"], Hours: w.Hours(now, w.zoneOf(p.Zone)), Zone: p.Zone, Campaign: c.ID, File: c.Text.File,
		NotBefore: now, ExpiresAt: c.Plan.EndAt, CreatedAt: now, UpdatedAt: now,
	}
	return f
}

// channels are those of the plan that are on and can take a person and a text.
func (r *Runner) channels(c Campaign, p Person, words string) (kept []device.Channel, why gateway.Reason, args gateway.Args) {
	s := r.Live.Now()
	why = gateway.ChannelsOff
	for _, ch := range c.Plan.Channels {
		switch {
		case !s.On(ch):
			continue
		case ch == device.Chat && p.Phone == "" && p.Customer == 0:
			continue
		case ch != device.Chat && p.Phone == "":
			why = gateway.NoPhone
			continue
		case ch == device.SMS:
			if n, err := device.ParsePhone(p.Phone.String(), s.Settings.Shop.Region); err != nil || !n.Kind.CanSMS() {
				why, args = gateway.Landline, nil
				continue
			}
			if parts := device.MeasureSMS(words).Parts; r.MaxParts > 0 && parts > r.MaxParts {
				why, args = gateway.TextTooLong, gateway.Args{"parts": strconv.Itoa(parts), "max": strconv.Itoa(r.MaxParts)}
				continue
			}
		}
		kept = append(kept, ch)
	}
	return kept, why, args
}

func decided(c Campaign, p Person, now time.Time) gateway.Decision {
	return gateway.Decision{
		Verdict: gateway.Skip, Order: p.Order, Number: p.Fields["order.number"], Name: p.Name, At: now,
		Trace: []gateway.Step{{At: now, Reason: gateway.FromCampaign, Args: gateway.Args{"campaign": c.Name}}},
	}
}

func skipped(c Campaign, p Person, why gateway.Reason, args gateway.Args, now time.Time) gateway.Decision {
	d := decided(c, p, now)
	d.Reason, d.Args = why, args
	d.Trace = append(d.Trace, gateway.Step{At: now, Reason: why, Args: args})
	return d
}

// effect makes an effect whose value is JSON.
func effect(kind gateway.EffectKind, key string, value any, now time.Time) (gateway.Effect, error) {
	words, err := json.Marshal(value)
	if err != nil {
		return gateway.Effect{}, err
	}
	return gateway.Effect{Kind: kind, Key: key, Value: string(words), State: gateway.EffectPending, NextAt: now, At: now}, nil
}
