package campaign

import (
	"math"
	"slices"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// Outlook is everything that a forecast looks at.
type Outlook struct {
	Now    time.Time
	Groups []Group // who waits
	Plan   Plan
	Window Window
	// Usable are the channels that are on and in the plan.
	Usable []device.Channel
	// Paces are what mailings may use of each channel: the gap as it is, the caps by their share.
	// Zero caps do not bind.
	Paces map[device.Channel]gateway.PaceSettings
	// NewChats is how many chats there may be in the 24 hours of day 0, 1 … from now before mailings
	// begin no more; nil: no limit. Begun is how many the box began in the last 24 hours.
	NewChats func(day int) int
	Begun    int
	// LookUps is how many numbers may be asked about in a day, 0: no limit.
	LookUps int
	// OnWhatsApp is the share of those of class Cold who are there, 0 to 1.
	OnWhatsApp float64
	// Parts is how many SMS a text takes.
	Parts int
	// Fed is what went into the queue in the last 24 hours and counts towards the plan's bounds.
	Fed map[Class]int
	// FedHour is how many did in the last hour.
	FedHour int
}

// AssumedOnWhatsApp is the share of numbers of class Cold that are taken to be on WhatsApp: an
// assumption, not a measurement.
const AssumedOnWhatsApp = 0.85

// The forecast goes by quarters of an hour: hours begin and end at them.
const (
	forecastStep = 15 * time.Minute
	stepsPerHour = int(time.Hour / forecastStep)
	stepsPerDay  = 24 * stepsPerHour
	forecastDays = 60 // further than this nobody plans
)

// Predict is when those who wait will have been written to, if nothing happens: people by groups,
// those whose window ends first go first, as the runner does. It looks at nothing but its argument.
func Predict(o Outlook) Forecast {
	s := newSimulation(o)
	f := Forecast{At: o.Now, ByChannel: map[device.Channel]int{}, FirstHour: 24}
	total := s.left()
	if total == 0 {
		f.Ends, f.FirstHour = o.Now, 0
		return f
	}
	if len(o.Usable) == 0 {
		f.Why, f.FirstHour = gateway.ChannelsOff, 0
		return f
	}
	var day ForecastDay
	for i := 0; i < forecastDays*stepsPerDay && s.left() > 0; i++ {
		at := s.start.Add(time.Duration(i) * forecastStep)
		if !o.Plan.EndAt.IsZero() && !at.Before(o.Plan.EndAt) {
			break
		}
		sent, last := s.step(i, at)
		if len(sent) == 0 {
			continue
		}
		local := at.In(o.Window.Zone)
		if date := local.Format(time.DateOnly); date != day.Date {
			if day.Date != "" {
				f.Days = append(f.Days, day)
			}
			day = ForecastDay{Date: date, ByChannel: map[device.Channel]int{}}
		}
		for ch, n := range sent {
			day.ByChannel[ch] += n
			f.ByChannel[ch] += n
		}
		f.FirstHour, f.LastHour = min(f.FirstHour, local.Hour()), max(f.LastHour, local.Hour())
		f.Ends = last
	}
	if day.Date != "" {
		f.Days = append(f.Days, day)
	}
	if f.FirstHour == 24 {
		f.FirstHour = 0
	}
	f.NewChats = s.began
	f.SMSParts = f.ByChannel[device.SMS] * max(o.Parts, 1)
	if left := s.left(); left > 0 {
		if f.Late = left; o.Plan.EndAt.IsZero() {
			f.Ends, f.Late, f.Why = time.Time{}, 0, s.why()
		}
	}
	return f
}

// simulation is the state of a forecast.
type simulation struct {
	Outlook
	start time.Time
	zones []*zoneAhead
	warm  device.Channel
	used  map[device.Channel]*rolling
	all   *rolling // what counts towards PerHour
	chats *rolling // all that the box begins
	own   *rolling // those of them that the plan bounds
	looks *rolling
	sms   *rolling
	began int
	shop  []bool // when people of the shop are there, by step, as far as looked at
	shut  bool   // nothing was ever open
}

// zoneAhead is a zone with those who wait in it.
type zoneAhead struct {
	zone *time.Location
	n    map[Class]int
	// wa and off part Cold into those who are on WhatsApp and those who are not.
	on, off int
	open    []bool // by step, as far as looked at
	closes  int    // the step in which it closes, while that lies ahead
}

func newSimulation(o Outlook) *simulation {
	s := &simulation{Outlook: o, start: o.Now, used: map[device.Channel]*rolling{}, shut: true}
	if o.Plan.StartAt.After(o.Now) {
		s.start = o.Plan.StartAt
	}
	has := func(ch device.Channel) bool { return slices.Contains(o.Usable, ch) }
	s.warm = s.wayOfWarm(has)
	zones := map[string]*zoneAhead{}
	for _, g := range o.Groups {
		z := zones[g.Zone]
		if z == nil {
			z = &zoneAhead{zone: o.Window.zoneOf(g.Zone), n: map[Class]int{}}
			zones[g.Zone] = z
			s.zones = append(s.zones, z)
		}
		switch {
		case g.Class == Cold && has(device.WhatsApp):
			on := int(math.Round(float64(g.N) * o.OnWhatsApp))
			z.on += on
			if has(device.SMS) {
				z.off += g.N - on
			} else {
				z.on += g.N - on // they are asked about all the same
			}
		case g.Class == Warm && s.warm == device.SMS, g.Class == Cold:
			z.n[SMSOnly] += g.N
		default:
			z.n[g.Class] += g.N
		}
	}
	for _, ch := range o.Usable {
		s.used[ch] = newRolling(0, 0)
	}
	fed := 0
	for _, n := range o.Fed {
		fed += n
	}
	s.all, s.chats, s.looks = newRolling(fed, o.FedHour), newRolling(max(o.Begun, 0), 0), newRolling(o.Fed[Cold], 0)
	s.own = newRolling(o.Fed[Cold], 0)
	s.sms = newRolling(o.Fed[SMSOnly], 0)
	return s
}

// wayOfWarm is by which channel those with an open chat are taken to go: WhatsApp, the slower one,
// when both are possible.
func (o Outlook) wayOfWarm(has func(device.Channel) bool) device.Channel {
	for _, ch := range []device.Channel{device.WhatsApp, device.Chat} {
		if has(ch) {
			return ch
		}
	}
	return device.SMS
}

func (s *simulation) left() (n int) {
	for _, z := range s.zones {
		n += z.on + z.off
		for _, m := range z.n {
			n += m
		}
	}
	return n
}

// isOpen tells whether a zone's window is open in a step, by its beginning.
func (s *simulation) isOpen(z *zoneAhead, i int) bool {
	for len(z.open) <= i {
		j := len(z.open)
		at := s.start.Add(time.Duration(j) * forecastStep)
		for len(s.shop) <= j { // the same for every zone
			s.shop = append(s.shop, s.Window.Shop.Open(s.start.Add(time.Duration(len(s.shop))*forecastStep), s.Window.Zone))
		}
		z.open = append(z.open, s.shop[j] && s.Window.personal(at, z.zone))
	}
	return z.open[i]
}

// closes is the step in which an open zone closes, at most a day later.
func (s *simulation) closes(z *zoneAhead, i int) int {
	if z.closes > i {
		return z.closes
	}
	for z.closes = i + 1; z.closes < i+stepsPerDay && s.isOpen(z, z.closes); z.closes++ {
	}
	return z.closes
}

// step lets a quarter of an hour pass: what leaves by which channel, and when the last of it does.
func (s *simulation) step(i int, at time.Time) (sent map[device.Channel]int, last time.Time) {
	var open []*zoneAhead
	for _, z := range s.zones {
		if s.isOpen(z, i) {
			open = append(open, z)
		}
	}
	if len(open) == 0 {
		return nil, last
	}
	s.shut = false
	if len(open) > 1 {
		slices.SortStableFunc(open, func(a, b *zoneAhead) int { return s.closes(a, i) - s.closes(b, i) })
	}
	room := map[device.Channel]int{}
	for _, ch := range s.Usable {
		room[ch] = s.room(ch, i)
	}
	sent = map[device.Channel]int{}
	give := func(ch device.Channel, want int, bounds ...*bound) int {
		n := min(want, room[ch])
		for _, b := range bounds {
			n = min(n, b.room(i))
		}
		if s.Plan.PerHour > 0 {
			n = min(n, s.Plan.PerHour-s.all.hour(i))
		}
		if n <= 0 {
			return 0
		}
		room[ch] -= n
		sent[ch] += n
		s.used[ch].add(i, n)
		s.all.add(i, n)
		for _, b := range bounds {
			b.add(i, n)
		}
		return n
	}
	day := i / stepsPerDay
	chats := &bound{s.chats, -1}
	if s.NewChats != nil {
		chats.limit = s.NewChats(day)
	}
	own := &bound{s.own, -1}
	if s.Plan.NewChatsPerDay > 0 {
		own.limit = s.Plan.NewChatsPerDay
	}
	looks, sms := &bound{s.looks, -1}, &bound{s.sms, -1}
	if s.LookUps > 0 {
		looks.limit = s.LookUps
	}
	if s.Plan.SMSPerDay > 0 {
		sms.limit = s.Plan.SMSPerDay
	}
	for _, z := range open {
		z.n[Warm] -= give(s.warm, z.n[Warm])
		z.n[SMSOnly] -= give(device.SMS, z.n[SMSOnly], sms)
		n := give(device.WhatsApp, z.on, chats, own, looks)
		z.on, s.began = z.on-n, s.began+n
		z.off -= give(device.SMS, z.off, sms, looks)
		if !s.Plan.NewChatsWait && z.on > 0 && min(chats.room(i), own.room(i)) <= 0 && slices.Contains(s.Usable, device.SMS) {
			z.on -= give(device.SMS, z.on, sms, looks)
		}
	}
	took := time.Duration(0)
	for ch, n := range sent {
		if took = max(took, time.Duration(n)*s.each(ch)); n == 0 {
			delete(sent, ch)
		}
	}
	return sent, at.Add(min(took, forecastStep))
}

// each is how long a message of a channel takes: the gap and the third that chance adds, by half.
func (s *simulation) each(ch device.Channel) time.Duration {
	if gap := s.Paces[ch].Gap; gap > 0 {
		return gap + gap/6
	}
	return 20 * time.Millisecond // what the box itself needs; measured at some 15
}

// room is how many a channel takes in a step.
func (s *simulation) room(ch device.Channel, i int) int {
	n := int(forecastStep / s.each(ch))
	if most := s.Paces[ch].PerHour; most > 0 {
		n = min(n, most-s.used[ch].hour(i))
	}
	if most := s.Paces[ch].PerDay; most > 0 {
		n = min(n, most-s.used[ch].day(i))
	}
	return max(n, 0)
}

// why is what stands in the way of a mailing that never ends.
func (s *simulation) why() gateway.Reason {
	if s.shut {
		return gateway.HeldHours
	}
	return gateway.ShareUsed
}

// bound is a limit of a day; below 0: none.
type bound struct {
	used  *rolling
	limit int
}

func (b *bound) room(i int) int {
	if b.limit < 0 {
		return math.MaxInt
	}
	return b.limit - b.used.day(i)
}

func (b *bound) add(i, n int) { b.used.add(i, n) }

// rolling counts by steps what happened in the hour and the day up to each.
type rolling struct {
	at              []int
	before, earlier int // what counts from before the first step: of the last day, of the last hour
	inDay, inHour   int
	dayTo, hourTo   int // the steps that were taken out again
}

func newRolling(before, lately int) *rolling { return &rolling{before: before, earlier: lately} }

func (r *rolling) add(i, n int) {
	for len(r.at) <= i {
		r.at = append(r.at, 0)
	}
	r.at[i] += n
	r.inDay += n
	r.inHour += n
}

// day is how many in the day that ends with step i.
func (r *rolling) day(i int) int {
	for ; r.dayTo <= i-stepsPerDay; r.dayTo++ {
		if r.dayTo < len(r.at) {
			r.inDay -= r.at[r.dayTo]
		}
	}
	if i < stepsPerDay {
		return r.inDay + r.before
	}
	return r.inDay
}

// hour is how many in the hour that ends with step i.
func (r *rolling) hour(i int) int {
	for ; r.hourTo <= i-stepsPerHour; r.hourTo++ {
		if r.hourTo < len(r.at) {
			r.inHour -= r.at[r.hourTo]
		}
	}
	if i < stepsPerHour {
		return r.inHour + r.earlier
	}
	return r.inHour
}
