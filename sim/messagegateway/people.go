package messagegateway

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Customer is a person who writes to the shop in one channel.
type Customer struct {
	gw *Gateway
	c  *customer
}

// AddCustomer makes somebody who can write. externalID is his id in the messenger,
// name his first and last name; a messenger that tells phones tells phone.
func (gw *Gateway) AddCustomer(ch *Channel, externalID, name string, phone ...string) *Customer {
	first, last, _ := strings.Cut(name, " ")
	c := &customer{channel: ch.ch, externalID: externalID, nick: name, first: first, last: last}
	if len(phone) > 0 {
		c.phone = phone[0]
	}
	gw.do(func() { gw.insertCustomer(c) })
	return &Customer{gw, c}
}

func (gw *Gateway) insertCustomer(c *customer) {
	c.id, c.crmID, c.created = gw.nextID("customer"), gw.nextID("crm-customer"), gw.now()
	gw.customers = append(gw.customers, c)
}

// Customers lists everybody who can write, by id.
func (gw *Gateway) Customers() []*Customer {
	gw.mu.Lock()
	defer gw.mu.Unlock()
	var out []*Customer
	for _, c := range gw.customers {
		out = append(out, &Customer{gw, c})
	}
	return out
}

// Customer finds somebody by his id in MG, nil when there is nobody.
func (gw *Gateway) Customer(id int) *Customer {
	gw.mu.Lock()
	defer gw.mu.Unlock()
	if c := gw.customer(id); c != nil {
		return &Customer{gw, c}
	}
	return nil
}

// ID is his id in MG; every channel has its own.
func (p *Customer) ID() int { return p.c.id }

// ExternalID is his id in the messenger.
func (p *Customer) ExternalID() string { return p.c.externalID }

// Name is how the messenger calls him.
func (p *Customer) Name() string {
	p.gw.mu.Lock()
	defer p.gw.mu.Unlock()
	return p.c.name()
}

// Card is his card in the CRM, 0 when he has none.
func (p *Customer) Card() int {
	p.gw.mu.Lock()
	defer p.gw.mu.Unlock()
	return p.c.card
}

// Channel is where he writes.
func (p *Customer) Channel() *Channel { return &Channel{p.gw, p.c.channel} }

// Chat is the id of his chat, 0 before anything was said.
func (p *Customer) Chat() int {
	p.gw.mu.Lock()
	defer p.gw.mu.Unlock()
	if c := p.gw.chatWith(p.c); c != nil {
		return c.id
	}
	return 0
}

// LinkTo ties him to a card of the CRM, as an operator or a trigger does; 0 unties
// him.
func (p *Customer) LinkTo(crmCustomerID int) { p.gw.do(func() { p.c.card = crmCustomerID }) }

// Write sends a text to the shop and returns the message's id. The first message
// opens the chat, and a dialog when none is going on.
func (p *Customer) Write(text string) (id int) {
	return p.say(&message{kind: "text", content: text})
}

// WriteFile sends a file of a kind: image, audio or file.
func (p *Customer) WriteFile(kind string) (id int) {
	data, mime := []byte("%PDF-1.4\n"), "application/pdf"
	switch kind {
	case "image":
		data, mime = []byte("\x89PNG\r\n\x1a\n"), "image/png"
	case "audio":
		data, mime = []byte("OggS"), "audio/ogg"
	}
	m := &message{kind: kind}
	p.gw.do(func() {
		m.items = []item{{file: p.gw.store(data, mime)}}
		p.gw.receive(m, p.c)
	})
	return m.id
}

func (p *Customer) say(m *message) int {
	p.gw.do(func() { p.gw.receive(m, p.c) })
	return m.id
}

// receive puts a customer's message into his chat.
func (gw *Gateway) receive(m *message, who *customer) {
	m.from, m.scope, m.status = who.actor(), "public", "received"
	if m.chat = gw.chatWith(who); m.chat == nil {
		m.chat = gw.newChat(who, false)
	}
	gw.post(m, true)
}

// Edit changes a text that he wrote.
func (p *Customer) Edit(id int, text string) {
	p.gw.do(func() {
		if m := p.gw.message(id); m != nil && m.from == p.c.actor() {
			m.content, m.edited = text, true
			p.gw.messageChanged(m)
		}
	})
}

