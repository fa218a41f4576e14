package support_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/card"
	"vestnik/gateway/support"
)

func TestATicketGetsItsCard(t *testing.T) {
	opened(t, nil, func(t *testing.T, d *desk) {
		d.hde.opens(1042, anna, "Где мой заказ?", "Здравствуйте, где заказ 10482? Кроссовки жду неделю")
		d.pass(enough)
		html := d.theCard(1042)
		d.wants("card", html, "Анна Петрова", "VIP", "заказов: 27", "184\u00a0300\u00a0₽", "Ольга Сергеева", "10482", "Доставляется", "Кроссовки Nike, Носки белые ×2",
			"http://192.168.1.5:8480/card/t/1042", "https://lavka.retailcrm.ru/customers/7", "Приоритет поднят: VIP", "по телефону", "<!-- vestnik-card ticket=1042 hash=")
		hde := d.hde.ticket(1042)
		if hde.Priority != "1" || hde.Fields["31"] != "10482" || hde.Fields["32"] != "Анна Петрова" || hde.Fields["33"] != "1" || hde.Fields["36"] != "Доставляется" {
			t.Errorf("priority %s, fields %v", hde.Priority, hde.Fields)
		}
		if n := len(d.crm.notes); n != 2 { // the ticket, and the order under way
			t.Errorf("%d notes: %+v", n, d.crm.notes)
		}
		if len(d.crm.notices) != 1 || d.crm.notices[0].Users[0] != 31 {
			t.Errorf("notices %+v", d.crm.notices)
		}
		kept := d.ticket(1042)
		if kept.Topic != support.TopicStatus || len(kept.Numbers) != 1 || len(kept.Products) != 1 || kept.Products[0] != "Кроссовки Nike" {
			t.Errorf("topic %q, numbers %v, products %v", kept.Topic, kept.Numbers, kept.Products)
		}
	})
}

func TestOwnWritesWakeNothing(t *testing.T) {
	opened(t, nil, func(t *testing.T, d *desk) {
		d.hde.opens(1042, anna, "Вопрос", "где заказ 10482?")
		d.pass(time.Minute)
		wrote := len(d.hde.wrote())
		if kept := d.ticket(1042); kept.Written != kept.Updated || kept.Updated != d.hde.ticket(1042).Updated {
			t.Errorf("written %s, updated %s, there %s", kept.Written, kept.Updated, d.hde.ticket(1042).Updated)
		}
		from, read := time.Now(), 0
		d.pass(30 * time.Minute)
		for _, c := range d.hde.calls {
			if c.op == "posts" {
				read++
			}
			if c.at.After(from) && c.op != "tickets" {
				t.Errorf("%s at %s", c.op, c.at)
			}
		}
		if n := len(d.hde.wrote()); n != wrote || wrote == 0 || read != 2 { // once more after our own write
			t.Errorf("%d writes, then %d; the texts were read %d times", wrote, n, read)
		}
	})
}

func TestACardThatSaysTheSameIsNotWrittenAgain(t *testing.T) {
	opened(t, nil, func(t *testing.T, d *desk) {
		d.hde.opens(1042, anna, "Вопрос", "где заказ?")
		d.pass(enough)
		wrote := len(d.hde.wrote())
		d.hde.says(1042, anna, "Ау!")
		d.pass(enough)
		if n := len(d.hde.wrote()); n != wrote {
			t.Errorf("wrote %q", d.hde.wrote()[wrote:])
		}
		d.crm.set(func() {
			k := d.crm.cards[7]
			k.Orders[0].StatusName, k.Orders[0].Delivery = "Выполнен", false
			d.crm.cards[7] = k
		})
		d.hde.says(1042, anna, "Ау!!")
		d.pass(enough)
		d.wants("card", d.theCard(1042), "Выполнен")
		if d.hde.ticket(1042).Fields["36"] != "Выполнен" {
			t.Errorf("fields %v", d.hde.ticket(1042).Fields)
		}
		if n := len(d.crm.notices); n != 1 {
			t.Errorf("%d notices", n)
		}
	})
}

