package talk

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"vestnik/bot"
	"vestnik/device"
	"vestnik/gateway"
)

// closeAfter is how long after its last answer a chat's dialog is closed, when nobody
// wrote since.
const closeAfter = 10 * time.Minute

// actions adds to a decision what the bot wants done beside answering.
func (c *Clerk) actions(ctx context.Context, t gateway.Conversation, a *gateway.Answered, reply bot.Reply, facts bot.Facts, key, said string) error {
	now := facts.Now
	rules := c.Script.Now().Script.Marks.Ask
	var given []gateway.Mark
	for _, act := range reply.Actions {
		switch act.Kind {
		case bot.ActHandOver:
			a.CalledAt, a.CalledWhy = earliest(t.CalledAt, now), string(act.Cause)
			h := c.matter(t, act.Order, now)
			h.Cause, h.Text = string(act.Cause), c.callWords(t, said, now)
			if err := add(a, gateway.EffectHandOver, "hand/"+key, act.Order, h, now); err != nil {
				return err
			}
		case bot.ActOptOut, bot.ActOptIn:
			out := act.Kind == bot.ActOptOut
			a.OptOut = &out
			if err := c.alsoOptOut(ctx, t, a); err != nil {
				return err
			}
		case bot.ActKeepMark:
			given = append(given, gateway.Mark{
				Conversation: t.ID, Order: act.Order, Customer: t.Customer, Name: nameOf(t), About: string(act.About), Mark: act.Mark, At: now, Corrects: act.Corrects,
			})
		case bot.ActKeepComment:
			o := c.markedOrder(ctx, act.Order)
			a.Marks = append(a.Marks, gateway.Mark{Conversation: t.ID, Order: act.Order, Customer: customerOf(t, o), Comment: act.Comment, At: now, CommentOnly: true})
			if err := c.noteComment(t, a, o, act, rules, key, now); err != nil {
				return err
			}
		case bot.ActTask:
			o := c.markedOrder(ctx, act.Order)
			h := c.matter(t, act.Order, now)
			h.OrderNumber, h.Customer = o.Number, customerOf(t, o)
			h.Text = c.say(fmt.Sprintf("Оценка %d%s: узнать, что случилось", act.Mark, about(" по заказу ", o.Number)), fmt.Sprintf("Mark %d%s: find out what happened", act.Mark, about(" for order ", o.Number)))
			name := "task/mark/" + key
			if act.Order != 0 {
				name = "task/mark/" + strconv.FormatInt(int64(act.Order), 10)
			}
			if err := add(a, gateway.EffectTask, name, act.Order, h, now); err != nil {
				return err
			}
		case bot.ActAnswerLater:
			a.OwedUntil = act.Until
		case bot.ActUnmatched:
			a.Phrase = act.Phrase
		case bot.ActClose:
			if t.Channel == device.Chat && t.Chat.Dialog != 0 {
				e := gateway.CloseDialog{Chat: t.Alias, Dialog: t.Chat.Dialog, Conversation: t.ID, HeardAt: t.HeardAt}
				if err := add(a, gateway.EffectClose, fmt.Sprintf("close/%s/%s", t.Alias, key), 0, e, now.Add(closeAfter)); err != nil {
					return err
				}
			}
		}
	}
	return c.keepMarks(ctx, t, a, given, rules, key, now)
}

// alsoOptOut names the person's other conversations: who wants no advertising wants none
// anywhere.
func (c *Clerk) alsoOptOut(ctx context.Context, t gateway.Conversation, a *gateway.Answered) error {
	if t.Phone == "" && t.Customer == 0 {
		return nil
	}
	talks, err := c.Store.ConversationsOf(ctx, t.Phone, t.Customer)
	if err != nil {
		return err
	}
	for _, other := range talks {
		if other.ID != t.ID {
			a.OptOutAlso = append(a.OptOutAlso, other.ID)
		}
	}
	return nil
}

// keepMarks writes marks down, into the order's fields and onto the customer's card.
func (c *Clerk) keepMarks(ctx context.Context, t gateway.Conversation, a *gateway.Answered, given []gateway.Mark, rules bot.AskRule, key string, now time.Time) error {
	if len(given) == 0 {
		return nil
	}
	o := c.markedOrder(ctx, given[0].Order)
	var words []string
	for _, m := range given {
		m.OrderNumber, m.Customer = o.Number, customerOf(t, o)
		field := rules.ShopField
		if m.About == string(bot.AboutCourier) {
			m.Courier, field = o.Courier, rules.CourierField
		}
		a.Marks = append(a.Marks, m)
		if err := setField(a, m.Order, field, m.Mark, now); err != nil {
			return err
		}
		words = append(words, c.markWords(m))
	}
	note := c.say("Оценка клиента", "The customer's mark") + about(c.say(" по заказу ", " for order "), o.Number) + ": " + strings.Join(words, ", ") + "."
	return c.note(t, a, o, note, "note/marks/"+key, now)
}

