package messagegateway

import (
	"slices"
	"time"
)

// message is one line of a chat.
type message struct {
	id               int
	at               time.Time // when it was written, as the sender says
	created, updated time.Time
	sentAt           time.Time
	kind, scope      string
	chat             *chat
	dialog           *dialog
	from             actor
	content          string
	quote            *message
	items            []item
	note             string
	order, product   obj
	suggestions      []Suggestion
	status           string
	errCode, errText string
	read, edited     bool
	deleted          bool
	action           string // of a system message
	responsible      actor
	about            actor // the user that a system message is about
	mass             bool
	externalID       string // as the transport calls it
	reached          bool   // the customer has it on his screen
	reactions        []string
}

// item is a file of a message.
type item struct {
	file    *file
	caption string
}

// Suggestion is a quick reply: a button under a message.
type Suggestion struct {
	Type    string // text, phone, email, url
	Title   string
	Payload string
}

// Message is a message as a test sees it; texts are as they were written.
type Message struct {
	ID           int
	At           time.Time
	Chat, Dialog int
	From         string // customer, user, bot, channel; "" for system messages
	FromID       int
	Kind         string // text, system, command, order, product, file, image, audio
	Scope        string // public, private
	Text         string
	Action       string // of a system message
	Suggestions  []Suggestion
	Files        []string // their ids
	Order        map[string]any
	Product      map[string]any
	Mass         bool   // sent as mass communication
	Status       string // received, sending, sent, failed, seen
	Error        string // code, when failed
	Edited       bool
	Deleted      bool
}

func (m *message) view() Message {
	out := Message{
		ID: m.id, At: m.at, Chat: m.chat.id, From: m.from.kind, FromID: m.from.id, Kind: m.kind, Scope: m.scope, Text: m.content,
		Action: m.action, Suggestions: slices.Clone(m.suggestions), Order: m.order, Product: m.product, Mass: m.mass,
		Status: m.status, Error: m.errCode, Edited: m.edited, Deleted: m.deleted,
	}
	if m.dialog != nil {
		out.Dialog = m.dialog.id
	}
	for _, it := range m.items {
		out.Files = append(out.Files, it.file.id)
	}
	return out
}

// Messages lists everything in a chat, system and private messages included,
// oldest first.
func (gw *Gateway) Messages(chatID int) []Message {
	return gw.look(chatID, func(*message) bool { return true })
}

// Message returns one message as it is now.
func (gw *Gateway) Message(id int) (Message, bool) {
	gw.mu.Lock()
	defer gw.mu.Unlock()
	if m := gw.message(id); m != nil {
		return m.view(), true
	}
	return Message{}, false
}

func (gw *Gateway) look(chatID int, want func(*message) bool) []Message {
	gw.mu.Lock()
	defer gw.mu.Unlock()
	var out []Message
	if c := gw.chat(chatID); c != nil {
		for _, m := range c.messages {
			if want(m) {
				out = append(out, m.view())
			}
		}
	}
	return out
}

func (gw *Gateway) message(id int) *message {
	i, found := slices.BinarySearchFunc(gw.messages, id, func(m *message, id int) int { return m.id - id })
	if !found {
		return nil
	}
	return gw.messages[i]
}

// keep gives a message its id and puts it into its chat.
func (gw *Gateway) keep(m *message) {
	now := gw.now()
	if m.id == 0 {
		m.id = gw.nextID("message")
	}
	if m.at.IsZero() {
		m.at = now
	}
	m.created, m.updated = now, now
	m.chat.messages = append(m.chat.messages, m)
	i, _ := slices.BinarySearchFunc(gw.messages, m.id, func(m *message, id int) int { return m.id - id })
	gw.messages = slices.Insert(gw.messages, i, m)
}

// system puts a system message into a chat, as recorded: private, received, from
// nobody.
func (gw *Gateway) system(c *chat, d *dialog, action string, more func(*message)) {
	m := &message{kind: "system", scope: "private", status: "received", chat: c, dialog: d, action: action}
	if more != nil {
		more(m)
	}
	gw.keep(m)
	gw.emit("message_new", obj{"message": gw.messageEvent(m)}, false)
}

// post puts a message into its chat and tells everybody. With opens it opens a
// dialog when none is going on. Mass communication belongs to no dialog and moves
// nothing (OpenAPI text of mass_communication).
func (gw *Gateway) post(m *message, opens bool) {
	c := m.chat
	if opens && c.open() == nil {
		if gw.unknown.OpenedAfterMessage {
			m.id = gw.nextID("message")
			m.dialog = gw.newDialog(c, m.id)
			gw.say(m)
			gw.announce(m.dialog)
		} else {
			// The id of the first message is known before the message is: the notice
			// of the opening comes first and names it.
			d := gw.newDialog(c, gw.lastID["message"]+2)
			m.dialog = d
			gw.announce(d)
			gw.say(m)
		}
		gw.handOut(m.dialog)
		return
	}
	if !m.mass {
		m.dialog = c.open()
	}
	gw.say(m)
}

func (gw *Gateway) say(m *message) {
	c := m.chat
	gw.keep(m)
	if !m.mass {
		c.activity = m.at
	}
	switch {
	case m.from.kind == "customer":
		c.notRead++
		if c.channel.window > 0 {
			c.deadline = m.at.Add(c.channel.window)
		}
	case m.from.kind == "user":
		c.notRead = 0
	}
	gw.emit("message_new", obj{"message": gw.messageEvent(m)}, m.mass)
	if !m.mass {
		gw.chatChanged(c)
	}
}

