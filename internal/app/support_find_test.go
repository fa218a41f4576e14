package app_test

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/card"
	"vestnik/gateway/support"
	"vestnik/sim/helpdeskeddy"
	"vestnik/sim/retailcrm"
	"vestnik/sim/world"
)

// kept is a ticket as the box has it.
func (b *box) kept(id int) support.Ticket {
	b.t.Helper()
	t, err := b.app.Store().Ticket(b.t.Context(), gateway.TicketID(id))
	if err != nil && device.KindOf(err) != device.NotFound {
		b.t.Fatal(err)
	}
	return t
}

// takenUp waits until a ticket has been dealt with.
func (b *box) takenUp(id int) support.Ticket {
	b.t.Helper()
	b.until("ticket "+strconv.Itoa(id)+" is dealt with", func() bool {
		k := b.kept(id)
		return k.ID != 0 && k.Written != "" && k.Written == k.Updated && (k.DueAt.IsZero() || k.DueAt.After(time.Now()))
	})
	return b.kept(id)
}

// seededTakenUp waits until what lay there at the beginning has been dealt with.
func (b *box) seededTakenUp() {
	b.t.Helper()
	for _, seeded := range b.world.Helpdesk.Tickets() {
		if seeded.Status != "closed" {
			b.takenUp(seeded.ID)
		}
	}
}

// notes are what stands on a customer's card in the CRM.
func (b *box) notes(customer int) (texts []string) {
	for _, n := range b.world.CRM.Notes() {
		if n.CustomerID == customer {
			texts = append(texts, n.Text)
		}
	}
	return texts
}

// anybody is a customer with an e-mail address and no VIP.
func anybody(c retailcrm.Customer) bool { return !c.VIP && c.Email != "" }

func isVIP(c retailcrm.Customer) bool { return c.VIP && c.Email != "" }

func TestAKnownVIPIsShownAndRaised(t *testing.T) {
	t.Parallel()
	inOwnTime(t, shop{}, func(t *testing.T, b *box) {
		b.watches()
		vip := b.customer(0, isVIP)
		ticket := b.world.Asks(vip, "Где мой заказ?", "Здравствуйте! Когда привезут?")
		b.comment(ticket.ID, vip.LastName, "VIP", "/card/t/", "Приоритет поднят")
		b.takenUp(ticket.ID)
		now, _ := b.world.Helpdesk.Ticket(ticket.ID)
		if now.Priority != 1 || !strings.Contains(fmt.Sprint(now.Fields[helpdeskeddy.CustomerFieldID]), vip.LastName) || fmt.Sprint(now.Fields[helpdeskeddy.VIPFieldID]) != "1" {
			t.Errorf("the ticket is %+v", now)
		}
		time.Sleep(30 * time.Minute)
		b.comment(ticket.ID, vip.LastName)
		if n := count(b.notes(vip.ID), ticket.Number); n != 1 {
			t.Errorf("%d notes of the ticket: %q", n, b.notes(vip.ID))
		}
	})
}

func TestAPersonIsFoundByPhoneAlone(t *testing.T) {
	t.Parallel()
	inOwnTime(t, shop{}, func(t *testing.T, b *box) {
		anna := b.customer(0, anybody)
		u := b.world.Helpdesk.AddUser(helpdeskeddy.User{Name: "аня", Phone: "8 (916) 123-00-01, звонить после 18"})
		ticket := b.world.Helpdesk.AddTicket(u.ID, "Вопрос", "<p>Добрый день</p>", "telegram")
		b.comment(ticket.ID, anna.LastName)
		if k := b.takenUp(ticket.ID); k.By != "phone" || k.Customer != int64(anna.ID) {
			t.Errorf("found %q %d", k.By, k.Customer)
		}
	})
}

