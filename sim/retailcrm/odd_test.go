package retailcrm_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"vestnik/sim/retailcrm"
)

func object(t *testing.T, what string, v any) map[string]any {
	t.Helper()
	m, is := v.(map[string]any)
	if !is {
		t.Fatalf("%s is not an object: %v", what, v)
	}
	return m
}

func array(t *testing.T, what string, v any) []any {
	t.Helper()
	list, is := v.([]any)
	if !is {
		t.Fatalf("%s is not an array: %v", what, v)
	}
	return list
}

func TestReferencesAreObjectsOrArrays(t *testing.T) {
	t.Parallel()
	a := retailcrm.New(retailcrm.Options{Seed: true, Rate: -1})
	for path, name := range map[string]string{
		"statuses": "statuses", "status-groups": "statusGroups", "order-types": "orderTypes", "order-methods": "orderMethods",
		"delivery-types": "deliveryTypes", "delivery-services": "deliveryServices", "payment-types": "paymentTypes",
		"payment-statuses": "paymentStatuses", "sites": "sites", "product-statuses": "productStatuses",
	} {
		for code, entry := range object(t, name, get(t, a, "/api/v5/reference/"+path)[name]) {
			if object(t, code, entry)["code"] != code {
				t.Errorf("%s: key %q holds %v", path, code, entry)
			}
		}
	}
	for path, name := range map[string]string{
		"stores": "stores", "couriers": "couriers", "countries": "countriesIso", "mg-channels": "mgChannels",
	} {
		array(t, name, get(t, a, "/api/v5/reference/"+path)[name])
	}
	if list := array(t, "customFields", get(t, a, "/api/v5/custom-fields")["customFields"]); len(list) != 6 {
		t.Errorf("%d custom fields", len(list))
	}
	understood(t, a)
}

func TestEmptyObjectsAreArrays(t *testing.T) {
	t.Parallel()
	a := retailcrm.New(retailcrm.Options{})
	o := a.AddOrder(retailcrm.Order{Phone: "x"})
	body := func() map[string]any { return object(t, "order", get(t, a, "/api/v5/orders/5042?by=id")["order"]) }
	got := body()
	if len(array(t, "customFields", got["customFields"])) != 0 || len(array(t, "payments", got["payments"])) != 0 {
		t.Errorf("order %v", got)
	}
	if _, has := got["customer"]; has {
		t.Error("an order without a customer shows one")
	}
	if err := a.PayOrder(o.ID); err != nil {
		t.Fatal(err)
	}
	a.AddCustomField(retailcrm.CustomField{Entity: "order", Code: "gift", Name: "Подарок", Type: "boolean"})
	if err := a.SetOrderField(o.ID, "gift", false); err != nil {
		t.Fatal(err)
	}
	got = body()
	if object(t, "customFields", got["customFields"])["gift"] != false {
		t.Errorf("a false checkbox: %v", got["customFields"])
	}
	for id, p := range object(t, "payments", got["payments"]) {
		if n, _ := object(t, "payment", p)["id"].(float64); id != "4301" || n != 4301 {
			t.Errorf("payment %q: %v", id, p)
		}
	}
	understood(t, a)
}

func TestTimesAreInTheAccountsZone(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("Asia/Vladivostok")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 1, 20, 30, 0, 0, time.UTC)
	a := retailcrm.New(retailcrm.Options{Zone: zone, Now: func() time.Time { return now }})
	a.AddOrder(retailcrm.Order{})
	if got := object(t, "order", get(t, a, "/api/v5/orders/5042?by=id")["order"])["createdAt"]; got != "2026-03-02 06:30:00" {
		t.Errorf("createdAt %v", got)
	}
	settings := object(t, "settings", get(t, a, "/api/v5/settings")["settings"])
	if object(t, "timezone", settings["timezone"])["value"] != "Asia/Vladivostok" {
		t.Errorf("settings %v", settings["timezone"])
	}
	h := get(t, a, "/api/v5/orders/history?filter[startDate]="+url.QueryEscape("2026-03-02 06:30:00"))
	if h["generatedAt"] != "2026-03-02 06:30:00" || len(array(t, "history", h["history"])) != 1 {
		t.Errorf("history %v", h)
	}
	h = get(t, a, "/api/v5/orders/history?filter[startDate]="+url.QueryEscape("2026-03-02 06:30:01"))
	if len(array(t, "history", h["history"])) != 0 {
		t.Errorf("history %v", h)
	}
}

