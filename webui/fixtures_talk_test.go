package webui

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"vestnik/bot"
	"vestnik/device"
	"vestnik/gateway"
)

// talks is the fake of Talk: a shop's conversations and its bot's script.
type talks struct {
	*shop
	script   bot.Script
	version  int
	versions []ScriptVersion
	list     []gateway.Conversation
	lines    map[gateway.ConversationID][]gateway.TalkLine
	facts    map[gateway.ConversationID]TalkFacts
	phrases  []gateway.UnmatchedPhrase
	uses     []gateway.CommandUse
	tables   []gateway.MarkTable
	marks    []gateway.Mark
	stuck    []gateway.Effect
	channels []gateway.ChatChannel
	problems bot.Problems // what SaveScript finds beside what Check does
}

var _ Talk = (*talks)(nil)

func emptyTalks(s *shop) *talks {
	return &talks{shop: s, script: bot.DefaultScript(bot.Russian), version: 1}
}

func (t *talks) Conversation(_ context.Context, id gateway.ConversationID) (gateway.Conversation, error) {
	for _, c := range t.list {
		if c.ID == id {
			return c, nil
		}
	}
	return gateway.Conversation{}, device.Errorf(device.NotFound, "conversation", "none")
}

func (t *talks) Conversations(_ context.Context, f gateway.ConversationFilter) ([]gateway.Conversation, error) {
	var kept []gateway.Conversation
	for _, c := range t.list {
		switch {
		case f.Only == "waiting" && !c.Waits(), f.Only == "human" && !c.SilentUntil.After(t.now), f.Only == "unread" && c.Unread == 0:
		case f.Search != "" && !strings.Contains(strings.ToLower(c.Name)+string(c.Phone), strings.ToLower(f.Search)):
		default:
			kept = append(kept, c)
		}
	}
	slices.SortStableFunc(kept, func(a, b gateway.Conversation) int {
		if a.Waits() != b.Waits() {
			if a.Waits() {
				return -1
			}
			return 1
		}
		return lastWord(b).Compare(lastWord(a))
	})
	return kept, nil
}

func (t *talks) TalkLines(_ context.Context, id gateway.ConversationID, limit int) ([]gateway.TalkLine, error) {
	l := t.lines[id]
	return l[max(0, len(l)-limit):], nil
}

func (t *talks) change(id gateway.ConversationID, what string, do func(*gateway.Conversation)) error {
	for i := range t.list {
		if t.list[i].ID == id {
			if err := t.did(what); err != nil {
				return err
			}
			do(&t.list[i])
			return nil
		}
	}
	return device.Errorf(device.NotFound, "conversation", "none")
}

func (t *talks) SeeTalk(_ context.Context, id gateway.ConversationID) error {
	return t.change(id, "see", func(c *gateway.Conversation) { c.Unread = 0 })
}

func (t *talks) TalkTotals(context.Context) (waiting, unread int, err error) {
	for _, c := range t.list {
		if c.Waits() {
			waiting++
		}
		unread += c.Unread
	}
	return waiting, unread, nil
}

func (t *talks) silent(why string) func(*gateway.Conversation) {
	return func(c *gateway.Conversation) {
		c.SilentUntil, c.SilentWhy, c.TakenAt, c.CalledAt = t.now.Add(t.script.HumanFor), why, t.now, time.Time{}
	}
}

func (t *talks) Say(_ context.Context, id gateway.ConversationID, text, by string) error {
	if err := t.change(id, "say "+text, t.silent("operator")); err != nil {
		return err
	}
	t.lines[id] = append(t.lines[id], gateway.TalkLine{At: t.now, From: gateway.TalkPerson, By: by, Text: text, Message: 1, State: gateway.Queued})
	return nil
}

func (t *talks) Take(_ context.Context, id gateway.ConversationID, _ string) error {
	return t.change(id, "take", t.silent("assigned"))
}

func (t *talks) Release(_ context.Context, id gateway.ConversationID, _ string) error {
	return t.change(id, "release", func(c *gateway.Conversation) { c.SilentUntil, c.CalledAt = time.Time{}, time.Time{} })
}

func (t *talks) CloseTalk(_ context.Context, id gateway.ConversationID, _ string) error {
	return t.change(id, "close", func(c *gateway.Conversation) { c.SilentUntil, c.CalledAt = time.Time{}, time.Time{} })
}

func (t *talks) Script(context.Context) (bot.Script, int, error) { return t.script, t.version, nil }

