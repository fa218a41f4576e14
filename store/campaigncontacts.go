package store

import (
	"context"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/campaign"
)

const (
	// queryContactTalks are conversations of people who can be written to, in a row.
	queryContactTalks = `SELECT id, phone, customer_id, name, heard_at IS NOT NULL OR EXISTS (SELECT 1 FROM mark WHERE conversation = c.id) FROM conversation c
		WHERE id > ?1 AND (phone <> '' OR customer_id <> 0) ORDER BY id LIMIT ?2`
	// queryContactNumbers jumps along the index from one number to the next, and takes the newest message
	// to each.
	queryContactNumbers = `WITH RECURSIVE number (tail) AS (
			SELECT min(phone_tail) FROM message WHERE phone_tail > ?1
			UNION ALL SELECT (SELECT min(phone_tail) FROM message WHERE phone_tail > number.tail) FROM number WHERE tail IS NOT NULL LIMIT ?2)
		SELECT n.tail, m.phone, coalesce((SELECT max(customer_id) FROM conversation c WHERE c.phone_tail = n.tail), 0), d.name,
			EXISTS (SELECT 1 FROM message o WHERE o.phone_tail = n.tail AND o.purpose IN ('order', 'rating'))
		FROM number n JOIN message m ON m.id = (SELECT max(id) FROM message WHERE phone_tail = n.tail) JOIN decision d ON d.id = m.decision
		WHERE n.tail IS NOT NULL`
)

// AddContacts implements campaign.Ledger, in pieces so that the dispatchers write meanwhile: who wrote by
// any channel, and to whom a message was made. Known are those who wrote, or got a message about an order. The
// number that it answers is 0 when the token is old or over.
func (s *Store) AddContacts(ctx context.Context, id gateway.CampaignID, token int64) (found int, err error) {
	const op = "gather our own contacts"
	read := 0
	add := func(piece []campaign.Person) (ok bool, err error) {
		read += len(piece)
		return s.AddPeople(ctx, id, token, piece, read, 0)
	}
	for after := int64(0); ; {
		var piece []campaign.Person
		if err := each(ctx, s.reader, func(scan scanner) error {
			var p campaign.Person
			err := scan(&after, &p.Phone, &p.Customer, &p.Name, &p.Known)
			piece = append(piece, p)
			return err
		}, queryContactTalks, after, settlePiece); err != nil {
			return 0, fault(op, err)
		}
		if len(piece) == 0 {
			break
		}
		if ok, err := add(piece); err != nil || !ok {
			return 0, err
		}
	}
	for after := ""; ; {
		var piece []campaign.Person
		last := after
		if err := each(ctx, s.reader, func(scan scanner) error {
			var p campaign.Person
			var phone device.Phone
			err := scan(&last, &phone, &p.Customer, &p.Name, &p.Known)
			p.Phone = phone
			piece = append(piece, p)
			return err
		}, queryContactNumbers, after, settlePiece); err != nil {
			return 0, fault(op, err)
		}
		if last == after {
			break
		}
		after = last
		if ok, err := add(piece); err != nil || !ok {
			return 0, err
		}
	}
	err = s.reader.QueryRowContext(ctx, `SELECT collect_found FROM campaign WHERE id = ? AND collect_token = ?`, int64(id), token).Scan(&found)
	return found, fault(op, unlessNoRows(err))
}
