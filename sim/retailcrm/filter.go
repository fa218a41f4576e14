package retailcrm

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// notValid is the text that the API gives for a filter value it cannot read; the
// filter is named as children[name] (official Go client's tests).
const notValid = "This value is not valid."

// filter reads filter[...] parameters, remembers which ones the method asked
// for, and gathers complaints about the others.
type filter struct {
	p    *param
	zone *time.Location
	seen map[string]bool
	errs obj
}

func (f *filter) take(name string) *param {
	f.seen[name] = true
	return f.p.get(name)
}

func (f *filter) bad(name string) { f.errs["children["+name+"]"] = notValid }

// text returns a single value; an empty one counts as absent, as in the API.
func (f *filter) text(name string) (string, bool) {
	p := f.take(name)
	switch {
	case p == nil:
		return "", false
	case !p.leaf():
		f.bad(name)
		return "", false
	}
	return p.text, p.text != ""
}

// list returns name[] values; a plain text where a list belongs is refused.
func (f *filter) list(name string) []string {
	p := f.take(name)
	if p == nil {
		return nil
	}
	if p.leaf() {
		if p.text != "" {
			f.bad(name)
		}
		return nil
	}
	var out []string
	for _, key := range p.keys {
		if !p.kids[key].leaf() {
			f.bad(name)
			return nil
		}
		out = append(out, p.kids[key].text)
	}
	return out
}

// ints is list for numeric ids.
func (f *filter) ints(name string) []int {
	var out []int
	for _, s := range f.list(name) {
		n, err := strconv.Atoi(s)
		if err != nil {
			f.bad(name)
			return nil
		}
		out = append(out, n)
	}
	return out
}

func (f *filter) number(name string) (float64, bool) {
	s, ok := f.text(name)
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil {
		f.bad(name)
		return 0, false
	}
	return n, true
}

func (f *filter) integer(name string) (int, bool) {
	s, ok := f.text(name)
	if !ok {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		f.bad(name)
		return 0, false
	}
	return n, true
}

// flag reads 0/1; the API takes numbers here, not words.
func (f *filter) flag(name string) (value, given bool) {
	s, ok := f.text(name)
	if !ok {
		return false, false
	}
	if s != "0" && s != "1" {
		f.bad(name)
		return false, false
	}
	return s == "1", true
}

// moment reads "Y-m-d H:i:s" or "Y-m-d" in the account's zone. With end a bare
// date means the last second of that day.
func (f *filter) moment(name string, end bool) (time.Time, bool) {
	s, ok := f.text(name)
	if !ok {
		return time.Time{}, false
	}
	if t, err := time.ParseInLocation(time.DateTime, s, f.zone); err == nil {
		return t, true
	}
	t, err := time.ParseInLocation(time.DateOnly, s, f.zone)
	if err != nil {
		f.bad(name)
		return time.Time{}, false
	}
	if end {
		t = t.AddDate(0, 0, 1).Add(-time.Second)
	}
	return t, true
}

// done returns the refusal for unreadable or unknown filters, nil when all is
// well. Assumed: an unknown filter is refused, as Symfony forms do by default; a
// client must not rely on a filter that neither official client knows.
func (f *filter) done(q *request) *answer {
	if f.p != nil && !f.p.leaf() {
		for _, key := range f.p.keys {
			if !f.seen[key] {
				q.puzzled("filter[" + key + "]")
				f.errs["children["+key+"]"] = "This form should not contain extra fields."
			}
		}
	}
	if len(f.errs) == 0 {
		return nil
	}
	no := fail(400, "Errors in the input parameters", f.errs)
	return &no
}

// checks is a conjunction of conditions on T.
type checks[T any] []func(T) bool

func (c *checks[T]) add(fn func(T) bool) { *c = append(*c, fn) }

func (c checks[T]) pass(v T) bool {
	for _, fn := range c {
		if !fn(v) {
			return false
		}
	}
	return true
}

// among adds "value is one of name[]".
func among[T any](c *checks[T], f *filter, name string, value func(T) string) {
	if want := f.list(name); len(want) > 0 {
		c.add(func(v T) bool { return slices.Contains(want, value(v)) })
	}
}

// amongInts adds "id is one of name[]".
func amongInts[T any](c *checks[T], f *filter, name string, value func(T) int) {
	if want := f.ints(name); len(want) > 0 {
		c.add(func(v T) bool { return slices.Contains(want, value(v)) })
	}
}

// contains adds a case-blind substring condition.
func contains[T any](c *checks[T], f *filter, name string, value func(T) string) {
	if want, ok := f.text(name); ok {
		want = strings.ToLower(want)
		c.add(func(v T) bool { return strings.Contains(strings.ToLower(value(v)), want) })
	}
}

// flagged adds a yes/no condition.
func flagged[T any](c *checks[T], f *filter, name string, value func(T) bool) {
	if want, ok := f.flag(name); ok {
		c.add(func(v T) bool { return value(v) == want })
	}
}

// between adds the pair nameFrom/nameTo on a time; values without a time fail.
func between[T any](c *checks[T], f *filter, from, to string, value func(T) time.Time) {
	if t, ok := f.moment(from, false); ok {
		c.add(func(v T) bool { at := value(v); return !at.IsZero() && !at.Before(t) })
	}
	if t, ok := f.moment(to, true); ok {
		c.add(func(v T) bool { at := value(v); return !at.IsZero() && !at.Truncate(time.Second).After(t) })
	}
}

// within adds the pair minName/maxName on a number.
func within[T any](c *checks[T], f *filter, lo, hi string, value func(T) float64) {
	if n, ok := f.number(lo); ok {
		c.add(func(v T) bool { return value(v) >= n })
	}
	if n, ok := f.number(hi); ok {
		c.add(func(v T) bool { return value(v) <= n })
	}
}
