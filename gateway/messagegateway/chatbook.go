package messagegateway

import (
	"context"
	"net/url"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/outbound"
)

// maxChats bounds how many chats are kept in memory.
const maxChats = 5000

// chatFacts is what is known of a chat.
type chatFacts struct {
	id, channel int64
	messenger   string
	customer    int64
	name        string
	phone       device.Phone
	blocked     bool
	deadline    time.Time
	dialog      int64 // the newest; 0: none is known
	open        bool  // it goes on
	operator    int64 // the user who has it
	untold      bool  // the sink does not know all of this yet
}

// differs tells whether two states of a chat are not the same to the sink.
func (f chatFacts) differs(g chatFacts) bool {
	return f.blocked != g.blocked || !f.deadline.Equal(g.deadline) || f.phone != g.phone || f.name != g.name || f.facts(0) != g.facts(0)
}

// facts are the chat's facts beside a message of a dialog; 0: the one that goes on.
func (f chatFacts) facts(dialog int64) device.ChatFacts {
	if dialog == 0 && f.open {
		dialog = f.dialog
	}
	out := device.ChatFacts{
		Messenger: f.messenger, Account: f.channel, Customer: f.customer, Dialog: dialog, AnswerUntil: f.deadline, Blocked: f.blocked,
	}
	if f.open {
		out.Operator = f.operator
	}
	return out
}

func (f chatFacts) seen() gateway.SeenChat {
	return gateway.SeenChat{Alias: itoa(f.id), Name: f.name, Phone: f.phone, Chat: f.facts(0)}
}

