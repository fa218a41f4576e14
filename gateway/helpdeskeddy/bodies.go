package helpdeskeddy

import (
	"cmp"
	"encoding/json"
	"strings"

	"vestnik/gateway"
	"vestnik/gateway/outbound"
)

// The objects of the API, as far as they are needed. A user's api_key, which the API
// shows to a privileged key, has no place in them.

// ticketBody is a ticket (documented; freeze_date "null" and the like are not read).
type ticketBody struct {
	ID            ident           `json:"id"`
	Parent        ident           `json:"pid"`
	Number        text            `json:"unique_id"`
	Created       text            `json:"date_created"`
	Updated       text            `json:"date_updated"`
	Title         text            `json:"title"`
	Source        text            `json:"source"`
	Status        text            `json:"status_id"`
	Priority      text            `json:"priority_id"`
	Type          text            `json:"type_id"`
	Department    text            `json:"department_id"`
	Owner         ident           `json:"owner_id"`
	OwnerName     text            `json:"owner_name"`
	OwnerLastName text            `json:"owner_lastname"`
	User          ident           `json:"user_id"`
	UserName      text            `json:"user_name"`
	UserLastName  text            `json:"user_lastname"`
	UserEmail     text            `json:"user_email"`
	Freeze        flag            `json:"freeze"`
	Deleted       flag            `json:"deleted"`
	Rate          text            `json:"rate"`
	RateComment   text            `json:"rate_comment"`
	Fields        list[fieldGift] `json:"custom_fields"`
}

func (b ticketBody) key() string { return keyOf(b.ID) }

// fieldGift is a field's value in a ticket. It is read as a list and written as a map
// (documented).
type fieldGift struct {
	ID    ident      `json:"id"`
	Type  text       `json:"field_type"`
	Value fieldValue `json:"field_value"`
}

// fieldValue is a value as a person reads it, by what is known of its forms: a text or
// a number; an object with id and name of a select (seen in public code), where id 0 is
// nothing; several of these.
type fieldValue struct {
	plain string  // of a text, a number, a yes or no
	picks []named // of options
}

// named is an option in a value.
type named struct {
	ID   text  `json:"id"`
	Name names `json:"name"`
}

// UnmarshalJSON implements json.Unmarshaler.
func (v *fieldValue) UnmarshalJSON(data []byte) error {
	*v = fieldValue{}
	switch outbound.KindOf(data) {
	case '{', '[':
		return v.pick(data, 3)
	}
	var t text
	if err := t.UnmarshalJSON(data); err != nil {
		return err
	}
	v.plain = string(t)
	return nil
}

// pick reads an option, or those of a list or of levels.
func (v *fieldValue) pick(data []byte, depth int) error {
	var members []json.RawMessage
	switch outbound.KindOf(data) {
	case '{':
		var one named
		if err := json.Unmarshal(data, &one); err != nil {
			return err
		}
		if one.ID != "" || len(one.Name.one) > 0 {
			if one.ID != "0" || one.Name.in(russian) != "" {
				v.picks = append(v.picks, one)
			}
			return nil
		}
		in, err := outbound.InOrder(data)
		if err != nil {
			return err
		}
		members = in
	case '[':
		if err := json.Unmarshal(data, &members); err != nil {
			return err
		}
	default:
		var t text
		if err := t.UnmarshalJSON(data); err != nil {
			return err
		}
		if t != "" {
			v.picks = append(v.picks, named{Name: names{one: map[string]string{"": string(t)}}})
		}
		return nil
	}
	if depth == 0 {
		return nil
	}
	for _, m := range members {
		if err := v.pick(m, depth-1); err != nil {
			return err
		}
	}
	return nil
}

// in is the value as a text: options by their names.
func (v fieldValue) in(l language) string {
	if len(v.picks) == 0 {
		return v.plain
	}
	parts := make([]string, 0, len(v.picks))
	for _, p := range v.picks {
		parts = append(parts, cmp.Or(p.Name.in(l), string(p.ID)))
	}
	return strings.Join(parts, ", ")
}

