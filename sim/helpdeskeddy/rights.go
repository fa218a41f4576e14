package helpdeskeddy

// Rights is what an employee may do, and with him his key. Assumed: the real rights
// are cut along these lines; only that answers are filtered by them is documented.
type Rights struct {
	Tickets       bool // see tickets, their posts and their audit
	CreateTickets bool
	EditTickets   bool // everything of a ticket but priority and fields
	Priority      bool
	Fields        bool // values of ticket fields
	Posts         bool // write to clients
	Comments      bool // see and write comments
	EditComments  bool
	Delete        bool
	Merge         bool
	Users         bool // see contacts
	EditUsers     bool
	Settings      bool // options of fields
	Keys          bool // see other people's API keys; the main administrator only
	// Departments whose tickets are seen; all when nil.
	Departments []int
}

// AllRights is what the main administrator may do.
func AllRights() Rights {
	r := OperatorRights()
	r.Delete, r.Settings, r.Keys = true, true, true
	return r
}

// OperatorRights is what an ordinary employee may do.
func OperatorRights() Rights {
	return Rights{
		Tickets: true, CreateTickets: true, EditTickets: true, Priority: true, Fields: true, Posts: true,
		Comments: true, EditComments: true, Merge: true, Users: true, EditUsers: true,
	}
}

// IntegrationRights is the narrow set that a service employee needs who shows
// customers in tickets and never writes to clients.
func IntegrationRights() Rights {
	return Rights{Tickets: true, Priority: true, Fields: true, Comments: true, EditComments: true, Users: true}
}

// SetRights changes what an employee's key may do from now on.
func (a *Account) SetRights(userID int, r Rights) error {
	return a.editUser(userID, func(u *user) { u.rights = r })
}

// Rights tells what an employee may do.
func (a *Account) Rights(userID int) (Rights, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if u := a.user(userID); u != nil {
		return u.rights, true
	}
	return Rights{}, false
}

// sees says whether the user may see the ticket. Assumed: tickets of others are
// left out of lists and not found by their id.
func (u *user) sees(t *ticket) bool {
	if !u.Staff {
		return t.Requester == u.ID
	}
	if !u.rights.Tickets {
		return false
	}
	if u.rights.Departments == nil {
		return true
	}
	for _, d := range u.rights.Departments {
		if d == t.Department {
			return true
		}
	}
	return false
}
