package gateway

import (
	"testing"
	"time"

	"vestnik/device"
)

var noon = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

func readyCase() Case {
	rule := DefaultRule()
	rule.ID, rule.Name, rule.Statuses = 7, "ready", []string{"ready"}
	rule.Text = `Здравствуйте, {{customer.firstName|default:"покупатель"}}! Заказ {{order.number}} готов. Код {{order.custom.code}}`
	return Case{
		Change: StatusChange{HistoryID: 99, Order: 10482, From: "new", To: "ready", At: noon.Add(-time.Minute)},
		Order: Order{
			ID: 10482, Number: "10482A", Status: "ready", Phones: []string{"8 912 345-67-89"},
			Fields: map[string]string{"customer.firstName": "Анна", "order.number": "10482A", "order.custom.code": "77"},
		},
		Rule: rule, Shop: ShopSettings{Timezone: "Europe/Moscow", Region: "RU"}, MaxParts: 6, Now: noon,
		Ref:    Reference{Statuses: []Status{{Code: "ready", Name: "Готов"}}, Fields: []Field{{Path: "order.custom.code", Label: "Код выдачи"}}},
		Usable: func(ch device.Channel) bool { return ch != device.Chat },
	}
}

func TestDecideSends(t *testing.T) {
	t.Parallel()
	d := Decide(readyCase())
	if d.Verdict != Send || d.Message == nil {
		t.Fatalf("%+v", d)
	}
	m := d.Message
	if m.To != "+79123456789" || m.Text != "Здравствуйте, Анна! Заказ 10482A готов. Код 77" || m.DedupeKey != "rule/7/order/10482" ||
		m.Channel != device.WhatsApp || !m.ExpiresAt.Equal(noon.Add(24*time.Hour-time.Minute)) {
		t.Fatalf("%+v", m)
	}
}

func TestDecideSaysWhyNot(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*Case)
		want   Reason
		says   string
	}{
		"rule off":      {func(c *Case) { c.Rule.Enabled = false }, RuleOff, "Правило «ready» выключено."},
		"own change":    {func(c *Case) { c.Change.Own = true }, OwnChange, "Статус изменил сам Vestnik."},
		"deleted order": {func(c *Case) { c.Order = Order{ID: 10482, Deleted: true} }, OrderGone, "Заказа больше нет в RetailCRM."},
		"moved on":      {func(c *Case) { c.Order.Status = "sent" }, StatusPassed, "Заказ уже в другом статусе: «sent», сообщение потеряло смысл."},
		"too old":       {func(c *Case) { c.Change.At = noon.Add(-25 * time.Hour) }, TooOld, "Статус изменился слишком давно (20.11 11:00)."},
		"no phone":      {func(c *Case) { c.Order.Phones = []string{"", "  "} }, NoPhone, "Телефон не указан."},
		"junk phone":    {func(c *Case) { c.Order.Phones = []string{"позвонить Ане"} }, BadPhone, "Телефон не похож на настоящий: буквы вместо цифр."},
		"landline, SMS": {func(c *Case) {
			c.Order.Phones = []string{"8 495 123-45-67"}
			c.Rule.Channels = []device.Channel{device.SMS}
		}, Landline, ""},
		"field must be set": {func(c *Case) { delete(c.Order.Fields, "order.custom.code"); c.Rule.IfMissing = DoNotSend }, FieldMissing, "В заказе не заполнено: Код выдачи. Правило просит в таком случае не отправлять."},
		"channels off":      {func(c *Case) { c.Usable = func(device.Channel) bool { return false } }, ChannelsOff, ""},
		"too long for SMS": {func(c *Case) {
			c.Rule.Channels = []device.Channel{device.SMS}
			c.MaxParts = 0 + 1
			c.Rule.Text += c.Rule.Text + c.Rule.Text
		}, TextTooLong, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kase := readyCase()
			c.change(&kase)
			d := Decide(kase)
			if d.Verdict != Skip || d.Reason != c.want || d.Message != nil {
				t.Fatalf("%s %s", d.Verdict, d.Reason)
			}
			zone, _ := time.LoadLocation("Europe/Moscow")
			if says := d.Reason.Sentence(d.Args, "ru", zone); c.says != "" && says != c.says {
				t.Errorf("says %q", says)
			}
		})
	}
}

func TestDecidePrefersAMobileNumber(t *testing.T) {
	t.Parallel()
	c := readyCase()
	c.Order.Phones = []string{"8 495 123-45-67", "", "нет, 8 912 345 67 89"}
	if d := Decide(c); d.Message == nil || d.Message.To != "+79123456789" {
		t.Fatalf("%+v", d)
	}
}

func TestEveryReasonHasWords(t *testing.T) {
	t.Parallel()
	for r, words := range reasonWords {
		for _, w := range words {
			if w == "" {
				t.Errorf("%s has no words", r)
			}
		}
	}
	for _, r := range []Reason{StatusReached, InQueue, WasAccepted, AskPerson, EffectRefused, SMSNotDelivered, TicketFound, TicketInternal, RaiseCritical, AlarmTooOften} {
		if _, ok := reasonWords[r]; !ok {
			t.Errorf("%s has no words", r)
		}
	}
}

func TestHoursAcrossMidnightAndSummerTime(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	at := func(s string) time.Time {
		tm, err := time.ParseInLocation("2006-01-02 15:04", s, berlin)
		if err != nil {
			t.Fatal(err)
		}
		return tm
	}
	for _, c := range []struct {
		from, to  string
		now, want string
	}{
		{"09:00", "21:00", "2026-11-21 08:59", "2026-11-21 09:00"},
		{"09:00", "21:00", "2026-11-21 09:00", "2026-11-21 09:00"},
		{"09:00", "21:00", "2026-11-21 21:00", "2026-11-22 09:00"},
		{"22:00", "02:00", "2026-11-21 01:30", "2026-11-21 01:30"},
		{"22:00", "02:00", "2026-11-21 12:00", "2026-11-21 22:00"},
		{"02:30", "04:00", "2026-03-29 01:00", "2026-03-29 03:00"}, // 02:30 does not exist that night, three o'clock is within
		{"02:30", "04:00", "2026-10-25 01:00", "2026-10-25 02:30"},
		{"00:00", "00:00", "2026-11-21 03:00", "2026-11-21 03:00"},
	} {
		from, err1 := ParseClock(c.from)
		to, err2 := ParseClock(c.to)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		if got := (Hours{from, to}).Next(at(c.now), berlin); got.In(berlin).Format("2006-01-02 15:04") != c.want {
			t.Errorf("%s-%s at %s: %s, want %s", c.from, c.to, c.now, got, c.want)
		}
	}
}

func TestNumbersAreWrittenAsTheLanguageDoes(t *testing.T) {
	t.Parallel()
	for lang, want := range map[string]string{"ru": "Сеть приняла, SMS, за 0,8 с.", "en": "Accepted by the network, SMS, in 0.8 s."} {
		if got := WasAccepted.Sentence(Args{"channel": "sms", "took": "0.8"}, lang, nil); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
