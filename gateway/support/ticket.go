package support

import (
	"time"

	"vestnik/gateway"
	"vestnik/gateway/card"
)

// Ticket is a ticket with what this box knows and did about it.
type Ticket struct {
	gateway.Ticket
	// Seen is how often it was seen changed; the ledger's own: hand it back as it was read.
	Seen      int64
	FirstSeen time.Time // by our clock
	ChangedAt time.Time // by our clock: when its last change was noticed
	// Open: it is not closed, deleted or merged.
	Open     bool
	ClosedAt time.Time // by our clock; zero while it is open
	// Person is who asks, as far as it was found out.
	Person     gateway.Requester
	Found      card.FoundStatus // "" before it was looked for
	By         string           // by what: "email", "phone", "choice", "order"
	Customer   int64            // while Found is FoundAway, whom the cache names; to be shown only
	Candidates []card.Candidate
	// Robot tells why nobody is looked for: the address belongs to no person.
	Robot string
	// Numbers are the order numbers that the texts name.
	Numbers []string

	// Comment is our comment there, 0: none yet; CommentHash is of what was written.
	Comment     int64
	CommentHash string
	// Former: the comment is about one who was the requester before.
	Former bool
	// Filled is what this box last wrote into each field, as it wrote and as it read it: what else stands there
	// is a person's.
	Filled map[string][]string
	// Written is the ticket's Updated after our own last write: no news.
	Written string
	// DueAt is when the ticket is to be taken up again; zero: nothing is to be done.
	DueAt time.Time
	Tries int
	Error string

	// RaisedTo and RaisedWhy are what a rule did; RaisedFrom is what it was before. Person tells
	// that somebody set a priority after that, so that rules leave it alone.
	RaisedTo, RaisedFrom, RaisedWhy string
	RaisedAt                        time.Time
	SetByPerson                     bool
	// WouldRaise is what the rules would do while they are only tried.
	WouldRaise string

	FirstAnswer time.Duration // from its making to an employee's first answer; 0: none yet
	Lasted      time.Duration // from its making to its closing; 0: open
	Asked       string        // the helpdesk's time of the requester's last post that was read
	Post        int64         // the newest post that was read
	Topic       string
	Products    []string
	Internal    bool // this box opened it
}

// Event is a line of what happened with a ticket here.
type Event struct {
	At     time.Time
	Reason gateway.Reason
	Args   gateway.Args
}
