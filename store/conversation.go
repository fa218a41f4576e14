package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

const talkColumns = `c.id, c.channel, c.phone, c.alias, c.name,
	c.messenger, c.account, c.mg_customer, c.dialog, c.operator, c.answer_until, c.blocked,
	c.customer_id, c.looked_up_at, c.heard_at, c.said_at, c.unread, c.state, c.version, c.silent_until, c.silent_why,
	c.taken_at, c.called_at, c.called_why, c.owed_until, c.mark_until, c.opted_out_at`

// talkRow takes one row of talkColumns.
type talkRow struct {
	c                                                                          gateway.Conversation
	state                                                                      sql.NullString
	answer, lookedUp, heard, said, silent, taken, called, owed, mark, optedOut stamp
}

func (r *talkRow) dest() []any {
	c := &r.c
	return []any{
		&c.ID, &c.Channel, &c.Phone, &c.Alias, &c.Name,
		&c.Chat.Messenger, &c.Chat.Account, &c.Chat.Customer, &c.Chat.Dialog, &c.Chat.Operator, &r.answer, &c.Chat.Blocked,
		&c.Customer, &r.lookedUp, &r.heard, &r.said, &c.Unread, &r.state, &c.Version, &r.silent, &c.SilentWhy,
		&r.taken, &r.called, &c.CalledWhy, &r.owed, &r.mark, &r.optedOut,
	}
}

func (r *talkRow) talk() gateway.Conversation {
	c := r.c
	if r.state.Valid {
		c.State = []byte(r.state.String)
	}
	c.Chat.AnswerUntil, c.LookedUpAt, c.HeardAt, c.SaidAt = r.answer.time(), r.lookedUp.time(), r.heard.time(), r.said.time()
	c.SilentUntil, c.TakenAt, c.CalledAt, c.OwedUntil = r.silent.time(), r.taken.time(), r.called.time(), r.owed.time()
	c.MarkUntil, c.OptedOutAt = r.mark.time(), r.optedOut.time()
	return c
}

// talks reads all rows of a query that selects talkColumns.
func talks(ctx context.Context, q querier, query string, args ...any) ([]gateway.Conversation, error) {
	var list []gateway.Conversation
	err := each(ctx, q, func(scan scanner) error {
		var r talkRow
		if err := scan(r.dest()...); err != nil {
			return err
		}
		list = append(list, r.talk())
		return nil
	}, query, args...)
	return list, err
}

const queryTalk = `SELECT ` + talkColumns + ` FROM conversation c WHERE c.id = ?`

func talkByID(ctx context.Context, q querier, op string, id gateway.ConversationID) (gateway.Conversation, error) {
	var r talkRow
	err := q.QueryRowContext(ctx, queryTalk, int64(id)).Scan(r.dest()...)
	if errors.Is(err, sql.ErrNoRows) {
		return gateway.Conversation{}, notFound(op, "no conversation %d", id)
	}
	return r.talk(), err
}

// Conversation implements gateway.Talks.
func (s *Store) Conversation(ctx context.Context, id gateway.ConversationID) (gateway.Conversation, error) {
	const op = "read a conversation"
	c, err := talkByID(ctx, s.reader, op, id)
	return c, fault(op, err)
}

// queryTalksOf finds a number by its digits: one index knows them in every channel.
const queryTalksOf = `SELECT ` + talkColumns + ` FROM conversation c WHERE c.id IN (
		SELECT id FROM conversation WHERE phone_tail = ?1 AND phone_tail <> ''
		UNION SELECT id FROM conversation WHERE customer_id = ?2 AND customer_id <> 0)
	ORDER BY c.heard_at DESC, c.id DESC`

// ConversationsOf implements gateway.Talks.
func (s *Store) ConversationsOf(ctx context.Context, phone device.Phone, customer int64) ([]gateway.Conversation, error) {
	list, err := talks(ctx, s.reader, queryTalksOf, tail(phone), customer)
	return list, fault("read a person's conversations", err)
}

// OpenConversation implements gateway.Talks.
func (s *Store) OpenConversation(ctx context.Context, ch device.Channel, phone device.Phone, name string) (gateway.Conversation, error) {
	const op = "open a conversation"
	if phone == "" || ch != device.WhatsApp && ch != device.SMS {
		return gateway.Conversation{}, device.Errorf(device.Invalid, "store: "+op, "a conversation by %q needs a number", ch)
	}
	var c gateway.Conversation
	err := s.change(ctx, op, func(tx *transaction) error {
		id, err := tx.talkWith(ctx, ch, phone, "")
		if err != nil {
			return err
		}
		if c, err = talkByID(ctx, tx, op, id); err != nil || c.Name != "" || name == "" {
			return err
		}
		c.Name = name
		return tx.nameTalk(ctx, id, name)
	})
	if err != nil {
		return gateway.Conversation{}, err
	}
	return c, nil
}

