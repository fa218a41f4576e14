package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"vestnik/gateway"
)

// queryPending reads the index of what was not dealt with, which is short.
const queryPending = `SELECT conversation FROM incoming INDEXED BY incoming_open
	WHERE done_at IS NULL AND conversation IS NOT NULL AND conversation NOT IN (SELECT value FROM json_each(?1))
	GROUP BY conversation ORDER BY min(id) LIMIT ?2`

// PendingTalks implements gateway.Talks.
func (s *Store) PendingTalks(ctx context.Context, skip []gateway.ConversationID, limit int) ([]gateway.ConversationID, error) {
	const op = "read where something was heard"
	if skip == nil {
		skip = []gateway.ConversationID{}
	}
	list, err := json.Marshal(skip)
	if err != nil {
		return nil, fault(op, err)
	}
	ids, err := talkIDs(ctx, s.reader, queryPending, string(list), limit)
	return ids, fault(op, err)
}

// What the shop's side did has an index of its own, so that a flood of a customer's words
// is not read for each of them.
const (
	openRow  = `conversation = ?1 AND done_at IS NULL`
	shopsRow = openRow + ` AND (from_shop = 1 OR event <> '')`

	queryNextHeard = `SELECT ` + talkColumns + `, i.id, i.kept_at, i.device, i.wire_id, i.phone, i.alias, i.name, i.text, i.media, i.at,
			i.from_shop, i.to_phone, i.event, i.payload, i.dialog, i.operator
		FROM incoming i JOIN conversation c ON c.id = i.conversation
		WHERE i.id = CASE WHEN EXISTS (SELECT 1 FROM incoming INDEXED BY incoming_shop WHERE ` + shopsRow + ` AND (event = 'assigned' OR from_shop = 1 AND event = ''))
			THEN (SELECT min(id) FROM incoming INDEXED BY incoming_shop WHERE ` + shopsRow + `)
			ELSE (SELECT min(id) FROM incoming INDEXED BY incoming_open WHERE ` + openRow + `) END`
)

// NextHeard implements gateway.Talks. While a person's taking over waits, all that the
// shop's side did goes first, in its own order: a talk that was given back and taken again
// stays taken.
func (s *Store) NextHeard(ctx context.Context, id gateway.ConversationID) (gateway.Conversation, gateway.Heard, bool, error) {
	var r talkRow
	var h gateway.Heard
	var kept, at stamp
	in := &h.In
	err := s.reader.QueryRowContext(ctx, queryNextHeard, int64(id)).Scan(append(r.dest(),
		&h.ID, &kept, &in.Device, &in.ID, &in.From, &in.Alias, &in.Name, &in.Text, &in.Media, &at,
		&in.FromShop, &in.To, &in.Event, &in.Payload, &in.Chat.Dialog, &in.Chat.Operator)...)
	if errors.Is(err, sql.ErrNoRows) {
		return gateway.Conversation{}, gateway.Heard{}, false, nil
	}
	if err != nil {
		return gateway.Conversation{}, gateway.Heard{}, false, fault("read what was heard", err)
	}
	c := r.talk()
	h.Conversation, h.KeptAt, in.Channel, in.At = c.ID, kept.time(), c.Channel, at.time()
	// A chat's facts are those of now, apart from what was told with the words.
	dialog, operator := in.Chat.Dialog, in.Chat.Operator
	in.Chat = c.Chat
	in.Chat.Dialog, in.Chat.Operator = dialog, operator
	return c, h, true, nil
}
