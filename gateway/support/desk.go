package support

import (
	"context"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/card"
)

// deskPatience is how long a person's wish waits for a ticket that is just being dealt with.
const deskPatience = 10 * time.Second

// trialTime is how far back rules are tried.
const trialTime = 30 * 24 * time.Hour

// ChoosePerson says whose ticket it is, remembers it for the requester and has the ticket
// taken up again. Customer 0: nobody whom the CRM knows. NotFound when there is no such ticket or card.
func (c *Clerk) ChoosePerson(ctx context.Context, id gateway.TicketID, customer int64, by string) error {
	t, err := c.Store.Ticket(ctx, id)
	if err != nil {
		return err
	}
	event := Event{At: c.now(), Reason: gateway.TicketNobody, Args: gateway.Args{"user": by}}
	found := card.FoundNone
	if customer != 0 {
		k, err := c.Cards.Card(ctx, customer)
		if device.KindOf(err) == device.NotFound {
			return err
		}
		found = card.FoundOne
		event.Reason, event.Args["name"] = gateway.TicketChosen, k.Profile.Name
	}
	if t.Requester != 0 {
		if err := c.Choices.Choose(ctx, t.Requester, customer, by, c.now()); err != nil {
			return err
		}
	}
	return c.settlePerson(ctx, id, event, func(t *Ticket) { t.Found, t.By, t.Customer, t.Candidates = found, byChoice, customer, nil })
}

// settlePerson writes down whose ticket it is and has it taken up again.
func (c *Clerk) settlePerson(ctx context.Context, id gateway.TicketID, event Event, change func(*Ticket)) error {
	ctx, cancel := context.WithTimeout(ctx, deskPatience)
	defer cancel()
	free, err := c.held.hold(ctx, id)
	if err != nil {
		return device.Errorf(device.Conflict, "support: ticket "+number(id), "it is just being dealt with")
	}
	defer free()
	t, err := c.Store.Ticket(ctx, id)
	if err != nil {
		return err
	}
	change(&t)
	t.DueAt, t.Tries, t.Error = c.now(), 0, ""
	if err := c.Store.KeepTicket(ctx, t, []Event{event}, nil); err != nil {
		return err
	}
	look(c.hand)
	c.Topics.Publish(gateway.TopicCards)
	return nil
}

// MakeCustomer makes a card for a ticket's requester, once, in a shop ("": the one of the
// settings).
func (c *Clerk) MakeCustomer(ctx context.Context, id gateway.TicketID, site, by string) (int64, error) {
	t, err := c.Store.Ticket(ctx, id)
	if err != nil {
		return 0, err
	}
	if t.Requester == 0 {
		return 0, device.Errorf(device.Conflict, "support: make a customer", "ticket %d has no requester", id)
	}
	if t.Person.ID != t.Requester { // he was not read yet
		t.Person = gateway.Requester{ID: t.Requester, Name: t.Name, Email: t.Email}
	}
	if site == "" {
		site = c.settings().UnknownSite
	}
	customer, err := c.Cards.Make(ctx, c.newCustomer(t, site), by)
	if err != nil {
		return 0, err
	}
	if err := c.Choices.Choose(ctx, t.Requester, customer, by, c.now()); err != nil {
		return customer, err
	}
	event := Event{At: c.now(), Reason: gateway.TicketMade, Args: gateway.Args{"user": by, "name": t.Person.Name}}
	return customer, c.settlePerson(ctx, id, event, func(t *Ticket) {
		t.Found, t.By, t.Customer, t.Candidates = card.FoundOne, byMade, customer, nil
	})
}

// TryRules runs rules over the tickets of the last month with the cards that are kept; neither the
// helpdesk is asked nor anything changed.
func (c *Clerk) TryRules(ctx context.Context, rules []gateway.PriorityRule) (Trial, error) {
	h := c.settings()
	h.Rules = rules
	trial := Trial{Since: c.now().Add(-trialTime)}
	book, err := c.Store.HelpdeskBook(ctx)
	if err != nil {
		return trial, err
	}
	tickets, err := c.Store.Tickets(ctx, TicketFilter{Since: trial.Since, Limit: 200})
	if err != nil {
		return trial, err
	}
	cards := map[int64]*card.Card{}
	for _, t := range tickets {
		if t.Internal {
			continue
		}
		trial.Tickets++
		if t.Customer == 0 {
			continue
		}
		k, seen := cards[t.Customer]
		if !seen {
			if read, ok, err := c.kept(ctx, t.Customer); err != nil {
				return trial, err
			} else if ok {
				k = &read
			}
			cards[t.Customer] = k
		}
		if k == nil {
			continue
		}
		trial.Known++
		if row, ok := tryRule(h, book, t, *k, c.now()); ok {
			trial.Rows = append(trial.Rows, row)
		}
	}
	return trial, nil
}

// kept is a card that costs no question to the CRM; ok is false when none is kept.
func (c *Clerk) kept(ctx context.Context, customer int64) (k card.Card, ok bool, err error) {
	k, err = c.KeptCard(ctx, customer)
	switch device.KindOf(err) {
	case "":
		return k, true, nil
	case device.NotFound:
		return k, false, nil
	}
	return k, false, err
}

// tryRule is what rules would have done with a ticket, from the priority that it had before
// any did.
func tryRule(h gateway.HelpdeskSettings, book gateway.HelpdeskBook, t Ticket, k card.Card, now time.Time) (TrialRow, bool) {
	rule, why, ok := Judge(h, k, now)
	if !ok {
		return TrialRow{}, false
	}
	if t.RaisedTo != "" && !t.SetByPerson {
		t.Priority = t.RaisedFrom
	}
	no, _ := Weigh(h, book, t, rule.Name, rule.Priority)
	return TrialRow{Ticket: t, Rule: rule.Name, Reason: why, From: t.Priority, To: rule.Priority, Left: no != ""}, true
}

// Questions are what was asked in a time.
func (c *Clerk) Questions(ctx context.Context, since, until time.Time) ([]Question, error) {
	return c.Store.Questions(ctx, since, until)
}

// Quality is what support has to do with customers coming back.
func (c *Clerk) Quality(ctx context.Context, since time.Time) (Quality, error) {
	pairs, err := c.Store.Pairs(ctx, since)
	if err != nil {
		return Quality{}, err
	}
	return QualityOf(pairs, since), nil
}
