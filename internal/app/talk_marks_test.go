package app_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/sim/retailcrm"
	"vestnik/sim/world"
)

const marksConfig = `
bot:
  marks:
    review_link: https://lavka.example/review
    ask: {enabled: true, statuses: [complete], after: 0s, hours: {from: "00:00", to: "00:00"}}
`

// asking is a box that asks for marks from now on.
func asking(t *testing.T) *box {
	t.Helper()
	b := talkingAs(t, marksConfig)
	// The first look only notes where the history ends.
	if _, err := b.app.Store().QueueAsks(t.Context(), []string{"complete"}, 0); err != nil {
		t.Fatal(err)
	}
	return b
}

// looks waits for something that comes by time, and has the box look at once.
func (b *box) looks(what string, ok func() bool) {
	b.t.Helper()
	last, limit := time.Now(), 1000
	b.until(what, func() bool {
		if time.Since(last) > 300*time.Millisecond {
			last, limit = time.Now(), limit+1
			b.apply(fmt.Sprintf("whatsapp: {per_hour: %d}", limit)) // a change of the settings wakes everybody
		}
		return ok()
	})
}

// completed makes an order of a card and brings it to its end.
func (b *box) completed(p *world.Person, card, manager int, courier bool) retailcrm.Order {
	b.t.Helper()
	first, last, _ := strings.Cut(p.Name, " ")
	o := retailcrm.Order{FirstName: first, LastName: last, Phone: p.Phone, CustomerID: card, ManagerID: manager, Status: "new"}
	if courier {
		o.Delivery = retailcrm.Delivery{Type: "courier", Data: map[string]any{"courierId": 1, "firstName": "Пётр", "lastName": "Скоров"}}
	}
	o = b.world.CRM.AddOrder(o)
	b.reaches(o.ID, "complete")
	return o
}

func (b *box) fields(order int, want map[string]any) {
	b.t.Helper()
	b.until("the order's fields", func() bool {
		o, _ := b.world.CRM.Order(order)
		for code, value := range want {
			if o.CustomFields[code] != value {
				return false
			}
		}
		return true
	})
}

func TestMarksAreAskedForKeptAndFollowedUp(t *testing.T) {
	t.Parallel()
	b := asking(t)
	dmitry, anna, annasTelegram := b.world.Somebody(true, 1), b.world.Somebody(true, 0), b.world.OnTelegram

	// He is asked by WhatsApp, the first channel there is, and is not content.
	bad := b.completed(dmitry, 302, marina, false)
	// She wrote in Telegram long ago: she is asked there, and answers by WhatsApp.
	good := b.completed(anna, 301, igor, false)
	b.looks("both are asked", func() bool {
		wa, _ := b.world.Texts(dmitry)
		return len(annasTelegram.Texts()) == 1 && len(wa) == 1
	})
	b.sees(annasTelegram, 0, "Как вам заказ "+good.Number)
	b.phone(dmitry, 0, "Как вам заказ "+bad.Number)

	b.writes(dmitry, "2")
	b.fields(bad.ID, map[string]any{"shop_mark": 2})
	b.until("a task", func() bool { return len(b.world.CRM.Tasks()) == 1 })
	if task := b.world.CRM.Tasks()[0]; task.PerformerID != marina || task.OrderID != bad.ID || !strings.Contains(task.Text, "Оценка 2") {
		t.Errorf("the task %+v", task)
	}
	b.writes(dmitry, "Коробка помята")
	b.fields(bad.ID, map[string]any{"mark_comment": "Коробка помята"})
	b.dealt(device.WhatsApp, dmitry.Phone, 2)
	b.phone(dmitry, 1, "Что пошло не так", "передал сотруднику")
	var notes []string
	for _, n := range b.world.CRM.Notes() {
		if n.CustomerID == 302 {
			notes = append(notes, n.Text)
		}
	}
	b.shows("the card", notes, "магазин 2", "Коробка помята")

	b.writes(anna, "5")
	b.fields(good.ID, map[string]any{"shop_mark": 5})
	b.dealt(device.WhatsApp, anna.Phone, 1)
	b.phone(anna, 0, "https://lavka.example/review")
	// The same number again corrects the mark, in Telegram it is no mark any more.
	b.pastSecond()
	b.writes(anna, "4")
	b.fields(good.ID, map[string]any{"shop_mark": 4})
	b.dealt(device.WhatsApp, anna.Phone, 2)
	annasTelegram.Write("2")
	b.inChat(annasTelegram, 1)
	b.sees(annasTelegram, 0, "Как вам заказ", "Адрес")
	b.phone(anna, 1, "Исправил")
	if n := len(b.world.CRM.Tasks()); n != 1 {
		t.Errorf("%d tasks: %+v", n, b.world.CRM.Tasks())
	}
	marks, err := b.app.Store().Marks(t.Context(), b.world.CRM.Now().AddDate(0, 0, -1), false, 10)
	if err != nil || len(marks) != 2 {
		t.Errorf("marks %+v, %v", marks, err)
	}

	// The same status again asks nobody again.
	b.reaches(bad.ID, "assembling")
	b.reaches(bad.ID, "complete")
	next := b.completed(b.world.Somebody(true, 2), 304, igor, false)
	b.looks("the next one is asked", func() bool { wa, _ := b.world.Texts(b.world.Somebody(true, 2)); return len(wa) == 1 })
	b.phone(b.world.Somebody(true, 2), 0, "Как вам заказ "+next.Number)
	b.rest()
	b.gets(dmitry, 3, 0)
}

func TestWhoIsNotOnWhatsAppIsAskedBySMSAndMarksThere(t *testing.T) {
	t.Parallel()
	b := asking(t)
	elena := b.world.Somebody(false, 0)
	o := b.completed(elena, 303, igor, false)
	b.looks("she is asked", func() bool { _, sms := b.world.Texts(elena); return len(sms) == 1 })
	if _, sms := b.world.Texts(elena); !strings.Contains(sms[0], "Как вам заказ "+o.Number) {
		t.Errorf("asked %q", sms)
	}
	b.world.Modem.Receive(elena.Phone, "3")
	b.fields(o.ID, map[string]any{"shop_mark": 3})
	b.dealt(device.SMS, elena.Phone, 1)
	_, sms := b.world.Texts(elena)
	b.shows("Elena", sms[1:], "Что пошло не так")
	b.until("a task", func() bool { return len(b.world.CRM.Tasks()) == 1 })

	// Who refused advertising is not asked.
	anna := b.world.OnTelegram
	anna.Write("стоп")
	b.inChat(anna, 1)
	b.completed(b.world.Somebody(true, 0), 301, igor, false)
	vera := b.world.Somebody(true, 2)
	b.completed(vera, 304, igor, false) // whose turn comes after hers
	b.looks("the next one is asked", func() bool { wa, _ := b.world.Texts(vera); return len(wa) == 1 })
	b.rest()
	b.gets(b.world.Somebody(true, 0), 0, 0)
	b.sees(anna, 0, "Рекламы больше не будет")
}
