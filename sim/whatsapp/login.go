package whatsapp

import (
	"strconv"

	waBinary "go.mau.fi/whatsmeow/binary"
)

// login checks a linked client's credentials: the companion must exist and use the Noise key that it was linked with. Called with mu held.
func (s *Server) login(c *conn) {
	if refusal, ok := s.faults.refusal(); ok {
		if refusal.code == 401 {
			if comp := s.companionOf(c); comp != nil {
				delete(comp.owner.companions, comp.number) // 401 tells the client that it is unlinked, so it is
			}
		}
		s.refuse(c, refusal)
		return
	}
	comp := s.companionOf(c)
	if comp == nil {
		s.refuse(c, refusal{code: 401})
		return
	}
	if old := comp.conn; old != nil && old != c {
		s.replace(old)
	}
	comp.conn, c.companion = c, comp
	c.send(waBinary.Node{Tag: "success", Attrs: waBinary.Attrs{"t": s.unix(), "lid": comp.lidJID(), "status": "active"}})
}

// companionOf is the companion that the login data name, or nil. Called with mu held.
func (s *Server) companionOf(c *conn) *companion {
	owner := s.accounts[strconv.FormatUint(c.payload.GetUsername(), 10)]
	if owner == nil {
		return nil
	}
	comp := owner.companions[uint16(c.payload.GetDevice())]
	if comp == nil || comp.noise != c.noise {
		return nil
	}
	return comp
}

// refuse answers a login with <failure/> and closes. Called with mu held.
func (s *Server) refuse(c *conn, why refusal) {
	attrs := waBinary.Attrs{"reason": strconv.Itoa(why.code), "location": "sim"}
	for key, value := range why.attrs {
		attrs[key] = value
	}
	c.send(waBinary.Node{Tag: "failure", Attrs: attrs})
	c.closeSoon()
}

// replace ends a connection because the same companion connected elsewhere. Called with mu held.
func (s *Server) replace(c *conn) {
	if c.companion != nil && c.companion.conn == c {
		c.companion.conn = nil
	}
	c.send(waBinary.Node{Tag: "stream:error", Content: []waBinary.Node{{Tag: "conflict", Attrs: waBinary.Attrs{"type": "replaced"}}}})
	c.closeSoon()
}

// unlink removes a companion, telling it if it is connected. Called with mu held.
func (s *Server) unlink(comp *companion) {
	delete(comp.owner.companions, comp.number)
	comp.owner.ownDevicesChanged(nil)
	c := comp.conn
	if c == nil {
		return // it learns it at its next login: 401
	}
	comp.conn = nil
	c.send(waBinary.Node{
		Tag: "stream:error", Attrs: waBinary.Attrs{"code": "401"},
		Content: []waBinary.Node{{Tag: "conflict", Attrs: waBinary.Attrs{"type": "device_removed"}}},
	})
	c.closeSoon()
}

// activate lets the queued stanzas flow. Called with mu held.
func (s *Server) activate(c *conn) {
	if c.active {
		return
	}
	c.active = true
	comp := c.companion
	counts := map[string]int{}
	for _, q := range comp.queue {
		counts[q.node.Tag]++
	}
	c.send(waBinary.Node{Tag: "ib", Attrs: fromServer(waBinary.Attrs{}), Content: []waBinary.Node{{
		Tag: "offline_preview",
		Attrs: waBinary.Attrs{
			"count": len(comp.queue), "message": counts["message"], "receipt": counts["receipt"], "notification": counts["notification"],
			"appdata": 0,
		},
	}}})
	for _, q := range comp.queue {
		node := q.node
		node.Attrs = waBinary.Attrs{"offline": "1"}
		for key, value := range q.node.Attrs {
			node.Attrs[key] = value
		}
		c.send(node)
	}
	c.send(waBinary.Node{Tag: "ib", Attrs: fromServer(waBinary.Attrs{}), Content: []waBinary.Node{{
		Tag: "offline", Attrs: waBinary.Attrs{"count": len(comp.queue)},
	}}})
	comp.warnLowPreKeys()
}
