package whatsapp

import (
	"context"

	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"

	"vestnik/device"
)

// sentBefore answers a customer's phone that could not read a message and asks for it
// again: from the owner's record of what was sent, which knows every id before it is
// used. The library's own copy of each message would be a second one, with a commit of
// its own before every send. Who asks for a message that went to somebody else gets
// nothing.
func (s *Session) sentBefore(l *line, chat types.JID, id types.MessageID) *waE2E.Message {
	ctx, cancel := s.taking(l)
	defer cancel()
	env, ok, err := s.opt.Sent(ctx, id)
	if err != nil {
		s.log.Error("whatsapp message asked for again, and not found", "id", id, "err", err)
		return nil
	}
	if !ok || !s.isWith(ctx, l, chat, env.To) {
		return nil
	}
	file, _, err := s.attachment(ctx, "whatsapp: send again", l, env.File)
	if err != nil {
		s.log.Warn("whatsapp message asked for again goes without its file", "id", id, "err", err)
	}
	return compose(env.Text, file)
}

// isWith tells whether a chat is that with a number, by either of its names.
func (s *Session) isWith(ctx context.Context, l *line, chat types.JID, to device.Phone) bool {
	named := types.NewJID(to.Digits(), types.DefaultUserServer)
	chat = chat.ToNonAD()
	if chat == named {
		return true
	}
	lid, err := l.cli.Store.LIDs.GetLIDForPN(ctx, named)
	return err == nil && !lid.IsEmpty() && chat == lid.ToNonAD()
}
