package retailcrm_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"vestnik/sim/retailcrm"
)

// records reads a page of order history.
func records(t *testing.T, a *retailcrm.Account, since int) []map[string]any {
	t.Helper()
	var out []map[string]any
	body := get(t, a, fmt.Sprintf("/api/v5/orders/history?limit=100&filter[sinceId]=%d", since))
	for _, r := range array(t, "history", body["history"]) {
		out = append(out, object(t, "record", r))
	}
	return out
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestHistoryRecords(t *testing.T) {
	t.Parallel()
	a := retailcrm.New(retailcrm.Options{Rate: -1})
	c := a.AddCustomer(retailcrm.Customer{FirstName: "Анна", Phones: []string{"+79161230001"}})
	o := a.AddOrder(retailcrm.Order{
		CustomerID: c.ID, Phone: "+79161230001", ManagerID: 20, ExternalID: "e1",
		Items: []retailcrm.Item{{Name: "Чай", Price: 320, Quantity: 2}},
	})
	check(t, a.SetStatus(o.ID, "assembling"))
	check(t, a.SetStatus(o.ID, "assembling")) // no record
	check(t, a.SetStatusByAPI(o.ID, "ready-for-pickup"))
	check(t, a.SetStatusBySystem(o.ID, "complete"))
	check(t, a.EditOrderPhone(o.ID, "+79161230009"))
	a.AddCustomField(retailcrm.CustomField{Entity: "order", Code: "has_whatsapp", Name: "WhatsApp", Type: "boolean"})
	for _, order := range []string{
		`{"customFields":{"has_whatsapp":true}}`,
		`{"customFields":{"has_whatsapp":true}}`, // no record
		`{"statusComment":"ждёт","status":"redirect","delivery":{"address":{"text":"там"},"data":{"trackNumber":"T1"}}}`,
	} {
		if status, body := ask(t, a, "POST", "/api/v5/orders/5042/edit", url.Values{"by": {"id"}, "order": {order}}); status != 200 {
			t.Fatalf("%d %v", status, body)
		}
	}
	var lines []string
	var last float64
	for _, r := range records(t, a, 0) {
		id, _ := r["id"].(float64)
		if id <= last {
			t.Errorf("id %v after %v", id, last)
		}
		last = id
		stub := object(t, "order", r["order"])
		who := ""
		if u, has := r["user"]; has {
			who = fmt.Sprint(object(t, "user", u)["id"])
		}
		if k, has := r["apiKey"]; has {
			who = fmt.Sprint("own ", object(t, "apiKey", k)["current"])
		}
		lines = append(lines, fmt.Sprintf("%s %s | %s: %s → %s | %s, %d keys, created %v",
			r["source"], who, r["field"], asJSON(t, r["oldValue"]), asJSON(t, r["newValue"]), stub["status"], min(len(stub), 5), r["created"]))
	}
	want := `user 20 | status: null → {"code":"new"} | new, 5 keys, created true
user 20 | status: {"code":"new"} → {"code":"assembling"} | assembling, 5 keys, created <nil>
api own false | status: {"code":"assembling"} → {"code":"ready-for-pickup"} | ready-for-pickup, 5 keys, created <nil>
code  | status: {"code":"ready-for-pickup"} → {"code":"complete"} | complete, 5 keys, created <nil>
user 20 | phone: "+79161230001" → "+79161230009" | complete, 5 keys, created <nil>
api own true | custom_has_whatsapp: null → true | complete, 5 keys, created <nil>
api own true | status: {"code":"complete"} → {"code":"redirect"} | redirect, 5 keys, created <nil>
api own true | status_comment: null → "ждёт" | redirect, 5 keys, created <nil>
api own true | delivery_address.text: null → "там" | redirect, 5 keys, created <nil>
api own true | integration_delivery_data.track_number: null → "T1" | redirect, 5 keys, created <nil>`
	if got := strings.Join(lines, "\n"); got != want {
		t.Errorf("history:\n%s", got)
	}
	first, second := records(t, a, 0)[0], records(t, a, 0)[1]
	if full := object(t, "order", first["order"]); full["items"] == nil || object(t, "customer", full["customer"])["firstName"] != "Анна" {
		t.Errorf("creation is not in full: %v", full)
	}
	if stub := asJSON(t, second["order"]); stub != `{"externalId":"e1","id":5042,"managerId":20,"site":"lavka","status":"assembling"}` {
		t.Errorf("stub %s", stub)
	}
	understood(t, a)
}

func TestHistoryCursor(t *testing.T) {
	t.Parallel()
	a := retailcrm.New(retailcrm.Options{Rate: -1})
	o := a.AddOrder(retailcrm.Order{ExternalID: "e1"})
	check(t, a.SetStatus(o.ID, "assembling"))
	all := records(t, a, 0)
	if len(all) != 2 {
		t.Fatalf("%d records", len(all))
	}
	id, _ := all[0]["id"].(float64)
	if rest := records(t, a, int(id)); len(rest) != 1 || rest[0]["id"] != all[1]["id"] {
		t.Errorf("sinceId is not exclusive: %v", rest)
	}
	if none := records(t, a, int(id)+100); len(none) != 0 {
		t.Errorf("%v", none)
	}
	for path, want := range map[string]int{
		"/api/v5/orders/history?filter[sinceId]=1&page=1":               400,
		"/api/v5/orders/history?filter[sinceId]=1&page=2":               400,
		"/api/v5/orders/history?page=1":                                 200,
		"/api/v5/orders/history?filter[sinceId]=1&limit=10":             400,
		"/api/v5/orders/history?filter[sinceId]=abc":                    400,
		"/api/v5/orders/history?filter[orderId]=5042&filter[sinceId]=1": 200,
		"/api/v5/orders/history?filter[orderExternalId]=e1":             200,
		"/api/v5/customers/history?filter[sinceId]=1&page=1":            400,
	} {
		if status, body := ask(t, a, "GET", path, nil); status != want {
			t.Errorf("%s: %d %v", path, status, body)
		}
	}
	understood(t, a)
}

func TestOwnKeyIsTheReadersKey(t *testing.T) {
	t.Parallel()
	a := retailcrm.New(retailcrm.Options{})
	a.AddKey("second", nil, nil)
	a.AddOrder(retailcrm.Order{})
	ask(t, a, "POST", "/api/v5/orders/5042/edit", url.Values{"by": {"id"}, "order": {`{"status":"assembling"}`}})
	for secret, want := range map[string]string{key: `"current":true`, "second": `"current":false`} {
		req, err := http.NewRequestWithContext(t.Context(), "GET", "http://crm.test/api/v5/orders/history", nil)
		check(t, err)
		req.Header.Set("X-API-KEY", secret)
		resp, err := a.Transport().RoundTrip(req)
		check(t, err)
		defer resp.Body.Close()
		var text strings.Builder
		if err := resp.Write(&text); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(text.String(), want) {
			t.Errorf("%s reads %s", secret, text.String())
		}
	}
}

func TestDeletedAndCombined(t *testing.T) {
	t.Parallel()
	a := retailcrm.New(retailcrm.Options{Rate: -1})
	keep, gone := a.AddCustomer(retailcrm.Customer{FirstName: "А"}), a.AddCustomer(retailcrm.Customer{FirstName: "Б"})
	o := a.AddOrder(retailcrm.Order{CustomerID: gone.ID})
	other, third := a.AddOrder(retailcrm.Order{}), a.AddOrder(retailcrm.Order{ExternalID: "e3"})
	check(t, a.CombineCustomers(keep.ID, gone.ID))
	check(t, a.DeleteOrder(other.ID))
	check(t, a.CombineOrders(third.ID, o.ID))

	status, body := ask(t, a, "GET", fmt.Sprintf("/api/v5/customers/%d?by=id", gone.ID), nil)
	if status != 404 || body["errorMsg"] != "Not found" || object(t, "combinedTo", body["combinedTo"])["id"] != float64(keep.ID) {
		t.Errorf("merged customer: %d %v", status, body)
	}
	if status, _ := ask(t, a, "GET", fmt.Sprintf("/api/v5/orders/%d?by=id", other.ID), nil); status != 404 {
		t.Errorf("deleted order: %d", status)
	}
	var text []string
	for _, r := range records(t, a, 0)[3:] {
		delete(r, "id")
		delete(r, "createdAt")
		text = append(text, asJSON(t, r))
	}
	want := `{"field":"customer","newValue":{"id":301,"site":"lavka"},"oldValue":{"id":302,"site":"lavka"},"order":{"id":5042,"site":"lavka","status":"new"},"source":"user","user":{"id":19}}
{"deleted":true,"field":"id","newValue":null,"oldValue":5043,"order":{"id":5043,"site":"lavka","status":"new"},"source":"user","user":{"id":19}}
{"combinedTo":{"externalId":"e3","id":5044,"site":"lavka"},"deleted":true,"field":"id","newValue":null,"oldValue":5042,"order":{"id":5042,"site":"lavka","status":"new"},"source":"user","user":{"id":19}}`
	if got := strings.Join(text, "\n"); got != want {
		t.Errorf("history:\n%s", got)
	}
	list := array(t, "history", get(t, a, "/api/v5/customers/history")["history"])
	last := object(t, "record", list[len(list)-1])
	if last["deleted"] != true || object(t, "combinedTo", last["combinedTo"])["id"] != 301.0 || object(t, "customer", last["customer"])["firstName"] != "Б" {
		t.Errorf("customer history: %v", last)
	}
	understood(t, a)
}

func TestStatusesComeAndGo(t *testing.T) {
	t.Parallel()
	a := retailcrm.New(retailcrm.Options{Rate: -1})
	o := a.AddOrder(retailcrm.Order{})
	a.AddStatus(retailcrm.Status{Code: "wrapped", Name: "Упакован", Group: "assembling", Ordering: 65, Active: true})
	check(t, a.SetStatus(o.ID, "wrapped"))
	a.RemoveStatus("wrapped")
	if err := a.SetStatus(o.ID, "wrapped"); err == nil {
		t.Error("a deleted status was set")
	}
	if all := object(t, "statuses", get(t, a, "/api/v5/reference/statuses")["statuses"]); all["wrapped"] != nil || len(all) != 13 {
		t.Errorf("statuses %v", all)
	}
	if got, _ := a.Order(o.ID); got.Status != "wrapped" {
		t.Errorf("the order lost its status: %q", got.Status)
	}
	check(t, a.SetStatus(o.ID, "complete"))
	if err := a.SetStatus(1, "complete"); err == nil {
		t.Error("an absent order was changed")
	}
}

func TestListenersHearOfChanges(t *testing.T) {
	t.Parallel()
	a := retailcrm.New(retailcrm.Options{})
	var heard []string
	a.OnChange(func(c retailcrm.Change) {
		o, _ := a.Order(c.ID) // the account may be asked from within
		heard = append(heard, fmt.Sprintf("%s %d %s", c.Kind, c.ID, o.Status))
	})
	o := a.AddOrder(retailcrm.Order{})
	check(t, a.SetStatus(o.ID, "assembling"))
	ask(t, a, "POST", "/api/v5/orders/5042/edit", url.Values{"by": {"id"}, "order": {`{"status":"complete"}`}})
	if got := strings.Join(heard, ", "); got != "order 5042 new, order 5042 assembling, order 5042 complete" {
		t.Error(got)
	}
}
