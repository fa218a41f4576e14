package support_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

const hdeTime = "2006-01-02 15:04:05"

// helpdesk is a helpdesk whose clock stands in a zone of its own.
type helpdesk struct {
	mu       sync.Mutex
	zone     *time.Location
	ahead    time.Duration // how far its clock is ahead
	tickets  map[gateway.TicketID]*gateway.Ticket
	posts    map[gateway.TicketID][]gateway.TicketPost
	comments map[gateway.TicketID][]gateway.TicketComment
	users    map[int64]gateway.Requester
	book     gateway.HelpdeskBook
	last     int64
	user     int64 // whose key it is
	strips   bool  // HTML comments do not survive
	timeless bool  // a look by time brings nothing

	calls  []call
	writes []string
	// before is asked before anything happens, after when it has.
	before, after func(op string, n int) error
	until         time.Time                 // of a ban
	byPerson      map[gateway.TicketID]bool // whose priority a person has set
	wrong         []string                  // what should never have been asked for
}

type call struct {
	op string
	at time.Time
}

func newHelpdesk() *helpdesk {
	return &helpdesk{
		byPerson: map[gateway.TicketID]bool{},
		zone:     time.FixedZone("", 5*3600+1800), tickets: map[gateway.TicketID]*gateway.Ticket{}, posts: map[gateway.TicketID][]gateway.TicketPost{},
		comments: map[gateway.TicketID][]gateway.TicketComment{}, users: map[int64]gateway.Requester{12: {ID: 12, Name: "Робот магазина", Staff: true}},
		last: 600, user: 12,
		book: gateway.HelpdeskBook{
			Statuses:   []gateway.HelpdeskEntry{{ID: "open", Name: "Открыта"}, {ID: "6", Name: "В работе"}, {ID: "closed", Name: "Выполнен"}},
			Priorities: []gateway.HelpdeskEntry{{ID: "1", Name: "Срочный"}, {ID: "2", Name: "Обычный"}, {ID: "3", Name: "Средний"}},
			Fields: []gateway.HelpdeskEntry{
				{ID: "31", Name: "Заказ", Type: "text"},
				{ID: "32", Name: "Клиент", Type: "text"},
				{ID: "33", Name: "VIP", Type: "checkbox"},
				{ID: "35", Name: "Статус для всех", Type: "text", Public: true},
				{ID: "36", Name: "Статус", Type: "text"},
			},
		},
	}
}

func (h *helpdesk) now() string { return time.Now().Add(h.ahead).In(h.zone).Format(hdeTime) }

func (h *helpdesk) do(op string) error {
	n := len(h.calls)
	h.calls = append(h.calls, call{op, time.Now()})
	if time.Now().Before(h.until) {
		return &device.Error{Kind: device.RateLimited, Op: "helpdesk", Code: "ban", RetryAfter: time.Until(h.until)}
	}
	if h.before != nil {
		return h.before(op, n)
	}
	return nil
}

func (h *helpdesk) did(op string, write string) error {
	if write != "" {
		h.writes = append(h.writes, write)
	}
	if h.after != nil {
		return h.after(op, len(h.calls))
	}
	return nil
}

// the customer's and the employees' side

func (h *helpdesk) set(change func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	change()
}

// opens opens a ticket as a customer does.
func (h *helpdesk) opens(id gateway.TicketID, requester int64, title, text string) {
	h.set(func() {
		u := h.users[requester]
		now := h.now()
		h.tickets[id] = &gateway.Ticket{
			ID: id, Number: fmt.Sprint("KTR-", id), Title: title, Status: "open", Priority: "2", Requester: requester, Name: u.Name, Email: u.Email,
			Created: now, Updated: now, URL: fmt.Sprint("https://shop.helpdeskeddy.com/ticket/", id),
		}
		h.post(id, requester, text)
	})
}

func (h *helpdesk) post(id gateway.TicketID, user int64, text string) {
	h.last++
	h.posts[id] = append(h.posts[id], gateway.TicketPost{ID: h.last, User: user, Text: text, Created: h.now()})
	h.tickets[id].Updated = h.now()
}

// says is a post in a ticket; edits is anything else that an employee does.
func (h *helpdesk) says(id gateway.TicketID, user int64, text string) {
	h.set(func() { h.post(id, user, text) })
}

