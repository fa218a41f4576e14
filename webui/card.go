package webui

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/card"
	"vestnik/gateway/support"
)

func (s *Server) cardRoutes(a *fiber.App, manager fiber.Handler) {
	a.Get("/card", s.findCard)
	a.Post("/card", s.createCard)
	a.Get("/card/t/:ticket<int>", s.showTicketCard)
	a.Post("/card/t/:ticket<int>/choose", s.chooseCard)
	a.Post("/card/t/:ticket<int>/create", s.createFromTicket)
	a.Get("/card/:id<int>", s.showCard)
	a.Post("/card/:id<int>/status", s.insertStatus)
	a.Post("/card/:id<int>/write", s.writeFromCard)
	a.Post("/card/:id<int>/note", s.noteFromCard)
	a.Post("/card/:id<int>/task", s.taskFromCard)
	a.Post("/card/:id<int>/renew", s.renewCard)
	a.Get("/card/:id<int>/looks", manager, s.showLooks)
	a.Post("/card/:id<int>/erase", manager, s.eraseCard)
}

// cardPage is the live card: of a customer, or of a ticket whose customer may not be
// known.
type cardPage struct {
	*Frame
	Card   *cardView
	Ticket *ticketView
	Do     cardDo
	More   moreOrders
	Away   string // why there is no card, in a sentence
	Who    string // the heading
	Live   string
	Top    string // addresses of the parts that refresh themselves
	Lines  string
	Make   createForm
}

// Deeds are what can be done from a card.
func (*cardPage) Deeds() []string { return cardDeeds }

// ticketView is the ticket beside the card.
type ticketView struct {
	ID         gateway.TicketID
	Number     string
	Title      string
	URL        string
	Says       string // by what the person was found, or why not
	Many, None bool
	MayMake    bool
	Candidates []candidateView
	Known      []cardFact // what the helpdesk knows of a stranger
	Raised     string
	Problem    string // what went wrong with the ticket here
	numbers    []string
}

type candidateView struct {
	card.Candidate
	Sum  string
	Says string
	URL  string
}

// slimFrame is the frame of a page without a menu: it stands in a narrow window beside the
// helpdesk.
func (s *Server) slimFrame(c *fiber.Ctx, title string) (*Frame, error) {
	f, err := s.bareFrame(c, title)
	if err == nil {
		f.Slim = true
	}
	return f, err
}

func (s *Server) showCard(c *fiber.Ctx) error {
	id, ticket := cardIDs(c)
	if c.Query("part") == "more" {
		return s.showMoreOrders(c, id, ticket)
	}
	p, err := s.cardPage(c, id, ticket)
	if err != nil {
		return err
	}
	return s.drawCard(c, fiber.StatusOK, p)
}

// cardIDs are the customer and the ticket that a request is about.
func cardIDs(c *fiber.Ctx) (customer int64, ticket gateway.TicketID) {
	customer, _ = strconv.ParseInt(c.Params("id"), 10, 64)
	raw := c.Params("ticket")
	if raw == "" {
		raw = c.Query("ticket")
	}
	if raw == "" && c.Method() == fiber.MethodPost {
		raw = c.FormValue("ticket")
	}
	t, _ := strconv.ParseInt(raw, 10, 64)
	return customer, gateway.TicketID(max(t, 0))
}

func (s *Server) drawCard(c *fiber.Ctx, status int, p *cardPage) error {
	if p.Card != nil && p.Do.What == "" && c.Method() == fiber.MethodGet {
		if err := s.prepareDo(c, p, c.Query("do")); err != nil {
			return err
		}
	}
	return s.render(c, status, "card", p)
}

// cardPage is the page with a customer's card on it.
func (s *Server) cardPage(c *fiber.Ctx, customer int64, ticket gateway.TicketID) (*cardPage, error) {
	f, err := s.slimFrame(c, "card.title")
	if err != nil {
		return nil, err
	}
	p := &cardPage{Frame: f}
	return p, s.fillCard(c, p, customer, ticket)
}

func (s *Server) fillCard(c *fiber.Ctx, p *cardPage, customer int64, ticket gateway.TicketID) error {
	k, err := s.o.Support.Card(c.UserContext(), customer, s.lookOf(c, customer, ticket))
	switch device.KindOf(err) {
	case device.Unavailable, device.RateLimited, device.Unauthorized:
		if err != nil {
			p.Away, p.Live = s.crmAway(p.Frame), "/card/"+strconv.FormatInt(customer, 10)+"?part=whole"
			if ticket != 0 {
				p.Live = "/card/t/" + strconv.FormatInt(int64(ticket), 10) + "?part=whole"
			}
			if p.Who == "" {
				p.Who = p.words.say("card.title")
			}
			return nil
		}
	}
	if err != nil {
		return err
	}
	s.opened(c, customer, ticket)
	if ticket != 0 && p.Ticket == nil {
		// The card stands without its ticket when that was taken away.
		if t, _, err := s.o.Support.Ticket(c.UserContext(), ticket); err == nil {
			p.Ticket = s.ticketView(p.Frame, t)
		}
	}
	if p.Ticket != nil {
		k.Mention(p.Ticket.numbers)
	}
	p.Card, p.Live = p.cardView(k, ticket), ""
	p.Who, p.Title = p.Card.Name, p.Card.Name
	p.Top, p.Lines = p.Card.Base+"?part=top"+p.Card.Keep, p.Card.Base+"?part=lines"+p.Card.Keep
	return nil
}

