package retailcrm

import (
	"net/http"
	"sort"
	"strconv"
	"strings"
	"time"
)

// entity is a kind of object that has a history of its own.
type entity string

const (
	entityOrder    entity = "order"
	entityCustomer entity = "customer"
)

// actor is who made a change.
type actor struct {
	source string // user, api, code
	userID int
	key    int // id of the key; 0 for one that is not in the account's list
}

// record is one line of history. snapshot is the object as the record shows it:
// in full when it was created or deleted, otherwise a stub whose status is the
// one right after this change.
type record struct {
	id               int
	at               time.Time
	who              actor
	objectID         int
	externalID       string
	site             string
	created, deleted bool
	field            string
	old, new         any
	snapshot         obj
	extra            obj // item, payment, combinedTo
}

// change is one field that an edit has changed.
type change struct {
	field    string
	old, new any
	extra    obj
}

func (a *Account) note(kind entity, r record) {
	r.id = a.nextID("history")
	a.history[kind] = append(a.history[kind], r)
}

// noteOrder adds a record about o with a stub of its present state.
func (a *Account) noteOrder(o *Order, at time.Time, who actor, c change) {
	a.note(entityOrder, record{
		at: at, who: who, objectID: o.ID, externalID: o.ExternalID, site: o.Site,
		field: c.field, old: c.old, new: c.new, extra: c.extra, snapshot: a.orderStub(o),
	})
}

func (a *Account) noteOrderCreated(o *Order, at time.Time, who actor) {
	a.note(entityOrder, record{
		at: at, who: who, objectID: o.ID, externalID: o.ExternalID, site: o.Site, created: true,
		field: "status", new: obj{"code": o.Status}, snapshot: a.orderBody(o),
	})
}

func (a *Account) noteCustomer(c *Customer, at time.Time, who actor, ch change) {
	a.note(entityCustomer, record{
		at: at, who: who, objectID: c.ID, externalID: c.ExternalID, site: c.Site,
		field: ch.field, old: ch.old, new: ch.new, extra: ch.extra, snapshot: customerStub(c),
	})
}

func (a *Account) noteCustomerCreated(c *Customer, at time.Time, who actor) {
	a.note(entityCustomer, record{
		at: at, who: who, objectID: c.ID, externalID: c.ExternalID, site: c.Site, created: true,
		field: "id", new: c.ID, snapshot: a.customerBody(c),
	})
}

// orderStub is how a record names an order that was not created by it.
func (a *Account) orderStub(o *Order) obj {
	out := obj{"id": o.ID, "site": o.Site, "status": o.Status}
	if o.ExternalID != "" {
		out["externalId"] = o.ExternalID
	}
	if o.ManagerID != 0 {
		out["managerId"] = o.ManagerID
	}
	return out
}

func customerStub(c *Customer) obj {
	out := obj{"id": c.ID, "site": c.Site}
	if c.ExternalID != "" {
		out["externalId"] = c.ExternalID
	}
	return out
}

func (a *Account) ordersHistory(q *request) answer    { return a.listHistory(q, entityOrder) }
func (a *Account) customersHistory(q *request) answer { return a.listHistory(q, entityCustomer) }

// listHistory answers both history methods. sinceId is exclusive and, since May
// 2023, refuses to go with page (RetailCRM docs, "Working with history").
func (a *Account) listHistory(q *request, kind entity) answer {
	f := q.filter()
	var cond checks[*record]
	since, hasSince := f.integer("sinceId")
	between(&cond, f, "startDate", "endDate", func(r *record) time.Time { return r.at })
	if id, given := f.integer(string(kind) + "Id"); given {
		cond.add(func(r *record) bool { return r.objectID == id })
	}
	if id, given := f.text(string(kind) + "ExternalId"); given {
		cond.add(func(r *record) bool { return r.externalID == id })
	}
	if no := f.done(q); no != nil {
		return *no
	}
	if hasSince && q.text("page") != "" {
		return fail(http.StatusBadRequest, "Errors in the input parameters",
			obj{"page": "The page parameter cannot be used together with filter[sinceId]."})
	}
	var rows []*record
	// Ids rise, so that a client who keeps up does not wait for the years before.
	all := a.history[kind]
	if hasSince {
		all = all[sort.Search(len(all), func(i int) bool { return all[i].id > since }):]
	}
	for i := range all {
		r := &all[i]
		if q.key.sees(r.site) && cond.pass(r) {
			rows = append(rows, r)
		}
	}
	out := paged(q, "history", rows, func(r *record) any { return a.recordBody(kind, r, q.key) })
	if body, good := out.body.(obj); good && out.status == http.StatusOK {
		body["generatedAt"] = a.stamp(a.now())
	}
	return out
}

// recordBody shows a record to the holder of key: apiKey.current compares with
// the reading key, not with the account.
func (a *Account) recordBody(kind entity, r *record, key *apiKey) obj {
	out := obj{
		"id": r.id, "createdAt": a.stamp(r.at), "source": r.who.source, "field": r.field,
		"oldValue": r.old, "newValue": r.new, string(kind): r.snapshot,
	}
	if r.created {
		out["created"] = true
	}
	if r.deleted {
		out["deleted"] = true
	}
	switch r.who.source {
	case "user":
		out["user"] = obj{"id": r.who.userID}
	case "api":
		out["apiKey"] = obj{"current": r.who.key == key.id}
	}
	for k, v := range r.extra {
		out[k] = v
	}
	return out
}

// HistoryRecord is a line of history for tests and the demo's page.
type HistoryRecord struct {
	ID       int
	At       time.Time
	ObjectID int
	Source   string // user, api, code
	OwnKey   bool   // written with the account's first key
	Field    string
	Old, New any
	Created  bool
	Deleted  bool
}

// OrderHistory lists the whole history of orders, oldest first.
func (a *Account) OrderHistory() []HistoryRecord { return a.historyOf(entityOrder) }

// CustomerHistory lists the whole history of customers, oldest first.
func (a *Account) CustomerHistory() []HistoryRecord { return a.historyOf(entityCustomer) }

func (a *Account) historyOf(kind entity) []HistoryRecord {
	a.mu.Lock()
	defer a.mu.Unlock()
	var out []HistoryRecord
	for _, r := range a.history[kind] {
		out = append(out, HistoryRecord{
			ID: r.id, At: r.at, ObjectID: r.objectID, Source: r.who.source,
			OwnKey: r.who.source == "api" && r.who.key == 1,
			Field:  r.field, Old: r.old, New: r.new, Created: r.created, Deleted: r.deleted,
		})
	}
	return out
}

// snake turns a JSON name into a history code: trackNumber → track_number.
func snake(name string) string {
	var b strings.Builder
	for i, r := range name {
		if r >= 'A' && r <= 'Z' {
			if i > 0 {
				b.WriteByte('_')
			}
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}

// pathID reads the {id} of an address with the by parameter: "externalId" unless
// by=id is given, which is the trap of this API.
func (q *request) pathID() (byID bool, id int, external string, no *answer) {
	switch by := q.text("by"); by {
	case "", "externalId":
		return false, 0, q.vars["id"], nil
	case "id":
		n, err := strconv.Atoi(q.vars["id"])
		if err != nil {
			out := notFound()
			return true, 0, "", &out
		}
		return true, n, "", nil
	default:
		out := fail(http.StatusBadRequest, "Errors in the input parameters", obj{"by": notValid})
		return false, 0, "", &out
	}
}
