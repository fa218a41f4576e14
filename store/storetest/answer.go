package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vestnik/device"
	"vestnik/gateway"
)

func answersByCompareAndSet(t *testing.T, l Ledger) {
	ctx := context.Background()
	hear(t, l, whatsApp("1", anna, "", "раз", noon), whatsApp("2", boris, "", "два", noon))
	ids, err := l.PendingTalks(ctx, nil, 9)
	must(t, err)
	c, h := next(t, l, ids[0])
	_, foreign := next(t, l, ids[1])
	full := func(change func(*gateway.Answered)) gateway.Answered {
		a := Seen(c, h.ID)
		a.Decisions = []gateway.Decision{Text(c, "reply/1", "Ответ", noon)}
		a.Effects = []gateway.Effect{{Kind: gateway.EffectNote, Key: "note/1", Value: `{}`, NextAt: noon}}
		a.Marks = []gateway.Mark{{Order: 7, About: "shop", Mark: 5, At: noon}}
		a.Asked, a.AskedState = 7, gateway.AskDone
		if change != nil {
			change(&a)
		}
		return a
	}
	refused := func(name string, a gateway.Answered) {
		t.Helper()
		kept, ok, err := l.Answer(ctx, a)
		must(t, err)
		if ok || len(kept) != 0 {
			t.Fatalf("%s: kept %+v", name, kept)
		}
		marks, err := l.Marks(ctx, noon.Add(-time.Hour), false, 9)
		must(t, err)
		_, due, err := l.DueEffect(ctx, noon, []gateway.EffectKind{gateway.EffectNote})
		must(t, err)
		list, _, err := l.Messages(ctx, gateway.MessageFilter{})
		must(t, err)
		if len(marks) > 0 || due || len(list) > 0 || talk(t, l, c.ID).Version != c.Version {
			t.Fatalf("%s left something: %+v, %v, %+v", name, marks, due, list)
		}
	}
	refused("another version", full(func(a *gateway.Answered) { a.Version++ }))
	refused("another taking over", full(func(a *gateway.Answered) { a.TakenAt = noon }))
	refused("another conversation's words", full(func(a *gateway.Answered) { a.Heard = foreign.ID }))
	refused("words that nobody heard", full(func(a *gateway.Answered) { a.Heard = 99 }))
	refused("no such conversation", full(func(a *gateway.Answered) { a.Conversation = 99 }))
	refused("an adopted question that changed", full(func(a *gateway.Answered) { a.Adopted, a.AdoptedFrom = ids[1], 7 }))
	_, _, err = l.Answer(ctx, full(func(a *gateway.Answered) { a.Marks[0].Mark = 6 }))
	wantKind(t, err, device.Internal)
	refused("after an error", full(func(a *gateway.Answered) { a.Version++ }))

	answer(t, l, full(nil))
	if _, ok, err := l.Answer(ctx, full(func(a *gateway.Answered) { a.Version++ })); err != nil || ok {
		t.Fatalf("the same words were answered twice: %v", err)
	}
	// Somebody writes while the next decision is made.
	hear(t, l, whatsApp("3", anna, "", "три", noon))
	c, h = next(t, l, ids[0])
	hear(t, l, byHand("4", anna, "я отвечу", noon))
	if _, ok, err := l.Answer(ctx, Seen(c, h.ID)); err != nil || ok {
		t.Fatalf("answered over a person's words: %v", err)
	}
	if _, h = next(t, l, ids[0]); h.In.ID != "4" || !h.In.FromShop || h.In.To != anna || h.In.From != shopPhone {
		t.Fatalf("%+v", h)
	}
}

