package helpdeskeddy

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"vestnik/device"
	"vestnik/gateway"
)

// The door lets no request out that could be seen by a customer, whoever asks inside.
func TestTheDoorOut(t *testing.T) {
	t.Parallel()
	c, err := New(Options{URL: "http://127.0.0.1:1", Email: "a@b.example", Key: "k", Rate: 6000, Transport: nobody{t}})
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []call{
		{method: http.MethodPost, path: "/tickets/1/posts/"},
		{method: http.MethodPut, path: "/tickets/1/posts/2"},
		{method: http.MethodDelete, path: "/tickets/1/posts/2"},
		{method: http.MethodPatch, path: "/tickets/1/posts/2"},
		{method: http.MethodPost, path: "/tickets/1/comments/../posts/"},
		{method: http.MethodPost, path: "/tickets/1/comments/\n/posts/"},
		{method: http.MethodPut, path: "/tickets/0"},
		{method: http.MethodPut, path: "/users/5"},
		{method: http.MethodPost, path: "/users/"},
		{method: http.MethodDelete, path: "/tickets/1"},
		{method: http.MethodPost, path: "/tickets/1/union/"},
		{method: http.MethodHead, path: "/tickets/1"},
	} {
		if err := c.do(t.Context(), q, nil); device.KindOf(err) != device.Internal {
			t.Errorf("%s %s: %v", q.method, q.path, err)
		}
	}
	if s := c.Status(); s.State != gateway.HelpdeskConnecting || s.Minute != 0 {
		t.Errorf("status %+v", s)
	}
}

type nobody struct{ t testing.TB }

func (n nobody) RoundTrip(r *http.Request) (*http.Response, error) {
	n.t.Errorf("%s %s left", r.Method, r.URL.Path)
	return nil, http.ErrAbortHandler
}

// No struct has a place for a key or for a link to a file.
func TestWhatIsNotDecoded(t *testing.T) {
	t.Parallel()
	seen := map[reflect.Type]bool{}
	var walk func(reflect.Type)
	walk = func(k reflect.Type) {
		if seen[k] {
			return
		}
		seen[k] = true
		switch k.Kind() {
		case reflect.Slice, reflect.Map, reflect.Pointer:
			walk(k.Elem())
		case reflect.Struct:
			for i := range k.NumField() {
				f := k.Field(i)
				for _, never := range []string{"api_key", "key", "files", "url"} {
					if f.Tag.Get("json") == never {
						t.Errorf("%s.%s is read from %q", k, f.Name, never)
					}
				}
				walk(f.Type)
			}
		}
	}
	for _, body := range bodies() {
		walk(reflect.TypeOf(body))
	}
	if len(seen) < 20 {
		t.Errorf("looked at %d types only", len(seen))
	}
}

func bodies() []any {
	return []any{
		&envelope{}, &listBody[ticketBody]{}, &oneBody[ticketBody]{}, &maybeBody[ticketBody]{}, &listBody[userBody]{}, &oneBody[userBody]{},
		&listBody[postBody]{}, &oneBody[postBody]{}, &listBody[entryBody]{}, &listBody[fieldBody]{},
	}
}

func TestStamps(t *testing.T) {
	t.Parallel()
	for in, want := range map[text]string{
		"2017-01-13 12:36:58": "2017-01-13 12:36:58", "17:45:00 26.01.2017": "2017-01-26 17:45:00", "17.01.2017 16:00": "2017-01-17 16:00:00",
		"null": "", "": "", "0000-00-00 00:00:00": "", "1970-01-01 03:00:00": "", "9999-12-31 23:59:59": "", "2017-02-30 12:00:00": "", "завтра": "",
		"2017-01-13T12:36:58Z": "",
	} {
		if got := stamp(in); got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	for body, want := range map[string][2]string{
		`{"ru":"Да","en":"Yes","ua":"Так"}`: {"Да", "Yes"}, `{"ua":"Так"}`: {"Так", "Так"}, `{"ru":"","en":"Yes"}`: {"Yes", "Yes"}, `{"se":"Ja"}`: {"Ja", "Ja"},
		`"VIP"`: {"VIP", "VIP"}, `7`: {"7", "7"}, `null`: {"", ""}, `[]`: {"", ""}, `{}`: {"", ""}, `{"ru":["x"]}`: {"", ""},
		`{"10":{"ru":"в"},"2":{"ru":"б","en":"b"},"1":{"ru":"а"}}`: {"а / б / в", "а / b / в"},
	} {
		var n names
		if err := json.Unmarshal([]byte(body), &n); err != nil {
			t.Errorf("%s: %v", body, err)
		}
		if got := [2]string{n.in(russian), n.in(english)}; got != want {
			t.Errorf("%s is %q, want %q", body, got, want)
		}
	}
}

func TestPlainText(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "", "просто": "просто", "<p>Где  мой\n<b>заказ</b> 5123А?</p><p>Телефон&nbsp;+7&nbsp;912</p>": "Где мой\nзаказ 5123А?\nТелефон +7 912",
		"a<br>b<br/>c":            "a\nb\nc",
		"<ul><li>x<li>y</ul>":     "x\ny",
		"<td>1</td><td>2</td>":    "1 2",
		"1 &lt; 2 &amp;amp; x":    "1 < 2 &amp; x",
		"<script>bad()</script>x": "x", "<style>p{}</style>y": "y", "<title>t</title>z": "z",
		`<a href="https://shop.helpdeskeddy.com/ru/file/download/x">чек</a>`: "чек",
		"a < b": "a < b", "<p": "", "</script>x": "x",
	} {
		if got := plain(in); got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
	if got := asHTML(" a\n\n<b>&\"\r\n"); got != "<p>a</p><p></p><p>&lt;b&gt;&amp;&#34;</p>" {
		t.Errorf("%q", got)
	}
}

func TestTheBucket(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, -5, 1, 2, 10, 60, 61, 240} {
		perSecond, burst := bucket(n)
		most := n
		if n <= 0 {
			most = 60
		}
		if burst < 1 || perSecond <= 0 || perSecond*60+float64(burst) > float64(max(most, 2)) {
			t.Errorf("%d: %v a second and %d at once", n, perSecond, burst)
		}
	}
}

