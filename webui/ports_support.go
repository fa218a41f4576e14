package webui

import (
	"context"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/card"
	"vestnik/gateway/support"
)

// Support is what the pages about support ask: tickets, cards, the connection to the
// helpdesk. Errors are those of Desk.
type Support interface {
	HelpdeskStatus() gateway.HelpdeskStatus
	// TestHelpdesk tries an address and a key; an empty key means the saved one. With a ticket it writes
	// a comment there. Nothing is saved. The CRM's side is in CRMRights.
	TestHelpdesk(ctx context.Context, url, email, key string, ticket gateway.TicketID) (gateway.HelpdeskTest, error)
	// CRMRights are the rights that support needs of the CRM's key, with what is lost without them; it
	// takes a request.
	CRMRights(ctx context.Context) ([]SupportRight, error)
	// HelpdeskBook is the helpdesk's vocabulary as last read, or read now.
	HelpdeskBook(ctx context.Context, now bool) (gateway.HelpdeskBook, error)
	Sites(ctx context.Context) ([]gateway.Site, error)
	CRMUsers(ctx context.Context) ([]gateway.CRMUser, error)
	// TryRules runs rules over the last month's tickets; nothing is changed.
	TryRules(ctx context.Context, rules []gateway.PriorityRule) (support.Trial, error)

	Tickets(ctx context.Context, f support.TicketFilter) ([]support.Ticket, error)
	// Ticket is NotFound for one that was never seen.
	Ticket(ctx context.Context, id gateway.TicketID) (support.Ticket, []support.Event, error)
	// ChoosePerson says whose ticket it is and remembers it for the requester; 0: nobody whom the CRM
	// knows.
	ChoosePerson(ctx context.Context, id gateway.TicketID, customer int64, by string) error
	// MakeCustomer makes a card for a ticket's requester, once, in a shop ("": the one of the settings).
	MakeCustomer(ctx context.Context, id gateway.TicketID, site, by string) (customer int64, err error)
	// MakeCustomerOf does so without a ticket.
	MakeCustomerOf(ctx context.Context, c gateway.NewCustomer, by string) (customer int64, err error)

	// FindCustomer looks whom hints fit, in the cache first. It takes a bounded time.
	FindCustomer(ctx context.Context, h card.Hints) (card.Found, error)
	// Card is a customer's card: from the cache when there is one, which is renewed in the background
	// (topic "cards" tells when), else from the CRM. The look is written down.
	Card(ctx context.Context, customer int64, look CardLook) (card.Card, error)
	// RenewCard reads it from the CRM now.
	RenewCard(ctx context.Context, customer int64, look CardLook) (card.Card, error)
	// MoreOrders are pages of twenty, the newest first; those of the card are among the first of them.
	MoreOrders(ctx context.Context, customer int64, page int) (orders []card.Order, total int, err error)
	// AddNote and GiveTask write to the CRM at once, or by the outbox when it is away: queued.
	AddNote(ctx context.Context, customer int64, text, by string) (queued bool, err error)
	GiveTask(ctx context.Context, t gateway.Task, by string) (queued bool, err error)
	// WriteTo sends a text to one of a customer's numbers by WhatsApp or SMS, once for each key.
	WriteTo(ctx context.Context, customer int64, ch device.Channel, to device.Phone, text, key, by string) (gateway.MessageID, error)
	// StatusText is what a customer is told of an order.
	StatusText(ctx context.Context, customer int64, order gateway.OrderID) (string, error)
	// EraseCustomer takes everything away that is kept of a customer apart from messages.
	EraseCustomer(ctx context.Context, customer int64, by string) error
	// Looks are who has looked at a card, newest first.
	Looks(ctx context.Context, customer int64, limit int) ([]Look, error)

	// Questions are what was asked in a time, Quality what support has to do with coming back.
	Questions(ctx context.Context, since, until time.Time) ([]support.Question, error)
	Quality(ctx context.Context, since time.Time) (support.Quality, error)
}

// CardLook is who looks at a card, and for which ticket. Without a name it is a page that refreshes
// itself, and is not written down.
type CardLook struct {
	By     string
	Ticket gateway.TicketID
}

// Look is a look at a card that was written down.
type Look struct {
	At     time.Time
	By     string
	Ticket gateway.TicketID
}

// SupportRight is a right in the CRM.
type SupportRight struct {
	Name  string
	State gateway.RightState
	// Loss is what cannot be done without it, in the language of the shop.
	Loss string
}
