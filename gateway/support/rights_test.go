package support_test

import (
	"strings"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// forbids has the helpdesk refuse some calls for want of a right.
func (d *desk) forbids(right string, ops ...string) {
	d.hde.set(func() {
		d.hde.before = func(op string, _ int) error {
			for _, no := range ops {
				if op == no {
					return &device.Error{Kind: device.Unauthorized, Op: "helpdesk", Code: right}
				}
			}
			return nil
		}
	})
}

func (d *desk) asked(op string) (n int) {
	d.hde.mu.Lock()
	defer d.hde.mu.Unlock()
	for _, c := range d.hde.calls {
		if c.op == op {
			n++
		}
	}
	return n
}

func TestAMissingRightCostsOnlyWhatNeedsIt(t *testing.T) {
	for right, c := range map[string]struct {
		op             string
		comment, field bool // what is written all the same
	}{
		"comment_write": {"add comment", false, true},
		"comments_read": {"comments", false, true},
		"ticket_write":  {"set ticket", true, false},
		"users_read":    {"requester", true, true},
		"access_denied": {"posts", true, true},
	} {
		t.Run(right, func(t *testing.T) {
			opened(t, nil, func(t *testing.T, d *desk) {
				d.crm.set(func() { // found without his number
					k := d.crm.cards[7]
					k.Profile.Emails = append(k.Profile.Emails, "boris@pochta-lavki.ru")
					d.crm.cards[7] = k
				})
				d.forbids(right, c.op)
				for i := range gateway.TicketID(3) {
					d.hde.opens(1042+i, boris, "Вопрос", "где заказ 10482?")
				}
				d.pass(2 * time.Minute)
				for i := range gateway.TicketID(3) {
					id := 1042 + i
					if n := len(d.hde.cardsIn(id)); (n == 1) != c.comment {
						t.Errorf("%d: %d comments", id, n)
					}
					if f := d.hde.ticket(id); (f.Fields["31"] == "10482") != c.field || (f.Priority == "1") != c.field {
						t.Errorf("%d: fields %v, priority %s", id, f.Fields, f.Priority)
					}
					if !d.happened(id, gateway.TicketNoRight) {
						t.Errorf("%d: its history does not tell of the right", id)
					}
				}
				if n := d.asked(c.op); n > 2 || len(d.crm.notes) != 6 {
					t.Errorf("asked %d times, %d notes", n, len(d.crm.notes))
				}
				d.pass(50 * time.Minute)
				if n := d.asked(c.op); n > 2 {
					t.Errorf("asked %d times within the hour", n)
				}
				d.forbids("")
				d.pass(90 * time.Minute)
				for i := range gateway.TicketID(3) {
					if f := d.hde.ticket(1042 + i); len(d.hde.cardsIn(1042+i)) != 1 || f.Fields["31"] != "10482" || f.Priority != "1" {
						t.Errorf("with the right: %d comments, %+v", len(d.hde.cardsIn(1042+i)), f)
					}
				}
			})
		})
	}
}

func TestTicketsThatMayNotBeReadAreNotAskedForInALoop(t *testing.T) {
	opened(t, nil, func(t *testing.T, d *desk) {
		d.hde.opens(1042, anna, "Вопрос", "где заказ?")
		d.pass(enough)
		d.forbids("tickets_read", "tickets", "ticket", "posts")
		from := time.Now()
		d.pass(2 * time.Hour)
		if n, _ := d.hde.callsSince(from); n > 20 || n == 0 {
			t.Errorf("%d requests", n)
		}
		d.forbids("")
		d.hde.opens(1043, anna, "Вопрос", "где заказ?")
		d.pass(11 * time.Minute)
		d.theCard(1043)
	})
}

// The key itself is another matter: everything waits.
func TestAWrongKeyStopsEverything(t *testing.T) {
	opened(t, nil, func(t *testing.T, d *desk) {
		d.forbids("", "requester")
		d.hde.opens(1042, anna, "Вопрос", "где заказ?")
		d.pass(5 * time.Minute)
		if n := d.asked("requester"); n != 1 || len(d.hde.wrote()) != 0 {
			t.Errorf("asked %d times, wrote %q", n, d.hde.wrote())
		}
	})
}

func TestAnAlarmWithoutARight(t *testing.T) {
	for right, op := range map[string]string{"comment_write": "add comment", "ticket_write": "set ticket", "ticket_open": "open"} {
		t.Run(right, func(t *testing.T) {
			opened(t, noRules, func(t *testing.T, d *desk) {
				d.forbids(right, op)
				if op != "open" {
					d.hde.opens(1042, anna, "Вопрос", "где заказ?")
				}
				d.hde.opens(1043, boris, "Вопрос", "где?")
				d.pass(time.Minute)
				d.reaches(1, 1, "delivery-problem", "Проблема с доставкой")
				d.pass(30 * time.Minute)
				if n := d.asked(op); n > 3 {
					t.Errorf("asked %d times", n)
				}
				if op == "add comment" && d.hde.ticket(1042).Priority != "1" || op == "set ticket" && len(d.alarms(1042)) != 1 {
					t.Errorf("priority %s, %d comments", d.hde.ticket(1042).Priority, len(d.alarms(1042)))
				}
				d.hde.says(1043, boris, "Ау")
				d.pass(enough)
				if k := d.ticket(1043); k.Updated != d.hde.ticket(1043).Updated {
					t.Error("another ticket is left lying")
				}
				d.forbids("")
				d.pass(10 * time.Hour)
				at := gateway.TicketID(1042)
				if list := d.internals(); op == "open" && len(list) == 1 {
					at = list[0].ID
				}
				if n := len(d.alarms(at)); n != 1 {
					t.Errorf("%d comments, writes %s", n, strings.Join(d.hde.wrote(), "; "))
				}
			})
		})
	}
}

func TestTicketsAreReadWithoutDictionaries(t *testing.T) {
	for name, no := range map[string]*device.Error{
		"a right":     {Kind: device.Unauthorized, Op: "helpdesk", Code: "dictionaries_read"},
		"not found":   {Kind: device.NotFound, Op: "helpdesk"},
		"no answer":   {Kind: device.Unavailable, Op: "helpdesk"},
		"odd answers": {Kind: device.Refused, Op: "helpdesk"},
	} {
		t.Run(name, func(t *testing.T) {
			opened(t, nil, func(t *testing.T, d *desk) {
				d.end()
				if err := d.store.SaveHelpdeskBook(t.Context(), gateway.HelpdeskBook{}); err != nil {
					t.Fatal(err)
				}
				d.hde.set(func() {
					d.hde.before = func(op string, _ int) error {
						if op == "book" {
							return no
						}
						return nil
					}
				})
				asked := d.asked("book")
				d.begin()
				d.hde.opens(1042, anna, "Вопрос", "где заказ 10482?")
				d.pass(enough)
				d.theCard(1042)
				d.pass(3 * time.Hour)
				if n := d.asked("book") - asked; n < 3 || n > 4 {
					t.Errorf("asked %d times in three hours", n)
				}
				d.forbids("")
				d.pass(61 * time.Minute)
				if b, err := d.store.HelpdeskBook(t.Context()); err != nil || len(b.Statuses) == 0 {
					t.Errorf("%+v, %v", b, err)
				}
			})
		})
	}
}

// What was known of a list is better than nothing, once the key may not read it any more.
func TestADictionaryThatIsNotReadAnyMoreIsKept(t *testing.T) {
	opened(t, quiet, func(t *testing.T, d *desk) {
		d.hde.set(func() { d.hde.book.Priorities = nil })
		d.pass(25 * time.Hour)
		if b, err := d.store.HelpdeskBook(t.Context()); err != nil || len(b.Priorities) != 3 || d.asked("book") != 2 {
			t.Errorf("%+v, %v, asked %d times", b, err, d.asked("book"))
		}
	})
}
