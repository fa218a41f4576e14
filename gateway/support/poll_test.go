package support_test

import (
	"fmt"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/support"
)

// lots opens tickets as they were some time ago, a minute apart, the last one just now.
func (d *desk) lots(from gateway.TicketID, n int, status string) {
	d.hde.set(func() {
		for i := range n {
			id := from + gateway.TicketID(i)
			at := time.Now().Add(d.hde.ahead - time.Duration(n-1-i)*time.Minute).In(d.hde.zone).Format(hdeTime)
			d.hde.tickets[id] = &gateway.Ticket{
				ID: id, Number: fmt.Sprint("KTR-", id), Title: "Вопрос", Status: status, Priority: "2", Requester: boris, Email: "boris@pochta-lavki.ru", Created: at, Updated: at,
			}
		}
	})
}

func (d *desk) seen() int {
	d.t.Helper()
	n := 0
	d.hde.mu.Lock()
	ids := make([]gateway.TicketID, 0, len(d.hde.tickets))
	for id := range d.hde.tickets {
		ids = append(ids, id)
	}
	d.hde.mu.Unlock()
	for _, id := range ids {
		if k, err := d.store.Ticket(d.t.Context(), id); err == nil {
			d.hde.mu.Lock()
			same := k.Updated == d.hde.tickets[id].Updated
			d.hde.mu.Unlock()
			if same {
				n++
			}
		}
	}
	return n
}

// quiet is a shop that writes nothing, for what is about the looks alone.
func quiet(s *gateway.Settings) {
	h := &s.Helpdesk
	h.Comment, h.Rules, h.Fields, h.NoteTickets, h.NotifyManager, h.Unknown = false, nil, nil, false, false, gateway.UnknownOff
}

func TestTheFirstLookTakesTheNewestOpenTickets(t *testing.T) {
	opened(t, quiet, func(t *testing.T, d *desk) {
		d.end()
		d.lots(1, 1000, "closed")
		d.lots(2001, 400, "open")
		d.begin()
		d.pass(10 * time.Minute)
		n, err := d.store.OpenTickets(t.Context())
		if err != nil || n != 300 {
			t.Errorf("%d tickets, %v", n, err)
		}
		for id, want := range map[gateway.TicketID]bool{2400: true, 2101: true, 2100: false, 1000: false} {
			if _, err := d.store.Ticket(t.Context(), id); (err == nil) != want && id != 1000 {
				t.Errorf("ticket %d: %v", id, err)
			}
		}
		looks := 0
		for _, c := range d.hde.calls {
			if c.op == "tickets" {
				looks++
			}
		}
		if p := d.clerk.Progress(); p.Filling || p.Tickets != 300 || p.Requests != 2100 || p.Lasts != 35*time.Minute || looks > 65 {
			t.Errorf("%+v, %d looks", p, looks)
		}
	})
}

func TestWhatLayThereIsToldToNobody(t *testing.T) {
	opened(t, nil, func(t *testing.T, d *desk) {
		d.end()
		d.another()
		d.hde.opens(1, anna, "Вопрос", "где заказ?")
		d.hde.set(func() { d.hde.tickets[1].Created = "2026-11-01 10:00:00" })
		d.begin()
		d.pass(time.Minute)
		d.theCard(1)
		if len(d.crm.notes)+len(d.crm.notices) != 0 {
			t.Errorf("notes %v, notices %v", d.crm.notes, d.crm.notices)
		}
		d.hde.says(1, anna, "Так где он?")
		d.pass(enough)
		if len(d.crm.notes) != 2 || len(d.crm.notices) != 1 {
			t.Errorf("notes %v, notices %v", d.crm.notes, d.crm.notices)
		}
	})
}

// another has the work begin with another account.
func (d *desk) another() {
	d.t.Helper()
	s := shopSettings()
	s.Helpdesk.URL = "https://other.helpdeskeddy.com"
	if err := d.store.SaveSettings(d.t.Context(), s, "test"); err != nil {
		d.t.Fatal(err)
	}
}

