package bot

import (
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// The languages that the bot has words for.
const (
	Russian = "ru"
	English = "en"
)

// Week, Span and Day are the shop's hours; see gateway.
type (
	Week = gateway.Week
	Span = gateway.Span
	Day  = gateway.Day
)

// Daily is a week with the same span every day.
func Daily(from, to gateway.Clock) Week { return gateway.Daily(from, to) }

// Local is a text by language ("ru", "en"). A language that is missing falls back to
// the shop's, then to any that is there.
type Local map[string]string

// Script is everything that a manager may edit. The zero Script is not valid; start
// from DefaultScript.
type Script struct {
	// On: the bot answers. While it is off customers' words are only kept and shown.
	On bool
	// Open is when people of the shop answer.
	Open Week
	// Languages are those in which the bot answers, the shop's own first.
	Languages []string
	// Lines are the bot's own sentences, as templates. One that is missing is the default's.
	Lines map[Line]Local
	// AgainAfter is how long a customer was silent before he is welcomed again, 1 hour to
	// 366 days.
	AgainAfter time.Duration
	Commands   []Command

	// StopWords and StartWords refuse and allow advertising; the whole message must be one
	// of them. PersonWords reach a person from anywhere, ListWords show the list.
	StopWords, StartWords, PersonWords, ListWords []string

	// HumanFor is how long the bot is silent after the last word of a person of the shop,
	// and after it called one, 10 minutes to 14 days.
	HumanFor time.Duration
	Limits   Limits
	Marks    MarkRules
	// TryOut are the phones that see commands for AudienceTryOut.
	TryOut []device.Phone
}

// Limits guard against floods, loops and other bots.
type Limits struct {
	// PerMinute and PerDay bound the answers in one conversation, 2 to 20 and 5 to 500. The
	// last one of a minute or day says that it was too much.
	PerMinute, PerDay int
	// SameWithin is how long the same text is not said again, up to 1 day.
	SameWithin time.Duration
	// Silence is how long the bot says nothing to what looks like another bot, 1 minute to 7
	// days.
	Silence time.Duration
	// LookupsPerHour and LookupsPerDay bound the tries to find an order by its number and
	// the last digits of a phone, 1 to 100.
	LookupsPerHour, LookupsPerDay int
	// ListValid is how long the numbers mean those of an opened sub-list, and how long a
	// question about an order waits for its answer, 1 minute to 1 day.
	ListValid time.Duration
}

// MarkRules are how marks are asked for and followed up.
type MarkRules struct {
	// Valid is how long an answer to the question counts, 1 hour to 60 days.
	Valid time.Duration
	// CorrectWithin is how long a second mark replaces the first, up to 1 day.
	CorrectWithin time.Duration
	// ReviewLink is offered once after marks of 4 and 5; empty: it is not.
	ReviewLink string
	Ask        AskRule
}

// AskRule is when marks are asked for by themselves.
type AskRule struct {
	On bool
	// Statuses are the CRM's status codes of orders that were handed over.
	Statuses []string
	// After is the pause since the status, up to 30 days.
	After time.Duration
	// Hours are the shop's hours in which it is decent to ask.
	Hours gateway.Hours
	About []Subject
	// ShopField and CourierField are the codes of the order's custom fields that the marks are
	// written to, and CommentField that of what the customer said; empty: not written.
	ShopField, CourierField, CommentField string
}

// Audience is who is offered a command.
type Audience string

// The audiences.
const (
	AudienceAll    Audience = "all"
	AudienceOrders Audience = "with_orders" // only those who have orders
	AudienceTryOut Audience = "try_out"     // only the phones of Script.TryOut
)

// Command is one line of the list.
type Command struct {
	// ID names the command for good, in statistics and journals: 1 to 40 small Latin
	// letters, digits and hyphens, unique in the script.
	ID     string
	Number int // 1 to 99, unique in its list
	Title  Local
	// Words are words and phrases of any language that ask for it, besides its titles.
	Words    []string
	Hours    Week // when it is offered; the zero Week is always
	Audience Audience
	Answer   Answer
}

// AnswerKind is what a command does.
type AnswerKind string

// The kinds of answers.
const (
	AnswerText     AnswerKind = "text"
	AnswerOrder    AnswerKind = "order_status"
	AnswerPoints   AnswerKind = "points" // pick-up points with their hours
	AnswerQuestion AnswerKind = "question"
	AnswerPerson   AnswerKind = "person"
	AnswerLink     AnswerKind = "link"
	AnswerList     AnswerKind = "list" // a list of its own
)

// AnswerKinds lists them all, for pages.
var AnswerKinds = []AnswerKind{AnswerText, AnswerOrder, AnswerPoints, AnswerQuestion, AnswerPerson, AnswerLink, AnswerList}

// Answer is what a customer gets for a command.
type Answer struct {
	Kind AnswerKind
	// Text is a template: the whole answer for AnswerText, what stands above the rest for
	// the others, where it may be empty.
	Text Local
	// Points are for AnswerPoints.
	Points []Point
	// About is for AnswerQuestion: what the customer marks from 1 to 5, each once.
	About []Subject
	// Link is for AnswerLink: an https address.
	Link string
	// List is for AnswerList. Lists may be nested three deep.
	List []Command
}

// Point is a pick-up point.
type Point struct {
	Name, Address, Hours Local
	Phone                string
	Link                 string // a map; may be empty
}

// Subject is what a mark is about.
type Subject string

// The subjects.
const (
	AboutShop    Subject = "shop"
	AboutCourier Subject = "courier"
)