func (t *talks) SaveScript(_ context.Context, s bot.Script, basedOn int, by string) (int, error) {
	if problems := append(s.Check(nil), t.problems...); len(problems) > 0 {
		return 0, problems
	}
	if basedOn != t.version {
		return 0, device.Errorf(device.Conflict, "script", "version %d is in force", t.version)
	}
	if err := t.did("script by " + by); err != nil {
		return 0, err
	}
	t.script, t.version = s, t.version+1
	t.versions = append([]ScriptVersion{{t.version, t.now, by}}, t.versions...)
	return t.version, nil
}

func (t *talks) ScriptVersions(context.Context, int) ([]ScriptVersion, error) { return t.versions, nil }

func (t *talks) RestoreScript(context.Context, int, string) (int, error) {
	t.version++
	return t.version, t.did("restore script")
}

func (t *talks) Facts(_ context.Context, id gateway.ConversationID) (TalkFacts, error) {
	return t.facts[id], nil
}
func (t *talks) ChatChannels() []gateway.ChatChannel  { return t.channels }
func (t *talks) ReconnectChats(context.Context) error { return t.did("reconnect chats") }

func (t *talks) Unmatched(context.Context, time.Time, int) ([]gateway.UnmatchedPhrase, error) {
	return t.phrases, nil
}

func (t *talks) DropUnmatched(_ context.Context, phrase string) error {
	t.phrases = slices.DeleteFunc(t.phrases, func(p gateway.UnmatchedPhrase) bool { return p.Phrase == phrase })
	return t.did("drop phrase")
}

func (t *talks) CommandUses(context.Context, time.Time) ([]gateway.CommandUse, error) {
	return t.uses, nil
}

func (t *talks) MarkTables(context.Context, time.Time) ([]gateway.MarkTable, error) {
	return t.tables, nil
}

func (t *talks) Marks(_ context.Context, _ time.Time, onlyLow bool, _ int) ([]gateway.Mark, error) {
	var kept []gateway.Mark
	for _, m := range t.marks {
		if !onlyLow || m.Mark <= 3 {
			kept = append(kept, m)
		}
	}
	return kept, nil
}

func (t *talks) StuckEffects(context.Context, int) ([]gateway.Effect, error) { return t.stuck, nil }

