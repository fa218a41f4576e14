package messagegateway

import (
	"net/http"
	"slices"
)

// sendMessage is POST /messages of the Bot API.
func (gw *Gateway) sendMessage(q *request) answer {
	doc, no := q.document(false)
	if no != nil {
		return *no
	}
	m := &message{
		from: q.bot.actor(), scope: doc.enum("scope", "public", "private"), kind: doc.enum("type", messageKinds...),
		content: doc.text("content", 0), note: doc.text("note", 0), mass: doc.flag("mass_communication"), status: "sending",
	}
	chatID, quoteID := doc.number("chat_id"), doc.number("quote_message_id")
	m.order, _ = doc.take("order").(obj)
	m.product, _ = doc.take("product").(obj)
	m.suggestions = readSuggestions(doc)
	items := gw.readItems(doc)
	if m.kind == "" {
		m.kind = "text" // Assumed: the schema does not demand a type.
	}
	if m.scope == "" {
		q.refuse("scope is required")
	}
	if chatID == 0 {
		q.refuse("chat_id is required")
	}
	if no := doc.done(); no != nil {
		return *no
	}
	m.items = items
	if m.chat = gw.chat(chatID); m.chat == nil {
		return *missing("chat", chatID)
	}
	if quoteID != 0 {
		if m.quote = gw.message(quoteID); m.quote == nil || m.quote.chat != m.chat {
			return *missing("message", quoteID)
		}
	}
	if no := gw.refuseMessage(m); no != nil {
		return *no
	}
	// Assumed: what a bot writes without mass_communication opens a dialog (the
	// schema says that mass communication does not), a private hint does not.
	gw.post(m, m.scope == "public" && !m.mass)
	gw.deliver(m)
	return ok(obj{"message_id": m.id, "time": moment(m.at)})
}

func readSuggestions(doc *document) []Suggestion {
	var out []Suggestion
	attached := doc.object("transport_attachments")
	if attached == nil {
		return nil
	}
	for _, sub := range attached.list("suggestions") {
		s := Suggestion{Type: sub.enum("type", "text", "phone", "email", "url"), Title: sub.text("title", 0), Payload: sub.text("payload", 0)}
		if s.Type == "" {
			sub.bad("type")
		}
		sub.unknown()
		out = append(out, s)
	}
	attached.unknown()
	return out
}

// readItems reads the files of a message.
func (gw *Gateway) readItems(doc *document) []item {
	var out []item
	for _, sub := range doc.list("items") {
		id := sub.text("id", 0)
		f := gw.file(id)
		if f == nil {
			doc.q.refuse("file %q not found", id)
		}
		out = append(out, item{file: f, caption: sub.text("caption", 1024)})
		sub.unknown()
	}
	return out
}

// refuseMessage says why a bot or an operator may not write this. Assumed: all of
// it, texts included, except that a message has content; the schema only names the
// settings that forbid it.
func (gw *Gateway) refuseMessage(m *message) *answer {
	ch := m.chat.channel
	k := ch.settings.of(m.kind)
	switch {
	case m.kind == "text" && m.content == "":
		return bad("content is required")
	case m.kind == "order" && m.order == nil, m.kind == "product" && m.product == nil:
		return bad("%s is required", m.kind)
	case slices.Contains([]string{"file", "image", "audio"}, m.kind) && len(m.items) == 0:
		return bad("items is required")
	case m.kind == "system":
		return bad("type: value %q is not valid", m.kind)
	case m.scope == "private":
		return nil
	case m.kind == "command":
		return bad("type: value %q is not valid", m.kind)
	case !ch.active:
		return bad("channel #%d is not active", ch.id)
	case ch.settings.restricted():
		return bad("outgoing messages are restricted in channel #%d", ch.id)
	case m.chat.customer.banned:
		return bad("customer #%d is blocked", m.chat.customer.id)
	case !k.Creating.out():
		return bad("channel #%d does not support messages of type %q", ch.id, m.kind)
	case m.quote != nil && !k.Quoting.out():
		return bad("channel #%d does not support quoting", ch.id)
	case m.kind == "text" && k.MaxChars > 0 && len([]rune(m.content)) > k.MaxChars:
		return bad("content must be a maximum of %d characters in length", k.MaxChars)
	case k.NoteMaxChars > 0 && len([]rune(m.note)) > k.NoteMaxChars:
		return bad("note must be a maximum of %d characters in length", k.NoteMaxChars)
	case k.MaxItems > 0 && len(m.items) > k.MaxItems:
		return bad("items must contain at maximum %d items", k.MaxItems)
	case gw.unknown.RefuseLate && gw.late(m.chat):
		return bad("reply deadline of chat #%d has passed", m.chat.id)
	}
	for _, it := range m.items {
		if k.MaxItemSize > 0 && it.file.size() > k.MaxItemSize {
			return bad("file %q is larger than %d bytes", it.file.id, k.MaxItemSize)
		}
	}
	for _, s := range m.suggestions {
		if !ch.settings.suggests(s.Type) {
			return bad("channel #%d does not support suggestions of type %q", ch.id, s.Type)
		}
	}
	return nil
}

// late tells whether the answer window of a chat is over.
func (gw *Gateway) late(c *chat) bool {
	p := c.channel.settings.SendingPolicy
	return p != nil && p.AfterReplyTimeout != "" && !c.deadline.IsZero() && gw.now().After(c.deadline)
}

// ownMessage finds the message of an address. Assumed: a bot may change only what
// it wrote itself.
func (gw *Gateway) ownMessage(q *request) (*message, *answer) {
	m := gw.message(q.id("message"))
	if m == nil || m.deleted {
		return nil, missing("message", q.vars["message"])
	}
	if m.from != q.bot.actor() {
		no := fail(http.StatusForbidden, "access denied")
		return nil, &no
	}
	return m, nil
}

func (gw *Gateway) editMessage(q *request) answer {
	doc, no := q.document(false)
	if no != nil {
		return *no
	}
	content := doc.text("content", 2000)
	note, quoteID := doc.text("note", 0), doc.number("quote_message_id")
	items := gw.readItems(doc)
	order, _ := doc.take("order").(obj)
	product, _ := doc.take("product").(obj)
	if no := doc.done(); no != nil {
		return *no
	}
	m, no := gw.ownMessage(q)
	if no != nil {
		return *no
	}
	if m.scope == "public" && !m.chat.channel.settings.of(m.kind).Editing.out() {
		return *bad("channel #%d does not support editing", m.chat.channel.id)
	}
	if content != "" {
		m.content = content
	}
	if quoteID != 0 {
		m.quote = gw.message(quoteID)
	}
	if note != "" {
		m.note = note
	}
	if items != nil {
		m.items = items
	}
	if order != nil {
		m.order = order
	}
	if product != nil {
		m.product = product
	}
	m.edited = true
	gw.messageChanged(m)
	gw.tellTransport(m, "message_updated")
	return ok(obj{})
}

func (gw *Gateway) deleteMessage(q *request) answer {
	m, no := gw.ownMessage(q)
	if no != nil {
		return *no
	}
	if m.scope == "public" && !m.chat.channel.settings.of(m.kind).Deleting.out() {
		return *bad("channel #%d does not support deleting", m.chat.channel.id)
	}
	gw.remove(m)
	gw.tellTransport(m, "message_deleted")
	return ok(obj{})
}

func (gw *Gateway) remove(m *message) {
	m.deleted, m.updated = true, gw.now()
	gw.emit("message_deleted", obj{"message": gw.messageEvent(m)}, m.mass)
}
