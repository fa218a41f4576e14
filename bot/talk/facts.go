package talk

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"vestnik/bot"
	"vestnik/device"
	"vestnik/gateway"
)

// How long the CRM has to answer while a customer waits, and how long its answers are
// used again.
const (
	cardPatience  = 1500 * time.Millisecond // without it he is greeted without his name
	orderPatience = 8 * time.Second
	cardHolds     = 10 * time.Minute
	ordersHold    = 20 * time.Second
	// awayHolds is how long a CRM that did not tell whose a card is is not asked again: one message asks
	// for it several times.
	awayHolds  = 5 * time.Second
	mostOrders = 5
	// mostKnown bounds how many people are remembered in memory.
	mostKnown = 2000
	// mostAsking bounds the questions for names that are under way: fifty people who write at once
	// must not use up the CRM's limit before anybody's order is looked for.
	mostAsking = 3
)

// facts is what the bot needs to know beside what was said.
func (c *Clerk) facts(ctx context.Context, script bot.Script, t gateway.Conversation, now time.Time) bot.Facts {
	f := c.atHand(ctx, script, t, now)
	c.introduce(ctx, t, &f)
	return f
}

// introduce adds who the customer is and how many people of the shop are there, when the
// CRM says so soon.
func (c *Clerk) introduce(ctx context.Context, t gateway.Conversation, f *bot.Facts) {
	c.staff.last(c, f.Now) // asked at the same time as for the card
	if card, ok := c.card(ctx, t); ok {
		f.Person.Fields = card.Fields
	}
	f.Operators = c.staff.online(ctx, c, f.Now)
}

// atHand is what is known without waiting for anybody.
func (c *Clerk) atHand(ctx context.Context, script bot.Script, t gateway.Conversation, now time.Time) bot.Facts {
	settings := c.Live.Now().Settings
	f := bot.Facts{
		Now: now, Zone: settings.Shop.Zone(), Open: script.Open, CRM: c.People() != nil && c.CRMAnswers(),
		Channel: c.abilities(t),
		Person:  bot.Person{OptedOut: c.refuses(ctx, t)}, Off: !script.On,
		Fields: map[string]string{"shop.name": settings.Shop.Name},
	}
	for _, l := range []device.Channel{device.WhatsApp, device.SMS} {
		if phone := c.Links(l).Phone; phone != "" && f.Fields["shop.phone"] == "" {
			f.Fields["shop.phone"] = phone.String()
		}
	}
	return f
}

// mostSuggestions and longestSuggestion bound quick replies. Assumed from Telegram's and
// Instagram's own limits: RetailCRM does not tell any.
const (
	mostSuggestions   = 10
	longestSuggestion = 20
)

// abilities is what a conversation's channel can show.
func (c *Clerk) abilities(t gateway.Conversation) bot.Abilities {
	switch t.Channel {
	case device.SMS:
		// 67 letters of Cyrillic in each part of a long SMS.
		return bot.Abilities{MaxChars: 67 * max(c.MaxParts, 1)}
	case device.Chat:
		chats := c.Chats()
		if chats == nil {
			break
		}
		ch, ok := chats.Channel(t.Chat.Account)
		if !ok {
			break
		}
		a := bot.Abilities{MaxChars: ch.MaxChars}
		if ch.Suggestions {
			a.Suggestions, a.MaxTitle = mostSuggestions, longestSuggestion
		}
		return a
	}
	return bot.Abilities{MaxChars: gateway.MaxText}
}

// acquaintances remembers what the CRM said of people for some minutes.
type acquaintances struct {
	asking chan struct{}

	mu    sync.Mutex
	known map[gateway.ConversationID]acquaintance
}

type acquaintance struct {
	crm      gateway.People // who said it: the ids of another account mean others
	card     gateway.Customer
	one      bool // the CRM knows exactly one card
	at       time.Time
	orders   []gateway.Order
	ordersAt time.Time
	awayAt   time.Time // when the CRM did not tell whose the card is
}

func (k acquaintance) cardHolds() bool { return !k.at.IsZero() && time.Since(k.at) < cardHolds }
func (k acquaintance) ordersHold() bool {
	return !k.ordersAt.IsZero() && time.Since(k.ordersAt) < ordersHold
}

func (k acquaintance) awayHolds() bool { return !k.awayAt.IsZero() && time.Since(k.awayAt) < awayHolds }

func newAcquaintances() *acquaintances {
	return &acquaintances{asking: make(chan struct{}, mostAsking), known: map[gateway.ConversationID]acquaintance{}}
}

