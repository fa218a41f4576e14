package messagegateway

import (
	"context"
	"encoding/json"
	"slices"
	"time"
)

// How far behind the newest message the cursor's lower bound stays, since messages
// may arrive out of order, and how many it may have to name in between.
const (
	cursorLag  = 2 * time.Minute
	cursorMost = 300
)

// cursor says which messages were dealt with: all up to From, and those of Done
// beyond it. It is kept in the journal as JSON.
type cursor struct {
	// Host and Bot say whose messages they are.
	Host string `json:"host"`
	Bot  int64  `json:"bot"`
	From int64  `json:"from"`
	// Done are ids above From, rising.
	Done []int64 `json:"done,omitempty"`
	// At is when the cursor last moved, by our clock.
	At time.Time `json:"at"`

	dealt map[int64]time.Time // when each of Done was dealt with
	dirty bool
}

// readCursor reads what save kept; ok is false when there is nothing or it is of
// other chats.
func readCursor(kept, host string, bot int64) (c cursor, ok bool) {
	if kept == "" || json.Unmarshal([]byte(kept), &c) != nil || c.Host != host || c.Bot != bot {
		return cursor{Host: host, Bot: bot}, false
	}
	slices.Sort(c.Done)
	c.Done = slices.DeleteFunc(slices.Compact(c.Done), func(id int64) bool { return id <= c.From })
	return c, true
}

// has tells whether a message was dealt with. One at or below From that is heard of
// again by the socket is dealt with too, unless it is unknown to recent; see hear.
func (c *cursor) has(id int64) bool {
	if id <= c.From {
		return true
	}
	_, found := slices.BinarySearch(c.Done, id)
	return found
}

// mark notes that a message was dealt with, and raises From as far as nothing older
// is to be expected.
func (c *cursor) mark(id int64, now time.Time) {
	if c.dealt == nil {
		c.dealt = map[int64]time.Time{}
	}
	c.At, c.dirty = now, true
	if id > c.From {
		if i, found := slices.BinarySearch(c.Done, id); !found {
			c.Done = slices.Insert(c.Done, i, id)
		}
		c.dealt[id] = now
	}
	drop := max(0, len(c.Done)-cursorMost)
	for drop < len(c.Done)-1 {
		at, known := c.dealt[c.Done[drop]]
		if known && now.Sub(at) < cursorLag && now.Sub(at) >= 0 {
			break
		}
		drop++
	}
	if drop == 0 {
		return
	}
	c.From = max(c.From, c.Done[drop-1])
	for _, gone := range c.Done[:drop] {
		delete(c.dealt, gone)
	}
	c.Done = slices.Delete(c.Done, 0, drop)
}

// saveCursor writes the cursor down when it has moved.
func (s *Session) saveCursor(ctx context.Context) error {
	if !s.cursor.dirty {
		return nil
	}
	value, err := json.Marshal(s.cursor)
	if err != nil {
		return faultf("write the cursor: %w", err)
	}
	err = s.keep(ctx, "the place in the chats", func(ctx context.Context) error {
		return s.opt.Journal.SaveState(ctx, stateCursor, string(value))
	})
	if err == nil {
		s.cursor.dirty, s.unsaved = false, 0
	}
	return err
}

// recent is a bounded set of what was lately seen.
type recent[K comparable] struct {
	most  int
	order []K
	in    map[K]struct{}
}

func newRecent[K comparable](most int) *recent[K] {
	return &recent[K]{most: most, in: map[K]struct{}{}}
}

func (r *recent[K]) has(k K) bool {
	_, found := r.in[k]
	return found
}

func (r *recent[K]) add(k K) {
	if r.has(k) {
		return
	}
	r.in[k] = struct{}{}
	if r.order = append(r.order, k); len(r.order) > r.most {
		delete(r.in, r.order[0])
		r.order = r.order[1:]
	}
}
