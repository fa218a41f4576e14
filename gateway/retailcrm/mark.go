package retailcrm

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"

	"vestnik/device"
	"vestnik/gateway"
)

// MarkWhatsApp sets the order's checkbox, and creates the field when the account
// lacks it. It may be repeated without harm: an order that has the value already is
// not written. With no field in the options it does nothing.
//
// Kinds of errors beside the usual: Refused when the code belongs to a field of
// another type, Uncertain when the answer was lost after the order may have changed.
func (c *Client) MarkWhatsApp(ctx context.Context, id gateway.OrderID, on bool) error {
	if c.field == "" {
		return nil
	}
	if err := c.ensureField(ctx); err != nil {
		return err
	}
	err := c.mark(ctx, id, on)
	if device.KindOf(err) != device.Refused {
		return err
	}
	// The field may have been deleted in the CRM since we saw it.
	c.forgetField()
	if ensure := c.ensureField(ctx); ensure != nil {
		return ensure
	}
	return c.mark(ctx, id, on)
}

func (c *Client) mark(ctx context.Context, id gateway.OrderID, on bool) error {
	o, err := c.rawOrder(ctx, id, background)
	if err != nil {
		return err
	}
	want := device.No
	if on {
		want = device.Yes
	}
	if c.checkbox(o.CustomFields) == want {
		return nil
	}
	body, err := json.Marshal(map[string]any{"customFields": map[string]bool{c.field: on}})
	if err != nil {
		return &device.Error{Kind: device.Internal, Op: "retailcrm: mark an order", Err: err}
	}
	form := url.Values{"by": {"id"}, "order": {string(body)}}
	if o.Site != "" {
		form.Set("site", string(o.Site))
	}
	_, err = c.do(ctx, call{
		op: "retailcrm: mark an order", path: "/api/v5/orders/" + itoa(int64(id)) + "/edit",
		form: form, right: "order_write", lane: background,
	}, nil)
	return err
}

// ensureField makes sure that the checkbox exists, once for a connection.
func (c *Client) ensureField(ctx context.Context) error {
	c.mu.Lock()
	known := c.hasField
	c.mu.Unlock()
	if known {
		return nil
	}
	err := c.lookAtField(ctx)
	if device.KindOf(err) == device.NotFound {
		if err = c.createField(ctx); device.KindOf(err) == device.Refused {
			// Somebody else may have been quicker.
			if again := c.lookAtField(ctx); device.KindOf(again) != device.NotFound {
				err = again
			}
		}
	}
	if err != nil {
		return err
	}
	c.mu.Lock()
	c.hasField = true
	c.mu.Unlock()
	return nil
}

func (c *Client) forgetField() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hasField = false
}

// lookAtField checks that the field is a checkbox; NotFound when there is none.
func (c *Client) lookAtField(ctx context.Context) error {
	const op = "retailcrm: look for the WhatsApp checkbox"
	var body oneCustomFieldBody
	_, err := c.do(ctx, call{
		op: op, path: "/api/v5/custom-fields/order/" + url.PathEscape(c.field), right: "custom_fields_read", lane: background,
	}, &body)
	if err != nil {
		return err
	}
	if f := body.CustomField.T; f.Type != "boolean" {
		return &device.Error{
			Kind: device.Refused, Op: op, Code: codeFieldType,
			Err: fmt.Errorf("the order field %s exists with the type %s, not as a checkbox: choose another code in the settings, or rename the field in the CRM", c.field, f.Type),
		}
	}
	return nil
}

// createField adds the checkbox. Operators see it in lists and filters and cannot tick
// it by hand.
func (c *Client) createField(ctx context.Context) error {
	const op = "retailcrm: create the WhatsApp checkbox"
	body, err := json.Marshal(map[string]any{
		"name": c.lang.pick("Есть WhatsApp", "Has WhatsApp"), "code": c.field, "type": "boolean",
		"displayArea": "customer", "viewMode": "not_editable", "inList": true, "inFilter": true, "inGroupActions": false, "ordering": 50,
	})
	if err != nil {
		return &device.Error{Kind: device.Internal, Op: op, Err: err}
	}
	_, err = c.do(ctx, call{
		op: op, path: "/api/v5/custom-fields/order/create", form: url.Values{"customField": {string(body)}},
		right: "custom_fields_write", lane: background,
	}, nil)
	return err
}
