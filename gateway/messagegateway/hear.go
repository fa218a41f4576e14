package messagegateway

import (
	"context"
	"strings"
	"time"

	"vestnik/device"
	"vestnik/gateway/outbound"
)

// source is how a message came to be known.
type source int

const (
	bySocket source = iota
	byList
)

// saveEvery bounds how many messages may be dealt with again after a crash.
const saveEvery = 50

// hear deals with a message once. Out of order ones are dealt with too: the socket
// tells of each message once, so that an id below the cursor that this run has not seen is
// news; a list's is not.
func (s *Session) hear(ctx context.Context, m messageBody, how source) error {
	id := int64(m.ID)
	if id == 0 || s.heard.has(id) || s.cursor.has(id) && (how == byList || id > s.cursor.From) {
		return nil
	}
	chat, err := s.chatFor(ctx, m)
	if err != nil {
		return err
	}
	if err := s.tell(ctx, m, chat); err != nil {
		return err
	}
	s.heard.add(id)
	s.cursor.mark(id, s.opt.Now())
	if s.unsaved++; s.unsaved >= saveEvery {
		return s.saveCursor(ctx)
	}
	return nil
}

// chatFor is the chat of a message: the one that came with it, the one that is known,
// or as MG tells. Of one that MG does not have only the message's own words are known.
func (s *Session) chatFor(ctx context.Context, m messageBody) (chatFacts, error) {
	id := m.chat()
	if m.Chat.Given {
		if m.Chat.T.ID == 0 {
			m.Chat.T.ID = ident(id)
		}
		if f := s.noteChat(m.Chat.T); f.channel != 0 {
			return f, nil
		}
	}
	f, known := s.chat(id)
	if known {
		return f, nil
	}
	f, err := s.loadChat(ctx, id, reading)
	if passable(err) != nil {
		return f, err
	}
	if f.channel == 0 {
		s.mu.Lock()
		f.id, f.channel, f.messenger = id, int64(m.ChannelID), s.channels[int64(m.ChannelID)].Messenger
		s.mu.Unlock()
	}
	return f, nil
}

// tell hands a message to whom it is for.
func (s *Session) tell(ctx context.Context, m messageBody, chat chatFacts) error {
	if _, ours := s.isOurs(chat.channel); ours {
		// It came from this box's own WhatsApp or SMS, or is to go there.
		return s.hearMirrored(ctx, m, chat)
	}
	if m.Type == "system" {
		return s.hearSystem(ctx, m, chat)
	}
	switch from := m.From.T; from.Type {
	case "customer":
		return s.hearCustomer(ctx, m, chat)
	case "user":
		return s.hearUser(ctx, m, chat)
	case "channel":
		// Written in the messenger's own app on the shop's side. Assumption: by a person;
		// an automatic greeting of the messenger looks the same.
		if m.Scope == "private" {
			return nil
		}
		return s.incoming(ctx, s.fromShop(m, chat, 0))
	case "bot":
		// What other bots write is nobody's word: it neither asks nor answers for the
		// shop's people. Our own posts come back with what became of them.
		return s.settle(ctx, m)
	}
	return nil
}

// from is what every Incoming of a chat has.
func (s *Session) from(m messageBody, chat chatFacts) device.Incoming {
	at := m.at().Time
	if at.IsZero() {
		at = s.opt.Now()
	}
	return device.Incoming{
		Channel: device.Chat, Device: s.host(), ID: itoa(int64(m.ID)), Alias: itoa(chat.id), Name: chat.name, From: chat.phone,
		At: at, Chat: chat.facts(int64(m.Dialog.T.ID)),
	}
}

func (s *Session) host() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.link.Device
}

