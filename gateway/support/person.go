package support

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/card"
)

// personAge is how long a helpdesk's user is taken as last read.
const personAge = 24 * time.Hour

// By what a customer was found beside what card.Found says.
const (
	byChoice = "choice"
	byMade   = "made" // his card was made for the ticket
)

// whoAsks finds out who the requester is: the ticket itself lacks his phone.
func (w *work) whoAsks(ctx context.Context) error {
	p := gateway.Requester{ID: w.t.Requester, Name: w.t.Name, Email: w.t.Email}
	if w.t.Requester != 0 {
		kept, at, err := w.Store.Person(ctx, w.t.Requester)
		switch {
		case err != nil && device.KindOf(err) != device.NotFound:
			return boxed(err)
		case err == nil && !at.IsZero() && w.now().Sub(at) < personAge:
			p = kept
		default:
			read, asked := allowed(w.Clerk, doRequester, func() (gateway.Requester, error) { return w.desk.Requester(ctx, w.t.Requester) })
			if err == nil && !at.IsZero() {
				p = kept // better than nothing, should he not be read
			}
			switch err = asked; {
			case err == nil:
				p = read
				if err := w.Store.KeepRequester(ctx, p, w.now()); err != nil {
					return boxed(err)
				}
			case w.without(err):
			case device.KindOf(err) != device.NotFound:
				return err
			}
		}
	}
	if had := w.t.Person.ID; had != 0 && had != p.ID {
		w.t.Found, w.t.By, w.t.Customer, w.t.Candidates, w.t.Numbers = "", "", 0, nil, nil
		w.t.Written = "" // what was said is somebody else's now
		w.t.Asked, w.t.Former, w.another = "", w.t.Comment != 0, true
		w.note(gateway.TicketNewAsker, gateway.Args{"name": p.Name})
	}
	if p != w.t.Person && w.t.By != byChoice && w.t.By != byMade {
		w.unfind() // another address or number
	}
	w.t.Person = p
	w.t.Robot = robot(p, w.t.Ticket, w.h)
	if w.t.Robot != "" {
		w.note(gateway.TicketRobot, gateway.Args{"robot": w.t.Robot})
	}
	return nil
}

// whatSaid reads what was written when something has changed in the ticket that this box did
// not write.
func (w *work) whatSaid(ctx context.Context) error {
	if w.t.Written == w.t.Updated && w.t.Topic != "" {
		return nil
	}
	posts, err := w.posts(ctx)
	if w.without(err) { // the title alone says little of the topic
		w.mentions(card.NumbersIn(w.t.Title, nil))
		return nil
	}
	if err != nil {
		return w.lost(ctx, err)
	}
	w.text, w.t.Asked = asked(w.t.Ticket, posts), max(w.t.Asked, lastAsked(w.t.Ticket, posts))
	w.t.Post = newestPost(posts)
	if w.t.FirstAnswer == 0 {
		w.t.FirstAnswer = firstAnswer(w.t.Ticket, posts)
	}
	w.mentions(card.NumbersIn(w.text, nil))
	w.t.Topic = TopicOf(w.text)
	return nil
}

// saidMore tells whether somebody wrote after the texts were read. The time of our own write covers his,
// so that no look would show it.
func (w *work) saidMore(ctx context.Context) (bool, error) {
	if w.t.Post == 0 {
		return false, nil
	}
	posts, err := w.posts(ctx)
	if lacksRight(err) != "" {
		return false, nil
	}
	return newestPost(posts) > w.t.Post, err
}

func (w *work) posts(ctx context.Context) ([]gateway.TicketPost, error) {
	return allowed(w.Clerk, doPosts, func() ([]gateway.TicketPost, error) { return w.desk.Posts(ctx, w.t.ID) })
}