// busyTalks is a shop whose customers write.
func busyTalks(s *shop) *talks {
	t := emptyTalks(s)
	t.script = busyScript()
	t.version = 3
	t.versions = []ScriptVersion{{3, ago(26 * time.Hour), "Ольга"}, {2, ago(50 * time.Hour), "Ольга"}, {1, ago(100 * time.Hour), ""}}
	memory, _ := json.Marshal(bot.Conversation{Version: bot.ConversationVersion, Language: "ru"})
	t.list = []gateway.Conversation{
		{ID: 1, Channel: device.WhatsApp, Phone: "+79161234568", Name: "Анна Петрова", HeardAt: ago(4 * time.Minute), SaidAt: ago(3 * time.Minute), Unread: 2, Customer: 51, State: memory, CalledAt: ago(4 * time.Minute), CalledWhy: "asked_person", SilentUntil: noon.Add(4 * time.Hour), SilentWhy: "asked_person"},
		{ID: 2, Channel: device.Chat, Alias: "90", Name: "Игорь", Chat: device.ChatFacts{Messenger: "telegram", Account: 7}, HeardAt: ago(25 * time.Minute), SaidAt: ago(25 * time.Minute), State: memory},
		{ID: 3, Channel: device.SMS, Phone: "+79031112233", HeardAt: ago(3 * time.Hour), SaidAt: ago(2 * time.Hour), SilentUntil: noon.Add(2 * time.Hour), SilentWhy: "operator", OptedOutAt: ago(3 * time.Hour)},
		{ID: 4, Channel: device.Chat, Alias: "91", Name: "Marta", Chat: device.ChatFacts{Messenger: "instagram", Account: 8, AnswerUntil: ago(time.Hour)}, HeardAt: ago(26 * time.Hour), State: []byte(`{"v":1,"lang":"en"}`)},
		{ID: 5, Channel: device.Chat, Alias: "92", Name: "Константин Константинопольский", Chat: device.ChatFacts{Messenger: "vk", Account: 9, Blocked: true}, HeardAt: ago(50 * time.Hour)},
	}
	said := func(at time.Duration, from gateway.TalkFrom, text string, more ...func(*gateway.TalkLine)) gateway.TalkLine {
		l := gateway.TalkLine{At: ago(at), From: from, Text: text}
		if from != gateway.TalkCustomer && from != gateway.TalkSystem {
			l.Message, l.State = 1, gateway.Delivered
		}
		for _, m := range more {
			m(&l)
		}
		return l
	}
	why := func(reason string, args gateway.Args) func(*gateway.TalkLine) {
		return func(l *gateway.TalkLine) { l.Why, l.Args = reason, args }
	}
	t.lines = map[gateway.ConversationID][]gateway.TalkLine{
		1: {
			said(26*time.Hour, gateway.TalkOrder, "Здравствуйте, Анна! Заказ 10482 ждёт вас: ул. Ленина, 5.", func(l *gateway.TalkLine) { l.State = gateway.Read }),
			said(12*time.Minute, gateway.TalkCustomer, "Добрый день! А где мой заказ?", why("order", gateway.Args{"order": "10482"})),
			said(12*time.Minute, gateway.TalkBot, "Здравствуйте, Анна! Это Лавка чая, вам отвечает бот.\n\nЗаказ 10482: готов к выдаче."),
			said(6*time.Minute, gateway.TalkCustomer, "", func(l *gateway.TalkLine) { l.Media = "image" }, why("media", gateway.Args{"media": "image"})),
			said(6*time.Minute, gateway.TalkBot, "Я понимаю только текст. Напишите словами или позовите сотрудника: «оператор».", func(l *gateway.TalkLine) { l.State = gateway.Failed }),
			said(4*time.Minute, gateway.TalkCustomer, "Позовите человека, пожалуйста", why("asked_person", nil)),
			said(3*time.Minute, gateway.TalkBot, "Передал сотруднику, он ответит здесь.", func(l *gateway.TalkLine) { l.State = gateway.Accepted }),
			said(3*time.Minute, gateway.TalkSystem, "", func(l *gateway.TalkLine) { l.Event = device.TalkAssigned }),
		},
		2: {said(25*time.Minute, gateway.TalkCustomer, "/2", why("command", gateway.Args{"command": "Адрес и часы работы"})), said(25*time.Minute, gateway.TalkBot, "Садовая, 40\nпн–пт 10–20")},
		3: {said(3*time.Hour, gateway.TalkCustomer, "стоп", why("stop", nil)), said(2*time.Hour, gateway.TalkPerson, "Хорошо, больше не пишем.", func(l *gateway.TalkLine) { l.By = "Ольга" })},
	}
	t.facts = map[gateway.ConversationID]TalkFacts{
		1: {Known: true, Customer: &gateway.Customer{ID: 51, Name: "Анна Сергеевна Петрова", VIP: true, URL: "https://demo.retailcrm.ru/customers/51"}, Orders: []gateway.Order{
			{ID: 10482, Number: "10482", Status: "ready", URL: "https://demo.retailcrm.ru/orders/10482/edit", Fields: map[string]string{"order.totalSumm": "3 400 ₽"}},
			{ID: 10377, Number: "10377", Status: "send", Fields: map[string]string{"order.totalSumm": "1 250 ₽"}},
		}},
		2: {CRMAway: true},
	}
	t.phrases = []gateway.UnmatchedPhrase{
		{Phrase: "а можно забрать вечером", Sample: "А можно забрать вечером?", Count: 6, LastAt: ago(2 * time.Hour)},
		{Phrase: "есть ли у вас иван чай", Sample: "Есть ли у вас иван-чай", Count: 3, LastAt: ago(30 * time.Hour)},
	}
	t.uses = []gateway.CommandUse{{Command: "order", Count: 214, People: 160}, {Command: "points", Count: 41, People: 38}, {Command: "old", Count: 2, People: 1}}
	t.tables = []gateway.MarkTable{
		{About: "shop", Counts: [6]int{0, 3, 2, 9, 61, 240}, LastAt: ago(time.Hour)},
		{About: "courier", Courier: "Пётр Иванов", Counts: [6]int{0, 0, 0, 0, 0, 5}},
		{About: "courier", Courier: "Олег Смирнов", Counts: [6]int{0, 1, 0, 2, 20, 90}},
		{About: "courier", Courier: "Саид Алиев", Counts: [6]int{0, 6, 4, 10, 20, 21}},
	}
	t.marks = []gateway.Mark{
		{ID: 1, Conversation: 1, Order: 10377, OrderNumber: "10377", Name: "Анна Петрова", About: "courier", Courier: "Саид Алиев", Mark: 2, Comment: "Опоздал на три часа, не позвонил", At: ago(5 * time.Hour)},
		{ID: 2, Conversation: 2, OrderNumber: "10350", About: "shop", Mark: 1, Comment: "=cmd|' /C calc'!A0", At: ago(20 * time.Hour)},
		{ID: 3, Conversation: 2, OrderNumber: "10350", About: "shop", Mark: 5, At: ago(40 * time.Hour)},
	}
	t.stuck = []gateway.Effect{{ID: 9, Kind: gateway.EffectNote, State: gateway.EffectFailed, Error: "403: access denied", At: ago(time.Hour)}, {ID: 10, Kind: gateway.EffectFields, Order: 10350, State: gateway.EffectPending, Tries: 5, At: ago(2 * time.Hour)}}
	t.channels = []gateway.ChatChannel{
		{ID: 7, Messenger: "telegram", Name: "@lavka_bot", Active: true, Texts: true, Suggestions: true},
		{ID: 8, Messenger: "instagram", Name: "lavka", Active: true, Texts: true, AfterWindow: "no"},
		{ID: 9, Messenger: "vk", Name: "Лавка чая", Active: true, Texts: true},
		{ID: 10, Messenger: "viber", Active: false, Texts: true},
		{ID: 11, Messenger: "custom", Name: "Vestnik", Active: true, Ours: true},
	}
	return t
}

