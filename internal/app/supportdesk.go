package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/card"
	"vestnik/gateway/retailcrm"
	"vestnik/gateway/support"
	"vestnik/webui"
)

// supportDesk is what the pages about support ask.
type supportDesk struct{ app *App }

var _ webui.Support = supportDesk{}

// HelpdeskStatus implements webui.Support.
func (d supportDesk) HelpdeskStatus() gateway.HelpdeskStatus {
	if c := d.app.parts.helpdesk.now(); c != nil {
		return c.Status()
	}
	return gateway.HelpdeskStatus{State: gateway.HelpdeskOff, Remaining: -1}
}

// TestHelpdesk implements webui.Support.
func (d supportDesk) TestHelpdesk(ctx context.Context, url, email, key string, ticket gateway.TicketID) (gateway.HelpdeskTest, error) {
	s := d.app.live.Now().Settings
	if key == "" && url == s.Helpdesk.URL && email == s.Helpdesk.Email {
		key = s.Helpdesk.Key // never sent to another address or in another's name
	}
	trial := s
	trial.Helpdesk.Enabled, trial.Helpdesk.URL, trial.Helpdesk.Email, trial.Helpdesk.Key = true, url, email, key
	if err := trial.Validate(); err != nil {
		return gateway.HelpdeskTest{}, err
	}
	client, err := d.app.helpdeskClient(s, url, email, key)
	if err != nil {
		return gateway.HelpdeskTest{}, err
	}
	return client.Test(ctx, ticket)
}

// CRMRights implements webui.Support.
func (d supportDesk) CRMRights(ctx context.Context) ([]webui.SupportRight, error) {
	crm := d.app.parts.crmNow()
	if crm == nil {
		return nil, noCRM("rights")
	}
	test, err := crm.Test(ctx)
	if err != nil {
		return nil, err
	}
	lang := d.app.live.Now().Settings.Shop.Language
	var list []webui.SupportRight
	for _, name := range retailcrm.SupportRights() {
		r := webui.SupportRight{Name: name, State: gateway.RightThere}
		switch {
		case test.State != gateway.CRMConnected && test.State != gateway.CRMMissingRight:
			r.State = gateway.RightUntried
		case slices.Contains(test.Missing, name) || slices.Contains(test.Lacking, name):
			r.State, r.Loss = gateway.RightMissing, retailcrm.SupportLoss(name, lang)
		}
		list = append(list, r)
	}
	for _, name := range test.Excess {
		list = append(list, webui.SupportRight{Name: name, State: gateway.RightExcess})
	}
	return list, nil
}

// HelpdeskBook implements webui.Support.
func (d supportDesk) HelpdeskBook(ctx context.Context, now bool) (gateway.HelpdeskBook, error) {
	client := d.app.parts.helpdesk.now()
	if !now || client == nil {
		return d.app.store.HelpdeskBook(ctx)
	}
	book, err := client.Book(ctx)
	if err != nil {
		return gateway.HelpdeskBook{}, err
	}
	return book, d.app.store.SaveHelpdeskBook(ctx, book)
}

// Sites implements webui.Support.
func (d supportDesk) Sites(ctx context.Context) ([]gateway.Site, error) {
	if crm := d.app.profiles(); crm != nil {
		return crm.Sites(ctx)
	}
	return nil, noCRM("sites")
}

// CRMUsers implements webui.Support.
func (d supportDesk) CRMUsers(ctx context.Context) ([]gateway.CRMUser, error) {
	if people := d.app.people(); people != nil {
		return people.Users(ctx)
	}
	return nil, noCRM("users")
}

// TryRules implements webui.Support.
func (d supportDesk) TryRules(ctx context.Context, rules []gateway.PriorityRule) (support.Trial, error) {
	return d.app.tickets.TryRules(ctx, rules)
}

// Tickets implements webui.Support.
func (d supportDesk) Tickets(ctx context.Context, f support.TicketFilter) ([]support.Ticket, error) {
	return d.app.store.Tickets(ctx, f)
}