// mentions notes order numbers that the texts name; a new one may choose among several
// customers.
func (w *work) mentions(numbers []string) {
	for _, n := range numbers {
		if n == w.t.Number || card.Named(n, w.t.Numbers) || len(w.t.Numbers) >= mostNumbers {
			continue
		}
		w.t.Numbers = append(w.t.Numbers, n)
		if w.t.Found != card.FoundOne {
			w.unfind()
		}
	}
}

// unfind has the customer looked for again. One who was certain stays until there is an answer.
func (w *work) unfind() {
	if w.t.Found == card.FoundAway {
		w.t.By, w.t.Customer = "", 0
	}
	w.t.Found = ""
}

// certain tells whether the customer is known by an answer of the CRM, not only by what is kept of it:
// the cache may not have heard of another one with the same address. On one who is not certain nothing
// is built but what employees are shown.
func (w *work) certain() bool { return w.card != nil && w.t.Found != card.FoundAway }

// whose finds the customer, as far as the CRM or the cache can say.
func (w *work) whose(ctx context.Context) error {
	if w.t.Robot != "" {
		if w.t.By != byChoice {
			w.t.Found, w.t.By, w.t.Customer, w.t.Candidates = "", "", 0, nil
		}
		return nil
	}
	for range 2 { // a card that is no more is looked for once again
		if w.t.Found != card.FoundOne && w.t.By != byChoice {
			w.find(ctx)
		}
		if w.t.Found != card.FoundOne && w.t.Found != card.FoundAway || w.t.Customer == 0 {
			break
		}
		away := w.away
		k, err := w.Cards.Card(ctx, w.t.Customer)
		if err == nil {
			w.knows(k)
			if w.t.Found == card.FoundAway {
				w.away = nameOr(w.away, away) // he is looked for again whatever the card is
			}
			break
		}
		if device.KindOf(err) != device.NotFound {
			w.crmAway("", err)
			break
		}
		w.t.Found, w.t.By, w.t.Customer = "", "", 0
	}
	return nil
}

// knows takes up the customer's card.
func (w *work) knows(k card.Card) {
	if w.text != "" {
		w.t.Products = productsIn(w.text, k.Orders)
		var own []string
		for _, o := range k.Orders {
			own = append(own, o.Number)
		}
		w.mentions(card.NumbersIn(w.text, own))
	}
	k.Orders = slices.Clone(k.Orders)
	for i := range k.Orders {
		k.Orders[i].Mentioned = card.Named(k.Orders[i].Number, w.t.Numbers)
	}
	slices.SortStableFunc(k.Orders, func(a, b card.Order) int { // those that it is about come first
		switch {
		case a.Mentioned == b.Mentioned:
			return 0
		case a.Mentioned:
			return -1
		}
		return 1
	})
	if k.Profile.ID != 0 {
		w.t.Customer = k.Profile.ID // merged into another one
	}
	w.card, w.away = &k, string(k.Away)
}

func (w *work) crmAway(state gateway.CRMState, err error) {
	w.away = crmWord(state, err)
	if w.away == "" {
		w.away = string(gateway.CRMFailing)
	}
	w.note(gateway.TicketCRMAway, gateway.Args{"crm": w.away})
}

// find asks whom the hints fit. What was known before stays while the CRM is away.
func (w *work) find(ctx context.Context) {
	f, err := w.Cards.Find(ctx, w.hints())
	if err != nil {
		w.crmAway("", err)
		return
	}
	switch f.Status {
	case card.FoundAway:
		if w.t.Customer == 0 || w.t.Found == card.FoundAway {
			w.t.Found = card.FoundAway
		} else {
			w.t.Found = card.FoundOne
		}
		w.crmAway(f.Away, nil)
	case card.FoundOne:
		if f.Away != "" {
			w.seems(f)
			return
		}
		w.t.Found, w.t.By, w.t.Customer, w.t.Candidates = card.FoundOne, f.By, f.Customer, nil
		w.note(gateway.TicketFound, gateway.Args{"by": f.By})
	case card.FoundMany:
		w.t.Found, w.t.By, w.t.Customer, w.t.Candidates = card.FoundMany, f.By, 0, f.Candidates
		w.note(gateway.TicketMany, gateway.Args{"count": strconv.Itoa(len(f.Candidates))})
		if f.Away != "" {
			w.crmAway(f.Away, nil)
		}
	default:
		w.t.Found, w.t.By, w.t.Customer, w.t.Candidates = card.FoundNone, "", 0, nil
		if f.NoHints {
			w.nobody = true
			w.note(gateway.TicketNoHints, nil)
			return
		}
		w.note(gateway.TicketUnknown, nil)
		if w.h.Unknown == gateway.UnknownAuto && w.t.Open {
			w.make(ctx)
		}
	}
}