// What was said before the work began is no news however young it is; what comes later is.
func TestOnlyWhatComesAfterTheBeginningIsTold(t *testing.T) {
	opened(t, nil, func(t *testing.T, d *desk) {
		d.end()
		d.another()
		d.hde.opens(1, anna, "Вопрос", "где заказ?")
		d.pass(time.Second)
		d.hde.opens(2, boris, "Вопрос", "где?")
		d.pass(time.Hour)
		d.begin()
		d.pass(time.Minute)
		d.hde.edits(1, func(t *gateway.Ticket) { t.Status = "6" }) // an employee's doing
		d.pass(time.Minute)
		d.theCard(1)
		if len(d.crm.notes)+len(d.crm.notices) != 0 {
			t.Errorf("notes %v, notices %v", d.crm.notes, d.crm.notices)
		}
		d.hde.opens(3, anna, "Вопрос", "где заказ?")
		d.pass(enough)
		if len(d.crm.notes) != 2 || len(d.crm.notices) != 1 {
			t.Errorf("notes %v, notices %v", d.crm.notes, d.crm.notices)
		}
	})
}

// A backup does not know what was told after it was made.
func TestARestoredLedgerTellsNothingAgain(t *testing.T) {
	opened(t, nil, func(t *testing.T, d *desk) {
		d.away(func() {
			d.hde.opens(1, anna, "Вопрос", "где заказ?") // told by the ledger that was lost
			d.pass(time.Hour)
			if _, err := d.store.HoldFromBackup(t.Context(), time.Now()); err != nil {
				t.Fatal(err)
			}
		})
		d.pass(time.Minute)
		d.theCard(1)
		if len(d.crm.notes)+len(d.crm.notices) != 0 {
			t.Errorf("notes %v, notices %v", d.crm.notes, d.crm.notices)
		}
		d.hde.opens(2, anna, "Вопрос", "где заказ?")
		d.hde.says(1, anna, "Ау")
		d.pass(enough)
		if len(d.crm.notes) != 4 || len(d.crm.notices) != 2 {
			t.Errorf("notes %v, notices %v", d.crm.notes, d.crm.notices)
		}
	})
}

// away has the clerk miss what happens for a time.
func (d *desk) away(change func()) {
	d.pass(time.Minute)
	d.end()
	change()
	d.begin()
}

func TestABanInTheMiddleOfCatchingUp(t *testing.T) {
	opened(t, quiet, func(t *testing.T, d *desk) {
		d.lots(1, 1, "open")
		looks, banned := 0, time.Time{}
		d.away(func() {
			time.Sleep(11 * time.Hour)
			d.lots(1001, 300, "open") // ten pages
			d.hde.set(func() {
				d.hde.before = func(op string, _ int) error {
					if op != "tickets" {
						return nil
					}
					if looks++; looks == 4 {
						banned = time.Now()
						d.hde.until = banned.Add(20 * time.Minute)
						return &device.Error{Kind: device.RateLimited, Op: "helpdesk", Code: "ban", RetryAfter: 20 * time.Minute}
					}
					return nil
				}
			})
		})
		d.pass(time.Hour)
		if n := d.seen(); n != 301 {
			t.Errorf("%d of 301 tickets are known", n)
		}
		if looks > 300 {
			t.Errorf("%d looks", looks)
		}
		during := 0
		for _, c := range d.hde.calls {
			if !banned.IsZero() && c.at.After(banned) && c.at.Before(banned.Add(20*time.Minute)) {
				during++
			}
		}
		if during != 0 || banned.IsZero() {
			t.Errorf("%d requests during the ban", during)
		}
	})
}

func TestABanIsNoTicketsFault(t *testing.T) {
	opened(t, nil, func(t *testing.T, d *desk) {
		d.hde.set(func() {
			d.hde.before = func(op string, _ int) error {
				if op == "add comment" {
					d.hde.until = time.Now().Add(20 * time.Minute)
					return &device.Error{Kind: device.RateLimited, Op: "helpdesk", Code: "ban", RetryAfter: 20 * time.Minute}
				}
				return nil
			}
		})
		d.hde.opens(1, anna, "Вопрос", "где заказ?")
		d.pass(enough)
		if k := d.ticket(1); k.Tries != 0 || k.Error != "" || k.DueAt.IsZero() || len(d.crm.notices) != 1 {
			t.Errorf("%+v, notices %v", k, d.crm.notices)
		}
		d.hde.set(func() { d.hde.before = nil })
		d.pass(21 * time.Minute)
		d.theCard(1)
	})
}

