package retailcrm

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/outbound"
)

// Order reads one order as it is now. The error is of kind NotFound when the order
// was deleted or merged into another.
func (c *Client) Order(ctx context.Context, id gateway.OrderID) (gateway.Order, error) {
	o, err := c.rawOrder(ctx, id, background)
	if err != nil {
		return gateway.Order{}, err
	}
	list, err := c.flatten(ctx, background, []orderBody{o})
	if err != nil {
		return gateway.Order{}, err
	}
	return list[0], nil
}

func (c *Client) rawOrder(ctx context.Context, id gateway.OrderID, who outbound.Lane) (orderBody, error) {
	q := call{
		op: "retailcrm: read an order", path: "/api/v5/orders/" + itoa(int64(id)),
		// Without it the number would be taken for an external id.
		query: url.Values{"by": {"id"}}, right: "order_read", lane: who,
	}
	var body oneOrderBody
	if _, err := c.do(ctx, q, &body); err != nil {
		return orderBody{}, err
	}
	if body.Order.T.ID != ident(id) {
		return orderBody{}, c.lost(q, codeOdd, errors.New("the answer is about another order"))
	}
	return body.Order.T, nil
}

// FindOrder finds an order by the number that the customer knows, the newest when
// several shops of the account use the same number.
func (c *Client) FindOrder(ctx context.Context, num string) (gateway.Order, error) {
	const op = "retailcrm: find an order"
	num = strings.TrimPrefix(strings.TrimSpace(num), "#")
	if num == "" {
		return gateway.Order{}, device.Errorf(device.NotFound, op, "no number was given")
	}
	var body ordersBody
	q := call{
		op: op, path: "/api/v5/orders", right: "order_read", lane: interactive,
		query: url.Values{"filter[numbers][]": {num}, "limit": {"20"}},
	}
	if _, err := c.do(ctx, q, &body); err != nil {
		return gateway.Order{}, err
	}
	rows := newestFirst(body.Orders.Rows)
	i := slices.IndexFunc(rows, func(o orderBody) bool { return strings.EqualFold(string(o.Number), num) })
	if i < 0 {
		return gateway.Order{}, device.Errorf(device.NotFound, op, "no order has this number")
	}
	list, err := c.flatten(ctx, interactive, rows[i:i+1])
	if err != nil {
		return gateway.Order{}, err
	}
	return list[0], nil
}

// RecentOrders are the n newest orders, newest first; n is 1 to 200.
func (c *Client) RecentOrders(ctx context.Context, n int) ([]gateway.Order, error) {
	rows, err := c.recent(ctx, interactive, min(max(n, 1), 200))
	if err != nil {
		return nil, err
	}
	return c.flatten(ctx, interactive, rows)
}

// recent reads the newest orders, which the API lists first.
func (c *Client) recent(ctx context.Context, who outbound.Lane, n int) ([]orderBody, error) {
	limit := 100 // the API takes 20, 50 and 100
	switch {
	case n <= 20:
		limit = 20
	case n <= 50:
		limit = 50
	}
	var rows []orderBody
	for page := 1; len(rows) < n; page++ {
		var body ordersBody
		q := call{
			op: "retailcrm: read the newest orders", path: "/api/v5/orders", right: "order_read", lane: who,
			query: url.Values{"limit": {strconv.Itoa(limit)}, "page": {strconv.Itoa(page)}},
		}
		if _, err := c.do(ctx, q, &body); err != nil {
			return nil, err
		}
		rows = append(rows, body.Orders.Rows...)
		if int(body.Pagination.T.TotalPageCount) <= page || len(body.Orders.Rows) == 0 {
			break
		}
	}
	rows = newestFirst(rows)
	return rows[:min(n, len(rows))], nil
}

// newestFirst sorts by id and drops repeats: an order that comes in between two pages
// moves the last of the first page onto the second.
func newestFirst(rows []orderBody) []orderBody {
	slices.SortStableFunc(rows, func(a, b orderBody) int { return cmp.Compare(b.ID, a.ID) })
	return slices.CompactFunc(rows, func(a, b orderBody) bool { return a.ID == b.ID })
}

// flatten turns orders into the gateway's form.
func (c *Client) flatten(ctx context.Context, who outbound.Lane, rows []orderBody) ([]gateway.Order, error) {
	w, err := c.wordsFor(ctx, who, func(w *words) bool {
		return !slices.ContainsFunc(rows, func(o orderBody) bool { return !w.knows(o) })
	})
	if err != nil {
		return nil, err
	}
	return c.flat(rows, w), nil
}

// wordsFor is the vocabulary, read again when it lacks a code that is to be shown.
func (c *Client) wordsFor(ctx context.Context, who outbound.Lane, enough func(*words) bool) (*words, error) {
	w, err := c.vocabulary(ctx, who, wordsAge)
	if err != nil || enough(w) {
		return w, err
	}
	return c.vocabulary(ctx, who, unknownAge)
}

func (c *Client) flat(rows []orderBody, w *words) []gateway.Order {
	directory := builtin()
	out := make([]gateway.Order, 0, len(rows))
	for _, o := range rows {
		v := c.view(o, w)
		out = append(out, gateway.Order{
			ID: gateway.OrderID(o.ID), Number: string(o.Number), Site: string(o.Site), Status: string(o.Status),
			CustomerID: int64(o.Customer.T.ID), ManagerID: int64(o.ManagerID), Courier: v.courier(), Name: v.who.full(), Phones: v.phones(), Place: v.place(),
			WhatsApp: c.checkbox(o.CustomFields), Fields: v.fields(directory), URL: c.orderURL(int64(o.ID)),
		})
	}
	return out
}

// checkbox is unknown until somebody has set it.
func (c *Client) checkbox(fields bag) device.Answer {
	var on flag
	if raw, ok := fields[c.field]; ok && c.field != "" {
		_ = on.UnmarshalJSON(raw) // the raw value is valid JSON
	}
	switch {
	case !on.Given:
		return device.Unknown
	case on.On:
		return device.Yes
	}
	return device.No
}

// fields are the texts of all fields that are not empty, by path.
func (v view) fields(directory []field) map[string]string {
	out := v.customerFields(directory)
	for _, f := range directory {
		if f.group != inClient {
			put(out, f.path, f.value(v))
		}
	}
	for _, f := range v.w.orderBox {
		if raw, ok := v.o.CustomFields[string(f.Code)]; ok {
			put(out, orderBoxPath(f), v.custom(f, raw))
		}
	}
	return out
}

// customerFields are those of the person alone.
func (v view) customerFields(directory []field) map[string]string {
	out := map[string]string{}
	for _, f := range directory {
		if f.group == inClient {
			put(out, f.path, f.value(v))
		}
	}
	for _, f := range v.w.clientBox {
		if raw, ok := v.card.CustomFields[string(f.Code)]; ok {
			put(out, clientBoxPath(f), v.custom(f, raw))
		}
	}
	return out
}

// put leaves empty values out.
func put(out map[string]string, path, value string) {
	if value = strings.TrimSpace(value); value != "" {
		out[path] = value
	}
}

func orderBoxPath(f customField) string  { return "order.custom." + string(f.Code) }
func clientBoxPath(f customField) string { return "customer.custom." + string(f.Code) }
