package talk

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"vestnik/bot"
	"vestnik/device"
	"vestnik/gateway"
)

// Say writes to a customer as a person of the shop; the bot is silent from then on. The
// error is gateway.FieldErrors for a text that cannot be sent, device.Conflict when the customer cannot
// be written to.
func (c *Clerk) Say(ctx context.Context, id gateway.ConversationID, text, by string) error {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return gateway.FieldErrors{"text": gateway.ProblemRequired}
	case len([]rune(text)) > gateway.MaxText:
		return gateway.FieldErrors{"text": gateway.ProblemTooLong}
	}
	return c.write(ctx, id, text, saying{key: "said/" + random(), by: by})
}

// SayFor writes what an operator wrote elsewhere to a customer of our own WhatsApp or SMS.
// key names it for good: a repeat changes nothing. effects belong to it.
func (c *Clerk) SayFor(ctx context.Context, ch device.Channel, phone device.Phone, text, key, by string, effects ...gateway.Effect) error {
	if strings.TrimSpace(text) == "" {
		return device.Errorf(device.Invalid, "talk: write", "the text is empty")
	}
	t, err := c.Store.OpenConversation(ctx, ch, phone, "")
	if err != nil {
		return err
	}
	return c.write(ctx, t.ID, text, saying{key: key, by: by, effects: effects})
}

// saying is a person's message to a customer.
type saying struct {
	key     string // names it for good
	by      string
	effects []gateway.Effect
}

func (c *Clerk) write(ctx context.Context, id gateway.ConversationID, text string, s saying) error {
	for range tries {
		t, err := c.Store.Conversation(ctx, id)
		if err != nil {
			return err
		}
		if err := c.mayWrite(t); err != nil {
			return err
		}
		now := c.Clock.Time()
		state, err := c.state(t)
		if err != nil {
			c.Log.Error("a conversation's memory cannot be read, it starts anew", "conversation", t.ID, "error", err)
		}
		in := bot.Message{ID: s.key, Channel: t.Channel, From: bot.FromOperator, Phone: t.Phone, Text: text, At: now}
		reply, facts := c.reply(ctx, c.Script.Now().Bot, state, in, t, now)
		a, err := c.outcome(ctx, t, unchanged(t), reply, facts, s.key, "")
		if err != nil {
			return err
		}
		m := c.draft(t, text, now)
		m.ByBot, m.DedupeKey = false, s.key
		step := gateway.Step{At: now, Reason: gateway.FromPerson, Args: gateway.Args{"user": s.by}}
		a.Decisions, a.Effects = append(a.Decisions, c.sending(t, m, step)), append(a.Effects, s.effects...)
		a.Taken = true
		if ok, err := c.keep(ctx, a); err != nil || ok {
			return err
		}
	}
	return errBusy
}

var errBusy = device.Errorf(device.Conflict, "talk", "the conversation went on changing")

// mayWrite tells why a customer cannot be written to at this moment.
func (c *Clerk) mayWrite(t gateway.Conversation) error {
	const op = "talk: write"
	if !c.Live.Now().On(t.Channel) {
		return device.Errorf(device.Conflict, op, "the channel is switched off")
	}
	if t.Channel != device.Chat {
		return nil
	}
	if why, _ := c.ChatRefuses(t); why != "" {
		return &device.Error{Kind: device.Conflict, Op: op, Code: string(why), Err: errors.New("the chat takes no messages now")}
	}
	return nil
}

// ChatRefuses tells why a chat of the CRM takes no messages at this moment; "" when it
// does, or is none.
func (c *Clerk) ChatRefuses(t gateway.Conversation) (gateway.Reason, gateway.Args) {
	chats := c.Chats()
	if t.Channel != device.Chat || chats == nil {
		return "", nil
	}
	ch, known := chats.Channel(t.Chat.Account)
	return gateway.NoChatNow(t, ch, known, c.Clock.Time())
}

// Take gives a conversation to a person: the bot is silent.
func (c *Clerk) Take(ctx context.Context, id gateway.ConversationID, _ string) error {
	return c.byPerson(ctx, id, bot.EventAssigned, func(_ gateway.Conversation, a *gateway.Answered) error {
		a.Taken = true
		return nil
	})
}

// Release gives it back to the bot.
func (c *Clerk) Release(ctx context.Context, id gateway.ConversationID, _ string) error {
	return c.byPerson(ctx, id, bot.EventReleased, notCalled)
}

// CloseTalk says that nothing is left to do in it; a chat's dialog is closed in the CRM.
func (c *Clerk) CloseTalk(ctx context.Context, id gateway.ConversationID, _ string) error {
	return c.byPerson(ctx, id, bot.EventClosed, func(t gateway.Conversation, a *gateway.Answered) error {
		_ = notCalled(t, a)
		if t.Channel != device.Chat || t.Chat.Dialog == 0 {
			return nil
		}
		now := c.Clock.Time()
		return add(a, gateway.EffectClose, fmt.Sprintf("close/%s/%d/person", t.Alias, t.Chat.Dialog), 0, gateway.CloseDialog{Chat: t.Alias, Dialog: t.Chat.Dialog}, now)
	})
}

func notCalled(_ gateway.Conversation, a *gateway.Answered) error {
	a.CalledAt, a.CalledWhy = time.Time{}, ""
	return nil
}

func (c *Clerk) byPerson(ctx context.Context, id gateway.ConversationID, event bot.Event, also func(gateway.Conversation, *gateway.Answered) error) error {
	ok, err := c.happen(ctx, id, event, "person", also)
	if err == nil && !ok {
		err = errBusy
	}
	return err
}

func random() string {
	var raw [12]byte
	rand.Read(raw[:]) // never fails: crypto/rand ends the process instead
	return hex.EncodeToString(raw[:])
}

// About is what the CRM knows of a conversation's customer.
type About struct {
	Customer *gateway.Customer // nil: no card, or several that could be meant
	Orders   []gateway.Order   // newest first
	Known    bool              // the orders are his for sure
	CRMAway  bool              // nobody could be asked
}

// About asks the CRM about a conversation's customer, for a person who talks to him.
func (c *Clerk) About(ctx context.Context, id gateway.ConversationID) (About, error) {
	t, err := c.Store.Conversation(ctx, id)
	if err != nil {
		return About{}, err
	}
	var a About
	known := c.known(id)
	if known.at.IsZero() || time.Since(known.at) > cardHolds {
		bounded, cancel := context.WithTimeout(ctx, orderPatience)
		defer cancel()
		card, one, err := c.meet(bounded, t)
		a.CRMAway = err != nil
		if t.Customer == 0 && one {
			t.Customer = card.ID
		}
		known = acquaintance{card: card, one: one}
	}
	if known.one {
		a.Customer = &known.card
	}
	orders, err := c.rawOrders(ctx, t)
	a.Orders, a.Known = orders, err == nil
	a.CRMAway = a.CRMAway || err != nil
	return a, nil
}
