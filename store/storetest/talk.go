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

const (
	shopPhone device.Phone = "+79000000000"
	annaLID   string       = "77@lid"
)

// whatsApp is what a customer wrote on WhatsApp.
func whatsApp(id string, from device.Phone, alias, text string, at time.Time) device.Incoming {
	return device.Incoming{Channel: device.WhatsApp, Device: "d", ID: id, From: from, Alias: alias, Name: "Анна Ёлкина", Text: text, At: at}
}

// byHand is what a person of the shop wrote on its phone.
func byHand(id string, to device.Phone, text string, at time.Time) device.Incoming {
	return device.Incoming{Channel: device.WhatsApp, Device: "d", ID: id, From: shopPhone, To: to, FromShop: true, Name: "Магазин", Text: text, At: at}
}

// inChat is something in a chat of the CRM.
func inChat(id, chat, text string, at time.Time) device.Incoming {
	return device.Incoming{
		Channel: device.Chat, Device: "mg", ID: id, Alias: chat, Name: "Борис", Text: text, At: at,
		Chat: device.ChatFacts{Messenger: "telegram", Account: 3, Customer: 11, Dialog: 8, AnswerUntil: at.Add(24 * time.Hour)},
	}
}

func event(id, chat string, what device.TalkEvent, at time.Time) device.Incoming {
	in := inChat(id, chat, "", at)
	in.Event, in.Name = what, "Ольга"
	return in
}

func hear(t testing.TB, l Ledger, list ...device.Incoming) {
	t.Helper()
	for _, in := range list {
		isNew, err := l.SaveIncoming(context.Background(), in, nil)
		must(t, err)
		if !isNew {
			t.Fatalf("%s was heard before", in.ID)
		}
	}
}

// next is what is to be dealt with in a conversation, or fails the test.
func next(t testing.TB, l Ledger, id gateway.ConversationID) (gateway.Conversation, gateway.Heard) {
	t.Helper()
	c, h, ok, err := l.NextHeard(context.Background(), id)
	must(t, err)
	if !ok {
		t.Fatalf("nothing is to be dealt with in conversation %d", id)
	}
	return c, h
}

// pending is the only conversation that waits, or fails the test.
func pending(t testing.TB, l Ledger) gateway.ConversationID {
	t.Helper()
	ids, err := l.PendingTalks(context.Background(), nil, 10)
	must(t, err)
	if len(ids) != 1 {
		t.Fatalf("%v wait, want one", ids)
	}
	return ids[0]
}

// Seen is an answer that looked at c and changes nothing but the heard message.
func Seen(c gateway.Conversation, heard int64) gateway.Answered {
	return gateway.Answered{Conversation: c.ID, Version: c.Version, TakenAt: c.TakenAt, Heard: heard, Why: "list", Next: c.State}
}

// Text is a decision to send a text in a conversation.
func Text(c gateway.Conversation, key, text string, at time.Time) gateway.Decision {
	return gateway.Decision{
		Verdict: gateway.Send, Reason: gateway.InQueue, At: at, Name: c.Name,
		Message: &gateway.Message{
			DedupeKey: key, To: c.Phone, Alias: c.Alias, ByBot: true, Customer: c.Customer, Purpose: gateway.ForReply, Text: text,
			State: gateway.Queued, Reason: gateway.InQueue, Channels: []device.Channel{c.Channel}, Channel: c.Channel, NotBefore: at, CreatedAt: at,
		},
	}
}

func answer(t testing.TB, l Ledger, a gateway.Answered) []gateway.Decision {
	t.Helper()
	kept, ok, err := l.Answer(context.Background(), a)
	must(t, err)
	if !ok {
		t.Fatalf("an answer to %d was refused", a.Heard)
	}
	return kept
}

func talk(t testing.TB, l Ledger, id gateway.ConversationID) gateway.Conversation {
	t.Helper()
	c, err := l.Conversation(context.Background(), id)
	must(t, err)
	return c
}

