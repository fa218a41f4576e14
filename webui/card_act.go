package webui

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/support"
)

// cardDo is the one form that lies open on a card.
type cardDo struct {
	What    string // write, note or task; "" when none is open
	Done    string // what was just done, in place of the form
	Key     string // the same key is done once
	Text    string
	To      string
	Channel string
	Phones  []Choice
	Users   []Choice
	Due     string
	NoPhone bool
	Warn    map[string]string // by channel: why a message would wait
}

// cardDeeds are the forms of a card.
var cardDeeds = []string{"write", "note", "task"}

const (
	maxNote = 2000
	maxTask = 200 // the CRM takes no more
)

// prepareDo opens a form as it is at first.
func (s *Server) prepareDo(c *fiber.Ctx, p *cardPage, what string) error {
	if what == "" || oneOf(what, cardDeeds) != what {
		return nil
	}
	p.Do = cardDo{What: what, Key: newSecret(), Channel: string(device.WhatsApp)}
	return s.fillDo(c, p)
}

// fillDo adds the choices to the form that lies open.
func (s *Server) fillDo(c *fiber.Ctx, p *cardPage) error {
	k, err := s.o.Support.Card(c.UserContext(), p.Card.Customer, CardLook{})
	if err != nil {
		return err
	}
	switch p.Do.What {
	case "write":
		for _, n := range phonesOf(k.Profile.Phones, p.Shop.Region) {
			p.Do.Phones = append(p.Do.Phones, Choice{string(n), showPhone(n), string(n) == p.Do.To})
		}
		p.Do.NoPhone = len(p.Do.Phones) == 0
		p.Do.Warn = map[string]string{}
		for _, l := range s.o.Desk.Links() {
			if l.Channel != device.Chat && !l.CanReply() {
				p.Do.Warn[string(l.Channel)] = device.LinkWords(l.Channel, l.State, p.Lang).What + " " + p.words.say("inbox.waits_link")
			}
		}
	case "task":
		chosen := c.FormValue("performer")
		if chosen == "" && k.Manager != nil {
			chosen = strconv.FormatInt(k.Manager.ID, 10)
		}
		users := within(c.UserContext(), s.o.Support.CRMUsers)
		if len(users) == 0 && k.Manager != nil {
			users = []gateway.CRMUser{*k.Manager}
		}
		for _, u := range users {
			id := strconv.FormatInt(u.ID, 10)
			if u.Active || id == chosen {
				p.Do.Users = append(p.Do.Users, Choice{id, u.Name, id == chosen})
			}
		}
		if p.Do.Due == "" && c.Method() == fiber.MethodGet {
			p.Do.Due = tomorrowNoon(p.now.In(p.zone)).Format(dueLayout)
		}
	}
	return nil
}

const dueLayout = "2006-01-02T15:04"

func tomorrowNoon(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day()+1, 12, 0, 0, 0, t.Location())
}

func phonesOf(raw []string, region string) []device.Phone {
	var list []device.Phone
	for _, r := range raw {
		if n, err := device.ParsePhone(r, region); err == nil {
			list = append(list, n.Phone)
		}
	}
	return list
}

// insertStatus fills the box for a message with what a customer is told of an order; what was
// typed before stays above it.
func (s *Server) insertStatus(c *fiber.Ctx) error {
	id, ticket := cardIDs(c)
	p, err := s.cardPage(c, id, ticket)
	if err != nil || p.Card == nil {
		return orAway(err)
	}
	order, _ := strconv.ParseInt(c.FormValue("order"), 10, 64)
	p.Do = cardDo{What: "write", Key: keyOf(c), Text: typedText(c), To: c.FormValue("to"), Channel: channelOf(c)}
	status := fiber.StatusOK
	text, err := s.o.Support.StatusText(c.UserContext(), id, gateway.OrderID(order))
	if err != nil {
		p.explain(err)
		status = fiber.StatusUnprocessableEntity
	} else if !strings.Contains(p.Do.Text, text) {
		p.Do.Text = strings.TrimSpace(p.Do.Text + "\n" + text)
	}
	if err := s.fillDo(c, p); err != nil {
		return err
	}
	return s.drawCard(c, status, p)
}

// orAway is the error of a card that could not be read.
func orAway(err error) error {
	if err != nil {
		return err
	}
	return device.Errorf(device.Unavailable, "card", "the CRM is away")
}

func typedText(c *fiber.Ctx) string {
	return strings.TrimSpace(strings.ReplaceAll(c.FormValue("text"), "\r\n", "\n"))
}

// keyOf is the key that a form carries, or a new one.
func keyOf(c *fiber.Ctx) string {
	if key := c.FormValue("key"); len(key) >= 16 && len(key) <= 64 {
		return key
	}
	return newSecret()
}

func channelOf(c *fiber.Ctx) string {
	return oneOf(c.FormValue("channel"), []string{string(device.WhatsApp), string(device.SMS)})
}