func TestEachPageIsKept(t *testing.T) {
	opened(t, quiet, func(t *testing.T, d *desk) {
		d.lots(1, 1, "open")
		pages := 0
		d.away(func() {
			time.Sleep(11 * time.Hour)
			d.lots(1001, 300, "open")
			d.hde.set(func() {
				d.hde.before = func(op string, _ int) error {
					if op == "tickets" {
						if pages++; pages%5 == 0 { // each fifth request is a ban
							return &device.Error{Kind: device.RateLimited, Op: "helpdesk", Code: "ban", RetryAfter: 20 * time.Minute}
						}
					}
					return nil
				}
			})
		})
		d.pass(5 * time.Hour)
		if n := d.seen(); n != 301 {
			t.Errorf("%d of 301 tickets are known after %d pages", n, pages)
		}
	})
}

func TestTicketsThatChangeWhileItIsLooked(t *testing.T) {
	opened(t, quiet, func(t *testing.T, d *desk) {
		d.lots(1, 1, "open")
		d.away(func() {
			time.Sleep(11 * time.Hour)
			d.lots(1001, 300, "open")
			next := gateway.TicketID(1001)
			d.hde.set(func() {
				d.hde.after = func(op string, _ int) error { // with each page, tickets of it go to the end
					if op == "tickets" && next < 1200 {
						for range 7 {
							d.hde.tickets[next].Updated = d.hde.now()
							next++
						}
					}
					return nil
				}
			})
		})
		d.pass(time.Hour)
		if n := d.seen(); n != 301 {
			t.Errorf("%d of 301 tickets are known", n)
		}
	})
}

func TestClocksOfAnyZone(t *testing.T) {
	for _, zone := range []int{-11, 0, 3, 13} {
		t.Run(fmt.Sprint(zone), func(t *testing.T) {
			opened(t, nil, func(t *testing.T, d *desk) {
				d.hde.set(func() { d.hde.zone, d.hde.ahead = time.FixedZone("", zone*3600), 7*time.Minute })
				for i := range gateway.TicketID(5) {
					d.hde.opens(100+i, anna, "Вопрос", "где заказ?")
					d.pass(enough)
					d.theCard(100 + i)
				}
			})
		})
	}
}

func TestTheHelpdesksClockGoesBack(t *testing.T) {
	for name, back := range map[string]struct {
		by   time.Duration
		all  bool // the times of all tickets, or only new ones
		wait time.Duration
	}{"winter time": {time.Hour, false, 12 * time.Minute}, "another zone": {5 * time.Hour, true, 12 * time.Minute}} {
		t.Run(name, func(t *testing.T) {
			opened(t, nil, func(t *testing.T, d *desk) {
				d.hde.opens(1, anna, "Вопрос", "где заказ?")
				d.pass(20 * time.Minute)
				d.hde.set(func() {
					d.hde.ahead -= back.by
					for _, h := range d.hde.tickets {
						if at, err := time.Parse(hdeTime, h.Updated); back.all && err == nil {
							h.Updated = at.Add(-back.by).Format(hdeTime)
						}
					}
				})
				d.hde.opens(2, anna, "Вопрос", "где заказ?")
				d.pass(back.wait)
				d.theCard(2)
				n, _ := d.hde.callsSince(time.Now().Add(-time.Second))
				d.pass(10 * time.Minute)
				if m, most := d.hde.callsSince(time.Now().Add(-10 * time.Minute)); m > 80 {
					t.Errorf("%d, then %d requests in ten minutes, at most %d in one", n, m, most)
				}
			})
		})
	}
}

func TestAKeyThatWasRevoked(t *testing.T) {
	opened(t, nil, func(t *testing.T, d *desk) {
		d.hde.opens(1, anna, "Вопрос", "где заказ?")
		d.pass(enough)
		revoked := true
		d.hde.set(func() {
			d.hde.before = func(string, int) error {
				if revoked {
					return device.Errorf(device.Unauthorized, "helpdesk", "key")
				}
				return nil
			}
		})
		from := time.Now()
		d.hde.opens(2, anna, "Вопрос", "где заказ?")
		d.pass(2 * time.Hour)
		if n, _ := d.hde.callsSince(from); n > 15 {
			t.Errorf("%d requests with a wrong key", n)
		}
		if _, err := d.store.Ticket(t.Context(), 2); err == nil || d.ticket(1).Tries != 0 {
			t.Errorf("%v, %+v", err, d.ticket(1))
		}
		d.hde.set(func() { revoked = false })
		d.settings(func(h *gateway.HelpdeskSettings) { h.Key = "another" })
		d.pass(enough)
		d.theCard(2)
	})
}

