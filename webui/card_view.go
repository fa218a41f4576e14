package webui

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/card"
)

// cardView is a customer's card as shown.
type cardView struct {
	Customer int64
	Base     string // "/card/51"
	Self     string // the page it stands on: Base, or that of a ticket
	Keep     string // the ticket as a query carries it: "&ticket=7", or ""
	Ticket   gateway.TicketID
	Name     string
	VIP, Bad bool
	URL      string // in the CRM
	Summary  string // since when, how many orders, for how much
	Chips    []string
	Alerts   []string
	Open     []cardOrder
	OpenMore []cardOrder // folded
	Past     []cardOrder
	MoreURL  string
	MoreSays string
	Lines    []cardLine
	Earlier  []cardLine
	Facts    []cardFact
	Manager  *managerView
	Fresh    string
	FreshAt  time.Time
	Stale    string
	Embed    bool // in a frame without a login of its own: nothing can be done here
}

// OpenCount is how many orders are open.
func (v *cardView) OpenCount() int { return len(v.Open) + len(v.OpenMore) }

// cardFact is something known of a customer.
type cardFact struct{ Name, Value string }

// managerView is who of the shop answers for a customer.
type managerView struct {
	Name, Phone, Email, Says string
	Online                   bool
}

// cardOrder is an order on a card.
type cardOrder struct {
	ID         gateway.OrderID
	Number     string
	URL        string
	Status     string
	Code       string // the status's code, for the tooltip
	Mood       Mood
	Mentioned  bool
	Sum, ToPay string
	Created    time.Time
	Payment    string
	Delivery   string
	Track      string
	Late       string
	Items      []string
	MoreItems  int
	Comment    string
}

// cardLine is something that was said or done.
type cardLine struct {
	At    time.Time
	What  string // the kind, in a word or two
	Who   string
	Text  string
	State string
	Mood  Mood
	URL   string
	Mine  bool // the customer himself spoke
}

const (
	shownOpen  = 3   // the others are folded
	shownLines = 8   // likewise
	shownItems = 4   // of an order
	lineLength = 280 // characters of a line's text
)

// cardView draws a card.
func (f *Frame) cardView(k card.Card, ticket gateway.TicketID) *cardView {
	p := k.Profile
	v := &cardView{
		Customer: p.ID, Base: "/card/" + strconv.FormatInt(p.ID, 10), Ticket: ticket, Name: strings.TrimSpace(p.Name), VIP: p.VIP, Bad: p.Bad, URL: webAddress(p.URL), FreshAt: k.AsOf,
	}
	v.Self = v.Base
	if ticket != 0 {
		id := strconv.FormatInt(int64(ticket), 10)
		v.Self, v.Keep = "/card/t/"+id, "&ticket="+id
	}
	if v.Name == "" {
		v.Name = f.words.say("inbox.nameless")
	}
	v.Summary = f.cardSummary(k)
	v.Chips = append(slices.Clone(p.Tags), p.Segments...)
	for _, o := range k.Orders {
		row := f.cardOrder(o)
		if o.Open() {
			if row.Late = ""; len(v.Open) < shownOpen { // its alert says so
				v.Open = append(v.Open, row)
			} else {
				v.OpenMore = append(v.OpenMore, row)
			}
			v.Alerts = append(v.Alerts, f.orderAlerts(o)...)
		} else {
			v.Past = append(v.Past, row)
			if o.Problem {
				v.Alerts = append(v.Alerts, f.orderAlerts(o)...)
			}
		}
	}
	if left := k.OrdersTotal - len(k.Orders); left > 0 {
		v.MoreURL = v.Base + "?part=more&page=1" + v.Keep
		v.MoreSays, _ = f.words.tn("card.more", left)
	}
	for i, l := range k.Lines {
		if i < shownLines {
			v.Lines = append(v.Lines, f.cardLine(l))
		} else {
			v.Earlier = append(v.Earlier, f.cardLine(l))
		}
	}
	v.Facts = f.cardFacts(k)
	v.Manager = f.managerView(k.Manager)
	v.Fresh, v.Stale = f.freshness(k)
	return v
}

