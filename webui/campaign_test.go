package webui

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/gofiber/fiber/v2"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/campaign"
	"vestnik/gateway/campaign/sheet"
)

// mailingAs is a shop with mailings and somebody of a role before its pages.
func mailingAs(t testing.TB, role gateway.Role) (*mailings, *Server, string) {
	t.Helper()
	s := mailing()
	cookie := s.enter(role, "ru")
	return s.mail, newServer(t, s), cookie
}

// byItself sends a step as the page does while it is changed.
func byItself(t testing.TB, srv *Server, cookie, path, form string) (int, string) {
	t.Helper()
	req := httptest.NewRequest("POST", path, strings.NewReader("csrf=form-token&"+form))
	req.Header.Set("Content-Type", fiber.MIMEApplicationForm)
	req.Header.Set("Cookie", loginCookie+"="+cookie)
	req.Header.Set("HX-Request", "true")
	return answer(t, srv, req)
}

func TestMailingsAreReadByAllAndChangedByManagers(t *testing.T) {
	t.Parallel()
	_, srv, operator := mailingAs(t, gateway.Operator)
	for _, path := range []string{"/campaigns", "/campaigns/1/whom", "/campaigns/1/what", "/campaigns/1/when", "/campaigns/1/check", "/campaigns/2", "/campaigns/2/people", "/campaigns/2/funnel.csv"} {
		if status, body := get(t, srv, operator, path); status != 200 || strings.Contains(body, "people.csv") || strings.Contains(body, "refusals.csv") {
			t.Errorf("an operator reads %s: %d", path, status)
		}
		if status, to := get(t, srv, "", path); status != 303 || !strings.HasPrefix(to, "/login") {
			t.Errorf("a stranger at %s: %d %s", path, status, to)
		}
	}
	for _, path := range []string{"/campaigns/2/people.csv", "/campaigns/1/refusals.csv"} {
		if status, _ := get(t, srv, operator, path); status != 403 {
			t.Errorf("an operator takes %s with him: %d", path, status)
		}
		if status, to := get(t, srv, "", path); status != 303 || !strings.HasPrefix(to, "/login") {
			t.Errorf("a stranger at %s: %d %s", path, status, to)
		}
	}
	deeds := []string{
		"/campaigns", "/campaigns/1/copy", "/campaigns/1/delete", "/campaigns/1/whom", "/campaigns/1/file", "/campaigns/1/columns", "/campaigns/1/collect", "/campaigns/1/collect/stop",
		"/campaigns/1/what", "/campaigns/1/picture", "/campaigns/1/picture/drop", "/campaigns/1/when", "/campaigns/1/test", "/campaigns/1/start", "/campaigns/2/pause", "/campaigns/3/resume", "/campaigns/2/stop", "/campaigns/2/winner",
	}
	for _, path := range deeds {
		if status, _ := post(t, srv, operator, path, "csrf=form-token&sure=1&version=7"); status != 403 {
			t.Errorf("an operator does %s: %d", path, status)
		}
	}
	m, srv, manager := mailingAs(t, gateway.Manager)
	for _, path := range deeds {
		if status, _ := post(t, srv, manager, path, "sure=1&version=7"); status != 403 {
			t.Errorf("%s without the form's token: %d", path, status)
		}
	}
	if len(m.did) > 0 || len(m.list) != 4 {
		t.Errorf("something was done: %v", m.did)
	}
	for _, path := range []string{"/campaigns/99", "/campaigns/99/whom", "/campaigns/99/people.csv", "/campaigns/99/funnel.csv", "/campaigns/99/refusals.csv"} {
		if status, _ := get(t, srv, manager, path); status != 404 {
			t.Errorf("%s: %d", path, status)
		}
	}
}