// Ticket implements webui.Support.
func (d supportDesk) Ticket(ctx context.Context, id gateway.TicketID) (support.Ticket, []support.Event, error) {
	t, err := d.app.store.Ticket(ctx, id)
	if err != nil {
		return t, nil, err
	}
	events, err := d.app.store.TicketEvents(ctx, id)
	return t, events, err
}

// ChoosePerson implements webui.Support.
func (d supportDesk) ChoosePerson(ctx context.Context, id gateway.TicketID, customer int64, by string) error {
	return d.app.tickets.ChoosePerson(ctx, id, customer, by)
}

// MakeCustomer implements webui.Support.
func (d supportDesk) MakeCustomer(ctx context.Context, id gateway.TicketID, site, by string) (int64, error) {
	return d.app.tickets.MakeCustomer(ctx, id, site, by)
}

// MakeCustomerOf implements webui.Support.
func (d supportDesk) MakeCustomerOf(ctx context.Context, c gateway.NewCustomer, by string) (int64, error) {
	return d.app.cards.Make(ctx, c, by)
}

// FindCustomer implements webui.Support.
func (d supportDesk) FindCustomer(ctx context.Context, h card.Hints) (card.Found, error) {
	return d.app.cards.Find(ctx, h)
}

// Card implements webui.Support.
func (d supportDesk) Card(ctx context.Context, customer int64, look webui.CardLook) (card.Card, error) {
	return d.looked(ctx, look)(d.app.cards.Card(ctx, customer))
}

// RenewCard implements webui.Support.
func (d supportDesk) RenewCard(ctx context.Context, customer int64, look webui.CardLook) (card.Card, error) {
	return d.looked(ctx, look)(d.app.cards.Renew(ctx, customer))
}

// looked writes down who has seen a card; nobody, when the page only refreshes itself. A look
// that cannot be written down is not given.
func (d supportDesk) looked(ctx context.Context, look webui.CardLook) func(card.Card, error) (card.Card, error) {
	return func(c card.Card, err error) (card.Card, error) {
		if err != nil || look.By == "" {
			return c, err
		}
		return c, d.app.store.Seen(ctx, c.Profile.ID, look.By, look.Ticket, d.app.clock.Time())
	}
}

// MoreOrders implements webui.Support.
func (d supportDesk) MoreOrders(ctx context.Context, customer int64, page int) ([]card.Order, int, error) {
	return d.app.cards.MoreOrders(ctx, customer, page)
}

// AddNote implements webui.Support.
func (d supportDesk) AddNote(ctx context.Context, customer int64, text, by string) (bool, error) {
	if err := wantsText(text, 4000); err != nil {
		return false, err
	}
	note := gateway.Note{Customer: customer, Text: strings.TrimSpace(text) + "\n— " + by + " (Vestnik)"}
	same := note
	note.Since = d.app.clock.Time()
	return d.now(ctx, gateway.EffectNote, same, note, func(ctx context.Context, people gateway.People) error { return people.AddNote(ctx, note) })
}

// GiveTask implements webui.Support.
func (d supportDesk) GiveTask(ctx context.Context, t gateway.Task, by string) (bool, error) {
	if err := wantsText(t.Text, 200); err != nil {
		return false, err
	}
	if t.Performer == 0 {
		return false, gateway.FieldErrors{"performer": gateway.ProblemRequired}
	}
	if t.Comment == "" {
		t.Comment = by + " (Vestnik)"
	}
	same := t
	same.Since = time.Time{}
	t.Since = d.app.clock.Time()
	return d.now(ctx, gateway.EffectGive, same, t, func(ctx context.Context, people gateway.People) error { return people.AddTask(ctx, t) })
}

func wantsText(text string, most int) error {
	switch n := len([]rune(strings.TrimSpace(text))); {
	case n == 0:
		return gateway.FieldErrors{"text": gateway.ProblemRequired}
	case n > most:
		return gateway.FieldErrors{"text": gateway.ProblemTooLong}
	}
	return nil
}

