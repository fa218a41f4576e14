package retailcrm

import (
	"encoding/json"
	"strconv"

	"vestnik/gateway/outbound"
)

// The forms of a value, by short names: every body is made of them.
type (
	text        = outbound.Text
	number      = outbound.Number
	ident       = outbound.Ident
	flag        = outbound.Flag
	bag         = outbound.Bag
	part[T any] = outbound.Part[T]
	list[T any] = outbound.List[T]
)

// details are an error's words by field, or a plain list of them.
type details map[string]string

// UnmarshalJSON implements json.Unmarshaler.
func (d *details) UnmarshalJSON(data []byte) error {
	*d = details{}
	switch outbound.KindOf(data) {
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
	switch outbound.KindOf(raw) {
	case '[', '{':
		return string(raw)
	}
	var t text
	_ = t.UnmarshalJSON(raw) // the raw value is valid JSON
	return string(t)
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