// known is what the CRM of now said of a conversation's customer.
func (c *Clerk) known(id gateway.ConversationID) acquaintance {
	crm := c.People()
	c.people.mu.Lock()
	defer c.people.mu.Unlock()
	if k := c.people.known[id]; k.crm == crm {
		return k
	}
	return acquaintance{}
}

func (a *acquaintances) put(id gateway.ConversationID, crm gateway.People, change func(*acquaintance)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.known) >= mostKnown {
		clear(a.known)
	}
	k := a.known[id]
	if k.crm != crm {
		k = acquaintance{crm: crm}
	}
	change(&k)
	a.known[id] = k
}

// card is the customer's card, when the CRM knows exactly one and says so soon: nobody is
// greeted by another one's name, and nobody waits long for his own.
func (c *Clerk) card(ctx context.Context, t gateway.Conversation) (gateway.Customer, bool) {
	known := c.known(t.ID)
	switch {
	case known.cardHolds():
		return known.card, known.one
	case known.awayHolds():
		return gateway.Customer{}, false
	}
	select {
	case c.people.asking <- struct{}{}:
		defer func() { <-c.people.asking }()
	default:
		return gateway.Customer{}, false
	}
	ctx, cancel := context.WithTimeout(ctx, cardPatience)
	defer cancel()
	people := c.People()
	card, one, err := c.meet(ctx, t)
	if err != nil {
		c.people.put(t.ID, people, func(k *acquaintance) { k.awayAt = time.Now() })
	}
	return card, one
}

// meet asks the CRM whose a conversation is, and keeps what it says.
func (c *Clerk) meet(ctx context.Context, t gateway.Conversation) (card gateway.Customer, one bool, err error) {
	people := c.People()
	if people == nil || !c.CRMAnswers() {
		return card, false, device.Errorf(device.Unavailable, "talk: customer", "the CRM does not answer")
	}
	who := whoIs(t)
	found, err := people.CustomersOf(ctx, who)
	if moved := err == nil && who.Customer != 0 && who.Phone != "" && (len(found) != 1 || !c.names(found[0].Phones, who.Phone)); moved {
		found, err = people.CustomersOf(ctx, gateway.Who{Phone: who.Phone})
	}
	if err != nil {
		return card, false, err
	}
	if one = len(found) == 1; one {
		card = found[0]
	}
	c.people.put(t.ID, people, func(k *acquaintance) { k.card, k.one, k.at = card, one, time.Now() })
	now := c.Clock.Time()
	if news := t.Customer != card.ID || t.LookedUpAt.IsZero(); news || card.ID == 0 && now.Sub(t.LookedUpAt) >= strangerAgain {
		if err := c.Store.KeepPerson(ctx, t.ID, card.ID, c.onlyPhone(t, card), now); err != nil {
			return card, one, err
		}
	}
	return card, one, nil
}

// onlyPhone is the number of a chat's customer, when his card has just one. What stands
// there may come from the card to which he was tied before.
func (c *Clerk) onlyPhone(t gateway.Conversation, card gateway.Customer) device.Phone {
	if t.Channel != device.Chat || t.Phone != "" && !retied(t, card) {
		return ""
	}
	var only device.Phone
	for _, field := range card.Phones {
		numbers, _ := device.ParsePhones(field, c.Live.Now().Settings.Shop.Region)
		for _, n := range numbers {
			if only != "" && only != n.Phone {
				return ""
			}
			only = n.Phone
		}
	}
	return only
}

// retied tells whether a conversation was somebody else's by an earlier word of the CRM.
func retied(t gateway.Conversation, card gateway.Customer) bool {
	return t.Customer != 0 && t.Customer != card.ID
}

// names tells whether one of the fields, as typed, holds the number.
func (c *Clerk) names(fields []string, phone device.Phone) bool {
	return slices.ContainsFunc(fields, func(field string) bool {
		numbers, err := device.ParsePhones(field, c.Live.Now().Settings.Shop.Region)
		return err == nil && slices.ContainsFunc(numbers, func(n device.Number) bool { return n.Phone == phone })
	})
}

// whoIs is by what the CRM knows a conversation's customer. A chat is his to whom the CRM
// ties it now: managers correct that, so that the card of before does not count, nor the number
// that came from it.
func whoIs(t gateway.Conversation) gateway.Who {
	if t.Channel == device.Chat && t.Chat.Customer != 0 {
		return gateway.Who{ChatCustomer: t.Chat.Customer}
	}
	return gateway.Who{Customer: t.Customer, Phone: t.Phone}
}

