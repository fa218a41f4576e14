package talk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"vestnik/bot"
	"vestnik/device"
	"vestnik/gateway"
)

const (
	// askAgain is when the question for marks is tried again that came at a bad moment.
	askAgain = time.Hour
	// askTries is how often.
	askTries = 48
	// askExpires is after what time a question that could not leave is of no use.
	askExpires = 3 * 24 * time.Hour
)

// Why an order's customer is not asked, beside the bot's own reasons.
const (
	askOff     = "asking_off"
	askMoved   = "order_moved"
	askGone    = "order_gone"
	askNobody  = "no_way" // no number and no chat
	askNoReply = "gave_up"
)

// askForMarks queues the orders that were handed over and asks those whose time has come.
func (c *Clerk) askForMarks(ctx context.Context) error {
	script := c.Script.Now().Script
	rule := script.Marks.Ask
	if !script.On || !rule.On {
		_, err := c.Store.QueueAsks(ctx, nil, 0) // nobody is asked about what happens meanwhile, later
		return err
	}
	if _, err := c.Store.QueueAsks(ctx, rule.Statuses, rule.After); err != nil {
		return err
	}
	if c.Orders() == nil || !c.CRMAnswers() {
		return nil
	}
	due, err := c.Store.DueAsks(ctx, c.Clock.Time(), 50)
	if err != nil {
		return err
	}
	for _, ask := range due {
		err = errors.Join(err, c.safely(func() error { return c.askOne(ctx, ask, rule) }))
	}
	return err
}

// askOne asks one order's customer, puts it off or gives it up.
func (c *Clerk) askOne(ctx context.Context, ask gateway.Ask, rule bot.AskRule) error {
	now := c.Clock.Time()
	settings := c.Live.Now().Settings
	if open := rule.Hours.Next(now, settings.Shop.Zone()); open.After(now) {
		return c.putOff(ctx, ask, open, "hours", false)
	}
	if now.Sub(ask.DueAt) > askExpires {
		return c.never(ctx, ask, askNoReply)
	}
	order, err := c.Orders().Order(ctx, ask.Order)
	switch {
	case device.KindOf(err) == device.NotFound || err == nil && order.Deleted:
		return c.never(ctx, ask, askGone)
	case err != nil:
		return c.putOff(ctx, ask, now.Add(5*time.Minute), "crm", true)
	case !slices.Contains(rule.Statuses, order.Status):
		return c.never(ctx, ask, askMoved)
	}
	for range tries {
		t, channels, ok, err := c.wayToAsk(ctx, order)
		if err != nil {
			return err
		}
		if !ok {
			return c.never(ctx, ask, askNobody)
		}
		done, err := c.askIn(ctx, ask, order, t, channels, rule, now)
		if err != nil || done {
			return err
		}
	}
	return nil // looked at again with the next look
}

// wayToAsk is the conversation in which an order's customer is asked: where he wrote
// last, else WhatsApp, else SMS.
func (c *Clerk) wayToAsk(ctx context.Context, o gateway.Order) (t gateway.Conversation, channels []device.Channel, ok bool, err error) {
	phone := c.mobileOf(o)
	talks, err := c.Store.ConversationsOf(ctx, phone, o.CustomerID)
	if err != nil {
		return t, nil, false, err
	}
	now := c.Clock.Time()
	on := c.Live.Now().On
	if chats := c.Chats(); chats != nil {
		if chat, _, _, found := gateway.ChooseChat(talks, o.CustomerID, chats.Channel, on(device.WhatsApp), now); found {
			return chat, []device.Channel{device.Chat}, true, nil
		}
	}
	for _, had := range talks {
		if had.Channel != device.Chat && !had.HeardAt.IsZero() && on(had.Channel) {
			return had, c.after(had.Channel, had.Phone), true, nil
		}
	}
	if phone == "" {
		return t, nil, false, nil
	}
	for _, ch := range []device.Channel{device.WhatsApp, device.SMS} {
		if !on(ch) {
			continue
		}
		if ch == device.WhatsApp {
			p, known, err := c.Store.Presence(ctx, phone)
			if err != nil {
				return t, nil, false, err
			}
			if known && p.On == device.No {
				continue
			}
		}
		t, err = c.Store.OpenConversation(ctx, ch, phone, o.Name)
		return t, c.after(ch, phone), err == nil, err
	}
	return t, nil, false, nil
}

