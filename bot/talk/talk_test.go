package talk_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vestnik/bot"
	"vestnik/device"
	"vestnik/gateway"
)

func TestACustomerIsGreetedOnceAndHearsWhereHisOrderIs(t *testing.T) {
	opened(t, nil, func(t *testing.T, d *desk) {
		d.wrote(anna, "Добрый день!")
		d.wants("welcome", d.last(anna.String()), "Здравствуйте, Анна!", "Лавка", "1")
		d.wrote(anna, "/1")
		d.wants("status", d.last(anna.String()), "10482", "Доставлен")
		d.wrote(anna, "１")
		if n := len(d.said(anna.String())); n > 3 {
			t.Errorf("%d texts: %q", n, d.said(anna.String()))
		}
		if c := d.talkOf(device.WhatsApp, anna.String()); c.Customer != 7 || c.Unread != 3 {
			t.Errorf("customer %d, unread %d", c.Customer, c.Unread)
		}
	})
}

func TestTheSameMessageTwiceIsAnsweredOnce(t *testing.T) {
	opened(t, nil, func(t *testing.T, d *desk) {
		for range 3 {
			d.hears(device.Incoming{ID: "same", Channel: device.WhatsApp, From: anna, Text: "привет"})
		}
		if texts := d.said(anna.String()); len(texts) != 1 {
			t.Errorf("said %q", texts)
		}
	})
}

func TestNobodyIsAnsweredWhileTheBotIsOff(t *testing.T) {
	opened(t, func(s *bot.Script, _ *gateway.Settings) { s.On = false }, func(t *testing.T, d *desk) {
		d.wrote(anna, "привет")
		if texts := d.said(anna.String()); len(texts) != 0 {
			t.Errorf("said %q", texts)
		}
		if c := d.talkOf(device.WhatsApp, anna.String()); c.Unread != 1 {
			t.Errorf("unread %d", c.Unread)
		}
	})
}

func TestWhileTheCRMIsAwayTheCustomerIsToldAndAnsweredLater(t *testing.T) {
	opened(t, nil, func(t *testing.T, d *desk) {
		d.wrote(anna, "привет")
		d.crm.set(func() { d.crm.down = true })
		d.wrote(anna, "где мой заказ?")
		d.wants("honest", d.last(anna.String()), "нет связи")
		d.pass(40 * time.Minute)
		before := len(d.said(anna.String()))
		d.crm.set(func() { d.crm.down = false })
		d.pass(2 * time.Minute)
		d.wants("later", d.last(anna.String()), "10482", "Доставлен")
		d.pass(time.Hour)
		if n := len(d.said(anna.String())); n != before+1 {
			t.Errorf("%d texts after the CRM was back: %q", n-before, d.said(anna.String()))
		}
	})
}

func TestACustomerWaitsForTheCRMOnce(t *testing.T) {
	opened(t, nil, func(t *testing.T, d *desk) {
		d.wrote(anna, "привет")
		d.pass(11 * time.Minute) // her card is asked for again
		d.crm.set(func() { d.crm.slow = 300 * time.Millisecond })
		before := d.crm.asked
		d.wrote(anna, "где мой заказ?")
		d.pass(350 * time.Millisecond)
		d.wants("status", d.last(anna.String()), "10482", "Доставлен")
		if n := d.crm.asked - before; n != 3 {
			t.Errorf("%d questions, for her card, her orders and who is online", n)
		}
	})
}

func TestACRMThatHangsHoldsAGreetingUpOnce(t *testing.T) {
	opened(t, nil, func(t *testing.T, d *desk) {
		hold := make(chan struct{})
		d.crm.set(func() { d.crm.hold = hold })
		d.wrote(anna, "привет")
		d.pass(1600 * time.Millisecond)
		d.wants("welcome", d.last(anna.String()), "Здравствуйте!")
		close(hold)
	})
}