func (s *Server) writeFromCard(c *fiber.Ctx) error {
	return s.doOnCard(c, "write", maxSaid, func(ctx context.Context, p *cardPage, by string) (string, error) {
		to := device.Phone("")
		for _, n := range p.Do.Phones {
			if n.Value == p.Do.To {
				to = device.Phone(n.Value)
			}
		}
		if to == "" { // only to a number that stands on his card
			return "", gateway.FieldErrors{"to": gateway.ProblemUnknown}
		}
		_, err := s.o.Support.WriteTo(ctx, p.Card.Customer, device.Channel(p.Do.Channel), to, p.Do.Text, p.Do.Key, by)
		return "card_written", err
	})
}

func (s *Server) noteFromCard(c *fiber.Ctx) error {
	return s.doOnCard(c, "note", maxNote, func(ctx context.Context, p *cardPage, by string) (string, error) {
		return s.once(p.Do.Key, func() (string, error) {
			queued, err := s.o.Support.AddNote(ctx, p.Card.Customer, p.Do.Text, by)
			return queuedWord("card_noted", queued), err
		})
	})
}

func (s *Server) taskFromCard(c *fiber.Ctx) error {
	return s.doOnCard(c, "task", maxTask, func(ctx context.Context, p *cardPage, by string) (string, error) {
		t := gateway.Task{Customer: p.Card.Customer, Text: p.Do.Text}
		wrong := gateway.FieldErrors{}
		for _, u := range p.Do.Users {
			if u.Value == c.FormValue("performer") {
				t.Performer, _ = strconv.ParseInt(u.Value, 10, 64)
			}
		}
		if t.Performer == 0 {
			wrong["performer"] = gateway.ProblemRequired
		}
		if p.Do.Due != "" {
			var err error
			if t.DueAt, err = time.ParseInLocation(dueLayout, p.Do.Due, p.zone); err != nil {
				wrong["due"] = gateway.ProblemRange
			}
		}
		if err := wrong.OrNil(); err != nil {
			return "", err
		}
		return s.once(p.Do.Key, func() (string, error) {
			queued, err := s.o.Support.GiveTask(ctx, t, by)
			return queuedWord("card_tasked", queued), err
		})
	})
}

func queuedWord(word string, queued bool) string {
	if queued {
		return word + "_later"
	}
	return word
}

// doOnCard reads a form of the card, lets it be done, and shows in its place what came of
// it.
func (s *Server) doOnCard(c *fiber.Ctx, what string, longest int, do func(context.Context, *cardPage, string) (string, error)) error {
	id, ticket := cardIDs(c)
	p, err := s.cardPage(c, id, ticket)
	if err != nil || p.Card == nil {
		return orAway(err)
	}
	p.Do = cardDo{What: what, Key: keyOf(c), Text: typedText(c), To: c.FormValue("to"), Channel: channelOf(c), Due: strings.TrimSpace(c.FormValue("due"))}
	if err := s.fillDo(c, p); err != nil {
		return err
	}
	done := ""
	switch n := len([]rune(p.Do.Text)); {
	case n == 0:
		err = gateway.FieldErrors{"text": gateway.ProblemRequired}
	case n > longest:
		err = gateway.FieldErrors{"text": gateway.ProblemTooLong}
	default:
		done, err = do(c.UserContext(), p, visitorOf(c).User.Name)
	}
	if err != nil {
		p.explain(err)
		return s.drawCard(c, fiber.StatusUnprocessableEntity, p)
	}
	if !isPart(c) {
		return c.Redirect(backToCard(c, done), fiber.StatusSeeOther)
	}
	p.Do = cardDo{Done: p.words.say("done." + done)}
	return s.drawCard(c, fiber.StatusOK, p)
}

// renewCard reads a card from the CRM now.
func (s *Server) renewCard(c *fiber.Ctx) error {
	id, ticket := cardIDs(c)
	if _, err := s.o.Support.RenewCard(c.UserContext(), id, s.lookOf(c, id, ticket)); err != nil && device.KindOf(err) == device.NotFound {
		return err // otherwise the card itself says that the CRM is away
	}
	if isPart(c) {
		p, err := s.cardPage(c, id, ticket)
		if err != nil {
			return err
		}
		return s.drawCard(c, fiber.StatusOK, p)
	}
	return c.Redirect(strings.TrimSuffix(backToCard(c, ""), "?done="), fiber.StatusSeeOther)
}

// chooseCard keeps whom a person chose among those who fit.
func (s *Server) chooseCard(c *fiber.Ctx) error {
	_, id := cardIDs(c)
	customer, err := strconv.ParseInt(c.FormValue("customer"), 10, 64)
	if err != nil || customer < 0 {
		return fiber.ErrBadRequest
	}
	if err := s.o.Support.ChoosePerson(c.UserContext(), id, customer, visitorOf(c).User.Name); err != nil {
		return err
	}
	return c.Redirect("/card/t/"+c.Params("ticket")+"?done=card_chosen", fiber.StatusSeeOther)
}