func (f *Frame) cardSummary(k card.Card) string {
	var parts []string
	if p := k.Profile; !p.CreatedAt.IsZero() {
		parts = append(parts, f.words.say("card.since", "day", p.CreatedAt.In(f.zone).Format("02.01.2006")))
	}
	n := max(k.Profile.OrdersCount, k.OrdersTotal)
	orders, _ := f.words.tn("card.orders_n", n, "count", grouped(strconv.Itoa(n)))
	if sum := f.money(k.Profile.Total, k.Profile.Currency); sum != "" && n > 0 {
		orders = f.words.say("card.orders_sum", "orders", orders, "sum", sum)
	}
	return strings.Join(append(parts, orders), " · ")
}

func (f *Frame) cardFacts(k card.Card) []cardFact {
	var list []cardFact
	p := k.Profile
	add := func(key, value string) {
		if value != "" {
			list = append(list, cardFact{f.words.say(key), value})
		}
	}
	phones := make([]string, len(p.Phones))
	for i, raw := range p.Phones {
		phones[i] = raw
		if n, err := device.ParsePhone(raw, f.Shop.Region); err == nil {
			phones[i] = showPhone(n.Phone)
		}
	}
	add("card.phones", strings.Join(phones, ", "))
	add("card.emails", strings.Join(p.Emails, ", "))
	add("card.average", f.money(p.Average, p.Currency))
	if p.PersonalDiscount > 0 {
		add("card.discount", f.percent(p.PersonalDiscount))
	}
	if p.CumulativeDiscount > 0 {
		add("card.cumulative", f.percent(p.CumulativeDiscount))
	}
	add("card.discount_card", p.DiscountCard)
	if l := p.Loyalty; l.Level != "" || l.Points != "" {
		text := strings.TrimSpace(l.Level)
		if l.Points != "" {
			if text != "" {
				text += ", "
			}
			text += f.words.say("card.points", "n", f.number(l.Points))
		}
		if !l.Active {
			text += ", " + f.words.say("card.loyalty_off")
		}
		add("card.loyalty", text)
	}
	if k.ShopMark > 0 {
		add("card.shop_mark", f.decimal(k.ShopMark))
	}
	if k.CourierMark > 0 {
		add("card.courier_mark", f.decimal(k.CourierMark))
	}
	add("card.site", cmp.Or(p.SiteName, p.Site))
	return list
}

func (f *Frame) percent(v float64) string {
	return f.number(strconv.FormatFloat(v, 'f', -1, 64)) + " %"
}

func (f *Frame) managerView(m *gateway.CRMUser) *managerView {
	if m == nil {
		return nil
	}
	v := &managerView{Name: m.Name, Phone: showPhone(device.Phone(m.Phone)), Email: m.Email, Online: m.Online && !m.OnBreak, Says: f.words.say("card.manager_off")}
	switch {
	case m.OnBreak:
		v.Says = f.words.say("card.manager_break")
	case m.Online:
		v.Says = f.words.say("card.manager_on")
	}
	return v
}

// orderAlerts are the sentences about an order that somebody has to do something about.
func (f *Frame) orderAlerts(o card.Order) []string {
	var list []string
	if o.Problem {
		list = append(list, f.words.say("card.alert_problem", "number", o.Number, "status", cmp.Or(o.StatusName, o.Status)))
	}
	if o.Late > 0 {
		days, _ := f.words.tn("marks.days", o.Late)
		list = append(list, f.words.say("card.alert_late", "number", o.Number, "days", days))
	}
	return list
}

func (f *Frame) cardOrder(o card.Order) cardOrder {
	row := cardOrder{
		ID: o.ID, Number: o.Number, URL: webAddress(o.URL), Status: cmp.Or(o.StatusName, o.Status), Code: o.Status, Mood: Off, Mentioned: o.Mentioned,
		Sum: f.money(o.Total, o.Currency), ToPay: f.money(o.ToPay, o.Currency), Created: o.CreatedAt, Payment: o.Payment, Track: o.Track, Comment: clip(o.Comment, lineLength),
	}
	switch {
	case o.Problem || o.Late > 0:
		row.Mood = Act
	case o.Open():
		row.Mood = Fine
	}
	row.Delivery = o.ProfileOrder.Delivery
	if day, err := time.Parse(time.DateOnly, o.DeliverOn); err == nil {
		row.Delivery = strings.TrimPrefix(row.Delivery+", "+f.words.say("card.deliver_on", "day", day.Format("02.01")), ", ")
	}
	if o.Late > 0 {
		days, _ := f.words.tn("marks.days", o.Late)
		row.Late = f.words.say("card.late", "days", days)
	}
	for i, item := range o.Items {
		if i == shownItems && len(o.Items) > shownItems+1 {
			row.MoreItems = len(o.Items) - shownItems
			break
		}
		text := item.Name
		if item.Quantity != "" && item.Quantity != "1" {
			text += " × " + f.number(item.Quantity)
		}
		row.Items = append(row.Items, text)
	}
	return row
}