func keepsAnswers(t *testing.T, l Ledger) {
	ctx := context.Background()
	hear(t, l, inChat("1", "57", "сделайте скидку", noon), whatsApp("2", anna, "", "5", noon))
	ids, err := l.PendingTalks(ctx, nil, 9)
	must(t, err)
	other, _ := next(t, l, ids[1])
	a := Seen(other, 0)
	a.Next, a.MarkUntil = []byte(`{"mark":{"order":7}}`), noon.Add(time.Hour)
	answer(t, l, a)
	other = talk(t, l, other.ID)

	c, h := next(t, l, ids[0])
	yes := true
	a = gateway.Answered{
		Conversation: c.ID, Version: c.Version, TakenAt: c.TakenAt, Heard: h.ID,
		Why: "not_understood", Args: gateway.Args{"phrase": "сделайте скидку"}, Phrase: "сделать скидка",
		Next: []byte(`{"v":1,"mode":"human"}`), SilentUntil: noon.Add(4 * time.Hour), SilentWhy: "lost",
		CalledAt: noon.Add(time.Second), CalledWhy: "lost", OwedUntil: noon.Add(time.Hour), MarkUntil: noon.Add(2 * time.Hour), OptOut: &yes,
		Adopted: other.ID, AdoptedState: []byte(`{"v":1}`), AdoptedFrom: other.Version,
	}
	d := Text(c, "reply/1", "Зову сотрудника", noon)
	d.Message.Suggestions = []device.Suggestion{{Title: "Да", Payload: "yes"}, {Title: "Нет"}}
	d.Message.Customer = 6
	elsewhere := Text(other, "reply/2", "По WhatsApp", noon)
	a.Decisions = []gateway.Decision{d, d, elsewhere}
	kept := answer(t, l, a)
	if len(kept) != 3 || kept[1].Reason != gateway.AlreadySent || kept[1].MessageID != kept[0].MessageID {
		t.Fatalf("%+v", kept)
	}
	want := *d.Message
	want.ID, want.Conversation, want.UpdatedAt = kept[0].MessageID, c.ID, noon
	if diff := cmp.Diff(want, message(t, l, want.ID)); diff != "" {
		t.Fatal(diff)
	}
	if m := message(t, l, kept[2].MessageID); m.Conversation != 0 {
		t.Fatalf("a message by another channel belongs to conversation %d", m.Conversation)
	}
	got := talk(t, l, c.ID)
	wantTalk := c
	wantTalk.Version, wantTalk.State = c.Version+1, a.Next
	wantTalk.SilentUntil, wantTalk.SilentWhy, wantTalk.CalledAt, wantTalk.CalledWhy = a.SilentUntil, a.SilentWhy, a.CalledAt, a.CalledWhy
	wantTalk.OwedUntil, wantTalk.MarkUntil, wantTalk.OptedOutAt = a.OwedUntil, a.MarkUntil, got.OptedOutAt
	if diff := cmp.Diff(wantTalk, got); diff != "" || got.OptedOutAt.IsZero() || !got.Waits() {
		t.Fatal(diff)
	}
	if left := talk(t, l, other.ID); string(left.State) != `{"v":1}` || !left.MarkUntil.IsZero() || left.Version != other.Version+1 {
		t.Fatalf("%+v", left)
	}
	owed, err := l.OwedTalks(ctx, noon, 9)
	must(t, err)
	late, err := l.OwedTalks(ctx, noon.Add(2*time.Hour), 9)
	must(t, err)
	if len(owed) != 1 || owed[0] != c.ID || len(late) != 0 {
		t.Fatalf("%v, later %v", owed, late)
	}
	lines, err := l.TalkLines(ctx, c.ID, 9)
	must(t, err)
	if heard := lines[len(lines)-1]; len(lines) != 2 || heard.Why != a.Why || heard.Args["phrase"] != "сделайте скидку" {
		t.Fatalf("%+v", lines)
	}
	// The next one changes what it says, and only that.
	no := false
	for _, out := range []*bool{nil, &yes, &no} {
		now := talk(t, l, c.ID)
		a := Seen(now, 0)
		a.OptOut = out
		answer(t, l, a)
		after := talk(t, l, c.ID)
		if same := after.OptedOutAt.Equal(now.OptedOutAt); same != (out != &no) {
			t.Fatalf("opted out at %s, before at %s", after.OptedOutAt, now.OptedOutAt)
		}
		if out == nil && (after.Waits() || !after.SilentUntil.IsZero() || after.SilentWhy != "" || !after.OwedUntil.IsZero() || !after.MarkUntil.IsZero()) {
			t.Fatalf("%+v", after)
		}
	}
}

func keepsMarks(t *testing.T, l Ledger) {
	ctx := context.Background()
	hear(t, l, whatsApp("1", anna, "", "5", noon), whatsApp("2", boris, "", "4", noon))
	ids, err := l.PendingTalks(ctx, nil, 9)
	must(t, err)
	give := func(id gateway.ConversationID, marks ...gateway.Mark) {
		t.Helper()
		a := Seen(talk(t, l, id), 0)
		a.Marks = marks
		answer(t, l, a)
	}
	mark := func(order gateway.OrderID, about string, n int, minute int) gateway.Mark {
		return gateway.Mark{Order: order, OrderNumber: "10482A", Customer: 5, Name: "Анна", About: about, Mark: n, Courier: "Пётр", At: noon.Add(time.Duration(minute) * time.Minute)}
	}
	all := func(low bool) []gateway.Mark {
		t.Helper()
		list, err := l.Marks(ctx, noon, low, 9)
		must(t, err)
		return list
	}
	give(ids[0], mark(7, "shop", 2, 0), mark(7, "courier", 5, 0))
	give(ids[0], mark(7, "shop", 5, 1)) // a second one without a word of correction
	if list := all(true); len(list) != 1 || list[0].Mark != 2 || list[0].Conversation != ids[0] || list[0].OrderNumber != "10482A" || list[0].Customer != 5 {
		t.Fatalf("%+v", list)
	}
	fixed := mark(7, "shop", 3, 2)
	fixed.Corrects = true
	comment := mark(7, "", 0, 3)
	comment.CommentOnly, comment.Comment = true, "долго"
	give(ids[0], fixed, comment)
	comment.Comment = "и холодно"
	give(ids[0], comment)
	list := all(false)
	if len(list) != 2 || list[0].Mark != 3 || list[0].Comment != "долго\nи холодно" || list[1].Comment != "долго\nи холодно" || !list[0].At.Equal(noon.Add(2*time.Minute)) {
		t.Fatalf("%+v", list)
	}
	// Without an order each counts, unless it corrects the one before by the same customer.
	give(ids[1], mark(0, "shop", 4, 5))
	give(ids[1], mark(0, "shop", 5, 6))
	fixed = mark(0, "shop", 1, 7)
	fixed.Corrects = true
	comment = gateway.Mark{CommentOnly: true, Comment: "передумал"}
	give(ids[1], fixed, comment)
	list = all(false)
	if len(list) != 4 || list[0].Mark != 1 || list[0].Comment != "передумал" || list[1].Mark != 4 || list[1].Comment != "" || list[0].Order != 0 {
		t.Fatalf("%+v", list)
	}
	count(t, "low marks", len(all(true)), 2)
	tables, err := l.MarkTables(ctx, noon)
	must(t, err)
	want := []gateway.MarkTable{
		{About: "shop", Counts: [6]int{1: 1, 3: 1, 4: 1}, LastAt: noon.Add(7 * time.Minute)},
		{About: "courier", Courier: "Пётр", Counts: [6]int{5: 1}, LastAt: noon},
	}
	if diff := cmp.Diff(want, tables); diff != "" {
		t.Fatal(diff)
	}
}

