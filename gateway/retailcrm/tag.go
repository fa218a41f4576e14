package retailcrm

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"vestnik/device"
	"vestnik/gateway"
)

// AddTag reads the card first: it may be repeated, and a card that has the tag, in any case, is
// not written.
func (c *Client) AddTag(ctx context.Context, t gateway.Tag) error {
	const op = "retailcrm: add a tag"
	name := strings.Join(strings.Fields(cut(t.Name, maxString)), " ")
	if t.Customer == 0 || name == "" {
		return device.Errorf(device.Invalid, op, "a tag needs a customer and a name")
	}
	card, err := c.rawCustomer(ctx, t.Customer, background)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(card.Tags, func(have string) bool { return strings.EqualFold(have, name) }) {
		return nil
	}
	return c.post(ctx, call{
		op: op, path: "/api/v5/customers/" + itoa(int64(card.ID)) + "/edit", form: url.Values{"by": {"id"}},
		right: "customer_write", lane: background,
	}, "customer", map[string]any{"addTags": []string{name}}, card.Site, nil)
}
