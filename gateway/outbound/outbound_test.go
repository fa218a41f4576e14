package outbound

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func TestPrivateAddressesAreRefused(t *testing.T) {
	t.Parallel()
	for _, a := range []string{
		"127.0.0.1", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "0.1.2.3", "224.0.0.1",
		"255.255.255.255", "198.18.0.1", "240.0.0.1", "::1", "::", "fe80::1", "fc00::1", "fd12::1", "ff02::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1",
		"64:ff9b::a00:1", "64:ff9b::7f00:1", "2002:a00:1::", "64:ff9b:1::1",
	} {
		if Public(netip.MustParseAddr(a)) {
			t.Errorf("%s counts as public", a)
		}
		if err := refusePrivate("tcp", netip.AddrPortFrom(netip.MustParseAddr(a), 443).String(), nil); !errors.Is(err, ErrPrivate) {
			t.Errorf("%s: %v", a, err)
		}
	}
	for _, a := range []string{"5.188.0.1", "8.8.8.8", "2a00::1", "172.32.0.1", "100.128.0.1", "2a00:1450::1", "64:ff9b::5bc:1"} {
		if !Public(netip.MustParseAddr(a)) {
			t.Errorf("%s counts as private", a)
		}
	}
	// A name that leads to the loopback, by the network's way.
	base, err := url.Parse("https://account.example")
	if err != nil {
		t.Fatal(err)
	}
	tr, ok := NewTransport(base).(*http.Transport)
	if !ok {
		t.Fatal("not a transport")
	}
	if _, err := tr.DialContext(context.Background(), "tcp", "localhost:9"); !errors.Is(err, ErrPrivate) {
		t.Errorf("localhost by another name: %v", err)
	}
}

func TestRetryAfterHeader(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	for header, want := range map[string]time.Duration{
		"": 0, "5": 5 * time.Second, "-5": 0, "x": 0, "99999999999": 10 * time.Minute, "99999": 10 * time.Minute,
		"Sat, 21 Nov 2026 10:00:30 GMT": 30 * time.Second, "Sat, 21 Nov 2026 09:00:00 GMT": 0,
	} {
		if got := RetryAfter(header, now); got != want {
			t.Errorf("%q is %s, want %s", header, got, want)
		}
	}
}

// A loop that waits lets a person go who came later.
func TestPersonsGoFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := NewLimiter("the account", 1, 1)
		if err := l.Wait(t.Context(), Background); err != nil {
			t.Fatal(err)
		}
		went := make(chan Lane, 2)
		ask := func(who Lane) {
			if err := l.Wait(t.Context(), who); err != nil {
				t.Error(err)
			}
			went <- who
		}
		go ask(Background)
		synctest.Wait()
		go ask(Interactive)
		if got := []Lane{<-went, <-went}; !slices.Equal(got, []Lane{Interactive, Background}) {
			t.Errorf("they went as %v", got)
		}
	})
}

// A silence is kept by both lanes, each for its patience, and is never shortened.
func TestSilence(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := NewLimiter("the account", 100, 10)
		l.Silence(time.Minute)
		l.Silence(time.Second)
		for _, who := range []Lane{Background, Interactive} {
			var s Silenced
			if err := l.Wait(t.Context(), who); !errors.As(err, &s) || s.Left != time.Minute || s.Error() != "the account asked for a pause of 1m0s" {
				t.Errorf("lane %d: %v", who, err)
			}
		}
		time.Sleep(40 * time.Second)
		if err := l.Wait(t.Context(), Interactive); err == nil {
			t.Error("a person waits for 20 s")
		}
		start := time.Now()
		if err := l.Wait(t.Context(), Background); err != nil || time.Since(start) != 20*time.Second {
			t.Errorf("a loop waited %s: %v", time.Since(start), err)
		}
		l.Silence(5 * time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := l.Wait(ctx, Interactive); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a wait that was broken off: %v", err)
		}
	})
}

// FuzzForms: no JSON, however odd, may make a decoder fail or panic.
func FuzzForms(f *testing.F) {
	for _, s := range []string{`"7"`, `7`, `7.5`, `1e400`, `null`, `[]`, `{}`, `[{"a":1},5]`, `{"1":{"a":1},"2":[]}`, `true`, `"NaN"`, `"\ud800"`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if !json.Valid(data) {
			return
		}
		var (
			words Text
			num   Number
			id    Ident
			yes   Flag
			one   Part[struct{ A Text }]
			rows  List[struct{ A Text }]
			bag   Bag
		)
		for _, out := range []any{&words, &num, &id, &yes, &one, &rows, &bag} {
			if err := json.Unmarshal(data, out); err != nil {
				t.Fatalf("%T: %v", out, err)
			}
		}
		if n := len([]rune(Clip(string(words), 3))); n > 3 {
			t.Errorf("%d characters", n)
		}
		for key := range bag {
			bag.Text(key)
		}
	})
}
