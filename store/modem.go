package store

import (
	"context"
	"time"

	"vestnik/device"
)

// ModemPart is one SMS as the modem room remembers it; its fields are those of
// device/modem.Part, which this room may not import. internal/app turns one into the
// other.
type ModemPart struct {
	WireID      string
	Seq, Total  int
	Device      string // IMEI
	To          device.Phone
	ConcatRef   int // 0 to 255
	State       string
	MR          int // 0 to 255, -1 while unanswered
	SubmittedAt time.Time
	Report      string
}

// NextConcatRef is the next of one counter that runs from 0 to 255 and again, and
// goes on after a restart.
func (s *Store) NextConcatRef(ctx context.Context) (int, error) {
	const query = `
		INSERT INTO counter (name, value) VALUES ('concat_ref', 0)
		ON CONFLICT (name) DO UPDATE SET value = (value + 1) % 256
		RETURNING value`
	var ref int
	err := s.change(ctx, "count the next long SMS", func(tx *transaction) error {
		return tx.QueryRowContext(ctx, query).Scan(&ref)
	})
	return ref, err
}

const modemPartColumns = `wire_id, seq, total, device, phone, concat_ref, state, mr, submitted_at, report`

// SaveModemPart adds a part or overwrites the one with the same WireID and Seq.
func (s *Store) SaveModemPart(ctx context.Context, p ModemPart) error {
	const query = `INSERT INTO modem_part (` + modemPartColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (wire_id, seq) DO UPDATE SET total = excluded.total, device = excluded.device, phone = excluded.phone,
			concat_ref = excluded.concat_ref, state = excluded.state, mr = excluded.mr, submitted_at = excluded.submitted_at,
			report = excluded.report`
	return s.change(ctx, "keep a part of an SMS", func(tx *transaction) error {
		_, err := tx.ExecContext(ctx, query, p.WireID, p.Seq, p.Total, p.Device, p.To.String(), p.ConcatRef, p.State, p.MR,
			p.SubmittedAt.UnixMilli(), p.Report)
		return err
	})
}

const (
	queryModemParts = `SELECT ` + modemPartColumns + ` FROM modem_part WHERE wire_id = ? ORDER BY seq`
	queryPartsByMR  = `SELECT ` + modemPartColumns + ` FROM modem_part
		WHERE device = ? AND mr = ? AND submitted_at >= ? AND state <> 'not_sent' ORDER BY submitted_at DESC, wire_id, seq`
)

// ModemParts are the parts of one message, by Seq.
func (s *Store) ModemParts(ctx context.Context, wireID string) ([]ModemPart, error) {
	return s.modemParts(ctx, queryModemParts, wireID)
}

// ModemPartsByMR are the parts that a modem sent under a message reference since a
// time, newest first, without those that surely did not leave.
func (s *Store) ModemPartsByMR(ctx context.Context, imei string, mr int, since time.Time) ([]ModemPart, error) {
	return s.modemParts(ctx, queryPartsByMR, imei, mr, since.UnixMilli())
}

func (s *Store) modemParts(ctx context.Context, query string, args ...any) ([]ModemPart, error) {
	var list []ModemPart
	err := each(ctx, s.reader, func(scan scanner) error {
		var p ModemPart
		var at stamp
		err := scan(&p.WireID, &p.Seq, &p.Total, &p.Device, &p.To, &p.ConcatRef, &p.State, &p.MR, &at, &p.Report)
		p.SubmittedAt = at.time()
		list = append(list, p)
		return err
	}, query, args...)
	return list, fault("read parts of an SMS", err)
}

// TryPIN notes that a PIN is about to be entered and tells whether that was noted
// before. The key holds neither the SIM card's number nor the PIN.
func (s *Store) TryPIN(ctx context.Context, key string) (bool, error) {
	isNew := false
	err := s.change(ctx, "note a try of the PIN", func(tx *transaction) (err error) {
		isNew, err = changedOne(tx.ExecContext(ctx, `INSERT INTO modem_pin (key, tried_at) VALUES (?, ?) ON CONFLICT (key) DO NOTHING`,
			key, tx.now.UnixMilli()))
		return err
	})
	return !isNew && err == nil, err
}

// PINAccepted forgets the note of TryPIN.
func (s *Store) PINAccepted(ctx context.Context, key string) error {
	return s.change(ctx, "forget a try of the PIN", func(tx *transaction) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM modem_pin WHERE key = ?`, key)
		return err
	})
}
