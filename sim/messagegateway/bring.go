package messagegateway

import (
	"net/http"
	"slices"
	"time"
)

// bringMessage is POST /messages of the Transport API: what a customer wrote, or
// what was written to him past the CRM.
func (gw *Gateway) bringMessage(q *request) answer { return gw.bring(q, "channel", false) }

// bringHistory is POST /messages/history: the same without alarms. Assumed: it
// makes no events, opens no dialog and counts as read.
func (gw *Gateway) bringHistory(q *request) answer { return gw.bring(q, "channel_id", true) }

func (gw *Gateway) bring(q *request, channelField string, history bool) answer {
	doc, no := q.document(false)
	if no != nil {
		return *no
	}
	channelID, externalChat := doc.number(channelField), doc.text("external_chat_id", 64)
	originator := doc.enum("originator", "customer", "channel")
	deadline := doc.moment("reply_deadline")
	var secondary []string
	if !history {
		secondary = doc.texts("secondary_external_chat_ids")
	}
	who := gw.readCustomer(doc)
	m := gw.readBrought(doc)
	var quoted *document
	if quoted = doc.object("quote"); quoted != nil {
		quoted.number("id")
		quoted.text("external_id", 255)
		quoted.unknown()
	}
	for _, id := range secondary {
		if len(id) > 64 {
			doc.bad("secondary_external_chat_ids")
		}
	}
	if no := doc.done(); no != nil {
		return *no
	}
	ch, no := gw.channelOf(q, channelID)
	if no != nil {
		return *no
	}
	switch {
	case !ch.active:
		return *bad("Channel is not active")
	case !ch.settings.of(m.kind).Creating.in():
		// Assumed: the settings bind the transport itself as well.
		return *bad("Channel does not support messages of type %q", m.kind)
	}
	if m.externalID != "" && gw.byExternalID(ch, m.externalID) != nil {
		// Public code of yandex-market-retailcrm-chats knows the answer by its last
		// two words.
		return *bad("Message with external id %q already exists", m.externalID)
	}
	if quoted != nil {
		if m.quote = gw.identified(ch, quoted); m.quote == nil {
			return *bad("Quoted message not found")
		}
	}
	gw.enter(m, ch, who, externalChat, history)
	m.from = m.chat.customer.actor()
	if originator == "channel" {
		m.from = actor{"channel", ch.id}
	}
	gw.shelve(m, deadline, history)
	return ok(obj{"message_id": m.id, "time": moment(m.at)})
}

// enter finds or makes the customer and the chat of a brought message.
func (gw *Gateway) enter(m *message, ch *channel, who customer, externalChat string, quiet bool) {
	i := slices.IndexFunc(gw.customers, func(c *customer) bool { return c.channel == ch && c.externalID == who.externalID })
	if i < 0 {
		who.channel = ch
		gw.insertCustomer(&who)
		i = len(gw.customers) - 1
	} else {
		gw.refreshCustomer(gw.customers[i], who)
	}
	c := gw.customers[i]
	if m.chat = gw.chatWith(c); m.chat == nil {
		m.chat = gw.newChat(c, quiet)
	}
	if externalChat != "" {
		m.chat.externalID = externalChat
	}
}

// shelve puts a brought message into its chat.
func (gw *Gateway) shelve(m *message, deadline time.Time, history bool) {
	m.scope, m.status = "public", "received"
	if m.from.kind == "channel" {
		m.status, m.reached = "sent", true
	}
	switch {
	case history:
		m.read = true
		gw.keep(m)
	default:
		gw.post(m, m.from.kind == "customer" || gw.unknown.ChannelOpensDialogs)
	}
	if !deadline.IsZero() {
		m.chat.deadline = deadline
	}
}