func (f *Frame) cardLine(l card.Line) cardLine {
	row := cardLine{At: l.At, Who: l.By, Text: clip(l.Text, lineLength), Mood: Off, URL: webAddress(l.URL)}
	place := l.Channel
	switch device.Channel(l.Channel) {
	case device.WhatsApp, device.SMS, device.Chat:
		place = channelName(device.Channel(l.Channel), f.words)
	case "":
	default:
		place = messengerName(f.words, l.Channel)
	}
	switch l.Kind {
	case card.LineTalk:
		row.What = place
		row.Mine = l.From == gateway.TalkCustomer
		if l.From != "" && row.Who == "" {
			row.Who = f.words.say("talk.from." + string(l.From))
		}
		if l.Message != 0 && l.State != "" {
			row.State, row.Mood = gateway.StateWord(l.State, f.Lang), stateMood(l.State)
		}
	case card.LineTask:
		row.What = f.words.say("card.line.task")
		row.State = f.words.say("card.task_open")
		if l.Done {
			row.State, row.Mood = f.words.say("card.task_done"), Fine
		}
	case card.LineMark, card.LineNote, card.LineStatus, card.LineTicket:
		row.What = f.words.say("card.line." + string(l.Kind))
	default:
		row.What = string(l.Kind)
	}
	if l.Order != "" {
		row.What = strings.TrimPrefix(row.What+" · ", " · ") + f.words.say("order.n", "n", l.Order)
	}
	return row
}

// freshness is how old a card is, and what to think of that when it is too old.
func (f *Frame) freshness(k card.Card) (fresh, stale string) {
	fresh = f.words.say("card.fresh_now")
	switch age := f.now.Sub(k.AsOf); {
	case k.AsOf.IsZero():
		fresh = f.words.say("card.fresh_never")
	case age >= 48*time.Hour:
		fresh, _ = f.words.tn("card.fresh_days", int(age.Hours()/24))
	case age >= time.Hour:
		fresh, _ = f.words.tn("card.fresh_hours", int(age.Hours()))
	case age >= time.Minute:
		fresh, _ = f.words.tn("card.fresh_minutes", int(age.Minutes()))
	}
	switch {
	case k.Away != "":
		stale = f.words.say("card.stale_away", "at", f.moment(k.AsOf.In(f.zone)))
	case k.Old:
		stale = f.words.say("card.stale_old")
	}
	return fresh, stale
}

// money is a decimal sum as people write it: "184 300 ₽"; "" for none.
func (f *Frame) money(decimal, currency string) string {
	if decimal == "" {
		return ""
	}
	unit := currency
	if sign, ok := currencySigns[currency]; ok {
		unit = sign
	}
	sum := f.number(decimal)
	if i := strings.IndexAny(sum, ",."); i > 0 && i == len(sum)-2 { // kopecks have two digits
		sum += "0"
	}
	return strings.TrimSpace(sum + "\u00a0" + unit)
}

var currencySigns = map[string]string{"RUB": "₽", "USD": "$", "EUR": "€", "KZT": "₸", "UAH": "₴", "BYN": "Br", "TRY": "₺", "GBP": "£", "UZS": "сум", "GEL": "₾"}

// number is a decimal with its thousands apart and without needless zeros; what is no decimal
// stays as it is.
func (f *Frame) number(decimal string) string {
	whole, part, _ := strings.Cut(decimal, ".")
	digits := strings.TrimPrefix(whole, "-")
	if digits == "" || strings.Trim(digits+part, "0123456789") != "" {
		return decimal
	}
	text := grouped(digits)
	if len(digits) < len(whole) {
		text = "−" + text
	}
	if part = strings.TrimRight(part, "0"); part != "" {
		if f.Lang == "ru" {
			return text + "," + part
		}
		return text + "." + part
	}
	return text
}

// grouped parts thousands with spaces that do not break.
func grouped(digits string) string {
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "\u00a0" + digits[i:]
	}
	return digits
}

// clip cuts a text at n characters.
func clip(text string, n int) string {
	if r := []rune(text); len(r) > n {
		return strings.TrimSpace(string(r[:n])) + "…"
	}
	return text
}
