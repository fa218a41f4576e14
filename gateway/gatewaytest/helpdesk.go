package gatewaytest

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// HelpdeskRig is one helpdesk with the system behind it.
type HelpdeskRig struct {
	Helpdesk gateway.Helpdesk

	// NewCustomer makes a customer, with a telephone as people type them.
	NewCustomer func(t testing.TB, name, email, phone string) int64
	// NewTicket makes a ticket as its requester does; html is his first post.
	NewTicket func(t testing.TB, requester int64, title, html string) gateway.TicketID
	// Answer is a post by Employee, Touch a change that the API does not show.
	Answer func(t testing.TB, id gateway.TicketID, html string)
	Touch  func(t testing.TB, id gateway.TicketID)
	// SetStatus moves a ticket; Closed is a status to move it to.
	SetStatus func(t testing.TB, id gateway.TicketID, status string)
	Closed    string
	Delete    func(t testing.TB, id gateway.TicketID)
	// DropComment takes a comment away as an employee does.
	DropComment func(t testing.TB, id gateway.TicketID, comment int64)
	// Employee may be the requester of an internal ticket.
	Employee int64
	// Own is a ticket field for texts that requesters do not see, Box a checkbox that they do
	// not see, and Public a field that they do; Show lets them see a field from now on.
	Own, Box, Public string
	Show             func(t testing.TB, field string)
	// Priorities are two that tickets may have; new ones have neither.
	Priorities [2]string

	// Later lets some seconds pass in the system; its times have seconds.
	Later func(t testing.TB)
	// Seen are the texts that anybody outside of the staff can see, or was sent, because of
	// what the helpdesk was asked through this connection.
	Seen func(t testing.TB) []string
	// Tickets counts all tickets, and Requests what the system was asked.
	Tickets, Requests func(t testing.TB) int
	// Cut takes the system away, Mend brings it back; Ban bans the account for exceeding its
	// limit. SwallowWrite makes the system do what the next writing request asks and lose the answer.
	Cut, Mend, Ban, SwallowWrite func(t testing.TB)
	// Again is another connection to the same system, as after a restart.
	Again func(t testing.TB) gateway.Helpdesk
}

// ExerciseHelpdesk runs the suite. The factory is called once for each test, with a
// system that has some past and a key with every right that the work needs, opening tickets
// included. After each test nothing may have been seen by a customer.
func ExerciseHelpdesk(t *testing.T, factory func(t *testing.T) *HelpdeskRig) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, *HelpdeskRig){
		"walks all tickets by pages":                   walksTickets,
		"brings what changed since a time":             bringsChanges,
		"selects by status, requester, time and words": selectsTickets,
		"tells a ticket":                               tellsTicket,
		"tells who asks":                               tellsRequester,
		"tells posts without HTML, oldest first":       tellsPosts,
		"writes and changes comments":                  writesComments,
		"lists all comments, oldest first":             listsComments,
		"sets priority and fields":                     setsTicket,
		"leaves fields that requesters see alone":      leavesPublicFields,
		"opens tickets for employees alone":            opensInternal,
		"says uncertain when a write's answer is lost": helpdeskUncertain,
		"knows the account's words":                    knowsBook,
		"tries the account and leaves nothing":         triesHelpdesk,
		"is silent while it is banned":                 silentWhileBanned,
		"says unavailable when the system is away":     helpdeskAway,
		"obeys its context":                            helpdeskObeys,
	} {
		t.Run(name, func(t *testing.T) {
			r := factory(t)
			test(t, r)
			if seen := r.Seen(t); len(seen) > 0 {
				t.Errorf("people outside of the staff see %q", seen)
			}
		})
	}
}

// pleaded is a ticket of a new customer.
func pleaded(t *testing.T, r *HelpdeskRig, title string) (gateway.TicketID, int64) {
	t.Helper()
	customer := r.NewCustomer(t, "Анна", "anna@mail.example", "+7 (900) 555-02-02")
	return r.NewTicket(t, customer, title, "<p>Где заказ?</p>"), customer
}