// readCustomer reads who a brought message is about.
func (gw *Gateway) readCustomer(doc *document) customer {
	sub := doc.object("customer")
	if sub == nil {
		doc.q.refuse("customer is required")
		return customer{}
	}
	c := customer{
		externalID: sub.text("external_id", 64), nick: sub.text("nickname", 255), first: sub.text("first_name", 255),
		last: sub.text("last_name", 255), phone: sub.text("phone", 0), email: sub.text("email", 0),
	}
	for _, name := range []string{"avatar", "profile_url", "language", "country"} {
		sub.text(name, 0)
	}
	sub.take("utm")
	sub.texts("secondary_external_ids")
	sub.unknown()
	if c.externalID == "" {
		doc.q.refuse("customer.external_id is required")
	}
	if c.nick == "" {
		doc.q.refuse("customer.nickname is required")
	}
	return c
}

func (gw *Gateway) refreshCustomer(have *customer, now customer) {
	changed := false
	for dst, value := range map[*string]string{
		&have.nick: now.nick, &have.first: now.first, &have.last: now.last, &have.phone: now.phone, &have.email: now.email,
	} {
		if value != "" && *dst != value {
			*dst, changed = value, true
		}
	}
	if changed {
		gw.customerChanged(have)
	}
}

// readBrought reads the message itself.
func (gw *Gateway) readBrought(doc *document) *message {
	sub := doc.object("message")
	m := &message{}
	if sub == nil {
		doc.q.refuse("message is required")
		return m
	}
	m.kind = sub.enum("type", "text", "order", "product", "file", "image", "audio")
	m.content, m.externalID, m.note = sub.text("text", 65535), sub.text("external_id", 255), sub.text("note", 64000)
	m.at = sub.moment("created_at")
	m.items = gw.readItems(sub)
	m.order, _ = sub.take("order").(obj)
	m.product, _ = sub.take("product").(obj)
	sub.text("page_link", 0)
	sub.unknown()
	switch {
	case m.kind == "":
		doc.q.refuse("message.type is required")
	case m.kind == "text" && m.content == "":
		doc.q.refuse("message.text is required")
	case slices.Contains([]string{"file", "image", "audio"}, m.kind) && len(m.items) == 0:
		doc.q.refuse("message.items is required")
	case len(m.items) > 20:
		doc.q.refuse("message.items must contain at maximum 20 items")
	}
	return m
}

func (gw *Gateway) byExternalID(ch *channel, id string) *message {
	for _, m := range gw.messages {
		if m.chat.channel == ch && m.externalID == id && id != "" {
			return m
		}
	}
	return nil
}

// identified finds a message by id or external_id.
func (gw *Gateway) identified(ch *channel, doc *document) *message {
	if id := doc.number("id"); id != 0 {
		if m := gw.message(id); m != nil && m.chat.channel == ch {
			return m
		}
		return nil
	}
	return gw.byExternalID(ch, doc.text("external_id", 255))
}

// named reads a body that names one message of a channel.
func (gw *Gateway) named(q *request, channelField string, more func(*document, *document)) (*message, *answer) {
	doc, no := q.document(false)
	if no != nil {
		return nil, no
	}
	channelID, sub := doc.number(channelField), doc.object("message")
	if sub == nil {
		sub = &document{q: q, path: "message.", in: obj{}, used: map[string]bool{}}
	}
	sub.number("id")
	sub.text("external_id", 255)
	if more != nil {
		more(doc, sub)
	}
	sub.unknown()
	if no := doc.done(); no != nil {
		return nil, no
	}
	ch, no := gw.channelOf(q, channelID)
	if no != nil {
		return nil, no
	}
	m := gw.identified(ch, sub)
	if m == nil {
		no := fail(http.StatusNotFound, "Message not found")
		return nil, &no
	}
	return m, nil
}

func (gw *Gateway) bringEdit(q *request) answer {
	var text string
	m, no := gw.named(q, "channel", func(_, sub *document) {
		text = sub.text("text", 65535)
		sub.text("page_link", 0)
		sub.number("edited_at")
		if text == "" {
			q.refuse("message.text is required")
		}
	})
	if no != nil {
		return *no
	}
	m.content, m.edited = text, true
	gw.messageChanged(m)
	return ok(obj{})
}