func TestSomebodyWithoutPhoneAndAddressIsLeftAlone(t *testing.T) {
	t.Parallel()
	inOwnTime(t, shop{config: `{unknown: auto, ignore_domains: [messenger.example]}`}, func(t *testing.T, b *box) {
		people := len(b.world.CRM.Customers())
		hd := b.world.Helpdesk
		nobody := hd.AddUser(helpdeskeddy.User{Name: "Гость"})
		door := hd.AddUser(helpdeskeddy.User{Name: "Пётр", Email: "tg-1@messenger.example"})
		began := time.Now()
		for _, u := range []helpdeskeddy.User{nobody, door} {
			ticket := hd.AddTicket(u.ID, "Вопрос", "<p>Есть зелёный чай?</p>", "telegram")
			k := b.takenUp(ticket.ID)
			if k.Found != card.FoundNone || k.Customer != 0 || len(hd.Comments(ticket.ID)) != 0 {
				t.Errorf("%s: %+v, comments %+v", u.Name, k, hd.Comments(ticket.ID))
			}
		}
		for _, r := range b.world.CRM.Requests() {
			if r.At.After(began) && r.Path == "/api/v5/customers" && (strings.Contains(fmt.Sprint(r.Params), "messenger") || strings.Contains(fmt.Sprint(r.Params), "Гость")) {
				t.Errorf("the CRM was asked %v", r.Params)
			}
		}
		// The seeded desk has two strangers with addresses of their own; nobody else was made.
		for _, c := range b.world.CRM.Customers()[people:] {
			if madeFor(c, nobody) || madeFor(c, door) {
				t.Errorf("a card was made: %+v", c)
			}
		}
	})
}

func TestOneAddressOfThreeCustomersIsChosenOnce(t *testing.T) {
	t.Parallel()
	family := func(w *world.World) {
		for _, c := range w.CRM.Customers()[6:9] {
			if err := w.CRM.SetCustomerEmail(c.ID, "family@mail.example"); err != nil {
				panic(err)
			}
		}
	}
	inOwnTime(t, shop{before: family}, func(t *testing.T, b *box) {
		three := b.world.CRM.Customers()[6:9]
		u := b.world.Helpdesk.AddUser(helpdeskeddy.User{Name: "Семья", Email: "Family@Mail.example"})
		ask := func() helpdeskeddy.Ticket {
			return b.world.Helpdesk.AddTicket(u.ID, "Вопрос", "<p>Добрый день</p>", "email")
		}
		first := ask()
		b.comment(first.ID, three[0].LastName, three[1].LastName, three[2].LastName, "выберите")
		b.takenUp(first.ID)
		for _, c := range three {
			if n := b.notes(c.ID); len(n) > 0 {
				t.Errorf("%s has %q before anybody chose", c.LastName, n)
			}
		}
		if err := b.app.Support().ChoosePerson(t.Context(), gateway.TicketID(first.ID), int64(three[1].ID), "Ольга"); err != nil {
			t.Fatal(err)
		}
		b.until("the same comment shows who was chosen", func() bool {
			list := b.world.Helpdesk.Comments(first.ID)
			return len(list) == 1 && strings.Contains(list[0].Text, three[1].LastName) && !strings.Contains(list[0].Text, three[2].LastName)
		})
		b.stop() // what was chosen outlives a restart
		b.start()
		next := ask()
		text := b.comment(next.ID, three[1].LastName)
		if strings.Contains(text, three[0].LastName) || b.takenUp(next.ID).By != "choice" {
			t.Errorf("the next ticket has %q", text)
		}
	})
}

func TestUnknownRequestersByTheShopsChoice(t *testing.T) {
	t.Parallel()
	for _, choice := range []string{"off", "ask"} {
		t.Run(choice, func(t *testing.T) {
			t.Parallel()
			inOwnTime(t, shop{config: "{unknown: " + choice + "}"}, func(t *testing.T, b *box) {
				people := b.world.CRM.Customers()
				u := b.world.Helpdesk.AddUser(helpdeskeddy.User{Name: "Жанна", Lastname: "Новая", Email: "zhanna@new.example", Phone: "+7 999 555-44-33"})
				ticket := b.world.Helpdesk.AddTicket(u.ID, "Вопрос", "<p>Добрый день</p>", "email")
				k := b.takenUp(ticket.ID)
				if k.Found != card.FoundNone || len(b.world.CRM.Customers()) != len(people) {
					t.Errorf("found %+v, %d cards", k, len(b.world.CRM.Customers()))
				}
				if choice == "off" {
					if n := len(b.world.Helpdesk.Comments(ticket.ID)); n != 0 {
						t.Errorf("%d comments", n)
					}
					return
				}
				b.comment(ticket.ID, "клиента нет", "создать клиента")
				for range 2 { // an operator presses twice
					if _, err := b.app.Support().MakeCustomer(t.Context(), gateway.TicketID(ticket.ID), "", "Ольга"); err != nil {
						t.Fatal(err)
					}
				}
				b.comment(ticket.ID, "Новая")
				b.madeOnce(len(people), u)
			})
		})
	}
}

