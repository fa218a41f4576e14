package store

import (
	"context"
	"database/sql"
	"errors"

	"vestnik/bot"
	"vestnik/device"
	"vestnik/gateway"
)

// Move implements gateway.Queue.
func (s *Store) Move(ctx context.Context, id gateway.MessageID, from gateway.State, to gateway.Change) (bool, error) {
	moved := false
	err := s.change(ctx, "move a message", func(tx *transaction) (err error) {
		moved, err = tx.move(ctx, id, from, to)
		return err
	})
	return moved && err == nil, err
}

// move writes a change when the message is still in state from.
func (tx *transaction) move(ctx context.Context, id gateway.MessageID, from gateway.State, to gateway.Change) (bool, error) {
	const op = "move a message"
	const query = `
		UPDATE message SET
			state = coalesce(?, state), reason = coalesce(?, reason), channel = coalesce(?, channel),
			not_before = ?, fallback_at = ?, resolve_at = ?,
			expires_at = CASE WHEN ? THEN NULL ELSE expires_at END,
			alias = coalesce(?, alias), conversation = coalesce(?, conversation),
			updated_at = ?
		WHERE id = ? AND state = ?
		RETURNING attempts, phone, conversation`
	if to.State != "" && !from.May(to.State) {
		return false, device.Errorf(device.Internal, "store: "+op, "message %d may not go from %s to %s", id, from, to.State)
	}
	if to.State == gateway.Sending {
		return false, device.Errorf(device.Internal, "store: "+op, "message %d: only Begin leads to sending", id)
	}
	var attempts int
	var whose addressee
	err := tx.QueryRowContext(ctx, query, textOrNull(string(to.State)), textOrNull(string(to.Reason)), textOrNull(string(to.Channel)),
		millis(to.NotBefore), millis(to.FallbackAt), millis(to.ResolveAt), to.NoExpiry,
		textOrNull(to.Alias), orNull(to.Talk), tx.now.UnixMilli(), int64(id), string(from)).Scan(&attempts, &whose.phone, &whose.talk)
	if errors.Is(err, sql.ErrNoRows) {
		return false, tx.exists(ctx, op, id)
	}
	if err != nil {
		return false, err
	}
	if err := tx.changeAttempt(ctx, id, whose, to); err != nil {
		return false, err
	}
	if from == gateway.Sending && to.State != "" && (to.Attempt != attempts || to.AttemptState == "") {
		if err := tx.leaveAttempt(ctx, id, attempts); err != nil {
			return false, err
		}
	}
	if to.State == gateway.Failed {
		if err := tx.callForFailed(ctx, id); err != nil {
			return false, err
		}
	}
	if err := tx.addSteps(ctx, id, to.Steps); err != nil {
		return false, err
	}
	for _, e := range to.Effects {
		if err := tx.enqueueEffect(ctx, e); err != nil {
			return false, err
		}
	}
	return true, tx.keepPresence(ctx, to.Presence)
}

// callForFailed makes a customer wait for a person when the bot's answer to him ended
// without reaching him.
func (tx *transaction) callForFailed(ctx context.Context, id gateway.MessageID) error {
	const query = `
		UPDATE conversation SET called_at = coalesce(called_at, ?1), called_why = CASE WHEN called_at IS NULL THEN ?2 ELSE called_why END
		WHERE id = (SELECT conversation FROM message WHERE id = ?3 AND by_bot = 1 AND purpose = 'reply')`
	_, err := tx.ExecContext(ctx, query, tx.now.UnixMilli(), string(bot.WhyNotSent), int64(id))
	return err
}

// exists answers nil or NotFound.
func (tx *transaction) exists(ctx context.Context, op string, id gateway.MessageID) error {
	var one int
	err := tx.QueryRowContext(ctx, `SELECT 1 FROM message WHERE id = ?`, int64(id)).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return notFound(op, "no message %d", id)
	}
	return err
}

