package helpdeskeddy

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
)

// publication is a text that an API call put somewhere.
type publication struct {
	kind   string
	text   string
	ticket *ticket // seen once the ticket is open to somebody outside; nil is seen at once
	field  *Field  // seen once the field is open to clients
}

// opened notes that somebody outside of the staff can read the ticket: the requester
// or those in copy. What staff ask staff is nobody else's.
func (a *Account) opened(t *ticket) {
	outside := !a.requester(t).Staff
	for _, email := range slices.Concat(t.CC, t.BCC) {
		if u := a.userByEmail(email); u == nil || !u.Staff {
			outside = true
		}
	}
	t.open = t.open || outside
}

func (a *Account) publish(kind, text string) {
	if text != "" {
		a.published = append(a.published, publication{kind: kind, text: text})
	}
}

// publishIn notes a text in a ticket. A ticket that is opened later shows what was
// written before.
func (a *Account) publishIn(t *ticket, kind, text string) {
	if text != "" {
		a.published = append(a.published, publication{kind: kind, text: text, ticket: t})
	}
}

// publishField notes the value that the API has written into a ticket field. A field
// that is opened to clients later shows what was written before.
func (a *Account) publishField(t *ticket, f *Field) {
	if text := f.shown(t.Fields[f.ID]); text != "" {
		a.published = append(a.published, publication{kind: "field", text: text, ticket: t, field: f})
	}
}

// Public lists every text that somebody outside of the staff could see because of
// API calls, as "kind: text". Kinds are title, post, file, field, option, contact and
// letter. Comments, notes, the audit, fields that clients never saw and tickets among
// staff are not in it.
func (a *Account) Public() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var out []string
	for _, p := range a.published {
		if p.ticket != nil && !p.ticket.open || p.field != nil && !p.field.everPublic {
			continue
		}
		out = append(out, p.kind+": "+p.text)
	}
	return out
}

// KeysSeen lists requests whose address or body holds somebody's API key, plain or as
// it goes into the Authorization header, where alone it belongs.
func (a *Account) KeysSeen() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var out []string
	for i, e := range a.exchanges {
		leaks := slices.ContainsFunc(a.users, func(u *user) bool {
			if u.Key == "" {
				return false
			}
			whole := e.Path + "\n" + e.Query + "\n" + e.Body
			return strings.Contains(whole, u.Key) || strings.Contains(whole, base64.StdEncoding.EncodeToString([]byte(u.Email+":"+u.Key)))
		})
		if leaks {
			out = append(out, fmt.Sprintf("%d: %s %s", i, e.Method, e.Path))
		}
	}
	return out
}
