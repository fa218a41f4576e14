package helpdeskeddy_test

import (
	"testing"
	"time"

	hde "vestnik/sim/helpdeskeddy"
)

func TestTheBanFollowsTheRequestOverTheLimit(t *testing.T) {
	t.Parallel()
	r := newRig(t, hde.Options{Seed: true, Rate: 5})
	for left := 4; left >= 0; left-- {
		got := r.get("/departments/").header
		if got.Get("X-Rate-Limit") != "5" || got.Get("X-Rate-Limit-Remaining") != string(rune('0'+left)) {
			t.Errorf("headers %v, want %d left", got, left)
		}
	}
	no := r.refused(401, "GET", "/departments/", nil)
	if no.code() != "e-401" || no.header.Get("X-Rate-Limit-Remaining") != "0" {
		t.Errorf("%s %v", no.raw, no.header)
	}
	if until, banned := r.Banned(); !banned || until.Sub(r.now) != 20*time.Minute {
		t.Errorf("banned %v until %v", banned, until)
	}
	r.pass(20*time.Minute - time.Second)
	r.login(hde.AdminID)
	r.refused(401, "GET", "/departments/", nil) // everybody is banned, and asking prolongs nothing
	r.pass(time.Second)
	r.get("/departments/")
	if n := r.MaxPerMinute(); n != 6 {
		t.Errorf("at most %d in a minute", n)
	}
	if n := r.Requests(begin.Add(time.Second)); n != 2 {
		t.Errorf("%d requests after the first second", n)
	}
}

func TestTheMinuteSlides(t *testing.T) {
	t.Parallel()
	r := newRig(t, hde.Options{Seed: true, Rate: 2})
	r.get("/types/")
	r.pass(40 * time.Second)
	r.get("/types/")
	r.pass(20 * time.Second)
	r.get("/types/")
	r.refused(401, "GET", "/types/", nil)
}

func TestAfterABanTheMinuteBeginsAnew(t *testing.T) {
	t.Parallel()
	r := newRig(t, hde.Options{Seed: true, Rate: 2, BanFor: 10 * time.Second})
	r.OtherTraffic(3)
	r.refused(401, "GET", "/types/", nil)
	r.pass(10 * time.Second)
	if left := r.get("/types/").header.Get("X-Rate-Limit-Remaining"); left != "1" {
		t.Errorf("%s left", left)
	}
}

func TestOtherIntegrationsEatTheSameQuota(t *testing.T) {
	t.Parallel()
	r := newRig(t, hde.Options{Seed: true})
	r.OtherTraffic(295)
	if left := r.get("/types/").header.Get("X-Rate-Limit-Remaining"); left != "4" {
		t.Errorf("%s left", left)
	}
	r.OtherTraffic(5)
	r.refused(401, "GET", "/types/", nil)
	r.pass(20 * time.Minute)
	r.get("/types/")
}

func TestTheBanMayBeToldBy429(t *testing.T) {
	t.Parallel()
	r := newRig(t, hde.Options{Seed: true, BanAs: 429, BanFor: 48 * time.Hour})
	r.OtherTraffic(301)
	if code := r.refused(429, "GET", "/types/", nil).code(); code != "e-429" {
		t.Error(code)
	}
	r.pass(47 * time.Hour)
	r.refused(429, "GET", "/types/", nil)
}

func TestNoLimitHasNoHeaders(t *testing.T) {
	t.Parallel()
	r := newRig(t, hde.Options{Seed: true, Rate: -1})
	r.OtherTraffic(1000)
	if h := r.get("/types/").header; h.Get("X-Rate-Limit") != "" {
		t.Error(h)
	}
}

func TestWrongKeysAreNoBan(t *testing.T) {
	t.Parallel()
	r := newRig(t, hde.Options{Seed: true})
	key, err := r.NewKey(hde.VestnikID)
	check(t, err)
	r.refused(401, "GET", "/types/", nil) // the old key
	r.as.Key = key
	r.get("/types/")
	check(t, r.RevokeKey(hde.VestnikID))
	no := r.refused(401, "GET", "/types/", nil)
	if no.header.Get("X-Rate-Limit-Remaining") != "297" {
		t.Error(no.header)
	}
	r.as.Key = ""
	r.refused(401, "GET", "/types/", nil)
	r.login(hde.OlgaID)
	check(t, r.EditUser(hde.OlgaID, func(u *hde.User) { u.Status = "fired" }))
	r.refused(401, "GET", "/types/", nil)
}
