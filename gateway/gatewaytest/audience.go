package gatewaytest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// AudienceRig is a CRM's lists of people with the system behind them.
type AudienceRig struct {
	Audiences gateway.Audiences
	People    gateway.People

	// Add makes a card of a shop with its tags and segments (which exist or come to be), and
	// gives its id.
	Add func(t testing.TB, p AudienceCard) int64
	// Order makes an order of a card (0: of none).
	Order func(t testing.TB, o AudienceOrder) gateway.OrderID
	// Crowd makes n cards with a tag at once.
	Crowd func(t testing.TB, n int, tag string)
	Merge func(t testing.TB, keep, gone int64)
	// Refuse: a customer says that he wants no advertising by his phone;
	// RefuseEmail: none by e-mail.
	Refuse, RefuseEmail func(t testing.TB, customer int64)
	// RetireSegment puts a segment out of use.
	RetireSegment func(t testing.TB, code string)
	Tags          func(t testing.TB, customer int64) []string
	// Writes and Requests count what the system was asked.
	Writes, Requests func(t testing.TB) int
	// Cut takes the system away, Mend brings it back; SwallowWrite makes the system do what the next
	// writing request asks and lose the answer.
	Cut, Mend, SwallowWrite func(t testing.TB)
	// Sites are two shops, Statuses two statuses of orders.
	Sites, Statuses [2]string
}

// AudienceCard is a card to make.
type AudienceCard struct {
	First, Last, Phone, City, Site string
	Tags, Segments                 []string
}

// AudienceOrder is an order to make.
type AudienceOrder struct {
	Customer     int64
	Phone        string
	Site, Status string
	Total        int64
	At           time.Time
}

// ExerciseAudience runs the suite. The factory is called once for each test, with a system that
// has some past.
func ExerciseAudience(t *testing.T, factory func(t *testing.T) *AudienceRig) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, *AudienceRig){
		"lists segments":                    listsSegments,
		"finds cards by segment and tag":    findsCards,
		"finds people by their orders":      findsByOrders,
		"tells a person":                    tellsPerson,
		"tells what he says of advertising": tellsAllowed,
		"reads thousands page by page":      readsThousands,
		"leaves merged cards out":           leavesMerged,
		"tags a card once":                  tagsOnce,
		"says unavailable when it is away":  audienceAway,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, factory(t))
		})
	}
}

// everybody reads all pages of a query.
func everybody(t *testing.T, rig *AudienceRig, q gateway.AudienceQuery) (out []gateway.AudiencePerson) {
	t.Helper()
	for page := 1; ; page++ {
		people, total, err := rig.Audiences.AudiencePage(within(t), q, page)
		if err != nil {
			t.Fatalf("page %d of %+v: %v", page, q, err)
		}
		out = append(out, people...)
		if page*100 >= total {
			return out
		}
	}
}

func wantPeople(t *testing.T, rig *AudienceRig, q gateway.AudienceQuery, want ...int64) {
	t.Helper()
	var got []int64
	for _, p := range everybody(t, rig, q) {
		got = append(got, p.Customer)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%+v finds %v, want %v", q, got, want)
	}
}

func listsSegments(t *testing.T, rig *AudienceRig) {
	rig.Add(t, AudienceCard{First: "Анна", Segments: []string{"cat-people", "old-ones"}})
	rig.Add(t, AudienceCard{First: "Борис", Segments: []string{"cat-people"}})
	rig.RetireSegment(t, "old-ones")
	got, err := rig.Audiences.Segments(within(t))
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(got, func(s gateway.Segment) bool { return s.Code == "cat-people" })
	if i < 0 || got[i].Customers != 2 || got[i].Name == "" {
		t.Errorf("%+v", got)
	}
	if slices.ContainsFunc(got, func(s gateway.Segment) bool { return s.Code == "old-ones" }) {
		t.Errorf("one out of use is listed: %+v", got)
	}
}

func findsCards(t *testing.T, rig *AudienceRig) {
	both := rig.Add(t, AudienceCard{First: "Анна", Tags: []string{"кошки"}, Segments: []string{"cat-people"}, Site: rig.Sites[0]})
	tagged := rig.Add(t, AudienceCard{First: "Борис", Tags: []string{"собаки"}, Site: rig.Sites[0]})
	other := rig.Add(t, AudienceCard{First: "Вера", Tags: []string{"кошки"}, Segments: []string{"cat-people"}, Site: rig.Sites[1]})
	rig.Add(t, AudienceCard{First: "Никто"})
	wantPeople(t, rig, gateway.AudienceQuery{Segment: "cat-people"}, both, other)
	wantPeople(t, rig, gateway.AudienceQuery{Tags: []string{"кошки"}}, both, other)
	wantPeople(t, rig, gateway.AudienceQuery{Tags: []string{"кошки", "собаки"}}, both, tagged, other)
	wantPeople(t, rig, gateway.AudienceQuery{Tags: []string{"кошки"}, Site: rig.Sites[1]}, other)
	wantPeople(t, rig, gateway.AudienceQuery{Tags: []string{"собаки"}, Segment: "cat-people"})
	wantPeople(t, rig, gateway.AudienceQuery{Segment: "no-such-segment"})
}

