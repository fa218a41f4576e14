package messagegateway

import (
	"errors"
	"fmt"
	"strings"
)

// Operator is somebody who works in the CRM's chat window.
type Operator struct {
	gw *Gateway
	u  *user
}

// Operator finds an operator by his id in the CRM. An unknown id is a slip of the
// test and panics.
func (gw *Gateway) Operator(crmUserID int) *Operator {
	gw.mu.Lock()
	defer gw.mu.Unlock()
	for _, u := range gw.users {
		if u.crmID == crmUserID {
			return &Operator{gw, u}
		}
	}
	panic(fmt.Sprintf("sim/messagegateway: no user %d in the CRM", crmUserID))
}

// Operators lists the operators by id.
func (gw *Gateway) Operators() []*Operator {
	gw.mu.Lock()
	defer gw.mu.Unlock()
	var out []*Operator
	for _, u := range gw.users {
		out = append(out, &Operator{gw, u})
	}
	return out
}

// ID is his id in MG.
func (o *Operator) ID() int { return o.u.id }

// CRMID is his id in the CRM.
func (o *Operator) CRMID() int { return o.u.crmID }

// Name is his first and last name.
func (o *Operator) Name() string { return o.u.name() }

// Online tells whether he is there.
func (o *Operator) Online() bool {
	o.gw.mu.Lock()
	defer o.gw.mu.Unlock()
	return o.u.online
}

// SetOnline makes him come or leave, in the CRM and in its chats.
func (o *Operator) SetOnline(on bool) {
	o.gw.do(func() {
		if o.u.online == on {
			return
		}
		o.u.online, o.u.connected, o.u.updated = on, on, o.gw.now()
		o.gw.emit("user_online_updated", obj{"user": o.gw.actorBody(o.u.actor()), "connected": on, "online": on}, false)
	})
	o.gw.account.SetUserOnline(o.u.crmID, on)
}

// within runs fn on a chat.
func (o *Operator) within(chatID int, fn func(*chat) error) (err error) {
	o.gw.do(func() {
		c := o.gw.chat(chatID)
		if c == nil {
			err = o.gw.noChat(chatID)
			return
		}
		err = fn(c)
	})
	return err
}

// open runs fn on the open dialog of a chat.
func (o *Operator) open(chatID int, fn func(*dialog)) error {
	return o.within(chatID, func(c *chat) error {
		d := c.open()
		if d == nil {
			return fmt.Errorf("sim/messagegateway: chat %d has no open dialog", chatID)
		}
		fn(d)
		return nil
	})
}

var errRefused = errors.New("sim/messagegateway: the chat window refuses")

// refused turns a refusal of the API into an error: the chat window knows the same
// rules.
func refused(no *answer) error { return fmt.Errorf("%w: %v", errRefused, no.body) }

// Write writes to the customer. Assumed: who writes where nobody is responsible
// becomes responsible; who writes into a bot's dialog joins the chat only.
func (o *Operator) Write(chatID int, text string) (id int, err error) {
	err = o.within(chatID, func(c *chat) error {
		m := &message{kind: "text", content: text, chat: c, from: o.u.actor(), scope: "public", status: "sending"}
		if no := o.gw.refuseMessage(m); no != nil {
			return refused(no)
		}
		o.send(m)
		id = m.id
		return nil
	})
	return id, err
}

func (o *Operator) send(m *message) {
	o.gw.join(m.chat, o.u)
	o.gw.post(m, true)
	if m.dialog.responsible == (actor{}) {
		o.gw.assign(m.dialog, o.u.actor())
	}
	o.gw.deliver(m)
}

