package app_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/campaign"
)

// seen is one text on one phone.
type seen struct {
	text
	who     *folk
	mailing string // its name; empty: none
	order   string // its number; empty: none
}

// everything is what all phones showed, in order.
func (f *fortnight) everything() []seen {
	var all []seen
	add := func(phone device.Phone, texts []text) {
		who := f.by[phone]
		if who == nil {
			f.t.Errorf("a stranger was written to: %q", texts[0].what)
			return
		}
		for _, t := range texts {
			s := seen{text: t, who: who}
			for _, name := range []string{"Чай весны", "Мёд весны"} {
				if strings.HasPrefix(t.what, name) {
					s.mailing = name
				}
			}
			if _, rest, found := strings.Cut(t.what, "Заказ "); found && s.mailing == "" {
				s.order, _, _ = strings.Cut(rest, " готов")
			}
			all = append(all, s)
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for phone, texts := range f.shown {
		add(phone, texts)
	}
	for phone, texts := range f.air.phones {
		add(phone, texts)
	}
	slices.SortFunc(all, func(a, b seen) int { return a.at.Compare(b.at) })
	return all
}

// judge looks at every invariant.
func (f *fortnight) judge() {
	all := f.everything()
	f.judgeOrders(all)
	f.judgeMailings(all)
	f.judgeHours(all)
	f.judgeStops(all)
	f.judgeCaps(all)
	f.judgeLock(all)
	f.judgeTalks(all)
	var mailed, orders, rest int
	for _, s := range all {
		switch {
		case s.mailing != "":
			mailed++
		case s.order != "":
			orders++
		default:
			rest++
		}
	}
	f.t.Logf("%d texts about orders, %d of mailings, %d answers; %d by SMS; %d refused", orders, mailed, rest, len(f.air.sentAt), f.refused())
}

func (f *fortnight) refused() (n int) {
	for _, x := range f.folks {
		if !x.stop.IsZero() {
			n++
		}
	}
	return n
}

// judgeOrders: each order's customer was told once.
func (f *fortnight) judgeOrders(all []seen) {
	told := map[string]int{}
	for _, s := range all {
		if s.order == "" {
			continue
		}
		told[s.order]++
		if f.whose[s.order] != s.who.phone {
			f.t.Errorf("order %s was told to somebody else", s.order)
		}
	}
	for number := range f.orders {
		if told[number] != 1 {
			f.t.Errorf("order %s was told %d times", number, told[number])
		}
	}
}

// judgeMailings: each person got one mailing at most, and the rows say who did.
func (f *fortnight) judgeMailings(all []seen) {
	got, mailings := map[device.Phone]string{}, map[device.Phone]int{}
	for _, s := range all {
		if s.mailing != "" {
			got[s.who.phone] = s.mailing
			mailings[s.who.phone]++
		}
	}
	for phone, n := range mailings {
		if n > 1 {
			f.t.Errorf("%s got %d mailings", phone.Masked(), n)
		}
	}
	for name, id := range map[string]gateway.CampaignID{"Чай весны": f.tea, "Мёд весны": f.honey} {
		states := map[string]int{}
		for after := int64(0); ; {
			rows, next, err := f.app.Campaigns().People(f.t.Context(), id, campaign.PeopleFilter{After: after, Limit: 200})
			if err != nil {
				f.t.Fatal(err)
			}
			for _, p := range rows {
				states[fmt.Sprint(p.State, " ", p.Reason)]++
				if (p.State == campaign.PersonSent) != (got[p.Phone] == name) {
					f.t.Errorf("%s: the row of %s says %s %s, his phone shows %q", name, p.Phone.Masked(), p.State, p.Reason, got[p.Phone])
				}
			}
			if after = next; next == 0 {
				break
			}
		}
		f.t.Logf("%s: %v", name, states)
	}
}

// judgeHours: nobody was written to at night, and mailings came while the shop was there.
func (f *fortnight) judgeHours(all []seen) {
	for _, s := range all {
		from, to, zone := 0, 24, s.who.zone
		switch {
		case s.mailing == "Мёд весны":
			// A list of numbers says nothing of where they live: the shop's clock counts.
			from, to, zone = 9, 21, f.moscow
		case s.mailing != "":
			from, to = 9, 21
		case s.order != "":
			from, to = 8, 22
		}
		// What was handed over at 20:59:59 is on its way for some seconds.
		if h := s.at.Add(-15 * time.Second).In(zone); h.Hour() < from || h.Hour() >= to {
			if early := s.at.In(zone); early.Hour() >= from && early.Hour() < to {
				continue
			}
			f.t.Errorf("%q came at %s in %s by %s", s.what, h.Format("15:04:05"), zone, s.by)
		}
	}
}

// judgeStops: after a refusal came no mailing.
func (f *fortnight) judgeStops(all []seen) {
	for _, s := range all {
		// An SMS that was handed to the network before he wrote may come after it.
		if s.mailing != "" && !s.who.stop.IsZero() && s.at.After(s.who.stop.Add(15*time.Second)) {
			f.t.Errorf("%q came %s after the stop", s.what, s.at.Sub(s.who.stop).Round(time.Second))
		}
	}
}

// judgeCaps: in no hour and no day more left than the caps and the share of mailings allow.
func (f *fortnight) judgeCaps(all []seen) {
	for ch, limits := range map[device.Channel][2]int{device.WhatsApp: {whatsAppHour, whatsAppDay}, device.SMS: {smsHour, smsDay}} {
		var every []time.Time
		for _, s := range all {
			if s.by == ch {
				every = append(every, s.at)
			}
		}
		for i, span := range []time.Duration{time.Hour, 24 * time.Hour} {
			// What was delayed in an outage may arrive closer together than it left, by seconds.
			if n := mostWithin(every, span-time.Minute); n > limits[i] {
				f.t.Errorf("%d by %s within %s, the cap is %d", n, ch, span, limits[i])
			}
		}
	}
	met := map[device.Phone]bool{}
	var begun []time.Time
	for _, s := range all {
		if s.by == device.WhatsApp && !met[s.who.phone] {
			met[s.who.phone] = true
			if s.mailing != "" || s.order != "" {
				begun = append(begun, s.at)
			}
		}
	}
	if n := mostWithin(begun, 24*time.Hour-time.Minute); n > newChatsDay {
		f.t.Errorf("%d chats were begun within a day, the cap is %d", n, newChatsDay)
	}
}

// mostWithin is the most of the times within any span.
func mostWithin(at []time.Time, span time.Duration) (most int) {
	from := 0
	for i, t := range at {
		for t.Sub(at[from]) >= span {
			from++
		}
		most = max(most, i-from+1)
	}
	return most
}

// judgeLock: while WhatsApp forbade new chats none was begun.
func (f *fortnight) judgeLock(all []seen) {
	met := map[device.Phone]bool{}
	for _, s := range all {
		if s.by != device.WhatsApp || met[s.who.phone] {
			continue
		}
		met[s.who.phone] = true
		if len(s.who.wrote) == 0 && s.at.After(f.lockFrom.Add(time.Minute)) && s.at.Before(f.lockTo) {
			f.t.Errorf("a chat was begun at %s, within the lock", s.at)
		}
	}
}

// judgeTalks: whoever wrote got an answer.
func (f *fortnight) judgeTalks(all []seen) {
	answered := map[device.Phone]int{}
	for _, s := range all {
		if s.mailing == "" && s.order == "" {
			answered[s.who.phone]++
		}
	}
	for _, x := range f.folks {
		if len(x.wrote) > 0 && answered[x.phone] == 0 {
			f.t.Errorf("%s wrote %q and got no answer", x.phone.Masked(), x.wrote)
		}
	}
}