func TestAManagerIsToldOnceOfAnOrder(t *testing.T) {
	opened(t, nil, func(t *testing.T, d *desk) {
		d.hde.opens(1042, anna, "Вопрос", "где заказ?")
		d.pass(enough)
		d.crm.set(func() { d.crm.cards[7].Orders[0].StatusName = "У курьера" }) // under way yet
		d.hde.says(1042, anna, "Ау!")
		d.pass(enough)
		if n := len(d.crm.notices); n != 1 || len(d.crm.notes) != 2 {
			t.Errorf("notices %+v, notes %+v", d.crm.notices, d.crm.notes)
		}
		d.hde.opens(1043, anna, "Ещё вопрос", "где заказ?") // another ticket is another matter
		d.pass(enough)
		if n := len(d.crm.notices); n != 2 {
			t.Errorf("%d notices", n)
		}
	})
}

func TestNobodyIsAChoiceToo(t *testing.T) {
	opened(t, nil, func(t *testing.T, d *desk) {
		d.hde.opens(1042, anna, "Вопрос", "где заказ?")
		d.pass(enough)
		if err := d.clerk.ChoosePerson(t.Context(), 1042, 0, "olga"); err != nil {
			t.Fatal(err)
		}
		d.hde.says(1042, anna, "Ау!")
		d.pass(enough)
		d.wantsNot("card", d.theCard(1042), "Анна")
		if k := d.ticket(1042); k.Customer != 0 || k.Found != card.FoundNone || !d.happened(1042, gateway.TicketNobody) {
			t.Errorf("%+v", k)
		}
	})
}

func TestNamesAreText(t *testing.T) {
	opened(t, nil, func(t *testing.T, d *desk) {
		evil := `<script>alert(1)</script>"><img src=x onerror=alert(1)>`
		d.crm.set(func() {
			k := d.crm.cards[7]
			k.Profile.Name, k.Profile.URL = evil, `javascript:alert(1)`
			k.Profile.Loyalty.Level, k.Profile.SiteName = evil, evil
			k.Manager = &gateway.CRMUser{ID: 31, Name: evil}
			o := &k.Orders[0]
			o.Number, o.StatusName, o.Payment, o.ProfileOrder.Delivery, o.Track, o.URL = evil, evil, evil, evil, evil, `javascript:alert(1)`
			o.DeliverOn, o.Total, o.Currency = evil, evil, evil
			o.Items = []gateway.ProfileItem{{Name: evil, Quantity: evil}}
			d.crm.cards[7] = k
		})
		d.hde.opens(1042, anna, evil, evil)
		d.pass(enough)
		d.wantsNot("card", d.theCard(1042), "<script", "<img", "javascript:")
		d.wants("card", d.theCard(1042), "&lt;script&gt;")
	})
}

func TestSparseLeavesPersonsOut(t *testing.T) {
	opened(t, func(s *gateway.Settings) { s.Helpdesk.Sparse = true }, func(t *testing.T, d *desk) {
		d.hde.opens(1042, anna, "Вопрос", "где заказ?")
		d.pass(enough)
		d.wants("card", d.theCard(1042), "10482", "Доставляется")
		d.wantsNot("card", d.theCard(1042), "Анна", "184", "6\u00a0490", "Кроссовки", "Ольга")
	})
}

func TestARequesterWithoutAddressOrNumber(t *testing.T) {
	opened(t, nil, func(t *testing.T, d *desk) {
		d.hde.opens(1042, nobody, "Вопрос", "где заказ 10482?")
		d.pass(time.Minute)
		if n := len(d.hde.wrote()); n != 0 {
			t.Errorf("wrote %q", d.hde.wrote())
		}
		if !d.happened(1042, gateway.TicketNoHints) || d.ticket(1042).Error != "" {
			t.Errorf("%+v", d.ticket(1042))
		}
	})
}

