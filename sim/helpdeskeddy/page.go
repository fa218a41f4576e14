package helpdeskeddy

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"
)

// cut picks the wanted page of rows. The page after the last one is empty.
func cut[T any](q *request, rows []T, perPage int) (wanted []T, pagination obj) {
	number := 1
	if n, given := q.query.number("page"); given && n > 1 {
		number = n
	}
	pagination = obj{
		"total": len(rows), "per_page": perPage, "current_page": number, "total_pages": (len(rows) + perPage - 1) / perPage,
	}
	from := min((number-1)*perPage, len(rows))
	return rows[from:min(from+perPage, len(rows))], pagination
}

// listed answers a page of a list.
func listed[T any](q *request, rows []T, perPage int, render func(T) obj) answer {
	wanted, pagination := cut(q, rows, perPage)
	data := make([]obj, 0, len(wanted))
	for _, row := range wanted {
		data = append(data, render(row))
	}
	return answer{status: http.StatusOK, body: obj{"data": data, "pagination": pagination}}
}

// dates compare by what the API prints, as a database does that knows no zones. In
// the hour that a zone repeats, later changes sort before earlier ones. Assumed.
func (a *Account) stamp(t time.Time) string { return t.In(a.zone).Format(time.DateTime) }

// messageStamp is the date of posts and comments.
func (a *Account) messageStamp(t time.Time) string {
	return t.In(a.zone).Format("15:04:05 02.01.2006")
}

const dayFirst = "02.01.2006 15:04"

// deadline is a date of the SLA or of a freeze.
func (a *Account) deadline(t time.Time) string {
	if t.IsZero() {
		return "null"
	}
	return t.In(a.zone).Format(dayFirst)
}

// between keeps rows whose date lies within from_… and to_…, ends included.
func between[T any](q *request, rows []T, name string, date func(T) time.Time) []T {
	for _, side := range []string{"from_", "to_"} {
		bound := q.query.text(side + name)
		if bound == "" {
			continue
		}
		if _, err := time.Parse(time.DateTime, bound); err != nil {
			q.puzzled(side + name + " is not a date: " + bound)
			continue
		}
		rows = slices.DeleteFunc(rows, func(row T) bool {
			printed := q.acct.stamp(date(row))
			return side == "from_" && printed < bound || side == "to_" && printed > bound
		})
	}
	return rows
}

// among keeps rows whose id stands in a list with commas.
func among[T any](q *request, rows []T, name string, id func(T) string) []T {
	list := q.query.text(name)
	if list == "" {
		return rows
	}
	wanted := strings.Split(list, ",")
	for i := range wanted {
		wanted[i] = strings.TrimSpace(wanted[i])
	}
	return slices.DeleteFunc(rows, func(row T) bool { return !slices.Contains(wanted, id(row)) })
}

// order sorts rows by order_by: key{asc} or key{desc}, several with commas. Rows that
// are equal stay in the order of their ids.
func order[T any](q *request, rows []T, standard string, keys map[string]func(T) string) {
	wish := cmp.Or(q.query.text("order_by"), standard)
	if wish == "" {
		return
	}
	type rule struct {
		key  func(T) string
		desc bool
	}
	var rules []rule
	for part := range strings.SplitSeq(wish, ",") {
		name, direction, _ := strings.Cut(strings.TrimSpace(part), "{")
		key := keys[name]
		if key == nil || direction != "" && direction != "asc}" && direction != "desc}" {
			q.puzzled("order_by " + part)
			continue
		}
		rules = append(rules, rule{key, direction == "desc}"})
	}
	slices.SortStableFunc(rows, func(x, y T) int {
		for _, r := range rules {
			c := cmp.Compare(r.key(x), r.key(y))
			if r.desc {
				c = -c
			}
			if c != 0 {
				return c
			}
		}
		return 0
	})
}