// crmAway says that the CRM cannot be asked, and since when.
func (s *Server) crmAway(f *Frame) string {
	if since := s.o.Desk.CRM().Since; !since.IsZero() && s.o.Desk.CRM().State != gateway.CRMConnected {
		return f.words.say("card.away_since", "at", f.hourOf(since))
	}
	return f.words.say("card.away")
}

// showTicketCard is the card of who wrote a ticket.
func (s *Server) showTicketCard(c *fiber.Ctx) error {
	_, id := cardIDs(c)
	p, err := s.ticketPage(c, id)
	if err != nil {
		return err
	}
	return s.drawCard(c, fiber.StatusOK, p)
}

func (s *Server) ticketPage(c *fiber.Ctx, id gateway.TicketID) (*cardPage, error) {
	t, _, err := s.o.Support.Ticket(c.UserContext(), id)
	if err != nil {
		return nil, err
	}
	f, err := s.slimFrame(c, "card.title")
	if err != nil {
		return nil, err
	}
	p := &cardPage{Frame: f, Ticket: s.ticketView(f, t), Who: requesterName(f, t)}
	p.Title, p.Live = p.Who, "/card/t/"+strconv.FormatInt(int64(id), 10)+"?part=whole"
	switch {
	case t.Found == card.FoundOne && t.Customer != 0:
		return p, s.fillCard(c, p, t.Customer, id)
	case t.Found == card.FoundAway:
		p.Away = s.crmAway(f)
	case p.Ticket.MayMake:
		p.Make, err = s.createForm(c.UserContext(), f, t)
	}
	return p, err
}

func (s *Server) ticketView(f *Frame, t support.Ticket) *ticketView {
	v := &ticketView{ID: t.ID, Number: t.Number, Title: clip(t.Title, 160), URL: webAddress(t.URL), numbers: t.Numbers}
	if v.Number == "" {
		v.Number = strconv.FormatInt(int64(t.ID), 10)
	}
	book := gateway.HelpdeskBook{}
	if row := ticketRow(f, t, book); row.Once != "" && t.RaisedTo != "" {
		v.Raised = f.words.say("card.raised", "why", t.RaisedWhy)
	}
	if t.Error != "" && f.Manager() {
		v.Problem = t.Error
	}
	switch t.Found {
	case card.FoundOne:
		v.Says = foundBy(f, t.By)
	case card.FoundMany:
		v.Many = true
	case card.FoundNone:
		v.None = true
		v.MayMake = f.settings.Helpdesk.Unknown != gateway.UnknownOff && t.Robot == ""
		v.Says = f.words.say("card.unknown")
		if t.Robot != "" {
			v.Says = f.words.say("card.unknown_robot", "address", t.Person.Email)
		}
	case card.FoundAway:
	default:
		v.Says = f.words.say("card.looking")
	}
	if v.None || t.Found == card.FoundAway {
		for _, fact := range []struct{ key, value string }{
			{"card.known_name", requesterName(f, t)}, {"card.emails", t.Person.Email}, {"card.phones", t.Person.Phone}, {"card.known_numbers", strings.Join(t.Numbers, ", ")},
		} {
			if fact.value != "" {
				v.Known = append(v.Known, cardFact{f.words.say(fact.key), fact.value})
			}
		}
	}
	for _, k := range t.Candidates {
		v.Candidates = append(v.Candidates, candidate(f, k))
	}
	return v
}

func candidate(f *Frame, k card.Candidate) candidateView {
	orders, _ := f.words.tn("card.orders_n", k.Orders, "count", grouped(strconv.Itoa(k.Orders)))
	return candidateView{Candidate: k, Sum: f.money(k.Total, k.Currency), Says: orders, URL: webAddress(k.URL)}
}

// moreOrders is a further page of a customer's orders.
type moreOrders struct {
	Orders []cardOrder
	Next   string
	Says   string
	Failed string
	Again  string // the page that could not be read
}

// ordersOnPage is how many orders MoreOrders gives at once.
const ordersOnPage = 20

