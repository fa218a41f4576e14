package helpdeskeddy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// input is a query or a body: names with texts, numbers, lists and maps. PHP sees no
// difference between a list and a map, nor between 1 and "1".
type input struct {
	vals  map[string]any
	used  map[string]bool
	files []string // names of attached files
}

func newInput() *input { return &input{vals: map[string]any{}, used: map[string]bool{}} }

// has says whether the name was sent at all.
func (in *input) has(name string) bool {
	in.used[name] = true
	_, ok := in.vals[name]
	return ok
}

// text returns a value as text, "" when absent, null or not a single value.
func (in *input) text(name string) string {
	in.used[name] = true
	return text(in.vals[name])
}

func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		if v {
			return "1"
		}
		return "0"
	default:
		return ""
	}
}

// number returns a value as a number; ok is false when it is none.
func (in *input) number(name string) (n int, ok bool) {
	n, err := strconv.Atoi(in.text(name))
	return n, err == nil
}

// node returns a list or a map as a map; lists are keyed by index.
func (in *input) node(name string) map[string]any {
	in.used[name] = true
	return node(in.vals[name])
}

func node(v any) map[string]any {
	switch v := v.(type) {
	case map[string]any:
		return v
	case []any:
		out := map[string]any{}
		for i, e := range v {
			out[strconv.Itoa(i)] = e
		}
		return out
	default:
		return nil
	}
}

// texts returns a list of texts in order.
func (in *input) texts(name string) []string {
	kids := in.node(name)
	keys := make([]int, 0, len(kids))
	for k := range kids {
		if i, err := strconv.Atoi(k); err == nil {
			keys = append(keys, i)
		}
	}
	slices.Sort(keys)
	var out []string
	for _, k := range keys {
		if s := text(kids[strconv.Itoa(k)]); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// numbers returns a list of ids; ok is false when one is none.
func (in *input) numbers(name string) (out []int, ok bool) {
	for _, s := range in.texts(name) {
		n, err := strconv.Atoi(s)
		if err != nil {
			return nil, false
		}
		out = append(out, n)
	}
	return out, true
}

// unknown lists the names that nobody asked for.
func (in *input) unknown() []string {
	var out []string
	for name := range in.vals {
		if !in.used[name] {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

var errBody = errors.New("body cannot be read")

// parseBody reads a body by its content type: JSON, a form, or a form with files.
func parseBody(r *http.Request, body []byte) (*input, error) {
	in := newInput()
	if len(body) == 0 {
		return in, nil
	}
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return in, fmt.Errorf("%w: content type %q", errBody, r.Header.Get("Content-Type"))
	}
	switch kind {
	case "application/json":
		dec := json.NewDecoder(bytes.NewReader(body))
		dec.UseNumber()
		if err := dec.Decode(&in.vals); err != nil || in.vals == nil {
			return newInput(), fmt.Errorf("%w: not a JSON object", errBody)
		}
		return in, nil
	case "application/x-www-form-urlencoded":
		in.form(string(body))
		return in, nil
	case "multipart/form-data":
		return in, in.multipart(body, params["boundary"])
	default:
		return in, fmt.Errorf("%w: content type %q", errBody, kind)
	}
}

// form reads names as PHP does: cc[]=a, custom_fields[31]=b.
func (in *input) form(raw string) {
	for pair := range strings.SplitSeq(raw, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		in.set(unescape(name), unescape(value))
	}
}

func unescape(s string) string {
	out, err := url.QueryUnescape(s)
	if err != nil {
		return s
	}
	return out
}

func (in *input) set(name, value string) {
	base, rest, nested := strings.Cut(name, "[")
	if !nested {
		in.vals[base] = value
		return
	}
	at, key := in.vals, base
	for part := range strings.SplitSeq(strings.TrimSuffix(rest, "]"), "][") {
		kids, isMap := at[key].(map[string]any)
		if !isMap {
			kids = map[string]any{}
			at[key] = kids
		}
		if part == "" {
			part = strconv.Itoa(len(kids))
		}
		at, key = kids, part
	}
	at[key] = value
}

func (in *input) multipart(body []byte, boundary string) error {
	parts := multipart.NewReader(bytes.NewReader(body), boundary)
	for {
		p, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%w: %w", errBody, err)
		}
		if p.FileName() != "" {
			in.files = append(in.files, p.FileName())
			continue
		}
		value, err := io.ReadAll(p)
		if err != nil {
			return fmt.Errorf("%w: %w", errBody, err)
		}
		in.set(p.FormName(), string(value))
	}
}
