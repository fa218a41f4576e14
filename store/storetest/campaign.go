package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/campaign"
)

// Mailing is a draft for a test.
func Mailing(name string) campaign.Campaign {
	return campaign.Campaign{
		Name: name, Kind: campaign.Invitation,
		Audience: campaign.Audience{Source: campaign.FromList, Pasted: "+79123456789"},
		Text:     campaign.Text{Variants: []campaign.Variant{{Texts: map[string]string{"ru": "Здравствуйте!"}}}},
		Plan:     campaign.Plan{Channels: []device.Channel{device.WhatsApp, device.SMS}, Week: gateway.Daily(9*60, 21*60)},
	}
}

// Everybody are deductions that leave nobody out but those who refused.
func Everybody() campaign.Deductions {
	return campaign.Deductions{Now: noon, Channels: []device.Channel{device.WhatsApp, device.SMS}}
}

// Someone is a person of a mailing who has ordered before.
func Someone(n int) campaign.Person {
	return campaign.Person{Line: n, Phone: device.Phone(fmt.Sprintf("+7912000%04d", n)), Name: fmt.Sprint("Анна ", n), Known: true}
}

func someones(n int) []campaign.Person {
	list := make([]campaign.Person, n)
	for i := range list {
		list[i] = Someone(i + 1)
	}
	return list
}

func save(t testing.TB, l Ledger, c campaign.Campaign) campaign.Campaign {
	t.Helper()
	c, err := l.SaveCampaign(context.Background(), c, "olga")
	must(t, err)
	return c
}

func readCampaign(t testing.TB, l Ledger, id gateway.CampaignID) campaign.Campaign {
	t.Helper()
	c, err := l.Campaign(context.Background(), id)
	must(t, err)
	return c
}

// Gather gives a draft its people.
func Gather(t testing.TB, l campaign.Ledger, id gateway.CampaignID, people ...campaign.Person) {
	t.Helper()
	ctx := context.Background()
	token, err := l.BeginCollect(ctx, id, len(people))
	must(t, err)
	ok, err := l.AddPeople(ctx, id, token, people, len(people), len(people))
	must(t, err)
	if !ok {
		t.Fatal("a new token is old")
	}
	must(t, l.EndCollect(ctx, id, token, ""))
}

// Start makes a draft run.
func Start(t testing.TB, l campaign.Ledger, id gateway.CampaignID, d campaign.Deductions) {
	t.Helper()
	ctx := context.Background()
	shift(t, l, id, campaign.Draft, campaign.Starting)
	for more := true; more; {
		var err error
		more, err = l.Freeze(ctx, id, d, 3)
		must(t, err)
	}
	if c, err := l.Campaign(ctx, id); err != nil || c.State != campaign.Running {
		t.Fatalf("%+v, %v", c, err)
	}
}

func shift(t testing.TB, l campaign.Ledger, id gateway.CampaignID, from, to campaign.State) {
	t.Helper()
	ok, err := l.Shift(context.Background(), id, from, to, gateway.PausedByPerson, gateway.Args{"user": "olga"}, "olga")
	must(t, err)
	if !ok {
		t.Fatalf("not shifted from %s to %s", from, to)
	}
}

// running is a mailing to some people that runs.
func running(t testing.TB, l Ledger, people ...campaign.Person) gateway.CampaignID {
	t.Helper()
	id := save(t, l, Mailing("Осень")).ID
	Gather(t, l, id, people...)
	Start(t, l, id, Everybody())
	return id
}

// Feeding is what feeds a person.
func Feeding(p campaign.Person) campaign.Fed {
	key := fmt.Sprintf("campaign/%d/person/%d", p.Campaign, p.ID)
	if p.Tries > 0 {
		key += fmt.Sprint("/", p.Tries+1)
	}
	m := Draft(key, p.Phone)
	m.Purpose, m.Zone = gateway.ForCampaign, p.Zone
	return campaign.Fed{Person: p.ID, Variant: p.Variant, Decision: gateway.Decision{
		Verdict: gateway.Send, Reason: gateway.FromCampaign, At: noon, Name: p.Name, Message: m,
	}}
}

