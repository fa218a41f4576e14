package messagegateway

import (
	"time"
)

// channel is one way to customers.
type channel struct {
	id, crmID  int
	kind, name string
	externalID string
	settings   Settings
	window     time.Duration
	// transport is who carries the messages; nil for a messenger that the
	// simulator plays itself.
	transport *transport
	active    bool
	delivery  *Delivery

	created, updated, activated, deactivated time.Time
}

// Channel is a channel that the shop has connected.
type Channel struct {
	gw *Gateway
	ch *channel
}

// AddChannel connects a channel of a type that MG knows (telegram, instagram, vk,
// whatsapp, consultant, …) with the usual settings of that type, changed by change.
func (gw *Gateway) AddChannel(kind, name string, change ...func(*Preset)) *Channel {
	p := PresetOf(kind)
	for _, fn := range change {
		fn(&p)
	}
	ch := &channel{kind: kind, name: name, settings: p.Settings, window: p.Window}
	gw.do(func() { gw.insertChannel(ch) })
	return &Channel{gw, ch}
}

func (gw *Gateway) insertChannel(ch *channel) {
	ch.id, ch.crmID = gw.nextID("channel"), gw.nextID("crm-channel")
	ch.active, ch.created, ch.activated = true, gw.now(), gw.now()
	gw.channels = append(gw.channels, ch)
	gw.emit("channel_updated", obj{"channel": gw.channelRef(ch)}, false)
}

// ID is the channel's id in MG.
func (c *Channel) ID() int { return c.ch.id }

// Kind is the channel's type.
func (c *Channel) Kind() string {
	c.gw.mu.Lock()
	defer c.gw.mu.Unlock()
	return c.ch.kind
}

// Name is what the shop calls the channel.
func (c *Channel) Name() string {
	c.gw.mu.Lock()
	defer c.gw.mu.Unlock()
	return c.ch.name
}

// Active tells whether the channel is switched on.
func (c *Channel) Active() bool {
	c.gw.mu.Lock()
	defer c.gw.mu.Unlock()
	return c.ch.active
}

// Switch switches the channel on or off.
func (c *Channel) Switch(on bool) { c.gw.do(func() { c.gw.switchChannel(c.ch, on) }) }

// Change changes the settings.
func (c *Channel) Change(fn func(*Settings)) {
	c.gw.do(func() {
		fn(&c.ch.settings)
		c.gw.channelChanged(c.ch)
	})
}

// Deliver says what becomes of messages in this channel from now on.
func (c *Channel) Deliver(d Delivery) { c.gw.do(func() { c.ch.delivery = &d }) }

func (gw *Gateway) switchChannel(ch *channel, on bool) {
	if ch.active == on {
		return
	}
	ch.active = on
	if on {
		ch.activated, ch.deactivated = gw.now(), time.Time{}
	} else {
		ch.deactivated = gw.now()
	}
	gw.channelChanged(ch)
}

func (gw *Gateway) channelChanged(ch *channel) {
	ch.updated = gw.now()
	gw.emit("channel_updated", obj{"channel": gw.channelRef(ch)}, false)
}

func (gw *Gateway) channel(id int) *channel {
	return byID(gw.channels, id, func(c *channel) int { return c.id })
}

// Channels lists the channels by id, those of transports included.
func (gw *Gateway) Channels() []*Channel {
	gw.mu.Lock()
	defer gw.mu.Unlock()
	var out []*Channel
	for _, ch := range gw.channels {
		out = append(out, &Channel{gw, ch})
	}
	return out
}

// byID finds an object in a list that rises by id.
func byID[T any](list []*T, id int, of func(*T) int) *T {
	for _, v := range list {
		if of(v) == id {
			return v
		}
	}
	return nil
}

// channelBody is a line of GET /channels of either API.
func (gw *Gateway) channelBody(ch *channel) obj {
	return obj{
		"id": ch.id, "type": ch.kind, "name": ch.name, "settings": ch.settings, "created_at": stamp(ch.created),
		"updated_at": orNull(ch.updated), "activated_at": stamp(ch.activated), "deactivated_at": orNull(ch.deactivated),
		"is_active": ch.active,
	}
}

// channelRef is a channel inside of a chat.
func (gw *Gateway) channelRef(ch *channel) obj {
	transport := 4 // RetailCRM's own
	if ch.transport != nil {
		transport = ch.transport.id
	}
	return obj{
		"id": ch.id, "avatar": "", "transport_id": transport, "type": ch.kind, "settings": ch.settings, "name": ch.name,
		"is_active": ch.active,
	}
}

func (gw *Gateway) listChannels(q *request) answer {
	l := newList(q, gw.channels, func(c *channel) int { return c.id }, func(c *channel) time.Time { return latest(c.created, c.updated) })
	q.filterFlag("active", func(want bool) { l.keep(func(c *channel) bool { return c.active == want }) })
	q.filterTypes("types", func(has func(string) bool) { l.keep(func(c *channel) bool { return has(c.kind) }) })
	if q.transport != nil {
		l.keep(func(c *channel) bool { return c.transport == q.transport })
		return l.answer(func(c *channel) any {
			body := gw.channelBody(c)
			body["external_id"] = c.externalID
			return body
		})
	}
	return l.answer(func(c *channel) any { return gw.channelBody(c) })
}

func latest(times ...time.Time) (out time.Time) {
	for _, t := range times {
		if t.After(out) {
			out = t
		}
	}
	return out
}
