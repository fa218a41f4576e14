package bot

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"vestnik/device"
	"vestnik/gateway"
)

// saidWords are what customers of the properties write, beside random text.
var saidWords = []string{
	"Привет", "1", "2", "3", "/1", "5", "5 и 4", "0", "меню", "оператор", "спасибо", "стоп", "старт", "где заказ", "10482", "20001 4567", "4567",
	"адрес и каталог", "что-то непонятное", "совсем другое непонятное", "⭐⭐⭐", "Я на связи с 9 до 18", "Hello", "where is my order", "no thanks", "???", "",
	"курьер 3, магазин 5", "2, мятая коробка", "3.1", "77", "повторить", "перезвоните",
}

// someMessage draws a message of any sender.
func someMessage(t *rapid.T, id int, now time.Time) Message {
	in := Message{
		ID: fmt.Sprint(id), Channel: device.WhatsApp, Phone: "+79161234567",
		From: rapid.SampledFrom([]Sender{FromCustomer, FromCustomer, FromCustomer, FromCustomer, FromCustomer, FromCustomer, FromPhone, FromOperator, FromUs, FromSystem}).Draw(t, "from"),
		At:   now.Add(-time.Duration(rapid.SampledFrom([]int{0, 0, 0, 1, 3600}).Draw(t, "late")) * time.Second),
	}
	switch in.From {
	case FromSystem:
		in.Event = rapid.SampledFrom([]Event{EventClosed, EventAssigned, EventReturned, EventReleased, EventCRMBack, EventOther}).Draw(t, "event")
	default:
		in.Text = rapid.OneOf(rapid.SampledFrom(saidWords), rapid.SampledFrom(saidWords), rapid.String()).Draw(t, "text")
		in.Media = rapid.SampledFrom([]string{"", "", "", "", "", "voice", "sticker", "image"}).Draw(t, "media")
		in.Payload = rapid.SampledFrom([]string{"", "", "", "", "", "cmd:points", "cmd:delivery", "list:", "mark:4", "order:100", "x:y"}).Draw(t, "payload")
		in.Group = rapid.IntRange(0, 19).Draw(t, "group") == 0
	}
	return in
}

// someFacts draws how things stand.
func someFacts(t *rapid.T, now time.Time) Facts {
	f := Facts{
		Now: now, Zone: moscow, Open: testWeek(), CRM: rapid.IntRange(0, 4).Draw(t, "crm") > 0, Operators: rapid.IntRange(0, 1).Draw(t, "operators"),
		Person: Person{
			Fields:   map[string]string{"customer.firstName": "Анна"},
			OptedOut: rapid.IntRange(0, 9).Draw(t, "out") == 0, Erased: rapid.IntRange(0, 9).Draw(t, "erased") == 0,
		},
		Channel: Abilities{
			Suggestions: rapid.SampledFrom([]int{0, 0, 3, 13}).Draw(t, "taps"), MaxTitle: rapid.SampledFrom([]int{0, 20}).Draw(t, "title"),
			MaxChars: rapid.SampledFrom([]int{0, 40, 70, 160, 4096}).Draw(t, "chars"),
		},
		OrdersKnown: rapid.Bool().Draw(t, "known"),
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "orders") {
		f.Orders = append(f.Orders, Order{ID: gateway.OrderID(100 + i), Number: fmt.Sprint(10482 + i), Status: "Собирается"})
	}
	return f
}

// answer calls Reply until it needs nothing more.
func answer(t *rapid.T, b *Bot, c Conversation, in Message, f Facts) Reply {
	for range 4 {
		r := b.Reply(c, in, f)
		if r.Need == nil {
			return r
		}
		if len(r.Texts)+len(r.Actions)+len(r.Suggestions) > 0 {
			t.Fatalf("a need with something else: %+v", r)
		}
		switch r.Need.Kind {
		case NeedOrders:
			f.OrdersKnown = true
		case NeedLookup:
			f.Lookup = Lookup{
				Number: r.Need.Number, Last4: r.Need.Last4, Order: Order{Number: r.Need.Number, Status: "В пути"},
				State: rapid.SampledFrom([]LookupState{LookupFound, LookupNotFound, LookupNotFound, LookupUnavailable, LookupLimited}).Draw(t, "lookup"),
			}
		}
	}
	t.Fatalf("Reply always needs more: %+v", in)
	return Reply{}
}

// TestWhateverHappens plays random conversations and watches the promises of the bot.
func TestWhateverHappens(t *testing.T) {
	t.Parallel()
	script := testScript(Russian)
	script.Limits.PerMinute, script.Limits.PerDay = 5, 25
	b, err := New(script)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		var c Conversation
		now := monday()
		w := watch{t: t, bot: b}
		for id := range rapid.IntRange(1, 60).Draw(t, "messages") {
			pause := rapid.SampledFrom([]time.Duration{0, 100 * time.Millisecond, time.Second, 7 * time.Second, time.Minute, 20 * time.Minute, 5 * time.Hour, 8 * 24 * time.Hour}).Draw(t, "pause")
			now = now.Add(pause)
			f := someFacts(t, now)
			if rapid.IntRange(0, 9).Draw(t, "ask") == 0 {
				r := b.AskMark(c, Order{ID: gateway.OrderID(id), Number: "10482"}, []Subject{AboutShop, AboutCourier}, f)
				w.asked(c, f, r)
				c = r.Next
				continue
			}
			in := someMessage(t, rapid.IntRange(max(0, id-1), id).Draw(t, "id"), now)
			r := answer(t, b, c, in, f)
			w.answered(c, in, f, r)
			c = r.Next
		}
	})
}

