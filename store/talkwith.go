package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"vestnik/bot"
	"vestnik/device"
	"vestnik/gateway"
)

// talkWith finds or makes the conversation with somebody who is known by a number, an
// alias or both. Two rows that turn out to be one person become the number's.
func (tx *transaction) talkWith(ctx context.Context, ch device.Channel, phone device.Phone, alias string) (gateway.ConversationID, error) {
	var byPhone, byAlias gateway.ConversationID
	var theirs device.Phone // the number of the alias's row
	if ch != device.Chat && phone != "" {
		err := tx.QueryRowContext(ctx, queryTalkByPhone, phone.String(), string(ch)).Scan(&byPhone)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return 0, err
		}
	}
	if alias != "" {
		err := tx.QueryRowContext(ctx, queryTalkByAlias, alias, string(ch)).Scan(&byAlias, &theirs)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return 0, err
		}
	}
	switch {
	case ch == device.Chat && byAlias != 0, byAlias != 0 && (byPhone == byAlias || byPhone == 0 && phone == ""):
		return byAlias, nil
	case byPhone == 0 && byAlias != 0 && theirs == "":
		_, err := tx.ExecContext(ctx, `UPDATE conversation SET phone = ?, phone_tail = ? WHERE id = ?`, phone.String(), tail(phone), int64(byAlias))
		return byAlias, err
	case byAlias != 0 && theirs == "":
		if err := tx.joinTalks(ctx, byPhone, byAlias); err != nil {
			return 0, err
		}
	case byAlias != 0:
		// He has another number now. What was said under the former one stays there.
		if _, err := tx.ExecContext(ctx, `UPDATE conversation SET alias = '' WHERE id = ?`, int64(byAlias)); err != nil {
			return 0, err
		}
	}
	if byPhone == 0 {
		return tx.newTalk(ctx, ch, phone, alias)
	}
	if alias == "" {
		return byPhone, nil
	}
	_, err := tx.ExecContext(ctx, `UPDATE conversation SET alias = ? WHERE id = ? AND alias <> ?1`, alias, int64(byPhone))
	return byPhone, err
}

// The conditions beside the equations are those of the indexes, so that SQLite takes
// them.
const (
	queryTalkByPhone = `SELECT id FROM conversation WHERE phone = ? AND channel = ? AND phone <> '' AND channel <> 'chat'`
	queryTalkByAlias = `SELECT id, phone FROM conversation WHERE alias = ? AND channel = ? AND alias <> ''`
)

func (tx *transaction) newTalk(ctx context.Context, ch device.Channel, phone device.Phone, alias string) (gateway.ConversationID, error) {
	res, err := tx.ExecContext(ctx, `INSERT INTO conversation (channel, phone, phone_tail, alias, name, name_key) VALUES (?, ?, ?, ?, '', '')`,
		string(ch), phone.String(), tail(phone), alias)
	if err != nil {
		return 0, err
	}
	id, err := res.LastInsertId()
	return gateway.ConversationID(id), err
}

