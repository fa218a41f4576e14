package messagegateway

import (
	"fmt"
	"slices"
	"strconv"
	"time"
)

// dialog is a session inside of a chat, from the first message to the close.
type dialog struct {
	id          int
	chat        *chat
	begin, end  int // ids of messages
	responsible actor
	tags        []tag

	created, assigned, closed, updated time.Time
}

type tag struct{ name, color string }

// Dialog is a dialog as a test sees it.
type Dialog struct {
	ID     int
	Open   bool
	Tags   []string
	Opened time.Time
	Closed time.Time
	// Responsible is "user" or "bot", "" when nobody is; ResponsibleID is his id
	// in MG.
	Responsible   string
	ResponsibleID int
}

func (d *dialog) view() Dialog {
	out := Dialog{
		ID: d.id, Open: d.closed.IsZero(), Opened: d.created, Closed: d.closed,
		Responsible: d.responsible.kind, ResponsibleID: d.responsible.id,
	}
	for _, t := range d.tags {
		out.Tags = append(out.Tags, t.name)
	}
	return out
}

// Dialogs lists the dialogs of a chat, oldest first.
func (gw *Gateway) Dialogs(chatID int) []Dialog {
	gw.mu.Lock()
	defer gw.mu.Unlock()
	var out []Dialog
	if c := gw.chat(chatID); c != nil {
		for _, d := range c.dialogs {
			out = append(out, d.view())
		}
	}
	return out
}

func (gw *Gateway) dialog(id int) *dialog {
	return byID(gw.dialogs, id, func(d *dialog) int { return d.id })
}

// newDialog begins a dialog and says so in the chat. first is the id of the
// message that opens it, 0 when it was opened by hand.
func (gw *Gateway) newDialog(c *chat, first int) *dialog {
	now := gw.now()
	d := &dialog{id: gw.nextID("dialog"), chat: c, begin: first, created: now, updated: now}
	c.dialogs = append(c.dialogs, d)
	gw.dialogs = append(gw.dialogs, d)
	return d
}

// announce tells everybody that a dialog was opened, and hands it out.
func (gw *Gateway) announce(d *dialog) {
	gw.system(d.chat, d, "dialog_opened", nil)
	gw.emit("dialog_opened", obj{"dialog": gw.dialogEvent(d)}, false)
}

// handOut gives a new dialog to whom [Gateway.HandOut] named.
func (gw *Gateway) handOut(d *dialog) {
	if gw.handTo != (actor{}) && d.responsible == (actor{}) {
		gw.assign(d, gw.handTo)
	}
}

// assign makes somebody responsible. Assumed: a user who loses a dialog to somebody
// else leaves the chat, which is the left_user_id of the answer.
func (gw *Gateway) assign(d *dialog, to actor) (left int) {
	now, before := gw.now(), d.responsible
	d.responsible, d.assigned, d.updated = to, now, now
	if u := gw.user(to.id); to.kind == "user" && u != nil {
		gw.join(d.chat, u)
	}
	gw.system(d.chat, d, "dialog_assign", func(m *message) { m.responsible = to })
	gw.emit("dialog_assign", obj{"chat": gw.chatRef(d.chat), "dialog": gw.dialogEvent(d)}, false)
	if u := gw.user(before.id); before.kind == "user" && before != to && u != nil {
		gw.leave(d.chat, u)
		left = u.id
	}
	return left
}

// unassign makes nobody responsible. Assumed: nothing but a system message and a
// chat_updated tells of it; the list of events has no name for it.
func (gw *Gateway) unassign(d *dialog) {
	before := d.responsible
	d.responsible, d.assigned, d.updated = actor{}, time.Time{}, gw.now()
	gw.system(d.chat, d, "dialog_unassign", func(m *message) { m.responsible = before })
	gw.chatChanged(d.chat)
}

// close ends a dialog. Assumed: it keeps who was responsible.
func (gw *Gateway) close(d *dialog) {
	now := gw.now()
	d.closed, d.updated = now, now
	if m := d.chat.last(true, func(m *message) bool { return m.dialog == d }); m != nil {
		d.end = m.id
	}
	d.chat.notRead = 0
	gw.system(d.chat, d, "dialog_closed", nil)
	gw.emit("dialog_closed", obj{"dialog": gw.dialogEvent(d)}, false)
	gw.chatChanged(d.chat)
}

