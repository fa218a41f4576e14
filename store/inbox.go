package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"vestnik/bot"
	"vestnik/device"
	"vestnik/gateway"
)

const queryKnownIncoming = `SELECT 1 FROM incoming WHERE wire_id = ? AND channel = ? AND device = ?`

// SaveIncoming implements gateway.Inbox.
func (s *Store) SaveIncoming(ctx context.Context, in device.Incoming, proof []device.Presence) (bool, error) {
	const query = `
		INSERT INTO incoming (channel, device, wire_id, phone, alias, name, text, media, at, from_shop, to_phone, kept_at,
			conversation, event, payload, dialog, operator, done_at, why)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	isNew := false
	err := s.change(ctx, "keep an incoming message", func(tx *transaction) error {
		isNew = false
		var one int
		err := tx.QueryRowContext(ctx, queryKnownIncoming, in.ID, string(in.Channel), in.Device).Scan(&one)
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		at := in.At
		if at.IsZero() {
			at = tx.now
		}
		talk, err := tx.hear(ctx, in, at)
		if err != nil {
			return err
		}
		var doneAt any
		why := ""
		if talk == 0 {
			doneAt, why = tx.now.UnixMilli(), string(bot.WhyNoNumber) // as with the SMS of banks
		}
		res, err := tx.ExecContext(ctx, query, string(in.Channel), in.Device, in.ID, in.From.String(), in.Alias, in.Name, in.Text, in.Media,
			millis(in.At), in.FromShop, in.To.String(), tx.now.UnixMilli(),
			orNull(talk), string(in.Event), in.Payload, in.Chat.Dialog, in.Chat.Operator, doneAt, why)
		if err != nil {
			return err
		}
		id, err := res.LastInsertId()
		if err != nil {
			return err
		}
		isNew = true
		if err := tx.noteHour(ctx, tx.now, firstIncoming, id); err != nil {
			return err
		}
		switch {
		case in.Channel != device.WhatsApp:
		case in.FromShop:
			err = tx.openChat(ctx, in.To, byShopPhone, at)
		default:
			err = tx.openChat(ctx, in.From, byCustomer, at)
		}
		if err != nil {
			return err
		}
		return tx.keepPresence(ctx, proof)
	})
	return isNew && err == nil, err
}

// hear brings something heard into its conversation; 0 when there is nobody to talk
// with.
func (tx *transaction) hear(ctx context.Context, in device.Incoming, at time.Time) (gateway.ConversationID, error) {
	phone, alias := in.From, in.Alias
	if in.FromShop {
		phone = in.To
	}
	switch {
	case in.Channel == device.SMS:
		alias = "" // a sender's name is no address
		if phone == "" {
			return 0, nil
		}
	case in.Channel == device.Chat && alias == "", phone == "" && alias == "":
		return 0, nil
	}
	id, err := tx.talkWith(ctx, in.Channel, phone, alias)
	if err != nil {
		return 0, err
	}
	name := in.Name
	if in.FromShop || in.Event != "" {
		name = "" // not the customer's
	}
	if in.Channel == device.Chat {
		err = tx.knowChat(ctx, id, name, phone, in.Chat)
	} else if name != "" {
		err = tx.nameTalk(ctx, id, name)
	}
	if err != nil {
		return 0, err
	}
	switch words := in.Event == ""; {
	case words && in.FromShop, in.Event == device.TalkAssigned:
		if words {
			_, err = tx.takeTalk(ctx, id)
		} else {
			err = tx.giveTalk(ctx, id)
		}
		if err != nil {
			return 0, err
		}
		if err = tx.saidAt(ctx, id, at); err == nil && words {
			_, err = tx.ExecContext(ctx, `UPDATE conversation SET unread = 0 WHERE id = ? AND unread > 0`, int64(id))
		}
	case words:
		if err = tx.heardAt(ctx, id, at); err == nil {
			_, err = tx.ExecContext(ctx, `UPDATE conversation SET unread = unread + 1 WHERE id = ?`, int64(id))
		}
	}
	return id, err
}
