package helpdeskeddy_test

import (
	"context"
	"encoding/json"
	"io"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"vestnik/device"
	"vestnik/gateway"
)

func TestSetTicket(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	c := connect(t, d)
	got, err := c.SetTicket(t.Context(), 1042, gateway.TicketChange{Priority: "1", Fields: map[string]string{"31": "5123А <b>"}})
	must(t, err)
	if got.Priority != "1" || got.Updated != "2026-03-02 10:15:21" || got.ID != 1042 {
		t.Errorf("afterwards it is %+v", got)
	}
	w := d.writes()
	if len(w) != 1 || w[0].String() != "PUT /tickets/1042" || w[0].kind != "application/json" {
		t.Fatalf("writes %v", w)
	}
	var body any
	must(t, json.Unmarshal([]byte(w[0].body), &body))
	if diff := cmp.Diff(map[string]any{"priority_id": 1.0, "custom_fields": map[string]any{"31": "5123А <b>"}}, body); diff != "" {
		t.Error(diff)
	}
}

// hidden are four fields that requesters do not see.
var hidden = strings.NewReplacer(`"view": true`, `"view": "0"`)

func TestTheFormsOfFieldsThatAreWritten(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fields map[string]string
		body   string // of custom_fields; "" when it is refused
	}{
		"a text":               {map[string]string{"31": ""}, `{"31":""}`},
		"an option's name":     {map[string]string{"32": "vip"}, `{"32":7}`},
		"its name in English":  {map[string]string{"32": "Returning"}, `{"32":6}`},
		"an option's id":       {map[string]string{"32": "5"}, `{"32":5}`},
		"no option":            {map[string]string{"32": ""}, `{"32":0}`},
		"an unknown option":    {map[string]string{"32": "Постоянный"}, ""},
		"a checkbox":           {map[string]string{"33": "да"}, `{"33":1}`},
		"a checkbox off":       {map[string]string{"33": "нет"}, `{"33":0}`},
		"levels":               {map[string]string{"34": "Доставка"}, ""},
		"a field that is none": {map[string]string{"99": "x"}, ""},
		"no number":            {map[string]string{"031": "x"}, ""},
		"a path":               {map[string]string{"31/../posts": "x"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			d.tell("GET /custom_fields/", jsonOf(hidden.Replace(file(t, "custom_fields.json"))))
			_, err := connect(t, d).SetTicket(t.Context(), 1042, gateway.TicketChange{Fields: test.fields})
			if test.body == "" {
				wantError(t, err, device.Refused, "")
				if len(d.writes()) > 0 {
					t.Errorf("writes %v", d.writes())
				}
				return
			}
			must(t, err)
			if w := d.writes(); len(w) != 1 || w[0].body != `{"custom_fields":`+test.body+"}\n" {
				t.Errorf("writes %v", w)
			}
		})
	}
}

