package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"

	"vestnik/gateway"
	"vestnik/gateway/card"
	"vestnik/gateway/support"
	"vestnik/internal/app"
	"vestnik/sim/helpdeskeddy"
	"vestnik/sim/retailcrm"
	"vestnik/sim/world"
)

const (
	keptCards  = 10_000
	cardLooks  = 400 // pages of as many kept cards
	coldCards  = 5   // of customers with few orders, and of as many with very many
	fewOrders  = 5
	manyOrders = 5000
	openDesk   = 500 // tickets
	deskTime   = 3 * time.Minute
	deskTurn   = 15 * time.Second // a requester writes; each third time it is a new ticket
)

// deskConfig is a helpdesk as a new box has it.
const deskConfig = `
helpdesk: {enabled: true, url: "%s", email: %s, key: "%s", ranking: ["2", "3", "1"], delivery: [delivering], rules_dry: false,
  card_url: "http://vestnik.local:8480", rules: [{name: VIP, when: vip, priority: "1"}]}
`

// cardFill is what the ledger has of customers and tickets before the box starts.
type cardFill struct {
	Cards   int // invented ones, from firstCard
	Tickets []openTicket
	Mailing int // people of a draft
}

// openTicket is one that has been dealt with.
type openTicket struct {
	ID, Requester int
	Customer      int64
	Number, At    string // At as the helpdesk tells times
}

// firstCard is the first id of the invented customers; the CRM has none so high.
const firstCard = 1_000_000

func (f cardFill) put(ctx context.Context, book *app.Book) error {
	if err := putMailing(ctx, book, f.Mailing); err != nil {
		return err
	}
	if f.Cards == 0 && len(f.Tickets) == 0 {
		return nil
	}
	if err := book.AddUser(ctx, benchUser, benchPassword, gateway.Owner); err != nil {
		return err
	}
	now := time.Now()
	for i := range f.Cards {
		if err := book.SaveCard(ctx, inventedCard(firstCard+int64(i), now)); err != nil {
			return err
		}
	}
	if len(f.Tickets) == 0 {
		return nil
	}
	seen := make([]gateway.Ticket, len(f.Tickets))
	for i, t := range f.Tickets {
		seen[i] = gateway.Ticket{
			ID: gateway.TicketID(t.ID), Number: t.Number, Title: "Вопрос", Source: "email", Status: "open", Priority: "2", Department: "1",
			Requester: int64(t.Requester), Created: t.At, Updated: t.At,
		}
	}
	if _, err := book.SeeTickets(ctx, seen, seen[len(seen)-1].Updated, now); err != nil {
		return err
	}
	// They have been dealt with, and are judged again one after the other within six hours.
	for i, ticket := range f.Tickets {
		t, err := book.Ticket(ctx, gateway.TicketID(ticket.ID))
		if err != nil {
			return err
		}
		t.Open, t.Written, t.Found, t.By, t.Customer, t.RaisedFrom = true, t.Updated, card.FoundOne, "phone", ticket.Customer, t.Priority
		t.DueAt = now.Add(6 * time.Hour * time.Duration(i) / time.Duration(len(f.Tickets)))
		if err := book.KeepTicket(ctx, t, []support.Event{{At: now, Reason: gateway.TicketNoted}}, nil); err != nil {
			return err
		}
	}
	return nil
}