func (h *helpdesk) edits(id gateway.TicketID, change func(*gateway.Ticket)) {
	h.set(func() {
		change(h.tickets[id])
		h.tickets[id].Updated = h.now()
	})
}

func (h *helpdesk) cardsIn(id gateway.TicketID) []gateway.TicketComment {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(h.comments[id]), func(c gateway.TicketComment) bool {
		return !strings.Contains(c.HTML, fmt.Sprintf("Vestnik · %d</p>", id))
	})
}

func (h *helpdesk) ticket(id gateway.TicketID) gateway.Ticket {
	h.mu.Lock()
	defer h.mu.Unlock()
	return *h.tickets[id]
}

func (h *helpdesk) wrote() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.writes)
}

// callsSince are the requests since a time; most is the largest number within a minute.
func (h *helpdesk) callsSince(t time.Time) (n, most int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	minutes := map[int64]int{}
	for _, c := range h.calls {
		if !c.at.Before(t) {
			n++
			minutes[c.at.Unix()/60]++
			most = max(most, minutes[c.at.Unix()/60])
		}
	}
	return n, most
}

// gateway.Helpdesk

func (h *helpdesk) Tickets(ctx context.Context, q gateway.TicketQuery) (gateway.TicketPage, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.do("tickets"); err != nil {
		return gateway.TicketPage{}, err
	}
	var list []gateway.Ticket
	for _, t := range h.tickets {
		if t.Updated < q.UpdatedFrom || h.timeless && q.UpdatedFrom != "" || len(q.Statuses) > 0 && !slices.Contains(q.Statuses, t.Status) ||
			len(q.Requesters) > 0 && !slices.Contains(q.Requesters, t.Requester) || q.Search != "" && !strings.Contains(t.Title, q.Search) || t.Deleted {
			continue
		}
		list = append(list, h.copy(t))
	}
	slices.SortFunc(list, func(a, b gateway.Ticket) int {
		if n := strings.Compare(a.Updated, b.Updated); n != 0 {
			return n
		}
		return int(a.ID - b.ID)
	})
	p := gateway.TicketPage{Page: q.Page, Total: len(list), Pages: (len(list) + 29) / 30}
	from := min(30*(q.Page-1), len(list))
	p.Tickets = list[from:min(from+30, len(list))]
	return p, h.did("tickets", "")
}

func (h *helpdesk) copy(t *gateway.Ticket) gateway.Ticket {
	c := *t
	c.Fields = maps.Clone(t.Fields)
	return c
}

func (h *helpdesk) find(id gateway.TicketID) (*gateway.Ticket, error) {
	if t, ok := h.tickets[id]; ok && !t.Deleted {
		return t, nil
	}
	return nil, device.Errorf(device.NotFound, "helpdesk", "no ticket %d", id)
}

func (h *helpdesk) Ticket(_ context.Context, id gateway.TicketID) (gateway.Ticket, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.do("ticket"); err != nil {
		return gateway.Ticket{}, err
	}
	t, err := h.find(id)
	if err != nil {
		return gateway.Ticket{}, err
	}
	return h.copy(t), h.did("ticket", "")
}

func (h *helpdesk) Requester(_ context.Context, id int64) (gateway.Requester, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.do("requester"); err != nil {
		return gateway.Requester{}, err
	}
	u, ok := h.users[id]
	if !ok {
		return u, device.Errorf(device.NotFound, "helpdesk", "no user %d", id)
	}
	return u, h.did("requester", "")
}

func (h *helpdesk) Posts(_ context.Context, id gateway.TicketID) ([]gateway.TicketPost, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.do("posts"); err != nil {
		return nil, err
	}
	return slices.Clone(h.posts[id]), h.did("posts", "")
}

func (h *helpdesk) Comments(_ context.Context, id gateway.TicketID) ([]gateway.TicketComment, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.do("comments"); err != nil {
		return nil, err
	}
	if _, err := h.find(id); err != nil {
		return nil, err
	}
	return slices.Clone(h.comments[id]), h.did("comments", "")
}

// writable is the ticket, unless it was merged: that takes nothing any more.
func (h *helpdesk) writable(id gateway.TicketID) (*gateway.Ticket, error) {
	t, err := h.find(id)
	if err == nil && t.Parent != 0 && t.Status == "closed" {
		err = device.Errorf(device.Refused, "helpdesk", "ticket %d was merged", id)
	}
	return t, err
}

