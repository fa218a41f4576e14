package webui

import (
	"encoding/csv"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/card"
)

func docOf(t *testing.T, body string) *goquery.Document {
	t.Helper()
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// wordsOf is an element's text with one space between its words.
func wordsOf(s *goquery.Selection) string {
	var parts []string
	var read func(int, *goquery.Selection)
	read = func(_ int, e *goquery.Selection) {
		if goquery.NodeName(e) == "#text" {
			parts = append(parts, strings.Fields(e.Text())...)
			return
		}
		e.Contents().Each(read)
	}
	s.Each(read)
	return strings.Join(parts, " ")
}

func operatorOf(t *testing.T, change func(*desk)) (*shop, *Server, string) {
	t.Helper()
	s := supported()
	change(s.desk)
	return s, newServer(t, s), s.enter(gateway.Operator, "ru")
}

func TestACardSaysWhatAnOperatorNeedsFirst(t *testing.T) {
	t.Parallel()
	s, srv, cookie := operatorOf(t, func(*desk) {})
	status, body := get(t, srv, cookie, "/card/t/1042")
	doc := docOf(t, body)
	if status != 200 || doc.Find("nav .menu-list, .rail, .side").Length() > 0 {
		t.Fatalf("%d, or there is a menu", status)
	}
	top := wordsOf(doc.Find("#card-top"))
	for i, want := range []string{"Анна Сергеевна Петрова VIP", "27 заказов на 184 300 ₽", "Из RetailCRM 2 минуты назад", "Заказ 5123А опаздывает на 2 дня.", "Открытые заказы: 2", "№ 5123А Доставляется 6 490 ₽", "упомянут в обращении", "СДЭК, пункт выдачи, доставка 19.11", "Трек RB000000000RU", "№ 5190 Собирается", "к оплате 3 200 ₽", "Завершённый заказ"} {
		at := strings.Index(top, want)
		if at < 0 {
			t.Errorf("%d: the card lacks %q: %s", i, want, top)
			continue
		}
		top = top[at:]
	}
	lines := wordsOf(doc.Find("#card-lines"))
	for _, want := range []string{"WhatsApp · Клиент", "Звонки и письма RetailCRM не отдаёт", "Олег Сергеев", "+7 916 000-11-22", "Золото, баллов: 1 240,5", "+7 903 111-22-33"} {
		if !strings.Contains(lines, want) {
			t.Errorf("the card lacks %q: %s", want, lines)
		}
	}
	if !slices.Equal(s.desk.seen, []CardLook{{By: "Ольга", Ticket: 1042}}) {
		t.Errorf("looks written down: %v", s.desk.seen)
	}
	for _, part := range []string{"top", "lines", "more&page=1", "do&do=write"} {
		if status, body := get(t, srv, cookie, "/card/51?ticket=1042&part="+part); status != 200 || strings.Contains(body, "<html") {
			t.Errorf("part %s: %d", part, status)
		}
	}
	if len(s.desk.seen) != 3 { // the store joins them
		t.Errorf("a part that refreshes itself counts as a look, or one that a person asks for does not: %v", s.desk.seen)
	}
	doc.Find("a[href]").Each(func(_ int, a *goquery.Selection) {
		to, _ := a.Attr("href")
		if !strings.HasPrefix(to, "/card") && !strings.HasPrefix(to, "#") && !strings.HasPrefix(to, "https://demo.retailcrm.ru/") && !strings.HasPrefix(to, "https://demo.helpdeskeddy.com/") {
			t.Errorf("the card leads out to %s", to)
		}
	})
}

func TestACardSaysHowOldItIs(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*card.Card)
		want   []string
	}{
		"new":      {func(k *card.Card) { k.AsOf = noon }, []string{"Из RetailCRM только что"}},
		"an hour":  {func(k *card.Card) { k.AsOf = ago(61 * time.Minute) }, []string{"Из RetailCRM 1 час назад"}},
		"old":      {func(k *card.Card) { k.Old, k.AsOf = true, ago(50*time.Hour) }, []string{"2 дня назад", "карточка обновляется"}},
		"CRM away": {func(k *card.Card) { k.Away, k.AsOf = gateway.CRMUnreachable, ago(time.Hour) }, []string{"RetailCRM не отвечает. Показано то, что было: сегодня, 11:30."}},
	} {
		_, srv, cookie := operatorOf(t, func(d *desk) {
			k := d.cards[51]
			c.change(&k)
			d.cards[51] = k
		})
		_, body := get(t, srv, cookie, "/card/51")
		for _, want := range c.want {
			if !strings.Contains(wordsOf(docOf(t, body).Find("#card-top")), want) {
				t.Errorf("%s: no %q", name, want)
			}
		}
	}
}