func (s *Session) hearCustomer(ctx context.Context, m messageBody, chat chatFacts) error {
	s.mu.Lock()
	phones := s.channels[chat.channel].phones
	s.mu.Unlock()
	chat = chat.with(m.From.T, phones)
	in := s.from(m, chat)
	in.Text, in.Media = contentOf(m)
	// Assumption: a tapped suggestion comes back attached to the message that it made; nobody
	// has recorded one. Without it the title is the text, which does as well.
	if l := m.Attachments.T.Suggestions; len(l) == 1 {
		in.Payload = outbound.Clip(l[0].Payload, 255)
	}
	return s.incoming(ctx, in)
}

// contentOf is a message's words and the kind of what is not words.
func contentOf(m messageBody) (text, media string) {
	parts := []string{string(m.Content), string(m.Note)}
	media = string(m.Type)
	switch m.Type {
	case "text", "command", "":
		media = ""
	case "order":
		parts = append(parts, string(m.Order.T.Number))
	case "product":
		parts = append(parts, string(m.Product.T.Name))
	}
	for _, it := range m.Items {
		parts = append(parts, string(it.Caption))
		if it.Kind == "video" || it.Kind == "audio" {
			media = string(it.Kind)
		}
	}
	for _, p := range parts {
		if p = strings.TrimSpace(plain(p)); p != "" {
			text = strings.ToValidUTF8(p, "")
			break
		}
	}
	if text == "" && media == "" {
		media = "unknown"
	}
	return text, outbound.Clip(media, 40)
}

// hearUser: what a person of the shop writes to a customer; private lines are for
// colleagues only, commands for the bot.
func (s *Session) hearUser(ctx context.Context, m messageBody, chat chatFacts) error {
	switch {
	case m.Type == "command":
		in := s.from(m, chat)
		in.Event, in.Chat.Operator = device.TalkCommand, int64(m.From.T.ID)
		in.Text, _ = contentOf(m)
		return s.incoming(ctx, in)
	case m.Scope == "private":
		return nil
	}
	return s.incoming(ctx, s.fromShop(m, chat, int64(m.From.T.ID)))
}

func (s *Session) fromShop(m messageBody, chat chatFacts, operator int64) device.Incoming {
	in := s.from(m, chat)
	in.FromShop, in.To, in.From, in.Name = true, chat.phone, "", ""
	in.Text, in.Media = contentOf(m)
	if operator != 0 {
		in.Chat.Operator = operator
	}
	return in
}

func (s *Session) incoming(ctx context.Context, in device.Incoming) error {
	if err := s.keep(ctx, "a message of the chats", func(ctx context.Context) error { return s.opt.Sink.Incoming(ctx, in) }); err != nil {
		return err
	}
	if id, err := chatID("", in.Alias); err == nil {
		s.shown(id) // its facts went along
	}
	return nil
}

// hearSystem: system messages say what happened to a dialog, as events do. Which of
// the two comes first, and whether both do, is not documented; either suffices, and the same
// one is told once.
func (s *Session) hearSystem(ctx context.Context, m messageBody, chat chatFacts) error {
	dialog := int64(m.Dialog.T.ID)
	switch m.Action {
	case "dialog_opened":
		s.noteDialog(chat.id, dialog, responsibleBody{})
	case "dialog_unassign":
		s.noteDialog(chat.id, dialog, responsibleBody{})
		delete(s.takers, dialog)
	case "dialog_assign":
		return s.assigned(ctx, chat, dialog, m.Responsible.T, m.at().Time)
	case "dialog_closed":
		return s.closed(ctx, chat, dialog, m.at().Time)
	case "customer_blocked", "customer_unblocked":
		s.mu.Lock()
		f, known := s.chats[chat.id]
		if !known {
			f = chat
		}
		f.blocked = m.Action == "customer_blocked"
		f = s.putChat(f)
		s.mu.Unlock()
		return s.see(ctx, f)
	}
	return nil
}

// taker is who was given a dialog, and when.
type taker struct {
	kind string
	id   int64
	at   time.Time
}

// sameMoment is how far apart an event and its system message may say they happened.
const sameMoment = 10 * time.Second