func TestByIsExternalIDUnlessSaid(t *testing.T) {
	t.Parallel()
	a := retailcrm.New(retailcrm.Options{})
	a.AddOrder(retailcrm.Order{ExternalID: "77"})
	if status, body := ask(t, a, "GET", "/api/v5/orders/5042", nil); status != 404 || body["errorMsg"] != "Not found" {
		t.Errorf("internal id without by=id: %d %v", status, body)
	}
	get(t, a, "/api/v5/orders/77")
	get(t, a, "/api/v5/orders/5042?by=id")
	status, _ := ask(t, a, "POST", "/api/v5/orders/5042/edit", url.Values{"order": {`{"call":true}`}})
	if status != 404 {
		t.Errorf("edit without by=id: %d", status)
	}
	// With several shops an external id alone is ambiguous.
	b := retailcrm.New(retailcrm.Options{Seed: true})
	if status, body := ask(t, b, "GET", "/api/v5/orders/shop-88000", nil); status != 400 || body["errorMsg"] != "Parameter 'site' is missing" {
		t.Errorf("external id without site: %d %v", status, body)
	}
	get(t, b, "/api/v5/orders/shop-88000?site=lavka")
}

func TestPagingIsStrict(t *testing.T) {
	t.Parallel()
	a := retailcrm.New(retailcrm.Options{Seed: true, Rate: -1})
	for _, limit := range []string{"1", "10", "21", "250", "x", "-20"} {
		if status, body := ask(t, a, "GET", "/api/v5/orders?limit="+limit, nil); status != 400 || body["errors"] == nil {
			t.Errorf("limit %s: %d", limit, status)
		}
	}
	if status, _ := ask(t, a, "GET", "/api/v5/orders?page=0", nil); status != 400 {
		t.Errorf("page 0: %d", status)
	}
	seen := map[float64]bool{}
	for page := 1; page <= 3; page++ {
		body := get(t, a, "/api/v5/orders?limit=20&page="+string(rune('0'+page)))
		p := object(t, "pagination", body["pagination"])
		if p["limit"] != 20.0 || p["totalCount"] != 40.0 || p["totalPageCount"] != 2.0 || p["currentPage"] != float64(page) {
			t.Errorf("pagination %v", p)
		}
		for _, o := range array(t, "orders", body["orders"]) {
			id, _ := object(t, "order", o)["id"].(float64)
			seen[id] = true
		}
	}
	if len(seen) != 40 {
		t.Errorf("%d orders on two pages", len(seen))
	}
	understood(t, a)
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	a := retailcrm.New(retailcrm.Options{Seed: true, Rate: -1})
	edit := func(order string) url.Values { return url.Values{"by": {"id"}, "order": {order}} }
	for _, c := range []struct {
		name, method, path string
		form               url.Values
		status             int
		want               string // part of the body
	}{
		{"unknown status", "POST", "/api/v5/orders/5042/edit", edit(`{"status":"gone"}`), 400, `\"Status\" with \"code\"=\"gone\" does not exist.`},
		{"unknown field", "POST", "/api/v5/orders/5042/edit", edit(`{"customFields":{"nope":1}}`), 400, `customFields[nope]`},
		{"word for a number", "POST", "/api/v5/orders/5042/edit", edit(`{"customFields":{"nps":"ten"}}`), 400, notValid},
		{"fraction for an integer", "POST", "/api/v5/orders/5042/edit", edit(`{"customFields":{"nps":1.5}}`), 400, notValid},
		{"unknown element", "POST", "/api/v5/orders/5042/edit", edit(`{"customFields":{"pickup_point":"moon"}}`), 400, notValid},
		{"word for a checkbox", "POST", "/api/v5/orders/5042/edit", edit(`{"customFields":{"gift":"perhaps"}}`), 400, notValid},
		{"bad date", "POST", "/api/v5/orders/5042/edit", edit(`{"customFields":{"keep_until":"01.02.2026"}}`), 400, notValid},
		{"unknown manager", "POST", "/api/v5/orders/5042/edit", edit(`{"managerId":999}`), 400, "managerId"},
		{"unknown delivery", "POST", "/api/v5/orders/5042/edit", edit(`{"delivery":{"code":"rocket"}}`), 400, "delivery[code]"},
		{"no order", "POST", "/api/v5/orders/5042/edit", url.Values{"by": {"id"}}, 400, "Parameter 'order' is missing"},
		{"broken JSON", "POST", "/api/v5/orders/5042/edit", edit(`{"a`), 400, "Invalid data"},
		{"not an object", "POST", "/api/v5/orders/5042/edit", edit(`[1]`), 400, "Invalid data"},
		{"absent order", "POST", "/api/v5/orders/1/edit", edit(`{"call":true}`), 404, "Not found"},
		{"absent customer", "GET", "/api/v5/customers/1?by=id", nil, 404, "Not found"},
		{"absent user", "GET", "/api/v5/users/1", nil, 404, "Not found"},
		{"absent field", "GET", "/api/v5/custom-fields/order/has_whatsapp", nil, 404, "Not found"},
		{"field code taken", "POST", "/api/v5/custom-fields/order/create", url.Values{"customField": {`{"name":"N","code":"gift","type":"boolean"}`}}, 400, "code"},
		{"field type unknown", "POST", "/api/v5/custom-fields/order/create", url.Values{"customField": {`{"name":"N","code":"n","type":"checkbox"}`}}, 400, "type"},
		{"bad start date", "GET", "/api/v5/orders/history?filter[startDate]=2020-13-12", nil, 400, "children[startDate]"},
		{"text for a list", "GET", "/api/v5/orders?filter[ids]=5", nil, 400, "children[ids]"},
		{"word for a flag", "GET", "/api/v5/customers?filter[vip]=yes", nil, 400, "children[vip]"},
		{"unknown shop", "POST", "/api/v5/customers/create", url.Values{"site": {"mars"}, "customer": {`{"firstName":"A"}`}}, 400, "mars"},
		{"note without text", "POST", "/api/v5/customers/notes/create", url.Values{"site": {"lavka"}, "note": {`{"customer":{"id":301}}`}}, 400, "text"},
		{"note to nobody", "POST", "/api/v5/customers/notes/create", url.Values{"site": {"lavka"}, "note": {`{"text":"x"}`}}, 400, "Set one of the following fields"},
		{"task without performer", "POST", "/api/v5/tasks/create", url.Values{"site": {"lavka"}, "task": {`{"text":"x"}`}}, 400, "performerId"},
		{"task time with seconds", "POST", "/api/v5/tasks/create", url.Values{"site": {"lavka"}, "task": {`{"text":"x","performerId":20,"datetime":"2026-01-01 10:00:00"}`}}, 400, "datetime"},
		{"notice of no kind", "POST", "/api/v5/notifications/send", url.Values{"notification": {`{"message":"x"}`}}, 400, "type"},
	} {
		status, body := ask(t, a, c.method, c.path, c.form)
		text := asJSON(t, body)
		if status != c.status || body["success"] != false || body["errorMsg"] == "" || !strings.Contains(text, c.want) {
			t.Errorf("%s: %d %s", c.name, status, text)
		}
	}
	understood(t, a)
	if n := len(a.OrderHistory()); n != len(retailcrm.New(retailcrm.Options{Seed: true}).OrderHistory()) {
		t.Error("a refused edit left history")
	}
}

