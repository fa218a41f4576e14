package main

import (
	"fmt"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"vestnik/sim/helpdeskeddy"
	"vestnik/sim/retailcrm"
)

// supportStory are the tickets that the story is about; it goes on while they are dealt with.
type supportStory struct {
	vip, unknown helpdeskeddy.Ticket
	order        retailcrm.Order // the VIP's, under way
	broken, lost retailcrm.Order // whose delivery is put off: of a customer with an open ticket, and of one without
	password     string          // of the owner's login
	requests     int             // as the ban was seen
	banned       time.Time
	letters      int
}

var (
	anyTag = regexp.MustCompile(`(?s)<!--.*?-->|<[^>]*>`)
	blanks = regexp.MustCompile(`\s+`)
)

// readable is the text of HTML in one line.
func readable(s string) string {
	s = strings.NewReplacer("</p>", " / ", "</li>", " / ").Replace(s)
	s = html.UnescapeString(anyTag.ReplaceAllString(s, ""))
	return strings.Trim(blanks.ReplaceAllString(s, " "), " /")
}

// asksSupport: a VIP whose order is under way and somebody unknown turn to the helpdesk.
func (t *teller) asksSupport() (err error) {
	s := t.stage
	c := s.customer("Виктор", "Ушаков")
	t.support.order = s.newestOrder(c.ID)
	if err := s.CRM.SetStatus(t.support.order.ID, "delivering"); err != nil {
		return err
	}
	if t.support.vip, err = s.ask(askVIP, ""); err != nil {
		return err
	}
	if t.support.unknown, err = s.ask(askUnknown, ""); err != nil {
		return err
	}
	t.say("Two customers turn to the helpdesk by mail: %s, a VIP whose order %s is under way, and somebody whom the CRM does not know. The story goes on.", c.FirstName+" "+c.LastName, t.support.order.Number)
	return nil
}

// comment waits for what the box wrote into a ticket, for employees alone, with all these words.
func (t *teller) comment(ticket int, words ...string) (text string, err error) {
	err = t.until(fmt.Sprintf("ticket %d has a comment with %q", ticket, words), func() bool {
		for _, m := range t.stage.Helpdesk.Comments(ticket) {
			text = readable(m.Text)
			if m.ByAPI && !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) }) {
				return true
			}
		}
		return false
	})
	return text, err
}

// raised waits until a ticket has the most urgent priority.
func (t *teller) raised(ticket int) error {
	return t.until(fmt.Sprintf("ticket %d is urgent", ticket), func() bool {
		now, _ := t.stage.Helpdesk.Ticket(ticket)
		return now.Priority == urgent
	})
}

// noted waits until a customer's card in the CRM has a note with all these words.
func (t *teller) noted(customer int, words ...string) (text string, err error) {
	err = t.until(fmt.Sprintf("the card of customer %d has a note with %q", customer, words), func() bool {
		for _, n := range t.stage.CRM.Notes() {
			text = n.Text
			if n.CustomerID == customer && !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(n.Text, w) }) {
				return true
			}
		}
		return false
	})
	return text, err
}

func (t *teller) knowsWhoAsks() error {
	s, ticket, order := t.stage, t.support.vip, t.support.order
	c := s.customer("Виктор", "Ушаков")
	text, err := t.comment(ticket.ID, c.LastName, "VIP", order.Number, "Доставляется")
	if err != nil {
		return err
	}
	t.say("The VIP's ticket %s has a comment that only employees see: %s", ticket.Number, text)
	if err := t.raised(ticket.ID); err != nil {
		return err
	}
	if text, err = t.noted(c.ID, "Обращение в поддержку", ticket.Number); err != nil {
		return err
	}
	t.say("Its priority is «Срочно» by the rule for VIPs. The card in the CRM has the note: %s", text)
	manager := ""
	if err := t.until("the order's manager is told", func() bool {
		for _, n := range s.CRM.Notifications() {
			if strings.Contains(n.Message, order.Number) && strings.Contains(n.Message, ticket.Number) {
				text, manager = n.Message, s.userName(n.UserIDs)
				return true
			}
		}
		return false
	}); err != nil {
		return err
	}
	t.say("%s, who answers for the order, is told in the CRM: %s", manager, text)
	return nil
}

func (s *stage) userName(ids []int) string {
	var names []string
	for _, u := range s.CRM.Users() {
		if slices.Contains(ids, u.ID) {
			names = append(names, u.FirstName+" "+u.LastName)
		}
	}
	return strings.Join(names, ", ")
}

// makesCustomer: an operator follows the link in the ticket and makes a card for who asks.
func (t *teller) makesCustomer() error {
	ticket := t.support.unknown
	who, _ := t.stage.Helpdesk.User(ticket.Requester)
	text, err := t.comment(ticket.ID, "клиента нет", "создать клиента")
	if err != nil {
		return err
	}
	t.say("The ticket of %s says: %s", who.FullName(), text)
	operator, err := logIn(t.ctx, t.url, "owner", t.support.password)
	if err != nil {
		return err
	}
	page, path := "/card/t/"+strconv.Itoa(ticket.ID), "/card/t/"+strconv.Itoa(ticket.ID)+"/create"
	if seen, err := operator.sees(page); err != nil || !strings.Contains(seen, path) {
		return fmt.Errorf("the card does not offer to make a customer: %w", err)
	}
	for range 2 { // a second press makes no second one
		if _, err := operator.post("/login", path, url.Values{}); err != nil {
			return err
		}
	}
	if _, err := t.comment(ticket.ID, who.Lastname); err != nil {
		return err
	}
	made := 0
	for _, c := range t.stage.CRM.Customers() {
		if c.Email == who.Email {
			made++
		}
	}
	if made != 1 {
		return fmt.Errorf("the CRM has %d customers with the e-mail %s", made, who.Email)
	}
	seen, err := operator.sees(page)
	if err != nil || !strings.Contains(seen, who.Lastname) {
		return fmt.Errorf("the live card does not show the customer: %w", err)
	}
	t.say("The operator opens the live card and presses «Создать клиента», twice. The CRM has %s once, and the card and the comment show it.", who.FullName())
	return nil
}

