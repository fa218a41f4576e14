package whatsapp

import (
	"errors"
	"time"

	"go.mau.fi/libsignal/signalerror"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"
)

// handleMessage takes a message of a client: the faults first, then once per id. Called with mu held.
func (s *Server) handleMessage(c *conn, node *waBinary.Node) {
	id, _ := node.Attrs["id"].(string)
	to, _ := node.Attrs["to"].(types.JID)
	if id == "" || to.IsEmpty() {
		s.puzzled("%s", node)
		return
	}
	comp := c.companion
	participants, fanOut := node.GetOptionalChildByTag("participants")
	if !fanOut {
		s.handleDirect(c, node, id, to)
		return
	}
	switch fate := s.faults.messageFate(); fate.kind {
	case fateCutBefore:
		s.drop(c)
		return
	case fateRefuse:
		c.ackMessage(id, to, s.now(), fate.code, "")
		return
	case fateCutAfter:
		c.active = false // receipts wait for the next login, so that nothing of this exchange gets through
		s.takeOnce(comp, id, to, participants)
		s.drop(c)
		return
	case fateLoseAck:
		s.takeOnce(comp, id, to, participants)
		return
	}
	if s.timeLocked(comp.owner, to) {
		c.ackMessage(id, to, s.now(), 463, "")
		return
	}
	if seen, ok := comp.seen[id]; ok {
		c.ackMessage(id, to, seen.at, 0, "")
		return
	}
	c.ackMessage(id, to, s.now(), 0, s.missingDevices(comp, to, participants))
	s.takeOnce(comp, id, to, participants)
}

// drop cuts a connection; its companion counts as offline from now on. Called with mu held.
func (s *Server) drop(c *conn) {
	if c.companion != nil && c.companion.conn == c {
		c.companion.conn = nil
	}
	c.active = false
	c.cut()
}

func (c *conn) ackMessage(id string, to types.JID, at time.Time, code int, hash string) {
	attrs := waBinary.Attrs{"class": "message", "id": id, "from": to, "t": at.Unix()}
	if code != 0 {
		attrs["error"] = code
	}
	if hash != "" {
		attrs["phash"] = hash
	}
	c.send(waBinary.Node{Tag: "ack", Attrs: attrs})
}

// takeOnce hands the copies of a new message to the devices they are for. A message whose id is known is not handed on again.
func (s *Server) takeOnce(comp *companion, id string, to types.JID, participants waBinary.Node) {
	if _, ok := comp.seen[id]; ok {
		return
	}
	comp.seen[id] = seenSend{at: s.now()}
	if peer := s.find(to); peer != nil {
		put(&comp.owner.chats, peer.number, true)
	}
	for _, copied := range participants.GetChildrenByTag("to") {
		jid, _ := copied.Attrs["jid"].(types.JID)
		s.deliver(comp, id, to, jid, copied.GetChildByTag("enc"))
	}
}

// deliver brings one copy to one device. Copies for devices that do not exist (any more) vanish, as they do at the real server.
func (s *Server) deliver(comp *companion, id string, to, jid types.JID, enc waBinary.Node) {
	kind, _ := enc.Attrs["type"].(string)
	body := bytesOf(enc)
	owner := s.find(jid)
	if len(body) == 0 || kind == "" {
		s.puzzled("message %s for %s has no <enc>", id, jid)
		return
	}
	if owner == nil || !owner.registered || owner.refuses(comp.owner) {
		return
	}
	if d := owner.device(jid.Device); d != nil {
		peer := s.find(to)
		if peer == nil {
			peer = owner
		}
		d.receive(encrypted{id: id, from: comp.lidJID(), sender: comp.owner, to: peer, kind: kind, body: body, at: s.now()})
		return
	}
	if other := owner.companions[jid.Device]; other != nil && other != comp {
		attrs := waBinary.Attrs{"from": comp.lidJID(), "id": id, "type": "text", "t": s.unix(), "notify": comp.owner.name}
		if owner == comp.owner {
			attrs["recipient"] = to
		} else {
			attrs["sender_pn"], attrs["addressing_mode"] = comp.pnJID(), "lid"
		}
		other.push(waBinary.Node{Tag: "message", Attrs: attrs, Content: []waBinary.Node{
			{Tag: "enc", Attrs: waBinary.Attrs{"v": "2", "type": kind}, Content: body},
		}})
	}
}

// handleDirect takes a message with a single <enc>: the answer to a retry receipt, which repeats its id on purpose, or a message to the
// own phone (category peer).
func (s *Server) handleDirect(c *conn, node *waBinary.Node, id string, to types.JID) {
	enc, ok := node.GetOptionalChildByTag("enc")
	owner := s.find(to)
	if !ok || owner == nil {
		s.puzzled("%s", node)
		return
	}
	c.ackMessage(id, to, s.now(), 0, "")
	d := owner.device(to.Device)
	if d == nil {
		return
	}
	kind, _ := enc.Attrs["type"].(string)
	d.receive(encrypted{id: id, from: c.companion.lidJID(), sender: c.companion.owner, to: owner, kind: kind, body: bytesOf(enc), at: s.now()})
}

// receive decrypts a copy if the phone is on; otherwise the server keeps it. Called with mu held.
func (d *device) receive(in encrypted) {
	a := d.owner
	if !a.online {
		a.waiting = append(a.waiting, pendingStanza{device: d, msg: in})
		return
	}
	s := a.srv
	var plain []byte
	var err error
	if in.kind == plainKind {
		plain = in.body
	} else if plain, err = d.decrypt(in.from, in.kind, in.body); err != nil {
		d.unreadable(in, err)
		return
	}
	var msg waE2E.Message
	if err = proto.Unmarshal(plain, &msg); err != nil {
		s.puzzled("message %s to %s is no waE2E.Message: %v", in.id, a.number, err)
		return
	}
	a.show(shown{id: in.id, from: in.sender, to: in.to, device: d.number, at: in.at, msg: &msg})
	if in.sender == a {
		return // a copy for the own phone: no receipt
	}
	d.receipt(in, "")
	if _, ok := a.byID[in.id]; ok && a.readsAtOnce && d.number == 0 {
		a.read([]string{in.id})
	}
	a.react(in)
}

// plainKind marks a message between two simulated phones, which needs no encryption.
const plainKind = "plain"

// unreadable asks the sender for a message again, except for one that was read already.
func (d *device) unreadable(in encrypted, why error) {
	s := d.owner.srv
	if errors.Is(why, signalerror.ErrOldCounter) || d.retries[in.id] >= 4 {
		s.rejected = append(s.rejected, Rejected{Person: "+" + d.owner.number, Device: d.number, MessageID: in.id, Why: why.Error()})
		s.log.Info("message given up", "id", in.id, "device", d.number, "err", why)
		return
	}
	put(&d.retries, in.id, d.retries[in.id]+1)
	d.askAgain(in, d.retries[in.id])
}

// takeWaiting delivers what arrived while the phone was off.
func (a *account) takeWaiting() {
	waiting := a.waiting
	a.waiting = nil
	for _, w := range waiting {
		w.device.receive(w.msg)
	}
}

// timeLocked tells whether the reach-out lock forbids this message: it stops new chats, never answers.
func (s *Server) timeLocked(owner *account, to types.JID) bool {
	peer := s.find(to)
	return s.faults.isTimeLocked(s.now()) && (peer == nil || !owner.chats[peer.number])
}
