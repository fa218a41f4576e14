package retailcrm

import (
	"encoding/json"
	"net/http"
	"strconv"
)

// paging reads limit (20, 50 or 100; 20 when absent) and page (from 1).
func (q *request) paging() (limit, page int, no *answer) {
	limit, page = 20, 1
	errs := obj{}
	if s := q.text("limit"); s != "" {
		switch s {
		case "20", "50", "100":
			limit, _ = strconv.Atoi(s)
		default:
			errs["children[limit]"] = notValid
		}
	}
	if s := q.text("page"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > maxIndex {
			errs["children[page]"] = notValid
		} else {
			page = n
		}
	}
	if len(errs) > 0 {
		out := fail(http.StatusBadRequest, "Errors in the input parameters", errs)
		return 0, 0, &out
	}
	return limit, page, nil
}

// paged answers a list method: the wanted page of all, rendered, under name.
func paged[T any](q *request, name string, all []T, render func(T) any) answer {
	limit, page, no := q.paging()
	if no != nil {
		return *no
	}
	rows := []any{}
	for i := (page - 1) * limit; i >= 0 && i < len(all) && len(rows) < limit; i++ {
		rows = append(rows, render(all[i]))
	}
	return ok(obj{name: rows, "pagination": pagination(limit, page, len(all))})
}

func pagination(limit, page, total int) obj {
	return obj{
		"limit": limit, "totalCount": total, "currentPage": page,
		"totalPageCount": (total + limit - 1) / limit,
	}
}

// document reads a JSON object out of a form field, as all writing methods take
// it.
func (q *request) document(name string) (obj, *answer) {
	text := q.text(name)
	if text == "" {
		no := missing(name)
		return nil, &no
	}
	var doc obj
	if err := json.Unmarshal([]byte(text), &doc); err != nil || doc == nil {
		no := fail(http.StatusBadRequest, "Invalid data", nil)
		return nil, &no
	}
	return doc, nil
}