// now writes to the CRM at once; when that is away, an effect does it later, which repeats no
// write that was made after all. same is the value as far as it is the same when it is asked for
// again at once.
func (d supportDesk) now(ctx context.Context, kind gateway.EffectKind, same, value any, write func(context.Context, gateway.People) error) (queued bool, err error) {
	people := d.app.people()
	if people == nil {
		return false, noCRM(string(kind))
	}
	quick, cancel := context.WithTimeout(ctx, 8*time.Second)
	defer cancel()
	err = write(quick, people)
	switch kind := device.KindOf(err); {
	case err == nil:
		return false, nil
	case kind != device.Unavailable && kind != device.Uncertain && kind != device.RateLimited && !errors.Is(err, context.DeadlineExceeded):
		return false, err
	}
	text, err := json.Marshal(value)
	if err != nil {
		return false, err
	}
	mark, err := json.Marshal(same)
	if err != nil {
		return false, err
	}
	sum, now := sha256.Sum256(mark), d.app.clock.Time()
	e := gateway.Effect{
		Kind: kind, Key: "card/" + string(kind) + "/" + hex.EncodeToString(sum[:12]) + "/" + strconv.FormatInt(now.Unix()/60, 10),
		Value: string(text), State: gateway.EffectPending, NextAt: now.Add(5 * time.Second), At: now,
	}
	if err := d.app.store.AddEffect(ctx, e); err != nil {
		return false, err
	}
	d.app.outbox.Wake()
	return true, nil
}

// WriteTo implements webui.Support.
func (d supportDesk) WriteTo(ctx context.Context, customer int64, ch device.Channel, to device.Phone, text, key, by string) (gateway.MessageID, error) {
	if err := wantsText(text, gateway.MaxText); err != nil {
		return 0, err
	}
	c, err := d.app.cards.Card(ctx, customer)
	if err != nil {
		return 0, err
	}
	if !slices.Contains(card.Phones(c.Profile.Phones, d.app.live.Now().Settings.Shop.Region), to) {
		return 0, gateway.FieldErrors{"to": gateway.ProblemUnknown}
	}
	key = "card/" + strconv.FormatInt(customer, 10) + "/" + key
	if err := d.app.clerk.SayFor(ctx, ch, to, strings.TrimSpace(text), key, by); err != nil {
		return 0, err
	}
	d.app.topics.Publish(gateway.TopicCards) // his card shows what was said
	m, _, err := d.app.store.MessageByKey(ctx, key)
	return m.ID, err
}

// StatusText implements webui.Support.
func (d supportDesk) StatusText(ctx context.Context, customer int64, order gateway.OrderID) (string, error) {
	c, err := d.app.cards.Card(ctx, customer)
	if err != nil {
		return "", err
	}
	lang := d.app.live.Now().Settings.Shop.Language
	for _, o := range c.Orders {
		if o.ID == order {
			return card.StatusText(o.ProfileOrder, lang), nil
		}
	}
	crm := d.app.profiles()
	if crm == nil {
		return "", noCRM("order")
	}
	o, err := crm.ProfileOrder(ctx, order)
	if err != nil {
		return "", err
	}
	if o.Customer != customer { // of somebody else
		return "", device.Errorf(device.NotFound, "support: order", "the customer has no such order")
	}
	return card.StatusText(o, lang), nil
}

// EraseCustomer implements webui.Support.
func (d supportDesk) EraseCustomer(ctx context.Context, customer int64, by string) error {
	return d.app.cards.Erase(ctx, customer, by)
}

// Looks implements webui.Support.
func (d supportDesk) Looks(ctx context.Context, customer int64, limit int) ([]webui.Look, error) {
	looks, err := d.app.store.CardLooks(ctx, customer, limit)
	list := make([]webui.Look, 0, len(looks))
	for _, l := range looks {
		list = append(list, webui.Look{At: l.At, By: l.By, Ticket: l.Ticket})
	}
	return list, err
}

// Questions implements webui.Support.
func (d supportDesk) Questions(ctx context.Context, since, until time.Time) ([]support.Question, error) {
	return d.app.store.Questions(ctx, since, until)
}

// Quality implements webui.Support.
func (d supportDesk) Quality(ctx context.Context, since time.Time) (support.Quality, error) {
	return d.app.tickets.Quality(ctx, since)
}

func noCRM(what string) error {
	return device.Errorf(device.Unavailable, "support: "+what, "no address and key of a CRM are set")
}
