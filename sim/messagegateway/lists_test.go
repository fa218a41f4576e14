package messagegateway_test

import (
	"fmt"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"vestnik/sim/messagegateway"
)

func ids(rows []obj) (out []int) {
	for _, row := range rows {
		out = append(out, number(row["id"]))
	}
	return out
}

func TestListsInEveryOrder(t *testing.T) {
	t.Parallel()
	r := newRig(t, messagegateway.Options{})
	p := r.gw.AddCustomer(r.gw.AddChannel("telegram", "Лавка"), "55", "Анна")
	var n []int
	for i := range 6 {
		n = append(n, p.Write(fmt.Sprint("Сообщение ", i)))
	}
	base := "/messages?type=text&limit=2"
	since, until := fmt.Sprint("&since_id=", n[1]), fmt.Sprint("&until_id=", n[4])
	for _, c := range []struct {
		u     messagegateway.Unknowns
		query string
		want  []int
	}{
		{messagegateway.Unknowns{}, "", []int{n[5], n[4]}},
		{messagegateway.Unknowns{}, since, []int{n[5], n[4]}},
		{messagegateway.Unknowns{}, until, []int{n[0], n[1]}},
		{messagegateway.Unknowns{UntilKeepsOrder: true}, until, []int{n[3], n[2]}},
		{messagegateway.Unknowns{UntilKeepsOrder: true, Inclusive: true}, until, []int{n[4], n[3]}},
		{messagegateway.Unknowns{Order: messagegateway.OldestFirst}, since, []int{n[2], n[3]}},
		{messagegateway.Unknowns{Order: messagegateway.OldestFirst, Inclusive: true}, since, []int{n[1], n[2]}},
		{messagegateway.Unknowns{Order: messagegateway.OldestFirst}, until, []int{n[3], n[2]}},
		{messagegateway.Unknowns{Order: messagegateway.ByBound}, "", []int{n[5], n[4]}},
		{messagegateway.Unknowns{Order: messagegateway.ByBound}, since, []int{n[2], n[3]}},
	} {
		r.gw.Assume(c.u)
		if got := ids(r.list(base + c.query)); !slices.Equal(got, c.want) {
			t.Errorf("%+v %s: %v, want %v", c.u, c.query, got, c.want)
		}
	}
	r.understood()
}

func TestFilters(t *testing.T) {
	t.Parallel()
	r := newRig(t, messagegateway.Options{})
	telegram, instagram := r.gw.AddChannel("telegram", "Лавка"), r.gw.AddChannel("instagram", "lavka")
	anna, pavel := r.gw.AddCustomer(telegram, "55", "Анна", "79161230001"), r.gw.AddCustomer(instagram, "66", "Павел")
	anna.Write("Раз")
	pavel.WriteFile("image")
	if _, err := r.gw.Operator(igor).Write(anna.Chat(), "Слушаю"); err != nil {
		t.Fatal(err)
	}
	past, future := url.QueryEscape(time.Now().Add(-time.Hour).Format(time.RFC3339)), url.QueryEscape(time.Now().Add(time.Hour).Format(time.RFC3339Nano))
	for path, want := range map[string]int{
		"/messages?customer_id=" + itoa(anna.ID()):          1,
		"/messages?user_id=301":                             1,
		"/messages?bot_id=760":                              0,
		"/messages?channel_type=instagram&scope=public":     1,
		"/messages?channel_id=" + itoa(telegram.ID()):       5, // opened, said, joined, answered, assigned
		"/messages?type=image":                              1,
		"/messages?dialog_id=2051&type=text":                2,
		"/messages?since=" + past + "&type=text":            2,
		"/messages?since=" + future:                         0,
		"/messages?until=" + past:                           0,
		"/messages?id=33702&id=33704":                       2,
		"/chats?customer_external_id=55":                    1,
		"/chats?channel_type=vk":                            0,
		"/chats?channel_id=" + itoa(instagram.ID()):         1,
		"/chats?customer_id=" + itoa(anna.ID()):             1,
		"/chats?include_mass_communication=1":               2,
		"/dialogs?assign=0":                                 1,
		"/dialogs?user_id=301":                              1,
		"/dialogs?chat_id=" + itoa(pavel.Chat()):            1,
		"/dialogs?active=0&include_mass_communication=true": 0,
		"/members?state=active&user_id=301":                 1,
		"/members?chat_id=" + itoa(pavel.Chat()):            0,
		"/users?online=1":                                   2,
		"/users?external_id=21&active=1":                    1,
		"/customers?channel_type=telegram":                  1,
		"/customers?external_id=66":                         1,
		"/customers?channel_id=" + itoa(telegram.ID()):      1,
		"/channels?types=vk&types=telegram":                 1,
		"/bots?role=responsible":                            0,
		"/bots?active=1&id=760":                             1,
	} {
		if got := r.list(path); len(got) != want {
			t.Errorf("%s: %d, want %d: %v", path, len(got), want, got)
		}
	}
	for _, path := range []string{
		"/messages?limit=0", "/messages?limit=1001", "/messages?since=yesterday", "/messages?type=poem", "/messages?scope=secret",
		"/messages?chat_id=x", "/chats?channel_type=pigeon", "/channels?types=pigeon", "/users?online=yes", "/bots?role=boss",
	} {
		r.refused(400, "is not valid", "GET", path, nil)
	}
	row := r.list("/chats?customer_external_id=55")[0]
	if row["last_message"].(obj)["content"] != "Слушаю" || row["last_dialog"].(obj)["responsible"].(obj)["external_id"] != "20" || len(row["members"].([]any)) != 1 {
		t.Errorf("chat %v", row)
	}
	r.understood()
}

