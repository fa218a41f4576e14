package whatsapp

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"go.mau.fi/libsignal/ecc"
	"go.mau.fi/libsignal/keys/identity"
	"go.mau.fi/libsignal/keys/prekey"
	"go.mau.fi/libsignal/util/optional"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"google.golang.org/protobuf/proto"
)

// Addressing is how the server names a customer in a message to a linked client. The real service uses all three.
type Addressing int

const (
	// ByLID names the hidden id and adds the number.
	ByLID Addressing = iota
	// ByNumber names the number and adds the hidden id.
	ByNumber
	// ByNumberOnly names the number and nothing else.
	ByNumberOnly
)

func (a Addressing) String() string {
	switch a {
	case ByLID:
		return "by LID"
	case ByNumber:
		return "by number"
	case ByNumberOnly:
		return "by number only"
	}
	return fmt.Sprintf("Addressing(%d)", int(a))
}

// sentByUser is a message that a simulated phone sent to linked clients, kept for retry receipts. Guarded by Server.mu.
type sentByUser struct {
	order int
	from  *device
	attrs waBinary.Attrs
	media string // mediatype of <enc>, or ""
	plain []byte
	state SentState
}

// ErrNotOnWhatsApp means that the number has no account, or left.
var ErrNotOnWhatsApp = errors.New("whatsapp simulator: the number is not on WhatsApp")

// SendText writes to the shop's number. The text waits at the server for clients which are not connected. It returns the message id.
func (c *Customer) SendText(to, text string, how Addressing) (string, error) {
	return c.send(to, &waE2E.Message{Conversation: proto.String(text)}, how, "text", "")
}

func (c *Customer) send(to string, msg *waE2E.Message, how Addressing, kind, media string) (string, error) {
	s := c.srv
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.touch()
	return c.sendLocked(s.findNumber(to), msg, how, kind, media)
}

// sendLocked is send with mu held.
func (c *Customer) sendLocked(peer *account, msg *waE2E.Message, how Addressing, kind, media string) (string, error) {
	s := c.srv
	if peer == nil || !peer.registered || !c.acc.registered {
		return "", ErrNotOnWhatsApp
	}
	id := newMessageID()
	attrs := waBinary.Attrs{"id": id, "t": s.unix(), "type": kind, "notify": c.acc.name}
	switch how {
	case ByLID:
		attrs["from"], attrs["sender_pn"], attrs["addressing_mode"] = c.acc.lidJID(), c.acc.pnJID(), "lid"
	case ByNumber:
		attrs["from"], attrs["sender_lid"], attrs["addressing_mode"] = c.acc.pnJID(), c.acc.lidJID(), "pn"
	case ByNumberOnly:
		attrs["from"] = c.acc.pnJID()
	}
	shownMessage := shown{id: id, from: c.acc, to: peer, at: s.now(), msg: msg}
	c.acc.show(shownMessage)
	peer.show(shownMessage)
	return id, s.toCompanions(c.acc.devices[0], peer, id, attrs, media, msg)
}

// ownText writes on the shop's phone itself; linked clients get a copy.
func (s *Server) ownText(owner *account, customer, text string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.touch()
	peer := s.findNumber(customer)
	if peer == nil || !peer.registered {
		return "", ErrNotOnWhatsApp
	}
	id := newMessageID()
	msg := &waE2E.Message{Conversation: proto.String(text)}
	plain, err := proto.Marshal(msg)
	if err != nil {
		return "", err
	}
	owner.show(shown{id: id, from: owner, to: peer, at: s.now(), msg: msg})
	for _, d := range peer.devices {
		d.receive(encrypted{id: id, from: owner.lidJID(), sender: owner, to: peer, kind: plainKind, body: plain, at: s.now()})
	}
	attrs := waBinary.Attrs{
		"id": id, "t": s.unix(), "type": "text", "from": owner.lidJID(), "recipient": peer.lidJID(), "peer_recipient_pn": peer.pnJID(),
	}
	copied := &waE2E.Message{DeviceSentMessage: &waE2E.DeviceSentMessage{
		DestinationJID: proto.String(peer.lidJID().String()), Message: msg,
	}}
	return id, s.toCompanions(owner.devices[0], owner, id, attrs, "", copied)
}

// toCompanions encrypts a message for every linked client of an account and queues it. Called with mu held.
func (s *Server) toCompanions(from *device, to *account, id string, attrs waBinary.Attrs, media string, msg *waE2E.Message) error {
	plain, err := proto.Marshal(msg)
	if err != nil {
		return err
	}
	sent := &sentByUser{order: len(from.owner.sent), from: from, attrs: attrs, media: media, plain: plain}
	put(&from.owner.sent, id, sent)
	for _, comp := range to.sortedCompanions() {
		if err = s.encryptAndPush(comp, sent, 0); err != nil {
			return fmt.Errorf("whatsapp simulator: message %s for device %d: %w", id, comp.number, err)
		}
	}
	return nil
}

