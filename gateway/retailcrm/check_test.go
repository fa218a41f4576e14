package retailcrm_test

import (
	"context"
	"net"
	"net/http"
	"slices"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/retailcrm"
	sim "vestnik/sim/retailcrm"
)

func TestTrial(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		options sim.Options
		luck    func(f *sim.Faults)
		key     string
		state   gateway.CRMState
		missing []string
		excess  []string
	}{
		"all is well": {state: gateway.CRMConnected},
		"wrong key":   {key: "another", state: gateway.CRMWrongKey},
		"revoked key": {luck: func(f *sim.Faults) { f.WrongKey(true) }, state: gateway.CRMWrongKey},
		"missing rights": {
			luck:  func(f *sim.Faults) { f.DropScope("order_write"); f.DropScope("reference_read") },
			state: gateway.CRMMissingRight, missing: []string{"order_write", "reference_read"},
		},
		"no right but user_read": {
			options: sim.Options{Scopes: []string{"user_read"}}, state: gateway.CRMMissingRight, missing: retailcrm.Needed(),
		},
		"users are optional": {options: sim.Options{Scopes: retailcrm.Needed()}, state: gateway.CRMConnected},
		"too many rights": {
			options: sim.Options{Scopes: append(retailcrm.Needed(), "telephony_write", "store_write", "user_read")},
			state:   gateway.CRMConnected, excess: []string{"store_write", "telephony_write"},
		},
		"another account": {options: sim.Options{Host: "sosed.retailcrm.ru"}, state: gateway.CRMNotCRM},
		"no account":      {luck: func(f *sim.Faults) { f.NoAccount(true) }, state: gateway.CRMNotCRM},
		"a page":          {luck: func(f *sim.Faults) { f.HTML(1) }, state: gateway.CRMNotCRM},
		"an empty answer": {luck: func(f *sim.Faults) { f.EmptyBody(1) }, state: gateway.CRMNotCRM},
		"500":             {luck: func(f *sim.Faults) { f.Status(500, 1) }, state: gateway.CRMFailing},
		"over the limit":  {luck: func(f *sim.Faults) { f.Status(503, 9) }, state: gateway.CRMFailing},
		"a moment over":   {luck: func(f *sim.Faults) { f.Status(503, 1) }, state: gateway.CRMConnected},
		"down":            {luck: func(f *sim.Faults) { f.Down(true) }, state: gateway.CRMUnreachable},
		"cut":             {luck: func(f *sim.Faults) { f.TruncateBody(1) }, state: gateway.CRMUnreachable},
		"silent":          {luck: func(f *sim.Faults) { f.SlowBy(time.Hour) }, state: gateway.CRMUnreachable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inTime(t, func(t *testing.T) {
				test.options.Rate = -1
				a := account(t, test.options)
				if test.luck != nil {
					test.luck(a.Faults())
				}
				c := connect(t, a, func(o *retailcrm.Options) {
					if test.key != "" {
						o.Key = test.key
					}
				})
				got, err := c.Test(t.Context())
				must(t, err)
				if got.State != test.state || !slices.Equal(got.Missing, test.missing) || !slices.Equal(got.Excess, test.excess) {
					t.Errorf("state %q, missing %q, excess %q (%s)", got.State, got.Missing, got.Excess, got.Cause)
				}
				if broken := got.State != gateway.CRMConnected && len(got.Missing) == 0; broken != (got.Cause != "") {
					t.Errorf("cause %q", got.Cause)
				}
				if name == "users are optional" && !slices.Equal(got.Lacking, retailcrm.Useful()) {
					t.Errorf("lacking %q", got.Lacking)
				}
				if got.State == gateway.CRMConnected && (len(got.Shops) == 0 || got.Zone != "Europe/Moscow") {
					t.Errorf("shops %q, zone %q", got.Shops, got.Zone)
				}
			})
		})
	}
}

// Every useful right says what is lost without it, and none is needed too.
func TestUsefulRightsSayWhatIsLost(t *testing.T) {
	t.Parallel()
	for _, right := range retailcrm.Useful() {
		if ru, en := retailcrm.Loss(right, "ru"), retailcrm.Loss(right, "en"); ru == "" || en == "" || ru == en || slices.Contains(retailcrm.Needed(), right) {
			t.Errorf("%s: %q, %q", right, ru, en)
		}
	}
	if loss := retailcrm.Loss("order_read", "en"); loss != "" {
		t.Errorf("order_read: %q", loss)
	}
	known := append(retailcrm.Needed(), retailcrm.Useful()...)
	for _, right := range retailcrm.SupportRights() {
		if ru, en := retailcrm.SupportLoss(right, "ru"), retailcrm.SupportLoss(right, "en"); ru == "" || en == "" || ru == en || !slices.Contains(known, right) {
			t.Errorf("%s for support: %q, %q", right, ru, en)
		}
	}
	if loss := retailcrm.SupportLoss("order_write", "en"); len(retailcrm.SupportRights()) != 7 || loss != "" {
		t.Errorf("%q, order_write: %q", retailcrm.SupportRights(), loss)
	}
}

func TestTrialComparesClocks(t *testing.T) {
	t.Parallel()
	for name, dated := range map[string]bool{"by the Date header": true, "by the history": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := plain(t)
			c := connect(t, a, func(o *retailcrm.Options) {
				o.Now = func() time.Time { return time.Now().Add(-26 * time.Hour) }
				o.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
					resp, err := a.Transport().RoundTrip(r)
					if err == nil && dated {
						resp.Header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
					}
					return resp, err
				})
			})
			got, err := c.Test(t.Context())
			must(t, err)
			if (got.Clock - 26*time.Hour).Abs() > 2*time.Second {
				t.Errorf("the account is ahead by %s", got.Clock)
			}
		})
	}
}

func TestTrialOfAnAddressWithNobody(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	address := l.Addr().String()
	must(t, l.Close())
	c, err := retailcrm.New(retailcrm.Options{URL: "http://" + address, Key: secret})
	must(t, err)
	got, err := c.Test(t.Context())
	must(t, err)
	if got.State != gateway.CRMUnreachable || got.Cause == "" {
		t.Errorf("%+v", got)
	}
}

func TestTrialIsBrokenOff(t *testing.T) {
	t.Parallel()
	a := plain(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := connect(t, a).Test(ctx)
	wantKind(t, err, device.Unavailable)
}

// Without a right for the settings, should there be one, the rest goes on.
func TestSettingsKeptBack(t *testing.T) {
	t.Parallel()
	a := account(t, sim.Options{Rate: -1, Seed: true})
	zone, err := time.LoadLocation("Europe/Moscow")
	must(t, err)
	c := connect(t, a, func(o *retailcrm.Options) {
		o.Zone = zone
		o.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
			if r.URL.Path == "/api/v5/settings" || r.URL.Path == "/api/v5/reference/stores" {
				return says(403, `{"success":false,"errorMsg":"Access denied."}`)(r)
			}
			return a.Transport().RoundTrip(r)
		})
	})
	got, err := c.Test(t.Context())
	must(t, err)
	if got.State != gateway.CRMConnected {
		t.Errorf("%+v", got)
	}
	_, err = c.Reference(t.Context())
	must(t, err)
	cursor := from(t, c)
	o := order(a)
	if all, _ := readAll(t, c, cursor); len(all) != 1 || all[0].Order != gateway.OrderID(o.ID) {
		t.Errorf("%+v", all)
	}
}
