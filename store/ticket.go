package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"time"

	"vestnik/gateway"
	"vestnik/gateway/card"
	"vestnik/gateway/support"
)

const ticketColumns = `t.id, t.seen, t.first_seen, t.changed_at, t.open, t.closed_at, t.due_at, t.found, t.customer, t.raised_at, t.topic, t.internal, t.written, t.products, t.said, t.known`

// knownOfTicket is what this box knows and did and no query asks for, as it is kept.
type knownOfTicket struct {
	Person      gateway.Requester `json:"person,omitzero"`
	By          string            `json:"by,omitempty"`
	Candidates  []card.Candidate  `json:"candidates,omitempty"`
	Robot       string            `json:"robot,omitempty"`
	Numbers     []string          `json:"numbers,omitempty"`
	Comment     int64             `json:"comment,omitempty"`
	CommentHash string            `json:"comment_hash,omitempty"`
	Tries       int               `json:"tries,omitempty"`
	Error       string            `json:"error,omitempty"`
	RaisedTo    string            `json:"raised_to,omitempty"`
	RaisedFrom  string            `json:"raised_from,omitempty"`
	RaisedWhy   string            `json:"raised_why,omitempty"`
	SetByPerson bool              `json:"set_by_person,omitempty"`
	WouldRaise  string            `json:"would_raise,omitempty"`
	FirstAnswer time.Duration     `json:"first_answer,omitempty"`
	Lasted      time.Duration     `json:"lasted,omitempty"`
	Asked       string            `json:"asked,omitempty"`

	Filled map[string][]string `json:"filled,omitempty"`
	Former bool                `json:"former,omitempty"`
	Post   int64               `json:"post,omitempty"`
}

func knownOf(t support.Ticket) knownOfTicket {
	return knownOfTicket{
		Person: t.Person, By: t.By, Candidates: t.Candidates, Robot: t.Robot, Numbers: t.Numbers, Comment: t.Comment, CommentHash: t.CommentHash,
		Tries: t.Tries, Error: t.Error, RaisedTo: t.RaisedTo, RaisedFrom: t.RaisedFrom, RaisedWhy: t.RaisedWhy, SetByPerson: t.SetByPerson,
		WouldRaise: t.WouldRaise, FirstAnswer: t.FirstAnswer, Lasted: t.Lasted, Asked: t.Asked, Filled: t.Filled, Former: t.Former, Post: t.Post,
	}
}

func (k knownOfTicket) into(t *support.Ticket) {
	t.Person, t.By, t.Candidates, t.Robot, t.Numbers, t.Comment, t.CommentHash = k.Person, k.By, k.Candidates, k.Robot, k.Numbers, k.Comment, k.CommentHash
	t.Tries, t.Error, t.RaisedTo, t.RaisedFrom, t.RaisedWhy, t.SetByPerson = k.Tries, k.Error, k.RaisedTo, k.RaisedFrom, k.RaisedWhy, k.SetByPerson
	t.WouldRaise, t.FirstAnswer, t.Lasted, t.Asked, t.Filled, t.Former, t.Post = k.WouldRaise, k.FirstAnswer, k.Lasted, k.Asked, k.Filled, k.Former, k.Post
}

func scanTicket(scan scanner) (support.Ticket, error) {
	var t support.Ticket
	var first, changed, closed, due, raised stamp
	var products, said, known string
	if err := scan(&t.ID, &t.Seen, &first, &changed, &t.Open, &closed, &due, &t.Found, &t.Customer, &raised, &t.Topic, &t.Internal, &t.Written, &products, &said, &known); err != nil {
		return t, err
	}
	t.FirstSeen, t.ChangedAt, t.ClosedAt, t.DueAt, t.RaisedAt = first.time(), changed.time(), closed.time(), due.time(), raised.time()
	var k knownOfTicket
	for text, at := range map[*string]any{&products: &t.Products, &said: &t.Ticket, &known: &k} {
		if err := json.Unmarshal([]byte(*text), at); err != nil {
			return t, fmt.Errorf("ticket %d: %w", t.ID, err)
		}
	}
	if len(t.Products) == 0 {
		t.Products = nil
	}
	k.into(&t)
	return t, nil
}

// tickets reads all rows of a query that selects ticketColumns.
func tickets(ctx context.Context, q querier, query string, args ...any) ([]support.Ticket, error) {
	var list []support.Ticket
	err := each(ctx, q, func(scan scanner) error {
		t, err := scanTicket(scan)
		list = append(list, t)
		return err
	}, query, args...)
	return list, err
}

