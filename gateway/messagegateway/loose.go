package messagegateway

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// The types here take every form that was seen of a value, lists that are null and
// numbers that are texts among them, and turn what they cannot read into nothing:
// one odd field must not cost the shop a message.

// kindOf is the first byte of a value: '{', '[', '"', 't', 'f', 'n' or that of a
// number.
func kindOf(data []byte) byte {
	if data = bytes.TrimSpace(data); len(data) > 0 {
		return data[0]
	}
	return 'n'
}

// text is a text, or a number or yes/no as a text; "" for anything else.
type text string

// UnmarshalJSON implements json.Unmarshaler.
func (t *text) UnmarshalJSON(data []byte) error {
	*t = ""
	switch kindOf(data) {
	case '"':
		var s string
		if err := json.Unmarshal(data, &s); err != nil {
			return err
		}
		*t = text(strings.TrimSpace(s))
	case '{', '[', 'n':
	default:
		*t = text(bytes.TrimSpace(data))
	}
	return nil
}

// ident is a whole number, or a text that holds one; 0 for anything else.
type ident int64

// UnmarshalJSON implements json.Unmarshaler.
func (i *ident) UnmarshalJSON(data []byte) error {
	var t text
	if err := t.UnmarshalJSON(data); err != nil {
		return err
	}
	v, err := strconv.ParseInt(string(t), 10, 64)
	if err != nil {
		v = 0
	}
	*i = ident(v)
	return nil
}

// flag is yes or no, or not given.
type flag struct{ on, given bool }

// UnmarshalJSON implements json.Unmarshaler.
func (f *flag) UnmarshalJSON(data []byte) error {
	var t text
	if err := t.UnmarshalJSON(data); err != nil {
		return err
	}
	switch t {
	case "true", "1":
		*f = flag{true, true}
	case "false", "0":
		*f = flag{false, true}
	default:
		*f = flag{}
	}
	return nil
}

// moment is a time in RFC 3339 with or without parts of a second, in some recorded
// examples without an offset; zero for anything else.
type moment struct{ time.Time }

// UnmarshalJSON implements json.Unmarshaler.
func (m *moment) UnmarshalJSON(data []byte) error {
	var t text
	if err := t.UnmarshalJSON(data); err != nil {
		return err
	}
	*m = moment{}
	for _, form := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05"} {
		// A year beyond those that a computer's clock can show is no time.
		if at, err := time.Parse(form, string(t)); err == nil && at.Year() > 1970 && at.Year() < 2200 {
			m.Time = at.UTC()
			break
		}
	}
	return nil
}

// part is an object inside an object. A null or anything else that is no object
// leaves it zero.
type part[T any] struct {
	T     T
	given bool
}

// UnmarshalJSON implements json.Unmarshaler.
func (p *part[T]) UnmarshalJSON(data []byte) error {
	*p = part[T]{}
	if kindOf(data) != '{' {
		return nil
	}
	p.given = true
	return json.Unmarshal(data, &p.T)
}

// list is a list of objects; null is an empty one. Members that are no objects are
// left out.
type list[T any] []T

// UnmarshalJSON implements json.Unmarshaler.
func (l *list[T]) UnmarshalJSON(data []byte) error {
	*l = nil
	if kindOf(data) != '[' {
		return nil
	}
	var raw []json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		return err
	}
	for _, one := range raw {
		if kindOf(one) != '{' {
			continue
		}
		var row T
		if err := json.Unmarshal(one, &row); err != nil {
			return err
		}
		*l = append(*l, row)
	}
	return nil
}

// words are a list of texts, or one.
type words []string

// UnmarshalJSON implements json.Unmarshaler.
func (w *words) UnmarshalJSON(data []byte) error {
	*w = nil
	switch kindOf(data) {
	case '[':
		var l []text
		if err := json.Unmarshal(data, &l); err != nil {
			return err
		}
		for _, t := range l {
			*w = append(*w, string(t))
		}
	case '"':
		var t text
		if err := t.UnmarshalJSON(data); err != nil {
			return err
		}
		*w = words{string(t)}
	}
	return nil
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// clip bounds foreign words to a number of characters.
func clip(s string, most int) string {
	s = strings.ToValidUTF8(s, "")
	if len(s) <= most {
		return s
	}
	runes := []rune(s)
	if len(runes) <= most {
		return s
	}
	return string(runes[:most])
}
