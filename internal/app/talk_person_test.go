package app_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"vestnik/bot"
	"vestnik/device"
	"vestnik/gateway"
	"vestnik/sim/messagegateway"
	"vestnik/sim/retailcrm"
)

// The people of the shop in the CRM; the demo's first customer has Igor for a manager.
const olga, igor, marina = 19, 20, 21

// gives waits for the dialog of a chat to be an operator's.
func (b *box) gives(p *messagegateway.Customer, to *messagegateway.Operator) {
	b.t.Helper()
	b.until(to.Name()+" has the dialog", func() bool {
		c, _ := b.world.MG.Chat(p.Chat())
		return c.Dialog.Responsible == "user" && c.Dialog.ResponsibleID == to.ID()
	})
	b.rest()
}

func TestAPersonIsCalledInTelegramTalksAndGivesTheTalkBack(t *testing.T) {
	t.Parallel()
	b := talking(t)
	anna, manager := b.world.OnTelegram, b.world.MG.Operator(igor)
	b.world.MG.Assume(messagegateway.Unknowns{AnyBot: true})
	anna.Write("позовите оператора")
	b.shown(anna, "Передал сотруднику, он ответит здесь") // from the box's first minute on it knows who is there
	b.gives(anna, manager)
	if len(b.world.CRM.Tasks())+len(b.world.CRM.Notifications()) != 0 {
		t.Errorf("tasks %+v, notices %+v", b.world.CRM.Tasks(), b.world.CRM.Notifications())
	}
	must := func(_ int, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(manager.Write(anna.Chat(), "Здравствуйте, это Игорь"))
	anna.Write("где мой заказ")
	// Messengers tell whole seconds, so that the silence may still be that of the call.
	if whys := b.inChat(anna, 2); !slices.Contains([]string{string(bot.WhyAssigned), string(bot.WhyOperator), string(bot.WhyHuman)}, whys[1]) {
		t.Errorf("her words were dealt with as %q", whys)
	}
	b.sees(anna, 0, "Передал сотруднику", "это Игорь")
	if c := b.talk(device.Chat, alias(anna)); c.Waits() {
		t.Errorf("she still waits: %+v", c)
	}

	must(0, manager.Return(anna.Chat(), b.world.MG.Bots()[0].ID))
	b.until("the bot knows that it has the talk", func() bool { return b.talk(device.Chat, alias(anna)).SilentUntil.IsZero() })
	anna.Write("адрес")
	b.inChat(anna, 3)
	b.sees(anna, 2, "Снова отвечает бот")

	// Another takes it, and closes the dialog when all is said.
	second := b.world.MG.Operator(olga)
	must(0, second.Take(anna.Chat()))
	b.until("the bot is silent", func() bool { return !b.talk(device.Chat, alias(anna)).SilentUntil.IsZero() })
	must(second.Write(anna.Chat(), "Это Ольга, всё в порядке"))
	anna.Write("меню")
	b.inChat(anna, 4)
	must(0, second.Close(anna.Chat()))
	b.until("the bot answers again", func() bool { return b.talk(device.Chat, alias(anna)).SilentUntil.IsZero() })
	anna.Write("меню")
	b.inChat(anna, 5)
	b.sees(anna, 3, "Это Ольга", "Снова отвечает бот")
	if n := count(anna.Texts(), "Здравствуйте! Это"); n != 0 {
		t.Errorf("she is welcomed in the middle of a talk: %q", anna.Texts())
	}
}

func TestWithNobodyThereTheManagerOfTheOrderGetsATask(t *testing.T) {
	t.Parallel()
	b := talking(t)
	for _, o := range b.world.MG.Operators() {
		o.SetOnline(false)
	}
	anna, vera := b.world.OnTelegram, b.world.Somebody(true, 1)
	// An order of her own whose manager is not that of her card.
	o := b.world.CRM.AddOrder(retailcrm.Order{FirstName: "Анна", Phone: "+79161230001", CustomerID: 301, ManagerID: marina, Status: "new"})
	anna.Write("оператор")
	b.shown(anna, "Передал сотруднику", "заняты")
	b.until("a task", func() bool { return len(b.world.CRM.Tasks()) == 1 })
	b.writes(vera, "оператор")
	b.until("another task", func() bool { return len(b.world.CRM.Tasks()) == 2 })
	b.inChat(anna, 1)
	b.dealt(device.WhatsApp, vera.Phone, 1)
	first, second := b.world.CRM.Tasks()[0], b.world.CRM.Tasks()[1]
	if first.PerformerID != marina || first.CustomerID != 301 || !strings.Contains(first.Text, "Климова") || first.Datetime == "" {
		t.Errorf("the task for order %s is %+v", o.Number, first)
	}
	if second.PerformerID != 21 || second.CustomerID != 302 || !strings.Contains(second.Text, "WhatsApp") {
		t.Errorf("the task is %+v", second)
	}
	if c, _ := b.world.MG.Chat(anna.Chat()); c.Dialog.Responsible != "" || !c.Dialog.Open {
		t.Errorf("the dialog %+v", c.Dialog)
	}
	if c := b.talk(device.Chat, alias(anna)); !c.Waits() {
		t.Error("nobody is said to wait")
	}
	// She asks once more: she is told nothing new, and there is one task.
	anna.Write("ну где же вы")
	b.inChat(anna, 2)
	if n := len(b.world.CRM.Tasks()); n != 2 {
		t.Errorf("%d tasks", n)
	}
	b.sees(anna, 0, "Передал сотруднику")
}

func TestByWhatsAppThePersonWhoIsThereIsToldAndAnswersOnTheShopsPhone(t *testing.T) {
	t.Parallel()
	b := talking(t)
	dmitry := b.world.Somebody(true, 1)
	b.writes(dmitry, "оператор")
	b.until("somebody is told", func() bool { return len(b.world.CRM.Notifications()) == 1 })
	b.dealt(device.WhatsApp, dmitry.Phone, 1)
	if n := b.world.CRM.Notifications()[0]; len(n.UserIDs) != 1 || n.UserIDs[0] == marina || !strings.Contains(n.Message, "WhatsApp") {
		t.Errorf("told: %+v", n)
	}
	if len(b.world.CRM.Tasks()) != 0 {
		t.Errorf("tasks %+v", b.world.CRM.Tasks())
	}
	if _, err := b.world.Phone.SendText(dmitry.Phone, "Здравствуйте, это Ольга"); err != nil {
		t.Fatal(err)
	}
	b.until("the box heard what the shop's phone wrote", func() bool {
		return len(b.lines(device.WhatsApp, dmitry.Phone, gateway.TalkPerson)) == 1 && !b.talk(device.WhatsApp, dmitry.Phone).Waits()
	})
	b.writes(dmitry, "где мой заказ")
	if whys := b.dealt(device.WhatsApp, dmitry.Phone, 2); whys[1] != string(bot.WhyPhone) && whys[1] != string(bot.WhyHuman) {
		t.Errorf("dealt with as %q", whys)
	}
	b.phone(dmitry, 0, "Передал сотруднику", "это Ольга")
}

// While the bot asks the slow CRM, a person takes the talk over.
func TestAPersonIsQuickerThanTheBot(t *testing.T) {
	t.Parallel()
	b := talking(t)
	anna, dmitry := b.world.OnTelegram, b.world.Somebody(true, 1)
	anna.Write("Добрый день")
	b.shown(anna, "Здравствуйте")
	b.writes(dmitry, "Добрый день")
	b.gets(dmitry, 1, 0)
	b.rest()
	b.world.CRM.Faults().SlowBy(2 * time.Second)
	anna.Write("где мой заказ")
	b.writes(dmitry, "где мой заказ")
	b.until("both are heard", func() bool {
		return len(b.lines(device.Chat, alias(anna), gateway.TalkCustomer)) == 2 && len(b.lines(device.WhatsApp, dmitry.Phone, gateway.TalkCustomer)) == 2
	})
	if err := b.world.MG.Operator(olga).Take(anna.Chat()); err != nil {
		t.Fatal(err)
	}
	if _, err := b.world.Phone.SendText(dmitry.Phone, "Сейчас посмотрю"); err != nil {
		t.Fatal(err)
	}
	b.inChat(anna, 2)
	b.dealt(device.WhatsApp, dmitry.Phone, 2)
	b.world.CRM.Faults().SlowBy(0)
	anna.Write("и ещё вопрос")
	b.writes(dmitry, "и ещё вопрос")
	b.inChat(anna, 3)
	b.dealt(device.WhatsApp, dmitry.Phone, 3)
	b.sees(anna, 0, "Здравствуйте")
	b.phone(dmitry, 0, "Здравствуйте", "Сейчас посмотрю")
}

// The words wait in the queue when the person comes.
func TestWhatWaitsToBeSentDoesNotLeaveOnceAPersonTalks(t *testing.T) {
	t.Parallel()
	b := talking(t)
	dmitry := b.world.Somebody(true, 1)
	b.writes(dmitry, "Добрый день")
	b.gets(dmitry, 1, 0)
	b.rest()
	b.apply("whatsapp: {enabled: true, gap: 5s, per_hour: 0, per_day: 0, new_chats_per_day: 0}")
	other := b.world.Somebody(true, 2)
	b.writes(other, "Добрый день") // after its answer the channel pauses
	b.gets(other, 1, 0)
	b.writes(dmitry, "адрес")
	b.until("the answer waits", func() bool { return len(b.lines(device.WhatsApp, dmitry.Phone, gateway.TalkBot)) == 2 })
	if _, err := b.world.Phone.SendText(dmitry.Phone, "Мы на Лесной, 12"); err != nil {
		t.Fatal(err)
	}
	b.dealt(device.WhatsApp, dmitry.Phone, 2)
	b.phone(dmitry, 0, "Здравствуйте", "Мы на Лесной, 12")
	if l := b.lines(device.WhatsApp, dmitry.Phone, gateway.TalkBot)[1]; l.State != gateway.Cancelled {
		t.Errorf("the answer is %s", l.State)
	}
}

// A dialog that ends while the hand-over is under way is followed by another one.
func TestAHandOverFindsTheLatestDialog(t *testing.T) {
	t.Parallel()
	b := talking(t)
	anna, faults := b.world.OnTelegram, b.world.MG.Faults()
	anna.Write("Добрый день")
	b.shown(anna, "Здравствуйте")
	b.inChat(anna, 1)
	b.world.CRM.Faults().SlowBy(time.Second)
	anna.Write("оператор")
	b.shown(anna, "Передал сотруднику")
	faults.LoseEvents(100) // of all that follows the box hears nothing
	if err := b.world.MG.Operator(olga).Close(anna.Chat()); err != nil {
		t.Fatal(err)
	}
	anna.Write("жду")
	if n := len(b.world.MG.Dialogs(anna.Chat())); n < 3 { // the one of long ago, and two now
		t.Fatalf("%d dialogs", n)
	}
	b.gives(anna, b.world.MG.Operator(igor))
	b.world.CRM.Faults().SlowBy(0)
	faults.Clear()
	faults.DropSockets() // what was lost is read at the next connection
	if whys := b.inChat(anna, 3); whys[2] != string(bot.WhyAssigned) && whys[2] != string(bot.WhyHuman) {
		t.Errorf("dealt with as %q", whys)
	}
	b.sees(anna, 0, "Здравствуйте", "Передал сотруднику")
}

// What the customer is told of a hand-over waits behind other customers' answers, while
// the hand-over itself does not: that the box gives the dialog away is no reason to keep it back.
func TestTheWordOfAHandOverLeavesAlsoWhenTheDialogIsGivenAwaySooner(t *testing.T) {
	t.Parallel()
	b := talking(t)
	anna := b.world.OnTelegram
	b.world.MG.Faults().SlowBy(400 * time.Millisecond)
	for i := range 5 {
		b.world.MG.AddCustomer(anna.Channel(), "777"+strconv.Itoa(i), "Гость").Write("Добрый день")
	}
	anna.Write("оператор")
	b.gives(anna, b.world.MG.Operator(igor))
	b.world.MG.Faults().SlowBy(0)
	b.inChat(anna, 1)
	b.sees(anna, 0, "Передал сотруднику")
	if c := b.talk(device.Chat, alias(anna)); c.Waits() || c.SilentUntil.IsZero() {
		t.Errorf("the talk is %+v", c)
	}
}

func TestOperatorsAskTheBotInTheChatWindow(t *testing.T) {
	t.Parallel()
	b := talking(t)
	anna, onWhatsApp, operator := b.world.OnTelegram, b.world.Somebody(true, 0), b.world.MG.Operator(olga)
	anna.Write("Добрый день")
	b.shown(anna, "Здравствуйте")
	b.inChat(anna, 1)
	ask := func(line, words string) {
		t.Helper()
		before := len(operator.Private(anna.Chat()))
		if _, err := operator.Command(anna.Chat(), line); err != nil {
			t.Fatal(err)
		}
		b.until("a line for the operator", func() bool { return len(operator.Private(anna.Chat())) == before+2 })
		lines := operator.Private(anna.Chat())
		if got := lines[len(lines)-1]; !strings.Contains(got.Text, words) || got.From != "bot" {
			t.Errorf("%s: %q from %s", line, got.Text, got.From)
		}
	}
	ask("/status", "10442: ")
	ask("/wa", "ещё не спрашивали")
	ask("/wa Ваш плед приехал & ждёт", "Отправляется")
	b.gets(onWhatsApp, 1, 0)
	b.phone(onWhatsApp, 0, "Ваш плед приехал & ждёт")
	ask("/wa", "Номер есть в WhatsApp")
	b.rest()
	b.sees(anna, 0, "Здравствуйте") // nothing of it is hers
	// A command takes nothing over: the bot answers her.
	anna.Write("адрес")
	b.inChat(anna, 2)
	b.sees(anna, 1, "Адрес")
	b.gets(onWhatsApp, 1, 0)
}
