package gateway

import (
	"context"
	"time"

	"vestnik/device"
)

// Who is by what the CRM may know a customer. What is not known stays zero.
type Who struct {
	Customer int64        // the CRM's card
	Phone    device.Phone // E.164
	// ChatCustomer is his id in the CRM's chats.
	ChatCustomer int64
}

// Customer is a customer's card in the CRM.
type Customer struct {
	ID        int64
	Name      string // full
	Phones    []string
	ManagerID int64 // the CRM's user; 0: nobody
	VIP, Bad  bool
	// Fields has the displayed text of what a template may name of a customer, by path
	// ("customer.firstName"); empty values are left out.
	Fields map[string]string
	URL    string // the card's page in the CRM
	// ChatCustomers are his ids in the CRM's chats.
	ChatCustomers []int64
}

// CRMUser is a user of the CRM: a person of the shop.
type CRMUser struct {
	ID         int64
	ChatUser   int64 // his id in the CRM's chats; 0: none
	Name       string
	Phone      string
	Email      string
	Active     bool
	Online     bool
	Manager    bool
	OnBreak    bool // he set himself busy, at dinner or on a break
	LastSeenAt time.Time
}

// Note is a note on a customer's card.
type Note struct {
	Customer int64
	Manager  int64 // 0: none
	Site     string
	Text     string
	// Since is when it was asked for: the same words of more than five minutes before are another
	// note. Zero: those of a month count as this one.
	Since time.Time `json:",omitzero"`
}

// Tag is a word on a customer's card by which the CRM finds him.
type Tag struct {
	Customer int64  `json:"customer"`
	Name     string `json:"name"` // at most 255 characters
}

// Task is a task for a person of the shop.
type Task struct {
	Performer int64 // the CRM's user; required by the CRM
	Order     OrderID
	Customer  int64
	Site      string
	Phone     string
	Text      string // at most some 200 characters
	Comment   string
	DueAt     time.Time // zero: none
	// Since is as that of Note.
	Since time.Time `json:",omitzero"`
}

// People is the CRM's customers and staff. Errors are as those of Orders.
type People interface {
	// OrdersOf are the newest orders of a customer, newest first, at most n (1 to 50). With a
	// card the card's orders; else those whose own or whose customer's number is the phone. Deleted ones
	// are left out. Nothing found is no error.
	OrdersOf(ctx context.Context, who Who, n int) ([]Order, error)
	// CustomersOf are the cards that fit: by the card's id, by the chat customer, or by the
	// phone, whichever is given first in this order. More than one means that nobody knows which
	// is meant; none is no error. A card that was merged into another comes back as that one.
	CustomersOf(ctx context.Context, who Who) ([]Customer, error)
	// Users are the active users of the CRM.
	Users(ctx context.Context) ([]CRMUser, error)
	// Notify shows a message to users of the CRM, who see it when they are there; it is not
	// kept. No users: all managers.
	Notify(ctx context.Context, users []int64, text string) error
	// AddNote writes a note, and AddTask gives a task. A note or task with the same words for
	// the same customer or order, made in the last month, is not made again: a repeated call
	// after a lost answer does no harm.
	AddNote(ctx context.Context, n Note) error
	AddTask(ctx context.Context, t Task) error
	// AddTag puts a tag on a card, or on that into which it was merged; one that is there stays.
	AddTag(ctx context.Context, t Tag) error
	// SetOrderFields and SetCustomerFields write custom fields by code; a field that the CRM
	// lacks is created as a number or a text, as its value is an int or a string.
	SetOrderFields(ctx context.Context, id OrderID, fields map[string]any) error
	SetCustomerFields(ctx context.Context, id int64, fields map[string]any) error
}