// A ban outlasts what a pause would be, and a pause does not hide it.
func TestASilenceIsNotShortened(t *testing.T) {
	t.Parallel()
	a := newAccount(0)
	now := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	d := a.banned(now, "over")
	a.reads(http.Header{"X-Rate-Limit-Remaining": {"0"}}, now.Add(time.Second))
	var s gateway.HelpdeskStatus
	a.overlay(&s, now.Add(2*time.Second))
	if s.State != gateway.HelpdeskBanned || !s.Until.Equal(now.Add(d)) || !s.Since.Equal(now) || s.Cause != "over" || s.Limit != 300 {
		t.Errorf("%+v", s)
	}
	for _, odd := range []string{"", "x", "-1", "1e9"} {
		b := newAccount(0)
		b.reads(http.Header{"X-Rate-Limit-Remaining": {odd}}, now)
		s = gateway.HelpdeskStatus{}
		if b.overlay(&s, now); s.Remaining >= 0 || s.State != "" {
			t.Errorf("%q: %+v", odd, s)
		}
	}
}

// TestReferenceBodies reads every body in testdata and, where VESTNIK_CORPUS names it,
// of the outside corpus.
func TestReferenceBodies(t *testing.T) {
	t.Parallel()
	folders := []string{"testdata"}
	if root := os.Getenv("VESTNIK_CORPUS"); root != "" {
		folders = append(folders, filepath.Join(root, "helpdeskeddy"))
	}
	for _, folder := range folders {
		files, err := filepath.Glob(filepath.Join(folder, "*.json"))
		if err != nil || len(files) < 20 {
			t.Fatalf("%d bodies in %s: %v", len(files), folder, err)
		}
		for _, f := range files {
			data, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			name := filepath.Base(f)
			var out any
			switch {
			case strings.HasPrefix(name, "tickets.list"):
				out = &listBody[ticketBody]{}
			case strings.HasPrefix(name, "ticket.get"), strings.HasPrefix(name, "ticket.update.response"):
				out = &oneBody[ticketBody]{}
			case strings.HasPrefix(name, "user.get"):
				out = &oneBody[userBody]{}
			case strings.HasPrefix(name, "users.list"):
				out = &listBody[userBody]{}
			case strings.HasPrefix(name, "posts.list"), strings.HasPrefix(name, "comments.list"):
				out = &listBody[postBody]{}
			case strings.HasPrefix(name, "comment.create.response"):
				out = &oneBody[postBody]{}
			case strings.HasPrefix(name, "custom_fields"):
				out = &listBody[fieldBody]{}
			case strings.HasPrefix(name, "error."), strings.HasPrefix(name, "delete."):
				var env envelope
				if err := json.Unmarshal(data, &env); err != nil || len(env.Errors.rows) == 0 || (env.Errors.status(200) == 200) != strings.Contains(name, "s204") || env.Errors.ban(401) != strings.Contains(name, "ban") {
					t.Errorf("%s: %+v %v", name, env.Errors, err)
				}
				continue
			case strings.Contains(name, "request"), strings.Contains(name, "."+"webhook"), strings.HasPrefix(name, "panel"), strings.HasPrefix(name, "peer"), strings.HasPrefix(name, "plugin"), strings.HasPrefix(name, "webhook"):
				continue
			default:
				out = &listBody[entryBody]{}
			}
			if err := json.Unmarshal(data, out); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if whole, ok := out.(interface{ complete() bool }); !ok || !whole.complete() {
				t.Errorf("%s: nothing was found in it", name)
			}
		}
	}
}

