package retailcrm

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"vestnik/gateway"
)

// ordersPage is how many orders a page of a customer's has, the least that the API gives.
const ordersPage = 20

// ProfileOrders takes one request however many orders there are. A card that was merged
// into another has none: Profile tells which one has them.
func (c *Client) ProfileOrders(ctx context.Context, customer int64, page int) ([]gateway.ProfileOrder, int, error) {
	page = max(page, 1)
	rows, p, err := c.listOrders(ctx, call{lane: interactive, query: url.Values{
		"filter[customerId]": {itoa(customer)}, "limit": {strconv.Itoa(ordersPage)}, "page": {strconv.Itoa(page)},
	}})
	if err != nil {
		return nil, 0, err
	}
	// Orders of others must never come out here: an operator tells his customer of them.
	rows = slices.DeleteFunc(rows, func(o orderBody) bool {
		return o.Customer.T.ID != ident(customer) && o.Contact.T.ID != ident(customer)
	})
	out, err := c.profileOrders(ctx, rows)
	total := max(0, int(p.TotalCount))
	if len(out) > 0 {
		total = max(total, (page-1)*ordersPage+len(out))
	}
	return out, total, err
}

// ProfileOrder takes one request.
func (c *Client) ProfileOrder(ctx context.Context, id gateway.OrderID) (gateway.ProfileOrder, error) {
	o, err := c.rawOrder(ctx, id, interactive)
	if err != nil {
		return gateway.ProfileOrder{}, err
	}
	list, err := c.profileOrders(ctx, []orderBody{o})
	if err != nil {
		return gateway.ProfileOrder{}, err
	}
	return list[0], nil
}

// OrdersByNumber takes one request; newest first, none without an error. A leading "#" is
// left out, and case does not matter.
func (c *Client) OrdersByNumber(ctx context.Context, number string) ([]gateway.ProfileOrder, error) {
	number = strings.TrimPrefix(strings.TrimSpace(number), "#")
	if number == "" {
		return nil, nil
	}
	rows, _, err := c.listOrders(ctx, call{
		lane: interactive, query: url.Values{"filter[numbers][]": {number}, "limit": {strconv.Itoa(ordersPage)}},
	})
	if err != nil {
		return nil, err
	}
	return c.profileOrders(ctx, slices.DeleteFunc(rows, func(o orderBody) bool { return !strings.EqualFold(string(o.Number), number) }))
}

// profileOrders turns orders into the gateway's form, newest first.
func (c *Client) profileOrders(ctx context.Context, rows []orderBody) ([]gateway.ProfileOrder, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	w, err := c.profileWords(ctx, func(w *words) bool {
		return !slices.ContainsFunc(rows, func(o orderBody) bool { return !w.knows(o) })
	})
	if err != nil {
		return nil, err
	}
	// Y-m-d H:i:s sorts as a text.
	slices.SortStableFunc(rows, func(a, b orderBody) int {
		return cmp.Or(cmp.Compare(b.CreatedAt, a.CreatedAt), cmp.Compare(b.ID, a.ID))
	})
	out := make([]gateway.ProfileOrder, 0, len(rows))
	for _, o := range rows {
		if len(out) == 0 || out[len(out)-1].ID != gateway.OrderID(o.ID) {
			out = append(out, c.profileOrder(c.view(o, w)))
		}
	}
	return out, nil
}

func (c *Client) profileOrder(v view) gateway.ProfileOrder {
	o, w := v.o, v.w
	group := w.statusIn[string(o.Status)]
	out := gateway.ProfileOrder{
		ID: gateway.OrderID(o.ID), Number: string(o.Number), Site: string(o.Site), Customer: int64(o.person().ID), Manager: int64(o.ManagerID),
		Status: string(o.Status), StatusName: first(w.statusName[string(o.Status)], string(o.Status)),
		Group: group, GroupName: first(string(w.groups[group].Name), group),
		CreatedAt: c.moment(o.CreatedAt), StatusAt: c.moment(o.StatusUpdatedAt),
		Total: decimal(o.TotalSumm), Currency: v.currency(), Items: v.profileItems(), Payment: v.paymentWords(),
		Delivery:  first(w.deliveries[string(o.Delivery.T.Code)], v.service(), string(o.Delivery.T.Code)),
		DeliverOn: day(o.Delivery.T.Date), Track: o.Delivery.T.Data.Text("trackNumber"),
		Comment: string(o.CustomerComment), URL: c.orderURL(int64(o.ID)),
	}
	// Nobody pays for what was cancelled.
	if left := o.TotalSumm.Value - o.PrepaySum.Value; o.TotalSumm.Given && left >= 0.01 && group != "cancel" {
		out.ToPay = decimal(number{Value: left, Given: true})
	}
	return out
}

// profileItems are the lines of the order; those that were cancelled are left out. The
// price is that after the discount, or the catalogue's when parts of the line have several.
func (v view) profileItems() []gateway.ProfileItem {
	var out []gateway.ProfileItem
	for _, it := range v.o.Items.Rows {
		name := first(string(it.Offer.T.DisplayName), string(it.Offer.T.Name), string(it.ProductName))
		if name == "" || v.w.lineOff[string(it.Status)] {
			continue
		}
		price := it.InitialPrice
		if len(it.Prices.Rows) == 1 && it.Prices.Rows[0].Price.Given {
			price = it.Prices.Rows[0].Price
		}
		out = append(out, gateway.ProfileItem{Name: name, Quantity: plain(it.Quantity), Price: decimal(price), Offer: int64(it.Offer.T.ID)})
	}
	return out
}

// paymentWords are "Картой на сайте: оплачен", of the payment that a customer would ask
// about.
func (v view) paymentWords() string {
	p := v.payment()
	how, state := first(v.w.payTypes[string(p.Type)], string(p.Type)), first(v.w.payStates[string(p.Status)], string(p.Status))
	if state == "" && p.PaidAt != "" {
		state = v.l.pick("оплачен", "paid")
	}
	if how == "" {
		return state
	}
	if state == "" {
		return how
	}
	return how + ": " + lowerFirst(state)
}

// lowerFirst begins a word with a small letter, but not "СБП".
func lowerFirst(s string) string {
	head, size := utf8.DecodeRuneInString(s)
	next, _ := utf8.DecodeRuneInString(s[size:])
	if !unicode.IsUpper(head) || unicode.IsUpper(next) {
		return s
	}
	return string(unicode.ToLower(head)) + s[size:]
}

// day is a date as the API writes it, with or without a time behind it; "" for anything
// else.
func day(t text) string {
	s, _, _ := strings.Cut(string(t), " ")
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		return ""
	}
	return s
}
