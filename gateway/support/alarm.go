package support

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/card"
)

const (
	// alarmsAtOnce bounds one round.
	alarmsAtOnce = 20
	// alarmFirst and alarmMost are the pauses of an alarm that could not be told, alarmTries how often it
	// is tried: about a week.
	alarmFirst = time.Minute
	alarmMost  = 6 * time.Hour
	alarmTries = 40
	// alarmPages is how many pages are looked through for an internal ticket that may have been opened.
	alarmPages = 3
)

// RunAlarms tells support of orders that reach a critical status, until ctx ends.
func (c *Clerk) RunAlarms(ctx context.Context) error {
	return c.rounds(ctx, "alarms", c.alarm, func(ctx context.Context) (time.Duration, error) {
		if _, err := c.Store.QueueAlarms(ctx, c.settings().Critical); err != nil {
			return 0, err
		}
		if left := c.halt.left(); left > 0 {
			return min(left, idle), nil
		}
		due, err := c.Store.DueAlarms(ctx, c.now(), alarmsAtOnce)
		if err != nil {
			return 0, err
		}
		for _, a := range due {
			if err := c.sound(ctx, a); err != nil || c.halt.left() > 0 {
				return min(max(c.halt.left(), 0), idle), err
			}
		}
		at, ok, err := c.Store.NextAlarmAt(ctx)
		if err != nil || !ok {
			return idle, err
		}
		return min(max(at.Sub(c.now()), time.Second), idle), nil
	}, func(ctx context.Context) error {
		_, err := c.Store.QueueAlarms(ctx, nil) // what happens meanwhile is told to nobody, later
		return err
	})
}

// sound tells of one order. Only a fault of the box itself is an error.
func (c *Clerk) sound(ctx context.Context, a Alarm) error {
	s := &siren{Clerk: c, a: a}
	err := safely(func() error { return s.run(ctx) })
	switch {
	case err == nil:
		c.halt.well()
		return nil
	case isFault(err):
		return err
	case ctx.Err() != nil:
		return nil
	case c.stops(err) && device.KindOf(err) != device.Unavailable:
		return nil
	}
	return s.later(ctx, err)
}

// siren is the telling of one alarm; s.a is kept after each step.
type siren struct {
	*Clerk
	a Alarm
	o gateway.ProfileOrder
}

func (s *siren) keep(ctx context.Context) error { return boxed(s.Store.KeepAlarm(ctx, s.a)) }

func (s *siren) never(ctx context.Context, why gateway.Reason) error {
	s.a.State, s.a.Why = AlarmNever, string(why)
	s.Log.Info("support is not told of an order", "order", s.a.Order, "status", s.a.Status, "why", why)
	return s.keep(ctx)
}

// later puts the alarm off.
func (s *siren) later(ctx context.Context, cause error) error {
	s.a.Tries++
	if s.a.Tries >= alarmTries {
		return s.never(ctx, gateway.AlarmTooOften)
	}
	s.a.DueAt, s.a.Why = s.now().Add(backoff(s.a.Tries-1, alarmFirst, alarmMost)), cause.Error()
	s.Log.Warn("support could not be told of an order, it is tried again", "order", s.a.Order, "tries", s.a.Tries, "due", s.a.DueAt, "error", cause)
	return s.keep(ctx)
}

func (s *siren) run(ctx context.Context) error {
	h := s.settings()
	begun := s.a.State == AlarmOpening || s.a.Ticket != 0
	if !begun && !slices.Contains(h.Critical, s.a.Status) {
		return s.never(ctx, gateway.AlarmOff)
	}
	crm := s.Profiles()
	if crm == nil {
		return s.later(ctx, device.Errorf(device.Unavailable, "retailcrm: order", "no address and key are set"))
	}
	o, err := crm.ProfileOrder(ctx, s.a.Order)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case device.KindOf(err) == device.NotFound:
		return s.never(ctx, gateway.AlarmGone)
	case err != nil:
		return s.later(ctx, err) // the CRM, not the helpdesk
	case !begun && o.Status != s.a.Status:
		return s.never(ctx, gateway.AlarmMoved)
	}
	s.o = o
	if s.a.State == AlarmOpening {
		return s.internal(ctx, h)
	}
	for range 3 { // of tickets that are closed or merged meanwhile
		if s.a.Ticket == 0 {
			if ok, err := s.choose(ctx); err != nil || !ok {
				break
			}
		}
		if told, err := s.tellIn(ctx, h); err != nil || told {
			return err
		}
		s.a.Ticket = 0
	}
	return s.internal(ctx, h)
}

// choose takes the customer's open ticket that changed last; false when he has none.
func (s *siren) choose(ctx context.Context) (bool, error) {
	if s.o.Customer == 0 {
		return false, nil
	}
	open, err := s.Store.OpenTicketsOf(ctx, s.o.Customer)
	if err != nil {
		return false, boxed(err)
	}
	for _, t := range open {
		if !t.Internal && t.Found != card.FoundAway {
			s.a.Ticket = t.ID
			return true, s.keep(ctx)
		}
	}
	return false, nil
}

