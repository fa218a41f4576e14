package bot

import (
	"slices"
	"testing"
	"time"
)

func TestWordsAboutAdvertising(t *testing.T) {
	t.Parallel()
	script := DefaultScript(Russian)
	own := DefaultScript(Russian)
	own.StopWords, own.StartWords = []string{"Хватит!"}, nil
	for _, c := range []struct {
		text          string
		script        Script
		stops, starts bool
	}{
		{"стоп", script, true, false},
		{"СТОП", script, true, false},
		{"«Стоп!»", script, true, false},
		{"STOP.", script, true, false},
		{"\"stop\"", script, true, false},
		{" Stop \n", script, true, false},
		{"стоп 🛑", script, true, false},
		{"/stop", script, true, false},
		{"CTOП", script, true, false}, // Latin C, T and O
		{"Cтoп", script, true, false},
		{"Не присылайте рекламу!", script, true, false},
		{"Отпишите меня.", script, true, false},
		{"unsubscribe", script, true, false},
		{"старт", script, false, true},
		{"«Старт»", script, false, true},
		{"START!", script, false, true},
		{"надо стоп этому", script, false, false},
		{"стоп, а сколько стоит доставка?", script, false, false},
		{"stop it please", script, false, false},
		{"стопка бумаги", script, false, false},
		{"на старт", script, false, false},
		{"", script, false, false},
		{"!!!", script, false, false},
		// A mailing promises this word in every shop.
		{"стоп", own, true, false},
		{"STOP", own, true, false},
		{"хватит", own, true, false},
		{"старт", own, false, true},
		{"отписаться", own, false, false},
	} {
		b, err := New(c.script)
		if err != nil {
			t.Fatal(err)
		}
		if stops, starts := b.Refusal(c.text); stops != c.stops || starts != c.starts {
			t.Errorf("%q: stops %v, starts %v", c.text, stops, starts)
		}
	}
}

func kinds(actions []Action) []ActionKind {
	var list []ActionKind
	for _, a := range actions {
		list = append(list, a.Kind)
	}
	return list
}

// While the bot is switched off it answers the words about advertising, once, and nothing else.
func TestASwitchedOffBotStillTakesARefusal(t *testing.T) {
	t.Parallel()
	b, err := New(DefaultScript(Russian))
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	f := Facts{Now: now, Off: true, Channel: Abilities{MaxChars: 4000}}
	c := Conversation{SayBack: true} // a person talked here: "I am back" would be wrong
	say := func(text string, out bool) Reply {
		f.Person.OptedOut = out
		f.Now = f.Now.Add(20 * time.Second)
		r := b.Reply(c, Message{From: FromCustomer, Text: text, At: f.Now}, f)
		c = r.Next
		return r
	}
	for _, step := range []struct {
		text   string
		out    bool
		answer string
		does   []ActionKind
	}{
		{"Здравствуйте", false, "", nil},
		{"старт", false, "", nil}, // he never refused
		{"«Стоп!»", false, "Рекламы больше не будет. О ваших заказах писать продолжим. Передумаете — напишите «старт».", []ActionKind{ActOptOut}},
		{"СТОП", true, "", []ActionKind{ActOptOut}}, // confirmed a moment ago
		{"оператор", true, "", nil},
		{"старт", true, "Снова будем рассказывать о новинках и скидках. Надоест — напишите «стоп».", []ActionKind{ActOptIn}},
	} {
		r := say(step.text, step.out)
		var want []string
		if step.answer != "" {
			want = []string{step.answer}
		}
		if !slices.Equal(r.Texts, want) || !slices.Equal(kinds(r.Actions), step.does) {
			t.Errorf("%q: %q, does %v (%s)", step.text, r.Texts, kinds(r.Actions), r.Why.Reason)
		}
	}
}

// A refusal counts before anything that keeps the bot silent: a person who talks, and the signs of
// another bot.
func TestARefusalCountsWhateverItLooksLike(t *testing.T) {
	t.Parallel()
	b, err := New(DefaultScript(Russian))
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	for name, c := range map[string]Conversation{
		"a person talks":  {Mode: ModeHuman, Until: now.Add(time.Hour)},
		"muted":           {Mode: ModeMuted, Until: now.Add(time.Hour)},
		"the same again":  {Words: hashText("стоп"), WordsAt: now.Add(-time.Second), Repeats: repeatsOfBot - 1},
		"answers at once": {SaidAt: now.Add(-100 * time.Millisecond), Quick: quickOfBot - 1},
		"used up":         {Day: "2026-11-21", DayCount: 1000},
	} {
		r := b.Reply(c, Message{From: FromCustomer, Text: "стоп", At: now}, Facts{Now: now, Channel: Abilities{MaxChars: 4000}})
		if got := kinds(r.Actions); !slices.Contains(got, ActOptOut) || len(r.Texts) > 0 {
			t.Errorf("%s: does %v, says %q", name, got, r.Texts)
		}
	}
	r := b.Reply(Conversation{Mode: ModeHuman, Until: now.Add(time.Hour)}, Message{From: FromCustomer, Text: "старт", At: now}, Facts{Now: now, Person: Person{OptedOut: true}})
	if got := kinds(r.Actions); !slices.Equal(got, []ActionKind{ActOptIn}) {
		t.Errorf("start while a person talks: does %v", got)
	}
}