// joinTalks gives all that was said in one conversation to another, and ends it.
func (tx *transaction) joinTalks(ctx context.Context, stays, goes gateway.ConversationID) error {
	const op = "join two conversations"
	a, err := talkByID(ctx, tx, op, stays)
	if err != nil {
		return err
	}
	b, err := talkByID(ctx, tx, op, goes)
	if err != nil {
		return err
	}
	for _, query := range []string{
		`UPDATE message SET conversation = ?1 WHERE conversation = ?2`,
		`UPDATE incoming SET conversation = ?1 WHERE conversation = ?2`,
		`UPDATE mark SET conversation = ?1 WHERE conversation = ?2`,
		`UPDATE effect SET value = json_set(value, '$.conversation', ?1)
			WHERE state = 'pending' AND next_at >= 0 AND CASE WHEN kind IN ('hand_over', 'task') THEN json_extract(value, '$.conversation') = ?2 END`,
	} {
		if _, err := tx.ExecContext(ctx, query, int64(stays), int64(goes)); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM conversation WHERE id = ?`, int64(goes)); err != nil {
		return err
	}
	return tx.rewriteTalk(ctx, joinedTalk(a, b, tx.now))
}

// joinedTalk is what two conversations of one person come to. Of the bot's memories the
// one in which it is silent counts, else that of the last word; whatever was being
// decided in either is decided again, since the version rises above both.
func joinedTalk(stays, goes gateway.Conversation, now time.Time) gateway.Conversation {
	c, mind := stays, stays
	quietA, quietB := stays.SilentUntil.After(now), goes.SilentUntil.After(now)
	if stays.State == nil || quietB && !quietA || quietA == quietB && goes.State != nil && goes.HeardAt.After(stays.HeardAt) {
		mind = goes
	}
	c.State, c.SilentUntil, c.SilentWhy, c.OwedUntil, c.MarkUntil = mind.State, mind.SilentUntil, mind.SilentWhy, mind.OwedUntil, mind.MarkUntil
	if !stays.Waits() || goes.Waits() && goes.CalledAt.Before(stays.CalledAt) {
		c.CalledAt, c.CalledWhy = goes.CalledAt, goes.CalledWhy
	}
	c.Version = max(stays.Version, goes.Version) + 1
	c.Unread += goes.Unread
	c.HeardAt, c.SaidAt, c.TakenAt = later(stays.HeardAt, goes.HeardAt), later(stays.SaidAt, goes.SaidAt), later(stays.TakenAt, goes.TakenAt)
	c.OptedOutAt = later(stays.OptedOutAt, goes.OptedOutAt)
	if c.Name == "" {
		c.Name = goes.Name
	}
	if c.Customer == 0 {
		c.Customer, c.LookedUpAt = goes.Customer, goes.LookedUpAt
	}
	return c
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// rewriteTalk writes all that joinedTalk may have changed.
func (tx *transaction) rewriteTalk(ctx context.Context, c gateway.Conversation) error {
	const query = `
		UPDATE conversation SET name = ?, name_key = ?, heard_at = ?, said_at = ?, last_at = ?, unread = ?, version = ?, silent_until = ?, silent_why = ?,
			taken_at = ?, called_at = ?, called_why = ?, owed_until = ?, mark_until = ?, opted_out_at = ?, customer_id = ?, looked_up_at = ?, state = ?
		WHERE id = ?`
	_, err := tx.ExecContext(ctx, query, c.Name, nameKey(c.Name), millis(c.HeardAt), millis(c.SaidAt), edge(later(c.HeardAt, c.SaidAt)), c.Unread, c.Version, millis(c.SilentUntil), c.SilentWhy,
		millis(c.TakenAt), millis(c.CalledAt), c.CalledWhy, millis(c.OwedUntil), millis(c.MarkUntil), millis(c.OptedOutAt), c.Customer, millis(c.LookedUpAt),
		textOrNull(string(c.State)), int64(c.ID))
	return err
}

func (tx *transaction) nameTalk(ctx context.Context, id gateway.ConversationID, name string) error {
	_, err := tx.ExecContext(ctx, `UPDATE conversation SET name = ?1, name_key = ?2 WHERE id = ?3 AND name <> ?1`, name, nameKey(name), int64(id))
	return err
}

// knowChat keeps what a chat says of itself. What it leaves empty stays as it was, but
// that nobody answers there, that no dialog is open and that the shop is not blocked is news
// as well.
func (tx *transaction) knowChat(ctx context.Context, id gateway.ConversationID, name string, phone device.Phone, chat device.ChatFacts) error {
	const query = `
		UPDATE conversation SET messenger = coalesce(?, messenger), account = coalesce(?, account), mg_customer = coalesce(?, mg_customer),
			dialog = ?, operator = ?, answer_until = coalesce(?, answer_until), blocked = ?,
			phone = coalesce(?, phone), phone_tail = coalesce(?, phone_tail)
		WHERE id = ?`
	if _, err := tx.ExecContext(ctx, query, textOrNull(chat.Messenger), orNull(chat.Account), orNull(chat.Customer),
		chat.Dialog, chat.Operator, millis(chat.AnswerUntil), chat.Blocked,
		textOrNull(phone.String()), textOrNull(tail(phone)), int64(id)); err != nil || name == "" {
		return err
	}
	return tx.nameTalk(ctx, id, name)
}

// heardAt moves the time of the customer's last word, forward only.
func (tx *transaction) heardAt(ctx context.Context, id gateway.ConversationID, at time.Time) error {
	if at.IsZero() {
		return nil
	}
	_, err := tx.ExecContext(ctx, `UPDATE conversation SET heard_at = ?1, last_at = max(last_at, ?1) WHERE id = ?2 AND coalesce(heard_at, ?1 - 1) < ?1`, at.UnixMilli(), int64(id))
	return err
}

// saidAt moves the time of the shop's last word, forward only.
func (tx *transaction) saidAt(ctx context.Context, id gateway.ConversationID, at time.Time) error {
	_, err := tx.ExecContext(ctx, `UPDATE conversation SET said_at = ?1, last_at = max(last_at, ?1) WHERE id = ?2 AND coalesce(said_at, ?1 - 1) < ?1`, at.UnixMilli(), int64(id))
	return err
}

// takeTalk notes that a person of the shop has the talk from now on. The time is later
// than that of every message so far, also by a clock that was set back: by it the
// dispatchers know which of the bot's words must not leave any more, and Answer that
// something has happened.
func (tx *transaction) takeTalk(ctx context.Context, id gateway.ConversationID) (time.Time, error) {
	const query = `
		UPDATE conversation SET taken_at = max(?2, coalesce(taken_at, 0) + 1, coalesce((
			SELECT max(created_at) + 1 FROM (SELECT created_at FROM message WHERE conversation = ?1 ORDER BY id DESC LIMIT 20)), 0))
		WHERE id = ?1 RETURNING taken_at`
	var at stamp
	err := tx.QueryRowContext(ctx, query, int64(id), tx.now.UnixMilli()).Scan(&at)
	return at.time(), err
}

// giveTalk is takeTalk for a person to whom the talk was given and who has not written
// yet. Where the bot is silent because it has called somebody, its last word says so: that one may
// still leave, since it is the call that has brought the person.
func (tx *transaction) giveTalk(ctx context.Context, id gateway.ConversationID) error {
	const newest = `(SELECT max(created_at) FROM (SELECT created_at FROM message WHERE conversation = ?1 ORDER BY id DESC LIMIT 20))`
	const query = `
		UPDATE conversation SET taken_at = ` + newest + `
		WHERE id = ?1 AND called_at IS NOT NULL AND silent_until > ?2 AND silent_why IN (?3, ?4) AND coalesce(taken_at, 0) < ` + newest + `
	`
	given, err := changedOne(tx.ExecContext(ctx, query, int64(id), tx.now.UnixMilli(), string(bot.WhyAskedPerson), string(bot.WhyLost)))
	if err != nil || given {
		return err
	}
	_, err = tx.takeTalk(ctx, id)
	return err
}