// WroteEarlier puts a dialog into the past: one message at a time, closed an hour
// later. It makes no events, as if it had happened before anybody listened.
func (p *Customer) WroteEarlier(at time.Time, text string) (id int) {
	gw := p.gw
	m := &message{kind: "text", content: text, from: p.c.actor(), scope: "public", status: "received", at: at, read: true}
	gw.do(func() {
		if m.chat = gw.chatWith(p.c); m.chat == nil {
			m.chat = gw.newChat(p.c, true)
		}
		c := m.chat
		if c.created.After(at) {
			c.created = at
		}
		if p.c.created.After(at) {
			p.c.created = at
		}
		m.dialog = gw.newDialog(c, gw.lastID["message"]+1)
		d := m.dialog
		d.created, d.closed, d.updated, d.end = at, at.Add(time.Hour), at.Add(time.Hour), d.begin
		gw.keep(m)
		m.created, m.updated = at, at
		c.activity, c.updated = at, d.closed
		if c.channel.window > 0 {
			c.deadline = at.Add(c.channel.window)
		}
	})
	return m.id
}

var errNoSuggestion = errors.New("sim/messagegateway: no such suggestion under the last message")

// Suggestions are the quick replies under the newest message on his screen.
func (p *Customer) Suggestions() []Suggestion {
	shown := p.Messages()
	if len(shown) == 0 {
		return nil
	}
	return shown[len(shown)-1].Suggestions
}

// Tap presses a quick reply under the newest message by its title. A text comes to
// the shop as his message; a phone or an e-mail shares his. Assumed: the title is
// what arrives, not the payload, because that is what messengers show as written.
func (p *Customer) Tap(title string) (id int, err error) {
	shown := p.Suggestions()
	i := slices.IndexFunc(shown, func(s Suggestion) bool { return s.Title == title })
	if i < 0 {
		return 0, fmt.Errorf("%w: %q", errNoSuggestion, title)
	}
	m := &message{kind: "text", content: title}
	p.gw.do(func() {
		switch shown[i].Type {
		case "phone":
			if p.c.phone == "" {
				p.c.phone = "79000000" + fmt.Sprint(p.c.id)
			}
			m.content = p.c.phone
			p.gw.customerChanged(p.c)
		case "email":
			if p.c.email == "" {
				p.c.email = fmt.Sprintf("client%d@mail.example", p.c.id)
			}
			m.content = p.c.email
			p.gw.customerChanged(p.c)
		case "url":
			m = nil // a page opens, nobody hears of it
			return
		}
		p.gw.receive(m, p.c)
	})
	if m == nil {
		return 0, nil
	}
	return m.id, nil
}

// Messages is what he has on his screen, oldest first: what bots and operators
// sent and was delivered. Deleted messages are gone.
func (p *Customer) Messages() []Message {
	return p.gw.look(p.Chat(), func(m *message) bool { return m.reached && !m.deleted })
}

// Texts are the texts of Messages.
func (p *Customer) Texts() []string {
	var out []string
	for _, m := range p.Messages() {
		out = append(out, m.Text)
	}
	return out
}

// Read looks at everything that has arrived; channels which tell of reading turn
// it to seen.
func (p *Customer) Read() {
	p.gw.do(func() {
		c := p.gw.chatWith(p.c)
		if c == nil {
			return
		}
		for _, m := range c.messages {
			if m.reached {
				p.gw.seen(m)
			}
		}
	})
}

// seen notes that a customer has read a message.
func (gw *Gateway) seen(m *message) {
	if m.status == "sent" && m.chat.channel.settings.readSeen() {
		m.status, m.read = "seen", true
		gw.messageChanged(m)
	}
}

// Block makes everything that is sent to him fail, as when he blocks the shop in
// his messenger: with access_restricted, or with the code that is given. The shop
// learns of it by the failures only.
func (p *Customer) Block(code ...string) {
	p.gw.do(func() {
		p.c.refusal = "access_restricted"
		if len(code) > 0 {
			p.c.refusal = code[0]
		}
	})
}

// Unblock ends Block.
func (p *Customer) Unblock() { p.gw.do(func() { p.c.refusal = "" }) }

// Blocked tells whether he blocks the shop.
func (p *Customer) Blocked() bool {
	p.gw.mu.Lock()
	defer p.gw.mu.Unlock()
	return p.c.refusal != ""
}

// Deliver says what becomes of messages to him from now on.
func (p *Customer) Deliver(d Delivery) { p.gw.do(func() { p.c.delivery = &d }) }
