package webui

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"vestnik/device"
	"vestnik/gateway"
)

func (s *Server) journalRoutes(a *fiber.App) {
	a.Get("/journal", s.showJournal)
	a.Get("/journal/:id<int>", s.showDecision)
	a.Get("/messages/:id<int>", s.showMessage)
	a.Post("/messages/:id<int>/cancel", s.cancelMessage)
	a.Post("/messages/:id<int>/leave", s.leaveMessage)
	a.Post("/messages/:id<int>/again", s.sendAgain)
	a.Post("/effects/:id<int>/retry", s.retryEffect)
	a.Post("/effects/:id<int>/drop", s.dropEffect)
}

type journalPage struct {
	*Frame
	Rows     []JournalLine
	Earlier  string // address of the page before; "" at the end
	Later    bool   // this is not the newest page
	Filtered bool
	Filter   gateway.DecisionFilter
	Rules    []gateway.Rule
	States   []Choice
	Live     string // address of the part that refreshes itself
}

// Choice is an option of a select.
type Choice struct {
	Value, Name string
	Chosen      bool
}

// JournalLine is a row as shown.
type JournalLine struct {
	gateway.JournalRow
	Path    string
	Mood    Mood
	Word    string
	Because string
}

func (s *Server) showJournal(c *fiber.Ctx) error {
	f, err := s.newFrame(c, "menu.journal")
	if err != nil {
		return err
	}
	p := journalPage{Frame: f, Filter: journalFilter(c), Later: c.Query("cursor") != ""}
	rows, next, err := s.o.Journal.Decisions(c.UserContext(), p.Filter)
	if err != nil {
		return err
	}
	for _, r := range rows {
		p.Rows = append(p.Rows, s.journalLine(f, r))
	}
	if p.Rules, err = s.o.Book.Rules(c.UserContext()); err != nil {
		return err
	}
	query := filterQuery(p.Filter)
	p.Filtered = len(query) > 0
	p.Live = "/journal?part=rows&" + query.Encode()
	if next != "" {
		query.Set("cursor", next)
		p.Earlier = "/journal?" + query.Encode()
	}
	for _, st := range gateway.States {
		p.States = append(p.States, Choice{string(st), gateway.StateWord(st, f.Lang), st == p.Filter.State})
	}
	return s.render(c, fiber.StatusOK, "journal", p)
}

// journalFilter reads the filters of the address; what is no filter is ignored.
func journalFilter(c *fiber.Ctx) gateway.DecisionFilter {
	f := gateway.DecisionFilter{Search: strings.TrimSpace(c.Query("q")), Cursor: c.Query("cursor"), Limit: 50}
	if v := gateway.Verdict(c.Query("verdict")); v == gateway.Send || v == gateway.Skip {
		f.Verdict = v
	}
	if st := gateway.State(c.Query("state")); st.Known() {
		f.State = st
	}
	if ch := device.Channel(c.Query("channel")); ch.Known() {
		f.Channel = ch
	}
	if id, err := strconv.ParseInt(c.Query("rule"), 10, 64); err == nil {
		f.RuleID = gateway.RuleID(id)
	}
	return f
}

// filterQuery is the filter as an address, without the cursor.
func filterQuery(f gateway.DecisionFilter) url.Values {
	q := url.Values{}
	set := func(k, v string) {
		if v != "" {
			q.Set(k, v)
		}
	}
	set("verdict", string(f.Verdict))
	set("state", string(f.State))
	set("channel", string(f.Channel))
	set("q", f.Search)
	if f.RuleID != 0 {
		set("rule", strconv.FormatInt(int64(f.RuleID), 10))
	}
	return q
}

func (s *Server) journalLine(f *Frame, r gateway.JournalRow) JournalLine {
	l := JournalLine{JournalRow: r, Path: "/journal/" + strconv.FormatInt(r.ID, 10), Mood: Off}
	if r.Sent == nil {
		l.Word, l.Because = f.words.say("journal.skip"), f.Says(r.Reason, r.Args)
		return l
	}
	l.Path = "/messages/" + strconv.FormatInt(int64(r.Sent.ID), 10)
	l.Word, l.Mood, l.Because = gateway.StateWord(r.Sent.State, f.Lang), stateMood(r.Sent.State), s.messageSays(f, *r.Sent)
	if r.Verdict == gateway.Skip { // the older message of the same order is named, not made
		l.Word, l.Mood, l.Because = f.words.say("journal.skip"), Off, f.Says(r.Reason, r.Args)
	}
	return l
}

func stateMood(st gateway.State) Mood {
	switch st {
	case gateway.Delivered, gateway.Read:
		return Fine
	case gateway.Failed, gateway.UnknownState:
		return Act
	case gateway.Expired, gateway.Cancelled:
		return Off
	}
	return Waiting
}

// messageSays is the reason of a message's state in a sentence. The list has no trace
// to take the details from, so they come from the message itself; a sentence that
// would have a gap is replaced by a plain one.
func (s *Server) messageSays(f *Frame, m gateway.Message) string {
	args := gateway.Args{"channel": string(m.Channel), "attempt": strconv.Itoa(max(m.Attempts, 1)), "rule": m.Rule}
	if !m.NotBefore.IsZero() {
		args["until_at"] = gateway.At(m.NotBefore)
	}
	if !m.ResolveAt.IsZero() {
		args["until_at"] = gateway.At(m.ResolveAt)
	}
	for _, l := range s.o.Desk.Links() {
		if l.Channel == m.Channel {
			args["state"] = string(l.State)
		}
	}
	if limit := limitOf(f.settings, m); limit != "" {
		args["limit"] = limit
	}
	reason := m.Reason
	if args["state"] == string(device.LinkConnected) && (reason == gateway.WaitingLink || reason == gateway.LinkDownTooLong) {
		reason = gateway.InQueue // the link has just come back
	}
	says := f.Says(reason, args)
	if strings.ContainsAny(says, "{}") {
		return f.words.say("journal.see")
	}
	return says
}

// limitOf is the limit that a message waits for, as it is set now.
func limitOf(s gateway.Settings, m gateway.Message) string {
	pace := s.WhatsApp.PaceSettings
	if m.Channel == device.SMS {
		pace = s.SMS.PaceSettings
	}
	switch m.Reason {
	case gateway.CapHour:
		return strconv.Itoa(pace.PerHour)
	case gateway.CapDay:
		return strconv.Itoa(pace.PerDay)
	case gateway.CapNewChats:
		return strconv.Itoa(s.WhatsApp.NewChatsPerDay)
	}
	return ""
}
