package retailcrm

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// findOrder looks up the order that an address names, among the shops that the
// key sees.
func (a *Account) findOrder(q *request) (*Order, *answer) {
	byID, id, external, no := q.pathID()
	if no != nil {
		return nil, no
	}
	site, no := q.site(!byID)
	if no != nil {
		return nil, no
	}
	rows := a.orders
	if byID {
		rows = nil
		if o := a.order(id); o != nil {
			rows = []*Order{o}
		}
	}
	for _, o := range rows {
		if !q.key.sees(o.Site) {
			continue
		}
		if byID || o.ExternalID != "" && o.ExternalID == external && (site == "" || site == o.Site) {
			return o, nil
		}
	}
	out := notFound()
	return nil, &out
}

// site reads the site parameter. With needed it must be given when the key sees
// several shops; without it the only shop is taken.
func (q *request) site(needed bool) (string, *answer) {
	code := q.text("site")
	var visible []string
	for _, s := range q.acct.sites {
		if q.key.sees(s.code) {
			visible = append(visible, s.code)
		}
	}
	switch {
	case code != "" && !slices.Contains(visible, code):
		out := fail(http.StatusBadRequest, "Errors in the input parameters", obj{"site": noSuch("Site", "code", code)})
		return "", &out
	case code != "":
		return code, nil
	case !needed:
		return "", nil
	case len(visible) == 1:
		return visible[0], nil
	}
	out := missing("site")
	return "", &out
}

func (a *Account) getOrder(q *request) answer {
	o, no := a.findOrder(q)
	if no != nil {
		return *no
	}
	return ok(obj{"order": a.orderBody(o)})
}

// ordersStatuses answers for the ids that exist and is silent about the others.
func (a *Account) ordersStatuses(q *request) answer {
	f := &filter{
		p:    &param{kids: map[string]*param{"ids": q.param("ids"), "externalIds": q.param("externalIds")}},
		zone: a.zone, seen: map[string]bool{}, errs: obj{},
	}
	ids, externals := f.ints("ids"), f.list("externalIds")
	if no := f.done(q); no != nil {
		return *no
	}
	if len(ids)+len(externals) > 500 {
		return fail(http.StatusBadRequest, "Errors in the input parameters", obj{"children[ids]": notValid})
	}
	rows := []any{}
	for _, o := range a.orders {
		if !q.key.sees(o.Site) || !slices.Contains(ids, o.ID) && (o.ExternalID == "" || !slices.Contains(externals, o.ExternalID)) {
			continue
		}
		row := obj{"id": o.ID, "status": o.Status, "group": a.statusGroup(o.Status)}
		texts(row, map[string]string{"externalId": o.ExternalID})
		rows = append(rows, row)
	}
	return ok(obj{"orders": rows})
}

// statusGroup is the group of a status, "" for one that is gone.
func (a *Account) statusGroup(code string) string {
	for _, s := range a.statuses {
		if s.Code == code {
			return s.Group
		}
	}
	return ""
}

// listOrders answers newest first, like the CRM's own list.
func (a *Account) listOrders(q *request) answer {
	f := q.filter()
	cond := a.orderChecks(f)
	all := a.orders
	if id, given := f.integer("customerId"); given {
		all = a.ordersOf(id)
	}
	if no := f.done(q); no != nil {
		return *no
	}
	var rows []*Order
	for _, o := range slices.Backward(all) {
		if q.key.sees(o.Site) && cond.pass(o) {
			rows = append(rows, o)
		}
	}
	return paged(q, "orders", rows, func(o *Order) any { return a.orderBody(o) })
}

