package webui

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"vestnik/bot"
	"vestnik/device"
	"vestnik/gateway"
)

// typist is a manager before the page of the bot, without scripts: he types into fields
// and presses buttons, and the form sends everything it holds.
type typist struct {
	t      *testing.T
	srv    *Server
	cookie string
	doc    *goquery.Document
	status int
	fields url.Values
}

func sitDown(t *testing.T, s *shop, path string) *typist {
	y := &typist{t: t, cookie: s.enter(gateway.Manager, "ru"), srv: newServer(t, s)}
	status, body := get(t, y.srv, y.cookie, path)
	y.take(status, body)
	return y
}

func (y *typist) take(status int, body string) {
	y.t.Helper()
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(body))
	if err != nil {
		y.t.Fatal(err)
	}
	y.doc, y.status, y.fields = doc, status, url.Values{}
	form := doc.Find("#bot-form")
	form.Find("input, textarea, select").Each(func(_ int, e *goquery.Selection) {
		name, _ := e.Attr("name")
		kind, _ := e.Attr("type")
		_, checked := e.Attr("checked")
		switch {
		case goquery.NodeName(e) == "textarea":
			y.fields.Add(name, e.Text())
		case goquery.NodeName(e) == "select":
			value, _ := e.Find("option[selected]").Attr("value")
			y.fields.Add(name, value)
		case (kind == "radio" || kind == "checkbox") && !checked:
		default:
			value, _ := e.Attr("value")
			y.fields.Add(name, value)
		}
	})
}

// press sends the form by a button; name and value are the button's.
func (y *typist) press(path, name, value string) string {
	y.t.Helper()
	form := url.Values{}
	for k, v := range y.fields {
		form[k] = v
	}
	if name != "" {
		form.Set(name, value)
	}
	status, body := post(y.t, y.srv, y.cookie, path, form.Encode())
	if status == 303 {
		to := body
		status, body = get(y.t, y.srv, y.cookie, to)
		y.take(status, body)
		return to
	}
	y.take(status, body)
	return ""
}

// says writes a word on the phone and answers what the phone shows then.
func (y *typist) says(text string) string {
	y.t.Helper()
	y.fields.Set("say", text)
	y.press("/bot/try", "", "")
	return y.doc.Find(".screen").Text()
}

func TestAManagerTalksToTheBotOfTheForm(t *testing.T) {
	t.Parallel()
	s := chatty()
	y := sitDown(t, s, "/bot?at=orders")
	y.fields.Set("line_order_ru", "Ваш {{order.number}} сейчас: {{order.status}}.")
	if got := y.says("/1"); !strings.Contains(got, "Ваш 10482 сейчас: Готов к выдаче.") || !strings.Contains(got, "Статус заказа 10482.") {
		t.Errorf("the order's status by the unsaved words: %s", got)
	}
	if got := y.says("есть иван-чай?"); !strings.Contains(got, "Вот что я умею") || !strings.Contains(got, "попадёт в «Что не понял бот»") {
		t.Errorf("what it does not understand: %s", got)
	}
	got := y.says("позовите человека")
	if !strings.Contains(got, "Передал сотруднику, он ответит здесь.") || !strings.Contains(got, "здесь бот позовёт сотрудника") {
		t.Errorf("the hand-over: %s", got)
	}
	if got := y.says("ау"); !strings.Contains(got, "Бот не отвечает.") || !strings.Contains(got, "С клиентом говорит сотрудник: бот молчит до 21.11 16:3") {
		t.Errorf("after the hand-over: %s", got)
	}
	y.press("/bot/try", "back", "1")
	if got := y.says("/1"); !strings.Contains(got, "Снова отвечает бот.") {
		t.Errorf("given back: %s", got)
	}
	y.press("/bot/try", "ask", "1")
	if got := y.says("2"); !strings.Contains(got, "Оценка: 2.") || !strings.Contains(got, "получит задачу") {
		t.Errorf("a mark: %s", got)
	}
	if len(s.done) > 0 || s.talk.version != 3 {
		t.Errorf("something was done: %v", s.done)
	}
	y.fields.Set("who", "stranger")
	if got := y.says("1"); strings.Contains(got, "Оценка") || !strings.Contains(got, "На ваш номер заказов нет") {
		t.Errorf("as somebody else it begins anew: %s", got)
	}
	if got := y.says("10482 4567"); !strings.Contains(got, "Заказ 10482: Готов к выдаче.") {
		t.Errorf("somebody's order by its digits: %s", got)
	}
	for who, want := range map[string]string{"crm_away": "Сейчас я не вижу заказов", "several": "О каком заказе рассказать?", "none": "На ваш номер заказов нет"} {
		y.fields.Set("who", who)
		if got := y.says("где мой заказ"); !strings.Contains(got, want) {
			t.Errorf("%s: %s", who, got)
		}
	}
	for who, want := range map[string]string{"night": "Сейчас мы закрыты. Ответим здесь, когда откроемся: в понедельник в 10:00", "nobody": "Сейчас все заняты"} {
		y.fields.Set("who", who)
		if got := y.says("оператор"); !strings.Contains(got, want) {
			t.Errorf("%s: %s", who, got)
		}
	}
}

