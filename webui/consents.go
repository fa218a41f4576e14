package webui

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"vestnik/device"
	"vestnik/gateway"
)

func (s *Server) consentRoutes(a *fiber.App, manager fiber.Handler) {
	a.Get("/campaigns/consents", manager, s.showConsents)
	a.Get("/campaigns/consents.csv", manager, s.exportConsents)
	a.Get("/campaigns/consents/person", manager, s.showConsent)
	a.Post("/campaigns/consents", manager, s.postConsent)
	a.Post("/campaigns/consents/stop", manager, s.postStopList)
}

const (
	// consentsShown is how many words a page shows at first, and how many more with each "more".
	consentsShown = 100
	// maxConsentsShown bounds them: beyond it a search finds a person, and the export has all.
	maxConsentsShown = 1000
	// maxConsentNote bounds what somebody notes, in characters.
	maxConsentNote = 300
	// consentsAtOnce is how many words are kept in one transaction.
	consentsAtOnce = 500
)

type consentsPage struct {
	*Frame
	Tabs    []MenuItem
	Yes, No int
	Answer  string // "", "yes" or "no"
	Search  string
	Kinds   []MenuItem
	Rows    []consentLine
	More    string // address of a longer list; "" at the end
	Longer  bool   // there are more than a page can show
	Typed   consentForm
	Pasted  string
	Refused []refusedLine // lines of a stop list that were not understood
	Kept    int           // numbers of a stop list that were kept; -1: there was none
	// of one person:
	Person  *consentLine
	History []consentLine
	Who     string
}

// consentLine is a word in words.
type consentLine struct {
	gateway.Consent
	Says, From string
	Mood       Mood
	Path       string // the person's history
	CardURL    string // his card in the CRM
}

// consentForm is a word as typed.
type consentForm struct{ Phone, Answer, Note, Customer string }

// refusedLine is a line of a list that is no number.
type refusedLine struct {
	N    int
	Text string
	Says string
}

func (f *Frame) consentLine(c gateway.Consent) consentLine {
	l := consentLine{
		Consent: c, Says: f.words.say("consent.answer." + string(c.Answer)), From: f.words.say("consent.source." + string(c.Source)), Mood: Fine, Path: consentPath(c),
	}
	if c.Answer == device.No {
		l.Mood = Act
	}
	if base := f.settings.RetailCRM.URL; base != "" && c.Customer != 0 {
		l.CardURL = webAddress(base + "/customers/" + strconv.FormatInt(c.Customer, 10))
	}
	return l
}

func consentPath(c gateway.Consent) string {
	q := url.Values{}
	if c.Phone != "" {
		q.Set("phone", string(c.Phone))
	}
	if c.Customer != 0 {
		q.Set("card", strconv.FormatInt(c.Customer, 10))
	}
	return "/campaigns/consents/person?" + q.Encode()
}

// consentAnswer reads "yes" or "no"; Unknown means all.
func consentAnswer(typed string) device.Answer {
	if a := device.Answer(typed); a == device.Yes || a == device.No {
		return a
	}
	return device.Unknown
}

// consentsPage is the list with its forms.
func (s *Server) consentsPage(c *fiber.Ctx) (*consentsPage, error) {
	f, err := s.newFrame(c, "consent.title")
	if err != nil {
		return nil, err
	}
	ctx := c.UserContext()
	p := &consentsPage{Frame: f, Tabs: s.campaignTabs(f), Search: strings.TrimSpace(c.Query("q")), Typed: consentForm{Answer: string(device.No)}, Kept: -1}
	answer := consentAnswer(c.Query("answer"))
	if answer != device.Unknown {
		p.Answer = string(answer)
	}
	if p.Yes, p.No, err = s.o.Invites.ConsentTotals(ctx); err != nil {
		return nil, err
	}
	query := func(answer string, n int) string {
		q := url.Values{}
		if answer != "" {
			q.Set("answer", answer)
		}
		if p.Search != "" {
			q.Set("q", p.Search)
		}
		if n > 0 {
			q.Set("n", strconv.Itoa(n))
		}
		if len(q) == 0 {
			return "/campaigns/consents"
		}
		return "/campaigns/consents?" + q.Encode()
	}
	for _, k := range []struct{ answer, key string }{{"", "consent.all"}, {"no", "consent.only_no"}, {"yes", "consent.only_yes"}} {
		p.Kinds = append(p.Kinds, MenuItem{Path: query(k.answer, 0), Name: f.words.say(k.key), Here: k.answer == p.Answer})
	}
	n, _ := strconv.Atoi(c.Query("n"))
	n = min(max(n, consentsShown), maxConsentsShown)
	list, err := s.o.Invites.ConsentList(ctx, answer, p.Search, n+1, time.Time{})
	if err != nil {
		return nil, err
	}
	if len(list) > n {
		list = list[:n]
		if p.Longer = n == maxConsentsShown; !p.Longer {
			p.More = query(p.Answer, n+consentsShown)
		}
	}
	for _, w := range list {
		p.Rows = append(p.Rows, f.consentLine(w))
	}
	return p, nil
}

