package outbound

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
)

// Foreign servers, those in PHP first, cannot tell an empty object from an empty list
// and are easy about numbers and texts. The types here take every form that was seen
// and turn what they cannot read into nothing: one odd field must not cost the shop
// all its orders.

var errNotObject = errors.New("not a JSON object")

// Object reads a JSON object into out. Anything else is an error.
func Object(data []byte, out any) error {
	if data = bytes.TrimSpace(data); len(data) == 0 || data[0] != '{' {
		return errNotObject
	}
	return json.Unmarshal(data, out)
}

// KindOf is the first byte of a value: '{', '[', '"', 't', 'f', 'n' or that of a
// number; 'n' when there is nothing.
func KindOf(data []byte) byte {
	if data = bytes.TrimSpace(data); len(data) > 0 {
		return data[0]
	}
	return 'n'
}

// Text is a text, or a number or yes/no as a text; "" for anything else.
type Text string

// UnmarshalJSON implements json.Unmarshaler.
func (t *Text) UnmarshalJSON(data []byte) error {
	*t = ""
	switch KindOf(data) {
	case '"':
		var s string
		if err := json.Unmarshal(data, &s); err != nil {
			return err
		}
		*t = Text(strings.TrimSpace(s))
	case '{', '[', 'n':
	default:
		*t = Text(bytes.TrimSpace(data))
	}
	return nil
}

// Number is a number, or a text that holds one.
type Number struct {
	Value float64
	Given bool
}

// UnmarshalJSON implements json.Unmarshaler.
func (n *Number) UnmarshalJSON(data []byte) error {
	var t Text
	if err := t.UnmarshalJSON(data); err != nil {
		return err
	}
	v, err := strconv.ParseFloat(string(t), 64)
	*n = Number{}
	// ParseFloat takes "NaN" and "Inf" too, which no sum can be.
	if err == nil && v-v == 0 {
		*n = Number{v, true}
	}
	return nil
}

// Ident is a whole number; 0 for anything else.
type Ident int64

// UnmarshalJSON implements json.Unmarshaler.
func (i *Ident) UnmarshalJSON(data []byte) error {
	var t Text
	if err := t.UnmarshalJSON(data); err != nil {
		return err
	}
	v, err := strconv.ParseInt(string(t), 10, 64)
	if err != nil {
		v = 0
	}
	*i = Ident(v)
	return nil
}

// Flag is yes or no; PHP writes 0, 1, "0" and "1" as well.
type Flag struct{ On, Given bool }

// UnmarshalJSON implements json.Unmarshaler.
func (f *Flag) UnmarshalJSON(data []byte) error {
	var t Text
	if err := t.UnmarshalJSON(data); err != nil {
		return err
	}
	switch t {
	case "true", "1":
		*f = Flag{true, true}
	case "false", "0":
		*f = Flag{false, true}
	default:
		*f = Flag{}
	}
	return nil
}

// Part is an object inside an object. An empty list, a null or anything else that is
// no object leaves it zero.
type Part[T any] struct {
	T     T
	Given bool
}

// UnmarshalJSON implements json.Unmarshaler.
func (p *Part[T]) UnmarshalJSON(data []byte) error {
	*p = Part[T]{}
	if KindOf(data) != '{' {
		return nil
	}
	p.Given = true
	return json.Unmarshal(data, &p.T)
}

// List is a list of objects, or an object whose keys do not matter, as payments and
// references are. Members that are no objects are left out.
type List[T any] struct {
	Rows  []T
	Given bool
}

// UnmarshalJSON implements json.Unmarshaler.
func (l *List[T]) UnmarshalJSON(data []byte) error {
	*l = List[T]{}
	var raw []json.RawMessage
	switch KindOf(data) {
	case '[':
		if err := json.Unmarshal(data, &raw); err != nil {
			return err
		}
	case '{':
		members, err := InOrder(data)
		if err != nil {
			return err
		}
		raw = members
	default:
		return nil
	}
	l.Given = true
	for _, one := range raw {
		if KindOf(one) != '{' {
			continue
		}
		var row T
		if err := json.Unmarshal(one, &row); err != nil {
			return err
		}
		l.Rows = append(l.Rows, row)
	}
	return nil
}

// InOrder is an object's values in the order in which they stand.
func InOrder(data []byte) ([]json.RawMessage, error) {
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

// Bag is an object with foreign keys: custom fields, a delivery's data. Empty ones
// come as [].
type Bag map[string]json.RawMessage

// UnmarshalJSON implements json.Unmarshaler.
func (b *Bag) UnmarshalJSON(data []byte) error {
	*b = nil
	if KindOf(data) != '{' {
		return nil
	}
	var m map[string]json.RawMessage
	if err := json.Unmarshal(data, &m); err != nil {
		return err
	}
	*b = m
	return nil
}

// Text is a scalar of the bag as a text.
func (b Bag) Text(key string) string {
	var t Text
	if raw, ok := b[key]; ok {
		// A raw value was checked when the bag was read.
		_ = t.UnmarshalJSON(raw)
	}
	return string(t)
}

// Clip bounds foreign words to a number of characters. What is no UTF-8 is left out.
func Clip(s string, most int) string {
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
