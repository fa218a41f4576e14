package whatsapp

import (
	"strings"
	"time"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
)

// DirectoryQuery is one question "are these numbers on WhatsApp?".
type DirectoryQuery struct {
	At      time.Time
	Asked   []string // as asked, with '+' if it was sent
	Refused bool     // answered 429
}

// DirectoryQueries are the directory questions of all clients, in order: to assert that look-ups are rationed.
func (s *Server) DirectoryQueries() []DirectoryQuery {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]DirectoryQuery(nil), s.queries...)
}

// SkipNumber makes the directory leave a number out of its answers, as the real one does with numbers that it holds for invalid.
func (s *Server) SkipNumber(number string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.invalid[digits(number)] = true
}

// handleUsync answers questions about users. Called with mu held.
func (s *Server) handleUsync(c *conn, node *waBinary.Node) {
	ask := node.GetChildByTag("usync")
	query, list := ask.GetChildByTag("query"), ask.GetChildByTag("list")
	wanted := map[string]bool{}
	for _, q := range query.GetChildren() {
		switch q.Tag {
		case "contact", "business", "disappearing_mode", "username", "devices", "lid", "status", "picture", "bot":
			wanted[q.Tag] = true
		default:
			s.puzzled("usync asks for %s", &q)
		}
	}
	refused := s.faults.limitUsync(wanted["contact"])
	if wanted["contact"] {
		s.noteQuery(list, refused)
	}
	if refused {
		c.failure(node, 429, "rate-overlimit")
		return
	}
	var users []waBinary.Node
	for _, user := range list.GetChildrenByTag("user") {
		if wanted["contact"] {
			users = append(users, s.contactAnswer(user))
		} else {
			users = append(users, s.userAnswer(user, wanted))
		}
	}
	c.result(node, waBinary.Node{
		Tag: "usync", Attrs: waBinary.Attrs{"sid": ask.Attrs["sid"], "mode": ask.Attrs["mode"], "context": ask.Attrs["context"], "last": "true", "index": "0"},
		Content: []waBinary.Node{{Tag: "result"}, {Tag: "list", Content: users}},
	})
}

func (s *Server) noteQuery(list waBinary.Node, refused bool) {
	q := DirectoryQuery{At: s.now(), Refused: refused}
	for _, user := range list.GetChildrenByTag("user") {
		q.Asked = append(q.Asked, strings.TrimSuffix(string(bytesOf(user.GetChildByTag("contact"))), "@"+types.LegacyUserServer))
	}
	s.queries = append(s.queries, q)
}

// contactAnswer says whether a number is on WhatsApp. The number in the answer is the canonical one, which may differ from the question
// (a Brazilian mobile number with or without the ninth digit).
func (s *Server) contactAnswer(user waBinary.Node) waBinary.Node {
	question := bytesOf(user.GetChildByTag("contact"))
	number, _, _ := strings.Cut(string(question), "@")
	number = digits(number)
	// E.164: at most 15 digits, none begins with 0; the real directory's notion of "invalid" is not known any closer.
	if s.invalid[number] || len(number) < 7 || len(number) > 15 || number[0] == '0' {
		return waBinary.Node{Tag: "user", Content: []waBinary.Node{
			{Tag: "contact", Attrs: waBinary.Attrs{"type": "invalid"}, Content: question},
		}}
	}
	owner := s.findNumber(number)
	if owner == nil || !owner.registered {
		return waBinary.Node{
			Tag: "user", Attrs: waBinary.Attrs{"pn_jid": types.NewJID(number, types.DefaultUserServer)},
			Content: []waBinary.Node{{Tag: "contact", Attrs: waBinary.Attrs{"type": "out"}, Content: question}},
		}
	}
	return waBinary.Node{
		Tag: "user", Attrs: waBinary.Attrs{"jid": owner.lidJID(), "pn_jid": owner.pnJID()},
		Content: []waBinary.Node{{Tag: "contact", Attrs: waBinary.Attrs{"type": "in"}, Content: question}},
	}
}

// userAnswer tells devices, LID and profile of a user.
func (s *Server) userAnswer(user waBinary.Node, wanted map[string]bool) waBinary.Node {
	jid, _ := user.Attrs["jid"].(types.JID)
	answer := waBinary.Node{Tag: "user", Attrs: waBinary.Attrs{"jid": jid}}
	owner := s.find(jid)
	known := owner != nil && owner.registered
	var content []waBinary.Node
	if wanted["lid"] && known {
		content = append(content, waBinary.Node{Tag: "lid", Attrs: waBinary.Attrs{"val": owner.lidJID()}})
	}
	if wanted["devices"] {
		var list []waBinary.Node
		if known {
			for _, number := range owner.deviceNumbers() {
				list = append(list, waBinary.Node{Tag: "device", Attrs: waBinary.Attrs{"id": int(number)}})
			}
		}
		content = append(content, waBinary.Node{Tag: "devices", Content: []waBinary.Node{{Tag: "device-list", Content: list}}})
	}
	if wanted["status"] && known {
		content = append(content, waBinary.Node{Tag: "status"})
	}
	if len(content) > 0 {
		answer.Content = content
	}
	return answer
}
