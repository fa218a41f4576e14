package talk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"vestnik/bot"
	"vestnik/device"
	"vestnik/gateway"
)

// late is how old a customer's message may be when it is first dealt with: what is older
// is for a person, who sees it on the page.
const late = 24 * time.Hour

// decide is what becomes of one heard message.
func (c *Clerk) decide(ctx context.Context, talk gateway.Conversation, h gateway.Heard) (gateway.Answered, error) {
	now, script := c.Clock.Time(), c.Script.Now()
	a := unchanged(talk)
	a.Heard = h.ID
	if h.In.Event == device.TalkCommand {
		return c.operatorCommand(ctx, talk, h, a, now)
	}
	if customer := !h.In.FromShop && h.In.Event == ""; customer {
		stops, starts := script.Bot.Refusal(h.In.Text)
		if !script.Script.On && !stops && !starts {
			a.Why = string(bot.WhyOff)
			return a, nil
		}
		stale, err := c.stale(ctx, h, now, late)
		if err != nil {
			return a, err
		}
		if stale && stops {
			err := c.refusalWhileAway(ctx, talk, &a)
			return a, err
		}
		if stale {
			a.Why = string(bot.WhyLate)
			a.CalledAt, a.CalledWhy = earliest(talk.CalledAt, now), string(bot.WhyLate)
			return a, nil
		}
	}
	state, err := c.state(talk)
	if err != nil {
		c.Log.Error("a conversation's memory cannot be read, it starts anew", "conversation", talk.ID, "error", err)
	}
	in := message(talk, h)
	c.staff.last(c, now) // asked meanwhile
	if in.From == bot.FromCustomer && (talk.Customer == 0 || talk.Channel == device.Chat) {
		talk = c.introduced(ctx, talk)
	}
	if in.From == bot.FromCustomer && state.Mark == nil && script.Script.On {
		if state.Mark, err = c.adopt(ctx, talk, &a, now); err != nil {
			return a, err
		}
	}
	reply, facts := c.reply(ctx, script.Bot, state, in, talk, now)
	return c.outcome(ctx, talk, a, reply, facts, fmt.Sprintf("reply/%d", h.ID), h.In.Text)
}

// introduced is a conversation with its customer's card of now, by which his other
// conversations are found.
func (c *Clerk) introduced(ctx context.Context, t gateway.Conversation) gateway.Conversation {
	card, ok := c.card(ctx, t)
	if !ok && !c.known(t.ID).cardHolds() {
		return t // nobody has told
	}
	if retied(t, card) {
		t.Phone, t.Customer = "", 0
	}
	if ok {
		if phone := c.onlyPhone(t, card); phone != "" {
			t.Phone = phone
		}
		t.Customer = card.ID
	}
	return t
}

// unchanged is a decision that leaves a conversation as it is.
func unchanged(t gateway.Conversation) gateway.Answered {
	return gateway.Answered{
		Conversation: t.ID, Version: t.Version, TakenAt: t.TakenAt, Next: t.State,
		SilentUntil: t.SilentUntil, SilentWhy: t.SilentWhy, CalledAt: t.CalledAt, CalledWhy: t.CalledWhy,
		OwedUntil: t.OwedUntil, MarkUntil: t.MarkUntil,
	}
}

// stale tells whether a message waited too long, or was written before a backup was
// restored: whoever wrote it may have been answered since, also by the lost ledger.
func (c *Clerk) stale(ctx context.Context, h gateway.Heard, now time.Time, late time.Duration) (bool, error) {
	written := h.In.At
	if written.IsZero() || written.After(h.KeptAt) {
		written = h.KeptAt
	}
	if now.Sub(written) > late {
		return true, nil
	}
	restored, err := c.Store.Restored(ctx)
	if err != nil {
		return false, err
	}
	return !restored.At.IsZero() && written.Before(restored.At), nil
}

func earliest(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}

