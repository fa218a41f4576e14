package whatsapp

import (
	"slices"
	"sync"
	"time"

	"go.mau.fi/whatsmeow/proto/waE2E"
)

// Received is one message as a person's phone shows it. A message that came twice with the same id is shown once.
type Received struct {
	MessageID string
	From      string // number of the sender with '+'
	To        string // number of the receiver with '+'
	FromMe    bool   // the person wrote it: on the phone itself, or a linked device did
	Text      string // empty when Revoked
	Media     *Media // what was attached, or nil
	At        time.Time
	Device    uint16   // the first device that could read it
	Devices   []uint16 // all devices that could read it, in order
	Read      bool     // the person opened the chat after it came
	Edited    bool
	Revoked   bool // "this message was deleted"
	// RevokedText is what was deleted; the person has seen it only if it was delivered before.
	RevokedText string
}

// Rejected is a message copy that a device could not read for good.
type Rejected struct {
	Person    string // number with '+'
	Device    uint16
	MessageID string
	Why       string
}

// Rejected are the copies that devices gave up, in order. The real service tells nobody about them.
func (s *Server) Rejected() []Rejected {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Rejected(nil), s.rejected...)
}

// chatOf is what a phone shows; own messages only if asked for.
func (s *Server) chatOf(a *account, own bool) []Received {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []Received
	for _, r := range a.inbox {
		if own || !r.FromMe {
			list = append(list, r.clone())
		}
	}
	return list
}

func (r Received) clone() Received {
	r.Devices = slices.Clone(r.Devices)
	return r
}

// shown is a decrypted message on its way to the screen.
type shown struct {
	id       string
	from, to *account
	device   uint16
	at       time.Time
	msg      *waE2E.Message
}

// show puts a message on the phone's screen. Called with mu held.
func (a *account) show(in shown) {
	s := a.srv
	msg := unwrap(in.msg)
	if protocol := msg.GetProtocolMessage(); protocol != nil {
		a.showProtocol(protocol, in)
		return
	}
	text, media, ok := s.readMessage(msg)
	if !ok {
		s.puzzled("message %s to %s: %v", in.id, a.number, msg)
		return
	}
	if i, seen := a.byID[in.id]; seen {
		if !slices.Contains(a.inbox[i].Devices, in.device) {
			a.inbox[i].Devices = append(a.inbox[i].Devices, in.device)
		}
		return
	}
	r := Received{
		MessageID: in.id, From: "+" + in.from.number, To: "+" + in.to.number, FromMe: in.from == a,
		Text: text, Media: media, At: in.at, Device: in.device, Devices: []uint16{in.device},
	}
	if a.revoked[in.id] {
		r.Revoked, r.Text, r.RevokedText, r.Media = true, "", text, nil
	}
	put(&a.byID, in.id, len(a.inbox))
	a.inbox = append(a.inbox, r)
	put(&in.from.chats, in.to.number, true)
	put(&in.to.chats, in.from.number, true)
	s.tell(a, r)
}

// unwrap takes the envelopes off a message: copies for the own phone, edits, disappearing and captioned ones.
func unwrap(msg *waE2E.Message) *waE2E.Message {
	for {
		var inner *waE2E.Message
		switch {
		case msg.DeviceSentMessage != nil:
			inner = msg.GetDeviceSentMessage().GetMessage()
		case msg.EditedMessage != nil:
			inner = msg.GetEditedMessage().GetMessage()
		case msg.EphemeralMessage != nil:
			inner = msg.GetEphemeralMessage().GetMessage()
		case msg.DocumentWithCaptionMessage != nil:
			inner = msg.GetDocumentWithCaptionMessage().GetMessage()
		}
		if inner == nil {
			return msg
		}
		msg = inner
	}
}

