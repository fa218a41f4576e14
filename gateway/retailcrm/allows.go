package retailcrm

import (
	"context"
	"net/url"
	"slices"

	"vestnik/device"
)

// topic is one subscription to advertising in a channel that goes to a phone.
type topic struct {
	channel, code string
	// auto: the account subscribes everybody by itself, so that only a refusal says anything; else
	// only a subscription does.
	auto bool
}

// mostTopics bounds the requests that a page of people costs besides itself.
const mostTopics = 6

// toPhone tells the channels of subscriptions that concern what this box sends.
func toPhone(channel text) bool { return channel == "sms" || channel == "waba" }

// allows is what a card says of advertising. A refusal of e-mails counts too: who wants no
// advertising there has not asked for it here. A subscription that nobody ever changed says
// nothing when the account presumes it of everybody.
func allows(b customerBody) device.Answer {
	out := device.Unknown
	for _, s := range b.Subscriptions.Rows {
		kind := s.Subscription.T
		if !toPhone(kind.Channel) || !s.Subscribed.Given {
			continue
		}
		said := s.ChangedAt != ""
		switch {
		case !s.Subscribed.On && (said || kind.Auto.On):
			return device.No
		case s.Subscribed.On && (said || kind.Auto.Given && !kind.Auto.On):
			out = device.Yes
		}
	}
	if b.EmailOff != "" {
		return device.No
	}
	return out
}

// askAllowed finds what cards of a list say of advertising. Lists leave subscriptions out, so
// that the account is asked who of these people is in which of them: a request for each that
// concerns phones (official PHP client: CustomerSubscriptionFilter; not yet seen on a live account). One that
// is refused, or answers with everybody whatever is asked, tells nothing.
func (c *Client) askAllowed(ctx context.Context, cards []customerBody) (map[int64]device.Answer, error) {
	out := map[int64]device.Answer{}
	var ids []string
	told := true
	for _, b := range cards {
		if b.ID != 0 && out[int64(b.ID)] == "" {
			out[int64(b.ID)] = allows(b)
			ids = append(ids, itoa(int64(b.ID)))
			told = told && b.Subscriptions.Given
		}
	}
	if told {
		return out, nil
	}
	topics, err := c.phoneTopics(ctx, int64(cards[0].ID))
	if err != nil {
		return nil, err
	}
	for _, t := range topics {
		in, err := c.among(ctx, ids, t, !t.auto)
		if err != nil {
			return nil, err
		}
		if len(in) == len(ids) {
			// A filter that the account does not know finds them in the contrary too.
			contrary, err := c.among(ctx, ids, t, t.auto)
			if err != nil {
				return nil, err
			}
			if len(contrary) > 0 {
				c.log.Warn("retailcrm: subscriptions cannot be asked for in lists", "channel", t.channel)
				continue
			}
		}
		for _, id := range in {
			switch {
			case t.auto:
				out[id] = device.No
			case out[id] == device.Unknown:
				out[id] = device.Yes
			}
		}
	}
	return out, nil
}

// phoneTopics are the account's subscriptions as a card tells them, read again every hour.
func (c *Client) phoneTopics(ctx context.Context, card int64) ([]topic, error) {
	c.mu.Lock()
	known, at := c.topics, c.topicsAt
	c.mu.Unlock()
	if !at.IsZero() && c.now().Sub(at) < wordsAge {
		return known, nil
	}
	b, err := c.rawCustomer(ctx, card, background)
	switch {
	case device.KindOf(err) == device.NotFound:
		return known, nil // deleted in between: another card tells
	case err != nil:
		return nil, err
	}
	var topics []topic
	for _, s := range b.Subscriptions.Rows {
		kind := s.Subscription.T
		t := topic{string(kind.Channel), string(kind.Code), kind.Auto.On}
		if toPhone(kind.Channel) && t.code != "" && (kind.Active.On || !kind.Active.Given) && !slices.Contains(topics, t) && len(topics) < mostTopics {
			topics = append(topics, t)
		}
	}
	c.mu.Lock()
	c.topics, c.topicsAt = topics, c.now()
	c.mu.Unlock()
	return topics, nil
}

// among are those of some cards that are, or are not, subscribed to a topic.
func (c *Client) among(ctx context.Context, ids []string, t topic, subscribed bool) ([]int64, error) {
	value := "0"
	if subscribed {
		value = "1"
	}
	var body customersBody
	_, err := c.do(ctx, call{
		op: "retailcrm: ask who allows advertising", path: "/api/v5/customers", right: "customer_read", lane: background,
		query: url.Values{
			"filter[ids][]": ids, "filter[subscriptions][0][channel]": {t.channel}, "filter[subscriptions][0][subscription]": {t.code},
			"filter[subscriptions][0][subscribed]": {value}, "limit": {"100"},
		},
	}, &body)
	if device.KindOf(err) == device.Refused {
		c.log.Warn("retailcrm: who allows advertising cannot be asked for", "error", err)
		return nil, nil
	}
	var out []int64
	for _, b := range body.Customers.Rows {
		if id := int64(b.ID); slices.Contains(ids, itoa(id)) && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out, err
}
