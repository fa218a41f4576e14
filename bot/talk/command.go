package talk

import (
	"context"
	"fmt"
	"strings"
	"time"

	"vestnik/bot"
	"vestnik/device"
	"vestnik/gateway"
)

// operatorCommand answers what a person of the shop typed to the bot in a chat of the
// CRM: "/status" tells the customer's orders, "/wa" whether his number is on WhatsApp,
// "/wa text" writes to him there. Only the shop's people see the answer.
func (c *Clerk) operatorCommand(ctx context.Context, t gateway.Conversation, h gateway.Heard, a gateway.Answered, now time.Time) (gateway.Answered, error) {
	name, rest, _ := strings.Cut(strings.TrimSpace(h.In.Text), " ")
	name, rest = strings.ToLower(strings.TrimPrefix(name, "/")), strings.TrimSpace(rest)
	a.Why, a.Args = string(bot.WhyOperatorCommand), gateway.Args{"command": "/" + name}
	var answer string
	switch name {
	case "status":
		answer = c.statusWords(ctx, t)
	case "wa":
		var err error
		if answer, err = c.whatsApp(ctx, t, &a, rest, h, now); err != nil {
			return a, err
		}
	default:
		return a, nil // another bot's
	}
	note := gateway.PrivateNote{Chat: t.Alias, Text: answer}
	return a, add(&a, gateway.EffectPrivate, fmt.Sprintf("private/%d", h.ID), 0, note, now)
}

func (c *Clerk) statusWords(ctx context.Context, t gateway.Conversation) string {
	orders, err := c.rawOrders(ctx, t)
	switch {
	case err != nil:
		return c.say("RetailCRM сейчас не отвечает, попробуйте позже.", "RetailCRM does not answer now, try again later.")
	case len(orders) == 0:
		return c.say("Заказов этого клиента не нашлось.", "No orders of this customer were found.")
	}
	lines := make([]string, 0, len(orders))
	for _, o := range orders {
		lines = append(lines, fmt.Sprintf("%s: %s%s%s", o.Number, o.Fields["order.status"], about(", ", o.Fields["order.totalSumm"]), about(", ", o.Fields["delivery.date"])))
	}
	return strings.Join(lines, "\n")
}

// lateCommand is how old an order to write to somebody may be: it was meant for then.
const lateCommand = time.Hour

func (c *Clerk) whatsApp(ctx context.Context, t gateway.Conversation, a *gateway.Answered, text string, h gateway.Heard, now time.Time) (string, error) {
	if stale, err := c.stale(ctx, h, now, lateCommand); err != nil {
		return "", err
	} else if stale && text != "" {
		return c.say("Команда дошла слишком поздно, в WhatsApp ничего не отправлено: ", "The command came too late, nothing was sent to WhatsApp: ") + text, nil
	}
	if t.Phone == "" {
		if _, _, err := c.meet(ctx, t); err != nil {
			c.Log.Warn("whose a chat is cannot be found out", "conversation", t.ID, "error", err)
		}
		again, err := c.Store.Conversation(ctx, t.ID)
		if err != nil {
			return "", err
		}
		if t = again; t.Phone == "" {
			return c.say("Телефон этого клиента неизвестен.", "The phone of this customer is not known."), nil
		}
	}
	if !c.Live.Now().On(device.WhatsApp) {
		return c.say("WhatsApp выключен в настройках Vestnik.", "WhatsApp is switched off in Vestnik's settings."), nil
	}
	p, known, err := c.Store.Presence(ctx, t.Phone)
	if err != nil {
		return "", err
	}
	switch {
	case known && p.On == device.No:
		return c.say("Этого номера нет в WhatsApp.", "This number is not on WhatsApp."), nil
	case text == "" && known && p.On == device.Yes:
		return c.say("Номер есть в WhatsApp. Напишите «/wa текст», и сообщение уйдёт туда.", "The number is on WhatsApp. Type “/wa text” and it goes there."), nil
	case text == "":
		return c.say("Есть ли номер в WhatsApp, ещё не спрашивали. Напишите «/wa текст»: сообщение уйдёт, если он там есть.", "Nobody asked yet whether the number is on WhatsApp. Type “/wa text”: it goes if it is."), nil
	}
	m := c.draft(gateway.Conversation{Channel: device.WhatsApp, Phone: t.Phone, Customer: t.Customer}, text, now)
	m.Conversation, m.ByBot = 0, false
	m.DedupeKey = fmt.Sprintf("command/%d", h.ID)
	step := gateway.Step{At: now, Reason: gateway.FromPerson, Args: gateway.Args{"user": "/wa"}}
	a.Decisions = append(a.Decisions, c.sending(t, m, step))
	return c.say("Отправляется в WhatsApp.", "It is on its way by WhatsApp."), nil
}
