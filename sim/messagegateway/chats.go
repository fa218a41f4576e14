package messagegateway

import (
	"slices"
	"time"
)

// chat is everything that was said with one customer in one channel.
type chat struct {
	id         int
	channel    *channel
	customer   *customer
	externalID string // as a transport calls it
	dialogs    []*dialog
	messages   []*message
	notRead    int // customer's messages that no operator has seen
	deadline   time.Time

	activity, created, updated time.Time
}

// latest is the newest dialog, nil when there was none.
func (c *chat) latest() *dialog {
	if len(c.dialogs) == 0 {
		return nil
	}
	return c.dialogs[len(c.dialogs)-1]
}

// open is the dialog that is going on, nil when there is none.
func (c *chat) open() *dialog {
	if d := c.latest(); d != nil && d.closed.IsZero() {
		return d
	}
	return nil
}

// last is the newest message that stands, mass communication only when wanted.
// Assumed: system messages do not count as the last of a chat.
func (c *chat) last(mass bool, of func(*message) bool) *message {
	for i := len(c.messages) - 1; i >= 0; i-- {
		if m := c.messages[i]; !m.deleted && m.kind != "system" && (mass || !m.mass) && (of == nil || of(m)) {
			return m
		}
	}
	return nil
}

func (gw *Gateway) chat(id int) *chat { return byID(gw.chats, id, func(c *chat) int { return c.id }) }

// chatWith finds a customer's chat, nil when he has none.
func (gw *Gateway) chatWith(who *customer) *chat {
	for _, c := range gw.chats {
		if c.customer == who {
			return c
		}
	}
	return nil
}

// newChat opens a chat; quiet ones are known to nobody until something is said.
func (gw *Gateway) newChat(who *customer, quiet bool) *chat {
	now := gw.now()
	c := &chat{id: gw.nextID("chat"), channel: who.channel, customer: who, created: now, updated: now, activity: now}
	gw.chats = append(gw.chats, c)
	if !quiet {
		gw.emit("chat_created", obj{"chat": gw.chatRef(c)}, false)
	}
	return c
}

func (gw *Gateway) chatChanged(c *chat) {
	c.updated = gw.now()
	body := gw.chatRef(c)
	body["last_message"] = nil
	if m := c.last(false, nil); m != nil {
		body["last_message"] = gw.messageBody(m)
	}
	if d := c.latest(); d != nil {
		body["last_dialog"] = gw.lastDialog(d)
	}
	gw.emit("chat_updated", obj{"chat": body}, false)
}

// chatRef is a chat inside of an event. Its counter is called otherwise than in
// the lists (types of retailcrm/bot-api-client-go).
func (gw *Gateway) chatRef(c *chat) obj {
	body := obj{
		"id": c.id, "avatar": "", "name": "", "channel": gw.channelRef(c.channel), "customer": gw.customerActor(c.customer),
		"last_activity": moment(c.activity), "created_at": stamp(c.created), "not_read_messages_count": c.notRead,
		"unread": c.notRead > 0, "waiting_level": "none",
	}
	if !c.deadline.IsZero() {
		body["reply_deadline"] = moment(c.deadline)
	}
	return body
}

func (gw *Gateway) lastDialog(d *dialog) obj {
	body := obj{
		"id": d.id, "created_at": stamp(d.created), "closed_at": orNull(d.closed), "assigned_at": orNull(d.assigned),
		"responsible": nil, "utm": nil,
	}
	if d.responsible != (actor{}) {
		body["responsible"] = gw.actorBody(d.responsible)
	}
	return body
}

// listChats hides what mass communication did unless it is asked for: the last
// message, and chats in which nothing else was said.
func (gw *Gateway) listChats(q *request) answer {
	l := newList(q, gw.chats, func(c *chat) int { return c.id }, func(c *chat) time.Time { return c.updated })
	mass, _ := q.flag("include_mass_communication")
	l.keep(func(c *chat) bool {
		return len(c.messages) == 0 || slices.ContainsFunc(c.messages, func(m *message) bool { return mass || !m.mass })
	})
	q.filterID("channel_id", func(want int) { l.keep(func(c *chat) bool { return c.channel.id == want }) })
	q.filterEnum("channel_type", channelTypes, func(want string) { l.keep(func(c *chat) bool { return c.channel.kind == want }) })
	q.filterID("customer_id", func(want int) { l.keep(func(c *chat) bool { return c.customer.id == want }) })
	q.filterText("customer_external_id", func(want string) { l.keep(func(c *chat) bool { return c.customer.externalID == want }) })
	return l.answer(func(c *chat) any { return gw.chatBody(c, mass) })
}

// chatBody is a line of GET /chats. Empty lists and what is missing come as null,
// as Go servers write them.
func (gw *Gateway) chatBody(c *chat, mass bool) obj {
	body := gw.chatRef(c)
	delete(body, "not_read_messages_count")
	body["not_read_messages"], body["updated_at"] = c.notRead, stamp(c.updated)
	body["last_message"], body["last_user_message"], body["members"] = nil, nil, nil
	if m := c.last(mass, nil); m != nil {
		body["last_message"] = gw.messageBody(m)
	}
	if m := c.last(mass, func(m *message) bool { return m.from.kind == "user" }); m != nil {
		body["last_user_message"] = obj{"id": m.id}
	}
	if d := c.latest(); d != nil {
		body["last_dialog"] = gw.lastDialog(d)
	}
	var members []any
	for _, m := range gw.members {
		if m.chat == c {
			members = append(members, obj{"is_author": false, "state": m.state, "user": gw.actorBody(m.user.actor())})
		}
	}
	if members != nil {
		body["members"] = members
	}
	return body
}

// Chat is a chat as the operators see it in their list.
type Chat struct {
	ID            int
	Channel       int
	Customer      int // in MG
	Name          string
	LastActivity  time.Time
	ReplyDeadline time.Time // zero: no window
	NotRead       int
	Dialog        Dialog // the latest; zero when there was none
}

// Chats lists all chats by id.
func (gw *Gateway) Chats() []Chat {
	gw.mu.Lock()
	defer gw.mu.Unlock()
	var out []Chat
	for _, c := range gw.chats {
		out = append(out, c.view())
	}
	return out
}

// Chat returns a chat as it is now.
func (gw *Gateway) Chat(id int) (Chat, bool) {
	gw.mu.Lock()
	defer gw.mu.Unlock()
	c := gw.chat(id)
	if c == nil {
		return Chat{}, false
	}
	return c.view(), true
}

func (c *chat) view() Chat {
	out := Chat{
		ID: c.id, Channel: c.channel.id, Customer: c.customer.id, Name: c.customer.name(), LastActivity: c.activity,
		ReplyDeadline: c.deadline, NotRead: c.notRead,
	}
	if d := c.latest(); d != nil {
		out.Dialog = d.view()
	}
	return out
}
