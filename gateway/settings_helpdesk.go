package gateway

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// HelpdeskSettings is the way to the helpdesk and what is done there.
type HelpdeskSettings struct {
	Enabled bool
	URL     string // https://shop.helpdeskeddy.com; http for loopback only
	Email   string // the service employee's
	Key     string // secret
	// Poll is the pause between two looks at the tickets, 10 s to 10 min.
	Poll time.Duration
	// PerMinute is the most requests that this box makes, 10 to 240 of the account's 300.
	PerMinute int
	// CardURL is the address under which operators' browsers reach this box; empty: tickets
	// get no link to the live card.
	CardURL string
	// Comment writes the card into each ticket as a comment for employees.
	Comment bool
	// Sparse leaves everything but numbers and statuses out of the comment.
	Sparse bool
	// Fields are ids of ticket fields by what goes there: "customer", "vip", "order", "status".
	// Fields that requesters see are never written.
	Fields map[string]string
	// Closed are the ids of statuses that end a ticket.
	Closed []string
	// IgnoreDomains are domains of e-mail addresses that no person has.
	IgnoreDomains []string

	Unknown UnknownRequester
	// UnknownSite is the shop for new customers; empty: the account's main one.
	UnknownSite string

	// NoteTickets notes each new ticket on the customer's card in the CRM.
	NoteTickets bool
	// NotifyManager tells the order's manager when a customer with an order in Delivery asks.
	NotifyManager bool
	// ManagerTask gives him a task besides.
	ManagerTask bool
	// Delivery, Problem and Critical are order status codes: under way to the customer, gone wrong,
	// and so wrong that support must know before the customer asks.
	Delivery []string
	Problem  []string
	Critical []string

	// Ranking are the ids of priorities from the least urgent to the most.
	Ranking []string
	// Rules raise a ticket's priority; the highest that fits counts.
	Rules []PriorityRule
	// RulesDry only says what would be raised.
	RulesDry bool

	// CriticalPriority is the priority for Critical; empty: it is left alone.
	CriticalPriority string
	// InternalRequester is the employee in whose name internal tickets are opened; 0: none are.
	InternalRequester  int64
	InternalDepartment string

	Digest DigestSettings
	Embed  EmbedSettings

	// KeepDays is how long what is known of customers is kept after their last ticket, 7 to 730.
	KeepDays int
}

// UnknownRequester is what is done about a requester whom the CRM does not know.
type UnknownRequester string

// The ways.
const (
	UnknownOff   UnknownRequester = "off"
	UnknownOffer UnknownRequester = "ask"  // the card has a button
	UnknownAuto  UnknownRequester = "auto" // with a real address or number a card is made
)

// UnknownRequesters lists them, the default first.
var UnknownRequesters = []UnknownRequester{UnknownOffer, UnknownOff, UnknownAuto}

// PriorityRule raises tickets of some customers.
type PriorityRule struct {
	Name    string
	Enabled bool
	When    PriorityWhen
	// Value is what When compares with: a number, or a name.
	Value string
	// Priority is the id of the priority to raise to.
	Priority string
}

// PriorityWhen is what a priority rule looks at.
type PriorityWhen string

// The conditions and their values.
const (
	WhenVIP      PriorityWhen = "vip"      // no value
	WhenLate     PriorityWhen = "late"     // an open order whose delivery date passed by so many days
	WhenProblem  PriorityWhen = "problem"  // an order in one of the problem statuses; no value
	WhenDelivery PriorityWhen = "delivery" // an order under way; no value
	WhenTotal    PriorityWhen = "total"    // bought for at least so much
	WhenOrders   PriorityWhen = "orders"   // at least so many orders
	WhenLoyalty  PriorityWhen = "loyalty"  // the level's name
	WhenTag      PriorityWhen = "tag"      // a tag or a segment
)

// PriorityWhens lists them.
var PriorityWhens = []PriorityWhen{WhenVIP, WhenProblem, WhenLate, WhenDelivery, WhenTotal, WhenOrders, WhenLoyalty, WhenTag}

// HasValue tells whether the condition compares with something, and Numeric whether with a
// number.
func (w PriorityWhen) HasValue() bool { return w.Numeric() || w == WhenLoyalty || w == WhenTag }

// Numeric tells whether the condition compares with a number.
func (w PriorityWhen) Numeric() bool { return w == WhenLate || w == WhenTotal || w == WhenOrders }

// DigestSettings is the weekly word to the CRM about what customers ask.
type DigestSettings struct {
	As   DigestKind
	User int64 // the CRM's user who gets a task
	// Customer is the card that gets a note.
	Customer int64
	Weekday  time.Weekday
	Hour     int // of the shop's clock, 0 to 23
}

// DigestKind is how the weekly digest comes into the CRM.
type DigestKind string

// The kinds.
const (
	DigestOff  DigestKind = "off"
	DigestTask DigestKind = "task"
	DigestNote DigestKind = "note"
)

// DigestKinds lists them.
var DigestKinds = []DigestKind{DigestOff, DigestTask, DigestNote}

// EmbedSettings are the other doors to the card.
type EmbedSettings struct {
	// Frame is the origin of a helpdesk that shows the card in a frame (Chatwoot's dashboard
	// app): "https://chat.shop.example"; empty: nobody may.
	Frame string
	// Panel lets other helpdesks ask by POST /panel/v1/lookup; PanelSecret signs their questions.
	Panel       bool
	PanelSecret string // secret
	// Mailbox is the address of the mailbox of HelpDeskEddy's plugin; empty: the plugin is off. It is
	// as good as a key.
	Mailbox string // secret
}

