package whatsapp

import (
	"encoding/binary"

	"go.mau.fi/libsignal/ecc"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// receipt tells the sending client that this device has a message: kind "" for delivered. Called with mu held.
func (d *device) receipt(in encrypted, kind string, content ...waBinary.Node) {
	comp := in.sender.companions[in.from.Device]
	if comp == nil || in.kind == plainKind {
		return // sent by a phone, not by a linked client, or the client was unlinked meanwhile
	}
	attrs := waBinary.Attrs{"from": d.lidJID(), "id": in.id, "t": d.owner.srv.unix()}
	if kind != "" {
		attrs["type"] = kind
	}
	node := waBinary.Node{Tag: "receipt", Attrs: attrs}
	if len(content) > 0 {
		node.Content = content
	}
	comp.push(node)
	put(&d.owner.senderOf, in.id, comp)
}

// askAgain is a retry receipt, with fresh keys so that the sender can start a new session.
func (d *device) askAgain(in encrypted, count int) {
	t := d.owner.srv.unix()
	d.receipt(in, "retry",
		waBinary.Node{Tag: "retry", Attrs: waBinary.Attrs{"count": count, "id": in.id, "t": t, "v": 1}},
		leaf("registration", binary.BigEndian.AppendUint32(nil, d.keys().regID)),
		waBinary.Node{Tag: "keys", Content: []waBinary.Node{
			leaf("type", []byte{ecc.DjbType}), leaf("identity", d.keys().identity.Pub[:]),
			preKeyNode("key", publicOf(d.newPreKey())), preKeyNode("skey", publicOf(d.keys().signed)),
		}},
	)
}

// read marks messages as opened and sends read receipts, one per sending client with all ids. Called with mu held.
func (a *account) read(ids []string) {
	byClient := map[*companion][]string{}
	var order []*companion
	for _, id := range ids {
		i, ok := a.byID[id]
		if !ok || a.inbox[i].Read || a.inbox[i].FromMe {
			continue
		}
		a.inbox[i].Read = true
		a.srv.tell(a, a.inbox[i])
		if comp := a.senderOf[id]; comp != nil {
			if byClient[comp] == nil {
				order = append(order, comp)
			}
			byClient[comp] = append(byClient[comp], id)
		}
	}
	for _, comp := range order {
		ids := byClient[comp]
		node := waBinary.Node{Tag: "receipt", Attrs: waBinary.Attrs{"from": a.lidJID(), "id": ids[0], "t": a.srv.unix(), "type": "read"}}
		if len(ids) > 1 {
			var items []waBinary.Node
			for _, id := range ids[1:] {
				items = append(items, waBinary.Node{Tag: "item", Attrs: waBinary.Attrs{"id": id}})
			}
			node.Content = []waBinary.Node{{Tag: "list", Content: items}}
		}
		comp.push(node)
	}
}

// handleReceipt takes a client's receipt: it is the acknowledgement of a message. Called with mu held.
func (s *Server) handleReceipt(c *conn, node *waBinary.Node) {
	id, _ := node.Attrs["id"].(string)
	to, _ := node.Attrs["to"].(types.JID)
	kind, _ := node.Attrs["type"].(string)
	ids := []string{id}
	if list, ok := node.GetOptionalChildByTag("list"); ok { // GetChildByTag would give the receipt itself if there is none
		for _, item := range list.GetChildrenByTag("item") {
			if more, ok := item.Attrs["id"].(string); ok {
				ids = append(ids, more)
			}
		}
	}
	writer := s.find(to)
	for _, id := range ids {
		var sent *sentByUser
		if writer != nil {
			sent = writer.sent[id]
		}
		switch kind {
		case "", "inactive", "sender", "peer_msg", "hist_sync":
			c.companion.acknowledged(ackKey("message", id, nil, nil))
			if sent != nil {
				sent.state.Acknowledged = true
			}
		case "read", "played", "read-self":
			if sent != nil {
				sent.state.Read = true
			}
		case "retry":
			s.sendAgain(c.companion, sent, node)
		default:
			s.puzzled("%s", node)
		}
	}
	attrs := waBinary.Attrs{"class": "receipt", "id": id, "from": to}
	if kind != "" {
		attrs["type"] = kind
	}
	c.send(waBinary.Node{Tag: "ack", Attrs: attrs})
}

// handleAck takes the acknowledgement of a receipt or a notification, or of a message that the client could not handle.
func (s *Server) handleAck(c *conn, node *waBinary.Node) {
	class, _ := node.Attrs["class"].(string)
	if problem, ok := node.Attrs["error"]; ok {
		s.puzzled("the client refuses a stanza with error %v: %s", problem, node)
	}
	if c.companion != nil {
		c.companion.acknowledged(ackKey(class, node.Attrs["id"], node.Attrs["type"], node.Attrs["to"]))
	}
}