func TestANewMailingIsADraftThatAsksForWhom(t *testing.T) {
	t.Parallel()
	m, srv, cookie := mailingAs(t, gateway.Manager)
	if _, to := post(t, srv, cookie, "/campaigns", "csrf=form-token"); to != "/campaigns/5/whom" {
		t.Fatalf("led to %s", to)
	}
	c := m.find(5)
	if c.State != campaign.Draft || c.Kind != campaign.Invitation || c.Plan.Canary != 50 || len(c.Plan.Channels) == 0 || c.Plan.Week.Always() || c.By != "Ольга" {
		t.Errorf("the draft: %+v", c)
	}
	if _, err := gateway.ParseTemplate(c.Text.Variants[0].Texts["ru"]); err != nil || !strings.Contains(c.Text.Variants[0].Texts["ru"], "{{review.link}}") {
		t.Errorf("the first text: %q, %v", c.Text.Variants[0].Texts["ru"], err)
	}
	if _, to := post(t, srv, cookie, "/campaigns/4/copy", "csrf=form-token"); to != "/campaigns/6/whom?done=campaign_copied" {
		t.Errorf("copied: %s", to)
	}
	if _, to := post(t, srv, cookie, "/campaigns/6/delete", "csrf=form-token"); to != "/campaigns?done=campaign_deleted" || m.find(6) != nil {
		t.Errorf("deleted: %s", to)
	}
	if status, _ := post(t, srv, cookie, "/campaigns/2/delete", "csrf=form-token"); status != 409 {
		t.Errorf("a running one was deleted: %d", status)
	}
}

func TestAStepSavesItself(t *testing.T) {
	t.Parallel()
	m, srv, cookie := mailingAs(t, gateway.Manager)
	status, body := byItself(t, srv, cookie, "/campaigns/1/whom?part=saved", whomForm)
	if status != 200 || !strings.Contains(body, "Сохранено в ") || !strings.Contains(body, `<hx-partial hx-target="#side"`) || strings.Contains(body, "<html") {
		t.Fatalf("%d: %s", status, body)
	}
	c := m.find(1)
	q := c.Audience.Query
	moscow, _ := time.LoadLocation("Europe/Moscow")
	if c.Name != "Осень" || c.Audience.Source != campaign.FromOrders || !q.ByOrders || q.MinTotal != 1000 || !c.Audience.NoMark || len(q.Statuses) != 1 ||
		!q.From.Equal(time.Date(2026, 10, 1, 0, 0, 0, 0, moscow)) || !q.To.Equal(time.Date(2026, 11, 1, 0, 0, 0, 0, moscow)) {
		t.Errorf("kept: %+v", c.Audience)
	}
	if c.Text.Variants[1].Texts["ru"] == "" || c.Plan.Canary != 50 {
		t.Error("the step changed what it does not hold")
	}
	// The form on the page still has its first version: what the page itself has saved is no conflict.
	if status, body := byItself(t, srv, cookie, "/campaigns/1/whom?part=saved", whomForm); status != 200 {
		t.Errorf("saved again: %d %s", status, body)
	}
	other := strings.Replace(whomForm, "drawn1", "drawn2", 1)
	if status, body := byItself(t, srv, cookie, "/campaigns/1/whom?part=saved", other); status != 409 || !strings.Contains(body, "в другом окне") {
		t.Errorf("from a second window of the same person: %d %s", status, body)
	}
	m.find(1).By, m.find(1).Version = "Вера", 10
	status, body = byItself(t, srv, cookie, "/campaigns/1/whom?part=saved", whomForm)
	if status != 409 || !strings.Contains(body, "изменили (Вера)") {
		t.Errorf("over somebody else's change: %d %s", status, body)
	}
	if _, to := post(t, srv, cookie, "/campaigns/1/whom", "csrf=form-token&"+strings.Replace(whomForm, "version=7", "version=10", 1)); to != "/campaigns/1/what" {
		t.Errorf("the next step: %s", to)
	}
	version := m.find(1).Version
	status, body = byItself(t, srv, cookie, "/campaigns/1/whom?part=saved", "version=11&page_key=drawn1&name=&kind=invitation&source=orders&min=x")
	if status != 422 || !strings.Contains(body, "Не сохранено") || m.find(1).Version != version || m.find(1).Name != "Осень" {
		t.Errorf("mistyped: %d %s", status, body)
	}
	if status, _ := byItself(t, srv, cookie, "/campaigns/2/whom?part=saved", whomForm); status != 409 {
		t.Errorf("the people of a running mailing were changed: %d", status)
	}
}

