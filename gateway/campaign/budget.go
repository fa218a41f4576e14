package campaign

import (
	"context"
	"math"
	"slices"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// pool is one of the two queues that a mailing's messages stand in: that of the messengers, chats
// and WhatsApp together, since a message goes over from one to the other, and that of SMS.
type pool int

const (
	messenger pool = iota
	text
)

type poolNow struct {
	low, queued int
	gap         time.Duration
	fed         int
}

// room is how many more the queue takes: it is filled up when half of it is empty.
func (p *poolNow) room() int {
	if p.queued > p.low/2 {
		return 0
	}
	return p.low - p.queued - p.fed
}

// budget is how many people of a mailing may go into the queue now.
type budget struct {
	pools [2]poolNow
	// hour is what PerHour leaves; chats and looks what Cold may take, sms what the plan leaves of
	// its own SMS. math.MaxInt: no limit.
	hour, chats, looks, sms int
	// wayOf is by which queue a class goes; a class that is missing waits.
	wayOf map[Class]pool

	why    gateway.Reason // why somebody waits; empty: nobody does
	args   gateway.Args
	nextAt time.Time
}

// room is how many of a class may go now; done takes down that so many did.
func (b *budget) room(class Class) (n int, done func(int)) {
	way, goes := b.wayOf[class]
	if !goes {
		return 0, nil
	}
	p := &b.pools[way]
	n = min(p.room(), b.hour)
	if class == Cold && way == messenger {
		n = min(n, b.looks, b.chats)
	}
	if way == text || class == Cold { // whoever is not on WhatsApp goes on to SMS
		n = min(n, b.sms)
	}
	return n, func(fed int) {
		p.fed += fed
		b.hour = less(b.hour, fed)
		if class == Cold && way == messenger {
			b.looks, b.chats = less(b.looks, fed), less(b.chats, fed)
		}
		if way == text || class == Cold {
			b.sms = less(b.sms, fed)
		}
	}
}

func less(limit, n int) int {
	if limit == math.MaxInt {
		return limit
	}
	return limit - n
}

// nextLook is when half of the shorter queue will have left.
func (b *budget) nextLook() time.Duration {
	pause := linkLook
	for i := range b.pools {
		p := &b.pools[i]
		stands := p.queued + p.fed
		if p.low == 0 || stands == 0 {
			continue
		}
		each := time.Duration(max(stands-p.low/2, 1)) * p.gap
		pause = min(pause, max(each, quickLook))
	}
	return pause
}

func (b *budget) waits(why gateway.Reason, args gateway.Args, until time.Time) {
	if b.why == "" {
		b.why, b.args, b.nextAt = why, args, until
	}
}

// usable are the plan's channels that are on and whose radio needs no person.
func (r *Runner) usable(c Campaign) []device.Channel {
	now := r.Live.Now()
	return slices.DeleteFunc(slices.Clone(c.Plan.Channels), func(ch device.Channel) bool {
		l := r.Links(ch)
		return !now.On(ch) || l.NeedsPerson() || l.State == device.LinkOff
	})
}

func (r *Runner) budgetOf(ctx context.Context, c Campaign, m *mind, queued map[device.Channel]int, running int, now time.Time) (*budget, error) {
	b := &budget{hour: math.MaxInt, chats: math.MaxInt, looks: math.MaxInt, sms: math.MaxInt, wayOf: map[Class]pool{}}
	s := r.Live.Now()
	usable := r.usable(c)
	has := func(ch device.Channel) bool { return slices.Contains(usable, ch) }
	b.pools[messenger] = poolNow{queued: queued[device.WhatsApp] + queued[device.Chat], gap: s.Pace(device.WhatsApp).Gap}
	b.pools[text] = poolNow{queued: queued[device.SMS], gap: s.Pace(device.SMS).Gap}
	if !has(device.WhatsApp) {
		b.pools[messenger].gap = 0
	}
	for i := range b.pools {
		b.pools[i].low = lowWater(b.pools[i].gap, running)
	}
	if len(usable) == 0 {
		b.hour = 0
		b.away(c, r.Links, s)
		return b, nil
	}
	if c.Plan.PerHour > 0 {
		fed, err := r.Ledger.FedSince(ctx, c.ID, now.Add(-time.Hour))
		if err != nil {
			return nil, err
		}
		if b.hour = c.Plan.PerHour - fed[Warm] - fed[Cold] - fed[SMSOnly]; b.hour <= 0 {
			b.waits(gateway.CapHour, nil, now.Add(time.Minute))
		}
	}
	switch {
	case has(device.WhatsApp) || has(device.Chat):
		b.wayOf[Warm] = messenger
	case has(device.SMS):
		b.wayOf[Warm] = text
	}
	if has(device.SMS) {
		b.wayOf[SMSOnly] = text
	} else if slices.Contains(c.Plan.Channels, device.SMS) {
		b.away(c, r.Links, s)
	} else {
		b.wayOf[SMSOnly] = messenger // the dispatchers say why he is not reached
	}
	if err := r.coldWay(ctx, c, b, has, queued, now); err != nil {
		return nil, err
	}
	return b, r.smsLeft(ctx, c, m, b, now)
}

// lowWater is how many messages of one of the running mailings stand in a queue.
func lowWater(gap time.Duration, running int) int {
	n := mostQueued
	if gap > 0 {
		n = int(queueSpan / gap)
	}
	return min(max(n/max(running, 1), leastQueued), mostQueued)
}

// away says which radio a mailing waits for.
func (b *budget) away(c Campaign, links func(device.Channel) device.Link, s *gateway.Snapshot) {
	for _, ch := range c.Plan.Channels {
		if l := links(ch); !s.On(ch) || l.NeedsPerson() || l.State == device.LinkOff {
			b.waits(gateway.WaitingLink, gateway.Args{"channel": string(ch), "state": string(l.State)}, time.Time{})
		}
	}
}

// coldWay decides how those go with whom no chat is open: as new chats within the budget, else, by
// the plan's choice, by SMS, or not now.
func (r *Runner) coldWay(ctx context.Context, c Campaign, b *budget, has func(device.Channel) bool, queued map[device.Channel]int, now time.Time) error {
	s := r.Live.Now()
	instead := func(why gateway.Reason, args gateway.Args, until time.Time) {
		if has(device.SMS) && !c.Plan.NewChatsWait {
			b.wayOf[Cold] = text
			return
		}
		b.waits(why, args, until)
	}
	if !has(device.WhatsApp) {
		switch l := r.Links(device.WhatsApp); {
		case !slices.Contains(c.Plan.Channels, device.WhatsApp), !s.On(device.WhatsApp):
			b.wayOf[Cold] = b.wayOf[SMSOnly]
		case has(device.SMS) && (l.State != device.LinkBanned || !c.Plan.NewChatsWait):
			b.wayOf[Cold] = text
		default:
			b.away(c, r.Links, s)
		}
		return nil
	}
	link := r.Links(device.WhatsApp)
	if link.State == device.LinkLocked {
		args := gateway.Args{}
		if !link.Until.IsZero() {
			args["until_at"] = gateway.At(link.Until)
		}
		instead(gateway.NewChatsLocked, args, link.Until)
		return nil
	}
	left, until, err := r.chatsLeft(ctx, c, queued, now)
	if err != nil {
		return err
	}
	if left <= 0 {
		instead(gateway.ShareUsed, gateway.Args{"until_at": gateway.At(until)}, until)
		return nil
	}
	if most := s.Settings.Conduct.LookUpsPerDay; most > 0 {
		if b.looks, err = r.looksLeft(ctx, most, queued, now); err != nil {
			return err
		}
		if b.looks <= 0 {
			b.waits(gateway.LookUpsUsed, nil, now.Add(10*time.Minute))
			return nil
		}
	}
	b.wayOf[Cold], b.chats = messenger, left
	return nil
}

// looksLeft is how many numbers mailings may still ask WhatsApp about today. Those who were fed are known
// quickly, and some of them went by SMS; what was asked is read when they are too many. As for the
// dispatcher: a number that was asked about and written to may count twice.
func (r *Runner) looksLeft(ctx context.Context, most int, queued map[device.Channel]int, now time.Time) (int, error) {
	fed, err := r.Ledger.FedSince(ctx, 0, now.Add(-24*time.Hour))
	if err != nil || fed[Cold] < most {
		return most - fed[Cold], err
	}
	asked, err := r.Counters.LookUpTimes(ctx, now.Add(-24*time.Hour), most)
	if err != nil {
		return 0, err
	}
	begun, err := r.Counters.NewChatTimes(ctx, now.Add(-24*time.Hour), most)
	return most - len(asked) - len(begun) - queued[device.WhatsApp] - queued[device.Chat], err
}

// chatsLeft is how many chats a mailing may begin now, and when another one is free: of the budget
// of all mailings, that counts what the box has begun for whatever reason, and of its own.
// Those whose message still stands in the queue count.
func (r *Runner) chatsLeft(ctx context.Context, c Campaign, queued map[device.Channel]int, now time.Time) (left int, until time.Time, err error) {
	left, until = math.MaxInt, now.Add(10*time.Minute)
	if n := c.Plan.NewChatsPerDay; n > 0 {
		fed, err := r.Ledger.FedSince(ctx, c.ID, now.Add(-24*time.Hour))
		if err != nil {
			return 0, until, err
		}
		left = n - fed[Cold]
	}
	most := r.newChats(0, now)
	if most < 0 {
		return left, until, nil
	}
	begun, err := r.Counters.NewChatTimes(ctx, now.Add(-24*time.Hour), 100_000)
	if err != nil {
		return 0, until, err
	}
	// Who stands in the queue was fed lately, or is put off and has shown by that what is left.
	lately, err := r.Ledger.FedSince(ctx, 0, now.Add(-10*time.Minute))
	if err != nil {
		return 0, until, err
	}
	free := most - len(begun)
	if free <= 0 && len(begun) >= most && most > 0 {
		until = begun[len(begun)-most].Add(24 * time.Hour)
	}
	return min(left, free-min(queued[device.WhatsApp]+queued[device.Chat], lately[Cold])), until, nil
}

// newChats is how many chats mailings may begin on a day from now; below 0: no limit.
func (r *Runner) newChats(day int, now time.Time) int {
	s := r.Live.Now().Settings
	if s.WhatsApp.NewChatsPerDay == 0 {
		return -1
	}
	age := time.Duration(gateway.WarmUpDays) * 24 * time.Hour
	if r.AccountSince != nil {
		if since := r.AccountSince(); !since.IsZero() {
			age = now.Sub(since)
		}
	}
	return s.Conduct.NewChats(s.WhatsApp.NewChatsPerDay, age+time.Duration(day)*24*time.Hour)
}

// smsLog remembers how many SMS of a mailing had gone at which time.
type smsLog []struct {
	at time.Time
	n  int
}

// smsLeft bounds what a mailing takes of SMS in a day. How many it took before this process began
// is known by what was fed alone: rather too many than too few.
func (r *Runner) smsLeft(ctx context.Context, c Campaign, m *mind, b *budget, now time.Time) error {
	if c.Plan.SMSPerDay == 0 {
		return nil
	}
	rows, err := r.Ledger.Tally(ctx, c.ID)
	if err != nil {
		return err
	}
	total := 0
	for _, row := range rows {
		if row.Channel == device.SMS && (row.Sent || row.State == PersonDoubt) {
			total += row.N
		}
	}
	if n := len(m.sms); n == 0 || now.Sub(m.sms[n-1].at) >= time.Minute {
		m.sms = append(m.sms, struct {
			at time.Time
			n  int
		}{now, total})
	}
	before := 0
	for len(m.sms) > 1 && now.Sub(m.sms[1].at) >= 24*time.Hour {
		m.sms = m.sms[1:]
	}
	if now.Sub(m.sms[0].at) >= 24*time.Hour {
		before = m.sms[0].n
	}
	fed, err := r.Ledger.FedSince(ctx, c.ID, now.Add(-24*time.Hour))
	if err != nil {
		return err
	}
	used := min(total-before, fed[Warm]+fed[Cold]+fed[SMSOnly])
	// Whoever stands in the queue of WhatsApp with no open chat may turn out not to be there.
	lately, err := r.Ledger.FedSince(ctx, c.ID, now.Add(-10*time.Minute))
	if err != nil {
		return err
	}
	if b.sms = c.Plan.SMSPerDay - used - b.pools[text].queued - min(b.pools[messenger].queued, lately[Cold]); b.sms <= 0 {
		b.waits(gateway.CapDay, nil, now.Add(10*time.Minute))
	}
	return nil
}