func TestSuggestionsOnThePhoneCanBeTapped(t *testing.T) {
	t.Parallel()
	y := sitDown(t, chatty(), "/bot")
	y.fields.Set("where", "taps")
	y.says("привет")
	tap, ok := y.doc.Find(".taps button").First().Attr("value")
	if !ok || !strings.HasPrefix(tap, "cmd:order|") {
		t.Fatalf("tap %q", tap)
	}
	y.press("/bot/try", "tap", tap)
	if got := y.doc.Find(".screen").Text(); !strings.Contains(got, "Заказ 10482: Готов к выдаче.") {
		t.Error(got)
	}
}

func TestACommandIsAddedMovedAndSaved(t *testing.T) {
	t.Parallel()
	s := chatty()
	y := sitDown(t, s, "/bot")
	y.fields.Set("title_ru", "Где заказ?")
	y.press("/bot/edit", "do", "add:") // what was typed elsewhere stays
	if got := y.fields.Get("number"); got != "4" {
		t.Fatalf("the new command has number %q", got)
	}
	y.fields.Set("phrases", "забрать вечером\n вечером ")
	y.press("/bot", "", "")
	if y.status != 422 || !strings.Contains(y.doc.Find(".problems").Text(), "Новая команда: Заполните это поле.") || s.talk.version != 3 {
		t.Fatalf("an empty command: %d %s", y.status, y.doc.Find(".problems").Text())
	}
	if y.doc.Find("#title-ru[aria-invalid]").Length() != 1 {
		t.Error("the field is not marked")
	}
	y.fields.Set("title_ru", "Забрать вечером")
	y.fields.Set("text_ru", "Открыты до 20:00.")
	if got := y.says("можно вечером?"); !strings.Contains(got, "Открыты до 20:00.") {
		t.Errorf("on the phone before it is saved: %s", got)
	}
	id := strings.TrimPrefix(y.fields.Get("at"), "cmd:")
	y.press("/bot/edit", "do", "up:"+id)
	if to := y.press("/bot", "", ""); !strings.HasPrefix(to, "/bot?done=bot_saved&at=cmd") {
		t.Fatalf("saved: %d %q %s", y.status, to, y.doc.Find(".problems").Text())
	}
	var numbers []string
	for _, c := range s.talk.script.Commands {
		numbers = append(numbers, strconv.Itoa(c.Number)+c.Title["ru"])
	}
	want := []string{"1Где заказ?", "2Адрес и часы работы", "3Забрать вечером", "4Доставка и оплата", "5Поставить оценку", "6Каталог", "9Позвать сотрудника"}
	if !slices.Equal(numbers, want) {
		t.Errorf("%q", numbers)
	}
	if words := s.talk.script.Commands[2].Words; !slices.Equal(words, []string{"забрать вечером", "вечером"}) {
		t.Errorf("phrases %q", words)
	}
	if len(s.talk.script.Lines) > 0 {
		t.Errorf("standard lines were written down: %v", s.talk.script.Lines)
	}
}

func TestEveryFieldOfTheScriptSurvivesTheForm(t *testing.T) {
	t.Parallel()
	s := chatty()
	before := s.talk.script
	y := sitDown(t, s, "/bot")
	var keys []string
	y.doc.Find("[name=go]").Each(func(_ int, e *goquery.Selection) {
		key, _ := e.Attr("value")
		keys = append(keys, key)
	})
	for _, key := range keys {
		y.press("/bot/edit", "go", key)
		if y.status != 200 || y.fields.Get("at") != key {
			t.Fatalf("%s: %d", key, y.status)
		}
		if _, dirty := y.doc.Find("#bot-form").Attr("data-dirty"); dirty {
			t.Fatalf("looking at the entry before %s has changed the script", key)
		}
	}
	y.press("/bot", "", "")
	if !same(before, s.talk.script) {
		t.Errorf("the script has changed: %+v", s.talk.script)
	}
}

