package modem

import (
	"slices"
	"strings"
	"time"
)

// Part is one SUBMIT as the network took it.
type Part struct {
	Ref    int       // concatenation reference; 0 when the message is one part
	Seq    int       // 1…Total
	Total  int       // 1 when the message is one part
	MR     int       // TP-MR the modem gave it, as in +CMGS
	PDUHex string    // what the client sent, SMSC address included
	Text   string    // this part's text
	At     time.Time // when the network took it
	// StatusReportRequested tells whether TP-SRR was set.
	StatusReportRequested bool
}

// Message is what the network took: one or more parts that a phone would show as one text.
type Message struct {
	From string // own number of the SIM
	To   string // E.164 with + when the type of number was international, the digits as sent otherwise
	Text string // joined by Seq; of an incomplete message what is there so far
	// Parts in the order taken. A part that was sent twice stands here twice.
	Parts                 []Part
	Complete              bool
	At                    time.Time // when the first part was taken
	StatusReportRequested bool      // in any part
	ValidityPeriod        time.Duration
}

// Text is a message as it stands on a customer's phone.
type Text struct {
	From  string
	Text  string
	Parts int
	At    time.Time // when the last part came
}

// groupKey is what a phone puts parts together by: the peer, the reference and the count. Two messages that share it
// are mixed, on real phones too.
type groupKey struct {
	peer             string
	bits, ref, total int
}

func keyOf(s submit) groupKey { return groupKey{s.To, s.RefBits, s.Ref, s.Total} }

// assembler joins parts. A part that comes again before the set is complete replaces the former one; behind a complete
// set it begins a new one.
type assembler struct {
	open map[groupKey]map[int]string
}

// take adds a part; done is true with the whole text when it was the last one missing.
func (a *assembler) take(key groupKey, seq int, text string) (whole string, done bool) {
	if key.total <= 1 {
		return text, true
	}
	if a.open == nil {
		a.open = make(map[groupKey]map[int]string)
	}
	set := a.open[key]
	if set == nil {
		set = make(map[int]string)
		a.open[key] = set
	}
	set[seq] = text
	whole = joinParts(set, key.total)
	if len(set) < key.total {
		return whole, false
	}
	delete(a.open, key)
	return whole, true
}

func joinParts(set map[int]string, total int) string {
	var b strings.Builder
	for i := 1; i <= total; i++ {
		b.WriteString(set[i])
	}
	return b.String()
}

// network is the far side: what was taken, and the phones. Guarded by Modem.mu.
type network struct {
	messages []*Message
	pending  map[groupKey]*Message
	joined   assembler
	phones   map[string]*phone
}

type phone struct {
	joined assembler
	texts  []Text
}

// take files a part and gives the message it belongs to, and whether it completed it.
func (n *network) take(from string, s submit, p Part) (msg *Message, done bool) {
	key := keyOf(s)
	msg = n.pending[key]
	if msg == nil {
		msg = &Message{From: from, To: s.To, At: p.At}
		n.messages = append(n.messages, msg)
	}
	msg.Parts = append(msg.Parts, p)
	msg.StatusReportRequested = msg.StatusReportRequested || s.StatusReport
	msg.ValidityPeriod = max(msg.ValidityPeriod, s.Validity)
	msg.Text, done = n.joined.take(key, s.Seq, s.Text)
	msg.Complete = done
	if done {
		delete(n.pending, key)
		return msg, true
	}
	if n.pending == nil {
		n.pending = make(map[groupKey]*Message)
	}
	n.pending[key] = msg
	return msg, false
}

// show lets the part reach the customer's phone.
func (n *network) show(from string, s submit, at time.Time) {
	if n.phones == nil {
		n.phones = make(map[string]*phone)
	}
	ph := n.phones[s.To]
	if ph == nil {
		ph = &phone{}
		n.phones[s.To] = ph
	}
	if whole, done := ph.joined.take(groupKey{from, s.RefBits, s.Ref, s.Total}, s.Seq, s.Text); done {
		ph.texts = append(ph.texts, Text{From: from, Text: whole, Parts: s.Total, At: at})
	}
}

func (msg *Message) clone() Message {
	out := *msg
	out.Parts = slices.Clone(msg.Parts)
	return out
}

// Network gives what the network took, in the order of the first parts. Part sets that are not yet whole are there too.
func (m *Modem) Network() []Message {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := make([]Message, len(m.net.messages))
	for i, msg := range m.net.messages {
		out[i] = msg.clone()
	}
	return out
}

// Phone gives the texts that the customer's phone shows, oldest first. The number is written as in Message.To.
func (m *Modem) Phone(to string) []Text {
	m.mu.Lock()
	defer m.mu.Unlock()
	if ph := m.net.phones[to]; ph != nil {
		return slices.Clone(ph.texts)
	}
	return nil
}

// HalfMessages counts the multi-part messages of which a customer's phone has some parts only and shows nothing.
func (m *Modem) HalfMessages(to string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	if ph := m.net.phones[to]; ph != nil {
		return len(ph.joined.open)
	}
	return 0
}

// OnTaken calls f, outside all locks and one call at a time, for each message the network took completely.
func (m *Modem) OnTaken(f func(Message)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.onTaken = append(m.onTaken, f)
}