func (s *Session) dialogAssigned(ctx context.Context, e event) error {
	for _, b := range []chatBody{e.chat, e.dialog.Chat.T} {
		s.noteChat(b)
	}
	id := int64(e.chat.ID)
	if id == 0 {
		id = int64(e.dialog.Chat.T.ID)
	}
	if id == 0 {
		id = int64(e.dialog.ChatID)
	}
	chat, err := s.chatFor(ctx, messageBody{ChatID: ident(id)})
	if err != nil {
		return err
	}
	who := e.dialog.Responsible.T
	if who.ID == 0 {
		s.noteDialog(chat.id, int64(e.dialog.ID), responsibleBody{})
		return nil
	}
	at := who.AssignedAt.Time
	if at.IsZero() {
		at = e.dialog.AssignedAt.Time
	}
	if at.IsZero() {
		at = e.at
	}
	return s.assigned(ctx, chat, int64(e.dialog.ID), who, at)
}

// assigned tells that a dialog was given to somebody.
func (s *Session) assigned(ctx context.Context, chat chatFacts, dialog int64, who responsibleBody, at time.Time) error {
	if dialog == 0 || who.ID == 0 {
		return nil
	}
	if f := s.noteDialog(chat.id, dialog, who); f.id != 0 {
		chat = f
	}
	if at.IsZero() {
		at = s.opt.Now()
	}
	next := taker{string(who.Type), int64(who.ID), at}
	if last, known := s.takers[dialog]; known && last.kind == next.kind && last.id == next.id && at.Sub(last.at).Abs() <= sameMoment {
		return nil
	}
	if _, ours := s.isOurs(chat.channel); ours {
		return nil
	}
	in := s.from(messageBody{}, chat)
	in.At, in.Chat.Dialog = at, dialog
	switch {
	case next.kind == "user":
		in.Event, in.Chat.Operator = device.TalkAssigned, next.id
		in.ID = "assign-" + itoa(dialog) + "-" + itoa(next.id) + "-" + itoa(at.Unix())
	case next.kind == "bot" && next.id == s.selfID():
		in.Event, in.Chat.Operator = device.TalkReturned, 0
		in.ID = "return-" + itoa(dialog) + "-" + itoa(at.Unix())
	}
	if in.Event != "" && !s.told.has(in.ID) {
		if err := s.incoming(ctx, in); err != nil {
			return err
		}
		s.told.add(in.ID)
	}
	if len(s.takers) > maxChats {
		clear(s.takers)
	}
	s.takers[dialog] = next
	return nil
}

func (s *Session) dialogClosed(ctx context.Context, d dialogBody, at time.Time) error {
	s.noteChat(d.Chat.T)
	id := int64(d.Chat.T.ID)
	if id == 0 {
		id = int64(d.ChatID)
	}
	chat, err := s.chatFor(ctx, messageBody{ChatID: ident(id)})
	if err != nil {
		return err
	}
	if !d.ClosedAt.IsZero() {
		at = d.ClosedAt.Time
	}
	return s.closed(ctx, chat, int64(d.ID), at)
}

// closed tells that a dialog is over. A dialog ends once, so its id names the event.
func (s *Session) closed(ctx context.Context, chat chatFacts, dialog int64, at time.Time) error {
	if dialog == 0 {
		return nil
	}
	if f := s.noteClosed(chat.id, dialog); f.id != 0 {
		chat = f
	}
	delete(s.takers, dialog)
	in := s.from(messageBody{}, chat)
	in.ID, in.Event, in.Chat.Dialog = "closed-"+itoa(dialog), device.TalkClosed, dialog
	if !at.IsZero() {
		in.At = at
	}
	if _, ours := s.isOurs(chat.channel); ours || s.told.has(in.ID) {
		return nil
	}
	if err := s.incoming(ctx, in); err != nil {
		return err
	}
	s.told.add(in.ID)
	return nil
}
