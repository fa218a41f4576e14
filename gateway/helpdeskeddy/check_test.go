package helpdeskeddy_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/helpdeskeddy"
)

var (
	noKey   = reply{status: 401, body: `{"errors":[{"code":"e-401","title":"Unauthorized"}]}`}
	noRight = reply{status: 403, body: `{"errors":[{"code":"e-403","title":"Forbidden"}]}`}
	noAway  = reply{status: 500, body: `{"errors":[{"code":"e-500"}]}`}
)

func statesOf(rights []gateway.HelpdeskRight) string {
	var b strings.Builder
	for _, r := range rights {
		b.WriteString(r.Name + "=" + string(r.State) + " ")
	}
	return strings.TrimSpace(b.String())
}

func TestTrial(t *testing.T) {
	t.Parallel()
	const (
		well    = "tickets_read=there dictionaries_read=there users_read=there fields_read=there comments_read=there comment_write=there keys_of_others=missing"
		untried = "tickets_read=untried dictionaries_read=untried users_read=untried fields_read=untried comments_read=untried comment_write=untried keys_of_others=untried"
	)
	keyless := `"api_key": ""`
	for name, test := range map[string]struct {
		luck   func(d *desk)
		rights string // "": well
		state  gateway.HelpdeskState
		left   bool
		most   int  // requests
		none   bool // no comment is tried
	}{
		"all is well":            {state: gateway.HelpdeskConnected, most: 8},
		"without a comment":      {state: gateway.HelpdeskConnected, most: 6, none: true, rights: strings.Replace(well, "comment_write=there", "comment_write=untried", 1)},
		"the keys of others":     {luck: func(d *desk) { d.tell("GET /users/501", jsonOf(file(d.t, "user.get.client.json"))) }, state: gateway.HelpdeskConnected, most: 8, rights: strings.Replace(well, "others=missing", "others=excess", 1)},
		"a wrong key":            {luck: func(d *desk) { d.all(noKey) }, state: gateway.HelpdeskWrongKey, most: 2, rights: strings.NewReplacer("tickets_read=untried", "tickets_read=missing", "dictionaries_read=untried", "dictionaries_read=missing").Replace(untried)},
		"a right refused as 401": {luck: func(d *desk) { d.tell("GET /users/", noKey) }, state: gateway.HelpdeskMissingRight, most: 7, rights: strings.NewReplacer("users_read=there", "users_read=missing", "others=missing", "others=untried").Replace(well)},
		"no tickets":             {luck: func(d *desk) { d.tell("GET /tickets/", noRight) }, state: gateway.HelpdeskMissingRight, most: 7, rights: strings.NewReplacer("tickets_read=there", "tickets_read=missing", "others=missing", "others=untried").Replace(well)},
		"no dictionaries":        {luck: func(d *desk) { d.tell("GET /priorities/", noRight) }, state: gateway.HelpdeskMissingRight, most: 8, rights: strings.Replace(well, "dictionaries_read=there", "dictionaries_read=missing", 1)},
		"no fields":              {luck: func(d *desk) { d.tell("GET /custom_fields/", noRight) }, state: gateway.HelpdeskConnected, most: 8, rights: strings.Replace(well, "fields_read=there", "fields_read=missing", 1)},
		"comments unseen":        {luck: func(d *desk) { d.tell("GET /tickets/1042/comments/", noRight) }, state: gateway.HelpdeskMissingRight, most: 8, rights: strings.Replace(well, "comments_read=there", "comments_read=missing", 1)},
		"comments unwritten":     {luck: func(d *desk) { d.tell("POST /tickets/1042/comments/", noRight) }, state: gateway.HelpdeskMissingRight, most: 7, rights: strings.Replace(well, "comment_write=there", "comment_write=missing", 1)},
		"a comment that stays":   {luck: func(d *desk) { d.tell("DELETE /tickets/1042/comments/611", noRight) }, state: gateway.HelpdeskConnected, most: 8, left: true},
		"one gone already": {luck: func(d *desk) {
			d.tell("DELETE /tickets/1042/comments/611", reply{status: 404, body: file(d.t, "error.404.inferred.json")})
		}, state: gateway.HelpdeskConnected, most: 8},
		"a comment that may stay": {luck: func(d *desk) { d.tell("POST /tickets/1042/comments/", reply{err: io.ErrUnexpectedEOF}) }, state: gateway.HelpdeskUnreachable, most: 7, left: true, rights: strings.Replace(well, "comment_write=there", "comment_write=untried", 1)},
		"the ticket is gone": {
			luck: func(d *desk) {
				for _, what := range []string{"GET", "POST"} {
					d.tell(what+" /tickets/1042/comments/", reply{status: 404, body: file(d.t, "error.404.inferred.json")})
				}
			},
			state: gateway.HelpdeskConnected, most: 7, rights: strings.NewReplacer("comments_read=there", "comments_read=untried", "comment_write=there", "comment_write=untried").Replace(well),
		},
		"a young account": {
			luck: func(d *desk) { d.tell("GET /tickets/", jsonOf(file(d.t, "tickets.list.empty.json"))) }, none: true, state: gateway.HelpdeskConnected, most: 4,
			rights: strings.NewReplacer("comments_read=there", "comments_read=untried", "comment_write=there", "comment_write=untried", "others=missing", "others=untried").Replace(well),
		},
		"something else": {luck: func(d *desk) { d.all(reply{status: 404, body: `{"message":"?"}`}) }, state: gateway.HelpdeskNotOne, most: 1, rights: untried},
		"a page":         {luck: func(d *desk) { d.all(reply{body: "<html>", kind: "text/html"}) }, state: gateway.HelpdeskNotOne, most: 1, rights: untried},
		"failing":        {luck: func(d *desk) { d.all(noAway) }, state: gateway.HelpdeskFailing, most: 1, rights: untried},
		"away":           {luck: func(d *desk) { d.all(reply{err: &noConnection}) }, state: gateway.HelpdeskUnreachable, most: 1, rights: untried},
		"banned":         {luck: func(d *desk) { d.all(reply{status: 429}) }, state: gateway.HelpdeskBanned, most: 1, rights: untried},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			d.tell("GET /users/501", jsonOf(strings.Replace(file(t, "user.get.client.json"), `"api_key": "REDACTED-NOT-A-KEY"`, keyless, 1)))
			// The first row is the oldest ticket, of somebody else.
			d.tell("GET /tickets/", jsonOf(file(t, "tickets.list.array.json")))
			d.tell("GET /users/", jsonOf(strings.Replace(file(t, "users.list.search.json"), "maria2@example.com", "Robot@shop.example", 1)))
			if test.luck != nil {
				test.luck(d)
			}
			c := connect(t, d)
			comment := gateway.TicketID(1042)
			if test.none {
				comment = 0
			}
			got, err := c.Test(t.Context(), comment)
			must(t, err)
			want := test.rights
			if want == "" {
				want = well
			}
			if rights := statesOf(got.Rights); rights != want {
				t.Errorf("rights\n%s, want\n%s", rights, want)
			}
			if got.State != test.state || got.Left != test.left || (got.State != gateway.HelpdeskConnected) != (got.Cause != "") {
				t.Errorf("state %q, left %v, cause %q", got.State, got.Left, got.Cause)
			}
			if n := len(d.requests()); n != test.most || n > 8 || got.Minute != n {
				t.Errorf("%d requests, counted %d: %v", n, got.Minute, d.requests())
			}
			if name == "all is well" && (got.Me.ID != 504 || got.Tickets != 1) {
				t.Errorf("%+v sees %d tickets", got.Me, got.Tickets)
			}
			for _, r := range got.Rights {
				if (r.State == gateway.RightMissing && r.Name != "keys_of_others") != (r.Cause != "" && r.State == gateway.RightMissing) {
					t.Errorf("right %+v", r)
				}
			}
		})
	}
}

func TestATrialThatIsBrokenOff(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	ctx, cancel := context.WithCancel(t.Context())
	c := connect(t, d, func(o *helpdeskeddy.Options) {
		o.OnStatus = func(gateway.HelpdeskStatus) { cancel() }
	})
	_, err := c.Test(ctx, 1042)
	wantError(t, err, device.Unavailable, "")
	if len(d.requests()) != 1 {
		t.Errorf("requests %v", d.requests())
	}
}

// Who gives up while the comment is written does not leave it behind.
func TestATrialThatIsBrokenOffLeavesNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	ctx, cancel := context.WithCancel(t.Context())
	c := connect(t, roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodPost {
			cancel()
		}
		if r.Method == http.MethodDelete && r.Context().Err() != nil {
			return nil, r.Context().Err()
		}
		return d.RoundTrip(r)
	}))
	got, err := c.Test(ctx, 1042)
	wantError(t, err, device.Unavailable, "")
	if w := d.writes(); len(w) != 2 || w[1].String() != "DELETE /tickets/1042/comments/611" || got.Left {
		t.Errorf("writes %v, left %v", w, got.Left)
	}
}
