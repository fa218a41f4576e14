package helpdeskeddy

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"vestnik/gateway/outbound"
)

// The forms of a value, by short names: every body is made of them. Numbers come as
// texts and texts as numbers (seen in public code).
type (
	text        = outbound.Text
	ident       = outbound.Ident
	flag        = outbound.Flag
	part[T any] = outbound.Part[T]
	list[T any] = outbound.List[T]
)

// envelope is around every answer.
type envelope struct {
	Data   json.RawMessage `json:"data"`
	Errors failures        `json:"errors"`
}

// failure is one entry of errors (documented: code, title, details).
type failure struct {
	Code    text `json:"code"`
	Title   text `json:"title"`
	Details text `json:"details"`
}

func (f failure) String() string {
	var parts []string
	for _, s := range []text{f.Code, f.Title, f.Details} {
		if s != "" {
			parts = append(parts, string(s))
		}
	}
	return strings.Join(parts, ": ")
}

// failures are the entries of errors, which hold successes as well: "s-204" for a
// deletion (documented). given is false when the answer lacks them.
type failures struct {
	rows  []failure
	given bool
}

// UnmarshalJSON implements json.Unmarshaler.
func (f *failures) UnmarshalJSON(data []byte) error {
	*f = failures{}
	switch outbound.KindOf(data) {
	case '{':
		var one failure
		if err := json.Unmarshal(data, &one); err != nil {
			return err
		}
		if one.Code != "" {
			*f = failures{[]failure{one}, true}
			return nil
		}
		fallthrough
	case '[':
		var rows list[failure]
		if err := rows.UnmarshalJSON(data); err != nil {
			return err
		}
		*f = failures{rows.Rows, true}
	}
	return nil
}

// status is the HTTP status that the entries stand for when the answer's own is good:
// success and failure are told by the code's prefix, not by there being errors.
func (f failures) status(good int) int {
	for _, one := range f.rows {
		code := strings.ToLower(string(one.Code))
		if strings.HasPrefix(code, "s-") {
			continue
		}
		if n, err := strconv.Atoi(strings.TrimPrefix(code, "e-")); err == nil && n >= 400 && n < 600 {
			return n
		}
		return 400
	}
	return good
}

// ban tells a ban from a key that is not accepted: both answer 401 (seen in public
// code; others met 429, which is one by its status).
func (f failures) ban(status int) bool {
	if status == 429 {
		return true
	}
	if status != 401 && status != 403 {
		return false
	}
	for _, one := range f.rows {
		title, all := strings.ToLower(string(one.Title)), strings.ToLower(one.String())
		if title == "ban" || title == "banned" || strings.Contains(all, "limit reached") || strings.Contains(all, "ban for ") {
			return true
		}
	}
	return false
}

// row is an object with an id; its key is "" when it has none.
type row interface{ key() string }

func keyOf(id ident) string {
	if id <= 0 {
		return ""
	}
	return itoa(int64(id))
}

// many is the data of a list: an object keyed by id where that is documented, or a list
// (both seen in public code), whose order means nothing. What is not an object with an id is
// left out. given is false for data that is neither.
type many[T row] struct {
	rows  []T
	given bool
}

// UnmarshalJSON implements json.Unmarshaler.
func (m *many[T]) UnmarshalJSON(data []byte) error {
	*m = many[T]{}
	var l list[T]
	if err := l.UnmarshalJSON(data); err != nil {
		return err
	}
	m.given = l.Given
	for _, r := range l.Rows {
		if r.key() != "" {
			m.rows = append(m.rows, r)
		}
	}
	return nil
}

// single is the data of one object: the object, or the only one of a list or a map.
type single[T row] struct {
	row   T
	given bool
}

// UnmarshalJSON implements json.Unmarshaler.
func (s *single[T]) UnmarshalJSON(data []byte) error {
	*s = single[T]{}
	if outbound.KindOf(data) == '{' {
		var r T
		if err := json.Unmarshal(data, &r); err != nil {
			return err
		}
		if r.key() != "" {
			*s = single[T]{r, true}
			return nil
		}
	}
	var m many[T]
	if err := m.UnmarshalJSON(data); err != nil {
		return err
	}
	if len(m.rows) == 1 {
		*s = single[T]{m.rows[0], true}
	}
	return nil
}

// pagination is where a page stands (documented; total comes as a text too).
type pagination struct {
	Total       ident `json:"total"`
	PerPage     ident `json:"per_page"`
	CurrentPage ident `json:"current_page"`
	TotalPages  ident `json:"total_pages"`
}

