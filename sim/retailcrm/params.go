package retailcrm

import (
	"net/url"
	"strconv"
	"strings"
)

// Bounds that PHP sets by default (max_input_vars, max_input_nesting_level); the
// API is a PHP application and silently drops what is over them.
const (
	maxParams  = 1000
	maxNesting = 64
	maxIndex   = 1 << 30
)

// param is one node of a PHP-style parameter tree: filter[ids][]=5 becomes
// filter → ids → 0 → "5". A node is either a text or a list of children.
type param struct {
	text string
	kids map[string]*param
	keys []string // order of appearance
	next int      // index that the next [] gets
}

// parseParams reads a query string or a form body the way PHP does. It never
// fails: what PHP drops is dropped here.
func parseParams(raw string) *param {
	root := &param{kids: map[string]*param{}}
	left := maxParams
	for pair := range strings.SplitSeq(raw, "&") {
		if pair == "" {
			continue
		}
		if left--; left < 0 {
			break
		}
		name, value, _ := strings.Cut(pair, "=")
		path := paramPath(unescape(name))
		if len(path) == 0 || len(path) > maxNesting {
			continue
		}
		root.set(path, unescape(value))
	}
	return root
}

// unescape decodes percent escapes and keeps a text that has broken ones.
func unescape(s string) string {
	out, err := url.QueryUnescape(s)
	if err != nil {
		return s
	}
	return out
}

// paramPath splits a[b][] into "a", "b", "". An unclosed bracket belongs to the
// name with the bracket turned into an underscore; text after a closed bracket
// that is not another bracket is ignored. Nil means that there is no name.
func paramPath(name string) []string {
	name = strings.TrimLeft(name, " ")
	base, rest, found := strings.Cut(name, "[")
	base = strings.NewReplacer(".", "_", " ", "_").Replace(base)
	if found && !strings.Contains(rest, "]") {
		base, found = base+"_"+rest, false
	}
	if base == "" {
		return nil
	}
	path := []string{base}
	for found {
		key, after, closed := strings.Cut(rest, "]")
		if !closed {
			break
		}
		path = append(path, key)
		rest, found = strings.CutPrefix(after, "[")
	}
	return path
}

// set stores value at path; a later value replaces an earlier one.
func (p *param) set(path []string, value string) {
	for _, key := range path {
		if p.kids == nil {
			p.text, p.kids = "", map[string]*param{}
		}
		if key == "" {
			key = strconv.Itoa(p.next)
		}
		if n, err := strconv.Atoi(key); err == nil && n >= p.next && n < maxIndex {
			p.next = n + 1
		}
		kid, ok := p.kids[key]
		if !ok {
			kid = &param{}
			p.kids[key] = kid
			p.keys = append(p.keys, key)
		}
		p = kid
	}
	p.text, p.kids, p.keys, p.next = value, nil, nil, 0
}

// get returns the child named key, nil when there is none.
func (p *param) get(key string) *param {
	if p == nil {
		return nil
	}
	return p.kids[key]
}

// leaf says whether p is a text rather than a list.
func (p *param) leaf() bool { return p != nil && p.kids == nil }

// flat writes the tree back as full names, for the log of requests.
func (p *param) flat(prefix string, into map[string]string) {
	for _, key := range p.keys {
		name := key
		if prefix != "" {
			name = prefix + "[" + key + "]"
		}
		kid := p.kids[key]
		if kid.leaf() {
			into[name] = kid.text
			continue
		}
		kid.flat(name, into)
	}
}