func (gw *Gateway) messageChanged(m *message) {
	m.updated = gw.now()
	gw.emit("message_updated", obj{"message": gw.messageEvent(m)}, m.mass)
}

// messageBody is a message inside of another answer.
func (gw *Gateway) messageBody(m *message) obj {
	body := obj{
		"id": m.id, "time": moment(m.at), "type": m.kind, "scope": m.scope, "chat_id": m.chat.id, "is_read": m.read,
		"is_edit": m.edited, "status": m.status, "actions": m.actions(), "quote": nil,
	}
	if m.from != (actor{}) {
		body["from"] = gw.actorBody(m.from)
	}
	if m.dialog != nil {
		body["dialog"] = obj{"id": m.dialog.id}
	}
	if m.errCode != "" {
		body["error"] = errorBody(m)
	}
	if m.kind == "system" {
		body["action"] = m.action
	} else {
		body["content"] = gw.escape(m.content)
	}
	for name, who := range map[string]actor{"responsible": m.responsible, "user": m.about} {
		if who != (actor{}) {
			body[name] = gw.actorBody(who)
		}
	}
	if q := m.quote; q != nil {
		body["quote"] = obj{"id": q.id, "content": gw.escape(q.content), "time": moment(q.at), "type": q.kind, "from": gw.actorBody(q.from)}
	}
	if len(m.items) > 0 {
		body["items"] = itemsBody(gw, m)
	}
	if m.note != "" {
		body["note"] = gw.escape(m.note)
	}
	for name, card := range map[string]obj{"order": m.order, "product": m.product} {
		if card != nil {
			body[name] = card
		}
	}
	if len(m.suggestions) > 0 {
		body["transport_attachments"] = obj{"suggestions": suggestionsBody(m.suggestions)}
	}
	return body
}

func errorBody(m *message) obj {
	out := obj{"code": m.errCode}
	if m.errText != "" {
		out["message"] = m.errText
	}
	return out
}

func itemsBody(gw *Gateway, m *message) []any {
	out := []any{}
	for _, it := range m.items {
		row := obj{"id": it.file.id, "size": it.file.size(), "kind": it.file.kind, "type": it.file.mime}
		if it.caption != "" {
			row["caption"] = gw.escape(it.caption)
		}
		out = append(out, row)
	}
	return out
}

func suggestionsBody(list []Suggestion) []any {
	out := []any{}
	for _, s := range list {
		row := obj{"type": s.Type, "title": s.Title}
		if s.Payload != "" {
			row["payload"] = s.Payload
		}
		out = append(out, row)
	}
	return out
}

// actions says what the asking side may do with a message.
func (m *message) actions() []string {
	out := []string{}
	k := m.chat.channel.settings.of(m.kind)
	if m.kind == "system" || m.kind == "command" {
		return out
	}
	if k.Quoting.out() {
		out = append(out, "quote")
	}
	if m.from.kind == "bot" || m.from.kind == "user" {
		if k.Editing.out() {
			out = append(out, "edit")
		}
		if k.Deleting.out() {
			out = append(out, "delete")
		}
	}
	return out
}

// messageEvent is a message of the socket: with its chat, and with nulls where a
// list leaves a field out (types of retailcrm/bot-api-client-go).
func (gw *Gateway) messageEvent(m *message) obj {
	body := gw.messageBody(m)
	body["created_at"], body["chat"] = stamp(m.created), gw.chatRef(m.chat)
	if m.from == (actor{}) {
		body["from"] = nil
	}
	if m.kind == "system" {
		body["content"] = nil
	}
	return body
}

// listMessages. Assumed: customer_id, user_id and bot_id ask for what that person
// wrote, and deleted messages are gone from the list.
func (gw *Gateway) listMessages(q *request) answer {
	l := newList(q, gw.messages, func(m *message) int { return m.id }, func(m *message) time.Time { return m.updated })
	mass, _ := q.flag("include_mass_communication")
	l.keep(func(m *message) bool { return !m.deleted && (mass || !m.mass) })
	q.filterID("chat_id", func(want int) { l.keep(func(m *message) bool { return m.chat.id == want }) })
	q.filterID("dialog_id", func(want int) { l.keep(func(m *message) bool { return m.dialog != nil && m.dialog.id == want }) })
	q.filterID("channel_id", func(want int) { l.keep(func(m *message) bool { return m.chat.channel.id == want }) })
	q.filterEnum("channel_type", channelTypes, func(want string) { l.keep(func(m *message) bool { return m.chat.channel.kind == want }) })
	for _, kind := range []string{"customer", "user", "bot"} {
		q.filterID(kind+"_id", func(want int) { l.keep(func(m *message) bool { return m.from == actor{kind, want} }) })
	}
	q.filterEnum("type", messageKinds, func(want string) { l.keep(func(m *message) bool { return m.kind == want }) })
	q.filterEnum("scope", []string{"public", "private"}, func(want string) { l.keep(func(m *message) bool { return m.scope == want }) })
	return l.answer(func(m *message) any {
		body := gw.messageBody(m)
		body["channel_id"], body["created_at"], body["updated_at"] = m.chat.channel.id, stamp(m.created), stamp(m.updated)
		body["channel_sent_at"] = orNull(m.sentAt)
		return body
	})
}

var messageKinds = []string{"text", "system", "command", "order", "product", "file", "image", "audio"}