func keepsConversations(t *testing.T, l Ledger) {
	ctx := context.Background()
	hear(t, l, whatsApp("1", anna, annaLID, "где заказ?", noon), whatsApp("2", anna, annaLID, "ау", noon.Add(-time.Minute)))
	id := pending(t, l)
	c, h := next(t, l, id)
	want := gateway.Conversation{ID: id, Channel: device.WhatsApp, Phone: anna, Alias: annaLID, Name: "Анна Ёлкина", HeardAt: noon, Unread: 2}
	if diff := cmp.Diff(want, c); diff != "" {
		t.Fatal(diff)
	}
	if diff := cmp.Diff(whatsApp("1", anna, annaLID, "где заказ?", noon), h.In); diff != "" || h.Conversation != id || h.KeptAt.IsZero() {
		t.Fatalf("%+v\n%s", h, diff)
	}
	must(t, l.SeeTalk(ctx, id))
	if c = talk(t, l, id); c.Unread != 0 || !c.HeardAt.Equal(noon) {
		t.Fatalf("%+v", c)
	}
	opened, err := l.OpenConversation(ctx, device.WhatsApp, anna, "Другое имя")
	must(t, err)
	if diff := cmp.Diff(c, opened); diff != "" {
		t.Fatal(diff)
	}
	sms, err := l.OpenConversation(ctx, device.SMS, anna, "Анна")
	must(t, err)
	if sms.ID == id || sms.Name != "Анна" || sms.Channel != device.SMS || !sms.HeardAt.IsZero() {
		t.Fatalf("%+v", sms)
	}
	must(t, l.KeepPerson(ctx, sms.ID, 5, boris, noon))
	if c = talk(t, l, sms.ID); c.Customer != 5 || c.Phone != anna || !c.LookedUpAt.Equal(noon) {
		t.Fatalf("an SMS conversation is its number's: %+v", c)
	}
	_, err = l.OpenConversation(ctx, device.Chat, anna, "")
	wantKind(t, err, device.Invalid)
	_, err = l.OpenConversation(ctx, device.SMS, "", "")
	wantKind(t, err, device.Invalid)
	_, err = l.Conversation(ctx, 99)
	wantKind(t, err, device.NotFound)
	wantKind(t, l.SeeTalk(ctx, 99), device.NotFound)
	wantKind(t, l.KeepPerson(ctx, 99, 1, "", noon), device.NotFound)
}

// Who is known by an alias alone, by a number alone, or by both, is one person in the end.
func joinsConversations(t *testing.T, l Ledger) {
	ctx := context.Background()
	hear(t, l, whatsApp("1", "", annaLID, "здравствуйте", noon))
	id := pending(t, l)
	if c := talk(t, l, id); c.Phone != "" || c.Alias != annaLID {
		t.Fatalf("%+v", c)
	}
	hear(t, l, whatsApp("2", anna, annaLID, "это я", noon.Add(time.Minute)))
	if c := talk(t, l, pending(t, l)); c.ID != id || c.Phone != anna {
		t.Fatalf("the number of a known alias: %+v", c)
	}
	// Boris was written to by his number before he wrote under an alias.
	row, err := l.OpenConversation(ctx, device.WhatsApp, boris, "")
	must(t, err)
	hear(t, l, whatsApp("3", "", "88@lid", "раз", noon), whatsApp("4", "", "88@lid", "два", noon.Add(time.Second)))
	ids, err := l.PendingTalks(ctx, []gateway.ConversationID{id}, 9)
	must(t, err)
	if len(ids) != 1 || ids[0] == row.ID {
		t.Fatalf("%v", ids)
	}
	gone := ids[0]
	c, h := next(t, l, gone)
	a := Seen(c, h.ID)
	a.Next = []byte(`{"v":1}`)
	a.Marks = []gateway.Mark{{About: "shop", Mark: 5, At: noon}}
	a.Decisions = []gateway.Decision{Text(c, "reply/3", "Ответ", noon)}
	a.Effects = []gateway.Effect{
		{Kind: gateway.EffectHandOver, Key: "call", Value: fmt.Sprintf(`{"conversation":%d,"text":"x"}`, gone), NextAt: noon},
		{Kind: gateway.EffectMark, Key: "mark/7", Order: 7, Value: "yes", NextAt: noon}, // no JSON
	}
	said := answer(t, l, a)[0].MessageID
	before := talk(t, l, gone)
	hear(t, l, whatsApp("5", boris, "88@lid", "три", noon.Add(time.Hour)))
	_, err = l.Conversation(ctx, gone)
	wantKind(t, err, device.NotFound)
	c, h = next(t, l, row.ID)
	if c.Alias != "88@lid" || c.Phone != boris || c.Unread != 3 || string(c.State) != `{"v":1}` || c.Version <= before.Version || h.In.ID != "4" || !c.HeardAt.Equal(noon.Add(time.Hour)) {
		t.Fatalf("%+v, %+v", c, h)
	}
	if m := message(t, l, said); m.Conversation != row.ID {
		t.Fatalf("a message was left behind: %+v", m)
	}
	marks, err := l.Marks(ctx, noon.Add(-time.Hour), false, 9)
	must(t, err)
	if len(marks) != 1 || marks[0].Conversation != row.ID {
		t.Fatalf("%+v", marks)
	}
	e, ok, err := l.DueEffect(ctx, noon, []gateway.EffectKind{gateway.EffectHandOver})
	must(t, err)
	if want := fmt.Sprintf(`{"conversation":%d,"text":"x"}`, row.ID); !ok || e.Value != want {
		t.Fatalf("%s, want %s", e.Value, want)
	}
	// A decision about the row that is gone is made again.
	if _, ok, err := l.Answer(ctx, Seen(before, 0)); err != nil || ok {
		t.Fatalf("an answer to nobody: %v, %v", ok, err)
	}
	// A new number under a known alias is another conversation, which has the alias from then on.
	hear(t, l, whatsApp("6", "+79990000001", "88@lid", "новый номер", noon.Add(2*time.Hour)))
	if c = talk(t, l, row.ID); c.Alias != "" || c.Phone != boris {
		t.Fatalf("%+v", c)
	}
	list, err := l.ConversationsOf(ctx, "+79990000001", 0)
	must(t, err)
	if len(list) != 1 || list[0].Alias != "88@lid" || list[0].ID == row.ID {
		t.Fatalf("%+v", list)
	}
	// And a known number under a new alias is the same one.
	hear(t, l, whatsApp("7", boris, "99@lid", "новый телефон", noon.Add(3*time.Hour)))
	if c = talk(t, l, row.ID); c.Alias != "99@lid" {
		t.Fatalf("%+v", c)
	}
}