// state is the bot's memory of a conversation.
func (c *Clerk) state(t gateway.Conversation) (bot.Conversation, error) {
	if len(t.State) == 0 {
		return bot.Conversation{}, nil
	}
	return bot.ParseConversation(t.State)
}

var events = map[device.TalkEvent]bot.Event{
	device.TalkAssigned: bot.EventAssigned,
	device.TalkReturned: bot.EventReturned,
	device.TalkClosed:   bot.EventClosed,
}

// message is a heard message in the bot's words.
func message(t gateway.Conversation, h gateway.Heard) bot.Message {
	in := bot.Message{
		ID: h.In.ID, Channel: t.Channel, From: bot.FromCustomer, Phone: t.Phone,
		Text: h.In.Text, Media: h.In.Media, Payload: h.In.Payload, At: h.In.At,
	}
	switch {
	case h.In.Event != "":
		in.From, in.Event = bot.FromSystem, events[h.In.Event]
		if in.Event == "" {
			in.Event = bot.EventOther
		}
	case h.In.FromShop && t.Channel == device.WhatsApp:
		in.From = bot.FromPhone
	case h.In.FromShop:
		in.From = bot.FromOperator
	}
	return in
}

// adopt takes the open question for marks over from another conversation of the same
// person: he was asked in one channel and answers in another.
func (c *Clerk) adopt(ctx context.Context, t gateway.Conversation, a *gateway.Answered, now time.Time) (*bot.MarkQuestion, error) {
	if t.Phone == "" && t.Customer == 0 {
		return nil, nil
	}
	talks, err := c.Store.ConversationsOf(ctx, t.Phone, t.Customer)
	if err != nil {
		return nil, err
	}
	for _, other := range talks {
		if other.ID == t.ID || !other.MarkUntil.After(now) || !other.MayBeOf(t.Customer) || !t.MayBeOf(other.Customer) {
			continue
		}
		state, err := c.state(other)
		if err != nil || state.Mark == nil {
			continue
		}
		question := state.Mark
		state.Mark = nil
		left, err := json.Marshal(state)
		if err != nil {
			return nil, err
		}
		a.Adopted, a.AdoptedState, a.AdoptedFrom = other.ID, left, other.Version
		return question, nil
	}
	return nil, nil
}

// reply asks the bot, and finds out what it needs to know until it can tell.
func (c *Clerk) reply(ctx context.Context, b *bot.Bot, state bot.Conversation, in bot.Message, t gateway.Conversation, now time.Time) (bot.Reply, bot.Facts) {
	facts := c.atHand(ctx, b.Script(), t, now)
	orders, done := c.ordersAhead(ctx, t, func() bool {
		n := b.Reply(state, in, facts).Need
		return facts.CRM && n != nil && n.Kind == bot.NeedOrders
	})
	defer done()
	c.introduce(ctx, t, &facts)
	for {
		reply := b.Reply(state, in, facts)
		if reply.Need == nil {
			return reply, facts
		}
		switch reply.Need.Kind {
		case bot.NeedOrders:
			facts.Orders, facts.CRM = orders()
			facts.OrdersKnown = facts.CRM
		case bot.NeedLookup:
			facts.Lookup = c.lookUp(ctx, reply.Need.Number, reply.Need.Last4)
			if facts.Lookup.State == bot.LookupUnavailable {
				facts.CRM = false
			}
		}
	}
}

// ordersAhead asks for the customer's orders at the same time as for his card, when the
// answer is going to need both: he waits for the CRM once. orders are what came of it, or asks now;
// done ends what nobody waits for.
func (c *Clerk) ordersAhead(ctx context.Context, t gateway.Conversation, needed func() bool) (orders func() ([]bot.Order, bool), done func()) {
	orders = func() ([]bot.Order, bool) { return c.ordersOf(ctx, t) }
	who, known := whoIs(t), c.known(t.ID)
	if who.Customer == 0 && who.Phone == "" || known.cardHolds() || known.ordersHold() || !needed() {
		return orders, func() {}
	}
	ctx, stop := context.WithCancel(ctx)
	var found []bot.Order
	var ok bool
	var asked sync.WaitGroup
	asked.Go(func() {
		err := c.safely(func() error { found, ok = c.ordersOf(ctx, t); return nil })
		if err != nil {
			c.Log.Error("the orders of a customer cannot be read", "conversation", t.ID, "error", err)
		}
	})
	return func() ([]bot.Order, bool) { asked.Wait(); return found, ok }, func() { stop(); asked.Wait() }
}

