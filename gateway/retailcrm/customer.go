package retailcrm

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/outbound"
)

const (
	// searchPages bounds a search by phone, in pages of 100: hits that are verified here come
	// early or not at all.
	searchPages = 2
	// wholeCards is how many cards of one answer are read once more by themselves for their
	// chats, which lists leave out. Of more cards nobody knows which is meant anyway.
	wholeCards = 3
	// maxMerges bounds the way from a merged card to the one that remains.
	maxMerges = 5
)

// CustomersOf finds cards of persons; those of companies are not looked at. A card that
// is found by the chat customer is not verified: the CRM's filter is trusted. When more
// than three have one number, their ChatCustomers stay empty.
func (c *Client) CustomersOf(ctx context.Context, who gateway.Who) ([]gateway.Customer, error) {
	rows, err := c.cardsOf(ctx, who)
	if err != nil {
		return nil, err
	}
	if rows, err = c.withChats(ctx, rows); err != nil || len(rows) == 0 {
		return nil, err
	}
	w, err := c.wordsFor(ctx, interactive, func(w *words) bool {
		return !slices.ContainsFunc(rows, func(b customerBody) bool { return !hasAll(w.clientBox, b.CustomFields) })
	})
	if err != nil {
		return nil, err
	}
	out := make([]gateway.Customer, 0, len(rows))
	for _, b := range rows {
		out = append(out, c.customer(b, w))
	}
	return out, nil
}

func (c *Client) cardsOf(ctx context.Context, who gateway.Who) ([]customerBody, error) {
	switch {
	case who.Customer != 0:
		card, err := c.rawCustomer(ctx, who.Customer, interactive)
		switch {
		case device.KindOf(err) == device.NotFound:
			return nil, nil
		case err != nil:
			return nil, err
		}
		return []customerBody{card}, nil
	case who.ChatCustomer != 0:
		return c.searchCards(ctx, "mgCustomerId", itoa(who.ChatCustomer))
	case who.Phone != "":
		return c.cardsByPhone(ctx, who.Phone)
	}
	return nil, nil
}

// rawCustomer reads one card, or that into which it was merged.
func (c *Client) rawCustomer(ctx context.Context, id int64, who outbound.Lane) (customerBody, error) {
	for hop := 0; ; hop++ {
		q := call{
			op: "retailcrm: read a customer", path: "/api/v5/customers/" + itoa(id),
			query: url.Values{"by": {"id"}}, right: "customer_read", lane: who,
		}
		var body oneCustomerBody
		_, err := c.do(ctx, q, &body)
		var merged *mergedError
		switch {
		case errors.As(err, &merged) && hop < maxMerges:
			id = merged.into
			continue
		case err != nil:
			return customerBody{}, err
		case body.Customer.T.ID != ident(id):
			return customerBody{}, c.lost(q, codeOdd, errors.New("the answer is about another customer"))
		}
		return body.Customer.T, nil
	}
}

// searchCards lists the cards that a filter of GET /customers finds.
func (c *Client) searchCards(ctx context.Context, filter, value string) ([]customerBody, error) {
	var rows []customerBody
	err := c.pages(ctx, call{
		op: "retailcrm: find a customer", path: "/api/v5/customers", query: url.Values{"filter[" + filter + "]": {value}},
		right: "customer_read", lane: interactive,
	}, searchPages, func(q call) (pagination, error) {
		var body customersBody
		_, err := c.do(ctx, q, &body)
		if err == nil && !body.Customers.Given {
			err = c.lost(q, codeOdd, errors.New("the answer lacks the customers"))
		}
		rows = append(rows, body.Customers.Rows...)
		return body.Pagination.T, err
	})
	return distinctCards(rows), err
}

// cardsByPhone finds the cards that have a number. There is no filter by phone: "name"
// takes names and phones (official OpenCart module), and hits are verified.
func (c *Client) cardsByPhone(ctx context.Context, phone device.Phone) ([]customerBody, error) {
	for _, part := range needles(phone) {
		rows, err := c.searchCards(ctx, "name", part)
		if err != nil {
			return nil, err
		}
		rows = slices.DeleteFunc(rows, func(b customerBody) bool { return !c.has(phone, numbersOf(b)...) })
		if len(rows) > 0 {
			return rows, nil
		}
	}
	return nil, nil
}

// distinctCards sorts by id, oldest first, and drops repeats.
func distinctCards(rows []customerBody) []customerBody {
	rows = slices.DeleteFunc(rows, func(b customerBody) bool { return b.ID == 0 })
	slices.SortStableFunc(rows, func(a, b customerBody) int { return cmp.Compare(a.ID, b.ID) })
	return slices.CompactFunc(rows, func(a, b customerBody) bool { return a.ID == b.ID })
}

// withChats reads the cards of a list by themselves where they lack their chats.
func (c *Client) withChats(ctx context.Context, rows []customerBody) ([]customerBody, error) {
	if len(rows) > wholeCards {
		return rows, nil
	}
	var out []customerBody
	for _, b := range rows {
		if b.MGCustomers.Given {
			out = append(out, b)
			continue
		}
		whole, err := c.rawCustomer(ctx, int64(b.ID), interactive)
		switch {
		case device.KindOf(err) == device.NotFound: // deleted in between
		case err != nil:
			return nil, err
		default:
			out = append(out, whole)
		}
	}
	return distinctCards(out), nil
}

// customer turns a card into the gateway's form.
func (c *Client) customer(b customerBody, w *words) gateway.Customer {
	v := c.cardView(b, w)
	out := gateway.Customer{
		ID: int64(b.ID), Name: first(v.who.full(), string(b.NickName)), Phones: v.phones(), ManagerID: int64(b.ManagerID),
		VIP: b.VIP.On, Bad: b.Bad.On, Fields: v.customerFields(builtin()), URL: c.customerURL(int64(b.ID)),
	}
	for _, m := range b.MGCustomers.Rows {
		if id := int64(m.ExternalID); id != 0 && !slices.Contains(out.ChatCustomers, id) {
			out.ChatCustomers = append(out.ChatCustomers, id)
		}
	}
	return out
}

// needles are what to look for in the CRM to find a number, in whatever form it was
// typed there. In the countries of +7 and +1 ten digits follow the country's code; in
// others fewer may, behind a zero or an eight.
func needles(p device.Phone) []string {
	d := p.Digits()
	if len(d) <= 10 {
		return []string{d}
	}
	last := d[len(d)-10:]
	if strings.HasPrefix(d, "7") || strings.HasPrefix(d, "1") {
		return []string{last}
	}
	return []string{last, d[len(d)-8:]}
}

// has tells whether one of the texts holds the number.
func (c *Client) has(phone device.Phone, texts ...text) bool {
	return slices.ContainsFunc(texts, func(t text) bool {
		numbers, err := device.ParsePhones(string(t), c.region)
		return err == nil && slices.ContainsFunc(numbers, func(n device.Number) bool { return n.Phone == phone })
	})
}

// numbersOf are the numbers of a card as typed.
func numbersOf(b customerBody) []text {
	out := make([]text, 0, len(b.Phones.Rows))
	for _, p := range b.Phones.Rows {
		out = append(out, p.Number)
	}
	return out
}
