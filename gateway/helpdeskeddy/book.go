package helpdeskeddy

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/outbound"
)

const (
	// fieldsAge is how long what is known of fields, their permissions among it, is good.
	fieldsAge = 5 * time.Minute
	// mostSelects bounds how many fields' options the book reads.
	mostSelects = 10
)

// Book reads the dictionaries: six or seven requests for a small account, one more for
// each select field that requesters do not see (at most ten), and for each further page. Lines of
// dictionaries stand as the account gives them, fields by id, employees by name.
//
// A dictionary that the key may not read, or that is not there, is left empty; when that is all of them
// it is an error.
//
// Employees are read through the groups (seen in public code). A key that may not read
// those has its own employee alone there.
func (c *Client) Book(ctx context.Context) (gateway.HelpdeskBook, error) {
	book := gateway.HelpdeskBook{At: c.now()}
	lane := laneOf(ctx)
	var first error
	there := false
	// missing passes over a dictionary that is not there for this key.
	missing := func(err error) error {
		there = there || err == nil
		if err == nil || codeOf(err) == "" && device.KindOf(err) == device.Unauthorized {
			return err
		}
		switch device.KindOf(err) {
		case device.Unauthorized, device.NotFound:
			first = cmp.Or(first, err)
			return nil
		}
		return err
	}
	for _, d := range []struct {
		to   *[]gateway.HelpdeskEntry
		path string
	}{
		{&book.Departments, "/departments/"},
		{&book.Statuses, "/statuses/"},
		{&book.Priorities, "/priorities/"},
		{&book.Types, "/types/"},
	} {
		rows, err := c.dictionary(ctx, d.path, rightDictionaries, lane)
		if err := missing(err); err != nil {
			return gateway.HelpdeskBook{}, err
		}
		for _, b := range rows {
			*d.to = append(*d.to, gateway.HelpdeskEntry{ID: string(b.ID), Name: cmp.Or(b.Name.in(c.lang), string(b.ID))})
		}
	}
	fields, err := c.readFields(ctx, lane)
	if err := missing(err); err != nil {
		return gateway.HelpdeskBook{}, err
	}
	selects := 0
	for _, f := range sorted(fields) {
		id := int64(f.ID)
		e := gateway.HelpdeskEntry{ID: itoa(id), Name: cmp.Or(f.Name.in(c.lang), itoa(id)), Type: string(f.Type), Public: f.public()}
		if f.Type == typeSelect && !e.Public && selects < mostSelects {
			selects++
			options, err := c.readOptions(ctx, id, lane)
			if err := missing(err); err != nil {
				return gateway.HelpdeskBook{}, err
			}
			for _, o := range options {
				e.Options = append(e.Options, gateway.HelpdeskEntry{ID: string(o.ID), Name: cmp.Or(o.Name.in(c.lang), string(o.ID))})
			}
		}
		book.Fields = append(book.Fields, e)
	}
	book.Staff, err = c.readStaff(ctx, lane)
	if err := missing(err); err != nil {
		return gateway.HelpdeskBook{}, err
	}
	if !there {
		return gateway.HelpdeskBook{}, first
	}
	return book, nil
}

// laneOf is the lane of who asks for the book: a person, unless it says otherwise.
func laneOf(ctx context.Context) outbound.Lane {
	if gateway.Unhurried(ctx) {
		return background
	}
	return interactive
}

func (c *Client) dictionary(ctx context.Context, path, right string, lane outbound.Lane) ([]entryBody, error) {
	return whole[entryBody](ctx, c, call{op: "helpdeskeddy: read " + strings.Trim(path, "/"), path: path, right: right, lane: lane})
}

