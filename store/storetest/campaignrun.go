package storetest

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/campaign"
)

func judgesPeople(t *testing.T, l Ledger) {
	ctx := context.Background()
	// Another mailing has reached the fifth a day ago; the sixth is in its queue.
	former := running(t, l, Someone(5), Someone(6))
	count(t, "fed", feed(t, l, former, 0, 5, 6), 2)
	send(t, l, byLine(t, l, former, 5).Message, device.WhatsApp, "former", noon)

	people := someones(12)
	people[1].Known, people[2].Known, people[3].Known = false, false, false
	people[2].Allows, people[6].Allows, people[7].Allows = device.Yes, device.No, device.No
	people[8].Phone, people[8].Customer = "", 9  // in no messenger
	people[9].Phone, people[9].Customer = "", 10 // in Telegram
	people[10].Zone, people[11].Zone = "Asia/Kamchatka", "Asia/Kamchatka"
	_, err := l.KeepConsents(
		ctx,
		gateway.Consent{Phone: people[0].Phone, Answer: device.No, Source: gateway.ConsentWord, At: noon},
		gateway.Consent{Phone: people[3].Phone, Answer: device.Yes, Source: gateway.ConsentImport, At: noon},
		gateway.Consent{Phone: people[7].Phone, Answer: device.Yes, Source: gateway.ConsentHand, At: noon},
	)
	must(t, err)
	hear(t, l, inChat("1", "57", "привет", noon), whatsApp("2", people[10].Phone, "", "привет", noon))
	var chat gateway.ConversationID
	talks, err := l.Conversations(ctx, gateway.ConversationFilter{})
	must(t, err)
	for _, c := range talks {
		if c.Channel == device.Chat {
			chat = c.ID
		}
	}
	must(t, l.KeepPerson(ctx, chat, 10, "", noon))
	must(t, l.SavePresence(ctx, device.Presence{Phone: people[11].Phone, On: device.No, At: noon, Source: device.FromDirectory}))

	id := save(t, l, Mailing("Зима")).ID
	Gather(t, l, id, append(people, campaign.Person{Line: 13, State: campaign.PersonOut, Reason: gateway.BadPhone})...)
	d := Everybody()
	d.Now, d.Every = time.Now(), 24*time.Hour
	d.Channels = append(d.Channels, device.Chat)
	counted, err := l.Count(ctx, id, d)
	must(t, err)
	want := campaign.Count{
		Found: 13, Goes: 7,
		Out: map[gateway.Reason]int{gateway.OptedOut: 2, gateway.NoConsent: 1, gateway.WrittenLately: 1, gateway.NoPhone: 1, gateway.BadPhone: 1},
		Groups: []campaign.Group{
			{Class: campaign.Cold, N: 4},
			{Class: campaign.Warm, N: 1},
			{Zone: "Asia/Kamchatka", Class: campaign.SMSOnly, N: 1},
			{Zone: "Asia/Kamchatka", Class: campaign.Warm, N: 1},
		},
	}
	if diff := cmp.Diff(want, counted); diff != "" {
		t.Fatal(diff)
	}
	// Asked again it says the same, by other deductions and after a word something else.
	counted.Out[gateway.OptedOut], counted.Groups[0].N = 99, 99
	again, err := l.Count(ctx, id, d)
	must(t, err)
	if diff := cmp.Diff(want, again); diff != "" {
		t.Fatal(diff)
	}
	must(t, l.SavePresence(ctx, device.Presence{Phone: people[2].Phone, On: device.No, At: noon, Source: device.FromDirectory}))
	again, err = l.Count(ctx, id, d)
	must(t, err)
	want.Groups[0].N--
	want.Groups = slices.Insert(want.Groups, 1, campaign.Group{Class: campaign.SMSOnly, N: 1})
	if diff := cmp.Diff(want, again); diff != "" {
		t.Fatal(diff)
	}
	onlySMS := d
	onlySMS.Channels = []device.Channel{device.SMS}
	other, err := l.Count(ctx, id, onlySMS)
	must(t, err)
	if len(other.Groups) == 0 || other.Groups[0].Class != campaign.SMSOnly {
		t.Fatalf("%+v", other)
	}
	Start(t, l, id, d)
	reasons := map[int]gateway.Reason{
		1: gateway.OptedOut, 2: gateway.NoConsent, 5: gateway.WrittenLately, 7: gateway.OptedOut, 9: gateway.NoPhone, 13: gateway.BadPhone,
	}
	for _, p := range everybodyOf(t, l, id) {
		if why := reasons[p.Line]; why != p.Reason || (why != "") != (p.State == campaign.PersonOut) {
			t.Errorf("line %d: %+v", p.Line, p)
		}
	}
	if p := byLine(t, l, id, 1); p.Args["said_at"] != gateway.At(noon) {
		t.Errorf("%+v", p)
	}
	if p := byLine(t, l, id, 5); p.Args["at"] == "" {
		t.Errorf("%+v", p)
	}
	tallied(t, l, id)
	// Advertising needs a word of everybody.
	ad := Mailing("Весна")
	ad.Kind = campaign.Advertising
	id = save(t, l, ad).ID
	Gather(t, l, id, people...)
	d.Advertising, d.Every = true, 0
	counted, err = l.Count(ctx, id, d)
	must(t, err)
	if counted.Goes != 3 || counted.Out[gateway.NoConsent] != 6 { // those who allow it
		t.Fatalf("%+v", counted)
	}
	d.Channels = []device.Channel{device.Chat}
	counted, err = l.Count(ctx, id, d)
	must(t, err)
	if counted.Goes != 0 || counted.Out[gateway.NoChat] != 3 {
		t.Fatalf("%+v", counted)
	}
}

