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

// TestAConversationThatCannotBeDecidedHoldsNobodyElseUp: what the program fails at, here by a
// panic, is tried again and in the end given to a person.
func TestAConversationThatCannotBeDecidedHoldsNobodyElseUp(t *testing.T) {
	opened(t, nil, func(t *testing.T, d *desk) {
		d.crm.set(func() { d.crm.panics = boris })
		d.wrote(boris, "где мой заказ")
		d.pass(time.Second)
		d.wrote(anna, "где мой заказ")
		d.pass(time.Second)
		d.wants("another's answer", d.last(anna.String()), "10482", "Доставлен")
		d.pass(5 * time.Minute)
		c := d.talkOf(device.WhatsApp, boris.String())
		if !c.Waits() || c.CalledWhy != string(bot.WhyFault) {
			t.Errorf("called %v, why %q", c.CalledAt, c.CalledWhy)
		}
		d.crm.set(func() { d.crm.panics = "" })
		d.wrote(boris, "где мой заказ?")
		d.pass(time.Second)
		if got := d.last(boris.String()); got == "" || strings.Contains(got, "Доставлен") {
			t.Errorf("he hears %q", got)
		}
	})
}

// TestAStrangerIsAskedForOnceADay: those whom the CRM does not know must not use up its limit,
// nor keep it from those who came later.
func TestAStrangerIsAskedForOnceADay(t *testing.T) {
	opened(t, nil, func(t *testing.T, d *desk) {
		for i := range 7 {
			err := d.store.SeeChats(t.Context(), []gateway.SeenChat{{
				Alias: fmt.Sprint(1000 + i), HeardAt: time.Now().Add(-time.Duration(i) * time.Hour),
				Chat: device.ChatFacts{Messenger: "telegram", Account: 3, Customer: int64(9000 + i)},
			}})
			if err != nil {
				t.Fatal(err)
			}
		}
		d.pass(25 * time.Hour)
		d.crm.set(func() { d.crm.asked = 0 })
		d.pass(2 * time.Hour)
		if n := d.crm.asked; n > 14 {
			t.Errorf("the CRM was asked %d times in two hours about 7 strangers", n)
		}
		for i := range 7 {
			if c := d.talkOf(device.Chat, fmt.Sprint(1000+i)); time.Since(c.LookedUpAt) > 25*time.Hour {
				t.Errorf("stranger %d was last asked for %v", i, c.LookedUpAt)
			}
		}
	})
}

// TestOneStrangerWhomTheCRMRefusesHoldsNobodyElseUp and no debt either.
func TestOneStrangerWhomTheCRMRefusesHoldsNobodyElseUp(t *testing.T) {
	opened(t, nil, func(t *testing.T, d *desk) {
		d.crm.set(func() { d.crm.refuses = 9000 })
		for i, customer := range []int64{9000, 501} {
			err := d.store.SeeChats(t.Context(), []gateway.SeenChat{{
				Alias: fmt.Sprint(1000 + i), HeardAt: time.Now().Add(-time.Duration(i) * time.Hour),
				Chat: device.ChatFacts{Messenger: "telegram", Account: 3, Customer: customer},
			}})
			if err != nil {
				t.Fatal(err)
			}
		}
		d.pass(5 * time.Minute)
		if c := d.talkOf(device.Chat, "1001"); c.Customer != 7 {
			t.Errorf("the second one's card is %d", c.Customer)
		}
	})
}

// TestABotThatWasSwitchedOffOwesNothing: the answer that was promised while the CRM was away is
// not given by a bot that is off.
func TestABotThatWasSwitchedOffOwesNothing(t *testing.T) {
	opened(t, nil, func(t *testing.T, d *desk) {
		d.wrote(anna, "привет")
		d.crm.set(func() { d.crm.down = true })
		d.wrote(anna, "где мой заказ?")
		before := len(d.said(anna.String()))
		script, version, _, err := d.store.ScriptNow(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		script.On = false
		if _, err := d.store.SaveScript(t.Context(), script, version, "test"); err != nil {
			t.Fatal(err)
		}
		d.pass(2 * time.Minute)
		d.crm.set(func() { d.crm.down = false })
		d.pass(5 * time.Minute)
		if texts := d.said(anna.String())[before:]; len(texts) != 0 {
			t.Errorf("it said %q", texts)
		}
	})
}

// TestWhatTheChatsBringAgainAfterARestoreIsLeftToAPerson: the lost ledger may have answered it,
// and a message to WhatsApp that a person ordered may have gone.
func TestWhatTheChatsBringAgainAfterARestoreIsLeftToAPerson(t *testing.T) {
	opened(t, nil, func(t *testing.T, d *desk) {
		d.hears(telegram("привет"))
		before := len(d.said("901"))
		d.pass(3 * time.Hour)
		written := time.Now().Add(-time.Hour)
		if _, err := d.store.HoldFromBackup(t.Context(), time.Now().Add(-2*time.Hour)); err != nil {
			t.Fatal(err)
		}
		again := telegram("где мой заказ")
		again.At = written
		d.hears(again)
		order := device.Incoming{Channel: device.Chat, Alias: "901", FromShop: true, Event: device.TalkCommand, Text: "/wa Ваш заказ ждёт", At: written}
		d.hears(order)
		d.pass(2 * time.Minute)
		if texts := d.said("901")[before:]; len(texts) != 0 {
			t.Errorf("the bot said %q", texts)
		}
		if c := d.talkOf(device.Chat, "901"); c.CalledWhy != string(bot.WhyLate) {
			t.Errorf("called for %q", c.CalledWhy)
		}
		if texts := d.said(anna.String()); len(texts) != 0 {
			t.Errorf("to WhatsApp went %q", texts)
		}
		now := telegram("а теперь?")
		now.ID = "after"
		d.hears(now)
		if texts := d.said("901")[before:]; len(texts) == 0 {
			t.Error("what is written after the restore is not answered")
		}
	})
}

// TestAnOperatorsOldCommandSendsNothing: one that is heard of days later was meant for then.
func TestAnOperatorsOldCommandSendsNothing(t *testing.T) {
	opened(t, nil, func(t *testing.T, d *desk) {
		d.hears(telegram("привет"))
		d.hears(device.Incoming{Channel: device.Chat, Alias: "901", FromShop: true, Event: device.TalkCommand, Text: "/wa Мы у двери", At: time.Now().Add(-3 * 24 * time.Hour)})
		d.pass(time.Minute)
		if texts := d.said(anna.String()); len(texts) != 0 {
			t.Errorf("to WhatsApp went %q", texts)
		}
		d.wants("the operator hears", strings.Join(d.chats.private, "|"), "поздно")
	})
}
