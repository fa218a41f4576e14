package messagegateway

import (
	"encoding/json"
	"strconv"
	"time"

	"vestnik/gateway/outbound"
)

// The forms of a value, by short names: every body is made of them.
type (
	text        = outbound.Text
	ident       = outbound.Ident
	flag        = outbound.Flag
	part[T any] = outbound.Part[T]
)

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

// list is a list of objects; null is an empty one. Members that are no objects are
// left out.
type list[T any] []T

// UnmarshalJSON implements json.Unmarshaler.
func (l *list[T]) UnmarshalJSON(data []byte) error {
	*l = nil
	if outbound.KindOf(data) != '[' {
		return nil
	}
	var raw []json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		return err
	}
	for _, one := range raw {
		if outbound.KindOf(one) != '{' {
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
	switch outbound.KindOf(data) {
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
