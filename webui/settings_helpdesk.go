package webui

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"vestnik/gateway"
)

func (s *Server) helpdeskRoutes(a *fiber.App, manager, owner fiber.Handler) {
	a.Get("/settings/helpdesk", manager, s.showHelpdesk)
	a.Post("/settings/helpdesk", manager, s.postHelpdesk)
	a.Post("/settings/helpdesk/access", owner, s.postHelpdeskAccess)
	a.Post("/settings/helpdesk/book", manager, s.rereadHelpdesk)
	a.Post("/settings/helpdesk/panel", owner, s.postPanelSecret)
	a.Post("/settings/helpdesk/plugin", owner, s.postPlugin)
	a.Get("/settings/helpdesk/plugin.html", manager, s.downloadPlugin)
	a.Get("/card/embed/token", s.showEmbedToken)
	a.Post("/card/embed/token", s.giveEmbedToken)
}

// PluginKeys is a Support that signs cards for the helpdesk's plugin.
type PluginKeys interface {
	// PluginKey is the public key, as PEM, that the plugin checks cards with; "" before there is one.
	PluginKey(ctx context.Context) (string, error)
}

type helpdeskPage struct {
	settingsFrame
	Now    helpdeskState
	Access accessForm
	Read   time.Time // the dictionaries; zero: never
	Rest   *helpdeskForm
	Doors  helpdeskDoors
}

// accessForm is the way to the helpdesk as typed. The key is never written back.
type accessForm struct {
	URL, Email string
	HasKey     bool
	Ticket     string
	Tried      *helpdeskTried
}

// helpdeskTried is the outcome of a trial, with both sides' rights.
type helpdeskTried struct {
	Mood   Mood
	Says   string
	Who    string
	Seen   string
	Here   []triedRight
	There  []triedRight // in the CRM
	Left   bool
	Cause  string
	NoCRM  string
	Wanted bool // a right is missing that the work needs
}

// triedRight is a right with what was found and what to do about it.
type triedRight struct {
	Says, Word, Do string
	Mood           Mood
	Code, Cause    string
}

// helpdeskForm is everything else, when the dictionaries are known.
type helpdeskForm struct {
	gateway.HelpdeskSettings
	PollSeconds, PerMinuteTyped, KeepTyped, Hour string
	DigestCustomer                               string
	Domains                                      string
	Closed                                       []Choice
	Ranks                                        []rankRow
	FieldRows                                    []fieldRow
	Hidden                                       []gateway.HelpdeskEntry // fields that requesters see
	Unknowns                                     []gateway.UnknownRequester
	Sites                                        []Choice
	Statuses                                     []noticeRow
	Staff                                        []Choice
	Departments                                  []Choice
	CriticalChoices                              []Choice
	Digests                                      []gateway.DigestKind
	Users                                        []Choice
	Weekdays                                     []Choice
	Dirty                                        bool // something was moved and is not saved
}

type rankRow struct {
	ID, Name    string
	First, Last bool
	N           int
}

type fieldRow struct {
	Name    string // "customer", "vip"…
	Choices []Choice
}

type noticeRow struct {
	Code, Name, Heading         string
	Delivery, Problem, Critical bool
	Gone                        bool // the CRM has no such status any more
}

// helpdeskDoors are the other doors to the card.
type helpdeskDoors struct {
	Frame     string
	EmbedURL  string
	Panel     bool
	PanelURL  string
	Made      string // a new secret, shown this once
	Plugin    bool
	PluginKey string
}

func (s *Server) helpdeskPage(c *fiber.Ctx, h gateway.HelpdeskSettings) (*helpdeskPage, error) {
	f, err := s.settingsFrame(c)
	if err != nil {
		return nil, err
	}
	p := &helpdeskPage{settingsFrame: f, Now: s.helpdeskState(f.Frame), Access: accessForm{URL: h.URL, Email: h.Email, HasKey: f.settings.Helpdesk.Key != ""}}
	book, err := s.o.Support.HelpdeskBook(c.UserContext(), false)
	if err == nil && !book.At.IsZero() {
		p.Read = book.At
		p.Rest, err = s.helpdeskForm(c, f.Frame, h, book)
	}
	if err != nil {
		return p, err
	}
	own := baseOf(c, h)
	p.Doors = helpdeskDoors{Frame: h.Embed.Frame, EmbedURL: own + "/card/embed", Panel: h.Embed.Panel, PanelURL: own + "/panel/v1/lookup", Plugin: h.Embed.Mailbox != ""}
	if k, ok := s.o.Support.(PluginKeys); ok && p.Doors.Plugin {
		if p.Doors.PluginKey, err = k.PluginKey(c.UserContext()); err != nil {
			s.o.Logger.Warn("the plugin's key could not be read", "error", err)
		}
	}
	return p, nil
}