func TestAHelpdeskThatIsAway(t *testing.T) {
	opened(t, nil, func(t *testing.T, d *desk) {
		down := true
		d.hde.set(func() {
			d.hde.before = func(string, int) error {
				if down {
					return device.Errorf(device.Unavailable, "helpdesk", "502")
				}
				return nil
			}
		})
		d.hde.opens(1, anna, "Вопрос", "где заказ?")
		d.pass(6 * time.Hour)
		if n, _ := d.hde.callsSince(time.Time{}); n > 100 {
			t.Errorf("%d requests", n)
		}
		d.hde.set(func() { down = false })
		d.pass(10 * time.Minute)
		d.theCard(1)
	})
}

func TestABusyShopStaysUnderItsCeiling(t *testing.T) {
	opened(t, nil, func(t *testing.T, d *desk) {
		d.end()
		for i := range int64(500) {
			id := 10000 + i
			d.hde.set(func() { d.hde.users[id] = gateway.Requester{ID: id, Name: "Анна", Phone: "+79123456789"} })
			d.hde.opens(gateway.TicketID(i+1), id, "Вопрос", "где заказ 10482?")
			time.Sleep(7 * time.Second)
		}
		d.begin()
		d.pass(2 * time.Minute)
		n, err := d.store.Tickets(t.Context(), support.TicketFilter{Limit: 200})
		if err != nil || len(n) != 200 {
			t.Fatal(len(n), err)
		}
		// What lies before the newest three hundred is seen when somebody writes there.
		for i := range gateway.TicketID(200) {
			d.hde.says(i+1, 77, "Здравствуйте")
		}
		d.pass(30 * time.Minute)
		from, asked := time.Now(), len(d.crm.asked)
		for i := range gateway.TicketID(240) { // four changes a minute
			switch i % 4 {
			case 0:
				d.hde.opens(5000+i, anna, "Вопрос", "где заказ?")
			case 1:
				d.hde.says(1+i, 10000+int64(i), "Ау")
			case 2:
				d.hde.edits(1+i, func(t *gateway.Ticket) { t.Owner = 12 })
			default:
				d.hde.edits(1+i, func(t *gateway.Ticket) { t.Status = "closed" })
			}
			d.pass(15 * time.Second)
		}
		all, most := d.hde.callsSince(from)
		crm := len(d.crm.asked) - asked
		t.Logf("%d requests in an hour, at most %d in a minute; the CRM %d", all, most, crm)
		if most > 60 || all > 1800 || crm > 3600 {
			t.Errorf("%d requests in an hour, at most %d in a minute; the CRM %d", all, most, crm)
		}
		for i := range gateway.TicketID(60) {
			d.theCard(5000 + 4*i)
		}
	})
}

func TestLooksByTimeThatBringNothing(t *testing.T) {
	opened(t, quiet, func(t *testing.T, d *desk) {
		d.lots(1, 61, "open") // but one on the last page
		d.pass(time.Minute)
		d.hde.set(func() { d.hde.timeless = true })
		d.pass(15 * time.Minute)
		for i := range gateway.TicketID(3) {
			d.hde.opens(1042+i, boris, "Вопрос", "где?")
		}
		d.pass(enough)
		for i := range gateway.TicketID(3) {
			d.ticket(1042 + i)
		}
		from := time.Now()
		d.pass(30 * time.Minute)
		if n, most := d.hde.callsSince(from); n == 0 || most > 30 {
			t.Errorf("%d requests, %d in a minute", n, most)
		}
		d.hde.set(func() { d.hde.timeless = false })
		d.pass(time.Minute)
		d.hde.opens(1050, boris, "Вопрос", "где?")
		d.pass(enough)
		d.ticket(1050)
	})
}
