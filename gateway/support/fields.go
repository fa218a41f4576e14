package support

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/card"
)

// wrote takes up how the ticket is after a write of ours.
func (w *work) wrote(now gateway.Ticket) { w.after, w.dirty = &now, false }

// fill writes the ticket's fields that the shop set aside for that, where they say something
// else.
func (w *work) fill(ctx context.Context) error {
	if !w.writable() || !w.certain() || len(w.h.Fields) == 0 {
		return nil
	}
	book, err := w.Store.HelpdeskBook(ctx)
	if err != nil {
		return boxed(err)
	}
	values, names := map[string]string{}, map[string]string{}
	for name, text := range fieldTexts(*w.card, w.say) {
		id := w.h.Fields[name]
		if id == "" || text == "" {
			continue
		}
		entry, known := gateway.Entry(book.Fields, id)
		names[id] = nameOr(entry.Name, id)
		if entry.Public {
			w.note(gateway.TicketFieldNo, gateway.Args{"field": names[id]})
			continue
		}
		if !known && len(book.Fields) > 0 || w.fields.closed(id) {
			continue
		}
		value, shown := fieldValue(entry, text, w.say)
		switch had := w.t.Fields[id]; {
		case value == "" || had == value || strings.EqualFold(had, shown):
		case empty(entry, had) || slices.Contains(w.t.Filled[id], had):
			values[id] = value
		default:
			w.note(gateway.TicketFieldKept, gateway.Args{"field": names[id]})
		}
	}
	if len(values) == 0 {
		return nil
	}
	return w.fillIn(ctx, values, names)
}

// empty tells whether nobody has filled a field in; of a checkbox that cannot be told from an off one.
func empty(e gateway.HelpdeskEntry, had string) bool {
	return strings.TrimSpace(had) == "" || e.Type == "checkbox" && had == "0"
}

// mostFilled is how many values of a field are known as ours: the last one as it was written and as it
// is read, and those before it, should a write not have come about.
const mostFilled = 4

func (w *work) filled(id, value string) {
	had := slices.DeleteFunc(slices.Clone(w.t.Filled[id]), func(v string) bool { return v == value })
	w.t.Filled = maps.Clone(w.t.Filled)
	if w.t.Filled == nil {
		w.t.Filled = map[string][]string{}
	}
	had = append(had, value)
	w.t.Filled[id] = had[max(0, len(had)-mostFilled):]
}

// fillIn writes fields together, and one by one when they are refused together.
func (w *work) fillIn(ctx context.Context, values, names map[string]string) error {
	if w.rights.refused(doFields) == nil { // kept before: the answer may be lost
		for id, value := range values {
			w.filled(id, value)
		}
		if err := w.keep(ctx); err != nil {
			return err
		}
	}
	now, err := w.setTicket(ctx, doFields, gateway.TicketChange{Fields: values})
	switch kind := device.KindOf(err); {
	case err == nil:
		w.wrote(now)
		w.t.Fields = maps.Clone(w.t.Fields)
		if w.t.Fields == nil {
			w.t.Fields = map[string]string{}
		}
		for _, id := range slices.Sorted(maps.Keys(values)) {
			w.t.Fields[id] = values[id]
			if got := now.Fields[id]; got != "" {
				w.t.Fields[id] = got
				w.filled(id, got)
			}
			w.note(gateway.TicketField, gateway.Args{"field": names[id], "value": values[id]})
		}
		return w.keep(ctx)
	case w.without(err):
		return w.keep(ctx)
	case kind != device.Refused && kind != device.Invalid:
		return w.lost(ctx, err)
	case len(values) == 1:
		if err := w.lost(ctx, err); w.ended || device.KindOf(err) != kind {
			return err
		}
		for id := range values {
			w.fields.close(id)
			w.note(gateway.TicketFieldNo, gateway.Args{"field": names[id]})
		}
		return w.keep(ctx)
	}
	for _, id := range slices.Sorted(maps.Keys(values)) {
		if err := w.fillIn(ctx, map[string]string{id: values[id]}, names); err != nil || w.ended {
			return err
		}
	}
	return nil
}

// fieldTexts are what goes into the fields, by HelpdeskFields.
func fieldTexts(k card.Card, say say) map[string]string {
	texts := map[string]string{"customer": clean(k.Profile.Name), "vip": say("Нет", "No")}
	if k.Profile.VIP {
		texts["vip"] = say("Да", "Yes")
	}
	if len(k.Orders) > 0 {
		o := k.Orders[0] // one that the ticket names, when it does
		texts["order"], texts["status"] = clean(o.Number), clean(statusOf(o.ProfileOrder))
	}
	return texts
}

// fieldValue is a text as a field of some type takes it, and as the helpdesk shows it; "" when
// the field has no such value.
func fieldValue(e gateway.HelpdeskEntry, text string, say say) (value, shown string) {
	switch e.Type {
	case "checkbox":
		if text == say("Да", "Yes") {
			return "1", text
		}
		return "0", text
	case "select":
		for _, o := range e.Options {
			if strings.EqualFold(strings.TrimSpace(o.Name), text) {
				return o.ID, o.Name
			}
		}
		return "", ""
	}
	return text, text
}

// closedFields are the fields and priorities that the helpdesk refused; they are left alone
// for a day.
type closedFields struct {
	mu sync.Mutex
	at map[string]time.Time // steady
}

func (f *closedFields) closed(id string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	at, ok := f.at[id]
	return ok && time.Since(at) < 24*time.Hour
}

func (f *closedFields) close(id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.at == nil {
		f.at = map[string]time.Time{}
	}
	f.at[id] = time.Now()
}

func (f *closedFields) forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	clear(f.at)
}