// setField writes one of the order's custom fields. A newer value takes the place of one
// that still waits.
func setField(a *gateway.Answered, order gateway.OrderID, field string, value any, now time.Time) error {
	if order == 0 || field == "" {
		return nil
	}
	v := gateway.FieldValues{Order: order, Fields: map[string]any{field: value}}
	return add(a, gateway.EffectFields, fmt.Sprintf("fields/%d/%s", order, field), order, v, now)
}

func (c *Clerk) markWords(m gateway.Mark) string {
	who := c.say("магазин", "shop")
	if m.About == string(bot.AboutCourier) {
		who = c.say("курьер", "courier") + about(" ", m.Courier)
	}
	return fmt.Sprintf("%s %d", who, m.Mark)
}

func (c *Clerk) noteComment(t gateway.Conversation, a *gateway.Answered, o gateway.Order, act bot.Action, rules bot.AskRule, key string, now time.Time) error {
	if err := setField(a, act.Order, rules.CommentField, act.Comment, now); err != nil {
		return err
	}
	text := c.say("Клиент об оценке", "The customer about the mark") + about(c.say(" по заказу ", " for order "), o.Number) + ": " + act.Comment
	return c.note(t, a, o, text, "note/comment/"+key, now)
}

// note writes a line onto the customer's card, when there is one.
func (c *Clerk) note(t gateway.Conversation, a *gateway.Answered, o gateway.Order, text, key string, now time.Time) error {
	customer := customerOf(t, o)
	if customer == 0 {
		return nil
	}
	return add(a, gateway.EffectNote, key, o.ID, gateway.Note{Customer: customer, Site: o.Site, Text: text}, now)
}

// markedOrder is an order as the CRM has it now; only its id when the CRM is away.
func (c *Clerk) markedOrder(ctx context.Context, id gateway.OrderID) gateway.Order {
	orders := c.Orders()
	if id == 0 || orders == nil {
		return gateway.Order{ID: id}
	}
	ctx, cancel := context.WithTimeout(ctx, cardPatience)
	defer cancel()
	o, err := orders.Order(ctx, id)
	if err != nil {
		c.Log.Warn("the order of a mark cannot be read", "order", id, "error", err)
		return gateway.Order{ID: id}
	}
	return o
}

func customerOf(t gateway.Conversation, o gateway.Order) int64 {
	if o.CustomerID != 0 {
		return o.CustomerID
	}
	return t.Customer
}

// matter is what a person of the shop has to take on, without its words.
func (c *Clerk) matter(t gateway.Conversation, order gateway.OrderID, now time.Time) gateway.HandOver {
	return gateway.HandOver{Conversation: t.ID, Order: order, Customer: t.Customer, Phone: t.Phone, Name: nameOf(t), Asked: now}
}

// longestQuote is how much of a customer's words a notice repeats, in characters.
const longestQuote = 120

// callWords tell a person who waits for him. The time makes the matter a new one when the
// same customer asks again with the same words.
func (c *Clerk) callWords(t gateway.Conversation, said string, now time.Time) string {
	where := map[device.Channel]string{device.WhatsApp: "WhatsApp", device.SMS: "SMS", device.Chat: c.say("чат", "chat")}[t.Channel]
	at := now.In(c.Live.Now().Settings.Shop.Zone()).Format("02.01 15:04")
	text := c.say("Клиент ждёт ответа", "A customer waits for an answer") + " (" + where + about(", ", nameOf(t)) + ", " + at + ")"
	if r := []rune(strings.TrimSpace(said)); len(r) > 0 {
		if len(r) > longestQuote {
			r = append(r[:longestQuote], '…')
		}
		text += ": «" + string(r) + "»"
	}
	return text
}

func (c *Clerk) say(ru, en string) string {
	if c.language() == bot.English {
		return en
	}
	return ru
}

// about is a word with what stands before it, or nothing.
func about(before, word string) string {
	if word == "" {
		return ""
	}
	return before + word
}

// add adds an effect to a decision.
func add(a *gateway.Answered, kind gateway.EffectKind, key string, order gateway.OrderID, value any, at time.Time) error {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("talk: %s: %w", kind, err)
	}
	a.Effects = append(a.Effects, gateway.Effect{Kind: kind, Key: key, Order: order, Value: string(text), State: gateway.EffectPending, NextAt: at, At: at})
	return nil
}
