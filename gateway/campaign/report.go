package campaign

import (
	"context"
	"strconv"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// report makes a piece of the notes or tags on the cards of those who were written to. After a
// crash it begins anew: what was made has the same key and stays as it is.
func (r *Runner) report(ctx context.Context, c Campaign, m *mind, now time.Time) (more bool, err error) {
	if c.Report == ReportNone || m.reported < 0 {
		return false, nil
	}
	people, next, err := r.Ledger.People(ctx, c.ID, PeopleFilter{State: PersonSent, After: m.reported, Limit: reportPiece})
	if err != nil {
		return false, err
	}
	for _, p := range people {
		if p.Customer == 0 {
			continue
		}
		e, err := r.reportOn(c, p, now)
		if err != nil {
			return false, err
		}
		if err := r.Effects.AddEffect(ctx, e); err != nil {
			return false, err
		}
	}
	if len(people) > 0 {
		r.EffectsDue()
	}
	if m.reported = next; next == 0 || len(people) == 0 {
		m.reported = -1
	}
	return m.reported >= 0, nil
}

func (r *Runner) reportOn(c Campaign, p Person, now time.Time) (gateway.Effect, error) {
	s := r.Live.Now().Settings.Shop
	key := keyOf(c.ID) + "/" + string(c.Report) + "/" + strconv.FormatInt(p.ID, 10)
	if c.Report == ReportTag {
		name := "Mailing: " + c.Name
		if s.Language == "ru" {
			name = "Рассылка: " + c.Name
		}
		return effect(gateway.EffectTag, key, gateway.Tag{Customer: p.Customer, Name: name}, now)
	}
	return effect(gateway.EffectNote, key, gateway.Note{Customer: p.Customer, Text: noteOn(c, p, s.Language, s.Zone())}, now)
}

// noteOn is what a card says of a mailing.
func noteOn(c Campaign, p Person, lang string, zone *time.Location) string {
	way := map[device.Channel][2]string{
		device.WhatsApp: {"в WhatsApp", "by WhatsApp"}, device.SMS: {"по SMS", "by SMS"}, device.Chat: {"в чат", "in a chat"},
	}[p.Channel]
	date := p.SentAt.In(zone).Format("02.01.2006")
	if lang == "ru" {
		return "Рассылка «" + c.Name + "»: отправлено " + way[0] + " " + date
	}
	return "Mailing “" + c.Name + "”: sent " + way[1] + " on " + date
}
