package modem

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"vestnik/device"
)

// partsWait is how long the missing parts of a text are waited for. After it the text is handed up with
// what is there.
const partsWait = 24 * time.Hour

// missing stands in a text for parts that never came.
const missing = "[…]"

// textSet is one incoming text: the slots it lies in and its parts by number.
type textSet struct {
	indexes []int
	parts   []*fragment // by part number from 0; nil where missing
	first   *fragment
}

// textSets gives the texts on the shelf that are whole, or unfinished for longer than partsWait. Oldest first.
func (s *session) textSets(now time.Time) []*textSet {
	var indexes []int
	for index, it := range s.shelf {
		if it.pdu.text != nil && !it.ours {
			indexes = append(indexes, index)
		}
	}
	slices.SortFunc(indexes, func(a, b int) int {
		if c := s.shelf[a].pdu.text.at.Compare(s.shelf[b].pdu.text.at); c != 0 {
			return c
		}
		if a < 0 && b < 0 {
			return b - a // direct ones count downwards
		}
		return a - b
	})
	var sets []*textSet
	for _, index := range indexes {
		sets = place(sets, s.shelf[index].pdu.text, index)
	}
	return slices.DeleteFunc(sets, func(set *textSet) bool {
		return slices.Contains(set.parts, nil) && now.Sub(set.first.at) < partsWait
	})
}

// place adds a fragment to the set it belongs to: same sender, reference and number of parts, within a
// day, and the part not there yet. A part that lies there twice joins its twin.
func place(sets []*textSet, f *fragment, index int) []*textSet {
	for _, set := range sets {
		a := set.first
		if f.parts == 1 || a.from != f.from || a.ref != f.ref || a.parts != f.parts || f.at.Sub(a.at).Abs() > partsWait {
			continue
		}
		if have := set.parts[f.part-1]; have == nil || have.raw == f.raw {
			set.parts[f.part-1] = f
			set.indexes = append(set.indexes, index)
			return sets
		}
	}
	set := &textSet{indexes: []int{index}, parts: make([]*fragment, f.parts), first: f}
	set.parts[f.part-1] = f
	return append(sets, set)
}

// text joins the parts.
func (t *textSet) text() string {
	var b strings.Builder
	var wide []byte
	flush := func() {
		b.WriteString(utf16Text(wide))
		wide = nil
	}
	gap := false
	for _, f := range t.parts {
		if f == nil {
			flush()
			if !gap {
				b.WriteString(missing)
			}
			gap = true
			continue
		}
		gap = false
		if f.wide != nil {
			wide = append(wide, f.wide...)
			continue
		}
		flush()
		b.WriteString(f.text)
	}
	flush()
	return b.String()
}

// id is the same each time the same text is read.
func (t *textSet) id() string {
	h := sha256.New()
	for _, f := range t.parts {
		if f != nil {
			h.Write([]byte(f.raw))
		}
		h.Write([]byte{0})
	}
	return "sms-in-" + hex.EncodeToString(h.Sum(nil)[:16])
}

func (t *textSet) incoming(s *session) device.Incoming {
	in := device.Incoming{
		Channel: device.SMS, Device: s.imei, ID: t.id(), Text: t.text(), At: t.first.at, To: s.m.Link().Phone,
	}
	if now := time.Now(); in.At.IsZero() || in.At.After(now.Add(24*time.Hour)) {
		in.At = now
	}
	if n, err := device.ParsePhone(t.first.from, s.m.opts.Region); err == nil && !t.first.name {
		in.From = n.Phone
	} else {
		in.Alias = t.first.from
	}
	return in
}
