package helpdeskeddy

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"vestnik/gateway"
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
// Employees are read through the groups (seen in public code). A key that may not read
// those has its own employee alone there.
func (c *Client) Book(ctx context.Context) (gateway.HelpdeskBook, error) {
	book := gateway.HelpdeskBook{At: c.now()}
	for _, d := range []struct {
		to   *[]gateway.HelpdeskEntry
		path string
	}{
		{&book.Departments, "/departments/"},
		{&book.Statuses, "/statuses/"},
		{&book.Priorities, "/priorities/"},
		{&book.Types, "/types/"},
	} {
		rows, err := c.dictionary(ctx, d.path, rightDictionaries)
		if err != nil {
			return gateway.HelpdeskBook{}, err
		}
		for _, b := range rows {
			*d.to = append(*d.to, gateway.HelpdeskEntry{ID: string(b.ID), Name: cmp.Or(b.Name.in(c.lang), string(b.ID))})
		}
	}
	fields, err := c.readFields(ctx)
	if err != nil {
		return gateway.HelpdeskBook{}, err
	}
	selects := 0
	for _, f := range sorted(fields) {
		id := int64(f.ID)
		e := gateway.HelpdeskEntry{ID: itoa(id), Name: cmp.Or(f.Name.in(c.lang), itoa(id)), Type: string(f.Type), Public: f.public()}
		if f.Type == typeSelect && !e.Public && selects < mostSelects {
			selects++
			options, err := c.readOptions(ctx, id)
			if err != nil {
				return gateway.HelpdeskBook{}, err
			}
			for _, o := range options {
				e.Options = append(e.Options, gateway.HelpdeskEntry{ID: string(o.ID), Name: cmp.Or(o.Name.in(c.lang), string(o.ID))})
			}
		}
		book.Fields = append(book.Fields, e)
	}
	if book.Staff, err = c.readStaff(ctx); err != nil {
		return gateway.HelpdeskBook{}, err
	}
	return book, nil
}

func (c *Client) dictionary(ctx context.Context, path, right string) ([]entryBody, error) {
	return whole[entryBody](ctx, c, call{op: "helpdeskeddy: read " + strings.Trim(path, "/"), path: path, right: right, lane: interactive})
}

// readStaff reads the employees: users of the groups of type "staff".
func (c *Client) readStaff(ctx context.Context) ([]gateway.HelpdeskEntry, error) {
	groups, err := c.dictionary(ctx, "/groups/", "")
	if err != nil && !ofARight(err) && codeOf(err) != codeNotHelpdesk {
		return nil, err
	}
	q := call{op: "helpdeskeddy: read employees", path: "/users/", right: rightUsers, lane: interactive, query: url.Values{"search": {c.email}}}
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
func (c *Client) readFields(ctx context.Context) (map[int64]fieldBody, error) {
	rows, err := whole[fieldBody](ctx, c, call{op: "helpdeskeddy: read ticket fields", path: "/custom_fields/", right: rightFields, lane: interactive})
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

func (c *Client) readOptions(ctx context.Context, field int64) ([]entryBody, error) {
	rows, err := whole[entryBody](ctx, c, call{
		op: "helpdeskeddy: read a field's options", path: "/custom_fields/" + itoa(field) + "/options/", right: rightFields, lane: interactive,
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
		if fields, err = c.readFields(ctx); err != nil {
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
			rows, err := c.readOptions(ctx, int64(f.ID))
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
