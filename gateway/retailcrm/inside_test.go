package retailcrm

import (
	"encoding/json"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/outbound"
)

func TestMoneyAndNumbers(t *testing.T) {
	t.Parallel()
	ru, en := languageOf("ru"), languageOf("en")
	for _, test := range []struct {
		value    float64
		currency string
		ru, en   string
	}{
		{12500, "RUB", "12 500 ₽", "12,500 RUB"},
		{0, "RUB", "0 ₽", "0 RUB"},
		{1, "USD", "1 $", "1 USD"},
		{999.5, "EUR", "999,50 €", "999.50 EUR"},
		{1000, "KZT", "1 000 ₸", "1,000 KZT"},
		{1234567.05, "XXX", "1 234 567,05 XXX", "1,234,567.05 XXX"},
		{0.999, "RUB", "1 ₽", "1 RUB"},
		{0.1 + 0.2, "RUB", "0,30 ₽", "0.30 RUB"},
		{-1500, "RUB", "-1 500 ₽", "-1,500 RUB"},
		{-0.001, "RUB", "0 ₽", "0 RUB"},
		{100000, "", "100 000", "100,000"},
	} {
		if got := strings.ReplaceAll(ru.money(number{Value: test.value, Given: true}, test.currency), noBreak, " "); got != test.ru {
			t.Errorf("%v in Russian: %q, want %q", test.value, got, test.ru)
		}
		if got := en.money(number{Value: test.value, Given: true}, test.currency); got != test.en {
			t.Errorf("%v in English: %q, want %q", test.value, got, test.en)
		}
	}
	if got := ru.money(number{}, "RUB"); got != "" {
		t.Errorf("no sum is %q", got)
	}
}

func TestDatesAndHours(t *testing.T) {
	t.Parallel()
	ru, en := languageOf("ru"), languageOf("en")
	for in, want := range map[text][2]string{
		"2026-11-21": {"21.11.2026", "21 Nov 2026"}, "2026-01-05": {"05.01.2026", "5 Jan 2026"}, "": {"", ""}, "завтра": {"завтра", "завтра"},
	} {
		if got := [2]string{ru.date(in), en.date(in)}; got != want {
			t.Errorf("%q is %q", in, got)
		}
	}
	for _, test := range [][4]string{
		{"10:00", "14:00", "10:00–14:00", "10:00-14:00"}, {"10:00", "", "с 10:00", "from 10:00"}, {"", "14:00", "до 14:00", "until 14:00"}, {"", "", "", ""},
	} {
		if got := ru.between(test[0], test[1]); got != test[2] {
			t.Errorf("%q", got)
		}
		if got := en.between(test[0], test[1]); got != test[3] {
			t.Errorf("%q", got)
		}
	}
	week := func(spec string) map[string]list[span] {
		var p part[map[string]list[span]]
		if err := json.Unmarshal([]byte(spec), &p); err != nil {
			t.Fatal(err)
		}
		return p.T
	}
	const day = `[{"startTime":"10:00:00","endTime":"21:00"}]`
	for spec, want := range map[string][2]string{
		`{"mo":[],"tu":[]}`: {"", ""}, `[]`: {"", ""},
		`{"mo":` + day + `,"tu":` + day + `,"we":` + day + `,"th":` + day + `,"fr":` + day + `,"sa":[{"startTime":"11:00","endTime":"18:00"}]}`: {
			"пн–пт 10:00–21:00, сб 11:00–18:00", "Mon-Fri 10:00-21:00, Sat 11:00-18:00",
		},
		`{"su":[{"startTime":"10:00","endTime":"13:00"},{"startTime":"14:00","endTime":"18:00"}]}`: {"вс 10:00–13:00, 14:00–18:00", "Sun 10:00-13:00, 14:00-18:00"},
	} {
		if got := [2]string{hours(week(spec), ru), hours(week(spec), en)}; got != want {
			t.Errorf("%s is %q", spec, got)
		}
	}
}

