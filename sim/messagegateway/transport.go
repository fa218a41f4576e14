package messagegateway

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// transport is the side of an integration module that carries messages.
type transport struct {
	id             int
	module         string
	token, webhook string
	active         bool
}

// transportRoutes lists the methods that the simulator plays. Templates it does
// not: they are refused and listed as not understood.
func transportRoutes() []route {
	at := func(method, path string, run func(*Gateway, *request) answer) route {
		return route{method: method, path: transportPrefix + path, json: method != http.MethodGet, run: run}
	}
	return []route{
		at(http.MethodGet, "/channels", (*Gateway).listChannels),
		at(http.MethodPost, "/channels", (*Gateway).activateChannel),
		at(http.MethodPut, "/channels/{channel}", (*Gateway).updateChannel),
		at(http.MethodDelete, "/channels/{channel}", (*Gateway).deactivateChannel),
		{method: http.MethodPost, path: transportPrefix + "/files/upload", file: true, run: (*Gateway).upload},
		at(http.MethodPost, "/files/upload_by_url", (*Gateway).uploadByURL),
		at(http.MethodGet, "/files/{id}", (*Gateway).getFile),
		at(http.MethodPost, "/messages", (*Gateway).bringMessage),
		at(http.MethodPut, "/messages", (*Gateway).bringEdit),
		at(http.MethodDelete, "/messages", (*Gateway).bringDeletion),
		at(http.MethodPost, "/messages/history", (*Gateway).bringHistory),
		at(http.MethodPost, "/messages/ack", (*Gateway).ackMessage),
		at(http.MethodPost, "/messages/read", (*Gateway).readMessage),
		at(http.MethodPost, "/messages/read_until", (*Gateway).readUntil),
		at(http.MethodPost, "/messages/restore", (*Gateway).restoreMessage),
		at(http.MethodPost, "/messages/reaction", (*Gateway).addReaction),
		at(http.MethodDelete, "/messages/reaction", (*Gateway).deleteReaction),
	}
}

// channelOf finds a channel of the asking transport. "Channel not found" is the
// recorded text.
func (gw *Gateway) channelOf(q *request, id int) (*channel, *answer) {
	if ch := gw.channel(id); ch != nil && ch.transport == q.transport {
		return ch, nil
	}
	no := fail(http.StatusNotFound, "Channel not found")
	return nil, &no
}

// readChannel applies a body to a channel.
func (gw *Gateway) readChannel(q *request, doc *document, ch *channel) *answer {
	kind, name, external := doc.enum("type", channelTypes...), doc.text("name", 100), doc.text("external_id", 64)
	doc.text("avatar_url", 255)
	var settings *Settings
	if v := doc.take("settings"); v != nil {
		settings = &Settings{}
		d := json.NewDecoder(bytes.NewReader(encode(v)))
		d.DisallowUnknownFields()
		switch err := d.Decode(settings); {
		case err != nil && strings.Contains(err.Error(), "unknown field"):
			q.puzzled("settings: " + err.Error())
		case err != nil:
			doc.bad("settings")
		case settings.wrong() != "":
			doc.bad("settings." + settings.wrong())
		}
	}
	if ch.kind == "" && kind == "" {
		q.refuse("type is required")
	}
	if no := doc.done(); no != nil {
		return no
	}
	ch.kind, ch.name, ch.externalID = cmp.Or(kind, ch.kind), cmp.Or(name, ch.name), cmp.Or(external, ch.externalID)
	if settings != nil {
		ch.settings = *settings
	}
	return nil
}

// activateChannel makes a channel, or switches on the one whose id is given. The
// schema demands the id, the official clients leave it out for a new channel.
// Assumed: an external_id that another channel has makes a second channel, since
// the official examples look for the old one first.
func (gw *Gateway) activateChannel(q *request) answer {
	doc, no := q.document(false)
	if no != nil {
		return *no
	}
	ch := &channel{transport: q.transport}
	if id := doc.number("id"); id != 0 {
		if ch, no = gw.channelOf(q, id); no != nil {
			return *no
		}
	}
	if no := gw.readChannel(q, doc, ch); no != nil {
		return *no
	}
	if ch.id == 0 {
		gw.insertChannel(ch)
	} else {
		ch.active, ch.activated, ch.deactivated = true, gw.now(), time.Time{}
		gw.channelChanged(ch)
	}
	return answer{status: http.StatusCreated, body: obj{"id": ch.id, "activated_at": stamp(ch.activated)}}
}

func (gw *Gateway) updateChannel(q *request) answer {
	doc, no := q.document(false)
	if no != nil {
		return *no
	}
	ch, no := gw.channelOf(q, q.id("channel"))
	if no != nil {
		return *no
	}
	doc.number("id") // the official Go client repeats it
	if no := gw.readChannel(q, doc, ch); no != nil {
		return *no
	}
	gw.channelChanged(ch)
	return ok(obj{"id": ch.id, "updated_at": stamp(ch.updated)})
}

func (gw *Gateway) deactivateChannel(q *request) answer {
	ch, no := gw.channelOf(q, q.id("channel"))
	if no != nil {
		return *no
	}
	gw.switchChannel(ch, false)
	return ok(obj{"id": ch.id, "deactivated_at": stamp(ch.deactivated)})
}
