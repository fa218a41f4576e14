package app

import (
	"testing"

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