func TestAPersonWhoTakesOverAtTheVeryMomentSilencesTheBot(t *testing.T) {
	for _, c := range []struct {
		name string
		take device.Incoming
	}{
		{"assigned", device.Incoming{Channel: device.Chat, Alias: "901", FromShop: true, Event: device.TalkAssigned}},
		{"wrote", device.Incoming{Channel: device.Chat, Alias: "901", FromShop: true, Text: "Здравствуйте, это Ольга"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			opened(t, nil, func(t *testing.T, d *desk) {
				d.hears(telegram("привет"))
				before := len(d.said("901"))
				gate := make(chan struct{})
				d.crm.set(func() { d.crm.hold = gate })
				d.hears(telegram("где мой заказ")) // the bot is asking the CRM
				d.hears(c.take)
				close(gate)
				d.crm.set(func() { d.crm.hold = nil })
				d.pass(2 * time.Minute)
				if texts := d.said("901")[before:]; len(texts) != 0 {
					t.Errorf("the bot said %q over a person", texts)
				}
				d.hears(telegram("и ещё вопрос"))
				if texts := d.said("901")[before:]; len(texts) != 0 {
					t.Errorf("the bot said %q over a person", texts)
				}
			})
		})
	}
}

func TestTheBotComesBackAndSaysSo(t *testing.T) {
	opened(t, nil, func(t *testing.T, d *desk) {
		d.wrote(anna, "привет")
		d.hears(device.Incoming{Channel: device.WhatsApp, FromShop: true, To: anna, Text: "Здравствуйте, это Ольга"})
		d.wrote(anna, "где мой заказ")
		n := len(d.said(anna.String()))
		if n != 1 {
			t.Fatalf("said %q", d.said(anna.String()))
		}
		d.pass(5 * time.Hour)
		d.wrote(anna, "где мой заказ")
		d.wants("back", strings.Join(d.said(anna.String())[1:], "\n"), "Снова отвечает бот", "10482")
	})
}

func TestFiftyWritersAtOnceAreAnsweredInOrder(t *testing.T) {
	opened(t, nil, func(t *testing.T, d *desk) {
		phones := make([]device.Phone, 50)
		for i := range phones {
			phones[i] = device.Phone(fmt.Sprintf("+7912000%04d", i))
		}
		for round := range 2 {
			for i, p := range phones {
				text := "привет"
				if round == 1 {
					text = "2"
				}
				if err := d.ear.Incoming(t.Context(), device.Incoming{ID: fmt.Sprint(round, "-", i), Device: "device", Channel: device.WhatsApp, From: p, Text: text, At: time.Now()}); err != nil {
					t.Fatal(err)
				}
			}
		}
		d.pass(2 * time.Minute)
		for _, p := range phones {
			texts := d.said(p.String())
			if len(texts) != 2 {
				t.Fatalf("%s got %q", p, texts)
			}
			d.wants("first", texts[0], "Здравствуйте")
			d.wants("second", texts[1], "сотрудник")
		}
	})
}

func TestAnOldMessageIsLeftToAPerson(t *testing.T) {
	opened(t, nil, func(t *testing.T, d *desk) {
		d.hears(device.Incoming{Channel: device.WhatsApp, From: anna, Text: "привет", At: time.Now().Add(-30 * time.Hour)})
		if texts := d.said(anna.String()); len(texts) != 0 {
			t.Errorf("said %q", texts)
		}
		if c := d.talkOf(device.WhatsApp, anna.String()); !c.Waits() || c.CalledWhy != string(bot.WhyLate) {
			t.Errorf("%+v", c)
		}
	})
}

// asking is a shop that asks for marks.
func asking(s *bot.Script, _ *gateway.Settings) {
	s.Marks.Ask.On, s.Marks.Ask.Statuses = true, []string{"delivered"}
	s.Marks.ReviewLink = "https://lavka.example/review"
}

// delivered makes the order reach the status that marks are asked after.
func (d *desk) delivered(history int64) {
	d.t.Helper()
	changes := []gateway.StatusChange{{HistoryID: history, Order: 1, From: "sent", To: "delivered", At: time.Now()}}
	if _, err := d.store.SaveChanges(d.t.Context(), changes, gateway.Cursor{SinceID: history}); err != nil {
		d.t.Fatal(err)
	}
	if _, err := d.store.Decide(d.t.Context(), history, nil); err != nil {
		d.t.Fatal(err)
	}
}

