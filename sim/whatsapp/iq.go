package whatsapp

import (
	"strconv"
	"time"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// handleIQ answers a request, or takes the answer to one of the server's. Called with mu held.
func (s *Server) handleIQ(c *conn, node *waBinary.Node) {
	kind, _ := node.Attrs["type"].(string)
	if kind == "result" || kind == "error" {
		if c.pairing != nil && node.Attrs["id"] == c.pairing.iqID {
			s.pairingAnswered(c, node)
		}
		return
	}
	space, _ := node.Attrs["xmlns"].(string)
	switch {
	case space == "w:p":
		c.result(node)
	case space == "md":
		s.handleMD(c, node)
	case c.companion == nil:
		s.puzzled("%s from a client that is not logged in", node)
		c.failure(node, 401, "not-authorized")
	case space == "encrypt":
		s.handleEncrypt(c, node)
	case space == "passive":
		s.handlePassive(c, node)
	case space == "usync":
		s.handleUsync(c, node)
	case space == "privacy":
		s.handlePrivacy(c, node)
	case space == "w:m":
		s.handleMediaConn(c, node)
	case space == "w:sync:app:state":
		s.handleAppState(c, node)
	case space == "w:profile:picture":
		c.failure(node, 404, "item-not-found") // nobody has a picture here
	case space == "blocklist":
		c.result(node, waBinary.Node{Tag: "list"})
	case space == "status", space == "urn:xmpp:whatsapp:push", space == "urn:xmpp:whatsapp:dirty":
		c.result(node) // about text, push registration, clean marks: taken and forgotten
	default:
		s.puzzled("%s", node)
		c.failure(node, 501, "feature-not-implemented")
	}
}

// handlePassive starts (active) or stops (passive) the flow of queued stanzas.
func (s *Server) handlePassive(c *conn, node *waBinary.Node) {
	switch {
	case hasChild(node, "active"):
		c.result(node)
		s.activate(c)
	case hasChild(node, "passive"):
		c.active = false
		c.result(node)
	default:
		s.puzzled("%s", node)
		c.failure(node, 400, "bad-request")
	}
}

// handlePrivacy answers the settings of the account and takes privacy tokens.
func (s *Server) handlePrivacy(c *conn, node *waBinary.Node) {
	switch {
	case hasChild(node, "tokens"):
		c.result(node)
	case hasChild(node, "privacy"):
		c.result(node, waBinary.Node{Tag: "privacy", Content: []waBinary.Node{
			{Tag: "category", Attrs: waBinary.Attrs{"name": "readreceipts", "value": "all"}},
		}})
	default:
		s.puzzled("%s", node)
		c.failure(node, 400, "bad-request")
	}
}

// handleAppState says that every collection is empty.
func (s *Server) handleAppState(c *conn, node *waBinary.Node) {
	var collections []waBinary.Node
	for _, asked := range childrenOf(node.GetChildByTag("sync"), "collection") {
		collections = append(collections, waBinary.Node{
			Tag: "collection", Attrs: waBinary.Attrs{"name": asked.Attrs["name"], "version": "0", "type": "result"},
		})
	}
	c.result(node, waBinary.Node{Tag: "sync", Content: collections})
}

// Presence is what a client announced about itself.
type Presence struct {
	Phone  string // number of its account, with '+'
	Device uint16
	Type   string // "available" or "unavailable"
	Name   string // the push name that customers would see
}

func (s *Server) handlePresence(c *conn, node *waBinary.Node) {
	attrs := node.AttrGetter()
	p := Presence{
		Phone: "+" + c.companion.owner.number, Device: c.companion.number,
		Type: attrs.OptionalString("type"), Name: attrs.OptionalString("name"),
	}
	switch p.Type {
	case "available", "unavailable":
		c.available = p.Type == "available"
		s.presences = append(s.presences, p)
	case "subscribe":
		// Nobody shows his presence here.
	default:
		s.puzzled("%s", node)
	}
}

// Typing is a client's word that somebody types in a chat, or has stopped.
type Typing struct {
	Phone     string // number of the client's account, with '+'
	To        string // number of the one who sees it, with '+'; empty when nobody has that address
	State     string // "composing" or "paused"
	Available bool   // the account was announced as available; the real service shows typing only then
	At        time.Time
}

// handleChatState notes who types. There is no answer.
func (s *Server) handleChatState(c *conn, node *waBinary.Node) {
	to, _ := node.Attrs["to"].(types.JID)
	for _, state := range node.GetChildren() {
		if state.Tag != "composing" && state.Tag != "paused" {
			s.puzzled("%s", node)
			continue
		}
		t := Typing{Phone: "+" + c.companion.owner.number, State: state.Tag, Available: c.available, At: s.now()}
		if peer := s.find(to); peer != nil {
			t.To = "+" + peer.number
		}
		s.typings = append(s.typings, t)
	}
}

// Typings is what clients showed of their typing, in order.
func (s *Server) Typings() []Typing {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Typing(nil), s.typings...)
}

// Presences are the presences announced by all clients, in order.
func (s *Server) Presences() []Presence {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Presence(nil), s.presences...)
}

// childrenOf are the children with a tag, of a node that is not addressable.
func childrenOf(node waBinary.Node, tag string) []waBinary.Node { return node.GetChildrenByTag(tag) }

func hasChild(node *waBinary.Node, tag string) bool {
	_, ok := node.GetOptionalChildByTag(tag)
	return ok
}

// result answers a request.
func (c *conn) result(request *waBinary.Node, content ...waBinary.Node) {
	answer := waBinary.Node{Tag: "iq", Attrs: waBinary.Attrs{"from": types.ServerJID, "type": "result", "id": request.Attrs["id"]}}
	if len(content) > 0 {
		answer.Content = content
	}
	c.send(answer)
}

// failure answers a request with an error.
func (c *conn) failure(request *waBinary.Node, code int, text string) {
	c.send(waBinary.Node{
		Tag: "iq", Attrs: waBinary.Attrs{"from": types.ServerJID, "type": "error", "id": request.Attrs["id"]},
		Content: []waBinary.Node{{Tag: "error", Attrs: waBinary.Attrs{"code": strconv.Itoa(code), "text": text}}},
	})
}