// watch remembers what was said.
type watch struct {
	t        *rapid.T
	bot      *Bot
	welcomes []time.Time
	times    []time.Time
	last     string
	lastAt   time.Time
}

func (w *watch) asked(c Conversation, f Facts, r Reply) {
	if _, _, silent := c.Silent(f.Now); silent && len(r.Texts) > 0 {
		w.t.Fatalf("asked for a mark in mode %s: %q", c.Mode, r.Texts)
	}
	if (f.Person.OptedOut || f.Person.Erased) && len(r.Texts) > 0 {
		w.t.Fatal("asked one for a mark who wants nothing but answers")
	}
	if len(r.Texts) > 0 {
		w.last, w.lastAt = strings.Join(r.Texts, "\n\n"), f.Now
	}
	w.always(c, f, r)
}

func (w *watch) answered(c Conversation, in Message, f Facts, r Reply) {
	t := w.t
	w.always(c, f, r)
	if len(r.Texts) == 0 {
		return
	}
	_, _, silent := c.Silent(f.Now)
	switch {
	case in.From == FromUs, in.From == FromPhone, in.From == FromOperator, in.Group:
		t.Fatalf("answered %s (group %v): %q", in.From, in.Group, r.Texts)
	case in.From == FromSystem && in.Event != EventCRMBack:
		t.Fatalf("answered the event %s: %q", in.Event, r.Texts)
	case silent:
		t.Fatalf("talked in mode %s: %q", c.Mode, r.Texts)
	case slices.Contains(c.Seen, in.ID):
		t.Fatalf("answered a message twice: %q", r.Texts)
	}
	whole := strings.Join(r.Texts, "\n\n")
	shown := whole + fmt.Sprint(r.Suggestions) // other buttons under the same words are another answer
	if shown == w.last && f.Now.Sub(w.lastAt) < w.bot.script.Limits.SameWithin {
		t.Fatalf("the same twice in a row: %q", shown)
	}
	w.last, w.lastAt = shown, f.Now
	if strings.Contains(whole, "отвечает бот.") && strings.HasPrefix(whole, "Здравствуйте") || strings.HasPrefix(whole, "Hello") {
		if n := len(w.welcomes); n > 0 && f.Now.Sub(w.welcomes[n-1]) < w.bot.script.AgainAfter {
			t.Fatalf("welcomed again after %s", f.Now.Sub(w.welcomes[n-1]))
		}
		w.welcomes = append(w.welcomes, f.Now)
	}
	if f.Person.Erased && strings.Contains(whole, "Анна") {
		t.Fatalf("an erased person was called by name: %q", whole)
	}
	w.times = append(w.times, f.Now)
	minute, day := 0, 0
	for _, at := range w.times {
		if f.Now.Sub(at) < time.Minute {
			minute++
		}
		if at.In(moscow).Format(time.DateOnly) == f.Now.In(moscow).Format(time.DateOnly) {
			day++
		}
	}
	if limits := w.bot.script.Limits; minute > limits.PerMinute || day > limits.PerDay {
		t.Fatalf("%d answers in a minute, %d in a day", minute, day)
	}
}

// always is what holds for every reply.
func (w *watch) always(c Conversation, f Facts, r Reply) {
	t := w.t
	limit := f.Channel.MaxChars
	if limit == 0 {
		limit = usualChars
	}
	if len(r.Texts) > 2 {
		t.Fatalf("%d texts", len(r.Texts))
	}
	for _, text := range r.Texts {
		if n := utf8.RuneCountInString(text); n > limit || strings.TrimSpace(text) == "" {
			t.Fatalf("a text of %d characters, %d are allowed: %q", n, limit, text)
		}
		if strings.Contains(text, "{{") || strings.Contains(text, "}}") {
			t.Fatalf("a place was not filled: %q", text)
		}
	}
	if len(r.Suggestions) > 0 && len(r.Texts) == 0 || len(r.Suggestions) > f.Channel.Suggestions {
		t.Fatalf("%d suggestions under %d texts, %d are allowed", len(r.Suggestions), len(r.Texts), f.Channel.Suggestions)
	}
	if _, ok := reasonWords[r.Why.Reason]; !ok {
		t.Fatalf("no words for the reason %q", r.Why.Reason)
	}
	for _, a := range r.Actions {
		if a.Kind == ActKeepMark && (a.Mark < 1 || a.Mark > 5 || a.About == "") || a.Kind == ActReview && (f.Person.OptedOut || f.Person.Erased) {
			t.Fatalf("action %+v", a)
		}
	}
	data, err := json.Marshal(r.Next)
	if err != nil {
		t.Fatal(err)
	}
	back, err := ParseConversation(data)
	if err != nil {
		t.Fatal(err)
	}
	if again, _ := json.Marshal(back); string(again) != string(data) {
		t.Fatalf("a conversation changed by being kept:\n%s\n%s", data, again)
	}
	if len(data) > 8<<10 {
		t.Fatalf("a conversation of %d bytes", len(data))
	}
}

