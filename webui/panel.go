package webui

import (
	"bytes"
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/card"
)

// The bounds of a question of another helpdesk.
const (
	maxPanelBody  = 64 << 10
	panelCut      = 3 * time.Second
	panelWindow   = 5 * time.Minute
	maxNonces     = 20_000
	panelPerMin   = 120 // questions of one address
	maxPanelHosts = 1000
)

// panelGate lets each signed question in once.
type panelGate struct {
	now     func() time.Time
	started time.Time

	mu     sync.Mutex
	nonces map[string]time.Time // until when each is remembered
	hosts  map[string]*panelHost
}

type panelHost struct {
	minute time.Time
	n      int
}

func newPanelGate(now func() time.Time) *panelGate {
	return &panelGate{now: now, started: now(), nonces: map[string]time.Time{}, hosts: map[string]*panelHost{}}
}

// crowded counts a question of an address and tells whether there were too many.
func (g *panelGate) crowded(host string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	minute := g.now().Truncate(time.Minute)
	h := g.hosts[host]
	if h == nil {
		if len(g.hosts) >= maxPanelHosts {
			clear(g.hosts)
		}
		h = &panelHost{}
		g.hosts[host] = h
	}
	if !h.minute.Equal(minute) {
		h.minute, h.n = minute, 0
	}
	h.n++
	return h.n > panelPerMin
}

