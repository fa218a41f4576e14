package whatsapp

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"vestnik/device"
)

// LinkedSince is when the account that is linked now was linked in this box for the first time; zero
// while none is linked or the time is not known. Linking the same number anew, a restart and a
// restored backup change nothing; another number begins anew.
func (s *Session) LinkedSince() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.account.IsEmpty() {
		return time.Time{}
	}
	return s.linkedSince
}

// noteLinked takes down that an account was linked now, and answers since when it counts as linked.
func (s *Session) noteLinked(account string) time.Time {
	ctx, cancel := s.storing()
	defer cancel()
	now := s.opt.Now()
	if err := s.vault.keepLinked(ctx, account, now); err != nil {
		s.log.Error("whatsapp account's first day not kept", "err", err)
		return now
	}
	since, err := s.vault.linkedSince(ctx, account)
	if err != nil || since.IsZero() {
		s.log.Error("whatsapp account's first day not read", "err", err)
		return now
	}
	return since
}

// keepLinked keeps when an account was linked, unless it is known from before.
func (v *vault) keepLinked(ctx context.Context, account string, at time.Time) error {
	_, err := v.db.ExecContext(ctx, `INSERT OR IGNORE INTO vestnik_account (account, linked_at) VALUES (?, ?)`, account, at.UnixMilli())
	return err
}

// linkedSince is when an account was first linked; zero when that is not known.
func (v *vault) linkedSince(ctx context.Context, account string) (time.Time, error) {
	return v.aTime(ctx, `SELECT linked_at FROM vestnik_account WHERE account = ?`, account)
}

// rememberLinked is linkedSince for a file that may be older than this knowledge: then the transitions
// tell when a phone was linked last, and where even that is forgotten, since when one was at least.
func (v *vault) rememberLinked(ctx context.Context, account string) (time.Time, error) {
	since, err := v.linkedSince(ctx, account)
	if err != nil || !since.IsZero() {
		return since, err
	}
	since, err = v.aTime(ctx, `SELECT max(at) FROM vestnik_transition WHERE from_state = ? AND to_state = ?`,
		string(device.LinkPairing), string(device.LinkConnecting))
	if err == nil && since.IsZero() {
		since, err = v.aTime(ctx, `SELECT min(at) FROM vestnik_transition`)
	}
	if err != nil || since.IsZero() {
		return since, err
	}
	return since, v.keepLinked(ctx, account, since)
}

// aTime reads one time; zero when there is none.
func (v *vault) aTime(ctx context.Context, query string, args ...any) (time.Time, error) {
	var at sql.NullInt64
	err := v.db.QueryRowContext(ctx, query, args...).Scan(&at)
	if errors.Is(err, sql.ErrNoRows) || err == nil && !at.Valid {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, err
	}
	return time.UnixMilli(at.Int64).UTC(), nil
}
