package app_test

import (
	"fmt"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/sim/messagegateway"
)

func TestWhatCameWhileTheSocketWasDownIsAnsweredOnceAndInOrder(t *testing.T) {
	t.Parallel()
	for name, unknown := range map[string]messagegateway.Unknowns{
		"newest first": {},
		"oldest first": {Order: messagegateway.OldestFirst, Inclusive: true, PlainContent: true},
		"by bound":     {Order: messagegateway.ByBound, OpenedAfterMessage: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := talking(t)
			b.world.MG.Assume(unknown)
			anna, faults := b.world.OnTelegram, b.world.MG.Faults()
			b.looks("her chat is hers", func() bool { return b.talk(device.Chat, alias(anna)).Customer == 301 })
			faults.RefuseSockets(true)
			faults.DropSockets()
			b.until("the chats are away", func() bool { return b.link(device.Chat).State == device.LinkUnreachable })
			anna.Write("Добрый день & спасибо")
			anna.Write("адрес")
			number := b.news(b.world.Somebody(true, 0))
			faults.RefuseSockets(false)
			b.settled(number, device.Chat)
			b.inChat(anna, 2)
			// The news waited in the queue, the answers came into being later.
			if n := count(anna.Texts(), number+" готов"); n != 1 {
				t.Errorf("the news came %d times: %q", n, anna.Texts())
			}
			var answers []string
			for _, m := range anna.Messages() {
				if !m.Mass {
					answers = append(answers, m.Text)
				}
			}
			b.shows("Anna", answers, "Здравствуйте, Анна", "Адрес")
			faults.DropSockets() // and nothing of it again
			b.until("connected again", func() bool { return b.world.MG.Sockets() == 1 && b.link(device.Chat).State == device.LinkConnected })
			b.inChat(anna, 2)
			b.gets(b.world.Somebody(true, 0), 0, 0)
			if n := len(anna.Texts()); n != 3 {
				t.Errorf("Anna has %q", anna.Texts())
			}
		})
	}
}

func TestEventsThatComeTwiceOrInAnotherOrderAreHeardOnce(t *testing.T) {
	t.Parallel()
	b := talking(t)
	anna, faults := b.world.OnTelegram, b.world.MG.Faults()
	faults.Twice(60)
	anna.Write("Добрый день")
	b.shown(anna, "Здравствуйте")
	faults.Twice(0)
	b.inChat(anna, 1)

	faults.Swap() // her words and the notice that a dialog was opened
	vera := b.telegram("333296017", "Вера Сомова", 319)
	vera.Write("Добрый день")
	b.shown(vera, "Здравствуйте, Вера")
	faults.Swap() // her words and what they change in the chat
	vera.Write("адрес")
	b.shown(vera, "Адрес")
	b.inChat(vera, 2)
	b.sees(vera, 0, "Здравствуйте, Вера", "Адрес")

	// What became of a post is told before the answer to it.
	faults.SlowBy(500 * time.Millisecond)
	number := b.news(b.world.Somebody(true, 0))
	b.settled(number, device.Chat)
	faults.SlowBy(0)
	b.rest()
	b.sees(anna, 0, "Здравствуйте", number+" готов")
	for _, l := range b.lines(device.Chat, alias(vera), gateway.TalkBot) {
		if l.State != gateway.Delivered {
			t.Errorf("an answer is %s", l.State)
		}
	}
}

// The first of two answers is put off by the chats; the second does not pass it.
func TestAnAnswerThatIsTriedAgainStaysBeforeTheNext(t *testing.T) {
	t.Parallel()
	b := talking(t)
	anna, vera := b.world.OnTelegram, b.telegram("333296017", "Вера Сомова", 319)
	vera.Write("Добрый день") // after which the box knows who is there, and asks for nothing but the post
	b.shown(vera, "Здравствуйте")
	b.inChat(vera, 1)
	b.world.MG.Faults().Status(503, 1)
	anna.Write("Добрый день")
	b.until("the first answer is put off", func() bool {
		lines := b.lines(device.Chat, alias(anna), gateway.TalkBot)
		if len(lines) != 1 {
			return false
		}
		m, err := b.app.Store().Message(t.Context(), lines[0].Message)
		return err == nil && m.State == gateway.Queued && m.Attempts == 1
	})
	anna.Write("адрес")
	vera.Write("адрес") // who has nothing to do with it
	b.inChat(anna, 2)
	b.sees(anna, 0, "Здравствуйте, Анна", "Адрес")
	b.inChat(vera, 2)
	b.sees(vera, 0, "Здравствуйте", "Адрес")
}

func TestAPostWhoseAnswerIsLostIsShownOnce(t *testing.T) {
	t.Parallel()
	b := talking(t)
	anna, faults := b.world.OnTelegram, b.world.MG.Faults()
	faults.LosePost(1)
	anna.Write("Добрый день")
	b.shown(anna, "Здравствуйте")
	b.until("nobody knows yet", func() bool {
		lines := b.lines(device.Chat, alias(anna), gateway.TalkBot)
		return len(lines) == 1 && lines[0].State == gateway.UnknownState
	})
	// Others are not kept waiting by it.
	faults.CutPost(1)
	vera := b.telegram("333296017", "Вера Сомова", 319)
	vera.Write("Добрый день")
	b.shown(vera, "Здравствуйте, Вера")
	b.inChat(anna, 1)
	b.until("it was delivered", func() bool {
		lines := b.lines(device.Chat, alias(anna), gateway.TalkBot)
		return len(lines) == 1 && lines[0].State == gateway.Delivered
	})
	b.sees(anna, 0, "Здравствуйте, Анна")
	b.sees(vera, 0, "Здравствуйте, Вера")
}