// sendPiece uploads as the page's script does.
func sendPiece(t testing.TB, srv *Server, cookie, path, name string, size, offset int, piece []byte) (int, pieceAnswer) {
	t.Helper()
	req := httptest.NewRequest("POST", fmt.Sprintf("%s?name=%s&size=%d&offset=%d&version=7&page_key=drawn1", path, url.QueryEscape(name), size, offset), bytes.NewReader(piece))
	req.Header.Set("Content-Type", "application/octet-stream")
	req.Header.Set("Cookie", loginCookie+"="+cookie)
	req.Header.Set("X-CSRF-Token", "form-token")
	status, body := answer(t, srv, req)
	var said pieceAnswer
	if err := json.Unmarshal([]byte(body), &said); err != nil {
		t.Fatalf("%d: %s", status, body)
	}
	return status, said
}

func TestAListComesInPieces(t *testing.T) {
	t.Parallel()
	m, srv, cookie := mailingAs(t, gateway.Manager)
	const path, piece = "/campaigns/1/file", 512 << 10
	whole := bytes.Repeat([]byte("79161234568;Анна\n"), 70_000)
	m.find(1).Audience.File = campaign.File{}
	for at := 0; at < len(whole); at += piece {
		status, said := sendPiece(t, srv, cookie, path, "клиенты, осень.csv", len(whole), at, whole[at:min(len(whole), at+piece)])
		if status != 200 || said.Have != int64(min(len(whole), at+piece)) {
			t.Fatalf("at %d: %d %+v", at, status, said)
		}
	}
	if !bytes.Equal(m.upload, whole) || m.find(1).Audience.File.Name != "клиенты, осень.csv" {
		t.Errorf("%d bytes of %d came as %q", len(m.upload), len(whole), m.find(1).Audience.File.Name)
	}
	if status, said := sendPiece(t, srv, cookie, path, "b.csv", 300<<20, 0, whole[:100]); status != 413 || !strings.Contains(said.Wrong, "больше 32 МБ") || len(m.upload) != len(whole) {
		t.Errorf("300 MB: %d %q", status, said.Wrong)
	}
	for _, bad := range [][2]int{{0, 0}, {-5, 0}, {100, -1}} {
		if status, said := sendPiece(t, srv, cookie, path, "b.csv", bad[0], bad[1], []byte("x")); status != 400 || said.Wrong == "" {
			t.Errorf("size %d offset %d: %d %+v", bad[0], bad[1], status, said)
		}
	}
	if status, said := sendPiece(t, srv, cookie, path, "b.csv", 1000, 500, []byte("x")); status != 409 || said.Wrong == "" {
		t.Errorf("a piece that does not fit: %d %+v", status, said)
	}
	if status, said := sendPiece(t, srv, cookie, "/campaigns/2/file", "b.csv", 10, 0, []byte("x")); status != 409 || said.Wrong == "" {
		t.Errorf("into a running mailing: %d %+v", status, said)
	}
	if status, _ := sendPiece(t, srv, cookie, "/campaigns/99/file", "b.csv", 10, 0, []byte("x")); status != 404 {
		t.Errorf("into none: %d", status)
	}
	if sheet.MaxSize != 33554432 || device.MaxFile != 5242880 {
		t.Error("the templates say another limit than the box")
	}
}

func TestASmallListComesWithoutScripts(t *testing.T) {
	t.Parallel()
	m, srv, cookie := mailingAs(t, gateway.Manager)
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	_ = form.WriteField("csrf", "form-token")
	part, _ := form.CreateFormFile("list", "a.csv")
	_, _ = part.Write([]byte("79161234568\n"))
	form.Close()
	req := httptest.NewRequest("POST", "/campaigns/1/file", &body)
	req.Header.Set("Content-Type", form.FormDataContentType())
	req.Header.Set("Cookie", loginCookie+"="+cookie)
	if status, to := answer(t, srv, req); status != 303 || to != "/campaigns/1/whom#file" || string(m.upload) != "79161234568\n" {
		t.Errorf("%d %s %q", status, to, m.upload)
	}
}

const columnsForm = "version=7&page_key=drawn1&encoding=windows-1251&comma=;&drawn_encoding=windows-1251&drawn_comma=;&header=1&column_0=name&column_1=phone&column_2=&column_3=field"

