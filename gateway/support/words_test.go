package support

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vestnik/gateway"
	"vestnik/gateway/card"
)

func TestTopicOf(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Где мой заказ 10482?":                             TopicStatus,
		"Когда придёт курьер? Доставка на завтра":          TopicDelivery,
		"Оплатил картой, деньги списали, чека нет":         TopicPayment,
		"Хочу вернуть товар, брак":                         TopicReturn,
		"Можно обменять на другой размер? Не подошли":      TopicReturn,
		"Есть ли в наличии 43 размер?":                     TopicProduct,
		"Не применяется промокод на скидку":                TopicPrice,
		"Это ужасно, буду писать жалобу, мошенники":        TopicComplaint,
		"Здравствуйте":                                     TopicOther,
		"":                                                 TopicOther,
		"Where is my order?":                               TopicStatus,
		"I want to return it, it is broken":                TopicReturn,
		"The courier did not come, what about my delivery": TopicDelivery,
		"My card was charged twice, refund please":         TopicPayment,
	} {
		if got := TopicOf(text); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
	for _, code := range Topics() {
		if TopicWord(code, "ru") == "" || TopicWord(code, "en") == "" {
			t.Errorf("%s has no words", code)
		}
	}
}

func FuzzTexts(f *testing.F) {
	for _, s := range []string{"заказ №77", "# # #", "ЁЖ ﷽ 12-", "\x80\xff", "заказ заказ 12-34-56"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		TopicOf(s)
		productsIn(s, []card.Order{{ProfileOrder: gateway.ProfileOrder{Items: []gateway.ProfileItem{{Name: s}, {Name: "Кроссовки Nike"}}}}})
		plain(s)
		if at := earlier(s, 0); at != s {
			t.Errorf("%q became %q", s, at)
		}
		if !strings.HasSuffix(money(s, "EUR"), "EUR") {
			t.Errorf("%q", money(s, "EUR"))
		}
	})
}