func findsByOrders(t *testing.T, rig *AudienceRig) {
	day := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	anna, boris := rig.Add(t, AudienceCard{First: "Анна", Phone: "+79161234567"}), rig.Add(t, AudienceCard{First: "Борис"})
	first := rig.Order(t, AudienceOrder{Customer: anna, Status: rig.Statuses[0], Total: 1000, At: day, Site: rig.Sites[0]})
	second := rig.Order(t, AudienceOrder{Customer: boris, Status: rig.Statuses[1], Total: 5000, At: day.Add(time.Hour), Site: rig.Sites[1]})
	third := rig.Order(t, AudienceOrder{Phone: "+79161234599", Status: rig.Statuses[0], Total: 9000, At: day.Add(2 * time.Hour), Site: rig.Sites[0]})
	month := gateway.AudienceQuery{ByOrders: true, From: day, To: day.AddDate(0, 1, 0)}
	for _, ask := range []struct {
		change func(*gateway.AudienceQuery)
		want   []gateway.OrderID
	}{
		{func(*gateway.AudienceQuery) {}, []gateway.OrderID{first, second, third}},
		{func(q *gateway.AudienceQuery) { q.From = day.Add(time.Second) }, []gateway.OrderID{second, third}},
		{func(q *gateway.AudienceQuery) { q.To = day.Add(time.Hour) }, []gateway.OrderID{first}},
		{func(q *gateway.AudienceQuery) { q.To = day }, nil},
		{func(q *gateway.AudienceQuery) { q.Statuses = rig.Statuses[:1] }, []gateway.OrderID{first, third}},
		{func(q *gateway.AudienceQuery) { q.Statuses = rig.Statuses[:] }, []gateway.OrderID{first, second, third}},
		{func(q *gateway.AudienceQuery) { q.MinTotal = 1001 }, []gateway.OrderID{second, third}},
		{func(q *gateway.AudienceQuery) { q.MinTotal, q.MaxTotal = 1000, 5000 }, []gateway.OrderID{first, second}},
		{func(q *gateway.AudienceQuery) { q.Site = rig.Sites[1] }, []gateway.OrderID{second}},
	} {
		q := month
		ask.change(&q)
		var got []gateway.OrderID
		for _, p := range everybody(t, rig, q) {
			got = append(got, p.Order)
		}
		slices.Sort(got)
		if !slices.Equal(got, ask.want) {
			t.Errorf("%+v finds %v, want %v", q, got, ask.want)
		}
	}
	for _, p := range everybody(t, rig, month) {
		switch {
		case p.Order == first && (p.Customer != anna || !slices.Contains(p.Phones, "+79161234567") || p.Fields["order.number"] == "" || p.Fields["order.totalSumm"] == ""):
			t.Errorf("%+v", p)
		case p.Order == third && (p.Customer != 0 || !slices.Equal(p.Phones, []string{"+79161234599"})):
			t.Errorf("an order without a card: %+v", p)
		}
	}
}

func tellsPerson(t *testing.T, rig *AudienceRig) {
	id := rig.Add(t, AudienceCard{First: "Анна", Last: "Климова", Phone: "8 (916) 123-45-67", City: "Самара", Tags: []string{"одна"}})
	got := everybody(t, rig, gateway.AudienceQuery{Tags: []string{"одна"}})
	if len(got) != 1 {
		t.Fatalf("%+v", got)
	}
	p := got[0]
	if p.Customer != id || p.Order != 0 || p.Name != "Климова Анна" || !slices.Equal(p.Phones, []string{"8 (916) 123-45-67"}) ||
		p.Place.City != "Самара" || p.Fields["customer.firstName"] != "Анна" || p.Fields["customer.lastName"] != "Климова" {
		t.Errorf("%+v", p)
	}
	for path, text := range p.Fields {
		if text == "" {
			t.Errorf("%s is there and empty", path)
		}
	}
}

func tellsAllowed(t *testing.T, rig *AudienceRig) {
	want := map[int64]device.Answer{}
	add := func(a device.Answer, say func(testing.TB, int64)) {
		id := rig.Add(t, AudienceCard{First: "Анна", Tags: []string{"все"}, Phone: fmt.Sprintf("+7916123%04d", len(want))})
		rig.Order(t, AudienceOrder{Customer: id, Status: rig.Statuses[0], Total: 777, At: time.Date(2026, 4, 1, 9, 0, 0, 0, time.UTC)})
		if say != nil {
			say(t, id)
		}
		want[id] = a
	}
	add(device.Unknown, nil)
	add(device.No, rig.Refuse)
	add(device.No, rig.RefuseEmail)
	add(device.Unknown, nil)
	for _, q := range []gateway.AudienceQuery{{Tags: []string{"все"}}, {ByOrders: true, MinTotal: 777, MaxTotal: 777, From: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)}} {
		people := everybody(t, rig, q)
		if len(people) != len(want) {
			t.Errorf("%+v finds %d of %d", q, len(people), len(want))
		}
		for _, p := range people {
			if p.Allows != want[p.Customer] {
				t.Errorf("%+v: %d allows %q, want %q", q, p.Customer, p.Allows, want[p.Customer])
			}
		}
	}
}