func TestColumnsAreSaidByAPerson(t *testing.T) {
	t.Parallel()
	m, srv, cookie := mailingAs(t, gateway.Manager)
	if status, body := byItself(t, srv, cookie, "/campaigns/1/columns?part=file", columnsForm); status != 200 {
		t.Fatalf("%d %s", status, body)
	}
	file := m.find(1).Audience.File
	if want := (map[int]string{0: "name", 1: "phone", 3: "field:скидка"}); fmt.Sprint(file.Columns) != fmt.Sprint(want) || !file.Header {
		t.Errorf("columns %v", file.Columns)
	}
	if status, body := byItself(t, srv, cookie, "/campaigns/1/columns?part=file", strings.Replace(columnsForm, "column_1=phone", "column_1=", 1)); status != 422 || !strings.Contains(body, "в каком столбце телефон") {
		t.Errorf("without a phone: %d %s", status, body)
	}
	if status, _ := byItself(t, srv, cookie, "/campaigns/1/columns?part=file", strings.Replace(columnsForm, "column_2=", "column_2=card", 1)); status != 400 {
		t.Errorf("a column of no kind: %d", status)
	}
	other := strings.Replace(columnsForm, "encoding=windows-1251", "encoding=utf-8", 1)
	if status, _ := byItself(t, srv, cookie, "/campaigns/1/columns?part=file", other); status != 200 || m.find(1).Audience.File.Encoding != "utf-8" || m.find(1).Audience.File.Columns != nil {
		t.Errorf("another encoding: %d %+v", status, m.find(1).Audience.File)
	}
	m.find(1).Audience.File.Comma, m.look.Comma = "", "|" // as the box found it out: the page shows what it is read by
	if _, body := get(t, srv, cookie, "/campaigns/1/whom"); !strings.Contains(body, `<option value="|" selected>вертикальная черта`) {
		t.Errorf("the separator: %s", around(body, `id="comma"`))
	}
	bar := strings.Replace(columnsForm, "drawn_comma=;", "drawn_comma=|", 1)
	if status, _ := byItself(t, srv, cookie, "/campaigns/1/columns?part=file", strings.Replace(bar, "&comma=;", "&comma=|", 1)); status != 200 || m.find(1).Audience.File.Columns[1] != "phone" {
		t.Errorf("the separator |: %d %+v", status, m.find(1).Audience.File)
	}
	if status, _ := byItself(t, srv, cookie, "/campaigns/1/columns?part=file", strings.Replace(columnsForm, "&comma=;", "&comma=x", 1)); status != 400 {
		t.Errorf("a separator of no kind: %d", status)
	}
}

func TestCollectingBeginsWithWhatIsOnThePage(t *testing.T) {
	t.Parallel()
	m, srv, cookie := mailingAs(t, gateway.Manager)
	form := "csrf=form-token&version=7&page_key=drawn1&name=Осень&kind=advertising&source=file"
	if _, to := post(t, srv, cookie, "/campaigns/1/collect", form); to != "/campaigns/1/whom#people" {
		t.Fatalf("led to %s", to)
	}
	c := m.find(1)
	if c.Collect.State != campaign.CollectRunning || c.Kind != campaign.Advertising || c.Audience.File.Columns[1] != "phone" || c.Audience.File.Columns[0] != "name" || !c.Audience.File.Header {
		t.Errorf("the guesses are not kept: %+v", c.Audience.File)
	}
	if _, body := get(t, srv, cookie, "/campaigns/1/whom?part=side"); !strings.Contains(body, "просмотрено 300 из 1\u00a0300, найдено 290") {
		t.Errorf("progress: %s", body)
	}
	if _, to := post(t, srv, cookie, "/campaigns/1/collect/stop", "csrf=form-token"); to != "/campaigns/1/whom#people" || c.Collect.State != campaign.CollectNone {
		t.Errorf("broken off: %s %+v", to, c.Collect)
	}
	c.Audience.File = campaign.File{}
	if status, body := post(t, srv, cookie, "/campaigns/1/collect", form); status != 422 || !strings.Contains(body, "Сначала выберите файл") {
		t.Errorf("without a file: %d", status)
	}
	c.Audience.File, m.look.Columns = campaign.File{Name: "a.csv", Ref: "kept"}, []sheet.Column{{Name: "ФИО", Guess: "name"}}
	if status, body := post(t, srv, cookie, "/campaigns/1/collect", form); status != 422 || !strings.Contains(body, "в каком столбце телефон") {
		t.Errorf("nobody knows where the phone is: %d", status)
	}
}