func TestWhatPeopleWriteIntoNamesStaysText(t *testing.T) {
	t.Parallel()
	_, srv, cookie := operatorOf(t, func(*desk) {})
	for _, path := range []string{"/card/66", "/card/66?part=top", "/card/66?part=lines", "/card/66?do=write", "/support?only=all"} {
		_, body := get(t, srv, cookie, path)
		doc := docOf(t, body)
		doc.Find("script").Each(func(_ int, e *goquery.Selection) {
			if src, _ := e.Attr("src"); !strings.HasPrefix(src, "/assets/") {
				t.Errorf("%s: a script %q", path, src)
			}
		})
		if n := doc.Find("main iframe, main svg[onload], main img, [onerror], [onload], main b > b, a[href*=evil], a[href^=javascript]").Length(); n > 0 {
			t.Errorf("%s: %d elements of theirs", path, n)
		}
	}
	_, body := get(t, srv, cookie, "/card/66")
	if name := docOf(t, body).Find("h1").Text(); !strings.Contains(name, "<script>alert(1)</script>") {
		t.Errorf("the name is shown as %q", name)
	}
}

func TestATicketWhosePersonIsNotClear(t *testing.T) {
	t.Parallel()
	s, srv, cookie := operatorOf(t, func(*desk) {})
	_, body := get(t, srv, cookie, "/card/t/1043")
	doc := docOf(t, body)
	if doc.Find("#card-top").Length() > 0 || doc.Find("button[name=customer]").Length() != 3 || !strings.Contains(wordsOf(doc.Find("main")), "Никто из них") {
		t.Errorf("ambiguous: %s", wordsOf(doc.Find("main")))
	}
	if live, _ := doc.Find("#whole").Attr("hx-get"); live != "/card/t/1043?part=whole" {
		t.Errorf("the page waits at %q", live)
	}
	if status, to := post(t, srv, cookie, "/card/t/1043/choose", "csrf=form-token&customer=51"); status != 303 || to != "/card/t/1043?done=card_chosen" || !slices.Contains(s.done, "choose 51 for 1043 by Ольга") {
		t.Errorf("%d %s %v", status, to, s.done)
	}
	for _, bad := range []string{"", "-1", "x"} {
		if status, _ := post(t, srv, cookie, "/card/t/1043/choose", "csrf=form-token&customer="+bad); status != 400 {
			t.Errorf("customer %q: %d", bad, status)
		}
	}
	_, body = get(t, srv, cookie, "/card/t/1043?part=whole")
	if doc = docOf(t, body); doc.Find("#card-top").Length() != 1 || len(s.desk.seen) != 1 {
		t.Errorf("once somebody was chosen the page shows %s; looks %v", wordsOf(doc.Selection), s.desk.seen)
	}

	_, body = get(t, srv, cookie, "/card/t/1044")
	main := wordsOf(docOf(t, body).Find("main"))
	for _, want := range []string{"В RetailCRM такого клиента нет.", "petr@example.com", "7001", "Создать клиента"} {
		if !strings.Contains(main, want) {
			t.Errorf("unknown: no %q in %s", want, main)
		}
	}
	if status, to := post(t, srv, cookie, "/card/t/1044/create", "csrf=form-token&site=coffee"); status != 303 || to != "/card/t/1044?done=card_made" || !slices.Contains(s.done, `make customer for 1044 in "coffee"`) {
		t.Errorf("%d %s %v", status, to, s.done)
	}
	s.crm = gateway.CRMStatus{State: gateway.CRMUnreachable, Since: ago(30 * time.Minute)}
	_, body = get(t, srv, cookie, "/card/t/1045")
	if main := wordsOf(docOf(t, body).Find("main")); !strings.Contains(main, "RetailCRM не отвечает с 12:00.") || strings.Contains(main, "Создать клиента") {
		t.Errorf("degraded: %s", main)
	}
	if status, _ := get(t, srv, cookie, "/card/t/9"); status != 404 {
		t.Errorf("a ticket that never was: %d", status)
	}
}