func readsThousands(t *testing.T, rig *AudienceRig) {
	const n = 2345
	rig.Crowd(t, n, "толпа")
	before := rig.Requests(t)
	seen := map[int64]bool{}
	for _, p := range everybody(t, rig, gateway.AudienceQuery{Tags: []string{"толпа"}}) {
		seen[p.Customer] = true
		if len(p.Phones) != 1 || p.Fields["customer.firstName"] == "" {
			t.Fatalf("%+v", p)
		}
	}
	if len(seen) != n {
		t.Errorf("%d of %d people", len(seen), n)
	}
	if pages, asked := (n+99)/100, rig.Requests(t)-before; asked > pages*3+40 {
		t.Errorf("%d requests for %d pages", asked, pages)
	}
	if people, total, err := rig.Audiences.AudiencePage(within(t), gateway.AudienceQuery{Tags: []string{"толпа"}}, 1000); err != nil || len(people) != 0 || total > n {
		t.Errorf("a page behind the last: %d, %d, %v", len(people), total, err)
	}
}

func leavesMerged(t *testing.T, rig *AudienceRig) {
	keep := rig.Add(t, AudienceCard{First: "Анна", Tags: []string{"двойник"}})
	gone := rig.Add(t, AudienceCard{First: "Анна", Tags: []string{"двойник"}})
	order := rig.Order(t, AudienceOrder{Customer: gone, Status: rig.Statuses[0], Total: 123456, At: time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC)})
	rig.Merge(t, keep, gone)
	wantPeople(t, rig, gateway.AudienceQuery{Tags: []string{"двойник"}}, keep)
	got := everybody(t, rig, gateway.AudienceQuery{ByOrders: true, MinTotal: 123456})
	if len(got) != 1 || got[0].Customer != keep || got[0].Order != order {
		t.Errorf("%+v", got)
	}
}

func tagsOnce(t *testing.T, rig *AudienceRig) {
	id := rig.Add(t, AudienceCard{First: "Анна", Tags: []string{"чай"}})
	gone := rig.Add(t, AudienceCard{First: "Анна"})
	rig.SwallowWrite(t)
	if err := rig.People.AddTag(within(t), gateway.Tag{Customer: id, Name: "Рассылка: осень"}); device.KindOf(err) != device.Uncertain {
		t.Errorf("a lost answer: %v", err)
	}
	before := rig.Writes(t)
	for _, name := range []string{"Рассылка: осень", " рассылка:  осень ", "ЧАЙ"} {
		if err := rig.People.AddTag(within(t), gateway.Tag{Customer: id, Name: name}); err != nil {
			t.Fatal(err)
		}
	}
	if n := rig.Writes(t) - before; n != 0 {
		t.Errorf("%d writes for tags that are there", n)
	}
	if got := rig.Tags(t, id); !slices.Equal(got, []string{"чай", "Рассылка: осень"}) {
		t.Errorf("%q", got)
	}
	rig.Merge(t, id, gone)
	if err := rig.People.AddTag(within(t), gateway.Tag{Customer: gone, Name: "вторая"}); err != nil {
		t.Fatal(err)
	}
	if got := rig.Tags(t, id); !slices.Contains(got, "вторая") {
		t.Errorf("of a merged card: %q", got)
	}
	for _, bad := range []gateway.Tag{{Name: "x"}, {Customer: id, Name: " \n"}} {
		if err := rig.People.AddTag(within(t), bad); device.KindOf(err) != device.Invalid {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	if err := rig.People.AddTag(within(t), gateway.Tag{Customer: 99_999_999, Name: "x"}); device.KindOf(err) != device.NotFound {
		t.Errorf("nobody's card: %v", err)
	}
}

func audienceAway(t *testing.T, rig *AudienceRig) {
	id := rig.Add(t, AudienceCard{First: "Анна", Tags: []string{"одна"}})
	rig.Cut(t)
	_, _, err := rig.Audiences.AudiencePage(within(t), gateway.AudienceQuery{Tags: []string{"одна"}}, 1)
	_, segErr := rig.Audiences.Segments(within(t))
	if device.KindOf(err) != device.Unavailable || device.KindOf(segErr) != device.Unavailable {
		t.Errorf("%v, %v", err, segErr)
	}
	rig.Mend(t)
	wantPeople(t, rig, gateway.AudienceQuery{Tags: []string{"одна"}}, id)
}