// FuzzReply: no text makes the bot fail, and the promises about texts hold.
func FuzzReply(f *testing.F) {
	for _, w := range saidWords {
		f.Add(w, "cmd:order", "", false)
	}
	f.Add("5, \xff\xfe", "mark:5", "image", true)
	f.Add("１０４８２ ٤٥٦٧", "order:100", "", true)
	f.Add(strings.Repeat("заказ ", 500), "", "", true)
	f.Add("5️⃣/4️⃣", "", "", true)
	b := testBot(f, Russian)
	facts := Facts{Now: monday(), Zone: moscow, Open: testWeek(), CRM: true, OrdersKnown: true, Orders: []Order{{ID: 100, Number: "10482", Status: "Собирается"}}, Channel: Abilities{MaxChars: 70}}
	f.Fuzz(func(t *testing.T, text, payload, media string, asked bool) {
		var c Conversation
		if asked {
			c = b.AskMark(c, Order{ID: 100, Number: "10482"}, []Subject{AboutShop, AboutCourier}, facts).Next
		}
		for i, in := range []Message{
			{ID: "1", From: FromCustomer, Text: text, Media: media, At: facts.Now},
			{ID: "2", From: FromCustomer, Payload: payload, At: facts.Now},
			{ID: "3", From: FromCustomer, Text: text + "?", At: facts.Now},
		} {
			now := facts
			now.Now = now.Now.Add(time.Duration(i) * 10 * time.Second)
			r := b.Reply(c, in, now)
			if r.Need != nil {
				now.Lookup = Lookup{State: LookupNotFound, Number: r.Need.Number, Last4: r.Need.Last4}
				r = b.Reply(c, in, now)
			}
			if r.Need != nil || len(r.Texts) > 2 {
				t.Fatalf("%+v", r)
			}
			for _, said := range r.Texts {
				if utf8.RuneCountInString(said) > 70 {
					t.Fatalf("too long: %q", said)
				}
			}
			for _, a := range r.Actions {
				if kept := a.Phrase + a.Comment; !utf8.ValidString(kept) || strings.Contains(kept, "\x00") {
					t.Fatalf("no text to be kept: %q", kept)
				}
			}
			if _, err := json.Marshal(r); err != nil {
				t.Fatal(err)
			}
			c = r.Next
		}
	})
}

// FuzzParseConversation: what was kept by another version or a broken disk is no
// reason to fail.
func FuzzParseConversation(f *testing.F) {
	b := testBot(f, Russian)
	c := b.AskMark(Conversation{}, Order{ID: 100, Number: "10482"}, []Subject{AboutShop}, Facts{Now: monday(), Zone: moscow}).Next
	data, _ := json.Marshal(c)
	f.Add(data)
	f.Add([]byte(`{"v":7,"mode":"human","until":"2026-11-23T12:00:00Z"}`))
	f.Add([]byte(`{"v":1,"mark":{"about":[]},"question":{"kind":"which"},"said":[]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := ParseConversation(data)
		if err != nil {
			return
		}
		for _, text := range []string{"5", "1", "/2", "привет", "10482 4567"} {
			b.Reply(c, Message{ID: "x", From: FromCustomer, Text: text, At: monday()}, Facts{Now: monday(), Zone: moscow, OrdersKnown: true})
		}
	})
}

// BenchmarkReply is one sentence in a conversation that is under way.
func BenchmarkReply(b *testing.B) {
	bot := testBot(b, Russian)
	f := Facts{Now: monday(), Zone: moscow, Open: testWeek(), CRM: true, OrdersKnown: true, Orders: []Order{{ID: 100, Number: "10482", Status: "Собирается"}}}
	for name, text := range map[string]string{
		"number": "1", "longest": strings.Repeat("сломалась молния на ", 20), "words": "Добрый день, подскажите пожалуйста, когда привезут мой заказ?", "unknown": "у вас сломалась молния на рюкзаке, она разошлась посередине, что мне с этим делать",
	} {
		b.Run(name, func(b *testing.B) {
			c := bot.Reply(Conversation{}, Message{ID: "0", From: FromCustomer, Text: "Привет", At: f.Now}, f).Next
			now := f
			now.Now = now.Now.Add(time.Minute)
			for b.Loop() {
				bot.Reply(c, Message{ID: "1", From: FromCustomer, Text: text, At: now.Now}, now)
			}
		})
	}
}
