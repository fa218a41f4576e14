package gateway

import "time"

// Role is what a user of the pages or the API may do.
type Role string

// The roles. An owner may everything; a manager everything but users, tokens,
// secrets, unlinking, backup and restore; an operator reads and writes to customers.
const (
	Owner    Role = "owner"
	Manager  Role = "manager"
	Operator Role = "operator"
)

// Known tells whether r is a role.
func (r Role) Known() bool { return r == Owner || r == Manager || r == Operator }

// Atleast tells whether r may do what want may.
func (r Role) Atleast(want Role) bool { return r.rank() >= want.rank() && r.Known() }

func (r Role) rank() int {
	switch r {
	case Owner:
		return 3
	case Manager:
		return 2
	case Operator:
		return 1
	}
	return 0
}

// User is a person with a login.
type User struct {
	ID        int64
	Name      string // unique, compared without case
	Role      Role
	Hash      string // argon2id, in the PHC string format
	Language  string // "" means the shop's
	CreatedAt time.Time
}

// Login is a running session of a user in a browser. The cookie's value is not kept,
// only its SHA-256.
type Login struct {
	TokenHash string // hex
	User      User
	CSRF      string
	CreatedAt time.Time
	SeenAt    time.Time
}

// Token is a key to the API. Its value is shown once and not kept.
type Token struct {
	ID        int64
	Name      string
	Role      Role
	Hash      string // SHA-256 in hex
	CreatedAt time.Time
	UsedAt    time.Time
}