func TestFormsOfTheCardAreDoneOnceAndAnswerInTheirPlace(t *testing.T) {
	t.Parallel()
	s, srv, cookie := operatorOf(t, func(*desk) {})
	key := strings.Repeat("k", 32)
	part := func(path, form string) (int, string) {
		t.Helper()
		req := httptest.NewRequest("POST", path+"?part=do", strings.NewReader("csrf=form-token&key="+key+"&"+form))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Cookie", loginCookie+"="+cookie)
		req.Header.Set("HX-Request", "true")
		return answer(t, srv, req)
	}
	count := func(what string) (n int) {
		for _, d := range s.done {
			if strings.HasPrefix(d, what) {
				n++
			}
		}
		return n
	}
	for range 2 {
		if status, body := part("/card/51/note", "text=Позвонить"); status != 200 || !strings.Contains(body, "Записано в RetailCRM.") {
			t.Errorf("note: %d %s", status, body)
		}
	}
	if count("note 51 Позвонить by Ольга") != 1 {
		t.Errorf("two presses make %v", s.done)
	}
	key = strings.Repeat("t", 32)
	s.desk.queued = true
	if status, body := part("/card/51/task", "text=Перезвонить&performer=13&due=2026-11-22T12:00"); status != 200 || !strings.Contains(body, "RetailCRM не отвечает: поставим задачу, как только ответит.") || count("task 51 for 13 until 2026-11-22 09:00: Перезвонить by Ольга") != 1 {
		t.Errorf("task: %d %s %v", status, body, s.done)
	}
	if status, body := part("/card/51/write", "text=Здравствуйте&to=%2B79161234568&channel=sms"); status != 200 || !strings.Contains(body, "Сообщение в очереди.") || count("write 51 sms +79161234568 Здравствуйте true by Ольга") != 1 {
		t.Errorf("write: %d %s %v", status, body, s.done)
	}
	if status, _ := part("/card/51/write", "text=x&to=%2B79990000000&channel=sms"); status != 422 || count("write") != 1 {
		t.Errorf("to a number that is not his: %d", status)
	}
	key = strings.Repeat("f", 32)
	s.fault = nil
	s.desk.late = device.Errorf(device.Unavailable, "outbox", "full")
	status, body := part("/card/51/write", "text=Здравствуйте&to=%2B79161234568&channel=sms")
	doc := docOf(t, body)
	if typed := doc.Find("textarea").Text(); status != 422 || typed != "Здравствуйте" || !strings.Contains(wordsOf(doc.Find(".wrong")), "Сейчас нет связи") {
		t.Errorf("a failure: %d, typed %q", status, typed)
	}
	if got, _ := doc.Find("input[name=key]").Attr("value"); got != key {
		t.Errorf("another try would have the key %q", got)
	}
	if status, to := post(t, srv, cookie, "/card/51/note", "csrf=form-token&text=x&ticket=1042"); status != 303 || to != "/card/t/1042?done=card_noted_later" {
		t.Errorf("without scripts: %d %s", status, to)
	}
	if status, _ := post(t, srv, cookie, "/card/51/note", "text=x"); status != 403 {
		t.Errorf("without a form token: %d", status)
	}
}

func TestTheTaskGoesToTheManagerUnlessSomebodyElseIsChosen(t *testing.T) {
	t.Parallel()
	_, srv, cookie := operatorOf(t, func(*desk) {})
	_, body := get(t, srv, cookie, "/card/51?do=task")
	doc := docOf(t, body)
	if who, _ := doc.Find("#performer option[selected]").Attr("value"); who != "12" || doc.Find("#performer option").Length() != 3 {
		t.Errorf("chosen %q of %s", who, wordsOf(doc.Find("#performer")))
	}
	if due, _ := doc.Find("#due").Attr("value"); due != "2026-11-22T12:00" {
		t.Errorf("due %s", due)
	}
}