func (h *helpdesk) html(s string) string {
	if i := strings.Index(s, "<!--"); h.strips && i >= 0 {
		return s[:i]
	}
	return s
}

func (h *helpdesk) AddComment(_ context.Context, id gateway.TicketID, html string) (gateway.TicketComment, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.do("add comment"); err != nil {
		return gateway.TicketComment{}, err
	}
	t, err := h.writable(id)
	if err != nil {
		return gateway.TicketComment{}, err
	}
	h.last++
	c := gateway.TicketComment{ID: h.last, User: h.user, HTML: h.html(html)}
	h.comments[id] = append(h.comments[id], c)
	t.Updated = h.now()
	return c, h.did("add comment", fmt.Sprint("comment ", id))
}

func (h *helpdesk) EditComment(_ context.Context, id gateway.TicketID, comment int64, html string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.do("edit comment"); err != nil {
		return err
	}
	t, err := h.writable(id)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(h.comments[id], func(c gateway.TicketComment) bool { return c.ID == comment })
	if i < 0 {
		return device.Errorf(device.NotFound, "helpdesk", "no comment %d", comment)
	}
	h.comments[id][i].HTML = h.html(html)
	t.Updated = h.now()
	return h.did("edit comment", fmt.Sprint("edit ", id))
}

func (h *helpdesk) SetTicket(_ context.Context, id gateway.TicketID, c gateway.TicketChange) (gateway.Ticket, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.do("set ticket"); err != nil {
		return gateway.Ticket{}, err
	}
	t, err := h.writable(id)
	if err != nil {
		return gateway.Ticket{}, err
	}
	for field := range c.Fields {
		if e, _ := gateway.Entry(h.book.Fields, field); e.Public || e.ID == "" {
			h.wrong = append(h.wrong, "field "+field)
			return gateway.Ticket{}, device.Errorf(device.Refused, "helpdesk", "field %s", field)
		}
	}
	write := fmt.Sprint("set ", id)
	if c.Priority != "" {
		rank := func(p string) int { return strings.Index("231", p) }
		if h.byPerson[id] || rank(c.Priority) <= rank(t.Priority) {
			h.wrong = append(h.wrong, fmt.Sprintf("priority of %d from %s to %s, a person's: %v", id, t.Priority, c.Priority, h.byPerson[id]))
		}
		t.Priority = c.Priority
		write += " priority " + c.Priority
	}
	for _, field := range slices.Sorted(maps.Keys(c.Fields)) {
		if t.Fields == nil {
			t.Fields = map[string]string{}
		}
		t.Fields[field] = c.Fields[field]
		write += " " + field + "=" + c.Fields[field]
	}
	t.Updated = h.now()
	return h.copy(t), h.did("set ticket", write)
}

func (h *helpdesk) OpenInternal(_ context.Context, n gateway.InternalTicket) (gateway.Ticket, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.do("open"); err != nil {
		return gateway.Ticket{}, err
	}
	if !h.users[n.Requester].Staff {
		return gateway.Ticket{}, device.Errorf(device.Refused, "helpdesk", "no employee")
	}
	h.last++
	id := gateway.TicketID(h.last)
	h.tickets[id] = &gateway.Ticket{
		ID: id, Number: fmt.Sprint("KTR-", id), Title: n.Title, Status: "open", Priority: n.Priority, Requester: n.Requester, Created: h.now(), Updated: h.now(),
	}
	h.posts[id] = []gateway.TicketPost{{ID: h.last, User: n.Requester, Text: n.Text, Created: h.now()}}
	return h.copy(h.tickets[id]), h.did("open", fmt.Sprint("open ", n.Title, " | ", n.Text))
}

func (h *helpdesk) Book(context.Context) (gateway.HelpdeskBook, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.do("book"); err != nil {
		return gateway.HelpdeskBook{}, err
	}
	return h.book, h.did("book", "")
}

func (h *helpdesk) Test(context.Context, gateway.TicketID) (gateway.HelpdeskTest, error) {
	return gateway.HelpdeskTest{}, nil
}

func (h *helpdesk) Status() gateway.HelpdeskStatus {
	return gateway.HelpdeskStatus{State: gateway.HelpdeskConnected}
}
