package support

import (
	"crypto/sha256"
	"encoding/hex"
	"html"
	"net/url"
	"strconv"
	"strings"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/card"
)

// mostOrders is how many orders a comment names, mostItems how many things of each.
const (
	mostOrders = 5
	mostItems  = 4
)

// cardText writes a card as a comment for employees.
type cardText struct {
	h    gateway.HelpdeskSettings
	say  say
	lang string
	zone *time.Location
	t    Ticket
	card *card.Card // nil: whose ticket it is is not known
	why  string     // why the priority is what it is; "" when nothing was done
}

// comment is the comment's HTML and the hash of what it says. The time of the data is no
// part of that: a card that says the same is not written again.
func (x cardText) comment() (text, hash string) {
	body := x.body()
	sum := sha256.Sum256([]byte(body))
	hash = hex.EncodeToString(sum[:6])
	return marked(body, x.fresh(), sign(x.t.ID), x.t.ID, hash), hash
}

func (x cardText) body() string {
	var b strings.Builder
	switch {
	case x.card != nil:
		x.person(&b)
		for i, o := range x.card.Orders {
			if i == mostOrders {
				break
			}
			x.order(&b, o)
		}
		if more := x.card.OrdersTotal - min(len(x.card.Orders), mostOrders); more > 0 {
			para(&b, x.say("Ещё заказов: ", "More orders: ")+strconv.Itoa(more))
		}
	case x.t.Found == card.FoundOne || x.t.Found == card.FoundAway: // what stood there is about somebody else
		para(&b, "<b>RetailCRM</b>: "+esc(x.say("заявитель сменился, RetailCRM пока не отвечает, карточка появится позже", "there is another requester now; RetailCRM does not answer yet, the card comes later")))
	case x.t.Found == card.FoundMany:
		x.candidates(&b)
	default:
		x.unknown(&b)
	}
	if x.why != "" {
		para(&b, "<b>"+esc(x.say("Приоритет поднят: ", "Priority raised: ")+x.why)+"</b>")
	}
	x.links(&b)
	return b.String()
}

// fresh tells of when the data are.
func (x cardText) fresh() string {
	if x.card == nil || x.card.AsOf.IsZero() {
		return ""
	}
	at := x.card.AsOf.In(x.zone).Format("02.01.2006 15:04")
	if x.card.Away != "" {
		return x.say("Данные на "+at+", RetailCRM не отвечала.", "As of "+at+", RetailCRM did not answer.")
	}
	return x.say("Данные на "+at+".", "As of "+at+".")
}

func (x cardText) person(b *strings.Builder) {
	if x.h.Sparse {
		para(b, "<b>RetailCRM</b>: "+esc(x.say("клиент найден", "the customer was found")))
		return
	}
	p := x.card.Profile
	facts := []string{"<b>RetailCRM: " + esc(nameOr(p.Name, x.say("без имени", "no name"))) + "</b>"}
	add := func(ok bool, text string) {
		if ok {
			facts = append(facts, esc(text))
		}
	}
	add(p.VIP, "VIP")
	add(p.Bad, x.say("проблемный клиент", "problem customer"))
	add(p.OrdersCount > 0, x.say("заказов: ", "orders: ")+strconv.Itoa(p.OrdersCount))
	add(p.Total != "", money(p.Total, p.Currency))
	add(p.Loyalty.Level != "", p.Loyalty.Level)
	add(p.SiteName != "", p.SiteName)
	if m := x.card.Manager; m != nil {
		add(true, x.say("менеджер ", "manager ")+strings.TrimSpace(m.Name+" "+m.Phone))
	}
	para(b, strings.Join(facts, " · "))
	if by := (gateway.Args{"by": x.t.By}); x.t.By != "" {
		para(b, esc(gateway.TicketFound.Sentence(by, x.lang, x.zone)))
	}
}

func (x cardText) order(b *strings.Builder, o card.Order) {
	number := "<b>" + esc(o.Number) + "</b>"
	if href := link(o.URL, number); href != "" && !x.h.Sparse {
		number = href
	}
	facts := []string{esc(x.say("Заказ ", "Order ")) + number, esc("«" + statusOf(o.ProfileOrder) + "»")}
	add := func(ok bool, text string) {
		if ok {
			facts = append(facts, esc(text))
		}
	}
	if p := o.ProfileOrder; !x.h.Sparse {
		add(!o.CreatedAt.IsZero(), o.CreatedAt.In(x.zone).Format("02.01.2006"))
		add(o.Total != "", money(o.Total, o.Currency))
		add(o.Payment != "", o.Payment)
		add(p.Delivery != "", p.Delivery)
		add(o.DeliverOn != "", x.say("доставка ", "delivery ")+date(o.DeliverOn))
		add(o.Track != "", x.say("трек ", "track ")+o.Track)
	}
	add(o.Late > 0, x.say("опаздывает, дней: ", "late, days: ")+strconv.Itoa(o.Late))
	add(o.Problem, x.say("проблема", "problem"))
	add(o.Mentioned, x.say("назван в заявке", "named in the ticket"))
	line := strings.Join(facts, " · ")
	if items := itemsOf(o); items != "" && !x.h.Sparse {
		line += "<br>" + esc(items)
	}
	para(b, line)
}

