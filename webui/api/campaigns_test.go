package api_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/campaign"
	"vestnik/webui/api"
)

// office keeps one mailing in memory.
type office struct {
	api.Mailings // what is not there is not called
	saved        campaign.Campaign
	csv          string
	gathered     int
	refuse       error
	started      int
	people       campaign.PeopleFilter
}

func (o *office) Campaign(_ context.Context, id gateway.CampaignID) (campaign.Campaign, error) {
	if id != 7 || o.saved.ID != 7 {
		return campaign.Campaign{}, device.Errorf(device.NotFound, "test", "there is no mailing %d", id)
	}
	return o.saved, nil
}

func (o *office) SaveCampaign(_ context.Context, c campaign.Campaign, by string) (campaign.Campaign, error) {
	if err := c.Validate(); err != nil {
		return c, err
	}
	c.ID, c.Version, c.By = 7, c.Version+1, by
	if c.State == "" {
		c.State = campaign.Draft
	}
	o.saved = c
	return c, nil
}

func (o *office) DeleteCampaign(context.Context, gateway.CampaignID) error {
	o.saved = campaign.Campaign{}
	return nil
}

func (o *office) KeepUpload(_ context.Context, _ gateway.CampaignID, name string, size, offset int64, piece []byte, _ string) (int64, error) {
	if int64(len(piece)) != size || offset != 0 {
		return 0, device.Errorf(device.Invalid, "test", "not whole")
	}
	o.csv, o.saved.Audience.File, o.saved.Version = string(piece), campaign.File{Name: name, Ref: "7-x"}, o.saved.Version+1
	return size, nil
}

func (o *office) Collect(context.Context, gateway.CampaignID, string) error {
	if o.refuse != nil {
		return o.refuse
	}
	o.gathered++
	o.saved.Collect = campaign.Collect{State: campaign.CollectRunning, Total: 2}
	return nil
}

func (o *office) Lint(context.Context, campaign.Campaign) ([]campaign.Finding, error) {
	return []campaign.Finding{{Refuses: true, Code: campaign.FoundNoAudience}}, nil
}

func (o *office) Count(context.Context, gateway.CampaignID) (campaign.Count, error) {
	return campaign.Count{Found: 3, Goes: 2, Out: map[gateway.Reason]int{gateway.BadPhone: 1}}, nil
}

func (o *office) Forecast(context.Context, gateway.CampaignID) (campaign.Forecast, error) {
	return campaign.Forecast{Ends: time.Date(2026, 11, 30, 14, 40, 0, 0, time.UTC), ByChannel: map[device.Channel]int{device.WhatsApp: 2}}, nil
}

func (o *office) Start(_ context.Context, _ gateway.CampaignID, version int, _ string) error {
	if version != o.saved.Version {
		return device.Errorf(device.Conflict, "test", "it was changed meanwhile")
	}
	if o.refuse != nil {
		return o.refuse
	}
	o.started++
	o.saved.State = campaign.Starting
	return nil
}

func (o *office) Pause(context.Context, gateway.CampaignID, string) error {
	o.saved.State, o.saved.Why, o.saved.Args = campaign.Paused, gateway.PausedByPerson, gateway.Args{"user": "erp"}
	return nil
}

func (o *office) Tally(context.Context, gateway.CampaignID) ([]campaign.TallyRow, error) {
	return []campaign.TallyRow{
		{State: campaign.PersonSent, Channel: device.WhatsApp, Sent: true, Delivered: true, Read: true, N: 4},
		{State: campaign.PersonSent, Channel: device.WhatsApp, Sent: true, N: 2},
		{State: campaign.PersonDoubt, N: 1},
		{State: campaign.PersonOut, Reason: gateway.BadPhone, N: 3},
		{State: campaign.PersonWaits, N: 10},
	}, nil
}

func (o *office) People(_ context.Context, _ gateway.CampaignID, f campaign.PeopleFilter) ([]campaign.Person, int64, error) {
	o.people = f
	return []campaign.Person{{
		ID: 55, Phone: "+79161234501", Name: "Анна", State: campaign.PersonOut, Reason: gateway.BadPhone, Args: gateway.Args{"problem": "too_short"},
	}}, 55, nil
}

