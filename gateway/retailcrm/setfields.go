package retailcrm

import (
	"context"
	"maps"
	"net/url"
	"slices"

	"vestnik/device"
	"vestnik/gateway"
)

// SetOrderFields writes custom fields of an order. A whole number goes into a field of
// type integer or numeric, a text into string or text; a field of any other type is
// Refused. Values that stand there already are not written.
func (c *Client) SetOrderFields(ctx context.Context, id gateway.OrderID, fields map[string]any) error {
	const op = "retailcrm: fill an order's fields"
	values, err := c.fillings(op, "order", fields)
	if err != nil || len(values) == 0 {
		return err
	}
	return c.fillOrder(ctx, op, id, values)
}

// SetCustomerFields does the same on a card, or on that into which it was merged.
func (c *Client) SetCustomerFields(ctx context.Context, id int64, fields map[string]any) error {
	const op = "retailcrm: fill a customer's fields"
	values, err := c.fillings(op, "customer", fields)
	if err != nil || len(values) == 0 {
		return err
	}
	return c.fill(ctx, values, func(values []filling) error {
		card, err := c.rawCustomer(ctx, id, background)
		if err != nil {
			return err
		}
		change := lacking(card.CustomFields, values)
		if change == nil {
			return nil
		}
		return c.post(ctx, call{
			op: op, path: "/api/v5/customers/" + itoa(int64(card.ID)) + "/edit", form: url.Values{"by": {"id"}},
			right: "customer_write", lane: background,
		}, "customer", map[string]any{"customFields": change}, card.Site, nil)
	})
}

func (c *Client) fillOrder(ctx context.Context, op string, id gateway.OrderID, values []filling) error {
	return c.fill(ctx, values, func(values []filling) error {
		o, err := c.rawOrder(ctx, id, background)
		if err != nil {
			return err
		}
		change := lacking(o.CustomFields, values)
		if change == nil {
			return nil
		}
		return c.post(ctx, call{
			op: op, path: "/api/v5/orders/" + itoa(int64(id)) + "/edit", form: url.Values{"by": {"id"}},
			right: "order_write", lane: background,
		}, "order", map[string]any{"customFields": change}, o.Site, nil)
	})
}

// fillings are the values with their fields, by code.
func (c *Client) fillings(op, entity string, fields map[string]any) ([]filling, error) {
	var out []filling
	for _, code := range slices.Sorted(maps.Keys(fields)) {
		f := ownField{
			key: fieldKey{entity, code}, what: "the " + entity + " field " + code,
			as: "a whole number", types: []string{"integer", "numeric"}, name: c.fieldName(code),
		}
		var value any
		switch v := fields[code].(type) {
		case int:
			value = int64(v)
		case int64:
			value = v
		case string:
			value, f.as, f.types = v, "a text", []string{"text", "string"}
		}
		if value == nil || code == "" {
			return nil, device.Errorf(device.Invalid, op, "the field %q gets %T, neither a whole number nor a text", code, fields[code])
		}
		out = append(out, filling{f, value})
	}
	return out, nil
}

// fieldName is what a new field is called in the CRM. Codes that somebody chose himself
// serve as names.
func (c *Client) fieldName(code string) string {
	names := map[string][2]string{
		"shop_mark":    {"Оценка магазина", "Mark for the shop"},
		"courier_mark": {"Оценка курьера", "Mark for the courier"},
		"mark_comment": {"Что сказал клиент", "What the customer said"},
	}
	if n, ok := names[code]; ok {
		return c.lang.pick(n[0], n[1])
	}
	return code
}
