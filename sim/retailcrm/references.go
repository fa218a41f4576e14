package retailcrm

import (
	"slices"
)

// reference is one list of GET /reference/{name}. Most are objects keyed by
// code; the keyless ones are arrays.
type reference struct {
	key     string // name of the list in the answer
	byCode  bool
	entries []refEntry
	plain   []string // countries: an array of texts
}

// refEntry is one line of a reference.
type refEntry struct {
	code string
	body obj
}

// has says whether the reference holds the code.
func (r reference) has(code string) bool {
	return slices.ContainsFunc(r.entries, func(e refEntry) bool { return e.code == code })
}

// add appends a line; the code becomes part of it.
func (r *reference) add(code string, body obj) {
	body["code"] = code
	r.entries = append(r.entries, refEntry{code: code, body: body})
}

// site is one shop.
type site struct{ code, name string }

// offer is a thing that the shop sells.
type offer struct {
	id      int
	article string
	name    string
	price   float64
}

func (a *Account) offer(id int) (offer, bool) {
	for _, of := range a.offers {
		if of.id == id {
			return of, true
		}
	}
	return offer{}, false
}

// getReference answers a whole list without paging.
func (a *Account) getReference(q *request) answer {
	name := q.vars["name"]
	switch name {
	case "statuses":
		out := obj{}
		for _, s := range a.statuses {
			out[s.Code] = obj{"name": s.Name, "code": s.Code, "active": s.Active, "ordering": s.Ordering, "group": s.Group}
		}
		return ok(obj{"statuses": codeKeyed(out)})
	case "status-groups":
		out := obj{}
		for _, g := range a.groups {
			codes := []string{}
			for _, s := range a.statuses {
				if s.Group == g.Code {
					codes = append(codes, s.Code)
				}
			}
			out[g.Code] = obj{
				"name": g.Name, "code": g.Code, "active": true, "ordering": g.Ordering, "process": g.Process, "statuses": codes,
			}
		}
		return ok(obj{"statusGroups": codeKeyed(out)})
	case "mg-channels":
		return ok(obj{"mgChannels": a.mgChannels()})
	}
	ref, known := a.references[name]
	switch {
	case !known:
		q.puzzled("no such reference")
		return fail(404, "API method not found", nil)
	case ref.plain != nil:
		return ok(obj{ref.key: ref.plain})
	case ref.byCode:
		out := obj{}
		for _, e := range ref.entries {
			if name != "sites" || q.key.sees(e.code) {
				out[e.code] = e.body
			}
		}
		return ok(obj{ref.key: codeKeyed(out)})
	}
	rows := []any{}
	for _, e := range ref.entries {
		rows = append(rows, e.body)
	}
	return ok(obj{ref.key: rows})
}

// codeKeyed is an object, or the empty array that PHP makes of an empty one.
func codeKeyed(m obj) any {
	if len(m) == 0 {
		return []any{}
	}
	return m
}

func (a *Account) knowsStatus(code string) bool {
	return slices.ContainsFunc(a.statuses, func(s Status) bool { return s.Code == code })
}