// ordersOf are the writer's orders; false when the CRM does not answer.
func (c *Clerk) ordersOf(ctx context.Context, t gateway.Conversation) ([]bot.Order, bool) {
	orders, err := c.rawOrders(ctx, t)
	if err != nil {
		c.Log.Warn("orders of a customer are not to be had", "conversation", t.ID, "error", err)
		return nil, false
	}
	list := make([]bot.Order, 0, len(orders))
	for _, o := range orders {
		list = append(list, botOrder(o))
	}
	return list, true
}

func (c *Clerk) rawOrders(ctx context.Context, t gateway.Conversation) ([]gateway.Order, error) {
	if known := c.known(t.ID); known.ordersHold() {
		return known.orders, nil
	}
	people := c.People()
	if people == nil {
		return nil, device.Errorf(device.Unavailable, "talk: orders", "no CRM is set")
	}
	ctx, cancel := context.WithTimeout(ctx, orderPatience)
	defer cancel()
	who := whoIs(t)
	if who.ChatCustomer != 0 {
		known := c.known(t.ID)
		if !known.cardHolds() {
			var err error
			if known.card, known.one, err = c.meet(ctx, t); err != nil {
				return nil, err
			}
		}
		switch {
		case known.one:
			who = gateway.Who{Customer: known.card.ID}
		case t.Customer == 0:
			who = gateway.Who{Phone: t.Phone} // which the messenger told
		default:
			who = gateway.Who{}
		}
	}
	if who.Customer == 0 && who.Phone == "" {
		return nil, nil // nobody whom the CRM knows
	}
	orders, err := people.OrdersOf(ctx, who, mostOrders)
	if err == nil && who.Customer != 0 && who.Phone != "" {
		// A number that was taken off the card, or the order, is another one's now.
		orders = slices.DeleteFunc(orders, func(o gateway.Order) bool { return !c.names(o.Phones, who.Phone) })
		if len(orders) == 0 {
			orders, err = people.OrdersOf(ctx, gateway.Who{Phone: who.Phone}, mostOrders)
		}
	}
	if err != nil {
		return nil, err
	}
	c.people.put(t.ID, people, func(k *acquaintance) { k.orders, k.ordersAt = orders, time.Now() })
	return orders, nil
}

func botOrder(o gateway.Order) bot.Order {
	return bot.Order{
		ID: o.ID, Number: o.Number, Status: o.Fields["order.status"], Date: o.Fields["order.createdAt"],
		Sum: o.Fields["order.totalSumm"], Fields: o.Fields,
	}
}

// lookUp finds an order by its number and the last four digits of a phone. Whoever
// guesses hears the same whether the number or the digits are wrong.
func (c *Clerk) lookUp(ctx context.Context, number, last4 string) bot.Lookup {
	l := bot.Lookup{Number: number, Last4: last4, State: bot.LookupUnavailable}
	if !c.lookups.Allow() || !c.guesses.may(number, c.Clock.Time()) {
		l.State = bot.LookupLimited
		return l
	}
	orders := c.Orders()
	if orders == nil {
		return l
	}
	ctx, cancel := context.WithTimeout(ctx, orderPatience)
	defer cancel()
	order, err := orders.FindOrder(ctx, number)
	switch {
	case device.KindOf(err) == device.NotFound:
		l.State = bot.LookupNotFound
		return l
	case err != nil:
		c.Log.Warn("an order cannot be looked up", "error", err)
		return l
	}
	l.State = bot.LookupNotFound
	for _, field := range order.Phones {
		if digits := onlyDigits(field); len(digits) >= 10 && strings.HasSuffix(digits, last4) && len(last4) == 4 && !order.Deleted {
			l.State, l.Order = bot.LookupFound, botOrder(order)
		}
	}
	if l.State == bot.LookupFound {
		c.guesses.right(number)
	}
	return l
}

func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s)
}

// guesses bounds how often one order's digits may be guessed, by whomever: ten thousand
// are possible.
type guesses struct {
	mu    sync.Mutex
	day   string
	wrong map[string]int
}

// mostGuesses is how many tries an order has on a day.
const mostGuesses = 8

func (g *guesses) may(number string, now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if day := now.Format(time.DateOnly); g.day != day {
		g.day, g.wrong = day, map[string]int{}
	}
	g.wrong[number]++
	return g.wrong[number] <= mostGuesses
}

func (g *guesses) right(number string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.wrong, number)
}
