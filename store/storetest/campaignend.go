package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/campaign"
)

func notesAnswers(t *testing.T, l Ledger) {
	ctx := context.Background()
	stopping := Someone(3)
	id := running(t, l, campaign.Person{Line: 1, Phone: anna, Known: true}, campaign.Person{Line: 2, Phone: boris, Known: true}, stopping)
	earlier := time.Now().Add(-time.Hour)
	hear(t, l, whatsApp("before", anna, "", "привет", earlier))
	count(t, "fed", feed(t, l, id, 0, 1, 2, 3), 3)
	for line, wire := range []string{"", "w1", "w2", "w3"} {
		if wire != "" {
			send(t, l, byLine(t, l, id, line).Message, device.WhatsApp, wire, noon)
		}
	}
	soon := time.Now().Add(time.Minute)
	hear(t, l, whatsApp("late", anna, "", "сказано до рассылки", earlier))
	if p := byLine(t, l, id, 1); !p.AnsweredAt.IsZero() {
		t.Fatalf("words of before count as an answer: %+v", p)
	}
	hear(t, l, whatsApp("yes", anna, "", "спасибо", soon), whatsApp("stop", stopping.Phone, "", "стоп", soon), byHand("hand", boris, "здравствуйте", soon))
	if p := byLine(t, l, id, 1); p.AnsweredAt.UnixMilli() != soon.UnixMilli() {
		t.Fatalf("%+v", p)
	}
	if p := byLine(t, l, id, 2); !p.AnsweredAt.IsZero() {
		t.Fatalf("the shop's own words count as an answer: %+v", p)
	}
	tallied(t, l, id)
	// The third refuses, which is no answer; the first gives a mark.
	refuse(t, l, stopping.Phone, true)
	if p := byLine(t, l, id, 3); p.OptedOutAt.IsZero() || !p.AnsweredAt.IsZero() || p.State != campaign.PersonSent {
		t.Fatalf("%+v", p)
	}
	list, err := l.ConversationsOf(ctx, anna, 0)
	must(t, err)
	c := list[0]
	a := Seen(c, 0)
	a.Marks = []gateway.Mark{{About: "shop", Mark: 5, Name: "Анна", At: soon}}
	answer(t, l, a)
	if p := byLine(t, l, id, 1); p.MarkedAt.UnixMilli() != soon.UnixMilli() {
		t.Fatalf("%+v", p)
	}
	tallied(t, l, id)
	all, err := l.Campaigns(ctx)
	must(t, err)
	if s := all[0]; s.Total != 3 || s.Sent != 3 || s.Done != 3 || s.Clicked != 0 || s.Doubt != 0 || s.Answered != 1 || s.Marked != 1 || s.OptedOut != 1 {
		t.Fatalf("%+v", s)
	}
	o, err := l.Lately(ctx, id, 10, time.Now().Add(time.Hour))
	must(t, err)
	if diff := cmp.Diff(campaign.Outcome{Of: 3, Silent: 3, OptedOut: 1}, o); diff != "" {
		t.Fatal(diff)
	}
	for filter, want := range map[string]int{"sent": 3, "answered": 1, "marked": 1, "opted_out": 1, "read": 0} {
		rows, _, err := l.People(ctx, id, campaign.PeopleFilter{Got: filter})
		must(t, err)
		count(t, filter, len(rows), want)
	}
	// A quick one: networks tell whole seconds, by clocks of their own.
	hear(t, l, whatsApp("quick", boris, "", "ага", time.Now().Add(-2*time.Second)))
	if p := byLine(t, l, id, 2); p.AnsweredAt.IsZero() {
		t.Fatalf("an answer in the second of the mailing does not count: %+v", p)
	}
	tallied(t, l, id)
}

// refuse answers what a customer wrote last as a word about advertising.
func refuse(t testing.TB, l Ledger, phone device.Phone, no bool) {
	t.Helper()
	list, err := l.ConversationsOf(context.Background(), phone, 0)
	must(t, err)
	var a gateway.Answered
	for _, c := range list {
		c, h, ok, err := l.NextHeard(context.Background(), c.ID)
		must(t, err)
		if ok {
			a = Seen(c, h.ID)
		}
	}
	a.OptOut = &no
	for _, other := range list {
		if other.ID != a.Conversation {
			a.OptOutAlso = append(a.OptOutAlso, other.ID)
		}
	}
	answer(t, l, a)
}

