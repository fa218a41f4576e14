package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"vestnik/device"
)

const linkColumns = `channel, device, state, cause, since, until, phone, name, port, signal_dbm, last_seen`

func scanLink(scan scanner) (device.Link, error) {
	var l device.Link
	var since, until, seen stamp
	err := scan(&l.Channel, &l.Device, &l.State, &l.Cause, &since, &until, &l.Phone, &l.Name, &l.Port, &l.SignalDBM, &seen)
	l.Since, l.Until, l.LastSeen = since.time(), until.time(), seen.time()
	return l, err
}

// SaveLink implements gateway.Journal. What tells no new state (a changed signal) is
// not kept.
func (s *Store) SaveLink(ctx context.Context, l device.Link) error {
	const last = `SELECT state, cause, until FROM link_event WHERE channel = ? AND port = ? ORDER BY id DESC LIMIT 1`
	const insert = `INSERT INTO link_event (` + linkColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	return s.change(ctx, "keep a link's state", func(tx *transaction) error {
		var state device.LinkState
		var cause string
		var until stamp
		err := tx.QueryRowContext(ctx, last, string(l.Channel), l.Port).Scan(&state, &cause, &until)
		switch {
		case errors.Is(err, sql.ErrNoRows):
		case err != nil:
			return err
		case state == l.State && cause == l.Cause && until.time().UnixMilli() == stampOf(l.Until).time().UnixMilli():
			return nil
		}
		since := l.Since
		if since.IsZero() {
			since = tx.now
		}
		_, err = tx.ExecContext(ctx, insert, string(l.Channel), l.Device, string(l.State), l.Cause, since.UnixMilli(), millis(l.Until),
			l.Phone.String(), l.Name, l.Port, l.SignalDBM, millis(l.LastSeen))
		return err
	})
}

func stampOf(t time.Time) stamp {
	return stamp{sql.NullInt64{Int64: t.UnixMilli(), Valid: !t.IsZero()}}
}

// LinkHistory implements gateway.Journal. With several modems the one before is that
// of each port.
func (s *Store) LinkHistory(ctx context.Context, ch device.Channel, since time.Time) ([]device.Link, error) {
	const op = "read a link's history"
	var list []device.Link
	err := each(ctx, s.reader, func(scan scanner) error {
		l, err := scanLink(scan)
		list = append(list, l)
		return err
	}, queryLinkHistory, string(ch), since.UnixMilli())
	return list, fault(op, err)
}

const queryLinkHistory = `
	SELECT ` + linkColumns + ` FROM (
		SELECT * FROM link_event WHERE channel = ?1 AND since >= ?2
		UNION
		SELECT * FROM link_event WHERE id IN (
			SELECT (SELECT id FROM link_event e WHERE e.channel = ?1 AND e.port = p.port AND e.since < ?2 ORDER BY e.since DESC, e.id DESC LIMIT 1)
			FROM (SELECT DISTINCT port FROM link_event WHERE channel = ?1) p))
	ORDER BY since, id`
