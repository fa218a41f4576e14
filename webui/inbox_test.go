package webui

import (
	"slices"
	"strings"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

func TestATalkIsAnsweredTakenAndGivenBack(t *testing.T) {
	t.Parallel()
	s := chatty()
	cookie := s.enter(gateway.Operator, "ru")
	srv := newServer(t, s)
	_, body := get(t, srv, cookie, "/inbox/2")
	if !strings.Contains(body, "Отвечает бот. Напишете сами — он замолчит.") || !strings.Contains(body, "На этот чат отвечают и в RetailCRM") || !strings.Contains(body, "RetailCRM сейчас не отвечает") {
		t.Error("the talk does not say who answers, or that the CRM is away")
	}
	if status, to := post(t, srv, cookie, "/inbox/2/say", "csrf=form-token&text=Добрый+день%0D%0AОльга"); status != 303 || to != "/inbox/2" {
		t.Fatalf("%d %s", status, to)
	}
	if !slices.Contains(s.done, "say Добрый день\nОльга") {
		t.Errorf("done %q", s.done)
	}
	_, body = get(t, srv, cookie, "/inbox/2")
	if !strings.Contains(body, "Бот молчит до: сегодня, 16:30. Сотрудник написал клиенту.") || !strings.Contains(body, "Ольга</p>") || !strings.Contains(body, "в очереди") {
		t.Error("after a person's word the page does not say that the bot is silent, who wrote, and how far it came")
	}
	for path, want := range map[string]string{"release": "/inbox/2?done=released", "take": "/inbox/2?done=taken", "close": "/inbox/2?done=talk_closed"} {
		if status, to := post(t, srv, cookie, "/inbox/2/"+path, "csrf=form-token"); status != 303 || to != want {
			t.Errorf("%s: %d %s", path, status, to)
		}
	}
	if status, _ := post(t, srv, cookie, "/inbox/99/take", "csrf=form-token"); status != 404 {
		t.Errorf("a talk that is not there: %d", status)
	}
}

func TestWhatWasTypedStaysWhenItCannotLeave(t *testing.T) {
	t.Parallel()
	s := chatty()
	cookie := s.enter(gateway.Operator, "ru")
	srv := newServer(t, s)
	s.fault = device.Errorf(device.Refused, "chats: send", "the dialog is closed")
	status, body := post(t, srv, cookie, "/inbox/2/say", "csrf=form-token&text=Добрый+день")
	if status != 422 || !strings.Contains(body, ">Добрый день</textarea>") || !strings.Contains(body, "Другая сторона отказала") {
		t.Errorf("refused: %d", status)
	}
	if status, body := post(t, srv, cookie, "/inbox/2/say", "csrf=form-token&text="+strings.Repeat("я", maxSaid+1)); status != 422 || !strings.Contains(body, "aria-invalid") {
		t.Errorf("too long: %d", status)
	}
}

func TestBeforeWritingThePageSaysWhatStandsInTheWay(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		path, want string
		change     func(*shop)
		mayWrite   bool
	}{
		"blocked":     {"/inbox/5", "заблокировал", func(*shop) {}, false},
		"window over": {"/inbox/4", "Отсюда написать нельзя", func(*shop) {}, false},
		"window":      {"/inbox/4", "Мессенджер принимает ответ только до: сегодня, 13:30", func(s *shop) { s.talk.list[3].Chat.AnswerUntil = noon.Add(time.Hour) }, true},
		"channel off": {"/inbox/2", "Отсюда написать нельзя", func(s *shop) { s.talk.channels[0].Active = false }, false},
		"link down":   {"/inbox/1", "Серверы WhatsApp отсюда недоступны. Сообщение подождёт связи.", func(s *shop) { s.links[0].State = device.LinkUnreachable }, true},
		"bot off":     {"/inbox/2", "Бот выключен: отвечают только люди.", func(s *shop) { s.talk.script.On = false }, true},
	} {
		s := chatty()
		c.change(s)
		_, body := get(t, newServer(t, s), s.enter(gateway.Operator, "ru"), c.path)
		if !strings.Contains(body, c.want) || strings.Contains(body, `name="text"`) != c.mayWrite {
			t.Errorf("%s: may write %v; the page lacks %q", name, !c.mayWrite, c.want)
		}
	}
}

func TestATalkIsSeenByWhoLooksAndNotByItsRefreshing(t *testing.T) {
	t.Parallel()
	s := chatty()
	cookie := s.enter(gateway.Operator, "ru")
	srv := newServer(t, s)
	if _, body := get(t, srv, cookie, "/inbox/1?part=talk"); !strings.Contains(body, `hx-post="/inbox/1/seen"`) || s.talk.list[0].Unread != 2 {
		t.Error("the refreshed part does not tell when it comes into sight, or counts as seen")
	}
	if _, body := get(t, srv, cookie, "/inbox"); !strings.Contains(body, "<title>(2) Диалоги") || !strings.Contains(body, `data-unread="2"`) {
		t.Error("the tab does not count")
	}
	if status, _ := post(t, srv, cookie, "/inbox/1/seen", "csrf=form-token"); status != 204 || s.talk.list[0].Unread != 0 {
		t.Errorf("seen: %d", status)
	}
	before := len(s.done)
	if status, _ := post(t, srv, cookie, "/inbox/1/seen", "csrf=form-token"); status != 204 || len(s.done) != before {
		t.Error("seeing what was seen is told again")
	}
	s.talk.list[0].Unread = 1
	if get(t, srv, cookie, "/inbox/1"); s.talk.list[0].Unread != 0 {
		t.Error("an opened talk is not seen")
	}
}

func TestTheChatsAreSetUp(t *testing.T) {
	t.Parallel()
	s := chatty()
	cookie := s.enter(gateway.Manager, "ru")
	srv := newServer(t, s)
	if status, to := post(t, srv, cookie, "/settings/chats", "csrf=form-token&chats.enabled=1&chats.mirror=webhook&chats.webhook_url=https://box.example/mg&chats.endpoint="); status != 303 || to != "/settings/chats?done=saved" {
		t.Fatalf("%d %s", status, to)
	}
	if got := s.settings.Chats; got != (gateway.ChatSettings{Enabled: true, Mirror: gateway.MirrorWebhook, WebhookURL: "https://box.example/mg"}) {
		t.Errorf("%+v", got)
	}
	if status, body := post(t, srv, cookie, "/settings/chats", "csrf=form-token&chats.mirror=stub"); status != 422 || !strings.Contains(body, `id="err-chats-webhook-url"`) {
		t.Errorf("without an address: %d", status)
	}
	if status, to := post(t, srv, cookie, "/device/chats", "csrf=form-token&next=/settings/chats"); status != 303 || to != "/settings/chats?done=reconnect" || !slices.Contains(s.done, "reconnect chats") {
		t.Errorf("connect again: %d %s", status, to)
	}
}
