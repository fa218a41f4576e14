package support

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/card"
)

// taskTime is what a manager has for a task.
const taskTime = 4 * time.Hour

// tell writes down what the CRM is to hear of the ticket: a note on the customer's card, and a
// word to the manager of each order that is under way. Each once: the line of the ticket's history
// and the effect come into the ledger together.
func (w *work) tell(ctx context.Context) error {
	if !w.certain() {
		return nil
	}
	had, err := w.Store.TicketEvents(ctx, w.t.ID)
	if err != nil {
		return boxed(err)
	}
	if now, err := w.alive(ctx, had); err != nil || !now {
		return err
	}
	key := "ticket/" + number(w.t.ID)
	if w.h.NoteTickets && !happened(had, gateway.TicketNoted, "", "") {
		n := gateway.Note{Customer: w.t.Customer, Site: w.card.Profile.Site, Text: w.say("Обращение в поддержку: ", "Request to support: ") + ticketWords(w.t)}
		if err := w.effect(gateway.EffectNote, key+"/note", 0, n); err != nil {
			return err
		}
		w.note(gateway.TicketNoted, nil)
	}
	if w.h.NotifyManager && w.t.Open {
		for _, o := range w.card.Orders {
			if !o.Delivery || happened(had, gateway.TicketTold, "order", o.Number) || happened(had, gateway.TicketNoManager, "order", o.Number) {
				continue
			}
			if err := w.tellManager(key, o); err != nil {
				return err
			}
		}
	}
	if len(w.effects) == 0 {
		return nil
	}
	return w.keep(ctx) // now: the CRM hears of it also while the helpdesk bans
}

// alive tells whether a ticket is a matter of now: one that came, in which the requester wrote, or whose
// customer a person named after the work began.
func (w *work) alive(ctx context.Context, had []Event) (bool, error) {
	newest, at, err := w.Store.TicketsBegun(ctx)
	if err != nil || newest == "" {
		return false, boxed(err)
	}
	named := slices.ContainsFunc(had, func(e Event) bool {
		return (e.Reason == gateway.TicketChosen || e.Reason == gateway.TicketMade) && e.Args["user"] != "" && e.At.After(at)
	})
	return named || w.t.Created > newest || w.t.Asked > newest, nil
}

func (w *work) tellManager(key string, o card.Order) error {
	manager, name := managerOf(*w.card, o)
	if manager == 0 {
		w.note(gateway.TicketNoManager, gateway.Args{"order": o.Number})
		return nil
	}
	key += "/order/" + strconv.FormatInt(int64(o.ID), 10)
	text := w.say("Клиент с заказом ", "The customer of order ") + clean(o.Number) + " («" + clean(statusOf(o.ProfileOrder)) + "»" +
		w.say(") обратился в поддержку: ", ") asked support: ") + ticketWords(w.t)
	if err := w.effect(gateway.EffectNotify, key+"/notify", o.ID, gateway.Notice{Users: []int64{manager}, Text: text}); err != nil {
		return err
	}
	if err := w.effect(gateway.EffectNote, key+"/note", o.ID, gateway.Note{Customer: w.t.Customer, Manager: manager, Site: o.Site, Text: text}); err != nil {
		return err
	}
	w.note(gateway.TicketTold, gateway.Args{"order": o.Number, "manager": name})
	if !w.h.ManagerTask {
		return nil
	}
	w.note(gateway.TicketTask, gateway.Args{"order": o.Number, "manager": name})
	return w.effect(gateway.EffectGive, key+"/task", o.ID, gateway.Task{
		Performer: manager, Order: o.ID, Customer: w.t.Customer, Site: o.Site, Text: shorten(text, 190), DueAt: w.now().Add(taskTime),
	})
}

// managerOf is who answers for an order, else for its customer; the name may be unknown.
func managerOf(k card.Card, o card.Order) (int64, string) {
	id := o.Manager
	if id == 0 && k.Manager != nil {
		id = k.Manager.ID
	}
	if id == 0 {
		id = k.Profile.ManagerID
	}
	if k.Manager != nil && k.Manager.ID == id {
		return id, k.Manager.Name
	}
	return id, ""
}

// happened tells whether a line stands in a ticket's history already.
func happened(had []Event, r gateway.Reason, key, value string) bool {
	for _, e := range had {
		if e.Reason == r && (key == "" || e.Args[key] == value) {
			return true
		}
	}
	return false
}

func (w *work) effect(kind gateway.EffectKind, key string, order gateway.OrderID, value any) error {
	e, err := effect(kind, key, order, value, w.now())
	if err == nil {
		w.effects = append(w.effects, e)
	}
	return err
}

func effect(kind gateway.EffectKind, key string, order gateway.OrderID, value any, at time.Time) (gateway.Effect, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return gateway.Effect{}, fmt.Errorf("support: %s: %w", kind, err)
	}
	return gateway.Effect{Kind: kind, Key: key, Order: order, Value: string(text), State: gateway.EffectPending, NextAt: at, At: at}, nil
}

// Doers are the effects that are this room's own; notes are done by bot/talk.
func (c *Clerk) Doers() map[gateway.EffectKind]gateway.Doer {
	return map[gateway.EffectKind]gateway.Doer{
		gateway.EffectNotify: func(ctx context.Context, e gateway.Effect) error {
			n, people, err := open[gateway.Notice](c, e)
			if err != nil {
				return err
			}
			return people.Notify(ctx, n.Users, n.Text)
		},
		gateway.EffectGive: func(ctx context.Context, e gateway.Effect) error {
			t, people, err := open[gateway.Task](c, e)
			if err != nil {
				return err
			}
			return people.AddTask(ctx, t)
		},
	}
}

// open takes an effect's value apart; one that nobody can read is refused for good.
func open[T any](c *Clerk, e gateway.Effect) (v T, people gateway.People, err error) {
	op := "support: " + string(e.Kind)
	if err := json.Unmarshal([]byte(e.Value), &v); err != nil {
		return v, nil, device.Errorf(device.Invalid, op, "%w", err)
	}
	if people = c.People(); people == nil {
		return v, nil, device.Errorf(device.Unavailable, op, "no CRM is set")
	}
	return v, people, nil
}
