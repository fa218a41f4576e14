package retailcrm

import (
	"math"
	"reflect"
	"slices"
	"strconv"
)

// patch applies the fields of a JSON document to an object one by one, keeping
// the changes that it made and the complaints about values.
type patch struct {
	in      obj
	used    map[string]bool
	changes []change
	errs    obj
}

func newPatch(in obj) *patch { return &patch{in: in, used: map[string]bool{}, errs: obj{}} }

// take returns a field of the document; given is false when it is absent.
func (p *patch) take(name string) (value any, given bool) {
	p.used[name] = true
	value, given = p.in[name]
	return value, given
}

func (p *patch) bad(name string) { p.errs[name] = notValid }

func (p *patch) change(field string, from, to any) {
	if !reflect.DeepEqual(from, to) {
		p.changes = append(p.changes, change{field: field, old: from, new: to})
	}
}

// text sets a text; null empties it, a number is taken as its digits.
func (p *patch) text(name, field string, dst *string) {
	p.textIf(name, field, dst, nil)
}

// textIf is text with a condition: refuse returns a complaint or "".
func (p *patch) textIf(name, field string, dst *string, refuse func(string) string) {
	v, given := p.take(name)
	if !given {
		return
	}
	s, fine := asText(v)
	if !fine {
		p.bad(name)
		return
	}
	if refuse != nil && s != "" {
		if why := refuse(s); why != "" {
			p.errs[name] = why
			return
		}
	}
	if s != *dst {
		p.change(field, orNull(*dst), orNull(s))
		*dst = s
	}
}

// code sets a reference by its code; the history shows {code}.
func (p *patch) code(name, field string, dst *string, refuse func(string) string) {
	before := len(p.changes)
	p.textIf(name, field, dst, refuse)
	if len(p.changes) > before {
		c := &p.changes[before]
		c.old, c.new = asCode(c.old), asCode(c.new)
	}
}

func (p *patch) boolean(name, field string, dst *bool) {
	v, given := p.take(name)
	if !given {
		return
	}
	b, fine := asBool(v)
	if !fine {
		p.bad(name)
		return
	}
	p.change(field, *dst, b)
	*dst = b
}

func (p *patch) number(name, field string, dst *float64) {
	v, given := p.take(name)
	if !given {
		return
	}
	n, fine := asNumber(v)
	if !fine {
		p.bad(name)
		return
	}
	p.change(field, *dst, n)
	*dst = n
}

// integer sets a number without a fraction and returns whether it was changed.
func (p *patch) integer(name, field string, dst *int) {
	v, given := p.take(name)
	if !given {
		return
	}
	n, fine := asNumber(v)
	if v == nil {
		n, fine = 0, true
	}
	if !fine || n != float64(int(n)) {
		p.bad(name)
		return
	}
	p.change(field, *dst, int(n))
	*dst = int(n)
}

// object returns a nested document as a patch of its own, nil when absent.
func (p *patch) object(name string) *patch {
	v, given := p.take(name)
	if !given || v == nil {
		return nil
	}
	if list, isList := v.([]any); isList && len(list) == 0 {
		return nil // PHP's empty object
	}
	in, fine := v.(obj)
	if !fine {
		p.bad(name)
		return nil
	}
	return newPatch(in)
}

// list returns an array; anything else in its place is refused.
func (p *patch) list(name string) []any {
	v, given := p.take(name)
	list, isList := v.([]any)
	if given && !isList {
		p.bad(name)
	}
	return list
}

// absorb adds a nested patch's changes, and its complaints as name[field].
func (p *patch) absorb(name string, sub *patch) {
	if sub == nil {
		return
	}
	p.changes = append(p.changes, sub.changes...)
	for key, why := range sub.errs {
		p.errs[name+"["+key+"]"] = why
	}
}

// ignore marks fields that may be sent and change nothing.
func (p *patch) ignore(names ...string) {
	for _, n := range names {
		p.used[n] = true
	}
}

// unknown lists fields that nobody asked for.
func (p *patch) unknown() []string {
	var out []string
	for name := range p.in {
		if !p.used[name] {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func asCode(v any) any {
	if v == nil {
		return nil
	}
	return obj{"code": v}
}

func asID(id int) any {
	if id == 0 {
		return nil
	}
	return obj{"id": id}
}

func asText(v any) (string, bool) {
	switch v := v.(type) {
	case nil:
		return "", true
	case string:
		return v, true
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), true
	}
	return "", false
}

// asBool takes what PHP forms take for a checkbox.
func asBool(v any) (value, fine bool) {
	switch v := v.(type) {
	case bool:
		return v, true
	case float64:
		return v == 1, v == 0 || v == 1
	case string:
		switch v {
		case "1", "true":
			return true, true
		case "0", "false", "":
			return false, true
		}
	}
	return false, false
}

// maxNumber bounds every number, so that sums of sums stay finite.
const maxNumber = 1e12

func asNumber(v any) (float64, bool) {
	n, fine := 0.0, false
	switch v := v.(type) {
	case float64:
		n, fine = v, true
	case string:
		parsed, err := strconv.ParseFloat(v, 64)
		n, fine = parsed, err == nil
	}
	return n, fine && math.Abs(n) <= maxNumber
}