func TestOneAddressForThreeCustomers(t *testing.T) {
	opened(t, nil, func(t *testing.T, d *desk) {
		d.crm.set(func() {
			for id := int64(8); id <= 9; id++ {
				d.crm.cards[id] = card.Card{Profile: gateway.Profile{Customer: gateway.Customer{ID: id, Name: fmt.Sprint("Пётр ", id)}, Emails: []string{"anna@pochta-lavki.ru"}}}
			}
		})
		d.hde.opens(1042, anna, "Вопрос", "где заказ?")
		d.pass(enough)
		d.wants("card", d.theCard(1042), "несколько клиентов", "Анна Петрова", "Пётр 8", "Пётр 9", "/card/t/1042")
		if hde := d.hde.ticket(1042); hde.Priority != "2" || len(hde.Fields) != 0 || len(d.crm.notes) != 0 {
			t.Errorf("priority %s, fields %v, notes %v", hde.Priority, hde.Fields, d.crm.notes)
		}
		if err := d.clerk.ChoosePerson(t.Context(), 1042, 7, "olga"); err != nil {
			t.Fatal(err)
		}
		d.pass(enough)
		d.wants("card", d.theCard(1042), "Анна Петрова", "заказов: 27")
		d.wantsNot("card", d.theCard(1042), "Пётр")
		if d.crm.chosen[anna] != 7 || !d.happened(1042, gateway.TicketChosen) || len(d.crm.notes) != 2 {
			t.Errorf("chosen %v, notes %v", d.crm.chosen, d.crm.notes)
		}
		// The choice outlives what is said later, and holds for the next ticket.
		d.hde.says(1042, anna, "заказ 99999")
		d.hde.opens(1043, anna, "Ещё вопрос", "где заказ?")
		d.pass(enough)
		d.wants("next", d.theCard(1043), "Анна Петрова", "заказов: 27")
		if k := d.ticket(1042); k.Customer != 7 || k.By != "choice" {
			t.Errorf("customer %d by %s", k.Customer, k.By)
		}
		if err := d.clerk.ChoosePerson(t.Context(), 1042, 77, "olga"); device.KindOf(err) != device.NotFound {
			t.Errorf("a card that is not there: %v", err)
		}
	})
}

func TestUnknownRequesters(t *testing.T) {
	for _, c := range []struct {
		mode     gateway.UnknownRequester
		requests int // comments
		made     int
	}{{gateway.UnknownOff, 0, 0}, {gateway.UnknownOffer, 1, 0}, {gateway.UnknownAuto, 1, 1}} {
		t.Run(string(c.mode), func(t *testing.T) {
			opened(t, func(s *gateway.Settings) { s.Helpdesk.Unknown = c.mode }, func(t *testing.T, d *desk) {
				d.hde.opens(1042, boris, "Вопрос", "здравствуйте")
				d.pass(enough)
				if n := len(d.hde.cardsIn(1042)); n != c.requests {
					t.Errorf("%d comments", n)
				}
				if n := len(d.crm.made); n != c.made {
					t.Errorf("made %+v", d.crm.made)
				}
				switch c.mode {
				case gateway.UnknownOffer:
					d.wants("card", d.theCard(1042), "создать клиента", "/card/t/1042")
					for range 2 {
						if _, err := d.clerk.MakeCustomer(t.Context(), 1042, "", "olga"); err != nil {
							t.Fatal(err)
						}
					}
					d.pass(enough)
					d.wants("card", d.theCard(1042), "Борис")
					if n := len(d.crm.made); n != 1 || !strings.HasSuffix(d.crm.made[0].ExternalID, "-502") || d.crm.made[0].Email != "boris@pochta-lavki.ru" {
						t.Errorf("made %+v", d.crm.made)
					}
				case gateway.UnknownAuto:
					d.wants("card", d.theCard(1042), "Борис")
					if len(d.crm.notes) != 1 {
						t.Errorf("notes %+v", d.crm.notes)
					}
				}
			})
		})
	}
}

