package webui

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"io"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/card"
)

var update = flag.Bool("update", false, "rewrite golden files")

// asker is another helpdesk that knows the secret.
type asker struct {
	secret string
	stamp  time.Time
	nonce  string
	body   string
	forge  string // another body than the one that was signed
}

const panelSecret = "panel-secret-panel-secret"

func (a asker) ask(t *testing.T, srv *Server) (int, string) {
	t.Helper()
	stamp := strconv.FormatInt(a.stamp.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(a.secret))
	mac.Write([]byte(stamp + "." + a.nonce + "." + a.body))
	body := a.body
	if a.forge != "" {
		body = a.forge
	}
	req := httptest.NewRequest("POST", "/panel/v1/lookup", strings.NewReader(body))
	req.Host = "a-name-that-this-box-does-not-know.example"
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Panel-Timestamp", stamp)
	req.Header.Set("X-Panel-Nonce", a.nonce)
	req.Header.Set("X-Panel-Signature", "v1="+hex.EncodeToString(mac.Sum(nil)))
	res, err := srv.App().Test(req, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(raw)
}

// The example of the documents: whoever writes a client can check its signature with it.
func TestTheSignatureOfTheDocuments(t *testing.T) {
	t.Parallel()
	// printf '1772435721.6f1c0e.{"v":1}' | openssl dgst -sha256 -hmac panel-secret-panel-secret
	const want = "d81b1e8fbb3c4865c97a3d7cfd52009c708a2a4c91e5d2039ccc75421fd6cc58"
	if got := panelSignature(panelSecret, "1772435721", "6f1c0e", []byte(`{"v":1}`)); got != want {
		t.Errorf("signed %s", got)
	}
}

// panelShop is a box that began a minute ago, and the customer of the contract's examples.
func panelShop(t *testing.T) (*shop, *Server) {
	t.Helper()
	s := supported()
	moscow := time.FixedZone("MSK", 3*3600)
	s.now = time.Date(2026, 3, 2, 10, 14, 0, 0, moscow)
	s.crm.LastPoll = time.Date(2026, 3, 2, 8, 0, 0, 0, moscow)
	order := card.Order{ProfileOrder: gateway.ProfileOrder{
		ID: 90512, Number: "5123А", Status: "delivering", StatusName: "Доставляется", Group: "delivery", CreatedAt: time.Date(2026, 2, 28, 11, 2, 0, 0, moscow), Total: "6490.00", Track: "RB000000000RU",
		Items: []gateway.ProfileItem{{Name: "Кроссовки", Quantity: "1", Price: "5990.00"}, {Name: "Носки", Quantity: "2", Price: "250.00"}}, URL: "https://shop.retailcrm.example/orders/90512/edit",
	}, Delivery: true}
	k := card.Card{
		Profile: gateway.Profile{
			Customer: gateway.Customer{ID: 4411, Name: "Мария Иванова", Phones: []string{"+79120001122"}, VIP: true, URL: "https://shop.retailcrm.example/customers/4411"}, Site: "main", Emails: []string{"m.ivanova@example.com"}, Tags: []string{"опт"},
			OrdersCount: 27, Total: "184300.00", Currency: "RUB", Average: "6825.93", CreatedAt: time.Date(2023, 4, 11, 0, 0, 0, 0, moscow),
		},
		Manager: &gateway.CRMUser{ID: 12, Name: "Ольга Сергеева", Email: "o.sergeeva@example.com"}, Orders: []card.Order{order}, OrdersTotal: 27, AsOf: time.Date(2026, 3, 2, 10, 15, 19, 0, moscow), FromCache: true,
		Lines: []card.Line{{At: time.Date(2026, 2, 27, 18, 40, 0, 0, moscow), Kind: card.LineNote, Text: "Просила перезвонить"}},
	}
	s.desk.cards[4411] = k
	for i := range 27 {
		o := order
		o.ID, o.Number, o.Delivery = gateway.OrderID(90512-i), strconv.Itoa(5123-i), false
		s.desk.pages[4411] = append(s.desk.pages[4411], o)
	}
	srv := newServer(t, s)
	s.now = s.now.Add(time.Minute + 21*time.Second)
	return s, srv
}

func question(s *shop, nonce, body string) asker {
	return asker{secret: panelSecret, stamp: s.now, nonce: nonce, body: body}
}

const panelRequest = `{"v":1,"source":"helpdeskeddy","ticket":{"id":"1042"},"requester":{"emails":["m.ivanova@example.com"],"phones":["+79120001122"],"name":"Мария Иванова"},"agent":{"id":"7","name":"Ольга Сергеева"},"hints":{"order_numbers":["5123А"]},"ts":1772435721,"nonce":"6f1c0e"}`

func TestThePanelAnswersAsTheContractSays(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*desk){
		"found":   func(*desk) {},
		"unknown": func(d *desk) { d.found = &card.Found{Status: card.FoundNone} },
		"ambiguous": func(d *desk) {
			d.found = &card.Found{Status: card.FoundMany, Candidates: []card.Candidate{{Customer: 4411, Name: "Мария Иванова", Orders: 27, By: "email"}, {Customer: 5190, Name: "Мария И.", Orders: 1, By: "phone"}}}
		},
		"degraded": func(d *desk) { d.found = &card.Found{Status: card.FoundAway, Away: gateway.CRMUnreachable} },
		"degraded-with-card": func(d *desk) {
			k := d.cards[4411]
			k.Away = gateway.CRMUnreachable
			d.cards[4411] = k
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, srv := panelShop(t)
			s.settings.Helpdesk.CardURL = ""
			change(s.desk)
			d := s.desk
			if name == "found" { // ten of them are shown
				k := d.cards[4411]
				k.Orders = append(k.Orders[:1:1], d.pages[4411][1:10]...)
				d.cards[4411] = k
			}
			status, got := question(s, "6f1c0e", panelRequest).ask(t, srv)
			if status != 200 {
				t.Fatalf("%d %s", status, got)
			}
			var pretty bytes.Buffer
			if err := json.Indent(&pretty, []byte(got), "", "  "); err != nil {
				t.Fatal(err)
			}
			path := "testdata/panel." + name + ".json"
			if *update {
				if err := os.WriteFile(path, pretty.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if pretty.String() != string(want) {
				t.Errorf("got %s", pretty.String())
			}
		})
	}
}

// The answers have exactly the names that the contract has.
func TestThePanelsAnswersHaveTheContractsShape(t *testing.T) {
	t.Parallel()
	corpus := os.Getenv("VESTNIK_CORPUS")
	if corpus == "" {
		t.Skip("VESTNIK_CORPUS is not set: the contract's examples are not here")
	}
	for _, name := range []string{"found", "unknown", "ambiguous", "degraded"} {
		want, err := os.ReadFile(corpus + "/helpdeskeddy/panel.response." + name + ".json")
		if err != nil {
			t.Skip("the contract's examples are not here: ", err)
		}
		got, err := os.ReadFile("testdata/panel." + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		if a, b := shapeOf(t, got), shapeOf(t, want); a != b {
			t.Errorf("%s:\n got %s\nwant %s", name, a, b)
		}
	}
}

// shapeOf is a document with its values replaced by their types, and of each list the first only.
func shapeOf(t *testing.T, raw []byte) string {
	t.Helper()
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	var shape func(any) any
	shape = func(v any) any {
		switch v := v.(type) {
		case map[string]any:
			for k := range v {
				v[k] = shape(v[k])
			}
			return v
		case []any:
			if len(v) == 0 {
				return v
			}
			return []any{shape(v[0])}
		case string:
			return "text"
		case float64:
			return 1
		}
		return v
	}
	out, err := json.Marshal(shape(v))
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func TestThePanelLetsInWhatIsSignedNewAndOfNow(t *testing.T) {
	t.Parallel()
	s, srv := panelShop(t)
	good := question(s, "n1", panelRequest)
	if status, _ := good.ask(t, srv); status != 200 {
		t.Fatalf("a good question: %d", status)
	}
	if status, body := good.ask(t, srv); status != 401 || strings.Contains(body, "Мария") {
		t.Errorf("the same again: %d", status)
	}
	for name, change := range map[string]func(*asker){
		"another secret":       func(a *asker) { a.secret = "another" },
		"no secret":            func(a *asker) { a.secret = "" },
		"another body":         func(a *asker) { a.forge = strings.Replace(a.body, "ivanova", "petrova", 1) },
		"five minutes ago":     func(a *asker) { a.stamp = s.now.Add(-panelWindow - time.Second) },
		"in five minutes":      func(a *asker) { a.stamp = s.now.Add(panelWindow + time.Second) },
		"before the beginning": func(a *asker) { a.stamp = srv.panel.started },
		"no nonce":             func(a *asker) { a.nonce = "" },
		"a long nonce":         func(a *asker) { a.nonce = strings.Repeat("n", 129) },
	} {
		a := question(s, "nonce of "+name, panelRequest)
		change(&a)
		if status, body := a.ask(t, srv); status != 401 || body != "Unauthorized" {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
	if status, _ := question(s, "n2", `{"v":2}`).ask(t, srv); status != 400 {
		t.Errorf("another version: %d", status)
	}
	if status, _ := question(s, "n3", `{"v":1,"x":"`+strings.Repeat("x", maxPanelBody)+`"}`).ask(t, srv); status != 413 {
		t.Errorf("a large body: %d", status)
	}
	s.settings.Helpdesk.Embed.Panel = false
	if status, _ := question(s, "n4", panelRequest).ask(t, srv); status != 404 {
		t.Errorf("a closed door: %d", status)
	}
	s.desk = nil
	if status, _ := question(s, "n5", panelRequest).ask(t, newServer(t, s)); status == 200 {
		t.Errorf("without support: %d", status)
	}
}

func TestThePanelForgetsNoNonceThatCouldComeAgain(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_772_435_721, 0)
	g := newPanelGate(func() time.Time { return now })
	now = now.Add(time.Minute)
	for i := range maxNonces {
		g.nonces[strconv.Itoa(i)] = now.Add(time.Minute)
	}
	stamp := strconv.FormatInt(now.Unix(), 10)
	sign := func(nonce string) string { return "v1=" + panelSignature("s", stamp, nonce, nil) }
	if g.fits("s", stamp, "new", sign("new"), nil) || len(g.nonces) > maxNonces {
		t.Error("a full memory lets one more in")
	}
	now = now.Add(2 * time.Minute) // all of them are too old to come again
	if !g.fits("s", stamp, "new", sign("new"), nil) || len(g.nonces) != 1 {
		t.Errorf("%d nonces are kept", len(g.nonces))
	}
}

func TestThePanelIsNotAskedTooOften(t *testing.T) {
	t.Parallel()
	s, srv := panelShop(t)
	for i := range panelPerMin {
		question(s, strconv.Itoa(i), `{"v":2}`).ask(t, srv)
	}
	if status, _ := question(s, "one more", panelRequest).ask(t, srv); status != 429 {
		t.Errorf("%d", status)
	}
	s.now = s.now.Add(time.Minute)
	if status, _ := question(s, "a minute later", panelRequest).ask(t, srv); status != 200 {
		t.Errorf("a minute later: %d", status)
	}
}

func TestThePanelAnswersInThreeSecondsWhateverHappens(t *testing.T) {
	t.Parallel()
	s, srv := panelShop(t)
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	s.desk.slow = func(context.Context) { <-release } // it does not even look at its time
	began := time.Now()
	status, body := question(s, "slow", panelRequest).ask(t, srv)
	if took := time.Since(began); status != 200 || took > 2*panelCut || !strings.Contains(body, `"status":"degraded"`) || !strings.Contains(body, `"reason":"timeout"`) {
		t.Errorf("%d after %s: %s", status, took, body)
	}
}

func TestThePanelGoesOnToFurtherOrders(t *testing.T) {
	t.Parallel()
	s, srv := panelShop(t)
	k := s.desk.cards[4411]
	k.Orders = s.desk.pages[4411][:10]
	s.desk.cards[4411] = k
	seen, next := map[float64]bool{}, ""
	for page := range 5 {
		body := strings.Replace(panelRequest, `"v":1,`, `"v":1,"next":"`+next+`",`, 1)
		status, raw := question(s, "page"+strconv.Itoa(page), body).ask(t, srv)
		var got struct {
			Orders []map[string]any `json:"orders"`
			Page   struct {
				Next  string
				Total int
			} `json:"orders_page"`
		}
		if err := json.Unmarshal([]byte(raw), &got); err != nil || status != 200 || got.Page.Total != 27 {
			t.Fatalf("%d %v %s", status, err, raw)
		}
		for _, o := range got.Orders {
			if id := o["id"].(float64); seen[id] {
				t.Errorf("order %v comes twice", id)
			} else {
				seen[id] = true
			}
		}
		if next = got.Page.Next; next == "" {
			break
		}
	}
	if len(seen) != 27 {
		t.Errorf("%d of 27 orders were told", len(seen))
	}
	for _, bad := range []string{"x", "b2Zmc2V0Oi0x", "b2Zmc2V0Ong="} {
		if offsetOf(bad) != 0 {
			t.Errorf("%q is taken for ours", bad)
		}
	}
}

func TestThePanelTellsNoCause(t *testing.T) {
	t.Parallel()
	s, srv := panelShop(t)
	s.fault = device.Errorf(device.Unavailable, "retailcrm", "https://demo.retailcrm.ru/?apiKey=secret: 503")
	if status, body := question(s, "x", panelRequest).ask(t, srv); status != 200 || strings.Contains(body, "apiKey") || !strings.Contains(body, "retailcrm_unavailable") {
		t.Errorf("%d %s", status, body)
	}
}

func FuzzPanelQuestion(f *testing.F) {
	f.Add([]byte(panelRequest))
	f.Add([]byte(`{"v":1,"requester":{"emails":null}}`))
	f.Fuzz(func(_ *testing.T, raw []byte) {
		var q panelQuestion
		if json.Unmarshal(raw, &q) == nil {
			_ = offsetOf(q.Next)
			_ = firstOf(q.Requester.Emails)
		}
	})
}