// inventedCard is a card with the newest page of orders.
func inventedCard(id int64, now time.Time) card.Kept {
	k := card.Kept{AsOf: now, Total: 20}
	k.Profile = gateway.Profile{
		Customer: gateway.Customer{ID: id, Name: fmt.Sprintf("Покупатель %d", id), Phones: []string{fmt.Sprintf("+7900%07d", id-firstCard)}, ManagerID: 20},
		Site:     "lavka", SiteName: "Лавка", Emails: []string{fmt.Sprintf("c%d@mail.example", id)}, OrdersCount: 20, Total: "18430.00", Currency: "RUB", CreatedAt: now.AddDate(-1, 0, 0),
	}
	for i := range 20 {
		k.Orders = append(k.Orders, gateway.ProfileOrder{
			ID: gateway.OrderID(id*100 + int64(i)), Number: fmt.Sprintf("%d-%d", id, i), Site: "lavka", Customer: id, Manager: 20,
			Status: "complete", StatusName: "Выполнен", Group: "complete", CreatedAt: now.AddDate(0, 0, -i), Total: "921.50", Currency: "RUB",
			Payment: "Картой на сайте: оплачен", Delivery: "СДЭК", Track: fmt.Sprintf("10%08d", i), URL: "https://lavka.retailcrm.example/orders/1/edit",
			Items: []gateway.ProfileItem{{Name: "Чай «Лесной», 100 г", Quantity: "2", Price: "450.00", Offer: int64(i)}, {Name: "Мёд липовый, 500 г", Quantity: "1", Price: "21.50"}},
		})
		k.Entries = append(k.Entries, gateway.ProfileEntry{Kind: "note", At: now.AddDate(0, 0, -i), Text: "Просит звонить после шести вечера", By: "Игорь Соболев"})
	}
	return k
}

// benchCards measures the cards of customers, and what the helpdesk and the CRM are asked.
func benchCards(ctx context.Context, dir string) ([]figure, error) {
	figures, err := benchCardPages(ctx, mkdir(dir, "pages"))
	if err != nil {
		return nil, err
	}
	more, err := benchDesk(ctx, mkdir(dir, "desk"))
	return append(figures, more...), err
}

func benchCardPages(ctx context.Context, dir string) ([]figure, error) {
	w, err := world.New(world.Options{Dir: mkdir(dir, "world"), CRMRate: -1})
	if err != nil {
		return nil, err
	}
	defer w.Close()
	var few, many []int
	for i := range 2 * coldCards {
		c := w.CRM.AddCustomer(retailcrm.Customer{FirstName: "Ольга", LastName: fmt.Sprintf("Холодова %d", i), Phones: []string{fmt.Sprintf("+7901%07d", i)}, ManagerID: 20})
		n, list := fewOrders, &few
		if i%2 == 1 {
			n, list = manyOrders, &many
		}
		for range n {
			w.CRM.AddOrder(retailcrm.Order{CustomerID: c.ID, FirstName: c.FirstName, Status: "complete", ManagerID: 20, Items: []retailcrm.Item{{Name: "Чай", Price: 450, Quantity: 1}}})
		}
		*list = append(*list, c.ID)
	}
	b, err := startFilled(ctx, dir, w, cardFill{Cards: keptCards})
	if err != nil {
		return nil, err
	}
	defer b.stop() //nolint:errcheck // the figures are taken
	browser, err := b.login()
	if err != nil {
		return nil, err
	}
	time.Sleep(10 * time.Second) // until the CRM has been read
	var kept []time.Duration
	for i := range cardLooks {
		id := firstCard + rand.Int64N(keptCards)
		took, err := b.page(browser, id, fmt.Sprintf("Покупатель %d", id))
		if err != nil {
			return nil, err
		}
		if i > 0 { // the first one warms the page
			kept = append(kept, took)
		}
	}
	w.CRM.Faults().SlowBy(slowCRM)
	defer w.CRM.Faults().Clear()
	cold := map[bool][]time.Duration{}
	for i := range coldCards {
		for isMany, list := range map[bool][]int{false: few, true: many} {
			time.Sleep(3 * time.Second) // the box has its five requests again
			took, err := b.page(browser, int64(list[i]), "Холодова")
			if err != nil {
				return nil, err
			}
			cold[isMany] = append(cold[isMany], took)
		}
	}
	return []figure{
		{"card from the cache, p95", ms(p95(kept)), "ms", atMost(50), fmt.Sprintf("the whole page /card/… by HTTP with a login, %d looks at %d kept cards of 20 orders; p50 %.1f ms; each look is written down", len(kept), keptCards, ms(median(kept)))},
		{"cold card, customer with 5 orders", ms(median(cold[false])), "ms", atMost(1200), fmt.Sprintf("a CRM that takes 300 ms for each answer; median of %d, longest %.0f ms", coldCards, ms(percentile(cold[false], 100)))},
		{"cold card, customer with 5,000 orders", ms(median(cold[true])), "ms", atMost(1200), fmt.Sprintf("the same; median of %d, longest %.0f ms", coldCards, ms(percentile(cold[true], 100)))},
	}, nil
}