// after are the channels of a question: a person who is not on WhatsApp after all gets
// it by SMS, and may answer there.
func (c *Clerk) after(ch device.Channel, phone device.Phone) []device.Channel {
	if ch == device.WhatsApp && phone != "" && c.Live.Now().On(device.SMS) {
		return []device.Channel{ch, device.SMS}
	}
	return []device.Channel{ch}
}

// mobileOf is the first number of an order that can take an SMS.
func (c *Clerk) mobileOf(o gateway.Order) device.Phone {
	for _, field := range o.Phones {
		numbers, _ := device.ParsePhones(field, c.Live.Now().Settings.Shop.Region)
		for _, n := range numbers {
			if n.Kind.CanSMS() {
				return n.Phone
			}
		}
	}
	return ""
}

// askIn asks in one conversation; false when that changed meanwhile.
func (c *Clerk) askIn(ctx context.Context, ask gateway.Ask, o gateway.Order, t gateway.Conversation, channels []device.Channel, rule bot.AskRule, now time.Time) (bool, error) {
	if waits, err := c.unheard(ctx, t.ID); err != nil || waits {
		return true, err // looked at again with the next look
	}
	script := c.Script.Now()
	state, err := c.state(t)
	if err != nil {
		c.Log.Error("a conversation's memory cannot be read, it starts anew", "conversation", t.ID, "error", err)
	}
	facts := c.facts(ctx, script.Script, t, now)
	subjects := slices.DeleteFunc(slices.Clone(rule.About), func(s bot.Subject) bool { return s == bot.AboutCourier && o.Courier == "" })
	reply := script.Bot.AskMark(state, botOrder(o), subjects, facts)
	if len(reply.Texts) == 0 {
		switch why := reply.Why.Reason; why {
		case bot.WhyHuman, bot.WhyMuted, bot.WhyNotCalm:
			return true, c.putOff(ctx, ask, now.Add(askAgain), string(why), true)
		default:
			return true, c.never(ctx, ask, string(why))
		}
	}
	a, err := c.outcome(ctx, t, unchanged(t), reply, facts, "ask/"+strconv.FormatInt(int64(o.ID), 10), "")
	if err != nil {
		return false, err
	}
	for i := range a.Decisions {
		d := &a.Decisions[i]
		m := d.Message
		m.Purpose, m.Channels, m.Hours, m.ExpiresAt = gateway.ForRating, channels, rule.Hours, now.Add(askExpires)
		m.Order, m.OrderNumber, m.Customer = o.ID, o.Number, o.CustomerID
		m.Zone, _ = gateway.ZoneOf(o.Place, m.To, c.Live.Now().Settings.Shop)
		d.Order, d.Number = o.ID, o.Number
		d.Trace = []gateway.Step{{At: now, Reason: gateway.FromAsk, Args: gateway.Args{"order": o.Number}}}
	}
	a.Asked, a.AskedState = o.ID, gateway.AskDone
	return c.keep(ctx, a)
}

func (c *Clerk) putOff(ctx context.Context, ask gateway.Ask, until time.Time, why string, counts bool) error {
	if counts {
		if ask.Tries++; ask.Tries > askTries {
			return c.never(ctx, ask, askNoReply)
		}
	}
	ask.DueAt, ask.Why, ask.State = until, why, gateway.AskWaits
	if err := c.Store.SettleAsk(ctx, ask); err != nil {
		return fmt.Errorf("talk: put a question off: %w", err)
	}
	return nil
}

func (c *Clerk) never(ctx context.Context, ask gateway.Ask, why string) error {
	ask.State, ask.Why = gateway.AskNever, why
	if err := c.Store.SettleAsk(ctx, ask); err != nil {
		return fmt.Errorf("talk: give a question up: %w", err)
	}
	c.Log.Info("no mark is asked for", "order", ask.Order, "why", why)
	return nil
}
