package main

import (
	"slices"
	"strings"
	"sync"
	"time"

	"vestnik/sim/world"
)

// view is what the page shows.
type view struct {
	Phone    phoneView
	Modem    modemView
	Orders   []orderView
	Statuses []statusView
	Chatters []chatterView
	Desk     deskView
	Tickets  ticketsView
	CRM      crmView
	People   []personView // those who wrote or got something, and some more
	Others   []personView
	Channels []channelView
	CRMDown  bool
	WADown   bool
	MGDown   bool
	Strange  []string // what the simulators did not understand
}

type orderView struct {
	ID                         int
	Number, Name, Status, Mark string
}

type statusView struct{ Code, Name string }

type phoneView struct {
	Number string
	Linked int
	Shown  bool // a code is shown on the pairing page
}

type modemView struct {
	Plugged, Signal bool
	Sent            int
}

type channelView struct {
	ID    int
	Where string
	On    bool
}

// shownOrders is how many of the newest orders are listed: one of everybody in a messenger is among them.
const shownOrders = 15

// shownPeople is how many customers are shown before they have anything to show.
const shownPeople = 4

func (c *control) view() view {
	s := c.stage
	v := view{
		Phone:   phoneView{Number: world.ShopPhone, Linked: len(s.Phone.Companions()), Shown: s.app.Pairing().QR != ""},
		Modem:   modemView{Plugged: s.Modem.Plugged(), Signal: s.Modem.Signal() != 99, Sent: len(s.Modem.Network())},
		CRMDown: s.CRM.Faults().IsDown(), WADown: s.WhatsApp.Faults().IsDown(), MGDown: s.MG.Faults().IsDown(),
		Chatters: s.chatters(), Desk: c.deskView(), Tickets: c.ticketsView(), CRM: c.crmView(), Strange: s.NotUnderstood(),
	}
	names := map[string]string{}
	for _, st := range s.CRM.Statuses() {
		names[st.Code] = st.Name
	}
	for _, code := range []string{"ready-for-pickup", "send-to-delivery", "redirect", "complete", "cancel-other"} {
		v.Statuses = append(v.Statuses, statusView{code, names[code]})
	}
	orders := s.CRM.Orders()
	slices.Reverse(orders)
	for _, o := range orders[:min(len(orders), shownOrders)] {
		mark := ""
		if on, ok := o.CustomFields["has_whatsapp"].(bool); ok {
			mark = map[bool]string{true: "✓", false: "—"}[on]
		}
		v.Orders = append(v.Orders, orderView{o.ID, o.Number, strings.TrimSpace(o.FirstName + " " + o.LastName), names[o.Status], mark})
	}
	for _, p := range s.people() {
		if len(p.Texts) > 0 || len(v.People) < shownPeople {
			v.People = append(v.People, p)
		} else {
			v.Others = append(v.Others, p)
		}
	}
	for _, ch := range s.MG.Channels() {
		if where := messengers[ch.Kind()]; where != "" {
			v.Channels = append(v.Channels, channelView{ch.ID(), where, ch.Active()})
		}
	}
	return v
}

// outbox remembers what customers wrote by SMS, which no simulator shows.
type outbox struct {
	mu    sync.Mutex
	texts map[string][]textView
}

func (o *outbox) keep(phone, text string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.texts == nil {
		o.texts = map[string][]textView{}
	}
	o.texts[phone] = append(o.texts[phone], textView{Text: text, At: time.Now()})
}

func (o *outbox) of(phone string) []textView {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.texts[phone])
}
