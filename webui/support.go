package webui

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"vestnik/gateway"
	"vestnik/gateway/card"
	"vestnik/gateway/support"
)

func (s *Server) supportRoutes(a *fiber.App, manager, owner fiber.Handler) {
	a.Get("/support", s.showTickets)
	a.Get("/support/rules", manager, s.showPriorities)
	a.Post("/support/rules", manager, s.postPriorities)
	a.Get("/support/lessons", manager, s.showLessons)
	a.Get("/support/lessons.csv", manager, s.exportLessons)
	a.Get("/support/quality", manager, s.showQuality)
	a.Get("/support/quality.csv", manager, s.exportQuality)
	s.cardRoutes(a, manager)
	s.helpdeskRoutes(a, manager, owner)
}

// usesSupport tells whether the shop has begun to use the pages about support.
func (s *Server) usesSupport(h gateway.HelpdeskSettings) bool {
	return s.o.Support != nil && (h.Enabled || h.URL != "")
}

type ticketsPage struct {
	*Frame
	Tabs     []MenuItem // of the pages about support
	Which    []MenuItem
	Only     string
	Search   string
	Rows     []TicketRow
	Live     string
	State    helpdeskState
	Filtered bool
	Cut      bool // there are more than are shown
}

// TicketRow is a ticket in the list.
type TicketRow struct {
	support.Ticket
	Path  string
	Who   string
	Found string
	Mood  Mood
	Why   string // in the tooltip
	Once  string // what a rule did, or would do
	Names []string
}

// ticketRows is how many tickets the list shows.
const ticketRows = 60

// ticketChoices are the filters of the list by name.
var ticketChoices = []string{"open", "many", "none", "raised", "all"}

func (s *Server) showTickets(c *fiber.Ctx) error {
	f, err := s.newFrame(c, "menu.support")
	if err != nil {
		return err
	}
	p := ticketsPage{Frame: f, Tabs: supportTabs(f), Only: oneOf(c.Query("only"), ticketChoices), Search: strings.TrimSpace(c.Query("q"))}
	p.State = s.helpdeskState(f)
	p.Filtered = p.Only != "open" || p.Search != ""
	for _, only := range ticketChoices {
		p.Which = append(p.Which, MenuItem{Path: "/support" + ticketQuery(only, p.Search, ""), Name: f.words.say("support.only." + only), Here: only == p.Only})
	}
	p.Live = "/support" + ticketQuery(p.Only, p.Search, "rows")
	filter := support.TicketFilter{Search: p.Search, Limit: ticketRows}
	switch p.Only {
	case "open":
		filter.Open = true
	case "many":
		filter.Open, filter.Found = true, card.FoundMany
	case "none":
		filter.Open, filter.Found = true, card.FoundNone
	case "raised":
		filter.Raised = true
	}
	tickets, err := s.o.Support.Tickets(c.UserContext(), filter)
	if err != nil {
		return err
	}
	slices.SortStableFunc(tickets, func(a, b support.Ticket) int {
		switch {
		case a.Open == b.Open:
			return 0
		case a.Open:
			return -1
		}
		return 1
	})
	book, _ := s.o.Support.HelpdeskBook(c.UserContext(), false) // without it priorities stand by their ids
	for _, t := range tickets {
		p.Rows = append(p.Rows, ticketRow(f, t, book))
	}
	p.Cut = len(tickets) == ticketRows
	return s.render(c, fiber.StatusOK, "support", p)
}

// ticketQuery is the choice of the list as an address carries it.
func ticketQuery(only, search, part string) string {
	q := url.Values{}
	if only != ticketChoices[0] {
		q.Set("only", only)
	}
	if search != "" {
		q.Set("q", search)
	}
	if part != "" {
		q.Set("part", part)
	}
	if len(q) == 0 {
		return ""
	}
	return "?" + q.Encode()
}

func supportTabs(f *Frame) []MenuItem {
	tabs := []MenuItem{{Path: "/support", Name: f.words.say("support.tab.tickets")}}
	if f.Manager() {
		for _, name := range []string{"rules", "lessons", "quality"} {
			tabs = append(tabs, MenuItem{Path: "/support/" + name, Name: f.words.say("support.tab." + name)})
		}
		tabs = append(tabs, MenuItem{Path: "/settings/helpdesk", Name: f.words.say("support.tab.settings")})
	}
	for i := range tabs {
		tabs[i].Here = tabs[i].Path == f.Path
	}
	return tabs
}