func TestTheCountIsAPictureAndAReport(t *testing.T) {
	t.Parallel()
	_, srv, cookie := mailingAs(t, gateway.Manager)
	_, body := get(t, srv, cookie, "/campaigns/1/whom")
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if got := doc.Find(".goes").Text(); got != "Сообщение получат 1\u00a0240 человек" {
		t.Errorf("goes: %q", got)
	}
	var lines []string
	doc.Find(".out-bars li").Each(func(_ int, li *goquery.Selection) {
		lines = append(lines, li.Find(".out-why").Text()+li.Find(".out-n").Text())
	})
	if want := "Отказались от рассылок−22; Телефон с ошибкой−13; Недавно получали другую рассылку−12; Этот человек в списке уже есть−9; Уже поставили оценку−4"; strings.Join(lines, "; ") != want {
		t.Errorf("deductions: %s", strings.Join(lines, "; "))
	}
	rows := doc.Find(".refused tbody tr")
	if rows.Length() != 2 || !strings.Contains(rows.First().Text(), "Пётр Иванов") || rows.First().Find(".num").Text() != "3" {
		t.Errorf("refused: %s", rows.Text())
	}
}

func TestAPictureComesInPieces(t *testing.T) {
	t.Parallel()
	m, srv, cookie := mailingAs(t, gateway.Manager)
	const path = "/campaigns/1/picture"
	png := append([]byte("\x89PNG\r\n\x1a\n"), make([]byte, 700<<10)...)
	half := 512 << 10
	if status, said := sendPiece(t, srv, cookie, path, "чай.png", len(png), 0, png[:half]); status != 200 || said.Have != int64(half) {
		t.Fatalf("%d %+v", status, said)
	}
	if status, said := sendPiece(t, srv, cookie, path, "чай.png", len(png), half, png[half:]); status != 200 || said.Have != int64(len(png)) {
		t.Fatalf("%d %+v", status, said)
	}
	if status, said := sendPiece(t, srv, cookie, path, "чай.png", len(png), half, png[half:]); status != 200 || said.Have != int64(len(png)) {
		t.Errorf("the last piece once more, since its answer was lost: %d %+v", status, said)
	}
	c := m.find(1)
	if c.Text.File != 1 || c.Text.FileName != "чай.png" || !bytes.Equal(m.files[1].Data, png) {
		t.Errorf("kept: %+v", c.Text)
	}
	if status, body := get(t, srv, cookie, path); status != 200 || body != string(png) {
		t.Errorf("shown: %d", status)
	}
	if status, said := sendPiece(t, srv, cookie, path, "a.html", 13, 0, []byte("<html></html>")); status != 422 || !strings.Contains(said.Wrong, "JPEG, PNG или PDF") {
		t.Errorf("a page as a picture: %d %+v", status, said)
	}
	if status, said := sendPiece(t, srv, cookie, path, "b.png", device.MaxFile+1, 0, png[:10]); status != 413 || !strings.Contains(said.Wrong, "больше 5 МБ") {
		t.Errorf("too large: %d %+v", status, said)
	}
	if status, said := sendPiece(t, srv, cookie, path, "b.png", 100, 50, png[:10]); status != 409 || said.Wrong == "" {
		t.Errorf("a middle without a beginning: %d %+v", status, said)
	}
	if _, to := post(t, srv, cookie, path+"/drop", "csrf=form-token&version=8"); to != "/campaigns/1/what" || m.find(1).Text.File != 0 {
		t.Errorf("taken away: %s", to)
	}
	if status, _ := get(t, srv, cookie, path); status != 404 {
		t.Errorf("none: %d", status)
	}
	if status, _ := sendPiece(t, srv, cookie, "/campaigns/4/picture", "чай.png", 10, 0, png[:10]); status != 400 {
		t.Errorf("into one that has ended: %d", status)
	}
}

