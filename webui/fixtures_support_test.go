package webui

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/card"
	"vestnik/gateway/support"
)

// desk is the fake of Support: a helpdesk with its tickets, and the customers behind them.
type desk struct {
	*shop
	status    gateway.HelpdeskStatus
	test      gateway.HelpdeskTest
	rights    []SupportRight
	book      gateway.HelpdeskBook
	sites     []gateway.Site
	people    []gateway.CRMUser
	tickets   []support.Ticket
	cards     map[int64]card.Card
	pages     map[int64][]card.Order // all orders of a customer, newest first
	found     *card.Found            // what FindCustomer answers; nil: it looks at the cards
	trial     support.Trial
	questions []support.Question
	quality   support.Quality
	looks     []Look
	seen      []CardLook
	queued    bool
	key       string                // the plugin's public key
	slow      func(context.Context) // what FindCustomer waits for
	late      error                 // what WriteTo fails with
}

var (
	_ Support    = (*desk)(nil)
	_ PluginKeys = (*desk)(nil)
)

func (d *desk) HelpdeskStatus() gateway.HelpdeskStatus { return d.status }

func (d *desk) TestHelpdesk(_ context.Context, url, email, key string, ticket gateway.TicketID) (gateway.HelpdeskTest, error) {
	return d.test, d.did(fmt.Sprintf("test %s %s %q %d", url, email, key, ticket))
}
func (d *desk) CRMRights(context.Context) ([]SupportRight, error) { return d.rights, nil }

func (d *desk) HelpdeskBook(_ context.Context, now bool) (gateway.HelpdeskBook, error) {
	if now {
		return d.book, d.did("book")
	}
	return d.book, nil
}
func (d *desk) Sites(context.Context) ([]gateway.Site, error)       { return d.sites, nil }
func (d *desk) CRMUsers(context.Context) ([]gateway.CRMUser, error) { return d.people, nil }
func (d *desk) PluginKey(context.Context) (string, error)           { return d.key, nil }

func (d *desk) TryRules(_ context.Context, rules []gateway.PriorityRule) (support.Trial, error) {
	return d.trial, d.did(fmt.Sprintf("try %d rules", len(rules)))
}

func (d *desk) Tickets(_ context.Context, f support.TicketFilter) ([]support.Ticket, error) {
	var kept []support.Ticket
	for _, t := range d.tickets {
		if f.Open && !t.Open || f.Found != "" && t.Found != f.Found || f.Raised && t.RaisedTo == "" || f.Search != "" && !strings.Contains(t.Number+t.Title+t.Person.Name, f.Search) {
			continue
		}
		kept = append(kept, t)
	}
	return kept, nil
}

func (d *desk) Ticket(_ context.Context, id gateway.TicketID) (support.Ticket, []support.Event, error) {
	for _, t := range d.tickets {
		if t.ID == id {
			return t, nil, nil
		}
	}
	return support.Ticket{}, nil, device.Errorf(device.NotFound, "ticket", "none")
}

func (d *desk) ChoosePerson(_ context.Context, id gateway.TicketID, customer int64, by string) error {
	for i := range d.tickets {
		if d.tickets[i].ID == id {
			d.tickets[i].Found, d.tickets[i].By, d.tickets[i].Customer = card.FoundOne, "choice", customer
			if customer == 0 {
				d.tickets[i].Found = card.FoundNone
			}
		}
	}
	return d.did(fmt.Sprintf("choose %d for %d by %s", customer, id, by))
}

func (d *desk) MakeCustomer(_ context.Context, id gateway.TicketID, site, _ string) (int64, error) {
	return 51, d.did(fmt.Sprintf("make customer for %d in %q", id, site))
}

func (d *desk) MakeCustomerOf(_ context.Context, c gateway.NewCustomer, _ string) (int64, error) {
	return 51, d.did(fmt.Sprintf("make %s %s %s %s %v", c.First, c.Email, c.Phone, c.Site, c.ExternalID != ""))
}

