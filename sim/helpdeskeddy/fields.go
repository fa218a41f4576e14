package helpdeskeddy

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

const optionsPerPage = 50

// fields reads values of custom_fields. Assumed: a field that does not exist is
// ignored, an option that does not exist is refused.
func (d *draft) fields(values map[string]any) {
	d.next.Fields = maps.Clone(d.next.Fields)
	for _, key := range slices.Sorted(maps.Keys(values)) {
		id, err := strconv.Atoi(key)
		f := d.q.acct.field(id)
		if err != nil || f == nil {
			if !d.q.acct.goneFields[id] {
				d.q.puzzled("no ticket field " + key)
			}
			continue
		}
		v, good := f.value(values[key])
		if !good {
			d.refuse(bad(fmt.Sprintf("Wrong value of field {%d}", id)))
			continue
		}
		d.next.Fields[id] = v
	}
}

// value turns what was sent into what is kept.
func (f *Field) value(sent any) (kept any, good bool) {
	switch f.Type {
	case CheckboxField:
		switch text(sent) {
		case "1", "true", "on":
			return 1, true
		default:
			return 0, true
		}
	case SelectField:
		n, err := strconv.Atoi(cmp.Or(text(sent), "0"))
		return n, err == nil && (n == 0 || f.option(n) != nil)
	case HierarchyField:
		levels := map[string]int{}
		for level, v := range node(sent) {
			n, err := strconv.Atoi(text(v))
			if err != nil || f.option(n) == nil {
				return nil, false
			}
			levels[level] = n
		}
		return levels, true
	default:
		return text(sent), true
	}
}

func (f *Field) option(id int) *Option {
	for i := range f.Options {
		if f.Options[i].ID == id {
			return &f.Options[i]
		}
	}
	return nil
}

// optionName is how people see an option.
func (f *Field) optionName(id int) string {
	if o := f.option(id); o != nil {
		return cmp.Or(o.Name["ru"], o.Name["en"])
	}
	return ""
}

// shown is a value as people read it.
func (f *Field) shown(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case int:
		if f.Type == SelectField {
			return f.optionName(v)
		}
		return strconv.Itoa(v)
	case map[string]int:
		out := ""
		for _, level := range slices.Sorted(maps.Keys(v)) {
			out += f.optionName(v[level]) + " "
		}
		return out
	default:
		return ""
	}
}

func fieldText(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case int:
		if v == 0 {
			return ""
		}
		return strconv.Itoa(v)
	default:
		return fmt.Sprint(v)
	}
}

// fieldValues are the fields of a ticket that the reader may see. A hierarchy shows
// only when it is filled; the form of its value is assumed.
func (a *Account) fieldValues(t *ticket, reader *user) []obj {
	out := []obj{}
	for _, f := range a.fields {
		if !reader.Staff && !f.UserView {
			continue
		}
		v := t.Fields[f.ID]
		switch f.Type {
		case CheckboxField:
			n, _ := v.(int)
			v = n
		case SelectField:
			n, _ := v.(int)
			v = obj{"id": n, "name": f.optionName(n)}
		case HierarchyField:
			levels, _ := v.(map[string]int)
			if len(levels) == 0 {
				continue
			}
			shown := obj{}
			for level, n := range levels {
				shown[level] = obj{"id": n, "name": f.optionName(n)}
			}
			v = shown
		default:
			s, _ := v.(string)
			v = s
		}
		out = append(out, obj{"id": f.ID, "field_type": f.Type, "field_value": v})
	}
	return out
}

func (a *Account) fieldBody(f *Field) obj {
	var name any = f.Name
	if f.Type == HierarchyField {
		name = obj{"1": f.Name, "2": f.Second}
	}
	allow := func(view, edit bool) obj {
		return obj{"view": view, "edit": edit, "required_to_create_ticket": false, "required_to_close_ticket": false}
	}
	return obj{
		"id": a.num(f.ID), "name": name, "field_type": f.Type,
		"permissions": obj{"staff": allow(true, true), "user": allow(f.UserView, f.UserEdit)},
	}
}

func (a *Account) listFields(q *request) answer {
	var rows []*Field
	for _, f := range a.fields {
		if q.user.Staff || f.UserView {
			rows = append(rows, f)
		}
	}
	if a.opt.ListsOnly || len(rows) == 0 {
		return listed(q, rows, a.opt.PerPage, a.fieldBody)
	}
	wanted, pagination := cut(q, rows, a.opt.PerPage)
	data := obj{}
	for _, f := range wanted {
		data[strconv.Itoa(f.ID)] = a.fieldBody(f)
	}
	if len(data) == 0 {
		return answer{status: 200, body: obj{"data": []obj{}, "pagination": pagination}}
	}
	return answer{status: 200, body: obj{"data": data, "pagination": pagination}}
}

// wantedField finds the field that the path names.
func (q *request) wantedField() (*Field, *answer) {
	if f := q.acct.field(q.ids[0]); f != nil {
		return f, nil
	}
	no := notFound("Custom field", q.ids[0])
	return nil, &no
}

func (a *Account) getField(q *request) answer {
	f, no := q.wantedField()
	if no != nil {
		return *no
	}
	return ok(a.fieldBody(f))
}

func (a *Account) optionBody(o Option) obj {
	return obj{"id": a.num(o.ID), "pid": o.Parent, "name": o.Name}
}

func (a *Account) listOptions(q *request) answer {
	f, no := q.wantedField()
	if no != nil {
		return *no
	}
	rows := f.Options
	if parent, given := q.query.number("pid"); given {
		rows = slices.DeleteFunc(slices.Clone(rows), func(o Option) bool { return o.Parent != parent })
	}
	return listed(q, rows, optionsPerPage, a.optionBody)
}

// putOptions changes options that have an id and adds those that have none.
func (a *Account) putOptions(q *request) answer {
	f, no := q.wantedField()
	if no != nil {
		return *no
	}
	sent := q.body.node("options")
	for i := range len(sent) {
		one := node(sent[strconv.Itoa(i)])
		names := Names{}
		for lang, name := range node(one["name"]) {
			names[lang] = text(name)
			if f.everPublic {
				a.publish("option", text(name))
			}
		}
		parent, _ := strconv.Atoi(text(one["pid"]))
		id, _ := strconv.Atoi(text(one["id"]))
		if o := f.option(id); o != nil {
			o.Name = names
			continue
		}
		f.Options = append(f.Options, Option{ID: a.nextID("option"), Parent: parent, Name: names})
	}
	return listed(q, f.Options, optionsPerPage, a.optionBody)
}

func (a *Account) deleteOption(q *request) answer {
	f, no := q.wantedField()
	if no != nil {
		return *no
	}
	if f.option(q.ids[1]) == nil {
		return notFound("Option", q.ids[1])
	}
	f.Options = slices.DeleteFunc(f.Options, func(o Option) bool { return o.ID == q.ids[1] })
	return gone("Option with id {%d} successfully deleted", q.ids[1])
}
