package retailcrm

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// Expected values follow PHP's parse_str.
func TestParamsAreReadAsByPHP(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"":        "",
		"a=1&b=2": "a=1 b=2",
		"a=1&a=2": "a=2",
		"filter[numbers][]=A&filter[numbers][]=B": "filter[numbers][0]=A filter[numbers][1]=B",
		"filter%5BsinceId%5D=5":                   "filter[sinceId]=5",
		"f[c][nps][min]=5":                        "f[c][nps][min]=5",
		"a[5]=x&a[]=y":                            "a[5]=x a[6]=y",
		"a=1&a[b]=2":                              "a[b]=2",
		"a[b]=1&a=2":                              "a=2",
		"a[b=1":                                   "a_b=1",
		"a.b=1&c d=2":                             "a_b=1 c_d=2",
		"a[b]c[d]=1":                              "a[b]=1",
		"=x&[a]=1&&":                              "",
		"a":                                       "a=",
		"a=%zz&b=1%2B1":                           "a=%zz b=1+1",
		"a[b][c=1":                                "a[b]=1",
	} {
		if got := flatText(parseParams(raw)); got != want {
			t.Errorf("%q: %q, want %q", raw, got, want)
		}
	}
	deep := "a" + strings.Repeat("[x]", maxNesting) + "=1&b=1"
	if got := flatText(parseParams(deep)); got != "b=1" {
		t.Errorf("too deep: %q", got)
	}
	if n := len(parseParams(strings.Repeat("a[]=1&", maxParams+50)).get("a").keys); n != maxParams {
		t.Errorf("%d parameters kept", n)
	}
}

func flatText(p *param) string {
	into := map[string]string{}
	p.flat("", into)
	var out []string
	for k, v := range into {
		out = append(out, k+"="+v)
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// Whatever comes, reading ends, keeps the bounds, and reading what was read
// gives the same again.
func FuzzParams(f *testing.F) {
	for _, seed := range []string{
		"filter[ids][]=1&limit=20", "a[b=1", "a[][]=1&a[][]=2", "%5B%5D=1", "a[b]]=1", "a[1073741824]=1&a[]=2", "&&==", "a.b[c.d]=%", "a[-1]=x&a[]=y",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		p := parseParams(raw)
		once := map[string]string{}
		p.flat("", once)
		if len(once) > maxParams {
			t.Fatalf("%d parameters", len(once))
		}
		if oddName(p) {
			return // cannot be written back
		}
		var pairs []string
		for name, value := range once {
			pairs = append(pairs, url.QueryEscape(name)+"="+url.QueryEscape(value))
		}
		twice := map[string]string{}
		parseParams(strings.Join(pairs, "&")).flat("", twice)
		if fmt.Sprint(once) != fmt.Sprint(twice) {
			t.Fatalf("%q: %v, then %v", raw, once, twice)
		}
	})
}

// oddName finds stray brackets and other letters that a name loses when read.
func oddName(p *param) bool {
	for _, key := range p.keys {
		if strings.ContainsAny(key, "[]. ") || key == "" || oddName(p.kids[key]) {
			return true
		}
	}
	return false
}

// No parameters make a method panic or answer 5xx.
func FuzzOrdersFilter(f *testing.F) {
	a := New(Options{Seed: true, Rate: -1})
	for _, seed := range []string{
		"filter[customFields][nps][min]=5", "filter[customFields][gift]=1&limit=100", "filter=x", "filter[ids][][]=1",
		"filter[createdAtFrom]=2026-01-01&page=99999999999999999999", "page=9223372036854775807&limit=100", "filter[vip]=1&filter[customer]=+7",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		for _, run := range []func(*Account, *request) answer{(*Account).listOrders, (*Account).listCustomers, (*Account).ordersHistory, (*Account).listCustomFields} {
			a.mu.Lock()
			q := &request{acct: a, method: "GET", query: parseParams(raw), form: &param{}, key: a.keys[0], understd: map[string]bool{}}
			out := run(a, q)
			a.puzzles = nil
			a.mu.Unlock()
			if out.status != 200 && out.status != 400 {
				t.Fatalf("%q: status %d", raw, out.status)
			}
			out.bytes()
		}
	})
}

// No document makes a writing method panic, and what it stored can be shown.
func FuzzEdit(f *testing.F) {
	a := New(Options{Seed: true, Rate: -1})
	for _, seed := range []string{
		`{"customFields":{"gift":true,"nps":5,"pickup_point":"lesnaya"},"status":"complete"}`,
		`{"items":[{"offer":{"id":7001},"quantity":1e300,"initialPrice":"1e300"}],"payments":{"a":{"type":"cash"}}}`,
		`{"delivery":{"time":{"from":"10:00"},"data":{"x":[{}]},"address":[]},"customer":{"id":301},"managerId":null}`,
		`{"phones":[{"number":5},null],"addTags":["a",1],"removeTags":["a"],"birthday":"2000-02-30","address":{"floor":1e300}}`,
		`{"entity":"x","code":"c","name":"n","type":"dictionary","dictionary":"pickup-points","elements":[{"code":"a"}]}`,
		`{"text":"t","performerId":20,"order":{"number":"10442"},"customer":{"externalId":"web-2100"},"userIds":["1",2,{}]}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, doc string) {
		a.mu.Lock()
		defer a.mu.Unlock()
		for name, run := range map[string]func(*Account, *request) answer{
			"order": (*Account).editOrder, "customer": (*Account).editCustomer, "note": (*Account).createNote, "task": (*Account).createTask,
			"customField": (*Account).createCustomField, "customDictionary": (*Account).createDictionary, "notification": (*Account).sendNotification,
		} {
			form := &param{}
			form.set([]string{name}, doc)
			form.set([]string{"by"}, "id")
			id := "5042"
			if name == "customer" {
				id = "301"
			}
			q := &request{
				acct: a, method: "POST", query: &param{}, form: form, key: a.keys[0], understd: map[string]bool{},
				vars: map[string]string{"id": id, "entity": "order", "code": "gift"},
			}
			out := run(a, q)
			if out.status >= 500 {
				t.Fatalf("%s: %d", name, out.status)
			}
			out.bytes()
		}
		out := answer{status: 200, body: []any{a.orderBody(a.order(5042)), a.customerBody(a.customer(301))}}
		out.bytes()
		a.puzzles, a.notes, a.tasks, a.notices, a.pending, a.history = nil, nil, nil, nil, nil, map[entity][]record{}
	})
}