const notValid = "This value is not valid."

func asJSON(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestNotUnderstoodIsListed(t *testing.T) {
	t.Parallel()
	a := retailcrm.New(retailcrm.Options{Seed: true, Rate: -1})
	ask(t, a, "GET", "/api/v5/orders?filter[status]=new", nil)
	ask(t, a, "GET", "/api/v5/loyalty/planets", nil)
	ask(t, a, "POST", "/api/v5/users/20", url.Values{})
	ask(t, a, "GET", "/api/v5/users?colour=red", nil)
	ask(t, a, "POST", "/api/v5/orders/5042/edit", url.Values{"by": {"id"}, "order": {`{"nonsense":1}`}})
	ask(t, a, "GET", "/api/v5/reference/planets", nil)
	want := []string{
		"GET /api/v5/orders: filter[status]",
		"GET /api/v5/loyalty/planets: no such method",
		"POST /api/v5/users/20: method not allowed",
		"GET /api/v5/users: parameter colour",
		"POST /api/v5/orders/5042/edit: order.nonsense",
		"GET /api/v5/reference/planets: no such reference",
	}
	if got := a.NotUnderstood(); !slices.Equal(got, want) {
		t.Errorf("not understood:\n%s", strings.Join(got, "\n"))
	}
}

func TestKeyIsTakenFromParametersAndNotLogged(t *testing.T) {
	t.Parallel()
	a := retailcrm.New(retailcrm.Options{})
	req, err := http.NewRequestWithContext(t.Context(), "GET", "http://crm.test/api/credentials?apiKey=test-key&x[y][]=1", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := a.Transport().RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 200 {
		t.Errorf("status %d", resp.StatusCode)
	}
	log := a.Requests()
	if len(log) != 1 || log[0].Path != "/api/credentials" || log[0].Status != 200 || len(log[0].Params) != 1 || log[0].Params["x[y][0]"] != "1" {
		t.Errorf("log %+v", log)
	}
}

func TestRightsAreChecked(t *testing.T) {
	t.Parallel()
	a := retailcrm.New(retailcrm.Options{Seed: true, Rate: -1, Scopes: []string{"order_read", "customer_read"}, Sites: []string{"lavka-opt"}})
	cred := get(t, a, "/api/credentials")
	if asJSON(t, cred["scopes"]) != `["customer_read","order_read"]` || cred["siteAccess"] != "access_selective" || asJSON(t, cred["sitesAvailable"]) != `["lavka-opt"]` {
		t.Errorf("credentials %v", cred)
	}
	for path, form := range map[string]url.Values{
		"/api/v5/orders/5042/edit":           {"by": {"id"}, "order": {`{}`}},
		"/api/v5/reference/statuses":         nil,
		"/api/v5/custom-fields":              nil,
		"/api/v5/users":                      nil,
		"/api/v5/tasks/create":               {"task": {`{}`}},
		"/api/v5/segments":                   nil,
		"/api/v5/customers/301/edit":         {"by": {"id"}, "customer": {`{}`}},
		"/api/v5/custom-fields/order/create": {"customField": {`{}`}},
	} {
		method := "GET"
		if form != nil {
			method = "POST"
		}
		if status, body := ask(t, a, method, path, form); status != 403 || body["errorMsg"] != "Access denied." {
			t.Errorf("%s: %d %v", path, status, body)
		}
	}
	for _, o := range array(t, "orders", get(t, a, "/api/v5/orders?limit=100")["orders"]) {
		if object(t, "order", o)["site"] != "lavka-opt" {
			t.Error("another shop's order is visible")
		}
	}
	if status, _ := ask(t, a, "GET", "/api/v5/orders/5042?by=id", nil); status != 404 {
		t.Errorf("another shop's order: %d", status)
	}
	understood(t, a)
}