func itemsOf(o card.Order) string {
	var names []string
	for i, item := range o.Items {
		if i == mostItems {
			names = append(names, "…")
			break
		}
		name := item.Name
		if q := strings.TrimSuffix(strings.TrimRight(item.Quantity, "0"), "."); strings.Contains(item.Quantity, ".") && q != "" {
			item.Quantity = q
		}
		if item.Quantity != "" && item.Quantity != "1" {
			name += " ×" + item.Quantity
		}
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}

func (x cardText) candidates(b *strings.Builder) {
	what := x.say("подходят несколько клиентов, выберите, кто это:", "several customers fit, choose who it is:")
	if x.t.By == "order" {
		what = x.say("в заявке назван заказ этого клиента, подтвердите, что это он:", "the ticket names an order of this customer, confirm that it is him:")
	}
	para(b, "<b>RetailCRM</b>: "+esc(what))
	b.WriteString("<ul>")
	for _, k := range x.t.Candidates {
		facts := []string{esc(x.say("клиент ", "customer ") + strconv.FormatInt(k.Customer, 10))}
		if !x.h.Sparse {
			facts = []string{esc(nameOr(k.Name, facts[0]))}
			if k.VIP {
				facts = append(facts, "VIP")
			}
			if k.SiteName != "" {
				facts = append(facts, esc(k.SiteName))
			}
			facts = append(facts, esc(x.say("заказов: ", "orders: ")+strconv.Itoa(k.Orders)))
			if k.Total != "" {
				facts = append(facts, esc(money(k.Total, k.Currency)))
			}
		}
		if choose := link(x.live(), esc(x.say("выбрать", "choose"))); choose != "" {
			facts = append(facts, choose)
		}
		if crm := link(k.URL, "RetailCRM"); crm != "" {
			facts = append(facts, crm)
		}
		b.WriteString("<li>" + strings.Join(facts, " · ") + "</li>")
	}
	b.WriteString("</ul>")
}

func (x cardText) unknown(b *strings.Builder) {
	text := "<b>RetailCRM</b>: " + esc(x.say("клиента нет", "no such customer"))
	if make := link(x.live(), esc(x.say("создать клиента", "create the customer"))); make != "" && x.t.Robot == "" && x.h.Unknown == gateway.UnknownOffer {
		text += " · " + make
	}
	para(b, text)
}

func (x cardText) links(b *strings.Builder) {
	var list []string
	if x.card != nil {
		if s := link(x.live(), esc(x.say("Открыть полную карточку", "Open the whole card"))); s != "" {
			list = append(list, s)
		}
		if s := link(x.card.Profile.URL, esc(x.say("Клиент в RetailCRM", "Customer in RetailCRM"))); s != "" {
			list = append(list, s)
		}
	}
	if len(list) > 0 {
		para(b, strings.Join(list, " · "))
	}
}

// live is the address of the ticket's live card; "" when operators' browsers do not reach this
// box.
func (x cardText) live() string { return liveCard(x.h, x.t.ID) }

func liveCard(h gateway.HelpdeskSettings, id gateway.TicketID) string {
	if h.CardURL == "" {
		return ""
	}
	return strings.TrimRight(h.CardURL, "/") + "/card/t/" + strconv.FormatInt(int64(id), 10)
}

func esc(s string) string { return html.EscapeString(clean(s)) }

// clean takes out what no name or text may bring into another system: control characters, and
// signs that turn the direction of writing.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case r < ' ', r == 0x7f, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
			return -1
		}
		return r
	}, s)
}

func para(b *strings.Builder, htm string) { b.WriteString("<p>" + htm + "</p>") }

// link is a link to a web address, of HTML; "" when the address is none.
func link(address, htm string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return ""
	}
	return `<a href="` + html.EscapeString(u.String()) + `">` + htm + `</a>`
}

func nameOr(name, or string) string {
	if strings.TrimSpace(name) == "" {
		return or
	}
	return name
}

// money is a decimal text with its currency: "184 300 ₽".
func money(amount, currency string) string {
	whole, part, _ := strings.Cut(amount, ".")
	if strings.Trim(part, "0") == "" {
		part = ""
	}
	var groups []string
	for len(whole) > 3 {
		groups = append([]string{whole[len(whole)-3:]}, groups...)
		whole = whole[:len(whole)-3]
	}
	text := strings.Join(append([]string{whole}, groups...), "\u00a0")
	if part != "" {
		text += "," + part
	}
	if currency == "RUB" || currency == "" {
		currency = "₽"
	}
	return text + "\u00a0" + currency
}

// date is a day of the CRM as people write it.
func date(day string) string {
	if t, err := time.Parse(time.DateOnly, day); err == nil {
		return t.Format("02.01.2006")
	}
	return day
}

// crmWord is how the CRM stands, for a reason's sentence.
func crmWord(state gateway.CRMState, err error) string {
	switch {
	case state != "":
		return string(state)
	case err != nil:
		return string(device.KindOf(err))
	}
	return ""
}