func everybodyOf(t testing.TB, l campaign.Ledger, id gateway.CampaignID) []campaign.Person {
	t.Helper()
	var all []campaign.Person
	f := campaign.PeopleFilter{Limit: 200}
	for {
		rows, next, err := l.People(context.Background(), id, f)
		must(t, err)
		all = append(all, rows...)
		if f.After = next; next == 0 {
			return all
		}
	}
}

func byLine(t testing.TB, l campaign.Ledger, id gateway.CampaignID, line int) campaign.Person {
	t.Helper()
	for _, p := range everybodyOf(t, l, id) {
		if p.Line == line {
			return p
		}
	}
	t.Fatalf("no line %d", line)
	return campaign.Person{}
}

// feed feeds people by their lines.
func feed(t testing.TB, l Ledger, id gateway.CampaignID, every time.Duration, lines ...int) int {
	t.Helper()
	var fed []campaign.Fed
	for _, line := range lines {
		fed = append(fed, Feeding(byLine(t, l, id, line)))
	}
	n, err := l.Feed(context.Background(), id, every, fed)
	must(t, err)
	return n
}

// Failer is a test, or a single case of a property test.
type Failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// Tallied holds a mailing's counts against its people.
func Tallied(t Failer, l campaign.Ledger, id gateway.CampaignID, people []campaign.Person) {
	t.Helper()
	rows, err := l.Tally(context.Background(), id)
	if err != nil {
		t.Fatalf("%v", err)
	}
	want, got := map[campaign.TallyRow]int{}, map[campaign.TallyRow]int{}
	waits, groups := map[campaign.Group]int{}, map[campaign.Group]int{}
	for _, p := range people {
		r := campaign.TallyRow{
			State: p.State, Reason: p.Reason, Channel: p.Channel, Variant: p.Variant,
			Sent: !p.SentAt.IsZero(), Delivered: !p.DeliveredAt.IsZero(), Read: !p.ReadAt.IsZero(), Answered: !p.AnsweredAt.IsZero(),
			Clicked: !p.ClickedAt.IsZero(), Marked: !p.MarkedAt.IsZero(), OptedOut: !p.OptedOutAt.IsZero(),
		}
		want[r]++
		if p.State == campaign.PersonWaits {
			waits[campaign.Group{Zone: p.Zone, Class: p.Class}]++
		}
	}
	for _, r := range rows {
		n := r.N
		if r.Sent != (r.Hour >= 0) || n <= 0 {
			t.Fatalf("counted %+v", r)
		}
		r.N, r.Hour = 0, 0
		got[r] += n
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("the counts are not those of the people:\n%s", diff)
	}
	list, err := l.Waiting(context.Background(), id, 0)
	if err != nil {
		t.Fatalf("%v", err)
	}
	for _, g := range list {
		groups[campaign.Group{Zone: g.Zone, Class: g.Class}] = g.N
	}
	if diff := cmp.Diff(waits, groups); diff != "" {
		t.Fatalf("the groups are not those who wait:\n%s", diff)
	}
}

func tallied(t testing.TB, l Ledger, id gateway.CampaignID) {
	t.Helper()
	Tallied(t, l, id, everybodyOf(t, l, id))
}

