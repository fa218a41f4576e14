package app_test

import (
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/sim/messagegateway"
)

func TestNewsGoesAnotherWayWhenTheMessengerCannotBeWrittenTo(t *testing.T) {
	t.Parallel()
	b := talking(t)
	anna, onWhatsApp := b.world.OnTelegram, b.world.Somebody(true, 0)
	anna.Write("Добрый день")
	b.shown(anna, "Здравствуйте")
	b.inChat(anna, 1)

	// The shop has switched its account in the messenger off.
	anna.Channel().Switch(false)
	number := b.news(onWhatsApp)
	if step := b.because(b.settled(number, device.WhatsApp), gateway.ChatClosed); step.Args["messenger"] != "telegram" {
		t.Errorf("why: %v", step.Args)
	}
	anna.Channel().Switch(true)
	number = b.news(onWhatsApp)
	b.because(b.settled(number, device.Chat), gateway.ChatChosen)

	// She has blocked the shop, which it learns when it writes.
	anna.Block()
	b.world.MG.Faults().SlowBy(300 * time.Millisecond) // of which it hears before the answer to the post
	number = b.news(onWhatsApp)
	b.because(b.settled(number, device.WhatsApp), gateway.ChatFailed)
	b.world.MG.Faults().SlowBy(0)
	anna.Unblock()

	// The shop has blocked her in the CRM.
	olga := b.world.MG.Operator(19)
	olga.Ban(anna, true)
	b.until("it is known that she is blocked", func() bool { return b.talk(device.Chat, alias(anna)).Chat.Blocked })
	number = b.news(onWhatsApp)
	b.because(b.settled(number, device.WhatsApp), gateway.ChatBlocked)
	olga.Ban(anna, false)
	b.until("it is known that she is not", func() bool { return !b.talk(device.Chat, alias(anna)).Chat.Blocked })
	number = b.news(onWhatsApp)
	b.settled(number, device.Chat)
	b.rest()
	b.gets(onWhatsApp, 3, 0)
	if n := count(anna.Texts(), "готов"); n != 2 {
		t.Errorf("Anna has %q", anna.Texts())
	}

	// Somebody who has blocked the shop and is not on WhatsApp gets an SMS.
	elena, onPhone := b.telegram("333296018", "Елена Тихонова", 303), b.world.Somebody(false, 0)
	elena.Write("Добрый день")
	b.shown(elena, "Здравствуйте, Елена")
	b.inChat(elena, 1)
	elena.Block()
	number = b.news(onPhone)
	story := b.settled(number, device.SMS)
	b.because(story, gateway.ChatFailed)
	b.because(story, gateway.NotOnWhatsApp)
	b.gets(onPhone, 0, 1)
	b.sees(elena, 0, "Здравствуйте")
}

func TestAfterTheAnswerWindowNewsGoesByWhatsAppAndALateAnswerSaysWhyItDidNotLeave(t *testing.T) {
	t.Parallel()
	b := talking(t)
	instagram := b.world.MG.AddChannel("instagram", "lavka.bystro", func(p *messagegateway.Preset) { p.Window = 3 * time.Second })
	dmitry := b.world.MG.AddCustomer(instagram, "17841400000000901", "Дмитрий Орехов")
	dmitry.LinkTo(302)
	onWhatsApp := b.world.Somebody(true, 1)
	dmitry.Write("Добрый день")
	b.shown(dmitry, "Здравствуйте, Дмитрий")
	b.inChat(dmitry, 1)

	// The CRM takes longer to answer than the messenger waits for one.
	b.world.CRM.Faults().SlowBy(4 * time.Second)
	dmitry.Write("где мой заказ")
	b.until("the answer comes too late", func() bool {
		lines := b.lines(device.Chat, alias(dmitry), gateway.TalkBot)
		return len(lines) == 2 && lines[1].State == gateway.Failed
	})
	b.world.CRM.Faults().SlowBy(0)
	late := b.lines(device.Chat, alias(dmitry), gateway.TalkBot)[1]
	story, err := b.app.Store().Story(t.Context(), late.Message)
	if err != nil {
		t.Fatal(err)
	}
	if step := b.because(story, gateway.ChatWindowOver); step.Args["messenger"] != "instagram" || step.Args["until_at"] == "" {
		t.Errorf("why: %v", step.Args)
	}
	b.sees(dmitry, 0, "Здравствуйте")

	number := b.news(onWhatsApp)
	b.because(b.settled(number, device.WhatsApp), gateway.ChatWindowOver)
	b.gets(onWhatsApp, 1, 0)
	// He writes again, so he may be answered again, and news comes there.
	dmitry.Write("спасибо")
	b.inChat(dmitry, 3)
	number = b.news(onWhatsApp)
	b.settled(number, device.Chat)
	b.gets(onWhatsApp, 1, 0)
}

func TestNewsGoesWhereThePersonWroteLast(t *testing.T) {
	t.Parallel()
	b := talking(t)
	anna, onWhatsApp := b.world.OnTelegram, b.world.Somebody(true, 0)
	anna.Write("Добрый день")
	b.shown(anna, "Здравствуйте, Анна")
	b.inChat(anna, 1)
	b.settled(b.news(onWhatsApp), device.Chat)

	b.pastSecond()
	b.writes(onWhatsApp, "Добрый день")
	b.dealt(device.WhatsApp, onWhatsApp.Phone, 1)
	b.because(b.settled(b.news(onWhatsApp), device.WhatsApp), gateway.OtherMessenger)

	b.pastSecond()
	// A refusal of advertising changes nothing about the news of an order.
	anna.Write("стоп")
	b.inChat(anna, 2)
	b.settled(b.news(onWhatsApp), device.Chat)
	// She writes in yet another messenger, and then in the first one again.
	b.pastSecond()
	inVK := b.world.MG.AddCustomer(b.world.MG.AddChannel("vk", "Лавка"), "vk-301", "Анна Климова")
	inVK.LinkTo(301)
	inVK.Write("Добрый день")
	b.inChat(inVK, 1)
	b.settled(b.news(onWhatsApp), device.Chat)
	b.rest()
	b.sees(inVK, 0, "Здравствуйте, Анна", "готов")
	b.pastSecond()
	anna.Write("спасибо")
	b.inChat(anna, 3)
	b.settled(b.news(onWhatsApp), device.Chat)
	b.rest()
	b.sees(anna, 0, "Здравствуйте, Анна", "готов", "Рекламы больше не будет", "готов", "готов")
	b.sees(inVK, 2)
	b.phone(onWhatsApp, 0, "Здравствуйте, Анна", "готов")
	if c := b.talk(device.Chat, alias(anna)); c.OptedOutAt.IsZero() {
		t.Error("her refusal is forgotten")
	}
	// One person in both: the CRM knows her card.
	if c := b.talk(device.WhatsApp, onWhatsApp.Phone); c.Customer != 301 {
		t.Errorf("whose the talk by WhatsApp is: %+v", c)
	}
}