func keepsChats(t *testing.T, l Ledger) {
	ctx := context.Background()
	in := inChat("1", "57", "привет", noon)
	hear(t, l, in)
	id := pending(t, l)
	c, h := next(t, l, id)
	want := gateway.Conversation{ID: id, Channel: device.Chat, Alias: "57", Name: "Борис", Chat: in.Chat, HeardAt: noon, Unread: 1}
	if diff := cmp.Diff(want, c); diff != "" {
		t.Fatal(diff)
	}
	if diff := cmp.Diff(in, h.In); diff != "" {
		t.Fatal(diff)
	}
	answer(t, l, Seen(c, h.ID))
	again := inChat("2", "57", "", noon.Add(time.Minute))
	again.Name, again.From, again.Payload, again.Media = "Борис Б.", boris, "order", "image"
	again.Chat = device.ChatFacts{Dialog: 9, Blocked: true, Operator: 21}
	hear(t, l, again)
	c, h = next(t, l, id)
	facts := in.Chat
	facts.Dialog, facts.Blocked, facts.Operator = 9, true, 21
	if diff := cmp.Diff(facts, c.Chat); diff != "" || c.Phone != boris || c.Name != "Борис Б." || h.In.Payload != "order" || h.In.Media != "image" {
		t.Fatalf("%+v %+v\n%s", c, h, diff)
	}
	// Another chat of the same number is another conversation.
	other := inChat("3", "58", "и тут я", noon.Add(2*time.Minute))
	other.From = boris
	hear(t, l, other)
	sms := device.Incoming{Channel: device.SMS, Device: "d", ID: "4", From: boris, Text: "и тут", At: noon.Add(-time.Hour)}
	hear(t, l, sms)
	never, err := l.OpenConversation(ctx, device.WhatsApp, boris, "")
	must(t, err)
	must(t, l.KeepPerson(ctx, id, 6, "", noon))
	must(t, l.KeepPerson(ctx, never.ID, 6, "", noon))
	for name, list := range map[string]func() ([]gateway.Conversation, error){
		"by number": func() ([]gateway.Conversation, error) { return l.ConversationsOf(ctx, boris, 0) },
		"by both":   func() ([]gateway.Conversation, error) { return l.ConversationsOf(ctx, boris, 6) },
	} {
		got, err := list()
		must(t, err)
		if len(got) != 4 || got[0].Alias != "58" || got[1].ID != id || got[2].Channel != device.SMS || got[3].ID != never.ID {
			t.Fatalf("%s: %+v", name, got)
		}
	}
	got, err := l.ConversationsOf(ctx, "", 6)
	must(t, err)
	count(t, "conversations of a card", len(got), 2)
	got, err = l.ConversationsOf(ctx, "", 0)
	must(t, err)
	count(t, "conversations of nobody", len(got), 0)
}

