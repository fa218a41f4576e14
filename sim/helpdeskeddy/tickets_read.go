package helpdeskeddy

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// visible finds the ticket that the path names, if the key's user may see it.
func (q *request) visible() (*ticket, *answer) {
	t := q.acct.ticket(q.ids[0])
	if t == nil || !q.user.sees(t) {
		no := notFound("Ticket", q.ids[0])
		return nil, &no
	}
	return t, nil
}

func (a *Account) getTicket(q *request) answer {
	t, no := q.visible()
	if no != nil {
		return *no
	}
	return ok(a.ticketBody(t, q.user))
}

// listTickets answers a page of tickets as they are now: a ticket that is touched
// between two pages moves the rows behind it. Assumed: without the filter deleted
// tickets in the bin are left out, without freeze frozen ones are not.
func (a *Account) listTickets(q *request) answer {
	var rows []*ticket
	for _, t := range a.tickets {
		if q.user.sees(t) {
			rows = append(rows, t)
		}
	}
	deleted := q.query.text("deleted") == "1"
	rows = slices.DeleteFunc(rows, func(t *ticket) bool { return t.Deleted != deleted })
	if freeze := q.query.text("freeze"); freeze != "" {
		rows = slices.DeleteFunc(rows, func(t *ticket) bool { return t.Frozen != (freeze == "1") })
	}
	for name, id := range map[string]func(*ticket) string{
		"user_list":     func(t *ticket) string { return strconv.Itoa(t.Requester) },
		"owner_list":    func(t *ticket) string { return strconv.Itoa(t.Owner) },
		"status_list":   func(t *ticket) string { return t.Status },
		"priority_list": func(t *ticket) string { return strconv.Itoa(t.Priority) },
		"type_list":     func(t *ticket) string { return strconv.Itoa(t.Type) },
	} {
		rows = among(q, rows, name, id)
	}
	rows = between(q, rows, "date_created", func(t *ticket) time.Time { return t.CreatedAt })
	rows = between(q, rows, "date_updated", func(t *ticket) time.Time { return t.UpdatedAt })
	rows = a.searched(q, rows)
	order(q, rows, "date_created{desc}", map[string]func(*ticket) string{
		"date_created":     func(t *ticket) string { return a.stamp(t.CreatedAt) },
		"date_updated":     func(t *ticket) string { return a.stamp(t.UpdatedAt) },
		"viewed_by_staff":  func(t *ticket) string { return strconv.Itoa(flag(t.ViewedByStaff)) },
		"viewed_by_client": func(t *ticket) string { return strconv.Itoa(flag(t.ViewedByClient)) },
	})
	return a.keyed(q, rows)
}

// searched applies search and exact_search. Assumed: search looks for a part of the
// title, the number and the requester's name and e-mail; exact_search makes it look
// for the whole of one of them.
func (a *Account) searched(q *request, rows []*ticket) []*ticket {
	wish, exact := strings.ToLower(q.query.text("search")), q.query.text("exact_search") == "1"
	if wish == "" {
		return rows
	}
	return slices.DeleteFunc(rows, func(t *ticket) bool {
		u := a.requester(t)
		for _, where := range []string{t.Title, t.Number, strconv.Itoa(t.ID), u.FullName(), u.Email} {
			where = strings.ToLower(where)
			if where == wish || !exact && strings.Contains(where, wish) {
				return false
			}
		}
		return true
	})
}

// keyed answers tickets as a map by id, with the total in quotes as documented, or
// as a list. An empty map becomes a list, because PHP writes it so.
func (a *Account) keyed(q *request, rows []*ticket) answer {
	if a.opt.ListsOnly || len(rows) == 0 {
		return listed(q, rows, a.opt.PerPage, func(t *ticket) obj { return a.ticketBody(t, q.user) })
	}
	wanted, pagination := cut(q, rows, a.opt.PerPage)
	pagination["total"] = strconv.Itoa(len(rows))
	if len(wanted) == 0 {
		return answer{status: http.StatusOK, body: obj{"data": []obj{}, "pagination": pagination}}
	}
	data := obj{}
	for _, t := range wanted {
		data[strconv.Itoa(t.ID)] = a.ticketBody(t, q.user)
	}
	return answer{status: http.StatusOK, body: obj{"data": data, "pagination": pagination}}
}

// requester is the ticket's client; an empty one when he has been deleted.
func (a *Account) requester(t *ticket) *user {
	if u := a.user(t.Requester); u != nil {
		return u
	}
	return &user{}
}

func (a *Account) ticketBody(t *ticket, reader *user) obj {
	owner, client := &user{}, a.requester(t)
	if u := a.user(t.Owner); u != nil {
		owner = u
	}
	rated := ""
	if !t.RatedAt.IsZero() {
		rated = a.stamp(t.RatedAt)
	}
	followers := make([]any, 0, len(t.Followers))
	for _, id := range t.Followers {
		followers = append(followers, a.num(id))
	}
	return obj{
		"id": a.num(t.ID), "pid": t.Parent, "unique_id": t.Number,
		"date_created": a.stamp(t.CreatedAt), "date_updated": a.stamp(t.UpdatedAt),
		"title": t.Title, "source": t.Source, "status_id": t.Status, "priority_id": a.num(t.Priority), "type_id": a.num(t.Type),
		"department_id": t.Department, "department_name": a.departmentName(t.Department),
		"owner_id": a.num(t.Owner), "owner_name": owner.Name, "owner_lastname": owner.Lastname, "owner_email": owner.Email,
		"user_id": a.num(t.Requester), "user_name": client.Name, "user_lastname": client.Lastname, "user_email": client.Email,
		"cc": orEmpty(t.CC), "bcc": orEmpty(t.BCC), "followers": followers, "ticket_lock": flag(t.Locked),
		"sla_date": a.deadline(t.SLA), "sla_flag": 0, "freeze_date": a.deadline(t.FrozenTill), "freeze": flag(t.Frozen),
		"deleted": flag(t.Deleted), "viewed_by_staff": flag(t.ViewedByStaff), "viewed_by_client": flag(t.ViewedByClient),
		"rate": t.Rate, "rate_comment": t.RateComment, "rate_date": rated,
		"custom_fields": a.fieldValues(t, reader), "tags": orEmpty(t.Tags), "jira_issues": []string{},
	}
}

func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

func (a *Account) departmentName(id int) string {
	for _, d := range a.departments {
		if d.ID == id {
			return cmp.Or(d.Name["ru"], d.Name["en"])
		}
	}
	return ""
}

// listAudit answers who changed what, oldest first. The shape is inferred.
func (a *Account) listAudit(q *request) answer {
	t, no := q.visible()
	if no != nil {
		return *no
	}
	return listed(q, t.audit, a.opt.PerPage, func(e Event) obj {
		return obj{
			"id": a.num(e.ID), "user_id": a.num(e.UserID), "field": e.Field, "old_value": e.Old, "new_value": e.New,
			"date_created": a.stamp(e.At),
		}
	})
}