func (gw *Gateway) responsibleBody(a actor, since time.Time) any {
	if a == (actor{}) {
		return nil
	}
	body := obj{"id": a.id, "type": a.kind, "external_id": "", "assigned_at": orNull(since)}
	if u := gw.user(a.id); a.kind == "user" && u != nil {
		body["external_id"] = strconv.Itoa(u.crmID)
	}
	return body
}

func (gw *Gateway) dialogEvent(d *dialog) obj {
	return obj{
		"id": d.id, "begin_message_id": idOrNull(d.begin), "ending_message_id": idOrNull(d.end), "created_at": stamp(d.created),
		"closed_at": orNull(d.closed), "assigned_at": orNull(d.assigned), "responsible": gw.responsibleBody(d.responsible, d.assigned),
		"utm": nil, "chat": gw.chatRef(d.chat),
	}
}

func (gw *Gateway) dialogBody(d *dialog) obj {
	tags := []any{}
	for _, t := range d.tags {
		tags = append(tags, obj{"name": t.name, "color_code": t.color})
	}
	body := obj{
		"id": d.id, "chat_id": d.chat.id, "begin_message_id": idOrNull(d.begin), "ending_message_id": idOrNull(d.end), "bot_id": nil,
		"created_at": stamp(d.created), "updated_at": stamp(d.updated), "closed_at": orNull(d.closed),
		"is_active": !gw.unknown.ActiveMeansOpen || d.closed.IsZero(), "is_assigned": d.responsible != (actor{}), "tags": tags,
	}
	if d.responsible != (actor{}) {
		body["responsible"] = gw.responsibleBody(d.responsible, d.assigned)
	}
	if d.responsible.kind == "bot" {
		body["bot_id"] = d.responsible.id
	}
	return body
}

// listDialogs. Assumed: active asks for dialogs that are open, whatever is_active
// shows; include_mass_communication changes nothing, because mass communication
// opens no dialogs.
func (gw *Gateway) listDialogs(q *request) answer {
	l := newList(q, gw.dialogs, func(d *dialog) int { return d.id }, func(d *dialog) time.Time { return d.updated })
	q.flag("include_mass_communication")
	q.filterID("chat_id", func(want int) { l.keep(func(d *dialog) bool { return d.chat.id == want }) })
	q.filterID("user_id", func(want int) { l.keep(func(d *dialog) bool { return d.responsible == actor{"user", want} }) })
	q.filterID("bot_id", func(want int) { l.keep(func(d *dialog) bool { return d.responsible == actor{"bot", want} }) })
	q.filterFlag("active", func(want bool) { l.keep(func(d *dialog) bool { return d.closed.IsZero() == want }) })
	q.filterFlag("assign", func(want bool) { l.keep(func(d *dialog) bool { return (d.responsible != actor{}) == want }) })
	return l.answer(func(d *dialog) any { return gw.dialogBody(d) })
}

// latestDialog finds the dialog of an address that may be changed: the latest of
// its chat (recorded errors). Assumed: a closed one is refused as well.
func (gw *Gateway) latestDialog(q *request) (*dialog, *answer) {
	d := gw.dialog(q.id("dialog"))
	switch {
	case d == nil:
		return nil, missing("dialog", q.vars["dialog"])
	case d != d.chat.latest():
		return nil, bad("dialog is not the latest in the chat")
	case !d.closed.IsZero():
		return nil, bad("dialog is closed")
	}
	return d, nil
}

// chosen reads who shall be responsible: exactly one of user_id and bot_id.
func (gw *Gateway) chosen(doc *document, needed bool) (actor, *answer) {
	userID, botID := doc.number("user_id"), doc.number("bot_id")
	if no := doc.done(); no != nil {
		return actor{}, no
	}
	switch {
	case userID != 0 && botID != 0, userID == 0 && botID == 0 && needed:
		return actor{}, bad("either user_id or bot_id must be specified")
	case userID != 0:
		if u := gw.user(userID); u == nil || !u.active {
			return actor{}, missing("user", userID)
		}
		return actor{"user", userID}, nil
	case botID != 0:
		return actor{"bot", botID}, gw.refuseBot(botID)
	}
	return actor{}, nil
}

// refuseBot says why a dialog cannot be given to a bot. Assumed: the role
// "responsible" is needed, as the documentation of roles has it.
func (gw *Gateway) refuseBot(id int) *answer {
	b := gw.bot(id)
	switch {
	case b == nil || !b.active:
		return missing("bot", id)
	case !gw.unknown.AnyBot && !slices.Contains(b.roles, "responsible"):
		return bad("bot #%d can not be responsible", id)
	}
	return nil
}

