package store

import (
	"context"
	"database/sql"
	"errors"

	"vestnik/device"
	"vestnik/gateway"
)

// ApplyReceipt implements gateway.Receipts. A receipt that was kept before and
// whose message was known then changes nothing and is not judged again.
func (s *Store) ApplyReceipt(ctx context.Context, r device.Receipt, judge func(gateway.Message, gateway.Attempt, []gateway.Part) (gateway.Change, bool)) ([]gateway.MessageID, error) {
	var changed []gateway.MessageID
	err := s.change(ctx, "keep a receipt", func(tx *transaction) error {
		changed = nil
		for _, wire := range r.WireIDs {
			id, did, err := tx.applyTo(ctx, r, wire, judge)
			if err != nil {
				return err
			}
			if did {
				changed = append(changed, id)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return changed, nil
}

const queryArrived = `SELECT EXISTS (SELECT 1 FROM receipt WHERE wire_id = ? AND channel = 'whatsapp' AND kind IN ('delivered', 'read'))`

// Arrived implements gateway.Queue.
func (s *Store) Arrived(ctx context.Context, wireID string) (arrived bool, err error) {
	err = s.reader.QueryRowContext(ctx, queryArrived, wireID).Scan(&arrived)
	return arrived, fault("look for a receipt", err)
}

// queryAttemptByWire finds the newest attempt with a wire id: WhatsApp's same id may
// have been sent several times.
const queryAttemptByWire = `SELECT ` + attemptColumns + ` FROM attempt a JOIN message m ON m.id = a.message
	WHERE a.wire_id = ? AND +a.channel = ? ORDER BY a.message DESC, a.n DESC LIMIT 1`

// AttemptByWire is the newest attempt with a wire id of a channel; false when there is
// none.
func (s *Store) AttemptByWire(ctx context.Context, ch device.Channel, wire string) (gateway.Attempt, bool, error) {
	a, err := scanAttempt(s.reader.QueryRowContext(ctx, queryAttemptByWire, wire, string(ch)).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return gateway.Attempt{}, false, nil
	}
	if err != nil {
		return gateway.Attempt{}, false, fault("read an attempt", err)
	}
	return a, true, nil
}

// applyTo keeps a receipt for one of its wire ids.
func (tx *transaction) applyTo(ctx context.Context, r device.Receipt, wire string, judge func(gateway.Message, gateway.Attempt, []gateway.Part) (gateway.Change, bool)) (gateway.MessageID, bool, error) {
	a, err := scanAttempt(tx.QueryRowContext(ctx, queryAttemptByWire, wire, string(r.Channel)).Scan)
	known := err == nil
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, false, err
	}
	news, err := tx.keepReceipt(ctx, r, wire, a.Message)
	if err != nil || !news || !known {
		return 0, false, err
	}
	if err := tx.reportParts(ctx, a, r); err != nil {
		return 0, false, err
	}
	m, err := messageByID(ctx, tx, "keep a receipt", a.Message)
	if err != nil {
		return 0, false, err
	}
	parts, err := partsOf(ctx, tx, a)
	if err != nil {
		return 0, false, err
	}
	c, changes := judge(m, a, parts)
	if !changes {
		return 0, false, nil
	}
	_, err = tx.move(ctx, m.ID, m.State, c)
	return m.ID, err == nil, err
}

// keepReceipt writes the proof; false when it was there with its message already. id
// is 0 while the wire id is unknown.
func (tx *transaction) keepReceipt(ctx context.Context, r device.Receipt, wire string, id gateway.MessageID) (bool, error) {
	const query = `
		INSERT INTO receipt (wire_id, channel, kind, part, at, evidence, device, parts, phone, kept_at, message)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET message = excluded.message WHERE message IS NULL AND excluded.message IS NOT NULL`
	var at int64 // 0 for a receipt without a time, so that it is recognised when it comes again
	if !r.At.IsZero() {
		at = r.At.UnixMilli()
	}
	return changedOne(tx.ExecContext(ctx, query, wire, string(r.Channel), string(r.Kind), r.Part, at, r.Evidence,
		r.Device, r.Parts, r.From.String(), tx.now.UnixMilli(), orNull(id)))
}

// reportParts brings a receipt into the parts of its attempt. Delivered is the last
// word: a failure that is told later does not undo it.
func (tx *transaction) reportParts(ctx context.Context, a gateway.Attempt, r device.Receipt) error {
	const query = `
		INSERT INTO sms_part (message, n, seq, state) VALUES (?, ?, ?, ?)
		ON CONFLICT (message, n, seq) DO UPDATE SET state = excluded.state WHERE state <> 'delivered'`
	if a.Channel != device.SMS {
		return nil
	}
	state := gateway.PartDelivered
	switch r.Kind {
	case device.ReceiptDelivered, device.ReceiptRead:
	case device.ReceiptFailed:
		state = gateway.PartFailed
	default:
		return nil
	}
	first, last := r.Part, r.Part
	if r.Part == 0 {
		first, last = 1, a.Envelope.Parts
	}
	for seq := first; seq <= last; seq++ {
		if _, err := tx.ExecContext(ctx, query, int64(a.Message), a.N, seq, string(state)); err != nil {
			return err
		}
	}
	return nil
}

// queryParts reads the parts of every attempt under one wire id: a long SMS that
// broke off goes on under the same one with the parts that are missing.
const queryParts = `SELECT p.seq, p.mr, p.state FROM sms_part p
	JOIN attempt a ON a.message = p.message AND a.n = p.n
	WHERE p.message = ? AND a.wire_id = ? ORDER BY p.n, p.seq`

// partsOf are the SMS of an attempt, by Seq; none for another channel. A later attempt
// knows a part better, but what was delivered stays delivered.
func partsOf(ctx context.Context, q querier, a gateway.Attempt) ([]gateway.Part, error) {
	if a.Channel != device.SMS {
		return nil, nil
	}
	parts := make([]gateway.Part, a.Envelope.Parts)
	for i := range parts {
		parts[i] = gateway.Part{Seq: i + 1, Total: len(parts), ConcatRef: a.Envelope.ConcatRef, MR: -1, State: gateway.PartSending}
	}
	err := each(ctx, q, func(scan scanner) error {
		var seq, mr int
		var state gateway.PartState
		if err := scan(&seq, &mr, &state); err != nil || seq > len(parts) {
			return err
		}
		p := &parts[seq-1]
		if mr >= 0 {
			p.MR = mr
		}
		if p.State != gateway.PartDelivered {
			p.State = state
		}
		return nil
	}, queryParts, int64(a.Message), a.Envelope.WireID)
	return parts, err
}