// English texts must fit a plain SMS: nothing that we add may force UCS-2.
func TestEnglishAddsNoOddCharacters(t *testing.T) {
	t.Parallel()
	w := &words{zone: time.UTC, currency: "RUB"}
	var o orderBody
	body := `{"id":1,"createdAt":"2026-11-21 10:00:00","totalSumm":12500.5,"summ":"1000","discountManualPercent":5,
		"items":[{"quantity":2,"offer":{"name":"Tea"}}],"delivery":{"cost":100,"date":"2026-11-22","time":{"from":"10:00","to":"12:00"}}}`
	if err := outbound.Object([]byte(body), &o); err != nil {
		t.Fatal(err)
	}
	c := &Client{lang: languageOf("en")}
	for path, value := range c.view(o, w).fields(builtin()) {
		for _, r := range value {
			if r > '~' {
				t.Errorf("%s is %q", path, value)
			}
		}
	}
}

func TestEveryFieldHasItsWords(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, f := range builtin() {
		if f.ru == "" || f.en == "" || f.group == (group{}) || f.value == nil || seen[f.path] || strings.Count(f.path, ".") != 1 {
			t.Errorf("field %+v", f.path)
		}
		seen[f.path] = true
		if _, err := gateway.ParseTemplate("{{" + f.path + "}}"); err != nil {
			t.Error(err)
		}
	}
}

func TestOddShapes(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"empty lists for objects": `{"id":7,"number":"A","customFields":[],"payments":[],"delivery":[],"customer":[],"items":[],"contact":null}`,
		"objects for lists":       `{"id":"7","number":"A","payments":{"5":{"id":5}},"items":{"1":{"quantity":1}},"customFields":{"x":[]}}`,
		"wrong kinds":             `{"id":7,"number":"A","totalSumm":"сто","items":"x","delivery":5,"customer":true,"customFields":"","phone":["1"],"createdAt":{}}`,
		"numbers as texts":        `{"id":7,"number":"A","totalSumm":"12.5","managerId":"20","customer":{"id":"5","phones":{"0":{"number":79161234567}}}}`,
		"a number as number":      `{"id":7.0,"number":"A"}`,
	} {
		var o orderBody
		if err := outbound.Object([]byte(body), &o); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if o.Number != "A" || name != "a number as number" && o.ID != 7 {
			t.Errorf("%s: %+v", name, o)
		}
	}
	var o orderBody
	if err := outbound.Object([]byte(`{"payments":{"9":{"id":9,"paidAt":"2026-11-21 10:00:00"},"4":{"id":4,"status":"not-paid"}}}`), &o); err != nil {
		t.Fatal(err)
	}
	c := &Client{lang: languageOf("ru")}
	if p := c.view(o, &words{zone: time.UTC}).payment(); p.ID != 4 {
		t.Errorf("the payment to ask about is %d", p.ID)
	}
	for raw, want := range map[string]device.Answer{
		`{"w":true}`: device.Yes, `{"w":false}`: device.No, `{"w":"1"}`: device.Yes, `{"w":0}`: device.No, `{"w":null}`: device.Unknown, `{}`: device.Unknown, `[]`: device.Unknown,
	} {
		var b bag
		if err := json.Unmarshal([]byte(raw), &b); err != nil {
			t.Fatal(err)
		}
		if got := (&Client{field: "w"}).checkbox(b); got != want {
			t.Errorf("%s is %q, want %q", raw, got, want)
		}
	}
	var corporate orderBody
	if err := outbound.Object([]byte(`{"id":1,"customer":{"id":1,"type":"customer_corporate","nickName":"ООО Лавка","phones":[{"number":"3"}]},
		"contact":{"id":2,"type":"customer","firstName":"Анна","phones":[{"number":"2"}]},"phone":"1"}`), &corporate); err != nil {
		t.Fatal(err)
	}
	v := c.view(corporate, &words{zone: time.UTC})
	f := v.fields(builtin())
	if f["customer.firstName"] != "Анна" || f["customer.company"] != "ООО Лавка" || strings.Join(v.phones(), " ") != "1 2 3" {
		t.Errorf("%q, telephones %q", f, v.phones())
	}
}

