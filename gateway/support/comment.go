package support

import (
	"context"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/card"
)

// comment writes the card, or writes it anew where it says something else now.
func (w *work) comment(ctx context.Context) error {
	switch {
	case !w.writable() || !w.h.Comment:
		return nil
	case w.card == nil && (w.t.Found == card.FoundOne || w.t.Found == card.FoundAway) && !w.t.Former:
		return nil // the CRM is away, and nothing is known: later
	case w.t.Comment == 0 && (w.t.Robot != "" || w.nobody || w.t.Found == card.FoundNone && w.h.Unknown == gateway.UnknownOff):
		return nil
	}
	text, hash := w.cardText().comment()
	if w.t.Comment == 0 {
		if w.t.CommentHash == hash {
			return nil // somebody took it away, and it would say the same
		}
		done, err := w.addComment(ctx, text, hash)
		if err != nil || done {
			return err
		}
	}
	if w.t.CommentHash == hash {
		w.t.Former = false
		return nil
	}
	_, err := allowed(w.Clerk, doComment, func() (struct{}, error) {
		return struct{}{}, w.desk.EditComment(ctx, w.t.ID, w.t.Comment, text)
	})
	if device.KindOf(err) == device.NotFound {
		if err := w.lost(ctx, err); w.ended || device.KindOf(err) != device.NotFound {
			return err
		}
		w.t.Comment, w.t.CommentHash, w.t.Former = 0, hash, false
		w.note(gateway.TicketCardGone, nil)
		return w.keep(ctx)
	}
	if w.without(err) {
		return nil
	}
	if err != nil {
		return w.lost(ctx, err)
	}
	w.t.CommentHash, w.t.Former, w.dirty = hash, false, true
	return w.keep(ctx)
}

// addComment writes the comment unless one of ours is there: a lost answer, a box that was cut
// off, or another box. done: it says what it has to, or may not be written.
func (w *work) addComment(ctx context.Context, text, hash string) (done bool, _ error) {
	if w.without(w.rights.refused(doComment)) {
		return true, nil
	}
	list, err := w.comments(ctx)
	if w.without(err) {
		return true, nil // nothing is written unseen: there would be two
	}
	if err != nil {
		return false, w.lost(ctx, err)
	}
	if had, what, ok := ours(list, sign(w.t.ID)); ok {
		w.t.Comment, w.t.CommentHash = had.ID, what
		w.note(gateway.TicketCardKept, nil)
		return false, w.keep(ctx)
	}
	added, err := w.write(ctx, text)
	if w.without(err) {
		return true, nil
	}
	if err != nil {
		return false, w.lost(ctx, err)
	}
	w.t.Comment, w.t.CommentHash, w.dirty = added.ID, hash, true
	w.note(gateway.TicketCard, nil)
	return true, w.keep(ctx)
}

func (w *work) comments(ctx context.Context) ([]gateway.TicketComment, error) {
	return allowed(w.Clerk, doComments, func() ([]gateway.TicketComment, error) { return w.desk.Comments(ctx, w.t.ID) })
}

func (w *work) write(ctx context.Context, text string) (gateway.TicketComment, error) {
	return allowed(w.Clerk, doComment, func() (gateway.TicketComment, error) { return w.desk.AddComment(ctx, w.t.ID, text) })
}

func (w *work) cardText() cardText {
	x := cardText{h: w.h, say: w.words(), lang: w.Live.Now().Settings.Shop.Language, zone: w.zone(), t: w.t, card: w.card}
	if w.t.RaisedTo != "" && !w.t.RaisedAt.IsZero() && !w.t.SetByPerson {
		x.why = w.t.RaisedWhy
	}
	return x
}
