package whatsapp

import (
	"encoding/binary"
	"errors"
	"slices"
	"time"

	"go.mau.fi/libsignal/ecc"
	"go.mau.fi/libsignal/keys/identity"
	"go.mau.fi/libsignal/keys/prekey"
	"go.mau.fi/libsignal/util/optional"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// companion is a real client linked to an account, as the server knows it. Guarded by Server.mu.
type companion struct {
	owner    *account
	number   uint16
	name     string // what the phone's list of linked devices shows
	linkedAt time.Time

	noise    [32]byte // the static key it must use at every login
	identity [32]byte
	regID    uint32
	signed   publicPreKey
	oneTime  []publicPreKey

	conn  *conn
	queue []queuedStanza      // sent or to be sent, and not acknowledged
	seen  map[string]seenSend // messages taken from it, by id
}

// publicPreKey is the public half of a prekey, as uploaded. sig is nil for one-time keys.
type publicPreKey struct {
	id  uint32
	pub [32]byte
	sig []byte
}

// queuedStanza waits for the acknowledgement that key describes.
type queuedStanza struct {
	key  string
	node waBinary.Node
}

// seenSend is the answer that a message got, for the same answer when it comes again.
type seenSend struct {
	at time.Time
}

func (comp *companion) pnJID() types.JID {
	jid := comp.owner.pnJID()
	jid.Device = comp.number
	return jid
}

func (comp *companion) lidJID() types.JID {
	jid := comp.owner.lidJID()
	jid.Device = comp.number
	return jid
}

// push queues a stanza until the client acknowledges it, and sends it now if the client is active.
func (comp *companion) push(node waBinary.Node) {
	comp.queue = append(comp.queue, queuedStanza{key: ackKey(node.Tag, node.Attrs["id"], node.Attrs["type"], node.Attrs["from"]), node: node})
	if comp.conn != nil && comp.conn.active {
		comp.conn.send(node)
	}
}

// ackKey names a stanza as its acknowledgement does. Messages are answered by a receipt without the type; receipts for one message
// differ by type and sender.
func ackKey(class string, id, kind, from any) string {
	text := func(v any) string {
		switch v := v.(type) {
		case string:
			return v
		case types.JID:
			return v.String()
		}
		return ""
	}
	if class == "message" {
		return "message|" + text(id)
	}
	return class + "|" + text(id) + "|" + text(kind) + "|" + text(from)
}

// acknowledged removes a stanza from the queue: the oldest, since a message sent again after a retry receipt has the same key.
func (comp *companion) acknowledged(key string) {
	i := slices.IndexFunc(comp.queue, func(q queuedStanza) bool { return q.key == key })
	if i >= 0 {
		comp.queue = slices.Delete(comp.queue, i, i+1)
	}
}

// publicPreKeyOf reads <key> or <skey>.
func publicPreKeyOf(node waBinary.Node) (publicPreKey, error) {
	id, value := bytesOf(node.GetChildByTag("id")), bytesOf(node.GetChildByTag("value"))
	if len(id) != 3 || len(value) != 32 {
		return publicPreKey{}, errors.New("a prekey needs an id of 3 bytes and a value of 32")
	}
	key := publicPreKey{id: binary.BigEndian.Uint32(append([]byte{0}, id...)), pub: [32]byte(value)}
	if node.Tag == "skey" {
		if key.sig = bytesOf(node.GetChildByTag("signature")); len(key.sig) != 64 {
			return publicPreKey{}, errors.New("a signed prekey needs a signature of 64 bytes")
		}
	}
	return key, nil
}

// signedBy tells whether the identity key vouches for a signed prekey.
func (k publicPreKey) signedBy(identity [32]byte) bool {
	if len(k.sig) != 64 {
		return false
	}
	return ecc.VerifySignature(ecc.NewDjbECPublicKey(identity), append([]byte{ecc.DjbType}, k.pub[:]...), [64]byte(k.sig))
}

// bundle hands out the keys with which somebody starts a session with this companion, taking one one-time key away.
func (comp *companion) bundle() *prekey.Bundle {
	one, ok := comp.popPreKey()
	signed, who := ecc.NewDjbECPublicKey(comp.signed.pub), identity.NewKey(ecc.NewDjbECPublicKey(comp.identity))
	if !ok {
		return prekey.NewBundle(comp.regID, uint32(comp.number), optional.NewEmptyUint32(), comp.signed.id, nil, signed, [64]byte(comp.signed.sig), who)
	}
	return prekey.NewBundle(comp.regID, uint32(comp.number), optional.NewOptionalUint32(one.id), comp.signed.id,
		ecc.NewDjbECPublicKey(one.pub), signed, [64]byte(comp.signed.sig), who)
}

// lowPreKeys is how few one-time keys make the server ask for more. whatsmeow uploads below 5.
const lowPreKeys = 5

func (comp *companion) popPreKey() (publicPreKey, bool) {
	if len(comp.oneTime) == 0 {
		return publicPreKey{}, false
	}
	key := comp.oneTime[0]
	comp.oneTime = comp.oneTime[1:]
	comp.warnLowPreKeys()
	return key, true
}

// warnLowPreKeys tells the client once per connection that its keys run out.
func (comp *companion) warnLowPreKeys() {
	if len(comp.oneTime) >= lowPreKeys || comp.conn == nil || comp.conn.announced {
		return
	}
	comp.conn.announced = true
	s := comp.owner.srv
	comp.push(waBinary.Node{
		Tag: "notification", Attrs: fromServer(waBinary.Attrs{"id": s.nextID(), "type": "encrypt", "t": s.unix()}),
		Content: []waBinary.Node{{Tag: "count", Attrs: waBinary.Attrs{"value": len(comp.oneTime)}}},
	})
}
