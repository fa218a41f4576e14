package retailcrm_test

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"vestnik/gateway"
	"vestnik/gateway/retailcrm"
	sim "vestnik/sim/retailcrm"
)

func TestFiveThousandEntriesAreCaughtUp(t *testing.T) {
	t.Parallel()
	inTime(t, func(t *testing.T) {
		a := account(t, sim.Options{})
		o := order(a)
		c := connect(t, a, func(opt *retailcrm.Options) { opt.Rate = 0 })
		cursor := from(t, c)
		statuses := []string{"assembling", "ready-for-pickup"}
		for i := range 5000 {
			must(t, a.SetStatus(o.ID, statuses[i%2]))
		}
		start := time.Now()
		all, end := readAll(t, c, cursor)
		if len(all) != 5000 {
			t.Fatalf("%d changes", len(all))
		}
		for i, change := range all {
			if change.To != statuses[i%2] || i > 0 && change.HistoryID <= all[i-1].HistoryID {
				t.Fatalf("change %d: %+v", i, change)
			}
		}
		if took := time.Since(start); took > 20*time.Second {
			t.Errorf("it took %s", took)
		}
		for _, r := range a.Requests() {
			if r.Params["filter[sinceId]"] != "" && (r.Params["page"] != "" || r.Params["filter[startDate]"] != "") {
				t.Errorf("sinceId together with something else: %v", r.Params)
			}
			if r.Status != 200 {
				t.Errorf("%s: %d", r.Path, r.Status)
			}
		}
		if again, same, more, err := c.Changes(t.Context(), end); err != nil || len(again) > 0 || same != end || more {
			t.Errorf("after the end: %d changes, cursor %+v of %+v, more %v, %v", len(again), same, end, more, err)
		}
	})
}

func TestOwnChangesAreOwn(t *testing.T) {
	t.Parallel()
	a := plain(t)
	o := order(a)
	a.AddKey("another-key", nil, nil)
	c := connect(t, a)
	cursor := from(t, c)
	must(t, a.SetStatusByAPI(o.ID, "assembling"))
	must(t, a.SetStatusBySystem(o.ID, "ready-for-pickup"))
	must(t, a.SetStatus(o.ID, "complete"))
	// Our own key changes a status, as another program of the shop with the same key would.
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://lavka.retailcrm.ru/api/v5/orders/"+strconv.Itoa(o.ID)+"/edit",
		strings.NewReader(`by=id&order=%7B%22status%22%3A%22cancel-other%22%7D`))
	must(t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("X-Api-Key", secret)
	resp, err := a.Transport().RoundTrip(req)
	must(t, err)
	_, _ = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	all, _ := readAll(t, c, cursor)
	own := map[string]bool{}
	for _, change := range all {
		own[change.To] = change.Own
	}
	want := map[string]bool{"assembling": false, "ready-for-pickup": false, "complete": false, "cancel-other": true}
	for status, is := range want {
		if got, told := own[status]; !told || got != is {
			t.Errorf("%s: told %v, own %v, want %v", status, told, got, is)
		}
	}
}

func TestMergedAndDeletedOrders(t *testing.T) {
	t.Parallel()
	a := plain(t)
	stays, goes, deleted := order(a), order(a), order(a)
	c := connect(t, a)
	cursor := from(t, c)
	must(t, a.SetStatus(goes.ID, "assembling"))
	must(t, a.CombineOrders(stays.ID, goes.ID))
	must(t, a.DeleteOrder(deleted.ID))
	must(t, a.SetStatus(stays.ID, "complete"))
	all, next := readAll(t, c, cursor)
	if len(all) != 2 || all[0].Order != gateway.OrderID(goes.ID) || all[1].Order != gateway.OrderID(stays.ID) {
		t.Errorf("%+v", all)
	}
	last := a.OrderHistory()
	if next.SinceID != int64(last[len(last)-1].ID) {
		t.Errorf("cursor %d, the last entry is %d", next.SinceID, last[len(last)-1].ID)
	}
}

func TestTheSecondOfTheSetUp(t *testing.T) {
	t.Parallel()
	inTime(t, func(t *testing.T) {
		a := plain(t)
		before := order(a) // in this very second
		c := connect(t, a)
		cursor := from(t, c)
		after := order(a) // in the same second, but after
		all, _ := readAll(t, c, cursor)
		if len(all) != 1 || all[0].Order != gateway.OrderID(after.ID) || all[0].Order == gateway.OrderID(before.ID) {
			t.Errorf("%+v", all)
		}
	})
}

// The box's clock is a year behind, as that of a board without a battery is; the past
// must not become messages all the same.
func TestAWrongClockOfOurs(t *testing.T) {
	t.Parallel()
	a := account(t, sim.Options{Rate: -1, Seed: true})
	c := connect(t, a, func(o *retailcrm.Options) {
		o.Now = func() time.Time { return time.Now().AddDate(-1, 0, 0) }
	})
	cursor := from(t, c)
	if time.Since(cursor.Start).Abs() > time.Minute {
		t.Errorf("the first cursor stands at %s", cursor.Start)
	}
	if all, _ := readAll(t, c, cursor); len(all) > 0 {
		t.Errorf("%d changes of the past", len(all))
	}
	o := order(a)
	if all, _ := readAll(t, c, cursor); len(all) != 1 || all[0].Order != gateway.OrderID(o.ID) {
		t.Errorf("%+v", all)
	}
}

func TestTimesAreInTheAccountsZone(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		actual   string // zone of the account's times
		settings string // what the settings say
		date     bool   // the server sends its Date
	}{
		"as the settings say":     {"Asia/Vladivostok", "Asia/Vladivostok", true},
		"no Date header":          {"Asia/Vladivostok", "Asia/Vladivostok", false},
		"not as they say":         {"UTC", "Europe/Moscow", true},
		"half hours":              {"Asia/Kolkata", "Europe/Moscow", true},
		"an unknown zone":         {"Europe/Moscow", "Mars/Olympus", true},
		"unknown, without a Date": {"Asia/Omsk", "Mars/Olympus", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			zone, err := time.LoadLocation(test.actual)
			must(t, err)
			a := account(t, sim.Options{Rate: -1, Zone: zone})
			o := order(a)
			omsk, err := time.LoadLocation("Asia/Omsk")
			must(t, err)
			c := connect(t, a, func(opt *retailcrm.Options) {
				opt.Zone = omsk
				opt.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
					resp, err := a.Transport().RoundTrip(r)
					if err != nil {
						return nil, err
					}
					if test.date {
						resp.Header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
					}
					if r.URL.Path == "/api/v5/settings" {
						body, err := io.ReadAll(resp.Body)
						must(t, err)
						resp.Body = io.NopCloser(strings.NewReader(strings.ReplaceAll(string(body), `"`+test.actual+`"`, `"`+test.settings+`"`)))
					}
					return resp, nil
				})
			})
			cursor := from(t, c)
			must(t, a.SetStatus(o.ID, "assembling"))
			all, _ := readAll(t, c, cursor)
			if len(all) != 1 || time.Since(all[0].At).Abs() > time.Minute {
				t.Errorf("cursor %s, changes %+v", cursor.Start, all)
			}
		})
	}
}