// pages is how many there are, at least one.
func (p pagination) pages() int {
	n := int64(p.TotalPages)
	if n <= 0 && p.Total > 0 && p.PerPage > 0 {
		n = (int64(p.Total)-1)/int64(p.PerPage) + 1
	}
	return int(min(max(n, 1), 1_000_000))
}

type listBody[T row] struct {
	Data       many[T]          `json:"data"`
	Pagination part[pagination] `json:"pagination"`
}

func (b *listBody[T]) complete() bool { return b.Data.given }

type oneBody[T row] struct {
	Data single[T] `json:"data"`
}

func (b *oneBody[T]) complete() bool { return b.Data.given }

// maybeBody is one that a success may lack.
type maybeBody[T row] struct {
	Data single[T] `json:"data"`
}

// language is in which names are shown.
type language string

const (
	russian language = "ru"
	english language = "en"
)

func languageOf(code string) language {
	if code == string(russian) {
		return russian
	}
	return english
}

func (l language) pick(ru, en string) string {
	if l == russian {
		return ru
	}
	return en
}

// names is what a thing is called: a text; {ru,en,ua} with languages missing; or that
// for each level of a hierarchy (all documented).
type names struct {
	one    map[string]string // by language; "" is a text of no language
	levels []names
}

// UnmarshalJSON implements json.Unmarshaler.
func (n *names) UnmarshalJSON(data []byte) error {
	*n = names{}
	switch outbound.KindOf(data) {
	case '{':
		var m map[string]json.RawMessage
		if err := json.Unmarshal(data, &m); err != nil {
			return err
		}
		for _, key := range slices.SortedFunc(mapKeys(m), byNumber) {
			if k := outbound.KindOf(m[key]); k == '{' {
				var level names
				// One level more is one too many: nothing of that form is known.
				if err := level.flat(m[key]); err != nil {
					return err
				}
				n.levels = append(n.levels, level)
			}
		}
		return n.flat(data)
	case '[':
		return nil
	}
	var t text
	if err := t.UnmarshalJSON(data); err != nil {
		return err
	}
	if t != "" {
		n.one = map[string]string{"": string(t)}
	}
	return nil
}

// flat reads the texts of an object.
func (n *names) flat(data []byte) error {
	var m map[string]text
	if err := json.Unmarshal(data, &m); err != nil {
		return err
	}
	for lang, t := range m {
		if t != "" {
			if n.one == nil {
				n.one = map[string]string{}
			}
			n.one[strings.ToLower(lang)] = string(t)
		}
	}
	return nil
}

// in is the name in a language, else in another; the levels of a hierarchy follow each
// other. "" when it has none.
func (n names) in(l language) string {
	if len(n.levels) > 0 {
		var parts []string
		for _, level := range n.levels {
			if s := level.in(l); s != "" {
				parts = append(parts, s)
			}
		}
		return strings.Join(parts, " / ")
	}
	order := []string{string(l), string(russian), string(english), "ua", "uk", ""}
	for _, lang := range order {
		if s := n.one[lang]; s != "" {
			return s
		}
	}
	for _, lang := range slices.Sorted(mapKeys(n.one)) {
		return n.one[lang]
	}
	return ""
}

// is tells whether it is called s in any language.
func (n names) is(s string) bool {
	for _, own := range n.one {
		if strings.EqualFold(own, s) {
			return true
		}
	}
	return false
}

func mapKeys[V any](m map[string]V) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// byNumber orders "2" before "10".
func byNumber(a, b string) int {
	x, errX := strconv.Atoi(a)
	y, errY := strconv.Atoi(b)
	if errX == nil && errY == nil && x != y {
		return x - y
	}
	return strings.Compare(a, b)
}

// stamps are the three forms of a date that the API writes, none with a zone
// (documented): of tickets, users and filters; of posts and comments; of deadlines.
var stamps = []string{time.DateTime, "15:04:05 02.01.2006", "02.01.2006 15:04"}

// stamp is a date as "2006-01-02 15:04:05", in which they can be compared as texts; ""
// for "null" and everything else that is none.
func stamp(t text) string {
	for _, form := range stamps {
		// Years beyond these would outlast every later one as a cursor.
		if at, err := time.Parse(form, string(t)); err == nil && at.Year() > 1970 && at.Year() < 2200 {
			return at.Format(time.DateTime)
		}
	}
	return ""
}
