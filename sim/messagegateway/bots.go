package messagegateway

import (
	"fmt"
	"slices"
	"time"
)

// command is what operators may type after a slash to ask a bot.
type command struct {
	id                int
	name, description string
	created, updated  time.Time
}

// Bot is a bot as a test sees it.
type Bot struct {
	ID           int
	Module, Name string
	Active       bool
	Roles        []string
	Commands     []string // names
}

// Bots lists the bots by id.
func (gw *Gateway) Bots() []Bot {
	gw.mu.Lock()
	defer gw.mu.Unlock()
	var out []Bot
	for _, b := range gw.bots {
		view := Bot{ID: b.id, Module: b.module, Name: b.name, Active: b.active, Roles: slices.Clone(b.roles)}
		for _, c := range b.commands {
			view.Commands = append(view.Commands, c.name)
		}
		out = append(out, view)
	}
	return out
}

// roles of a bot.
var botRoles = []string{"responsible", "distributor", "hidden"}

func (gw *Gateway) listBots(q *request) answer {
	l := newList(q, gw.bots, func(b *bot) int { return b.id }, func(b *bot) time.Time { return latest(b.created, b.updated) })
	q.filterFlag("active", func(want bool) { l.keep(func(b *bot) bool { return b.active == want }) })
	q.seen["role"] = true
	for _, role := range q.query["role"] {
		if !slices.Contains(botRoles, role) {
			q.refuse("role: value %q is not valid", role)
		}
		l.keep(func(b *bot) bool { return slices.Contains(b.roles, role) })
	}
	return l.answer(func(b *bot) any {
		var roles any // null when there are none, as Go servers write an empty list
		if len(b.roles) > 0 {
			roles = b.roles
		}
		body := obj{
			"id": b.id, "name": gw.escape(b.name), "client_id": b.clientID, "roles": roles, "created_at": stamp(b.created),
			"updated_at": orNull(b.updated), "deactivated_at": orNull(b.deactivated), "is_active": b.active, "is_self": b == q.bot,
			"is_system": false,
		}
		if b.avatar != "" {
			body["avatar_url"] = b.avatar
		}
		return body
	})
}

func (gw *Gateway) editBot(q *request) answer {
	doc, no := q.document(false)
	if no != nil {
		return *no
	}
	name, avatar, roles := doc.text("name", 255), doc.text("avatar_url", 0), doc.texts("roles")
	for _, role := range roles {
		if !slices.Contains(botRoles, role) {
			doc.bad("roles")
		}
	}
	if no := doc.done(); no != nil {
		return *no
	}
	if name != "" {
		q.bot.name = name
	}
	if avatar != "" {
		q.bot.avatar = avatar
	}
	if doc.in["roles"] != nil {
		q.bot.roles = roles
	}
	q.bot.updated = gw.now()
	gw.emit("bot_updated", gw.actorBody(q.bot.actor()).(obj), false)
	return ok(obj{})
}

func commandBody(c *command) obj {
	body := obj{"id": c.id, "name": c.name, "description": c.description, "created_at": stamp(c.created)}
	if !c.updated.IsZero() {
		body["updated_at"] = stamp(c.updated)
	}
	return body
}

func (gw *Gateway) listCommands(q *request) answer {
	l := newList(q, q.bot.commands, func(c *command) int { return c.id }, func(c *command) time.Time { return latest(c.created, c.updated) })
	q.filterText("name", func(want string) { l.keep(func(c *command) bool { return c.name == want }) })
	return l.answer(func(c *command) any { return commandBody(c) })
}

// putCommand. Assumed: a name in the body, which the schema allows, renames.
func (gw *Gateway) putCommand(q *request) answer {
	name := q.vars["name"]
	doc, no := q.document(false)
	if no != nil {
		return *no
	}
	rename, description := doc.text("name", 32), doc.text("description", 64)
	if len([]rune(name)) > 32 {
		q.refuse("name must be a maximum of 32 characters in length")
	}
	i := slices.IndexFunc(q.bot.commands, func(c *command) bool { return c.name == name })
	if i < 0 && doc.in["description"] == nil {
		q.refuse("description is required")
	}
	if no := doc.done(); no != nil {
		return *no
	}
	if i < 0 {
		q.bot.commands = append(q.bot.commands, &command{id: gw.nextID("command"), name: name, created: gw.now()})
		i = len(q.bot.commands) - 1
	} else {
		q.bot.commands[i].updated = gw.now()
	}
	c := q.bot.commands[i]
	if rename != "" {
		c.name = rename
	}
	if doc.in["description"] != nil {
		c.description = description
	}
	return ok(commandBody(c))
}

func (gw *Gateway) deleteCommand(q *request) answer {
	i := slices.IndexFunc(q.bot.commands, func(c *command) bool { return c.name == q.vars["name"] })
	if i < 0 {
		return *missing("command", q.vars["name"])
	}
	q.bot.commands = slices.Delete(q.bot.commands, i, i+1)
	return ok(obj{})
}

// knows tells whether a bot has registered a command.
func (gw *Gateway) knows(name string) bool {
	return slices.ContainsFunc(gw.bots, func(b *bot) bool {
		return b.active && slices.ContainsFunc(b.commands, func(c *command) bool { return c.name == name })
	})
}

// newToken is never the same twice.
func (gw *Gateway) newToken(kind, module string) string {
	gw.tokens++
	return fmt.Sprintf("%s-%s-%d", kind, module, gw.tokens)
}