func (s *Server) showConsents(c *fiber.Ctx) error {
	p, err := s.consentsPage(c)
	if err != nil {
		return err
	}
	if kept, err := strconv.Atoi(c.Query("kept")); err == nil && kept >= 0 {
		p.Kept = kept
	}
	return s.render(c, fiber.StatusOK, "consents", p)
}

// showConsent is all that a person ever said.
func (s *Server) showConsent(c *fiber.Ctx) error {
	phone, customer, err := s.personAsked(c)
	if err != nil {
		return err
	}
	p, err := s.consentPerson(c, phone, customer)
	if err != nil {
		return err
	}
	return s.render(c, fiber.StatusOK, "consent", p)
}

// personAsked is who an address is about: his number, his card, or both.
func (s *Server) personAsked(c *fiber.Ctx) (device.Phone, int64, error) {
	customer, err := strconv.ParseInt(c.Query("card", "0"), 10, 64)
	if err != nil || customer < 0 {
		return "", 0, fiber.ErrNotFound
	}
	var phone device.Phone
	if raw := c.Query("phone"); raw != "" {
		n, err := device.ParsePhone(raw, "RU") // whole numbers: the country does not matter
		if err != nil {
			return "", 0, fiber.ErrNotFound
		}
		phone = n.Phone
	}
	if phone == "" && customer == 0 {
		return "", 0, fiber.ErrNotFound
	}
	return phone, customer, nil
}

func (s *Server) consentPerson(c *fiber.Ctx, phone device.Phone, customer int64) (*consentsPage, error) {
	f, err := s.newFrame(c, "consent.title")
	if err != nil {
		return nil, err
	}
	p := &consentsPage{Frame: f, Tabs: s.campaignTabs(f), Typed: consentForm{Phone: string(phone), Answer: string(device.No)}, Kept: -1}
	if customer != 0 {
		p.Typed.Customer = strconv.FormatInt(customer, 10)
	}
	p.Who = showPhone(phone)
	if phone == "" {
		p.Who = f.words.say("consent.card", "n", customer)
	}
	now, ok, err := s.o.Invites.ConsentOf(c.UserContext(), phone, customer)
	if err != nil {
		return nil, err
	}
	if ok {
		line := f.consentLine(now)
		p.Person = &line
		if now.Answer == device.No {
			p.Typed.Answer = string(device.Yes)
		}
	}
	words, err := s.o.Invites.ConsentHistory(c.UserContext(), phone, customer)
	if err != nil {
		return nil, err
	}
	for _, w := range words {
		p.History = append(p.History, f.consentLine(w))
	}
	return p, nil
}

// postConsent keeps what a person of the shop was told.
func (s *Server) postConsent(c *fiber.Ctx) error {
	typed := consentForm{
		Phone: strings.TrimSpace(c.FormValue("phone")), Answer: c.FormValue("answer"), Note: strings.TrimSpace(c.FormValue("note")), Customer: c.FormValue("card"),
	}
	settings, err := s.o.Book.Settings(c.UserContext())
	if err != nil {
		return err
	}
	word, err := typed.word(settings.Shop.Region)
	if err != nil {
		return s.consentWrong(c, typed, err)
	}
	word.By = visitorOf(c).User.Name
	if _, err := s.o.Invites.KeepConsents(c.UserContext(), word); err != nil {
		return err
	}
	return c.Redirect(consentPath(word)+"&done=consent", fiber.StatusSeeOther)
}

// word is what was typed as a word. That somebody allows advertising needs a note: where from does
// the shop know?
func (t consentForm) word(region string) (gateway.Consent, error) {
	w := gateway.Consent{Answer: consentAnswer(t.Answer), Source: gateway.ConsentHand, Note: t.Note}
	wrong := gateway.FieldErrors{}
	w.Customer, _ = strconv.ParseInt(t.Customer, 10, 64)
	switch {
	case w.Answer == device.Unknown:
		wrong["answer"] = gateway.ProblemUnknown
	case w.Answer == device.Yes && w.Note == "":
		wrong["note"] = gateway.ProblemRequired
	}
	if len([]rune(w.Note)) > maxConsentNote {
		wrong["note"] = gateway.ProblemTooLong
	}
	if t.Phone != "" || w.Customer <= 0 {
		n, err := device.ParsePhone(t.Phone, region)
		if err != nil {
			return w, errors.Join(err, wrong.OrNil())
		}
		w.Phone = n.Phone
	}
	return w, wrong.OrNil()
}