func ticketRow(f *Frame, t support.Ticket, book gateway.HelpdeskBook) TicketRow {
	r := TicketRow{Ticket: t, Path: "/card/t/" + strconv.FormatInt(int64(t.ID), 10), Who: requesterName(f, t)}
	r.Found, r.Mood, r.Why = ticketFound(f, t)
	switch {
	case t.RaisedTo != "":
		r.Once = f.words.say("support.raised", "to", entryName(book.Priorities, t.RaisedTo), "why", t.RaisedWhy)
		if t.SetByPerson {
			r.Once = f.words.say("support.set_by_person", "why", t.RaisedWhy)
		}
	case t.WouldRaise != "":
		r.Once = f.words.say("support.would_raise", "why", t.WouldRaise)
	}
	return r
}

// ticketFound is how far the search for the person came: a word, its mood, and the
// details.
func ticketFound(f *Frame, t support.Ticket) (word string, mood Mood, why string) {
	switch {
	case t.Internal:
		return f.words.say("support.internal"), Off, ""
	case t.Robot != "":
		return f.words.say("support.robot"), Off, t.Robot
	case t.Found == card.FoundOne:
		why = foundBy(f, t.By)
		return f.words.say("support.found"), Fine, why
	case t.Found == card.FoundMany:
		return f.words.say("support.many"), Act, ""
	case t.Found == card.FoundNone:
		return f.words.say("support.none"), Off, ""
	case t.Found == card.FoundAway:
		return f.words.say("support.away"), Off, ""
	}
	return f.words.say("support.looking"), Off, ""
}

// foundBy tells by what a person was found; "" when that has no words.
func foundBy(f *Frame, by string) string {
	if key := "found.by." + by; f.words.has(key) {
		return f.words.say(key)
	}
	return ""
}

// requesterName is who asks, as well as it is known.
func requesterName(f *Frame, t support.Ticket) string {
	for _, name := range []string{t.Person.Name, t.Name, t.Person.Email, t.Email, t.Person.Phone} {
		if strings.TrimSpace(name) != "" {
			return name
		}
	}
	return f.words.say("inbox.nameless")
}

func entryName(list []gateway.HelpdeskEntry, id string) string {
	if e, ok := gateway.Entry(list, id); ok && e.Name != "" {
		return e.Name
	}
	return id
}

// helpdeskState is how the connection to the helpdesk stands, in words.
type helpdeskState struct {
	gateway.HelpdeskStatus
	Mood Mood
	Says string
	// Alert: it should be said on the pages of operators too.
	Alert bool
}

func (s *Server) helpdeskState(f *Frame) helpdeskState {
	st := s.o.Support.HelpdeskStatus()
	return helpdeskWords(f, st)
}

func helpdeskWords(f *Frame, st gateway.HelpdeskStatus) helpdeskState {
	v := helpdeskState{HelpdeskStatus: st, Mood: Act, Alert: true}
	until := ""
	if !st.Until.IsZero() {
		until = f.hourOf(st.Until)
	}
	key := "helpdesk.state." + string(st.State)
	switch st.State {
	case gateway.HelpdeskConnected:
		v.Mood, v.Alert = Fine, false
	case gateway.HelpdeskConnecting:
		v.Mood, v.Alert = Waiting, false
	case gateway.HelpdeskSparing:
		v.Mood, v.Alert = Waiting, false
		if until == "" {
			key = "helpdesk.state.sparing_open"
		}
	case gateway.HelpdeskOff, "":
		v.Mood, v.Alert, key = Off, false, "helpdesk.state.off"
	case gateway.HelpdeskBanned:
		if until == "" {
			key = "helpdesk.state.banned_open"
		}
	}
	if !f.words.has(key) {
		v.Says = string(st.State)
		return v
	}
	v.Says = f.words.say(key, "until", until)
	return v
}

// hourOf is the time of day, with the day when it is another one.
func (f *Frame) hourOf(t time.Time) string {
	local := t.In(f.zone)
	if local.Format(time.DateOnly) == f.now.In(f.zone).Format(time.DateOnly) {
		return local.Format("15:04")
	}
	return local.Format("02.01, 15:04")
}
