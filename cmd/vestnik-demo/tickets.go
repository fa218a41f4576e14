package main

import (
	"cmp"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"vestnik/sim/helpdeskeddy"
	"vestnik/sim/retailcrm"
)

// tickets is which ticket lies open in the helpdesk.
type tickets struct {
	mu   sync.Mutex
	open int // 0: the one that changed last
}

func (t *tickets) set(id int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.open = id
}

func (t *tickets) get() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.open
}

func (c *control) ticketOpen(r *http.Request) error {
	id, err := strconv.Atoi(r.FormValue("ticket"))
	c.tickets.set(id)
	return err
}

// ticketAsk: a customer turns to support. His ticket lies open then.
func (c *control) ticketAsk(r *http.Request) error {
	t, err := c.stage.ask(asker(r.FormValue("who")), r.FormValue("text"))
	if err == nil {
		c.tickets.set(t.ID)
	}
	return err
}

// atTicket does something with the ticket that a form names, as Ольга.
func (c *control) atTicket(do func(a *helpdeskeddy.Account, id int, r *http.Request) error) func(*http.Request) error {
	return func(r *http.Request) error {
		id, err := strconv.Atoi(r.FormValue("ticket"))
		if err != nil {
			return errors.New("open a ticket first")
		}
		c.tickets.set(id)
		return do(c.stage.Helpdesk, id, r)
	}
}

func ticketAnswer(a *helpdeskeddy.Account, id int, r *http.Request) error {
	text := strings.TrimSpace(r.FormValue("text"))
	if text == "" {
		return errors.New("write something")
	}
	var err error
	switch r.FormValue("as") {
	case "comment":
		_, err = a.StaffComments(id, helpdeskeddy.OlgaID, paragraph(text))
	case "client":
		_, err = a.ClientWrites(id, paragraph(text))
	default:
		_, err = a.StaffWrites(id, helpdeskeddy.OlgaID, paragraph(text))
	}
	return err
}

func ticketStatus(a *helpdeskeddy.Account, id int, r *http.Request) error {
	return a.SetStatus(id, helpdeskeddy.OlgaID, r.FormValue("status"))
}

func ticketPriority(a *helpdeskeddy.Account, id int, r *http.Request) error {
	priority, err := strconv.Atoi(r.FormValue("priority"))
	if err != nil {
		return err
	}
	return a.SetPriority(id, helpdeskeddy.OlgaID, priority)
}

// ticketMerge: the operator merges another ticket into the one that lies open.
func ticketMerge(a *helpdeskeddy.Account, id int, r *http.Request) error {
	other, err := strconv.Atoi(r.FormValue("other"))
	if err != nil {
		return errors.New("choose another ticket")
	}
	return a.Merge(id, other)
}

// ticketsView is the helpdesk as its operators see it.
type ticketsView struct {
	List    []ticketView
	Open    *ticketView
	Lines   []postView
	Fields  []fieldView
	Ranks   []rankView // priorities to choose from
	Others  []ticketView
	Who     requesterView
	CardURL string // the live card of the ticket that lies open
	FrameAt string // the page that shows cards in a frame
	Banned  string // until when
	Down    bool
	Revoked bool
	Key     string // the new one, to type into the settings
}

type ticketView struct {
	ID                           int
	Number, Title, Who           string
	Status, Priority, Department string
	Owner                        string
	Urgent, Closed, Internal     bool
	Chosen                       bool
	Merged                       string // the number of the ticket that it was merged into
	At                           time.Time
}

// When is the time of the last change.
func (t ticketView) When() string { return when(t.At) }

type requesterView struct{ Name, Email, Phone string }

type postView struct {
	Who  string
	Kind string // "customer", "user", "note"
	Ours bool   // the box wrote it
	HTML template.HTML
	At   time.Time
}

// When is the time that the window shows beside a post.
func (p postView) When() string { return when(p.At) }

type fieldView struct {
	Name, Value string
	Public      bool // the requester sees it
}

type rankView struct {
	ID   int
	Name string
	Now  bool
}

// ticketStatuses are the names of the account's statuses.
var ticketStatuses = map[string]string{"open": "Открыто", "process": "В процессе", "v-processe": "Ждём склад", "6": "Ждём клиента", "closed": "Выполнено"}

// urgent is the id of the most urgent priority, which is not the highest number.
const urgent = 1

func (c *control) ticketsView() ticketsView {
	a := c.stage.Helpdesk
	v := ticketsView{FrameAt: c.stage.pages + "/card/embed"}
	v.Down, v.Key = c.luck.get()
	if until, ok := a.Banned(); ok {
		v.Banned = until.In(moscow()).Format("15:04")
	}
	me, _ := a.User(helpdeskeddy.VestnikID)
	v.Revoked = me.Key == ""
	users := map[int]helpdeskeddy.User{}
	for _, u := range a.Users() {
		users[u.ID] = u
	}
	all := a.Tickets()
	slices.SortStableFunc(all, func(x, y helpdeskeddy.Ticket) int { return y.UpdatedAt.Compare(x.UpdatedAt) })
	for _, t := range all {
		if !t.Deleted {
			v.List = append(v.List, c.ticketView(t, users))
		}
	}
	if len(v.List) == 0 {
		return v
	}
	chosen := c.tickets.get()
	i := max(0, slices.IndexFunc(v.List, func(t ticketView) bool { return t.ID == chosen }))
	v.List[i].Chosen = true
	v.Open = &v.List[i]
	for j, t := range v.List {
		if j != i && !t.Closed && t.Merged == "" {
			v.Others = append(v.Others, t)
		}
	}
	c.showTicket(&v, users)
	return v
}

