package messagegateway

import (
	"context"
	"encoding/json"
	"time"

	"vestnik/gateway/outbound"
)

// event is one frame of the socket: {"type", "meta":{"timestamp"}, "data"} (facts:
// the event types of the official generated client).
type event struct {
	kind     string
	at       time.Time // zero when the frame does not say
	message  messageBody
	chat     chatBody
	dialog   dialogBody
	channel  channelBody
	customer actor
}

// parseEvent reads a frame. With an error kind is set when it could be read.
func parseEvent(data []byte) (event, error) {
	var frame struct {
		Type text `json:"type"`
		Meta part[struct {
			Timestamp ident `json:"timestamp"`
		}] `json:"meta"`
		Data json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(data, &frame); err != nil {
		return event{}, errForm
	}
	e := event{kind: string(frame.Type)}
	if at := int64(frame.Meta.T.Timestamp); at > 0 && at < 1<<33 {
		e.at = time.Unix(at, 0).UTC()
	}
	if outbound.KindOf(frame.Data) != '{' {
		return e, nil
	}
	var body struct {
		Message part[messageBody] `json:"message"`
		Chat    part[chatBody]    `json:"chat"`
		Dialog  part[dialogBody]  `json:"dialog"`
		Channel part[channelBody] `json:"channel"`
	}
	if err := json.Unmarshal(frame.Data, &body); err != nil {
		return e, errForm
	}
	e.message, e.chat, e.dialog, e.channel = body.Message.T, body.Chat.T, body.Dialog.T, body.Channel.T
	if e.kind == "customer_updated" {
		// The actor's fields stand there directly.
		if err := json.Unmarshal(frame.Data, &e.customer); err != nil {
			return e, errForm
		}
	}
	if e.kind == "channel_updated" && e.channel.ID == 0 {
		if err := json.Unmarshal(frame.Data, &e.channel); err != nil {
			return e, errForm
		}
	}
	if e.message.ID != 0 && e.message.at().IsZero() {
		e.message.Time = moment{e.at}
	}
	if e.kind == "message_updated" && e.message.UpdatedAt.IsZero() {
		e.message.UpdatedAt = moment{e.at}
	}
	return e, nil
}

// take deals with one frame.
func (s *Session) take(ctx context.Context, e event) error {
	switch e.kind {
	case "message_new":
		return s.hear(ctx, e.message, bySocket)
	case "message_updated":
		if e.message.Chat.Given {
			s.noteChat(e.message.Chat.T)
		}
		return s.settle(ctx, e.message)
	case "dialog_assign":
		return s.dialogAssigned(ctx, e)
	case "dialog_closed":
		return s.dialogClosed(ctx, e.dialog, e.at)
	case "dialog_opened":
		if e.dialog.Chat.Given {
			s.noteChat(e.dialog.Chat.T)
			s.noteDialog(int64(e.dialog.Chat.T.ID), int64(e.dialog.ID), responsibleBody{})
		}
	case "chat_created", "chat_updated":
		return s.chatChanged(ctx, e.chat)
	case "customer_updated":
		return s.customerChanged(ctx, e.customer)
	case "channel_updated":
		s.noteChannel(e.channel)
		s.opt.OnChange()
	case "user_updated", "user_online_updated":
		s.mu.Lock()
		s.usersAt = time.Time{}
		s.mu.Unlock()
		s.opt.OnChange()
	}
	return nil
}
