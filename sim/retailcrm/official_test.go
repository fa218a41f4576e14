package retailcrm_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	official "github.com/retailcrm/api-client-go/v2"

	"vestnik/sim/retailcrm"
)

// serve puts a demo account behind a socket and returns RetailCRM's own client
// for it. The client cannot be given another transport.
func serve(t *testing.T, opt retailcrm.Options) (*retailcrm.Account, *official.Client) {
	t.Helper()
	a := retailcrm.New(opt)
	srv := httptest.NewServer(a)
	t.Cleanup(srv.Close)
	return a, official.New(srv.URL, key)
}

// must fails the test unless the client could read the answer.
func must[T any](t *testing.T, what string, v T, status int, err error) T {
	t.Helper()
	if err != nil || status >= http.StatusBadRequest || status == 0 {
		t.Fatalf("%s: status %d: %v", what, status, err)
	}
	return v
}

func TestOfficialClientReadsReferences(t *testing.T) {
	t.Parallel()
	a, c := serve(t, retailcrm.Options{Seed: true, Rate: -1})
	counts := map[string]int{}
	read := func(name string, n, status int, err error) {
		t.Helper()
		counts[name] = must(t, name, n, status, err)
	}
	{
		v, s, err := c.Statuses()
		read("statuses", len(v.Statuses), s, err)
		if got := v.Statuses["ready-for-pickup"]; got.Name != "Готов к выдаче" || got.Group != "delivery" || !got.Active {
			t.Errorf("status %+v", got)
		}
	}
	{
		v, s, err := c.StatusGroups()
		read("groups", len(v.StatusGroups), s, err)
		if got := v.StatusGroups["cancel"].Statuses; len(got) != 2 {
			t.Errorf("statuses of a group: %v", got)
		}
	}
	{
		v, s, err := c.Sites()
		read("sites", len(v.Sites), s, err)
	}
	{
		v, s, err := c.Stores()
		read("stores", len(v.Stores), s, err)
		if v.Stores[0].Address == nil || v.Stores[0].Address.Text == "" || v.Stores[0].Phone.Number == "" {
			t.Errorf("store %+v", v.Stores[0])
		}
	}
	{
		v, s, err := c.DeliveryTypes()
		read("delivery types", len(v.DeliveryTypes), s, err)
	}
	{
		v, s, err := c.DeliveryServices()
		read("delivery services", len(v.DeliveryServices), s, err)
	}
	{
		v, s, err := c.PaymentTypes()
		read("payment types", len(v.PaymentTypes), s, err)
	}
	{
		v, s, err := c.PaymentStatuses()
		read("payment statuses", len(v.PaymentStatuses), s, err)
	}
	{
		v, s, err := c.OrderTypes()
		read("order types", len(v.OrderTypes), s, err)
	}
	{
		v, s, err := c.OrderMethods()
		read("order methods", len(v.OrderMethods), s, err)
	}
	{
		v, s, err := c.ProductStatuses()
		read("product statuses", len(v.ProductStatuses), s, err)
	}
	{
		v, s, err := c.PriceTypes()
		read("price types", len(v.PriceTypes), s, err)
	}
	{
		v, s, err := c.LegalEntities()
		read("legal entities", len(v.LegalEntities), s, err)
	}
	{
		v, s, err := c.Units()
		read("units", len(*v.Units), s, err)
	}
	{
		v, s, err := c.Currencies()
		read("currencies", len(v.Currencies), s, err)
	}
	{
		v, s, err := c.Countries()
		read("countries", len(v.CountriesIso), s, err)
	}
	{
		v, s, err := c.Couriers()
		read("couriers", len(v.Couriers), s, err)
	}
	for name, n := range counts {
		if n == 0 {
			t.Errorf("%s: nothing decoded", name)
		}
	}
	understood(t, a)
}