// consentWrong draws the page from which a word came once more, with what is wrong with it.
func (s *Server) consentWrong(c *fiber.Ctx, typed consentForm, err error) error {
	page := "consents"
	p, pageErr := (*consentsPage)(nil), error(nil)
	if customer, _ := strconv.ParseInt(typed.Customer, 10, 64); c.FormValue("person") != "" && (typed.Phone != "" || customer > 0) {
		page = "consent"
		p, pageErr = s.consentPerson(c, device.Phone(typed.Phone), max(customer, 0))
	} else {
		p, pageErr = s.consentsPage(c)
	}
	if pageErr != nil {
		return pageErr
	}
	p.Typed = typed
	var fields gateway.FieldErrors
	if errors.As(err, &fields) {
		p.explain(fields)
	}
	var phone *device.PhoneError
	if errors.As(err, &phone) {
		p.explain(phone)
	}
	return s.render(c, fiber.StatusUnprocessableEntity, page, p)
}

// postStopList keeps a pasted list of numbers that are not to be written to. Lines that are no
// numbers come back; the others are kept.
func (s *Server) postStopList(c *fiber.Ctx) error {
	settings, err := s.o.Book.Settings(c.UserContext())
	if err != nil {
		return err
	}
	text, note := c.FormValue("numbers"), strings.TrimSpace(c.FormValue("note"))
	words, refused := stopList(text, settings.Shop.Region, s.words[visitorOf(c).lang])
	if len([]rune(note)) > maxConsentNote {
		note = string([]rune(note)[:maxConsentNote])
	}
	by := visitorOf(c).User.Name
	for i := range words {
		words[i].Note, words[i].By = note, by
	}
	for rest := words; len(rest) > 0; {
		n := min(consentsAtOnce, len(rest))
		if _, err := s.o.Invites.KeepConsents(c.UserContext(), rest[:n]...); err != nil {
			return err
		}
		rest = rest[n:]
	}
	if len(refused) == 0 && len(words) > 0 {
		return c.Redirect("/campaigns/consents?answer=no&kept="+strconv.Itoa(len(words)), fiber.StatusSeeOther)
	}
	p, err := s.consentsPage(c)
	if err != nil {
		return err
	}
	p.Kept, p.Refused = len(words), refused
	var left strings.Builder
	for _, r := range refused {
		left.WriteString(r.Text + "\n")
	}
	p.Pasted = left.String()
	if len(words) == 0 && len(refused) == 0 {
		p.Kept = -1
		p.explain(gateway.FieldErrors{"numbers": gateway.ProblemRequired})
	}
	return s.render(c, fiber.StatusUnprocessableEntity, "consents", p)
}

// stopList reads numbers, one or several a line; names beside them are passed over, and what stands
// twice is kept once.
func stopList(text, region string, w *words) (words []gateway.Consent, refused []refusedLine) {
	seen := map[device.Phone]bool{}
	for i, line := range strings.Split(text, "\n") {
		for _, part := range strings.FieldsFunc(line, func(r rune) bool { return r == ',' || r == ';' || r == '\t' || r == '\r' }) {
			if !strings.ContainsAny(part, "0123456789") {
				continue // a name beside the number
			}
			n, err := device.ParsePhone(part, region)
			var bad *device.PhoneError
			switch {
			case errors.As(err, &bad):
				refused = append(refused, refusedLine{i + 1, strings.TrimSpace(part), w.say("phone." + string(bad.Problem))})
			case !seen[n.Phone]:
				seen[n.Phone] = true
				words = append(words, gateway.Consent{Phone: n.Phone, Answer: device.No, Source: gateway.ConsentImport})
			}
		}
	}
	return words, refused
}

// exportConsents is every word in force, for a spreadsheet.
func (s *Server) exportConsents(c *fiber.Ctx) error {
	const all = 300_000
	f, err := s.newFrame(c, "consent.title")
	if err != nil {
		return err
	}
	list, err := s.o.Invites.ConsentList(c.UserContext(), consentAnswer(c.Query("answer")), strings.TrimSpace(c.Query("q")), all, time.Time{})
	if err != nil {
		return err
	}
	rows := [][]string{strings.Split(f.words.say("consent.csv"), ";")}
	for _, word := range list {
		l, card := f.consentLine(word), ""
		if word.Customer != 0 {
			card = strconv.FormatInt(word.Customer, 10)
		}
		rows = append(rows, []string{string(word.Phone), card, l.Says, l.From, word.Note, word.At.In(f.zone).Format(time.DateTime), word.By})
	}
	return sendTable(c, fmt.Sprintf("consents-%s.csv", f.now.In(f.zone).Format(time.DateOnly)), rows)
}
