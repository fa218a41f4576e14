package app_test

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway/support"
	"vestnik/sim/helpdeskeddy"
	"vestnik/sim/retailcrm"
	"vestnik/webui"
)

func zoneOf(name string) *time.Location {
	z, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return z
}

func TestZonesOfHelpdeskCRMAndShopMayDiffer(t *testing.T) {
	t.Parallel()
	march := time.Date(2027, 3, 3, 7, 0, 0, 0, time.UTC)
	for name, z := range map[string]struct {
		helpdesk, crm, shop string
		begins              time.Time
	}{
		"all far from each other":      {"Asia/Vladivostok", "Europe/Moscow", "America/New_York", march},
		"the helpdesk is behind":       {"America/Los_Angeles", "Asia/Vladivostok", "Europe/Moscow", march},
		"its clocks go forward":        {"America/New_York", "Europe/Moscow", "Europe/Moscow", time.Date(2027, 3, 14, 6, 50, 0, 0, time.UTC)},
		"its clocks go back":           {"America/New_York", "Europe/Moscow", "Europe/Moscow", time.Date(2027, 11, 7, 5, 40, 0, 0, time.UTC)},
		"the shop's clocks go back":    {"Europe/Moscow", "Europe/Berlin", "Europe/Berlin", time.Date(2027, 10, 31, 0, 40, 0, 0, time.UTC)},
		"quarters of an hour to spare": {"Asia/Kathmandu", "Asia/Kolkata", "Australia/Lord_Howe", march},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inOwnTime(t, shop{
				helpdesk: helpdeskeddy.Options{Zone: zoneOf(z.helpdesk)}, crm: retailcrm.Options{Zone: zoneOf(z.crm)}, begins: z.begins,
			}, func(t *testing.T, b *box) {
				b.apply("shop: {timezone: " + z.shop + "}")
				var tickets []helpdeskeddy.Ticket
				people := b.world.CRM.Customers()
				for i := range 12 { // two hours
					c := people[i]
					ticket := b.world.Asks(c, fmt.Sprintf("Вопрос %d", i), "Добрый день")
					tickets = append(tickets, ticket)
					b.eventually(11*time.Minute, "ticket "+ticket.Number+" has its card", func() bool {
						return len(b.world.Helpdesk.Comments(ticket.ID)) == 1
					})
					time.Sleep(10 * time.Minute)
				}
				b.served(tickets)
				from := time.Now()
				time.Sleep(10 * time.Minute)
				if n := b.world.Helpdesk.Requests(from); n > 65 {
					t.Errorf("%d requests in ten minutes without news", n)
				}
			})
		})
	}
}

// flat wants nothing but looks at what has changed to leave in a time.
func (b *box) flat(d time.Duration) {
	b.t.Helper()
	from := len(b.world.Helpdesk.Sent())
	time.Sleep(d)
	sent := b.world.Helpdesk.Sent()[from:]
	for _, x := range sent {
		if x.Method != "GET" || x.Path != "/api/v2/tickets/" {
			b.t.Errorf("nothing has happened, and %s %s was sent", x.Method, x.Path)
		}
	}
	// Every ten minutes a look goes further back, and takes more pages where those are small.
	if most := int(d/(10*time.Second)) * 6 / 5; len(sent) > most {
		b.t.Errorf("%d looks in %s", len(sent), d)
	}
}

