package whatsapp

import (
	"encoding/binary"

	"go.mau.fi/libsignal/ecc"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/util/keys"
)

// handleEncrypt serves the key directory: count, upload and bundles. Called with mu held.
func (s *Server) handleEncrypt(c *conn, node *waBinary.Node) {
	switch {
	case hasChild(node, "count"):
		c.result(node, waBinary.Node{Tag: "count", Attrs: waBinary.Attrs{"value": len(c.companion.oneTime)}})
	case hasChild(node, "registration"):
		if problem := s.uploadPreKeys(c.companion, node); problem != "" {
			s.puzzled("upload of prekeys: %s", problem)
			c.failure(node, 406, "not-acceptable")
			return
		}
		c.announced = false
		c.result(node)
	case hasChild(node, "key"):
		var users []waBinary.Node
		for _, asked := range childrenOf(node.GetChildByTag("key"), "user") {
			users = append(users, s.bundleNode(asked))
		}
		c.result(node, waBinary.Node{Tag: "list", Content: users})
	default:
		s.puzzled("%s", node)
		c.failure(node, 400, "bad-request")
	}
}

// uploadPreKeys stores a client's keys; the answer is what was wrong, or "".
func (s *Server) uploadPreKeys(comp *companion, node *waBinary.Node) string {
	reg, who := bytesOf(node.GetChildByTag("registration")), bytesOf(node.GetChildByTag("identity"))
	if len(reg) != 4 || len(who) != 32 || string(bytesOf(node.GetChildByTag("type"))) != string([]byte{ecc.DjbType}) {
		return "registration, type or identity has a wrong length"
	}
	signed, err := publicPreKeyOf(node.GetChildByTag("skey"))
	if err != nil {
		return err.Error()
	}
	if !signed.signedBy([32]byte(who)) {
		return "the signed prekey is not signed by the identity key"
	}
	known := map[uint32]bool{}
	for _, key := range comp.oneTime {
		known[key.id] = true
	}
	for _, child := range childrenOf(node.GetChildByTag("list"), "key") {
		key, err := publicPreKeyOf(child)
		if err != nil {
			return err.Error()
		}
		if !known[key.id] {
			comp.oneTime = append(comp.oneTime, key)
		}
	}
	comp.regID, comp.identity, comp.signed = binary.BigEndian.Uint32(reg), [32]byte(who), signed
	return ""
}

// bundleNode is the answer for one asked device: its keys, or item-not-found.
func (s *Server) bundleNode(asked waBinary.Node) waBinary.Node {
	jid, _ := asked.Attrs["jid"].(types.JID)
	answer := waBinary.Node{Tag: "user", Attrs: waBinary.Attrs{"jid": jid}}
	owner := s.find(jid)
	if owner != nil && owner.registered {
		if d := owner.device(jid.Device); d != nil {
			one := d.newPreKey()
			answer.Content = []waBinary.Node{
				leaf("registration", binary.BigEndian.AppendUint32(nil, d.keys().regID)), leaf("type", []byte{ecc.DjbType}),
				leaf("identity", d.keys().identity.Pub[:]), preKeyNode("skey", publicOf(d.keys().signed)), preKeyNode("key", publicOf(one)),
			}
			return answer
		}
		if comp := owner.companions[jid.Device]; comp != nil {
			content := []waBinary.Node{
				leaf("registration", binary.BigEndian.AppendUint32(nil, comp.regID)), leaf("type", []byte{ecc.DjbType}),
				leaf("identity", comp.identity[:]), preKeyNode("skey", comp.signed),
			}
			if one, ok := comp.popPreKey(); ok {
				content = append(content, preKeyNode("key", one))
			}
			answer.Content = content
			return answer
		}
	}
	answer.Content = []waBinary.Node{{Tag: "error", Attrs: waBinary.Attrs{"code": "404", "text": "item-not-found"}}}
	return answer
}

func publicOf(key *keys.PreKey) publicPreKey {
	public := publicPreKey{id: key.KeyID, pub: *key.Pub}
	if key.Signature != nil {
		public.sig = key.Signature[:]
	}
	return public
}

func preKeyNode(tag string, key publicPreKey) waBinary.Node {
	content := []waBinary.Node{leaf("id", binary.BigEndian.AppendUint32(nil, key.id)[1:]), leaf("value", append([]byte(nil), key.pub[:]...))}
	if key.sig != nil {
		content = append(content, leaf("signature", key.sig))
	}
	return waBinary.Node{Tag: tag, Content: content}
}
