package bot

import (
	"fmt"
	"testing"
)

func TestMarksAsPeopleWriteThem(t *testing.T) {
	t.Parallel()
	l := newLexicon()
	k := newMarker(&l)
	one, both := []Subject{AboutShop}, []Subject{AboutShop, AboutCourier}
	for _, c := range []struct {
		text  string
		about []Subject
		want  string // marks, "outside" or "" for none, then the comment
	}{
		{"5", one, "[5]"},
		{" 5 ", one, "[5]"},
		{"5!!!", one, "[5]"},
		{"5+", one, "[5]"},
		{"５", one, "[5]"},
		{"5️⃣", one, "[5]"},
		{"٥", one, "[5]"},
		{"пять", one, "[5]"},
		{"Пятёрка!", one, "[5]"},
		{"на 5", one, "[5]"},
		{"твёрдая пять", one, "[5]"},
		{"ставлю 4", one, "[4]"},
		{"Моя оценка: 3", one, "[3]"},
		{"5 баллов", one, "[5]"},
		{"5 звёзд", one, "[5]"},
		{"5 из 5", one, "[5]"},
		{"4/5", one, "[4]"},
		{"4 / 5", one, "[4]"},
		{"4 out of 5", one, "[4]"},
		{"five stars", one, "[5]"},
		{"⭐⭐⭐", one, "[3]"},
		{"⭐️⭐️⭐️⭐️", one, "[4]"},
		{"★★★★☆", one, "[4]"},
		{"🌟🌟🌟🌟🌟", one, "[5]"},
		{"⭐⭐⭐⭐⭐⭐", one, "outside"},
		{"магазин 5", one, "[5]"},
		{"5, всё понравилось", one, "[5] всё понравилось"},
		{"5 - отлично!", one, "[5] отлично!"},
		{"5 отлично", one, "[5] отлично"},
		{"1. Ужасно", one, "[1] Ужасно"},
		{"2, коробка мятая", one, "[2] коробка мятая"},
		{"6", one, "outside"},
		{"10", one, "outside"},
		{"10/10", one, "outside"},
		{"0", one, ""},
		{"10482", one, ""},
		{"2 дня ждал", one, ""},
		{"1 вопрос", one, ""},
		{"привезли 2 раза не то", one, ""},
		{"5 и 4", one, ""},
		{"спасибо", one, ""},
		{"", one, ""},
		{"⭐ спасибо", one, ""},
		{"5 и 4", both, "[5 4]"},
		{"5, 4", both, "[5 4]"},
		{"5/4", both, "[5 4]"},
		{"5 4", both, "[5 4]"},
		{"пять и четыре", both, "[5 4]"},
		{"магазин 5, курьер 3", both, "[5 3]"},
		{"курьер 3 магазин 5", both, "[5 3]"},
		{"курьеру 2, а магазину 4", both, "[4 2]"},
		{"5 магазину и 2 курьеру", both, "[5 2]"},
		{"4 for the courier and 5 for the shop", both, "[5 4]"},
		{"5", both, "[5]"},
		{"5 из 5", both, "[5]"},
		{"курьер 3", both, ""},
		{"5 и 7", both, "outside"},
		{"1 2 3", both, ""},
	} {
		m := k.read(c.text, c.about)
		got := ""
		switch {
		case m.outside:
			got = "outside"
		case m.given():
			got = fmt.Sprint(m.marks)
		}
		if m.comment != "" {
			got += " " + m.comment
		}
		if got != c.want {
			t.Errorf("%q about %v: got %q, want %q", c.text, c.about, got, c.want)
		}
	}
}

func TestOrderAndDigits(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][2]string{
		"10482 4567":                 {"10482", "4567"},
		"№10482, 4567":               {"10482", "4567"},
		"заказ #10482 телефон 4567.": {"10482", "4567"},
		"10482; 8 (916) 123-45-67":   {"10482", "4567"},
		"10482 +79161234567":         {"10482", "4567"},
		"A-10482/2 4567":             {"A-10482/2", "4567"},
		"１０４８２ ٤٥٦٧":                 {"10482", "4567"},
		"10482":                      {"10482", ""},
		"10482 456":                  {"10482", ""},
		"10482 45678":                {"10482", ""},
		"нет номера":                 {"", ""},
		"10482 4567 1":               {"10482", ""},
		"заказ 10482, цифры: 45 67":  {"10482", "4567"},
		"10482\n4567":                {"10482", "4567"},
		"\"10482\" (4567)":           {"10482", "4567"},
		"мой номер заказа — 10482-4567": {"10482-4567", ""},
	} {
		if number, last4 := orderAndDigits(text); number != want[0] || last4 != want[1] {
			t.Errorf("%q: %q, %q", text, number, last4)
		}
	}
}