// keys knows one token for each role.
type keys struct{}

func (keys) TokenByHash(_ context.Context, hash string, _ time.Time) (gateway.Token, error) {
	role, ok := map[string]gateway.Role{sum("manager"): gateway.Manager, sum("operator"): gateway.Operator}[hash]
	if !ok {
		return gateway.Token{}, device.Errorf(device.NotFound, "test", "no token")
	}
	return gateway.Token{Name: "erp", Role: role}, nil
}

// shelf has the shop's settings.
type shelf struct{ gateway.Book }

func (shelf) Settings(context.Context) (gateway.Settings, error) {
	return gateway.DefaultSettings(), nil
}

func server(o *office) *fiber.App {
	app := fiber.New(fiber.Config{ErrorHandler: api.ErrorHandler})
	api.Mount(app.Group("/api/v1"), api.Options{Mailings: o, Book: shelf{}, Tokens: keys{}, Log: slog.New(slog.DiscardHandler)})
	return app
}

// ask makes a call as somebody and answers the status and the body.
func ask(t *testing.T, app *fiber.App, who, method, path, body string) (int, map[string]any) {
	t.Helper()
	req := httptest.NewRequest(method, "/api/v1"+path, strings.NewReader(body))
	req.Header.Set("Authorization", "Bearer "+who)
	req.Header.Set("Accept-Language", "en")
	resp, err := app.Test(req, -1)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if len(text) > 0 {
		if err := json.Unmarshal(text, &out); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
	return resp.StatusCode, out
}

func at(t *testing.T, body map[string]any, path ...string) any {
	t.Helper()
	var here any = body
	for _, step := range path {
		m, ok := here.(map[string]any)
		if !ok {
			t.Fatalf("%v has no %s", here, step)
		}
		here = m[step]
	}
	return here
}

const autumn = `{"name": "Осень", "kind": "advertising",
	"people": [{"phone": "8 916 123-45-01", "name": "Анна; Мария", "language": "ru", "fields": {"скидка": "10", "город": "Пермь"}}, {"phone": "12", "fields": {"город": "Уфа"}}],
	"texts": [{"ru": "Скидка {{column.скидка}}", "en": "{{column.скидка}} off"}, {"ru": "Вам {{column.скидка}}"}],
	"channels": ["whatsapp"], "plan": {"hours": {"from": "10:00", "to": "20:00"}, "days": ["mon", "Fri"], "per_hour": 60, "canary": 20},
	"consent": {"from": "галочка на сайте", "at": "2026-03-01"}}`

func TestAProgramMakesAMailing(t *testing.T) {
	t.Parallel()
	o := &office{}
	app := server(o)
	status, body := ask(t, app, "manager", "POST", "/campaigns", autumn)
	if status != 201 || at(t, body, "state") != "draft" || at(t, body, "people", "gathering") != "running" || o.gathered != 1 {
		t.Fatal(status, body)
	}
	if want := "phone;name;language;city;order;город;скидка\n8 916 123-45-01;\"Анна; Мария\";ru;;;Пермь;10\n12;;;;;Уфа;\n"; o.csv != want {
		t.Errorf("the list is\n%s, want\n%s", o.csv, want)
	}
	m := o.saved
	f := m.Audience.File
	if m.Audience.Source != campaign.FromFile || !f.Header || f.Comma != ";" || f.Columns[0] != "phone" || f.Columns[5] != "field:город" || f.Columns[6] != "field:скидка" {
		t.Errorf("%+v", m.Audience)
	}
	if m.By != "erp" || len(m.Text.Variants) != 2 || m.Text.Variants[0].Texts["en"] == "" || m.Plan.PerHour != 60 || m.Plan.Canary != 20 || m.Audience.ConsentFrom == "" {
		t.Errorf("%+v", m)
	}
	monday, sunday := m.Plan.Week.Days[time.Monday], m.Plan.Week.Days[time.Sunday]
	if len(monday) != 1 || monday[0].From != 600 || monday[0].To != 1200 || len(sunday) != 0 || len(m.Plan.Week.Days[time.Friday]) != 1 {
		t.Errorf("%+v", m.Plan.Week)
	}
	status, body = ask(t, app, "manager", "POST", "/campaigns/7/start", "")
	if status != 409 || at(t, body, "error", "code") != "conflict" {
		t.Error("started before its people are known:", status, body)
	}
	o.saved.Collect.State = campaign.CollectDone
	status, body = ask(t, app, "manager", "GET", "/campaigns/7", "")
	if status != 200 || at(t, body, "counts", "waits") != 2.0 || at(t, body, "counts", "out") != 1.0 || at(t, body, "forecast", "ends") != "2026-11-30T14:40:00Z" {
		t.Error(status, body)
	}
	if status, body = ask(t, app, "manager", "POST", "/campaigns/7/start", `{"version": 1}`); status != 409 {
		t.Error("it was changed since:", status, body)
	}
	if status, body = ask(t, app, "manager", "POST", "/campaigns/7/start", ""); status != 202 || at(t, body, "state") != "starting" || o.started != 1 {
		t.Error(status, body)
	}
	if status, body = ask(t, app, "manager", "POST", "/campaigns/7/pause", ""); status != 200 || at(t, body, "state") != "paused" {
		t.Error(status, body)
	}
	status, body = ask(t, app, "manager", "GET", "/campaigns/7", "")
	for name, want := range map[string]float64{"total": 20, "waits": 10, "sent": 6, "delivered": 4, "read": 4, "doubt": 1, "out": 3, "failed": 0} {
		if got := at(t, body, "counts", name); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	if why, _ := at(t, body, "why").(string); status != 200 || why == "" || at(t, body, "why_code") != string(gateway.PausedByPerson) {
		t.Error(status, body)
	}
}

func TestThePeopleOfAMailing(t *testing.T) {
	t.Parallel()
	o := &office{saved: campaign.Campaign{ID: 7, State: campaign.Running}}
	app := server(o)
	status, body := ask(t, app, "manager", "GET", "/campaigns/7/people?state=out&got=read&search=916&limit=20&cursor=5", "")
	rows, _ := body["items"].([]any)
	if status != 200 || len(rows) != 1 || body["next_cursor"] != "55" {
		t.Fatal(status, body)
	}
	if o.people != (campaign.PeopleFilter{State: campaign.PersonOut, Got: "read", Search: "916", Limit: 20, After: 5}) {
		t.Errorf("asked for %+v", o.people)
	}
	if p, _ := rows[0].(map[string]any); p["phone"] != "+79161234501" || p["reason"] == "" || p["reason_code"] != "bad_phone" {
		t.Errorf("%v", rows[0])
	}
}

func TestWhatIsWrongWithAMailingIsSaid(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		method, path, body string
		status             int
		code, says         string
	}{
		"no people":        {"POST", "/campaigns", `{"name": "x", "kind": "advertising", "texts": [{"ru": "x"}]}`, 400, "invalid", "people"},
		"no text":          {"POST", "/campaigns", `{"name": "x", "kind": "advertising", "pasted": "+79161234501"}`, 400, "invalid", "texts"},
		"no name":          {"POST", "/campaigns", `{"kind": "advertising", "pasted": "+79161234501", "texts": [{"ru": "x"}]}`, 400, "invalid", "name"},
		"unknown kind":     {"POST", "/campaigns", `{"name": "x", "kind": "spam", "pasted": "+79161234501", "texts": [{"ru": "x"}]}`, 400, "invalid", "kind"},
		"unknown language": {"POST", "/campaigns", `{"name": "x", "kind": "invitation", "pasted": "+79161234501", "texts": [{"de": "x"}]}`, 400, "invalid", "texts"},
		"both lists":       {"POST", "/campaigns", `{"name": "x", "kind": "invitation", "pasted": "1", "people": [{"phone": "1"}], "texts": [{"ru": "x"}]}`, 400, "invalid", "not both"},
		"hours":            {"POST", "/campaigns", `{"name": "x", "kind": "invitation", "pasted": "1", "texts": [{"ru": "x"}], "plan": {"hours": {"from": "утро"}}}`, 400, "invalid", "10:00"},
		"days":             {"POST", "/campaigns", `{"name": "x", "kind": "invitation", "pasted": "1", "texts": [{"ru": "x"}], "plan": {"days": ["monday"]}}`, 400, "invalid", "mon"},
		"consent":          {"POST", "/campaigns", `{"name": "x", "kind": "invitation", "pasted": "1", "texts": [{"ru": "x"}], "consent": {"from": "сайт", "at": "вчера"}}`, 400, "invalid", "2026-03-01"},
		"unknown field":    {"POST", "/campaigns", `{"name": "x", "text": "x"}`, 400, "invalid", "text"},
		"no mailing":       {"GET", "/campaigns/8", "", 404, "not_found", "8"},
		"no number":        {"GET", "/campaigns/x", "", 404, "not_found", "mailing"},
		"people of none":   {"GET", "/campaigns/8/people", "", 404, "not_found", "8"},
		"state":            {"GET", "/campaigns/7/people?state=gone", "", 400, "invalid", "gone"},
		"got":              {"GET", "/campaigns/7/people?got=bored", "", 400, "invalid", "answered"},
		"limit":            {"GET", "/campaigns/7/people?limit=1000", "", 400, "invalid", "200"},
		"cursor":           {"GET", "/campaigns/7/people?cursor=x", "", 400, "invalid", "cursor"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := server(&office{saved: campaign.Campaign{ID: 7, State: campaign.Draft}})
			status, body := ask(t, app, "manager", c.method, c.path, c.body)
			says, _ := json.Marshal(body["error"])
			if status != c.status || at(t, body, "error", "code") != c.code || !strings.Contains(string(says), c.says) {
				t.Errorf("%d %v", status, body)
			}
			if status, _ = ask(t, app, "operator", c.method, c.path, c.body); status != 403 {
				t.Errorf("an operator gets %d", status)
			}
		})
	}
}