// madeFor tells whether a card was made for a user of the helpdesk.
func madeFor(c retailcrm.Customer, u helpdeskeddy.User) bool {
	return strings.HasPrefix(c.ExternalID, "hde-") && strings.HasSuffix(c.ExternalID, "-"+strconv.Itoa(u.ID))
}

// madeOnce wants just one card to have been made, of a user of the helpdesk.
func (b *box) madeOnce(before int, u helpdeskeddy.User) {
	b.t.Helper()
	made := b.world.CRM.Customers()[before:]
	his := slices.DeleteFunc(slices.Clone(made), func(c retailcrm.Customer) bool { return !madeFor(c, u) })
	if len(his) != 1 || his[0].Email != u.Email {
		b.t.Errorf("made %+v", made)
	}
}

func TestACustomerIsMadeOnceWhateverHappens(t *testing.T) {
	t.Parallel()
	inOwnTime(t, shop{config: `{unknown: auto}`}, func(t *testing.T, b *box) {
		b.seededTakenUp()
		people := len(b.world.CRM.Customers())
		lost := make(chan struct{})
		b.toCRM.meddle(http.MethodPost, "/customers/create", func(_ *http.Request, send func() (*http.Response, error)) (*http.Response, error) {
			resp, err := send()
			if err == nil {
				resp.Body.Close()
			}
			close(lost)
			return nil, fmt.Errorf("the answer was lost")
		})
		u := b.world.Helpdesk.AddUser(helpdeskeddy.User{Name: "Жанна", Lastname: "Новая", Email: "zhanna@new.example", Phone: "+7 999 555-44-33"})
		ticket := b.world.Helpdesk.AddTicket(u.ID, "Вопрос", "<p>Добрый день</p>", "email")
		<-lost
		b.stop()
		b.start()
		b.comment(ticket.ID, "Новая")
		b.stop()
		b.start()
		again := b.world.Helpdesk.AddTicket(u.ID, "Ещё вопрос", "<p>Добрый день</p>", "email")
		b.comment(again.ID, "Новая")
		time.Sleep(time.Hour)
		b.comment(ticket.ID, "Новая")
		b.madeOnce(people, u)
		made := b.world.CRM.Customers()[people]
		if n := count(b.notes(made.ID), ticket.Number); n == 0 || n > 2 { // the note of the card itself, and that of the ticket
			t.Errorf("notes %q", b.notes(made.ID))
		}
	})
}

func TestNoCardIsMadeOfARobot(t *testing.T) {
	t.Parallel()
	inOwnTime(t, shop{config: `{unknown: auto, ignore_domains: [messenger.example]}`}, func(t *testing.T, b *box) {
		hd := b.world.Helpdesk
		var users []helpdeskeddy.User
		for _, mail := range []string{"noreply@bank.example", "mailer-daemon@mail.example", "no-reply+7@shop.example", "wa-7999@messenger.example", "vk-1@sub.messenger.example"} {
			users = append(users, hd.AddUser(helpdeskeddy.User{Name: "Робот", Email: mail}))
		}
		human := hd.AddUser(helpdeskeddy.User{Name: "Анна", Email: "anna@new.example"})
		var tickets []helpdeskeddy.Ticket
		for _, u := range users {
			tickets = append(tickets, hd.AddTicket(u.ID, "Уведомление", "<p>Текст</p>", "email"))
		}
		tickets = append(tickets, hd.AddTicket(human.ID, "Автоответ: я в отпуске", "<p>Буду с понедельника</p>", "email"))
		tickets = append(tickets, hd.AddTicket(helpdeskeddy.OlgaID, "Сотрудник спрашивает", "<p>Текст</p>", "email"))
		for _, ticket := range tickets {
			b.takenUp(ticket.ID)
			if list := hd.Comments(ticket.ID); len(list) > 0 {
				t.Errorf("%q has %+v", ticket.Title, list)
			}
		}
		for _, c := range b.world.CRM.Customers() {
			for _, u := range append(users, human) {
				if madeFor(c, u) || c.Email == u.Email {
					t.Errorf("a card of %s", u.Email)
				}
			}
		}
	})
}