func TestNobodyIsMadeOfARobot(t *testing.T) {
	opened(t, func(s *gateway.Settings) { s.Helpdesk.Unknown = gateway.UnknownAuto }, func(t *testing.T, d *desk) {
		d.hde.set(func() {
			d.hde.users[504] = gateway.Requester{ID: 504, Name: "Shop", Email: "no-reply@market-lavki.ru"}
			d.hde.users[505] = gateway.Requester{ID: 505, Name: "ivan", Email: "tg-81@telegram.helpdeskeddy.com"}
		})
		d.hde.opens(1, 504, "Ваш отчёт", "заказ 10482")
		d.hde.opens(2, boris, "Автоответ: я в отпуске", "вернусь в понедельник")
		d.hde.opens(3, 505, "Вопрос", "привет")
		d.hde.opens(4, 12, "Заметка себе", "заказ 10482")
		d.pass(time.Minute)
		if len(d.crm.made) != 0 {
			t.Errorf("made %+v", d.crm.made)
		}
		for _, id := range []gateway.TicketID{1, 2, 4} {
			if d.ticket(id).Robot == "" || len(d.hde.cardsIn(id)) != 0 {
				t.Errorf("ticket %d: robot %q", id, d.ticket(id).Robot)
			}
		}
	})
}

func TestTheCRMIsAway(t *testing.T) {
	opened(t, nil, func(t *testing.T, d *desk) {
		d.crm.set(func() { d.crm.down = true })
		d.hde.opens(1042, anna, "Вопрос", "где заказ?")
		d.pass(3 * time.Hour)
		if n := len(d.hde.cardsIn(1042)); n != 0 {
			t.Errorf("%d comments of nothing", n)
		}
		if n := len(d.crm.asked); n > 20 {
			t.Errorf("asked %d times", n)
		}
		d.crm.set(func() { d.crm.down = false })
		d.pass(40 * time.Minute)
		d.wants("card", d.theCard(1042), "Анна Петрова")
		if len(d.crm.notices) != 1 || d.ticket(1042).Error != "" {
			t.Errorf("notices %+v, error %q", d.crm.notices, d.ticket(1042).Error)
		}
	})
}

func TestACardFromTheCacheSaysSo(t *testing.T) {
	opened(t, nil, func(t *testing.T, d *desk) {
		d.crm.set(func() { d.crm.down, d.crm.chosen[anna] = true, 7 })
		d.hde.opens(1042, anna, "Вопрос", "где заказ?")
		d.pass(enough)
		d.wants("card", d.theCard(1042), "Анна Петрова", "RetailCRM не отвечала", "21.11.2026")
		d.crm.set(func() { d.crm.down = false })
		wrote := len(d.hde.wrote())
		d.pass(time.Hour)
		if n := len(d.hde.wrote()); n != wrote { // it says the same
			t.Errorf("wrote %q", d.hde.wrote()[wrote:])
		}
	})
}

func TestACommentThatSomebodyTookAway(t *testing.T) {
	opened(t, nil, func(t *testing.T, d *desk) {
		d.hde.opens(1042, anna, "Вопрос", "где заказ?")
		d.pass(enough)
		d.hde.set(func() { d.hde.comments[1042] = nil })
		change := func(status string) {
			d.crm.set(func() { d.crm.cards[7].Orders[0].StatusName = status })
			d.hde.says(1042, anna, "Ау "+status)
			d.pass(enough)
		}
		change("В пункте выдачи")
		if n := len(d.hde.cardsIn(1042)); n != 0 || !d.happened(1042, gateway.TicketCardGone) {
			t.Errorf("%d comments after it was taken away", n)
		}
		d.hde.says(1042, anna, "Ау")
		d.pass(enough)
		if n := len(d.hde.cardsIn(1042)); n != 0 {
			t.Errorf("%d comments, and nothing has changed", n)
		}
		change("Вручён")
		d.wants("card", d.theCard(1042), "Вручён")
	})
}

