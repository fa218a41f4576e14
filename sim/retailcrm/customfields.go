package retailcrm

import (
	"maps"
	"math"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

var (
	fieldTypes    = []string{"boolean", "date", "dictionary", "email", "integer", "multiselect_dictionary", "numeric", "string", "text"}
	fieldEntities = []string{"order", "customer", "loyalty_account"}
	fieldAreas    = []string{"address", "customer", "delivery", "dimensions", "legal_details", "main_data", "payment", "shipment"}
	viewModes     = []string{"editable", "not_editable", "miss"}
	codePattern   = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_-]{0,254}$`)
)

// field finds a custom field, nil when there is none.
func (a *Account) field(entityName, code string) *CustomField {
	for i := range a.fields {
		if a.fields[i].Entity == entityName && a.fields[i].Code == code {
			return &a.fields[i]
		}
	}
	return nil
}

// patchCustomFields applies customFields to have and returns the new map. Codes
// that the account does not have and values of the wrong type are refused.
func (a *Account) patchCustomFields(p *patch, entityName string, have map[string]any) map[string]any {
	sub := p.object("customFields")
	if sub == nil {
		return have
	}
	next := maps.Clone(have)
	if next == nil {
		next = map[string]any{}
	}
	for _, code := range slices.Sorted(maps.Keys(sub.in)) {
		f := a.field(entityName, code)
		if f == nil {
			sub.errs[code] = noSuch("CustomField", "code", code)
			continue
		}
		value, fine := a.fieldValue(f, sub.in[code])
		if !fine {
			sub.errs[code] = notValid
			continue
		}
		sub.change("custom_"+code, next[code], value)
		if value == nil {
			delete(next, code) // Assumed: null clears a field, a checkbox too.
			continue
		}
		next[code] = value
	}
	p.absorb("customFields", sub)
	return next
}

// fieldValue reads a value for the field; nil clears it.
func (a *Account) fieldValue(f *CustomField, v any) (any, bool) {
	if v == nil {
		return nil, true
	}
	switch f.Type {
	case "boolean":
		b, fine := asBool(v)
		return b, fine
	case "integer":
		n, fine := asNumber(v)
		if !fine || n != math.Trunc(n) {
			return nil, false
		}
		return int(n), true
	case "numeric":
		n, fine := asNumber(v)
		return n, fine
	case "multiselect_dictionary":
		list, fine := v.([]any)
		for _, code := range list {
			s, isText := code.(string)
			fine = fine && isText && a.hasElement(f.Dictionary, s)
		}
		return list, fine
	}
	s, fine := asText(v)
	if !fine {
		return nil, false
	}
	if s == "" {
		return nil, true
	}
	switch f.Type {
	case "date":
		_, err := time.Parse(time.DateOnly, s)
		return s, err == nil
	case "email":
		return s, strings.Contains(s, "@")
	case "dictionary":
		return s, a.hasElement(f.Dictionary, s)
	}
	return s, true
}

func customFieldBody(f CustomField) obj {
	out := obj{
		"name": f.Name, "code": f.Code, "required": f.Required, "inFilter": f.InFilter, "inList": f.InList,
		"inGroupActions": f.InGroupActions, "type": f.Type, "entity": f.Entity, "ordering": f.Ordering,
		"displayArea": f.DisplayArea, "viewMode": f.ViewMode,
	}
	texts(out, map[string]string{"dictionary": f.Dictionary})
	if f.Default != nil {
		out["default"] = f.Default
	}
	if f.DefaultTyped != nil {
		out["defaultTyped"] = f.DefaultTyped
	}
	return out
}

func (a *Account) listCustomFields(q *request) answer {
	f := q.filter()
	var c checks[CustomField]
	exactly(&c, f, "entity", func(cf CustomField) string { return cf.Entity })
	exactly(&c, f, "code", func(cf CustomField) string { return cf.Code })
	exactly(&c, f, "viewMode", func(cf CustomField) string { return cf.ViewMode })
	exactly(&c, f, "displayArea", func(cf CustomField) string { return cf.DisplayArea })
	contains(&c, f, "name", func(cf CustomField) string { return cf.Name })
	if f.p.get("type").leaf() { // the Go client sends a text, the PHP client a list
		exactly(&c, f, "type", func(cf CustomField) string { return cf.Type })
	} else {
		among(&c, f, "type", func(cf CustomField) string { return cf.Type })
	}
	if no := f.done(q); no != nil {
		return *no
	}
	var rows []CustomField
	for _, cf := range a.fields {
		if c.pass(cf) {
			rows = append(rows, cf)
		}
	}
	return paged(q, "customFields", rows, func(cf CustomField) any { return customFieldBody(cf) })
}

// exactly adds an equality condition.
func exactly[T any](c *checks[T], f *filter, name string, value func(T) string) {
	if want, given := f.text(name); given {
		c.add(func(v T) bool { return value(v) == want })
	}
}

func (a *Account) getCustomField(q *request) answer {
	f := a.field(q.vars["entity"], q.vars["code"])
	if f == nil {
		return notFound()
	}
	return ok(obj{"customField": customFieldBody(*f)})
}

func (a *Account) createCustomField(q *request) answer {
	doc, no := q.document("customField")
	if no != nil {
		return *no
	}
	entityName := q.vars["entity"]
	if !slices.Contains(fieldEntities, entityName) {
		return notFound()
	}
	f := CustomField{Entity: entityName, Ordering: 50, DisplayArea: "main_data", ViewMode: "editable", InFilter: true, InList: true}
	p := newPatch(doc)
	p.textIf("code", "", &f.Code, func(s string) string {
		switch {
		case !codePattern.MatchString(s):
			return "The code may contain only Latin letters, digits, hyphens and underscores."
		case a.field(entityName, s) != nil:
			return "A field with this code already exists."
		}
		return ""
	})
	p.textIf("type", "", &f.Type, oneOf(fieldTypes))
	a.patchField(q, p, &f)
	for name, value := range map[string]string{"code": f.Code, "name": f.Name, "type": f.Type} {
		if value == "" && p.errs[name] == nil {
			p.errs[name] = "This value should not be blank."
		}
	}
	if len(p.errs) > 0 {
		return fail(http.StatusBadRequest, "Errors in the entity format", p.errs)
	}
	a.fields = append(a.fields, f)
	a.changed("custom_field", 0)
	return created(obj{"code": f.Code})
}

// editCustomField changes all but code and type, which are fixed at creation.
func (a *Account) editCustomField(q *request) answer {
	doc, no := q.document("customField")
	if no != nil {
		return *no
	}
	f := a.field(q.vars["entity"], q.vars["code"])
	if f == nil {
		return notFound()
	}
	next := *f
	p := newPatch(doc)
	p.ignore("code", "type", "entity")
	a.patchField(q, p, &next)
	if len(p.errs) > 0 {
		return fail(http.StatusBadRequest, "Errors in the entity format", p.errs)
	}
	*f = next
	a.changed("custom_field", 0)
	return ok(obj{"code": f.Code})
}

func (a *Account) patchField(q *request, p *patch, f *CustomField) {
	p.ignore("entity", "viewModeMobile", "default", "defaultTyped", "default_typed")
	p.text("name", "", &f.Name)
	p.textIf("displayArea", "", &f.DisplayArea, oneOf(fieldAreas))
	p.textIf("viewMode", "", &f.ViewMode, oneOf(viewModes))
	p.integer("ordering", "", &f.Ordering)
	p.boolean("required", "", &f.Required)
	p.boolean("inFilter", "", &f.InFilter)
	p.boolean("inList", "", &f.InList)
	p.boolean("inGroupActions", "", &f.InGroupActions)
	p.textIf("dictionary", "", &f.Dictionary, func(code string) string {
		return unlessKnown("CustomDictionary", code, a.dictionary(code) != nil)
	})
	if strings.HasSuffix(f.Type, "dictionary") && f.Dictionary == "" && p.errs["dictionary"] == nil {
		p.errs["dictionary"] = "This value should not be blank."
	}
	for _, name := range p.unknown() {
		q.puzzled("customField." + name)
	}
}

// oneOf refuses texts outside of the list.
func oneOf(list []string) func(string) string {
	return func(s string) string {
		if slices.Contains(list, s) {
			return ""
		}
		return "The value you selected is not a valid choice."
	}
}