// tag names an alarm in titles and comments. Two shops of one CRM may give the same number.
func (s *siren) tag() string {
	return s.o.Number + "/" + strconv.FormatInt(int64(s.a.Order), 10) + "/" + s.a.Status
}

// tellIn writes into the customer's own ticket and raises it; false when work at that ticket
// has ended.
func (s *siren) tellIn(ctx context.Context, h gateway.HelpdeskSettings) (told bool, _ error) {
	free, err := s.held.hold(ctx, s.a.Ticket)
	if err != nil {
		return false, err
	}
	defer free()
	t, err := s.Store.Ticket(ctx, s.a.Ticket)
	if err != nil {
		return false, boxed(err)
	}
	w := s.begin(t)
	if !w.writable() {
		return false, nil
	}
	refused := s.comment(ctx, w, h)
	if refused != nil && !w.without(refused) || w.ended {
		return false, refused
	}
	if h.CriticalPriority != "" {
		if err := s.raise(ctx, w, h); err != nil || w.ended {
			return false, err
		}
	}
	if refused == nil {
		w.note(gateway.TicketAlarm, gateway.Args{"order": s.o.Number, "status": statusOf(s.o)})
	}
	if err := w.leaveBe(ctx); err != nil {
		return false, err
	}
	if refused != nil { // the ticket is as urgent as it has to be, but it does not say why yet
		return false, refused
	}
	s.a.State, s.a.Why = AlarmTold, ""
	return true, s.keep(ctx)
}

func (s *siren) raise(ctx context.Context, w *work, h gateway.HelpdeskSettings) error {
	if err := w.watchPriority(ctx); err != nil || w.ended {
		return err
	}
	if w.raising() {
		if err := w.finishRaise(ctx); err != nil || w.ended {
			return err
		}
	}
	why := Event{At: s.now(), Reason: gateway.RaiseCritical, Args: gateway.Args{"order": s.o.Number, "status": statusOf(s.o)}}
	name := s.say("критичный статус заказа ", "critical status of order ") + s.o.Number
	raised, err := w.raiseTo(ctx, h.CriticalPriority, name, why)
	if raised {
		w.t.DueAt = s.now() // the card says why
	}
	return err
}

// comment writes the alarm's comment, unless it is there.
func (s *siren) comment(ctx context.Context, w *work, h gateway.HelpdeskSettings) error {
	if s.a.Comment != 0 {
		return nil
	}
	if err := s.rights.refused(doComment); err != nil {
		return err
	}
	mark := signAlarm(s.tag())
	list, err := w.comments(ctx)
	if err != nil {
		return w.lost(ctx, err)
	}
	if had, _, ok := ours(list, mark); ok {
		s.a.Comment = had.ID
		return s.keep(ctx)
	}
	added, err := w.write(ctx, s.text(ctx, h)+"<p>"+esc(mark)+"</p>")
	if err != nil {
		return w.lost(ctx, err)
	}
	s.a.Comment, w.dirty = added.ID, true
	return s.keep(ctx)
}

// text is what employees are told. Nothing of it stands where a customer could see it.
func (s *siren) text(ctx context.Context, h gateway.HelpdeskSettings) string {
	var b strings.Builder
	para(&b, "<b>"+esc(s.say("Внимание: заказ ", "Attention: order ")+s.o.Number+s.say(" в статусе «", " is in the status “")+statusOf(s.o)+s.say("»", "”"))+"</b>")
	if h.Sparse {
		return b.String()
	}
	x := cardText{h: h, say: s.words(), lang: s.Live.Now().Settings.Shop.Language, zone: s.zone(), t: Ticket{Ticket: gateway.Ticket{ID: s.a.Ticket}}}
	if s.o.Customer != 0 {
		if k, err := s.Cards.Card(ctx, s.o.Customer); err == nil {
			x.card = &k
			x.person(&b)
			if phones := k.Profile.Phones; len(phones) > 0 {
				para(&b, esc(s.say("Телефон: ", "Phone: ")+phones[0]))
			}
		}
	}
	var links []string
	for name, address := range map[string]string{s.say("Заказ в RetailCRM", "Order in RetailCRM"): s.o.URL} {
		if l := link(address, esc(name)); l != "" {
			links = append(links, l)
		}
	}
	if x.card != nil {
		if l := link(x.card.Profile.URL, esc(s.say("Клиент в RetailCRM", "Customer in RetailCRM"))); l != "" {
			links = append(links, l)
		}
	}
	if len(links) > 0 {
		para(&b, strings.Join(links, " · "))
	}
	return b.String()
}