func TestASentenceGoesBackToTheStandardOne(t *testing.T) {
	t.Parallel()
	s := chatty()
	y := sitDown(t, s, "/bot?at=words")
	y.fields.Set("line_stop_ru", "Больше не пишем о скидках.")
	y.press("/bot/edit", "go", "words")
	value, ok := y.doc.Find("button.reset").Attr("value")
	if !ok || value != "reset:stop.ru" || y.doc.Find("button.reset").Length() != 1 {
		t.Fatalf("no way back: %q", value)
	}
	y.press("/bot/edit", "do", value)
	if got := y.fields.Get("line_stop_ru"); got != standardLines()[bot.LineStop]["ru"] {
		t.Errorf("it is %q", got)
	}
	if _, dirty := y.doc.Find("#bot-form").Attr("data-dirty"); dirty {
		t.Error("the script counts as changed")
	}
}

func TestTwoManagersDoNotOverwriteEachOther(t *testing.T) {
	t.Parallel()
	s := chatty()
	y := sitDown(t, s, "/bot?at=person")
	other := s.talk.script
	other.HumanFor = 6 * time.Hour
	if _, err := s.talk.SaveScript(t.Context(), other, 3, "Пётр"); err != nil {
		t.Fatal(err)
	}
	y.fields.Set("human_for", "2")
	y.press("/bot", "", "")
	box := y.doc.Find("[role=alert]").Text()
	if y.status != 409 || !strings.Contains(box, "Пока вы правили, сохранён другой вариант (4)") || !strings.Contains(box, "Пётр") || y.fields.Get("human_for") != "2" {
		t.Fatalf("%d %s", y.status, box)
	}
	if to := y.press("/bot", "over", "4"); to == "" || s.talk.script.HumanFor != 2*time.Hour {
		t.Errorf("saving over it: %d, %s", y.status, s.talk.script.HumanFor)
	}
}

func TestTheBotIsSwitchedAtOnceAndTheDraftStays(t *testing.T) {
	t.Parallel()
	s := chatty()
	y := sitDown(t, s, "/bot?at=person")
	y.fields.Set("human_for", "2")
	y.press("/bot/switch", "on", "0")
	if s.talk.script.On || s.talk.script.HumanFor != 4*time.Hour {
		t.Fatalf("on %v, human for %s", s.talk.script.On, s.talk.script.HumanFor)
	}
	if y.fields.Get("human_for") != "2" || !strings.Contains(y.doc.Find(".switch").Text(), "Бот выключен") {
		t.Error("the draft is lost, or the switch does not show")
	}
	y.press("/bot", "", "")
	if s.talk.script.On || s.talk.script.HumanFor != 2*time.Hour {
		t.Errorf("then saved: on %v, human for %s", s.talk.script.On, s.talk.script.HumanFor)
	}
	if to := y.press("/bot/switch", "on", "1"); !strings.HasPrefix(to, "/bot?done=bot_on") || !s.talk.script.On {
		t.Errorf("on again: %q", to)
	}
}

func TestWhatTheKeeperRefusesStandsBesideItsField(t *testing.T) {
	t.Parallel()
	s := chatty()
	y := sitDown(t, s, "/bot?at=limits")
	s.talk.problems = bot.Problems{{Where: "commands[0].answer.text.ru", Kind: bot.ProblemPlace, Detail: "order.numbr"}}
	y.press("/bot", "", "")
	if y.status != 422 || y.fields.Get("at") != "cmd:order" || !strings.Contains(y.doc.Find("#err-answer-text-ru").Text(), "order.numbr") {
		t.Errorf("%d at %s", y.status, y.fields.Get("at"))
	}
}

func TestAPhraseBecomesACommandsWord(t *testing.T) {
	t.Parallel()
	s := chatty()
	cookie := s.enter(gateway.Manager, "ru")
	srv := newServer(t, s)
	form := "csrf=form-token&phrase=" + url.QueryEscape("а можно забрать вечером") + "&as=" + url.QueryEscape(" забрать  вечером ") + "&command="
	if status, body := post(t, srv, cookie, "/bot/unmatched/add", form); status != 422 || !strings.Contains(body, "Выберите команду.") || !strings.Contains(body, `value="забрать вечером"`) {
		t.Errorf("without a command: %d", status)
	}
	if status, to := post(t, srv, cookie, "/bot/unmatched/add", form+"cost"); status != 303 || to != "/bot/week?done=phrase_added" {
		t.Fatalf("%d %s", status, to)
	}
	cost := findCommand(&s.talk.script, "cost").command()
	if !slices.Contains(cost.Words, "забрать вечером") || len(s.talk.phrases) != 1 || s.talk.version != 4 {
		t.Errorf("words %q, left %v", cost.Words, s.talk.phrases)
	}
	if status, _ := post(t, srv, cookie, "/bot/unmatched/drop", "csrf=form-token&phrase="+url.QueryEscape("есть ли у вас иван чай")); status != 303 || len(s.talk.phrases) != 0 {
		t.Errorf("not needed: %d, %v", status, s.talk.phrases)
	}
}

