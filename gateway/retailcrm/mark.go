package retailcrm

import (
	"context"

	"vestnik/gateway"
)

// MarkWhatsApp sets the order's checkbox, and creates the field when the account
// lacks it. It may be repeated without harm: an order that has the value already is
// not written. With no field in the options it does nothing.
//
// Kinds of errors beside the usual: Refused when the code belongs to a field of
// another type, Uncertain when the answer was lost after the order may have changed.
func (c *Client) MarkWhatsApp(ctx context.Context, id gateway.OrderID, on bool) error {
	if c.field == "" {
		return nil
	}
	return c.fillOrder(ctx, "retailcrm: mark an order", id, []filling{{c.checkboxField(), on}})
}

// checkboxField is the WhatsApp checkbox. Operators see it in lists and filters.
func (c *Client) checkboxField() ownField {
	return ownField{
		key: fieldKey{"order", c.field}, types: []string{"boolean"}, what: "the WhatsApp checkbox", as: "a checkbox",
		name: c.lang.pick("Есть WhatsApp", "Has WhatsApp"),
	}
}