const queryOwed = `SELECT id FROM conversation WHERE owed_until >= ? ORDER BY owed_until LIMIT ?`

// OwedTalks implements gateway.Talks: those whose answer is still of use, the ones that
// end first at the front.
func (s *Store) OwedTalks(ctx context.Context, now time.Time, limit int) ([]gateway.ConversationID, error) {
	ids, err := talkIDs(ctx, s.reader, queryOwed, now.UnixMilli(), limit)
	return ids, fault("read to whom an answer is owed", err)
}

func talkIDs(ctx context.Context, q querier, query string, args ...any) ([]gateway.ConversationID, error) {
	var ids []gateway.ConversationID
	err := each(ctx, q, func(scan scanner) error {
		var id gateway.ConversationID
		err := scan(&id)
		ids = append(ids, id)
		return err
	}, query, args...)
	return ids, err
}

// KeepPerson implements gateway.Talks. The number of a WhatsApp or SMS conversation is
// what makes it this one, so the CRM tells only a chat's. That of a chat which is tied to another
// card goes with the former: the messenger tells it again if it was its own.
func (s *Store) KeepPerson(ctx context.Context, id gateway.ConversationID, customer int64, phone device.Phone, at time.Time) error {
	const op = "keep whose a conversation is"
	const query = `
		UPDATE conversation SET customer_id = ?2, looked_up_at = ?5,
			phone = CASE WHEN channel <> 'chat' OR ?3 = '' AND customer_id IN (0, ?2) THEN phone ELSE ?3 END,
			phone_tail = CASE WHEN channel <> 'chat' OR ?3 = '' AND customer_id IN (0, ?2) THEN phone_tail ELSE ?4 END
		WHERE id = ?1`
	return s.change(ctx, op, func(tx *transaction) error {
		found, err := changedOne(tx.ExecContext(ctx, query, int64(id), customer, phone.String(), tail(phone), millis(at)))
		if err == nil && !found {
			err = notFound(op, "no conversation %d", id)
		}
		return err
	})
}

// queryStrangers takes the newest of those that were never asked for, and of those that
// were asked for long ago: each part reads along the index.
const queryStrangers = `SELECT ` + talkColumns + ` FROM conversation c WHERE c.id IN (
		SELECT id FROM (SELECT id FROM conversation WHERE channel = 'chat' AND customer_id = 0 AND looked_up_at IS NULL ORDER BY heard_at DESC LIMIT ?2)
		UNION ALL SELECT id FROM (SELECT id FROM conversation WHERE channel = 'chat' AND customer_id = 0 AND looked_up_at < ?1 ORDER BY heard_at DESC LIMIT ?2))
	ORDER BY c.heard_at DESC, c.id DESC LIMIT ?2`

// Strangers implements gateway.Talks.
func (s *Store) Strangers(ctx context.Context, askedBefore time.Time, limit int) ([]gateway.Conversation, error) {
	list, err := talks(ctx, s.reader, queryStrangers, askedBefore.UnixMilli(), limit)
	return list, fault("read chats of strangers", err)
}

// SeeChats implements gateway.Talks.
func (s *Store) SeeChats(ctx context.Context, chats []gateway.SeenChat) error {
	if len(chats) == 0 {
		return nil
	}
	return s.change(ctx, "keep what chats say", func(tx *transaction) error {
		for _, seen := range chats {
			if seen.Alias == "" {
				continue
			}
			id, err := tx.talkWith(ctx, device.Chat, "", seen.Alias)
			if err != nil {
				return err
			}
			if err := tx.knowChat(ctx, id, seen.Name, seen.Phone, seen.Chat); err != nil {
				return err
			}
			if err := tx.heardAt(ctx, id, seen.HeardAt); err != nil {
				return err
			}
		}
		return nil
	})
}

// SeeTalk implements gateway.TalkPages.
func (s *Store) SeeTalk(ctx context.Context, id gateway.ConversationID) error {
	const op = "note that a conversation was seen"
	return s.change(ctx, op, func(tx *transaction) error {
		found, err := changedOne(tx.ExecContext(ctx, `UPDATE conversation SET unread = 0 WHERE id = ?`, int64(id)))
		if err == nil && !found {
			err = notFound(op, "no conversation %d", id)
		}
		return err
	})
}
