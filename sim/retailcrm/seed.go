package retailcrm

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"
)

// secondSite is the demo's other shop.
const secondSite = "lavka-opt"

// seed fills the account with a small Russian shop. Everything follows from a
// fixed seed and the account's present time; names are common ones put together
// by chance and the phones belong to nobody in particular.
func (a *Account) seed() {
	rnd := rand.New(rand.NewPCG(2024, 12))
	second := site{secondSite, "Лавка: опт"}
	a.sites = append(a.sites, second)
	sites := a.references["sites"]
	sites.add(second.code, siteBody(second, 1))
	a.references["sites"] = sites
	a.seedFields()
	a.seedSegments()
	a.seedCustomers(rnd)
	a.seedOrders(rnd)
	a.pending = nil
}

func (a *Account) seedFields() {
	a.dicts = append(a.dicts, Dictionary{Code: "pickup-points", Name: "Пункты выдачи", Elements: []Element{
		{Code: "lesnaya", Name: "Лесная, 12", Ordering: 10},
		{Code: "sadovaya", Name: "Садовая, 40", Ordering: 20},
		{Code: "vokzal", Name: "Вокзальная площадь, 1", Ordering: 30},
	}})
	add := func(f CustomField) {
		f.ViewMode, f.InFilter, f.InList = "editable", true, true
		f.Ordering = (len(a.fields) + 1) * 10
		a.fields = append(a.fields, f)
	}
	add(CustomField{Entity: "order", Code: "pickup_code", Name: "Код получения", Type: "string", DisplayArea: "delivery"})
	add(CustomField{
		Entity: "order", Code: "pickup_point", Name: "Пункт выдачи", Type: "dictionary", DisplayArea: "delivery",
		Dictionary: "pickup-points", Default: 1, DefaultTyped: "lesnaya",
	})
	add(CustomField{Entity: "order", Code: "gift", Name: "Подарочная упаковка", Type: "boolean", DisplayArea: "main_data", Default: "false", DefaultTyped: false})
	add(CustomField{Entity: "order", Code: "nps", Name: "Оценка клиента", Type: "integer", DisplayArea: "customer"})
	add(CustomField{Entity: "order", Code: "keep_until", Name: "Хранить до", Type: "date", DisplayArea: "delivery"})
	add(CustomField{Entity: "customer", Code: "favourite", Name: "Любимый товар", Type: "string", DisplayArea: "customer"})
}

func (a *Account) seedSegments() {
	for i, s := range [][2]string{{"postoyannye", "Постоянные"}, {"novye", "Новые"}, {"moskva", "Москва"}} {
		a.segments = append(a.segments, Segment{ID: 4 + i, Code: s[0], Name: s[1], IsDynamic: true, CreatedAt: a.ago(400 * 24 * time.Hour)})
	}
}

// seedPeople are the demo's customers: name, patronymic, surname, sex, phones.
// The phones are what operators really type: ten plain forms of a mobile number
// and, at the end, those that give trouble.
var seedPeople = [...]struct {
	first, middle, last, sex string
	phones                   []string
}{
	{"Анна", "Сергеевна", "Климова", "female", []string{"+79161230001"}},
	{"Дмитрий", "", "Орехов", "male", []string{"89161230002"}},
	{"Елена", "Павловна", "Тихонова", "female", []string{"79161230003"}},
	{"Павел", "", "Рыжов", "male", []string{"+7 916 123-00-04"}},
	{"Наталья", "", "Берёзкина", "female", []string{"8 (926) 123-00-05"}},
	{"Сергей", "Иванович", "Громов", "male", []string{"9261230006"}},
	{"Татьяна", "", "Ершова", "female", []string{"+7(926)1230007"}},
	{"Алексей", "", "Синицын", "male", []string{"+79031230008"}},
	{"Юлия", "Олеговна", "Маслова", "female", []string{"+79031230009"}},
	{"Максим", "", "Зорин", "male", []string{"+79031230010"}},
	{"Ирина", "", "Полякова", "female", []string{"+79851230011"}},
	{"Константин", "", "Лаптев", "male", []string{"+79851230012"}},
	{"Светлана", "Юрьевна", "Дорохова", "female", []string{"+79991230013"}},
	{"Виктор", "", "Ушаков", "male", []string{"+79991230014"}},
	{"Ксения", "", "Родина", "female", []string{"+79171230015"}},
	{"Григорий", "", "Шилов", "male", []string{"+79171230016"}},
	{"Людмила", "Петровна", "Калинина", "female", []string{"+79211230017"}},
	{"Артём", "", "Фомин", "male", []string{"+79211230018"}},
	{"Вера", "", "Сомова", "female", []string{"+79131230019"}},
	{"Николай", "Андреевич", "Ткачёв", "male", []string{"+79131230020", "+79131230120"}},
	{"Галина", "", "Жукова", "female", []string{"8 495 123-00-21"}},                  // landline
	{"Роман", "", "Беляев", "male", nil},                                             // no phone at all
	{"Айгерим", "", "Сарсенова", "female", []string{"+77011230023"}},                 // Kazakhstan
	{"Фёдор", "", "Крылов", "male", []string{"8-916-123-00-24, 89161230124"}},        // two in one field
	{"Лариса", "", "Панина", "female", []string{"звонить вечером, спросить Ларису"}}, // no number
}