func TestOfficialClientReadsAccount(t *testing.T) {
	t.Parallel()
	a, c := serve(t, retailcrm.Options{Seed: true, Rate: -1})
	versions, s, err := c.APIVersions()
	if got := must(t, "versions", versions, s, err); len(got.Versions) == 0 {
		t.Error("no versions")
	}
	cred, s, err := c.APICredentials()
	if got := must(t, "credentials", cred, s, err); got.SiteAccess != "access_full" || len(got.Scopes) != len(retailcrm.DefaultScopes()) || len(got.Credentials) == 0 {
		t.Errorf("credentials %+v", got)
	}
	info, s, err := c.APISystemInfo()
	must(t, "system info", info, s, err)
	set, s, err := c.Settings()
	if got := must(t, "settings", set, s, err).Settings; got.Timezone.Value != "Europe/Moscow" || len(got.WorkTimes) == 0 || got.MgSettings.OrderCreation.Default.Site == "" {
		t.Errorf("settings %+v", got)
	}
	users, s, err := c.Users(official.UsersRequest{Filter: official.UsersFilter{IsManager: 1, Active: 1}, Limit: 50, Page: 1})
	if got := must(t, "users", users, s, err); len(got.Users) != 3 || got.Pagination.Limit != 50 {
		t.Errorf("users %+v", got)
	}
	user, s, err := c.User(20)
	if got := must(t, "user", user, s, err).User; got.FirstName == "" || got.MGUserID == 0 || len(got.Groups) == 0 {
		t.Errorf("user %+v", got)
	}
	groups, s, err := c.UserGroups(official.UserGroupsRequest{Limit: 20})
	must(t, "user groups", groups, s, err)
	seg, s, err := c.Segments(official.SegmentsRequest{Limit: 20})
	if got := must(t, "segments", seg, s, err).Segments; len(got) != 3 || got[0].CustomersCount == 0 {
		t.Errorf("segments %+v", got)
	}
	understood(t, a)
}

func TestOfficialClientReadsOrdersAndCustomers(t *testing.T) {
	t.Parallel()
	a, c := serve(t, retailcrm.Options{Seed: true, Rate: -1})
	orders, s, err := c.Orders(official.OrdersRequest{Limit: 100, Filter: official.OrdersFilter{
		Sites: []string{"lavka"}, ExtendedStatus: []string{"new", "delivery"}, DeliveryTypes: []string{"self-delivery", "courier"}, MinPrice: "1",
	}})
	for _, o := range must(t, "orders", orders, s, err).Orders {
		if o.Site != "lavka" || o.Customer == nil || o.Delivery == nil || o.TotalSumm == 0 || o.Status == "complete" {
			t.Errorf("order %+v", o)
		}
	}
	if n := len(orders.Orders); n == 0 || n == 40 {
		t.Errorf("%d orders", n)
	}
	order, s, err := c.Order("5042", official.ByID, "")
	got := must(t, "order", order, s, err).Order
	if got.Number != "10442" || got.ExternalID != "shop-88000" || len(got.Items) == 0 || len(got.Payments) == 0 {
		t.Errorf("order %+v", got)
	}
	again, s, err := c.Order("shop-88000", official.ByExternalID, "lavka")
	if must(t, "order by external id", again, s, err).Order.ID != 5042 {
		t.Error("external id finds another order")
	}
	sts, s, err := c.OrdersStatuses(official.OrdersStatusesRequest{IDs: []int{5042, 5043}, ExternalIDs: []string{"shop-88002"}})
	if list := must(t, "orders/statuses", sts, s, err).Orders; len(list) != 3 || list[0].Group == "" {
		t.Errorf("statuses %+v", list)
	}
	hist, s, err := c.OrdersHistory(official.OrdersHistoryRequest{Limit: 100, Filter: official.OrdersHistoryFilter{SinceID: 90000}})
	records := must(t, "order history", hist, s, err).History
	if len(records) != 100 || records[0].ID >= records[99].ID || hist.GeneratedAt == "" {
		t.Errorf("%d records", len(records))
	}
	customers, s, err := c.Customers(official.CustomersRequest{Limit: 50, Filter: official.CustomersFilter{Name: "9161230002"}})
	if list := must(t, "customers", customers, s, err).Customers; len(list) != 1 || list[0].Phones[0].Number != "89161230002" {
		t.Errorf("search by phone: %+v", list)
	}
	customer, s, err := c.Customer("305", official.ByID, "")
	if who := must(t, "customer", customer, s, err).Customer; !who.Vip || who.PersonalDiscount != 7 || who.Address == nil || len(who.Tags) != 1 {
		t.Errorf("customer %+v", who)
	}
	chist, s, err := c.CustomersHistory(official.CustomersHistoryRequest{Limit: 20, Filter: official.CustomersHistoryFilter{SinceID: 1}})
	if list := must(t, "customer history", chist, s, err).History; len(list) != 20 || !list[0].Created || list[0].Customer.FirstName == "" {
		t.Errorf("%d records", len(list))
	}
	understood(t, a)
}