func TestHalfFilesAreFewAndShortLived(t *testing.T) {
	t.Parallel()
	now := noon
	h := newHalfFiles(func() time.Time { return now })
	for id := range gateway.CampaignID(halfFilesMost) {
		if _, _, err := h.add(id+1, "a", 10, 0, []byte("12345")); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := h.add(9, "a", 10, 0, []byte("12345")); device.KindOf(err) != device.RateLimited {
		t.Errorf("one too many: %v", err)
	}
	if have, _, err := h.add(1, "a", 10, 0, []byte("123")); have != 3 || err != nil {
		t.Errorf("begun anew: %d %v", have, err)
	}
	if have, whole, err := h.add(2, "a", 10, 5, []byte("67890")); have != 10 || string(whole) != "1234567890" || err != nil {
		t.Errorf("whole: %d %q %v", have, whole, err)
	}
	if _, _, err := h.add(3, "a", 10, 5, []byte("678901")); device.KindOf(err) != device.Conflict {
		t.Errorf("more than it said: %v", err)
	}
	now = now.Add(halfFileLife + time.Second)
	if _, _, err := h.add(9, "a", 10, 0, []byte("12345")); err != nil || len(h.open) != 1 {
		t.Errorf("the old ones are still there: %v, %d", err, len(h.open))
	}
}

func TestWordings(t *testing.T) {
	t.Parallel()
	m, srv, cookie := mailingAs(t, gateway.Manager)
	send := func(more string) (int, string) {
		return post(t, srv, cookie, "/campaigns/1/what", "csrf=form-token&"+whatForm+"&"+more)
	}
	if _, to := send("text=Привет+{{review.link}}&go=variant:2"); to != "/campaigns/1/what?variant=2&lang=ru" || m.find(1).Text.Variants[0].Texts["ru"] != "Привет {{review.link}}" {
		t.Errorf("%s %+v", to, m.find(1).Text)
	}
	if _, to := send("text=Привет&go=add"); to != "/campaigns/1/what?variant=3&lang=ru" || len(m.find(1).Text.Variants) != 3 || m.find(1).Text.Variants[2].Texts["ru"] != "Привет" {
		t.Errorf("added: %s %+v", to, m.find(1).Text)
	}
	if _, to := send("text=x&go=drop"); to != "/campaigns/1/what?variant=1&lang=ru" || len(m.find(1).Text.Variants) != 2 || m.find(1).Text.Variants[1].Texts["ru"] != "Привет" {
		t.Errorf("dropped: %s %+v", to, m.find(1).Text)
	}
	status, body := send("text=Привет+{{review&go=add")
	if c := m.find(1); status != 422 || len(c.Text.Variants) != 2 || !strings.Contains(body, "Привет {{review</textarea>") || !strings.Contains(body, `name="variant" value="1"`) {
		t.Errorf("a wording added to a broken one: %d %+v", status, c.Text)
	}
	// A wording that is taken away may be broken: the others stay as they are.
	send("text=Новый&go=add")
	third := strings.Replace(whatForm, "variant=1", "variant=3", 1)
	if _, to := post(t, srv, cookie, "/campaigns/1/what", "csrf=form-token&"+third+"&text=Привет+{{review&go=drop"); to != "/campaigns/1/what?variant=2&lang=ru" || len(m.find(1).Text.Variants) != 2 || m.find(1).Text.Variants[1].Texts["ru"] != "Привет" || m.find(1).Text.Variants[0].Texts["ru"] != "Новый" {
		t.Errorf("a broken wording dropped: %s %+v", to, m.find(1).Text)
	}
	version := m.find(1).Version
	status, body = byItself(t, srv, cookie, "/campaigns/1/what?part=saved", whatForm+"&text=Привет+{{review.link")
	if status != 422 || !strings.Contains(body, "не хватает }}") || m.find(1).Version != version {
		t.Errorf("half a field: %d %s", status, body)
	}
	status, body = byItself(t, srv, cookie, "/campaigns/1/what?part=saved", whatForm+"&text={{customer.firstName}}!&person=0&after=0")
	if status != 200 || !strings.Contains(body, "Анна!\nЧтобы не получать") || !strings.Contains(body, "Получатель: Анна Петрова") || !strings.Contains(body, "SMS: ") {
		t.Errorf("preview: %d %s", status, body)
	}
	if _, body = byItself(t, srv, cookie, "/campaigns/1/what?part=saved", whatForm+"&text=Да&person=1&after=1&another=1"); !strings.Contains(body, "Получатель: Константинопольская") {
		t.Errorf("another person: %s", body)
	}
	if _, to := post(t, srv, cookie, "/campaigns/2/what", "csrf=form-token&"+whatForm+"&text=Новый&go=save"); to != "/campaigns/2/what?variant=1&lang=ru&done=campaign_changed" || m.find(2).Text.Variants[0].Texts["ru"] != "Новый" {
		t.Errorf("the text of what has not left: %s %+v", to, m.find(2).Text)
	}
	if status, _ := post(t, srv, cookie, "/campaigns/4/what", "csrf=form-token&"+whatForm+"&text=Новый"); status != 409 {
		t.Errorf("the text of one that has ended: %d", status)
	}
}

// What is typed into the text or the plan of a mailing that has begun goes to customers: nothing but
// the button saves it, and not what a start would be refused for.
func TestARunningMailingIsSavedByItsButtonAlone(t *testing.T) {
	t.Parallel()
	m, srv, cookie := mailingAs(t, gateway.Manager)
	before, version := m.find(2).Text.Variants[0].Texts["ru"], m.find(2).Version
	same := func(what string) {
		t.Helper()
		if c := m.find(2); c.Version != version || c.Text.Variants[0].Texts["ru"] != before {
			t.Fatalf("%s: version %d, text %q", what, c.Version, c.Text.Variants[0].Texts["ru"])
		}
	}
	_, body := get(t, srv, cookie, "/campaigns/2/what")
	form, _, _ := strings.Cut(body[strings.Index(body, `<form id="step-form"`):], ">")
	if !strings.Contains(form, `hx-post="/campaigns/2/what?part=view"`) || strings.Contains(body, "part=saved") || strings.Contains(body, "сохраняются сами") || strings.Contains(body, `value="variant:2"`) {
		t.Errorf("the page of the text saves by itself: %s", form)
	}
	if _, body = get(t, srv, cookie, "/campaigns/2/when"); strings.Contains(body, "part=saved") || strings.Contains(body, "сохраняются сами") {
		t.Error("the page of the plan saves by itself")
	}
	status, body := byItself(t, srv, cookie, "/campaigns/2/what?part=view", whatForm+"&text={{customer.firstName}},+у+нас+но")
	if status != 200 || !strings.Contains(body, "Анна, у нас но") || !strings.Contains(body, `<hx-partial hx-target="#side"`) || strings.Contains(body, "Сохранено") {
		t.Errorf("the preview: %d %s", status, body)
	}
	same("the preview")
	if status, body = byItself(t, srv, cookie, "/campaigns/2/what?part=view", whatForm+"&text=Привет,+{{review"); status != 200 || !strings.Contains(body, "не хватает }}") {
		t.Errorf("half a field: %d %s", status, body)
	}
	// A page that was drawn while it was a draft still saves itself: its time is over.
	for _, step := range []string{"what?part=saved", "when?part=saved"} {
		if status, _ := byItself(t, srv, cookie, "/campaigns/2/"+step, whatForm+"&text=Привет&"+whenForm); status != 409 {
			t.Errorf("%s of a page drawn before the start: %d", step, status)
		}
		same(step)
	}
	for _, more := range []string{"go=next", "go=variant:2", "go=drop", ""} {
		if status, _ := post(t, srv, cookie, "/campaigns/2/what", "csrf=form-token&"+whatForm+"&text=Привет&"+more); status != 409 {
			t.Errorf("text, %q: %d", more, status)
		}
		same(more)
	}
	if status, _ := post(t, srv, cookie, "/campaigns/2/when", "csrf=form-token&"+whenForm); status != 409 {
		t.Errorf("the plan without its button: %d", status)
	}
	same("the plan")
	if status, body := post(t, srv, cookie, "/campaigns/2/what", "csrf=form-token&go=save&"+whatForm+"&text=+"); status != 422 || !strings.Contains(body, "Заполните это поле") {
		t.Errorf("an emptied text: %d", status)
	}
	same("an emptied text")
	m.findings = []campaign.Finding{{Code: campaign.FoundTemplate, Refuses: true, Variant: 1, Language: "ru", Args: gateway.Args{"problem": "unknown_field", "what": "скидка"}}}
	if status, body := post(t, srv, cookie, "/campaigns/2/what", "csrf=form-token&go=save&"+whatForm+"&text={{column.скидка}}"); status != 422 || !strings.Contains(body, "Не сохранено: сначала исправьте замечания") || !strings.Contains(body, "{{column.скидка}}") {
		t.Errorf("what a start would be refused for: %d", status)
	}
	same("a refused text")
	m.findings = []campaign.Finding{{Code: campaign.FoundNoWindow, Refuses: true}}
	if status, body := post(t, srv, cookie, "/campaigns/2/when", "csrf=form-token&go=save&"+whenForm); status != 422 || !strings.Contains(body, "Не сохранено: сначала исправьте замечания") {
		t.Errorf("hours that never come: %d", status)
	}
	same("a refused plan")
	m.findings = []campaign.Finding{{Code: campaign.FoundNobody, Refuses: true}, {Code: campaign.FoundNoAudience, Refuses: true}, {Code: campaign.FoundNoConsent, Refuses: true}}
	if _, to := post(t, srv, cookie, "/campaigns/2/when", "csrf=form-token&go=save&"+whenForm); to != "/campaigns/2/when?done=campaign_changed" || m.find(2).Plan.PerHour != 60 {
		t.Errorf("the plan by its button: %s", to)
	}
}

func TestThePlan(t *testing.T) {
	t.Parallel()
	m, srv, cookie := mailingAs(t, gateway.Manager)
	if _, to := post(t, srv, cookie, "/campaigns/1/when", "csrf=form-token&"+whenForm+"&start=2026-11-23T10:00&sms_per_day=40"); to != "/campaigns/1/check" {
		t.Fatalf("led to %s", to)
	}
	moscow, _ := time.LoadLocation("Europe/Moscow")
	plan := m.find(1).Plan
	if plan.NewChatsWait || plan.PerHour != 60 || plan.SMSPerDay != 40 || plan.Canary != 50 || !plan.StartAt.Equal(time.Date(2026, 11, 23, 10, 0, 0, 0, moscow)) || len(plan.Week.Days[1]) != 1 || len(plan.Week.Days[0]) != 0 || m.find(1).Report != campaign.ReportNote {
		t.Errorf("plan: %+v", plan)
	}
	if status, body := byItself(t, srv, cookie, "/campaigns/1/when?part=saved", whenForm); status != 200 || !strings.Contains(body, "Закончится в четверг в 17:30: 930 в WhatsApp, 310 по SMS ≈ 620 частей.") {
		t.Errorf("%d %s", status, body)
	}
	for _, bad := range []string{"week_1=ten", "end=2026-11-20T10:00", "canary=-1", "way=pigeon", "per_hour=много", "report=all", "start=soon"} {
		key, _, _ := strings.Cut(bad, "=")
		form := bad + "&" + strings.ReplaceAll(whenForm, key+"=", "was_"+key+"=")
		if status, body := byItself(t, srv, cookie, "/campaigns/1/when?part=saved", form); status != 422 || !strings.Contains(body, "Не сохранено") {
			t.Errorf("%s: %d %s", bad, status, body)
		}
	}
}

// A column's name becomes a field that a template may name, whatever a spreadsheet calls it.
func FuzzColumnField(f *testing.F) {
	for _, name := range []string{"Скидка, %", "", "__", "a.b", "}}{{", "Имя клиента (полностью)", "№"} {
		f.Add(name, 3)
	}
	f.Fuzz(func(t *testing.T, name string, n int) {
		field := columnField(name, n&0xff)
		if _, err := gateway.ParseTemplate("{{column." + field + "}}"); err != nil {
			t.Fatalf("%q became %q: %v", name, field, err)
		}
	})
}
