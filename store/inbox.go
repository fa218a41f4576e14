package store

import (
	"context"

	"vestnik/device"
)

// SaveIncoming implements gateway.Inbox.
func (s *Store) SaveIncoming(ctx context.Context, in device.Incoming, proof []device.Presence) (bool, error) {
	const query = `
		INSERT INTO incoming (channel, device, wire_id, phone, alias, name, text, media, at, from_shop, to_phone, kept_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (wire_id, channel, device) DO NOTHING`
	isNew := false
	err := s.change(ctx, "keep an incoming message", func(tx *transaction) error {
		isNew = false
		res, err := tx.ExecContext(ctx, query, string(in.Channel), in.Device, in.ID, in.From.String(), in.Alias, in.Name, in.Text, in.Media,
			millis(in.At), in.FromShop, in.To.String(), tx.now.UnixMilli())
		if isNew, err = changedOne(res, err); err != nil || !isNew {
			return err
		}
		id, err := res.LastInsertId()
		if err != nil {
			return err
		}
		if err := tx.noteHour(ctx, tx.now, firstIncoming, id); err != nil {
			return err
		}
		at := in.At
		if at.IsZero() {
			at = tx.now
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