// noteChat takes up what is said of a chat and answers what is known now. What is
// left out stays as it was.
func (s *Session) noteChat(b chatBody) chatFacts {
	if b.ID == 0 {
		return chatFacts{}
	}
	if b.Channel.Given {
		s.noteChannel(b.Channel.T)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.chats[int64(b.ID)]
	now.id = int64(b.ID)
	if ch := b.Channel.T; ch.ID != 0 {
		now.channel, now.messenger = int64(ch.ID), outbound.Clip(string(ch.Type), 40)
	}
	if b.Customer.Given {
		now = now.with(b.Customer.T, s.channels[now.channel].phones)
	}
	if !b.ReplyDeadline.IsZero() {
		now.deadline = b.ReplyDeadline.Time
	}
	if d := b.LastDialog.T; d.ID != 0 && int64(d.ID) >= now.dialog {
		now.dialog, now.open, now.operator = int64(d.ID), d.ClosedAt.IsZero(), 0
		if r := d.Responsible.T; r.Type == "user" {
			now.operator = int64(r.ID)
		}
	}
	return s.putChat(now)
}

// with takes up what is said of the chat's customer.
func (f chatFacts) with(a actor, phones bool) chatFacts {
	if a.ID != 0 {
		f.customer = int64(a.ID)
	}
	if name := a.called(); name != "" {
		f.name = name
	}
	var phone device.Phone
	if phones || f.numbered() {
		phone = phoneOf(string(a.Phone))
	}
	if phone == "" && phones {
		phone = phoneOf(string(a.ExternalID))
	}
	if phone != "" {
		f.phone = phone
	}
	if a.Blocked.Given {
		f.blocked = a.Blocked.On
	}
	return f
}

// numbered tells whether the messenger's accounts are made with a number, so that the one
// that it tells is the customer's. Elsewhere, in the chat of the shop's site above all,
// anybody may type anybody's number, and would hear of his orders.
func (f chatFacts) numbered() bool {
	switch f.messenger {
	case "whatsapp", "telegram", "viber", "max":
		return true
	}
	return false
}

// putChat keeps a chat's facts; the caller holds the lock.
func (s *Session) putChat(f chatFacts) chatFacts {
	old, known := s.chats[f.id]
	f.untold = old.untold || old.differs(f)
	if !known && len(s.chats) >= maxChats {
		drop := maxChats / 10
		for id := range s.chats {
			delete(s.chats, id) // any: what is needed again is asked for again
			if drop--; drop == 0 {
				break
			}
		}
	}
	s.chats[f.id] = f
	return f
}

// noteDialog takes up that a dialog goes on in a chat and who has it.
func (s *Session) noteDialog(chat, dialog int64, who responsibleBody) chatFacts {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, known := s.chats[chat]
	if !known || dialog < f.dialog {
		return f
	}
	f.dialog, f.open, f.operator = dialog, true, 0
	if who.Type == "user" {
		f.operator = int64(who.ID)
	}
	return s.putChat(f)
}

// noteClosed takes up that a dialog is over.
func (s *Session) noteClosed(chat, dialog int64) chatFacts {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, known := s.chats[chat]
	if !known || dialog < f.dialog {
		return f
	}
	f.dialog, f.open, f.operator = dialog, false, 0
	return s.putChat(f)
}

// chat is what is known of a chat without asking.
func (s *Session) chat(id int64) (chatFacts, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, ok := s.chats[id]
	return f, ok && f.channel != 0
}

// loadChat asks for a chat. One that is not there is no error but has no channel.
func (s *Session) loadChat(ctx context.Context, id int64, who outbound.Lane) (chatFacts, error) {
	q := get("messagegateway: read a chat", "/chats", url.Values{"id": {itoa(id)}, "include_mass_communication": {"1"}})
	q.lane = who
	var rows list[chatBody]
	if err := s.call(ctx, q, &rows); err != nil {
		return chatFacts{}, err
	}
	for _, b := range rows {
		if int64(b.ID) == id {
			f := s.noteChat(b)
			return f, nil
		}
	}
	return chatFacts{id: id}, nil
}

// chatChanged deals with chat_created and chat_updated.
func (s *Session) chatChanged(ctx context.Context, b chatBody) error {
	now := s.noteChat(b)
	if _, ours := s.isOurs(now.channel); now.id == 0 || now.channel == 0 || ours {
		return nil
	}
	if !now.untold {
		return nil // a change that nobody asks for is not worth a write
	}
	return s.see(ctx, now)
}

// see tells the sink of a chat.
func (s *Session) see(ctx context.Context, chats ...chatFacts) error {
	seen := make([]gateway.SeenChat, 0, len(chats))
	for _, f := range chats {
		seen = append(seen, f.seen())
	}
	if err := s.keep(ctx, "chats", func(ctx context.Context) error { return s.opt.Sink.SeeChats(ctx, seen) }); err != nil {
		return err
	}
	for _, f := range chats {
		s.shown(f.id)
	}
	return nil
}

// shown notes that the sink knows a chat as it is.
func (s *Session) shown(id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f, known := s.chats[id]; known {
		f.untold = false
		s.chats[id] = f
	}
}

// customerChanged deals with customer_updated: who is blocked, and whose number is
// known now. A customer belongs to one channel and so to one chat.
func (s *Session) customerChanged(ctx context.Context, a actor) error {
	if a.ID == 0 {
		return nil
	}
	var changed []chatFacts
	known := false
	s.mu.Lock()
	for _, f := range s.chats {
		if f.customer != int64(a.ID) {
			continue
		}
		known = true
		next := f.with(a, s.channels[f.channel].phones)
		if _, ours := s.ours[f.channel]; next == f || ours {
			continue
		}
		changed = append(changed, s.putChat(next))
	}
	s.mu.Unlock()
	if !known && a.Blocked.On {
		var rows list[chatBody]
		q := get("messagegateway: read a customer's chats", "/chats", url.Values{"customer_id": {itoa(int64(a.ID))}, "include_mass_communication": {"1"}})
		if err := s.call(ctx, q, &rows); err != nil {
			return passable(err)
		}
		for _, b := range rows {
			b.Customer = part[actor]{T: a, Given: true}
			if now := s.noteChat(b); now.channel != 0 {
				changed = append(changed, now)
			}
		}
	}
	if len(changed) == 0 {
		return nil
	}
	return s.see(ctx, changed...)
}

// passable is err when the chats are away, and nil for a definite no, which another
// try would not change.
func passable(err error) error {
	if isKind(err, device.Refused, device.NotFound, device.Conflict, device.Invalid) {
		return nil
	}
	return err
}
