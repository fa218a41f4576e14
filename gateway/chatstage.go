package gateway

import (
	"context"
	"time"

	"vestnik/device"
)

// handleChat leads a message to the CRM's chats through its last stages: which chat, is
// there a way, send.
func (d *Dispatcher) handleChat(ctx context.Context, m Message, now time.Time) (wait, error) {
	c, known, no, args, err := d.chatFor(ctx, m, now)
	if err != nil {
		return wait{}, err
	}
	if no != "" {
		return wait{}, d.move(ctx, m, d.onward(m, Change{}, no, args, now))
	}
	if done, w, err := d.through(ctx, m, now, d.stageLink, d.stagePace, d.stageTurn, d.stageConsent, d.stageTalk); done || err != nil {
		return w, err
	}
	var before []Step
	if m.Alias != c.Alias {
		// Kept before the send: the attempt is one to this chat.
		change := Change{Alias: c.Alias, Talk: c.ID, NotBefore: m.NotBefore, FallbackAt: m.FallbackAt}
		if ok, err := d.Ledger.Move(ctx, m.ID, m.State, change); err != nil || !ok {
			return wait{}, err
		}
		m.Alias, m.Conversation = c.Alias, c.ID
		before = []Step{known}
	}
	return d.send(ctx, m, nil, before...)
}

// chatFor is the chat that a message goes to, or why there is none. An answer goes
// where the customer wrote; news of an order where he wrote last.
func (d *Dispatcher) chatFor(ctx context.Context, m Message, now time.Time) (c Conversation, known Step, no Reason, args Args, err error) {
	if m.Purpose == ForReply && m.Conversation != 0 {
		if c, err = d.Talks.Conversation(ctx, m.Conversation); err != nil {
			return c, known, "", nil, err
		}
		ch, isKnown := d.ChatChannel(c.Chat.Account)
		no, args = NoChatNow(c, ch, isKnown, now)
		return c, known, no, args, nil
	}
	talks, err := d.Talks.ConversationsOf(ctx, m.To, m.Customer)
	if err != nil {
		return c, known, "", nil, err
	}
	whatsapp := m.NextChannel(func(ch device.Channel) bool { return ch == device.WhatsApp && d.open(ch) }) != ""
	c, why, args, ok := ChooseChat(talks, m.Customer, d.ChatChannel, whatsapp, now)
	if !ok {
		return c, known, why, args, nil
	}
	return c, Step{At: now, Reason: why, Args: args}, "", nil, nil
}

// recallAfter is how long after a try whose answer was lost the chat is looked through:
// what was on its way has arrived by then. Assumed, not measured on the real service.
const recallAfter = 15 * time.Second

// chatDoubt is how long a chat is looked through before a person is asked.
const chatDoubt = 30 * time.Minute

// resolveChat asks the CRM's own record of the chat, which knows what it took.
func (d *Dispatcher) resolveChat(ctx context.Context, m Message, a Attempt, now time.Time) error {
	link := d.Transport.Link()
	switch {
	case d.linkIsLost(link, m.FallbackAfter, now):
		return d.leaveToPerson(ctx, m, now)
	case !link.CanReply():
		return nil // looked at again when the link is up: its change wakes this loop
	}
	if c, known := d.recall(ctx, m, a, now); known {
		return d.moveFrom(ctx, m, UnknownState, c)
	}
	if now.Sub(a.StartedAt) > chatDoubt {
		return d.leaveToPerson(ctx, m, now)
	}
	return d.moveFrom(ctx, m, UnknownState, Change{ResolveAt: now.Add(recallAfter)})
}
