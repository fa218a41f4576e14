package store

import (
	"context"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// MirrorLine is a line of our own WhatsApp or SMS with all that is needed to show it
// elsewhere.
type MirrorLine struct {
	// Incoming is the row of what was heard, else Message and SettledAt are set: one or the other moves
	// the reader's cursor.
	Incoming  int64
	Message   gateway.MessageID
	SettledAt time.Time // when the network took it, by our clock

	Channel device.Channel
	WireID  string // of the network; with Channel it names the line
	Phone   device.Phone
	Alias   string
	Name    string // of the conversation, as the customer calls himself; may be empty
	Text    string
	Media   string
	At      time.Time // of the network where it told it, else of our clock
	// FromShop: a person of the shop wrote it on the shop's phone.
	FromShop bool
	Purpose  gateway.Purpose // of a message
	Key      string          // of a message: its dedupe key
}

const (
	queryMirrorHeard = `
		SELECT i.id, i.channel, i.wire_id, c.phone, c.alias, c.name, i.text, i.media, coalesce(i.at, i.kept_at), i.from_shop
		FROM incoming i JOIN conversation c ON c.id = i.conversation
		WHERE i.id > ? AND i.channel IN ('whatsapp', 'sms') AND i.event = '' ORDER BY i.id LIMIT ?`
	// A copy that was taken back is not among them.
	queryMirrorSaid = `
		SELECT m.id, a.settled_at, a.channel, a.wire_id, coalesce(a.phone, m.phone), m.alias, coalesce(c.name, ''), coalesce(a.text, m.text), m.purpose, coalesce(m.dedupe_key, '')
		FROM attempt a INDEXED BY attempt_settled JOIN message m ON m.id = a.message
		LEFT JOIN conversation c ON c.id = coalesce(m.conversation, (SELECT id FROM conversation n
			WHERE n.phone = m.phone AND n.channel = a.channel AND n.phone <> '' AND n.channel <> 'chat'))
		WHERE a.state = 'accepted' AND a.channel <> 'chat' AND a.settled_at >= ?1 AND (a.settled_at > ?1 OR a.message > ?2)
		ORDER BY a.settled_at, a.message LIMIT ?3`
)

// MirrorLines reads lines of WhatsApp and SMS for a mirror: what was heard after a row, and
// messages that the network took after a time (of those taken in the same millisecond, the
// ones with a greater id); at most limit of each. Lines heard from nobody who can be
// answered are left out.
func (s *Store) MirrorLines(ctx context.Context, afterIncoming int64, afterSettled time.Time, afterMessage int64, limit int) ([]MirrorLine, error) {
	var list []MirrorLine
	err := s.view(ctx, "read lines for the mirror", func(q querier) error {
		list = nil
		if err := each(ctx, q, func(scan scanner) error {
			var l MirrorLine
			var at stamp
			err := scan(&l.Incoming, &l.Channel, &l.WireID, &l.Phone, &l.Alias, &l.Name, &l.Text, &l.Media, &at, &l.FromShop)
			l.At = at.time()
			list = append(list, l)
			return err
		}, queryMirrorHeard, afterIncoming, limit); err != nil {
			return err
		}
		return each(ctx, q, func(scan scanner) error {
			var l MirrorLine
			var at stamp
			err := scan(&l.Message, &at, &l.Channel, &l.WireID, &l.Phone, &l.Alias, &l.Name, &l.Text, &l.Purpose, &l.Key)
			l.SettledAt, l.At = at.time(), at.time()
			list = append(list, l)
			return err
		}, queryMirrorSaid, edge(afterSettled), afterMessage, limit)
	})
	return list, err
}

// NewestHeard is the row of the newest line that was heard; 0 when there is none.
func (s *Store) NewestHeard(ctx context.Context) (id int64, err error) {
	err = s.reader.QueryRowContext(ctx, queryNewestHeard).Scan(&id)
	return id, fault("find the newest line", err)
}

const queryNewestHeard = `SELECT coalesce(max(id), 0) FROM incoming`
