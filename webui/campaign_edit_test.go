package webui

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/campaign"
)

// What stands in the way of a change is told for what it is: a full disk and a mailing that runs
// already are nobody's other change.
func TestWhyAStepIsNotKept(t *testing.T) {
	t.Parallel()
	full := &device.Error{Kind: device.Unavailable, Op: "campaign: start", Code: gateway.FaultDiskLow}
	for name, tt := range map[string]struct {
		path, form string
		change     func(*mailings)
		status     int
		says       string
	}{
		"started on a full disk":     {"/campaigns/1/start", "version=7&sure=1", func(m *mailings) { m.startErr = full }, 503, "мало места"},
		"saved on a full disk":       {"/campaigns/1/whom", whomForm, func(m *mailings) { m.saveErr = full }, 503, "мало места"},
		"people of a running one":    {"/campaigns/2/whom", whomForm, func(*mailings) {}, 409, "рассылка уже началась"},
		"the plan of one that ended": {"/campaigns/4/when", whenForm, func(*mailings) {}, 409, "рассылка уже закончилась"},
		"started from an old page":   {"/campaigns/1/start", "version=6&sure=1", func(*mailings) {}, 409, "изменили (Вера)"},
		"begun while it was saved": {"/campaigns/1/whom", whomForm, func(m *mailings) {
			m.saveErr = device.Errorf(device.Conflict, "store", "it has begun")
			m.onSave = func() { m.find(1).State = campaign.Running }
		}, 409, "рассылка уже началась"},
		"changed while it was saved": {"/campaigns/1/whom", whomForm, func(m *mailings) {
			m.saveErr = device.Errorf(device.Conflict, "store", "version")
			m.onSave = func() { m.find(1).Version, m.find(1).By = 8, "Пётр" }
		}, 409, "изменили (Пётр)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, srv, cookie := mailingAs(t, gateway.Manager)
			tt.change(m)
			status, body := post(t, srv, cookie, tt.path, "csrf=form-token&"+tt.form)
			if status != tt.status || !strings.Contains(body, tt.says) {
				t.Errorf("%d without %q: %s", status, tt.says, body)
			}
			if strings.Contains(body, "(Ольга)") {
				t.Error("the manager is told of her own change")
			}
		})
	}
}

// A form that was drawn from an older version stays one, however often its button is pressed.
func TestAnOldFormStaysOld(t *testing.T) {
	t.Parallel()
	m, srv, cookie := mailingAs(t, gateway.Manager)
	old := "csrf=form-token&version=6&name=Осень&kind=invitation&source=contacts"
	status, body := post(t, srv, cookie, "/campaigns/1/whom", old)
	if status != 409 || !strings.Contains(body, `name="version" value="6"`) {
		t.Fatalf("%d: the form is based on another version now", status)
	}
	if m.find(1).Name != "Осенние отзывы" {
		t.Error("it was kept")
	}
}

// A form that saves itself may arrive after the button that sent the same: the page that was drawn
// since goes on without a conflict.
func TestALateSaveOfTheSameIsNoChange(t *testing.T) {
	t.Parallel()
	m, srv, cookie := mailingAs(t, gateway.Manager)
	if status, body := post(t, srv, cookie, "/campaigns/1/whom", "csrf=form-token&"+whomForm); status != 303 {
		t.Fatalf("%d %s", status, body)
	}
	if status, body := byItself(t, srv, cookie, "/campaigns/1/whom?part=saved", whomForm); status != 200 || !strings.Contains(body, "Сохранено") {
		t.Fatalf("%d %s", status, body)
	}
	if m.find(1).Version != 8 {
		t.Errorf("version %d of what was saved once", m.find(1).Version)
	}
	next := strings.NewReplacer("version=7", "version=8", "drawn1", "drawn2", "min=1000", "min=2000").Replace(whomForm)
	if status, body := post(t, srv, cookie, "/campaigns/1/whom", "csrf=form-token&"+next); status != 303 {
		t.Errorf("the page drawn since: %d %s", status, body)
	}
}

// The page that uploads a list goes on saving itself: the list was its own change.
func TestAPageKnowsItsOwnUpload(t *testing.T) {
	t.Parallel()
	m, srv, cookie := mailingAs(t, gateway.Manager)
	send := func(query string) int {
		req := httptest.NewRequest("POST", "/campaigns/1/file?name=a.csv&size=12&offset=0"+query, strings.NewReader("79161234568\n"))
		req.Header.Set("Content-Type", fiber.MIMEOctetStream)
		req.Header.Set("Cookie", loginCookie+"="+cookie)
		req.Header.Set("X-CSRF-Token", "form-token")
		status, _ := answer(t, srv, req)
		return status
	}
	if status := send("&version=7&page_key=drawn1"); status != 200 {
		t.Fatalf("uploaded: %d", status)
	}
	if m.find(1).Version != 8 {
		t.Fatalf("version %d", m.find(1).Version)
	}
	if status, body := byItself(t, srv, cookie, "/campaigns/1/whom?part=saved", whomForm); status != 200 {
		t.Errorf("its next change: %d %s", status, body)
	}
	if status := send("&version=7&page_key=drawn2"); status != 409 {
		t.Errorf("a list from a page that is out of date: %d", status)
	}
}