// fits tells whether a question is signed, of now, and new. What was stamped before this
// process began could be one that was answered then: the nonces of that time are forgotten.
func (g *panelGate) fits(secret, stamp, nonce, signature string, body []byte) bool {
	ts, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || nonce == "" || len(nonce) > 128 {
		return false
	}
	want := []byte("v1=" + panelSignature(secret, stamp, nonce, body))
	if !hmac.Equal(want, []byte(signature)) {
		return false
	}
	at, now := time.Unix(ts, 0), g.now()
	if at.Sub(now).Abs() > panelWindow || ts <= g.started.Unix() {
		return false
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if until, ok := g.nonces[nonce]; ok && until.After(now) {
		return false
	}
	if len(g.nonces) >= maxNonces {
		for n, until := range g.nonces {
			if !until.After(now) {
				delete(g.nonces, n)
			}
		}
	}
	if len(g.nonces) >= maxNonces {
		return false // none that could still be repeated is forgotten
	}
	g.nonces[nonce] = at.Add(panelWindow + time.Second)
	return true
}

func panelSignature(secret, stamp, nonce string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(stamp + "." + nonce + "."))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// panelQuestion is what another helpdesk asks.
type panelQuestion struct {
	V         int    `json:"v"`
	Source    string `json:"source"`
	Requester struct {
		Emails []string `json:"emails"`
		Phones []string `json:"phones"`
	} `json:"requester"`
	Agent struct {
		Email string `json:"email"`
		Name  string `json:"name"`
	} `json:"agent"`
	Hints struct {
		OrderNumbers []string `json:"order_numbers"`
	} `json:"hints"`
	// Next is the token of an answer before: the orders after those.
	Next string `json:"next"`
}

// panelAnswer is what it is told. Sums are decimals as text, times have their offset.
type panelAnswer struct {
	V          int              `json:"v"`
	Status     card.FoundStatus `json:"status"`
	Reason     string           `json:"reason,omitempty"`
	Policy     string           `json:"policy,omitempty"`
	Match      *panelMatch      `json:"match,omitempty"`
	Candidates []panelCandidate `json:"candidates,omitempty"`
	Customer   *panelCustomer   `json:"customer,omitempty"`
	Orders     []panelOrder     `json:"orders,omitempty"`
	OrdersPage *panelPage       `json:"orders_page,omitempty"`
	Timeline   []panelLine      `json:"timeline,omitempty"`
	Alerts     []panelAlert     `json:"alerts,omitempty"`
	Freshness  *panelFreshness  `json:"freshness,omitempty"`
	Actions    []panelAction    `json:"actions,omitempty"`
}

type panelMatch struct {
	By         string `json:"by"`
	Confidence string `json:"confidence"`
	Others     int    `json:"others"`
}

type panelCandidate struct {
	ID     int64  `json:"id"`
	Name   string `json:"name"`
	Orders int    `json:"orders_count"`
	Match  string `json:"match"`
}

type panelCustomer struct {
	ID       int64         `json:"id"`
	Site     string        `json:"site"`
	Name     string        `json:"name"`
	Emails   []string      `json:"emails"`
	Phones   []string      `json:"phones"`
	VIP      bool          `json:"vip"`
	Bad      bool          `json:"bad"`
	Tags     []string      `json:"tags"`
	Orders   int           `json:"orders_count"`
	Total    string        `json:"total"`
	Currency string        `json:"currency"`
	Average  string        `json:"average_check"`
	Since    string        `json:"since"`
	Manager  *panelManager `json:"manager,omitempty"`
	URL      string        `json:"url"`
}

type panelManager struct {
	ID    int64  `json:"id"`
	Name  string `json:"name"`
	Email string `json:"email"`
	Phone string `json:"phone"`
}

type panelOrder struct {
	ID     gateway.OrderID `json:"id"`
	Number string          `json:"number"`
	Status struct {
		Code  string `json:"code"`
		Name  string `json:"name"`
		Group string `json:"group"`
	} `json:"status"`
	CreatedAt string      `json:"created_at"`
	Total     string      `json:"total"`
	Items     []panelItem `json:"items"`
	Track     string      `json:"track"`
	Delivery  bool        `json:"in_delivery"`
	Problem   bool        `json:"problem"`
	Mentioned bool        `json:"mentioned"`
	URL       string      `json:"url"`
}

type panelItem struct {
	Name     string `json:"name"`
	Quantity string `json:"qty"`
	Price    string `json:"price"`
}

type panelPage struct {
	Shown int    `json:"shown"`
	Total int    `json:"total"`
	Next  string `json:"next,omitempty"`
}

type panelLine struct {
	At   string        `json:"at"`
	Kind card.LineKind `json:"kind"`
	Text string        `json:"text"`
}

type panelAlert struct {
	Code  string `json:"code"`
	Order string `json:"order,omitempty"`
}

type panelFreshness struct {
	Source string `json:"source"`
	AsOf   string `json:"as_of,omitempty"`
}

type panelAction struct {
	ID    string `json:"id"`
	Label string `json:"label"`
	URL   string `json:"url,omitempty"`
}

// lookup answers another helpdesk's question who a requester is. Who knows the secret may ask;
// without the door there is no such address.
func (s *Server) lookup(c *fiber.Ctx) error {
	settings, err := s.o.Book.Settings(c.UserContext())
	if err != nil {
		return c.SendStatus(fiber.StatusServiceUnavailable)
	}
	embed := settings.Helpdesk.Embed
	switch {
	case !embed.Panel || embed.PanelSecret == "":
		return c.SendStatus(fiber.StatusNotFound)
	case len(c.Body()) > maxPanelBody:
		return c.SendStatus(fiber.StatusRequestEntityTooLarge)
	case s.panel.crowded(c.IP()):
		c.Set(fiber.HeaderRetryAfter, "60")
		return c.SendStatus(fiber.StatusTooManyRequests)
	case !s.panel.fits(embed.PanelSecret, c.Get("X-Panel-Timestamp"), c.Get("X-Panel-Nonce"), c.Get("X-Panel-Signature"), c.Body()):
		s.o.Logger.Warn("a question of a helpdesk was refused", "ip", c.IP())
		return c.SendStatus(fiber.StatusUnauthorized)
	}
	var q panelQuestion
	if err := json.Unmarshal(c.Body(), &q); err != nil || q.V != 1 {
		return c.SendStatus(fiber.StatusBadRequest)
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(true)
	if err := e.Encode(s.answerPanel(q, settings)); err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSONCharsetUTF8)
	return c.Send(out.Bytes())
}

// answerPanel answers in three seconds whatever the CRM does.
func (s *Server) answerPanel(q panelQuestion, settings gateway.Settings) panelAnswer {
	ctx, cancel := context.WithTimeout(context.Background(), panelCut)
	answer := make(chan panelAnswer, 1)
	go func() { // it may outlive the answer by what a port takes to notice that the time is over
		defer cancel()
		defer func() {
			if r := recover(); r != nil {
				s.o.Logger.Error("a helpdesk's question panicked", "panic", r)
			}
		}()
		answer <- s.panelFound(ctx, q, settings)
	}()
	select {
	case a := <-answer:
		return a
	case <-ctx.Done():
		select {
		case a := <-answer: // it came at the same time
			return a
		default:
		}
		return s.panelDegraded("timeout", settings.Shop.Zone())
	}
}

func (s *Server) panelFound(ctx context.Context, q panelQuestion, settings gateway.Settings) panelAnswer {
	zone := settings.Shop.Zone()
	hints := card.Hints{Emails: firstOf(q.Requester.Emails), Phones: firstOf(q.Requester.Phones), Numbers: firstOf(q.Hints.OrderNumbers)}
	found, err := s.o.Support.FindCustomer(ctx, hints)
	if err != nil {
		return s.panelDegraded(panelReason(err), zone)
	}
	w := s.words[settings.Shop.Language]
	if w == nil {
		w = s.words[languages[0]]
	}
	switch found.Status {
	case card.FoundOne:
	case card.FoundMany:
		a := panelAnswer{V: 1, Status: card.FoundMany}
		for _, k := range found.Candidates {
			a.Candidates = append(a.Candidates, panelCandidate{k.Customer, k.Name, k.Orders, k.By})
		}
		return a
	case card.FoundAway:
		return s.panelDegraded("retailcrm_unavailable", zone)
	default:
		a := panelAnswer{V: 1, Status: card.FoundNone, Policy: map[gateway.UnknownRequester]string{gateway.UnknownOffer: "create", gateway.UnknownAuto: "auto"}[settings.Helpdesk.Unknown]}
		if a.Policy == "" {
			a.Policy = "off"
		} else {
			a.Actions = []panelAction{{ID: "create_customer", Label: w.say("panel.create_customer")}}
		}
		return a
	}
	k, err := s.o.Support.Card(ctx, found.Customer, CardLook{By: strings.TrimSpace(clip(cmp.Or(q.Source, "panel"), 30) + ": " + clip(cmp.Or(q.Agent.Name, q.Agent.Email), 80))})
	if err != nil {
		return s.panelDegraded(panelReason(err), zone)
	}
	a := panelCard(k, found, hints.Numbers, zone)
	if from := offsetOf(q.Next); from > 0 {
		if err := s.panelMore(ctx, &a, k, from, zone); err != nil {
			return s.panelDegraded(panelReason(err), zone)
		}
	}
	to := ""
	if base := strings.TrimRight(settings.Helpdesk.CardURL, "/"); base != "" {
		to = base + "/card/" + strconv.FormatInt(k.Profile.ID, 10)
	}
	if len(a.Orders) > 0 {
		a.Actions = append(a.Actions, panelAction{ID: "open_order", Label: w.say("panel.open_order")})
	}
	a.Actions = append(a.Actions, panelAction{ID: "note_to_crm", Label: w.say("panel.note_to_crm"), URL: to})
	return a
}

// firstOf bounds a list that somebody else sends.
func firstOf(list []string) []string {
	var kept []string
	for _, v := range list {
		if v = strings.TrimSpace(v); v != "" && len(v) <= 200 && len(kept) < 10 {
			kept = append(kept, v)
		}
	}
	return kept
}

func panelReason(err error) string {
	switch device.KindOf(err) {
	case device.Unavailable, device.RateLimited, device.Unauthorized:
		return "retailcrm_unavailable"
	case device.NotFound:
		return "customer_gone"
	}
	return "timeout"
}

// panelDegraded is the answer when nobody could be asked: it says of when what this box knows
// is.
func (s *Server) panelDegraded(reason string, zone *time.Location) panelAnswer {
	a := panelAnswer{V: 1, Status: card.FoundAway, Reason: reason, Freshness: &panelFreshness{Source: "cache"}}
	if last := s.o.Desk.CRM().LastPoll; !last.IsZero() {
		a.Freshness.AsOf = last.In(zone).Format(time.RFC3339)
	}
	return a
}

func panelCard(k card.Card, found card.Found, numbers []string, zone *time.Location) panelAnswer {
	p := k.Profile
	a := panelAnswer{V: 1, Status: card.FoundOne, Match: &panelMatch{found.By, "exact", len(found.Candidates)}}
	if found.By == "choice" {
		a.Match.Confidence = "chosen"
	}
	a.Freshness = &panelFreshness{Source: "retailcrm", AsOf: k.AsOf.In(zone).Format(time.RFC3339)}
	if k.FromCache {
		a.Freshness.Source = "cache"
	}
	if k.Away != "" {
		a.Status, a.Reason, a.Freshness.Source = card.FoundAway, "retailcrm_unavailable", "cache"
	}
	a.Customer = &panelCustomer{
		ID: p.ID, Site: p.Site, Name: p.Name, Emails: list(p.Emails), Phones: list(p.Phones), VIP: p.VIP, Bad: p.Bad, Tags: list(p.Tags),
		Orders: max(p.OrdersCount, k.OrdersTotal), Total: p.Total, Currency: p.Currency, Average: p.Average, URL: webAddress(p.URL),
	}
	if !p.CreatedAt.IsZero() {
		a.Customer.Since = p.CreatedAt.In(zone).Format(time.DateOnly)
	}
	if m := k.Manager; m != nil {
		a.Customer.Manager = &panelManager{m.ID, m.Name, m.Email, m.Phone}
	}
	for _, o := range k.Orders {
		a.Orders = append(a.Orders, panelOrderOf(o, numbers, zone))
		if o.Delivery {
			a.Alerts = append(a.Alerts, panelAlert{"delivery_in_progress", o.Number})
		}
		if o.Problem {
			a.Alerts = append(a.Alerts, panelAlert{"order_problem", o.Number})
		}
		if o.Late > 0 {
			a.Alerts = append(a.Alerts, panelAlert{"order_late", o.Number})
		}
	}
	a.OrdersPage = &panelPage{Shown: len(k.Orders), Total: max(k.OrdersTotal, len(k.Orders))}
	if a.OrdersPage.Total > len(k.Orders) {
		a.OrdersPage.Next = tokenOf(len(k.Orders))
	}
	for _, l := range k.Lines {
		a.Timeline = append(a.Timeline, panelLine{l.At.In(zone).Format(time.RFC3339), l.Kind, l.Text})
	}
	return a
}

// panelMore puts further orders in the place of the first ones.
func (s *Server) panelMore(ctx context.Context, a *panelAnswer, k card.Card, from int, zone *time.Location) error {
	page := from/ordersOnPage + 1
	orders, total, err := s.o.Support.MoreOrders(ctx, k.Profile.ID, page)
	if err != nil {
		return err
	}
	if page == 1 {
		orders = notShown(orders, k.Orders)
	}
	a.Orders, a.Alerts, a.Timeline = nil, nil, nil
	for _, o := range orders {
		a.Orders = append(a.Orders, panelOrderOf(o, nil, zone))
	}
	a.OrdersPage = &panelPage{Shown: len(orders), Total: total}
	if page*ordersOnPage < total {
		a.OrdersPage.Next = tokenOf(page * ordersOnPage)
	}
	return nil
}

func panelOrderOf(o card.Order, numbers []string, zone *time.Location) panelOrder {
	v := panelOrder{
		ID: o.ID, Number: o.Number, CreatedAt: o.CreatedAt.In(zone).Format(time.RFC3339), Total: o.Total, Items: []panelItem{}, Track: o.Track,
		Delivery: o.Delivery, Problem: o.Problem, Mentioned: o.Mentioned, URL: webAddress(o.URL),
	}
	for _, n := range numbers { // the card knows only the numbers of its tickets
		v.Mentioned = v.Mentioned || strings.EqualFold(n, o.Number)
	}
	v.Status.Code, v.Status.Name, v.Status.Group = o.Status, o.StatusName, o.Group
	for _, i := range o.Items {
		v.Items = append(v.Items, panelItem{i.Name, i.Quantity, i.Price})
	}
	return v
}

func list(v []string) []string {
	if v == nil {
		return []string{}
	}
	return v
}

func tokenOf(offset int) string {
	return base64.StdEncoding.EncodeToString([]byte("offset:" + strconv.Itoa(offset)))
}

// offsetOf reads a token; 0 for one that is not ours.
func offsetOf(token string) int {
	raw, err := base64.StdEncoding.DecodeString(token)
	if err != nil {
		return 0
	}
	text, ok := strings.CutPrefix(string(raw), "offset:")
	n, err := strconv.Atoi(text)
	if !ok || err != nil || n < 0 || n > 1_000_000 {
		return 0
	}
	return n
}