func judgesMarks(t *testing.T, l Ledger) {
	ctx := context.Background()
	hear(t, l, whatsApp("1", anna, "", "привет", noon), whatsApp("2", boris, "", "привет", noon))
	for phone, mark := range map[device.Phone]int{anna: 5, boris: 2} {
		list, err := l.ConversationsOf(ctx, phone, 0)
		must(t, err)
		c, h := next(t, l, list[0].ID)
		a := Seen(c, h.ID)
		a.Marks = []gateway.Mark{{About: "shop", Mark: mark, Order: gateway.OrderID(mark), OrderNumber: "10482A", Customer: int64(mark), Name: "Анна", At: noon}}
		answer(t, l, a)
	}
	for _, c := range []struct {
		order    gateway.OrderID
		phone    device.Phone
		customer int64
		want     int
	}{{5, "", 0, 5}, {7, "", 0, 0}, {0, boris, 0, 2}, {0, "", 5, 5}, {0, "+79030000003", 77, 0}} {
		mark, err := l.MarkOf(ctx, c.order, c.phone, c.customer)
		must(t, err)
		count(t, "the mark", mark, c.want)
	}
	id := save(t, l, Mailing("Осень")).ID
	Gather(t, l, id, campaign.Person{Line: 1, Phone: anna, Known: true}, campaign.Person{Line: 2, Customer: 2, Phone: "+79030000002", Known: true}, Someone(3))
	d := Everybody()
	d.HappyOnly = true
	counted, err := l.Count(ctx, id, d)
	must(t, err)
	if counted.Goes != 2 || counted.Out[gateway.LowMark] != 1 {
		t.Fatalf("%+v", counted)
	}
	d.NoMark = true
	Start(t, l, id, d)
	if p := byLine(t, l, id, 1); p.Reason != gateway.HasMark {
		t.Fatalf("%+v", p)
	}
}