func TestOperatorsAnswerAndDoNotTeachTheBot(t *testing.T) {
	t.Parallel()
	s := chatty()
	cookie := s.enter(gateway.Operator, "ru")
	srv := newServer(t, s)
	for _, path := range []string{"/bot", "/bot/week", "/bot/marks", "/bot/marks.csv", "/settings/chats"} {
		if status, _ := get(t, srv, cookie, path); status != 403 {
			t.Errorf("GET %s: %d", path, status)
		}
	}
	for _, path := range []string{"/bot", "/bot/edit", "/bot/try", "/bot/switch", "/bot/restore", "/bot/unmatched/add", "/bot/unmatched/drop", "/settings/chats", "/device/chats"} {
		if status, _ := post(t, srv, cookie, path, "csrf=form-token"); status != 403 {
			t.Errorf("POST %s: %d", path, status)
		}
	}
	_, body := get(t, srv, cookie, "/inbox/1")
	if strings.Contains(body, `href="/bot"`) || !strings.Contains(body, "7 916 123-45-68") {
		t.Error("an operator sees the bot's page, or no number")
	}
	if status, to := post(t, srv, cookie, "/inbox/1/say", "csrf=form-token&list=only%3Dwaiting%26evil%3D1&text=Здравствуйте"); status != 303 || to != "/inbox/1?only=waiting" {
		t.Errorf("an operator writes: %d %s", status, to)
	}
	if status, _ := post(t, srv, cookie, "/inbox/1/say", "text=x"); status != 403 {
		t.Errorf("without a token: %d", status)
	}
}

func TestWithoutConversationsThereAreNoPages(t *testing.T) {
	t.Parallel()
	s := busyShop()
	cookie := s.enter(gateway.Owner, "ru")
	srv := newServer(t, s, func(o *Options) { o.Talk = nil })
	for _, path := range []string{"/bot", "/inbox", "/settings/chats"} {
		if status, _ := get(t, srv, cookie, path); status != 404 {
			t.Errorf("%s: %d", path, status)
		}
	}
	for _, path := range []string{"/", "/device", "/rules/new?status=send", "/settings", "/messages/1"} {
		if status, body := get(t, srv, cookie, path); status != 200 || strings.Contains(body, `href="/inbox`) || strings.Contains(body, "chat,whatsapp") {
			t.Errorf("%s: %d", path, status)
		}
	}
}

func TestANewRuleStartsWithTheChatWhereChatsAreOn(t *testing.T) {
	t.Parallel()
	s := chatty()
	cookie := s.enter(gateway.Manager, "ru")
	srv := newServer(t, s)
	_, body := get(t, srv, cookie, "/rules/new?status=send")
	if !strings.Contains(body, `value="chat,whatsapp,sms" checked`) {
		t.Error("the chat is not the first choice")
	}
	s.settings.Chats.Enabled = false
	if _, body := get(t, srv, cookie, "/rules/new?status=send"); strings.Contains(body, "chat,") || !strings.Contains(body, `value="whatsapp,sms" checked`) {
		t.Error("chats are offered though they are off")
	}
}

func TestAForgedDraftIsRefusedAndNeverFills(t *testing.T) {
	t.Parallel()
	s := chatty()
	cookie := s.enter(gateway.Manager, "ru")
	srv := newServer(t, s)
	bomb, err := pack(strings.Repeat("a", maxUnpacked+10))
	if err != nil {
		t.Fatal(err)
	}
	for name, draft := range map[string]string{"empty": "", "noise": "!!!", "no script": "c2VjcmV0", "bomb": bomb, "long": strings.Repeat("A", maxPacked+1)} {
		if status, _ := post(t, srv, cookie, "/bot", "csrf=form-token&draft="+draft); status != 400 {
			t.Errorf("%s: %d", name, status)
		}
	}
	if s.talk.version != 3 {
		t.Error("it was saved")
	}
}

func FuzzUnpack(f *testing.F) {
	good, _ := pack(scriptDraft{1, bot.DefaultScript("ru")})
	f.Add(good)
	f.Add("")
	f.Fuzz(func(t *testing.T, packed string) {
		var d scriptDraft
		if unpack(packed, &d) == nil {
			_ = tidy(d.Script)
		}
	})
}