func (c *control) ticketView(t helpdeskeddy.Ticket, users map[int]helpdeskeddy.User) ticketView {
	a := c.stage.Helpdesk
	who := users[t.Requester]
	v := ticketView{
		ID: t.ID, Number: t.Number, Title: t.Title, Who: who.FullName(), Status: cmp.Or(ticketStatuses[t.Status], t.Status), At: t.UpdatedAt,
		Owner: users[t.Owner].FullName(), Urgent: t.Priority == urgent, Closed: t.Status == "closed", Internal: who.Staff,
		Priority: nameOf(a.Priorities(), t.Priority), Department: nameOf(a.Departments(), t.Department),
	}
	if into, ok := a.Ticket(t.MergedInto); ok && t.MergedInto != 0 {
		v.Merged = into.Number
	}
	return v
}

func nameOf(list []helpdeskeddy.Item, id int) string {
	for _, it := range list {
		if it.ID == id {
			return it.Name["ru"]
		}
	}
	return strconv.Itoa(id)
}

// showTicket fills in what is seen of the ticket that lies open.
func (c *control) showTicket(v *ticketsView, users map[int]helpdeskeddy.User) {
	a := c.stage.Helpdesk
	t, ok := a.Ticket(v.Open.ID)
	if !ok {
		return
	}
	who := users[t.Requester]
	v.Who = requesterView{Name: who.FullName(), Email: who.Email, Phone: who.Phone}
	v.CardURL = c.stage.pages + "/card/t/" + strconv.Itoa(t.ID)
	for _, p := range a.Priorities() {
		v.Ranks = append(v.Ranks, rankView{p.ID, p.Name["ru"], p.ID == t.Priority})
	}
	for _, f := range a.Fields() {
		if text := fieldValue(f, t.Fields[f.ID]); text != "" {
			v.Fields = append(v.Fields, fieldView{f.Name["ru"], text, f.UserView})
		}
	}
	add := func(m helpdeskeddy.Message, note bool) {
		p := postView{Who: users[m.UserID].FullName(), Kind: "customer", Ours: m.ByAPI, HTML: safeHTML(m.Text, c.stage.pages), At: m.CreatedAt}
		switch {
		case note:
			p.Kind = "note"
		case users[m.UserID].Staff:
			p.Kind = "user"
		}
		v.Lines = append(v.Lines, p)
	}
	for _, m := range a.Posts(t.ID) {
		add(m, false)
	}
	for _, m := range a.Comments(t.ID) {
		add(m, true)
	}
	slices.SortStableFunc(v.Lines, func(x, y postView) int { return x.At.Compare(y.At) })
}

func fieldValue(f helpdeskeddy.Field, value any) string {
	switch value := value.(type) {
	case nil:
		return ""
	case string:
		return value
	case int:
		if f.Type == helpdeskeddy.CheckboxField {
			return map[bool]string{true: "да", false: "нет"}[value != 0]
		}
		for _, o := range f.Options {
			if o.ID == value {
				return o.Name["ru"]
			}
		}
	}
	return fmt.Sprint(value)
}

// crmView is what came into the CRM, newest first.
type crmView struct {
	Notes     []crmLine
	Notices   []crmLine
	Tasks     []crmLine
	Customers []retailcrm.Customer
}

type crmLine struct {
	Who, Text string
	At        time.Time
}

// When is the time beside a line.
func (l crmLine) When() string { return when(l.At) }

// shownOfCRM is how many of each are listed.
const shownOfCRM = 6

func (c *control) crmView() (v crmView) {
	crm := c.stage.CRM
	names, users := map[int]string{}, map[int]string{}
	all := crm.Customers()
	for _, k := range all {
		names[k.ID] = strings.TrimSpace(k.FirstName + " " + k.LastName)
	}
	for _, u := range crm.Users() {
		users[u.ID] = strings.TrimSpace(u.FirstName + " " + u.LastName)
	}
	for _, n := range crm.Notes() {
		v.Notes = append(v.Notes, crmLine{names[n.CustomerID], n.Text, n.CreatedAt})
	}
	for _, n := range crm.Notifications() {
		var to []string
		for _, id := range n.UserIDs {
			to = append(to, users[id])
		}
		v.Notices = append(v.Notices, crmLine{strings.Join(append(to, n.UserGroups...), ", "), n.Message, n.At})
	}
	for _, t := range crm.Tasks() {
		v.Tasks = append(v.Tasks, crmLine{users[t.PerformerID], t.Text, t.CreatedAt})
	}
	v.Notes, v.Notices, v.Tasks, v.Customers = newest(v.Notes), newest(v.Notices), newest(v.Tasks), newest(all)
	return v
}

func newest[T any](list []T) []T {
	list = slices.Clone(list)
	slices.Reverse(list)
	return list[:min(len(list), shownOfCRM)]
}
