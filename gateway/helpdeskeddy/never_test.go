package helpdeskeddy_test

import (
	"context"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"vestnik/gateway"
	"vestnik/gateway/helpdeskeddy"
)

// everything calls each exported method of a client, in forms that write as much as the
// method can.
var everything = map[string]func(ctx context.Context, c *helpdeskeddy.Client){
	"Tickets": func(ctx context.Context, c *helpdeskeddy.Client) {
		_, _ = c.Tickets(ctx, gateway.TicketQuery{Search: "/posts/", Statuses: []string{"../posts"}, UpdatedFrom: "x/posts/"})
	},
	"Ticket": func(ctx context.Context, c *helpdeskeddy.Client) { _, _ = c.Ticket(ctx, 1042) },
	"Requester": func(ctx context.Context, c *helpdeskeddy.Client) {
		_, _ = c.Requester(ctx, 501)
		_, _ = c.Requester(ctx, 7)
	},
	"Posts":    func(ctx context.Context, c *helpdeskeddy.Client) { _, _ = c.Posts(ctx, 1042) },
	"Comments": func(ctx context.Context, c *helpdeskeddy.Client) { _, _ = c.Comments(ctx, 1042) },
	"AddComment": func(ctx context.Context, c *helpdeskeddy.Client) {
		_, _ = c.AddComment(ctx, 1042, "<p>/posts/</p>")
	},
	"EditComment": func(ctx context.Context, c *helpdeskeddy.Client) {
		_ = c.EditComment(ctx, 1042, 611, "<p>x</p>")
		_ = c.EditComment(ctx, 1042, -1, "<p>x</p>")
	},
	"SetTicket": func(ctx context.Context, c *helpdeskeddy.Client) {
		_, _ = c.SetTicket(ctx, 1042, gateway.TicketChange{Priority: "1", Fields: map[string]string{"31": "x"}})
		_, _ = c.SetTicket(ctx, 1042, gateway.TicketChange{Priority: "1/posts/", Fields: map[string]string{"31": "x", "33": "1"}})
	},
	"OpenInternal": func(ctx context.Context, c *helpdeskeddy.Client) {
		for _, requester := range []int64{7, 501, 0} {
			_, _ = c.OpenInternal(ctx, gateway.InternalTicket{Title: "a", Text: "b", Requester: requester})
		}
	},
	"Book":    func(ctx context.Context, c *helpdeskeddy.Client) { _, _ = c.Book(ctx) },
	"Test":    func(ctx context.Context, c *helpdeskeddy.Client) { _, _ = c.Test(ctx, 1042) },
	"Status":  func(_ context.Context, c *helpdeskeddy.Client) { c.Status() },
	"Account": func(_ context.Context, c *helpdeskeddy.Client) { c.Account() },
}

// written are the only requests that may be other than GET.
var written = regexp.MustCompile(`^(POST /tickets/|PUT /tickets/\d+|POST /tickets/\d+/comments/|(PUT|DELETE) /tickets/\d+/comments/\d+)$`)

// TestNothingReachesTheCustomer: posts, the part of a ticket that the customer gets,
// are read and nothing else, whatever a helpdesk answers; contacts and files are not touched.
func TestNothingReachesTheCustomer(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(d *desk){
		"well":      func(*desk) {},
		"all fails": func(d *desk) { d.all(reply{status: 500, body: `{"errors":[]}`}) },
		"all is allowed": func(d *desk) {
			d.tell("GET /custom_fields/", jsonOf(hidden.Replace(file(d.t, "custom_fields.json"))))
			d.tell("GET /users/501", jsonOf(strings.Replace(file(d.t, "user.get.client.json"), `"type": "user"`, `"type": "staff"`, 1)))
		},
		"comments are public": func(d *desk) {
			d.tell("POST /tickets/1042/comments/", jsonOf(strings.Replace(file(d.t, "comment.create.response.json"), `"staff"`, `"all"`, 1)))
		},
		"all is an address": func(d *desk) {
			d.all(jsonOf(`{"data":{"id":1042,"unique_id":"/posts/","visible":"/posts/","user_id":501,"files":[{"url":"https://shop.helpdeskeddy.com/file/download/x"}]}}`))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kind := reflect.TypeFor[*helpdeskeddy.Client]()
			for m := range kind.Methods() {
				if _, ok := everything[m.Name]; !ok {
					t.Errorf("the client can %s, which nobody has looked at here", m.Name)
				}
				if strings.Contains(m.Name, "Post") && m.Name != "Posts" || regexp.MustCompile(`(?i)answer|reply|send|mail`).MatchString(m.Name) {
					t.Errorf("the client can %s", m.Name)
				}
			}
			d := newDesk(t)
			prepare(d)
			c := connect(t, d, func(o *helpdeskeddy.Options) { o.Rate = 100_000 })
			for _, call := range everything {
				call(t.Context(), c)
			}
			all := d.requests()
			if len(all) < 10 {
				t.Errorf("only %d requests", len(all))
			}
			for _, r := range all {
				if strings.Contains(r.path, "/posts") && r.method != http.MethodGet {
					t.Errorf("a post was written: %s", r)
				}
				if r.method != http.MethodGet && !written.MatchString(r.String()) {
					t.Errorf("%s was written", r)
				}
				if strings.Contains(r.path, "file") || strings.Contains(r.path, "..") {
					t.Errorf("%s was fetched", r)
				}
				if strings.Contains(r.body, "email") || r.String() == "POST /tickets/" && !strings.Contains(r.body, "create_from_user=0") {
					t.Errorf("%s with %s", r, r.body)
				}
			}
			if name == "well" && !slices.ContainsFunc(all, func(r asked) bool { return r.String() == "GET /tickets/1042/posts/" }) {
				t.Error("the test saw no posts being read, so that it proves nothing")
			}
		})
	}
}
