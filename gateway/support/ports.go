package support

import (
	"context"
	"time"

	"vestnik/gateway"
	"vestnik/gateway/card"
)

// Store is where tickets are kept. Every method that changes something is one
// transaction.
type Store interface {
	// TicketCursor is the largest time of update that the helpdesk gave, as its own text; ""
	// before the first look.
	TicketCursor(ctx context.Context) (string, error)
	// TicketsBegun is the newest time that the helpdesk gave as the work with this account began, as its own
	// text, and when that was by our clock: what is older is told to nobody. "" before BeginTickets, which notes
	// it once; after a restore it begins anew.
	TicketsBegun(ctx context.Context) (newest string, at time.Time, err error)
	BeginTickets(ctx context.Context, newest string, at time.Time) error
	// SeeTickets keeps what a look brought together with the cursor. A ticket that is new, or
	// whose Updated is neither the kept one nor that of our own last write, becomes due at now, and so does
	// one that was merged, deleted, given another status or requester without that. It answers the ids of
	// those. What is known already is not written again: when that is all, nothing is (but once in half an
	// hour, that it was looked at).
	SeeTickets(ctx context.Context, tickets []gateway.Ticket, cursor string, now time.Time) ([]gateway.TicketID, error)
	Ticket(ctx context.Context, id gateway.TicketID) (Ticket, error)
	// DueTicket is the next one to take up; ok is false when there is none.
	DueTicket(ctx context.Context, now time.Time) (t Ticket, ok bool, err error)
	NextTicketAt(ctx context.Context) (at time.Time, ok bool, err error)
	// KeepTicket writes what was found out and done, lines of its history, and effects. When the
	// ticket was seen changed meanwhile (its kept Seen is not t.Seen any more), what the helpdesk says of it
	// and DueAt stay as they are in the ledger. An event with the same reason and args as one before is not repeated.
	// A ticket that is not kept yet, as one that this box has opened, is kept from now on.
	KeepTicket(ctx context.Context, t Ticket, events []Event, effects []gateway.Effect) error
	TicketEvents(ctx context.Context, id gateway.TicketID) ([]Event, error)
	// Tickets are for lists, newest first.
	Tickets(ctx context.Context, f TicketFilter) ([]Ticket, error)
	// OpenTicketsOf are a customer's open tickets, the one updated last first.
	OpenTicketsOf(ctx context.Context, customer int64) ([]Ticket, error)
	// OpenTickets counts them; OldestLooks are open ones that were not looked at since t, for those that
	// are merged, deleted or moved without a change that a look by time shows; t lies half an hour
	// back or more.
	OpenTickets(ctx context.Context) (int, error)
	OldestLooks(ctx context.Context, lookedBefore time.Time, limit int) ([]Ticket, error)
	// MakeDue makes the open tickets of customers due.
	MakeDue(ctx context.Context, customers []int64, at time.Time) error

	// Person is a helpdesk's user as last read, and when; zero: never.
	Person(ctx context.Context, id int64) (p gateway.Requester, at time.Time, err error)
	// KeepRequester keeps what Person answers.
	KeepRequester(ctx context.Context, p gateway.Requester, at time.Time) error

	// QueueAlarms notes orders that reached one of the statuses, once for each order and status,
	// reading status changes on from where it stopped; the very first time it only notes where
	// the history ends. It answers how many.
	QueueAlarms(ctx context.Context, statuses []string) (int, error)
	DueAlarms(ctx context.Context, now time.Time, limit int) ([]Alarm, error)
	NextAlarmAt(ctx context.Context) (at time.Time, ok bool, err error)
	KeepAlarm(ctx context.Context, a Alarm) error

	// HelpdeskBook is the account's vocabulary as last read; zero: never.
	HelpdeskBook(ctx context.Context) (gateway.HelpdeskBook, error)
	SaveHelpdeskBook(ctx context.Context, b gateway.HelpdeskBook) error

	// Questions are closed and open tickets since t, counted by topic and product; the most
	// frequent first.
	Questions(ctx context.Context, since, until time.Time) ([]Question, error)
	// DigestedAt is the end of the last week that was told to the CRM.
	DigestedAt(ctx context.Context) (time.Time, error)
	// KeepDigest notes it together with the effect that tells it.
	KeepDigest(ctx context.Context, at time.Time, e gateway.Effect) error

	// UnpairedTickets are customers' tickets closed before t whose effect on later orders is not
	// known yet, or was known for fewer of Pair's three times than has become possible: the second counts from 30
	// days before t, the third from 60. Pairs is what is known: see Pair.
	UnpairedTickets(ctx context.Context, closedBefore time.Time, limit int) ([]Ticket, error)
	KeepPair(ctx context.Context, p Pair) error
	Pairs(ctx context.Context, since time.Time) ([]Pair, error)
	// HadTicket tells which of these customers have had a ticket.
	HadTicket(ctx context.Context, customers []int64) (map[int64]bool, error)
}