func (d *desk) FindCustomer(ctx context.Context, h card.Hints) (card.Found, error) {
	if d.slow != nil {
		d.slow(ctx)
	}
	if d.found != nil {
		return *d.found, d.fault
	}
	for id, k := range d.cards {
		for _, email := range h.Emails {
			if slices.Contains(k.Profile.Emails, email) {
				return card.Found{Status: card.FoundOne, By: "email", Customer: id}, d.fault
			}
		}
	}
	return card.Found{Status: card.FoundNone}, d.fault
}

func (d *desk) Card(_ context.Context, customer int64, look CardLook) (card.Card, error) {
	if d.fault != nil {
		return card.Card{}, d.fault
	}
	k, ok := d.cards[customer]
	if !ok {
		return k, device.Errorf(device.NotFound, "card", "none")
	}
	if look.By != "" {
		d.mu.Lock()
		d.seen = append(d.seen, look)
		d.mu.Unlock()
	}
	return k, nil
}

func (d *desk) RenewCard(_ context.Context, customer int64, _ CardLook) (card.Card, error) {
	return d.cards[customer], d.did(fmt.Sprintf("renew %d", customer))
}

func (d *desk) MoreOrders(_ context.Context, customer int64, page int) ([]card.Order, int, error) {
	all := d.pages[customer]
	from := min((page-1)*ordersOnPage, len(all))
	return all[from:min(from+ordersOnPage, len(all))], len(all), d.fault
}

func (d *desk) AddNote(_ context.Context, customer int64, text, by string) (bool, error) {
	return d.queued, d.did(fmt.Sprintf("note %d %s by %s", customer, text, by))
}

func (d *desk) GiveTask(_ context.Context, t gateway.Task, by string) (bool, error) {
	return d.queued, d.did(fmt.Sprintf("task %d for %d until %s: %s by %s", t.Customer, t.Performer, t.DueAt.UTC().Format("2006-01-02 15:04"), t.Text, by))
}

func (d *desk) WriteTo(_ context.Context, customer int64, ch device.Channel, to device.Phone, text, key, by string) (gateway.MessageID, error) {
	if d.late != nil {
		return 0, d.late
	}
	return 7, d.did(fmt.Sprintf("write %d %s %s %s %v by %s", customer, ch, to, text, len(key) >= 16, by))
}

func (d *desk) StatusText(_ context.Context, customer int64, order gateway.OrderID) (string, error) {
	for _, o := range d.cards[customer].Orders {
		if o.ID == order {
			return "Заказ " + o.Number + ": " + strings.ToLower(o.StatusName) + ".", d.fault
		}
	}
	return "", device.Errorf(device.NotFound, "order", "none")
}

func (d *desk) EraseCustomer(_ context.Context, customer int64, by string) error {
	return d.did(fmt.Sprintf("erase %d by %s", customer, by))
}
func (d *desk) Looks(context.Context, int64, int) ([]Look, error) { return d.looks, nil }

func (d *desk) Questions(context.Context, time.Time, time.Time) ([]support.Question, error) {
	return d.questions, nil
}

func (d *desk) Quality(context.Context, time.Time) (support.Quality, error) { return d.quality, nil }

// emptyDesk is a shop that has not connected its helpdesk.
func emptyDesk(s *shop) *desk {
	return &desk{shop: s, status: gateway.HelpdeskStatus{State: gateway.HelpdeskOff, Remaining: -1}, cards: map[int64]card.Card{}, pages: map[int64][]card.Order{}}
}