const queryTicket = `SELECT ` + ticketColumns + ` FROM ticket t WHERE t.id = ?`

// Ticket implements support.Store.
func (s *Store) Ticket(ctx context.Context, id gateway.TicketID) (support.Ticket, error) {
	const op = "read a ticket"
	t, err := scanTicket(s.reader.QueryRowContext(ctx, queryTicket, int64(id)).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return support.Ticket{}, notFound(op, "no ticket %d", id)
	}
	if err != nil {
		return support.Ticket{}, fault(op, err)
	}
	return t, nil
}

// The names in helpdesk_state.
const (
	stateTicketCursor = "ticket_cursor"
	stateTicketsBegun = "tickets_begun"
	stateAccount      = "account" // the address of the last one
	stateBook         = "book"
	stateDigestedAt   = "digested_at"
)

const (
	queryHelpdeskState = `SELECT value FROM helpdesk_state WHERE name = ?`
	putHelpdeskState   = `INSERT INTO helpdesk_state (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE value <> excluded.value`
)

func helpdeskState(ctx context.Context, q querier, name string) (value string, err error) {
	err = q.QueryRowContext(ctx, queryHelpdeskState, name).Scan(&value)
	return value, unlessNoRows(err)
}

// TicketCursor implements support.Store.
func (s *Store) TicketCursor(ctx context.Context) (string, error) {
	cursor, err := helpdeskState(ctx, s.reader, stateTicketCursor)
	return cursor, fault("read the cursor of tickets", err)
}

// TicketsBegun implements support.Store.
func (s *Store) TicketsBegun(ctx context.Context) (newest string, at time.Time, err error) {
	const op = "read when work at tickets began"
	value, err := helpdeskState(ctx, s.reader, stateTicketsBegun)
	if err != nil || value == "" {
		return "", time.Time{}, fault(op, err)
	}
	var b begunTickets
	err = json.Unmarshal([]byte(value), &b)
	return b.Newest, b.At, fault(op, err)
}

type begunTickets struct {
	Newest string    `json:"newest"`
	At     time.Time `json:"at"`
}

// BeginTickets implements support.Store.
func (s *Store) BeginTickets(ctx context.Context, newest string, at time.Time) error {
	const put = `INSERT INTO helpdesk_state (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING`
	return s.change(ctx, "note when work at tickets began", func(tx *transaction) error {
		value, err := json.Marshal(begunTickets{newest, at.UTC()})
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, put, stateTicketsBegun, string(value))
		return err
	})
}

// lookKept is how exactly it is kept when an unchanged ticket was last looked at.
const lookKept = 30 * time.Minute

// keptTicket is what a look is compared with.
type keptTicket struct {
	there    bool
	said     gateway.Ticket
	seen     int64
	written  string
	lookedAt time.Time
	erased   bool
}

const querySeenTicket = `SELECT seen, written, looked_at, erased, said FROM ticket WHERE id = ?`

func seenTicket(ctx context.Context, q querier, id gateway.TicketID) (keptTicket, error) {
	var k keptTicket
	var looked stamp
	var said string
	err := q.QueryRowContext(ctx, querySeenTicket, int64(id)).Scan(&k.seen, &k.written, &looked, &k.erased, &said)
	if err != nil {
		return keptTicket{}, unlessNoRows(err)
	}
	k.there, k.lookedAt = true, looked.time()
	return k, json.Unmarshal([]byte(said), &k.said)
}

// sight is what a look at a ticket means.
type sight int

const (
	nothingNew sight = iota
	looked           // worth no more than the time
	differs          // it says something else, which our own write may have caused
	isNews           // somebody did something
)

func (k keptTicket) compare(t gateway.Ticket, now time.Time) sight {
	switch {
	case !k.there:
		return isNews
	case k.erased && (t.Updated == k.said.Updated || t.Updated == k.written):
		// Whose it was is not written back before somebody does something.
		if now.Sub(k.lookedAt) >= lookKept {
			return looked
		}
		return nothingNew
	case t.Updated != k.said.Updated && t.Updated != k.written || movedTicket(k.said, t) && !k.erased:
		return isNews
	case !sameTicket(k.said, t):
		return differs
	case now.Sub(k.lookedAt) >= lookKept:
		return looked
	}
	return nothingNew
}

// movedTicket tells of changes that this box never makes.
func movedTicket(was, is gateway.Ticket) bool {
	return was.Parent != is.Parent || was.Deleted != is.Deleted || was.Status != is.Status || was.Requester != is.Requester
}

