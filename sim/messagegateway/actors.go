package messagegateway

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// actor names somebody who writes or is responsible: a customer, a user (an
// operator), a bot or a channel. The zero value is nobody.
type actor struct {
	kind string
	id   int
}

// user is an operator: a user of the CRM.
type user struct {
	id, crmID          int
	first, last, email string
	active, online     bool
	connected          bool
	created, updated   time.Time
}

func (u *user) actor() actor { return actor{"user", u.id} }

func (u *user) name() string { return strings.TrimSpace(u.first + " " + u.last) }

func (gw *Gateway) user(id int) *user { return byID(gw.users, id, func(u *user) int { return u.id }) }

// bot is the chat side of an integration module.
type bot struct {
	id               int
	module, name     string
	clientID, token  string
	avatar           string
	roles            []string
	active           bool
	created, updated time.Time
	deactivated      time.Time
	commands         []*command
}

func (b *bot) actor() actor { return actor{"bot", b.id} }

func (gw *Gateway) bot(id int) *bot { return byID(gw.bots, id, func(b *bot) int { return b.id }) }

// customer is somebody who writes in one channel.
type customer struct {
	id, crmID   int // crmID is the CRM's own id of the relation
	card        int // the card in the CRM, 0 for a stranger
	channel     *channel
	externalID  string
	nick        string
	first, last string
	phone       string
	email       string
	banned      bool
	refusal     string // error code of everything sent to him, "" when it arrives
	delivery    *Delivery

	created, updated time.Time
}

func (c *customer) actor() actor { return actor{"customer", c.id} }

func (c *customer) name() string {
	if full := strings.TrimSpace(c.first + " " + c.last); full != "" {
		return full
	}
	return c.nick
}

func (gw *Gateway) customer(id int) *customer {
	return byID(gw.customers, id, func(c *customer) int { return c.id })
}

// member is an operator who takes part in a chat.
type member struct {
	id               int
	chat             *chat
	user             *user
	state            string // active, kicked, leaved
	created, updated time.Time
}

// actorBody is the Actor of the schema. A user's external_id is his id in the CRM
// (public code of RetailCRM_Chats; a recorded user 11111 has "116"), a customer's
// that of the messenger.
func (gw *Gateway) actorBody(a actor) any {
	switch a.kind {
	case "user":
		u := gw.user(a.id)
		return obj{
			"id": u.id, "external_id": strconv.Itoa(u.crmID), "type": "user", "avatar": "", "name": gw.escape(u.name()),
			"first_name": gw.escape(u.first), "last_name": gw.escape(u.last), "available": u.online, "is_technical_account": false,
		}
	case "bot":
		b := gw.bot(a.id)
		return obj{"id": b.id, "external_id": "", "type": "bot", "avatar": b.avatar, "name": gw.escape(b.name), "is_system": false}
	case "customer":
		return gw.customerActor(gw.customer(a.id))
	case "channel":
		ch := gw.channel(a.id)
		return obj{"id": ch.id, "external_id": "", "type": "channel", "avatar": "", "name": gw.escape(ch.name)}
	}
	return nil
}

func (gw *Gateway) customerActor(c *customer) obj {
	body := obj{
		"id": c.id, "external_id": c.externalID, "type": "customer", "avatar": "", "name": gw.escape(c.name()),
		"username": gw.escape(c.nick), "is_blocked": c.banned,
	}
	for name, value := range map[string]string{"first_name": c.first, "last_name": c.last, "phone": c.phone, "email": c.email} {
		if value != "" {
			body[name] = gw.escape(value)
		}
	}
	return body
}

func (gw *Gateway) customerChanged(c *customer) {
	c.updated = gw.now()
	gw.emit("customer_updated", gw.customerActor(c), false)
}