func TestALostAnswerWritesNoSecondComment(t *testing.T) {
	for _, strips := range []bool{false, true} {
		t.Run(fmt.Sprint("strips ", strips), func(t *testing.T) {
			opened(t, nil, func(t *testing.T, d *desk) {
				lost := 0
				d.hde.set(func() {
					d.hde.strips = strips
					d.hde.after = func(op string, _ int) error {
						if op == "add comment" && lost < 1 || op == "set ticket" && lost < 3 {
							lost++
							return device.Errorf(device.Uncertain, "helpdesk", "no answer")
						}
						return nil
					}
				})
				d.hde.opens(1042, anna, "Вопрос", "где заказ?")
				d.pass(15 * time.Minute)
				d.theCard(1042)
				if lost == 0 || d.hde.ticket(1042).Priority != "1" || d.ticket(1042).SetByPerson || d.ticket(1042).RaisedTo != "1" {
					t.Errorf("lost %d, %+v", lost, d.ticket(1042))
				}
			})
		})
	}
}

func TestATicketThatIsMergedWhileItIsWritten(t *testing.T) {
	for _, at := range []string{"set ticket", "add comment"} {
		t.Run(at, func(t *testing.T) {
			opened(t, nil, func(t *testing.T, d *desk) {
				d.hde.set(func() {
					d.hde.before = func(op string, _ int) error {
						if op == at {
							d.hde.tickets[1042].Parent, d.hde.tickets[1042].Status = 1000, "closed"
						}
						return nil
					}
				})
				d.hde.opens(1042, anna, "Вопрос", "где заказ?")
				d.pass(time.Hour)
				if k := d.ticket(1042); k.Open || !k.DueAt.IsZero() || k.Error != "" || !d.happened(1042, gateway.TicketGone) {
					t.Errorf("%+v", k)
				}
				if n := len(d.hde.cardsIn(1042)); n != 0 {
					t.Errorf("%d comments", n)
				}
			})
		})
	}
}

func TestADeletedTicketAndOneThatMoved(t *testing.T) {
	opened(t, nil, func(t *testing.T, d *desk) {
		d.hde.opens(1042, anna, "Вопрос", "где заказ?")
		d.hde.opens(1043, anna, "Вопрос", "где заказ?")
		d.pass(enough)
		d.hde.set(func() { // neither shows in a look by time
			d.hde.tickets[1042].Deleted = true
			d.hde.tickets[1043].Requester, d.hde.tickets[1043].Email = boris, "boris@pochta-lavki.ru"
		})
		d.pass(8 * time.Hour)
		if k := d.ticket(1042); k.Open || !d.happened(1042, gateway.TicketGone) {
			t.Errorf("%+v", k)
		}
		d.wantsNot("card", d.theCard(1043), "Анна")
		d.wants("card", d.theCard(1043), "клиента нет")
		if !d.happened(1043, gateway.TicketNewAsker) {
			t.Error("nobody noticed the new requester")
		}
	})
}

func TestWhatAPersonSetStays(t *testing.T) {
	opened(t, nil, func(t *testing.T, d *desk) {
		d.hde.opens(1, anna, "Вопрос", "где заказ?")
		d.pass(enough)
		d.hde.edits(1, func(t *gateway.Ticket) { t.Priority = "2" }) // after us
		d.hde.opens(2, boris, "Вопрос", "где заказ?")
		d.pass(enough)
		d.hde.edits(2, func(t *gateway.Ticket) { t.Priority = "3" }) // before us
		d.pass(enough)
		if err := d.clerk.ChoosePerson(t.Context(), 2, 7, "olga"); err != nil {
			t.Fatal(err)
		}
		d.hde.says(1, anna, "Ау")
		d.pass(enough)
		for id, want := range map[gateway.TicketID]string{1: "2", 2: "3"} {
			if p := d.hde.ticket(id).Priority; p != want || !d.ticket(id).SetByPerson || !d.happened(id, gateway.TicketByPerson) {
				t.Errorf("ticket %d: priority %s, %+v", id, p, d.ticket(id))
			}
		}
		d.wantsNot("card", d.theCard(1), "Приоритет поднят")
	})
}