func seesChats(t *testing.T, l Ledger) {
	ctx := context.Background()
	hear(t, l, inChat("1", "57", "привет", noon))
	seen := []gateway.SeenChat{
		{Alias: "57", Phone: anna, Chat: device.ChatFacts{Dialog: 8, Blocked: true}, HeardAt: noon.Add(-time.Hour)},
		{Alias: "58", Name: "Вера", Chat: device.ChatFacts{Messenger: "vk", Account: 4}, HeardAt: noon.Add(-2 * time.Hour)},
		{Alias: "59", Name: "Глеб", Chat: device.ChatFacts{Messenger: "vk", Account: 4}},
		{Name: "никто"},
	}
	for range 2 {
		must(t, l.SeeChats(ctx, seen))
	}
	list, err := l.Strangers(ctx, noon, 9)
	must(t, err)
	if len(list) != 3 || list[0].Alias != "57" || list[1].Alias != "58" || list[2].Alias != "59" || list[1].Unread != 0 {
		t.Fatalf("%+v", list)
	}
	c := list[0]
	if !c.HeardAt.Equal(noon) || !c.Chat.Blocked || c.Phone != anna || c.Name != "Борис" || c.Chat.Messenger != "telegram" || c.Unread != 1 {
		t.Fatalf("%+v", c)
	}
	must(t, l.KeepPerson(ctx, list[0].ID, 6, boris, noon))
	must(t, l.KeepPerson(ctx, list[1].ID, 0, "", noon))
	for before, want := range map[time.Duration]int{0: 1, time.Second: 2} {
		list, err := l.Strangers(ctx, noon.Add(before), 9)
		must(t, err)
		count(t, fmt.Sprintf("strangers not asked for since %s", before), len(list), want)
	}
	if c = talk(t, l, c.ID); c.Phone != boris || c.Customer != 6 {
		t.Fatalf("%+v", c)
	}
	if list, err = l.Strangers(ctx, noon.Add(time.Hour), 1); err != nil || len(list) != 1 || list[0].Alias != "58" {
		t.Fatalf("the last heard of them: %+v, %v", list, err)
	}
	ids, err := l.PendingTalks(ctx, nil, 9)
	must(t, err)
	count(t, "talks that wait", len(ids), 1)
}

func answersNobody(t *testing.T, l Ledger) {
	ctx := context.Background()
	hear(
		t, l,
		device.Incoming{Channel: device.SMS, Device: "d", ID: "1", Alias: "BANK", Text: "код 1234", At: noon},
		device.Incoming{Channel: device.WhatsApp, Device: "d", ID: "2", Text: "?", At: noon},
		device.Incoming{Channel: device.Chat, Device: "d", ID: "3", From: anna, Text: "?", At: noon},
	)
	ids, err := l.PendingTalks(ctx, nil, 9)
	must(t, err)
	list, err := l.Conversations(ctx, gateway.ConversationFilter{})
	must(t, err)
	if len(ids)+len(list) != 0 {
		t.Fatalf("a talk with nobody: %v, %+v", ids, list)
	}
}

