package retailcrm

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"vestnik/device"
	"vestnik/gateway"
)

// MakeCustomer asks the account to make the card, which refuses a second one with the same
// external id in a shop; when it refuses, or its answer is lost, the card is looked for by
// that id. So existed also stands for a card that this very call made and got no answer to.
// Conflict when the card that has this id has neither the e-mail nor the number that was asked for:
// it is somebody else's. One that was merged into another by a person is taken all the same.
//
// The note is written on a card that has none yet. Should only the note fail for a while,
// the error comes with the card's id, and the call may be repeated.
func (c *Client) MakeCustomer(ctx context.Context, n gateway.NewCustomer) (id int64, existed bool, err error) {
	const op = "retailcrm: make a customer"
	if n.ExternalID == "" || n.ExternalID == "." || n.ExternalID == ".." || strings.ContainsAny(n.ExternalID, "/\\\x00") {
		return 0, false, device.Errorf(device.Invalid, op, "a customer needs an external id without slashes")
	}
	doc, err := newCard(op, n)
	if err != nil {
		return 0, false, err
	}
	if n.Site == "" {
		sites, err := c.Sites(ctx)
		if err != nil {
			return 0, false, err
		}
		if len(sites) == 0 {
			return 0, false, device.Errorf(device.Refused, op, "the key sees no shop")
		}
		n.Site = sites[0].Code
	}
	q := call{op: op, path: "/api/v5/customers/create", right: "customer_write", lane: interactive}
	var body idBody
	err = c.post(ctx, q, "customer", doc, text(n.Site), &body)
	if err == nil && body.ID == 0 {
		err = &device.Error{Kind: device.Uncertain, Op: op, Code: codeOdd, Err: errors.New("the answer lacks the card's id")}
	}
	switch device.KindOf(err) {
	case device.Uncertain, device.Refused:
		card, found := c.cardByExternal(ctx, n)
		if found != nil {
			return 0, false, err // the first failure says more than that nothing was found
		}
		if string(card.ExternalID) == n.ExternalID && !c.agrees(card, n) {
			return 0, false, device.Errorf(device.Conflict, op, "card %d has the external id %s, but neither this e-mail nor this number: it is somebody else's", card.ID, n.ExternalID)
		}
		return int64(card.ID), true, c.firstNote(ctx, int64(card.ID), n, true)
	}
	if err != nil {
		return 0, false, err
	}
	return int64(body.ID), false, c.firstNote(ctx, int64(body.ID), n, false)
}

// agrees tells whether a card has the e-mail or the number of the one to make.
func (c *Client) agrees(card customerBody, n gateway.NewCustomer) bool {
	email := cut(n.Email, maxString)
	return email == "" && n.Phone == "" || email != "" && strings.EqualFold(strings.TrimSpace(string(card.Email)), email) ||
		n.Phone != "" && c.has(n.Phone, numbersOf(card)...)
}

// newCard is the document of a card to make.
func newCard(op string, n gateway.NewCustomer) (map[string]any, error) {
	doc := map[string]any{"externalId": n.ExternalID}
	for name, value := range map[string]string{"firstName": n.First, "lastName": n.Last, "email": n.Email} {
		if value = cut(value, maxString); value != "" {
			doc[name] = value
		}
	}
	if n.Phone != "" {
		doc["phones"] = []any{map[string]any{"number": string(n.Phone)}}
	}
	if len(doc) == 1 {
		return nil, device.Errorf(device.Invalid, op, "a customer needs a name, an e-mail or a number")
	}
	return doc, nil
}

// cardByExternal finds the card that has an external id in a shop, or that into which it
// was merged.
func (c *Client) cardByExternal(ctx context.Context, n gateway.NewCustomer) (customerBody, error) {
	q := call{
		op: "retailcrm: find a customer", path: "/api/v5/customers/" + n.ExternalID,
		query: url.Values{"by": {"externalId"}, "site": {n.Site}}, right: "customer_read", lane: interactive,
	}
	var body oneCustomerBody
	_, err := c.do(ctx, q, &body)
	var merged *mergedError
	switch {
	case errors.As(err, &merged):
		return c.rawCustomer(ctx, merged.into, interactive)
	case err != nil:
		return customerBody{}, err
	case body.Customer.T.ID == 0 || string(body.Customer.T.ExternalID) != n.ExternalID:
		return customerBody{}, c.lost(q, codeOdd, errors.New("the answer is about another customer"))
	}
	return body.Customer.T, nil
}

// firstNote writes the first note of a card; one that is there keeps it from being written
// again.
func (c *Client) firstNote(ctx context.Context, customer int64, n gateway.NewCustomer, look bool) error {
	words := cut(n.Note, maxNote)
	if words == "" {
		return nil
	}
	if look {
		notes, err := c.notesOf(ctx, customer)
		if err != nil || len(notes) > 0 {
			return err
		}
	}
	err := c.post(ctx, call{
		op: "retailcrm: write a note", path: "/api/v5/customers/notes/create", right: "customer_write", lane: interactive,
	}, "note", map[string]any{"customer": map[string]any{"id": customer}, "text": words}, text(n.Site), nil)
	if keptBack(err) {
		c.log.Warn("retailcrm: a new card has no note", "customer", customer, "error", err)
		return nil
	}
	return err
}
