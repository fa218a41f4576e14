package bot

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestWhatWordsMean: what the tests' shop understands, and what it must not.
func TestWhatWordsMean(t *testing.T) {
	t.Parallel()
	b := testBot(t, Russian)
	for text, want := range map[string][]string{
		"заказ":         {"order"},
		"ЗАКАЗ???":      {"order"},
		"закас":         {"order"},
		"закза":         {"order"},
		"заказ мой где": {"order"},
		"здравствуйте, скажите пожалуйста что с заказом": {"order"},
		"самовывос": {"points"},
		"самовивос": {"points"},
		"симовиваз": nil, // three errors
		"каталог":   {"catalog"},
		"прайс":     {"catalog"},
		"прас":      {"catalog"},
		"райс":      {"catalog"},
		"рис":       nil,
		"сколько стоит доставка":  {"delivery-cost"},
		"доставка и оплата":       {"delivery"},
		"доставка, оплата":        {"delivery-cost", "payment"},
		"доставка бесплатная":     {"delivery-cost"},
		"статус и адрес":          {"order", "points"},
		"оператор":                {"person"},
		"Позвать сотрудника":      {"person"},
		"позови человека":         {"person"},
		"оператор не нужен":       nil,
		"не зовите оператора":     nil,
		"не нужен мне каталог":    nil,
		"без доставки":            nil,
		"меню":                    {"list"},
		"меня":                    nil,
		"час":                     nil,
		"часы":                    {"points"},
		"чашка":                   nil,
		"вопрос":                  nil,
		"Where is my order":       {"order"},
		"wher is my oder":         {"order"},
		"wat are ur openin hours": {"points"},
		"refund":                  {"returns"},
		"iPhone 15":               nil,
		"":                        nil,
		"адрес́":                  {"points"}, // with a stress mark
		"Где наи\u0306ти вас, подскажите адрес": {"points"},
	} {
		var got []string
		for _, to := range b.matcher.find(tokens(text), false, func(to target) bool { return to < 0 || b.commands[to].Audience == AudienceAll }) {
			switch to {
			case targetPerson:
				got = append(got, "person")
			case targetList:
				got = append(got, "list")
			default:
				got = append(got, b.commands[to].ID)
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
	}
}

func TestDistance(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"заказ", "заказ", 0}, {"заказ", "закз", 1}, {"заказ", "закзаа", 2}, {"заказ", "закза", 1}, {"", "аб", 2}, {"ab", "ba", 1}, {"abc", "ca", 3},
	} {
		if got := distance([]rune(c.a), []rune(c.b), 5); got != c.want {
			t.Errorf("%s %s: %d, want %d", c.a, c.b, got, c.want)
		}
	}
	word := rapid.StringOfN(rapid.SampledFrom([]rune("абв")), 0, 8, -1)
	rapid.Check(t, func(t *rapid.T) {
		a, b, limit := []rune(word.Draw(t, "a")), []rune(word.Draw(t, "b")), rapid.IntRange(0, 4).Draw(t, "limit")
		whole := distance(a, b, 10)
		if distance(b, a, 10) != whole {
			t.Fatal("not the same both ways")
		}
		if got := distance(a, b, limit); (got <= limit) != (whole <= limit) || whole <= limit && got != whole {
			t.Fatalf("limit %d: %d, whole %d", limit, got, whole)
		}
	})
}

func TestLanguageOfWords(t *testing.T) {
	t.Parallel()
	b := testBot(t, Russian)
	for text, want := range map[string]string{
		"Привет": Russian, "где заказ": Russian, "Hello": English, "where is it": English, "order": English, "1": "", "ok": "", "iPhone 15 Pro": "",
		"privet, gde moi zakaz": Russian, "заказ iPhone": Russian, "👍": "", "": "", "Hola, buenos dias": "", "нужен iPhone": Russian,
	} {
		if got := b.languageOf(text, tokens(text)); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