// orderChecks reads the filters of GET /orders that the simulator knows.
func (a *Account) orderChecks(f *filter) checks[*Order] {
	var c checks[*Order]
	amongInts(&c, f, "ids", func(o *Order) int { return o.ID })
	among(&c, f, "externalIds", func(o *Order) string { return o.ExternalID })
	among(&c, f, "numbers", func(o *Order) string { return o.Number })
	among(&c, f, "orderTypes", func(o *Order) string { return o.Type })
	among(&c, f, "orderMethods", func(o *Order) string { return o.Method })
	among(&c, f, "sites", func(o *Order) string { return o.Site })
	amongInts(&c, f, "managers", func(o *Order) int { return o.ManagerID })
	among(&c, f, "deliveryTypes", func(o *Order) string { return o.Delivery.Type })
	among(&c, f, "deliveryServices", func(o *Order) string { return o.Delivery.Service })
	among(&c, f, "shipmentStores", func(o *Order) string { return o.ShipmentStore })
	if want := f.list("extendedStatus"); len(want) > 0 {
		// Assumed: a group's code stands for all its statuses.
		c.add(func(o *Order) bool {
			return slices.Contains(want, o.Status) || slices.Contains(want, a.statusGroup(o.Status))
		})
	}
	anyPayment(&c, f, "paymentStatuses", func(p Payment) string { return p.Status })
	anyPayment(&c, f, "paymentTypes", func(p Payment) string { return p.Type })
	if want, given := f.text("customer"); given {
		// Assumed: matches the name or the digits of a phone of the order itself.
		c.add(func(o *Order) bool {
			phones := []string{o.Phone, o.AdditionalPhone}
			if a.opt.OrdersByName {
				phones = nil
			}
			return nameOrPhone(want, []string{o.FirstName, o.LastName, o.Patronymic}, phones)
		})
	}
	if id, given := f.text("customerExternalId"); given {
		c.add(func(o *Order) bool {
			who := a.customer(o.CustomerID)
			return who != nil && who.ExternalID == id
		})
	}
	contains(&c, f, "email", func(o *Order) string { return o.Email })
	contains(&c, f, "managerComment", func(o *Order) string { return o.ManagerComment })
	contains(&c, f, "customerComment", func(o *Order) string { return o.CustomerComment })
	if want, given := f.text("trackNumber"); given {
		c.add(func(o *Order) bool { return o.Delivery.Data["trackNumber"] == want })
	}
	if want, given := f.text("product"); given {
		c.add(func(o *Order) bool {
			return slices.ContainsFunc(o.Items, func(it Item) bool {
				return strings.Contains(strings.ToLower(it.Name), strings.ToLower(want)) || it.Article == want
			})
		})
	}
	between(&c, f, "createdAtFrom", "createdAtTo", func(o *Order) time.Time { return o.CreatedAt })
	between(&c, f, "statusUpdatedAtFrom", "statusUpdatedAtTo", func(o *Order) time.Time { return o.StatusUpdatedAt })
	between(&c, f, "fullPaidAtFrom", "fullPaidAtTo", func(o *Order) time.Time { return o.FullPaidAt })
	between(&c, f, "deliveryDateFrom", "deliveryDateTo", func(o *Order) time.Time { return a.day(o.Delivery.Date) })
	between(&c, f, "shipmentDateFrom", "shipmentDateTo", func(o *Order) time.Time { return a.day(o.ShipmentDate) })
	within(&c, f, "minPrice", "maxPrice", func(o *Order) float64 { return o.Total() })
	flagged(&c, f, "call", func(o *Order) bool { return o.Call })
	flagged(&c, f, "expired", func(o *Order) bool { return o.Expired })
	flagged(&c, f, "shipped", func(o *Order) bool { return o.Shipped })
	flagged(&c, f, "vip", func(o *Order) bool { who := a.customer(o.CustomerID); return who != nil && who.VIP })
	flagged(&c, f, "bad", func(o *Order) bool { who := a.customer(o.CustomerID); return who != nil && who.Bad })
	customFieldChecks(&c, f, func(o *Order) map[string]any { return o.CustomFields })
	return c
}

func anyPayment(c *checks[*Order], f *filter, name string, value func(Payment) string) {
	if want := f.list(name); len(want) > 0 {
		c.add(func(o *Order) bool {
			return slices.ContainsFunc(o.Payments, func(p Payment) bool { return slices.Contains(want, value(p)) })
		})
	}
}

// day reads a Y-m-d value, zero when it is none.
func (a *Account) day(s string) time.Time {
	t, err := time.ParseInLocation(time.DateOnly, s, a.zone)
	if err != nil {
		return time.Time{}
	}
	return t
}

// customFieldChecks reads customFields[code]=value, and [min]/[max] on numbers.
// A checkbox is asked for by 1 or 0; one that was never set counts as 0.
func customFieldChecks[T any](c *checks[T], f *filter, fields func(T) map[string]any) {
	p := f.take("customFields")
	if p == nil {
		return
	}
	if p.leaf() {
		f.bad("customFields")
		return
	}
	for _, code := range p.keys {
		kid := p.kids[code]
		if kid.leaf() {
			if want := kid.text; want != "" {
				c.add(func(v T) bool { return asFilterText(fields(v)[code]) == want || want == "0" && fields(v)[code] == nil })
			}
			continue
		}
		sub := &filter{p: kid, zone: f.zone, seen: map[string]bool{}, errs: obj{}}
		within(c, sub, "min", "max", func(v T) float64 {
			n, _ := strconv.ParseFloat(asFilterText(fields(v)[code]), 64)
			return n
		})
		if len(sub.errs) > 0 || len(sub.seen) < len(kid.keys) {
			f.bad("customFields")
		}
	}
}

// asFilterText is a custom field's value as a filter spells it.
func asFilterText(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case bool:
		if v {
			return "1"
		}
		return "0"
	case string:
		return v
	case int:
		return strconv.Itoa(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return ""
}

// nameOrPhone is how the text filters of customers and orders search: a query
// with at least four digits and no letters is looked for in the phones' digits,
// any other in the full name.
func nameOrPhone(query string, names, phones []string) bool {
	digits := onlyDigits(query)
	if len(digits) >= 4 && strings.Trim(query, "0123456789+-() ") == "" {
		return slices.ContainsFunc(phones, func(p string) bool { return strings.Contains(onlyDigits(p), digits) })
	}
	full := strings.ToLower(strings.Join(names, " "))
	for _, word := range strings.Fields(strings.ToLower(query)) {
		if !strings.Contains(full, word) {
			return false
		}
	}
	return true
}

func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}