func orderOf(id gateway.OrderID, number, status, name, group string, days int, items ...gateway.ProfileItem) card.Order {
	return card.Order{ProfileOrder: gateway.ProfileOrder{
		ID: id, Number: number, Site: "main", Customer: 51, Status: status, StatusName: name, Group: group, CreatedAt: ago(time.Duration(days) * 24 * time.Hour), Total: "6490.00", Currency: "RUB",
		Items: items, Payment: "Картой на сайте: оплачен", Delivery: "СДЭК, пункт выдачи", URL: fmt.Sprintf("https://demo.retailcrm.ru/orders/%d/edit", id),
	}}
}

// annasCard is a VIP's: one order late, one on its way, the others done.
func annasCard() card.Card {
	late := orderOf(90512, "5123А", "delivering", "Доставляется", "delivery", 4, gateway.ProfileItem{Name: "Чай улун «Молочный», 100 г", Quantity: "2", Price: "890.00"}, gateway.ProfileItem{Name: "Чайник стеклянный, 600 мл", Quantity: "1", Price: "2490.00"})
	late.Late, late.Delivery, late.Mentioned, late.Track, late.DeliverOn = 2, true, true, "RB000000000RU", "2026-11-19"
	fresh := orderOf(90630, "5190", "assembling", "Собирается", "assembling", 1, gateway.ProfileItem{Name: "Пуэр «Семь сыновей», блин 357 г", Quantity: "1"})
	fresh.ToPay, fresh.Payment, fresh.Comment = "3200.00", "При получении", "Позвоните за час, пожалуйста"
	done := orderOf(88001, "4870", "complete", "Выполнен", "complete", 40, gateway.ProfileItem{Name: "Чай «Эрл Грей»", Quantity: "3"})
	return card.Card{
		Profile: gateway.Profile{
			Customer: gateway.Customer{ID: 51, Name: "Анна Сергеевна Петрова", Phones: []string{"+79161234568", "8 (903) 111-22-33"}, ManagerID: 12, VIP: true, URL: "https://demo.retailcrm.ru/customers/51"},
			Site:     "main", SiteName: "Лавка чая", Emails: []string{"a.petrova@example.com"}, Tags: []string{"опт"}, Segments: []string{"Постоянные"}, PersonalDiscount: 7, CumulativeDiscount: 2.5,
			Loyalty: gateway.Loyalty{Level: "Золото", Points: "1240.50", Active: true}, OrdersCount: 27, Total: "184300.00", Average: "6825.93", Currency: "RUB", CreatedAt: time.Date(2023, 4, 11, 8, 0, 0, 0, time.UTC),
		},
		Manager: &gateway.CRMUser{ID: 12, Name: "Олег Сергеев", Phone: "+79160001122", Email: "o.sergeev@example.com", Active: true, Online: true},
		Orders:  []card.Order{late, fresh, done}, OrdersTotal: 27, ShopMark: 4.6, CourierMark: 3, AsOf: ago(2 * time.Minute), FromCache: true,
		Lines: []card.Line{
			{At: ago(3 * time.Hour), Kind: card.LineTalk, From: gateway.TalkCustomer, Channel: "whatsapp", Text: "Добрый день! А где мой заказ? Обещали вчера."},
			{At: ago(4 * time.Hour), Kind: card.LineTalk, From: gateway.TalkOrder, Channel: "whatsapp", Text: "Заказ 5123А передан в доставку.", Order: "5123А", Message: 1, State: gateway.Read},
			{At: ago(26 * time.Hour), Kind: card.LineTask, Text: "Перезвонить о доставке", By: "Олег Сергеев"},
			{At: ago(50 * time.Hour), Kind: card.LineNote, Text: "Просила звонить после шести", By: "Ольга"},
			{At: ago(70 * time.Hour), Kind: card.LineStatus, Order: "5123А", Text: "Доставляется"},
			{At: ago(400 * time.Hour), Kind: card.LineMark, Text: "3 — курьер опоздал", Order: "4870"},
			{At: ago(500 * time.Hour), Kind: card.LineTicket, Text: "KTR-19001: Можно ли вернуть чайник?", Ticket: 990, URL: "https://demo.helpdeskeddy.com/ticket/990"},
			{At: ago(600 * time.Hour), Kind: card.LineTask, Text: "Отправить каталог", Done: true},
			{At: ago(700 * time.Hour), Kind: card.LineTalk, From: gateway.TalkCustomer, Channel: "telegram", Text: "Спасибо!"},
		},
	}
}

