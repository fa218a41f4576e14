package webui

import (
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/campaign"
)

func TestATestGoesToOnesOwnPhone(t *testing.T) {
	t.Parallel()
	m, srv, cookie := mailingAs(t, gateway.Manager)
	if status, body := post(t, srv, cookie, "/campaigns/1/test", "csrf=form-token&phone="); status != 422 || !strings.Contains(body, "Заполните это поле") {
		t.Errorf("no number: %d", status)
	}
	if status, _ := post(t, srv, cookie, "/campaigns/1/test", "csrf=form-token&phone=12"); status != 422 || len(m.tested) > 0 {
		t.Errorf("no real number: %d", status)
	}
	_, to := post(t, srv, cookie, "/campaigns/1/test", "csrf=form-token&phone=8+916+123-45-68")
	if to != "/campaigns/1/check?sent=1#test" || len(m.tested) != 1 {
		t.Fatalf("led to %s", to)
	}
	if _, body := get(t, srv, cookie, "/campaigns/1/check?sent=1"); !strings.Contains(html.UnescapeString(body), "Проба на +7 916 123-45-68, WhatsApp") || !strings.Contains(body, `href="/messages/1"`) {
		t.Errorf("where it went: %s", around(body, "Проба на"))
	}
}

func TestAMailingStartsWhenAPersonIsSure(t *testing.T) {
	t.Parallel()
	m, srv, cookie := mailingAs(t, gateway.Manager)
	if _, to := post(t, srv, cookie, "/campaigns/1/start", "csrf=form-token&version=7"); to != "/campaigns/1/check?sure=1#start" || len(m.did) > 0 {
		t.Errorf("asked: %s %v", to, m.did)
	}
	if _, body := get(t, srv, cookie, "/campaigns/1/check?sure=1"); !strings.Contains(body, "Сначала получат 50 человек из 1\u00a0240") || !strings.Contains(body, "Да, запустить") {
		t.Error("the last question is not put")
	}
	if status, _ := post(t, srv, cookie, "/campaigns/1/start", "csrf=form-token&version=6&sure=1"); status != 409 || len(m.did) > 0 {
		t.Errorf("an older version: %d %v", status, m.did)
	}
	m.findings = append(m.findings, campaign.Finding{Code: campaign.FoundNoConsent, Refuses: true, Args: gateway.Args{"count": "1240"}})
	m.startErr = device.Errorf(device.Internal, "campaign", "refused")
	if status, body := post(t, srv, cookie, "/campaigns/1/start", "csrf=form-token&version=7&sure=1"); status != 422 || !strings.Contains(body, "сначала исправьте замечания") || !strings.Contains(body, "у 1\u00a0240 получателей его нет") {
		t.Errorf("refused: %d", status)
	}
	m.findings, m.startErr = nil, nil
	if _, to := post(t, srv, cookie, "/campaigns/1/start", "csrf=form-token&version=7&sure=1"); to != "/campaigns/1?done=campaign_started" || len(m.did) != 1 {
		t.Errorf("started: %s %v", to, m.did)
	}
	if _, to := post(t, srv, cookie, "/campaigns/1/start", "csrf=form-token&version=7&sure=1"); to != "/campaigns/1" || len(m.did) != 1 {
		t.Errorf("started twice: %s %v", to, m.did)
	}
}

func TestARunningMailingIsSteered(t *testing.T) {
	t.Parallel()
	m, srv, cookie := mailingAs(t, gateway.Manager)
	for _, step := range []struct{ do, to string }{
		{"pause", "/campaigns/2?done=campaign_paused"}, {"pause", "/campaigns/2?done=campaign_other"}, {"resume", "/campaigns/2?done=campaign_resumed"}, {"stop", "/campaigns/2?done=campaign_stopped"},
	} {
		if _, to := post(t, srv, cookie, "/campaigns/2/"+step.do, "csrf=form-token"); to != step.to {
			t.Errorf("%s led to %s", step.do, to)
		}
	}
	if strings.Join(m.did, ",") != "pause,resume,stop" {
		t.Errorf("did %v", m.did)
	}
	if _, to := post(t, srv, cookie, "/campaigns/3/winner", "csrf=form-token&variant=2"); to != "/campaigns/3?done=campaign_winner&by=variant" || m.find(3).Text.Winner != 2 {
		t.Errorf("winner: %s %+v", to, m.find(3).Text)
	}
	for _, bad := range []string{"3", "-1", "A"} {
		if status, _ := post(t, srv, cookie, "/campaigns/3/winner", "csrf=form-token&variant="+bad); status != 400 {
			t.Errorf("winner %s: %d", bad, status)
		}
	}
	if _, body := get(t, srv, cookie, "/campaigns/3"); !strings.Contains(body, "Отправлено 449, доставлено 245, ответили 24, отписались 3.") || !strings.Contains(body, "Отправить остальным") {
		t.Error("the first portion's outcome is not told")
	}
}

