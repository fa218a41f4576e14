package talk_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"vestnik/bot"
	"vestnik/device"
	"vestnik/gateway"
)

// TestAChatWhoseLinkTheShopCorrectedHearsOfHisOwnOrders: a manager had tied the Telegram user
// to a wrong card and tied him to another later. What is told is told by the tie of now.
func TestAChatWhoseLinkTheShopCorrectedHearsOfHisOwnOrders(t *testing.T) {
	for _, to := range []int64{8, 0} {
		t.Run(fmt.Sprint(to), func(t *testing.T) {
			opened(t, nil, func(t *testing.T, d *desk) {
				d.hears(telegram("где мой заказ"))
				d.wants("as tied first", d.last("901"), "10482", "Доставлен")
				d.crm.set(func() {
					d.crm.cards[0].ChatCustomers = nil
					if to != 0 {
						d.crm.cards = append(d.crm.cards, gateway.Customer{ID: to, Name: "Борис", Phones: []string{boris.String()}, ChatCustomers: []int64{501}})
					}
				})
				d.pass(11 * time.Minute)
				d.hears(telegram("а где мой заказ?"))
				if got := d.last("901"); strings.Contains(got, "Доставлен") || strings.Contains(got, "Анна") {
					t.Errorf("tied to %d he hears %q", to, got)
				}
				want := device.Phone("")
				if to != 0 {
					want = boris
				}
				if c := d.talkOf(device.Chat, "901"); c.Customer != to || c.Phone != want {
					t.Errorf("the chat is of card %d with the number %s", c.Customer, c.Phone)
				}
			})
		})
	}
}

// TestANumberThatMovedToAnotherCardHearsNothingOfTheFormer: the number was taken off her card.
func TestANumberThatMovedToAnotherCardHearsNothingOfTheFormer(t *testing.T) {
	opened(t, nil, func(t *testing.T, d *desk) {
		d.wrote(anna, "где мой заказ")
		d.wants("while it is hers", d.last(anna.String()), "10482", "Доставлен")
		d.crm.set(func() {
			d.crm.cards[0].Phones, d.crm.orders[0].Phones = []string{boris.String()}, []string{boris.String()}
		})
		d.pass(11 * time.Minute)
		d.wrote(anna, "а где мой заказ?")
		if got := d.last(anna.String()); strings.Contains(got, "Доставлен") || strings.Contains(got, "Анна") {
			t.Errorf("whoever has the number now hears %q", got)
		}
		if c := d.talkOf(device.WhatsApp, anna.String()); c.Customer != 0 {
			t.Errorf("the conversation is of card %d", c.Customer)
		}
	})
}

// TestAnotherCardsChatIsNotAskedForAMark: two cards have one number, as a family or a
// placeholder; the chat is the other's.
func TestAnotherCardsChatIsNotAskedForAMark(t *testing.T) {
	opened(t, func(s *bot.Script, set *gateway.Settings) {
		asking(s, set)
		set.WhatsApp.Enabled, set.Chats.Enabled = true, true
	}, func(t *testing.T, d *desk) {
		d.chats.channels[3] = gateway.ChatChannel{ID: 3, Messenger: "telegram", Active: true, Texts: true}
		d.hears(telegram("где мой заказ"))
		d.crm.set(func() { d.crm.orders[0].CustomerID = 8 }) // of another card with her number
		before := len(d.said("901"))
		d.pass(2 * time.Minute)
		d.delivered(100)
		d.pass(26 * time.Hour)
		if texts := d.said("901")[before:]; len(texts) != 0 {
			t.Errorf("the other's chat got %q", texts)
		}
		d.wants("by the number", d.last(anna.String()), "10482")
	})
}

// TestAnotherAccountsCardsAreForgottenAtOnce: the ids of one account mean others in the next.
func TestAnotherAccountsCardsAreForgottenAtOnce(t *testing.T) {
	opened(t, nil, func(t *testing.T, d *desk) {
		d.hears(telegram("где мой заказ"))
		d.wants("in the first account", d.last("901"), "10482")
		d.pass(30 * time.Second)
		next := &crm{
			orders: []gateway.Order{{ID: 1, Number: "77", CustomerID: 7, Fields: map[string]string{"order.number": "77", "order.status": "Отменён"}}},
			cards:  []gateway.Customer{{ID: 7, Name: "Глеб", Fields: map[string]string{"customer.firstName": "Глеб"}}},
		}
		d.clerk.People = func() gateway.People { return next }
		d.hears(telegram("а где мой заказ?"))
		if got := d.last("901"); strings.Contains(got, "77") || strings.Contains(got, "Глеб") {
			t.Errorf("she hears of somebody else: %q", got)
		}
	})
}
