package messagegateway

import (
	"net/http"
	"slices"
	"time"
)

const (
	usualLimit = 100 // lines of a list without limit
	mostLimit  = 1000
)

// list answers one GET of many objects: filters, bounds, order and limit, which
// all lists of both APIs have in common.
type list[T any] struct {
	q       *request
	rows    []*T
	id      func(*T) int
	updated func(*T) time.Time
	ascends bool // whatever the unknowns say
}

// newList reads the parameters that every list has, id included.
func newList[T any](q *request, rows []*T, id func(*T) int, updated func(*T) time.Time) *list[T] {
	l := &list[T]{q: q, rows: slices.Clone(rows), id: id, updated: updated}
	if want := q.ids("id"); len(want) > 0 {
		l.keep(func(v *T) bool { return slices.Contains(want, id(v)) })
	}
	return l
}

func (l *list[T]) keep(fn func(*T) bool) {
	l.rows = slices.DeleteFunc(l.rows, func(v *T) bool { return !fn(v) })
}

// answer applies bounds, order and limit and renders. Assumed: since and until are
// about the last update and include their bounds; whether since_id and until_id
// do is one of the [Unknowns].
func (l *list[T]) answer(render func(*T) any) answer {
	q, u := l.q, l.q.gw.unknown
	edge := 1
	if u.Inclusive {
		edge = 0
	}
	sinceID, hasSinceID := q.number("since_id", 1, 0)
	untilID, hasUntilID := q.number("until_id", 1, 0)
	since, hasSince := q.moment("since")
	until, hasUntil := q.moment("until")
	limit, hasLimit := q.number("limit", 1, mostLimit)
	if !hasLimit {
		limit = usualLimit
	}
	if len(q.errs) > 0 {
		return answer{status: http.StatusBadRequest, body: obj{"errors": q.errs}}
	}
	l.keep(func(v *T) bool {
		return (!hasSinceID || l.id(v) >= sinceID+edge) && (!hasUntilID || l.id(v) <= untilID-edge) &&
			(!hasSince || !l.updated(v).Before(since)) && (!hasUntil || !l.updated(v).After(until))
	})
	ascending := l.ascends || u.Order == OldestFirst || u.Order == ByBound && (hasSince || hasSinceID)
	if (hasUntil || hasUntilID) && !u.UntilKeepsOrder && !l.ascends {
		ascending = !ascending
	}
	slices.SortFunc(l.rows, func(a, b *T) int {
		if ascending {
			return l.id(a) - l.id(b)
		}
		return l.id(b) - l.id(a)
	})
	out := []any{}
	for _, v := range l.rows[:min(limit, len(l.rows))] {
		out = append(out, render(v))
	}
	return ok(out)
}
