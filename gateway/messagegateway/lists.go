package messagegateway

import (
	"cmp"
	"context"
	"maps"
	"net/url"
	"slices"
)

// pageSize is how much of a list is asked for at once. The schema allows 1000, a
// public client takes 100 for the most.
const pageSize = 100

// gap is a range of ids, both ends outside of it; hi 0: no end.
type gap struct{ lo, hi int64 }

// listed reads all rows of a list with ids above after, whatever the order in which
// pages come and whether the bounds of since_id and until_id are included. Each full
// page leaves two gaps, below and above it, which are asked for in turn. It stops
// when most rows are there; complete tells whether nothing is missing. Rows come back by
// rising id.
//
// A page is taken to be a run of the list without holes.
func listed[T any](ctx context.Context, c *client, q call, after int64, most int, id func(T) int64) (rows []T, complete bool, err error) {
	found := map[int64]T{}
	gaps, hole := []gap{{lo: after}}, false
	for len(gaps) > 0 && len(found) < most {
		// The newest gap first: when most ends the reading, the old is what lacks.
		g := gaps[len(gaps)-1]
		gaps = gaps[:len(gaps)-1]
		if g.hi != 0 && g.hi-g.lo <= 1 {
			continue
		}
		page, full, err := readPage[T](ctx, c, q, g)
		if err != nil {
			return nil, false, err
		}
		low, high, fresh := int64(0), int64(0), false
		for _, row := range page {
			i := id(row)
			if i <= g.lo || g.hi != 0 && i >= g.hi {
				continue
			}
			fresh = true
			found[i] = row
			if low == 0 || i < low {
				low = i
			}
			high = max(high, i)
		}
		switch {
		case full && fresh:
			gaps = append(gaps, gap{g.lo, low}, gap{high, g.hi})
		case full:
			hole = true // the bounds were not heeded
		}
	}
	rows = slices.SortedFunc(maps.Values(found), func(a, b T) int { return cmp.Compare(id(a), id(b)) })
	return rows, len(gaps) == 0 && !hole, nil
}

func readPage[T any](ctx context.Context, c *client, q call, g gap) (page list[T], full bool, err error) {
	query := url.Values{}
	maps.Copy(query, q.query)
	query.Set("limit", itoa(pageSize))
	if g.lo > 0 {
		query.Set("since_id", itoa(g.lo))
	}
	if g.hi > 0 {
		query.Set("until_id", itoa(g.hi))
	}
	q.query = query
	err = c.do(ctx, q, &page)
	return page, len(page) >= pageSize, err
}

// newestID finds the greatest id of a list, 0 when it is empty, with a few probes
// whatever the order: it asks whether there is anything above ever higher ids, and then
// closes in.
func newestID[T any](ctx context.Context, c *client, q call, id func(T) int64) (int64, error) {
	page, full, err := readPage[T](ctx, c, q, gap{})
	if err != nil {
		return 0, err
	}
	newest := int64(0)
	for _, row := range page {
		newest = max(newest, id(row))
	}
	if !full {
		return newest, nil
	}
	// above is the greatest id of a page of what follows lo; 0 when nothing does.
	above := func(lo int64) (int64, error) {
		page, _, err := readPage[T](ctx, c, q, gap{lo: lo})
		most := int64(0)
		for _, row := range page {
			if i := id(row); i > lo {
				most = max(most, i)
			}
		}
		return most, err
	}
	// ceiling: nothing is above it, once known.
	ceiling := int64(0)
	for step := int64(pageSize); ; {
		next := newest
		switch {
		case ceiling != 0 && newest >= ceiling:
			return newest, nil // written meanwhile
		case ceiling == 0 && step > pageSize:
			next = newest + step
		case ceiling != 0:
			next = newest + (ceiling-newest)/2
		}
		got, err := above(next)
		switch {
		case err != nil:
			return 0, err
		case got > newest:
			newest = got
			if ceiling == 0 && step < 1<<40 {
				step *= 2
			}
		case next == newest:
			return newest, nil
		default:
			ceiling = next
		}
	}
}