// showProtocol applies a change of an earlier message.
func (a *account) showProtocol(protocol *waE2E.ProtocolMessage, in shown) {
	id := protocol.GetKey().GetID()
	i, known := a.byID[id]
	switch protocol.GetType() {
	case waE2E.ProtocolMessage_REVOKE:
		if known && a.inbox[i].From != "+"+in.from.number {
			return // nobody deletes what somebody else wrote
		}
		put(&a.revoked, id, true)
		if known && !a.inbox[i].Revoked {
			r := &a.inbox[i]
			r.Revoked, r.RevokedText, r.Text, r.Media = true, r.Text, "", nil
			a.srv.tell(a, *r)
		}
	case waE2E.ProtocolMessage_MESSAGE_EDIT:
		text, _, _ := a.srv.readMessage(protocol.GetEditedMessage())
		if known && a.inbox[i].Text != text {
			a.inbox[i].Text, a.inbox[i].Edited = text, true
			a.srv.tell(a, a.inbox[i])
		}
	case waE2E.ProtocolMessage_PEER_DATA_OPERATION_REQUEST_MESSAGE, waE2E.ProtocolMessage_APP_STATE_SYNC_KEY_REQUEST:
		// A linked device asks its own phone to send something again; this phone does not.
	default:
		a.srv.puzzled("message %s to %s: protocol message %s", in.id, a.number, protocol.GetType())
	}
}

// readMessage is the text and the attachment of a message; false if it is of a kind that nobody has modelled.
func (s *Server) readMessage(msg *waE2E.Message) (string, *Media, bool) {
	switch {
	case msg.GetConversation() != "":
		return msg.GetConversation(), nil, true
	case msg.ExtendedTextMessage != nil:
		return msg.GetExtendedTextMessage().GetText(), nil, true
	case msg.ImageMessage != nil:
		m := msg.GetImageMessage()
		media := s.media.open("image", m.GetMimetype(), "", m)
		media.Thumbnail = m.GetJPEGThumbnail()
		return m.GetCaption(), media, true
	case msg.VideoMessage != nil:
		m := msg.GetVideoMessage()
		return m.GetCaption(), s.media.open("video", m.GetMimetype(), "", m), true
	case msg.AudioMessage != nil:
		m := msg.GetAudioMessage()
		return "", s.media.open("audio", m.GetMimetype(), "", m), true
	case msg.DocumentMessage != nil:
		m := msg.GetDocumentMessage()
		return m.GetCaption(), s.media.open("document", m.GetMimetype(), m.GetFileName(), m), true
	}
	return "", nil, false
}

// listener delivers messages to a subscriber in order, on a goroutine of its own, so that it may call the server.
type listener struct {
	only   *account // nil: everybody's messages
	fn     func(number string, r Received)
	mu     sync.Mutex
	queue  []told
	signal chan struct{}
	closed chan struct{}
	once   sync.Once
}

type told struct {
	number string
	r      Received
}

// OnReceive calls fn with every message that some person's phone shows, new ones and changed ones (Revoked, Read, Edited), in order,
// until stop or Close. number is that person's. fn may call the server's methods except Close, and must return: Close waits for it.
func (s *Server) OnReceive(fn func(number string, r Received)) (stop func()) {
	return s.subscribe(nil, fn)
}

func (s *Server) subscribe(only *account, fn func(string, Received)) (stop func()) {
	l := &listener{only: only, fn: fn, signal: make(chan struct{}, 1), closed: make(chan struct{})}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return func() {}
	}
	s.listeners = append(s.listeners, l)
	s.listen.serving.Go(l.run)
	return func() {
		s.mu.Lock()
		s.listeners = slices.DeleteFunc(s.listeners, func(other *listener) bool { return other == l })
		s.mu.Unlock()
		l.close()
	}
}

func (l *listener) close() { l.once.Do(func() { close(l.closed) }) }

func (l *listener) run() {
	for {
		select {
		case <-l.signal:
		case <-l.closed:
			return
		}
		l.mu.Lock()
		batch := l.queue
		l.queue = nil
		l.mu.Unlock()
		for _, t := range batch {
			l.fn(t.number, t.r)
		}
	}
}

// tell passes a shown or changed message to the subscribers. Called with mu held.
func (s *Server) tell(a *account, r Received) {
	for _, l := range s.listeners {
		if l.only != nil && l.only != a {
			continue
		}
		l.mu.Lock()
		l.queue = append(l.queue, told{number: "+" + a.number, r: r.clone()})
		l.mu.Unlock()
		select {
		case l.signal <- struct{}{}:
		default:
		}
	}
}
