package bot

import (
	"time"

	"vestnik/gateway"
)

// DefaultScript is what a new shop starts from: a list of three commands, and every
// sentence in Russian and English. lang is the shop's own language; any but "en" is
// Russian.
func DefaultScript(lang string) Script {
	languages := []string{Russian, English}
	if lang == English {
		languages = []string{English, Russian}
	}
	return Script{
		Open:        Daily(9*60, 21*60),
		Languages:   languages,
		Lines:       defaultLines(),
		AgainAfter:  7 * 24 * time.Hour,
		Commands:    defaultCommands(),
		StopWords:   []string{"стоп", "stop", "отписаться", "отписка", "отпишите меня", "стоп реклама", "не присылайте рекламу", "не пишите мне", "больше не пишите", "unsubscribe", "stop ads", "no more ads", "opt out"},
		StartWords:  []string{"старт", "подписаться", "подпишите меня", "start", "subscribe", "opt in"},
		PersonWords: personWords(),
		ListWords:   []string{"меню", "список", "список команд", "помощь", "команды", "что ты умеешь", "что вы умеете", "menu", "list", "help", "commands", "what can you do"},
		HumanFor:    4 * time.Hour,
		Limits: Limits{
			PerMinute: 8, PerDay: 60, SameWithin: 10 * time.Minute, Silence: time.Hour,
			LookupsPerHour: 3, LookupsPerDay: 10, ListValid: 30 * time.Minute,
		},
		Marks: MarkRules{Valid: 7 * 24 * time.Hour, CorrectWithin: 10 * time.Minute, Ask: AskRule{
			After: 2 * time.Hour, Hours: gateway.Hours{From: 10 * 60, To: 20 * 60}, About: []Subject{AboutShop, AboutCourier},
			ShopField: "shop_mark", CourierField: "courier_mark", CommentField: "mark_comment",
		}},
	}
}

func personWords() []string {
	return []string{
		"оператор", "оператора", "позовите оператора", "человек", "человека", "живой человек", "менеджер", "менеджера", "позвать менеджера",
		"сотрудник", "сотрудника", "консультант", "консультанта", "поговорить с человеком", "хочу поговорить с человеком", "свяжите с менеджером",
		"operator", "person", "human", "agent", "manager", "real person", "talk to a person", "talk to a human", "speak to a person", "speak to someone", "customer service",
	}
}

func defaultCommands() []Command {
	return []Command{
		{
			ID: "order", Number: 1, Title: Local{Russian: "Где мой заказ?", English: "Where is my order?"}, Audience: AudienceAll,
			Words: []string{
				"заказ", "мой заказ", "где заказ", "статус", "статус заказа", "когда привезут", "когда привезете", "когда будет заказ", "что с заказом", "где посылка", "готов ли заказ", "отследить",
				"order", "my order", "order status", "status", "track", "track order", "where is my parcel", "when will it arrive", "is my order ready",
			},
			Answer: Answer{Kind: AnswerOrder},
		},
		{
			ID: "points", Number: 2, Title: Local{Russian: "Адрес и часы работы", English: "Address and opening hours"}, Audience: AudienceAll,
			Words: []string{
				"адрес", "адреса", "где вы находитесь", "как вас найти", "как добраться", "часы", "часы работы", "график", "режим работы", "до скольки", "до скольки работаете", "когда открыто", "вы открыты", "самовывоз", "пункт выдачи",
				"address", "where are you", "how to find you", "hours", "opening hours", "when are you open", "are you open", "pickup", "pick up point",
			},
			Answer: Answer{Kind: AnswerPoints, Text: Local{
				Russian: "{{shop.address|default:\"Адрес уточнит сотрудник: напишите «оператор».\"}}",
				English: "{{shop.address|default:\"One of us can tell you the address: write “operator”.\"}}",
			}},
		},
		{
			ID: "person", Number: 9, Title: Local{Russian: "Позвать сотрудника", English: "Talk to a person"}, Audience: AudienceAll,
			Answer: Answer{Kind: AnswerPerson},
		},
	}
}

