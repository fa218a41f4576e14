package talk

import (
	"context"

	"vestnik/bot"
	"vestnik/device"
	"vestnik/gateway"
)

// refuses tells whether a customer wants no advertising, wherever he said so.
func (c *Clerk) refuses(ctx context.Context, t gateway.Conversation) bool {
	if !t.OptedOutAt.IsZero() {
		return true
	}
	if t.Phone == "" && t.Customer == 0 {
		return false
	}
	if c.Consents != nil {
		word, said, err := c.Consents.ConsentOf(ctx, t.Phone, t.Customer)
		if err != nil {
			c.Log.Error("a customer's word about advertising cannot be read", "conversation", t.ID, "error", err)
		} else if said && word.Answer == device.No {
			return true
		}
	}
	talks, err := c.Store.ConversationsOf(ctx, t.Phone, t.Customer)
	if err != nil {
		c.Log.Error("a customer's other conversations cannot be read", "conversation", t.ID, "error", err)
	}
	for _, other := range talks {
		if !other.OptedOutAt.IsZero() {
			return true
		}
	}
	return false
}

// refusalWhileAway keeps a refusal that is heard of too late to be answered: it counts, however long it
// was on its way.
func (c *Clerk) refusalWhileAway(ctx context.Context, t gateway.Conversation, a *gateway.Answered) error {
	out := true
	a.OptOut, a.Why = &out, string(bot.WhyStop)
	return c.alsoOptOut(ctx, c.introduced(ctx, t), a)
}
