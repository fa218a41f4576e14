package retailcrm

import (
	"context"
	"errors"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

const (
	// mostProfiles bounds the cards that one e-mail or number finds.
	mostProfiles = 10
	// staleWords is how old the names of statuses and deliveries may be while a person waits:
	// reading them takes some fifteen requests. Background work reads them every hour, and at
	// once for an order whose status is new.
	staleWords = 24 * time.Hour
	// loyaltyPause is how long a refusal to tell of the loyalty programme is remembered.
	loyaltyPause = time.Hour
	// mostNeedles bounds what is remembered of cards that were read.
	mostNeedles = 2000
)

// ProfilesBy takes one request by e-mail, and by phone one for each form in which the
// number may stand on a card: one for numbers of +7 and +1. What filter[email] finds is not
// documented, so that addresses are compared here, without regard to case. Of more than ten
// cards the newest are told. Lists lack ChatCustomers too.
func (c *Client) ProfilesBy(ctx context.Context, email string, phone device.Phone) ([]gateway.Profile, error) {
	var rows []customerBody
	var err error
	switch email = strings.TrimSpace(email); {
	case strings.Contains(email, "@"):
		rows, err = c.searchCards(ctx, "email", email)
		rows = slices.DeleteFunc(rows, func(b customerBody) bool { return !strings.EqualFold(string(b.Email), email) })
	case email == "" && phone != "":
		rows, err = c.cardsByPhone(ctx, phone)
	}
	if err != nil {
		return nil, err
	}
	rows = slices.DeleteFunc(rows, func(b customerBody) bool { return b.Type == corporate })
	return c.profiles(ctx, rows[max(0, len(rows)-mostProfiles):])
}

// corporate is the type of a company's card.
const corporate = "customer_corporate"

// Profile takes one request, and one for the loyalty programme while the key may read it.
// A merged card takes one more for each that it went through.
func (c *Client) Profile(ctx context.Context, id int64) (gateway.Profile, error) {
	card, err := c.rawCustomer(ctx, id, interactive)
	if err != nil {
		return gateway.Profile{}, err
	}
	list, err := c.profiles(ctx, []customerBody{card})
	if err != nil {
		return gateway.Profile{}, err
	}
	p := list[0]
	p.Loyalty, err = c.loyalty(ctx, p.ID)
	return p, err
}

// loyalty is the customer's account, the active one when there are several. A key without
// the right and an account without the programme have none; both are asked again after an
// hour.
func (c *Client) loyalty(ctx context.Context, customer int64) (gateway.Loyalty, error) {
	c.mu.Lock()
	refused := c.noLoyalty
	c.mu.Unlock()
	if age := c.now().Sub(refused); !refused.IsZero() && age >= 0 && age < loyaltyPause {
		return gateway.Loyalty{}, nil
	}
	var body loyaltyBody
	_, err := c.do(ctx, call{
		op: "retailcrm: read a customer's loyalty account", path: "/api/v5/loyalty/accounts",
		query: url.Values{"filter[customerId]": {itoa(customer)}, "limit": {"20"}}, right: "loyalty_read", lane: interactive,
	}, &body)
	if keptBack(err) {
		c.log.Info("retailcrm: the loyalty programme is not told", "error", err)
		c.mu.Lock()
		c.noLoyalty = c.now()
		c.mu.Unlock()
		return gateway.Loyalty{}, nil
	}
	var out gateway.Loyalty
	for _, a := range body.Accounts.Rows {
		if a.Customer.T.ID != ident(customer) || out.Active {
			continue
		}
		if one := (gateway.Loyalty{Level: string(a.Level.T.Name), Points: plain(a.Amount), Active: a.Active.On}); one.Active || out == (gateway.Loyalty{}) {
			out = one
		}
	}
	return out, err
}

// keptBack tells a right that lacks, or a method that this account has not, from a failure
// that passes.
func keptBack(err error) bool {
	var e *device.Error
	if !errors.As(err, &e) {
		return false
	}
	return gateway.RightOf(err) != "" || e.Kind == device.Refused || e.Kind == device.NotFound || e.Code == codeNotCRM
}

// profiles turns cards into the gateway's form.
func (c *Client) profiles(ctx context.Context, rows []customerBody) ([]gateway.Profile, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	w, err := c.profileWords(ctx, func(w *words) bool {
		return !slices.ContainsFunc(rows, func(b customerBody) bool { return !hasAll(w.clientBox, b.CustomFields) })
	})
	if err != nil {
		return nil, err
	}
	out := make([]gateway.Profile, 0, len(rows))
	for _, b := range rows {
		c.keepNeedle(b)
		out = append(out, c.profile(b, w))
	}
	return out, nil
}

// profileWords is the vocabulary for what a person waits for: as it is, up to a day old. A
// code that is new is shown as a code until background work has read its name.
func (c *Client) profileWords(ctx context.Context, enough func(*words) bool) (*words, error) {
	if laneOf(ctx, interactive) == background {
		return c.wordsFor(ctx, background, enough)
	}
	return c.vocabulary(ctx, interactive, staleWords)
}

func (c *Client) profile(b customerBody, w *words) gateway.Profile {
	site := w.sites[string(b.Site)]
	p := gateway.Profile{
		Customer: c.customer(b, w), Site: string(b.Site), SiteName: first(string(site.Name), string(b.Site)), ExternalID: string(b.ExternalID),
		Tags: b.Tags, Segments: b.Segments,
		PersonalDiscount: b.PersonalDiscount.Value, CumulativeDiscount: b.Cumulative.Value, DiscountCard: string(b.DiscountCard),
		OrdersCount: whole(b.OrdersCount), Total: decimal(b.TotalSumm), Average: decimal(b.AverageSumm),
		Currency: first(string(site.Currency), w.currency), CreatedAt: c.moment(b.CreatedAt),
	}
	if b.Email != "" {
		p.Emails = []string{string(b.Email)}
	}
	return p
}

// moment reads the API's time; zero when it is none.
func (c *Client) moment(t text) time.Time {
	at, ok := apiTime(t, c.zoneNow())
	if !ok {
		return time.Time{}
	}
	return at.UTC()
}

// SampleCustomers takes them from the newest orders of that time, one or two pages of a
// hundred. Lists lack Loyalty and ChatCustomers.
func (c *Client) SampleCustomers(ctx context.Context, from, to time.Time, n int) ([]gateway.Profile, error) {
	zone, err := c.apiZone(ctx)
	if err != nil {
		return nil, err
	}
	var cards []customerBody
	for page := 1; page <= 2 && len(cards) < n; page++ {
		rows, p, err := c.listOrders(ctx, call{lane: interactive, query: url.Values{
			"filter[createdAtFrom]": {from.In(zone).Format(time.DateTime)}, "filter[createdAtTo]": {to.In(zone).Format(time.DateTime)},
			"limit": {"100"}, "page": {strconv.Itoa(page)},
		}})
		if err != nil {
			return nil, err
		}
		for _, o := range rows {
			card := o.person()
			known := slices.ContainsFunc(cards, func(b customerBody) bool { return b.ID == card.ID })
			if card.ID != 0 && card.Type != corporate && !known && len(cards) < n {
				cards = append(cards, card)
			}
		}
		if int(p.TotalPageCount) <= page {
			break
		}
	}
	return c.profiles(ctx, cards)
}

// person is the card of him whom the order is for: a company's card has no name of its
// own, its contact is the person.
func (o orderBody) person() customerBody {
	if o.Customer.T.Type == corporate && o.Contact.T.ID != 0 {
		return o.Contact.T
	}
	return o.Customer.T
}

// Sites are the shops that the key sees, the main one first. Whether the reference holds
// others too is not documented: the key's own list decides.
func (c *Client) Sites(ctx context.Context) ([]gateway.Site, error) {
	rows, err := c.reference(ctx, interactive, "sites", "sites")
	if err != nil {
		return nil, err
	}
	var creds credentialsBody
	if _, err := c.do(ctx, call{op: "retailcrm: read the key's rights", path: "/api/credentials", lane: interactive}, &creds); err != nil {
		return nil, err
	}
	if creds.SiteAccess == "access_selective" || len(creds.SitesAvailable.names) > 0 {
		rows = slices.DeleteFunc(rows, func(e entryBody) bool { return !slices.Contains(creds.SitesAvailable.names, string(e.Code)) })
	}
	slices.SortStableFunc(rows, func(a, b entryBody) int {
		switch {
		case a.Main.On && !b.Main.On:
			return -1
		case b.Main.On && !a.Main.On:
			return 1
		}
		return 0
	})
	out := make([]gateway.Site, 0, len(rows))
	for _, e := range rows {
		out = append(out, gateway.Site{Code: string(e.Code), Name: first(string(e.Name), string(e.Code))})
	}
	return out, nil
}

// mostFigure bounds what is taken for a figure at all.
const mostFigure = 1e15

// decimal writes a sum, "184300.00"; "" when it was not told.
func decimal(n number) string {
	if !n.Given || math.Abs(n.Value) > mostFigure {
		return ""
	}
	return strconv.FormatFloat(math.Round(n.Value*100)/100+0, 'f', 2, 64)
}

// plain writes a quantity without needless zeros: "2", "1.5".
func plain(n number) string {
	if !n.Given || math.Abs(n.Value) > mostFigure {
		return ""
	}
	return strconv.FormatFloat(math.Round(n.Value*1000)/1000+0, 'f', -1, 64)
}

// whole is a count.
func whole(n number) int { return int(min(max(n.Value, 0), math.MaxInt32)) }