func TestHistoryEntries(t *testing.T) {
	t.Parallel()
	rows := `{"history":[
		{"id":12,"createdAt":"2026-11-21 10:00:02","source":"user","field":"status","oldValue":{"code":"new"},"newValue":{"code":"ready"},"order":{"id":7,"status":"ready"}},
		{"id":11,"createdAt":"2026-11-21 10:00:01","source":"api","apiKey":{"current":true},"created":true,"field":"status","oldValue":null,"newValue":{"code":"new"},"order":{"id":7,"number":"A"}},
		{"id":10,"field":"status","newValue":{"code":"old"},"order":{"id":7}},
		{"id":13,"field":"id","deleted":true,"oldValue":7,"newValue":null,"order":{"id":7,"status":"ready"},"combinedTo":{"id":8}},
		{"id":14,"field":"status","oldValue":"a","newValue":"b","order":{"id":"9"},"source":"api","apiKey":{"current":false},"createdAt":"never"},
		{"id":15,"field":"id","created":true,"newValue":10,"order":{"id":10,"status":"new"},"source":"code","createdAt":"2026-11-21 10:00:05"},
		{"id":16,"field":"status","newValue":null,"order":{"id":9}},
		{"id":17,"field":"status","newValue":{"code":"x"},"order":[]},
		{"field":"status","newValue":{"code":"x"},"order":{"id":1}},
		"odd"]}`
	var body historyBody
	if err := outbound.Object([]byte(rows), &body); err != nil {
		t.Fatal(err)
	}
	zone := time.FixedZone("", 3*3600)
	got, next := pick(body.History.Rows, gateway.Cursor{SinceID: 10}, zone)
	at := func(s int) time.Time { return time.Date(2026, 11, 21, 7, 0, s, 0, time.UTC) }
	want := []gateway.StatusChange{
		{HistoryID: 11, Order: 7, From: "", To: "new", At: at(1), Own: true},
		{HistoryID: 12, Order: 7, From: "new", To: "ready", At: at(2)},
		{HistoryID: 14, Order: 9, From: "a", To: "b"},
		{HistoryID: 15, Order: 10, From: "", To: "new", At: at(5)},
	}
	if next.SinceID != 17 || len(got) != len(want) {
		t.Fatalf("cursor %d, changes %+v", next.SinceID, got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("change %d: %+v, want %+v", i, got[i], want[i])
		}
	}
}

func TestAPrivateAddressIsNotAsked(t *testing.T) {
	t.Parallel()
	c := &Client{key: "k"}
	if err := c.unsent(call{op: "x", form: url.Values{}}, outbound.ErrPrivate); device.KindOf(err) != device.Unavailable {
		t.Errorf("%v", err)
	}
}

// figure is what a sum or a quantity may be.
var figure = regexp.MustCompile(`^(-?\d+(\.\d+)?)?$`)