func sameTicket(a, b gateway.Ticket) bool {
	if len(a.Fields) == 0 && len(b.Fields) == 0 {
		a.Fields, b.Fields = nil, nil
	}
	return reflect.DeepEqual(a, b)
}

// SeeTickets implements support.Store. Looks overlap, so most of what they bring is known: it is
// compared before anything is written.
func (s *Store) SeeTickets(ctx context.Context, seen []gateway.Ticket, cursor string, now time.Time) ([]gateway.TicketID, error) {
	const op = "keep what a look at the tickets brought"
	news := false
	if err := s.view(ctx, op, func(q querier) error {
		was, err := helpdeskState(ctx, q, stateTicketCursor)
		if err != nil {
			return err
		}
		news = was != cursor
		for _, t := range seen {
			k, err := seenTicket(ctx, q, t.ID)
			if err != nil {
				return err
			}
			news = news || k.compare(t, now) != nothingNew
		}
		return nil
	}); err != nil || !news {
		return nil, err
	}
	var due []gateway.TicketID
	err := s.change(ctx, op, func(tx *transaction) error {
		due = nil
		for _, t := range seen {
			isDue, err := tx.seeTicket(ctx, t, now)
			if err != nil {
				return err
			}
			if isDue {
				due = append(due, t.ID)
			}
		}
		_, err := tx.ExecContext(ctx, putHelpdeskState, stateTicketCursor, cursor)
		return err
	})
	if err != nil {
		return nil, err
	}
	return due, nil
}

func (tx *transaction) seeTicket(ctx context.Context, t gateway.Ticket, now time.Time) (isDue bool, err error) {
	const add = `
		INSERT INTO ticket (id, number, updated, requester, seen, first_seen, changed_at, looked_at, open, closed_at, due_at, search_key, said)
		VALUES (?1, ?2, ?3, ?4, 1, ?5, ?5, ?5, ?6, ?7, ?5, ?8, ?9)`
	const change = `
		UPDATE ticket SET number = ?2, updated = ?3, requester = ?4, looked_at = ?5, search_key = ?6, said = ?7, erased = 0,
			seen = seen + ?8, changed_at = CASE ?8 WHEN 1 THEN ?5 ELSE changed_at END, due_at = CASE ?8 WHEN 1 THEN ?5 ELSE due_at END
		WHERE id = ?1`
	k, err := seenTicket(ctx, tx, t.ID)
	if err != nil {
		return false, err
	}
	what := k.compare(t, now)
	switch what {
	case nothingNew:
		return false, nil
	case looked:
		_, err := tx.ExecContext(ctx, `UPDATE ticket SET looked_at = ? WHERE id = ?`, now.UnixMilli(), int64(t.ID))
		return false, err
	}
	said, err := json.Marshal(t)
	if err != nil {
		return false, err
	}
	isDue = what == isNews
	key := ticketKey(t, gateway.Requester{})
	if k.there {
		_, err = tx.ExecContext(ctx, change, int64(t.ID), t.Number, t.Updated, t.Requester, now.UnixMilli(), key, string(said), isDue)
		return isDue, err
	}
	var closed any
	if t.Deleted {
		closed = now.UnixMilli()
	}
	_, err = tx.ExecContext(ctx, add, int64(t.ID), t.Number, t.Updated, t.Requester, now.UnixMilli(), !t.Deleted, closed, key, string(said))
	return isDue, err
}

// ticketKey is what a search looks through.
func ticketKey(t gateway.Ticket, person gateway.Requester) string {
	key := t.Number + "\n" + t.Title + "\n" + t.Name
	if person.Name != t.Name {
		key += "\n" + person.Name
	}
	return nameKey(key)
}

// KeepTicket implements support.Store.
func (s *Store) KeepTicket(ctx context.Context, t support.Ticket, events []support.Event, effects []gateway.Effect) error {
	return s.change(ctx, "keep what was done about a ticket", func(tx *transaction) error {
		forgotten, err := tx.keepTicket(ctx, t)
		if err != nil {
			return err
		}
		if forgotten {
			events = nil
		}
		for _, e := range events {
			if err := tx.addTicketEvent(ctx, t.ID, e); err != nil {
				return err
			}
		}
		for _, e := range effects {
			if err := tx.enqueueEffect(ctx, e); err != nil {
				return err
			}
		}
		return nil
	})
}