func TestEveryLineAndKindHasItsPlaceAndWords(t *testing.T) {
	t.Parallel()
	all, err := loadWords()
	if err != nil {
		t.Fatal(err)
	}
	count := map[bot.Line]int{}
	for _, lines := range topicLines {
		for _, l := range lines {
			count[l]++
		}
	}
	var keys []string
	for _, l := range bot.Lines {
		if count[l] != 1 {
			t.Errorf("%s is edited in %d places", l, count[l])
		}
		keys = append(keys, "bot.line."+string(l))
	}
	for _, k := range bot.AnswerKinds {
		keys = append(keys, "bot.kind."+string(k), "bot.says."+string(k))
	}
	for _, topic := range botTopics {
		keys = append(keys, "bot.topic."+topic, "bot.topic_says."+topic)
	}
	for _, who := range tryWho {
		keys = append(keys, "phone.who."+who, "phone.says."+who)
	}
	for _, a := range []bot.Audience{bot.AudienceAll, bot.AudienceOrders, bot.AudienceTryOut} {
		keys = append(keys, "bot.audience."+string(a), "bot.says.audience."+string(a))
	}
	for _, from := range []gateway.TalkFrom{gateway.TalkCustomer, gateway.TalkBot, gateway.TalkPerson, gateway.TalkOrder, gateway.TalkSystem} {
		keys = append(keys, "talk.from."+string(from))
	}
	for _, e := range []device.TalkEvent{device.TalkAssigned, device.TalkReturned, device.TalkClosed, device.TalkCommand} {
		keys = append(keys, "talk.event."+string(e))
	}
	for _, k := range []gateway.EffectKind{gateway.EffectMark, gateway.EffectNote, gateway.EffectTask, gateway.EffectHandOver, gateway.EffectFields, gateway.EffectPrivate, gateway.EffectClose} {
		keys = append(keys, "effect."+string(k))
	}
	for _, m := range gateway.MirrorModes {
		keys = append(keys, "chats.mirror."+string(m), "chats.mirror_hint."+string(m))
	}
	for _, state := range []device.LinkState{device.LinkConnecting, device.LinkConnected, device.LinkUnreachable, device.LinkNoChats, device.LinkNoAccess} {
		keys = append(keys, "rail.chat."+string(state))
	}
	for d := range 7 {
		keys = append(keys, "weekday."+strconv.Itoa(d))
	}
	for _, key := range keys {
		if !all["ru"].has(key) || !all["en"].has(key) {
			t.Errorf("no sentence for %q", key)
		}
	}
}

// Every place of a script that bot.Check can name belongs to an entry of the page.
func TestProblemsFindTheirEntry(t *testing.T) {
	t.Parallel()
	w := &scriptWork{draft: scriptDraft{Script: tidy(busyScript())}}
	for where, want := range map[string]string{
		"commands[2].answer.list[1].words[0]": "cmd:pay words[0]", "commands[2].answer.list": "cmd:delivery answer.list", "commands[9].title.ru": "other commands[9].title.ru",
		"commands[0].hours.days[1]": "cmd:order hours.days[1]", "lines.mark_both.en": "marks lines.mark_both.en", "lines.nothing.en": "other lines.nothing.en",
		"limits.per_day": "limits limits.per_day", "marks.ask.statuses": "marks marks.ask.statuses", "stop_words[3]": "words stop_words[3]", "again_after": "welcome again_after",
	} {
		key, field := w.entryOf(where)
		if got := key + " " + field; got != want {
			t.Errorf("%s: %q, want %q", where, got, want)
		}
	}
}

func TestForeignWordsInATalkAreOnlyText(t *testing.T) {
	t.Parallel()
	s := chatty()
	evil := `<script>alert(1)</script>"><img src=x onerror=alert(1)>`
	s.talk.list[0].Name, s.talk.lines[1][1].Text, s.talk.phrases[0].Sample, s.talk.phrases[0].Phrase = evil, evil, evil, evil
	s.talk.marks[0].Comment, s.talk.channels[0].Name = evil, evil
	s.talk.facts[1].Customer.URL = "javascript:alert(1)"
	cookie := s.enter(gateway.Manager, "ru")
	srv := newServer(t, s)
	for _, path := range []string{"/inbox", "/inbox/1", "/bot/week", "/bot/marks", "/settings/chats", "/device"} {
		if _, body := get(t, srv, cookie, path); strings.Contains(body, "<script>alert") || strings.Contains(body, "<img src=x") || strings.Contains(body, "javascript:") {
			t.Errorf("%s shows foreign markup", path)
		}
	}
}
