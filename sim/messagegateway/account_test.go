package messagegateway_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"vestnik/sim/messagegateway"
)

func TestRegistration(t *testing.T) {
	t.Parallel()
	r := newRig(t, messagegateway.Options{})
	edit := func(status int, code, doc string) obj {
		t.Helper()
		got, body := r.v5("POST", "/api/v5/integration-modules/"+code+"/edit", url.Values{"integrationModule": {doc}})
		if got != status {
			t.Fatalf("%s: %d %v", doc, got, body)
		}
		return body
	}
	full := `{"code":"v2","integrationCode":"v2","clientId":"c","name":"N","active":true,"accountUrl":"http://box.local/","integrations":{"mgBot":{},"mgTransport":{"webhookUrl":"http://box.local/hook"}}}`
	info := edit(200, "v2", full)["info"].(obj)
	if info["mgBot"].(obj)["endpointUrl"] != r.url || info["mgTransport"].(obj)["token"] == info["mgBot"].(obj)["token"] {
		t.Errorf("info %v", info)
	}
	_, shown := r.v5("GET", "/api/v5/integration-modules/v2", nil)
	module, _ := shown["integrationModule"].(obj)
	parts, _ := module["integrations"].(obj)
	if module["clientId"] != nil || parts["mgTransport"].(obj)["webhookUrl"] != "http://box.local/hook" || parts["mgTransport"].(obj)["token"] != info["mgTransport"].(obj)["token"] {
		t.Errorf("module %v", shown)
	}
	if status, _ := r.v5("GET", "/api/v5/integration-modules/none", nil); status != 404 {
		t.Errorf("no such module: %d", status)
	}
	edit(400, "v3", `{"code":"v3","active":true,"integrations":{"mgBot":{}}}`)
	edit(400, "v3", `{"code":"v4","integrationCode":"v3","clientId":"c","name":"N"}`)
	edit(400, "v3", `{"code":"v3","integrationCode":"v3","clientId":"c","name":"N","integrations":{"mgTransport":{}}}`)
	r.crm.RefuseModules(true)
	if body := edit(400, "v2", full); body["errorMsg"] != "Failed to activate module" {
		t.Errorf("refused %v", body)
	}
	r.crm.RefuseModules(false)
	r.gw.HideURL(true)
	if info := edit(200, "v2", full)["info"].(obj); info["mgBot"].(obj)["endpointUrl"] != nil || info["mgBot"].(obj)["token"] == nil {
		t.Errorf("info %v", info)
	}
	r.gw.SwitchOff(true)
	if info, isList := edit(200, "v2", full)["info"].([]any); !isList || len(info) != 0 {
		t.Errorf("info without chats %v", info)
	}
	r.gw.SwitchOff(false)
	r.crm.Faults().DropScope("integration_write")
	edit(403, "v2", full)
	r.understood()
}