func TestANewKeyIsGotByItselfAndWithoutOneTheNewsGoesByWhatsApp(t *testing.T) {
	t.Parallel()
	b := talking(t)
	anna, faults := b.world.OnTelegram, b.world.MG.Faults()
	faults.RevokeBotTokens()
	anna.Write("Добрый день")
	anna.Write("адрес")
	b.shown(anna, "Адрес")
	b.connected()
	b.inChat(anna, 2)
	b.sees(anna, 0, "Здравствуйте", "Адрес")

	// The CRM gives no other key now.
	b.world.CRM.RefuseModules(true)
	faults.RevokeBotTokens()
	b.until("no access", func() bool { return b.link(device.Chat).State == device.LinkNoAccess })
	number := b.news(b.world.Somebody(true, 0))
	story := b.settled(number, device.WhatsApp)
	if step := b.because(story, gateway.LinkDownTooLong); step.Args["state"] != string(device.LinkNoAccess) {
		t.Errorf("why not by chat: %v", step.Args)
	}
	b.gets(b.world.Somebody(true, 0), 1, 0)
	b.sees(anna, 2)
}

func TestChatsThatAreSwitchedOffInTheCRMAreSaidToBe(t *testing.T) {
	t.Parallel()
	b := talking(t)
	b.world.MG.SwitchOff(true)
	b.until("no access", func() bool { return b.link(device.Chat).NeedsPerson() })
	number := b.news(b.world.Somebody(true, 0))
	b.settled(number, device.WhatsApp)
	b.gets(b.world.Somebody(true, 0), 1, 0)
}

// A box that is stopped while words wait answers them after its start, once.
func TestStoppedBetweenWordsAndAnswersTheBoxAnswersOnce(t *testing.T) {
	t.Parallel()
	b := talking(t)
	anna, vera := b.world.OnTelegram, b.world.Somebody(true, 1)
	boris := b.world.Somebody(false, 0)
	anna.Write("Добрый день")
	b.shown(anna, "Здравствуйте")
	b.inChat(anna, 1)
	// While these wait for the CRM, the box goes.
	b.world.CRM.Faults().SlowBy(2 * time.Second)
	anna.Write("где мой заказ")
	b.writes(vera, "где мой заказ")
	b.world.Modem.Receive(boris.Phone, "где мой заказ")
	b.until("all is heard", func() bool {
		totals, err := b.app.Store().Totals(t.Context(), time.Now().Add(-time.Hour))
		return err == nil && totals.Incoming == 4
	})
	b.stop()
	anna.Write("адрес") // while it is off
	b.writes(vera, "адрес")
	b.world.CRM.Faults().SlowBy(0)
	b.start()
	b.until("answered", func() bool {
		wa, _ := b.world.Texts(vera)
		_, sms := b.world.Texts(boris)
		return len(wa) == 2 && len(sms) == 1 && len(anna.Texts()) == 3
	})
	b.inChat(anna, 3)
	b.dealt(device.WhatsApp, vera.Phone, 2)
	b.sees(anna, 1, "О каком заказе", "Адрес")
	b.phone(vera, 0, "Заказ 10460", "Адрес")
	b.stop()
	b.start()
	b.connected()
	b.rest()
	b.gets(vera, 2, 0)
	b.gets(boris, 0, 1)
	if n := len(anna.Texts()); n != 3 {
		t.Errorf("after another start Anna has %q", anna.Texts())
	}
}

func TestFiftyCustomersAtOnceAreEachAnsweredInOrder(t *testing.T) {
	t.Parallel()
	for name, crowd := range map[string]func(*box) []writer{"WhatsApp": whatsAppCrowd, "Telegram": telegramCrowd} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := talking(t)
			b.apply("whatsapp: {enabled: true, gap: 0, per_hour: 0, per_day: 0, new_chats_per_day: 0}")
			writers := crowd(b)
			began := time.Now()
			for _, w := range writers {
				w.write("Добрый день")
			}
			for _, w := range writers[:10] {
				w.write("адрес")
			}
			b.until("everybody is answered", func() bool {
				for i, w := range writers {
					if want := 1 + btoi(i < 10); len(w.texts()) < want {
						return false
					}
				}
				return b.rests()
			})
			t.Logf("after %s", time.Since(began).Round(time.Millisecond))
			for i, w := range writers {
				words := []string{"Здравствуйте", "Адрес"}[:1+btoi(i < 10)]
				b.shows(fmt.Sprint(name, " ", i), w.texts(), words...)
			}
		})
	}
}

type writer struct {
	write func(string)
	texts func() []string
}

func whatsAppCrowd(b *box) (list []writer) {
	for i := range 50 {
		p := personOf(b, fmt.Sprintf("+7912000%04d", i))
		list = append(list, writer{func(text string) { b.writes(p, text) }, func() []string { wa, _ := b.world.Texts(p); return wa }})
	}
	return list
}

func telegramCrowd(b *box) (list []writer) {
	for i := range 50 {
		p := b.world.MG.AddCustomer(b.world.OnTelegram.Channel(), fmt.Sprint("4444", i), fmt.Sprint("Гость ", i))
		list = append(list, writer{func(text string) { p.Write(text) }, p.Texts})
	}
	return list
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