// baseOf is the address under which operators reach this box: the one of the settings, else the
// one that this browser used.
func baseOf(c *fiber.Ctx, h gateway.HelpdeskSettings) string {
	if h.CardURL != "" {
		return strings.TrimRight(h.CardURL, "/")
	}
	return strings.TrimRight(c.BaseURL(), "/")
}

func (s *Server) helpdeskForm(c *fiber.Ctx, f *Frame, h gateway.HelpdeskSettings, book gateway.HelpdeskBook) (*helpdeskForm, error) {
	ref, err := s.o.Book.Reference(c.UserContext())
	if err != nil {
		return nil, err
	}
	v := &helpdeskForm{
		HelpdeskSettings: h, PollSeconds: strconv.Itoa(int(h.Poll / time.Second)), PerMinuteTyped: strconv.Itoa(h.PerMinute), KeepTyped: strconv.Itoa(h.KeepDays),
		Hour: strconv.Itoa(h.Digest.Hour), Domains: strings.Join(h.IgnoreDomains, "\n"), Unknowns: gateway.UnknownRequesters, Digests: gateway.DigestKinds,
	}
	if h.Digest.Customer != 0 {
		v.DigestCustomer = strconv.FormatInt(h.Digest.Customer, 10)
	}
	v.Closed = entryChoices(book.Statuses, h.Closed...)
	v.Ranks = rankRows(book.Priorities, h.Ranking)
	v.FieldRows, v.Hidden = fieldRows(book.Fields, h.Fields)
	v.Statuses = noticeRows(ref, h)
	v.Departments = entryChoices(book.Departments, h.InternalDepartment)
	v.CriticalChoices = entryChoices(book.Priorities, h.CriticalPriority)
	v.Staff = entryChoices(book.Staff, strconv.FormatInt(h.InternalRequester, 10))
	v.Sites = s.siteChoices(c.UserContext(), h.UnknownSite)
	for _, u := range within(c.UserContext(), s.o.Support.CRMUsers) {
		if u.Active || u.ID == h.Digest.User {
			v.Users = append(v.Users, Choice{strconv.FormatInt(u.ID, 10), u.Name, u.ID == h.Digest.User})
		}
	}
	for i := range 7 {
		day := time.Weekday((i + 1) % 7)
		v.Weekdays = append(v.Weekdays, Choice{strconv.Itoa(int(day)), f.words.say("weekday." + strconv.Itoa(int(day))), day == h.Digest.Weekday})
	}
	return v, nil
}

func entryChoices(list []gateway.HelpdeskEntry, chosen ...string) []Choice {
	var out []Choice
	for _, e := range list {
		out = append(out, Choice{e.ID, cmp.Or(e.Name, e.ID), slices.Contains(chosen, e.ID)})
	}
	for _, id := range chosen { // what is gone over there is not forgotten here behind one's back
		if _, ok := gateway.Entry(list, id); !ok && id != "" && id != "0" {
			out = append(out, Choice{id, id, true})
		}
	}
	return out
}

// rankRows are the priorities, the most urgent first: that is how people rank.
func rankRows(list []gateway.HelpdeskEntry, ranking []string) []rankRow {
	var rows []rankRow
	for _, id := range ranking {
		if e, ok := gateway.Entry(list, id); ok {
			rows = append(rows, rankRow{ID: id, Name: cmp.Or(e.Name, id)})
		}
	}
	for _, e := range list {
		if !slices.Contains(ranking, e.ID) {
			rows = append(rows, rankRow{ID: e.ID, Name: cmp.Or(e.Name, e.ID)})
		}
	}
	slices.Reverse(rows)
	for i := range rows {
		rows[i].First, rows[i].Last, rows[i].N = i == 0, i == len(rows)-1, i+1
	}
	return rows
}