// keepTicket answers forgotten for a ticket whose requester was erased while something was done
// about it: what is known of him is not written back.
func (tx *transaction) keepTicket(ctx context.Context, t support.Ticket) (forgotten bool, _ error) {
	// ?16 tells that what the helpdesk said is to be written, ?17 the same of the time.
	const put = `
		INSERT INTO ticket (id, number, updated, requester, seen, first_seen, changed_at, looked_at, open, closed_at, due_at, found, customer, raised_at, topic,
			internal, written, search_key, products, said, known)
		VALUES (?1, ?2, ?3, ?4, 1, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?18, ?19, ?20, ?21, ?22)
		ON CONFLICT (id) DO UPDATE SET
			number = CASE WHEN ?16 THEN excluded.number ELSE number END, updated = CASE WHEN ?16 THEN excluded.updated ELSE updated END,
			requester = CASE WHEN ?16 THEN excluded.requester ELSE requester END, said = CASE WHEN ?16 THEN excluded.said ELSE said END,
			search_key = CASE WHEN ?16 THEN excluded.search_key ELSE search_key END,
			due_at = CASE WHEN ?17 THEN excluded.due_at ELSE due_at END,
			looked_at = excluded.looked_at, open = excluded.open, closed_at = excluded.closed_at, found = excluded.found, customer = excluded.customer,
			raised_at = excluded.raised_at, topic = excluded.topic, internal = excluded.internal, written = excluded.written, products = excluded.products,
			known = excluded.known, erased = ?23`
	k, err := seenTicket(ctx, tx, t.ID)
	if err != nil {
		return false, err
	}
	if k.erased && k.seen != t.Seen {
		return true, nil
	}
	// What the poller saw meanwhile may be our own write and nothing else.
	same := !k.there || k.seen == t.Seen
	own := same || k.seen == t.Seen+1 && k.said.Updated == t.Written && k.written != t.Written && !movedTicket(k.said, t.Ticket)
	said, err := json.Marshal(t.Ticket)
	if err != nil {
		return false, err
	}
	known, err := json.Marshal(knownOf(t))
	if err != nil {
		return false, err
	}
	products, err := jsonList(t.Products)
	if err != nil {
		return false, err
	}
	if t.FirstSeen.IsZero() {
		t.FirstSeen = tx.now
	}
	if t.ChangedAt.IsZero() {
		t.ChangedAt = tx.now
	}
	switch {
	case t.Open:
		t.ClosedAt = time.Time{}
	case t.ClosedAt.IsZero():
		t.ClosedAt = tx.now
	}
	_, err = tx.ExecContext(ctx, put, int64(t.ID), t.Number, t.Updated, t.Requester, t.FirstSeen.UnixMilli(), t.ChangedAt.UnixMilli(), tx.now.UnixMilli(),
		t.Open, millis(t.ClosedAt), millis(t.DueAt), string(t.Found), t.Customer, millis(t.RaisedAt), t.Topic, t.Internal, same, own,
		t.Written, ticketKey(t.Ticket, t.Person), products, string(said), string(known), k.erased && t.Person == (gateway.Requester{}) && t.Customer == 0)
	return false, err
}

func (tx *transaction) addTicketEvent(ctx context.Context, id gateway.TicketID, e support.Event) error {
	const add = `INSERT INTO ticket_event (ticket, at, reason, args) VALUES (?, ?, ?, ?) ON CONFLICT (ticket, reason, args) DO NOTHING`
	args := "{}"
	if len(e.Args) > 0 {
		b, err := json.Marshal(e.Args)
		if err != nil {
			return err
		}
		args = string(b)
	}
	if e.At.IsZero() {
		e.At = tx.now
	}
	_, err := tx.ExecContext(ctx, add, int64(id), e.At.UnixMilli(), string(e.Reason), args)
	return err
}

const queryTicketEvents = `SELECT at, reason, args FROM ticket_event WHERE ticket = ? ORDER BY id`

// TicketEvents implements support.Store: oldest first.
func (s *Store) TicketEvents(ctx context.Context, id gateway.TicketID) ([]support.Event, error) {
	var list []support.Event
	err := each(ctx, s.reader, func(scan scanner) error {
		var e support.Event
		var at stamp
		var args string
		if err := scan(&at, &e.Reason, &args); err != nil {
			return err
		}
		e.At = at.time()
		list = append(list, e)
		if args == "{}" {
			return nil
		}
		return json.Unmarshal([]byte(args), &list[len(list)-1].Args)
	}, queryTicketEvents, int64(id))
	return list, fault("read a ticket's history", err)
}
