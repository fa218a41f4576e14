package app_test

import (
	"strings"
	"testing"

	"vestnik/bot"
	"vestnik/device"
	"vestnik/gateway"
	"vestnik/sim/messagegateway"
)

func TestWhileTheCRMIsAwayCustomersHearSoAndTheAnswerComesWithIt(t *testing.T) {
	t.Parallel()
	b := talking(t)
	anna, dmitry := b.world.OnTelegram, b.world.Somebody(true, 1)
	anna.Write("Добрый день")
	b.shown(anna, "Здравствуйте")
	b.inChat(anna, 1)
	b.world.CRM.Faults().Down(true)
	anna.Write("где мой заказ") // its chats are there all the same
	b.shown(anna, "Сейчас я не вижу заказов")
	b.writes(dmitry, "где мой заказ")
	b.gets(dmitry, 1, 0)
	b.inChat(anna, 2)
	b.dealt(device.WhatsApp, dmitry.Phone, 1)
	b.phone(dmitry, 0, "Сейчас я не вижу заказов")
	b.app.Wake()
	b.until("the CRM is known to be away", func() bool { b.app.Wake(); return b.app.Desk().CRM().State == gateway.CRMUnreachable })
	b.stop() // what is owed outlives a restart
	b.start()
	b.connected()
	b.world.CRM.Faults().Down(false)
	b.looks("the answers come", func() bool {
		b.app.Wake()
		wa, _ := b.world.Texts(dmitry)
		return len(anna.Texts()) == 3 && len(wa) == 2
	})
	b.rest()
	b.sees(anna, 1, "Сейчас я не вижу заказов", "Связь вернулась")
	b.phone(dmitry, 1, "Связь вернулась")
	if wa, _ := b.world.Texts(dmitry); !strings.Contains(wa[1], "10460") {
		t.Errorf("Dmitry has %q", wa)
	}
	for _, c := range []gateway.Conversation{b.talk(device.Chat, alias(anna)), b.talk(device.WhatsApp, dmitry.Phone)} {
		if !c.OwedUntil.IsZero() {
			t.Errorf("still owed: %+v", c)
		}
	}
}

func TestAStrangerFindsHisOrderByItsNumberAndFourDigits(t *testing.T) {
	t.Parallel()
	b := talking(t)
	// By SMS, from a number that the CRM does not know. The order is the demo's first.
	const friend = "+79990001122"
	b.world.Modem.Receive(friend, "где мой заказ?")
	hears := func(n int, words string) {
		t.Helper()
		b.until("an SMS", func() bool { return len(b.world.Modem.Phone(friend)) == n })
		if got := b.world.Modem.Phone(friend)[n-1].Text; !strings.Contains(got, words) {
			t.Errorf("the friend gets %q, want %q", got, words)
		}
	}
	hears(1, "последние 4 цифры")
	b.world.Modem.Receive(friend, "10442 9999")
	hears(2, "не нашлось")
	b.world.Modem.Receive(friend, "10442 0001")
	hears(3, "Заказ 10442: ")
	b.dealt(device.SMS, friend, 3)
	if text := b.world.Modem.Phone(friend)[2].Text; strings.Contains(text, "Анна") || strings.Contains(text, "₽") {
		t.Errorf("a friend is told too much: %q", text)
	}

	// On Instagram somebody without a card.
	stranger := b.world.Stranger
	stranger.Write("где мой заказ")
	b.shown(stranger, "Напишите номер заказа")
	b.pastSecond()
	stranger.Write("10442")
	b.shown(stranger, "последние 4 цифры телефона, на который оформлен заказ 10442")
	b.pastSecond()
	stranger.Write("0001")
	b.shown(stranger, "Заказ 10442: ")
	b.inChat(stranger, 3)
	if n := len(stranger.Texts()); n != 3 {
		t.Errorf("the stranger has %q", stranger.Texts())
	}
}

func TestBanksAndGroupsGetNoAnswer(t *testing.T) {
	t.Parallel()
	b := talking(t)
	anna := b.world.Somebody(true, 0)
	b.world.Modem.Receive("SBERBANK", "Перевод 500 р. Код 1234")
	b.world.Modem.Receive("900", "Списание 300 р.")
	if _, err := anna.Messenger.SendToGroup(b.world.Phone.Number(), "120363040506070809", "Девочки, кто на дачу?"); err != nil {
		t.Fatal(err)
	}
	// Whoever writes after them is answered, so they have been heard.
	b.writes(anna, "Добрый день")
	boris := b.world.Somebody(false, 0)
	b.world.Modem.Receive(boris.Phone, "Добрый день")
	b.gets(anna, 1, 0)
	b.gets(boris, 0, 1)
	b.dealt(device.WhatsApp, anna.Phone, 1)
	b.dealt(device.SMS, boris.Phone, 1)
	if n := len(b.world.Modem.Network()); n != 1 {
		t.Errorf("%d SMS left: %+v", n, b.world.Modem.Network())
	}
	totals, err := b.app.Store().Totals(t.Context(), b.world.CRM.Now().AddDate(0, 0, -1))
	if err != nil || totals.Incoming != 4 {
		t.Errorf("%d heard, %v: a bank's words are shown, a group's are not even kept", totals.Incoming, err)
	}
	list, err := b.app.Store().Conversations(t.Context(), gateway.ConversationFilter{Limit: 200})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range list {
		if c.Channel == device.SMS && c.Phone.String() != boris.Phone {
			t.Errorf("a talk with %q", c.Phone)
		}
	}
}

func TestWhatBecameOfAMessageToAChatStandsInTheLedger(t *testing.T) {
	t.Parallel()
	b := talking(t)
	// A messenger that tells of reading.
	vk := b.world.MG.AddChannel("vk", "Лавка")
	vera := b.world.MG.AddCustomer(vk, "vk-1", "Вера Сомова")
	vera.Write("Добрый день")
	b.shown(vera, "Здравствуйте")
	b.inChat(vera, 1)
	vera.Read()
	state := func(n int) gateway.State {
		lines := b.lines(device.Chat, alias(vera), gateway.TalkBot)
		if len(lines) <= n {
			return ""
		}
		return lines[n].State
	}
	b.until("it is read", func() bool { return state(0) == gateway.Read })
	vera.Deliver(messagegateway.Delivery{Error: "spam_suspicion"})
	vera.Write("адрес")
	b.until("the other failed", func() bool { return state(1) == gateway.Failed })
	story, err := b.app.Store().Story(t.Context(), b.lines(device.Chat, alias(vera), gateway.TalkBot)[1].Message)
	if err != nil {
		t.Fatal(err)
	}
	if step := b.because(story, gateway.ChatFailed); step.Args["code"] != "spam_suspicion" {
		t.Errorf("why: %v", step.Args)
	}
	if whys := b.inChat(vera, 2); whys[1] != string(bot.WhyCommand) {
		t.Errorf("dealt with as %q", whys)
	}
	b.sees(vera, 0, "Здравствуйте")
}
