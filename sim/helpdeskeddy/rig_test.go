package helpdeskeddy_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	hde "vestnik/sim/helpdeskeddy"
)

type obj = map[string]any

// begin is when the tests' accounts come to life: 10:15:07 in Moscow.
var begin = time.Date(2026, 3, 2, 7, 15, 7, 0, time.UTC)

// rig is an account with a clock that a test moves.
type rig struct {
	*hde.Account
	t   *testing.T
	now time.Time
	as  hde.User // whose key the calls use
}

func newRig(t *testing.T, opt hde.Options) *rig {
	t.Helper()
	r := &rig{t: t, now: begin}
	opt.Now = func() time.Time { return r.now }
	r.Account = hde.New(opt)
	if opt.Seed {
		r.as, _ = r.User(hde.VestnikID)
	}
	return r
}

func (r *rig) pass(d time.Duration) { r.now = r.now.Add(d) }

// login makes the calls use another user's key.
func (r *rig) login(id int) {
	r.t.Helper()
	u, known := r.User(id)
	if !known {
		r.t.Fatalf("no user %d", id)
	}
	r.as = u
}

type reply struct {
	status int
	header http.Header
	raw    []byte
	body   any // nil when it is not JSON
}

// data is what the answer carries, an object.
func (p reply) data() obj {
	body, _ := p.body.(obj)
	data, _ := body["data"].(obj)
	return data
}

// rows is the list that the answer carries, or the values of the map in the order of
// the ids.
func (p reply) rows() []obj {
	body, _ := p.body.(obj)
	var out []obj
	switch data := body["data"].(type) {
	case []any:
		for _, row := range data {
			one, _ := row.(obj)
			out = append(out, one)
		}
	case obj:
		var ids []string
		for id := range data {
			ids = append(ids, id)
		}
		slices.Sort(ids)
		for _, id := range ids {
			one, _ := data[id].(obj)
			out = append(out, one)
		}
	}
	return out
}

func (p reply) ids() []int {
	var out []int
	for _, row := range p.rows() {
		id, _ := row["id"].(float64)
		out = append(out, int(id))
	}
	return out
}

// code is the code of the first error, "" when there is none.
func (p reply) code() string {
	body, _ := p.body.(obj)
	list, _ := body["errors"].([]any)
	if len(list) == 0 {
		return ""
	}
	first, _ := list[0].(obj)
	code, _ := first["code"].(string)
	return code
}

// try sends a request: body is nil, url.Values, a string of JSON, or anything that
// becomes JSON.
func (r *rig) try(method, path string, body any) (reply, error) {
	r.t.Helper()
	var reader io.Reader
	kind := "application/json"
	switch body := body.(type) {
	case nil:
		kind = ""
	case url.Values:
		reader, kind = strings.NewReader(body.Encode()), "application/x-www-form-urlencoded"
	case string:
		reader = strings.NewReader(body)
	default:
		data, err := json.Marshal(body)
		check(r.t, err)
		reader = bytes.NewReader(data)
	}
	if !strings.HasPrefix(path, "/plugin") {
		path = "/api/v2" + path
	}
	req, err := http.NewRequestWithContext(r.t.Context(), method, "https://demo.helpdeskeddy.example"+path, reader)
	check(r.t, err)
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	req.SetBasicAuth(r.as.Email, r.as.Key)
	resp, err := r.Transport().RoundTrip(req)
	if err != nil {
		return reply{}, err
	}
	defer resp.Body.Close()
	out := reply{status: resp.StatusCode, header: resp.Header}
	if out.raw, err = io.ReadAll(resp.Body); err != nil {
		return out, err
	}
	if json.Unmarshal(out.raw, &out.body) != nil {
		out.body = nil
	}
	return out, nil
}

func (r *rig) ask(method, path string, body any) reply {
	r.t.Helper()
	out, err := r.try(method, path, body)
	if err != nil {
		r.t.Fatalf("%s %s: %v", method, path, err)
	}
	return out
}

// must asks and wants a good answer.
func (r *rig) must(method, path string, body any) reply {
	r.t.Helper()
	out := r.ask(method, path, body)
	if out.status != 200 || strings.HasPrefix(out.code(), "e-") {
		r.t.Fatalf("%s %s: %d %s", method, path, out.status, out.raw)
	}
	return out
}

func (r *rig) get(path string) reply {
	r.t.Helper()
	return r.must("GET", path, nil)
}

// refused asks and wants a refusal.
func (r *rig) refused(status int, method, path string, body any) reply {
	r.t.Helper()
	out := r.ask(method, path, body)
	if out.status != status || out.code() != fmt.Sprintf("e-%d", status) {
		r.t.Errorf("%s %s: %d %s, want %d", method, path, out.status, out.raw, status)
	}
	return out
}

// understood wants that the simulator knew everything it was asked.
func (r *rig) understood() {
	r.t.Helper()
	if list := r.NotUnderstood(); len(list) > 0 {
		r.t.Errorf("not understood: %q", list)
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func same[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	g, err := json.Marshal(got)
	w, err2 := json.Marshal(want)
	check(t, errors.Join(err, err2))
	if !bytes.Equal(g, w) {
		t.Errorf("%s:\n got %s\nwant %s", what, g, w)
	}
}

func fixture(t *testing.T, name string) (raw []byte, body any) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	check(t, err)
	check(t, json.Unmarshal(raw, &body))
	return raw, body
}
