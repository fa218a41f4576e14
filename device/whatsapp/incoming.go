package whatsapp

import (
	"context"
	"time"

	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"

	"vestnik/device"
)

// takeMessage gives a person's words to the sink. True means that the server need not
// send the message again.
func (s *Session) takeMessage(l *line, e *events.Message) bool {
	if h := e.Message.GetProtocolMessage().GetHistorySyncNotification(); h != nil {
		s.takeHistory(l, h)
		return true
	}
	if !direct(e.Info) || e.Info.IsFromMe && e.Info.Sender.Device == l.account.Device {
		return true
	}
	text, media := content(e.Message)
	if text == "" && media == "" {
		return true
	}
	return s.take(l, e.Info, text, media)
}

// takeUnreadable: the library asks the sender, and then the phone, to send the message
// again, and what comes has the same id; to tell the sink now would make it take the
// readable copy for a repeat. Only what will never come is told.
func (s *Session) takeUnreadable(l *line, e *events.UndecryptableMessage) bool {
	if e.IsUnavailable && e.UnavailableType == events.UnavailableTypeViewOnce && direct(e.Info) && !e.Info.IsFromMe {
		return s.take(l, e.Info, "", "view_once")
	}
	s.log.Warn("whatsapp message not readable yet", "id", e.Info.ID, "from", mask(e.Info.Sender.User), "unavailable", e.IsUnavailable)
	return true
}

func (s *Session) take(l *line, info types.MessageInfo, text, media string) bool {
	ctx, cancel := s.taking(l)
	defer cancel()
	phone, alias := s.person(ctx, l, info.MessageSource)
	in := device.Incoming{
		Channel: device.WhatsApp, Device: l.account.User, ID: info.ID,
		From: phone, Alias: alias, Name: clean(info.PushName, 100),
		Text: text, Media: media, At: info.Timestamp,
	}
	if info.IsFromMe {
		in.FromShop, in.To, in.From, in.Name = true, phone, phoneOf(l.account), ""
	}
	if err := s.opt.Sink.Incoming(ctx, in); err != nil {
		s.log.Error("whatsapp message not stored, it will come again", "id", in.ID, "from", in.From, "err", err)
		return false
	}
	return true
}

// taking is the context of one handing-over to the sink. It outlives the line: a
// commit that has begun may end, and the repeat finds it.
func (s *Session) taking(l *line) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(l.ctx), s.pace.store)
}

// direct tells whether a message belongs to a chat of two people: not to a group, a
// broadcast list, a status, a channel or a bot, nor to the devices of the account
// among themselves.
func direct(info types.MessageInfo) bool {
	if info.IsGroup || info.Category == "peer" || info.IsNewsletterStatus {
		return false
	}
	switch info.Chat.Server {
	case types.DefaultUserServer, types.HiddenUserServer, types.HostedServer, types.HostedLIDServer:
		return !info.IsFromMe || info.Chat.User != info.Sender.User
	}
	return false
}

// person is the other side of the chat: the number, when it is known, and the alias.
func (s *Session) person(ctx context.Context, l *line, m types.MessageSource) (device.Phone, string) {
	known := []types.JID{m.Chat, m.SenderAlt}
	if m.IsFromMe {
		known[1] = m.RecipientAlt
	}
	var phone device.Phone
	var lid types.JID
	for _, jid := range known {
		if p := phoneOf(jid); p != "" {
			phone = p
		}
		if jid.Server == types.HiddenUserServer {
			lid = jid.ToNonAD()
		}
	}
	switch {
	case phone == "" && !lid.IsEmpty():
		if pn, err := l.cli.Store.LIDs.GetPNForLID(ctx, lid); err == nil {
			phone = phoneOf(pn)
		}
	case phone != "" && lid.IsEmpty():
		lid, _ = l.cli.Store.LIDs.GetLIDForPN(ctx, types.NewJID(phone.Digits(), types.DefaultUserServer)) // empty when unknown
	}
	if lid.IsEmpty() {
		return phone, ""
	}
	return phone, lid.String()
}

// mostHistory is the largest history notice that is opened, in compressed bytes. The
// first one after pairing comes inline and brings, beside old chats, the salt for
// tokens without which a message to a stranger may be refused. All else of the
// history stays where it is.
const mostHistory = 256 << 10

func (s *Session) takeHistory(l *line, h *waE2E.HistorySyncNotification) {
	if n := len(h.GetInitialHistBootstrapInlinePayload()); n == 0 || n > mostHistory {
		return
	}
	ctx, cancel := context.WithTimeout(l.ctx, time.Minute)
	defer cancel()
	if _, err := l.cli.DownloadHistorySync(ctx, h, true); err != nil {
		s.log.Warn("whatsapp history notice not read", "err", mask(err.Error()))
	}
}