// TestWhateverTheAccountIsLike tells one story on accounts of every kind: a VIP asks, is raised and
// shown, and what is shown follows the CRM in its place; what the box writes itself wakes nothing.
func TestWhateverTheAccountIsLike(t *testing.T) {
	t.Parallel()
	const custom = `{ranking: ["3", "10", "14", "1"], rules: [{name: VIP, when: vip, priority: "1"}]}`
	for name, s := range map[string]shop{
		"plain":                        {},
		"own writes touch":             {helpdesk: helpdeskeddy.Options{OwnWritesTouch: true}},
		"tags are stripped":            {helpdesk: helpdeskeddy.Options{TagsStripped: true, OwnWritesTouch: true}},
		"markers are stripped":         {helpdesk: helpdeskeddy.Options{MarkersStripped: true}},
		"lists only":                   {helpdesk: helpdeskeddy.Options{ListsOnly: true}},
		"ids are texts":                {helpdesk: helpdeskeddy.Options{StringIDs: true, OwnWritesTouch: true}},
		"lists, texts and small pages": {helpdesk: helpdeskeddy.Options{ListsOnly: true, StringIDs: true, PerPage: 2, OwnWritesTouch: true}},
		"priorities of its own":        {helpdesk: helpdeskeddy.Options{CustomPriorities: true}, config: custom},
		"no limit is told":             {helpdesk: helpdeskeddy.Options{Rate: -1}},
		"what is forbidden is dropped": {helpdesk: helpdeskeddy.Options{DropForbidden: true, OwnWritesTouch: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inOwnTime(t, s, func(t *testing.T, b *box) {
				hd, vip := b.world.Helpdesk, b.customer(0, isVIP)
				b.seededTakenUp()
				ticket := b.world.Asks(vip, "Вопрос", "Добрый день")
				b.comment(ticket.ID, vip.LastName, "VIP")
				b.takenUp(ticket.ID)
				if now, _ := hd.Ticket(ticket.ID); now.Priority != 1 || fmt.Sprint(now.Fields[helpdeskeddy.VIPFieldID]) != "1" {
					t.Errorf("the ticket is %+v", now)
				}
				time.Sleep(3 * time.Minute)
				b.flat(time.Hour)
				if err := b.world.CRM.SetVIP(vip.ID, false); err != nil {
					t.Fatal(err)
				}
				b.eventually(20*time.Minute, "the comment follows in its place", func() bool {
					list := hd.Comments(ticket.ID)
					return len(list) == 1 && !strings.Contains(list[0].Text, "· VIP") && strings.Contains(list[0].Text, vip.LastName)
				})
				b.takenUp(ticket.ID)
				time.Sleep(3 * time.Minute)
				b.flat(time.Hour)
				if _, err := hd.ClientWrites(ticket.ID, "<p>И ещё</p>"); err != nil {
					t.Fatal(err)
				}
				time.Sleep(3 * time.Minute)
				b.stop()
				b.start()
				time.Sleep(3 * time.Minute)
				b.served([]helpdeskeddy.Ticket{ticket})
				b.flat(time.Hour)
			})
		})
	}
}

func TestHTMLInNamesAndCommentsIsOnlyText(t *testing.T) {
	t.Parallel()
	const script = `<script>alert(1)</script>`
	inOwnTime(t, shop{}, func(t *testing.T, b *box) {
		c := b.world.CRM.AddCustomer(retailcrm.Customer{
			FirstName: script, LastName: `<img src=x onerror="alert(2)">`, Email: "script@mail.example", ManagerID: 20, Tags: []string{script},
		})
		b.world.CRM.AddOrder(retailcrm.Order{
			CustomerID: c.ID, FirstName: script, Status: "delivering", ManagerID: 20, ManagerComment: script, CustomerComment: `"><script>alert(3)</script>`,
			Items: []retailcrm.Item{{Name: script + "<b>Чай</b>", Price: 1, Quantity: 1}},
		})
		u := b.world.Helpdesk.AddUser(helpdeskeddy.User{Name: script, Lastname: "<b>", Email: "script@mail.example"})
		ticket := b.world.Helpdesk.AddTicket(u.ID, script, script, "email")
		text := b.comment(ticket.ID, "&lt;script&gt;alert(1)")
		for _, bad := range []string{"<script", "<img", "<b>Чай", "onerror=\"alert"} {
			if strings.Contains(text, bad) {
				t.Errorf("the comment has %q: %q", bad, text)
			}
		}
		k := b.takenUp(ticket.ID)
		found, err := b.app.Support().Card(t.Context(), k.Customer, cardLook())
		if err != nil || !strings.Contains(found.Profile.Name, script) {
			t.Errorf("the card of its own pages keeps the text as it is: %q, %v", found.Profile.Name, err)
		}
	})
}

func TestACustomerWithFiveThousandOrdersCostsAHandfulOfRequests(t *testing.T) {
	t.Parallel()
	inOwnTime(t, shop{}, func(t *testing.T, b *box) {
		b.seededTakenUp()
		anna := b.customer(0, anybody)
		for range 5000 {
			b.world.CRM.AddOrder(retailcrm.Order{CustomerID: anna.ID, FirstName: anna.FirstName, Email: anna.Email, Status: "complete", ManagerID: 20})
		}
		time.Sleep(10 * time.Minute) // until the box has followed the history
		from := time.Now()
		ticket := b.world.Asks(anna, "Вопрос", "Добрый день")
		b.comment(ticket.ID, anna.LastName, "Ещё заказов: ")
		b.takenUp(ticket.ID)
		var asked []string
		for _, r := range b.world.CRM.Requests() {
			about := r.Params["filter[customerId]"] + r.Params["filter[customerIds][]"] + r.Params["filter[customer]"] + r.Params["filter[email]"]
			if !r.At.Before(from) && (about != "" || strings.HasPrefix(r.Path, "/api/v5/customers/"+strconv.Itoa(anna.ID))) && r.Method == "GET" {
				asked = append(asked, fmt.Sprint(r.Path, r.Params))
			}
		}
		if len(asked) == 0 || len(asked) > 6 {
			t.Errorf("%d requests: %q", len(asked), asked)
		}
	})
}