func TestAnOrdersStatusComesAfterWhatWasTyped(t *testing.T) {
	t.Parallel()
	_, srv, cookie := operatorOf(t, func(*desk) {})
	status, body := post(t, srv, cookie, "/card/51/status?part=do", "csrf=form-token&order=90512&text=Добрый день!&to=%2B79161234568&channel=sms")
	doc := docOf(t, body)
	if got := doc.Find("textarea").Text(); status != 200 || got != "Добрый день!\nЗаказ 5123А: доставляется." {
		t.Errorf("%d %q", status, got)
	}
	if doc.Find("button[data-copy='#do-text']").Length() != 1 || doc.Find("input[name=channel][value=sms][checked]").Length() != 1 {
		t.Error("no button that copies, or the channel was changed")
	}
	again, body := post(t, srv, cookie, "/card/51/status?part=do", "csrf=form-token&order=90512&text="+url.QueryEscape("Добрый день!\nЗаказ 5123А: доставляется."))
	if got := docOf(t, body).Find("textarea").Text(); again != 200 || strings.Count(got, "5123А") != 1 {
		t.Errorf("twice: %q", got)
	}
	if status, _ := post(t, srv, cookie, "/card/51/status", "csrf=form-token&order=1"); status != 422 {
		t.Errorf("somebody else's order: %d", status)
	}
}

func TestFurtherOrdersAreReadOnDemandAndNoneTwice(t *testing.T) {
	t.Parallel()
	_, srv, cookie := operatorOf(t, func(d *desk) {
		k := d.cards[51]
		k.Orders = d.pages[51][:10]
		d.cards[51] = k
	})
	_, body := get(t, srv, cookie, "/card/51")
	doc := docOf(t, body)
	numbers := map[string]int{}
	collect := func(d *goquery.Document) {
		d.Find(".order b").Each(func(_ int, b *goquery.Selection) { numbers[b.Text()]++ })
	}
	collect(doc)
	for next, ok := doc.Find(".card-more button").Attr("hx-get"); ok; next, ok = doc.Find(".card-more button").Attr("hx-get") {
		_, body = get(t, srv, cookie, next)
		doc = docOf(t, body)
		collect(doc)
	}
	if len(numbers) != 27 || slices.Max(slices.Collect(func(yield func(int) bool) {
		for _, n := range numbers {
			if !yield(n) {
				return
			}
		}
	})) != 1 || !strings.Contains(body, "Это все заказы.") {
		t.Errorf("%d of 27: %v", len(numbers), numbers)
	}
}

func TestSearchTakesAnAddressANumberOrAnOrder(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]card.Hints{
		" A.Petrova@Example.com": {Emails: []string{"a.petrova@example.com"}}, "8 (916) 123-45-68": {Phones: []string{"8 (916) 123-45-68"}}, "№ 5123А": {Numbers: []string{"5123А"}}, "10482": {Numbers: []string{"10482"}},
	} {
		got := hintsOf(strings.TrimSpace(typed), "RU")
		if !slices.Equal(got.Emails, want.Emails) || !slices.Equal(got.Phones, want.Phones) || !slices.Equal(got.Numbers, want.Numbers) {
			t.Errorf("%q: %+v", typed, got)
		}
	}
	s, srv, cookie := operatorOf(t, func(*desk) {})
	if status, to := get(t, srv, cookie, "/card?q=a.petrova@example.com"); status != 303 || to != "/card/51" {
		t.Errorf("%d %s", status, to)
	}
	if status, to := post(t, srv, cookie, "/card", "csrf=form-token&key="+strings.Repeat("k", 32)+"&first=Пётр&phone=8+912+000-11-33&email=p@example.com&site=coffee"); status != 303 || to != "/card/51?done=card_made" || !slices.Contains(s.done, "make Пётр p@example.com +79120001133 coffee true") {
		t.Errorf("%d %s %v", status, to, s.done)
	}
}

