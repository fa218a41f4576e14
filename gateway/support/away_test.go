package support_test

import (
	"maps"
	"testing"
	"time"

	"vestnik/gateway"
	"vestnik/gateway/card"
)

// The cache knows one of two who share an address. What it says while the CRM is away is shown, and
// nothing is done about it.
func TestWhomTheCacheNamesIsLookedForAgain(t *testing.T) {
	opened(t, nil, func(t *testing.T, d *desk) {
		d.crm.set(func() {
			d.crm.down, d.crm.cached = true, maps.Clone(d.crm.cards)
			d.crm.cards[8] = card.Card{Profile: gateway.Profile{Customer: gateway.Customer{ID: 8, Name: "Пётр"}, Emails: []string{"anna@pochta-lavki.ru"}}}
		})
		d.hde.opens(1042, anna, "Вопрос", "где заказ 10482?")
		d.pass(enough)
		d.wants("card", d.theCard(1042), "Анна Петрова")
		if k := d.ticket(1042); k.Found != card.FoundAway || k.Customer != 7 {
			t.Errorf("found %s, customer %d", k.Found, k.Customer)
		}
		d.reaches(1, 1, "delivery-problem", "Проблема с доставкой")
		d.hde.says(1042, anna, "Мой второй заказ 99999")
		d.pass(5 * time.Minute)
		if hde := d.hde.ticket(1042); hde.Priority != "2" || len(hde.Fields) != 0 || len(d.crm.notes)+len(d.crm.notices) != 0 || len(d.alarms(1042)) != 0 {
			t.Errorf("priority %s, fields %v, notes %v, notices %v", hde.Priority, hde.Fields, d.crm.notes, d.crm.notices)
		}
		d.crm.set(func() { d.crm.down = false })
		d.pass(time.Hour)
		d.wants("card", d.theCard(1042), "несколько клиентов", "Пётр")
		if k := d.ticket(1042); k.Found != card.FoundMany || k.Customer != 0 || len(d.crm.notes) != 0 {
			t.Errorf("found %s, customer %d, notes %v", k.Found, k.Customer, d.crm.notes)
		}
	})
}

func TestWhomTheCacheNamedAndTheCRMToo(t *testing.T) {
	opened(t, nil, func(t *testing.T, d *desk) {
		d.crm.set(func() { d.crm.down, d.crm.cached = true, d.crm.cards })
		d.hde.opens(1042, anna, "Вопрос", "где заказ 10482?")
		d.pass(enough)
		d.crm.set(func() { d.crm.down = false })
		d.pass(time.Hour)
		if k := d.ticket(1042); k.Found != card.FoundOne || k.Customer != 7 || len(d.crm.notes) != 2 || d.hde.ticket(1042).Priority != "1" {
			t.Errorf("found %s, customer %d, notes %v", k.Found, k.Customer, d.crm.notes)
		}
		d.crm.set(func() { d.crm.down = true }) // whom the CRM has named stays
		d.hde.says(1042, anna, "Мой второй заказ 99999")
		d.pass(enough)
		if k := d.ticket(1042); k.Found != card.FoundOne || k.Customer != 7 {
			t.Errorf("found %s, customer %d", k.Found, k.Customer)
		}
	})
}

func TestTheFormerRequestersCardGoesAtOnce(t *testing.T) {
	opened(t, func(s *gateway.Settings) { s.Helpdesk.Embed.Mailbox = "https://shop.helpdeskeddy.com/box" }, func(t *testing.T, d *desk) {
		d.hde.opens(1042, anna, "Вопрос", "где заказ?")
		d.pass(enough)
		d.wants("card", d.theCard(1042), "Анна Петрова")
		d.crm.set(func() { d.crm.down = true })
		d.hde.edits(1042, func(t *gateway.Ticket) { t.Requester, t.Name, t.Email = boris, "Борис", "boris@pochta-lavki.ru" })
		d.pass(enough)
		d.wants("card", d.theCard(1042), "заявитель сменился")
		d.wantsNot("card", d.theCard(1042), "Анна", "10482")
		wrote := len(d.hde.wrote())
		d.pass(10 * time.Minute)
		if n := len(d.hde.wrote()); n != wrote {
			t.Errorf("wrote %q", d.hde.wrote()[wrote:])
		}
		d.crm.set(func() { d.crm.down = false })
		d.pass(time.Hour)
		d.wants("card", d.theCard(1042), "клиента нет")
	})
}
