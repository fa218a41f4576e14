package gateway_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

func TestSettingsOfDecencyConductAndInvitations(t *testing.T) {
	t.Parallel()
	const (
		required, tooLong, notURL = gateway.ProblemRequired, gateway.ProblemTooLong, gateway.ProblemNotURL
		outOfRange, template      = gateway.ProblemRange, gateway.ProblemTemplate
	)
	inviting := func(s *gateway.Settings) {
		s.Decency.ReviewURL = "https://yandex.ru/maps/org/1/reviews/?add-review=true"
		s.Invitation.On, s.Invitation.Statuses = true, []string{"complete"}
	}
	for name, c := range map[string]struct {
		change func(*gateway.Settings)
		want   gateway.FieldErrors
	}{
		"as a box comes": {func(*gateway.Settings) {}, nil},
		"everything used": {func(s *gateway.Settings) {
			inviting(s)
			s.Decency.PublicURL, s.Decency.Every, s.Decency.TalkRest = "https://go.lavka.example", 366*24*time.Hour, time.Hour
			s.Decency.Hours, s.Conduct.MailingShare = gateway.Hours{}, 100
		}, nil},
		"beyond every bound": {func(s *gateway.Settings) {
			s.Decency.Hours.To, s.Decency.Every, s.Decency.TalkRest = 24*60+1, 367*24*time.Hour, time.Hour+time.Second
			s.Conduct = gateway.ConductSettings{MailingShare: 101, LookUpsPerDay: 10_001, StopRefused: -1, StopSilent: 101, StopOptOut: 101}
			s.Invitation.After, s.Invitation.PerDay = 61*24*time.Hour, 10_001
		}, gateway.FieldErrors{
			"decency.hours": outOfRange, "decency.every": outOfRange, "decency.talk_rest": outOfRange,
			"conduct.mailing_share": outOfRange, "conduct.look_ups_per_day": outOfRange, "conduct.stop_refused": outOfRange,
			"conduct.stop_silent": outOfRange, "conduct.stop_opt_out": outOfRange, "invitation.after": outOfRange, "invitation.per_day": outOfRange,
		}},
		"nobody could refuse": {func(s *gateway.Settings) {
			s.Decency.OptOutLine = map[string]string{"en": strings.Repeat("x", 161), "de": "STOP"}
		}, gateway.FieldErrors{"decency.opt_out_line": gateway.ProblemLanguage, "decency.opt_out_line.ru": required, "decency.opt_out_line.en": tooLong}},
		"a place in the line":   {func(s *gateway.Settings) { s.Decency.OptOutLine["ru"] = "{{customer.name}}, СТОП" }, gateway.FieldErrors{"decency.opt_out_line.ru": template}},
		"reviews without https": {func(s *gateway.Settings) { s.Decency.ReviewURL = "http://lavka.example/r" }, gateway.FieldErrors{"decency.review_url": gateway.ProblemNotHTTPS}},
		"reviews at no site":    {func(s *gateway.Settings) { s.Decency.ReviewURL = "https://user@lavka.example" }, gateway.FieldErrors{"decency.review_url": notURL}},
		"a second line":         {func(s *gateway.Settings) { s.Decency.ReviewURL = "https://lavka.example/ x" }, gateway.FieldErrors{"decency.review_url": notURL}},
		"a public path":         {func(s *gateway.Settings) { s.Decency.PublicURL = "https://lavka.example/go" }, gateway.FieldErrors{"decency.public_url": gateway.ProblemNotOrigin}},
		"a public number":       {func(s *gateway.Settings) { s.Decency.PublicURL = "https://203.0.113.7" }, gateway.FieldErrors{"decency.public_url": gateway.ProblemNotName}},
		"the staff's own name": {func(s *gateway.Settings) {
			s.Helpdesk.CardURL, s.Decency.PublicURL = "http://Box.lavka.example:8480", "https://box.lavka.example"
		}, gateway.FieldErrors{"decency.public_url": gateway.ProblemStaffHost}},
		"a ring": {func(s *gateway.Settings) {
			s.Decency.PublicURL, s.Decency.ReviewURL = "https://go.lavka.example", "https://go.lavka.example/r/abcdefgh"
		}, gateway.FieldErrors{"decency.review_url": gateway.ProblemLoop}},
		"invited to nowhere": {func(s *gateway.Settings) { inviting(s); s.Decency.ReviewURL = "" }, gateway.FieldErrors{"decency.review_url": required}},
		"invited never": {func(s *gateway.Settings) { inviting(s); s.Invitation.Statuses, s.Invitation.Channels = nil, nil }, gateway.FieldErrors{
			"invitation.statuses": required, "invitation.channels": required,
		}},
		"invited without a word": {func(s *gateway.Settings) { inviting(s); s.Invitation.Texts = map[string]string{"en": "Hello"} }, gateway.FieldErrors{
			"invitation.texts.ru": required, "invitation.texts.en": gateway.ProblemNoLink,
		}},
		"a broken text": {func(s *gateway.Settings) {
			s.Invitation.Texts["ru"], s.Invitation.Channels, s.Invitation.Statuses = "{{", []device.Channel{device.SMS, device.SMS}, []string{"не код"}
		}, gateway.FieldErrors{"invitation.texts.ru": template, "invitation.channels": gateway.ProblemDuplicate, "invitation.statuses": gateway.ProblemCode}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := gateway.DefaultSettings()
			c.change(&s)
			var got gateway.FieldErrors
			if err := s.Validate(); err != nil && !errors.As(err, &got) {
				t.Fatal(err)
			}
			if !maps.Equal(got, c.want) {
				t.Errorf("problems %v, want %v", got, c.want)
			}
			for _, p := range slices.Collect(maps.Values(got)) {
				if p.Sentence("ru") == string(p) || p.Sentence("en") == string(p) {
					t.Errorf("%s has no sentence", p)
				}
			}
		})
	}
}

func TestAReviewLinkIsShortWhereTheBoxCanBeReached(t *testing.T) {
	t.Parallel()
	d := gateway.DecencySettings{ReviewURL: "https://reviews.example/lavka"}
	if got := d.ReviewLink("abc"); got != d.ReviewURL {
		t.Errorf("without a public address it is %q", got)
	}
	d.PublicURL = "https://Go.Lavka.example:8443/"
	if got := d.ReviewLink("k7m2q9xw"); got != "https://Go.Lavka.example:8443/r/k7m2q9xw" {
		t.Errorf("short: %q", got)
	}
	if got := d.PublicHost(); got != "go.lavka.example" {
		t.Errorf("host %q", got)
	}
	if got := d.ReviewLink(""); got != d.ReviewURL {
		t.Errorf("without a token: %q", got)
	}
}