func (gw *Gateway) bringDeletion(q *request) answer {
	m, no := gw.named(q, "channel", nil)
	if no != nil {
		return *no
	}
	gw.remove(m)
	return ok(gw.broughtBody(m))
}

func (gw *Gateway) restoreMessage(q *request) answer {
	m, no := gw.named(q, "channel_id", nil)
	if no != nil {
		return *no
	}
	m.deleted, m.updated = false, gw.now()
	gw.emit("message_restored", obj{"message": gw.messageEvent(m)}, m.mass)
	return ok(gw.broughtBody(m))
}

// broughtBody is a message of the Transport API, which has no null for a quote.
func (gw *Gateway) broughtBody(m *message) obj {
	body := gw.messageBody(m)
	if m.quote == nil {
		delete(body, "quote")
	}
	return body
}

// sendingErrors are the codes that a transport may give.
var sendingErrors = []string{"general", "customer_not_exists", "reply_timed_out", "spam_suspicion", "access_restricted"}

// ackMessage finishes an asynchronous sending, by MG's id or by the transport's.
// Assumed: an ack of what has been settled already changes nothing.
func (gw *Gateway) ackMessage(q *request) answer {
	var transportID, code, text string
	failed := false
	m, no := gw.named(q, "channel", func(doc, sub *document) {
		doc.moment("created_at")
		transportID = doc.text("transport_message_id", 255)
		if old := doc.text("external_message_id", 255); old != "" && sub.in["external_id"] == nil && sub.in["id"] == nil {
			sub.in["external_id"] = old // deprecated in the schema
		}
		if e := doc.object("error"); e != nil {
			failed = true
			code, text = e.enum("code", sendingErrors...), e.text("message", 0)
			e.text("external_code", 100)
			e.unknown()
		}
	})
	if no != nil {
		return *no
	}
	if transportID != "" {
		m.externalID = transportID
	}
	switch {
	case m.status != "sending":
	case failed && code == "":
		gw.fail(m, "general", text)
	case failed:
		gw.fail(m, code, text)
	default:
		gw.arrive(m)
	}
	return ok(obj{})
}

// readMessage: the customer has read a message.
func (gw *Gateway) readMessage(q *request) answer {
	m, no := gw.named(q, "channel_id", nil)
	if no != nil {
		return *no
	}
	gw.seen(m)
	return ok(obj{})
}

func (gw *Gateway) readUntil(q *request) answer {
	doc, no := q.document(false)
	if no != nil {
		return *no
	}
	channelID, who, until := doc.number("channel_id"), doc.text("customer_external_id", 0), doc.moment("until")
	if who == "" {
		q.refuse("customer_external_id is required")
	}
	if until.IsZero() {
		q.refuse("until is required")
	}
	if no := doc.done(); no != nil {
		return *no
	}
	ch, no := gw.channelOf(q, channelID)
	if no != nil {
		return *no
	}
	ids := []int{}
	for _, m := range gw.messages {
		if m.chat.channel == ch && m.chat.customer.externalID == who && !m.at.After(until) && m.status == "sent" {
			if gw.seen(m); m.status == "seen" {
				ids = append(ids, m.id)
			}
		}
	}
	return ok(obj{"ids": ids})
}

// addReaction. Assumed: a reaction shows as a changed message.
func (gw *Gateway) addReaction(q *request) answer {
	var reaction string
	m, no := gw.named(q, "channel", func(doc, _ *document) {
		if reaction = doc.text("reaction", 0); reaction == "" {
			q.refuse("reaction is required")
		}
	})
	if no != nil {
		return *no
	}
	m.reactions = append(m.reactions, reaction)
	gw.messageChanged(m)
	return ok(obj{})
}

func (gw *Gateway) deleteReaction(q *request) answer {
	var reaction string
	m, no := gw.named(q, "channel", func(doc, _ *document) { reaction = doc.text("reaction", 0) })
	if no != nil {
		return *no
	}
	m.reactions = slices.DeleteFunc(m.reactions, func(have string) bool { return reaction == "" || have == reaction })
	gw.messageChanged(m)
	return ok(obj{})
}
