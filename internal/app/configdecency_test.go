package app

import (
	"context"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"vestnik/device"
	"vestnik/gateway"
)

const decencyYAML = `
decency:
  hours: {from: "10:00", to: "20:30"}
  orders_too: true
  when_open: false
  every: 336h
  talk_rest: 5m
  opt_out_line: {en: "Write STOP and we are silent."}
  review_url: "https://yandex.ru/maps/org/1/reviews/?add-review=true"
  public_url: https://go.lavka.example
conduct: {typing: false, mailing_share: 30, warm_up: false, look_ups_per_day: 0, stop_refused: 0, stop_silent: 50, stop_opt_out: 7}
invitation:
  enabled: true
  statuses: [complete, issued]
  after: 48h
  texts: {ru: "Оставьте отзыв: {{review.link}}"}
  channels: [whatsapp, sms]
  per_day: 0
  happy_only: false
`

// The three sections mean what they say, come back as they were, and change nothing twice.
func TestTheSectionsOfDecencyThereAndBack(t *testing.T) {
	t.Parallel()
	file, err := parseConfig([]byte(decencyYAML))
	if err != nil {
		t.Fatal(err)
	}
	s := file.settings(gateway.DefaultSettings())
	if err := s.Validate(); err != nil {
		t.Fatal(err)
	}
	d, c, i := s.Decency, s.Conduct, s.Invitation
	if d.Hours != (gateway.Hours{From: 600, To: 20*60 + 30}) || !d.OrdersToo || d.WhenOpen || d.Every != 14*24*time.Hour || d.TalkRest != 5*time.Minute ||
		d.OptOutLine["en"] != "Write STOP and we are silent." || !strings.Contains(d.OptOutLine["ru"], "СТОП") || d.PublicHost() != "go.lavka.example" {
		t.Errorf("decency %+v", d)
	}
	if c != (gateway.ConductSettings{MailingShare: 30, StopSilent: 50, StopOptOut: 7}) {
		t.Errorf("conduct %+v", c)
	}
	if !i.On || len(i.Statuses) != 2 || i.After != 48*time.Hour || i.PerDay != 0 || i.HappyOnly || i.Channels[0] != device.WhatsApp || i.Texts["en"] == "" {
		t.Errorf("invitation %+v", i)
	}
	if lines := settingsChanges(gateway.DefaultSettings(), s); len(lines) != 22 {
		t.Errorf("%d changes are told: %q", len(lines), lines)
	}
	out, err := yaml.Marshal(toFile(s, nil))
	if err != nil {
		t.Fatal(err)
	}
	again, err := parseConfig(out)
	if err != nil {
		t.Fatalf("%v in\n%s", err, out)
	}
	fresh := gateway.DefaultSettings()
	if lines := settingsChanges(s, again.settings(fresh)); len(lines) > 0 {
		t.Errorf("%q differ after\n%s", lines, out)
	}
}

func TestWhatIsWrongInTheSectionsOfDecencyIsNamed(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"decency: {hours: {from: \"9\", to: \"21:00\"}}":         "decency.hours",
		"decency: {hour: 1}":                                     `unknown key "hour"`,
		"conduct: {share: 1}":                                    `unknown key "share"`,
		"invitation: {on: true}":                                 `unknown key "on"`,
		"invitation: {enabled: true}":                            "decency.review_url: This is needed.",
		"decency: {public_url: \"https://box.example/x\"}":       "decency.public_url: Only the name",
		"invitation: {texts: {ru: \"{{review.lnk}}\"}}":          "invitation.texts.ru: The text lacks the review link",
		"invitation: {texts: {ru: \"{{review.link}} {{a.b}}\"}}": "invitation.texts.ru",
		"conduct: {mailing_share: 0}":                            "conduct.mailing_share: The number is out of range.",
		"decency: {every: 9999h}":                                "decency.every: The number is out of range.",
		"decency: {opt_out_line: {ru: \"\"}}":                    "decency.opt_out_line.ru: This is needed.",
	} {
		book := &decencyBook{settings: gateway.DefaultSettings(), ref: gateway.Reference{Fields: []gateway.Field{{Path: "order.number"}}}}
		_, err := ApplyConfig(t.Context(), book, []byte(text), "test")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
		if book.saved {
			t.Errorf("%s was kept", text)
		}
	}
}

// decencyBook is a book with settings and a directory alone.
type decencyBook struct {
	ConfigBook
	settings gateway.Settings
	ref      gateway.Reference
	saved    bool
}

func (b *decencyBook) Settings(context.Context) (gateway.Settings, error)   { return b.settings, nil }
func (b *decencyBook) Rules(context.Context) ([]gateway.Rule, error)        { return nil, nil }
func (b *decencyBook) Reference(context.Context) (gateway.Reference, error) { return b.ref, nil }
func (b *decencyBook) SaveSettings(context.Context, gateway.Settings, string) error {
	b.saved = true
	return nil
}