// createForm is a new customer as typed.
type createForm struct {
	Action             string
	First, Last        string
	Email, Phone, Site string
	Sites              []Choice
	Key                string
	Typed              bool // the fields can be changed
}

func (s *Server) createForm(ctx context.Context, f *Frame, t support.Ticket) (createForm, error) {
	m := createForm{Action: "/card", Email: t.Person.Email, Phone: t.Person.Phone, Key: newSecret(), Typed: t.ID == 0}
	if t.ID != 0 {
		m.Action = "/card/t/" + strconv.FormatInt(int64(t.ID), 10) + "/create"
	}
	m.Sites = s.siteChoices(ctx, f.settings.Helpdesk.UnknownSite)
	return m, nil
}

// siteChoices are the shops to choose from; none when there is only one.
func (s *Server) siteChoices(ctx context.Context, chosen string) []Choice {
	sites := within(ctx, s.o.Support.Sites)
	if len(sites) < 2 {
		return nil
	}
	var list []Choice
	for _, site := range sites {
		list = append(list, Choice{site.Code, site.Name, site.Code == chosen})
	}
	return list
}

// createFromTicket makes a card for who wrote a ticket; the port makes it once.
func (s *Server) createFromTicket(c *fiber.Ctx) error {
	_, id := cardIDs(c)
	if _, err := s.o.Support.MakeCustomer(c.UserContext(), id, c.FormValue("site"), visitorOf(c).User.Name); err != nil {
		p, pageErr := s.ticketPage(c, id)
		if pageErr != nil {
			return pageErr
		}
		p.explain(err)
		return s.drawCard(c, fiber.StatusUnprocessableEntity, p)
	}
	return c.Redirect("/card/t/"+c.Params("ticket")+"?done=card_made", fiber.StatusSeeOther)
}

// createCard makes a card without a ticket.
func (s *Server) createCard(c *fiber.Ctx) error {
	f, err := s.slimFrame(c, "card.find_title")
	if err != nil {
		return err
	}
	form := func(name string) string { return strings.TrimSpace(c.FormValue(name)) }
	m := createForm{Action: "/card", First: form("first"), Last: form("last"), Email: form("email"), Phone: form("phone"), Site: form("site"), Key: keyOf(c), Typed: true}
	wrong, n := gateway.FieldErrors{}, device.Number{}
	if m.First == "" {
		wrong["first"] = gateway.ProblemRequired
	}
	if m.Phone != "" {
		if n, err = device.ParsePhone(m.Phone, f.Shop.Region); err != nil {
			f.explain(err)
		}
	}
	if m.Email == "" && m.Phone == "" {
		wrong["email"] = gateway.ProblemRequired
	}
	customer := int64(0)
	if err = wrong.OrNil(); err == nil && f.Wrong == "" {
		customer, err = s.o.Support.MakeCustomerOf(c.UserContext(), gateway.NewCustomer{
			ExternalID: "vestnik-" + m.Key, Site: m.Site, First: m.First, Last: m.Last, Email: m.Email, Phone: n.Phone,
		}, visitorOf(c).User.Name)
	}
	if err != nil || f.Wrong != "" {
		f.explain(err)
		m.Sites = s.siteChoices(c.UserContext(), m.Site)
		return s.render(c, fiber.StatusUnprocessableEntity, "card_find", findPage{Frame: f, MayMake: true, Make: m})
	}
	return c.Redirect("/card/"+strconv.FormatInt(customer, 10)+"?done=card_made", fiber.StatusSeeOther)
}

// onces remembers which forms were done, so that a second press of a button does
// nothing twice.
type onces struct {
	mu   sync.Mutex
	done map[string]*onceDone
}

type onceDone struct {
	mu   sync.Mutex
	at   time.Time
	word string
}

const (
	onceLife = time.Hour
	maxOnces = 2000
)

// once does something for a key unless it was done; what failed may be tried again.
func (s *Server) once(key string, do func() (string, error)) (string, error) {
	o := &s.onces
	o.mu.Lock()
	now := s.o.Now()
	if o.done == nil {
		o.done = map[string]*onceDone{}
	}
	if len(o.done) >= maxOnces {
		for k, d := range o.done {
			if now.Sub(d.at) > onceLife {
				delete(o.done, k)
			}
		}
	}
	if len(o.done) >= maxOnces {
		o.mu.Unlock()
		return "", device.Errorf(device.RateLimited, "card", "too many forms at once")
	}
	d := o.done[key]
	if d == nil {
		d = &onceDone{at: now}
		o.done[key] = d
	}
	o.mu.Unlock()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.word != "" {
		return d.word, nil
	}
	word, err := do()
	if err == nil {
		d.word = word
	}
	return word, err
}