func startFilled(ctx context.Context, dir string, w *world.World, fill cardFill) (*box, error) {
	return startBoxOn(ctx, dir, w, fmt.Sprintf(deskConfig, w.HelpdeskURL, world.HelpdeskEmail, w.HelpdeskKey), fill)
}

// login is a browser of somebody who has logged in.
func (b *box) login() (*http.Client, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	browser := &http.Client{Jar: jar}
	page, err := read(browser.Get(b.url + "/login"))
	if err != nil {
		return nil, err
	}
	_, rest, _ := strings.Cut(page, `name="csrf" value="`)
	csrf, _, _ := strings.Cut(rest, `"`)
	_, err = read(browser.PostForm(b.url+"/login", url.Values{"csrf": {csrf}, "name": {benchUser}, "password": {benchPassword}}))
	return browser, err
}

func read(resp *http.Response, err error) (string, error) {
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", resp.Request.URL.Path, resp.Status)
	}
	return string(text), err
}

// page is how long a customer's card takes, which must name him.
func (b *box) page(browser *http.Client, customer int64, name string) (time.Duration, error) {
	began := time.Now()
	text, err := read(browser.Get(fmt.Sprintf("%s/card/%d", b.url, customer)))
	took := time.Since(began)
	if err == nil && !strings.Contains(text, name) {
		err = fmt.Errorf("the card of customer %d does not name %s", customer, name)
	}
	return took, err
}

// benchDesk measures what a desk with many open tickets costs in requests.
func benchDesk(ctx context.Context, dir string) ([]figure, error) {
	w, err := world.New(world.Options{Dir: mkdir(dir, "world"), CRMRate: -1})
	if err != nil {
		return nil, err
	}
	defer w.Close()
	people := w.CRM.Customers()[:20]
	fill := cardFill{}
	moscow, err := time.LoadLocation("Europe/Moscow")
	if err != nil {
		return nil, err
	}
	for i := range openDesk {
		at := time.Now().Add(-time.Duration(openDesk-i) * 5 * time.Minute)
		c := people[i%len(people)]
		t := w.Helpdesk.AddTicket(w.Requester(c).ID, "Вопрос", "<p>Добрый день</p>", "email", helpdeskeddy.At(at))
		fill.Tickets = append(fill.Tickets, openTicket{t.ID, t.Requester, int64(c.ID), t.Number, at.In(moscow).Format(time.DateTime)})
	}
	b, err := startFilled(ctx, dir, w, fill)
	if err != nil {
		return nil, err
	}
	defer b.stop()          //nolint:errcheck // the figures are taken
	time.Sleep(time.Minute) // until the box has read what it reads once
	began := time.Now()
	asked := len(w.CRM.Requests())
	var news []helpdeskeddy.Ticket
	for i := 0; time.Since(began) < deskTime; i++ {
		if i%3 == 0 {
			news = append(news, w.Asks(people[rand.IntN(len(people))], "Новый вопрос", "Добрый день"))
		} else if _, err := w.Helpdesk.ClientWrites(fill.Tickets[rand.IntN(openDesk)].ID, "<p>И ещё вопрос</p>"); err != nil {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(deskTurn):
		}
	}
	took := time.Since(began)
	requests, crm := w.Helpdesk.Requests(began), len(w.CRM.Requests())-asked
	served := 0
	for _, t := range news {
		served += min(len(w.Helpdesk.Comments(t.ID)), 1)
	}
	note := fmt.Sprintf("%d open tickets, %s, %d new ones and twice as many words of requesters in it; %d of the new ones have their card", openDesk, took.Round(time.Second), len(news), served)
	return []figure{
		{"requests to HelpDeskEddy in a minute", float64(requests) / took.Minutes(), "requests", atMost(60), note},
		{"requests to HelpDeskEddy, most within any minute", float64(w.Helpdesk.MaxPerMinute()), "requests", atMost(60), "from the start of the box; the account gives 300"},
		{"requests to RetailCRM in a second", float64(crm) / took.Seconds(), "requests", atMost(1), "everything that the box asks: orders' history every 5 s, cards, notes"},
	}, nil
}