// FuzzAnswers: no JSON object, however odd, may make a decoder fail or a text panic.
func FuzzAnswers(f *testing.F) {
	for _, s := range []string{
		`{"success":true,"order":{"id":1,"customFields":[],"payments":{"1":{}}}}`,
		`{"history":[{"id":1,"field":"status","newValue":{"code":"x"}}],"generatedAt":"2026-11-21 10:00:00"}`,
		`{"errors":{"a":["b"]},"success":"1"}`, `{"errors":["a"]}`, `{"scopes":{"1":"x"}}`, `{"workTime":{"mo":[{"startTime":5}]}}`,
		`{"customer":{"id":1,"customFields":[],"mgCustomers":[{"externalId":"7"},5],"phones":{"1":{"number":7}},"vip":1}}`,
		`{"customer":{"customerSubscriptions":[{"subscription":{"channel":"waba","autoSubscribe":"1"},"subscribed":0,"changedAt":[]},{"subscription":[]},7],"emailMarketingUnsubscribedAt":{}}}`,
		`{"segments":{"4":{"id":"4","code":7,"active":"1","customersCount":"1e99"}}}`,
		`{"info":[]}`, `{"info":{"mgBot":{"endpointUrl":"https://mg.example/","token":"t"}}}`, `{"notes":[{"customer":[],"text":1}],"combinedTo":{"id":"1"}}`,
		`{"customer":{"id":1,"tags":["a",{"name":"b"},{"code":3},[],null],"segments":{"1":{"name":"c"}},"ordersCount":-1,"totalSumm":"1e308","createdAt":5}}`,
		`{"id":1,"totalSumm":"12.5","items":{"0":{"prices":[{"price":"1"}],"quantity":"0.5","offer":{"id":"7","name":"n"}}},"payments":[{"status":"я"}],"delivery":{"date":"2026-11-21 10:00:00"}}`,
		`{"loyaltyAccounts":[{"active":"1","amount":"7","level":[],"customer":[]}]}`,
		`{"settings":{"timezone":{"value":"UTC"}}}`, `{"customFields":[{"default":1,"type":{}}]}`, `{"items":[[]],"id":1e400,"totalSumm":"NaN","createdAt":"9999-99-99"}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if !json.Valid(data) || outbound.KindOf(data) != '{' {
			return
		}
		var refs map[string]list[entryBody]
		for _, out := range []any{
			&envelope{}, &oneOrderBody{}, &ordersBody{}, &historyBody{}, &credentialsBody{}, &settingsBody{}, &customFieldsBody{}, &oneCustomFieldBody{},
			&dictionariesBody{}, &usersBody{}, &entryBody{}, &customerBody{}, &refs, &customersBody{}, &oneCustomerBody{}, &notesBody{}, &tasksBody{},
			&moduleBody{}, &loyaltyBody{}, &idBody{}, &segmentsBody{},
		} {
			if err := outbound.Object(data, out); err != nil {
				t.Fatalf("%T: %v", out, err)
			}
		}
		var o orderBody
		if err := outbound.Object(data, &o); err != nil {
			t.Fatal(err)
		}
		for _, l := range []string{"ru", "en"} {
			c := &Client{lang: languageOf(l), base: &url.URL{}}
			w := &words{zone: time.UTC, orderBox: []customField{{Code: "a", Type: "boolean"}, {Code: "b", Type: "dictionary"}, {Code: "c", Type: "date"}, {Code: "d", Type: "numeric"}}}
			c.flat([]orderBody{o}, w)
			_ = w.knows(o)
			var b oneCustomerBody
			if err := outbound.Object(data, &b); err != nil {
				t.Fatal(err)
			}
			if a := allows(b.Customer.T); a != device.Yes && a != device.No && a != device.Unknown {
				t.Fatalf("allows %q", a)
			}
			c.fitsOrder(gateway.AudienceQuery{MinTotal: 5, From: time.Unix(0, 0)}, o)
			c.needle = map[int64]string{}
			c.keepNeedle(b.Customer.T)
			p, po := c.profile(b.Customer.T, w), c.profileOrder(c.view(o, w))
			if slices.Contains(p.Tags, "") || p.OrdersCount < 0 || !figure.MatchString(p.Total) || !figure.MatchString(po.Total) || !figure.MatchString(po.ToPay) {
				t.Fatalf("%+v %+v", p, po)
			}
			for _, it := range po.Items {
				if it.Name == "" || !figure.MatchString(it.Price) || !figure.MatchString(it.Quantity) {
					t.Fatalf("%+v", it)
				}
			}
			var e entryBody
			if err := outbound.Object(data, &e); err != nil {
				t.Fatal(err)
			}
			_ = hours(e.WorkTime.T, c.lang)
		}
		var h historyBody
		if err := outbound.Object(data, &h); err != nil {
			t.Fatal(err)
		}
		if slices.Contains(ordersIn(h.History.Rows), 0) {
			t.Fatal("an order without an id")
		}
		changes, next := pick(h.History.Rows, gateway.Cursor{SinceID: 5}, time.UTC)
		last := int64(5)
		for _, c := range changes {
			if c.HistoryID <= last || c.HistoryID > next.SinceID || c.Order == 0 || c.To == "" {
				t.Fatalf("%+v, cursor %+v", changes, next)
			}
			last = c.HistoryID
		}
	})
}

// FuzzJudge: whatever a server says, the outcome is a kind and never a panic.
func FuzzJudge(f *testing.F) {
	f.Add(200, []byte(`{"success":true}`))
	f.Add(403, []byte(`{"success":false,"errorMsg":"Access denied."}`))
	f.Add(404, []byte(`<html>`))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		c := &Client{key: "s3cret-key"}
		for _, q := range []call{{op: "read", right: "order_read"}, {op: "write", form: url.Values{}}} {
			err := c.judge(q, &http.Response{StatusCode: status, Header: http.Header{"Location": {string(body)}}}, body, &ordersBody{})
			if err != nil && (device.KindOf(err) == device.Internal || strings.Contains(err.Error(), c.key)) {
				t.Fatalf("%v", err)
			}
		}
	})
}

// TestRecordedBodies reads every recorded body under VESTNIK_CORPUS, a folder of JSON
// files.
func TestRecordedBodies(t *testing.T) {
	t.Parallel()
	root := os.Getenv("VESTNIK_CORPUS")
	if root == "" {
		t.Skip("VESTNIK_CORPUS is not set")
	}
	read := map[string]int{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".json") {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if outbound.KindOf(data) == '{' {
			readBody(t, filepath.Base(path), data, read)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, must := range []string{"order", "history", "customer", "scopes", "settings", "statuses", "stores", "customFields", "customDictionaries", "users", "segments", "notes", "task", "info", "combinedTo", "errorMsg"} {
		if read[must] == 0 {
			t.Errorf("no body with %q was found", must)
		}
	}
	t.Log(read)
}

func readBody(t *testing.T, name string, data []byte, read map[string]int) {
	t.Helper()
	var members map[string]json.RawMessage
	if err := json.Unmarshal(data, &members); err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	ok := func(out any) {
		t.Helper()
		if err := outbound.Object(data, out); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for key, raw := range members {
		read[key]++
		switch key {
		case "order":
			var b oneOrderBody
			if ok(&b); outbound.KindOf(raw) == '{' && b.Order.T.ID == 0 {
				t.Errorf("%s: an order without an id", name)
			}
		case "orders":
			var b ordersBody
			ok(&b)
		case "history":
			var b historyBody
			if ok(&b); len(b.History.Rows) == 0 {
				t.Errorf("%s: an empty history", name)
			}
		case "customer":
			var c part[customerBody]
			if err := json.Unmarshal(raw, &c); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if rows := c.T.Subscriptions.Rows; len(rows) > 0 && (rows[0].Subscription.T.Channel == "" || !rows[0].Subscribed.Given || allows(c.T) != device.No) {
				t.Errorf("%s: subscriptions %+v, allows %s", name, rows, allows(c.T))
			}
		case "segments":
			var b segmentsBody
			if ok(&b); len(b.Segments.Rows) == 0 || b.Segments.Rows[0].Code == "" || !b.Segments.Rows[0].Active.On || !b.Segments.Rows[0].Customers.Given {
				t.Errorf("%s: %+v", name, b.Segments.Rows)
			}
		case "scopes":
			var b credentialsBody
			if ok(&b); !b.Scopes.given || len(b.Scopes.names) == 0 {
				t.Errorf("%s: no rights", name)
			}
		case "settings":
			var b settingsBody
			if ok(&b); b.Settings.T.Timezone.T.Value == "" {
				t.Errorf("%s: no zone", name)
			}
		case "customFields":
			var b customFieldsBody
			ok(&b)
		case "customDictionaries":
			var b dictionariesBody
			if ok(&b); len(b.Dictionaries.Rows) == 0 || len(b.Dictionaries.Rows[0].Elements.Rows) == 0 {
				t.Errorf("%s: no elements", name)
			}
		case "users":
			var b usersBody
			if ok(&b); len(b.Users.Rows) > 0 && (b.Users.Rows[0].ID == 0 || !b.Users.Rows[0].Active.Given) {
				t.Errorf("%s: a user without an id", name)
			}
		case "notes":
			var b notesBody
			ok(&b)
		case "tasks":
			var b tasksBody
			ok(&b)
		case "task":
			var b part[taskBody]
			if err := json.Unmarshal(raw, &b); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		case "info":
			var b moduleBody
			ok(&b)
		case "combinedTo":
			var b envelope
			if ok(&b); b.CombinedTo.T.ID == 0 {
				t.Errorf("%s: where the card went is not read", name)
			}
		case "success", "errorMsg", "errors":
			var b envelope
			if ok(&b); key == "success" && !b.Success.Given {
				t.Errorf("%s: success is not read", name)
			}
		default:
			if outbound.KindOf(raw) == '{' || outbound.KindOf(raw) == '[' {
				var rows list[entryBody]
				if err := json.Unmarshal(raw, &rows); err != nil {
					t.Errorf("%s: %s: %v", name, key, err)
				}
			}
		}
	}
}
