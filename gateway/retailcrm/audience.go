package retailcrm

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// AudiencePage takes one request, and one for each of the account's subscriptions to advertising
// by phone; nobody waits for it, so that its calls let those of persons pass.
//
// Rows that do not fit the query are left out, whatever the account's filters think of it: whose
// card lacks the tags, whose order is in another status or comes to another sum. A page of nothing
// but such rows is Refused: the account does not filter by what was asked.
// Companies' orders are those of their contact, else of nobody's card; companies' cards are no
// people. Cards that were merged are not in the CRM's lists.
func (c *Client) AudiencePage(ctx context.Context, q gateway.AudienceQuery, page int) ([]gateway.AudiencePerson, int, error) {
	ctx, page = behind(ctx), max(page, 1)
	if !q.To.IsZero() && !q.To.After(q.From) || q.MaxTotal > 0 && q.MaxTotal < q.MinTotal {
		return nil, 0, nil
	}
	if q.ByOrders {
		return c.audienceOfOrders(ctx, q, page)
	}
	return c.audienceOfCards(ctx, q, page)
}

// pageQuery is a page of a hundred with a shop's filter.
func pageQuery(site string, page int) url.Values {
	v := url.Values{"limit": {"100"}, "page": {strconv.Itoa(page)}}
	if site != "" {
		v.Set("filter[sites][]", site)
	}
	return v
}

func (c *Client) audienceOfCards(ctx context.Context, q gateway.AudienceQuery, page int) ([]gateway.AudiencePerson, int, error) {
	v := pageQuery(q.Site, page)
	if len(q.Tags) > 0 {
		v["filter[tags][]"] = q.Tags
	}
	if q.Segment != "" {
		v.Set("filter[segment]", q.Segment)
	}
	all, p, err := c.listCards(ctx, v)
	// Whether the filter takes a segment's code or its number is not documented.
	if q.Segment != "" && (err == nil && len(all) == 0 && p.TotalCount == 0 || device.KindOf(err) == device.Refused) {
		id, idErr := c.segmentID(ctx, q.Segment)
		if idErr != nil || id == "" {
			return nil, 0, cmp.Or(err, idErr)
		}
		v.Set("filter[segment]", id)
		all, p, err = c.listCards(ctx, v)
	}
	if err != nil {
		return nil, 0, err
	}
	rows := slices.DeleteFunc(slices.Clone(all), func(b customerBody) bool {
		return b.ID == 0 || b.Type == corporate || q.Site != "" && b.Site != "" && string(b.Site) != q.Site ||
			len(q.Tags) > 0 && !slices.ContainsFunc(q.Tags, func(t string) bool { return slices.Contains(b.Tags, t) })
	})
	if err := keepsTo(page, len(all), len(rows)); err != nil || len(rows) == 0 {
		return nil, int(p.TotalCount), err
	}
	w, err := c.wordsFor(ctx, background, func(w *words) bool {
		return !slices.ContainsFunc(rows, func(b customerBody) bool { return !hasAll(w.clientBox, b.CustomFields) })
	})
	if err != nil {
		return nil, 0, err
	}
	allowed, err := c.askAllowed(ctx, rows)
	if err != nil {
		return nil, 0, err
	}
	directory := builtin()
	out := make([]gateway.AudiencePerson, 0, len(rows))
	for _, b := range rows {
		v := c.cardView(b, w)
		fields := v.customerFields(directory)
		maps.Copy(fields, v.shopFields(directory))
		out = append(out, gateway.AudiencePerson{
			Customer: int64(b.ID), Name: v.who.full(), Phones: v.phones(), Place: placeOf(b.Address.T), Known: whole(b.OrdersCount) > 0,
			Allows: allowed[int64(b.ID)], Fields: fields,
		})
	}
	return out, int(p.TotalCount), nil
}

func (c *Client) listCards(ctx context.Context, v url.Values) ([]customerBody, pagination, error) {
	q := call{op: "retailcrm: list customers", path: "/api/v5/customers", query: v, right: "customer_read", lane: background}
	var body customersBody
	_, err := c.do(ctx, q, &body)
	if err == nil && !body.Customers.Given {
		err = c.lost(q, codeOdd, errors.New("the answer lacks the customers"))
	}
	return body.Customers.Rows, body.Pagination.T, err
}