func (s *Server) showMoreOrders(c *fiber.Ctx, customer int64, ticket gateway.TicketID) error {
	f, err := s.slimFrame(c, "card.title")
	if err != nil {
		return err
	}
	page := max(c.QueryInt("page", 1), 1)
	p := &cardPage{Frame: f}
	base := "/card/" + c.Params("id") + "?part=more"
	if ticket != 0 {
		base += "&ticket=" + strconv.FormatInt(int64(ticket), 10)
	}
	p.Card = &cardView{Base: "/card/" + c.Params("id"), Ticket: ticket}
	var k card.Card
	orders, total, err := s.o.Support.MoreOrders(c.UserContext(), customer, page)
	if err == nil { // a look is written down with the card
		k, err = s.o.Support.Card(c.UserContext(), customer, s.lookOf(c, customer, ticket))
	}
	if err != nil {
		_, key := statusOf(err)
		p.More.Failed, p.More.Again = f.words.say(key), base+"&page="+strconv.Itoa(page)
		return s.render(c, fiber.StatusOK, "card", p)
	}
	if page == 1 { // a part of the first page stands on the card already
		orders = notShown(orders, k.Orders)
	}
	for _, o := range orders {
		p.More.Orders = append(p.More.Orders, f.cardOrder(o))
	}
	if left := total - page*ordersOnPage; left > 0 {
		p.More.Next = base + "&page=" + strconv.Itoa(page+1)
		p.More.Says, _ = f.words.tn("card.more", left)
	}
	return s.render(c, fiber.StatusOK, "card", p)
}

func notShown(orders, shown []card.Order) []card.Order {
	return slices.DeleteFunc(slices.Clone(orders), func(o card.Order) bool {
		return slices.ContainsFunc(shown, func(k card.Order) bool { return k.ID == o.ID })
	})
}

// findPage is the search for a card.
type findPage struct {
	*Frame
	Query      string
	Candidates []candidateView
	Says       string
	Away       bool
	Make       createForm
	MayMake    bool
}

func (s *Server) findCard(c *fiber.Ctx) error {
	f, err := s.slimFrame(c, "card.find_title")
	if err != nil {
		return err
	}
	p := findPage{Frame: f, Query: strings.TrimSpace(c.Query("q"))}
	if p.Query == "" {
		return s.render(c, fiber.StatusOK, "card_find", p)
	}
	h := hintsOf(p.Query, f.Shop.Region)
	found, err := s.o.Support.FindCustomer(c.UserContext(), h)
	if err != nil {
		p.explain(err)
		return s.render(c, fiber.StatusOK, "card_find", p)
	}
	switch found.Status {
	case card.FoundOne:
		return c.Redirect("/card/"+strconv.FormatInt(found.Customer, 10), fiber.StatusSeeOther)
	case card.FoundMany:
		for _, k := range found.Candidates {
			p.Candidates = append(p.Candidates, candidate(f, k))
		}
	case card.FoundAway:
		p.Away, p.Says = true, s.crmAway(f)
	default:
		p.Says, p.MayMake = f.words.say("card.find_none"), true
		if found.NoHints {
			p.Says, p.MayMake = f.words.say("card.find_no_hints"), false
		}
		if p.MayMake {
			p.Make, err = s.createForm(c.UserContext(), f, support.Ticket{Person: gateway.Requester{Email: first(h.Emails), Phone: first(h.Phones)}})
		}
	}
	if err != nil {
		return err
	}
	return s.render(c, fiber.StatusOK, "card_find", p)
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// hintsOf takes one typed thing for an address, a number or an order.
func hintsOf(typed, region string) card.Hints {
	if strings.Contains(typed, "@") {
		return card.Hints{Emails: []string{strings.ToLower(typed)}}
	}
	if _, err := device.ParsePhone(typed, region); err == nil {
		return card.Hints{Phones: []string{typed}}
	}
	return card.Hints{Numbers: []string{strings.TrimLeft(typed, "#№ ")}}
}

// looksPage is who has looked at a card, and the button that forgets it.
type looksPage struct {
	*Frame
	Name  string
	Base  string
	Looks []Look
	Sure  bool
}

const shownLooks = 50

func (s *Server) showLooks(c *fiber.Ctx) error {
	id, _ := cardIDs(c)
	f, err := s.slimFrame(c, "card.looks_title")
	if err != nil {
		return err
	}
	p := looksPage{Frame: f, Base: "/card/" + c.Params("id"), Sure: c.Query("sure") != ""}
	p.Looks, err = s.o.Support.Looks(c.UserContext(), id, shownLooks)
	if err != nil {
		return err
	}
	return s.render(c, fiber.StatusOK, "card_looks", p)
}

func (s *Server) eraseCard(c *fiber.Ctx) error {
	id, _ := cardIDs(c)
	if c.FormValue("sure") == "" {
		return c.Redirect("/card/"+c.Params("id")+"/looks?sure=1", fiber.StatusSeeOther)
	}
	if err := s.o.Support.EraseCustomer(c.UserContext(), id, visitorOf(c).User.Name); err != nil {
		return err
	}
	return c.Redirect("/card?done=card_erased", fiber.StatusSeeOther)
}

// within bounds what a page waits for a list that it can do without.
func within[T any](ctx context.Context, ask func(context.Context) ([]T, error)) []T {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	list, err := ask(ctx)
	if err != nil {
		return nil
	}
	return list
}

// backToCard is where a form of the card leads when it is done.
func backToCard(c *fiber.Ctx, done string) string {
	id, ticket := cardIDs(c)
	to := "/card/" + strconv.FormatInt(id, 10)
	if ticket != 0 {
		to = "/card/t/" + strconv.FormatInt(int64(ticket), 10)
	}
	return to + "?" + url.Values{"done": {done}}.Encode()
}