func TestUsualLimit(t *testing.T) {
	t.Parallel()
	r := newRig(t, messagegateway.Options{})
	p := r.gw.AddCustomer(r.gw.AddChannel("instagram", "lavka"), "55", "Анна")
	for range 101 {
		p.Write("Ау")
	}
	if few, many := r.list("/messages"), r.list("/messages?limit=1000"); len(few) != 100 || len(many) != 102 {
		t.Errorf("%d and %d", len(few), len(many))
	}
	c, _ := r.gw.Chat(p.Chat())
	deadline, _ := r.list("/chats")[0]["reply_deadline"].(string)
	if at, err := time.Parse(time.RFC3339, deadline); err != nil || !at.Equal(c.ReplyDeadline.Truncate(time.Second)) {
		t.Errorf("deadline %q, want %s", deadline, c.ReplyDeadline)
	}
}

func TestNotUnderstood(t *testing.T) {
	t.Parallel()
	r := newRig(t, messagegateway.Options{})
	for _, c := range []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"GET", "/api/bot/v1/messages?customer=5", "", 200, "parameter customer"},
		{"GET", "/api/bot/v1/templates", "", 404, "no such method"},
		{"POST", "/api/bot/v1/chats", "{}", 405, "method not allowed"},
		{"GET", "/", "", 404, "no such method"},
		{"PATCH", "/api/bot/v1/my/info", `{"title":"x"}`, 200, "field title"},
		{"DELETE", "/api/bot/v1/my/commands/x", "{}", 404, "a body where none belongs"},
		{"GET", "/api/bot/v1/ws?events=message_new,message_old", "", 400, "event message_old"},
		{"GET", "/api/bot/v1/ws?events=message_new&options=all", "", 400, "option all"},
	} {
		req := httptest.NewRequest(c.method, c.path, strings.NewReader(c.body))
		req.Header.Set("X-Bot-Token", r.token)
		req.Header.Set("Content-Type", "application/json")
		rec, before := httptest.NewRecorder(), len(r.gw.NotUnderstood())
		r.gw.ServeHTTP(rec, req)
		after := r.gw.NotUnderstood()
		if rec.Code != c.status || len(after) != before+1 || !strings.HasSuffix(after[len(after)-1], c.want) {
			t.Errorf("%s %s: %d %q", c.method, c.path, rec.Code, after[before:])
		}
	}
}