// nastyCard has what people and scripts write into names.
func nastyCard() card.Card {
	k := annasCard()
	k.Profile.ID, k.Profile.Emails = 66, []string{"yan@example.com"}
	k.Profile.Name = `<script>alert(1)</script> "Ян" & Ко <img src=x onerror=alert(2)>`
	k.Profile.URL = "javascript:alert(3)"
	k.Profile.Tags = []string{"<b>жир</b>", strings.Repeat("оченьдлиннаяметка", 6)}
	k.Orders[0].Items[0].Name = `<svg/onload=alert(4)>`
	k.Orders[0].URL = "javascript:alert(5)"
	k.Orders[0].Track = strings.Repeat("RB0123456789", 8)
	k.Orders[0].Comment = `</p><script src="//evil.test/x.js"></script>`
	k.Lines[0].Text = `<iframe src="//evil.test"></iframe> {{.Form}} ${7*7}`
	k.Lines[6].URL = "javascript:alert(6)"
	k.Manager.Name = `<a href="//evil.test">Олег</a>`
	return k
}

// busyDesk is a shop with its helpdesk at work.
func busyDesk(s *shop) *desk {
	d := emptyDesk(s)
	h := gateway.DefaultHelpdesk()
	h.Enabled, h.URL, h.Email, h.Key = true, "https://demo.helpdeskeddy.com", "vestnik@lavka.example", "helpdesk-secret-key"
	h.CardURL = "http://vestnik.local:8480"
	h.Closed, h.Ranking, h.Fields = []string{"closed"}, []string{"2", "3", "1"}, map[string]string{"customer": "31", "order": "32"}
	h.Delivery, h.Problem, h.Critical, h.CriticalPriority, h.InternalRequester = []string{"send"}, []string{"cancel", "gone-status"}, []string{"cancel"}, "1", 7
	h.Rules = []gateway.PriorityRule{
		{Name: "VIP", Enabled: true, When: gateway.WhenVIP, Priority: "1"},
		{Name: "Опоздание", Enabled: true, When: gateway.WhenLate, Value: "2", Priority: "3"},
		{Name: "Крупный покупатель", When: gateway.WhenTotal, Value: "100000", Priority: "3"},
	}
	h.Embed = gateway.EmbedSettings{Frame: "https://chat.lavka.example", Panel: true, PanelSecret: "panel-secret-panel-secret", Mailbox: "https://demo.helpdeskeddy.com/plugin/mailbox-secret"}
	s.settings.Helpdesk = h
	d.status = gateway.HelpdeskStatus{State: gateway.HelpdeskConnected, Since: ago(20 * time.Hour), LastPoll: ago(8 * time.Second), Remaining: 271, Limit: 300, Minute: 5}
	d.test = gateway.HelpdeskTest{HelpdeskStatus: d.status, Me: gateway.Requester{Name: "Vestnik", Email: h.Email}, Tickets: 214, Rights: []gateway.HelpdeskRight{
		{Name: "tickets_read", Needed: true, State: gateway.RightThere},
		{Name: "users_read", Needed: true, State: gateway.RightThere},
		{Name: "dictionaries_read", Needed: true, State: gateway.RightThere},
		{Name: "fields_read", State: gateway.RightThere},
		{Name: "comments_read", Needed: true, State: gateway.RightThere},
		{Name: "comment_write", Needed: true, State: gateway.RightUntried},
		{Name: "keys_of_others", State: gateway.RightThere},
	}}
	d.test.Rights[6].State = gateway.RightExcess
	d.rights = []SupportRight{{Name: "customer_read", State: gateway.RightThere}, {Name: "customer_write", State: gateway.RightMissing, Loss: "Без него не создать клиента из обращения."}, {Name: "order_write", State: gateway.RightExcess}}
	d.book = gateway.HelpdeskBook{
		At: ago(time.Hour), Departments: []gateway.HelpdeskEntry{{ID: "1", Name: "Поддержка"}, {ID: "2", Name: "Склад"}},
		Statuses:   []gateway.HelpdeskEntry{{ID: "open", Name: "Открыта"}, {ID: "v-processe", Name: "В процессе"}, {ID: "6", Name: "Ждём клиента"}, {ID: "closed", Name: "Выполнено"}},
		Priorities: []gateway.HelpdeskEntry{{ID: "2", Name: "Стандартный"}, {ID: "3", Name: "Средний"}, {ID: "1", Name: "Срочно"}},
		Fields:     []gateway.HelpdeskEntry{{ID: "31", Name: "Клиент CRM", Type: "text"}, {ID: "32", Name: "Заказ", Type: "text"}, {ID: "40", Name: "Номер заказа с сайта", Type: "text", Public: true}},
		Staff:      []gateway.HelpdeskEntry{{ID: "7", Name: "Ольга Сергеева"}, {ID: "9", Name: "Vestnik"}},
	}
	d.sites = []gateway.Site{{Code: "main", Name: "Лавка чая"}, {Code: "coffee", Name: "Лавка кофе"}}
	d.people = []gateway.CRMUser{{ID: 12, Name: "Олег Сергеев", Active: true}, {ID: 13, Name: "Ирина Котова", Active: true}, {ID: 14, Name: "Уволен", Active: false}}
	d.cards = map[int64]card.Card{51: annasCard(), 66: nastyCard()}
	for i := range 27 {
		d.pages[51] = append(d.pages[51], orderOf(gateway.OrderID(90630-i), fmt.Sprint(5190-i), "complete", "Выполнен", "complete", i+1))
	}
	d.key = "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----\n"
	d.looks = []Look{{At: ago(time.Minute), By: "Ольга", Ticket: 1042}, {At: ago(30 * time.Hour), By: "Иван"}}
	ticket := func(id gateway.TicketID, number, title, name string, change func(*support.Ticket)) {
		t := support.Ticket{Ticket: gateway.Ticket{ID: id, Number: number, Title: title, Requester: int64(id) + 500, URL: fmt.Sprintf("https://demo.helpdeskeddy.com/ticket/%d", id)}, Open: true, FirstSeen: ago(2 * time.Hour), ChangedAt: ago(time.Duration(len(d.tickets)*17+3) * time.Minute), Person: gateway.Requester{ID: int64(id) + 500, Name: name}}
		change(&t)
		d.tickets = append(d.tickets, t)
	}
	ticket(1042, "KTR-20418", "Где мой заказ 5123А?", "Анна Петрова", func(t *support.Ticket) {
		t.Found, t.By, t.Customer, t.Numbers = card.FoundOne, "email", 51, []string{"5123А"}
		t.RaisedTo, t.RaisedFrom, t.RaisedWhy = "1", "2", "VIP"
	})
	ticket(1043, "KTR-20419", "Возврат", "Мария Иванова", func(t *support.Ticket) {
		t.Found = card.FoundMany
		t.Candidates = []card.Candidate{{Customer: 4411, Name: "Мария Иванова", SiteName: "Лавка чая", Orders: 27, Total: "184300.00", Currency: "RUB", By: "email", VIP: true, URL: "https://demo.retailcrm.ru/customers/4411"}, {Customer: 5190, Name: "Мария И.", SiteName: "Лавка кофе", Orders: 1, Total: "990.00", Currency: "RUB", By: "phone"}}
	})
	ticket(1044, "KTR-20420", "Есть ли самовывоз в Туле?", "Пётр", func(t *support.Ticket) {
		t.Found, t.Person.Email, t.Person.Phone, t.Numbers = card.FoundNone, "petr@example.com", "8 912 000-11-33", []string{"7001"}
	})
	ticket(1045, "KTR-20421", "Не пришёл чек", "", func(t *support.Ticket) {
		t.Found, t.Person.Email, t.Error, t.Tries = card.FoundAway, "kate@example.com", "retailcrm: 503", 3
	})
	ticket(1046, "KTR-20422", "Ваша рассылка", "Mailer", func(t *support.Ticket) {
		t.Found, t.Robot, t.Person.Email = card.FoundNone, "domain noreply.example", "news@noreply.example"
	})
	ticket(1047, "KTR-20423", "Спасибо", "Игорь", func(t *support.Ticket) { t.WouldRaise = "Опоздание" })
	ticket(1040, "KTR-20410", "Хочу поменять адрес", `<script>alert(1)</script>`, func(t *support.Ticket) {
		t.Open, t.Found, t.By, t.Customer = false, card.FoundOne, "phone", 66
	})
	d.trial = support.Trial{Since: ago(30 * 24 * time.Hour), Tickets: 214, Known: 160, Rows: []support.TrialRow{
		{Ticket: d.tickets[0], Rule: "VIP", Reason: support.Event{Reason: gateway.RuleMatched, Args: gateway.Args{"rule": "VIP"}}, From: "2", To: "1"},
		{Ticket: d.tickets[6], Rule: "Опоздание", Reason: support.Event{Reason: gateway.RuleMatched, Args: gateway.Args{"rule": "Опоздание"}}, From: "1", To: "3", Left: true},
	}}
	d.questions = []support.Question{
		{Topic: support.TopicStatus, Tickets: 41, Before: 30, Example: 1042, Number: "KTR-20418"},
		{Topic: support.TopicReturn, Product: "Чайник стеклянный, 600 мл", Tickets: 12, Before: 3, Example: 1043, Number: "KTR-20419"},
		{Topic: support.TopicReturn, Product: "Термос «Север»", Tickets: 2, Before: 6},
		{Topic: support.TopicProduct, Product: `=HYPERLINK("http://evil.test")`, Tickets: 1, Example: 1044, Number: "KTR-20420"},
		{Topic: "own-topic", Tickets: 4, Before: 4},
	}
	d.quality = support.Quality{Since: ago(180 * 24 * time.Hour), Tickets: 412, Rated: 61, Rows: []support.QualityRow{
		{By: "all", Tickets: 412, Known: [3]int{390, 340, 300}, Back: [3]int{90, 110, 126}, Others: [3]int{800, 780, 760}, OthersBack: [3]int{160, 230, 280}},
		{By: "mark", Value: "like", Tickets: 50, Known: [3]int{48, 44, 40}, Back: [3]int{17, 19, 20}, Others: [3]int{96, 90, 90}, OthersBack: [3]int{22, 30, 33}},
		{By: "mark", Value: "dislike", Tickets: 11, Known: [3]int{11, 9, 7}, Back: [3]int{1, 1, 1}, Others: [3]int{22, 20, 0}, OthersBack: [3]int{5, 6, 0}},
		{By: "first", Value: "1h", Tickets: 200, Known: [3]int{190, 180, 0}, Back: [3]int{60, 70, 0}, Others: [3]int{400, 390, 0}, OthersBack: [3]int{80, 110, 0}},
		{By: "lasted", Value: "1d", Tickets: 140, Known: [3]int{130, 120, 100}, Back: [3]int{30, 40, 41}, Others: [3]int{300, 280, 260}, OthersBack: [3]int{60, 80, 90}},
	}}
	return d
}

// supported is the chatty shop with its helpdesk.
func supported() *shop {
	s := chatty()
	s.desk = busyDesk(s)
	return s
}