// busyScript has a command of every kind.
func busyScript() bot.Script {
	s := bot.DefaultScript(bot.Russian)
	s.On = true
	s.TryOut = []device.Phone{"+79160000001"}
	s.Marks.ReviewLink = "https://lavka.example/review"
	s.Marks.Ask.On, s.Marks.Ask.Statuses = true, []string{"send"}
	s.Open = bot.Week{Days: [7][]bot.Span{1: {{From: 600, To: 1200}}, 2: {{From: 600, To: 1200}}, 3: {{From: 600, To: 1200}}, 4: {{From: 600, To: 1200}}, 5: {{From: 600, To: 1200}}, 6: {{From: 660, To: 840}, {From: 900, To: 1080}}}, Except: []bot.Day{{Date: "2026-12-31"}}}
	s.Commands[1].Answer.Points = []bot.Point{{Address: bot.Local{"ru": "Садовая, 40", "en": "40 Sadovaya St"}, Hours: bot.Local{"ru": "пн–пт 10–20"}, Phone: "+7 495 000-00-00"}}
	text := func(id string, n int, ru, en, answer string, words ...string) bot.Command {
		return bot.Command{ID: id, Number: n, Title: bot.Local{"ru": ru, "en": en}, Words: words, Audience: bot.AudienceAll, Answer: bot.Answer{Kind: bot.AnswerText, Text: bot.Local{"ru": answer}}}
	}
	s.Commands = append(s.Commands,
		bot.Command{ID: "delivery", Number: 3, Title: bot.Local{"ru": "Доставка и оплата", "en": "Delivery and payment"}, Audience: bot.AudienceAll, Answer: bot.Answer{Kind: bot.AnswerList, List: []bot.Command{
			text("cost", 1, "Сколько стоит доставка", "Cost of delivery", "По городу 300 ₽, от 3000 ₽ бесплатно.", "доставка", "стоимость доставки"),
			text("pay", 2, "Как оплатить", "How to pay", "Картой на сайте или курьеру.", "оплата"),
		}}},
		bot.Command{ID: "review", Number: 5, Title: bot.Local{"ru": "Поставить оценку", "en": "Give a mark"}, Words: []string{"оценить"}, Audience: bot.AudienceOrders, Answer: bot.Answer{Kind: bot.AnswerQuestion, About: []bot.Subject{bot.AboutShop}}},
		bot.Command{ID: "catalog", Number: 6, Title: bot.Local{"ru": "Каталог", "en": "Catalogue"}, Audience: bot.AudienceTryOut, Answer: bot.Answer{Kind: bot.AnswerLink, Link: "https://lavka.example/catalog"}},
	)
	return s
}

// chatty is the busy shop with the CRM's chats on.
func chatty() *shop {
	s := busyShop()
	s.links = append(s.links, device.Link{Channel: device.Chat, State: device.LinkConnected, Since: ago(5 * time.Hour)})
	s.talk = busyTalks(s)
	return s
}