func (a *Account) seedCustomers(rnd *rand.Rand) {
	streets := []string{"Лесная", "Садовая", "Полевая", "Озёрная", "Школьная", "Речная"}
	for i, who := range seedPeople {
		c := Customer{
			ID: 301 + i, Site: a.opt.Site, FirstName: who.first, LastName: who.last, Patronymic: who.middle, Sex: who.sex,
			Phones: who.phones, ManagerID: 20 + i%2, CreatedAt: a.ago(time.Duration(400-i*12) * 24 * time.Hour),
			Email:   fmt.Sprintf("client%02d@mail.example", i+1),
			Address: a.seedAddress(rnd, streets),
		}
		c.Address.ID = a.nextID("address")
		switch {
		case i%9 == 4:
			c.VIP, c.PersonalDiscount, c.Segments = true, 7, []string{"postoyannye", "moskva"}
			c.Tags = []string{"чай"}
		case i == 15:
			c.Bad = true
		case i%3 == 0:
			c.Segments = []string{"novye"}
		}
		if i%2 == 0 {
			c.ExternalID = "web-" + strconv.Itoa(2100+i)
		}
		if i%6 == 5 {
			c.Site, c.Email = secondSite, ""
		}
		if i == 0 {
			c.CustomFields = map[string]any{"favourite": "Иван-чай"}
		}
		a.lastID["customer"] = c.ID
		a.customers = append(a.customers, &c)
	}
	order := slices.Clone(a.customers)
	slices.SortStableFunc(order, func(x, y *Customer) int { return x.CreatedAt.Compare(y.CreatedAt) })
	for _, c := range order {
		a.noteCustomerCreated(c, c.CreatedAt, a.byUser(c.ManagerID))
	}
}

func (a *Account) seedAddress(rnd *rand.Rand, streets []string) Address {
	street, house, flat := streets[rnd.IntN(len(streets))], strconv.Itoa(1+rnd.IntN(60)), strconv.Itoa(1+rnd.IntN(180))
	return Address{
		Index: strconv.Itoa(125000 + rnd.IntN(900)), Region: "Москва город", City: "Москва", Street: street, Building: house, Flat: flat,
		Text: "ул. " + street + ", д. " + house + ", кв. " + flat,
	}
}

// seedPaths are the ways that an order takes through the statuses.
var seedPaths = [][]string{
	{"new"},
	{"new", "client-confirmed"},
	{"new", "client-confirmed", "send-to-assembling"},
	{"new", "client-confirmed", "send-to-assembling", "assembling"},
	{"new", "client-confirmed", "assembling", "ready-for-pickup"},
	{"new", "client-confirmed", "assembling", "send-to-delivery", "delivering"},
	{"new", "client-confirmed", "assembling", "ready-for-pickup", "complete"},
	{"new", "client-confirmed", "assembling", "send-to-delivery", "delivering", "complete"},
	{"new", "no-call", "cancel-other"},
}

// step is one status change in the life of a demo order.
type step struct {
	at    time.Time
	order *Order
	code  string
}