// WriteToPhone begins a chat with a bare phone number in a channel that allows it.
// Digits only, as MG has them.
func (o *Operator) WriteToPhone(ch *Channel, phone, text string) (chatID int, err error) {
	o.gw.do(func() {
		if !ch.ch.takesPhones() || ch.ch.settings.SendingPolicy.NewCustomer != "text" {
			err = fmt.Errorf("%w: no chats by phone in channel #%d", errRefused, ch.ch.id)
			return
		}
		var who *customer
		for _, have := range o.gw.customers {
			if have.channel == ch.ch && have.externalID == phone {
				who = have
			}
		}
		if who == nil {
			who = &customer{channel: ch.ch, externalID: phone, nick: phone, phone: phone}
			o.gw.insertCustomer(who)
		}
		c := o.gw.chatWith(who)
		if c == nil {
			c = o.gw.newChat(who, false)
		}
		m := &message{kind: "text", content: text, chat: c, from: o.u.actor(), scope: "public", status: "sending"}
		if no := o.gw.refuseMessage(m); no != nil {
			err = refused(no)
			return
		}
		o.send(m)
		chatID = c.id
	})
	return chatID, err
}

// Note writes a private message, which only staff and bots see.
func (o *Operator) Note(chatID int, text string) (id int, err error) {
	return o.private(chatID, "text", text)
}

// Command types a command, e.g. "/status 1042", into the chat window. One that no
// bot has registered is an error: the window would send it to the customer.
func (o *Operator) Command(chatID int, line string) (id int, err error) {
	name, _, _ := strings.Cut(strings.TrimPrefix(line, "/"), " ")
	o.gw.mu.Lock()
	known := o.gw.knows(name)
	o.gw.mu.Unlock()
	if !known {
		return 0, fmt.Errorf("%w: no bot knows the command /%s", errRefused, name)
	}
	return o.private(chatID, "command", line)
}

func (o *Operator) private(chatID int, kind, text string) (id int, err error) {
	err = o.within(chatID, func(c *chat) error {
		m := &message{kind: kind, content: text, chat: c, from: o.u.actor(), scope: "private", status: "received"}
		o.gw.post(m, false)
		id = m.id
		return nil
	})
	return id, err
}

// Private lists the private messages that he sees in a chat: hints of bots and
// notes and commands of operators, without system messages.
func (o *Operator) Private(chatID int) []Message {
	return o.gw.look(chatID, func(m *message) bool { return m.scope == "private" && m.kind != "system" && !m.deleted })
}

// OpenDialog opens a dialog by hand, with himself as responsible.
func (o *Operator) OpenDialog(chatID int) (dialogID int, err error) {
	err = o.within(chatID, func(c *chat) error {
		if c.open() != nil {
			return fmt.Errorf("%w: chat %d has an open dialog", errRefused, chatID)
		}
		d := o.gw.newDialog(c, 0)
		o.gw.announce(d)
		o.gw.assign(d, o.u.actor())
		o.gw.chatChanged(c)
		dialogID = d.id
		return nil
	})
	return dialogID, err
}

// Take makes him responsible for the open dialog of a chat.
func (o *Operator) Take(chatID int) error {
	return o.open(chatID, func(d *dialog) { o.gw.assign(d, o.u.actor()) })
}

// Return makes a bot responsible.
func (o *Operator) Return(chatID, botID int) (err error) {
	failed := o.open(chatID, func(d *dialog) {
		if no := o.gw.refuseBot(botID); no != nil {
			err = refused(no)
			return
		}
		o.gw.assign(d, actor{"bot", botID})
	})
	return errors.Join(failed, err)
}

// Unassign makes nobody responsible.
func (o *Operator) Unassign(chatID int) error { return o.open(chatID, o.gw.unassign) }

// Close closes the open dialog of a chat.
func (o *Operator) Close(chatID int) error { return o.open(chatID, o.gw.close) }

// Ban blocks a customer in the CRM: he is marked, and nobody may write to him.
// Assumed: bots are refused then.
func (o *Operator) Ban(p *Customer, on bool) {
	o.gw.do(func() {
		p.c.banned = on
		o.gw.customerChanged(p.c)
		action := "customer_unblocked"
		if on {
			action = "customer_blocked"
		}
		if c := o.gw.chatWith(p.c); c != nil {
			o.gw.system(c, c.open(), action, func(m *message) { m.about = o.u.actor() })
		}
	})
}