// outcome turns the bot's reply into what is kept. key begins the names of what it makes,
// said is what the customer wrote.
func (c *Clerk) outcome(ctx context.Context, t gateway.Conversation, a gateway.Answered, reply bot.Reply, facts bot.Facts, key, said string) (gateway.Answered, error) {
	next, err := json.Marshal(reply.Next)
	if err != nil {
		return a, errors.Join(errors.New("talk: a conversation's memory cannot be written"), err)
	}
	a.Next, a.Why, a.Args, a.Command = next, string(reply.Why.Reason), reply.Why.Args, reply.Command
	a.SilentUntil, a.SilentWhy, a.MarkUntil = time.Time{}, "", time.Time{}
	if until, why, silent := reply.Next.Silent(facts.Now); silent {
		a.SilentUntil, a.SilentWhy = until, string(why)
	}
	if reply.Next.Mark != nil {
		a.MarkUntil = reply.Next.Mark.Until
	}
	if reply.Next.Owed == nil {
		a.OwedUntil = time.Time{}
	}
	switch reply.Why.Reason {
	case bot.WhyPhone, bot.WhyOperator, bot.WhyAssigned, bot.WhyReturned:
		a.CalledAt, a.CalledWhy = time.Time{}, "" // somebody is there, or says that nobody is needed
	}
	for i, text := range reply.Texts {
		m := c.draft(t, text, facts.Now)
		m.DedupeKey = fmt.Sprintf("%s/%d", key, i+1)
		if i == len(reply.Texts)-1 {
			for _, s := range reply.Suggestions {
				m.Suggestions = append(m.Suggestions, device.Suggestion{Title: s.Title, Payload: s.Payload})
			}
		}
		step := gateway.Step{At: facts.Now, Reason: gateway.FromBot, Args: gateway.Args{"why": strings.TrimSuffix(reply.Why.Sentence(c.language()), ".")}}
		a.Decisions = append(a.Decisions, c.sending(t, m, step))
	}
	return a, c.actions(ctx, t, &a, reply, facts, key, said)
}

// replyExpires is after what time an answer is of no use any more.
const replyExpires = 24 * time.Hour

// draft is a message of the bot in a conversation.
func (c *Clerk) draft(t gateway.Conversation, text string, now time.Time) gateway.Message {
	return gateway.Message{
		To: t.Phone, Alias: t.Alias, Conversation: t.ID, Customer: t.Customer, ByBot: true,
		Purpose: gateway.ForReply, Text: text, State: gateway.Queued, Reason: gateway.InQueue,
		Channels: []device.Channel{t.Channel}, Channel: t.Channel,
		NotBefore: now, ExpiresAt: now.Add(replyExpires), CreatedAt: now, UpdatedAt: now,
	}
}

// sending is the decision to send a message.
func (c *Clerk) sending(t gateway.Conversation, m gateway.Message, step gateway.Step) gateway.Decision {
	return gateway.Decision{
		Verdict: gateway.Send, Reason: gateway.InQueue, At: step.At, Name: nameOf(t), Message: &m, Trace: []gateway.Step{step},
		Order: m.Order, Number: m.OrderNumber,
	}
}

func nameOf(t gateway.Conversation) string {
	if t.Name != "" {
		return t.Name
	}
	return t.Phone.String()
}

// language is the shop's own.
func (c *Clerk) language() string { return c.Live.Now().Settings.Shop.Language }