func TestMarksAreAskedForOnceWrittenDownAndALowOneGivesATask(t *testing.T) {
	opened(t, asking, func(t *testing.T, d *desk) {
		d.crm.set(func() { d.crm.users = []gateway.CRMUser{{ID: 31, Name: "Ольга", Active: true, Manager: true}} })
		d.pass(2 * time.Minute) // the history's end is noted
		d.delivered(90_001)
		d.pass(time.Hour)
		if texts := d.said(anna.String()); len(texts) != 0 {
			t.Fatalf("asked too early: %q", texts)
		}
		d.pass(2 * time.Hour)
		d.wants("question", d.last(anna.String()), "10482", "магазин", "курьера")
		d.delivered(90_002) // the same order again
		d.pass(10 * time.Hour)
		if texts := d.said(anna.String()); len(texts) != 1 {
			t.Fatalf("asked %d times: %q", len(texts), texts)
		}
		d.wrote(anna, "5 и 2")
		d.wants("sorry", d.last(anna.String()), "Что пошло не так")
		d.wrote(anna, "Курьер опоздал на два часа")
		d.pass(2 * time.Minute)
		d.crm.set(func() {
			f := d.crm.fields[1]
			if f["shop_mark"] != 5 || f["courier_mark"] != 2 || f["mark_comment"] != "Курьер опоздал на два часа" {
				t.Errorf("fields %v", f)
			}
			if len(d.crm.tasks) != 1 || d.crm.tasks[0].Performer != 31 || d.crm.tasks[0].Order != 1 {
				t.Errorf("tasks %+v", d.crm.tasks)
			}
			if len(d.crm.notes) != 2 || d.crm.notes[0].Customer != 7 {
				t.Errorf("notes %+v", d.crm.notes)
			}
		})
		tables, err := d.store.MarkTables(t.Context(), time.Time{})
		if err != nil || len(tables) != 2 || tables[0].Counts[5] != 1 || tables[1].Courier != "Пётр" || tables[1].Counts[2] != 1 {
			t.Errorf("%+v %v", tables, err)
		}
	})
}

func TestAMarkMayComeByAnotherChannelThanTheQuestion(t *testing.T) {
	opened(t, asking, func(t *testing.T, d *desk) {
		d.pass(2 * time.Minute)
		d.delivered(90_001)
		d.pass(3 * time.Hour) // asked in WhatsApp, which she never wrote to
		d.hears(telegram("5"))
		d.pass(2 * time.Minute)
		if m, err := d.store.Marks(t.Context(), time.Time{}, false, 10); err != nil || len(m) == 0 || m[0].Mark != 5 || m[0].Order != 1 {
			t.Errorf("%+v, %v: said %q", m, err, d.said("901"))
		}
		// The question is answered: the number in the other channel is no second mark.
		if c := d.talkOf(device.WhatsApp, anna.String()); !c.MarkUntil.IsZero() {
			t.Errorf("the question is still open until %v", c.MarkUntil)
		}
	})
}

func TestMarksAreAskedWhereTheCustomerWroteLastInDecentHours(t *testing.T) {
	opened(t, asking, func(t *testing.T, d *desk) {
		d.hears(telegram("привет"))
		d.pass(9 * time.Hour) // 21:00
		d.delivered(90_001)
		d.pass(6 * time.Hour)
		if texts := d.said("901"); len(texts) != 1 {
			t.Fatalf("asked at night: %q", texts)
		}
		d.pass(8 * time.Hour)
		d.wants("question", d.last("901"), "10482")
		if texts := d.said(anna.String()); len(texts) != 0 {
			t.Errorf("asked by WhatsApp too: %q", texts)
		}
	})
}