// HelpdeskFields are the names for Fields.
var HelpdeskFields = []string{"customer", "vip", "order", "status"}

// DefaultHelpdesk is what a new box starts from.
func DefaultHelpdesk() HelpdeskSettings {
	return HelpdeskSettings{
		Poll: 15 * time.Second, PerMinute: 60, Comment: true, Closed: []string{"closed"}, Unknown: UnknownOffer, NoteTickets: true,
		NotifyManager: true, Digest: DigestSettings{As: DigestOff, Weekday: time.Monday, Hour: 9}, KeepDays: 180, RulesDry: true,
	}
}

// Ready tells whether there is a helpdesk to ask.
func (h HelpdeskSettings) Ready() bool {
	return h.Enabled && h.URL != "" && h.Email != "" && h.Key != ""
}

// Rank is a priority's place in Ranking, 0 the least urgent; negative when the shop did not
// say.
func (h HelpdeskSettings) Rank(priority string) int { return slices.Index(h.Ranking, priority) }

func (h HelpdeskSettings) validate(e FieldErrors) {
	for name, raw := range map[string]string{"helpdesk.url": h.URL, "helpdesk.embed.mailbox": h.Embed.Mailbox} {
		if raw == "" {
			continue
		}
		if p := urlProblem(raw); p != "" {
			e[name] = p
		}
	}
	if h.Enabled {
		for name, v := range map[string]string{"helpdesk.url": h.URL, "helpdesk.email": h.Email, "helpdesk.key": h.Key} {
			if v == "" {
				e[name] = ProblemRequired
			}
		}
	}
	if h.CardURL != "" && !isWebAddress(h.CardURL) {
		e["helpdesk.card_url"] = ProblemNotURL
	}
	if h.Embed.Frame != "" && !isOrigin(h.Embed.Frame) {
		e["helpdesk.embed.frame"] = ProblemNotURL
	}
	if h.Embed.Panel && len(h.Embed.PanelSecret) < 16 {
		e["helpdesk.embed.panel_secret"] = ProblemWeak
	}
	if h.Poll < 10*time.Second || h.Poll > 10*time.Minute {
		e["helpdesk.poll"] = ProblemRange
	}
	if h.PerMinute < 10 || h.PerMinute > 240 {
		e["helpdesk.per_minute"] = ProblemRange
	}
	if h.KeepDays < 7 || h.KeepDays > 730 {
		e["helpdesk.keep_days"] = ProblemRange
	}
	if !slices.Contains(UnknownRequesters, h.Unknown) {
		e["helpdesk.unknown"] = ProblemUnknown
	}
	for name := range h.Fields {
		if !slices.Contains(HelpdeskFields, name) {
			e["helpdesk.fields"] = ProblemUnknown
		}
	}
	for name, codes := range map[string][]string{"delivery": h.Delivery, "problem": h.Problem, "critical": h.Critical} {
		for _, c := range codes {
			if !codePattern.MatchString(c) {
				e["helpdesk."+name] = ProblemCode
			}
		}
	}
	h.Digest.validate(e)
	for i, r := range h.Rules {
		r.validate("helpdesk.rules."+strconv.Itoa(i)+".", h, e)
	}
}

func (r PriorityRule) validate(prefix string, h HelpdeskSettings, e FieldErrors) {
	switch {
	case strings.TrimSpace(r.Name) == "":
		e[prefix+"name"] = ProblemRequired
	case len([]rune(r.Name)) > 100:
		e[prefix+"name"] = ProblemTooLong
	}
	if !slices.Contains(PriorityWhens, r.When) {
		e[prefix+"when"] = ProblemUnknown
	}
	if r.When.HasValue() && strings.TrimSpace(r.Value) == "" {
		e[prefix+"value"] = ProblemRequired
	} else if n, err := strconv.ParseFloat(r.Value, 64); r.When.Numeric() && (err != nil || n < 0 || n > 1e12) {
		e[prefix+"value"] = ProblemRange
	}
	if r.Priority == "" {
		e[prefix+"priority"] = ProblemRequired
	} else if len(h.Ranking) > 0 && h.Rank(r.Priority) < 0 {
		e[prefix+"priority"] = ProblemUnknown
	}
}

func (d DigestSettings) validate(e FieldErrors) {
	switch {
	case !slices.Contains(DigestKinds, d.As):
		e["helpdesk.digest.as"] = ProblemUnknown
	case d.As == DigestTask && d.User == 0:
		e["helpdesk.digest.user"] = ProblemRequired
	case d.As == DigestNote && d.Customer == 0:
		e["helpdesk.digest.customer"] = ProblemRequired
	}
	if d.Hour < 0 || d.Hour > 23 || d.Weekday < time.Sunday || d.Weekday > time.Saturday {
		e["helpdesk.digest.hour"] = ProblemRange
	}
}

// isWebAddress takes http too: the box in the shop's own network has no certificate.
func isWebAddress(raw string) bool {
	u, err := url.Parse(raw)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil && u.RawQuery == "" && u.Fragment == ""
}

func isOrigin(raw string) bool {
	u, err := url.Parse(raw)
	return err == nil && isWebAddress(raw) && (u.Path == "" || u.Path == "/") && !strings.ContainsAny(raw, " ;,'\"")
}
