package retailcrm

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"vestnik/gateway/outbound"
)

// view is one order with all that is needed to show it.
type view struct {
	o    orderBody
	w    *words
	l    language
	api  *time.Location // of the order's times
	shop *time.Location // in which they are shown
	card customerBody   // the person's card; zero when the order has none
	who  person
}

// person is whom the order is for.
type person struct{ first, middle, last string }

func (p person) full() string {
	return strings.Join(slices.DeleteFunc([]string{p.last, p.first, p.middle}, func(s string) bool { return s == "" }), " ")
}

func (c *Client) view(o orderBody, w *words) view {
	zone := c.zoneNow()
	v := view{o: o, w: w, l: c.lang, api: zone, shop: c.shopZone(w.zone), card: o.Customer.T}
	// A company's card has no name of its own; its contact is the person.
	if o.Customer.T.Type == "customer_corporate" && o.Contact.T.ID != 0 {
		v.card = o.Contact.T
	}
	v.who = person{string(o.FirstName), string(o.Patronymic), string(o.LastName)}
	if v.who.first == "" && v.who.last == "" {
		v.who = person{string(v.card.FirstName), string(v.card.Patronymic), string(v.card.LastName)}
	}
	return v
}

// cardView is a card without an order.
func (c *Client) cardView(b customerBody, w *words) view {
	return c.view(orderBody{Site: b.Site, Customer: part[customerBody]{T: b, Given: true}}, w)
}

// phones are the order's own numbers and then those of the card, as typed.
func (v view) phones() []string {
	all := []string{string(v.o.Phone), string(v.o.AdditionalPhone)}
	for _, card := range []customerBody{v.card, v.o.Contact.T, v.o.Customer.T} {
		for _, p := range card.Phones.Rows {
			all = append(all, string(p.Number))
		}
	}
	var out []string
	for _, p := range all {
		if p != "" && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

func (v view) currency() string {
	return string(cmp.Or(v.o.Currency, v.site().Currency, text(v.w.currency)))
}

func (v view) money(n number) string { return v.l.money(n, v.currency()) }
func (v view) moment(t text) string  { return v.l.moment(t, v.api, v.shop) }
func (v view) site() entryBody       { return v.w.sites[string(v.o.Site)] }
func (v view) store() entryBody      { return v.w.stores[string(v.o.ShipmentStore)] }
func (v view) manager() userBody     { return v.w.users[int64(v.o.ManagerID)] }
func (v view) amount(n number) string {
	if n.Value == 0 {
		return ""
	}
	return v.l.figure(n.Value)
}

// payment is the one that a customer would ask about: the newest that is not paid,
// else the newest.
func (v view) payment() paymentBody {
	rows := slices.Clone(v.o.Payments.Rows)
	slices.SortStableFunc(rows, func(a, b paymentBody) int { return cmp.Compare(b.ID, a.ID) })
	for _, p := range rows {
		if p.PaidAt == "" {
			return p
		}
	}
	if len(rows) > 0 {
		return rows[0]
	}
	return paymentBody{}
}

// items lists what was ordered; lines that were cancelled are left out.
func (v view) items() string {
	var out []string
	for _, it := range v.o.Items.Rows {
		name := first(string(it.Offer.T.DisplayName), string(it.Offer.T.Name), string(it.ProductName))
		if name == "" || v.w.lineOff[string(it.Status)] {
			continue
		}
		if it.Quantity.Given && it.Quantity.Value != 1 {
			name += v.l.pick(noBreak+"×"+noBreak, " x ") + v.l.quantity(it.Quantity.Value)
		}
		out = append(out, name)
	}
	return strings.Join(out, ", ")
}

func (v view) toPay() string {
	if !v.o.TotalSumm.Given {
		return ""
	}
	return v.money(number{Value: max(0, v.o.TotalSumm.Value-v.o.PrepaySum.Value), Given: true})
}

func (v view) discount() string {
	return first(v.l.sum(v.o.Discount, v.currency()), v.l.percent(v.o.DiscountPercent))
}

func (v view) service() string {
	s := v.o.Delivery.T.Service.T
	return first(v.w.services[string(s.Code)], string(s.Name))
}

func (v view) deliveryTime() string {
	t := v.o.Delivery.T.Time.T
	return first(string(t.Custom), v.l.between(clock(t.From), clock(t.To)))
}

// courier is who brings the order, where the shop's own couriers do
// (delivery.data.firstName and lastName).
func (v view) courier() string {
	data := v.o.Delivery.T.Data
	return strings.TrimSpace(data.Text("firstName") + " " + data.Text("lastName"))
}

// address is the CRM's own line, with the town in front when the line lacks it.
func (l language) address(a address) string {
	street := first(string(a.Text), joined(a.Street, a.Building))
	switch {
	case street == "":
		return joined(a.City, a.Notes)
	case a.City == "" || strings.Contains(street, string(a.City)):
		return street
	}
	return string(a.City) + ", " + street
}

func joined(parts ...text) string {
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, string(p))
		}
	}
	return strings.Join(out, ", ")
}

// custom is a custom field as a text; dictionary codes become names.
func (v view) custom(f customField, raw json.RawMessage) string {
	switch f.Type {
	case "boolean":
		var on flag
		if _ = on.UnmarshalJSON(raw); !on.Given { // the raw value is valid JSON
			return ""
		}
		return v.l.yesNo(on.On)
	case "integer", "numeric":
		var n number
		if _ = n.UnmarshalJSON(raw); !n.Given {
			return ""
		}
		return v.l.quantity(n.Value)
	case "dictionary", "multiselect_dictionary":
		var codes rights
		if outbound.KindOf(raw) != '[' && outbound.KindOf(raw) != '{' {
			raw = json.RawMessage("[" + string(raw) + "]")
		}
		_ = codes.UnmarshalJSON(raw)
		names := make([]string, 0, len(codes.names))
		for _, c := range codes.names {
			names = append(names, first(v.w.dicts[string(f.Dictionary)][c], c))
		}
		return strings.Join(names, ", ")
	}
	var t text
	_ = t.UnmarshalJSON(raw)
	if f.Type == "date" {
		return v.l.date(t)
	}
	return string(t)
}