func TestAHandOverFindsTheOrdersManagerElseWhoIsThereElseGivesATask(t *testing.T) {
	olga, pavel := gateway.CRMUser{ID: 31, Name: "Ольга", Active: true, Manager: true}, gateway.CRMUser{ID: 40, Name: "Павел", Active: true, Manager: true}
	online := func(u gateway.CRMUser) gateway.CRMUser { u.Online = true; return u }
	for _, c := range []struct {
		name  string
		users []gateway.CRMUser
		to    int64 // who is notified; 0: a task for 31
		say   string
	}{
		{"the order's manager is there", []gateway.CRMUser{online(pavel), online(olga)}, 31, "Передал сотруднику"},
		{"another one is there", []gateway.CRMUser{olga, online(pavel)}, 40, "Передал сотруднику"},
		{"nobody is there", []gateway.CRMUser{pavel, olga}, 0, "Передал сотруднику. Сейчас все заняты"},
	} {
		t.Run(c.name, func(t *testing.T) {
			opened(t, nil, func(t *testing.T, d *desk) {
				d.crm.set(func() { d.crm.users = c.users })
				d.wrote(anna, "привет")
				d.pass(2 * time.Minute)
				d.wrote(anna, "позовите оператора")
				d.wants("hand-over", d.last(anna.String()), c.say)
				d.pass(2 * time.Minute)
				if w := d.talkOf(device.WhatsApp, anna.String()); !w.Waits() || w.SilentUntil.IsZero() {
					t.Errorf("%+v", w)
				}
				d.crm.set(func() {
					if c.to != 0 && (len(d.crm.notices[c.to]) != 1 || !strings.Contains(d.crm.notices[c.to][0], "позовите оператора") || len(d.crm.tasks) != 0) {
						t.Errorf("notices %v tasks %v", d.crm.notices, d.crm.tasks)
					}
					if c.to == 0 && (len(d.crm.tasks) != 1 || d.crm.tasks[0].Performer != 31 || len(d.crm.notices) != 0) {
						t.Errorf("notices %v tasks %+v", d.crm.notices, d.crm.tasks)
					}
				})
			})
		})
	}
}

func TestAHandOverInAChatAssignsTheDialog(t *testing.T) {
	opened(t, nil, func(t *testing.T, d *desk) {
		d.chats.users = []gateway.ChatUser{{ID: 900, CRMUser: 40, Online: true, Available: true}, {ID: 901, CRMUser: 31, Online: true, Available: true}}
		d.hears(telegram("оператор"))
		d.pass(2 * time.Minute)
		if got := d.chats.assigned["901"]; got != 901 {
			t.Errorf("assigned to %d", got)
		}
	})
}

func TestOperatorsCommandsAreAnsweredPrivately(t *testing.T) {
	opened(t, nil, func(t *testing.T, d *desk) {
		d.hears(telegram("привет"))
		before := len(d.said("901"))
		for _, text := range []string{"/status", "/wa", "/wa Ваш заказ ждёт", "/payment"} {
			d.hears(device.Incoming{Channel: device.Chat, Alias: "901", FromShop: true, Event: device.TalkCommand, Text: text})
		}
		d.pass(2 * time.Minute)
		d.wants("private", strings.Join(d.chats.private, "|"), "10482: Доставлен", "ещё не спрашивали", "Отправляется в WhatsApp")
		if len(d.chats.private) != 3 {
			t.Errorf("%q", d.chats.private)
		}
		if len(d.said("901")) != before {
			t.Errorf("the customer got %q", d.said("901")[before:])
		}
		d.wants("whatsapp", d.last(anna.String()), "Ваш заказ ждёт")
	})
}

func TestAPersonOnThePageWritesAndGivesBack(t *testing.T) {
	opened(t, nil, func(t *testing.T, d *desk) {
		d.wrote(anna, "оператор")
		id := d.talkOf(device.WhatsApp, anna.String()).ID
		if err := d.clerk.Say(t.Context(), id, "Здравствуйте, это Ольга", "olga"); err != nil {
			t.Fatal(err)
		}
		if c := d.talkOf(device.WhatsApp, anna.String()); c.Waits() || c.Unread != 0 || c.SilentUntil.IsZero() {
			t.Errorf("%+v", c)
		}
		n := len(d.said(anna.String()))
		d.wrote(anna, "где мой заказ")
		if len(d.said(anna.String())) != n {
			t.Errorf("the bot talked over a person: %q", d.said(anna.String()))
		}
		if err := d.clerk.Release(t.Context(), id, "olga"); err != nil {
			t.Fatal(err)
		}
		d.wrote(anna, "где мой заказ")
		d.wants("back", strings.Join(d.said(anna.String())[n:], "\n"), "Снова отвечает бот", "10482")
	})
}