func TestPrioritiesAreNeverLowered(t *testing.T) {
	opened(t, func(s *gateway.Settings) {
		s.Helpdesk.Rules = []gateway.PriorityRule{{Name: "VIP", Enabled: true, When: gateway.WhenVIP, Priority: "3"}}
	}, func(t *testing.T, d *desk) {
		d.hde.opens(1, anna, "Вопрос", "где заказ?")
		d.hde.set(func() { d.hde.tickets[1].Priority = "1" })
		d.hde.opens(2, anna, "Вопрос", "где заказ?")
		d.hde.set(func() { d.hde.tickets[2].Priority = "17" }) // nobody ranked it
		d.pass(enough)
		if a, b := d.hde.ticket(1).Priority, d.hde.ticket(2).Priority; a != "1" || b != "17" {
			t.Errorf("priorities %s, %s", a, b)
		}
		if !d.happened(1, gateway.TicketIsHigher) || !d.happened(2, gateway.TicketNoRank) {
			t.Error("no reason is told")
		}
	})
}

func TestAPriorityThatIsNoMore(t *testing.T) {
	opened(t, nil, func(t *testing.T, d *desk) {
		d.pass(time.Minute)
		d.hde.set(func() { d.hde.book.Priorities = d.hde.book.Priorities[1:] })
		d.pass(25 * time.Hour)
		d.hde.opens(1, anna, "Вопрос", "где заказ?")
		d.pass(enough)
		if p := d.hde.ticket(1).Priority; p != "2" || !d.happened(1, gateway.TicketNoPriority) {
			t.Errorf("priority %s", p)
		}
	})
}

func TestRulesAreTriedFirst(t *testing.T) {
	opened(t, func(s *gateway.Settings) { s.Helpdesk.RulesDry = true }, func(t *testing.T, d *desk) {
		d.hde.opens(1, anna, "Вопрос", "где заказ?")
		d.pass(enough)
		if p, k := d.hde.ticket(1).Priority, d.ticket(1); p != "2" || k.WouldRaise != "VIP" || k.RaisedTo != "" {
			t.Errorf("priority %s, %+v", p, k)
		}
		n := len(d.hde.calls)
		trial, err := d.clerk.TryRules(t.Context(), []gateway.PriorityRule{{Name: "В пути", Enabled: true, When: gateway.WhenDelivery, Priority: "3"}})
		if err != nil || len(trial.Rows) != 1 || trial.Tickets != 1 || trial.Known != 1 || trial.Rows[0].To != "3" || trial.Rows[0].Left || trial.Rows[0].Reason.Reason != gateway.RaiseDelivery {
			t.Errorf("%+v, %v", trial, err)
		}
		if len(d.hde.calls) != n {
			t.Error("the helpdesk was asked")
		}
	})
}

func TestAFieldThatCustomersSeeIsNeverWritten(t *testing.T) {
	for name, book := range map[string]bool{"known": true, "unknown": false} {
		t.Run(name, func(t *testing.T) {
			opened(t, func(s *gateway.Settings) {
				s.Helpdesk.Fields = map[string]string{"order": "31", "status": "35", "customer": "32"}
			}, func(t *testing.T, d *desk) {
				if !book {
					d.hde.set(func() {
						d.hde.before = func(op string, _ int) error {
							if op == "book" {
								return device.Errorf(device.Refused, "helpdesk", "no right")
							}
							return nil
						}
					})
				}
				d.hde.opens(1, anna, "Вопрос", "где заказ?")
				d.pass(enough)
				hde := d.hde.ticket(1)
				if hde.Fields["35"] != "" || hde.Fields["31"] != "10482" || hde.Fields["32"] == "" || !d.happened(1, gateway.TicketFieldNo) {
					t.Errorf("fields %v", hde.Fields)
				}
				d.theCard(1)
				if book && len(d.hde.wrong) > 0 {
					t.Errorf("asked for %q", d.hde.wrong)
				}
				n := len(d.hde.calls)
				d.hde.says(1, anna, "Ау")
				d.pass(enough)
				for _, c := range d.hde.calls[n:] {
					if c.op == "set ticket" {
						t.Error("it is tried again")
					}
				}
			})
		})
	}
}

