package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/sim/messagegateway"
	"vestnik/sim/retailcrm"
	"vestnik/sim/whatsapp"
	"vestnik/sim/world"
)

// hearing waits until a list of texts has, after the first n, one with all these words,
// and answers it.
func (t *teller) hearing(who string, n int, texts func() []string, words ...string) (found string, err error) {
	has := func(text string) bool {
		for _, w := range words {
			if !strings.Contains(text, w) {
				return false
			}
		}
		return true
	}
	err = t.until(fmt.Sprintf("%s reads: %s", who, strings.Join(words, " … ")), func() bool {
		all := texts()
		for _, text := range all[min(n, len(all)):] {
			if has(text) {
				found = text
				return true
			}
		}
		return false
	})
	if err != nil {
		all := texts()
		return "", fmt.Errorf("%w; the screen shows %q", err, all[min(n, len(all)):])
	}
	return found, nil
}

// asks makes a customer of a messenger write, and answers what he reads then.
func (t *teller) asks(p *messagegateway.Customer, text string, words ...string) (string, error) {
	n := len(p.Texts())
	p.Write(text)
	return t.hearing(p.Name(), n, p.Texts, words...)
}

// whatsApp are the texts on a person's WhatsApp, sms those that came by SMS.
func (t *teller) whatsApp(p *world.Person) func() []string {
	return func() []string { wa, _ := t.stage.Texts(p); return wa }
}

func (t *teller) sms(p *world.Person) func() []string {
	return func() []string { _, sms := t.stage.Texts(p); return sms }
}

// line puts a text of several lines onto one.
func line(text string) string { return strings.ReplaceAll(text, "\n", " / ") }

// delivers hands two orders over; what their customers are asked comes later.
func (t *teller) delivers() error {
	for _, p := range []*world.Person{t.satisfied(), t.annoyed()} {
		id, number := t.stage.NewOrder(p)
		if err := t.stage.CRM.SetStatus(id, "complete"); err != nil {
			return err
		}
		t.say("Order %s of %s is delivered. The bot will ask for a mark in a while; the story goes on.", number, p.Name)
	}
	return nil
}

// satisfied is a customer who has been silent for weeks and wrote in Telegram last;
// annoyed is one who has only WhatsApp.
func (t *teller) satisfied() *world.Person { return t.stage.Somebody(true, 2) }

func (t *teller) annoyed() *world.Person { return t.stage.Somebody(true, 4) }

func (t *teller) greets() error {
	anna := t.stage.OnTelegram
	text, err := t.asks(anna, "Здравствуйте!", "Здравствуйте, Анна", "бот")
	if err != nil {
		return err
	}
	var taps []string
	for _, s := range anna.Suggestions() {
		taps = append(taps, s.Title)
	}
	if want := []string{"Где мой заказ?", "Пункты выдачи", "Доставка и возврат", "Позвать сотрудника"}; !slices.Equal(taps, want) {
		return fmt.Errorf("the bot offers to tap %q", taps)
	}
	t.say("%s says hello in Telegram. The bot: %s [%s]", anna.Name(), line(text), strings.Join(taps, "] ["))
	return nil
}

func (t *teller) tellsOrder() error {
	anna := t.stage.OnTelegram
	text, err := t.asks(anna, "/1", "О каком заказе")
	if err != nil {
		return err
	}
	t.say("She writes /1. The bot: %s", line(text))
	order := t.stage.newestOrder(anna.Card())
	if text, err = t.asks(anna, "1", order.Number, t.statusName(order.Status)); err != nil {
		return err
	}
	t.say("She writes 1 and hears where it is: %s", line(text))
	return nil
}

// cardOf is the CRM's card of a person with a number.
func (t *teller) cardOf(p *world.Person) int {
	for _, c := range t.stage.CRM.Customers() {
		if c.FirstName+" "+c.LastName == p.Name {
			return c.ID
		}
	}
	return 0
}

func (t *teller) statusName(code string) string {
	for _, s := range t.stage.CRM.Statuses() {
		if s.Code == code {
			return s.Name
		}
	}
	return code
}

func (t *teller) newsWhereSheWrote() error {
	anna, phone := t.stage.OnTelegram, t.stage.Somebody(true, 0)
	n := len(anna.Texts())
	_, number, err := t.order(phone)
	if err != nil {
		return err
	}
	text, err := t.hearing(anna.Name(), n, anna.Texts, number, "ждёт вас")
	if err != nil {
		return err
	}
	if wa, sms := t.stage.Texts(phone); len(wa)+len(sms) > 0 {
		return fmt.Errorf("the news of order %s went elsewhere too: %q %q", number, wa, sms)
	}
	t.say("Her order %s is ready. The news comes where she wrote last, in Telegram, and nowhere else: %s", number, text)
	return nil
}