func asksForMarks(t *testing.T, l Ledger) {
	ctx := context.Background()
	queue := func(want int, statuses ...string) {
		t.Helper()
		n, err := l.QueueAsks(ctx, statuses, 2*time.Hour)
		must(t, err)
		count(t, "questions queued", n, want)
	}
	reach := func(ids ...int64) {
		t.Helper()
		_, err := l.SaveChanges(ctx, changes(ids...), gateway.Cursor{SinceID: ids[len(ids)-1]})
		must(t, err)
	}
	reach(1, 2)
	queue(0, "ready") // the first time only the end is noted
	queue(0, "ready")
	if _, ok, err := l.NextAskAt(ctx); err != nil || ok {
		t.Fatalf("a question without an order: %v", err)
	}
	reach(3, 4)
	queue(0, "delivered") // other statuses pass by
	queue(0, "ready")
	reach(5, 6)
	twice := changes(7)
	twice[0].Order = 10_005
	_, err := l.SaveChanges(ctx, twice, gateway.Cursor{SinceID: 7})
	must(t, err)
	queue(2, "delivered", "ready")
	queue(0, "ready")
	at, ok, err := l.NextAskAt(ctx)
	must(t, err)
	if want := noon.Add(5*time.Second + 2*time.Hour); !ok || !at.Equal(want) {
		t.Fatalf("%v, want %v", at, want)
	}
	due, err := l.DueAsks(ctx, at, 9)
	must(t, err)
	want := []gateway.Ask{{Order: 10_005, At: noon.Add(5 * time.Second), DueAt: at, State: gateway.AskWaits}}
	if diff := cmp.Diff(want, due); diff != "" {
		t.Fatal(diff)
	}
	// One is put off, the other asked in an answer.
	put := due[0]
	put.DueAt, put.Tries, put.Why, put.Customer = at.Add(time.Hour), 1, "crm_away", 5
	must(t, l.SettleAsk(ctx, put))
	hear(t, l, whatsApp("1", anna, "", "5", noon))
	id := pending(t, l)
	asked := func(order gateway.OrderID, state gateway.AskState, again time.Time) {
		t.Helper()
		a := Seen(talk(t, l, id), 0)
		a.Why, a.Asked, a.AskedState, a.AskAgainAt = "not_calm", order, state, again
		answer(t, l, a)
	}
	asked(10_006, gateway.AskWaits, at.Add(2*time.Hour))
	due, err = l.DueAsks(ctx, at.Add(3*time.Hour), 9)
	must(t, err)
	if len(due) != 2 || due[0] != put || due[1].Order != 10_006 || due[1].Tries != 1 || due[1].Why != "not_calm" || !due[1].DueAt.Equal(at.Add(2*time.Hour)) {
		t.Fatalf("%+v", due)
	}
	put.State = gateway.AskNever
	must(t, l.SettleAsk(ctx, put))
	asked(10_006, gateway.AskDone, time.Time{})
	asked(10_008, gateway.AskDone, time.Time{}) // by hand, before the order reached its status
	reach(8)
	queue(0, "ready")
	if _, ok, err := l.NextAskAt(ctx); err != nil || ok {
		t.Fatalf("something is left to ask: %v", err)
	}
	wantKind(t, l.SettleAsk(ctx, gateway.Ask{Order: 99, State: gateway.AskDone}), device.NotFound)
}