func TestProductsIn(t *testing.T) {
	t.Parallel()
	orders := []card.Order{{ProfileOrder: gateway.ProfileOrder{Items: []gateway.ProfileItem{
		{Name: "Кроссовки Nike Air Zoom"}, {Name: "Носки белые хлопок"}, {Name: "Кроссовки Adidas Runner"}, {Name: "Рюкзак"},
	}}}}
	for text, want := range map[string][]string{
		"кроссовок nike не хватает": {"Кроссовки Nike Air Zoom"},
		"где кроссовки?":            {"Кроссовки Nike Air Zoom", "Кроссовки Adidas Runner"},
		"порвался рюкзак":           {"Рюкзак"},
		"белые ночи":                nil,
		"где заказ":                 nil,
	} {
		if diff := cmp.Diff(want, productsIn(text, orders)); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	h := gateway.HelpdeskSettings{Ranking: []string{"2", "3", "1"}}
	order := func(change func(*card.Order)) card.Card {
		o := card.Order{ProfileOrder: gateway.ProfileOrder{Number: "10482", StatusName: "В пути"}}
		change(&o)
		return card.Card{Orders: []card.Order{{}, o}}
	}
	rich := card.Card{Profile: gateway.Profile{Total: "100000.00", OrdersCount: 10, Tags: []string{"Опт"}, Segments: []string{"Спящие"}, Loyalty: gateway.Loyalty{Level: "Золото"}}}
	for name, c := range map[string]struct {
		when  gateway.PriorityWhen
		value string
		card  card.Card
		want  gateway.Reason
	}{
		"vip":             {gateway.WhenVIP, "", card.Card{Profile: gateway.Profile{Customer: gateway.Customer{VIP: true}}}, gateway.RaiseVIP},
		"not vip":         {gateway.WhenVIP, "", card.Card{}, ""},
		"bad":             {gateway.WhenVIP, "", card.Card{Profile: gateway.Profile{Customer: gateway.Customer{Bad: true}}}, ""},
		"problem":         {gateway.WhenProblem, "", order(func(o *card.Order) { o.Problem = true }), gateway.RaiseProblem},
		"delivery":        {gateway.WhenDelivery, "", order(func(o *card.Order) { o.Delivery = true }), gateway.RaiseDelivery},
		"late enough":     {gateway.WhenLate, "2", order(func(o *card.Order) { o.Late = 2 }), gateway.RaiseLate},
		"not late enough": {gateway.WhenLate, "3", order(func(o *card.Order) { o.Late = 2 }), ""},
		"late and over":   {gateway.WhenLate, "2", order(func(o *card.Order) { o.Late, o.Group = 2, "complete" }), ""},
		"total":           {gateway.WhenTotal, "100000", rich, gateway.RaiseTotal},
		"total below":     {gateway.WhenTotal, "100000.01", rich, ""},
		"total not told":  {gateway.WhenTotal, "0", card.Card{}, ""},
		"orders":          {gateway.WhenOrders, "10", rich, gateway.RaiseOrders},
		"orders below":    {gateway.WhenOrders, "11", rich, ""},
		"loyalty":         {gateway.WhenLoyalty, "золото", rich, gateway.RaiseLoyalty},
		"no level":        {gateway.WhenLoyalty, "", card.Card{}, ""},
		"tag":             {gateway.WhenTag, "опт", rich, gateway.RaiseTag},
		"segment":         {gateway.WhenTag, "Спящие", rich, gateway.RaiseTag},
		"no number":       {gateway.WhenTotal, "много", rich, ""},
	} {
		h.Rules = []gateway.PriorityRule{{Name: name, Enabled: true, When: c.when, Value: c.value, Priority: "1"}}
		if _, why, ok := Judge(h, c.card, time.Time{}); ok != (c.want != "") || ok && why.Reason != c.want {
			t.Errorf("%s: %v, %v", name, why, ok)
		}
		h.Rules[0].Enabled = false
		if _, _, ok := Judge(h, c.card, time.Time{}); ok {
			t.Errorf("%s: a rule that is off", name)
		}
	}
	h.Rules = []gateway.PriorityRule{
		{Name: "orders", Enabled: true, When: gateway.WhenOrders, Value: "1", Priority: "3"},
		{Name: "total", Enabled: true, When: gateway.WhenTotal, Value: "1", Priority: "1"},
		{Name: "tag", Enabled: true, When: gateway.WhenTag, Value: "опт", Priority: "2"},
	}
	if r, _, _ := Judge(h, rich, time.Time{}); r.Name != "total" {
		t.Errorf("the highest is %s", r.Name)
	}
}

func TestTimesOfTheHelpdesk(t *testing.T) {
	t.Parallel()
	for at, want := range map[string]string{
		"2026-01-01 00:01:00": "2025-12-31 23:59:00", "": "", "null": "null", "2026-03-02": "2026-03-02",
	} {
		if got := earlier(at, overlap); got != want {
			t.Errorf("%q: %q", at, got)
		}
	}
	list := []gateway.Ticket{{Updated: "2026-01-02 00:00:00"}, {Updated: "null"}, {Updated: "9999"}, {Updated: "2026-01-01 00:00:00"}}
	if got := largest("", list); got != "2026-01-02 00:00:00" {
		t.Errorf("%q", got)
	}
}

func TestDigestTime(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	d := gateway.DigestSettings{Weekday: time.Monday, Hour: 9}
	now := time.Date(2026, 10, 26, 8, 59, 0, 0, berlin) // the Monday after the clocks were set back
	for weeks, want := range map[int]string{0: "2026-10-19 09:00", 1: "2026-10-12 09:00", -1: "2026-10-26 09:00"} {
		if got := digestTime(d, now, weeks).Format("2006-01-02 15:04"); got != want {
			t.Errorf("%d weeks: %s, want %s", weeks, got, want)
		}
	}
}