func (gw *Gateway) assignDialog(q *request) answer {
	doc, no := q.document(false)
	if no != nil {
		return *no
	}
	to, no := gw.chosen(doc, true)
	if no != nil {
		return *no
	}
	d, no := gw.latestDialog(q)
	if no != nil {
		return *no
	}
	before, since := d.responsible, d.assigned
	left := gw.assign(d, to)
	return ok(obj{
		"responsible": gw.responsibleBody(d.responsible, d.assigned), "previous_responsible": gw.responsibleBody(before, since),
		"left_user_id": idOrNull(left), "is_reassign": before != (actor{}),
	})
}

func (gw *Gateway) unassignDialog(q *request) answer {
	d, no := gw.latestDialog(q)
	if no != nil {
		return *no
	}
	if d.responsible == (actor{}) {
		return *bad("dialog is not assigned")
	}
	before := gw.responsibleBody(d.responsible, d.assigned)
	gw.unassign(d)
	return ok(obj{"previous_responsible": before})
}

func (gw *Gateway) closeDialog(q *request) answer {
	d, no := gw.latestDialog(q)
	if no != nil {
		return *no
	}
	gw.close(d)
	return ok(obj{})
}

// createDialog. Assumed: a chat that has an open dialog gets no second one.
func (gw *Gateway) createDialog(q *request) answer {
	doc, no := q.document(true)
	if no != nil {
		return *no
	}
	to, no := gw.chosen(doc, false)
	if no != nil {
		return *no
	}
	c := gw.chat(q.id("chat"))
	if c == nil {
		return *missing("chat", q.vars["chat"])
	}
	if c.open() != nil {
		return *bad("chat #%d already has an active dialog", c.id)
	}
	d := gw.newDialog(c, 0)
	gw.announce(d)
	if to != (actor{}) {
		gw.assign(d, to)
	}
	gw.handOut(d)
	gw.chatChanged(c)
	return ok(obj{"id": d.id, "created_at": stamp(d.created)})
}

// tagColors are the colours of a tag.
var tagColors = []string{
	"light-red", "light-blue", "light-green", "light-orange", "light-gray", "light-grayish-blue",
	"red", "blue", "green", "orange", "gray", "grayish-blue",
}

func (gw *Gateway) addTags(q *request) answer {
	return gw.changeTags(q, func(d *dialog, t tag) {
		if !slices.ContainsFunc(d.tags, func(have tag) bool { return have.name == t.name }) {
			d.tags = append(d.tags, t)
		}
	})
}

func (gw *Gateway) deleteTags(q *request) answer {
	return gw.changeTags(q, func(d *dialog, t tag) {
		d.tags = slices.DeleteFunc(d.tags, func(have tag) bool { return have.name == t.name })
	})
}

func (gw *Gateway) changeTags(q *request, change func(*dialog, tag)) answer {
	doc, no := q.document(false)
	if no != nil {
		return *no
	}
	var tags []tag
	for i, sub := range doc.list("tags") {
		t := tag{name: sub.text("name", 255), color: sub.enum("color_code", tagColors...)}
		if t.name == "" {
			q.refuse("tags[%d].name is required", i)
		}
		if t.color == "" {
			t.color = "light-gray" // Assumed: the colour of a tag that was given none.
		}
		sub.unknown()
		tags = append(tags, t)
	}
	if len(tags) == 0 {
		q.refuse("tags is required")
	}
	if no := doc.done(); no != nil {
		return *no
	}
	d := gw.dialog(q.id("dialog"))
	if d == nil {
		return *missing("dialog", q.vars["dialog"])
	}
	for _, t := range tags {
		change(d, t)
	}
	d.updated = gw.now()
	gw.chatChanged(d.chat)
	return ok(obj{})
}

// HandOut gives every new dialog to a bot by its id in MG, as the account's rules
// of distribution may. 0 leaves new dialogs to nobody, which is how it begins.
func (gw *Gateway) HandOut(botID int) {
	gw.do(func() {
		gw.handTo = actor{}
		if botID != 0 {
			gw.handTo = actor{"bot", botID}
		}
	})
}

func (gw *Gateway) noChat(id int) error { return fmt.Errorf("sim/messagegateway: no chat %d", id) }