func TestTheFunnelByEachWay(t *testing.T) {
	t.Parallel()
	_, srv, cookie := mailingAs(t, gateway.Operator)
	for by, want := range map[string]string{
		"": "Всего 449 245 144 24 21 21 3", "channel": "WhatsApp 245 245 144 24 21 21 3|SMS 204 0 0 0 0 0 0",
		"variant": "Вариант A 141 141 141 21 21 21 0|Вариант B 308 104 3 3 0 0 3", "hour": "11:00 120 120 120 0 0 0 0|12:00 122 122 21 21 21 21 0|13:00 207 3 3 3 0 0 3",
	} {
		_, body := get(t, srv, cookie, "/campaigns/2?part=run&by="+by)
		doc, err := goquery.NewDocumentFromReader(strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		var rows []string
		doc.Find(".funnel-table tbody tr").Each(func(_ int, tr *goquery.Selection) {
			row := tr.Find("th").Text()
			tr.Find("td").Each(func(_ int, td *goquery.Selection) {
				td.Find(".hint").Remove()
				row += " " + strings.TrimSpace(td.Text())
			})
			rows = append(rows, row)
		})
		if got := strings.Join(rows, "|"); got != want {
			t.Errorf("by %q: %s", by, got)
		}
		if by != "" && !strings.Contains(body, "by="+by) {
			t.Errorf("by %q does not stay when the page draws itself anew", by)
		}
	}
	if _, body := get(t, srv, cookie, "/campaigns/2?part=run"); !strings.Contains(body, "455 из 1\u00a0240") || !strings.Contains(body, "Не получат 35 человек") || !strings.Contains(body, "campaigns from:#live throttle:2s") {
		t.Error("progress is not told")
	}
}

func TestMailingsTablesForSpreadsheets(t *testing.T) {
	t.Parallel()
	_, srv, cookie := mailingAs(t, gateway.Manager)
	for path, want := range map[string]string{
		"/campaigns/2/people.csv":   "\ufeffphone;name;state ru\n+79161234568;Анна;sent\n",
		"/campaigns/1/refusals.csv": "\ufeffline;phone;name;reason ru\n17;;Пётр;bad\n",
		"/campaigns/2/funnel.csv": "\ufeffКанал;Вариант;Час;Отправлено;Доставлено;Прочитали;Ответили;Открыли ссылку;Оценили;Отписались\n" +
			"WhatsApp;A;11:00;120;120;120;0;0;0;0\nWhatsApp;A;12:00;21;21;21;21;21;21;0\nWhatsApp;B;12:00;101;101;0;0;0;0;0\nWhatsApp;B;13:00;3;3;3;3;0;0;3\nSMS;B;13:00;204;0;0;0;0;0;0\n",
	} {
		req := httptest.NewRequest(http.MethodGet, path, nil)
		req.Header.Set("Cookie", loginCookie+"="+cookie)
		req.Header.Set("Accept-Encoding", "gzip")
		status, body := answer(t, srv, req)
		if status != 200 || strings.ReplaceAll(body, "\r\n", "\n") != want {
			t.Errorf("%s: %d\n%s", path, status, body)
		}
	}
}

// The figures of a mailing that runs lead to exactly the people whom they count.
func TestFiguresLeadToTheirPeople(t *testing.T) {
	t.Parallel()
	m, srv, cookie := mailingAs(t, gateway.Manager)
	m.tally = append(m.tally, campaign.TallyRow{State: campaign.PersonDoubt, Reason: gateway.AskPerson, Channel: device.SMS, Variant: 2, Hour: -1, N: 2})
	for path, want := range map[string][]string{
		"/campaigns/2":            {"/campaigns/2/people?got=sent", "/campaigns/2/people?got=opted_out", "/campaigns/2/people?reason=refused&amp;state=failed", "/campaigns/2/people?reason=ask_person&amp;state=doubt", "/campaigns/2/people?reason=opted_out&amp;state=out"},
		"/campaigns/2?by=channel": {"/campaigns/2/people?channel=whatsapp&amp;got=read", "/campaigns/2/people?channel=sms&amp;got=sent"},
		"/campaigns/2?by=variant": {"/campaigns/2/people?got=delivered&amp;variant=2"},
	} {
		_, body := get(t, srv, cookie, path)
		for _, link := range want {
			if !strings.Contains(body, `href="`+link+`"`) {
				t.Errorf("%s does not lead to %s", path, link)
			}
		}
	}
	if _, body := get(t, srv, cookie, "/campaigns/2/people?channel=sms&variant=2&got=sent"); !strings.Contains(body, "Показаны: SMS, Вариант B") {
		t.Error("the list does not say whom it shows")
	}
}

func TestPeopleLeadToTheirWhyPage(t *testing.T) {
	t.Parallel()
	m, srv, cookie := mailingAs(t, gateway.Operator)
	m.ran()
	_, body := get(t, srv, cookie, "/campaigns/2/people")
	for _, want := range []string{`<a href="/messages/1">`, "ответил, прочитано", `<a href="/messages/4">`, "SMS: сеть отказала (38).", "отписался, доставлено"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if _, body := get(t, srv, cookie, "/campaigns/2/people?state=out&part=people"); strings.Contains(body, "/messages/") || !strings.Contains(body, "7 916 123-45-71") || strings.Contains(body, "Анна") {
		t.Errorf("left out: %s", body)
	}
	if _, body := get(t, srv, cookie, "/campaigns/2/people?state=nonsense&got=nonsense&after=x&q=Ольга&part=people"); !strings.Contains(body, "Ольга") || strings.Contains(body, "Анна") {
		t.Errorf("found: %s", body)
	}
	for n := range 120 {
		m.people = append(m.people, campaign.Person{ID: int64(100 + n), Name: fmt.Sprintf("Клиент %d", n), State: campaign.PersonWaits})
	}
	_, body = get(t, srv, cookie, "/campaigns/2/people?state=waits")
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	next, _ := doc.Find("#people a.button").Attr("href")
	if doc.Find(".recipients li").Length() != peopleShown || next != "/campaigns/2/people?after=148&state=waits" {
		t.Errorf("%d rows, next %q", doc.Find(".recipients li").Length(), next)
	}
	if _, body = get(t, srv, cookie, next); !strings.Contains(body, "Клиент 49") || strings.Contains(body, "Клиент 48<") {
		t.Error("the next page does not go on")
	}
}

func TestMomentsToCome(t *testing.T) {
	t.Parallel()
	all, err := loadWords()
	if err != nil {
		t.Fatal(err)
	}
	moscow, _ := time.LoadLocation("Europe/Moscow")
	f := &Frame{Lang: "ru", zone: moscow, now: noon, words: all["ru"]}
	for at, want := range map[time.Time]string{
		noon.Add(time.Hour): "сегодня в 13:30", noon.Add(24 * time.Hour): "завтра в 12:30", noon.Add(12 * time.Hour): "завтра в 00:30", noon.Add(5 * 24 * time.Hour): "в четверг в 12:30",
		noon.Add(8 * 24 * time.Hour): "29.11 в 12:30", noon.Add(60 * 24 * time.Hour): "20.01.2027 в 12:30",
	} {
		if got := f.soon(at); got != want {
			t.Errorf("%v: %q, want %q", at, got, want)
		}
	}
	for n, want := range map[int]string{0: "0", 999: "999", 1240: "1\u00a0240", 1234567: "1\u00a0234\u00a0567", -1000: "-1\u00a0000"} {
		if got := f.Num(n); got != want {
			t.Errorf("%d: %q", n, got)
		}
	}
}
