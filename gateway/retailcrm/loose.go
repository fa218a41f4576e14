package retailcrm

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
)

// The API is written in PHP, which cannot tell an empty object from an empty list
// and is easy about numbers and texts. The types here take every form that was seen
// and turn what they cannot read into nothing: one odd field must not cost the shop
// all its orders.

var errNotObject = errors.New("not a JSON object")

// decode reads a JSON object.
func decode(data []byte, out any) error {
	if data = bytes.TrimSpace(data); len(data) == 0 || data[0] != '{' {
		return errNotObject
	}
	return json.Unmarshal(data, out)
}

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

// number is a number, or a text that holds one.
type number struct {
	value float64
	given bool
}

// UnmarshalJSON implements json.Unmarshaler.
func (n *number) UnmarshalJSON(data []byte) error {
	var t text
	if err := t.UnmarshalJSON(data); err != nil {
		return err
	}
	v, err := strconv.ParseFloat(string(t), 64)
	*n = number{}
	// ParseFloat takes "NaN" and "Inf" too, which no sum can be.
	if err == nil && v-v == 0 {
		*n = number{v, true}
	}
	return nil
}

// ident is a whole number; 0 for anything else.
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

// flag is yes or no; PHP writes 0, 1, "0" and "1" as well.
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

// part is an object inside an object. An empty list, a null or anything else that is
// no object leaves it zero.
type part[T any] struct{ T T }

// UnmarshalJSON implements json.Unmarshaler.
func (p *part[T]) UnmarshalJSON(data []byte) error {
	p.T = *new(T)
	if kindOf(data) != '{' {
		return nil
	}
	return json.Unmarshal(data, &p.T)
}

// list is a list of objects, or an object whose keys do not matter, as payments and
// references are. Members that are no objects are left out.
type list[T any] struct {
	rows  []T
	given bool
}

// UnmarshalJSON implements json.Unmarshaler.
func (l *list[T]) UnmarshalJSON(data []byte) error {
	*l = list[T]{}
	var raw []json.RawMessage
	switch kindOf(data) {
	case '[':
		if err := json.Unmarshal(data, &raw); err != nil {
			return err
		}
	case '{':
		members, err := inOrder(data)
		if err != nil {
			return err
		}
		raw = members
	default:
		return nil
	}
	l.given = true
	for _, one := range raw {
		if kindOf(one) != '{' {
			continue
		}
		var row T
		if err := json.Unmarshal(one, &row); err != nil {
			return err
		}
		l.rows = append(l.rows, row)
	}
	return nil
}

// inOrder is an object's values in the order in which they stand.
func inOrder(data []byte) ([]json.RawMessage, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	if _, err := dec.Token(); err != nil {
		return nil, err
	}
	var out []json.RawMessage
	for dec.More() {
		if _, err := dec.Token(); err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, err
		}
		out = append(out, value)
	}
	return out, nil
}

// bag is an object with foreign keys: custom fields, a delivery's data. Empty ones
// come as [].
type bag map[string]json.RawMessage

// UnmarshalJSON implements json.Unmarshaler.
func (b *bag) UnmarshalJSON(data []byte) error {
	*b = nil
	if kindOf(data) != '{' {
		return nil
	}
	var m map[string]json.RawMessage
	if err := json.Unmarshal(data, &m); err != nil {
		return err
	}
	*b = m
	return nil
}

// text is a scalar of the bag as a text.
func (b bag) text(key string) string {
	var t text
	if raw, ok := b[key]; ok {
		// A raw value was checked when the bag was read.
		_ = t.UnmarshalJSON(raw)
	}
	return string(t)
}

// details are an error's words by field, or a plain list of them.
type details map[string]string

// UnmarshalJSON implements json.Unmarshaler.
func (d *details) UnmarshalJSON(data []byte) error {
	*d = details{}
	switch kindOf(data) {
	case '{':
		var m map[string]json.RawMessage
		if err := json.Unmarshal(data, &m); err != nil {
			return err
		}
		for name, raw := range m {
			(*d)[name] = wordsOf(raw)
		}
	case '[':
		var l []json.RawMessage
		if err := json.Unmarshal(data, &l); err != nil {
			return err
		}
		for i, raw := range l {
			(*d)[strconv.Itoa(i)] = wordsOf(raw)
		}
	case '"':
		(*d)["0"] = wordsOf(data)
	}
	return nil
}

// wordsOf is one entry: a text, or a list of them.
func wordsOf(raw json.RawMessage) string {
	switch kindOf(raw) {
	case '[', '{':
		return string(raw)
	}
	var t text
	_ = t.UnmarshalJSON(raw) // the raw value is valid JSON
	return string(t)
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