// The CRM's cards and lists know the people of the chats.
func TestChatCustomersInTheCRM(t *testing.T) {
	t.Parallel()
	r := newRig(t, messagegateway.Options{})
	ch := r.gw.AddChannel("telegram", "Лавка")
	anna, stranger := r.gw.AddCustomer(ch, "55", "Анна"), r.gw.AddCustomer(ch, "66", "Кто-то")
	anna.LinkTo(301)
	found := func(path, key string) []int {
		t.Helper()
		status, body := r.v5("GET", path, nil)
		if status != 200 {
			t.Fatalf("%s: %d %v", path, status, body)
		}
		var out []int
		for _, row := range body[key].([]any) {
			out = append(out, number(row.(obj)["id"]))
		}
		slices.Sort(out)
		return out
	}
	byMG := "/api/v5/customers?filter[mgCustomerId]="
	if got := found(byMG+itoa(anna.ID()), "customers"); !slices.Equal(got, []int{301}) {
		t.Errorf("by MG customer: %v", got)
	}
	if got := found(byMG+itoa(stranger.ID()), "customers"); len(got) != 0 {
		t.Errorf("a stranger has a card: %v", got)
	}
	_, body := r.v5("GET", "/api/v5/customers/301?by=id", nil)
	rows := body["customer"].(obj)["mgCustomers"].([]any)
	if len(rows) != 1 {
		t.Fatalf("card %v", rows)
	}
	row := rows[0].(obj)
	channel := row["mgChannel"].(obj)
	if number(row["externalId"]) != anna.ID() || number(row["id"]) == anna.ID() || number(channel["externalId"]) != ch.ID() || channel["type"] != "telegram" || channel["allowedSendByPhone"] != false {
		t.Errorf("card %v", row)
	}
	if got := found("/api/v5/reference/mg-channels", "mgChannels"); len(got) != 1 || got[0] == ch.ID() {
		t.Errorf("reference %v", got)
	}
	if err := r.crm.CombineCustomers(302, 301); err != nil {
		t.Fatal(err)
	}
	if got := found(byMG+itoa(anna.ID()), "customers"); !slices.Equal(got, []int{302}) {
		t.Errorf("after the merge: %v", got)
	}

	// The questions by which a bot finds somebody's orders.
	card, _ := r.crm.Customer(305) // "8 (926) 123-00-05"
	if got := found("/api/v5/customers?filter[name]=9261230005", "customers"); !slices.Equal(got, []int{305}) {
		t.Errorf("by the last ten digits of %q: %v", card.Phones, got)
	}
	var orders []int
	for _, o := range r.crm.Orders() {
		if o.CustomerID == 305 {
			orders = append(orders, o.ID)
		}
	}
	for _, filter := range []string{"filter[customerId]=305", "filter[customer]=9261230005", "filter[customer]=" + url.QueryEscape(card.LastName)} {
		if got := found("/api/v5/orders?"+filter, "orders"); len(orders) == 0 || !slices.Equal(got, orders) {
			t.Errorf("%s: %v, want %v", filter, got, orders)
		}
	}
	r.understood()
}

func TestFiles(t *testing.T) {
	t.Parallel()
	r := newRig(t, messagegateway.Options{})
	p := r.gw.AddCustomer(r.gw.AddChannel("telegram", "Лавка"), "55", "Анна")
	p.WriteFile("image")
	f := r.gw.Messages(p.Chat())[1].Files[0]
	got := r.bot(200, "GET", "/files/"+f, nil)
	link, _ := got["url"].(string)
	resp, err := http.Get(link)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil || resp.Header.Get("Content-Type") != "image/png" || len(data) != number(got["size"]) || got["type"] != "image" {
		t.Errorf("file %v: %d bytes %v", got, len(data), err)
	}
	copied := r.bot(200, "POST", "/files/upload_by_url", obj{"url": link})
	if copied["id"] == f || copied["size"] != got["size"] {
		t.Errorf("copy %v", copied)
	}
	r.bot(200, "POST", "/messages", obj{"chat_id": p.Chat(), "scope": "public", "type": "image", "items": []obj{{"id": copied["id"], "caption": "Вот"}}})
	if seen := p.Messages(); len(seen) != 1 || seen[0].Kind != "image" || seen[0].Files[0] != fmt.Sprint(copied["id"]) {
		t.Errorf("seen %+v", seen)
	}
	if got := r.bot(200, "PUT", "/files/"+f+"/meta", obj{"transcription": "чек"}); got["transcription_status"] != "ready" {
		t.Errorf("meta %v", got)
	}
	r.refused(404, "not found", "GET", "/files/c425d178-eb6f-11ec-8ea0-0242ac120002", nil)
	r.bot(400, "POST", "/files/upload_by_url", obj{"url": r.url + "/storage/none"})
	r.understood()
}

func TestUpload(t *testing.T) {
	t.Parallel()
	r := newRig(t, messagegateway.Options{})
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, err := w.CreateFormFile("file", "check.txt")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = part.Write([]byte("чек")) // into memory
	_ = w.Close()
	for kind, body := range map[string]string{w.FormDataContentType(): form.String(), "text/plain": "чек"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.url+"/api/bot/v1/files/upload", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-Bot-Token", r.token)
		req.Header.Set("Content-Type", kind)
		resp, err := r.client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		var got struct{ ID, Type string }
		err = json.NewDecoder(resp.Body).Decode(&got)
		resp.Body.Close()
		if data, _, found := r.gw.File(got.ID); err != nil || !found || got.Type != "file" || string(data) != "чек" {
			t.Errorf("%s: %+v %q %v", kind, got, data, err)
		}
	}
	r.understood()
}