func TestOneBadTicketDoesNotStandBeforeTheOthers(t *testing.T) {
	opened(t, nil, func(t *testing.T, d *desk) {
		d.crm.set(func() {
			d.crm.cards[8] = card.Card{Profile: gateway.Profile{Customer: gateway.Customer{ID: 8}, Emails: []string{"boris@pochta-lavki.ru"}}}
		})
		bad := true
		d.crm.set(func() {
			d.crm.before = func(op string) error {
				if op == "card" && bad {
					bad = false
					panic("an odd card")
				}
				return nil
			}
		})
		d.hde.opens(1, anna, "Вопрос", "где заказ?")
		d.hde.opens(2, boris, "Вопрос", "где заказ?")
		d.pass(3 * time.Minute)
		d.theCard(1)
		d.theCard(2)
	})
}

func TestAClosedTicketIsLeftAlone(t *testing.T) {
	opened(t, nil, func(t *testing.T, d *desk) {
		d.hde.opens(1, anna, "Вопрос", "где заказ 10482?")
		d.pass(enough)
		d.pass(10 * time.Minute)
		d.hde.says(1, 77, "Уже едет")
		d.pass(enough)
		d.hde.edits(1, func(t *gateway.Ticket) { t.Status = "closed" })
		d.pass(enough)
		k := d.ticket(1)
		if k.Open || k.ClosedAt.IsZero() || k.FirstAnswer < 10*time.Minute || k.FirstAnswer > 12*time.Minute || k.Lasted < k.FirstAnswer || !k.DueAt.IsZero() {
			t.Errorf("%+v", k)
		}
		wrote := len(d.hde.wrote())
		d.crm.set(func() { d.crm.cards[7].Orders[0].StatusName = "Вручён" })
		d.hde.edits(1, func(t *gateway.Ticket) { t.Rate = "like" })
		d.pass(enough)
		if n := len(d.hde.wrote()); n != wrote {
			t.Errorf("wrote %q", d.hde.wrote()[wrote:])
		}
		d.hde.edits(1, func(t *gateway.Ticket) { t.Status = "open" })
		d.pass(enough)
		if !d.ticket(1).Open || !d.happened(1, gateway.TicketReopened) {
			t.Error("it is open again")
		}
		d.wants("card", d.theCard(1), "Вручён")
	})
}

func TestTwoBoxesOnOneAccount(t *testing.T) {
	opened(t, nil, func(t *testing.T, d *desk) {
		d.hde.set(func() {
			d.hde.strips = true
			d.hde.tickets[1042] = &gateway.Ticket{}
		})
		d.hde.opens(1042, anna, "Вопрос", "где заказ?")
		d.hde.set(func() { // what the other box wrote, under its own name
			d.hde.comments[1042] = []gateway.TicketComment{
				{ID: 5, User: 40, HTML: "<p>переслано: Данные. Vestnik &middot; 1042</p><p>Ольга</p>"},
				{ID: 6, User: 12, HTML: "<p>старая карточка</p><p>Vestnik &middot; 1042</p>"},
			}
		})
		d.pass(enough)
		d.hde.set(func() {
			list := d.hde.comments[1042]
			if len(list) != 2 || !strings.Contains(list[1].HTML, "Анна Петрова") || strings.Contains(list[0].HTML, "Анна Петрова") {
				t.Errorf("comments %+v", list)
			}
		})
		if !d.happened(1042, gateway.TicketCardKept) || d.ticket(1042).Comment != 6 {
			t.Errorf("comment %d", d.ticket(1042).Comment)
		}
	})
}

