package app

import (
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"vestnik/bot"
	"vestnik/gateway"
)

// A file that can be read describes settings; written out again it describes the
// same ones.
func FuzzParseConfig(f *testing.F) {
	f.Add([]byte("shop: {name: \"Лавка\", language: ru}\nwhatsapp: {gap: 4s, per_hour: 0}\n"))
	f.Add([]byte("rules:\n  - {name: a, statuses: [b], text: \"{{c}}\", hours: {from: \"09:00\", to: \"21:00\"}, fallback_after: 0}\n"))
	f.Add([]byte("sms: {modems: [{port: auto, pin: \"1234\"}]}\nbot: {commands: [{number: 1, title: t, answer: {operator: true}}]}"))
	f.Add([]byte("shop: [1]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := parseConfig(data)
		if err != nil {
			return
		}
		s := file.settings(gateway.DefaultSettings())
		if s.Validate() != nil {
			return
		}
		text, err := yaml.Marshal(toFile(s, nil))
		if err != nil {
			t.Fatal(err)
		}
		again, err := parseConfig(text)
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		if lines := settingsChanges(s, again.settings(s)); len(lines) > 0 {
			t.Fatalf("%v after\n%s", lines, text)
		}
	})
}

// Numbers of a nested list may be those of the list above; nobody has to think of names.
func TestNestedCommandsNeedNoNames(t *testing.T) {
	t.Parallel()
	file, err := parseConfig([]byte(`
bot:
  commands:
    - {number: 1, title: "Где мой заказ?", answer: {order_status: true}}
    - number: 2
      title: "Доставка"
      answer:
        list:
          - {number: 1, title: "Цена", answer: {text: "350 ₽"}}
          - {number: 2, title: "Ещё", answer: {list: [{number: 1, title: "Сроки", answer: {text: "Два дня"}}]}}
`))
	if err != nil {
		t.Fatal(err)
	}
	script, err := file.Bot.script(bot.DefaultScript("ru"), true)
	if err != nil {
		t.Fatal(err)
	}
	if problems := script.Check(nil); len(problems) > 0 {
		t.Errorf("%v", problems)
	}
}

// The section of the helpdesk comes back as it was, and its secrets stay inside.
func TestTheHelpdesksSectionThereAndBack(t *testing.T) {
	t.Parallel()
	const text = `
helpdesk:
  enabled: true
  url: https://lavka.helpdeskeddy.com
  email: vestnik@lavka.example
  key: top-secret
  fields: {order: "31", vip: "33"}
  delivery: [delivering, redirect]
  critical: [redirect]
  ranking: ["2", "3", "1"]
  rules:
    - {name: VIP, when: vip, priority: "1"}
    - {name: Late, enabled: false, when: late, value: "2", priority: "3"}
  alarm: {priority: "1", requester: 12}
  digest: {as: task, user: 19, weekday: fri, hour: 10}
  embed: {panel: true, panel_secret: "0123456789abcdef", mailbox: "https://lavka.helpdeskeddy.com/plugin/1"}
`
	file, err := parseConfig([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	s := file.settings(gateway.DefaultSettings())
	if err := s.Validate(); err != nil {
		t.Fatal(err)
	}
	if h := s.Helpdesk; h.Digest.Weekday != time.Friday || h.Rules[0].Enabled != true || h.Rules[1].Enabled || h.InternalRequester != 12 || !h.Comment {
		t.Errorf("read as %+v", h)
	}
	out, err := yaml.Marshal(toFile(s, nil))
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"top-secret", "0123456789abcdef", "plugin/1"} {
		if strings.Contains(string(out), secret) {
			t.Errorf("the export shows %q", secret)
		}
	}
	again, err := parseConfig(out)
	if err != nil {
		t.Fatal(err)
	}
	if lines := settingsChanges(s, again.settings(s)); len(lines) > 0 {
		t.Errorf("came back with %q", lines)
	}
	lines := strings.Join(settingsChanges(gateway.DefaultSettings(), s), "\n")
	if !strings.Contains(lines, "helpdesk.key: changed (not shown)") || !strings.Contains(lines, `helpdesk.critical: [] → ["redirect"]`) {
		t.Errorf("the changes are told as\n%s", lines)
	}
	if strings.Contains(lines, "top-secret") {
		t.Error("the changes show the key")
	}
}