func (t *teller) handsOver() error {
	anna, mg := t.stage.OnTelegram, t.stage.MG
	text, err := t.asks(anna, "Позовите человека, пожалуйста", "Передал сотруднику")
	if err != nil {
		return err
	}
	var o *messagegateway.Operator
	if err := t.until("an operator has her dialog", func() bool {
		c, _ := mg.Chat(anna.Chat())
		for _, one := range mg.Operators() {
			if c.Dialog.Responsible == "user" && c.Dialog.ResponsibleID == one.ID() {
				o = one
			}
		}
		return o != nil
	}); err != nil {
		return err
	}
	t.say("She asks for a person. The bot: %s %s, who is online, has her dialog.", line(text), o.Name())
	if err := t.looksUpOrders(o, anna); err != nil {
		return err
	}
	if _, err := o.Write(anna.Chat(), "Анна, здравствуйте! Слушаю вас."); err != nil {
		return err
	}
	if err := t.silentAbout(anna, "Можно оставить заказ до субботы?"); err != nil {
		return err
	}
	if _, err := o.Write(anna.Chat(), "Конечно, оставим до субботы."); err != nil {
		return err
	}
	return nil
}

// looksUpOrders lets the operator ask the bot, which only staff see.
func (t *teller) looksUpOrders(o *messagegateway.Operator, p *messagegateway.Customer) error {
	if _, err := o.Command(p.Chat(), "/status"); err != nil {
		return err
	}
	number := t.stage.newestOrder(p.Card()).Number
	var note string
	if err := t.until("the operator sees the orders", func() bool {
		for _, m := range o.Private(p.Chat()) {
			if m.From == "bot" && strings.Contains(m.Text, number) {
				note = m.Text
			}
		}
		return note != ""
	}); err != nil {
		return err
	}
	t.say("The operator types /status; the answer is for staff only: %s", line(note))
	return nil
}

// silentAbout makes a customer write while a person has the talk, and looks whether the
// bot has heard it and said nothing.
func (t *teller) silentAbout(p *messagegateway.Customer, text string) error {
	n := len(p.Texts())
	p.Write(text)
	if err := t.until("the box keeps the customer's words, for a person to answer", func() bool {
		return slices.ContainsFunc(t.linesOf(p), func(l gateway.TalkLine) bool {
			return l.From == gateway.TalkCustomer && l.Text == text && slices.Contains([]string{"person_talks", "assigned", "operator"}, l.Why)
		})
	}); err != nil {
		return err
	}
	if more := p.Texts()[n:]; len(more) > 0 {
		return fmt.Errorf("the bot talks over a person: %q", more)
	}
	t.say("She writes «%s». The bot is silent, because a person has the talk; the page shows her words.", text)
	return nil
}

// linesOf is what the page shows of a customer's conversation.
func (t *teller) linesOf(p *messagegateway.Customer) []gateway.TalkLine {
	store := t.stage.app.Store()
	all, err := store.Conversations(t.ctx, gateway.ConversationFilter{})
	if err != nil {
		return nil // asked again by until
	}
	for _, c := range all {
		if c.Channel == device.Chat && c.Alias == strconv.Itoa(p.Chat()) {
			lines, _ := store.TalkLines(t.ctx, c.ID, 50)
			return lines
		}
	}
	return nil
}

func (t *teller) givesBack() error {
	anna, mg := t.stage.OnTelegram, t.stage.MG
	if err := mg.Operators()[0].Return(anna.Chat(), t.stage.botID()); err != nil {
		return err
	}
	text, err := t.asks(anna, "/2", "Снова отвечает бот", "Лесная, 12")
	if err != nil {
		return err
	}
	t.say("The operator returns the dialog to the bot. She writes /2: %s", line(text))
	return nil
}

func (t *teller) talksByPhone() error {
	p := t.stage.Somebody(true, 5)
	if _, err := p.Messenger.SendText(world.ShopPhone, "добрый день", whatsapp.ByLID); err != nil {
		return err
	}
	text, err := t.hearing(p.Name, 0, t.whatsApp(p), "1. Где мой заказ?", "9. Позвать сотрудника")
	if err != nil {
		return err
	}
	t.say("%s says hello in WhatsApp, which has nothing to tap. The bot: %s", p.Name, line(text))
	p = t.stage.Somebody(false, 1)
	n := len(t.sms(p)())
	t.stage.Modem.Receive(p.Phone, "Где мой заказ?")
	order := t.stage.newestOrder(t.cardOf(p))
	if text, err = t.hearing(p.Name, n, t.sms(p), order.Number, t.statusName(order.Status)); err != nil {
		return err
	}
	t.say("%s asks by SMS where his order is: %s", p.Name, line(text))
	return nil
}

