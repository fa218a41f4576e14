package support

import (
	"context"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// watchPriority notes when somebody else has set the priority. RaisedFrom is what it was at
// the first sight, or before a rule raised it. What a list said may be older than our own write: so the
// ticket is read before anybody is said to have set it.
func (w *work) watchPriority(ctx context.Context) error {
	t := &w.t
	switch {
	case t.SetByPerson || w.raising():
		return nil
	case t.RaisedFrom == "" && t.RaisedTo == "":
		t.RaisedFrom = t.Priority
		return nil
	case t.RaisedTo == "" && t.Priority == t.RaisedFrom, t.RaisedTo != "" && t.Priority == t.RaisedTo:
		return nil
	}
	now, err := w.desk.Ticket(ctx, t.ID)
	if err != nil {
		return w.lost(ctx, err)
	}
	t.Priority = now.Priority
	if t.RaisedTo == "" && t.Priority != t.RaisedFrom || t.RaisedTo != "" && t.Priority != t.RaisedTo {
		t.SetByPerson, t.WouldRaise = true, ""
		w.note(gateway.TicketByPerson, gateway.Args{"priority": w.priorityName(ctx, t.Priority)})
	}
	return nil
}

// raising tells that a priority was decided upon, and that it is not known whether it was
// written.
func (w *work) raising() bool { return w.t.RaisedTo != "" && w.t.RaisedAt.IsZero() }

func (w *work) priorityName(ctx context.Context, id string) string {
	book, err := w.Store.HelpdeskBook(ctx)
	if err != nil {
		return id
	}
	return priorityName(book, id)
}

// raise raises the priority when a rule says so.
func (w *work) raise(ctx context.Context) error {
	if !w.writable() {
		return nil
	}
	if w.raising() {
		return w.finishRaise(ctx)
	}
	w.t.WouldRaise = ""
	if !w.certain() {
		return nil
	}
	rule, why, ok := Judge(w.h, *w.card, w.now())
	if !ok {
		return nil
	}
	if !w.h.RulesDry {
		_, err := w.raiseTo(ctx, rule.Priority, rule.Name, why)
		return err
	}
	book, err := w.Store.HelpdeskBook(ctx)
	if err != nil {
		return boxed(err)
	}
	if no, args := Weigh(w.h, book, w.t, rule.Name, rule.Priority); no != "" {
		w.leaveAs(rule.Priority, no, args)
		return nil
	}
	w.t.WouldRaise = rule.Name
	w.note(why.Reason, why.Args)
	w.note(gateway.TicketWouldRaise, gateway.Args{"rule": rule.Name, "from": priorityName(book, w.t.Priority), "to": priorityName(book, rule.Priority)})
	return nil
}

// leaveAs notes why a priority stays; that it is what this box made it is no news.
func (w *work) leaveAs(to string, no gateway.Reason, args gateway.Args) {
	if no == gateway.TicketIsHigher && w.t.RaisedTo == to {
		return
	}
	w.note(no, args)
}

// raiseTo raises the priority to one of higher rank, or notes why not. What is wanted is kept
// before it is written, so that a lost answer is not taken for a person's doing.
func (w *work) raiseTo(ctx context.Context, to, rule string, why Event) (raised bool, _ error) {
	book, err := w.Store.HelpdeskBook(ctx)
	if err != nil {
		return false, boxed(err)
	}
	if w.fields.closed("priority/" + to) {
		return false, nil
	}
	if no, args := Weigh(w.h, book, w.t, rule, to); no != "" {
		w.leaveAs(to, no, args)
		return false, nil
	}
	if w.without(w.rights.refused(doPriority)) {
		return false, nil
	}
	w.note(why.Reason, why.Args)
	w.t.RaisedFrom, w.t.RaisedTo, w.t.RaisedWhy, w.t.RaisedAt = w.t.Priority, to, rule, time.Time{}
	if err := w.keep(ctx); err != nil {
		return false, err
	}
	return true, w.finishRaise(ctx)
}

// finishRaise writes the priority that was decided upon, unless it stands there or somebody
// set another one meanwhile.
func (w *work) finishRaise(ctx context.Context) error {
	t := &w.t
	now, err := w.desk.Ticket(ctx, t.ID)
	if err != nil {
		return w.lost(ctx, err)
	}
	if !w.open(now) { // the next round sees it as it is
		t.RaisedTo, t.RaisedWhy = "", ""
		return w.keep(ctx)
	}
	switch now.Priority {
	case t.RaisedTo:
	case t.RaisedFrom:
		now, err = w.setTicket(ctx, doPriority, gateway.TicketChange{Priority: t.RaisedTo})
		switch kind := device.KindOf(err); {
		case kind == "":
			w.wrote(now)
		case w.without(err):
			t.RaisedTo, t.RaisedWhy = "", ""
			return w.keep(ctx)
		case kind == device.Refused, kind == device.Invalid:
			if err := w.lost(ctx, err); w.ended || device.KindOf(err) != device.Refused && device.KindOf(err) != device.Invalid {
				return err
			}
			w.fields.close("priority/" + t.RaisedTo)
			t.RaisedTo, t.RaisedWhy = "", ""
			w.note(gateway.TicketRefused, gateway.Args{"error": err.Error()})
			return w.keep(ctx)
		default:
			return w.lost(ctx, err)
		}
	default:
		t.Priority, t.RaisedTo, t.RaisedWhy, t.SetByPerson = now.Priority, "", "", true
		w.note(gateway.TicketByPerson, gateway.Args{"priority": w.priorityName(ctx, now.Priority)})
		return w.keep(ctx)
	}
	t.Priority, t.RaisedAt, t.WouldRaise = t.RaisedTo, w.now(), ""
	w.note(gateway.TicketRaised, gateway.Args{"rule": t.RaisedWhy, "from": w.priorityName(ctx, t.RaisedFrom), "to": w.priorityName(ctx, t.RaisedTo)})
	return w.keep(ctx)
}