func TestOfficialClientWrites(t *testing.T) {
	t.Parallel()
	a, c := serve(t, retailcrm.Options{Seed: true, Rate: -1})
	field, s, err := c.CustomFieldsCreate(official.CustomFields{
		Name: "Есть WhatsApp", Code: "has_whatsapp", Type: "boolean", Entity: "order", DisplayArea: "customer", ViewMode: "not_editable", InList: true,
	})
	if must(t, "create field", field, s, err).Code != "has_whatsapp" {
		t.Errorf("field %+v", field)
	}
	one, s, err := c.CustomField("order", "has_whatsapp")
	if must(t, "field", one, s, err).CustomField.Type != "boolean" {
		t.Errorf("field %+v", one)
	}
	edited, s, err := c.CustomFieldEdit(official.CustomFields{Code: "has_whatsapp", Entity: "order", Name: "WhatsApp"})
	must(t, "edit field", edited, s, err)
	edit, s, err := c.OrderEdit(official.Order{ID: 5042, ManagerComment: "написали", CustomFields: official.CustomFieldMap{"has_whatsapp": false}}, official.ByID)
	must(t, "edit order", edit, s, err)
	if o, _ := a.Order(5042); o.ManagerComment != "написали" || o.CustomFields["has_whatsapp"] != false {
		t.Errorf("order %+v", o)
	}
	made, s, err := c.OrderCreate(official.Order{
		FirstName: "Пётр", Phone: "+79160000001", Customer: &official.Customer{ID: 301},
		Items: []official.OrderItem{{Offer: official.Offer{ID: 7001}, Quantity: 2, InitialPrice: 320}},
	}, "lavka")
	if must(t, "create order", made, s, err); s != http.StatusCreated || made.Order.Number != "10482" || made.Order.Summ != 640 {
		t.Errorf("order %d %+v", s, made)
	}
	who, s, err := c.CustomerCreate(official.Customer{FirstName: "Пётр", Phones: []official.Phone{{Number: "+79160000001"}}}, "lavka")
	must(t, "create customer", who, s, err)
	ed, s, err := c.CustomerEdit(official.Customer{ID: who.ID, Vip: true}, official.ByID)
	must(t, "edit customer", ed, s, err)
	if got, _ := a.Customer(who.ID); !got.VIP || len(got.Phones) != 1 {
		t.Errorf("customer %+v", got)
	}
	note, s, err := c.CustomerNoteCreate(official.Note{Text: "ответил в WhatsApp", ManagerID: 20, Customer: &official.Customer{ID: 301}}, "lavka")
	must(t, "create note", note, s, err)
	notes, s, err := c.CustomerNotes(official.NotesRequest{Limit: 20, Filter: official.NotesFilter{CustomerIds: []int{301}}})
	if list := must(t, "notes", notes, s, err).Notes; len(list) != 1 || list[0].Customer.ID != 301 {
		t.Errorf("notes %+v", list)
	}
	del, s, err := c.CustomerNoteDelete(note.ID)
	must(t, "delete note", del, s, err)
	task, s, err := c.TaskCreate(official.Task{Text: "перезвонить", PerformerID: 20, Datetime: "2026-03-01 10:30", Order: &official.Order{ID: 5042}, Customer: &official.Customer{ID: 301}}, "lavka")
	must(t, "create task", task, s, err)
	back, s, err := c.Task(task.ID)
	if got := must(t, "task", back, s, err).Task; got.Performer != 20 || got.Order.Number != "10442" {
		t.Errorf("task %+v", got)
	}
	tasks, s, err := c.Tasks(official.TasksRequest{Filter: official.TasksFilter{Performers: []int{20}}})
	if len(must(t, "tasks", tasks, s, err).Tasks) != 1 {
		t.Errorf("tasks %+v", tasks)
	}
	s, err = c.NotificationsSend(official.NotificationsSendRequest{Type: official.NotificationTypeError, Message: "WhatsApp отвязан", UserIDs: []string{"19"}})
	must(t, "notification", struct{}{}, s, err)
	if list := a.Notifications(); len(list) != 1 || list[0].Type != "api.error" {
		t.Errorf("notifications %+v", list)
	}
	dict, s, err := c.CustomDictionariesCreate(official.CustomDictionary{Name: "Цвета", Code: "colours", Elements: []official.Element{{Name: "Синий", Code: "blue"}}})
	must(t, "create dictionary", dict, s, err)
	dict, s, err = c.CustomDictionaryEdit(official.CustomDictionary{Name: "Цвета", Code: "colours", Elements: []official.Element{{Name: "Белый", Code: "white"}}})
	must(t, "edit dictionary", dict, s, err)
	dicts, s, err := c.CustomDictionaries(official.CustomDictionariesRequest{Limit: 50})
	if len(*must(t, "dictionaries", dicts, s, err).CustomDictionaries) != 2 {
		t.Errorf("dictionaries %+v", dicts)
	}
	got, s, err := c.CustomDictionary("colours")
	if must(t, "dictionary", got, s, err).CustomDictionary.Elements[0].Code != "white" {
		t.Errorf("dictionary %+v", got)
	}
	understood(t, a)
}