func fieldRows(list []gateway.HelpdeskEntry, chosen map[string]string) (rows []fieldRow, public []gateway.HelpdeskEntry) {
	var mayBe []gateway.HelpdeskEntry
	for _, e := range list {
		if e.Public {
			public = append(public, e)
		} else {
			mayBe = append(mayBe, e)
		}
	}
	for _, name := range gateway.HelpdeskFields {
		rows = append(rows, fieldRow{Name: name, Choices: entryChoices(mayBe, chosen[name])})
	}
	return rows, public
}

func noticeRows(ref gateway.Reference, h gateway.HelpdeskSettings) []noticeRow {
	var rows []noticeRow
	group := ""
	add := func(code, name, heading string, gone bool) {
		r := noticeRow{Code: code, Name: name, Delivery: slices.Contains(h.Delivery, code), Problem: slices.Contains(h.Problem, code), Critical: slices.Contains(h.Critical, code), Gone: gone}
		if heading != group {
			r.Heading, group = heading, heading
		}
		rows = append(rows, r)
	}
	for _, st := range ref.Statuses {
		if st.Active || slices.Contains(slices.Concat(h.Delivery, h.Problem, h.Critical), st.Code) {
			add(st.Code, st.Name, st.Group, !st.Active)
		}
	}
	seen := map[string]bool{}
	for _, code := range slices.Concat(h.Delivery, h.Problem, h.Critical) {
		if _, ok := ref.Status(code); !ok && !seen[code] {
			seen[code] = true
			add(code, code, "", true)
		}
	}
	return rows
}

func (s *Server) showHelpdesk(c *fiber.Ctx) error {
	settings, err := s.o.Book.Settings(c.UserContext())
	if err != nil {
		return err
	}
	p, err := s.helpdeskPage(c, settings.Helpdesk)
	if err != nil {
		return err
	}
	return s.render(c, fiber.StatusOK, "settings_helpdesk", p)
}

// postHelpdeskAccess tries the address and the key and, when asked to save and they work,
// keeps them.
func (s *Server) postHelpdeskAccess(c *fiber.Ctx) error {
	settings, err := s.o.Book.Settings(c.UserContext())
	if err != nil {
		return err
	}
	old := settings.Helpdesk
	typed := old
	typed.URL, typed.Email = cleanURL(c.FormValue("url")), strings.TrimSpace(c.FormValue("email"))
	key := strings.TrimSpace(c.FormValue("key"))
	p, err := s.helpdeskPage(c, typed)
	if err != nil {
		return err
	}
	p.Access.Ticket = strings.TrimSpace(c.FormValue("ticket"))
	if c.FormValue("do") == "off" {
		settings.Helpdesk.Enabled = false
		return s.keepHelpdesk(c, settings, p, "helpdesk_off")
	}
	wrong := gateway.FieldErrors{}
	if typed.URL == "" {
		wrong["helpdesk.url"] = gateway.ProblemRequired
	}
	if typed.Email == "" {
		wrong["helpdesk.email"] = gateway.ProblemRequired
	}
	if key == "" && (old.Key == "" || typed.URL != old.URL || typed.Email != old.Email) {
		// The saved key belongs to the saved address and person, and is shown to no other.
		wrong["helpdesk.key"] = gateway.ProblemRequired
	}
	ticket, err := strconv.ParseInt(cmp.Or(p.Access.Ticket, "0"), 10, 64)
	if err != nil || ticket < 0 {
		wrong["ticket"] = gateway.ProblemRange
	}
	if err := wrong.OrNil(); err != nil {
		p.explain(err)
		return s.render(c, fiber.StatusUnprocessableEntity, "settings_helpdesk", p)
	}
	test, err := s.o.Support.TestHelpdesk(c.UserContext(), typed.URL, typed.Email, key, gateway.TicketID(ticket))
	if err != nil {
		p.explain(err)
		return s.render(c, fiber.StatusUnprocessableEntity, "settings_helpdesk", p)
	}
	p.Access.Tried = s.helpdeskTried(c.UserContext(), p.Frame, test)
	works := test.State == gateway.HelpdeskConnected || test.State == gateway.HelpdeskMissingRight && c.FormValue("do") == "anyway"
	if c.FormValue("do") == "try" {
		return s.render(c, fiber.StatusOK, "settings_helpdesk", p)
	}
	if !works || p.Access.Tried.Wanted && c.FormValue("do") != "anyway" {
		p.Wrong = p.words.say("crm.not_saved")
		return s.render(c, fiber.StatusUnprocessableEntity, "settings_helpdesk", p)
	}
	settings.Helpdesk.URL, settings.Helpdesk.Email, settings.Helpdesk.Enabled = typed.URL, typed.Email, true
	if key != "" {
		settings.Helpdesk.Key = key
	}
	return s.keepHelpdesk(c, settings, p, "helpdesk_on")
}

