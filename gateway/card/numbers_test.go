package card_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"vestnik/gateway/card"
)

func TestNumbersIn(t *testing.T) {
	t.Parallel()
	latin, cyrillic, plain, dashed := []string{"5123A", "4999A"}, []string{"5123А"}, []string{"10482"}, []string{"123-45", "wp-1002"}
	for _, c := range []struct {
		text string
		like []string
		want []string
	}{
		{"Где мой заказ 5123А?", latin, []string{"5123A"}},
		{"Где мой заказ 5123A?", cyrillic, []string{"5123А"}},
		{"где 5177а", latin, []string{"5177A"}},
		{"Здравствуйте! #10482 не пришёл", nil, []string{"10482"}},
		{"заказ № 123-45", nil, []string{"123-45"}},
		{"Заказ: №123-45, оплачен", dashed, []string{"123-45"}},
		{"заказ номер 10482", nil, []string{"10482"}},
		{"order number 10482, please", nil, []string{"10482"}},
		{"заказы 10482, 10483 и 10484", nil, []string{"10482", "10483", "10484"}},
		{"10482 и 10483", plain, []string{"10482", "10483"}},
		{"WP-1002 where?", []string{"wp-1002"}, []string{"wp-1002"}},
		{"заказ WP-1003", []string{"wp-1002"}, []string{"wp-1003"}},
		{"Re: Re: заказ №10482\nзаказ №10482", nil, []string{"10482"}},
		{"заказ １０４８２", nil, []string{"10482"}},
		{"заказ 0123456789-0001-1", nil, []string{"0123456789-0001-1"}},
		{"10520 ещё не пришёл", plain, []string{"10520"}},
		// No order's number.
		{"", plain, nil},
		{"привет", plain, nil},
		{"мой телефон 8 912 345 67 89", plain, nil},
		{"номер 89123456789", plain, nil},
		{"мой номер +79123456789", plain, nil},
		{"позвоните: 8 (912) 345-67-89, заказ 10482", plain, []string{"10482"}},
		{"заказ от 12.03.2026 в 12:30", plain, nil},
		{"оплатил 15000 рублей", plain, nil},
		{"оплатил 15000₽ или 15000 %", plain, nil},
		{"заказ 15000 руб", plain, nil},
		{"сумма 10482.50", plain, nil},
		{"pochta10482@example.com", plain, nil},
		{"в 2026 году", []string{"1234"}, nil},
		{"заказ 2 чайника", nil, nil},
		{"10482", nil, nil},
		{"https://shop.ru/p?id=10482", plain, nil},
	} {
		if diff := cmp.Diff(c.want, card.NumbersIn(c.text, c.like)); diff != "" {
			t.Errorf("%q like %v\n%s", c.text, c.like, diff)
		}
	}
	if n := len(card.NumbersIn(strings.Repeat("заказ 10482 ", 10_000), nil)); n != 1 {
		t.Errorf("%d numbers of a long text", n)
	}
	if !card.Named("5123А", []string{"77", "#5123a"}) || card.Named("5123A", []string{"5123"}) || card.Named("", []string{""}) {
		t.Error("Named")
	}
}

func FuzzNumbersIn(f *testing.F) {
	for _, s := range []string{"заказ №5123А", "#10482", "заказ № 123-45", "8 912 345-67-89", "заказы 1, 2 и 333", "a\xffb", "№№№", "заказ １２３"} {
		f.Add(s, "5123A")
		f.Add(s, "")
	}
	f.Fuzz(func(t *testing.T, text, like string) {
		found := card.NumbersIn(text, []string{like})
		if len(found) > 10 {
			t.Fatalf("%d numbers", len(found))
		}
		for i, n := range found {
			if n == "" || !utf8.ValidString(n) || !strings.ContainsAny(n, "0123456789") && !card.Named(n, []string{like}) {
				t.Fatalf("%q in %q", n, text)
			}
			for _, other := range found[:i] {
				if other == n {
					t.Fatalf("%q twice in %q", n, text)
				}
			}
			// What was found is found again where it stands alone.
			if again := card.NumbersIn("заказ №"+n, []string{like}); len(again) != 1 || !card.Named(again[0], []string{n}) {
				t.Fatalf("%q of %q is read again as %q", n, text, again)
			}
		}
	})
}
