package retailcrm

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"

	"vestnik/device"
)

// fieldKey names a custom field of the account.
type fieldKey struct{ entity, code string } // "order" or "customer"

// ownField is a custom field that the box fills, and how it is made when the account
// lacks it.
type ownField struct {
	key   fieldKey
	types []string // any of them will do; the first is made
	what  string   // for a person: "the WhatsApp checkbox"
	as    string   // "a checkbox"
	name  string   // in the CRM, when it is made
}

// ensureField makes sure that a field exists with a fitting type, which it returns; it
// asks the account once for a connection.
func (c *Client) ensureField(ctx context.Context, f ownField) (string, error) {
	c.mu.Lock()
	typ, known := c.fields[f.key]
	c.mu.Unlock()
	if known && slices.Contains(f.types, typ) {
		return typ, nil
	}
	typ, err := c.lookAtField(ctx, f)
	if device.KindOf(err) == device.NotFound {
		typ = f.types[0]
		if err = c.createField(ctx, f); device.KindOf(err) == device.Refused {
			// Somebody else may have been quicker.
			if seen, again := c.lookAtField(ctx, f); device.KindOf(again) != device.NotFound {
				typ, err = seen, again
			}
		}
	}
	if err != nil {
		return "", err
	}
	c.mu.Lock()
	c.fields[f.key] = typ
	c.mu.Unlock()
	return typ, nil
}

func (c *Client) forgetField(f ownField) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.fields, f.key)
}

// lookAtField checks that a field is of a fitting type; NotFound when there is none.
func (c *Client) lookAtField(ctx context.Context, f ownField) (string, error) {
	op := "retailcrm: look for " + f.what
	var body oneCustomFieldBody
	_, err := c.do(ctx, call{
		op: op, path: "/api/v5/custom-fields/" + f.key.entity + "/" + url.PathEscape(f.key.code), right: "custom_fields_read", lane: background,
	}, &body)
	if err != nil {
		return "", err
	}
	typ := string(body.CustomField.T.Type)
	if !slices.Contains(f.types, typ) {
		return "", &device.Error{
			Kind: device.Refused, Op: op, Code: codeFieldType,
			Err: fmt.Errorf("the %s field %s exists with the type %s, not as %s: choose another code in the settings, or rename the field in the CRM", f.key.entity, f.key.code, typ, f.as),
		}
	}
	return typ, nil
}

// createField adds a field. Operators see it in lists and filters, where a long text has
// no place, and cannot change it by hand.
func (c *Client) createField(ctx context.Context, f ownField) error {
	area := "customer"
	if f.key.entity == "customer" {
		area = "main_data" // Assumed: what a card shows; the enum does not tell the entities apart.
	}
	listed := f.types[0] != "text"
	return c.post(ctx, call{
		op: "retailcrm: create " + f.what, path: "/api/v5/custom-fields/" + f.key.entity + "/create",
		right: "custom_fields_write", lane: background,
	}, "customField", map[string]any{
		"name": f.name, "code": f.key.code, "type": f.types[0],
		"displayArea": area, "viewMode": "not_editable", "inList": listed, "inFilter": listed, "inGroupActions": false, "ordering": 50,
	}, "", nil)
}

// filling is a value for an own field: a bool, an int64 or a string, as the field's types
// are.
type filling struct {
	field ownField
	value any
}

// stands tells whether an order or a card has the value already.
func (f filling) stands(have bag) bool {
	raw, given := have[f.field.key.code]
	if !given {
		raw = json.RawMessage("null")
	}
	// The raw value is valid JSON.
	switch want := f.value.(type) {
	case bool:
		var on flag
		_ = on.UnmarshalJSON(raw)
		return on.Given && on.On == want
	case int64:
		var n number
		_ = n.UnmarshalJSON(raw)
		return n.Given && n.Value == float64(want)
	case string:
		var t text
		_ = t.UnmarshalJSON(raw)
		return cut(string(t), maxText) == want
	}
	return false
}

// fill makes sure that the fields exist and has write write the values. write is called
// again when the account refuses: a field may have been deleted since it was seen.
func (c *Client) fill(ctx context.Context, values []filling, write func([]filling) error) error {
	ready, err := c.ready(ctx, values)
	if err != nil {
		return err
	}
	if err = write(ready); device.KindOf(err) != device.Refused {
		return err
	}
	for _, f := range values {
		c.forgetField(f.field)
	}
	if ready, err = c.ready(ctx, values); err != nil {
		return err
	}
	return write(ready)
}

// ready makes sure that the fields exist, and cuts texts to what they hold.
func (c *Client) ready(ctx context.Context, values []filling) ([]filling, error) {
	ready := slices.Clone(values)
	for i, f := range ready {
		typ, err := c.ensureField(ctx, f.field)
		if err != nil {
			return nil, err
		}
		if s, ok := f.value.(string); ok {
			most := maxText
			if typ == "string" {
				most = maxString
			}
			ready[i].value = cut(s, most)
		}
	}
	return ready, nil
}

// lacking is the part of the values that an order or a card does not have yet, as the
// API takes it; nil when it has them all.
func lacking(have bag, values []filling) map[string]any {
	var out map[string]any
	for _, f := range values {
		if f.stands(have) {
			continue
		}
		if out == nil {
			out = map[string]any{}
		}
		out[f.field.key.code] = f.value
	}
	return out
}
