package campaign_test

import (
	"regexp"
	"strings"
	"testing"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/campaign"
)

func settings() gateway.Settings {
	s := gateway.DefaultSettings()
	s.Shop.Name = "Лавка"
	s.Decency.ReviewURL = "https://shop.example/reviews"
	return s
}

func text(variants ...map[string]string) campaign.Text {
	var t campaign.Text
	for _, v := range variants {
		t.Variants = append(t.Variants, campaign.Variant{Texts: v})
	}
	return t
}

func ru(words ...string) campaign.Text {
	var variants []map[string]string
	for _, w := range words {
		variants = append(variants, map[string]string{"ru": w})
	}
	return text(variants...)
}

const optOut = "\nЧтобы не получать рассылки, ответьте СТОП."

func TestWhatAPersonGets(t *testing.T) {
	short := settings()
	short.Decency.PublicURL = "https://go.shop.example/"
	anna := campaign.Person{Name: "Анна", Fields: map[string]string{"column.Скидка": "15 %"}}
	for name, c := range map[string]struct {
		s    gateway.Settings
		text campaign.Text
		p    campaign.Person
		want string
	}{
		"name, column and shop":         {settings(), ru("{{customer.firstName}}, {{column.Скидка}} в «{{shop.name}}»"), anna, "Анна, 15 % в «Лавка»" + optOut},
		"an empty field is tidied away": {settings(), ru("Здравствуйте, {{customer.firstName}}! Ждём."), campaign.Person{}, "Здравствуйте! Ждём." + optOut},
		"the plain link":                {settings(), ru("Отзыв: {{review.link}}"), anna, "Отзыв: https://shop.example/reviews" + optOut},
		"the short link":                {short, ru("Отзыв: {{review.link}}"), anna, "Отзыв: https://go.shop.example/r/abcdefgh" + optOut},
		"his own language": {
			settings(), text(map[string]string{"ru": "Привет", "en": "Hello"}),
			campaign.Person{Language: "en"},
			"Hello\nReply STOP to get no more mailings.",
		},
		"the shop's for another":      {settings(), text(map[string]string{"ru": "Привет", "en": "Hello"}), campaign.Person{Language: "de"}, "Привет" + optOut},
		"any when there is no other":  {settings(), text(map[string]string{"en": "Hello"}), campaign.Person{}, "Hello\nReply STOP to get no more mailings."},
		"the text says how to stop":   {settings(), ru("Новости. Не нужны — ответьте «стоп»."), anna, "Новости. Не нужны — ответьте «стоп»."},
		"a stop that is none":         {settings(), ru("СТОП-цены!"), anna, "СТОП-цены!" + optOut},
		"his place's wording":         {settings(), ru("раз", "два"), campaign.Person{Variant: 2}, "два" + optOut},
		"a field is never read again": {settings(), ru("{{customer.firstName}}"), campaign.Person{Name: "{{review.link}}"}, "{{review.link}}" + optOut},
	} {
		t.Run(name, func(t *testing.T) {
			w, err := campaign.NewWriter(c.text, c.s)
			if err != nil {
				t.Fatal(err)
			}
			if got, _ := w.Write(c.p, w.VariantOf(c.p, 0), "abcdefgh"); got != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

func TestTheWinnerGoesToEverybody(t *testing.T) {
	all := ru("раз", "два", "три")
	all.Winner = 2
	w, err := campaign.NewWriter(all, settings())
	if err != nil {
		t.Fatal(err)
	}
	for turn := range 7 {
		if got := w.VariantOf(campaign.Person{Variant: 3}, turn); got != 2 {
			t.Errorf("turn %d gets %d", turn, got)
		}
	}
}

func TestTokens(t *testing.T) {
	form := regexp.MustCompile(`^[a-z2-9]{8}$`)
	seen := map[string]bool{}
	for range 20_000 {
		token := campaign.NewToken()
		if !form.MatchString(token) || strings.ContainsAny(token, "ilo01") || seen[token] {
			t.Fatalf("token %q", token)
		}
		seen[token] = true
	}
}

func TestRowsOfAFile(t *testing.T) {
	columns := map[int]string{0: "name", 1: "phone", 2: "language", 3: "city", 4: "field:Размер обуви", 5: "order"}
	r := campaign.Reading{
		Region: "RU", Country: "RU", Allows: device.Yes,
		Zone: func(p gateway.Place, _ device.Phone) string {
			return map[string]string{"Омск": "Asia/Omsk"}[p.City]
		},
	}
	p, ok := r.Row(7, []string{" Анна ", "8 (916) 123-45-67", "Русский", "Омск", "38", "10482"}, columns)
	if !ok || p.State != campaign.PersonWaits || p.Phone != "+79161234567" || p.Name != "Анна" || p.Language != "ru" || p.Zone != "Asia/Omsk" ||
		p.Line != 7 || p.Allows != device.Yes || p.Fields["column.Размер_обуви"] != "38" || p.Fields["order.number"] != "10482" {
		t.Errorf("%+v", p)
	}
	for phone, why := range map[string]gateway.Reason{"": gateway.NoPhone, "8 916 12": gateway.BadPhone, "+7 495 123-45-67": gateway.Landline, "=1+1": gateway.BadPhone} {
		if p, ok := r.Row(1, []string{"Анна", phone}, columns); !ok || p.State != campaign.PersonOut || p.Reason != why {
			t.Errorf("%q: %+v", phone, p)
		}
	}
	r.WhatsApp = true
	if p, _ := r.Row(1, []string{"", "+7 495 123-45-67"}, columns); p.State != campaign.PersonWaits {
		t.Errorf("a landline may be on WhatsApp: %+v", p)
	}
	if _, ok := r.Row(1, []string{"", " ", ""}, columns); ok {
		t.Error("an empty row is a person")
	}
}
