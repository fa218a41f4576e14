package retailcrm

// channels are those of the account's subscriptions to advertising, with their numbers.
var channels = []struct {
	id   int
	name string
}{{2, "email"}, {3, "sms"}, {4, "waba"}}

// topicCode is the code of the one topic that each channel has.
const topicCode = "default_marketing"

// subscribed tells a card's place in the advertising of a channel, and whether anybody has said
// so; else it is as the account presumes.
func (a *Account) subscribed(c *Customer, channel string) (on bool, said *Subscription) {
	for i := range c.Subscriptions {
		if c.Subscriptions[i].Channel == channel {
			return c.Subscriptions[i].On, &c.Subscriptions[i]
		}
	}
	return !a.byHand[channel], nil
}

func (a *Account) subscriptionsBody(c *Customer) []any {
	var out []any
	for _, ch := range channels {
		on, said := a.subscribed(c, ch.name)
		one := obj{
			"subscription": obj{
				"id": ch.id, "channel": ch.name, "name": "Без тематики", "code": topicCode,
				"active": true, "autoSubscribe": !a.byHand[ch.name], "ordering": 1,
			}, "subscribed": on,
		}
		if said != nil {
			one["changedAt"] = a.stamp(said.At)
		}
		out = append(out, one)
	}
	return out
}

// subscriptionChecks reads subscriptions[n][channel], [subscription] and [subscribed] (official
// PHP client: CustomerSubscriptionFilter). Assumed: what is left out does not matter, and a card must
// fit them all.
func (a *Account) subscriptionChecks(c *checks[*Customer], f *filter) {
	p := f.take("subscriptions")
	if p == nil {
		return
	}
	if p.leaf() {
		f.bad("subscriptions")
		return
	}
	for _, key := range p.keys {
		sub := &filter{p: p.kids[key], zone: f.zone, seen: map[string]bool{}, errs: obj{}}
		channel, _ := sub.text("channel")
		code, _ := sub.text("subscription")
		want, given := sub.flag("subscribed")
		if len(sub.errs) > 0 || !given {
			f.bad("subscriptions")
			return
		}
		c.add(func(v *Customer) bool {
			for _, ch := range channels {
				on, _ := a.subscribed(v, ch.name)
				if (channel == "" || channel == ch.name) && (code == "" || code == topicCode) && on == want {
					return true
				}
			}
			return false
		})
	}
}
