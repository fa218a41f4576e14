package main

import (
	"errors"
	"html"
	"net/http"
	"strings"
	"sync"
	"time"

	"vestnik/sim/helpdeskeddy"
	"vestnik/sim/retailcrm"
	"vestnik/sim/world"
)

// familyEmail is one address of two customers: who of them writes only a person can say.
const familyEmail = "panovy@mail.example"

// addFamily gives two customers of the CRM one e-mail, as families have.
func addFamily(w *world.World) {
	for i, c := range []retailcrm.Customer{
		{FirstName: "Мария", LastName: "Панова", Sex: "female", Email: familyEmail, Phones: []string{"+79161230071"}, ManagerID: 20},
		{FirstName: "Олег", LastName: "Панов", Sex: "male", Email: familyEmail, Phones: []string{"+79161230072"}, ManagerID: 21},
	} {
		c.CreatedAt = w.CRM.Now().AddDate(0, -8+i, 0)
		c = w.CRM.AddCustomer(c)
		p := &world.Person{Name: c.FirstName + " " + c.LastName, Phone: c.Phones[0]}
		if i == 0 {
			p.Messenger = w.WhatsApp.AddCustomer(p.Phone, p.Name)
		}
		w.People = append(w.People, p)
	}
}

// strangers are people whom the CRM does not know, until somebody makes a card.
var strangers = []helpdeskeddy.User{
	{Name: "Марк", Lastname: "Юрьев", Email: "m.yuryev@mail.example", Phone: "+7 900 555-07-01"},
	{Name: "Алла", Lastname: "Строева", Email: "a.stroeva@mail.example", Phone: "8 900 555-07-02"},
	{Name: "Денис", Lastname: "Мохов", Email: "d.mokhov@mail.example", Phone: "+79005550703"},
	{Name: "Рената", Lastname: "Валиева", Email: "r.valieva@mail.example", Phone: "+7(900)555-07-04"},
}

// asker is a kind of customer who turns to support.
type asker string

const (
	askVIP      asker = "vip"
	askDelivery asker = "delivery"
	askUnknown  asker = "unknown"
	askMany     asker = "many"
)

// ask makes somebody of a kind turn to support, with his own words when text is empty.
func (s *stage) ask(kind asker, text string) (helpdeskeddy.Ticket, error) {
	who, title, words := helpdeskeddy.User{}, "", ""
	switch kind {
	case askVIP:
		c := s.customer("Виктор", "Ушаков")
		who, title = s.Requester(c), "Где мой заказ?"
		words = "Здравствуйте! Когда привезут заказ " + s.newestOrder(c.ID).Number + "? Нужно к субботе."
	case askDelivery:
		c := s.customer("Павел", "Рыжов")
		who, title = s.Requester(c), "Курьер не приехал"
		words = "Ждал весь день, курьера с заказом " + s.newestOrder(c.ID).Number + " так и не было."
	case askUnknown:
		who, title, words = s.stranger(), "Есть ли мёд в сотах?", "Добрый день! Хочу заказать мёд в сотах, три штуки. Как это сделать?"
	case askMany:
		who, title, words = s.user(helpdeskeddy.User{Name: "Семья", Lastname: "Пановых", Email: familyEmail}), "Подарочный сертификат", "Можно ли оплатить заказ сертификатом?"
	default:
		return helpdeskeddy.Ticket{}, errors.New("choose who asks")
	}
	if text = strings.TrimSpace(text); text != "" {
		words, title = text, text
		if r := []rune(title); len(r) > 60 {
			title = string(r[:60]) + "…"
		}
	}
	return s.Helpdesk.AddTicket(who.ID, title, paragraph(words), "email"), nil
}

// paragraph is what somebody typed, as the helpdesk keeps it.
func paragraph(text string) string { return "<p>" + html.EscapeString(text) + "</p>" }

// askEarlier puts tickets of the last hours into the helpdesk: it has worked before the box came.
func (s *stage) askEarlier() {
	for _, earlier := range []struct {
		first, last, title, text string
		ago                      time.Duration
	}{
		{"Наталья", "Берёзкина", "Изменить адрес доставки", "Здравствуйте! Можно привезти заказ %s на Садовую, 40?", 50 * time.Minute},
		{"Людмила", "Калинина", "Когда ждать курьера?", "Добрый день, заказ %s уже едет? Хочу знать время.", 20 * time.Minute},
	} {
		c := s.customer(earlier.first, earlier.last)
		if c.ID == 0 {
			continue
		}
		text := strings.Replace(earlier.text, "%s", s.newestOrder(c.ID).Number, 1)
		s.Helpdesk.AddTicket(s.Requester(c).ID, earlier.title, paragraph(text), "email", helpdeskeddy.At(s.Helpdesk.Now().Add(-earlier.ago)))
	}
}

func (s *stage) customer(first, last string) (found retailcrm.Customer) {
	for _, c := range s.CRM.Customers() {
		if c.FirstName == first && c.LastName == last {
			return c
		}
	}
	return found
}

// stranger is the first of the strangers whom the CRM still does not know.
func (s *stage) stranger() helpdeskeddy.User {
	known := map[string]bool{}
	for _, c := range s.CRM.Customers() {
		known[c.Email] = true
	}
	who := strangers[0]
	for _, u := range strangers {
		if !known[u.Email] {
			who = u
			break
		}
	}
	return s.user(who)
}

// user is somebody in the helpdesk, made when he has not turned to it yet.
func (s *stage) user(who helpdeskeddy.User) helpdeskeddy.User {
	for _, u := range s.Helpdesk.Users() {
		if u.Email == who.Email {
			return u
		}
	}
	return s.Helpdesk.AddUser(who)
}

// newestOrder is a customer's newest order in the CRM.
func (s *stage) newestOrder(card int) (newest retailcrm.Order) {
	for _, o := range s.CRM.Orders() {
		if o.CustomerID == card && !o.CreatedAt.Before(newest.CreatedAt) {
			newest = o
		}
	}
	return newest
}

// luckOfHelpdesk is what the helpdesk's simulator does not tell of itself.
type luckOfHelpdesk struct {
	mu   sync.Mutex
	down bool
	key  string // made after the first one was revoked
}

func (l *luckOfHelpdesk) get() (down bool, key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.down, l.key
}

func (c *control) helpdeskDown(r *http.Request) error {
	c.luck.mu.Lock()
	c.luck.down = on(r)
	c.luck.mu.Unlock()
	c.stage.Helpdesk.Faults().Down(on(r))
	return nil
}

// banFor is how long a ban lasts, as documented.
const banFor = 20 * time.Minute

func (c *control) helpdeskBan(r *http.Request) error {
	d := banFor
	if !on(r) {
		d = 0
	}
	c.stage.Helpdesk.Ban(d)
	return nil
}

// helpdeskKey revokes the service employee's key, or gives him another one, which one types into the
// product's settings.
func (c *control) helpdeskKey(r *http.Request) error {
	if !on(r) {
		return c.stage.Helpdesk.RevokeKey(helpdeskeddy.VestnikID)
	}
	key, err := c.stage.Helpdesk.NewKey(helpdeskeddy.VestnikID)
	c.luck.mu.Lock()
	c.luck.key = key
	c.luck.mu.Unlock()
	return err
}