// walk reads all pages of a query.
func walk(t *testing.T, h gateway.Helpdesk, q gateway.TicketQuery) []gateway.Ticket {
	t.Helper()
	var all []gateway.Ticket
	for q.Page = 1; ; q.Page++ {
		p, err := h.Tickets(within(t), q)
		if err != nil {
			t.Fatal(err)
		}
		if p.Page != q.Page || p.Pages < 1 {
			t.Fatalf("page %d of %d when %d was asked for", p.Page, p.Pages, q.Page)
		}
		all = append(all, p.Tickets...)
		if q.Page >= p.Pages {
			if p.Total != len(all) {
				t.Errorf("%d tickets of a total of %d", len(all), p.Total)
			}
			return all
		}
	}
}

func ticketIDs(tickets []gateway.Ticket) []gateway.TicketID {
	var out []gateway.TicketID
	for _, one := range tickets {
		out = append(out, one.ID)
	}
	return out
}

func readTicket(t *testing.T, h gateway.Helpdesk, id gateway.TicketID) gateway.Ticket {
	t.Helper()
	got, err := h.Ticket(within(t), id)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func wantTicketError(t *testing.T, what string, err error, kind device.Kind) {
	t.Helper()
	if device.KindOf(err) != kind {
		t.Errorf("%s: %v, want kind %q", what, err, kind)
	}
}

func walksTickets(t *testing.T, r *HelpdeskRig) {
	customer := r.NewCustomer(t, "Анна", "anna@mail.example", "")
	made := map[gateway.TicketID]bool{}
	for range 65 {
		made[r.NewTicket(t, customer, "Вопрос", "<p>?</p>")] = true
		r.Later(t)
	}
	all := walk(t, r.Helpdesk, gateway.TicketQuery{})
	if len(all) != r.Tickets(t) {
		t.Errorf("walked %d of %d tickets", len(all), r.Tickets(t))
	}
	for i, one := range all {
		delete(made, one.ID)
		if one.Updated == "" || i > 0 && (all[i-1].Updated > one.Updated || all[i-1].Updated == one.Updated && all[i-1].ID >= one.ID) {
			t.Fatalf("ticket %d of %q comes after %d of %q", one.ID, one.Updated, all[max(i-1, 0)].ID, all[max(i-1, 0)].Updated)
		}
	}
	if len(made) > 0 {
		t.Errorf("%d new tickets were not among them", len(made))
	}
}

func bringsChanges(t *testing.T, r *HelpdeskRig) {
	old, customer := pleaded(t, r, "Старый")
	r.Later(t)
	last := r.NewTicket(t, customer, "Последний", "<p>?</p>")
	cursor := readTicket(t, r.Helpdesk, last).Updated
	since := func() []gateway.TicketID {
		return ticketIDs(walk(t, r.Helpdesk, gateway.TicketQuery{UpdatedFrom: cursor}))
	}
	if got := since(); !slices.Equal(got, []gateway.TicketID{last}) {
		t.Errorf("since the last change there is %v, want %v alone: the time is inclusive", got, last)
	}
	r.Later(t)
	r.Touch(t, old)
	if got := since(); !slices.Equal(got, []gateway.TicketID{last, old}) {
		t.Errorf("then %v", got)
	}
	r.Later(t)
	r.Answer(t, last, "<p>Уже едет</p>")
	if got := since(); !slices.Equal(got, []gateway.TicketID{old, last}) {
		t.Errorf("and then %v", got)
	}
}

func selectsTickets(t *testing.T, r *HelpdeskRig) {
	one, anna := pleaded(t, r, "Купон не работает")
	boris := r.NewCustomer(t, "Борис", "boris@mail.example", "")
	two := r.NewTicket(t, boris, "Возврат", "<p>?</p>")
	r.Later(t)
	created := readTicket(t, r.Helpdesk, two).Created
	three := r.NewTicket(t, boris, "Купон пропал", "<p>?</p>")
	r.SetStatus(t, two, r.Closed)
	for name, c := range map[string]struct {
		q    gateway.TicketQuery
		want []gateway.TicketID
	}{
		"a requester":    {gateway.TicketQuery{Requesters: []int64{anna}}, []gateway.TicketID{one}},
		"two requesters": {gateway.TicketQuery{Requesters: []int64{anna, boris}}, []gateway.TicketID{one, two, three}},
		"closed ones":    {gateway.TicketQuery{Requesters: []int64{anna, boris}, Statuses: []string{r.Closed}}, []gateway.TicketID{two}},
		"words":          {gateway.TicketQuery{Requesters: []int64{anna, boris}, Search: "купон"}, []gateway.TicketID{one, three}},
		"made until":     {gateway.TicketQuery{Requesters: []int64{boris}, CreatedTo: created}, []gateway.TicketID{two}},
		"made from":      {gateway.TicketQuery{Requesters: []int64{boris}, CreatedFrom: created}, []gateway.TicketID{two, three}},
		"nothing":        {gateway.TicketQuery{Search: "этого никто не писал"}, nil},
	} {
		got := ticketIDs(walk(t, r.Helpdesk, c.q))
		slices.Sort(got)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func tellsTicket(t *testing.T, r *HelpdeskRig) {
	id, customer := pleaded(t, r, "Где мой заказ?")
	got := readTicket(t, r.Helpdesk, id)
	if got.ID != id || got.Title != "Где мой заказ?" || got.Requester != customer || got.Name != "Анна" || got.Email == "" || got.Number == "" ||
		got.Status == "" || got.Priority == "" || got.Department == "" || got.Created == "" || got.Updated < got.Created || got.Deleted || got.Fields[r.Own] != "" ||
		got.Rate != "" || got.Owner != 0 || got.Frozen || got.Parent != 0 || !strings.HasPrefix(got.URL, "http") {
		t.Errorf("%+v", got)
	}
	if _, err := time.Parse(time.DateTime, got.Updated); err != nil {
		t.Errorf("its time is %q", got.Updated)
	}
	listed := walk(t, r.Helpdesk, gateway.TicketQuery{Requesters: []int64{customer}})
	if len(listed) != 1 || listed[0].Updated != got.Updated || listed[0].Number != got.Number || listed[0].URL != got.URL {
		t.Errorf("the list has %+v", listed)
	}
	r.SetStatus(t, id, r.Closed)
	if got := readTicket(t, r.Helpdesk, id); got.Status != r.Closed {
		t.Errorf("closed it is %q", got.Status)
	}
	r.Delete(t, id)
	_, err := r.Helpdesk.Ticket(within(t), id)
	wantTicketError(t, "a deleted ticket", err, device.NotFound)
	_, err = r.Helpdesk.Ticket(within(t), id+100_000)
	wantTicketError(t, "a ticket that never was", err, device.NotFound)
}

func tellsRequester(t *testing.T, r *HelpdeskRig) {
	id := r.NewCustomer(t, "Анна", "anna@mail.example", "8 (900) 555-02-02, после 18")
	got, err := r.Helpdesk.Requester(within(t), id)
	if want := (gateway.Requester{ID: id, Name: "Анна", Email: "anna@mail.example", Phone: "8 (900) 555-02-02, после 18"}); err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	got, err = r.Helpdesk.Requester(within(t), r.Employee)
	if err != nil || !got.Staff || got.ID != r.Employee || got.Name == "" {
		t.Errorf("an employee is %+v, %v", got, err)
	}
	_, err = r.Helpdesk.Requester(within(t), id+100_000)
	wantTicketError(t, "a user that never was", err, device.NotFound)
}

func tellsPosts(t *testing.T, r *HelpdeskRig) {
	id, customer := pleaded(t, r, "Вопрос")
	r.Later(t)
	r.Answer(t, id, "<p>Здравствуйте &amp; спасибо!</p><p>Едет<br>уже</p>")
	posts, err := r.Helpdesk.Posts(within(t), id)
	if err != nil || len(posts) != 2 {
		t.Fatalf("%+v, %v", posts, err)
	}
	if posts[0].User != customer || posts[0].Text != "Где заказ?" || posts[1].User != r.Employee || posts[1].Text != "Здравствуйте & спасибо!\nЕдет\nуже" {
		t.Errorf("%+v", posts)
	}
	if posts[0].Created != readTicket(t, r.Helpdesk, id).Created || posts[1].Created <= posts[0].Created {
		t.Errorf("written at %q and %q", posts[0].Created, posts[1].Created)
	}
	for range 40 {
		r.Later(t)
		r.Answer(t, id, "<p>ещё</p>")
	}
	newest, err := r.Helpdesk.Posts(within(t), id)
	if err != nil || len(newest) < 5 || newest[len(newest)-1].ID <= newest[0].ID || newest[0].ID <= posts[1].ID {
		t.Errorf("the newest of 42 are %d from %+v, %v", len(newest), newest[:min(len(newest), 1)], err)
	}
	_, err = r.Helpdesk.Posts(within(t), id+100_000)
	wantTicketError(t, "posts of no ticket", err, device.NotFound)
}

func writesComments(t *testing.T, r *HelpdeskRig) {
	id, _ := pleaded(t, r, "Вопрос")
	posts, err := r.Helpdesk.Posts(within(t), id)
	if err != nil {
		t.Fatal(err)
	}
	const first, second = "<p><b>Заказ</b> 5123А &amp; Ко</p>", "<p>Иначе</p>"
	c, err := r.Helpdesk.AddComment(within(t), id, first)
	if err != nil || c.ID == 0 || !strings.Contains(c.HTML, "5123А") {
		t.Fatalf("%+v, %v", c, err)
	}
	if err := r.Helpdesk.EditComment(within(t), id, c.ID, second); err != nil {
		t.Fatal(err)
	}
	all, err := r.Helpdesk.Comments(within(t), id)
	if err != nil || len(all) != 1 || all[0].ID != c.ID || !strings.Contains(all[0].HTML, "Иначе") || all[0].User != c.User {
		t.Errorf("%+v, %v", all, err)
	}
	if after, err := r.Helpdesk.Posts(within(t), id); err != nil || len(after) != len(posts) {
		t.Errorf("%d posts became %d: %v", len(posts), len(after), err)
	}
	r.DropComment(t, id, c.ID)
	wantTicketError(t, "a comment that was taken away", r.Helpdesk.EditComment(within(t), id, c.ID, first), device.NotFound)
	_, err = r.Helpdesk.AddComment(within(t), id+100_000, first)
	wantTicketError(t, "a comment in no ticket", err, device.NotFound)
}

func listsComments(t *testing.T, r *HelpdeskRig) {
	id, _ := pleaded(t, r, "Вопрос")
	var want []int64
	for range 33 {
		c, err := r.Helpdesk.AddComment(within(t), id, "<p>строка</p>")
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, c.ID)
	}
	all, err := r.Helpdesk.Comments(within(t), id)
	if err != nil {
		t.Fatal(err)
	}
	var got []int64
	for _, c := range all {
		got = append(got, c.ID)
	}
	if !slices.Equal(got, want) {
		t.Errorf("comments %v, want %v", got, want)
	}
}

func setsTicket(t *testing.T, r *HelpdeskRig) {
	id, _ := pleaded(t, r, "Вопрос")
	for i, text := range []string{"5123А", "5123А, 5124 <b>&amp;", ""} {
		r.Later(t)
		got, err := r.Helpdesk.SetTicket(within(t), id, gateway.TicketChange{Priority: r.Priorities[i%2], Fields: map[string]string{r.Own: text}})
		if err != nil {
			t.Fatal(err)
		}
		kept := readTicket(t, r.Helpdesk, id)
		if got.ID != id || got.Priority != r.Priorities[i%2] || got.Fields[r.Own] != text || kept.Priority != got.Priority || kept.Fields[r.Own] != text {
			t.Errorf("answered %+v, kept %+v", got, kept)
		}
		if got.Updated != kept.Updated {
			t.Errorf("answered that it was updated at %q, and it is %q", got.Updated, kept.Updated)
		}
		if _, there := kept.Fields[r.Own]; there != (text != "") {
			t.Errorf("an empty field: %v", kept.Fields)
		}
	}
	// What is written into a checkbox is what is read, so that nobody writes it again.
	for _, on := range []string{"1", "0"} {
		got, err := r.Helpdesk.SetTicket(within(t), id, gateway.TicketChange{Fields: map[string]string{r.Box: on}})
		if kept := readTicket(t, r.Helpdesk, id); err != nil || got.Fields[r.Box] != on || kept.Fields[r.Box] != on {
			t.Errorf("a checkbox that is %s: answered %q, kept %q, %v", on, got.Fields[r.Box], kept.Fields[r.Box], err)
		}
	}
	// One thing leaves the other alone.
	if got, err := r.Helpdesk.SetTicket(within(t), id, gateway.TicketChange{Fields: map[string]string{r.Own: "1"}}); err != nil || got.Priority != r.Priorities[0] {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := r.Helpdesk.SetTicket(within(t), id, gateway.TicketChange{Priority: r.Priorities[1]}); err != nil || got.Fields[r.Own] != "1" {
		t.Errorf("%+v, %v", got, err)
	}
	_, err := r.Helpdesk.SetTicket(within(t), id+100_000, gateway.TicketChange{Priority: r.Priorities[0]})
	wantTicketError(t, "no ticket", err, device.NotFound)
	_, err = r.Helpdesk.SetTicket(within(t), id, gateway.TicketChange{Priority: "987654"})
	wantTicketError(t, "no such priority", err, device.Refused)
}

func leavesPublicFields(t *testing.T, r *HelpdeskRig) {
	id, _ := pleaded(t, r, "Вопрос")
	before := readTicket(t, r.Helpdesk, id)
	for name, fields := range map[string]map[string]string{
		"one that requesters see": {r.Public: "5"}, "both": {r.Own: "5123А", r.Public: "5"}, "one that is none": {"987654": "x"},
	} {
		_, err := r.Helpdesk.SetTicket(within(t), id, gateway.TicketChange{Priority: r.Priorities[0], Fields: fields})
		wantTicketError(t, name, err, device.Refused)
	}
	if after := readTicket(t, r.Helpdesk, id); after.Priority != before.Priority || after.Fields[r.Own] != "" || after.Fields[r.Public] != "" {
		t.Errorf("it was %+v and is %+v", before, after)
	}
	r.Show(t, r.Own)
	_, err := r.Again(t).SetTicket(within(t), id, gateway.TicketChange{Fields: map[string]string{r.Own: "5123А"}})
	wantTicketError(t, "one that requesters see since now", err, device.Refused)
}

func opensInternal(t *testing.T, r *HelpdeskRig) {
	_, customer := pleaded(t, r, "Вопрос")
	before := r.Tickets(t)
	for name, requester := range map[string]int64{"a customer": customer, "nobody": 0, "one who never was": customer + 100_000} {
		_, err := r.Helpdesk.OpenInternal(within(t), gateway.InternalTicket{Title: "Проблема", Text: "Статус заказа", Requester: requester})
		wantTicketError(t, name, err, device.Refused)
	}
	if n := r.Tickets(t); n != before {
		t.Fatalf("%d tickets became %d", before, n)
	}
	book, err := r.Helpdesk.Book(within(t))
	if err != nil || len(book.Departments) == 0 {
		t.Fatalf("%+v, %v", book, err)
	}
	department := book.Departments[len(book.Departments)-1].ID
	got, err := r.Helpdesk.OpenInternal(within(t), gateway.InternalTicket{
		Title: "Заказ 5123А: проблема", Text: "Статус «Проблема».\n1 < 2", Requester: r.Employee, Department: department, Priority: r.Priorities[1],
	})
	if err != nil {
		t.Fatal(err)
	}
	kept := readTicket(t, r.Helpdesk, got.ID)
	if kept.Title != "Заказ 5123А: проблема" || kept.Requester != r.Employee || kept.Department != department || kept.Priority != r.Priorities[1] || got.Updated != kept.Updated {
		t.Errorf("answered %+v, kept %+v", got, kept)
	}
	if posts, err := r.Helpdesk.Posts(within(t), got.ID); err != nil || len(posts) != 1 || posts[0].Text != "Статус «Проблема».\n1 < 2" || posts[0].User == customer {
		t.Errorf("%+v, %v", posts, err)
	}
	if n := r.Tickets(t); n != before+1 {
		t.Errorf("%d tickets became %d", before, n)
	}
}

func helpdeskUncertain(t *testing.T, r *HelpdeskRig) {
	id, _ := pleaded(t, r, "Вопрос")
	if _, err := r.Helpdesk.SetTicket(within(t), id, gateway.TicketChange{Fields: map[string]string{r.Own: "0"}}); err != nil {
		t.Fatal(err)
	}
	before := r.Tickets(t)
	r.SwallowWrite(t)
	_, err := r.Helpdesk.AddComment(within(t), id, "<p>строка</p>")
	wantTicketError(t, "a comment", err, device.Uncertain)
	if all, err := r.Helpdesk.Comments(within(t), id); err != nil || len(all) != 1 {
		t.Errorf("%d comments, %v", len(all), err)
	}
	r.SwallowWrite(t)
	_, err = r.Helpdesk.SetTicket(within(t), id, gateway.TicketChange{Fields: map[string]string{r.Own: "1"}})
	wantTicketError(t, "a field", err, device.Uncertain)
	if got := readTicket(t, r.Helpdesk, id); got.Fields[r.Own] != "1" {
		t.Errorf("%+v", got)
	}
	r.SwallowWrite(t)
	_, err = r.Helpdesk.OpenInternal(within(t), gateway.InternalTicket{Title: "Заказ 5123А потерян", Text: "Статус", Requester: r.Employee})
	wantTicketError(t, "a ticket", err, device.Uncertain)
	if n := r.Tickets(t); n != before+1 {
		t.Errorf("%d tickets became %d", before, n)
	}
	if found := walk(t, r.Helpdesk, gateway.TicketQuery{Search: "5123А потерян"}); len(found) != 1 || found[0].Requester != r.Employee {
		t.Errorf("by its title there is %+v", found)
	}
}

func knowsBook(t *testing.T, r *HelpdeskRig) {
	book, err := r.Helpdesk.Book(within(t))
	if err != nil {
		t.Fatal(err)
	}
	for name, list := range map[string][]gateway.HelpdeskEntry{
		"departments": book.Departments, "statuses": book.Statuses, "priorities": book.Priorities, "types": book.Types, "fields": book.Fields, "staff": book.Staff,
	} {
		seen := map[string]bool{}
		for _, e := range list {
			if e.ID == "" || e.Name == "" || seen[e.ID] {
				t.Errorf("%s: %+v", name, e)
			}
			seen[e.ID] = true
		}
		if len(list) == 0 {
			t.Errorf("no %s", name)
		}
	}
	for id, public := range map[string]bool{r.Own: false, r.Public: true} {
		if f, ok := gateway.Entry(book.Fields, id); !ok || f.Public != public || f.Type == "" {
			t.Errorf("field %s is %+v", id, f)
		}
	}
	for _, p := range r.Priorities {
		if _, ok := gateway.Entry(book.Priorities, p); !ok {
			t.Errorf("no priority %s", p)
		}
	}
	if _, ok := gateway.Entry(book.Statuses, r.Closed); !ok || book.At.IsZero() {
		t.Errorf("statuses %+v, read at %s", book.Statuses, book.At)
	}
	customer := r.NewCustomer(t, "Анна", "anna@mail.example", "")
	if again, err := r.Helpdesk.Book(within(t)); err != nil || len(again.Staff) != len(book.Staff) || customer == 0 {
		t.Errorf("with one more customer there are employees %+v, %v", again.Staff, err)
	}
}

func triesHelpdesk(t *testing.T, r *HelpdeskRig) {
	id, _ := pleaded(t, r, "Вопрос")
	for _, comment := range []gateway.TicketID{0, id} {
		before := r.Requests(t)
		got, err := r.Again(t).Test(within(t), comment)
		if err != nil || got.State != gateway.HelpdeskConnected || got.Left || got.Tickets != r.Tickets(t) {
			t.Fatalf("%+v, %v", got, err)
		}
		if n := r.Requests(t) - before; n > 8 {
			t.Errorf("%d requests", n)
		}
		if !got.Me.Staff || got.Me.ID == 0 {
			t.Errorf("the key is that of %+v", got.Me)
		}
		for _, right := range got.Rights {
			want := gateway.RightThere
			if right.Name == "keys_of_others" {
				want = gateway.RightMissing
			}
			if right.Name == "comment_write" && comment == 0 {
				want = gateway.RightUntried
			}
			if right.State != want {
				t.Errorf("with ticket %d: %+v", comment, right)
			}
		}
	}
	if all, err := r.Helpdesk.Comments(within(t), id); err != nil || len(all) > 0 {
		t.Errorf("comments %+v, %v", all, err)
	}
}

func silentWhileBanned(t *testing.T, r *HelpdeskRig) {
	id, _ := pleaded(t, r, "Вопрос")
	readTicket(t, r.Helpdesk, id)
	if s := r.Helpdesk.Status(); s.State != gateway.HelpdeskConnected || s.Minute == 0 {
		t.Errorf("status %+v", s)
	}
	r.Ban(t)
	_, err := r.Helpdesk.AddComment(within(t), id, "<p>строка</p>")
	wantTicketError(t, "the request that meets the ban", err, device.RateLimited)
	before := r.Requests(t)
	_, err = r.Helpdesk.Tickets(within(t), gateway.TicketQuery{})
	wantTicketError(t, "the next one", err, device.RateLimited)
	got, err := r.Helpdesk.Test(within(t), id)
	if err != nil || got.State != gateway.HelpdeskBanned {
		t.Errorf("a trial: %+v, %v", got, err)
	}
	if s := r.Helpdesk.Status(); s.State != gateway.HelpdeskBanned || s.Until.IsZero() || s.Cause == "" {
		t.Errorf("status %+v", s)
	}
	if n := r.Requests(t); n != before {
		t.Errorf("%d requests while it was banned", n-before)
	}
}

func helpdeskAway(t *testing.T, r *HelpdeskRig) {
	id, _ := pleaded(t, r, "Вопрос")
	r.Cut(t)
	_, err := r.Helpdesk.Ticket(within(t), id)
	wantTicketError(t, "a ticket", err, device.Unavailable)
	_, err = r.Helpdesk.Tickets(within(t), gateway.TicketQuery{})
	wantTicketError(t, "tickets", err, device.Unavailable)
	if s := r.Helpdesk.Status(); s.State != gateway.HelpdeskUnreachable || s.Cause == "" {
		t.Errorf("status %+v", s)
	}
	got, err := r.Helpdesk.Test(within(t), id)
	if err != nil || got.State != gateway.HelpdeskUnreachable {
		t.Errorf("a trial: %+v, %v", got, err)
	}
	r.Mend(t)
	readTicket(t, r.Helpdesk, id)
	if s := r.Helpdesk.Status(); s.State != gateway.HelpdeskConnected {
		t.Errorf("status %+v", s)
	}
}

func helpdeskObeys(t *testing.T, r *HelpdeskRig) {
	id, _ := pleaded(t, r, "Вопрос")
	ctx, cancel := context.WithCancel(within(t))
	cancel()
	before := r.Requests(t)
	if _, err := r.Helpdesk.Ticket(ctx, id); err == nil {
		t.Error("a ticket was read for nobody")
	}
	if _, err := r.Helpdesk.AddComment(ctx, id, "<p>строка</p>"); err == nil {
		t.Error("a comment was written for nobody")
	}
	if _, err := r.Helpdesk.Test(ctx, id); err == nil {
		t.Error("a trial for nobody")
	}
	if n := r.Requests(t); n != before {
		t.Errorf("%d requests", n-before)
	}
}