func placesPeople(t *testing.T, l Ledger) {
	ctx := context.Background()
	people := someones(40)
	for i := range people {
		people[i].Zone = []string{"", "Asia/Kamchatka"}[i%2]
	}
	id := save(t, l, Mailing("Осень")).ID
	Gather(t, l, id, people...)
	// What changes between the gathering and the beginning counts: one has refused, of one we know now that he is not on WhatsApp.
	_, err := l.KeepConsents(ctx, gateway.Consent{Phone: people[4].Phone, Answer: device.No, Source: gateway.ConsentWord, At: noon})
	must(t, err)
	must(t, l.SavePresence(ctx, device.Presence{Phone: people[5].Phone, On: device.No, At: noon, Source: device.FromDirectory}))
	Start(t, l, id, Everybody())
	rows, _, err := l.People(ctx, id, campaign.PeopleFilter{State: campaign.PersonWaits, Limit: 50})
	must(t, err)
	count(t, "those who wait", len(rows), 39)
	first := map[int64]bool{}
	inOrder := true
	for i, p := range rows {
		inOrder = inOrder && p.Line >= i+1
		if i < 7 {
			first[p.ID] = true
		}
		if want := map[bool]campaign.Class{true: campaign.SMSOnly, false: campaign.Cold}[p.Line == people[5].Line]; p.Class != want {
			t.Errorf("line %d is %s, want %s", p.Line, p.Class, want)
		}
	}
	if inOrder {
		t.Fatal("40 people are in a row, and not by chance")
	}
	waiting := func(portion int) (list []campaign.Person) {
		groups, err := l.Waiting(ctx, id, portion)
		must(t, err)
		for _, g := range groups {
			next, err := l.Next(ctx, id, g.Zone, g.Class, portion, 100)
			must(t, err)
			count(t, "next ones", len(next), g.N)
			for i, p := range next {
				if p.Zone != g.Zone || p.Class != g.Class || i > 0 && next[i-1].ID > p.ID || portion == 7 && !first[p.ID] {
					t.Fatalf("%+v", p)
				}
			}
			list = append(list, next...)
		}
		return list
	}
	count(t, "all", len(waiting(0)), 39)
	portion := waiting(7)
	count(t, "the first portion", len(portion), 7)
	count(t, "a portion of more than there are", len(waiting(100)), 39)
	list, err := l.Next(ctx, id, "Asia/Kamchatka", campaign.Cold, 0, 3)
	must(t, err)
	count(t, "limited", len(list), 3)
	// Whoever left stays of the portion: nobody takes his place.
	fed, err := l.Feed(ctx, id, 0, []campaign.Fed{Feeding(portion[0]), Feeding(portion[1])})
	must(t, err)
	count(t, "fed", fed, 2)
	count(t, "the rest of the first portion", len(waiting(7)), 5)
}