// lastOrder is the newest order of a person with a number.
func (t *teller) lastOrder(p *world.Person) (last retailcrm.Order) {
	for _, o := range t.stage.CRM.Orders() {
		if o.Phone == p.Phone {
			last = o
		}
	}
	return last
}

func (t *teller) marks() error {
	who, p := t.satisfied(), t.stage.regular
	order := t.lastOrder(who)
	text, err := t.hearing(p.Name(), 0, p.Texts, order.Number, "от 1 до 5")
	if err != nil {
		return err
	}
	t.say("%s is asked in Telegram, where he wrote last: %s", p.Name(), line(text))
	if text, err = t.asks(p, "5", "Спасибо за оценку", reviewLink); err != nil {
		return err
	}
	t.say("He gives 5: %s", line(text))
	if err := t.fieldSays(order.ID, "shop_mark", 5); err != nil {
		return err
	}
	if text, err = t.asks(p, "4", "Исправил оценку"); err != nil {
		return err
	}
	if strings.Contains(text, reviewLink) {
		return fmt.Errorf("the review link comes twice: %q", p.Texts())
	}
	if err := t.fieldSays(order.ID, "shop_mark", 4); err != nil {
		return err
	}
	t.say("He changes it to 4: %s No second link; the order in the CRM says 4.", line(text))
	return nil
}

// fieldSays waits until a field of an order in the CRM has a number.
func (t *teller) fieldSays(order int, field string, want int) error {
	return t.until(fmt.Sprintf("the order's field %s says %d", field, want), func() bool {
		o, _ := t.stage.CRM.Order(order)
		return fmt.Sprint(o.CustomFields[field]) == strconv.Itoa(want)
	})
}

func (t *teller) minds() error {
	p := t.annoyed()
	order := t.lastOrder(p)
	if _, err := t.hearing(p.Name, 0, t.whatsApp(p), order.Number, "от 1 до 5"); err != nil {
		return err
	}
	answer := func(text string, words ...string) (string, error) {
		n := len(t.whatsApp(p)())
		if _, err := p.Messenger.SendText(world.ShopPhone, text, whatsapp.ByLID); err != nil {
			return "", err
		}
		return t.hearing(p.Name, n, t.whatsApp(p), words...)
	}
	text, err := answer("2", "Что пошло не так?")
	if err != nil {
		return err
	}
	if err := t.until("a manager has a task", func() bool {
		return slices.ContainsFunc(t.stage.CRM.Tasks(), func(task retailcrm.Task) bool {
			return task.OrderID == order.ID && strings.Contains(task.Text, "Оценка 2")
		})
	}); err != nil {
		return err
	}
	t.say("%s is asked in WhatsApp and gives 2. The bot: %s A manager has a task in the CRM.", p.Name, line(text))
	const said = "Коробка пришла мятая"
	if text, err = answer(said, "передал сотруднику"); err != nil {
		return err
	}
	if err := t.until("her words stand on her card", func() bool {
		return slices.ContainsFunc(t.stage.CRM.Notes(), func(n retailcrm.Note) bool { return strings.Contains(n.Text, said) })
	}); err != nil {
		return err
	}
	t.say("She says «%s»: %s Her words stand on her card in the CRM.", said, line(text))
	return nil
}

func (t *teller) survivesChatCut() error {
	anna, mg := t.stage.OnTelegram, t.stage.MG
	mg.Faults().Down(true)
	if err := t.until("the chats are noticed to be away", func() bool { return t.status().Chats.State != "connected" }); err != nil {
		return err
	}
	n := len(anna.Texts())
	anna.Write("/3")
	t.say("The way to the chats is cut. %s writes /3 meanwhile.", anna.Name())
	mg.Faults().Down(false)
	text, err := t.hearing(anna.Name(), n, anna.Texts, "Чем помочь?")
	if err != nil {
		return err
	}
	t.say("The chats are back, and she is answered, once: %s [%s] …", line(text), anna.Suggestions()[0].Title)
	return nil
}

// knowsNobody: a stranger hears of an order only with the digits of its phone.
func (t *teller) knowsNobody() error {
	who := t.stage.Stranger
	if _, err := t.asks(who, "Где мой заказ?", "последние 4 цифры"); err != nil {
		return err
	}
	order := t.lastOrder(t.stage.Somebody(true, 1))
	wrong := order.Number + " 0000"
	text, err := t.asks(who, wrong, "не нашлось")
	if err != nil {
		return err
	}
	t.say("A stranger on Instagram asks for «%s»: %s", wrong, line(text))
	if text, err = t.asks(who, order.Number+" "+order.Phone[len(order.Phone)-4:], order.Number, t.statusName(order.Status)); err != nil {
		return err
	}
	t.say("With the right digits he hears: %s", line(text))
	return nil
}