// keepHelpdesk saves, or shows the form again with what is wrong.
func (s *Server) keepHelpdesk(c *fiber.Ctx, settings gateway.Settings, p *helpdeskPage, done string) error {
	if err := s.o.Desk.SaveSettings(c.UserContext(), settings, visitorOf(c).User.Name); err != nil {
		p.explain(err)
		return s.render(c, fiber.StatusUnprocessableEntity, "settings_helpdesk", p)
	}
	if done == "helpdesk_on" {
		if _, err := s.o.Support.HelpdeskBook(c.UserContext(), true); err != nil {
			s.o.Logger.Warn("the helpdesk's dictionaries could not be read yet", "error", err)
		}
	}
	return c.Redirect("/settings/helpdesk?done="+done, fiber.StatusSeeOther)
}

func (s *Server) helpdeskTried(ctx context.Context, f *Frame, t gateway.HelpdeskTest) *helpdeskTried {
	st := helpdeskWords(f, t.HelpdeskStatus)
	v := &helpdeskTried{Mood: st.Mood, Says: st.Says, Left: t.Left, Cause: t.Cause}
	if t.Me.Name != "" || t.Me.Email != "" {
		v.Who = strings.TrimSpace(t.Me.Name + " " + t.Me.Email)
	}
	if t.State == gateway.HelpdeskConnected || t.State == gateway.HelpdeskMissingRight {
		v.Seen, _ = f.words.tn("helpdesk.sees", t.Tickets)
	}
	for _, r := range t.Rights {
		line := triedRight{Says: r.Name, Code: r.Name, Cause: r.Cause}
		if key := "helpdesk.right." + r.Name; f.words.has(key) {
			line.Says = f.words.say(key)
		}
		line.Mood, line.Word = rightWord(f, r.State)
		switch {
		case r.State == gateway.RightMissing && r.Needed:
			line.Do, v.Wanted = f.words.say("helpdesk.right_add"), true
		case r.State == gateway.RightMissing:
			line.Mood, line.Do = Off, f.words.say("helpdesk.right_useful")
		case r.State == gateway.RightExcess:
			line.Do = f.words.say("helpdesk.right_excess")
		case r.State == gateway.RightUntried && r.Name == "comment_write":
			line.Do = f.words.say("helpdesk.right_try_comment")
		}
		v.Here = append(v.Here, line)
	}
	rights, err := s.o.Support.CRMRights(ctx)
	if err != nil {
		_, key := statusOf(err)
		v.NoCRM = f.words.say(key)
	}
	for _, r := range rights {
		line := triedRight{Says: rightLines(f.words, []string{r.Name})[0].Says, Code: r.Name}
		line.Mood, line.Word = rightWord(f, r.State)
		if r.State == gateway.RightMissing {
			line.Do = r.Loss
		}
		if r.State == gateway.RightExcess {
			line.Do = f.words.say("helpdesk.right_excess_crm")
		}
		v.There = append(v.There, line)
	}
	return v
}

func rightWord(f *Frame, st gateway.RightState) (Mood, string) {
	mood := map[gateway.RightState]Mood{gateway.RightThere: Fine, gateway.RightMissing: Act, gateway.RightExcess: Act}[st]
	return cmp.Or(mood, Off), f.words.say("helpdesk.right_state." + string(st))
}