func TestAFieldThatRequestersSeeIsNotWritten(t *testing.T) {
	t.Parallel()
	fields := file(t, "custom_fields.json")
	for name, answer := range map[string]string{
		"seen":             strings.Replace(fields, `"view": false`, `"view": true`, 1),
		"seen as a number": strings.Replace(fields, `"view": false`, `"view": 1`, 1),
		"not said":         strings.Replace(fields, `"view": false`, `"look": false`, 1),
		"odd":              strings.Replace(fields, `"view": false`, `"view": "never"`, 1),
		"no permissions":   strings.Replace(fields, `"permissions"`, `"rights"`, 1),
		"an empty list":    `{"data":{"31":{"id":31,"field_type":"text","permissions":[]}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			d.tell("GET /custom_fields/", jsonOf(answer))
			c := connect(t, d)
			_, err := c.SetTicket(t.Context(), 1042, gateway.TicketChange{Priority: "1", Fields: map[string]string{"31": "5123А"}})
			wantError(t, err, device.Refused, "public_field")
			book, err := c.Book(t.Context())
			must(t, err)
			if !book.Fields[0].Public {
				t.Error("the book does not say that it is public")
			}
			if len(d.writes()) > 0 {
				t.Errorf("writes %v", d.writes())
			}
		})
	}
}

// That a field was made visible is noticed after five minutes at the latest.
func TestPermissionsGrowOld(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		fields := file(t, "custom_fields.json")
		d.tell("GET /custom_fields/", jsonOf(fields), jsonOf(strings.ReplaceAll(fields, `"view": false`, `"view": true`)))
		c := connect(t, d)
		change := gateway.TicketChange{Fields: map[string]string{"31": "5123А"}}
		for range 2 {
			_, err := c.SetTicket(t.Context(), 1042, change)
			must(t, err)
		}
		time.Sleep(5 * time.Minute)
		_, err := c.SetTicket(t.Context(), 1042, change)
		wantError(t, err, device.Refused, "public_field")
		if len(d.writes()) != 2 {
			t.Errorf("writes %v", d.writes())
		}
	})
}

// A success that holds no ticket is read afterwards.
func TestSetTicketWithoutATicketInTheAnswer(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.tell("PUT /tickets/1042", jsonOf(`{"errors":[{"code":"s-200","title":"OK"}]}`))
	c := connect(t, d)
	got, err := c.SetTicket(t.Context(), 1042, gateway.TicketChange{Priority: "1"})
	must(t, err)
	if diff := cmp.Diff(maria, got); diff != "" {
		t.Error(diff)
	}
	d.tell("GET /tickets/1042", reply{err: io.ErrUnexpectedEOF})
	_, err = c.SetTicket(t.Context(), 1042, gateway.TicketChange{Priority: "1"})
	wantError(t, err, device.Uncertain, "")
	before := len(d.writes())
	d.tell("GET /tickets/1042", jsonOf(file(t, "ticket.get.json")))
	_, err = c.SetTicket(t.Context(), 1042, gateway.TicketChange{})
	must(t, err)
	if len(d.writes()) != before {
		t.Error("a change of nothing was written")
	}
}

func TestCommentsAreWritten(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	c := connect(t, d)
	const html = "<p><b>Заказ</b> 5123А & Ко</p>"
	got, err := c.AddComment(t.Context(), 1042, html)
	must(t, err)
	if got.ID != 611 || got.User != 12 {
		t.Errorf("comment %+v", got)
	}
	must(t, c.EditComment(t.Context(), 1042, 611, html))
	w := d.writes()
	if len(w) != 2 || w[0].String() != "POST /tickets/1042/comments/" || w[1].String() != "PUT /tickets/1042/comments/611" {
		t.Fatalf("writes %v", w)
	}
	for _, a := range w {
		form, err := url.ParseQuery(a.body)
		must(t, err)
		if a.kind != "application/x-www-form-urlencoded" || !cmp.Equal(form, url.Values{"text": {html}}) {
			t.Errorf("%s with %s: %v", a, a.kind, form)
		}
	}
	wantError(t, c.EditComment(t.Context(), 1042, 612, html), device.NotFound, "404")
	for _, err := range []error{c.EditComment(t.Context(), 1042, 0, html), c.EditComment(t.Context(), 0, 1, html), c.EditComment(t.Context(), 1042, 611, " ")} {
		wantError(t, err, device.Invalid, "")
	}
}

// A comment that others than employees see does not stay.
func TestACommentThatIsNotInternal(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.tell("POST /tickets/1042/comments/", jsonOf(strings.Replace(file(t, "comment.create.response.json"), `"staff"`, `"all"`, 1)))
	c := connect(t, d)
	_, err := c.AddComment(t.Context(), 1042, "<p>x</p>")
	e := wantError(t, err, device.Refused, "not_internal")
	if w := d.writes(); len(w) != 2 || w[1].String() != "DELETE /tickets/1042/comments/611" || !strings.Contains(e.Err.Error(), "was taken away") {
		t.Errorf("writes %v, %v", w, err)
	}
	d.tell("DELETE /tickets/1042/comments/611", reply{status: 403, body: `{"errors":[{"code":"e-403"}]}`})
	_, err = c.AddComment(t.Context(), 1042, "<p>x</p>")
	if e := wantError(t, err, device.Refused, "not_internal"); !strings.Contains(e.Error(), "could not be taken away") {
		t.Error(err)
	}
}

func TestOpenInternal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		c := connect(t, d)
		internal := gateway.InternalTicket{Title: " Заказ 5123А: проблема ", Text: "Статус «Проблема».\n<script>", Requester: 7, Department: "2", Priority: "1"}
		got, err := c.OpenInternal(t.Context(), internal)
		must(t, err)
		if got.ID != 1042 {
			t.Errorf("ticket %+v", got)
		}
		if all := d.requests(); len(all) != 2 || all[0].String() != "GET /users/7" || all[1].String() != "POST /tickets/" {
			t.Fatalf("requests %v", all)
		}
		form, err := url.ParseQuery(d.writes()[0].body)
		must(t, err)
		if diff := cmp.Diff(url.Values{
			"title": {"Заказ 5123А: проблема"}, "description": {"<p>Статус «Проблема».</p><p>&lt;script&gt;</p>"}, "user_id": {"7"},
			"create_from_user": {"0"}, "department_id": {"2"}, "priority_id": {"1"},
		}, form); diff != "" {
			t.Error(diff)
		}
		// For ten minutes he counts as an employee; then he is looked at again.
		_, err = c.OpenInternal(t.Context(), gateway.InternalTicket{Title: "a", Text: "b", Requester: 7})
		must(t, err)
		if len(d.requests()) != 3 {
			t.Errorf("requests %v", d.requests())
		}
		time.Sleep(10 * time.Minute)
		d.tell("GET /users/7", jsonOf(strings.Replace(file(t, "user.get.staff.json"), `"staff"`, `"user"`, 1)))
		_, err = c.OpenInternal(t.Context(), gateway.InternalTicket{Title: "a", Text: "b", Requester: 7})
		wantError(t, err, device.Refused, "not_staff")
	})
}

func TestOpenInternalRefuses(t *testing.T) {
	t.Parallel()
	staff := file(t, "user.get.staff.json")
	for name, test := range map[string]struct {
		requester int64
		answer    string // of user 7
		kind      device.Kind
		code      string
	}{
		"a customer":        {requester: 501, kind: device.Refused, code: "not_staff"},
		"nobody":            {requester: 0, kind: device.Refused, code: "not_staff"},
		"an unknown user":   {requester: 404, kind: device.Refused, code: "not_staff"},
		"no group":          {7, `{"data":{"id":7}}`, device.Refused, "not_staff"},
		"a group as a list": {7, `{"data":{"id":7,"group":[]}}`, device.Refused, "not_staff"},
		"another user":      {7, strings.Replace(staff, `"id": 7`, `"id": 8`, 1), device.Unavailable, "odd_answer"},
		"a page":            {7, "<html>", device.Unavailable, "page"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			if test.answer != "" {
				d.tell("GET /users/7", jsonOf(test.answer))
			}
			_, err := connect(t, d).OpenInternal(t.Context(), gateway.InternalTicket{Title: "a", Text: "b", Requester: test.requester})
			wantError(t, err, test.kind, test.code)
			if len(d.writes()) > 0 {
				t.Errorf("writes %v", d.writes())
			}
		})
	}
	d := newDesk(t)
	for _, odd := range []gateway.InternalTicket{{Text: "b", Requester: 7}, {Title: "a", Text: " ", Requester: 7}} {
		_, err := connect(t, d).OpenInternal(t.Context(), odd)
		wantError(t, err, device.Invalid, "")
	}
	if len(d.requests()) > 0 {
		t.Errorf("requests %v", d.requests())
	}
}

// A write whose answer is lost may have happened, and is not made again.
func TestLostWrites(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]struct {
		reply
		kind device.Kind
		code string
	}{
		"no answer":      {reply{err: io.ErrUnexpectedEOF}, device.Uncertain, ""},
		"a cut answer":   {reply{body: file(t, "ticket.get.json"), cut: true}, device.Uncertain, ""},
		"half an answer": {reply{body: file(t, "ticket.get.json")[:300]}, device.Uncertain, "odd_answer"},
		"an empty one":   {reply{}, device.Uncertain, "odd_answer"},
		"no data":        {reply{body: `{"data":null}`}, device.Uncertain, "odd_answer"},
		"a page":         {reply{status: 502, kind: "text/html", body: file(t, "error.html502.inferred.txt")}, device.Uncertain, "page"},
		"500":            {reply{status: 500, body: `{"errors":[{"code":"e-500"}]}`}, device.Uncertain, "500"},
		"500 in a 200":   {reply{body: `{"errors":[{"code":"e-500"}]}`}, device.Uncertain, "500"},
		"no connection":  {reply{err: &noConnection}, device.Unavailable, ""},
		"a refusal":      {reply{status: 422, body: `{"errors":[{"code":"e-422","title":"Bad"}]}`}, device.Refused, "422"},
		"a ban":          {reply{status: 401, body: file(t, "error.401.ban.json")}, device.RateLimited, "ban"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for what, write := range map[string]func(ctx context.Context, c gateway.Helpdesk) error{
				"POST /tickets/1042/comments/": func(ctx context.Context, c gateway.Helpdesk) error {
					_, err := c.AddComment(ctx, 1042, "<p>x</p>")
					return err
				},
				"PUT /tickets/1042": func(ctx context.Context, c gateway.Helpdesk) error {
					_, err := c.SetTicket(ctx, 1042, gateway.TicketChange{Priority: "1"})
					return err
				},
				"POST /tickets/": func(ctx context.Context, c gateway.Helpdesk) error {
					_, err := c.OpenInternal(ctx, gateway.InternalTicket{Title: "a", Text: "b", Requester: 7})
					return err
				},
			} {
				d := newDesk(t)
				d.tell(what, answer.reply)
				code := answer.code
				if what == "PUT /tickets/1042" && name == "no data" {
					d.tell("GET /tickets/1042", reply{err: io.ErrUnexpectedEOF})
					code = ""
				}
				wantError(t, write(t.Context(), connect(t, d)), answer.kind, code)
				if n := len(d.writes()); n != 1 {
					t.Errorf("%s: %d writes", what, n)
				}
			}
		})
	}
}