func feedsOnce(t *testing.T, l Ledger) {
	ctx := context.Background()
	id := running(t, l, someones(4)...)
	p := byLine(t, l, id, 1)
	before := time.Now().Add(-time.Minute)
	one := Feeding(p)
	one.Token, one.Variant = "abcd1234", 2
	for n, want := range []int{1, 0} {
		got, err := l.Feed(ctx, id, 0, []campaign.Fed{one, one})
		must(t, err)
		if got != want {
			t.Fatalf("the %d. time %d went into the queue", n+1, got)
		}
	}
	p = byLine(t, l, id, 1)
	if p.State != campaign.PersonQueued || p.Tries != 1 || p.Variant != 2 || p.Token != "abcd1234" || p.Channel != device.WhatsApp {
		t.Fatalf("%+v", p)
	}
	m := message(t, l, p.Message)
	if m.Campaign != id || m.State != gateway.Queued || m.DedupeKey != one.Decision.Message.DedupeKey {
		t.Fatalf("%+v", m)
	}
	// One for whom no text could be made.
	out := campaign.Fed{Person: byLine(t, l, id, 2).ID, Decision: gateway.Decision{Verdict: gateway.Skip, Reason: gateway.FieldMissing, Args: gateway.Args{"fields": "x"}}}
	n, err := l.Feed(ctx, id, 0, []campaign.Fed{out})
	must(t, err)
	if p = byLine(t, l, id, 2); n != 0 || p.State != campaign.PersonOut || p.Reason != gateway.FieldMissing || p.Args["fields"] != "x" {
		t.Fatalf("%d, %+v", n, p)
	}
	queue, err := l.InQueue(ctx, id, time.Time{})
	must(t, err)
	if diff := cmp.Diff(map[device.Channel]int{device.WhatsApp: 1}, queue); diff != "" {
		t.Fatal(diff)
	}
	since, err := l.FedSince(ctx, id, before)
	must(t, err)
	all, err := l.FedSince(ctx, 0, before)
	must(t, err)
	if since[campaign.Cold] != 1 || all[campaign.Cold] != 1 {
		t.Fatalf("%v, %v", since, all)
	}
	// Nobody is fed while it rests, nor into another mailing.
	shift(t, l, id, campaign.Running, campaign.Paused)
	count(t, "while it rests", feed(t, l, id, 0, 3), 0)
	other := running(t, l, Someone(9))
	n, err = l.Feed(ctx, other, 0, []campaign.Fed{Feeding(byLine(t, l, id, 3))})
	must(t, err)
	count(t, "into another mailing", n, 0)
	shift(t, l, id, campaign.Paused, campaign.Running)
	count(t, "then", feed(t, l, id, 0, 3), 1)
	_, err = l.Feed(ctx, id, 0, []campaign.Fed{{Person: byLine(t, l, id, 4).ID, Decision: gateway.Decision{Verdict: gateway.Send}}})
	wantKind(t, err, device.Internal)
	tallied(t, l, id)
}

func looksAgain(t *testing.T, l Ledger) {
	ctx := context.Background()
	people := someones(5)
	people[3].Known, people[3].Allows = false, device.Yes
	id := running(t, l, people...)
	other := running(t, l, people[1], people[4])
	_, err := l.KeepConsents(ctx, gateway.Consent{Phone: people[0].Phone, Answer: device.No, Source: gateway.ConsentWord, At: noon})
	must(t, err)
	count(t, "the other", feed(t, l, other, 0, 2, 5), 2)
	settle(t, l, byLine(t, l, other, 5).Message, gateway.Queued, gateway.Change{State: gateway.Failed, Reason: gateway.NoReach})
	count(t, "fed", feed(t, l, id, time.Hour, 1, 2, 3, 4, 5), 3) // the other one has failed for the fifth
	if p := byLine(t, l, id, 1); p.State != campaign.PersonOut || p.Reason != gateway.OptedOut || p.Args["said_at"] != gateway.At(noon) {
		t.Fatalf("%+v", p)
	}
	if p := byLine(t, l, id, 2); p.State != campaign.PersonOut || p.Reason != gateway.WrittenLately || p.Args["at"] == "" {
		t.Fatalf("%+v", p)
	}
	tallied(t, l, id)
	tallied(t, l, other)
}