func (s *Server) rereadHelpdesk(c *fiber.Ctx) error {
	if _, err := s.o.Support.HelpdeskBook(c.UserContext(), true); err != nil {
		return err
	}
	return c.Redirect("/settings/helpdesk?done=helpdesk_book", fiber.StatusSeeOther)
}

// postHelpdesk keeps everything but the secrets. With a button that moves a priority nothing is
// saved: the form comes back as it would be.
func (s *Server) postHelpdesk(c *fiber.Ctx) error {
	settings, err := s.o.Book.Settings(c.UserContext())
	if err != nil {
		return err
	}
	h, wrong := readHelpdesk(c, settings.Helpdesk)
	if move := c.FormValue("move"); move != "" {
		h.Ranking = movedRank(h.Ranking, move)
		p, err := s.helpdeskPage(c, h)
		if err != nil {
			return err
		}
		if p.Rest != nil {
			p.Rest.Dirty = true
			keepTyped(c, p.Rest)
		}
		return s.render(c, fiber.StatusOK, "settings_helpdesk", p)
	}
	settings.Helpdesk = h
	if err = wrong.OrNil(); err == nil {
		err = s.o.Desk.SaveSettings(c.UserContext(), settings, visitorOf(c).User.Name)
	}
	if err == nil {
		return c.Redirect("/settings/helpdesk?done=saved", fiber.StatusSeeOther)
	}
	p, pageErr := s.helpdeskPage(c, h)
	if pageErr != nil {
		return pageErr
	}
	p.explain(err)
	p.explain(settings.Validate()) // all that is wrong at once
	p.explain(wrong.OrNil())
	if p.Rest != nil {
		keepTyped(c, p.Rest)
	}
	return s.render(c, fiber.StatusUnprocessableEntity, "settings_helpdesk", p)
}

// keepTyped shows numbers as they were typed.
func keepTyped(c *fiber.Ctx, v *helpdeskForm) {
	v.PollSeconds, v.PerMinuteTyped, v.KeepTyped = c.FormValue("poll"), c.FormValue("per_minute"), c.FormValue("keep_days")
	v.Hour, v.DigestCustomer = c.FormValue("digest_hour"), c.FormValue("digest_customer")
}

func readHelpdesk(c *fiber.Ctx, old gateway.HelpdeskSettings) (gateway.HelpdeskSettings, gateway.FieldErrors) {
	h, wrong := old, gateway.FieldErrors{}
	on := func(name string) bool { return c.FormValue(name) != "" }
	text := func(name string) string { return strings.TrimSpace(c.FormValue(name)) }
	number := func(name, field string) int64 {
		if text(name) == "" {
			return 0
		}
		n, err := strconv.ParseInt(text(name), 10, 64)
		if err != nil || n < 0 {
			wrong[field] = gateway.ProblemRange
		}
		return n
	}
	h.Poll = time.Duration(min(number("poll", "helpdesk.poll"), 100_000)) * time.Second
	h.PerMinute = int(min(number("per_minute", "helpdesk.per_minute"), 100_000))
	h.KeepDays = int(min(number("keep_days", "helpdesk.keep_days"), 100_000))
	h.CardURL = text("card_url")
	h.Comment, h.Sparse = on("comment"), on("sparse")
	h.Fields = map[string]string{}
	for _, name := range gateway.HelpdeskFields {
		if id := text("field_" + name); id != "" {
			h.Fields[name] = id
		}
	}
	h.Closed = formValues(c, "closed")
	h.IgnoreDomains = strings.Fields(strings.ReplaceAll(strings.ToLower(c.FormValue("domains")), ",", " "))
	h.Unknown, h.UnknownSite = gateway.UnknownRequester(c.FormValue("unknown")), text("unknown_site")
	h.NoteTickets, h.NotifyManager, h.ManagerTask = on("note_tickets"), on("notify_manager"), on("manager_task")
	h.Delivery, h.Problem, h.Critical = formValues(c, "delivery"), formValues(c, "problem"), formValues(c, "critical")
	h.CriticalPriority = text("critical_priority")
	h.InternalRequester, h.InternalDepartment = number("internal_requester", "helpdesk.internal_requester"), text("internal_department")
	// An order that nobody looked at is no ranking: ids say nothing of urgency.
	if ranks := formValues(c, "rank"); len(ranks) > 0 && (on("rank_ok") || on("move")) {
		slices.Reverse(ranks)
		h.Ranking = ranks
	}
	h.Digest = gateway.DigestSettings{
		As: gateway.DigestKind(c.FormValue("digest")), User: number("digest_user", "helpdesk.digest.user"), Customer: number("digest_customer", "helpdesk.digest.customer"),
		Weekday: time.Weekday(number("digest_day", "helpdesk.digest.hour")), Hour: int(min(number("digest_hour", "helpdesk.digest.hour"), 99)),
	}
	h.Embed.Frame = cleanOrigin(text("frame"))
	return h, wrong
}

