package bot

import (
	"testing"
	"time"

	"vestnik/device"
)

// testScript is the shop of the tests: the default script and one command of every
// kind.
func testScript(lang string) Script {
	s := DefaultScript(lang)
	s.Marks.ReviewLink = "https://lavka.example/review"
	s.TryOut = []device.Phone{"+79160000001"}
	points := &s.Commands[1]
	points.Answer.Text = nil
	points.Answer.Points = []Point{{
		Address: Local{Russian: "Садовая, 40", English: "40 Sadovaya St"},
		Hours:   Local{Russian: "пн–пт 10–20, сб 11–18", English: "Mon–Fri 10–20, Sat 11–18"}, Phone: "+7 495 000-00-00",
	}}
	text := func(id string, n int, ru, en, answerRu, answerEn string, words ...string) Command {
		return Command{
			ID: id, Number: n, Title: Local{Russian: ru, English: en}, Words: words, Audience: AudienceAll,
			Answer: Answer{Kind: AnswerText, Text: Local{Russian: answerRu, English: answerEn}},
		}
	}
	call := text("call", 8, "Заказать звонок", "Call me back", "Перезвоним в течение часа.", "We will call you within an hour.", "перезвоните", "перезвоните мне", "call me")
	call.Hours = Week{Days: [7][]Span{1: {{From: 600, To: 1080}}, 2: {{From: 600, To: 1080}}, 3: {{From: 600, To: 1080}}, 4: {{From: 600, To: 1080}}, 5: {{From: 600, To: 1080}}}}
	repeat := text("repeat", 6, "Повторить заказ", "Order again",
		"Повторим заказ {{order.number}}? Напишите «оператор», и мы всё оформим.", "Shall we repeat order {{order.number}}? Write “operator”.", "повторить", "повтори заказ", "repeat", "same again")
	repeat.Audience = AudienceOrders
	novelty := text("new", 7, "Новинки", "News", "Новый мёд уже здесь.", "New honey is here.", "новинка", "что нового", "what is new")
	novelty.Audience = AudienceTryOut
	last := s.Commands[2]
	s.Commands = append(s.Commands[:2:2],
		Command{
			ID: "delivery", Number: 3, Title: Local{Russian: "Доставка и оплата", English: "Delivery and payment"}, Audience: AudienceAll,
			Answer: Answer{Kind: AnswerList, Text: Local{Russian: "О чём рассказать?", English: "What about?"}, List: []Command{
				text("delivery-cost", 1, "Сколько стоит доставка", "Cost of delivery", "По городу 300 ₽, от 3000 ₽ бесплатно.", "300 ₽ in town, free from 3000 ₽.", "доставка", "стоимость доставки", "цена доставки", "delivery", "delivery cost", "shipping"),
				text("payment", 2, "Как оплатить", "How to pay", "Картой на сайте или курьеру.", "By card on the site or to the courier.", "оплата", "можно картой", "payment", "pay by card"),
				text("returns", 3, "Возврат", "Returns", "Вернуть можно за 14 дней.", "You may return it within 14 days.", "вернуть товар", "возврат товара", "refund"),
			}},
		},
		Command{
			ID: "catalog", Number: 4, Title: Local{Russian: "Каталог", English: "Catalogue"}, Audience: AudienceAll, Words: []string{"товары", "прайс", "catalog", "products"},
			Answer: Answer{Kind: AnswerLink, Text: Local{Russian: "Наш каталог:", English: "Our catalogue:"}, Link: "https://lavka.example/catalog"},
		},
		Command{
			ID: "mark", Number: 5, Title: Local{Russian: "Поставить оценку", English: "Give a mark"}, Audience: AudienceAll, Words: []string{"оценить", "оставить отзыв", "review", "feedback"},
			Answer: Answer{Kind: AnswerQuestion, About: []Subject{AboutShop}},
		},
		repeat, novelty, call, last)
	return s
}

func testBot(t testing.TB, lang string) *Bot {
	t.Helper()
	b, err := New(testScript(lang))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// testWeek is when people of the shop answer.
func testWeek() Week {
	day := []Span{{From: 600, To: 1200}}
	return Week{
		Days:   [7][]Span{1: day, 2: day, 3: day, 4: day, 5: day, 6: {{From: 660, To: 1080}}},
		Except: []Day{{Date: "2026-12-31"}, {Date: "2026-12-30", Spans: []Span{{From: 600, To: 900}}}},
	}
}

// moscow is a zone that every machine has.
var moscow = time.FixedZone("MSK", 3*60*60)

func monday() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, moscow) }
