package retailcrm

import (
	"net/http"
	"slices"
)

// dictionary finds a dictionary by code, nil when there is none.
func (a *Account) dictionary(code string) *Dictionary {
	for i := range a.dicts {
		if a.dicts[i].Code == code {
			return &a.dicts[i]
		}
	}
	return nil
}

func (a *Account) hasElement(dictionary, code string) bool {
	d := a.dictionary(dictionary)
	return d != nil && slices.ContainsFunc(d.Elements, func(e Element) bool { return e.Code == code })
}

func dictionaryBody(d Dictionary) obj {
	elements := []any{}
	for _, e := range d.Elements {
		elements = append(elements, obj{"name": e.Name, "code": e.Code, "ordering": e.Ordering})
	}
	return obj{"name": d.Name, "code": d.Code, "elements": elements}
}

func (a *Account) listDictionaries(q *request) answer {
	f := q.filter()
	var c checks[Dictionary]
	exactly(&c, f, "code", func(d Dictionary) string { return d.Code })
	contains(&c, f, "name", func(d Dictionary) string { return d.Name })
	if no := f.done(q); no != nil {
		return *no
	}
	var rows []Dictionary
	for _, d := range a.dicts {
		if c.pass(d) {
			rows = append(rows, d)
		}
	}
	return paged(q, "customDictionaries", rows, func(d Dictionary) any { return dictionaryBody(d) })
}

func (a *Account) getDictionary(q *request) answer {
	d := a.dictionary(q.vars["code"])
	if d == nil {
		return notFound()
	}
	return ok(obj{"customDictionary": dictionaryBody(*d)})
}

func (a *Account) createDictionary(q *request) answer {
	doc, no := q.document("customDictionary")
	if no != nil {
		return *no
	}
	var d Dictionary
	p := newPatch(doc)
	p.textIf("code", "", &d.Code, func(s string) string {
		if !codePattern.MatchString(s) || a.dictionary(s) != nil {
			return notValid
		}
		return ""
	})
	patchDictionary(q, p, &d)
	if d.Code == "" && p.errs["code"] == nil {
		p.errs["code"] = "This value should not be blank."
	}
	if len(p.errs) > 0 {
		return fail(http.StatusBadRequest, "Errors in the entity format", p.errs)
	}
	a.dicts = append(a.dicts, d)
	return created(obj{"code": d.Code})
}

func (a *Account) editDictionary(q *request) answer {
	doc, no := q.document("customDictionary")
	if no != nil {
		return *no
	}
	d := a.dictionary(q.vars["code"])
	if d == nil {
		return notFound()
	}
	next := *d
	p := newPatch(doc)
	p.ignore("code")
	patchDictionary(q, p, &next)
	if len(p.errs) > 0 {
		return fail(http.StatusBadRequest, "Errors in the entity format", p.errs)
	}
	*d = next
	return ok(obj{"code": d.Code})
}

func patchDictionary(q *request, p *patch, d *Dictionary) {
	p.text("name", "", &d.Name)
	if v, given := p.take("elements"); given {
		list, isList := v.([]any)
		if !isList {
			p.bad("elements")
		}
		d.Elements = nil
		for _, raw := range list {
			doc, isDoc := raw.(obj)
			if !isDoc {
				p.bad("elements")
				continue
			}
			e, sub := Element{Ordering: 50}, newPatch(doc)
			sub.text("code", "", &e.Code)
			sub.text("name", "", &e.Name)
			sub.integer("ordering", "", &e.Ordering)
			if e.Code == "" || len(sub.errs) > 0 {
				p.bad("elements")
			}
			d.Elements = append(d.Elements, e)
		}
	}
	for _, name := range p.unknown() {
		q.puzzled("customDictionary." + name)
	}
}