// FuzzAnswers: no JSON object, however odd, may make a decoder fail, or become a text
// that a database and a page cannot hold.
func FuzzAnswers(f *testing.F) {
	files, err := filepath.Glob(filepath.Join("testdata", "*.json"))
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	for _, s := range []string{
		`{"data":{"id":1,"custom_fields":{"1":{"id":2,"field_value":{"a":{"b":{"c":{"d":{"e":1}}}}}}}}}`, `{"data":[[]],"errors":"x","pagination":[]}`,
		`{"data":{"id":"1e3","name":{"1":{"ru":{"en":"x"}}},"group":"staff"}}`, `{"errors":{"1":{"code":404}}}`, `{"data":{"1":{"id":1},"2":{"id":1}},"pagination":{"total":"-5","per_page":"0"}}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var object map[string]json.RawMessage
		if json.Unmarshal(data, &object) != nil || object == nil {
			return
		}
		for _, out := range bodies() {
			if err := json.Unmarshal(data, out); err != nil {
				t.Fatalf("%T: %v", out, err)
			}
		}
		c := &Client{base: &url.URL{Scheme: "https", Host: "x"}, lang: russian}
		var tickets listBody[ticketBody]
		if err := json.Unmarshal(data, &tickets); err != nil {
			t.Fatal(err)
		}
		if n := tickets.Pagination.T.pages(); n < 1 {
			t.Fatalf("%d pages", n)
		}
		for _, b := range tickets.Data.rows {
			got := c.ticket(b)
			if got.ID <= 0 || got.Updated != "" && len(got.Updated) != len(time.DateTime) {
				t.Fatalf("%+v", got)
			}
			for id, value := range got.Fields {
				if id == "" || value == "" || !utf8.ValidString(value) {
					t.Fatalf("field %q is %q", id, value)
				}
			}
		}
		var fields listBody[fieldBody]
		if err := json.Unmarshal(data, &fields); err != nil {
			t.Fatal(err)
		}
		for _, b := range fields.Data.rows {
			_ = b.Name.in(english)
			_ = b.public()
		}
		var posts listBody[postBody]
		if err := json.Unmarshal(data, &posts); err != nil {
			t.Fatal(err)
		}
		sortPosts(posts.Data.rows)
	})
}

// FuzzJudge: whatever a server says, the outcome is a kind and never a panic, no write
// is called undone that may have happened, and the key stays inside.
func FuzzJudge(f *testing.F) {
	f.Add(200, "application/json", []byte(`{"data":[]}`))
	f.Add(401, "application/json", []byte(`{"errors":[{"code":"e-401","title":"Ban"}]}`))
	f.Add(404, "text/html", []byte(`<html>`))
	f.Add(204, "", []byte(``))
	f.Add(500, "x/y;;", []byte(`s3cret-key`))
	f.Fuzz(func(t *testing.T, status int, kind string, body []byte) {
		c := &Client{key: "s3cret-key", basic: "YmFzaWM6a2V5", account: newAccount(0), now: time.Now}
		for _, q := range []call{{op: "read", right: rightTickets}, {op: "write", method: http.MethodPut}} {
			err := c.judge(q, &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {kind}, "Location": {string(body)}}}, body, &oneBody[ticketBody]{})
			if err == nil {
				continue
			}
			switch device.KindOf(err) {
			case device.Unauthorized, device.NotFound, device.Refused, device.RateLimited, device.Unavailable:
			case device.Uncertain:
				if !q.writes() {
					t.Fatalf("a reading is uncertain: %v", err)
				}
			default:
				t.Fatalf("%v", err)
			}
			if strings.Contains(err.Error(), c.key) {
				t.Fatalf("%v", err)
			}
		}
	})
}

// FuzzPlain: foreign HTML becomes lines without spaces around them.
func FuzzPlain(f *testing.F) {
	for _, s := range []string{"<p>a</p>", "<script>x</script>", "<br", "&#0;&nbsp;", "a\r\n<div>b", "<textarea><p>x", "<plaintext>a<b>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := plain(s)
		for _, line := range strings.Split(got, "\n") {
			if strings.TrimSpace(line) != line || line == "" && got != "" {
				t.Fatalf("%q became %q", s, got)
			}
		}
		if utf8.ValidString(s) && !utf8.ValidString(got) {
			t.Fatalf("%q became %q", s, got)
		}
		_ = asHTML(s)
	})
}
