package helpdeskeddy_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/helpdeskeddy"
	sim "vestnik/sim/helpdeskeddy"
)

// busy connects the service employee of a seeded account whose limit counts.
func busy(t *testing.T, a *sim.Account, change ...func(*helpdeskeddy.Options)) *helpdeskeddy.Client {
	t.Helper()
	me, ok := a.User(sim.VestnikID)
	if !ok {
		t.Fatal("no service employee")
	}
	o := helpdeskeddy.Options{URL: "https://lavka.helpdeskeddy.com", Email: me.Email, Key: me.Key, Transport: a.Transport()}
	for _, fn := range change {
		fn(&o)
	}
	c, err := helpdeskeddy.New(o)
	must(t, err)
	return c
}

// hammer asks as often as it is let for a time.
func hammer(t *testing.T, c *helpdeskeddy.Client, d time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	for ctx.Err() == nil {
		if _, err := c.Tickets(ctx, gateway.TicketQuery{}); err != nil {
			// A caller in a loop waits some seconds, however long he was told to.
			select {
			case <-ctx.Done():
			case <-time.After(10 * time.Second):
			}
		}
	}
}

// However hard this box works beside the shop's other integrations, it does not bring
// the ban upon them.
func TestOthersAreSpared(t *testing.T) {
	t.Parallel()
	for name, traffic := range map[string]int{"alone": 0, "beside some": 150, "beside many": 235, "beside nearly all": 260} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a := sim.New(sim.Options{Seed: true})
				c := busy(t, a)
				for range 4 {
					a.OtherTraffic(traffic)
					hammer(t, c, time.Minute)
					if _, banned := a.Banned(); banned {
						t.Fatal("the account is banned")
					}
				}
				if n := a.MaxPerMinute(); n > 60 || traffic > 235 && n > 20 {
					t.Errorf("%d requests in a minute", n)
				}
				sent := len(a.Sent())
				if traffic == 0 && sent < 200 || sent < 4 {
					t.Errorf("only %d requests in four minutes", sent)
				}
			})
		})
	}
}

// A ban that others brought: one request finds out, and the next one leaves when it is
// over.
func TestABanByOthers(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]sim.Options{"as 401": {Seed: true}, "as 429": {Seed: true, BanAs: 429}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a := sim.New(o)
				c := busy(t, a)
				a.OtherTraffic(301)
				until, banned := a.Banned()
				if !banned {
					t.Fatal("no ban")
				}
				_, err := c.Tickets(t.Context(), gateway.TicketQuery{})
				wantError(t, err, device.RateLimited, "ban")
				before := len(a.Sent())
				hammer(t, c, time.Until(until))
				if n := len(a.Sent()) - before; n != 0 {
					t.Errorf("%d requests while it was banned", n)
				}
				hammer(t, c, 3*time.Minute)
				if s := c.Status(); s.State != gateway.HelpdeskConnected || len(a.Sent()) == before {
					t.Errorf("afterwards %+v", s)
				}
			})
		})
	}
}

func TestTrialByRights(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(r *sim.Rights)
		state  gateway.HelpdeskState
		says   string
	}{
		"a service employee":    {func(*sim.Rights) {}, gateway.HelpdeskConnected, "keys_of_others=missing"},
		"an administrator":      {func(r *sim.Rights) { *r = sim.AllRights() }, gateway.HelpdeskConnected, "keys_of_others=excess"},
		"no tickets":            {func(r *sim.Rights) { r.Tickets = false }, gateway.HelpdeskMissingRight, "tickets_read=missing"},
		"no users":              {func(r *sim.Rights) { r.Users = false }, gateway.HelpdeskMissingRight, "users_read=missing"},
		"no comments":           {func(r *sim.Rights) { r.Comments = false }, gateway.HelpdeskMissingRight, "comments_read=missing"},
		"no change of comments": {func(r *sim.Rights) { r.EditComments = false }, gateway.HelpdeskConnected, "comment_write=there"},
		"another department":    {func(r *sim.Rights) { r.Departments = []int{3} }, gateway.HelpdeskConnected, "comment_write=untried"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := sim.New(sim.Options{Seed: true, Rate: -1})
			rights := sim.IntegrationRights()
			test.change(&rights)
			must(t, a.SetRights(sim.VestnikID, rights))
			at := gateway.TicketID(a.Tickets()[0].ID)
			got, err := busy(t, a).Test(t.Context(), at)
			must(t, err)
			if got.State != test.state || !strings.Contains(statesOf(got.Rights), test.says) || got.Left != (name == "no change of comments") {
				t.Errorf("state %q, left %v, rights %s (%s)", got.State, got.Left, statesOf(got.Rights), got.Cause)
			}
			if n := len(a.Sent()); n > 8 {
				t.Errorf("%d requests", n)
			}
			if got.Left != (len(a.Comments(int(at))) > 0) {
				t.Errorf("comments %+v", a.Comments(int(at)))
			}
		})
	}
	a := sim.New(sim.Options{Seed: true, Rate: -1})
	got, err := busy(t, a, func(o *helpdeskeddy.Options) { o.Key = "another" }).Test(t.Context(), 0)
	must(t, err)
	if got.State != gateway.HelpdeskWrongKey || len(a.Sent()) != 2 {
		t.Errorf("a wrong key: %+v after %d requests", got, len(a.Sent()))
	}
}