func TestWhoMayDoWhatAboutSupport(t *testing.T) {
	t.Parallel()
	const owner, manager, operator = gateway.Owner, gateway.Manager, gateway.Operator
	for _, c := range []struct {
		role       gateway.Role
		path, form string
		want       int
	}{
		{operator, "/support", "GET", 200},
		{operator, "/card", "GET", 200},
		{operator, "/card/51", "GET", 200},
		{operator, "/card/51/note", "text=x", 303},
		{operator, "/settings/helpdesk", "GET", 403},
		{operator, "/settings/helpdesk", "comment=1", 403},
		{operator, "/support/rules", "GET", 403},
		{operator, "/support/rules", "do=save", 403},
		{operator, "/support/lessons", "GET", 403},
		{operator, "/support/quality.csv", "GET", 403},
		{operator, "/card/51/looks", "GET", 403},
		{operator, "/card/51/erase", "sure=1", 403},
		{operator, "/settings/helpdesk/plugin.html", "GET", 403},
		{operator, "/settings/helpdesk/book", "", 403},
		{manager, "/settings/helpdesk", "GET", 200},
		{manager, "/settings/helpdesk", wholeHelpdesk, 303},
		{manager, "/settings/helpdesk/access", "url=x&do=try", 403},
		{manager, "/settings/helpdesk/panel", "do=new", 403},
		{manager, "/settings/helpdesk/plugin", "mailbox=https://x.example", 403},
		{manager, "/card/51/erase", "sure=1", 303},
		{owner, "/settings/helpdesk/access", "url=https://demo.helpdeskeddy.com&email=vestnik@lavka.example&do=save", 303},
		{owner, "/settings/helpdesk/panel", "do=off", 303},
		{"", "/card/51", "GET", 303},
		{"", "/support", "GET", 303},
		{"", "/card/51/note", "text=x", 403},
	} {
		s := supported()
		cookie := ""
		if c.role != "" {
			cookie = s.enter(c.role, "ru")
		} else {
			s.enter(owner, "ru")
		}
		srv := newServer(t, s)
		var got int
		if c.form == "GET" {
			got, _ = get(t, srv, cookie, c.path)
		} else {
			got, _ = post(t, srv, cookie, c.path, "csrf=form-token&"+c.form)
		}
		if got != c.want {
			t.Errorf("%q at %s: %d, want %d", c.role, c.path, got, c.want)
		}
	}
}

func TestNoPageTellsASecret(t *testing.T) {
	t.Parallel()
	s := supported()
	secrets := []string{"helpdesk-secret-key", panelSecret, "mailbox-secret"}
	for _, sc := range supportScenes() {
		if sc.name == "helpdesk-mailbox-wrong" {
			continue
		}
		_, body := sc.draw(t, "ru")
		for _, secret := range secrets {
			if strings.Contains(body, secret) {
				t.Errorf("%s tells %s", sc.name, secret)
			}
		}
	}
	cookie := s.enter(gateway.Owner, "ru")
	srv := newServer(t, s)
	_, body := post(t, srv, cookie, "/settings/helpdesk/panel", "csrf=form-token&do=new")
	made := docOf(t, body).Find("#panel-secret").Text()
	if made == "" || made != s.settings.Helpdesk.Embed.PanelSecret {
		t.Errorf("a new secret is shown as %q", made)
	}
	if _, body := get(t, srv, cookie, "/settings/helpdesk"); strings.Contains(body, made) {
		t.Error("it is shown a second time")
	}
}

func TestTheHelpdeskIsConnected(t *testing.T) {
	t.Parallel()
	s := supported()
	cookie := s.enter(gateway.Owner, "ru")
	srv := newServer(t, s)
	const at = "csrf=form-token&email=vestnik@lavka.example&url="
	if status, _ := post(t, srv, cookie, "/settings/helpdesk/access", at+"https://evil.example&do=try"); status != 422 || slices.ContainsFunc(s.done, func(d string) bool { return strings.HasPrefix(d, "test") }) {
		t.Errorf("the saved key is shown to another address: %d %v", status, s.done)
	}
	status, body := post(t, srv, cookie, "/settings/helpdesk/access", at+"demo.helpdeskeddy.com/ru/ticket/list&do=try&ticket=1042")
	if status != 200 || !slices.Contains(s.done, `test https://demo.helpdeskeddy.com vestnik@lavka.example "" 1042`) {
		t.Fatalf("%d %v", status, s.done)
	}
	tried := wordsOf(docOf(t, body).Find(".tried"))
	for _, want := range []string{"Видит 214 заявок.", "читать заявки есть", "писать комментарии для сотрудников не проверяли", "видеть ключи других сотрудников лишнее", "в группу поуже", "изменять клиентов нет", "Без него не создать клиента из обращения."} {
		if !strings.Contains(tried, want) {
			t.Errorf("no %q in %s", want, tried)
		}
	}
	s.desk.test.Rights[0].State = gateway.RightMissing
	if status, _ := post(t, srv, cookie, "/settings/helpdesk/access", at+"https://demo.helpdeskeddy.com&do=save"); status != 422 {
		t.Errorf("saved without a needed right: %d", status)
	}
	if status, _ := post(t, srv, cookie, "/settings/helpdesk/access", at+"https://demo.helpdeskeddy.com&do=anyway&key=new-key"); status != 303 || s.settings.Helpdesk.Key != "new-key" || !slices.Contains(s.done, "book") {
		t.Errorf("anyway: %d", status)
	}
	if status, _ := post(t, srv, cookie, "/settings/helpdesk/access", "csrf=form-token&do=off"); status != 303 || s.settings.Helpdesk.Enabled || s.settings.Helpdesk.Key == "" {
		t.Errorf("off: %d", status)
	}
}