// internal opens a ticket that no customer sees. That it may have been opened is kept before,
// and it is looked for by its title before it is opened: a lost answer opens no second one.
func (s *siren) internal(ctx context.Context, h gateway.HelpdeskSettings) error {
	if s.a.Ticket == 0 {
		if h.InternalRequester == 0 {
			return s.never(ctx, gateway.AlarmNoRequester)
		}
		desk := s.Helpdesk()
		title := "[" + s.tag() + "]"
		if err := s.rights.refused(doOpen); err != nil {
			return err
		}
		t, err := s.opened(ctx, desk, h, title)
		if err != nil {
			return err
		}
		if t.ID == 0 {
			s.a.State = AlarmOpening
			if err := s.keep(ctx); err != nil {
				return err
			}
			t, err = allowed(s.Clerk, doOpen, func() (gateway.Ticket, error) {
				return desk.OpenInternal(ctx, gateway.InternalTicket{
					Title: title + " " + s.say("Заказ ", "Order ") + s.o.Number + ": «" + clean(statusOf(s.o)) + "»",
					Text: s.say("Заказ ", "Order ") + s.o.Number + s.say(" перешёл в статус «", " reached the status “") + clean(statusOf(s.o)) +
						s.say("». Подробности в комментарии для сотрудников.", "”. The details are in the comment for employees."),
					Requester: h.InternalRequester, Department: h.InternalDepartment, Priority: h.CriticalPriority,
				})
			})
			switch device.KindOf(err) {
			case "":
			case device.Refused, device.Invalid:
				return s.never(ctx, gateway.AlarmRefused)
			default:
				return err
			}
		}
		if err := s.keepInternal(ctx, t); err != nil {
			return err
		}
		s.a.Ticket, s.a.State = t.ID, AlarmOpening
		if err := s.keep(ctx); err != nil {
			return err
		}
	}
	free, err := s.held.hold(ctx, s.a.Ticket)
	if err != nil {
		return err
	}
	defer free()
	t, err := s.Store.Ticket(ctx, s.a.Ticket)
	if err != nil {
		return boxed(err)
	}
	w := s.begin(t)
	if err := s.comment(ctx, w, h); err != nil {
		return err
	}
	if !w.ended {
		if err := w.leaveBe(ctx); err != nil {
			return err
		}
	}
	s.a.State, s.a.Why = AlarmTold, ""
	return s.keep(ctx)
}

// keepInternal notes that a ticket is this box's own: nobody is looked for behind it.
func (s *siren) keepInternal(ctx context.Context, t gateway.Ticket) error {
	free, err := s.held.hold(ctx, t.ID)
	if err != nil {
		return err
	}
	defer free()
	kept, err := s.Store.Ticket(ctx, t.ID)
	switch {
	case device.KindOf(err) == device.NotFound:
		kept = Ticket{Ticket: t, Written: t.Updated, Open: true}
	case err != nil:
		return boxed(err)
	}
	w := s.begin(kept)
	w.t.Internal = true
	w.note(gateway.TicketInternal, gateway.Args{"order": s.o.Number, "status": statusOf(s.o)})
	return w.keep(ctx)
}

// opened looks for an internal ticket by the tag in its title, newest first: by the helpdesk's
// own search, and since nobody knows how exact that is, without it too.
func (s *siren) opened(ctx context.Context, desk gateway.Helpdesk, h gateway.HelpdeskSettings, tag string) (gateway.Ticket, error) {
	for _, search := range []string{s.o.Number, ""} {
		q := gateway.TicketQuery{Requesters: []int64{h.InternalRequester}, Search: search, Page: 1}
		first, err := desk.Tickets(ctx, q)
		if err != nil {
			return gateway.Ticket{}, err
		}
		for n := max(first.Pages, 1); n >= 1 && n > first.Pages-alarmPages; n-- {
			page := first
			if q.Page = n; n > 1 {
				if page, err = desk.Tickets(ctx, q); err != nil {
					return gateway.Ticket{}, err
				}
			}
			for _, t := range page.Tickets {
				if strings.HasPrefix(t.Title, tag) && !s.isGone(t) {
					return t, nil
				}
			}
		}
	}
	return gateway.Ticket{}, nil
}

// leaveBe ends a write that was not the taking up of the ticket: what this box wrote is no
// news, and what is due stays due.
func (w *work) leaveBe(ctx context.Context) error {
	if w.dirty {
		now, err := w.readTicket(ctx)
		switch {
		case err == nil:
			w.after = &now
		case !w.without(err):
			return w.lost(ctx, err)
		}
	}
	if w.after != nil && w.unchangedBut(*w.after) {
		handled := w.t.Written == w.t.Updated
		if handled && w.after.Updated != w.t.Updated {
			more, err := w.saidMore(ctx)
			if err != nil {
				return w.lost(ctx, err)
			}
			if more { // the next look shows it
				return w.keep(ctx)
			}
		}
		w.t.Ticket = *w.after
		if handled {
			w.t.Written = w.t.Updated
		}
	}
	return w.keep(ctx)
}
