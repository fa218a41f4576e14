package app_test

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vestnik/bot"
	"vestnik/device"
	"vestnik/gateway"
	"vestnik/internal/app"
)

func newBook(t *testing.T) *app.Book {
	t.Helper()
	book, err := app.OpenBook(t.Context(), t.TempDir(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { book.Close() })
	return book
}

func apply(t *testing.T, book *app.Book, file string) {
	t.Helper()
	if _, err := app.ApplyConfig(t.Context(), book, []byte(file), "test"); err != nil {
		t.Fatal(err)
	}
}

func TestTheBotsShortFormIsAScript(t *testing.T) {
	t.Parallel()
	book := newBook(t)
	apply(t, book, `
shop: {language: ru}
bot:
  welcome: "Здравствуйте! Напишите номер команды:"
  commands:
    - {number: 1, title: "Где мой заказ?", answer: {order_status: true}}
    - {number: 2, title: "Адрес и часы", answer: {text: "Лесная, 12, с 10 до 21"}}
    - {number: 9, title: "Позвать оператора", answer: {operator: true}}
`)
	s, version, saved, err := book.ScriptNow(t.Context())
	if err != nil || !saved || version != 1 || !s.On {
		t.Fatalf("version %d, saved %v, on %v, %v", version, saved, s.On, err)
	}
	b, err := bot.New(s)
	if err != nil {
		t.Fatal(err)
	}
	facts := bot.Facts{Now: time.Now(), CRM: true, OrdersKnown: true, Operators: 1}
	hello := b.Reply(bot.Conversation{}, bot.Message{ID: "1", From: bot.FromCustomer, Text: "привет"}, facts)
	if len(hello.Texts) != 1 || !strings.HasPrefix(hello.Texts[0], "Здравствуйте! Напишите номер команды:") || !strings.Contains(hello.Texts[0], "9. Позвать оператора") {
		t.Errorf("%q", hello.Texts)
	}
	if hours := b.Reply(hello.Next, bot.Message{ID: "2", From: bot.FromCustomer, Text: "/2"}, facts); len(hours.Texts) != 1 || hours.Texts[0] != "Лесная, 12, с 10 до 21" {
		t.Errorf("%q", hours.Texts)
	}
	// A file that leaves the bot out leaves it as it is, and off stays off.
	apply(t, book, `bot: {enabled: false}`)
	apply(t, book, `shop: {name: "Лавка"}`)
	if s, _, _, err := book.ScriptNow(t.Context()); err != nil || s.On || len(s.Commands) != 3 {
		t.Errorf("on %v, %d commands, %v", s.On, len(s.Commands), err)
	}
}

// wholeScript has something of everything that a manager may edit.
func wholeScript() bot.Script {
	s := bot.DefaultScript("ru")
	s.On = true
	s.Open = bot.Week{Except: []bot.Day{{Date: "2026-12-31", Spans: []bot.Span{{From: 600, To: 900}}}, {Date: "2027-01-01"}}}
	s.Open.Days[1] = []bot.Span{{From: 540, To: 780}, {From: 840, To: 1260}}
	s.Open.Days[6] = []bot.Span{{From: 1320, To: 120}}
	s.Lines[bot.LineMarkThanks] = bot.Local{"ru": "Спасибо!", "en": "Thanks!"}
	s.Commands = []bot.Command{
		{ID: "n1", Number: 1, Title: bot.Local{"ru": "Заказ", "en": "Order"}, Words: []string{"где"}, Audience: bot.AudienceAll, Answer: bot.Answer{Kind: bot.AnswerOrder}},
		{ID: "points", Number: 2, Title: bot.Local{"ru": "Пункты"}, Words: []string{}, Audience: bot.AudienceOrders, Hours: bot.Daily(600, 1200), Answer: bot.Answer{
			Kind: bot.AnswerPoints, Text: bot.Local{"ru": "Ждём вас:"},
			Points: []bot.Point{{Name: bot.Local{"ru": "Лесная"}, Address: bot.Local{"ru": "Лесная, 12"}, Hours: bot.Local{"ru": "10–21"}, Phone: "+79031112233", Link: "https://maps.example/1"}},
		}},
		{ID: "more", Number: 3, Title: bot.Local{"ru": "Ещё"}, Words: []string{}, Audience: bot.AudienceTryOut, Answer: bot.Answer{Kind: bot.AnswerList, List: []bot.Command{
			{ID: "mark", Number: 1, Title: bot.Local{"ru": "Оценить"}, Words: []string{}, Audience: bot.AudienceAll, Answer: bot.Answer{Kind: bot.AnswerQuestion, About: []bot.Subject{bot.AboutShop, bot.AboutCourier}}},
			{ID: "site", Number: 2, Title: bot.Local{"ru": "Сайт"}, Words: []string{}, Audience: bot.AudienceAll, Answer: bot.Answer{Kind: bot.AnswerLink, Link: "https://lavka.example"}},
		}}},
		{ID: "later", Number: 4, Title: bot.Local{"ru": "Скоро"}, Words: []string{}, Audience: bot.AudienceAll, Answer: bot.Answer{Kind: bot.AnswerPoints, Text: bot.Local{"ru": "Скоро откроемся"}}},
		{ID: "person", Number: 9, Title: bot.Local{"ru": "Человек"}, Words: []string{}, Audience: bot.AudienceAll, Answer: bot.Answer{Kind: bot.AnswerPerson}},
	}
	s.AgainAfter, s.HumanFor = 30*time.Hour, 90*time.Minute
	s.Limits.PerMinute, s.Limits.LookupsPerDay = 5, 7
	s.Marks.ReviewLink = "https://lavka.example/otzyv"
	s.Marks.Ask = bot.AskRule{
		On: true, Statuses: []string{"delivered", "complete"}, After: time.Hour, Hours: gateway.Hours{From: 660, To: 1140},
		About: []bot.Subject{bot.AboutShop}, ShopField: "nps",
	}
	s.TryOut = []device.Phone{"+79161234567"}
	return s
}

func TestTheWholeScriptComesBackOutOfItsFile(t *testing.T) {
	t.Parallel()
	from, to := newBook(t), newBook(t)
	want := wholeScript()
	if _, err := from.SaveScript(t.Context(), want, 0, "test"); err != nil {
		t.Fatal(err)
	}
	file, err := app.ExportConfig(t.Context(), from)
	if err != nil {
		t.Fatal(err)
	}
	apply(t, to, string(file))
	got, _, _, err := to.ScriptNow(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s\n%s", diff, file)
	}
	if changed, err := app.ApplyConfig(t.Context(), to, file, "test"); err != nil || len(changed) != 0 {
		t.Errorf("the second time: %q, %v", changed, err)
	}
}

func TestMistakesInTheBotsFileAreNamedAndChangeNothing(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ file, says string }{
		{`bot: {commands: [{number: 1, title: "А", answer: {order_status: true, operator: true}}]}`, "bot.commands[0].answer: give one of"},
		{`bot: {commands: [{number: 1, title: "А", answer: {text: "а"}}, {number: 1, title: "Б", answer: {text: "б"}}]}`, "bot.commands[1].number"},
		{`bot: {open: {mon: ["с девяти"]}}`, "is no span"},
		{`bot: {welcome: {fr: "Bonjour"}}`, `no texts in "fr"`},
		{`bot: {welcom: "Здравствуйте"}`, `line 1: unknown key "welcom"`},
		{`bot: {marks: {review_link: "http://lavka.example"}}`, "bot.marks.review_link"},
		{`chats: {mirror: sideways}`, "chats.mirror"},
		{`chats: {mirror: webhook}`, "chats.webhook_url"},
	} {
		book := newBook(t)
		if _, err := app.ApplyConfig(t.Context(), book, []byte("shop: {name: Лавка}\n"+c.file), "test"); err == nil || !strings.Contains(err.Error(), strings.ReplaceAll(c.says, "line 1", "line 2")) {
			t.Errorf("%s: %v", c.file, err)
		}
		if s, err := book.Settings(t.Context()); err != nil || s.Shop.Name != "" {
			t.Errorf("%s: the shop is called %q, %v", c.file, s.Shop.Name, err)
		}
	}
}