func TestAGuessedOrderNumberGivesNothingAwayAndIsBounded(t *testing.T) {
	opened(t, nil, func(t *testing.T, d *desk) {
		for i := range 12 {
			p := device.Phone(fmt.Sprintf("+7921000%04d", i))
			d.wrote(p, "где мой заказ")
			d.wrote(p, fmt.Sprintf("10482 %04d", i))
			if got := d.last(p.String()); strings.Contains(got, "Доставлен") || strings.Contains(got, "Анна") {
				t.Fatalf("told a stranger: %q", got)
			}
			d.pass(2 * time.Minute)
		}
		d.wrote(boris, "где мой заказ")
		d.wrote(boris, "10482 6789")
		d.wants("limited", d.last(boris.String()), "Слишком много попыток")
	})
}

func TestAChatIsClosedWhenNothingIsLeftAndNobodyWroteSince(t *testing.T) {
	opened(t, nil, func(t *testing.T, d *desk) {
		d.hears(telegram("где мой заказ"))
		d.pass(5 * time.Minute)
		d.hears(telegram("спасибо"))
		if len(d.chats.closed) != 0 {
			t.Errorf("closed %v", d.chats.closed)
		}
		d.pass(30 * time.Minute)
		if len(d.chats.closed) > 1 {
			t.Errorf("closed %v", d.chats.closed)
		}
		synctest.Wait()
	})
}

func TestOrdersOfBeforeTheQuestionWasSwitchedOnAreNotAskedAbout(t *testing.T) {
	opened(t, asking, func(t *testing.T, d *desk) {
		ask := func(on bool) {
			script, version, _, err := d.store.ScriptNow(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			script.Marks.Ask.On = on
			if _, err := d.store.SaveScript(t.Context(), script, version, "test"); err != nil {
				t.Fatal(err)
			}
			d.pass(5 * time.Minute)
		}
		d.pass(2 * time.Minute)
		ask(false)
		d.delivered(90_001)
		d.pass(5 * time.Minute)
		ask(true)
		d.pass(6 * time.Hour)
		if texts := d.said(anna.String()); len(texts) != 0 {
			t.Errorf("asked about an old order: %q", texts)
		}
	})
}

func TestWhoWantsNoAdvertisingInOneMessengerWantsNoneInAnother(t *testing.T) {
	opened(t, nil, func(t *testing.T, d *desk) {
		d.hears(telegram("привет"))
		d.wrote(anna, "привет")
		d.wrote(boris, "привет")
		d.hears(telegram("стоп"))
		for _, c := range []struct {
			ch  device.Channel
			to  string
			out bool
		}{{device.Chat, "901", true}, {device.WhatsApp, anna.String(), true}, {device.WhatsApp, boris.String(), false}} {
			if got := !d.talkOf(c.ch, c.to).OptedOutAt.IsZero(); got != c.out {
				t.Errorf("%s %s: opted out %v", c.ch, c.to, got)
			}
		}
		d.wrote(anna, "старт")
		if !d.talkOf(device.Chat, "901").OptedOutAt.IsZero() {
			t.Error("she allowed it again, but not in Telegram")
		}
	})
}

func TestACustomerWhomTheAnswerDidNotReachWaitsForAPerson(t *testing.T) {
	opened(t, nil, func(t *testing.T, d *desk) {
		d.wrote(anna, "привет")
		rows, _, err := d.store.Messages(t.Context(), gateway.MessageFilter{})
		if err != nil || len(rows) != 1 {
			t.Fatal(rows, err)
		}
		if _, err := d.store.Move(t.Context(), rows[0].ID, gateway.Queued, gateway.Change{State: gateway.Failed, Reason: gateway.WasRefused}); err != nil {
			t.Fatal(err)
		}
		if c := d.talkOf(device.WhatsApp, anna.String()); !c.Waits() || c.CalledWhy != string(bot.WhyNotSent) {
			t.Errorf("%+v", c)
		}
	})
}
