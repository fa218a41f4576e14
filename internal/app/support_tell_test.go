package app_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"vestnik/sim/helpdeskeddy"
	"vestnik/sim/retailcrm"
)

// under adds an order of a customer in a status.
func (b *box) under(c retailcrm.Customer, status string) retailcrm.Order {
	b.t.Helper()
	o := b.world.CRM.AddOrder(retailcrm.Order{
		CustomerID: c.ID, FirstName: c.FirstName, LastName: c.LastName, Email: c.Email, ManagerID: 20, Site: c.Site,
		Items: []retailcrm.Item{{Name: "Чай «Лесной»", Price: 450, Quantity: 2}},
	})
	if err := b.world.CRM.SetStatus(o.ID, status); err != nil {
		b.t.Fatal(err)
	}
	o, _ = b.world.CRM.Order(o.ID)
	return o
}

func TestTheManagerIsToldOnceForEachTicketAndOrder(t *testing.T) {
	t.Parallel()
	inOwnTime(t, shop{}, func(t *testing.T, b *box) {
		b.watches()
		anna := b.customer(0, anybody)
		o := b.under(anna, "delivering")
		told := func(ticket helpdeskeddy.Ticket) (notices, notes int) {
			for _, n := range b.world.CRM.Notifications() {
				if strings.Contains(n.Message, ticket.Number) && strings.Contains(n.Message, o.Number) && slices.Equal(n.UserIDs, []int{20}) {
					notices++
				}
			}
			for _, n := range b.notes(anna.ID) {
				if strings.Contains(n, ticket.Number) && strings.Contains(n, o.Number) {
					notes++
				}
			}
			return notices, notes
		}
		first := b.world.Asks(anna, "Где мой заказ?", "Когда привезут?")
		b.comment(first.ID, o.Number)
		b.until("the manager is told", func() bool { n, notes := told(first); return n == 1 && notes == 1 })
		if _, err := b.world.Helpdesk.ClientWrites(first.ID, "<p>И ещё вопрос</p>"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		b.stop()
		b.start()
		if _, err := b.world.Helpdesk.ClientWrites(first.ID, "<p>Ау?</p>"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(30 * time.Minute)
		if n, notes := told(first); n != 1 || notes != 1 {
			t.Errorf("told %d times with %d notes", n, notes)
		}
		second := b.world.Asks(anna, "Снова о заказе", "Он потерялся?")
		b.until("the manager is told of the other ticket", func() bool { n, notes := told(second); return n == 1 && notes == 1 })
		if n, notes := told(first); n != 1 || notes != 1 {
			t.Errorf("of the first one told %d times with %d notes", n, notes)
		}
		if tasks := b.world.CRM.Tasks(); len(tasks) > 0 {
			t.Errorf("tasks that nobody wanted: %+v", tasks)
		}
	})
}

// alarms are the comments of a ticket that tell of a critical status.
func (b *box) alarms(ticket int, number string) (n int) {
	for _, c := range b.world.Helpdesk.Comments(ticket) {
		if strings.Contains(c.Text, "Внимание") && strings.Contains(c.Text, number) {
			n++
		}
	}
	return n
}

func TestACriticalStatusIsToldInTheOpenTicketAndRaisesIt(t *testing.T) {
	t.Parallel()
	inOwnTime(t, shop{}, func(t *testing.T, b *box) {
		anna := b.customer(0, anybody)
		time.Sleep(2 * time.Minute) // until the box has begun to watch
		o := b.under(anna, "assembling")
		ticket := b.world.Asks(anna, "Вопрос", "Добрый день")
		b.comment(ticket.ID, anna.LastName)
		b.takenUp(ticket.ID)
		tickets := len(b.world.Helpdesk.Tickets())
		b.reaches(o.ID, "redirect")
		b.until("support is told", func() bool { return b.alarms(ticket.ID, o.Number) == 1 })
		b.until("the ticket is raised", func() bool { now, _ := b.world.Helpdesk.Ticket(ticket.ID); return now.Priority == 1 })
		b.stop()
		b.start()
		time.Sleep(30 * time.Minute)
		if n := b.alarms(ticket.ID, o.Number); n != 1 || len(b.world.Helpdesk.Comments(ticket.ID)) != 2 {
			t.Errorf("%d alarms: %+v", n, b.world.Helpdesk.Comments(ticket.ID))
		}
		if n := len(b.world.Helpdesk.Tickets()); n != tickets {
			t.Errorf("%d tickets, %d before", n, tickets)
		}
		if n := len(b.world.Helpdesk.Posts(ticket.ID)); n != 1 {
			t.Errorf("%d posts", n)
		}
	})
}

func TestACriticalStatusWithoutATicketOpensOneForEmployees(t *testing.T) {
	t.Parallel()
	for name, worsen := range map[string]func(*box){
		"at once": func(*box) {},
		"the answer is lost": func(b *box) {
			b.world.Helpdesk.Faults().CutAfter(1, helpdeskeddy.Where{Method: "POST", Path: "/api/v2/tickets/"})
		},
		"the request is lost": func(b *box) {
			b.world.Helpdesk.Faults().CutBefore(1, helpdeskeddy.Where{Method: "POST", Path: "/api/v2/tickets/"})
		},
		"the comment's answer is lost": func(b *box) {
			b.world.Helpdesk.Faults().CutAfter(1, helpdeskeddy.Where{Method: "POST", Path: "/comments/"})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inOwnTime(t, shop{}, func(t *testing.T, b *box) {
				b.seededTakenUp()
				time.Sleep(2 * time.Minute) // until the box has begun to watch
				letters := len(b.world.Helpdesk.Letters())
				tickets := len(b.world.Helpdesk.Tickets())
				people := len(b.world.Helpdesk.Users())
				worsen(b)
				anna := b.customer(0, anybody)
				o := b.under(anna, "redirect")
				b.app.Wake()
				internal := func() []helpdeskeddy.Ticket { return b.world.Helpdesk.Tickets()[tickets:] }
				b.eventually(30*time.Minute, "a ticket for employees with the details", func() bool {
					list := internal()
					return len(list) > 0 && b.alarms(list[0].ID, o.Number) > 0
				})
				b.stop()
				b.start()
				time.Sleep(time.Hour)
				list := internal()
				if len(list) != 1 || list[0].Requester != helpdeskeddy.OlgaID || list[0].Priority != 1 || !strings.Contains(list[0].Title, o.Number) {
					t.Fatalf("opened %+v", list)
				}
				if n := len(b.world.Helpdesk.Comments(list[0].ID)); n != 1 {
					t.Errorf("comments %+v", b.world.Helpdesk.Comments(list[0].ID))
				}
				if strings.Contains(list[0].Title+b.world.Helpdesk.Posts(list[0].ID)[0].Text, anna.LastName) {
					t.Errorf("the customer stands in what is no comment: %+v", list[0])
				}
				if n := len(b.world.Helpdesk.Letters()); n != letters {
					t.Errorf("letters %+v", b.world.Helpdesk.Letters()[letters:])
				}
				if n := len(b.world.Helpdesk.Users()); n != people {
					t.Errorf("%d users, %d before", n, people)
				}
				if n := b.world.Helpdesk.Faults().Left(); n != 0 {
					t.Errorf("%d faults met nobody", n)
				}
			})
		})
	}
}

func TestAPriorityIsNeverLoweredAndPeoplesChoiceStays(t *testing.T) {
	t.Parallel()
	inOwnTime(t, shop{config: `{rules: [{name: VIP, when: vip, priority: "3"}], critical: []}`}, func(t *testing.T, b *box) {
		hd := b.world.Helpdesk
		vip := b.customer(0, isVIP)
		who := b.world.Requester(vip)
		urgent := hd.AddTicket(who.ID, "Срочно", "<p>Добрый день</p>", "email", func(x *helpdeskeddy.Ticket) { x.Priority = 1 })
		usual := hd.AddTicket(who.ID, "Вопрос", "<p>Добрый день</p>", "email")
		b.comment(urgent.ID, vip.LastName)
		b.takenUp(urgent.ID)
		b.until("the usual one is raised", func() bool { now, _ := hd.Ticket(usual.ID); return now.Priority == 3 })
		b.takenUp(usual.ID)
		if err := hd.SetPriority(usual.ID, helpdeskeddy.OlgaID, 2); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		for _, ticket := range []int{urgent.ID, usual.ID} {
			if _, err := hd.ClientWrites(ticket, "<p>Ещё вопрос</p>"); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(10 * time.Minute)
		b.stop()
		b.start()
		b.apply("helpdesk: {poll: 1m}")
		time.Sleep(13 * time.Hour) // an open ticket is judged again by itself
		if now, _ := hd.Ticket(urgent.ID); now.Priority != 1 {
			t.Errorf("lowered to %d", now.Priority)
		}
		if now, _ := hd.Ticket(usual.ID); now.Priority != 2 {
			t.Errorf("what Olga set is now %d", now.Priority)
		}
		for _, e := range hd.Audit(urgent.ID) {
			if e.ByAPI && strings.Contains(e.Field, "priority") {
				t.Errorf("written: %+v", e)
			}
		}
	})
}

func TestAPriorityThatWasRemovedOrRenamed(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]struct {
		do     func(*helpdeskeddy.Account) error
		raised int
	}{
		"removed": {func(hd *helpdeskeddy.Account) error { return hd.RemovePriority(1) }, 2},
		"renamed": {func(hd *helpdeskeddy.Account) error { return hd.RenamePriority(1, "Горит") }, 1},
	} {
		for _, early := range []bool{true, false} {
			when := name + " after the box has read the dictionary"
			if early {
				when = name + " before"
			}
			t.Run(when, func(t *testing.T) {
				t.Parallel()
				inOwnTime(t, shop{}, func(t *testing.T, b *box) {
					hd := b.world.Helpdesk
					if !early {
						time.Sleep(time.Minute)
					}
					if err := change.do(hd); err != nil {
						t.Fatal(err)
					}
					if early { // the box reads anew when a person asks for it
						if _, err := b.app.Support().HelpdeskBook(t.Context(), true); err != nil {
							t.Fatal(err)
						}
					}
					vip := b.customer(0, isVIP)
					ticket := b.world.Asks(vip, "Вопрос", "Добрый день")
					b.comment(ticket.ID, vip.LastName)
					b.takenUp(ticket.ID)
					from := len(hd.Sent())
					time.Sleep(30 * time.Minute)
					if now, _ := hd.Ticket(ticket.ID); now.Priority != change.raised {
						t.Errorf("the priority is %d, want %d", now.Priority, change.raised)
					}
					for _, x := range hd.Sent()[from:] {
						if x.Method != "GET" {
							t.Errorf("written again: %s %s", x.Method, x.Path)
						}
					}
				})
			})
		}
	}
}
