package campaign

import (
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// Campaign is one mailing.
type Campaign struct {
	ID    gateway.CampaignID
	Name  string
	Kind  Kind
	State State
	// Version rises with each change that a person makes; a change is based on one.
	Version int

	Audience Audience
	Text     Text
	Plan     Plan
	// Report is what the CRM's cards get at the end.
	Report Report

	// Collect is how far the gathering of the audience has come.
	Collect Collect
	// Why says why it is paused or stopped.
	Why  gateway.Reason
	Args gateway.Args
	// Rest: the first portion is through, a person has looked and let the others go.
	Rest bool

	CreatedAt, UpdatedAt time.Time
	By                   string // who changed it last
	StartedAt            time.Time
	EndedAt              time.Time
	// WatchedFrom is when a person last let it go on: the watch looks at nobody who was fed before.
	WatchedFrom time.Time
}

// Kind keeps service and advertising apart.
type Kind string

// The kinds. An invitation asks customers for a review of what they bought and needs no consent; a
// refusal counts for both. Whoever never ordered gets either with consent only.
const (
	Invitation  Kind = "invitation"
	Advertising Kind = "advertising"
)

// State is how far a mailing has come.
type State string

// The states.
const (
	Draft    State = "draft"
	Starting State = "starting" // its people are being frozen; after a crash that begins anew
	Running  State = "running"
	Paused   State = "paused"
	Stopped  State = "stopped" // by a person, for good
	Done     State = "done"    // everybody was dealt with
)

// States lists them all.
var States = []State{Draft, Starting, Running, Paused, Stopped, Done}

// Source is where a mailing's people come from.
type Source string

// The sources.
const (
	FromCustomers Source = "customers" // the CRM's cards
	FromOrders    Source = "orders"    // the CRM's orders
	FromContacts  Source = "contacts"  // who wrote to this box, or got something from it
	FromList      Source = "list"      // pasted
	FromFile      Source = "file"
)

// Sources lists them all.
var Sources = []Source{FromCustomers, FromOrders, FromContacts, FromList, FromFile}

// Audience says who is written to.
type Audience struct {
	Source Source
	Query  gateway.AudienceQuery // for customers and orders
	// NoMark leaves out who gave the shop a mark already.
	NoMark bool
	// Pasted is the text of FromList.
	Pasted string
	File   File
	// Consent is what the shop states about the people of a list or file: that they allowed
	// advertising, how and when. Empty Source: nothing.
	ConsentFrom string
	ConsentAt   time.Time
}

// File is an uploaded list of people and how it is to be read.
type File struct {
	Name string // as uploaded
	// Ref names the uploaded file in the box; empty: none.
	Ref string
	// Encoding is "utf-8", "windows-1251" or "utf-16"; Comma the separator of a CSV file. Empty: found
	// out.
	Encoding string
	Comma    string
	// Header: the first row has the columns' names.
	Header bool
	// Columns say what each column is, by its number from 0: "phone", "name", "language", "city",
	// "order", or "field:NAME" for a field that the text may use as {{column.NAME}}; a column that is
	// missing is left out.
	Columns map[int]string
}

// Text is what is written.
type Text struct {
	// Variants alternate among the people: 1 to 4. With Winner set, who has not been written to gets
	// that variant (its number from 1).
	Variants []Variant
	Winner   int
	// File is a picture or a document that goes with the text; 0: none. SMS go without.
	File     gateway.FileID
	FileName string
	// HappyOnly leaves out those who gave 3 or less; who left no mark stays.
	HappyOnly bool
}

// Variant is one wording by language ("ru", "en"): templates over the directory of CampaignFields.
type Variant struct {
	Texts map[string]string
}

// Plan says when and by which channels.
type Plan struct {
	// Channels in order of preference, any of chat, whatsapp, sms.
	Channels []device.Channel
	// Week is when it goes, by each person's own clock; the shop's decency narrows it.
	Week gateway.Week
	// StartAt is the earliest time; zero: at once. EndAt: who was not written to until then is not
	// written to at all; zero: no end.
	StartAt, EndAt time.Time
	// PerHour bounds the mailing, besides the channels' own pace; 0: no limit.
	PerHour int
	// SMSPerDay and NewChatsPerDay bound what it takes of the channels' budgets; 0: their share for mailings.
	SMSPerDay, NewChatsPerDay int
	// NewChatsWait: whoever may not be written to for the first time today waits; else he gets an SMS.
	NewChatsWait bool
	// Canary is how many go first, to look at what becomes of them; 0: all go at once.
	Canary int
}

// Report is what the CRM's cards get at the end.
type Report string

// The reports.
const (
	ReportNone Report = ""
	ReportNote Report = "note"
	ReportTag  Report = "tag"
)

// Collect is how far the gathering of people has come.
type Collect struct {
	State CollectState
	// Read of Total (0: not known) were looked at; Found of them are in the list.
	Read, Total, Found int
	// Error is the technician's words to CollectFailed.
	Error string
	// Token is another one for each audience: what was gathered for an older one is dropped.
	Token int64
	At    time.Time
}

// CollectState is the state of the gathering.
type CollectState string

// The states.
const (
	CollectNone    CollectState = ""
	CollectRunning CollectState = "running"
	CollectDone    CollectState = "done"
	CollectFailed  CollectState = "failed" // a person may try again
)

// Person is one person of a mailing.
type Person struct {
	ID       int64
	Campaign gateway.CampaignID
	// Line is the row of the list or file from 1, 0 for the CRM's.
	Line     int
	Phone    device.Phone // empty: known by his card alone
	Customer int64
	Order    gateway.OrderID
	Name     string
	Language string // empty: the shop's
	Zone     string // IANA; empty: the shop's
	// Known: he ordered once, or wrote to the shop.
	Known bool
	// Allows is what his source says of advertising.
	Allows device.Answer
	Fields map[string]string

	State  PersonState
	Reason gateway.Reason
	Args   gateway.Args
	// Class is what his way costs, as far as known when he was gathered, then when the mailing began.
	Class Class
	// Variant is his wording, from 1; 0: he has none yet.
	Variant int
	// Message is the newest one made for him; Tries how many were made (those taken back count).
	Message gateway.MessageID
	Tries   int
	Channel device.Channel // by which it went, or goes
	// What came of it; zero: nothing yet.
	SentAt, DeliveredAt, ReadAt, AnsweredAt, ClickedAt, MarkedAt, OptedOutAt time.Time
	// Token is the short key of his review link; empty: he has none.
	Token string
}

// PersonState is how far a person of a mailing has come.
type PersonState string

// The states.
const (
	PersonOut    PersonState = "out"    // left out, with the reason
	PersonWaits  PersonState = "waits"  // his turn comes; while the mailing is a draft: he is in the list
	PersonQueued PersonState = "queued" // his message is in the queue
	PersonSent   PersonState = "sent"   // the network took it, or it arrived
	PersonDoubt  PersonState = "doubt"  // nobody knows whether it left
	PersonFailed PersonState = "failed" // it could not be sent, with the reason
)

// PersonStates lists them all.
var PersonStates = []PersonState{PersonOut, PersonWaits, PersonQueued, PersonSent, PersonDoubt, PersonFailed}

// Class is what a person's way costs.
type Class string

// The classes.
const (
	Warm    Class = "warm"     // a chat is open: WhatsApp or a messenger
	Cold    Class = "cold"     // WhatsApp would begin a chat; it may have to be asked whether he is there
	SMSOnly Class = "sms_only" // known not to be on WhatsApp, or the mailing goes by SMS alone
)