func TestABanIsNotAWrongKey(t *testing.T) {
	t.Parallel()
	f := &Frame{Lang: "ru", zone: time.FixedZone("MSK", 3*3600), now: noon, words: mustWords(t)["ru"]}
	for st, want := range map[gateway.HelpdeskState]string{
		gateway.HelpdeskBanned: "Лимит запросов исчерпан до 14:20, ключ в порядке.", gateway.HelpdeskWrongKey: "не принял e-mail или ключ", gateway.HelpdeskSparing: "до 14:20", gateway.HelpdeskOff: "не подключён",
	} {
		if got := helpdeskWords(f, gateway.HelpdeskStatus{State: st, Until: noon.Add(110 * time.Minute)}); !strings.Contains(got.Says, want) {
			t.Errorf("%s: %s", st, got.Says)
		}
	}
	for _, st := range []gateway.HelpdeskState{gateway.HelpdeskConnecting, gateway.HelpdeskConnected, gateway.HelpdeskUnreachable, gateway.HelpdeskNotOne, gateway.HelpdeskMissingRight, gateway.HelpdeskFailing} {
		if got := helpdeskWords(f, gateway.HelpdeskStatus{State: st}); got.Says == string(st) || got.Says == "" {
			t.Errorf("%s has no sentence", st)
		}
	}
}

