package retailcrm

import (
	"context"
	"regexp"
	"strings"

	"vestnik/gateway"
)

// sampleSize is how many of the newest orders examples and shares are taken from: two
// requests.
const sampleSize = 200

// Reference reads the account's statuses and fields, with examples from the newest
// orders: about sixteen requests. An address without an account gives NotFound.
func (c *Client) Reference(ctx context.Context) (gateway.Reference, error) {
	w, err := c.vocabulary(ctx, background, 0)
	if err != nil {
		return gateway.Reference{}, asWhole(err)
	}
	rows, err := c.recent(ctx, background, sampleSize)
	if err != nil {
		return gateway.Reference{}, asWhole(err)
	}
	ref := gateway.Reference{At: c.now(), Statuses: statuses(w), Fields: c.directory(w)}
	weigh(ref.Fields, c.flat(rows, w))
	return ref, nil
}

var colour = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)

func statuses(w *words) []gateway.Status {
	out := make([]gateway.Status, 0, len(w.statuses))
	for _, s := range w.statuses {
		st := gateway.Status{Code: string(s.Code), Name: w.statusName[string(s.Code)], Active: s.Active.On || !s.Active.Given}
		g, known := w.groups[string(s.Group)]
		st.Group = string(g.Name)
		if !known || st.Group == "" {
			st.Group = string(s.Group)
		}
		if colour.MatchString(string(s.Color)) {
			st.Color = string(s.Color)
		}
		out = append(out, st)
	}
	return out
}

// directory is every field that a message may name. Fields that this key can never
// fill are left out.
func (c *Client) directory(w *words) []gateway.Field {
	var out []gateway.Field
	put := func(path, label string, g group) {
		out = append(out, gateway.Field{Path: path, Label: label, Group: c.lang.pick(g.ru, g.en), Empty: -1})
	}
	for _, f := range builtin() {
		if w.noUsers && f.group == inManager {
			continue
		}
		put(f.path, c.lang.pick(f.ru, f.en), f.group)
	}
	for _, f := range w.orderBox {
		put(orderBoxPath(f), first(string(f.Name), string(f.Code)), inOrderBox)
	}
	for _, f := range w.clientBox {
		put(clientBoxPath(f), first(string(f.Name), string(f.Code)), inClientBox)
	}
	return out
}

// weigh fills Example and Empty from orders, newest first.
func weigh(fields []gateway.Field, orders []gateway.Order) {
	if len(orders) == 0 {
		return
	}
	for i := range fields {
		f, lacking := &fields[i], 0
		for _, o := range orders {
			switch value := o.Fields[f.Path]; {
			case value == "":
				lacking++
			case f.Example == "":
				f.Example = clip(value)
			}
		}
		f.Empty = float64(lacking) / float64(len(orders))
	}
}

// clip keeps an example on one line.
func clip(s string) string {
	const most = 80
	s = strings.Join(strings.Fields(strings.ReplaceAll(s, noBreak, "\x00")), " ")
	s = strings.ReplaceAll(s, "\x00", noBreak)
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}
