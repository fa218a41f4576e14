package support_test

import (
	"strings"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// reaches has an order reach a status, of which the box reads in the CRM's history.
func (d *desk) reaches(history int64, order gateway.OrderID, status, name string) {
	d.t.Helper()
	d.crm.set(func() {
		o := d.crm.orders[order]
		o.ID, o.Status, o.StatusName = order, status, name
		d.crm.orders[order] = o
	})
	list := []gateway.StatusChange{{HistoryID: history, Order: order, To: status, At: time.Now()}}
	if _, err := d.store.SaveChanges(d.t.Context(), list, gateway.Cursor{SinceID: history, Start: time.Now()}); err != nil {
		d.t.Fatal(err)
	}
	d.clerk.WakeAlarms()
}

func (d *desk) alarms(id gateway.TicketID) []gateway.TicketComment {
	d.hde.mu.Lock()
	defer d.hde.mu.Unlock()
	var list []gateway.TicketComment
	for _, c := range d.hde.comments[id] {
		if strings.Contains(c.HTML, "Vestnik · 10482/") && strings.HasSuffix(c.HTML, "/delivery-problem</p>") {
			list = append(list, c)
		}
	}
	return list
}

// internals are the internal tickets.
func (d *desk) internals() []gateway.Ticket {
	d.hde.mu.Lock()
	defer d.hde.mu.Unlock()
	var list []gateway.Ticket
	for _, t := range d.hde.tickets {
		if t.Requester == 12 {
			list = append(list, *t)
		}
	}
	return list
}

func noRules(s *gateway.Settings) { s.Helpdesk.Rules = nil }

func TestACriticalStatusIsToldInTheOpenTicket(t *testing.T) {
	opened(t, noRules, func(t *testing.T, d *desk) {
		d.hde.opens(1042, anna, "Вопрос", "где заказ?")
		d.pass(time.Minute)
		d.reaches(1, 1, "delivery-problem", "Проблема с доставкой")
		d.pass(time.Minute)
		list := d.alarms(1042)
		if len(list) != 1 || !strings.Contains(list[0].HTML, "Проблема с доставкой") || !strings.Contains(list[0].HTML, "Анна Петрова") {
			t.Errorf("%+v", list)
		}
		if p := d.hde.ticket(1042).Priority; p != "1" || !d.happened(1042, gateway.TicketAlarm) || !d.happened(1042, gateway.RaiseCritical) {
			t.Errorf("priority %s", p)
		}
		d.wants("card", d.theCard(1042), "критичный статус заказа 10482")
		if n := len(d.internals()); n != 0 {
			t.Errorf("%d internal tickets", n)
		}
		wrote := len(d.hde.wrote())
		d.pass(time.Hour)
		if n := len(d.hde.wrote()); n != wrote || d.ticket(1042).SetByPerson {
			t.Errorf("wrote %q, %+v", d.hde.wrote()[wrote:], d.ticket(1042))
		}
	})
}

func TestACriticalStatusOpensAnInternalTicket(t *testing.T) {
	opened(t, noRules, func(t *testing.T, d *desk) {
		lost := 0
		d.hde.set(func() {
			d.hde.after = func(op string, _ int) error {
				if (op == "open" || op == "add comment") && lost < 2 {
					lost++
					return device.Errorf(device.Uncertain, "helpdesk", "no answer")
				}
				return nil
			}
		})
		d.reaches(1, 1, "delivery-problem", "Проблема с доставкой")
		d.pass(30 * time.Minute)
		list := d.internals()
		if len(list) != 1 || lost != 2 {
			t.Fatalf("%d internal tickets, %d answers lost: %+v", len(list), lost, list)
		}
		in := list[0]
		public := in.Title + d.hde.posts[in.ID][0].Text
		d.wants("title", in.Title, "[10482/1/delivery-problem]", "Проблема с доставкой")
		d.wantsNot("what a customer could see", public, "Анна", "79123456789", "anna@")
		if n := d.alarms(in.ID); len(n) != 1 || !strings.Contains(n[0].HTML, "Анна Петрова") || !strings.Contains(n[0].HTML, "+79123456789") {
			t.Errorf("%+v", n)
		}
		if k := d.ticket(in.ID); !k.Internal || k.Customer != 0 || len(d.hde.cardsIn(in.ID)) != 0 || in.Priority != "1" || !d.happened(in.ID, gateway.TicketInternal) {
			t.Errorf("%+v", k)
		}
		wrote := len(d.hde.wrote())
		d.reaches(2, 1, "delivery-problem", "Проблема с доставкой") // the same again is no news
		d.pass(10 * time.Hour)
		if n := len(d.hde.wrote()); n != wrote {
			t.Errorf("wrote %q", d.hde.wrote()[wrote:])
		}
	})
}

func TestAlarmsThatAreNotTold(t *testing.T) {
	for name, c := range map[string]struct {
		set   func(*gateway.Settings)
		later func(*desk)
	}{
		"no employee": {set: func(s *gateway.Settings) { s.Helpdesk.InternalRequester = 0 }},
		"moved on": {later: func(d *desk) {
			d.crm.set(func() { d.crm.orders[1] = gateway.ProfileOrder{ID: 1, Number: "10482", Status: "complete"} })
		}},
		"gone":       {later: func(d *desk) { d.crm.set(func() { delete(d.crm.orders, 1) }) }},
		"no staff":   {set: func(s *gateway.Settings) { s.Helpdesk.InternalRequester = 501 }},
		"not wanted": {set: func(s *gateway.Settings) { s.Helpdesk.Critical = nil }},
	} {
		t.Run(name, func(t *testing.T) {
			opened(t, c.set, func(t *testing.T, d *desk) {
				d.crm.set(func() { d.crm.down = true })
				d.reaches(1, 1, "delivery-problem", "Проблема")
				d.pass(5 * time.Minute)
				if c.later != nil {
					c.later(d)
				}
				d.crm.set(func() { d.crm.down = false })
				d.pass(2 * time.Hour)
				if n := len(d.internals()); n != 0 {
					t.Errorf("%d internal tickets", n)
				}
				if due, err := d.store.DueAlarms(t.Context(), time.Now().Add(1000*time.Hour), 10); err != nil || len(due) != 0 {
					t.Errorf("still due %+v, %v", due, err)
				}
			})
		})
	}
}

func TestAnAlarmOutlivesTheCRMAndABan(t *testing.T) {
	opened(t, noRules, func(t *testing.T, d *desk) {
		d.crm.set(func() { d.crm.down = true })
		d.reaches(1, 1, "delivery-problem", "Проблема")
		d.pass(20 * time.Minute)
		d.hde.set(func() { d.hde.until = time.Now().Add(20 * time.Minute) })
		d.crm.set(func() { d.crm.down = false })
		d.pass(2 * time.Hour)
		if n := len(d.internals()); n != 1 || len(d.alarms(d.internals()[0].ID)) != 1 {
			t.Errorf("%d internal tickets", n)
		}
	})
}

func TestTwoShopsShareANumber(t *testing.T) {
	opened(t, noRules, func(t *testing.T, d *desk) {
		d.crm.set(func() { d.crm.orders[2] = gateway.ProfileOrder{ID: 2, Number: "10482"} })
		d.reaches(1, 1, "delivery-problem", "Проблема с доставкой")
		d.pass(2 * time.Minute)
		d.reaches(2, 2, "delivery-problem", "Проблема с доставкой")
		d.pass(2 * time.Minute)
		if n := len(d.internals()); n != 2 {
			t.Errorf("%d internal tickets", n)
		}
	})
}
