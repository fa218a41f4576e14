package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"vestnik/device"
)

const queryPresence = `SELECT phone, answer, canonical, alias, at, source FROM presence WHERE phone = ?`

func scanPresence(scan scanner) (device.Presence, error) {
	var p device.Presence
	var at stamp
	err := scan(&p.Phone, &p.On, &p.Canonical, &p.Alias, &at, &p.Source)
	p.At = at.time()
	return p, err
}

// Presence implements gateway.Presences.
func (s *Store) Presence(ctx context.Context, phone device.Phone) (device.Presence, bool, error) {
	p, err := scanPresence(s.reader.QueryRowContext(ctx, queryPresence, phone.String()).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return device.Presence{}, false, nil
	}
	if err != nil {
		return device.Presence{}, false, fault("read a presence", err)
	}
	return p, true, nil
}

// SavePresence implements gateway.Presences. Older news never replaces newer, and
// "unknown" never replaces an answer.
func (s *Store) SavePresence(ctx context.Context, list ...device.Presence) error {
	if len(list) == 0 {
		return nil
	}
	return s.change(ctx, "keep presences", func(tx *transaction) error { return tx.keepPresence(ctx, list) })
}

// sameProof is how much newer a proof must be to be worth a write when it says what
// the last one said; the answers are believed for days.
const sameProof = time.Hour

func (tx *transaction) keepPresence(ctx context.Context, list []device.Presence) error {
	const query = `
		INSERT INTO presence (phone, answer, canonical, alias, at, source) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (phone) DO UPDATE SET answer = excluded.answer, canonical = excluded.canonical,
			alias = excluded.alias, at = excluded.at, source = excluded.source`
	for _, p := range list {
		if p.Phone == "" {
			continue
		}
		if p.On == "" {
			p.On = device.Unknown
		}
		if p.At.IsZero() {
			p.At = tx.now
		}
		old, err := scanPresence(tx.QueryRowContext(ctx, queryPresence, p.Phone.String()).Scan)
		switch {
		case errors.Is(err, sql.ErrNoRows):
		case err != nil:
			return err
		case p.On == device.Unknown && old.On != device.Unknown, p.At.UnixMilli() < old.At.UnixMilli():
			continue
		default:
			p = merged(old, p)
			if p.On == old.On && p.Canonical == old.Canonical && p.Alias == old.Alias && p.Source == old.Source && p.At.Sub(old.At) < sameProof {
				continue
			}
		}
		if _, err := tx.ExecContext(ctx, query, p.Phone.String(), string(p.On), p.Canonical.String(), p.Alias, p.At.UnixMilli(), string(p.Source)); err != nil {
			return err
		}
	}
	return nil
}

// merged keeps what the directory told of a person when a mere proof says nothing
// about it.
func merged(old, p device.Presence) device.Presence {
	if p.On != device.Yes || old.On != device.Yes {
		return p
	}
	if p.Alias == "" {
		p.Alias = old.Alias
	}
	if old.Canonical != "" && (p.Canonical == "" || p.Source != device.FromDirectory) {
		p.Canonical = old.Canonical
	}
	return p
}

// opener is who began a chat.
type opener string

const (
	byBox       opener = "box"
	byCustomer  opener = "customer"
	byShopPhone opener = "shop_phone"
)

// openChat notes that there is a WhatsApp chat with a person; the first one counts.
func (tx *transaction) openChat(ctx context.Context, phone device.Phone, by opener, at time.Time) error {
	if phone == "" {
		return nil
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO chat (phone, opened_at, opened_by) VALUES (?, ?, ?) ON CONFLICT (phone) DO NOTHING`,
		phone.String(), at.UnixMilli(), string(by))
	return err
}

// HasChat implements gateway.Presences.
func (s *Store) HasChat(ctx context.Context, phone device.Phone) (bool, error) {
	var yes bool
	err := s.reader.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM chat WHERE phone = ?)`, phone.String()).Scan(&yes)
	return yes, fault("look for a chat", err)
}