func TestADraftThatMayNotBegin(t *testing.T) {
	t.Parallel()
	o := &office{saved: campaign.Campaign{ID: 7, State: campaign.Draft, Collect: campaign.Collect{State: campaign.CollectDone}}}
	o.refuse = &campaign.Refused{Findings: []campaign.Finding{{Refuses: true, Code: campaign.FoundNobody}, {Refuses: true, Code: campaign.FoundNoChannel}}}
	status, body := ask(t, server(o), "manager", "POST", "/campaigns/7/start", "")
	says, _ := at(t, body, "error", "message").(string)
	if status != 422 || at(t, body, "error", "code") != "refused" || at(t, body, "error", "fields", "no_channel") == nil || !strings.Contains(says, "Nobody") {
		t.Error(status, body)
	}
}

func TestADraftWhosePeopleCannotBeReadIsNotLeft(t *testing.T) {
	t.Parallel()
	o := &office{refuse: device.Errorf(device.Conflict, "test", "there is too little room on the disk")}
	status, body := ask(t, server(o), "manager", "POST", "/campaigns", autumn)
	if status != 409 || o.saved.ID != 0 {
		t.Error(status, body, o.saved)
	}
}

func TestTheDescriptionHasEveryCallAndNoOther(t *testing.T) {
	t.Parallel()
	app := server(&office{})
	status, doc := ask(t, app, "", "GET", "/openapi.json", "")
	if status != 200 {
		t.Fatal(status)
	}
	described := map[string]bool{}
	for path, calls := range doc["paths"].(map[string]any) {
		for method := range calls.(map[string]any) {
			described[strings.ToUpper(method)+" "+path] = true
		}
	}
	for _, route := range app.GetRoutes(true) {
		path := strings.ReplaceAll(strings.TrimPrefix(route.Path, "/api/v1"), ":id", "{id}")
		if route.Method == http.MethodHead || path == "/openapi.json" || path == route.Path {
			continue
		}
		call := route.Method + " " + path
		if !described[call] {
			t.Errorf("%s is not described", call)
		}
		delete(described, call)
	}
	for call := range described {
		t.Errorf("%s is described and not there", call)
	}
	text, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	schemas := at(t, doc, "components", "schemas").(map[string]any)
	for _, after := range strings.Split(string(text), `"#/components/schemas/`)[1:] {
		if name, _, _ := strings.Cut(after, `"`); schemas[name] == nil {
			t.Errorf("there is no schema %s", name)
		}
	}
}