// addressee is whom a message is for.
type addressee struct {
	phone device.Phone
	talk  sql.NullInt64 // the conversation; NULL: none was chosen
}

// changeAttempt writes what became of an attempt. What a receipt has proved
// (accepted) is not taken back by the radio's doubt or silence, and when the network took
// it stays known after further proofs.
func (tx *transaction) changeAttempt(ctx context.Context, id gateway.MessageID, whose addressee, to gateway.Change) error {
	const query = `
		UPDATE attempt SET
			state = CASE WHEN ?1 = '' OR state = 'accepted' AND ?1 IN ('uncertain', 'not_sent', 'sending') THEN state ELSE ?1 END,
			code = CASE WHEN ?2 = '' THEN code ELSE ?2 END,
			settled_at = CASE WHEN ?1 IN ('', 'sending') OR state = 'accepted' AND ?1 IN ('accepted', 'uncertain', 'not_sent') THEN settled_at ELSE ?3 END
		WHERE message = ?4 AND n = ?5
		RETURNING channel, state, settled_at IS ?3`
	if to.Attempt == 0 {
		return nil
	}
	var ch device.Channel
	var state gateway.AttemptState
	var now bool
	err := tx.QueryRowContext(ctx, query, string(to.AttemptState), to.AttemptCode, tx.now.UnixMilli(), int64(id), to.Attempt).Scan(&ch, &state, &now)
	if errors.Is(err, sql.ErrNoRows) {
		return device.Errorf(device.Internal, "store: move a message", "message %d has no attempt %d", id, to.Attempt)
	}
	if err != nil {
		return err
	}
	for _, p := range to.Parts {
		if err := tx.acceptPart(ctx, id, to.Attempt, p); err != nil {
			return err
		}
	}
	if state == gateway.AttemptAccepted && now {
		if err := tx.saidTo(ctx, ch, whose); err != nil {
			return err
		}
	}
	if ch == device.WhatsApp && (to.AttemptState == gateway.AttemptAccepted || to.AttemptState == gateway.AttemptUncertain) {
		return tx.openChat(ctx, whose.phone, byBox, tx.now)
	}
	return nil
}

// saidTo moves the time of the shop's last word in the conversation of a message that was
// accepted: its own, else the one with its number in that channel, if there is any.
func (tx *transaction) saidTo(ctx context.Context, ch device.Channel, whose addressee) error {
	id := gateway.ConversationID(whose.talk.Int64)
	if !whose.talk.Valid {
		if whose.phone == "" || ch == device.Chat {
			return nil
		}
		if err := tx.QueryRowContext(ctx, queryTalkByPhone, whose.phone.String(), string(ch)).Scan(&id); err != nil {
			return unlessNoRows(err)
		}
	}
	return tx.saidAt(ctx, id, tx.now)
}

// leaveAttempt ends an attempt about which a change says nothing: nobody knows
// whether it left.
func (tx *transaction) leaveAttempt(ctx context.Context, id gateway.MessageID, n int) error {
	_, err := tx.ExecContext(ctx, `UPDATE attempt SET state = 'uncertain', settled_at = ? WHERE message = ? AND n = ? AND state = 'sending'`,
		tx.now.UnixMilli(), int64(id), n)
	return err
}

// acceptPart notes that the network took one SMS; a report that was quicker stays.
func (tx *transaction) acceptPart(ctx context.Context, id gateway.MessageID, n int, p device.AcceptedPart) error {
	const query = `
		INSERT INTO sms_part (message, n, seq, mr, state) VALUES (?, ?, ?, ?, 'accepted')
		ON CONFLICT (message, n, seq) DO UPDATE SET mr = excluded.mr,
			state = CASE WHEN state = 'sending' THEN 'accepted' ELSE state END`
	_, err := tx.ExecContext(ctx, query, int64(id), n, p.Seq, p.MR)
	return err
}
