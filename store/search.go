package store

import (
	"context"
	"encoding/json"
	"strings"
	"unicode"
)

// searched is what a search text means for a list of decisions: a complete set of
// ids that indexes found, or a condition to look through the newest rows with.
type searched struct {
	ids          string // JSON array; "" when the condition is to be used
	cond         string
	args         []any
	needsMessage bool
}

// fewEnough is how many rows an index may find for the set to be used as it is; a
// text that finds more also finds some among the newest rows.
const fewEnough = 2000

const (
	queryByNumber = `SELECT id FROM decision WHERE number >= ? AND number < ? AND number <> '' LIMIT ?`
	queryByTail   = `SELECT decision FROM message WHERE phone_tail >= ? AND phone_tail < ? LIMIT ?`
	afterAnyText  = "\U0010FFFF"
)

// search reads a text as people type it: an order number or its beginning, a phone
// or its last digits, or a part of a name.
func search(ctx context.Context, q querier, text string) (searched, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return searched{}, nil
	}
	digits := digitsOf(text)
	if digits == "" && !strings.ContainsFunc(text, unicode.IsDigit) {
		return byName(text), nil
	}
	ids := []int64{}
	probe := func(query, from, to string) error {
		return each(ctx, q, func(scan scanner) error {
			var id int64
			err := scan(&id)
			ids = append(ids, id)
			return err
		}, query, from, to, fewEnough+1)
	}
	number := text
	if digits != "" {
		number = strings.ReplaceAll(text, " ", "")
	}
	if err := probe(queryByNumber, number, number+afterAnyText); err != nil {
		return searched{}, err
	}
	end := ""
	if len(digits) >= 4 {
		end = reversed(withoutTrunk(digits))
		if err := probe(queryByTail, end, end+afterAnyText); err != nil {
			return searched{}, err
		}
	}
	switch {
	case len(ids) > fewEnough:
		found := searched{cond: "(d.number >= ? AND d.number < ?)", args: []any{number, number + afterAnyText}}
		if end != "" {
			found.cond = "(d.number >= ? AND d.number < ? OR m.phone_tail >= ? AND m.phone_tail < ?)"
			found.args = append(found.args, end, end+afterAnyText)
			found.needsMessage = true
		}
		return found, nil
	case len(ids) > 0:
		set, err := json.Marshal(ids)
		return searched{ids: string(set)}, err
	case digits == "":
		return byName(text), nil
	}
	return searched{cond: "instr(m.phone, ?) > 0", args: []any{withoutTrunk(digits)}, needsMessage: true}, nil
}

func byName(text string) searched {
	return searched{cond: "instr(d.name_key, ?) > 0", args: []any{nameKey(text)}}
}

// digitsOf is the digits of a text that has nothing else in it than people put into
// phone numbers; "" for any other text.
func digitsOf(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case !strings.ContainsRune(" +-()\u00a0", r):
			return ""
		}
	}
	return b.String()
}

// withoutTrunk takes the 8 off that Russians dial before a number instead of +7.
func withoutTrunk(digits string) string {
	if len(digits) == 11 && digits[0] == '8' {
		return digits[1:]
	}
	return digits
}
