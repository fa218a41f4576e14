package webui

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"vestnik/device"
	"vestnik/gateway"
)

func (s *Server) inboxRoutes(a *fiber.App) {
	a.Get("/inbox", s.showInbox)
	a.Get("/inbox/:id<int>", s.showTalk)
	a.Post("/inbox/:id<int>/say", s.sayInTalk)
	a.Post("/inbox/:id<int>/seen", s.seeTalk)
	a.Post("/inbox/:id<int>/take", s.takeTalk)
	a.Post("/inbox/:id<int>/release", s.releaseTalk)
	a.Post("/inbox/:id<int>/close", s.closeTalk)
}

type inboxPage struct {
	*Frame
	Only    string
	Search  string
	Tabs    []MenuItem
	Rows    []TalkRow
	Earlier string // address of the page before; "" at the end
	List    string // address of the list, for its refreshing
	Query   string // the list's choice, carried along into a talk
	Talk    *talkView
	Never   bool // nobody has written yet
}

// TalkRow is a conversation in the list.
type TalkRow struct {
	gateway.Conversation
	Path    string
	Who     string
	Where   string
	At      time.Time
	Here    bool
	Waits   bool
	Silent  bool
	Because string
}

// inboxRows is how many conversations one page of the list has.
const inboxRows = 50

func (s *Server) showInbox(c *fiber.Ctx) error {
	p, err := s.inboxFrame(c)
	if err != nil {
		return err
	}
	return s.render(c, fiber.StatusOK, "inbox", p)
}

// inboxFrame is the page with its list, and no talk open.
func (s *Server) inboxFrame(c *fiber.Ctx) (inboxPage, error) {
	f, err := s.newFrame(c, "menu.inbox")
	if err != nil {
		return inboxPage{}, err
	}
	f.Awake = true
	p := inboxPage{Frame: f, Only: c.Query("only"), Search: strings.TrimSpace(c.Query("q"))}
	if part := c.Query("part"); part != "" && part != "list" {
		return p, nil // only the talk is asked for
	}
	filter := gateway.ConversationFilter{Search: p.Search, Limit: inboxRows}
	for _, only := range []string{"", "waiting", "unread", "human"} {
		query := url.Values{}
		if only != "" {
			query.Set("only", only)
		}
		if p.Search != "" {
			query.Set("q", p.Search)
		}
		if only == p.Only {
			filter.Only, p.Query = only, query.Encode()
		}
		p.Tabs = append(p.Tabs, MenuItem{Path: strings.TrimSuffix("/inbox?"+query.Encode(), "?"), Name: f.words.say("inbox.only." + onlyWord(only)), Here: only == p.Only})
	}
	if before, err := time.Parse(time.RFC3339Nano, c.Query("before")); err == nil {
		filter.Before = before
	}
	talks, err := s.o.Talk.Conversations(c.UserContext(), filter)
	if err != nil {
		return p, err
	}
	for _, t := range talks {
		p.Rows = append(p.Rows, s.talkRow(f, t, c.Params("id"), p.Query))
	}
	p.Never = len(talks) == 0 && p.Only == "" && p.Search == "" && filter.Before.IsZero()
	p.List = "/inbox?part=list&" + p.Query
	if id := c.Params("id"); id != "" {
		p.List = "/inbox/" + id + "?part=list&" + p.Query
	}
	if !filter.Before.IsZero() {
		p.List += "&before=" + url.QueryEscape(c.Query("before"))
	}
	if len(talks) == inboxRows {
		p.Earlier = "/inbox?" + p.Query + "&before=" + url.QueryEscape(lastWord(talks[len(talks)-1]).UTC().Format(time.RFC3339Nano))
	}
	return p, nil
}

// listChoice is the choice of a list as it came from a form, cleaned of everything else.
func listChoice(raw string) string {
	query, err := url.ParseQuery(raw)
	if err != nil {
		return ""
	}
	kept := url.Values{}
	for _, name := range []string{"only", "q"} {
		if v := query.Get(name); v != "" {
			kept.Set(name, v)
		}
	}
	return kept.Encode()
}

func onlyWord(only string) string {
	if only == "" {
		return "all"
	}
	return only
}

func (s *Server) talkRow(f *Frame, t gateway.Conversation, here, query string) TalkRow {
	id := strconv.FormatInt(int64(t.ID), 10)
	r := TalkRow{
		Conversation: t, Path: strings.TrimSuffix("/inbox/"+id+"?"+query, "?"), Who: whoWrites(f, t), Where: placeOf(f, t), At: lastWord(t),
		Here: id == here, Waits: t.Waits(), Silent: t.SilentUntil.After(f.now),
	}
	if r.Waits {
		r.Because = botReason(f, t.CalledWhy, nil)
	}
	return r
}

func lastWord(t gateway.Conversation) time.Time {
	if t.SaidAt.After(t.HeardAt) {
		return t.SaidAt
	}
	return t.HeardAt
}

// whoWrites is the customer as the list calls him: by his name, else by his number.
func whoWrites(f *Frame, t gateway.Conversation) string {
	switch {
	case t.Name != "":
		return t.Name
	case t.Phone != "":
		return showPhone(t.Phone)
	}
	return f.words.say("inbox.nameless")
}

// placeOf is where the customer writes, in a word.
func placeOf(f *Frame, t gateway.Conversation) string {
	if t.Channel != device.Chat {
		return channelName(t.Channel, f.words)
	}
	return messengerName(f.words, t.Chat.Messenger)
}

// messengerName is a messenger of the CRM by its name, or as the CRM calls it when it is
// new to us.
func messengerName(w *words, messenger string) string {
	if key := "messenger." + messenger; w.has(key) {
		return w.say(key)
	}
	if messenger != "" {
		return messenger
	}
	return w.say("channel.chat")
}
