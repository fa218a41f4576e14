package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// Answer implements gateway.Talks.
func (s *Store) Answer(ctx context.Context, a gateway.Answered) (kept []gateway.Decision, ok bool, err error) {
	err = s.change(ctx, "keep an answer", func(tx *transaction) error {
		kept = nil
		var ch device.Channel
		if ch, ok, err = tx.answerable(ctx, a); err != nil || !ok {
			return err
		}
		kept, err = tx.answer(ctx, a, ch)
		return err
	})
	if err != nil {
		return nil, false, err
	}
	return kept, ok, nil
}

const (
	queryAnswerable = `SELECT channel FROM conversation WHERE id = ? AND version = ? AND taken_at IS ?`
	queryStillOpen  = `SELECT 1 FROM incoming WHERE id = ? AND conversation = ? AND done_at IS NULL`
	queryAdoptable  = `SELECT 1 FROM conversation WHERE id = ? AND version = ?`
)

// answerable tells whether everything is still as the decision saw it.
func (tx *transaction) answerable(ctx context.Context, a gateway.Answered) (ch device.Channel, ok bool, err error) {
	if err := tx.QueryRowContext(ctx, queryAnswerable, int64(a.Conversation), a.Version, millis(a.TakenAt)).Scan(&ch); err != nil {
		return "", false, unlessNoRows(err)
	}
	var one int
	if a.Heard != 0 {
		if err := tx.QueryRowContext(ctx, queryStillOpen, a.Heard, int64(a.Conversation)).Scan(&one); err != nil {
			return "", false, unlessNoRows(err)
		}
	}
	if a.Adopted != 0 {
		if err := tx.QueryRowContext(ctx, queryAdoptable, int64(a.Adopted), a.AdoptedFrom).Scan(&one); err != nil {
			return "", false, unlessNoRows(err)
		}
	}
	return ch, true, nil
}

func unlessNoRows(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	return err
}

func (tx *transaction) answer(ctx context.Context, a gateway.Answered, ch device.Channel) (kept []gateway.Decision, err error) {
	if err := tx.remember(ctx, a); err != nil {
		return nil, err
	}
	taken := a.TakenAt
	if a.Taken {
		if taken, err = tx.takeTalk(ctx, a.Conversation); err != nil {
			return nil, err
		}
		if err := tx.saidAt(ctx, a.Conversation, tx.now); err != nil {
			return nil, err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE conversation SET unread = 0 WHERE id = ? AND unread > 0`, int64(a.Conversation)); err != nil {
			return nil, err
		}
	}
	for _, d := range a.Decisions {
		if d.Message != nil {
			d.Message = tx.draftFor(*d.Message, a.Conversation, ch, taken)
		}
		d.HistoryID = 0
		if d, err = tx.keepDecision(ctx, d); err != nil {
			return nil, err
		}
		kept = append(kept, d)
	}
	for _, e := range a.Effects {
		if err := tx.enqueueEffect(ctx, e); err != nil {
			return nil, err
		}
	}
	for _, m := range a.Marks {
		if err := tx.keepMark(ctx, a.Conversation, m); err != nil {
			return nil, err
		}
	}
	if a.Asked != 0 {
		if err := tx.asked(ctx, a); err != nil {
			return nil, err
		}
	}
	return kept, nil
}

// draftFor is a message of a conversation: one by another channel belongs to none. It
// counts as made after the talk was taken: it was decided in the knowledge of that.
func (tx *transaction) draftFor(m gateway.Message, id gateway.ConversationID, ch device.Channel, taken time.Time) *gateway.Message {
	if m.Conversation == 0 && m.Channel == ch {
		m.Conversation = id
	}
	if m.CreatedAt.IsZero() {
		m.CreatedAt = tx.now
	}
	m.CreatedAt = later(m.CreatedAt, taken)
	m.UpdatedAt = later(m.UpdatedAt, m.CreatedAt)
	return &m
}

// remember writes the bot's memory, and what became of the heard message and of an
// adopted question.
func (tx *transaction) remember(ctx context.Context, a gateway.Answered) error {
	const talk = `
		UPDATE conversation SET state = ?, version = version + 1, silent_until = ?, silent_why = ?, called_at = ?, called_why = ?, owed_until = ?, mark_until = ?,
			opted_out_at = CASE ? WHEN 'yes' THEN coalesce(opted_out_at, ?) WHEN 'no' THEN NULL ELSE opted_out_at END
		WHERE id = ?`
	const heard = `UPDATE incoming SET done_at = ?, why = ?, args = ?, command = ?, phrase = ? WHERE id = ?`
	const adopted = `UPDATE conversation SET state = ?, version = version + 1, mark_until = NULL WHERE id = ?`
	now, optOut := tx.now.UnixMilli(), ""
	if a.OptOut != nil {
		optOut = "no"
		if *a.OptOut {
			optOut = "yes"
		}
	}
	if _, err := tx.ExecContext(ctx, talk, textOrNull(string(a.Next)), millis(a.SilentUntil), a.SilentWhy, millis(a.CalledAt), a.CalledWhy,
		millis(a.OwedUntil), millis(a.MarkUntil), optOut, now, int64(a.Conversation)); err != nil {
		return err
	}
	if a.OptOut != nil {
		const also = `UPDATE conversation SET opted_out_at = CASE WHEN ? THEN coalesce(opted_out_at, ?) END WHERE id = ?`
		for _, id := range a.OptOutAlso {
			if _, err := tx.ExecContext(ctx, also, *a.OptOut, now, int64(id)); err != nil {
				return err
			}
		}
		if err := tx.wordsIn(ctx, a); err != nil {
			return err
		}
	}
	if a.Heard != 0 {
		args, err := jsonArgs(a.Args)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, heard, now, a.Why, args, a.Command, a.Phrase, a.Heard); err != nil {
			return err
		}
	}
	if a.Adopted == 0 {
		return nil
	}
	_, err := tx.ExecContext(ctx, adopted, textOrNull(string(a.AdoptedState)), int64(a.Adopted))
	return err
}
