package campaign

import (
	"context"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// Ledger is where mailings are kept. Every method that changes something is one transaction.
type Ledger interface {
	Campaign(ctx context.Context, id gateway.CampaignID) (Campaign, error)
	// Campaigns are all, newest first, with their tallies' sums, without their pasted lists.
	Campaigns(ctx context.Context) ([]Summary, error)
	// InForce are those that are Starting, Running or Paused, or gather people, without their pasted lists.
	InForce(ctx context.Context) ([]Campaign, error)
	// SaveCampaign adds (ID 0) or changes what a person edits: Name, Kind, Audience, Text, Plan,
	// Report. Conflict when Version is not the newest, or the state does not allow the change:
	// Audience and Kind only as a Draft; nothing once Stopped or Done.
	SaveCampaign(ctx context.Context, c Campaign, by string) (Campaign, error)
	// DeleteCampaign takes a Draft away, with its people.
	DeleteCampaign(ctx context.Context, id gateway.CampaignID) error
	// Shift moves a mailing from one state to another with its reason; false when it is not in from
	// any more. From Paused to Running it is watched anew. Stopped and Done also settle those who still wait (PersonOut, CampaignStopped), in
	// pieces.
	Shift(ctx context.Context, id gateway.CampaignID, from, to State, why gateway.Reason, args gateway.Args, by string) (ok bool, err error)
	// LetRest notes that the first portion was looked at.
	LetRest(ctx context.Context, id gateway.CampaignID) error

	// BeginCollect drops the people gathered before and answers a new token; AddPeople adds a batch
	// under that token, telling how far it has come (false: the token is old); EndCollect ends it.
	// A person whose key (phone, else card) is there already is kept as PersonOut, SamePerson.
	BeginCollect(ctx context.Context, id gateway.CampaignID, total int) (token int64, err error)
	AddPeople(ctx context.Context, id gateway.CampaignID, token int64, people []Person, read, total int) (ok bool, err error)
	EndCollect(ctx context.Context, id gateway.CampaignID, token int64, failure string) error
	// AddContacts gathers our own contacts (FromContacts), in pieces.
	AddContacts(ctx context.Context, id gateway.CampaignID, token int64) (found int, err error)

	// Count is what would become of those gathered if it began now.
	Count(ctx context.Context, id gateway.CampaignID, d Deductions) (Count, error)
	// Freeze judges a piece of those gathered by the same deductions: each goes on to wait, in his
	// class, or becomes PersonOut. Asked again it goes on with those that are left;
	// with the last piece the tally is made and the state becomes Running.
	Freeze(ctx context.Context, id gateway.CampaignID, d Deductions, piece int) (more bool, err error)

	// Waiting are those who wait, by zone and class, among the first so many who were let through when
	// the mailing began (0: among all).
	Waiting(ctx context.Context, id gateway.CampaignID, first int) ([]Group, error)
	// Next are the next ones of a zone and class, by id, among the first so many (0: among all).
	Next(ctx context.Context, id gateway.CampaignID, zone string, class Class, first, limit int) ([]Person, error)
	// Feed moves people who wait into the queue, each with his decision and message, or leaves them
	// out. In the same transaction it looks again whether he has refused, and whether another mailing
	// wrote to him within every (for one that asks for a review: or an invitation did): then he is left out. People who do not wait any more, and all of them when
	// the mailing is not Running, are passed over. It answers how many went into the queue.
	Feed(ctx context.Context, id gateway.CampaignID, every time.Duration, fed []Fed) (int, error)
	// InQueue is how many of its messages are queued or held, by channel: those that may leave until
	// by, or all when that is zero. Those held for a person are among all alone.
	InQueue(ctx context.Context, id gateway.CampaignID, by time.Time) (map[device.Channel]int, error)
	// TakeBack cancels its messages that have never been tried (reason CampaignBack): their people
	// wait again. It answers how many.
	TakeBack(ctx context.Context, id gateway.CampaignID) (int, error)
	// FedSince is how many people of a mailing (0: of all) went into the queue since t, by class, those
	// taken back not counted.
	FedSince(ctx context.Context, id gateway.CampaignID, t time.Time) (map[Class]int, error)

	// Tally are the counts for the funnel; it does not look at the people.
	Tally(ctx context.Context, id gateway.CampaignID) ([]TallyRow, error)
	// People are rows for the page, in an order by chance that stays; then those
	// refused while they were read, in the order of the list.
	People(ctx context.Context, id gateway.CampaignID, f PeopleFilter) (rows []Person, next int64, err error)
	CampaignPerson(ctx context.Context, id int64) (Person, error)
	// Lately are the newest n people whose message left before a time, of those fed since a person last let
	// the mailing go on, for the watch.
	Lately(ctx context.Context, id gateway.CampaignID, n int, before time.Time) (Outcome, error)

	// LinkByToken finds a review link; Clicked notes that it was opened now.
	LinkByToken(ctx context.Context, token string) (gateway.ReviewLink, error)
	Clicked(ctx context.Context, token string) error

	// SaveFile keeps a picture or document; the same bytes are kept once.
	SaveFile(ctx context.Context, f device.File) (device.FileID, error)
	File(ctx context.Context, id device.FileID) (device.File, error)
}

// Deductions are what is judged when a mailing begins, besides what each person's row says.
type Deductions struct {
	Now         time.Time
	Advertising bool // consent is needed by everybody; else only by those who are not Known
	NoMark      bool
	HappyOnly   bool
	Every       time.Duration
	// Channels that are on and in the plan; without SMS, landlines may stay.
	Channels []device.Channel
}

// Count is what would become of those gathered.
type Count struct {
	Found int // all rows, also those refused while they were read
	Goes  int
	Out   map[gateway.Reason]int
	// Groups are those who would be written to, by zone and class.
	Groups []Group
}

// Group is how many people of a zone and class wait.
type Group struct {
	Zone  string
	Class Class
	N     int
}

// Fed is a person on his way into the queue, or out.
type Fed struct {
	Person  int64
	Variant int
	// Decision carries the message to enqueue when its verdict is Send, with the dedupe key
	// "campaign/3/person/55", "/2" and so on for a further try; else the reason why he is left out.
	Decision gateway.Decision
	// Token is the key of his review link; empty: the text has none.
	Token string
}

// TallyRow is how many people share what became of them.
type TallyRow struct {
	State   PersonState
	Reason  gateway.Reason
	Channel device.Channel // empty while none carried it
	Variant int
	Hour    int // 0 to 23 of the person's day when it left; -1: it did not
	// What came of it.
	Sent, Delivered, Read, Answered, Clicked, Marked, OptedOut bool
	N                                                          int
}

// Summary is a mailing in the list.
type Summary struct {
	Campaign
	Total, Waits, Queued, Sent, Delivered, Read, Answered, Clicked, Marked, OptedOut, Out, Doubt, Failed int
	// Done are those whose turn was: their message was sent, failed, or nobody knows. Whoever was left
	// out is not among them.
	Done int
}

// PeopleFilter selects rows of people.
type PeopleFilter struct {
	State  PersonState
	Reason gateway.Reason
	// Got is "sent", "delivered", "read", "answered", "clicked", "marked" or "opted_out".
	Got     string
	Channel device.Channel
	Variant int    // from 1; 0: all
	Search  string // digits of the number or part of the name
	After   int64  // the last row of the page before
	Limit   int    // 1 to 200; 0 means 50
}

// Outcome is what became of the newest messages.
type Outcome struct{ Of, Refused, Silent, OptedOut int }
