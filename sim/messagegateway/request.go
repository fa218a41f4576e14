package messagegateway

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Request is one call as it arrived. Tokens are left out.
type Request struct {
	At     time.Time
	Method string
	Path   string // e.g. /api/bot/v1/messages
	Query  string
	Body   string // JSON; empty for files
	Status int    // 0 when the connection was cut instead
}

// request is one call being answered; the gateway is locked while it lives.
type request struct {
	gw        *Gateway
	method    string
	path      string
	vars      map[string]string
	query     url.Values
	body      []byte
	kind      string // content type
	bot       *bot
	transport *transport
	seen      map[string]bool // query parameters that the method looked at
	errs      []string
	fetched   fetched
}

func (q *request) puzzled(what string) { q.gw.puzzled(q.method + " " + q.path + ": " + what) }

func (q *request) refuse(format string, args ...any) {
	q.errs = append(q.errs, fmt.Sprintf(format, args...))
}

func (q *request) text(name string) (string, bool) {
	q.seen[name] = true
	v := q.query.Get(name)
	return v, v != ""
}

// number reads an integer of at least low and, with high, at most high.
func (q *request) number(name string, low, high int) (int, bool) {
	s, given := q.text(name)
	if !given {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < low || high > 0 && n > high {
		q.refuse("%s: value %q is not valid", name, s)
		return 0, false
	}
	return n, true
}

// ids reads a parameter that may be repeated.
func (q *request) ids(name string) []int {
	q.seen[name] = true
	var out []int
	for _, s := range q.query[name] {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 {
			q.refuse("%s: value %q is not valid", name, s)
			continue
		}
		out = append(out, n)
	}
	return out
}

func (q *request) moment(name string) (time.Time, bool) {
	s, given := q.text(name)
	if !given {
		return time.Time{}, false
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		q.refuse("%s: value %q is not valid", name, s)
		return time.Time{}, false
	}
	return t, true
}

// flag reads 1, 0, true or false: the schema's Boolean.
func (q *request) flag(name string) (value, given bool) {
	s, given := q.text(name)
	switch s {
	case "1", "true":
		return true, true
	case "0", "false":
		return false, true
	}
	if given {
		q.refuse("%s: value %q is not valid", name, s)
	}
	return false, false
}

// The filters call fn with what is wanted when the parameter is there.

func (q *request) filterFlag(name string, fn func(want bool)) {
	if want, given := q.flag(name); given {
		fn(want)
	}
}

func (q *request) filterID(name string, fn func(want int)) {
	if want, given := q.number(name, 1, 0); given {
		fn(want)
	}
}

func (q *request) filterText(name string, fn func(want string)) {
	if want, given := q.text(name); given {
		fn(want)
	}
}

// filterEnum is filterText for one of a few values.
func (q *request) filterEnum(name string, known []string, fn func(want string)) {
	q.filterText(name, func(want string) {
		if !slices.Contains(known, want) {
			q.refuse("%s: value %q is not valid", name, want)
			return
		}
		fn(want)
	})
}

// channelTypes are the types that both APIs know.
var channelTypes = []string{
	"telegram", "fbmessenger", "viber", "whatsapp", "skype", "vk", "instagram", "consultant", "yandex_chat", "odnoklassniki",
	"max", "ozon", "wildberries", "yandex_market", "mega_market", "avito", "drom", "youla", "custom",
}

// filterTypes reads a list of channel types.
func (q *request) filterTypes(name string, fn func(has func(string) bool)) {
	q.seen[name] = true
	want := q.query[name]
	for _, kind := range want {
		if !slices.Contains(channelTypes, kind) {
			q.refuse("%s: value %q is not valid", name, kind)
		}
	}
	if len(want) > 0 {
		fn(func(kind string) bool { return slices.Contains(want, kind) })
	}
}

// id is a number in the address.
func (q *request) id(name string) int {
	n, _ := strconv.Atoi(q.vars[name])
	return n
}

// document is a JSON object of a body. It remembers which fields were looked at.
type document struct {
	q    *request
	path string
	in   obj
	used map[string]bool
}

// document reads the body. With optional an empty body is an empty object.
func (q *request) document(optional bool) (*document, *answer) {
	d := &document{q: q, in: obj{}, used: map[string]bool{}}
	if optional && len(q.body) == 0 {
		return d, nil
	}
	if err := json.Unmarshal(q.body, &d.in); err != nil || d.in == nil {
		return nil, bad("invalid request body")
	}
	return d, nil
}

// take returns a field; a null counts as absent.
func (d *document) take(name string) any {
	d.used[name] = true
	return d.in[name]
}

func (d *document) bad(name string) { d.q.refuse("%s: value is not valid", d.path+name) }

// text reads a text no longer than most characters, trimmed as the server does;
// most 0 is no limit.
func (d *document) text(name string, most int) string {
	v := d.take(name)
	if v == nil {
		return ""
	}
	s, isText := v.(string)
	if !isText || most > 0 && len([]rune(s)) > most {
		d.bad(name)
		return ""
	}
	return strings.TrimSpace(s)
}

func (d *document) enum(name string, known ...string) string {
	s := d.text(name, 0)
	if s != "" && !slices.Contains(known, s) {
		d.bad(name)
		return ""
	}
	return s
}

func (d *document) number(name string) int {
	v := d.take(name)
	if v == nil {
		return 0
	}
	n, isNumber := v.(float64)
	if !isNumber || n != float64(int(n)) {
		d.bad(name)
		return 0
	}
	return int(n)
}

func (d *document) flag(name string) bool {
	v := d.take(name)
	b, isBool := v.(bool)
	if v != nil && !isBool {
		d.bad(name)
	}
	return b
}

func (d *document) moment(name string) time.Time {
	s := d.text(name, 0)
	if s == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		d.bad(name)
	}
	return t
}

// object returns a nested document, nil when absent.
func (d *document) object(name string) *document {
	v := d.take(name)
	if v == nil {
		return nil
	}
	in, isObject := v.(obj)
	if !isObject {
		d.bad(name)
		return nil
	}
	return &document{q: d.q, path: d.path + name + ".", in: in, used: map[string]bool{}}
}

// list returns the objects of an array.
func (d *document) list(name string) []*document {
	v := d.take(name)
	all, isList := v.([]any)
	if v != nil && !isList {
		d.bad(name)
	}
	var out []*document
	for i, e := range all {
		in, isObject := e.(obj)
		if !isObject {
			d.bad(name)
			continue
		}
		out = append(out, &document{q: d.q, path: fmt.Sprintf("%s%s[%d].", d.path, name, i), in: in, used: map[string]bool{}})
	}
	return out
}

// texts returns an array of texts.
func (d *document) texts(name string) []string {
	v := d.take(name)
	all, isList := v.([]any)
	if v != nil && !isList {
		d.bad(name)
	}
	var out []string
	for _, e := range all {
		s, isText := e.(string)
		if !isText {
			d.bad(name)
		}
		out = append(out, s)
	}
	return out
}

// done lists the fields that nobody looked at and returns the refusal for those
// that are wrong.
func (d *document) done() *answer {
	d.unknown()
	if len(d.q.errs) > 0 {
		return &answer{status: 400, body: obj{"errors": d.q.errs}}
	}
	return nil
}

func (d *document) unknown() {
	var names []string
	for name := range d.in {
		if !d.used[name] {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		d.q.puzzled("field " + d.path + name)
	}
}