// cleanOrigin takes what people copy from the address bar and leaves the origin of it.
func cleanOrigin(raw string) string {
	if u, err := url.Parse(raw); err == nil && u.Host != "" && u.User == nil && (u.Scheme == "http" || u.Scheme == "https") {
		return u.Scheme + "://" + strings.ToLower(u.Host)
	}
	return raw
}

// movedRank moves a priority up or down: "up:3". The ranking goes from the least urgent to the most.
func movedRank(ranking []string, move string) []string {
	way, id, _ := strings.Cut(move, ":")
	list := slices.Clone(ranking)
	i := slices.Index(list, id)
	to := i + 1
	if way == "down" {
		to = i - 1
	}
	if i >= 0 && to >= 0 && to < len(list) {
		list[i], list[to] = list[to], list[i]
	}
	return list
}

// postPanelSecret makes a new secret for other helpdesks, or closes the door. The secret is drawn in
// this answer and nowhere else, so there is no redirect.
func (s *Server) postPanelSecret(c *fiber.Ctx) error {
	settings, err := s.o.Book.Settings(c.UserContext())
	if err != nil {
		return err
	}
	made := ""
	if c.FormValue("do") == "new" {
		made = newSecret()
		settings.Helpdesk.Embed.Panel, settings.Helpdesk.Embed.PanelSecret = true, made
	} else {
		settings.Helpdesk.Embed.Panel, settings.Helpdesk.Embed.PanelSecret = false, ""
	}
	return s.saveDoor(c, settings, made)
}

// postPlugin keeps the address of the plugin's mailbox, or forgets it.
func (s *Server) postPlugin(c *fiber.Ctx) error {
	settings, err := s.o.Book.Settings(c.UserContext())
	if err != nil {
		return err
	}
	box := strings.TrimSpace(c.FormValue("mailbox"))
	switch {
	case c.FormValue("do") == "off":
		box = ""
	case box == "":
		p, err := s.helpdeskPage(c, settings.Helpdesk)
		if err != nil {
			return err
		}
		p.explain(gateway.FieldErrors{"helpdesk.embed.mailbox": gateway.ProblemRequired})
		return s.render(c, fiber.StatusUnprocessableEntity, "settings_helpdesk", p)
	}
	settings.Helpdesk.Embed.Mailbox = box
	return s.saveDoor(c, settings, "")
}

func (s *Server) saveDoor(c *fiber.Ctx, settings gateway.Settings, made string) error {
	saveErr := s.o.Desk.SaveSettings(c.UserContext(), settings, visitorOf(c).User.Name)
	if saveErr == nil && made == "" {
		return c.Redirect("/settings/helpdesk?done=saved", fiber.StatusSeeOther)
	}
	shown, err := s.o.Book.Settings(c.UserContext())
	if err != nil {
		return err
	}
	p, err := s.helpdeskPage(c, shown.Helpdesk)
	if err != nil {
		return err
	}
	if saveErr != nil {
		p.explain(saveErr)
		return s.render(c, fiber.StatusUnprocessableEntity, "settings_helpdesk", p)
	}
	p.Doors.Made = made
	return s.render(c, fiber.StatusOK, "settings_helpdesk", p)
}