func followsMailings(t *testing.T, l Ledger) {
	ctx := context.Background()
	id := running(t, l, someones(7)...)
	count(t, "fed", feed(t, l, id, 0, 1, 2, 3, 4, 5, 6), 6)
	at := func(line int) gateway.MessageID { return byLine(t, l, id, line).Message }
	send(t, l, at(1), device.WhatsApp, "w1", noon)
	settle(t, l, at(1), gateway.Accepted, gateway.Change{State: gateway.Delivered, Reason: gateway.WasDelivered})
	settle(t, l, at(1), gateway.Delivered, gateway.Change{State: gateway.Read, Reason: gateway.WasRead})
	begin(t, l, gateway.Queued, Attempt(at(2), device.WhatsApp, "w2", noon))
	settle(t, l, at(2), gateway.Sending, gateway.Change{State: gateway.UnknownState, Reason: gateway.Uncertain, Attempt: 1, AttemptState: gateway.AttemptUncertain})
	settle(t, l, at(3), gateway.Queued, gateway.Change{State: gateway.Failed, Reason: gateway.NoReach})
	settle(t, l, at(4), gateway.Queued, gateway.Change{State: gateway.Expired, Reason: gateway.WasExpired})
	settle(t, l, at(5), gateway.Queued, gateway.Change{State: gateway.Cancelled, Reason: gateway.OptedOut})
	settle(t, l, at(6), gateway.Queued, gateway.Change{State: gateway.Held, Reason: gateway.HeldHours, Channel: device.SMS, NotBefore: noon})
	for line, want := range map[int]campaign.Person{
		1: {State: campaign.PersonSent, Channel: device.WhatsApp},
		2: {State: campaign.PersonDoubt, Channel: device.WhatsApp},
		3: {State: campaign.PersonFailed, Reason: gateway.NoReach, Channel: device.WhatsApp},
		4: {State: campaign.PersonOut, Reason: gateway.WasExpired, Channel: device.WhatsApp},
		5: {State: campaign.PersonOut, Reason: gateway.OptedOut, Channel: device.WhatsApp},
		6: {State: campaign.PersonQueued, Channel: device.SMS},
		7: {State: campaign.PersonWaits},
	} {
		p := byLine(t, l, id, line)
		if p.State != want.State || p.Reason != want.Reason || p.Channel != want.Channel {
			t.Errorf("line %d: %+v", line, p)
		}
		if got := !p.SentAt.IsZero() && !p.DeliveredAt.IsZero() && !p.ReadAt.IsZero(); got != (line == 1) {
			t.Errorf("line %d: %+v", line, p)
		}
	}
	tallied(t, l, id)
	o, err := l.Lately(ctx, id, 10, time.Now().Add(time.Hour))
	must(t, err)
	if diff := cmp.Diff(campaign.Outcome{Of: 3, Refused: 1, Silent: 1}, o); diff != "" {
		t.Fatal(diff)
	}
	if o, err = l.Lately(ctx, id, 10, time.Now().Add(-time.Hour)); err != nil || o.Of != 0 {
		t.Fatalf("%+v, %v", o, err)
	}
}

func takesBack(t *testing.T, l Ledger) {
	ctx := context.Background()
	id := running(t, l, someones(4)...)
	stale := Feeding(byLine(t, l, id, 1))
	count(t, "fed", feed(t, l, id, 0, 1, 2, 3, 4), 4)
	begin(t, l, gateway.Queued, Attempt(byLine(t, l, id, 2).Message, device.WhatsApp, "w", noon))
	settle(t, l, byLine(t, l, id, 3).Message, gateway.Queued, gateway.Change{State: gateway.Held, Reason: gateway.HeldHours, NotBefore: noon})
	settle(t, l, byLine(t, l, id, 4).Message, gateway.Queued, gateway.Change{State: gateway.Held, Reason: gateway.HeldPerson}) // nobody knows whether it left
	shift(t, l, id, campaign.Running, campaign.Paused)
	n, err := l.TakeBack(ctx, id)
	must(t, err)
	count(t, "taken back", n, 2)
	p := byLine(t, l, id, 1)
	if p.State != campaign.PersonWaits || p.Channel != "" || p.Tries != 1 || message(t, l, p.Message).State != gateway.Cancelled {
		t.Fatalf("%+v", p)
	}
	for _, line := range []int{2, 4} {
		if p := byLine(t, l, id, line); p.State != campaign.PersonQueued {
			t.Fatalf("line %d: %+v", line, p)
		}
	}
	since, err := l.FedSince(ctx, id, time.Time{})
	must(t, err)
	count(t, "fed and not taken back", since[campaign.Cold], 2)
	tallied(t, l, id)
	shift(t, l, id, campaign.Paused, campaign.Running)
	// Whoever has read his row before he was taken back, passes him over.
	if n, err = l.Feed(ctx, id, 0, []campaign.Fed{stale}); err != nil || n != 0 {
		t.Fatalf("%d, %v", n, err)
	}
	count(t, "again", feed(t, l, id, time.Hour, 1, 3), 2)
	if p = byLine(t, l, id, 1); p.Tries != 2 || p.State != campaign.PersonQueued {
		t.Fatalf("%+v", p)
	}
	tallied(t, l, id)
}