// readStaff reads the employees: users of the groups of type "staff".
func (c *Client) readStaff(ctx context.Context, lane outbound.Lane) ([]gateway.HelpdeskEntry, error) {
	groups, err := whole[entryBody](ctx, c, call{op: "helpdeskeddy: read groups", path: "/groups/", spare: true, lane: lane})
	if err != nil && !ofARight(err) && codeOf(err) != codeNotHelpdesk {
		return nil, err
	}
	q := call{op: "helpdeskeddy: read employees", path: "/users/", right: rightUsers, lane: lane, query: url.Values{"search": {c.email}}}
	var ids []string
	for _, g := range groups {
		if g.Type == "staff" {
			ids = append(ids, string(g.ID))
		}
	}
	if len(ids) > 0 {
		q.query = url.Values{"group_list": {strings.Join(ids, ",")}}
	}
	users, err := whole[userBody](ctx, c, q)
	if err != nil {
		return nil, err
	}
	return employees(users), nil
}

// readFields reads the ticket fields and keeps them.
func (c *Client) readFields(ctx context.Context, lane outbound.Lane) (map[int64]fieldBody, error) {
	rows, err := whole[fieldBody](ctx, c, call{op: "helpdeskeddy: read ticket fields", path: "/custom_fields/", right: rightFields, lane: lane})
	if err != nil {
		return nil, err
	}
	fields := map[int64]fieldBody{}
	for _, b := range rows {
		fields[int64(b.ID)] = b
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fields, c.fieldsAt = fields, c.now()
	return fields, nil
}

func sorted(fields map[int64]fieldBody) []fieldBody {
	out := make([]fieldBody, 0, len(fields))
	for _, f := range fields {
		out = append(out, f)
	}
	slices.SortFunc(out, func(a, b fieldBody) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// optionsRead is a select field's options as last read.
type optionsRead struct {
	rows []entryBody
	at   time.Time
}

func (c *Client) readOptions(ctx context.Context, field int64, lane outbound.Lane) ([]entryBody, error) {
	rows, err := whole[entryBody](ctx, c, call{
		op: "helpdeskeddy: read a field's options", path: "/custom_fields/" + itoa(field) + "/options/", right: rightFields, lane: lane,
	})
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.options[field] = optionsRead{rows, c.now()}
	return rows, nil
}

// young tells whether what was read at that time is still good.
func (c *Client) young(at time.Time) bool {
	age := c.now().Sub(at)
	return age >= 0 && age < fieldsAge
}

// writableFields turns values as a person reads them into those of the API, and
// refuses what must not be written.
func (c *Client) writableFields(ctx context.Context, op string, values map[string]string) (map[string]any, error) {
	c.mu.Lock()
	fields, at := c.fields, c.fieldsAt
	c.mu.Unlock()
	if fields == nil || !c.young(at) {
		var err error
		if fields, err = c.readFields(ctx, interactive); err != nil {
			return nil, err
		}
	}
	out := map[string]any{}
	for id, value := range values {
		var n ident
		_ = n.UnmarshalJSON([]byte(id)) // what is no number is 0
		f, ok := fields[int64(n)]
		switch {
		case !ok || itoa(int64(n)) != id:
			return nil, refused(op, "", "there is no ticket field %q", id)
		case f.public():
			return nil, refused(op, codePublic, "requesters see the ticket field %s", id)
		}
		written, err := c.fieldWrite(ctx, op, f, value)
		if err != nil {
			return nil, err
		}
		out[id] = written
	}
	return out, nil
}

// fieldWrite is a value as the API takes it (documented: texts, and 1 for a checkbox;
// inferred: an option's id for a select, 0 for none).
func (c *Client) fieldWrite(ctx context.Context, op string, f fieldBody, value string) (any, error) {
	switch f.Type {
	case typeCheckbox:
		return tick(value), nil
	case typeHierarchy:
		return nil, refused(op, "", "the ticket field %d has levels, which are not written", int64(f.ID))
	case typeSelect:
		if value == "" {
			return 0, nil
		}
		c.mu.Lock()
		known := c.options[int64(f.ID)]
		c.mu.Unlock()
		if known.rows == nil || !c.young(known.at) {
			rows, err := c.readOptions(ctx, int64(f.ID), interactive)
			if err != nil {
				return nil, err
			}
			known.rows = rows
		}
		for _, o := range known.rows {
			if string(o.ID) == value || o.Name.is(value) {
				return numberOr(string(o.ID)), nil
			}
		}
		return nil, refused(op, "", "the ticket field %d has no such option", int64(f.ID))
	}
	return value, nil
}
