package helpdeskeddy

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// userBody is a user as the reader may see him: other people's keys are for the
// main administrator only. Assumed: they are empty for others.
func (a *Account) userBody(u, reader *user) obj {
	key := ""
	if reader.rights.Keys || reader == u {
		key = u.Key
	}
	var organization any = u.Organization
	if u.OrganizationID != 0 {
		organization = obj{
			"id": a.num(u.OrganizationID), "name": u.Organization,
			"domains": "", "address": "", "phone": "", "email": "", "web": "",
		}
	}
	departments := make([]any, 0, len(u.Departments))
	for _, d := range u.Departments {
		departments = append(departments, a.num(d))
	}
	return obj{
		"id": a.num(u.ID), "date_created": a.stamp(u.CreatedAt), "date_updated": a.stamp(u.UpdatedAt),
		"name": u.Name, "lastname": u.Lastname, "alias": "", "email": u.Email, "phone": u.Phone, "skype": "", "website": "",
		"organization": organization, "status": u.Status, "language": u.Language, "notifications": flag(!u.NoLetters),
		"api_key": key, "group": a.groupBody(a.group(u.Group)), "department": departments, "ldap_username": "",
		"custom_fields": []obj{},
	}
}

func (a *Account) group(id int) Group {
	for _, g := range a.groups {
		if g.ID == id {
			return g
		}
	}
	return Group{}
}

func (a *Account) groupBody(g Group) obj {
	return obj{"id": a.num(g.ID), "type": g.Type, "name": g.Name, "disable": 0}
}

func (a *Account) listUsers(q *request) answer {
	rows := slices.Clone(a.users)
	rows = among(q, rows, "group_list", func(u *user) string { return strconv.Itoa(u.Group) })
	rows = between(q, rows, "date_created", func(u *user) time.Time { return u.CreatedAt })
	rows = between(q, rows, "date_updated", func(u *user) time.Time { return u.UpdatedAt })
	if wish := strings.ToLower(q.query.text("search")); wish != "" {
		rows = slices.DeleteFunc(rows, func(u *user) bool { return !a.answersTo(u, wish) })
	}
	order(q, rows, "", map[string]func(*user) string{ // by id when nothing is wished; assumed
		"date_created": func(u *user) string { return a.stamp(u.CreatedAt) },
		"date_updated": func(u *user) string { return a.stamp(u.UpdatedAt) },
		"name":         func(u *user) string { return strings.ToLower(u.FullName()) },
	})
	return listed(q, rows, a.opt.PerPage, func(u *user) obj { return a.userBody(u, q.user) })
}

// answersTo says whether a search finds the user. Assumed: by a part of the name or
// of the e-mail; whether phones are searched is not known.
func (a *Account) answersTo(u *user, wish string) bool {
	return strings.Contains(strings.ToLower(u.FullName()), wish) || strings.Contains(strings.ToLower(u.Email), wish) ||
		a.opt.SearchPhones && strings.Contains(u.Phone, wish)
}

// wantedUser finds the user that the path names.
func (q *request) wantedUser() (*user, *answer) {
	if u := q.acct.user(q.ids[0]); u != nil {
		return u, nil
	}
	no := notFound("User", q.ids[0])
	return nil, &no
}

func (a *Account) getUser(q *request) answer {
	u, no := q.wantedUser()
	if no != nil {
		return *no
	}
	return ok(a.userBody(u, q.user))
}

// register adds a user and fills what is missing. byAPI: a client who is registered
// gets a letter.
func (a *Account) register(u User, byAPI bool) *user {
	kind := "client"
	if u.Staff {
		kind = "staff"
		u.Group = cmp.Or(u.Group, OperatorGroup)
	}
	u.Group = cmp.Or(u.Group, ClientGroup)
	if u.ID == 0 {
		u.ID = a.nextID(kind)
		for a.user(u.ID) != nil {
			u.ID = a.nextID(kind)
		}
	}
	now := a.now()
	u.Language, u.Status = cmp.Or(u.Language, "ru"), cmp.Or(u.Status, "active")
	if u.Departments == nil {
		u.Departments = []int{a.departments[0].ID}
	}
	if u.CreatedAt.IsZero() {
		u.CreatedAt = now
	}
	if u.UpdatedAt.IsZero() {
		u.UpdatedAt = u.CreatedAt
	}
	if u.Key == "" {
		u.Key = fmt.Sprintf("%08x-5eed-4000-8000-%012x", uint32(u.ID)*2654435761, u.ID)
	}
	stored := &user{User: u}
	if u.Staff {
		stored.rights = OperatorRights()
	}
	if u.Group == AdminGroup {
		stored.rights = AllRights()
	}
	if u.Group == IntegrationGroup {
		stored.rights = IntegrationRights()
	}
	at, _ := slices.BinarySearchFunc(a.users, u.ID, func(have *user, id int) int { return cmp.Compare(have.ID, id) })
	a.users = slices.Insert(a.users, at, stored)
	if byAPI {
		a.registrationLetter(stored)
	}
	return stored
}