func takesOver(t *testing.T, l Ledger) {
	began := time.Now()
	hear(t, l, whatsApp("1", anna, "", "где заказ?", noon))
	id := pending(t, l)
	c, h := next(t, l, id)
	a := Seen(c, h.ID)
	a.Decisions = []gateway.Decision{Text(c, "reply/1", "Готов", began.Add(time.Hour))} // by a clock that is ahead
	kept := answer(t, l, a)
	said := message(t, l, kept[0].MessageID)
	if said.Conversation != id || !said.ByBot {
		t.Fatalf("%+v", said)
	}
	hear(t, l, byHand("2", anna, "сейчас посмотрю", noon.Add(-time.Hour)))
	first := talk(t, l, id)
	if !first.TakenAt.After(said.CreatedAt) || !first.SaidAt.Equal(noon.Add(-time.Hour)) || first.Unread != 0 || first.Name != "Анна Ёлкина" || !first.HeardAt.Equal(noon) {
		t.Fatalf("%+v", first)
	}
	hear(t, l, byHand("3", anna, "готов", noon.Add(-2*time.Hour)))
	second := talk(t, l, id)
	if !second.TakenAt.After(first.TakenAt) || !second.SaidAt.Equal(first.SaidAt) {
		t.Fatalf("%+v", second)
	}
	// What is decided in the knowledge of it leaves.
	a = Seen(second, 0)
	a.Decisions = []gateway.Decision{Text(second, "ask/1", "Оцените", began)}
	if m := message(t, l, answer(t, l, a)[0].MessageID); m.CreatedAt.Before(second.TakenAt) || m.UpdatedAt.Before(m.CreatedAt) {
		t.Fatalf("made at %s, taken at %s", m.CreatedAt, second.TakenAt)
	}
	// A person writes on our page.
	hear(t, l, whatsApp("4", anna, "", "спасибо", noon))
	c = talk(t, l, id)
	a = Seen(c, 0)
	a.Taken = true
	d := Text(c, "said/1", "Ждём вас", began)
	d.Message.ByBot = false
	d.Trace = []gateway.Step{step(gateway.FromPerson, noon, "user", "olga")}
	a.Decisions = []gateway.Decision{d}
	m := message(t, l, answer(t, l, a)[0].MessageID)
	after := talk(t, l, id)
	if !after.TakenAt.After(c.TakenAt) || after.SaidAt.Before(began.Truncate(time.Millisecond)) || after.Unread != 0 || m.CreatedAt.Before(after.TakenAt) {
		t.Fatalf("%+v %+v", after, m)
	}
	// An operator of the CRM is given a chat; what else happens to it takes nothing over.
	hear(t, l, inChat("5", "57", "привет", noon), event("6", "57", device.TalkClosed, noon), event("7", "57", device.TalkReturned, noon), event("8", "57", device.TalkCommand, noon))
	list, err := l.Strangers(context.Background(), noon, 1)
	must(t, err)
	if !list[0].TakenAt.IsZero() || list[0].Name != "Борис" || list[0].Unread != 1 {
		t.Fatalf("%+v", list[0])
	}
	hear(t, l, event("9", "57", device.TalkAssigned, noon.Add(time.Minute)))
	if c = talk(t, l, list[0].ID); c.TakenAt.IsZero() || !c.SaidAt.Equal(noon.Add(time.Minute)) || c.Unread != 1 || !c.HeardAt.Equal(noon) {
		t.Fatalf("%+v", c)
	}
}

func ordersWhatWasHeard(t *testing.T, l Ledger) {
	ctx := context.Background()
	chat := "57"
	hear(t, l, inChat("1", chat, "раз", noon), whatsApp("w", anna, "", "и я", noon), inChat("2", chat, "два", noon), event("3", chat, device.TalkClosed, noon))
	ids, err := l.PendingTalks(ctx, nil, 9)
	must(t, err)
	if len(ids) != 2 || talk(t, l, ids[0]).Alias != chat {
		t.Fatalf("%v", ids)
	}
	one, err := l.PendingTalks(ctx, nil, 1)
	must(t, err)
	rest, err := l.PendingTalks(ctx, one, 9)
	must(t, err)
	if len(one) != 1 || len(rest) != 1 || one[0] != ids[0] || rest[0] != ids[1] {
		t.Fatalf("%v, then %v", one, rest)
	}
	var order []string
	deal := func() bool {
		c, h, ok, err := l.NextHeard(ctx, ids[0])
		must(t, err)
		if ok {
			answer(t, l, Seen(c, h.ID))
			order = append(order, h.In.ID)
		}
		return ok
	}
	deal() // nothing was taken over yet: the oldest
	hear(t, l, event("4", chat, device.TalkAssigned, noon), event("5", chat, device.TalkReturned, noon), inChat("6", chat, "три", noon))
	byOperator := inChat("7", chat, "отвечаю", noon)
	byOperator.FromShop = true
	hear(t, l, byOperator)
	for deal() {
	}
	if diff := cmp.Diff([]string{"1", "3", "4", "5", "7", "2", "6"}, order); diff != "" {
		t.Fatal(diff)
	}
	if id := pending(t, l); id != ids[1] {
		t.Fatalf("%d waits", id)
	}
}