func keepsCampaigns(t *testing.T, l Ledger) {
	ctx := context.Background()
	want := Mailing("Осень")
	want.Kind, want.Report = campaign.Advertising, campaign.ReportNote
	want.Audience = campaign.Audience{
		Source: campaign.FromFile, NoMark: true, ConsentFrom: "форма на сайте", ConsentAt: noon,
		File: campaign.File{Name: "люди.csv", Ref: "f1", Encoding: "windows-1251", Comma: ";", Header: true, Columns: map[int]string{0: "phone", 2: "field:Город"}},
	}
	want.Plan.StartAt, want.Plan.Canary = noon, 50
	got := save(t, l, want)
	if got.ID == 0 || got.Version != 1 || got.State != campaign.Draft || got.By != "olga" || got.CreatedAt.IsZero() {
		t.Fatalf("%+v", got)
	}
	ignore := cmpopts.IgnoreFields(campaign.Campaign{}, "ID", "Version", "State", "By", "CreatedAt", "UpdatedAt", "Collect")
	if diff := cmp.Diff(want, readCampaign(t, l, got.ID), ignore, cmpopts.EquateEmpty()); diff != "" {
		t.Fatal(diff)
	}
	got.Name = "Осень 2"
	next := save(t, l, got)
	if next.Version != 2 || next.Name != "Осень 2" {
		t.Fatalf("%+v", next)
	}
	_, err := l.SaveCampaign(ctx, got, "petr")
	wantKind(t, err, device.Conflict)
	_, err = l.Campaign(ctx, 77)
	wantKind(t, err, device.NotFound)

	Gather(t, l, next.ID, someones(3)...)
	if _, err = l.Shift(ctx, save(t, l, Mailing("Зима")).ID, campaign.Draft, campaign.Starting, "", nil, ""); device.KindOf(err) != device.Conflict {
		t.Fatalf("nobody was gathered, and it begins: %v", err)
	}
	Start(t, l, next.ID, Everybody())
	next = readCampaign(t, l, next.ID)
	next.Text.Winner, next.Plan.PerHour = 1, 30
	next = save(t, l, next)
	other := next
	other.Audience.NoMark = false
	_, err = l.SaveCampaign(ctx, other, "olga")
	wantKind(t, err, device.Conflict)
	other = next
	other.Kind = campaign.Invitation
	_, err = l.SaveCampaign(ctx, other, "olga")
	wantKind(t, err, device.Conflict)
	wantKind(t, l.DeleteCampaign(ctx, next.ID), device.Conflict)
	must(t, l.LetRest(ctx, next.ID))
	if c := readCampaign(t, l, next.ID); !c.Rest || c.StartedAt.IsZero() || !c.EndedAt.IsZero() || c.Text.Winner != 1 {
		t.Fatalf("%+v", c)
	}

	list, err := l.Campaigns(ctx)
	must(t, err)
	count(t, "mailings", len(list), 2)
	if list[0].Name != "Зима" || list[1].Total != 3 || list[1].Waits != 3 {
		t.Fatalf("%+v", list)
	}
	must(t, l.DeleteCampaign(ctx, list[0].ID))
	third := save(t, l, Mailing("Весна"))
	if third.ID <= list[0].ID {
		t.Fatalf("the number %d is given twice", third.ID)
	}
	force, err := l.InForce(ctx)
	must(t, err)
	if len(force) != 1 || force[0].ID != next.ID {
		t.Fatalf("%+v", force)
	}
	shift(t, l, next.ID, campaign.Running, campaign.Stopped)
	_, err = l.SaveCampaign(ctx, readCampaign(t, l, next.ID), "olga")
	wantKind(t, err, device.Conflict)
}

