package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vestnik/device"
	"vestnik/gateway"
)

func listsConversations(t *testing.T, l Ledger) {
	ctx := context.Background()
	const n = 9
	var ids []gateway.ConversationID // by the time of the last word
	for i := range n {
		in := whatsApp(fmt.Sprint(i), device.Phone(fmt.Sprintf("+7912000001%d", i)), "", "здравствуйте", noon.Add(time.Duration(i/2)*time.Minute))
		in.Name = fmt.Sprintf("Ёлкин %d", i)
		hear(t, l, in)
		found, err := l.PendingTalks(ctx, ids, 1)
		must(t, err)
		ids = append(ids, found[0])
	}
	never, err := l.OpenConversation(ctx, device.SMS, "+79120000010", "Ёлкин 0")
	must(t, err)
	for _, i := range []int{2, 5} {
		a := Seen(talk(t, l, ids[i]), 0)
		a.CalledAt, a.SilentUntil = noon, time.Now().Add(time.Hour)
		answer(t, l, a)
	}
	must(t, l.SeeTalk(ctx, ids[8]))
	a := Seen(talk(t, l, ids[1]), 0)
	a.SilentUntil = time.Now().Add(-time.Hour) // over
	answer(t, l, a)

	list := func(f gateway.ConversationFilter) (got []gateway.ConversationID) {
		t.Helper()
		for {
			page, err := l.Conversations(ctx, f)
			must(t, err)
			for _, c := range page {
				got = append(got, c.ID)
			}
			if len(got) > 2*n {
				t.Fatalf("the pages do not end: %v", got)
			}
			if f.Limit == 0 || len(page) < f.Limit {
				return got
			}
			last := page[len(page)-1]
			f.BeforeID, f.Before = last.ID, time.Unix(0, 0)
			for _, at := range []time.Time{last.HeardAt, last.SaidAt} {
				if at.After(f.Before) {
					f.Before = at
				}
			}
		}
	}
	of := func(numbers ...int) []gateway.ConversationID {
		var list []gateway.ConversationID
		for _, i := range numbers {
			list = append(list, ids[i])
		}
		return list
	}
	everything := append(of(5, 2, 8, 7, 6, 4, 3, 1, 0), never.ID)
	for _, limit := range []int{0, 1, 2, 3, 4, 5, 200} {
		if diff := cmp.Diff(everything, list(gateway.ConversationFilter{Limit: limit})); diff != "" {
			t.Fatalf("pages of %d: %s", limit, diff)
		}
	}
	for name, c := range map[string]struct {
		f    gateway.ConversationFilter
		want []gateway.ConversationID
	}{
		"waiting":             {gateway.ConversationFilter{Only: "waiting"}, of(5, 2)},
		"human":               {gateway.ConversationFilter{Only: "human"}, of(5, 2)},
		"unread":              {gateway.ConversationFilter{Only: "unread", Limit: 3}, of(7, 6, 5, 4, 3, 2, 1, 0)},
		"by name":             {gateway.ConversationFilter{Search: "  ЕЛКИН 0"}, append(of(0), never.ID)},
		"by a number's end":   {gateway.ConversationFilter{Search: "0018"}, of(8)},
		"by a number":         {gateway.ConversationFilter{Search: "8 (912) 000-00-17"}, of(7)},
		"by digits inside":    {gateway.ConversationFilter{Search: "9120000010", Only: "unread"}, of(0)},
		"by few digits":       {gateway.ConversationFilter{Search: "16"}, of(6)},
		"by nothing there is": {gateway.ConversationFilter{Search: "никто"}, nil},
		"after a time alone":  {gateway.ConversationFilter{Before: noon.Add(time.Minute)}, append(of(1, 0), never.ID)},
	} {
		if diff := cmp.Diff(c.want, list(c.f)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	waiting, unread, err := l.TalkTotals(ctx)
	must(t, err)
	if waiting != 2 || unread != n-1 {
		t.Fatalf("%d wait, %d unread", waiting, unread)
	}
	for _, f := range []gateway.ConversationFilter{{Limit: 201}, {Limit: -1}, {Only: "what"}} {
		_, err := l.Conversations(ctx, f)
		wantKind(t, err, device.Invalid)
	}
}

func tellsLines(t *testing.T, l Ledger) {
	ctx := context.Background()
	began := time.Now()
	// An order's news went out before he wrote, another by SMS.
	news := Draft("rule/7/order/1", anna)
	news.CreatedAt = began.Add(-time.Hour)
	sent := Enqueue(t, l, news)
	n := begin(t, l, gateway.Queued, Attempt(sent, device.WhatsApp, "w1", began.Add(-time.Minute)))
	settle(t, l, sent, gateway.Sending, gateway.Change{State: gateway.Accepted, Reason: gateway.WasAccepted, Attempt: n, AttemptState: gateway.AttemptAccepted})
	sms := Draft("rule/7/order/2", anna)
	sms.Channel = device.SMS
	Enqueue(t, l, sms)
	in := whatsApp("1", anna, "", "", noon)
	in.Media = "audio"
	hear(t, l, in)
	id := pending(t, l)
	c, h := next(t, l, id)
	a := Seen(c, h.ID)
	a.Why, a.Args = "media", gateway.Args{"media": "audio"}
	a.Decisions = []gateway.Decision{Text(c, "reply/1", "Я понимаю только текст", time.Now())}
	bot := answer(t, l, a)[0].MessageID
	hear(t, l, byHand("2", anna, "сейчас послушаю", noon.Add(time.Second)))
	a = Seen(talk(t, l, id), 0)
	a.Taken = true
	d := Text(c, "said/1", "Всё готово", time.Now())
	d.Message.ByBot = false
	d.Trace = []gateway.Step{step(gateway.FromPerson, noon), step(gateway.FromPerson, noon, "user", "olga")}
	a.Decisions = []gateway.Decision{d}
	person := answer(t, l, a)[0].MessageID
	lines, err := l.TalkLines(ctx, id, 9)
	must(t, err)
	want := []gateway.TalkLine{
		{From: gateway.TalkOrder, Text: news.Text, Message: sent, State: gateway.Accepted},
		{From: gateway.TalkCustomer, Media: "audio", Why: "media", Args: gateway.Args{"media": "audio"}},
		{From: gateway.TalkBot, Text: "Я понимаю только текст", Message: bot, State: gateway.Queued},
		{From: gateway.TalkPerson, Text: "сейчас послушаю", By: "Магазин"},
		{From: gateway.TalkPerson, Text: "Всё готово", Message: person, State: gateway.Queued, By: "olga"},
	}
	times := make([]time.Time, len(lines))
	for i := range lines {
		times[i], lines[i].At = lines[i].At, time.Time{}
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Fatal(diff)
	}
	if !times[0].Equal(began.Add(-time.Minute).Truncate(time.Millisecond).UTC()) || !times[1].Equal(noon) || times[2].Before(began.Truncate(time.Millisecond)) {
		t.Fatalf("%v", times)
	}
	if lines, err = l.TalkLines(ctx, id, 2); err != nil || len(lines) != 2 || lines[1].Message != person {
		t.Fatalf("the newest: %+v, %v", lines, err)
	}
	hear(t, l, event("3", "57", device.TalkClosed, noon))
	ids, err := l.PendingTalks(ctx, []gateway.ConversationID{id}, 1)
	must(t, err)
	if lines, err = l.TalkLines(ctx, ids[0], 9); err != nil || len(lines) != 1 || lines[0].From != gateway.TalkSystem || lines[0].Event != device.TalkClosed {
		t.Fatalf("%+v, %v", lines, err)
	}
	_, err = l.TalkLines(ctx, 99, 9)
	wantKind(t, err, device.NotFound)
}

func countsPhrases(t *testing.T, l Ledger) {
	ctx := context.Background()
	began := time.Now().Add(-time.Minute)
	for i, c := range []struct {
		from            device.Phone
		text            string
		phrase, command string
	}{
		{anna, "Скидку!", "скидка", ""},
		{anna, "а доставка?", "доставка", ""},
		{boris, "скидка", "скидка", ""},
		{anna, "1", "", "order"},
		{anna, "1", "", "order"},
		{boris, "где", "", "order"},
		{boris, "9", "", "person"},
	} {
		hear(t, l, whatsApp(fmt.Sprint(i), c.from, "", c.text, noon))
		talk, h := next(t, l, pending(t, l))
		a := Seen(talk, h.ID)
		a.Phrase, a.Command = c.phrase, c.command
		answer(t, l, a)
	}
	phrases, err := l.Unmatched(ctx, began, 9)
	must(t, err)
	if len(phrases) != 2 || phrases[0].Phrase != "скидка" || phrases[0].Sample != "скидка" || phrases[0].Count != 2 || phrases[0].LastAt.Before(began) || phrases[1].Sample != "а доставка?" {
		t.Fatalf("%+v", phrases)
	}
	must(t, l.DropUnmatched(ctx, "скидка"))
	if phrases, err = l.Unmatched(ctx, began, 9); err != nil || len(phrases) != 1 || phrases[0].Phrase != "доставка" {
		t.Fatalf("%+v, %v", phrases, err)
	}
	if phrases, err = l.Unmatched(ctx, time.Now().Add(time.Hour), 9); err != nil || len(phrases) != 0 {
		t.Fatalf("%+v, %v", phrases, err)
	}
	uses, err := l.CommandUses(ctx, began)
	must(t, err)
	if diff := cmp.Diff([]gateway.CommandUse{{Command: "order", Count: 3, People: 2}, {Command: "person", Count: 1, People: 1}}, uses); diff != "" {
		t.Fatal(diff)
	}
}

func showsStuckEffects(t *testing.T, l Ledger) {
	ctx := context.Background()
	hear(t, l, whatsApp("1", anna, "", "5", noon))
	a := Seen(talk(t, l, pending(t, l)), 0)
	id := Enqueue(t, l, Draft("k", anna))
	for _, key := range []string{"waits", "failed", "tried", "dropped", "of a message"} {
		e := gateway.Effect{Kind: gateway.EffectNote, Key: key, Value: `{}`, NextAt: noon, At: noon}
		if key == "of a message" {
			e.Message = id
		}
		a.Effects = append(a.Effects, e)
	}
	answer(t, l, a)
	kinds := []gateway.EffectKind{gateway.EffectTask, gateway.EffectNote}
	for {
		e, ok, err := l.DueEffect(ctx, noon, kinds)
		must(t, err)
		if !ok {
			break
		}
		e.NextAt, e.Tries = noon.Add(time.Hour), 3
		switch e.Key {
		case "failed", "of a message":
			e.State = gateway.EffectFailed
		case "tried":
			e.Tries = 4
		case "dropped":
			e.State = gateway.EffectDropped
		}
		must(t, l.SettleEffect(ctx, e, nil))
	}
	if _, ok, err := l.DueEffect(ctx, noon.Add(48*time.Hour), []gateway.EffectKind{gateway.EffectTask, gateway.EffectMark}); err != nil || ok {
		t.Fatalf("an effect of another kind is due: %v", err)
	}
	if at, ok, err := l.NextEffectAt(ctx, kinds); err != nil || !ok || !at.Equal(noon.Add(time.Hour)) {
		t.Fatalf("%v, %v, %v", at, ok, err)
	}
	list, err := l.StuckEffects(ctx, 9)
	must(t, err)
	if len(list) != 2 || list[0].Key != "tried" || list[1].Key != "failed" {
		t.Fatalf("%+v", list)
	}
	list, err = l.StuckEffects(ctx, 1)
	must(t, err)
	count(t, "stuck within the limit", len(list), 1)
}

// A customer whose number nobody knows is written to by his alias.
func writesWithoutANumber(t *testing.T, l Ledger) {
	ctx := context.Background()
	hear(t, l, inChat("1", "57", "привет", noon))
	c, h := next(t, l, pending(t, l))
	a := Seen(c, h.ID)
	d := Text(c, "reply/1", "Здравствуйте", noon)
	d.Number = "10482A"
	d.Message.OrderNumber, d.Message.Suggestions = "10482A", []device.Suggestion{{Title: "1"}}
	a.Decisions = []gateway.Decision{d}
	id := answer(t, l, a)[0].MessageID
	to := device.Outgoing{Alias: "57", Text: "Здравствуйте", Suggestions: d.Message.Suggestions}
	n := begin(t, l, gateway.Queued, gateway.Attempt{
		Message: id, Channel: device.Chat, Box: "box", StartedAt: noon, Envelope: device.Envelope{Outgoing: to, WireID: "c1", Device: "mg", Parts: 1},
	})
	before := talk(t, l, c.ID)
	settle(t, l, id, gateway.Sending, gateway.Change{State: gateway.Accepted, Reason: gateway.WasAccepted, Attempt: n, AttemptState: gateway.AttemptAccepted})
	at, _, err := l.LastAttempt(ctx, id)
	must(t, err)
	if diff := cmp.Diff(to, at.Envelope.Outgoing); diff != "" {
		t.Fatal(diff)
	}
	if after := talk(t, l, c.ID); !after.SaidAt.After(before.SaidAt) {
		t.Fatalf("%+v", after)
	}
	// An order's news finds its chat later, and its receipt does not move the time it was taken at.
	m := Draft("rule/7/order/1", anna)
	m.Channels, m.Channel, m.Customer = []device.Channel{device.Chat, device.WhatsApp}, device.Chat, 6
	news := Enqueue(t, l, m)
	settle(t, l, news, gateway.Queued, gateway.Change{Alias: "57", Talk: c.ID, NotBefore: noon})
	if got := message(t, l, news); got.Alias != "57" || got.Conversation != c.ID || got.Customer != 6 || got.To != anna {
		t.Fatalf("%+v", got)
	}
	settle(t, l, news, gateway.Queued, gateway.Change{Channel: device.WhatsApp, NotBefore: noon})
	send(t, l, news, device.WhatsApp, "w1", noon)
	if at, _, err = l.LastAttempt(ctx, news); err != nil || at.Envelope.Alias != "" || at.Envelope.To != anna {
		t.Fatalf("a chat's id on WhatsApp: %+v, %v", at, err)
	}
	for _, f := range []gateway.DecisionFilter{{Search: "10482A"}, {Channel: device.Chat}, {Search: "57"}, {Search: "9999"}, {State: gateway.Accepted}} {
		if _, _, err := l.Decisions(ctx, f); err != nil {
			t.Fatalf("%+v: %v", f, err)
		}
	}
	rows, _, err := l.Decisions(ctx, gateway.DecisionFilter{Search: "3456789"})
	must(t, err)
	if len(rows) != 1 || rows[0].MessageID != news {
		t.Fatalf("%+v", rows)
	}
	list, _, err := l.Messages(ctx, gateway.MessageFilter{To: anna})
	must(t, err)
	count(t, "messages to a number", len(list), 1)
}
