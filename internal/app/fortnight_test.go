package app_test

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/campaign"
	"vestnik/internal/app"
	"vestnik/sim/retailcrm"
	"vestnik/sim/whatsapp"
	"vestnik/sim/world"
)

// The pace of the shop of TestFortnight.
const (
	ordersADay, chatsADay                  = 300, 80
	whatsAppHour, whatsAppDay, newChatsDay = 240, 3000, 1200
	smsHour, smsDay                        = 300, 1500
	mailingShare                           = 60
)

// A shop's time: two weeks when VESTNIK_FORTNIGHT is set (make fortnight, ten minutes of work), else two
// days of it with smaller mailings and the same bad luck.
type span struct {
	days            int
	people, overlap int // of each mailing, of both
	second          int // the day of the second mailing
	lockedDay       int // WhatsApp forbids new chats for a day
	outageDay       int // WhatsApp cannot be reached for seven hours
}

func spanOf() span {
	if os.Getenv("VESTNIK_FORTNIGHT") != "" {
		return span{days: 14, people: 5000, overlap: 1000, second: 3, lockedDay: 5, outageDay: 9}
	}
	return span{days: 2, people: 200, overlap: 40, second: 1, lockedDay: 0, outageDay: 1}
}

var fortnightConfig = fmt.Sprintf(`
whatsapp: {enabled: true, gap: 10s, per_hour: %d, per_day: %d, new_chats_per_day: %d}
sms: {enabled: true, gap: 5s, per_hour: %d, per_day: %d, modems: []}
conduct: {mailing_share: %d, warm_up: false, look_ups_per_day: 0, stop_silent: 0}
rules:
  - name: ready
    statuses: [ready-for-pickup]
    text: "Здравствуйте, {{customer.firstName|default:\"покупатель\"}}! Заказ {{order.number}} готов."
    channels: [whatsapp, sms]
    hours: {from: "08:00", to: "22:00"}
    fallback_after: 30m
    expires_after: 72h
bot:
  welcome: "Здравствуйте! Напишите номер команды:"
  commands:
    - {number: 1, title: "Адрес и часы", answer: {text: "Лесная, 5, с десяти до восьми."}}
    - {number: 9, title: "Позвать оператора", answer: {operator: true}}
`, whatsAppHour, whatsAppDay, newChatsDay, smsHour, smsDay, mailingShare)

// TestFortnight lives two weeks of a shop in a time of its own: the whole product with the real
// WhatsApp client, orders, talks, two mailings to overlapping people, a day without new chats,
// an outage. It looks at nothing but what people's phones showed and when.
func TestFortnight(t *testing.T) {
	if testing.Short() {
		t.Skip("a minute of work")
	}
	serverClock()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2027, 3, 15, 4, 0, 0, 0, time.UTC))) // a Monday; the clocks change in Spain on the 28th
		t.Cleanup(func() { time.Sleep(time.Minute) })
		f := newFortnight(t)
		for day := range f.days {
			f.day(day)
		}
		f.settle()
		f.judge()
	})
}

// folk is a customer.
type folk struct {
	phone device.Phone
	card  int
	wa    *whatsapp.Customer // nil: not there
	zone  *time.Location
	stop  time.Time // when he refused; zero: never
	wrote []string  // to the shop
}

type fortnight struct {
	*box
	span
	air   *airwaves
	folks []*folk
	by    map[device.Phone]*folk
	rand  *rand.Rand

	mu     sync.Mutex
	shown  map[device.Phone][]text // what WhatsApp showed
	orders map[string]time.Time    // number, when it was ready
	whose  map[string]device.Phone

	moscow           *time.Location
	tea, honey       gateway.CampaignID
	lockFrom, lockTo time.Time
}

// places are where customers live, and the zones in which they do.
var places = []struct {
	region, city, zone string
	share              int
}{
	{"Москва", "Москва", "Europe/Moscow", 50},
	{"Калининградская область", "Калининград", "Europe/Kaliningrad", 8},
	{"Свердловская область", "Екатеринбург", "Asia/Yekaterinburg", 15},
	{"Новосибирская область", "Новосибирск", "Asia/Novosibirsk", 15},
	{"Приморский край", "Владивосток", "Asia/Vladivostok", 10},
	{"Камчатский край", "Петропавловск-Камчатский", "Asia/Kamchatka", 2},
}

