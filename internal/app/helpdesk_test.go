package app

import (
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"vestnik/device"
	"vestnik/gateway"
)

type banning struct{ asked map[string]int }

func (b *banning) RoundTrip(r *http.Request) (*http.Response, error) {
	b.asked[r.URL.Host]++
	return &http.Response{
		StatusCode: http.StatusTooManyRequests, Header: http.Header{"Content-Type": {"application/json"}}, Request: r,
		Body: io.NopCloser(strings.NewReader(`{"errors":[{"code":"e-429","title":"Ban","details":"Ban for 20 min"}]}`)),
	}, nil
}

// A ban is kept to when the helpdesk is switched off and on, and when nothing was saved yet; it is not
// that of another account.
func TestABanOutlivesItsClient(t *testing.T) {
	t.Parallel()
	net := &banning{asked: map[string]int{}}
	a := &App{opts: Options{HelpdeskHTTP: net}, log: slog.New(slog.DiscardHandler), topics: &gateway.Topics{}}
	ask := func(url, key string) {
		t.Helper()
		c, err := a.helpdeskClient(gateway.DefaultSettings(), url, "bot@shop.example", key)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Book(t.Context()); device.KindOf(err) != device.RateLimited {
			t.Error(err)
		}
	}
	ask("https://one.helpdeskeddy.com", "a") // as a trial does
	before := net.asked["one.helpdeskeddy.com"]
	a.parts.helpdesk.set(nil)
	ask("https://one.helpdeskeddy.com/ru/settings", "b")
	if before == 0 || net.asked["one.helpdeskeddy.com"] != before {
		t.Errorf("%v", net.asked)
	}
	ask("https://two.helpdeskeddy.com", "a")
	if net.asked["two.helpdeskeddy.com"] == 0 {
		t.Error("another account keeps to the ban")
	}
	for i := range 2 * accountsKept {
		ask("https://shop"+string(rune('a'+i))+".helpdeskeddy.com", "a")
	}
	if n := len(a.parts.helpdesk.last); n != accountsKept {
		t.Errorf("%d accounts are remembered", n)
	}
}