func endsMailings(t *testing.T, l Ledger) {
	ctx := context.Background()
	id := running(t, l, someones(5)...)
	count(t, "fed", feed(t, l, id, 0, 1, 2, 3), 3)
	begin(t, l, gateway.Queued, Attempt(byLine(t, l, id, 1).Message, device.WhatsApp, "w", noon))
	ok, err := l.Shift(ctx, id, campaign.Running, campaign.Done, "", nil, "")
	must(t, err)
	if ok {
		t.Fatal("done, with three in the queue")
	}
	if ok, err = l.Shift(ctx, id, campaign.Paused, campaign.Stopped, "", nil, ""); err != nil || ok {
		t.Fatalf("from a state it is not in: %v, %v", ok, err)
	}
	_, err = l.Shift(ctx, id, campaign.Stopped, campaign.Running, "", nil, "")
	wantKind(t, err, device.Internal)
	shift(t, l, id, campaign.Running, campaign.Stopped)
	c := readCampaign(t, l, id)
	if c.State != campaign.Stopped || c.EndedAt.IsZero() || c.Args["user"] != "olga" {
		t.Fatalf("%+v", c)
	}
	for line := 2; line <= 5; line++ {
		p := byLine(t, l, id, line)
		if p.State != campaign.PersonOut || p.Reason != gateway.CampaignStopped {
			t.Errorf("line %d: %+v", line, p)
		}
		if line <= 3 && message(t, l, p.Message).State != gateway.Cancelled {
			t.Errorf("line %d: its message goes on", line)
		}
	}
	settle(t, l, byLine(t, l, id, 1).Message, gateway.Sending, gateway.Change{State: gateway.Accepted, Reason: gateway.WasAccepted, Attempt: 1, AttemptState: gateway.AttemptAccepted})
	tallied(t, l, id)

	// One that is stopped while its people are judged.
	id = save(t, l, Mailing("Зима")).ID
	Gather(t, l, id, someones(5)...)
	shift(t, l, id, campaign.Draft, campaign.Starting)
	if more, err := l.Freeze(ctx, id, Everybody(), 2); err != nil || !more {
		t.Fatal(more, err)
	}
	shift(t, l, id, campaign.Starting, campaign.Stopped)
	if more, err := l.Freeze(ctx, id, Everybody(), 2); err != nil || more {
		t.Fatal(more, err)
	}
	tallied(t, l, id)

	// One that is paused while its people are judged begins that anew.
	id = save(t, l, Mailing("Весна")).ID
	Gather(t, l, id, someones(5)...)
	shift(t, l, id, campaign.Draft, campaign.Starting)
	if more, err := l.Freeze(ctx, id, Everybody(), 2); err != nil || !more {
		t.Fatal(more, err)
	}
	shift(t, l, id, campaign.Starting, campaign.Paused)
	shift(t, l, id, campaign.Paused, campaign.Running)
	if c := readCampaign(t, l, id); c.State != campaign.Starting {
		t.Fatalf("%+v", c)
	}
	for more := true; more; {
		more, err = l.Freeze(ctx, id, Everybody(), 2)
		must(t, err)
	}
	tallied(t, l, id)
	count(t, "fed", feed(t, l, id, 0, 1), 1)
	send(t, l, byLine(t, l, id, 1).Message, device.WhatsApp, "w9", noon)
	shift(t, l, id, campaign.Running, campaign.Done) // its time is over: the others are not written to
	if list, err := l.Waiting(ctx, id, 0); err != nil || len(list) != 0 {
		t.Fatalf("%+v, %v", list, err)
	}
	tallied(t, l, id)
}
