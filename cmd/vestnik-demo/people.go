package main

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"vestnik/sim/messagegateway"
	"vestnik/sim/whatsapp"
	"vestnik/sim/world"
)

func (c *control) customerWrites(r *http.Request) error {
	p := c.stage.Person(r.FormValue("phone"))
	text := strings.TrimSpace(r.FormValue("text"))
	if p == nil || text == "" {
		return fmt.Errorf("choose a customer and write something")
	}
	if p.Messenger == nil || r.FormValue("by") == "sms" {
		c.stage.sms.keep(p.Phone, text)
		c.stage.Modem.Receive(p.Phone, text)
		return nil
	}
	_, err := p.Messenger.SendText(world.ShopPhone, text, whatsapp.ByLID)
	return err
}

func (c *control) customerOnline(r *http.Request) error {
	if p := c.stage.Person(r.FormValue("phone")); p != nil && p.Messenger != nil {
		p.Messenger.SetOnline(on(r))
	}
	return nil
}

// chatter finds the customer of a messenger that a form is about.
func (c *control) chatter(r *http.Request) (*messagegateway.Customer, error) {
	id, err := strconv.Atoi(r.FormValue("customer"))
	if err != nil {
		return nil, err
	}
	if p := c.stage.MG.Customer(id); p != nil {
		return p, nil
	}
	return nil, fmt.Errorf("there is no such customer")
}

func (c *control) chatWrite(r *http.Request) error {
	p, err := c.chatter(r)
	if err != nil {
		return err
	}
	text := strings.TrimSpace(r.FormValue("text"))
	if text == "" {
		return fmt.Errorf("write something")
	}
	p.Write(text)
	return nil
}

func (c *control) chatTap(r *http.Request) error {
	p, err := c.chatter(r)
	if err != nil {
		return err
	}
	_, err = p.Tap(r.FormValue("title"))
	return err
}

// chatBlock makes the customer block the shop in his messenger, of which the shop
// learns by failures only.
func (c *control) chatBlock(r *http.Request) error {
	p, err := c.chatter(r)
	if err != nil {
		return err
	}
	if on(r) {
		p.Block()
	} else {
		p.Unblock()
	}
	return nil
}

// personView is a customer with a number: his WhatsApp and his SMS.
type personView struct {
	Name     string
	Phone    string
	WhatsApp bool
	Online   bool
	Texts    []textView
}

type textView struct {
	Text    string
	By      string // "WhatsApp" or "SMS"; empty: the customer's own
	Revoked bool
	At      time.Time
}

// When is the time that a screen shows beside a text; of earlier days it has the date.
func (t textView) When() string { return when(t.At) }

// moscow is the zone of the shop and its customers.
var moscow = sync.OnceValue(func() *time.Location {
	zone, err := time.LoadLocation("Europe/Moscow")
	if err != nil {
		return time.Local
	}
	return zone
})

func when(at time.Time) string {
	if at = at.In(moscow()); at.Format(time.DateOnly) != time.Now().In(moscow()).Format(time.DateOnly) {
		return at.Format("02.01 15:04")
	}
	return at.Format("15:04:05")
}

func (s *stage) people() (list []personView) {
	for _, p := range s.People {
		list = append(list, s.person(p))
	}
	slices.SortStableFunc(list, func(a, b personView) int { return b.latest().Compare(a.latest()) })
	return list
}

func (s *stage) person(p *world.Person) personView {
	v := personView{Name: p.Name, Phone: p.Phone, WhatsApp: p.Messenger != nil, Texts: s.sms.of(p.Phone)}
	if p.Messenger != nil {
		v.Online = p.Messenger.Online()
		for _, m := range p.Messenger.Chat() {
			by := "WhatsApp"
			if m.FromMe {
				by = ""
			}
			text := m.Text
			if m.Revoked {
				text = m.RevokedText
			}
			v.Texts = append(v.Texts, textView{text, by, m.Revoked, m.At})
		}
	}
	for _, m := range s.Modem.Phone(p.Phone) {
		v.Texts = append(v.Texts, textView{Text: m.Text, By: "SMS", At: m.At})
	}
	slices.SortStableFunc(v.Texts, func(a, b textView) int { return a.At.Compare(b.At) })
	return v
}

func (p personView) latest() time.Time {
	if len(p.Texts) == 0 {
		return time.Time{}
	}
	return p.Texts[len(p.Texts)-1].At
}

// chatterView is a customer in one of the CRM's messengers, as his own screen shows it.
type chatterView struct {
	ID      int
	Name    string
	Where   string // "Telegram"
	Texts   []textView
	Taps    []string
	Blocked bool
	Known   bool // he has a card in the CRM
}

// messengers are the messengers' names as people write them.
var messengers = map[string]string{"telegram": "Telegram", "instagram": "Instagram"}

func (s *stage) chatters() (list []chatterView) {
	for _, p := range s.MG.Customers() {
		where, known := messengers[p.Channel().Kind()]
		if !known {
			continue // the box's own WhatsApp and SMS, shown in the chats
		}
		v := chatterView{ID: p.ID(), Name: p.Name(), Where: where, Blocked: p.Blocked(), Known: p.Card() != 0}
		for _, m := range s.MG.Messages(p.Chat()) {
			switch {
			case m.Scope != "public" || m.Deleted:
			case m.From == "customer":
				v.Texts = append(v.Texts, textView{Text: m.Text, At: m.At})
			case m.Status == "sent" || m.Status == "seen":
				v.Texts = append(v.Texts, textView{Text: m.Text, By: where, At: m.At})
			}
		}
		for _, t := range p.Suggestions() {
			v.Taps = append(v.Taps, t.Title)
		}
		list = append(list, v)
	}
	return list
}