// defaultLines has every sentence that the bot says by itself. They are short, since the
// same text may go out as an SMS.
func defaultLines() map[Line]Local {
	line := func(ru, en string) Local { return Local{Russian: ru, English: en} }
	return map[Line]Local{
		LineWelcome: line(
			"Здравствуйте, {{customer.firstName}}! Это {{shop.name|default:\"магазин\"}}, вам отвечает бот.",
			"Hello, {{customer.firstName}}! This is {{shop.name|default:\"the shop\"}}, a bot is answering."),
		LineListHeader:    line("Напишите цифру:", "Write a number:"),
		LineListTap:       line("Чем помочь?", "How can I help?"),
		LineListBack:      line("Назад", "Back"),
		LineNotUnderstood: line("Я вас не понял. Вот что я умею.", "I did not get that. This is what I can do."),
		LineWhich:         line("Уточните, пожалуйста:", "Which one, please?"),
		LineSame:          line("Ответ тот же, он чуть выше.", "The answer is the same, it is just above."),
		LineTooMany:       line("Не успеваю за вами. Напишите чуть позже, пожалуйста.", "You are too quick for me. Please write again a little later."),
		LineBack:          line("Снова отвечает бот.", "The bot is back."),
		LineMedia:         line("Я понимаю только текст. Напишите словами или позовите сотрудника: «оператор».", "I understand text only. Write it in words, or call one of us: “operator”."),
		LineClosedNow:     line("«{{command.title}}» сейчас недоступно. Откроется {{command.opens|default:\"позже\"}}.", "“{{command.title}}” is not available now. It opens {{command.opens|default:\"later\"}}."),

		LineHandOver: line("Передал сотруднику, он ответит здесь.", "I have called one of us, the answer comes here."),
		LineBusy:     line("Передал сотруднику. Сейчас все заняты, ответим здесь, как только сможем.", "I have called one of us. Everybody is busy now, the answer comes here as soon as we can."),
		LineClosed:   line("Сейчас мы закрыты. Ответим здесь, когда откроемся: {{shop.opens|default:\"скоро\"}}.", "We are closed now. The answer comes here when we open: {{shop.opens|default:\"soon\"}}."),
		LineLost:     line("Не смог понять, поэтому зову человека.", "I could not understand, so I call a person."),

		LineOrder:         line("Заказ {{order.number}}: {{order.status}}.", "Order {{order.number}}: {{order.status}}."),
		LineOrderFound:    line("Заказ {{order.number}}: {{order.status}}.", "Order {{order.number}}: {{order.status}}."),
		LineOrderWhich:    line("О каком заказе рассказать?", "Which order?"),
		LineOrderAsk:      line("На ваш номер заказов нет. Напишите номер заказа и последние 4 цифры телефона, на который он оформлен, например: 10482 4567", "There are no orders on your number. Write the order's number and the last 4 digits of its phone, such as: 10482 4567"),
		LineOrderDigits:   line("Напишите последние 4 цифры телефона, на который оформлен заказ {{order.number}}.", "Write the last 4 digits of the phone that order {{order.number}} was made with."),
		LineOrderNotFound: line("Заказа {{order.number}} с телефоном на {{order.digits}} не нашлось. Проверьте и напишите ещё раз или позовите сотрудника: «оператор».", "There is no order {{order.number}} with a phone that ends in {{order.digits}}. Check and write again, or call one of us: “operator”."),
		LineOrderLimited:  line("Слишком много попыток. Попробуйте позже или позовите сотрудника: «оператор».", "Too many tries. Try again later, or call one of us: “operator”."),
		LineCRMAway:       line("Сейчас я не вижу заказов: нет связи с нашей базой. Напишу сюда, как только она вернётся.", "I cannot see the orders now: our database is away. I will write here as soon as it is back."),
		LineCRMBack:       line("Связь вернулась.", "Our database is back."),

		LineStop:  line("Рекламы больше не будет. О ваших заказах писать продолжим. Передумаете — напишите «старт».", "No more advertising. We still write about your orders. If you change your mind, write “start”."),
		LineStart: line("Снова будем рассказывать о новинках и скидках. Надоест — напишите «стоп».", "We will tell you about news and discounts again. Had enough? Write “stop”."),

		LineMarkShop:    line("Как вам заказ {{order.number}}? Оцените магазин от 1 до 5. Если не хотите, напишите 0.", "How was order {{order.number}}? Mark the shop from 1 to 5. If you would rather not, write 0."),
		LineMarkCourier: line("А курьера? От 1 до 5. Если не хотите, напишите 0.", "And the courier? From 1 to 5. If you would rather not, write 0."),
		LineMarkBoth:    line("Как вам заказ {{order.number}}? Оцените магазин и курьера от 1 до 5, например: 5 и 4. Если не хотите, напишите 0.", "How was order {{order.number}}? Mark the shop and the courier from 1 to 5, such as: 5 and 4. If you would rather not, write 0."),
		LineMarkRange:   line("Нужно число от 1 до 5. Если не хотите, напишите 0.", "It takes a number from 1 to 5. If you would rather not, write 0."),
		LineMarkThanks:  line("Спасибо за оценку!", "Thank you for the mark!"),
		LineMarkReview:  line("Будем рады отзыву: {{review.link}}", "We would be glad of a review: {{review.link}}"),
		LineMarkSorry:   line("Спасибо, что сказали. Что пошло не так? Ваш ответ прочитает сотрудник.", "Thank you for telling us. What went wrong? One of us will read your answer."),
		LineMarkFixed:   line("Исправил оценку.", "I have corrected the mark."),
		LineMarkSkip:    line("Хорошо, без оценки.", "All right, no mark."),
		LineComment:     line("Спасибо, передал сотруднику. Нам жаль, что так вышло.", "Thank you, I have passed it on. We are sorry about it."),
	}
}