// The client's own faults: what it cannot read of a right answer.
func TestOfficialClientFailsOnTypedDefaults(t *testing.T) {
	t.Parallel()
	a, c := serve(t, retailcrm.Options{Seed: true, Rate: -1})
	_, _, err := c.CustomFields(official.CustomFieldsRequest{Filter: official.CustomFieldsFilter{Entity: "order"}})
	if err == nil || !strings.Contains(err.Error(), "default") {
		t.Errorf("a numeric default was read: %v", err)
	}
	// It also writes a filter by custom fields as Go prints a map.
	if _, status, err := c.Orders(official.OrdersRequest{Filter: official.OrdersFilter{CustomFields: map[string]string{"gift": "1"}}}); status != 400 {
		t.Errorf("filter by custom field: %d %v", status, err)
	}
	if sent := a.Requests(); sent[len(sent)-1].Params["filter[customFields]"] != "map[gift:1]" {
		t.Errorf("sent %v", sent[len(sent)-1].Params)
	}
	list, s, err := c.CustomFields(official.CustomFieldsRequest{Filter: official.CustomFieldsFilter{Entity: "customer"}})
	if len(must(t, "fields without defaults", list, s, err).CustomFields) != 1 {
		t.Errorf("fields %+v", list)
	}
	understood(t, a)
}

func TestOfficialClientTellsErrorsApart(t *testing.T) {
	t.Parallel()
	_, good := serve(t, retailcrm.Options{Seed: true, Rate: -1, Scopes: []string{"order_read"}})
	for want, call := range map[error]func() error{
		official.ErrInvalidCredentials: func() error { _, _, err := official.New(good.URL, "other").APICredentials(); return err },
		official.ErrMissingCredentials: func() error { _, _, err := official.New(good.URL, "").APICredentials(); return err },
		official.ErrAccessDenied:       func() error { _, _, err := good.Customers(official.CustomersRequest{}); return err },
		official.ErrAccountDoesNotExist: func() error {
			_, c := serve(t, retailcrm.Options{Host: "elsewhere.retailcrm.ru"})
			_, _, err := c.APIVersions()
			return err
		},
		official.ErrMissingParameter: func() error {
			_, c := serve(t, retailcrm.Options{Seed: true})
			_, _, err := c.CustomerCreate(official.Customer{FirstName: "Пётр"})
			return err
		},
		official.ErrValidation: func() error {
			_, c := serve(t, retailcrm.Options{})
			_, _, err := c.CustomerNoteCreate(official.Note{Text: "x"})
			return err
		},
	} {
		if err := call(); !errors.Is(err, want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
	_, c := serve(t, retailcrm.Options{Seed: true})
	_, status, err := c.TaskCreate(official.Task{Text: "без исполнителя"}, "lavka")
	if apiErr, is := official.AsAPIError(err); !is || status != 400 || apiErr.Errors()["performerId"] == "" {
		t.Errorf("map of errors: %d %v", status, err)
	}
	_, _, err = c.OrderCreate(official.Order{Items: []official.OrderItem{{Offer: official.Offer{ID: 5}}}}, "lavka")
	if apiErr, is := official.AsAPIError(err); !is || !strings.Contains(apiErr.Errors()["0"], "Offer with id 5 not found") {
		t.Errorf("list of errors: %v", err)
	}
}

func TestOfficialClientFollowsHistory(t *testing.T) {
	t.Parallel()
	a, c := serve(t, retailcrm.Options{Rate: -1})
	var want []string
	for i := range 45 {
		o := a.AddOrder(retailcrm.Order{Phone: "+7916000" + strconv.Itoa(1000+i)})
		if err := a.SetStatus(o.ID, "assembling"); err != nil {
			t.Fatal(err)
		}
		want = append(want, strconv.Itoa(o.ID)+" new", strconv.Itoa(o.ID)+" assembling")
	}
	var seen []string
	since := 0
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
		// The client leaves a zero SinceID out, which reads from the beginning.
		page, s, err := c.OrdersHistory(official.OrdersHistoryRequest{Limit: 20, Filter: official.OrdersHistoryFilter{SinceID: since}})
		must(t, "history", page, s, err)
		for _, r := range page.History {
			since = r.ID
			seen = append(seen, strconv.Itoa(r.Order.ID)+" "+r.Order.Status)
		}
		if page.Pagination.CurrentPage >= page.Pagination.TotalPageCount {
			break
		}
	}
	if strings.Join(seen, ",") != strings.Join(want, ",") {
		t.Errorf("history read: %v", seen)
	}
}
