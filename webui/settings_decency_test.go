package webui

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"vestnik/gateway"
)

// The page of decency, saved as it is shown, changes nothing: not half a day, not a minute and a half.
func TestDecencySavedAsShownStays(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*gateway.Settings){
		"the usual": func(*gateway.Settings) {},
		"halves":    func(s *gateway.Settings) { s.Decency.Every, s.Decency.TalkRest = 12*time.Hour, 90*time.Second },
		"odd ones":  func(s *gateway.Settings) { s.Decency.Every, s.Decency.TalkRest = 100*time.Hour, 7*time.Second },
		"none": func(s *gateway.Settings) {
			s.Decency = gateway.DecencySettings{OptOutLine: s.Decency.OptOutLine}
			s.Conduct = gateway.ConductSettings{MailingShare: 1}
		},
		"over midnight":  func(s *gateway.Settings) { s.Decency.Hours = gateway.Hours{From: 20 * 60, To: 2*60 + 30} },
		"until midnight": func(s *gateway.Settings) { s.Decency.Hours = gateway.Hours{From: 9 * 60} },
		"all on": func(s *gateway.Settings) {
			s.Decency.OrdersToo, s.Decency.WhenOpen, s.Decency.ReviewURL = true, true, "https://reviews.example/lavka"
			s.Conduct = gateway.ConductSettings{Typing: true, WarmUp: true, MailingShare: 100, LookUpsPerDay: 10_000, StopRefused: 1, StopSilent: 100, StopOptOut: 7}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := mailing()
			s.settings.Decency, s.settings.Conduct = gateway.DefaultDecency(), gateway.DefaultConduct()
			change(&s.settings)
			before := s.settings
			cookie := s.enter(gateway.Manager, "ru")
			srv := newServer(t, s)
			_, body := get(t, srv, cookie, "/settings/decency")
			form := sentOf(t, body, "form.decency")
			if status, to := post(t, srv, cookie, "/settings/decency", form.Encode()); status != 303 {
				t.Fatalf("%d %s", status, to)
			}
			if diff := cmp.Diff(before.Decency, s.settings.Decency); diff != "" {
				t.Errorf("decency: %s", diff)
			}
			if diff := cmp.Diff(before.Conduct, s.settings.Conduct); diff != "" {
				t.Errorf("conduct: %s", diff)
			}
		})
	}
}

// sentOf is what a browser sends of a form that nobody has touched.
func sentOf(t testing.TB, body, selector string) url.Values {
	t.Helper()
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	v := url.Values{}
	doc.Find(selector).Find("input[name]").Each(func(_ int, in *goquery.Selection) {
		kind := in.AttrOr("type", "text")
		if _, checked := in.Attr("checked"); (kind == "checkbox" || kind == "radio") && !checked {
			return
		}
		v.Add(in.AttrOr("name", ""), in.AttrOr("value", ""))
	})
	if len(v) < 5 {
		t.Fatalf("a form of %v", v)
	}
	return v
}