func (s *Server) encryptAndPush(comp *companion, sent *sentByUser, count int) error {
	peer := comp.lidJID().SignalAddress()
	if sent.from.sessions[peer.String()] == nil {
		if err := sent.from.builderFor(peer).ProcessBundle(context.Background(), comp.bundle()); err != nil {
			return err
		}
	}
	kind, body, err := sent.from.encryptFor(peer, sent.plain)
	if err != nil {
		return err
	}
	if count == 0 && s.faults.takeGarble() {
		body[len(body)-1] ^= 0xff // the MAC's last byte
	}
	attrs := waBinary.Attrs{"v": "2", "type": kind}
	if sent.media != "" {
		attrs["mediatype"] = sent.media
	}
	if count > 0 {
		attrs["count"] = count
	}
	outer := waBinary.Attrs{}
	for key, value := range sent.attrs {
		outer[key] = value
	}
	comp.push(waBinary.Node{Tag: "message", Attrs: outer, Content: []waBinary.Node{{Tag: "enc", Attrs: attrs, Content: body}}})
	return nil
}

// sendAgain answers a client's retry receipt with the same message in a new session. Called with mu held.
func (s *Server) sendAgain(comp *companion, sent *sentByUser, node *waBinary.Node) {
	if sent == nil {
		s.puzzled("retry receipt for an unknown message: %s", node)
		return
	}
	sent.state.Retries++
	retry := node.GetChildByTag("retry")
	count := retry.AttrGetter().OptionalInt("count")
	peer := comp.lidJID().SignalAddress()
	delete(sent.from.sessions, peer.String())
	if keys, ok := node.GetOptionalChildByTag("keys"); ok {
		bundle, err := bundleFromRetry(comp, node, keys)
		if err == nil {
			err = sent.from.builderFor(peer).ProcessBundle(context.Background(), bundle)
		}
		if err != nil {
			s.puzzled("keys of a retry receipt: %v: %s", err, node)
			return
		}
	}
	// The undecryptable copy is acknowledged by its own <ack>; the new one waits for its own receipt.
	if err := s.encryptAndPush(comp, sent, max(count, 1)); err != nil {
		s.puzzled("sending again: %v", err)
	}
}

func bundleFromRetry(comp *companion, node *waBinary.Node, keysNode waBinary.Node) (*prekey.Bundle, error) {
	reg, who := bytesOf(node.GetChildByTag("registration")), bytesOf(keysNode.GetChildByTag("identity"))
	if len(reg) != 4 || len(who) != 32 {
		return nil, errors.New("registration or identity has a wrong length")
	}
	one, err := publicPreKeyOf(keysNode.GetChildByTag("key"))
	if err != nil {
		return nil, err
	}
	signed, err := publicPreKeyOf(keysNode.GetChildByTag("skey"))
	if err != nil {
		return nil, err
	}
	return prekey.NewBundle(binary.BigEndian.Uint32(reg), uint32(comp.number), optional.NewOptionalUint32(one.id), signed.id,
		ecc.NewDjbECPublicKey(one.pub), ecc.NewDjbECPublicKey(signed.pub), [64]byte(signed.sig),
		identity.NewKey(ecc.NewDjbECPublicKey([32]byte(who)))), nil
}

// newMessageID is an id as phones make them: 3A and 18 hexadecimal digits.
func newMessageID() string {
	var raw [9]byte
	_, _ = rand.Read(raw[:]) // never fails (crypto/rand)
	return "3A" + strings.ToUpper(hex.EncodeToString(raw[:]))
}

// SendToGroup writes to a group in which the shop's number is too; group is the number
// before "@g.us". Assumed: the text is encrypted for each member alone, as the real service does
// for members who lack the group's key; nobody but the shop is in the group here.
func (c *Customer) SendToGroup(to, group, text string) (string, error) {
	s := c.srv
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.touch()
	peer := s.findNumber(to)
	if peer == nil || !peer.registered || !c.acc.registered {
		return "", ErrNotOnWhatsApp
	}
	id := newMessageID()
	attrs := waBinary.Attrs{
		"id": id, "t": s.unix(), "type": "text", "notify": c.acc.name, "from": types.NewJID(group, types.GroupServer),
		"participant": c.acc.lidJID(), "participant_pn": c.acc.pnJID(), "addressing_mode": "lid",
	}
	return id, s.toCompanions(c.acc.devices[0], peer, id, attrs, "", &waE2E.Message{Conversation: proto.String(text)})
}