// TicketFilter selects tickets for a list. Zero values do not filter.
type TicketFilter struct {
	Found  card.FoundStatus
	Open   bool
	Raised bool
	Since  time.Time // by FirstSeen
	Search string    // number, part of a title or a name
	Limit  int       // 1 to 200; 0 means 50
}

// Alarm is an order that reached a critical status.
type Alarm struct {
	ID      int64
	Order   gateway.OrderID
	Status  string
	At      time.Time
	DueAt   time.Time
	Tries   int
	State   AlarmState
	Ticket  gateway.TicketID // where it was told
	Comment int64            // by which comment
	Why     string           // of AlarmNever; the last error of one that waits
}

// AlarmState is how far an alarm has come.
type AlarmState string

// The states.
const (
	AlarmWaits AlarmState = "waits"
	// AlarmOpening: an internal ticket may have been opened, and its answer did not come.
	AlarmOpening AlarmState = "opening"
	AlarmTold    AlarmState = "told"
	AlarmNever   AlarmState = "never"
)

// Question is how often something was asked.
type Question struct {
	Topic   string // code of a topic, see Topics
	Product string // "" for questions that name none
	Tickets int
	// Before is how many there were in the time of the same length before.
	Before int
	// Example is a ticket.
	Example gateway.TicketID
	Number  string
}

// Pair is a customer who had a ticket beside like customers who had none.
type Pair struct {
	Ticket   gateway.TicketID
	Customer int64
	ClosedAt time.Time
	Mark     string // what he gave the ticket; free text
	ShopMark int    // 1 to 5 that he gave the shop; 0: none
	First    time.Duration
	Lasted   time.Duration
	// Back tells whether he ordered again within 30, 60 and 90 days; Known, for which of these enough
	// time has passed.
	Back, Known [3]bool
	// Others are like customers without tickets, and how many of them ordered again.
	Others     int
	OthersBack [3]int
}

// Trial is what rules would have done with the tickets of a time.
type Trial struct {
	Since   time.Time
	Tickets int // that were looked at
	Known   int // of customers whom the CRM knows
	Rows    []TrialRow
}

// TrialRow is a ticket that a rule would have raised.
type TrialRow struct {
	Ticket   Ticket
	Rule     string
	Reason   Event
	From, To string // priorities' ids
	// Left tells that nothing would be done, since a person had set the priority or it was higher already.
	Left bool
}

// Quality is what the marks and times of support have to do with customers coming back.
type Quality struct {
	Since   time.Time
	Tickets int
	// Rated is how many requesters gave a mark.
	Rated int
	Rows  []QualityRow
}

// QualityRow is one group of tickets.
type QualityRow struct {
	// By is "all", "mark", "first" or "lasted", Value the group within it.
	By, Value string
	Tickets   int
	// Known is of how many it is known whether they came back, Back how many did, within 30, 60
	// and 90 days.
	Known, Back [3]int
	// Others are like customers without tickets.
	Others, OthersBack [3]int
}