// shopFields are the texts about the card's shop.
func (v view) shopFields(directory []field) map[string]string {
	out := map[string]string{}
	for _, f := range directory {
		if f.group == inShop {
			put(out, f.path, f.value(v))
		}
	}
	return out
}

func (c *Client) audienceOfOrders(ctx context.Context, q gateway.AudienceQuery, page int) ([]gateway.AudiencePerson, int, error) {
	zone, err := c.apiZone(ctx)
	if err != nil {
		return nil, 0, err
	}
	v := pageQuery(q.Site, page)
	if len(q.Statuses) > 0 {
		v["filter[extendedStatus][]"] = q.Statuses
	}
	if !q.From.IsZero() {
		v.Set("filter[createdAtFrom]", q.From.In(zone).Format(time.DateTime))
	}
	if !q.To.IsZero() {
		v.Set("filter[createdAtTo]", q.To.Add(-time.Second).In(zone).Format(time.DateTime))
	}
	if q.MinTotal > 0 {
		v.Set("filter[minPrice]", itoa(q.MinTotal))
	}
	if q.MaxTotal > 0 {
		v.Set("filter[maxPrice]", itoa(q.MaxTotal))
	}
	all, p, err := c.listOrders(ctx, call{query: v, lane: background})
	if err != nil {
		return nil, 0, err
	}
	rows := slices.DeleteFunc(slices.Clone(all), func(o orderBody) bool { return !c.fitsOrder(q, o) })
	if err := keepsTo(page, len(all), len(rows)); err != nil || len(rows) == 0 {
		return nil, int(p.TotalCount), err
	}
	w, err := c.wordsFor(ctx, background, func(w *words) bool {
		return !slices.ContainsFunc(rows, func(o orderBody) bool { return !w.knows(o) })
	})
	if err != nil {
		return nil, 0, err
	}
	var cards []customerBody
	for _, o := range rows {
		if card := o.person(); card.ID != 0 && card.Type != corporate {
			cards = append(cards, card)
		}
	}
	allowed := map[int64]device.Answer{}
	if len(cards) > 0 {
		if allowed, err = c.askAllowed(ctx, cards); err != nil {
			return nil, 0, err
		}
	}
	directory := builtin()
	out := make([]gateway.AudiencePerson, 0, len(rows))
	for _, o := range rows {
		view := c.view(o, w)
		one := gateway.AudiencePerson{
			Order: gateway.OrderID(o.ID), Name: view.who.full(), Phones: view.phones(), Place: placeOf(o.Delivery.T.Address.T),
			Allows: device.Unknown, Fields: view.fields(directory),
		}
		if card := o.person(); card.Type != corporate {
			one.Customer = int64(card.ID)
			one.Allows = cmp.Or(allowed[one.Customer], device.Unknown)
			if own := placeOf(card.Address.T); one.Place.City == "" && one.Place.Region == "" && own != (gateway.Place{}) {
				one.Place = own
			}
		}
		out = append(out, one)
	}
	return out, int(p.TotalCount), nil
}

// fitsOrder tells that an order is what was asked for. Which of its two sums the account
// compares is not documented: either may fit.
func (c *Client) fitsOrder(q gateway.AudienceQuery, o orderBody) bool {
	sum := func(n number) bool {
		return n.Value >= float64(q.MinTotal) && (q.MaxTotal == 0 || n.Value <= float64(q.MaxTotal))
	}
	at, ok := apiTime(o.CreatedAt, c.zoneNow())
	switch {
	case o.ID == 0,
		q.Site != "" && o.Site != "" && string(o.Site) != q.Site,
		len(q.Statuses) > 0 && !slices.Contains(q.Statuses, string(o.Status)),
		ok && !q.From.IsZero() && at.Before(q.From.Truncate(time.Second)),
		ok && !q.To.IsZero() && !at.Before(q.To),
		(q.MinTotal > 0 || q.MaxTotal > 0) && !sum(o.TotalSumm) && !sum(o.Summ):
		return false
	}
	return true
}

// keepsTo refuses an account that does not take the query: none of the rows of its first page is what
// was asked for.
func keepsTo(page, all, fit int) error {
	if page == 1 && all > 0 && fit == 0 {
		return device.Errorf(device.Refused, "retailcrm: list an audience", "the account lists %d rows, none of which is what was asked for", all)
	}
	return nil
}