func mustWords(t *testing.T) map[string]*words {
	t.Helper()
	all, err := loadWords()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestHelpdeskSettingsAreKept(t *testing.T) {
	t.Parallel()
	s := supported()
	cookie := s.enter(gateway.Manager, "ru")
	srv := newServer(t, s)
	before := s.settings.Helpdesk
	if status, _ := post(t, srv, cookie, "/settings/helpdesk", "csrf=form-token&"+wholeHelpdesk); status != 303 {
		t.Fatal(status)
	}
	h := s.settings.Helpdesk
	if !slices.Equal(h.Ranking, []string{"2", "3", "1"}) || h.Key != before.Key || h.Embed.PanelSecret != before.Embed.PanelSecret || h.Embed.Mailbox != before.Embed.Mailbox || len(h.Rules) != 3 || h.Fields["customer"] != "31" || len(h.Fields) != 1 || !slices.Equal(h.Critical, nil) {
		t.Errorf("%+v", h)
	}
	status, body := post(t, srv, cookie, "/settings/helpdesk", "csrf=form-token&"+wholeHelpdesk+"&move=down:1")
	doc := docOf(t, body)
	var ranks []string
	doc.Find("input[name=rank]").Each(func(_ int, e *goquery.Selection) { ranks = append(ranks, e.AttrOr("value", "")) })
	if status != 200 || !slices.Equal(ranks, []string{"3", "1", "2"}) || doc.Find("form[data-dirty]").Length() != 1 || !slices.Equal(s.settings.Helpdesk.Ranking, []string{"2", "3", "1"}) {
		t.Errorf("moved: %d %v", status, ranks)
	}
	// An order that nobody confirmed is no order.
	s.settings.Helpdesk.Ranking = nil
	if post(t, srv, cookie, "/settings/helpdesk", "csrf=form-token&"+strings.Replace(wholeHelpdesk, "&rank_ok=1", "", 1)); s.settings.Helpdesk.Ranking != nil {
		t.Errorf("ranked without a word: %v", s.settings.Helpdesk.Ranking)
	}
	status, body = post(t, srv, cookie, "/settings/helpdesk", "csrf=form-token&unknown=ask&poll=1&per_minute=60&keep_days=abc&digest=task&digest_hour=9")
	doc = docOf(t, body)
	for _, field := range []string{"poll", "keep-days", "digest-user"} {
		if doc.Find("#err-helpdesk-"+field).Length() != 1 {
			t.Errorf("%d: nothing is said about %s", status, field)
		}
	}
	if got, _ := doc.Find("#keep").Attr("value"); got != "abc" {
		t.Errorf("what was typed is shown as %q", got)
	}
	_, body = get(t, srv, cookie, "/settings/helpdesk")
	doc = docOf(t, body)
	if text := wordsOf(doc.Find("#field-order option[disabled]")); text != "Номер заказа с сайта — видно клиенту" {
		t.Errorf("a field that customers see: %q", text)
	}
}

func TestRulesAreSeenBeforeTheyAreSwitchedOn(t *testing.T) {
	t.Parallel()
	s := supported()
	cookie := s.enter(gateway.Manager, "ru")
	srv := newServer(t, s)
	rules := s.settings.Helpdesk.Rules
	status, body := post(t, srv, cookie, "/support/rules", "csrf=form-token&"+rulesForm(rules, "do=on"))
	doc := docOf(t, body)
	tried, _ := doc.Find("input[name=tried]").Attr("value")
	if status != 200 || !s.settings.Helpdesk.RulesDry || tried == "" || doc.Find("#trial tbody tr").Length() != 2 {
		t.Fatalf("switched on unseen: %d, %q", status, tried)
	}
	if row := wordsOf(doc.Find("#trial tbody tr").First()); !strings.Contains(row, "KTR-20418 Анна Петрова VIP Стандартный → Срочно") {
		t.Errorf("the trial says %s", row)
	}
	changed := slices.Clone(rules)
	changed[1].Value = "1"
	if post(t, srv, cookie, "/support/rules", "csrf=form-token&tried="+tried+"&"+rulesForm(changed, "do=on")); !s.settings.Helpdesk.RulesDry {
		t.Error("the trial of other rules was enough")
	}
	if status, to := post(t, srv, cookie, "/support/rules", "csrf=form-token&tried="+tried+"&"+rulesForm(rules, "do=on")); status != 303 || to != "/support/rules?done=rules_on" || s.settings.Helpdesk.RulesDry {
		t.Errorf("%d %s", status, to)
	}
	post(t, srv, cookie, "/support/rules", "csrf=form-token&"+rulesForm(rules, "do=dry"))
	if !s.settings.Helpdesk.RulesDry {
		t.Error("they are not switched off again")
	}
	for do, want := range map[string]string{"up:1": "Опоздание VIP Крупный", "down:0": "Опоздание VIP Крупный", "drop:0": "Опоздание Крупный", "add": "VIP Опоздание Крупный ", "up:0": "VIP Опоздание Крупный", "drop:99": "VIP Опоздание Крупный"} {
		_, body := post(t, srv, cookie, "/support/rules", "csrf=form-token&"+strings.ReplaceAll(rulesForm(rules, "do="+do), "Крупный покупатель", "Крупный"))
		var names []string
		docOf(t, body).Find("input[id^=r-name]").Each(func(_ int, e *goquery.Selection) { names = append(names, e.AttrOr("value", "")) })
		if strings.Join(names, " ") != want {
			t.Errorf("%s: %q", do, names)
		}
	}
	if len(s.settings.Helpdesk.Rules) != 3 {
		t.Error("moving saves")
	}
	status, body = post(t, srv, cookie, "/support/rules", "csrf=form-token&"+rulesForm([]gateway.PriorityRule{{Name: "", When: gateway.WhenLate, Value: "soon", Priority: "1"}}, "do=save"))
	if doc := docOf(t, body); status != 422 || doc.Find("#err-helpdesk-rules-0-name").Length() != 1 || doc.Find("#err-helpdesk-rules-0-value").Length() != 1 {
		t.Errorf("wrong ones: %d", status)
	}
}

func TestTablesForSpreadsheets(t *testing.T) {
	t.Parallel()
	s := supported()
	cookie := s.enter(gateway.Manager, "ru")
	srv := newServer(t, s)
	for path, cells := range map[string]int{"/support/lessons.csv?days=30": 5, "/support/quality.csv": 15} {
		_, body := get(t, srv, cookie, path)
		text, ok := strings.CutPrefix(body, "\ufeff")
		r := csv.NewReader(strings.NewReader(text))
		r.Comma = ';'
		rows, err := r.ReadAll()
		if !ok || err != nil || len(rows) != 6 || len(rows[0]) != cells {
			t.Fatalf("%s: %v, %d rows", path, err, len(rows))
		}
		for _, row := range rows {
			for _, cell := range row {
				if regexp.MustCompile(`^[=+\-@\t\r]`).MatchString(cell) {
					t.Errorf("%s: %q is a formula", path, cell)
				}
			}
		}
	}
	_, body := get(t, srv, cookie, "/support/quality")
	main := wordsOf(docOf(t, body).Find("main"))
	for _, want := range []string{"корреляция", "из 390", "похожие: 20 % из 800", "мало данных", "рано судить"} {
		if !strings.Contains(main, want) {
			t.Errorf("quality lacks %q", want)
		}
	}
	few := docOf(t, body).Find("td.faint")
	if few.Length() != 4 {
		t.Errorf("%d small samples are grey", few.Length())
	}
}

func TestTheMenuHasSupportOnceItIsUsed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*shop)
		want   bool
	}{
		"connected": {func(*shop) {}, true}, "switched off": {func(s *shop) { s.settings.Helpdesk.Enabled = false }, true},
		"never set": {func(s *shop) { s.settings.Helpdesk = gateway.DefaultHelpdesk() }, false}, "not there": {func(s *shop) { s.desk = nil }, false},
	} {
		s := supported()
		c.change(s)
		_, body := get(t, newServer(t, s), s.enter(gateway.Operator, "ru"), "/")
		if got := docOf(t, body).Find(`.side-wide a[href="/support"]`).Length() == 1; got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestTheOverviewSaysHowTheHelpdeskStands(t *testing.T) {
	t.Parallel()
	s := supported()
	s.desk.status = gateway.HelpdeskStatus{State: gateway.HelpdeskWrongKey}
	_, body := get(t, newServer(t, s), s.enter(gateway.Manager, "ru"), "/")
	if states := docOf(t, body).Find(".states"); !strings.Contains(wordsOf(states), "HelpDeskEddy HelpDeskEddy не принял e-mail или ключ") || states.Find(`a[href="/settings/helpdesk"]`).Length() != 1 {
		t.Errorf("the overview says %s", wordsOf(states))
	}
}

func TestACardIsForgottenAfterAQuestion(t *testing.T) {
	t.Parallel()
	s := supported()
	cookie := s.enter(gateway.Manager, "ru")
	srv := newServer(t, s)
	if status, to := post(t, srv, cookie, "/card/51/erase", "csrf=form-token"); status != 303 || to != "/card/51/looks?sure=1" || len(s.done) > 0 {
		t.Errorf("%d %s %v", status, to, s.done)
	}
	if post(t, srv, cookie, "/card/51/erase", "csrf=form-token&sure=1"); !slices.Contains(s.done, "erase 51 by Ольга") {
		t.Errorf("%v", s.done)
	}
}

func TestSumsAndNumbers(t *testing.T) {
	t.Parallel()
	ru, en := &Frame{Lang: "ru"}, &Frame{Lang: "en"}
	for in, want := range map[string][2]string{"184300.00": {"184 300 ₽", "184 300 ₽"}, "6825.9": {"6 825,90 ₽", "6 825.90 ₽"}, "0.05": {"0,05 ₽", "0.05 ₽"}, "-12.00": {"−12 ₽", "−12 ₽"}, "": {"", ""}, "x": {"x ₽", "x ₽"}} {
		got := [2]string{strings.ReplaceAll(ru.money(in, "RUB"), "\u00a0", " "), strings.ReplaceAll(en.money(in, "RUB"), "\u00a0", " ")}
		if got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
	if got := ru.money("5.00", "XYZ"); got != "5\u00a0XYZ" {
		t.Error(got)
	}
}

// A card is read by asking for one part of it, too.
func TestAPartOfACardThatWasNotOpenedIsALook(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/card/51?part=top", "/card/51?part=lines&ticket=1042", "/card/51?part=more&page=1", "/card/51?part=more&page=2", "/card/51?part=do&do=write", "/card/t/1042?part=top"} {
		s, srv, cookie := operatorOf(t, func(*desk) {})
		if status, body := get(t, srv, cookie, path); status != 200 {
			t.Fatalf("%s: %d %s", path, status, body)
		}
		if len(s.desk.seen) != 1 || s.desk.seen[0].By != "Ольга" {
			t.Errorf("%s: %v", path, s.desk.seen)
		}
	}
}