// contact reads what POST and PUT of users have in common, and notes what the person
// sees in his profile.
func (q *request) contact(u *user) *answer {
	in, a := q.body, q.acct
	var seen []string
	for name, to := range map[string]*string{
		"name": &u.Name, "lastname": &u.Lastname, "phone": &u.Phone, "email": &u.Email,
		"organization": &u.Organization, "language": &u.Language, "status": &u.Status,
	} {
		if in.has(name) {
			*to = in.text(name)
			seen = append(seen, *to)
		}
	}
	for _, name := range []string{"alias", "skype", "website"} { // kept by the real one, shown empty here
		if in.has(name) {
			seen = append(seen, in.text(name))
		}
	}
	for name, to := range map[string]*int{"group_id": &u.Group, "organiz_id": &u.OrganizationID} {
		if n, isNumber := in.number(name); isNumber {
			*to = n
		}
	}
	if in.has("organization") {
		u.OrganizationID = 0
	}
	if in.has("notifications") {
		u.NoLetters = in.text("notifications") == "0"
	}
	if in.has("department") {
		list, good := in.numbers("department")
		if !good {
			no := bad("Wrong department")
			return &no
		}
		u.Departments = list
	}
	in.has("password") // is not kept
	if a.group(u.Group).ID == 0 {
		no := bad("Unknown group_id")
		return &no
	}
	if u.Staff = a.group(u.Group).Type == "staff"; u.Staff {
		return nil
	}
	slices.Sort(seen)
	for _, text := range seen {
		a.publish("contact", text)
	}
	return nil
}

// createUser adds a contact or an employee.
func (a *Account) createUser(q *request) answer {
	for _, name := range []string{"name", "email", "group_id", "department", "password"} {
		if !q.body.has(name) {
			return bad(name + " is required")
		}
	}
	if a.userByEmail(q.body.text("email")) != nil {
		return bad("email is taken")
	}
	u := &user{}
	if no := q.contact(u); no != nil {
		return *no
	}
	return ok(a.userBody(a.register(u.User, true), q.user))
}

func (a *Account) putUser(q *request) answer {
	u, no := q.wantedUser()
	if no != nil {
		return *no
	}
	next := *u
	if other := a.userByEmail(q.body.text("email")); other != nil && other != u {
		return bad("email is taken")
	}
	if no := q.contact(&next); no != nil {
		return *no
	}
	*u = next
	u.UpdatedAt = a.now()
	return ok(a.userBody(u, q.user))
}

func (a *Account) deleteUser(q *request) answer {
	u, no := q.wantedUser()
	if no != nil {
		return *no
	}
	a.users = slices.DeleteFunc(a.users, func(have *user) bool { return have == u })
	return gone("User with id {%d} successfully deleted", u.ID)
}

// Notes on a card are for staff. The form of their dates is assumed.

func (a *Account) noteBody(n Note) obj {
	return obj{
		"id": a.num(n.ID), "creator_id": a.num(n.CreatorID), "text": n.Text,
		"date_created": a.stamp(n.CreatedAt), "date_updated": a.stamp(n.UpdatedAt),
	}
}

func (a *Account) listNotes(q *request) answer {
	u, no := q.wantedUser()
	if no != nil {
		return *no
	}
	return listed(q, u.notes, a.opt.PerPage, a.noteBody)
}

func (a *Account) createNote(q *request) answer {
	u, no := q.wantedUser()
	if no != nil {
		return *no
	}
	text := q.body.text("text")
	if text == "" {
		return bad("text is required")
	}
	n := Note{ID: a.nextID("note"), CreatorID: q.user.ID, Text: text, CreatedAt: a.now(), UpdatedAt: a.now()}
	u.notes = append(u.notes, n)
	return ok(a.noteBody(n))
}

func (a *Account) deleteNote(q *request) answer {
	u, no := q.wantedUser()
	if no != nil {
		return *no
	}
	before := len(u.notes)
	u.notes = slices.DeleteFunc(u.notes, func(n Note) bool { return n.ID == q.ids[1] })
	if len(u.notes) == before {
		return notFound("Note", q.ids[1])
	}
	return gone("Note with id {%d} successfully deleted", q.ids[1])
}