func (a *Account) seedOrders(rnd *rand.Rand) {
	var steps []step
	for i := range 40 {
		o := a.seedOrder(rnd, i)
		path := seedPaths[rnd.IntN(len(seedPaths))]
		at := o.CreatedAt
		for _, code := range path {
			steps = append(steps, step{at, o, code})
			at = at.Add(time.Duration(10+rnd.IntN(50)) * time.Minute)
		}
		if last := path[len(path)-1]; last == "complete" {
			for j := range o.Payments {
				o.Payments[j].Status, o.Payments[j].PaidAt = "paid", at
			}
			o.FullPaidAt, o.Shipped = at, true
			o.CustomFields["nps"] = 6 + rnd.IntN(5)
		}
		a.orders = append(a.orders, o)
		a.shelve(o)
		a.lastID["order"] = o.ID
	}
	slices.SortStableFunc(steps, func(x, y step) int {
		return cmp.Or(x.at.Compare(y.at), x.order.ID-y.order.ID)
	})
	for _, s := range steps {
		was := s.order.Status
		s.order.Status, s.order.StatusUpdatedAt = s.code, s.at
		if was == "" {
			a.noteOrderCreated(s.order, s.at, byStranger)
			continue
		}
		a.noteOrder(s.order, s.at, a.byUser(s.order.ManagerID), change{field: "status", old: obj{"code": was}, new: obj{"code": s.code}})
	}
}

// seedOrder makes the i-th demo order, oldest first; the last came in some hours
// ago. Its status is set by the caller.
func (a *Account) seedOrder(rnd *rand.Rand, i int) *Order {
	c := a.customers[(i*7)%len(a.customers)]
	o := &Order{
		ID: 5042 + i, Number: strconv.Itoa(10442 + i), Site: c.Site, Type: "eshop-individual", Method: "shopping-cart", FromAPI: true,
		CreatedAt: a.ago(time.Duration((40-i)*11)*time.Hour + time.Duration(rnd.IntN(60))*time.Minute),
		FirstName: c.FirstName, LastName: c.LastName, Patronymic: c.Patronymic, Email: c.Email, CustomerID: c.ID,
		ManagerID: c.ManagerID, ShipmentStore: "lesnaya", CustomFields: map[string]any{},
	}
	if len(c.Phones) > 0 {
		o.Phone = c.Phones[0]
	}
	if len(c.Phones) > 1 {
		o.AdditionalPhone = c.Phones[1]
	}
	if i%3 != 1 {
		o.ExternalID = "shop-" + strconv.Itoa(88000+i)
	}
	for range 1 + rnd.IntN(3) {
		of := a.offers[rnd.IntN(len(a.offers))]
		o.Items = append(o.Items, Item{
			ID: a.nextID("item"), OfferID: of.id, Name: of.name, Article: of.article, Price: of.price,
			Quantity: float64(1 + rnd.IntN(2)), Status: "new",
		})
	}
	if c.PersonalDiscount > 0 {
		o.Discount = money(o.Sum() * c.PersonalDiscount / 100)
	}
	a.seedDelivery(rnd, o, c, i)
	if i%4 == 1 {
		o.CustomFields["gift"] = true
	}
	if i%5 != 2 { // some orders pay at the counter
		o.Payments = []Payment{{ID: a.nextID("payment"), Type: "bank-card", Status: "not-paid", Amount: o.Total()}}
	}
	if i%8 == 3 {
		o.CustomerComment = "Позвоните за час, пожалуйста"
	}
	return o
}

func (a *Account) seedDelivery(rnd *rand.Rand, o *Order, c *Customer, i int) {
	day := o.CreatedAt.AddDate(0, 0, 2).In(a.zone)
	d := &o.Delivery
	d.Date = day.Format(time.DateOnly)
	switch i % 4 {
	case 0, 1: // collected by the customer; every third such order has no code yet
		d.Type = "self-delivery"
		d.Address = Address{Region: "Москва город", City: "Москва", Text: "ул. Лесная, д. 12"}
		o.CustomFields["pickup_point"] = []string{"lesnaya", "sadovaya"}[i%2]
		o.CustomFields["keep_until"] = day.AddDate(0, 0, 7).Format(time.DateOnly)
		if i%3 != 0 {
			o.CustomFields["pickup_code"] = fmt.Sprintf("%04d", rnd.IntN(10000))
		}
	case 2:
		d.Type, d.Service, d.Cost = "courier", "day", 350
		d.Address, d.TimeFrom, d.TimeTo = c.Address, "12:00", "18:00"
		d.Address.ID = 0
	default:
		d.Type, d.Cost = "cdek", 420
		d.Address = Address{Region: "Москва город", City: "Москва", Text: "Вокзальная площадь, д. 1"}
		d.Data = map[string]any{
			"trackNumber": fmt.Sprintf("10%08d", rnd.IntN(100000000)), "status": "in-transit", "payerType": "sender",
			"pickuppointName": "ПВЗ «Вокзал»", "pickuppointAddress": "Вокзальная площадь, д. 1",
			"pickuppointSchedule": "ежедневно 10–21", "pickuppointPhone": "+74950000177", "tariffName": "Склад — склад",
		}
	}
}