func (gw *Gateway) listUsers(q *request) answer {
	l := newList(q, gw.users, func(u *user) int { return u.id }, func(u *user) time.Time { return latest(u.created, u.updated) })
	l.ascends = true // as recorded
	q.filterFlag("active", func(want bool) { l.keep(func(u *user) bool { return u.active == want }) })
	q.filterFlag("online", func(want bool) { l.keep(func(u *user) bool { return u.online == want }) })
	q.filterText("external_id", func(want string) { l.keep(func(u *user) bool { return strconv.Itoa(u.crmID) == want }) })
	return l.answer(func(u *user) any {
		return obj{
			"id": u.id, "external_id": strconv.Itoa(u.crmID), "username": u.email, "first_name": gw.escape(u.first),
			"last_name": gw.escape(u.last), "created_at": stamp(u.created), "updated_at": orNull(u.updated), "revoked_at": nil,
			"is_active": u.active, "is_online": u.online, "connected": u.connected, "available": u.online,
			"is_technical_account": false,
		}
	})
}

func (gw *Gateway) listCustomers(q *request) answer {
	l := newList(q, gw.customers, func(c *customer) int { return c.id }, func(c *customer) time.Time { return latest(c.created, c.updated) })
	q.filterID("channel_id", func(want int) { l.keep(func(c *customer) bool { return c.channel.id == want }) })
	q.filterEnum("channel_type", channelTypes, func(want string) { l.keep(func(c *customer) bool { return c.channel.kind == want }) })
	q.filterText("external_id", func(want string) { l.keep(func(c *customer) bool { return c.externalID == want }) })
	return l.answer(func(c *customer) any {
		body := obj{
			"id": c.id, "external_id": c.externalID, "channel_id": c.channel.id, "username": gw.escape(c.nick),
			"created_at": stamp(c.created), "updated_at": orNull(c.updated), "revoked_at": nil, "is_blocked": c.banned, "utm": nil,
		}
		for name, value := range map[string]string{"first_name": c.first, "last_name": c.last, "phone": c.phone, "email": c.email} {
			if value != "" {
				body[name] = gw.escape(value)
			}
		}
		return body
	})
}

func (gw *Gateway) listMembers(q *request) answer {
	l := newList(q, gw.members, func(m *member) int { return m.id }, func(m *member) time.Time { return latest(m.created, m.updated) })
	q.filterID("chat_id", func(want int) { l.keep(func(m *member) bool { return m.chat.id == want }) })
	q.filterID("user_id", func(want int) { l.keep(func(m *member) bool { return m.user.id == want }) })
	q.filterEnum("state", []string{"active", "kicked", "leaved"}, func(want string) {
		l.keep(func(m *member) bool { return m.state == want })
	})
	return l.answer(func(m *member) any {
		return obj{
			"id": m.id, "chat_id": m.chat.id, "user_id": m.user.id, "state": m.state, "is_author": false,
			"created_at": stamp(m.created), "updated_at": stamp(latest(m.created, m.updated)),
		}
	})
}

// join makes a user take part in a chat.
func (gw *Gateway) join(c *chat, u *user) {
	for _, m := range gw.members {
		if m.chat == c && m.user == u {
			if m.state == "active" {
				return
			}
			m.state, m.updated = "active", gw.now()
			gw.joined(c, u)
			return
		}
	}
	gw.members = append(gw.members, &member{id: gw.nextID("member"), chat: c, user: u, state: "active", created: gw.now()})
	gw.joined(c, u)
}

func (gw *Gateway) joined(c *chat, u *user) {
	gw.system(c, c.open(), "user_joined", func(m *message) { m.about = u.actor() })
	gw.emit("user_joined_chat", obj{"chat": gw.chatRef(c), "user": gw.actorBody(u.actor())}, false)
}

// leave makes a user leave a chat.
func (gw *Gateway) leave(c *chat, u *user) {
	i := slices.IndexFunc(gw.members, func(m *member) bool { return m.chat == c && m.user == u && m.state == "active" })
	if i < 0 {
		return
	}
	gw.members[i].state, gw.members[i].updated = "leaved", gw.now()
	gw.system(c, c.open(), "user_left", func(m *message) { m.about = u.actor() })
	gw.emit("user_left_chat", obj{"chat": obj{"id": c.id}, "user": obj{"id": u.id}, "reason": "leave"}, false)
}