// ordersGoWrong puts two deliveries off; what support hears of it comes later.
func (t *teller) ordersGoWrong() error {
	s := t.stage
	t.support.broken, t.support.lost = s.newestOrder(s.customer("Людмила", "Калинина").ID), s.newestOrder(s.customer("Максим", "Зорин").ID)
	t.support.letters = len(s.Helpdesk.Letters())
	for _, o := range []retailcrm.Order{t.support.broken, t.support.lost} {
		if err := s.CRM.SetStatus(o.ID, "redirect"); err != nil {
			return err
		}
		t.say("Order %s of %s %s reaches «Доставка перенесена», which support must know of.", o.Number, o.FirstName, o.LastName)
	}
	return nil
}

// hearsOfOrders: the customer's open ticket is raised; without one an internal ticket is opened.
func (t *teller) hearsOfOrders() error {
	a := t.stage.Helpdesk
	title := func(ok func(helpdeskeddy.Ticket) bool) (found helpdeskeddy.Ticket) {
		for _, one := range a.Tickets() {
			if ok(one) {
				found = one
			}
		}
		return found
	}
	open := title(func(one helpdeskeddy.Ticket) bool { return one.Title == "Когда ждать курьера?" })
	text, err := t.comment(open.ID, "Внимание", t.support.broken.Number, "Доставка перенесена")
	if err != nil {
		return err
	}
	if err := t.raised(open.ID); err != nil {
		return err
	}
	t.say("Her open ticket %s is «Срочно» now and says why: %s", open.Number, text)
	var internal helpdeskeddy.Ticket
	if err := t.until("an internal ticket is open", func() bool {
		internal = title(func(one helpdeskeddy.Ticket) bool { return strings.Contains(one.Title, t.support.lost.Number) })
		return internal.ID != 0
	}); err != nil {
		return err
	}
	if _, err := t.comment(internal.ID, "Внимание", t.support.lost.LastName); err != nil {
		return err
	}
	who, _ := a.User(internal.Requester)
	if !who.Staff {
		return fmt.Errorf("the internal ticket is in the name of %s", who.FullName())
	}
	if letters := a.Letters()[t.support.letters:]; len(letters) > 0 {
		return fmt.Errorf("customers got letters: %+v", letters)
	}
	t.say("He has no ticket: %s «%s» is opened in the name of %s. No customer got a letter.", internal.Number, internal.Title, who.FullName())
	return nil
}

// isBanned: somebody's other program uses the account's limit up.
func (t *teller) isBanned() error {
	a := t.stage.Helpdesk
	a.Ban(banFor)
	if err := t.until("the status says that the limit is used up", func() bool { return t.status().Helpdesk.State == "banned" }); err != nil {
		return err
	}
	if _, err := t.stage.ask(askDelivery, ""); err != nil {
		return err
	}
	t.support.requests, t.support.banned = len(a.Sent()), time.Now()
	t.say("Another program uses the helpdesk's limit up, and the account is banned. The status says «limit», not «wrong key». Somebody asks meanwhile.")
	return nil
}

// waitsOutBan looks back: during the ban nothing was asked, though there was something to ask.
func (t *teller) waitsOutBan() error {
	if err := t.until("more than one look at the tickets has been left out", func() bool { return time.Since(t.support.banned) > 11*time.Second }); err != nil {
		return err
	}
	if asked := len(t.stage.Helpdesk.Sent()) - t.support.requests; asked > 0 {
		return fmt.Errorf("%d requests went into the ban", asked)
	}
	t.say("%.0f seconds into the ban not one request was sent.", time.Since(t.support.banned).Seconds())
	return nil
}

// keptToStaff looks through all that customers could read because of the box.
func (t *teller) keptToStaff() error {
	a := t.stage.Helpdesk
	for _, text := range a.Public() {
		for _, c := range t.stage.CRM.Customers() {
			for _, word := range append([]string{c.LastName, c.Email}, c.Phones...) {
				if word != "" && strings.Contains(text, word) {
					return fmt.Errorf("customers may read %q", text)
				}
			}
		}
	}
	for _, l := range a.Letters() {
		if l.ByAPI {
			return fmt.Errorf("the box had a letter sent: %+v", l)
		}
	}
	if keys := a.KeysSeen(); len(keys) > 0 {
		return fmt.Errorf("keys travelled in %q", keys)
	}
	t.say("Nothing that a customer of the helpdesk can read holds anything of the CRM; no key was seen outside of its header. Most requests in a minute: %d of 300.", a.MaxPerMinute())
	return nil
}