func newFortnight(t *testing.T) *fortnight {
	t.Helper()
	whatsapp.TrustRoot()
	server, err := whatsapp.New(whatsapp.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w := &world.World{
		WhatsApp: server, Phone: server.AddPhone(world.ShopPhone, "Лавка"),
		CRM: retailcrm.New(retailcrm.Options{Seed: true, Key: world.CRMKey, Rate: -1}), CRMURL: crmReal,
	}
	f := &fortnight{
		span: spanOf(), air: newAirwaves(), rand: rand.New(rand.NewPCG(6, 2027)), by: map[device.Phone]*folk{},
		shown: map[device.Phone][]text{}, orders: map[string]time.Time{}, whose: map[string]device.Phone{},
	}
	if f.moscow, err = time.LoadLocation("Europe/Moscow"); err != nil {
		t.Fatal(err)
	}
	for i := range 2*f.people - f.overlap {
		f.folks = append(f.folks, f.born(w, i))
	}
	server.OnReceive(func(number string, r whatsapp.Received) {
		if r.FromMe || r.Revoked || r.Read || r.Edited || number == world.ShopPhone {
			return
		}
		f.mu.Lock()
		defer f.mu.Unlock()
		f.shown[device.Phone(number)] = append(f.shown[device.Phone(number)], text{time.Now(), r.Text, device.WhatsApp})
	})
	b := &box{
		t: t, dir: memoryDir(t), world: w, log: &safeBuffer{}, every: 200 * time.Millisecond,
		listen: func() net.Listener { return &deaf{closed: make(chan struct{})} }, toCRM: &road{to: w.CRM.Transport()},
	}
	b.options = func(o *app.Options) { o.CRMHTTP, o.WhatsAppHTTP = b.toCRM, server.PipeHTTPClient() }
	f.box = b
	t.Cleanup(func() {
		f.air.reports.Wait()
		b.stop()
		server.Close()
		if strange := w.CRM.NotUnderstood(); len(strange) > 0 {
			t.Errorf("not understood: %q", strange)
		}
	})
	b.start()
	b.apply(fmt.Sprintf(quietConfig, w.CRMURL, world.CRMKey) + fortnightConfig)
	time.Sleep(10 * time.Second)
	f.air.ear = b.app.Ear()
	b.app.UseSMS(f.air)
	b.pair()
	f.allow()
	return f
}

// allow: they said in the shop that they want news.
func (f *fortnight) allow() {
	var words []gateway.Consent
	for _, x := range f.folks {
		words = append(words, gateway.Consent{Phone: x.phone, Answer: device.Yes, Source: gateway.ConsentHand, Note: "анкета", At: time.Now(), By: "Мария"})
	}
	if _, err := f.app.Store().KeepConsents(f.t.Context(), words...); err != nil {
		f.t.Fatal(err)
	}
}

// memoryDir is a folder that needs no disk: two weeks of synchronous writes would.
func memoryDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "vestnik-fortnight-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// born makes customer i of the shop.
func (f *fortnight) born(w *world.World, i int) *folk {
	n, at := i%100, places[0]
	for _, p := range places {
		if at = p; n < p.share {
			break
		}
		n -= p.share
	}
	zone, err := time.LoadLocation(at.zone)
	if err != nil {
		panic(err)
	}
	x := &folk{phone: device.Phone(fmt.Sprintf("+7916%07d", i)), zone: zone}
	var tags []string
	if i < f.people {
		tags = append(tags, "чай")
	}
	x.card = w.CRM.AddCustomer(retailcrm.Customer{
		FirstName: "Анна", LastName: fmt.Sprintf("Седова %d", i), Phones: []string{x.phone.String()}, Tags: tags,
		Address: retailcrm.Address{Region: at.region, City: at.city},
	}).ID
	if i%6 != 0 {
		x.wa = w.WhatsApp.AddCustomer(x.phone.String(), "Анна")
	}
	f.by[x.phone] = x
	return x
}

// day is one day of the shop.
func (f *fortnight) day(n int) {
	dawn := time.Now()
	type event struct {
		at time.Duration
		do func()
	}
	var events []event
	anywhen := func(from, to int) time.Duration {
		return time.Duration(from)*time.Hour + time.Duration(f.rand.Int64N(int64(to-from)*int64(time.Hour)))
	}
	for range ordersADay {
		events = append(events, event{anywhen(0, 24), f.order})
	}
	for range chatsADay {
		events = append(events, event{anywhen(2, 18), f.chat})
	}
	if n == 0 {
		events = append(events, event{2 * time.Hour, func() { f.tea = f.mail("Чай весны", "tag") }})
	}
	if n == f.second {
		events = append(events, event{3 * time.Hour, func() { f.honey = f.mail("Мёд весны", "list") }})
	}
	if n == f.lockedDay {
		events = append(events, event{5 * time.Hour, func() {
			f.lockFrom, f.lockTo = time.Now(), time.Now().Add(24*time.Hour)
			f.world.WhatsApp.Faults().TimeLock(f.lockTo)
		}})
	}
	if n == f.outageDay {
		events = append(events,
			event{4 * time.Hour, func() { f.world.WhatsApp.Faults().Down(true) }},
			event{11 * time.Hour, func() { f.world.WhatsApp.Faults().Down(false) }})
	}
	slices.SortStableFunc(events, func(a, b event) int { return int(a.at - b.at) })
	for _, e := range events {
		time.Sleep(time.Until(dawn.Add(e.at)))
		e.do()
	}
	time.Sleep(time.Until(dawn.Add(24 * time.Hour)))
}

// order is ready for somebody.
func (f *fortnight) order() {
	x := f.folks[f.rand.IntN(len(f.folks))]
	place := f.placeOf(x)
	o := f.world.CRM.AddOrder(retailcrm.Order{
		CustomerID: x.card, FirstName: "Анна", Phone: x.phone.String(), Status: "new", Items: []retailcrm.Item{{Name: "Чай", Price: 450, Quantity: 1}},
		Delivery: retailcrm.Delivery{Address: place},
	})
	if err := f.world.CRM.SetStatus(o.ID, "ready-for-pickup"); err != nil {
		f.t.Error(err)
	}
	f.orders[o.Number], f.whose[o.Number] = time.Now(), x.phone
}

func (f *fortnight) placeOf(x *folk) retailcrm.Address {
	for _, p := range places {
		if p.zone == x.zone.String() {
			return retailcrm.Address{Region: p.region, City: p.city}
		}
	}
	return retailcrm.Address{}
}

// chat: somebody writes; one in eight of those refuses advertising.
func (f *fortnight) chat() {
	x := f.folks[f.rand.IntN(len(f.folks))]
	words := []string{"Здравствуйте", "1", "адрес и часы"}
	what := words[f.rand.IntN(len(words))]
	if f.rand.IntN(8) == 0 {
		what = "СТОП"
	}
	if x.wa == nil {
		if err := f.air.writes(x.phone, what); err != nil {
			f.t.Error(err)
		}
	} else if _, err := x.wa.SendText(world.ShopPhone, what, whatsapp.ByLID); err != nil {
		f.t.Error(err)
	}
	x.wrote = append(x.wrote, what)
	if what == "СТОП" && x.stop.IsZero() {
		x.stop = time.Now()
	}
}

// mail begins a mailing to those with the tag, or to a pasted list of the others and some of those.
func (f *fortnight) mail(name, source string) gateway.CampaignID {
	ctx, m := f.t.Context(), f.app.Campaigns()
	c := campaign.Campaign{
		Name: name, Kind: campaign.Advertising,
		Text: campaign.Text{Variants: []campaign.Variant{
			{Texts: map[string]string{"ru": name + ": {{customer.firstName|default:\"здравствуйте\"}}, у нас новинки на lavka.example."}},
			{Texts: map[string]string{"ru": name + ": новинки ждут вас на lavka.example."}},
		}},
		Plan: campaign.Plan{Channels: []device.Channel{device.WhatsApp, device.SMS}},
	}
	if source == "tag" {
		c.Audience = campaign.Audience{Source: campaign.FromCustomers, Query: gateway.AudienceQuery{Tags: []string{"чай"}}}
	} else {
		var list strings.Builder
		for _, x := range f.folks[f.people-f.overlap:] {
			fmt.Fprintf(&list, "%s Анна\n", x.phone)
		}
		c.Audience = campaign.Audience{Source: campaign.FromList, Pasted: list.String()}
	}
	c, err := m.SaveCampaign(ctx, c, "Мария")
	if err != nil {
		f.t.Fatal(err)
	}
	if err := m.Collect(ctx, c.ID, "Мария"); err != nil {
		f.t.Fatal(err)
	}
	for tries := 0; c.Collect.State != campaign.CollectDone; tries++ {
		if c, err = m.Campaign(ctx, c.ID); err != nil || tries > 3600 || c.Collect.State == campaign.CollectFailed {
			f.t.Fatalf("the people of %s are not gathered: %+v, %v", name, c.Collect, err)
		}
		time.Sleep(time.Second)
	}
	if err := m.Start(ctx, c.ID, c.Version, "Мария"); err != nil {
		f.t.Fatalf("start %s: %v", name, err)
	}
	return c.ID
}

// settle waits until nothing is under way any more.
func (f *fortnight) settle() {
	f.eventually(5*24*time.Hour, "everything is through", func() bool {
		for _, id := range []gateway.CampaignID{f.tea, f.honey} {
			c, err := f.app.Campaigns().Campaign(f.t.Context(), id)
			if err != nil || c.State != campaign.Done {
				return false
			}
		}
		totals, err := f.app.Store().Totals(f.t.Context(), time.Time{})
		if err != nil {
			f.t.Fatal(err)
		}
		for _, n := range totals.Open {
			if n > 0 {
				return false
			}
		}
		return true
	})
}