func gathersPeople(t *testing.T, l Ledger) {
	ctx := context.Background()
	id := save(t, l, Mailing("Осень")).ID
	old, err := l.BeginCollect(ctx, id, 0)
	must(t, err)
	if c := readCampaign(t, l, id); c.Collect.State != campaign.CollectRunning || c.Collect.Token != old {
		t.Fatalf("%+v", c.Collect)
	}
	full := Someone(1)
	full.Customer, full.Order, full.Language, full.Zone, full.Allows = 5, 10482, "ru", "Asia/Kamchatka", device.Yes
	full.Fields = map[string]string{"customer.firstName": "Анна"}
	bad := campaign.Person{Line: 4, Name: "Борис", State: campaign.PersonOut, Reason: gateway.BadPhone, Args: gateway.Args{"problem": "too_short"}}
	sameCard := Someone(3)
	sameCard.Customer = 5
	people := []campaign.Person{full, {Line: 2, Phone: full.Phone}, sameCard, bad, {Line: 5}, {Line: 6, Customer: 6}, {Line: 7, Customer: 6}}
	for i := range people {
		people[i].Campaign = id
	}
	ok, err := l.AddPeople(ctx, id, old, people, 7, 9)
	must(t, err)
	if c := readCampaign(t, l, id).Collect; !ok || c.Read != 7 || c.Total != 9 || c.Found != 2 {
		t.Fatalf("%+v", c)
	}
	got := everybodyOf(t, l, id)
	reasons := map[int]gateway.Reason{2: gateway.SamePerson, 3: gateway.SamePerson, 4: gateway.BadPhone, 5: gateway.NoPhone, 7: gateway.SamePerson}
	for _, p := range got {
		if out := p.State == campaign.PersonOut; out != (reasons[p.Line] != "") || p.Reason != reasons[p.Line] {
			t.Errorf("line %d: %+v", p.Line, p)
		}
	}
	first := byLine(t, l, id, 1)
	full.ID, full.Campaign, full.State, full.Class = first.ID, id, campaign.PersonWaits, campaign.Cold
	if diff := cmp.Diff(full, first); diff != "" {
		t.Fatal(diff)
	}
	for i, line := range []int{2, 3, 4, 5, 7} { // those refused stand at the end, in the order of the list
		count(t, "line", got[i+2].Line, line)
	}
	one, err := l.CampaignPerson(ctx, byLine(t, l, id, 4).ID)
	must(t, err)
	if one.Args["problem"] != "too_short" {
		t.Fatalf("%+v", one)
	}
	_, err = l.CampaignPerson(ctx, 7777)
	wantKind(t, err, device.NotFound)
	must(t, l.EndCollect(ctx, id, old, "the CRM is away"))
	if c := readCampaign(t, l, id).Collect; c.State != campaign.CollectFailed || c.Error != "the CRM is away" {
		t.Fatalf("%+v", c)
	}
	_, err = l.Shift(ctx, id, campaign.Draft, campaign.Starting, "", nil, "olga") // half a list is none
	wantKind(t, err, device.Conflict)
	// Gathered anew, nobody of before is left, and the old gathering adds nobody.
	token, err := l.BeginCollect(ctx, id, 1)
	must(t, err)
	ok, err = l.AddPeople(ctx, id, old, someones(1), 1, 1)
	must(t, err)
	if ok || token == old || len(everybodyOf(t, l, id)) != 0 {
		t.Fatal("the old gathering goes on")
	}
	must(t, l.EndCollect(ctx, id, old, ""))
	if c := readCampaign(t, l, id).Collect; c.State != campaign.CollectRunning {
		t.Fatalf("%+v", c)
	}
	ok, err = l.AddPeople(ctx, id, token, someones(2), 2, 2)
	must(t, err)
	if !ok {
		t.Fatal("a new token is old")
	}
	must(t, l.EndCollect(ctx, id, token, ""))
	// Another audience drops them; another name does not.
	c := readCampaign(t, l, id)
	c.Name = "Зима"
	c = save(t, l, c)
	count(t, "people", len(everybodyOf(t, l, id)), 2)
	c.Audience.NoMark = true
	c = save(t, l, c)
	if c.Collect.State != campaign.CollectNone || len(everybodyOf(t, l, id)) != 0 {
		t.Fatalf("%+v", c.Collect)
	}
	n, err := l.Count(ctx, id, Everybody())
	must(t, err)
	count(t, "of nobody", n.Found, 0)
	Gather(t, l, id, someones(2)...)
	must(t, l.DeleteCampaign(ctx, id))
}

func gathersContacts(t *testing.T, l Ledger) {
	ctx := context.Background()
	hear(t, l, whatsApp("A", anna, "", "где заказ", noon), whatsApp("B", "", "77@lid", "ау", noon))
	Enqueue(t, l, Draft("rule/1/order/1", boris))
	other := Draft("", "+79030000003")
	other.Purpose = gateway.ForTest
	Enqueue(t, l, other)
	also := Draft("", anna)
	Enqueue(t, l, also)
	c := Mailing("Осень")
	c.Audience = campaign.Audience{Source: campaign.FromContacts}
	id := save(t, l, c).ID
	token, err := l.BeginCollect(ctx, id, 0)
	must(t, err)
	n, err := l.AddContacts(ctx, id, token)
	must(t, err)
	must(t, l.EndCollect(ctx, id, token, ""))
	known := map[device.Phone]bool{}
	for _, p := range everybodyOf(t, l, id) {
		if p.State == campaign.PersonWaits {
			known[p.Phone] = p.Known
		}
	}
	if diff := cmp.Diff(map[device.Phone]bool{anna: true, boris: true, "+79030000003": false}, known); diff != "" || n != 3 {
		t.Fatal(n, diff)
	}
	if n, err = l.AddContacts(ctx, id, token); err != nil || n != 0 || len(everybodyOf(t, l, id)) < 3 {
		t.Fatalf("with a token that is over: %d, %v", n, err)
	}
	if n, err = l.AddContacts(ctx, id, token-1); err != nil || n != 0 {
		t.Fatalf("with an old token: %d, %v", n, err)
	}
}