// seems takes up a customer whom only the cache names. One whom the CRM has named before stays.
func (w *work) seems(f card.Found) {
	w.crmAway(f.Away, nil)
	switch {
	case w.t.Customer == 0 || w.t.Found == card.FoundAway || w.t.Found == card.FoundMany:
		w.t.Found, w.t.By, w.t.Customer, w.t.Candidates = card.FoundAway, f.By, f.Customer, nil
	default:
		w.t.Found = card.FoundOne
	}
}

func (w *work) hints() card.Hints {
	h := card.Hints{Requester: w.t.Person.ID, Numbers: w.t.Numbers}
	for _, mail := range []string{w.t.Person.Email, w.t.Email} {
		if mail = strings.TrimSpace(mail); mail != "" && !slices.Contains(h.Emails, mail) {
			h.Emails = append(h.Emails, mail)
		}
	}
	if w.t.Person.Phone != "" {
		h.Phones = []string{w.t.Person.Phone}
	}
	return h
}

// make makes a card for a requester whom the CRM does not know. The CRM knows the card again by
// the helpdesk's user, so that a lost answer makes no second one.
func (w *work) make(ctx context.Context) {
	n := w.newCustomer(w.t, w.h.UnknownSite)
	if n.Email == "" && n.Phone == "" {
		return
	}
	id, err := w.Cards.Make(ctx, n, "")
	switch kind := device.KindOf(err); kind {
	case "":
		w.t.Found, w.t.By, w.t.Customer = card.FoundOne, byMade, id
		w.note(gateway.TicketMade, gateway.Args{"name": w.t.Person.Name})
	case device.Refused, device.Invalid, device.Conflict:
		w.note(gateway.TicketNotMade, gateway.Args{"error": err.Error()})
	default:
		w.crmAway("", err)
	}
}

// newCustomer is the card to make for a ticket's requester.
func (c *Clerk) newCustomer(t Ticket, site string) gateway.NewCustomer {
	n := gateway.NewCustomer{ExternalID: externalID(c.settings().URL, t.Person.ID), Site: site}
	n.First, n.Last, _ = strings.Cut(strings.Join(strings.Fields(clean(t.Person.Name)), " "), " ")
	if mail := strings.TrimSpace(t.Person.Email); card.Robot(mail, c.settings().IgnoreDomains...) == "" {
		n.Email = mail
	}
	if phones, _ := device.ParsePhones(t.Person.Phone, c.Live.Now().Settings.Shop.Region); len(phones) > 0 {
		n.Phone = phones[0].Phone
	}
	n.Note = c.say("Обратился в поддержку: ", "Asked support: ") + ticketWords(t)
	return n
}

// ticketWords name a ticket in one line.
func ticketWords(t Ticket) string {
	text := clean(nameOr(t.Number, number(t.ID)))
	if t.Title != "" {
		text += " «" + shorten(clean(t.Title), 120) + "»"
	}
	if t.URL != "" {
		text += " " + t.URL
	}
	return text
}

func shorten(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return strings.TrimSpace(string(r[:most])) + "…"
	}
	return s
}

func number(id gateway.TicketID) string { return strconv.FormatInt(int64(id), 10) }