func listsPeople(t *testing.T, l Ledger) {
	ctx := context.Background()
	people := someones(9)
	people[8] = campaign.Person{Line: 9, Name: "Пётр Ёлкин", State: campaign.PersonOut, Reason: gateway.BadPhone}
	people[3].Name = "Ольга"
	id := running(t, l, people...)
	lines := func(f campaign.PeopleFilter) (list []int) {
		for {
			rows, next, err := l.People(ctx, id, f)
			must(t, err)
			for _, p := range rows {
				list = append(list, p.Line)
			}
			if f.After = next; next == 0 {
				return list
			}
			count(t, "a full page", len(rows), f.Limit)
		}
	}
	all := lines(campaign.PeopleFilter{})
	count(t, "all", len(all), 9)
	count(t, "the one refused while he was read", all[8], 9)
	for limit := 1; limit <= 10; limit++ {
		if diff := cmp.Diff(all, lines(campaign.PeopleFilter{Limit: limit})); diff != "" {
			t.Fatalf("pages of %d: %s", limit, diff)
		}
	}
	for name, c := range map[string]struct {
		f    campaign.PeopleFilter
		want []int
	}{
		"by name":   {campaign.PeopleFilter{Search: "ольг"}, []int{4}},
		"ё is е":    {campaign.PeopleFilter{Search: "елкин"}, []int{9}},
		"by digits": {campaign.PeopleFilter{Search: "912 000-00 04"}, []int{4}},
		"by way":    {campaign.PeopleFilter{Channel: device.SMS}, nil},
		"by reason": {campaign.PeopleFilter{State: campaign.PersonOut, Reason: gateway.BadPhone}, []int{9}},
	} {
		if diff := cmp.Diff(c.want, lines(c.f)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	count(t, "who got the third wording", len(lines(campaign.PeopleFilter{Variant: 3})), 0)
	count(t, "who waits", len(lines(campaign.PeopleFilter{State: campaign.PersonWaits, Limit: 3})), 8)
	_, _, err := l.People(ctx, id, campaign.PeopleFilter{Limit: 201})
	wantKind(t, err, device.Invalid)
	_, _, err = l.People(ctx, id, campaign.PeopleFilter{Got: "; DROP"})
	wantKind(t, err, device.Invalid)
}

func keepsLinksAndFiles(t *testing.T, l Ledger) {
	ctx := context.Background()
	id := running(t, l, someones(1)...)
	one := Feeding(byLine(t, l, id, 1))
	one.Token = "abcd1234"
	_, err := l.Feed(ctx, id, 0, []campaign.Fed{one})
	must(t, err)
	link, err := l.LinkByToken(ctx, "abcd1234")
	must(t, err)
	if link.Person != one.Person || link.MadeAt.IsZero() || !link.ClickedAt.IsZero() {
		t.Fatalf("%+v", link)
	}
	must(t, l.Clicked(ctx, "abcd1234"))
	must(t, l.Clicked(ctx, "abcd1234"))
	if link, err = l.LinkByToken(ctx, "abcd1234"); err != nil || link.ClickedAt.IsZero() || byLine(t, l, id, 1).ClickedAt.IsZero() {
		t.Fatalf("%+v, %v", link, err)
	}
	tallied(t, l, id)
	if all, err := l.Campaigns(ctx); err != nil || all[0].Clicked != 1 || all[0].Done != 0 {
		t.Fatalf("%+v, %v", all, err)
	}
	_, err = l.LinkByToken(ctx, "nothing")
	wantKind(t, err, device.NotFound)
	wantKind(t, l.Clicked(ctx, "nothing"), device.NotFound)

	picture := device.File{Name: "Осень.png", MIME: "image/png", Data: []byte("\x89PNG\x00\xff")}
	first, err := l.SaveFile(ctx, picture)
	must(t, err)
	again := picture
	again.Name = "copy.png"
	second, err := l.SaveFile(ctx, again)
	must(t, err)
	got, err := l.File(ctx, second)
	must(t, err)
	picture.ID = first
	if diff := cmp.Diff(picture, got); diff != "" {
		t.Fatal(diff)
	}
	_, err = l.File(ctx, 77)
	wantKind(t, err, device.NotFound)
	for _, data := range [][]byte{nil, make([]byte, device.MaxFile+1)} {
		_, err = l.SaveFile(ctx, device.File{Name: "x", Data: data})
		wantKind(t, err, device.Invalid)
	}
}

func keepsConsents(t *testing.T, l Ledger) {
	ctx := context.Background()
	word := func(answer device.Answer, source gateway.ConsentSource, days int) gateway.Consent {
		return gateway.Consent{Phone: anna, Answer: answer, Source: source, Note: string(source), At: noon.AddDate(0, 0, days), By: "olga"}
	}
	if _, ok, err := l.ConsentOf(ctx, anna, 5); err != nil || ok {
		t.Fatal(ok, err)
	}
	for i, c := range []struct {
		word    gateway.Consent
		inForce device.Answer
		n       int
	}{
		{word(device.Yes, gateway.ConsentImport, 0), device.Yes, 1},
		{word(device.Yes, gateway.ConsentImport, 0), device.Yes, 1}, // the same list again
		{word(device.No, gateway.ConsentCRM, -1), device.Yes, 0},    // older than the list
		{word(device.No, gateway.ConsentCRM, 1), device.No, 1},
		{word(device.Yes, gateway.ConsentImport, 2), device.No, 0}, // a list frees nobody
		{word(device.Yes, gateway.ConsentCRM, 3), device.No, 0},
		{word(device.Yes, gateway.ConsentWord, 4), device.Yes, 1},
		{word(device.No, gateway.ConsentWord, 5), device.No, 1},
		{word(device.Yes, gateway.ConsentHand, 6), device.Yes, 1},
	} {
		n, err := l.KeepConsents(ctx, c.word)
		must(t, err)
		got, ok, err := l.ConsentOf(ctx, anna, 0)
		must(t, err)
		if !ok || got.Answer != c.inForce || n != c.n {
			t.Fatalf("%d: %+v in force, %d kept", i, got, n)
		}
	}
	history, err := l.ConsentHistory(ctx, anna, 0)
	must(t, err)
	count(t, "words", len(history), 8)
	if diff := cmp.Diff(word(device.Yes, gateway.ConsentHand, 6), history[0]); diff != "" {
		t.Fatal(diff)
	}
	// A No under the card counts for the number too.
	n, err := l.KeepConsents(
		ctx,
		gateway.Consent{Customer: 5, Answer: device.No, Source: gateway.ConsentCRM, At: noon},
		gateway.Consent{Phone: boris, Customer: 6, Answer: device.No, Source: gateway.ConsentHand, At: noon.AddDate(0, 0, 9)},
	)
	must(t, err)
	count(t, "in force", n, 2)
	if got, ok, err := l.ConsentOf(ctx, anna, 5); err != nil || !ok || got.Answer != device.No || got.Customer != 5 {
		t.Fatalf("%+v, %v, %v", got, ok, err)
	}
	if got, ok, err := l.ConsentOf(ctx, "", 6); err != nil || !ok || got.Answer != device.No || got.Phone != boris {
		t.Fatalf("%+v, %v, %v", got, ok, err)
	}
	yes, no, err := l.ConsentTotals(ctx)
	must(t, err)
	count(t, "yes", yes, 1)
	count(t, "no", no, 2)
	list := func(answer device.Answer, search string, limit int, before time.Time) (phones []device.Phone) {
		rows, err := l.ConsentList(ctx, answer, search, limit, before)
		must(t, err)
		for _, c := range rows {
			phones = append(phones, c.Phone)
		}
		return phones
	}
	for name, c := range map[string]struct{ got, want []device.Phone }{
		"all":      {list("", "", 9, time.Time{}), []device.Phone{boris, anna, ""}},
		"no":       {list(device.No, "", 9, time.Time{}), []device.Phone{boris, ""}},
		"a page":   {list("", "", 1, time.Time{}), []device.Phone{boris}},
		"the next": {list("", "", 9, noon.AddDate(0, 0, 9)), []device.Phone{anna, ""}},
		"digits":   {list("", "912 345", 9, time.Time{}), []device.Phone{anna}},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	for _, bad := range []gateway.Consent{{Answer: device.No, Source: gateway.ConsentHand}, {Phone: anna, Answer: device.Unknown, Source: gateway.ConsentHand}} {
		_, err := l.KeepConsents(ctx, bad)
		wantKind(t, err, device.Invalid)
	}
}

func hearsConsents(t *testing.T, l Ledger) {
	ctx := context.Background()
	hear(t, l, whatsApp("1", anna, "", "привет", noon), device.Incoming{Channel: device.SMS, Device: "d", ID: "2", From: anna, Text: "стоп", At: noon})
	list, err := l.ConversationsOf(ctx, anna, 0)
	must(t, err)
	for _, c := range list {
		if c.Channel == device.WhatsApp {
			_, h := next(t, l, c.ID)
			answer(t, l, Seen(c, h.ID))
		}
	}
	no := true
	for _, c := range list {
		if c.Channel == device.SMS {
			_, h := next(t, l, c.ID)
			a := Seen(c, h.ID)
			a.OptOut = &no
			answer(t, l, a)
		}
	}
	got, ok, err := l.ConsentOf(ctx, anna, 0)
	must(t, err)
	if !ok || got.Answer != device.No || got.Source != gateway.ConsentWord || got.Note != "стоп" || got.At.IsZero() {
		t.Fatalf("%+v", got)
	}
	refused := func() (n int) {
		list, err := l.ConversationsOf(ctx, anna, 0)
		must(t, err)
		for _, c := range list {
			if !c.OptedOutAt.IsZero() {
				n++
			}
		}
		return n
	}
	count(t, "conversations that rest", refused(), 2)
	_, err = l.KeepConsents(ctx, gateway.Consent{Phone: anna, Answer: device.Yes, Source: gateway.ConsentHand, At: time.Now().Add(time.Hour), By: "olga"})
	must(t, err)
	count(t, "conversations that rest", refused(), 0)
	hear(t, l, whatsApp("3", anna, "", "стоп", noon))
	refuse(t, l, anna, true) // by a clock behind the one of before too
	if got, _, err = l.ConsentOf(ctx, anna, 0); err != nil || got.Answer != device.No {
		t.Fatalf("%+v, %v", got, err)
	}
	hear(t, l, whatsApp("4", anna, "", "старт", noon))
	refuse(t, l, anna, false)
	if got, _, err = l.ConsentOf(ctx, anna, 0); err != nil || got.Answer != device.Yes || got.Note != "старт" {
		t.Fatalf("%+v, %v", got, err)
	}

	// In a chat nobody knows his number; his card is known.
	hear(t, l, inChat("5", "57", "стоп", noon))
	id := pending(t, l)
	must(t, l.KeepPerson(ctx, id, 7, "", noon))
	c, h := next(t, l, id)
	a := Seen(c, h.ID)
	a.OptOut = &no
	answer(t, l, a)
	if got, ok, err := l.ConsentOf(ctx, "", 7); err != nil || !ok || got.Answer != device.No {
		t.Fatalf("%+v, %v, %v", got, ok, err)
	}
	// Nor his card: it counts once it is.
	hear(t, l, inChat("6", "58", "стоп", noon))
	c, h = next(t, l, pending(t, l))
	a = Seen(c, h.ID)
	a.OptOut = &no
	answer(t, l, a)
	must(t, l.KeepPerson(ctx, c.ID, 8, "", noon))
	if got, ok, err := l.ConsentOf(ctx, "", 8); err != nil || !ok || got.Answer != device.No {
		t.Fatalf("%+v, %v, %v", got, ok, err)
	}
}

// hearsTheLastWord keeps words by a clock that was wrong, by two cards at one number, and by two numbers.
func hearsTheLastWord(t *testing.T, l Ledger) {
	ctx := context.Background()
	keep := func(words ...gateway.Consent) {
		t.Helper()
		_, err := l.KeepConsents(ctx, words...)
		must(t, err)
	}
	says := func(phone device.Phone, customer int64, want device.Answer) {
		t.Helper()
		if got, ok, err := l.ConsentOf(ctx, phone, customer); err != nil || !ok || got.Answer != want {
			t.Errorf("%s and card %d: %+v, %v, %v", phone, customer, got, ok, err)
		}
	}
	// A list has a date to come; the customer calls the shop and refuses.
	keep(gateway.Consent{Phone: anna, Answer: device.Yes, Source: gateway.ConsentImport, At: time.Now().Add(300 * 24 * time.Hour)})
	keep(gateway.Consent{Phone: anna, Answer: device.No, Source: gateway.ConsentHand, By: "olga"})
	says(anna, 0, device.No)
	keep(gateway.Consent{Phone: anna, Answer: device.Yes, Source: gateway.ConsentHand, By: "olga"})
	says(anna, 0, device.Yes)
	keep(gateway.Consent{Phone: anna, Answer: device.No, Source: gateway.ConsentHand, By: "olga"})
	says(anna, 0, device.No)

	// Husband and wife have one number; his other number is reached by his card.
	keep(gateway.Consent{Phone: boris, Customer: 21, Answer: device.No, Source: gateway.ConsentHand, At: noon})
	keep(gateway.Consent{Phone: boris, Customer: 22, Answer: device.No, Source: gateway.ConsentHand, At: noon.Add(time.Hour)})
	says("", 21, device.No)
	says("", 22, device.No)
	keep(gateway.Consent{Phone: boris, Customer: 21, Answer: device.Yes, Source: gateway.ConsentHand})
	says(boris, 21, device.Yes) // she has said nothing else by her card
	says("", 22, device.No)

	// He refused in a chat, where his number was not known, and allows it by his number.
	keep(gateway.Consent{Customer: 23, Answer: device.No, Source: gateway.ConsentWord, At: noon})
	keep(gateway.Consent{Phone: Someone(9).Phone, Customer: 23, Answer: device.Yes, Source: gateway.ConsentImport})
	says(Someone(9).Phone, 23, device.No)
	keep(gateway.Consent{Phone: Someone(9).Phone, Customer: 23, Answer: device.Yes, Source: gateway.ConsentWord})
	says(Someone(9).Phone, 23, device.Yes)

	// What she refused by her own number no word by his lifts, though a card has both.
	keep(gateway.Consent{Phone: Someone(10).Phone, Customer: 24, Answer: device.No, Source: gateway.ConsentWord, At: noon})
	keep(gateway.Consent{Phone: Someone(11).Phone, Customer: 24, Answer: device.Yes, Source: gateway.ConsentWord})
	says(Someone(10).Phone, 0, device.No)
}

func invites(t *testing.T, l Ledger) {
	ctx := context.Background()
	save := func(ids ...int64) {
		list := changes(ids...)
		for i := range list {
			list[i].To, list[i].Order = "complete", gateway.OrderID(ids[i])
		}
		_, err := l.SaveChanges(ctx, list, gateway.Cursor{SinceID: ids[len(ids)-1]})
		must(t, err)
	}
	queue := func(want int) {
		t.Helper()
		n, err := l.QueueInvitations(ctx, []string{"complete"}, time.Hour)
		must(t, err)
		count(t, "queued", n, want)
	}
	save(1, 2)
	queue(0) // the first time it only notes where the history ends
	save(3, 4, 5)
	queue(3)
	queue(0)
	at, ok, err := l.NextInvitationAt(ctx)
	must(t, err)
	if !ok || at.IsZero() {
		t.Fatal(at, ok)
	}
	due, err := l.DueInvitations(ctx, at.Add(24*time.Hour), 9)
	must(t, err)
	count(t, "due", len(due), 3)

	one := due[0]
	one.State, one.Tries = gateway.AskDone, 1
	m := Draft("invitation/order/3", anna)
	m.Purpose = gateway.ForRating
	d := gateway.Decision{Verdict: gateway.Send, Reason: gateway.FromInvitation, At: noon, Message: m, Order: one.Order}
	must(t, l.SettleInvitation(ctx, one, &d, gateway.ReviewLink{Token: "qwer1234", Order: one.Order}))
	wantKind(t, l.SettleInvitation(ctx, one, &d, gateway.ReviewLink{}), device.Conflict)
	no := due[1]
	no.State, no.Why = gateway.AskNever, gateway.LowMark
	must(t, l.SettleInvitation(ctx, no, nil, gateway.ReviewLink{}))
	again := due[2]
	again.DueAt, again.Tries = at.Add(48*time.Hour), 1
	must(t, l.SettleInvitation(ctx, again, nil, gateway.ReviewLink{}))
	wantKind(t, l.SettleInvitation(ctx, gateway.Invitation{Order: 77, State: gateway.AskNever}, nil, gateway.ReviewLink{}), device.NotFound)

	last, err := l.LastInvitations(ctx, 9)
	must(t, err)
	count(t, "dealt with", len(last), 2)
	byOrder := map[gateway.OrderID]gateway.Invitation{}
	for _, i := range last {
		byOrder[i.Order] = i
	}
	sent := byOrder[one.Order]
	if sent.Message == 0 || byOrder[no.Order].Why != gateway.LowMark {
		t.Fatalf("%+v", last)
	}
	if link, err := l.LinkByToken(ctx, "qwer1234"); err != nil || link.Order != one.Order || link.Person != 0 {
		t.Fatalf("%+v, %v", link, err)
	}
	must(t, l.Clicked(ctx, "qwer1234"))
	send(t, l, sent.Message, device.WhatsApp, "w", noon)
	totals, err := l.InvitationsSince(ctx, time.Time{})
	must(t, err)
	if diff := cmp.Diff(gateway.InvitationTotals{Sent: 1, Clicked: 1, NotSent: 1, Waiting: 1}, totals); diff != "" {
		t.Fatal(diff)
	}
}
