package retailcrm_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"vestnik/sim/retailcrm"
)

const key = "test-key"

// ask sends one request inside the process and returns status and body.
func ask(t *testing.T, a *retailcrm.Account, method, path string, form url.Values) (int, map[string]any) {
	t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	req, err := http.NewRequestWithContext(t.Context(), method, "http://crm.test"+path, body)
	if err != nil {
		t.Fatal(err)
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	req.Header.Set("X-API-KEY", key)
	resp, err := a.Transport().RoundTrip(req)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s %s: read: %v", method, path, err)
	}
	var out map[string]any
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatalf("%s %s: status %d, not JSON: %v: %s", method, path, resp.StatusCode, err, data)
	}
	return resp.StatusCode, out
}

func get(t *testing.T, a *retailcrm.Account, path string) map[string]any {
	t.Helper()
	status, body := ask(t, a, http.MethodGet, path, nil)
	if status != 200 || body["success"] != true {
		t.Fatalf("GET %s: %d %v", path, status, body)
	}
	return body
}

func understood(t *testing.T, a *retailcrm.Account) {
	t.Helper()
	if list := a.NotUnderstood(); len(list) > 0 {
		t.Errorf("not understood: %q", list)
	}
}

func TestEveryReadingMethodAnswers(t *testing.T) {
	t.Parallel()
	a := retailcrm.New(retailcrm.Options{Seed: true, Rate: -1})
	for _, path := range []string{
		"/api/api-versions", "/api/credentials", "/api/system-info", "/api/v5/settings", "/api/v5/orders", "/api/v5/orders/history",
		"/api/v5/orders/5042?by=id", "/api/v5/orders/statuses?ids[]=5042", "/api/v5/customers", "/api/v5/customers/301?by=id",
		"/api/v5/customers/history", "/api/v5/customers/notes", "/api/v5/users", "/api/v5/users/20", "/api/v5/user-groups",
		"/api/v5/custom-fields", "/api/v5/custom-fields/order/gift", "/api/v5/custom-fields/dictionaries",
		"/api/v5/custom-fields/dictionaries/pickup-points", "/api/v5/tasks", "/api/v5/segments",
	} {
		get(t, a, path)
	}
	for _, name := range strings.Fields(`statuses status-groups order-types order-methods delivery-types delivery-services
		payment-types payment-statuses sites stores couriers countries currencies product-statuses price-types units
		legal-entities mg-channels`) {
		get(t, a, "/api/v5/reference/"+name)
	}
	understood(t, a)
}

func TestCheckboxIsCreatedAndTicked(t *testing.T) {
	t.Parallel()
	a := retailcrm.New(retailcrm.Options{Seed: true})
	status, body := ask(t, a, "POST", "/api/v5/orders/5042/edit", url.Values{"by": {"id"}, "order": {`{"customFields":{"has_whatsapp":true}}`}})
	if status != 400 || body["errors"] == nil {
		t.Fatalf("unknown field accepted: %d %v", status, body)
	}
	status, body = ask(t, a, "POST", "/api/v5/custom-fields/order/create", url.Values{"customField": {
		`{"name":"Есть WhatsApp","code":"has_whatsapp","type":"boolean","displayArea":"customer","viewMode":"not_editable","inList":true,"inFilter":true,"inGroupActions":false,"ordering":50}`,
	}})
	if status != 201 || body["code"] != "has_whatsapp" {
		t.Fatalf("create field: %d %v", status, body)
	}
	before := a.OrderHistory()
	status, body = ask(t, a, "POST", "/api/v5/orders/5042/edit", url.Values{"by": {"id"}, "order": {`{"customFields":{"has_whatsapp":true}}`}})
	if status != 200 || body["id"] != 5042.0 {
		t.Fatalf("edit: %d %v", status, body)
	}
	if o, _ := a.Order(5042); o.CustomFields["has_whatsapp"] != true {
		t.Fatalf("checkbox: %v", o.CustomFields)
	}
	after := a.OrderHistory()
	if n := len(after) - len(before); n != 1 {
		t.Fatalf("%d history records", n)
	}
	if r := after[len(after)-1]; r.Field != "custom_has_whatsapp" || r.Source != "api" || !r.OwnKey || r.New != true || r.Old != nil {
		t.Fatalf("record %+v", r)
	}
	understood(t, a)
}
