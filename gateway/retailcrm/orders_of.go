package retailcrm

import (
	"context"
	"errors"
	"net/url"
	"slices"

	"vestnik/device"
	"vestnik/gateway"
)

// cardsOfPhone bounds the cards with one number whose orders are read.
const cardsOfPhone = 5

// OrdersOf finds a customer's orders. With only a chat customer they are those of his
// card, and none when he has several.
//
// By phone it unites two searches: orders that name the number, and orders of the cards
// that have it, since a card's orders may name another. What filter[customer] searches
// is not documented (its wording says name or phone; not yet seen on a live account), so
// that every hit is verified here and its refusal is as good as finding nothing.
func (c *Client) OrdersOf(ctx context.Context, who gateway.Who, n int) ([]gateway.Order, error) {
	n = min(max(n, 1), 50)
	rows, err := c.rawOrdersOf(ctx, who, n)
	if err != nil {
		return nil, err
	}
	if rows = newestFirst(rows); len(rows) == 0 {
		return nil, nil
	}
	return c.flatten(ctx, interactive, rows[:min(n, len(rows))])
}

func (c *Client) rawOrdersOf(ctx context.Context, who gateway.Who, n int) ([]orderBody, error) {
	switch {
	case who.Customer != 0:
		return c.ordersOfCard(ctx, who.Customer, n)
	case who.Phone != "":
		return c.ordersOfPhone(ctx, who.Phone, n)
	case who.ChatCustomer != 0:
		cards, err := c.cardsOf(ctx, who)
		if err != nil || len(cards) != 1 {
			return nil, err
		}
		return c.listOfCard(ctx, int64(cards[0].ID), n)
	}
	return nil, nil
}

// ordersOfCard are a card's orders. A card without any may have been merged: its orders
// went along.
func (c *Client) ordersOfCard(ctx context.Context, id int64, n int) ([]orderBody, error) {
	rows, err := c.listOfCard(ctx, id, n)
	if err != nil || len(rows) > 0 {
		return rows, err
	}
	card, err := c.rawCustomer(ctx, id, interactive)
	switch {
	case device.KindOf(err) == device.NotFound, err == nil && int64(card.ID) == id:
		return nil, nil
	case err != nil:
		return nil, err
	}
	return c.listOfCard(ctx, int64(card.ID), n)
}

// listOfCard reads the newest orders of one card. Orders of others must never come out
// here: a customer is told of them.
func (c *Client) listOfCard(ctx context.Context, id int64, n int) ([]orderBody, error) {
	limit := "20"
	if n > 20 {
		limit = "50"
	}
	rows, _, err := c.listOrders(ctx, call{
		query: url.Values{"filter[customerId]": {itoa(id)}, "limit": {limit}}, lane: interactive,
	})
	return slices.DeleteFunc(rows, func(o orderBody) bool {
		return o.Customer.T.ID != ident(id) && o.Contact.T.ID != ident(id)
	}), err
}

// listOrders reads one page of orders.
func (c *Client) listOrders(ctx context.Context, q call) ([]orderBody, pagination, error) {
	q.op, q.path, q.right = "retailcrm: find a customer's orders", "/api/v5/orders", "order_read"
	var body ordersBody
	_, err := c.do(ctx, q, &body)
	if err == nil && !body.Orders.Given {
		err = c.lost(q, codeOdd, errors.New("the answer lacks the orders"))
	}
	return body.Orders.Rows, body.Pagination.T, err
}

func (c *Client) ordersOfPhone(ctx context.Context, phone device.Phone, n int) ([]orderBody, error) {
	rows, err := c.ordersNaming(ctx, phone)
	if err != nil {
		return nil, err
	}
	cards, err := c.cardsByPhone(ctx, phone)
	if err != nil {
		return nil, err
	}
	if len(cards) > cardsOfPhone {
		c.log.Warn("retailcrm: many cards have one number; the newest are looked at", "phone", phone, "cards", len(cards))
		cards = cards[len(cards)-cardsOfPhone:]
	}
	for _, card := range cards {
		more, err := c.listOfCard(ctx, int64(card.ID), n)
		if err != nil {
			return nil, err
		}
		rows = append(rows, more...)
	}
	return rows, nil
}

// ordersNaming are the orders that filter[customer] finds for a number and that have it.
func (c *Client) ordersNaming(ctx context.Context, phone device.Phone) ([]orderBody, error) {
	for _, part := range needles(phone) {
		var found []orderBody
		err := c.pages(ctx, call{query: url.Values{"filter[customer]": {part}}, lane: interactive}, searchPages, func(q call) (pagination, error) {
			rows, p, err := c.listOrders(ctx, q)
			for _, o := range rows {
				if c.has(phone, o.numbers()...) {
					found = append(found, o)
				}
			}
			return p, err
		})
		switch {
		case device.KindOf(err) == device.Refused:
			c.log.Warn("retailcrm: orders cannot be searched by phone; the customers' cards are used", "error", err)
			return nil, nil
		case err != nil:
			return nil, err
		case len(found) > 0:
			return found, nil
		}
	}
	return nil, nil
}

// numbers are an order's own numbers and those of its cards, as typed.
func (o orderBody) numbers() []text {
	out := []text{o.Phone, o.AdditionalPhone}
	return append(append(out, numbersOf(o.Customer.T)...), numbersOf(o.Contact.T)...)
}
