package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"vestnik/device"
)

// The memory of the door to the CRM's chats (gateway/messagegateway, Journal), which this
// room may not import; internal/app gives the one to the other.

// ChatState is a value that SaveChatState kept under a name, "" when there is none.
func (s *Store) ChatState(ctx context.Context, name string) (value string, err error) {
	err = s.reader.QueryRowContext(ctx, `SELECT value FROM mg_state WHERE name = ?`, name).Scan(&value)
	return value, fault("read a state of the chats", unlessNoRows(err))
}

// SaveChatState keeps a value under a name.
func (s *Store) SaveChatState(ctx context.Context, name, value string) error {
	const query = `INSERT INTO mg_state (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`
	return s.change(ctx, "keep a state of the chats", func(tx *transaction) error {
		_, err := tx.ExecContext(ctx, query, name, value)
		return err
	})
}

// chatSecrets are the names under which the keys to the chats lie among the secrets, by
// what the journal calls them.
var chatSecrets = map[string]string{"bot_key": "chats.bot_key", "transport_key": "chats.transport_key", "hook_secret": "chats.hook_secret"}

// ChatSecret is a key to the chats, "" when there is none: "bot_key", "transport_key", or the "hook_secret" of the address to which the chats send.
// Settings and their history never show it.
func (s *Store) ChatSecret(ctx context.Context, name string) (value string, err error) {
	const op = "read a key to the chats"
	secret, ok := chatSecrets[name]
	if !ok {
		return "", device.Errorf(device.Invalid, "store: "+op, "no key %q", name)
	}
	err = s.reader.QueryRowContext(ctx, `SELECT value FROM secret WHERE name = ?`, secret).Scan(&value)
	return value, fault(op, unlessNoRows(err))
}

// SaveChatSecret keeps a key to the chats; an empty one takes it away.
func (s *Store) SaveChatSecret(ctx context.Context, name, value string) error {
	const op = "keep a key to the chats"
	secret, ok := chatSecrets[name]
	if !ok {
		return device.Errorf(device.Invalid, "store: "+op, "no key %q", name)
	}
	return s.change(ctx, op, func(tx *transaction) error {
		_, err := tx.keepSecrets(ctx, map[string]string{secret: ""}, map[string]string{secret: value})
		return err
	})
}

// KeepPost notes that a message is about to be handed to a chat. When its wire id is
// known, chat and time are replaced and the chats' own id stays.
func (s *Store) KeepPost(ctx context.Context, wireID, chat string, at time.Time) error {
	const query = `INSERT INTO mg_post (wire_id, chat, at) VALUES (?, ?, ?) ON CONFLICT (wire_id) DO UPDATE SET chat = excluded.chat, at = excluded.at`
	return s.change(ctx, "note a message to a chat", func(tx *transaction) error {
		_, err := tx.ExecContext(ctx, query, wireID, chat, at.UnixMilli())
		return err
	})
}

// Posted notes the id that the chats gave to a message; NotFound for one that KeepPost does
// not know.
func (s *Store) Posted(ctx context.Context, wireID string, id int64) error {
	const op = "note the id of a message in a chat"
	return s.change(ctx, op, func(tx *transaction) error {
		found, err := changedOne(tx.ExecContext(ctx, `UPDATE mg_post SET mg_id = ? WHERE wire_id = ?`, id, wireID))
		if err == nil && !found {
			err = notFound(op, "no message %s", wireID)
		}
		return err
	})
}

const (
	queryPost     = `SELECT chat, mg_id, at FROM mg_post WHERE wire_id = ?`
	queryPostByID = `SELECT wire_id FROM mg_post WHERE mg_id = ? AND mg_id <> 0`
	queryPostedIn = `SELECT mg_id FROM mg_post WHERE chat = ? AND at >= ? AND mg_id <> 0 ORDER BY at, wire_id`
)

// Post is what is known of a message to a chat; id is 0 while the chats' own is not known.
func (s *Store) Post(ctx context.Context, wireID string) (chat string, id int64, at time.Time, ok bool, err error) {
	var when stamp
	err = s.reader.QueryRowContext(ctx, queryPost, wireID).Scan(&chat, &id, &when)
	if errors.Is(err, sql.ErrNoRows) {
		return "", 0, time.Time{}, false, nil
	}
	return chat, id, when.time(), err == nil, fault("read a message to a chat", err)
}

// PostByID finds a message by the id that the chats gave to it.
func (s *Store) PostByID(ctx context.Context, id int64) (wireID string, ok bool, err error) {
	err = s.reader.QueryRowContext(ctx, queryPostByID, id).Scan(&wireID)
	if errors.Is(err, sql.ErrNoRows) {
		return "", false, nil
	}
	return wireID, err == nil, fault("read a message to a chat", err)
}

// PostedIn are the chats' ids of the messages handed to one chat since a time, those that are
// known, the oldest first.
func (s *Store) PostedIn(ctx context.Context, chat string, since time.Time) ([]int64, error) {
	var ids []int64
	err := each(ctx, s.reader, func(scan scanner) error {
		var id int64
		err := scan(&id)
		ids = append(ids, id)
		return err
	}, queryPostedIn, chat, since.UnixMilli())
	return ids, fault("read the messages to a chat", err)
}
