package app

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"vestnik/gateway"
	"vestnik/gateway/card"
	"vestnik/gateway/helpdeskeddy"
	"vestnik/gateway/support"
)

// helpdeskDoor is the way to the helpdesk while the settings want one.
type helpdeskDoor struct {
	key     string
	account string // of the last client

	mu     sync.Mutex
	client *helpdeskeddy.Client
	// last is the last client of each account, newest account last: the limit and a ban outlive
	// a time without a helpdesk, and a trial.
	last []*helpdeskeddy.Client
}

// accountsKept bounds for how many accounts limits and bans are remembered.
const accountsKept = 8

// beside is a client of the same account, whose limit and ban a new one shares; nil: there was
// none.
func (d *helpdeskDoor) beside(url string) *helpdeskeddy.Client {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range d.last {
		if helpdeskeddy.SameAccount(c.Account(), url) {
			return c
		}
	}
	return nil
}

func (d *helpdeskDoor) remember(c *helpdeskeddy.Client) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.last = slices.DeleteFunc(d.last, func(l *helpdeskeddy.Client) bool { return l.Account() == c.Account() })
	d.last = append(d.last, c)
	if more := len(d.last) - accountsKept; more > 0 {
		d.last = slices.Delete(d.last, 0, more)
	}
}

func (d *helpdeskDoor) now() *helpdeskeddy.Client {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.client
}

func (d *helpdeskDoor) set(c *helpdeskeddy.Client) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.client = c
}

// helpdesk is the helpdesk of the moment; nil while it is off.
func (a *App) helpdesk() gateway.Helpdesk {
	if c := a.parts.helpdesk.now(); c != nil {
		return c
	}
	return nil
}

// applyHelpdesk opens or closes the way as the settings say. The limit and a ban belong to the
// account, so they outlive a change of the key and a time without a helpdesk, and are not those of
// another account.
func (p *parts) applyHelpdesk(s gateway.Settings) error {
	h := s.Helpdesk
	key := fmt.Sprint(h.Enabled, h.URL, h.Email, h.Key, h.PerMinute, s.Shop.Language)
	if key == p.helpdesk.key {
		return nil
	}
	before, anew := p.helpdesk.now(), false
	if !h.Ready() {
		p.helpdesk.set(nil)
	} else {
		client, err := p.app.helpdeskClient(s, h.URL, h.Email, h.Key)
		if err != nil {
			return fmt.Errorf("helpdesk: %w", err)
		}
		anew = p.helpdesk.account != "" && p.helpdesk.account != client.Account()
		p.helpdesk.account = client.Account()
		p.helpdesk.set(client)
	}
	p.helpdesk.key = key
	if h.Ready() || before != nil {
		if anew {
			p.app.tickets.WakeAnew()
		} else {
			p.app.tickets.Wake()
		}
		p.app.topics.Publish(gateway.TopicLinks)
	}
	return nil
}

func (a *App) helpdeskClient(s gateway.Settings, url, email, key string) (*helpdeskeddy.Client, error) {
	client, err := helpdeskeddy.New(helpdeskeddy.Options{
		URL: url, Email: email, Key: key, Language: s.Shop.Language, Transport: a.opts.HelpdeskHTTP, Rate: s.Helpdesk.PerMinute,
		Beside: a.parts.helpdesk.beside(url), OnStatus: func(gateway.HelpdeskStatus) { a.topics.Publish(gateway.TopicLinks) }, Logger: a.log,
	})
	if err == nil {
		a.parts.helpdesk.remember(client)
	}
	return client, err
}

// profiles is the CRM of the moment as cards need it; nil while none is set.
func (a *App) profiles() gateway.Profiles {
	if profiles, ok := a.watch.Orders().(gateway.Profiles); ok {
		return profiles
	}
	return nil
}

// behind is the same for what nobody waits for.
func (a *App) behind() gateway.Profiles {
	if crm := a.parts.crmNow(); crm != nil {
		return crm.Background()
	}
	return a.profiles()
}

func (a *App) people() gateway.People {
	people, _ := a.watch.Orders().(gateway.People)
	return people
}

// wireSupport makes who works beside the helpdesk, and who keeps customers' cards.
func (a *App) wireSupport() {
	k := card.NewKeeper()
	k.Profiles, k.Behind, k.Store, k.Live, k.Clock, k.Topics, k.Log = a.profiles, a.behind, a.store, a.live, a.clock, a.topics, a.log
	k.CRM = func() gateway.CRMState { return a.watch.Status().State }
	k.Users = func(ctx context.Context) ([]gateway.CRMUser, error) {
		if people := a.people(); people != nil {
			return people.Users(ctx)
		}
		return nil, nil
	}
	a.cards = k

	c := support.NewClerk()
	c.Store, c.Cards, c.Choices, c.KeptCard = a.store, k.Quiet(), a.store, k.Kept
	c.Live, c.Clock, c.Topics, c.Log = a.live, a.clock, a.topics, a.log
	c.Helpdesk, c.Profiles, c.People, c.EffectsDue = a.helpdesk, a.behind, a.people, a.wakeEffects
	a.tickets = c
	a.watch.Changed = c.WakeAlarms
	for kind, do := range c.Doers() {
		a.outbox.Do[kind] = do
	}
	k.Renewed = func(customers []int64) {
		if err := a.store.MakeDue(context.Background(), customers, a.clock.Time()); err != nil {
			a.log.Warn("tickets of renewed cards are not taken up now", "error", err)
			return
		}
		c.WakeHand()
	}
}