// userBody is a contact or an employee. organization, a text or an object, is not read.
type userBody struct {
	ID       ident `json:"id"`
	Name     text  `json:"name"`
	LastName text  `json:"lastname"`
	Alias    text  `json:"alias"`
	Email    text  `json:"email"`
	Phone    text  `json:"phone"`
	Group    part[struct {
		Type text `json:"type"` // "staff" or "user" (documented)
	}] `json:"group"`
}

func (b userBody) key() string { return keyOf(b.ID) }

func (b userBody) staff() bool { return b.Group.T.Type == "staff" }

func (b userBody) requester() gateway.Requester {
	return gateway.Requester{
		ID: int64(b.ID), Name: cmp.Or(joined(b.Name, b.LastName), string(b.Alias)), Email: string(b.Email), Phone: string(b.Phone), Staff: b.staff(),
	}
}

// postBody is a post or a comment (documented). Links of files are not read.
type postBody struct {
	ID      ident `json:"id"`
	User    ident `json:"user_id"`
	Text    text  `json:"text"`
	Created text  `json:"date_created"`
	Visible text  `json:"visible"` // of comments: "staff"
}

func (b postBody) key() string { return keyOf(b.ID) }

// entryBody is a line of a dictionary whose ids are numbers or texts.
type entryBody struct {
	ID   text  `json:"id"`
	Name names `json:"name"`
	Type text  `json:"type"` // of groups
}

func (b entryBody) key() string { return string(b.ID) }

// fieldBody is a ticket field (documented).
type fieldBody struct {
	ID          ident `json:"id"`
	Name        names `json:"name"`
	Type        text  `json:"field_type"`
	Permissions part[struct {
		User part[struct {
			View flag `json:"view"`
		}] `json:"user"`
	}] `json:"permissions"`
}

func (b fieldBody) key() string { return keyOf(b.ID) }

// public tells whether requesters see the field. What the answer does not deny is so.
func (b fieldBody) public() bool {
	view := b.Permissions.T.User.T.View
	return !view.Given || view.On
}

func joined(parts ...text) string {
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, string(p))
		}
	}
	return strings.Join(out, " ")
}

// ticket is the body as the port has it.
func (c *Client) ticket(b ticketBody) gateway.Ticket {
	t := gateway.Ticket{
		ID: gateway.TicketID(b.ID), Parent: gateway.TicketID(b.Parent), Number: string(b.Number), Title: string(b.Title), Source: string(b.Source),
		Status: string(b.Status), Priority: string(b.Priority), Type: string(b.Type), Department: string(b.Department),
		Owner: int64(b.Owner), OwnerName: joined(b.OwnerName, b.OwnerLastName),
		Requester: int64(b.User), Name: joined(b.UserName, b.UserLastName), Email: string(b.UserEmail),
		Created: stamp(b.Created), Updated: stamp(b.Updated), Frozen: b.Freeze.On, Deleted: b.Deleted.On,
		Rate: string(b.Rate), RateWords: string(b.RateComment), Fields: map[string]string{}, URL: c.ticketURL(gateway.TicketID(b.ID)),
	}
	for _, f := range b.Fields.Rows {
		if f.ID <= 0 {
			continue
		}
		value := f.Value.in(c.lang)
		if f.Type == typeCheckbox && value != "" {
			value = itoa(tick(value))
		}
		if value != "" {
			t.Fields[itoa(int64(f.ID))] = value
		}
	}
	return t
}

// Types of fields (documented, as far as named here).
const (
	typeText      = "text"
	typeSelect    = "select"
	typeCheckbox  = "checkbox"
	typeHierarchy = "hierarchy"
)

// tick is a checkbox as the API has it: 1 when it is on, 0 when it is off.
func tick(value string) int64 {
	switch strings.ToLower(strings.TrimSpace(value)) {
	case "", "0", "false", "off", "no", "нет", "-":
		return 0
	}
	return 1
}
