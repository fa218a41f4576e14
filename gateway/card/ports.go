package card

import (
	"context"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// Store is where cards are kept. Every method that changes something is one transaction.
type Store interface {
	// Card is a kept card without Lines of this box's own; NotFound when there is none.
	Card(ctx context.Context, customer int64) (Kept, error)
	// SaveCard keeps a card as it was at AsOf; what marked it as old after that stays.
	SaveCard(ctx context.Context, k Kept) error
	// CardsOf are kept cards with an e-mail (in small letters) or a number.
	CardsOf(ctx context.Context, email string, phone device.Phone) ([]gateway.Profile, error)
	// CardsByOrder are the customers on whose kept cards an order stands.
	CardsByOrder(ctx context.Context, ids []gateway.OrderID) ([]int64, error)
	// Outdate marks kept cards as old; unknown ones are passed over.
	Outdate(ctx context.Context, customers []int64, at time.Time) error
	// OldCards are kept cards that are old, or were read before t, of customers who are looked
	// after (an open ticket, or seen since seenSince); those looked at last come first.
	OldCards(ctx context.Context, readBefore, seenSince time.Time, limit int) ([]int64, error)
	// Seen notes that somebody looked at a card: who, and for which ticket (0: none). The same
	// look within a few minutes is one.
	Seen(ctx context.Context, customer int64, by string, ticket gateway.TicketID, at time.Time) error
	// OwnLines are what this box itself knows of a customer, newest first: what was said by
	// WhatsApp, SMS and in chats, marks, status changes of these orders, tickets.
	OwnLines(ctx context.Context, customer int64, phones []device.Phone, orders []gateway.OrderID, limit int) ([]Line, error)
	// OwnMarks are the mean marks that a customer gave.
	OwnMarks(ctx context.Context, customer int64) (shop, courier float64, err error)
	// Chosen is the card that was chosen for a requester; 0: none was.
	Chosen(ctx context.Context, requester int64) (customer int64, err error)
	// Choose remembers it; customer 0 forgets what was chosen before.
	Choose(ctx context.Context, requester, customer int64, by string, at time.Time) error
	// CardCursor is how far the history of customers has been read.
	CardCursor(ctx context.Context) (int64, error)
	SaveCardCursor(ctx context.Context, cursor int64) error
	// DropCard takes a card that is gone in the CRM out of the cache, and out of what was found: his
	// open tickets become due at at.
	DropCard(ctx context.Context, customer int64, at time.Time) error
	// MergeCard gives all that is kept of a customer to the one into whose card his was merged, and
	// ends his own.
	MergeCard(ctx context.Context, from, into int64) error
	// EraseCard takes everything away that is kept of a customer apart from messages: also who he
	// is out of his tickets, whose numbers and times stay. EraseCards does so for those without an open ticket
	// who were not seen and had no ticket since t, and takes the requesters out of all tickets that were
	// closed before; it answers how many cards went.
	EraseCard(ctx context.Context, customer int64) error
	EraseCards(ctx context.Context, seenBefore time.Time) (int, error)
}

// Kept is a card as it is kept.
type Kept struct {
	Profile gateway.Profile
	// Phones are the profile's numbers as they are looked up by.
	Phones  []device.Phone
	Orders  []gateway.ProfileOrder // the newest page
	Total   int
	Entries []gateway.ProfileEntry
	AsOf    time.Time
	OldAt   time.Time // when it was marked as old; zero: it was not
}

// Look is a look at a card that was written down.
type Look struct {
	At     time.Time
	By     string
	Ticket gateway.TicketID // 0: none
}
