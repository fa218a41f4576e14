package messagegateway

import (
	"context"
	"net/http"
	"strings"

	"vestnik/device"
)

// dialogOf is the newest dialog of a chat as MG has it now.
func (s *Session) dialogOf(ctx context.Context, op string, chat int64) (chatFacts, error) {
	f, err := s.loadChat(ctx, chat, answering)
	if err == nil && f.channel == 0 {
		err = device.Errorf(device.NotFound, op, "there is no chat %d", chat)
	}
	return f, err
}

// onDialog does something to the newest dialog of a chat, and once more when it is
// not the newest any more; opens does it when there is none.
func (s *Session) onDialog(ctx context.Context, op, chat string, do func(dialog int64) error, opens func(chat int64) error) error {
	id, err := chatID(op, chat)
	if err != nil {
		return err
	}
	for try := 1; ; try++ {
		f, known := s.chat(id)
		if !known || !f.open || try > 1 {
			if f, err = s.dialogOf(ctx, op, id); err != nil {
				return err
			}
		}
		if f.open {
			err = do(f.dialog)
		} else {
			err = opens(id)
		}
		// "dialog is not the latest in the chat", "dialog #444 not found": what we knew is
		// old. "Already exists" is an assumption about a dialog opened meanwhile.
		stale := codeIs(err, codeNotLatest, codeClosed, codeExists) || device.KindOf(err) == device.NotFound || alreadyOpen(err)
		if err == nil || try == 2 || !stale {
			return err
		}
	}
}

// alreadyOpen tells that a dialog was not opened because one goes on. The words are an
// assumption.
func alreadyOpen(err error) bool {
	return device.KindOf(err) == device.Refused && strings.Contains(strings.ToLower(err.Error()), "already has")
}

// Assign implements gateway.Chats.
func (s *Session) Assign(ctx context.Context, chat string, user int64) error {
	const op = "messagegateway: assign"
	to := map[string]int64{"user_id": user}
	if user <= 0 {
		return device.Errorf(device.Invalid, op, "nobody is named")
	}
	return s.onDialog(ctx, op, chat, func(dialog int64) error {
		return s.call(ctx, call{op: op, method: http.MethodPatch, path: "/dialogs/" + itoa(dialog) + "/assign", body: to, lane: answering}, nil)
	}, func(id int64) error { return s.openDialog(ctx, op, id, to) })
}

// openDialog opens a dialog; it is in the schema of 2025 and may be missing in older MGs.
func (s *Session) openDialog(ctx context.Context, op string, chat int64, to map[string]int64) error {
	return s.call(ctx, call{op: op, method: http.MethodPost, path: "/chats/" + itoa(chat) + "/dialogs", body: to, lane: answering}, nil)
}

// Unassign implements gateway.Chats.
func (s *Session) Unassign(ctx context.Context, chat string) error {
	const op = "messagegateway: unassign"
	return s.onDialog(ctx, op, chat, func(dialog int64) error {
		err := s.call(ctx, call{op: op, method: http.MethodPatch, path: "/dialogs/" + itoa(dialog) + "/unassign", lane: answering}, nil)
		if codeIs(err, codeNotAssigned) {
			return nil // any operator may take it already
		}
		return err
	}, func(id int64) error { return s.openDialog(ctx, op, id, map[string]int64{}) })
}

// Close implements gateway.Chats.
func (s *Session) Close(ctx context.Context, chat string, dialog int64) error {
	const op = "messagegateway: close"
	id, err := chatID(op, chat)
	if err != nil {
		return err
	}
	if dialog == 0 {
		f, err := s.dialogOf(ctx, op, id)
		if err != nil || !f.open {
			return err
		}
		dialog = f.dialog
	}
	err = s.call(ctx, call{op: op, method: http.MethodDelete, path: "/dialogs/" + itoa(dialog) + "/close", lane: answering}, nil)
	// One that is gone, closed, or followed by another is closed.
	if codeIs(err, codeClosed, codeNotLatest) || device.KindOf(err) == device.NotFound {
		return nil
	}
	return err
}

// Private implements gateway.Chats.
func (s *Session) Private(ctx context.Context, chat, text string) error {
	const op = "messagegateway: private line"
	id, err := chatID(op, chat)
	if err != nil {
		return err
	}
	if strings.TrimSpace(text) == "" {
		return device.Errorf(device.Invalid, op, "the text is empty")
	}
	body := sendBody{ChatID: id, Scope: "private", Type: "text", Content: text}
	return s.call(ctx, call{op: op, method: http.MethodPost, path: "/messages", body: body, lane: answering}, nil)
}