func TestAFieldThatAPersonFilledInStays(t *testing.T) {
	opened(t, nil, func(t *testing.T, d *desk) {
		lost := false
		d.hde.set(func() {
			d.hde.after = func(op string, _ int) error {
				if op == "set ticket" && d.hde.tickets[1042].Fields["31"] != "" && !lost {
					lost = true
					return device.Errorf(device.Uncertain, "helpdesk", "no answer")
				}
				return nil
			}
		})
		d.hde.opens(1042, anna, "Вопрос", "где заказ?")
		d.hde.opens(1043, anna, "Вопрос", "где заказ?")
		d.hde.set(func() {
			d.hde.tickets[1043].Fields = map[string]string{"31": "из письма", "33": "0", "36": "  "}
		})
		d.pass(2 * time.Minute)
		if f := d.hde.ticket(1043).Fields; f["31"] != "из письма" || f["32"] != "Анна Петрова" || f["33"] != "1" || f["36"] != "Доставляется" || !d.happened(1043, gateway.TicketFieldKept) {
			t.Errorf("filled in before: %v", f)
		}
		d.hde.edits(1042, func(t *gateway.Ticket) { t.Fields["32"] = "Анна Иванова" })
		d.crm.set(func() {
			k := d.crm.cards[7]
			k.Profile.Name, k.Orders[0].StatusName = "Анна Сидорова", "У курьера"
			d.crm.cards[7] = k
		})
		d.hde.says(1042, anna, "Ау!")
		d.pass(enough)
		if f := d.hde.ticket(1042).Fields; !lost || f["32"] != "Анна Иванова" || f["36"] != "У курьера" || !d.happened(1042, gateway.TicketFieldKept) {
			t.Errorf("corrected: %v, lost %v", f, lost)
		}
	})
}

func TestWhatIsSaidMeanwhileIsHeard(t *testing.T) {
	for _, at := range []string{"set ticket", "comments", "add comment", "ticket"} {
		for _, alarm := range []bool{false, true} {
			t.Run(fmt.Sprint(at, alarm), func(t *testing.T) {
				opened(t, func(s *gateway.Settings) {
					if alarm {
						s.Helpdesk.Rules = nil
					}
				}, func(t *testing.T, d *desk) {
					said := false
					speak := func() {
						d.hde.set(func() {
							d.hde.before = func(op string, _ int) error {
								if op == at && !said && len(d.hde.posts[1042]) == 1 {
									said = true
									d.hde.post(1042, anna, "и ещё заказ 77777")
								}
								return nil
							}
						})
					}
					if !alarm {
						speak()
					}
					d.hde.opens(1042, anna, "Вопрос", "где заказ 10482?")
					d.pass(time.Minute)
					if alarm {
						speak()
						d.reaches(1, 1, "delivery-problem", "Проблема с доставкой")
					}
					d.pass(2 * time.Minute)
					if k := d.ticket(1042); !said || len(k.Numbers) != 2 || k.Updated != d.hde.ticket(1042).Updated {
						t.Errorf("said %v, numbers %v, updated %s there %s", said, k.Numbers, k.Updated, d.hde.ticket(1042).Updated)
					}
				})
			})
		}
	}
}

// A parent may be anything: only a ticket that is closed as well was merged.
func TestATicketWithAParentIsAlive(t *testing.T) {
	opened(t, nil, func(t *testing.T, d *desk) {
		d.hde.opens(1042, anna, "Вопрос", "где заказ?")
		d.hde.set(func() { d.hde.tickets[1042].Parent = 1000 })
		d.pass(enough)
		d.theCard(1042)
		if k := d.ticket(1042); !k.Open || d.happened(1042, gateway.TicketGone) {
			t.Errorf("%+v", k)
		}
		d.hde.edits(1042, func(t *gateway.Ticket) { t.Status = "closed" })
		d.pass(enough)
		if k := d.ticket(1042); k.Open || !d.happened(1042, gateway.TicketGone) {
			t.Errorf("%+v", k)
		}
	})
}