func TestContactsOfNobodyAreEverWritten(t *testing.T) {
	t.Parallel()
	inOwnTime(t, shop{}, func(t *testing.T, b *box) {
		b.seededTakenUp()
		time.Sleep(time.Minute)
		hd, anna := b.world.Helpdesk, b.customer(0, anybody)
		// The helpdesk knows another name and number of her.
		u := hd.AddUser(helpdeskeddy.User{Name: "Аня из чата", Email: anna.Email, Phone: "+7 900 000-00-01"})
		before := [2]any{hd.Users(), b.world.CRM.Customers()}
		ticket := hd.AddTicket(u.ID, "Вопрос", "<p>Добрый день</p>", "email")
		b.comment(ticket.ID, anna.LastName)
		o := b.under(anna, "redirect")
		b.until("the alarm is told", func() bool { return b.alarms(ticket.ID, o.Number) == 1 })
		time.Sleep(time.Hour)
		if after := [2]any{hd.Users(), b.world.CRM.Customers()}; !reflect.DeepEqual(before, after) {
			t.Errorf("contacts changed from %+v to %+v", before, after)
		}
		for _, x := range hd.Sent() {
			if x.Method != "GET" && strings.Contains(x.Path, "/users") {
				t.Errorf("%s %s", x.Method, x.Path)
			}
		}
		for _, r := range b.world.CRM.Requests() {
			if r.Method == "POST" && strings.HasPrefix(r.Path, "/api/v5/customers/") && !strings.Contains(r.Path, "/notes/") {
				t.Errorf("%s %s", r.Method, r.Path)
			}
		}
	})
}

func TestACustomerIsErased(t *testing.T) {
	t.Parallel()
	inOwnTime(t, shop{}, func(t *testing.T, b *box) {
		anna, other := b.customer(0, anybody), b.customer(1, anybody)
		first, second := b.world.Asks(anna, "Где заказ Климовой", "Добрый день"), b.world.Asks(other, "Вопрос", "Добрый день")
		b.comment(first.ID, anna.LastName)
		b.comment(second.ID, other.LastName)
		if k := b.takenUp(first.ID); k.Email == "" || k.Person.Email == "" {
			t.Fatalf("nothing to erase: %+v", k)
		}
		b.takenUp(second.ID)
		if err := b.world.Helpdesk.Close(first.ID, helpdeskeddy.OlgaID); err != nil {
			t.Fatal(err)
		}
		b.until("it is closed", func() bool { return !b.kept(first.ID).Open })
		b.takenUp(first.ID)
		if err := b.app.Support().EraseCustomer(t.Context(), int64(anna.ID), "Ольга"); err != nil {
			t.Fatal(err)
		}
		gone := func(when string) {
			t.Helper()
			if _, err := b.app.Store().Card(t.Context(), int64(anna.ID)); device.KindOf(err) != device.NotFound {
				t.Errorf("%s: the card is kept: %v", when, err)
			}
			k := b.kept(first.ID)
			if words := fmt.Sprintf("%+v", k); strings.Contains(words, anna.LastName) || strings.Contains(words, anna.Email) || k.Customer != 0 || k.Title != "" {
				t.Errorf("%s: the ticket still says %s", when, words)
			}
			if found, err := b.app.Store().Tickets(t.Context(), gatewayTickets(anna.LastName)); err != nil || len(found) != 0 {
				t.Errorf("%s: found by name: %+v %v", when, found, err)
			}
		}
		gone("at once")
		b.stop()
		b.start()
		b.apply("helpdesk: {poll: 1m}")
		time.Sleep(8 * time.Hour) // the looks at single tickets are over
		gone("later")
		if k, err := b.app.Store().Card(t.Context(), int64(other.ID)); err != nil || k.Profile.ID != int64(other.ID) {
			t.Errorf("the other customer: %+v %v", k, err)
		}
		if slices.ContainsFunc(b.world.Helpdesk.Comments(first.ID), func(m helpdeskeddy.Message) bool { return !m.ByAPI }) {
			t.Error("a stranger's comment")
		}
	})
}

func cardLook() webui.CardLook { return webui.CardLook{By: "Ольга"} }

func gatewayTickets(search string) support.TicketFilter {
	return support.TicketFilter{Search: search, Limit: 10}
}
