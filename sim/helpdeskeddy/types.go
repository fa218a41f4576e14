package helpdeskeddy

import (
	"maps"
	"slices"
	"time"
)

// Names is a name by language: ru, en, ua. Languages may be missing.
type Names map[string]string

// Item is an entry of a dictionary: a department, a priority, a type of ticket.
type Item struct {
	ID   int
	Name Names
}

// Status is a status of tickets; its id is a text, even where it looks like a
// number.
type Status struct {
	ID   string
	Name Names
}

// Group is a group of users. Type is "user" for clients and "staff" for employees.
type Group struct {
	ID   int
	Type string
	Name Names
}

// Groups of every account.
const (
	ClientGroup      = 1
	AdminGroup       = 2
	OperatorGroup    = 3
	IntegrationGroup = 4
)

// User is a contact or an employee.
type User struct {
	ID             int
	Email          string
	Name, Lastname string
	Phone          string // as somebody wrote it
	Staff          bool
	Group          int // ClientGroup or OperatorGroup when 0
	Organization   string
	OrganizationID int // shown as an object when set, as a text else
	Language       string
	Status         string // active, inactive, disabled or fired; "active" when empty
	NoLetters      bool   // has turned mail off
	Departments    []int  // the first one when nil
	Key            string // the API key; made up when empty, "" after RevokeKey

	CreatedAt, UpdatedAt time.Time
}

// FullName is the name as letters and lists show it.
func (u User) FullName() string {
	if u.Lastname == "" {
		return u.Name
	}
	return u.Name + " " + u.Lastname
}

type user struct {
	User
	rights Rights
	notes  []Note
}

// Note is what staff wrote on a user's card.
type Note struct {
	ID, CreatorID        int
	Text                 string
	CreatedAt, UpdatedAt time.Time
}

// Ticket is a ticket without its messages.
type Ticket struct {
	ID         int
	Number     string // what people call it, e.g. KTR-20418
	Title      string
	Source     string // email, telegram, …, api
	Status     string
	Priority   int
	Type       int
	Department int
	Owner      int // employee; 0 when nobody has taken it
	Requester  int
	Parent     int
	CC, BCC    []string
	Followers  []int
	Locked     bool
	SLA        time.Time // zero when there is none
	FrozenTill time.Time // zero when it is not frozen or frozen for good
	Frozen     bool
	Deleted    bool // in the bin
	MergedInto int

	ViewedByStaff, ViewedByClient bool

	Rate, RateComment string
	RatedAt           time.Time

	// Fields holds values by field: a text, 0 or 1 of a checkbox, the option's id of a
	// select, a map from level to option of a hierarchy.
	Fields map[int]any
	Tags   []string

	CreatedAt, UpdatedAt time.Time
}

type ticket struct {
	Ticket
	posts    []*Message // oldest first
	comments []*Message
	audit    []Event
	open     bool // somebody outside of the staff can read it, or could
}

func (t *ticket) copied() Ticket {
	out := t.Ticket
	out.CC, out.BCC, out.Tags = slices.Clone(t.CC), slices.Clone(t.BCC), slices.Clone(t.Tags)
	out.Followers, out.Fields = slices.Clone(t.Followers), maps.Clone(t.Fields)
	return out
}

// Message is a post, which the client gets, or a comment, which only staff see.
type Message struct {
	ID, TicketID, UserID int
	Text                 string // HTML
	Files                []File
	ByAPI                bool // came by the API
	CreatedAt, UpdatedAt time.Time
}

// File is an attachment.
type File struct {
	Name, URL string
	Type      string // extension
}

// Event is one change of a ticket. Field is the API's name of what changed.
type Event struct {
	ID, UserID int
	ByAPI      bool
	Field      string
	Old, New   string
	At         time.Time
}

// Field is a ticket field that the account's owner has added.
type Field struct {
	ID      int
	Name    Names // of the first level of a hierarchy
	Second  Names // name of a hierarchy's second level
	Type    string
	Options []Option // of a select or a hierarchy

	// UserView: clients see the field and its value.
	UserView, UserEdit bool

	everPublic bool
}

// Types of fields.
const (
	TextField      = "text"
	CheckboxField  = "checkbox"
	SelectField    = "select"
	HierarchyField = "hierarchy"
)

// Option is one value of a select.
type Option struct {
	ID, Parent int
	Name       Names
}
