package store_test

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/store"
	"vestnik/store/storetest"
)

// Another CRM account counts its changes and orders from the beginning: none of
// them may look known.
func TestAnotherAccountBeginsAnew(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s, err := store.Open(ctx, store.Options{Path: filepath.Join(t.TempDir(), "vestnik.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	use := func(url string) {
		t.Helper()
		settings := gateway.DefaultSettings()
		settings.RetailCRM.URL, settings.RetailCRM.Key = url, "key"
		if err := s.SaveSettings(ctx, settings, "test"); err != nil {
			t.Fatal(err)
		}
	}
	for round, url := range []string{"https://one.retailcrm.ru", "https://two.retailcrm.ru", "https://three.retailcrm.ru"} {
		use(url)
		cursor, err := s.Cursor(ctx)
		if err != nil || cursor != (gateway.Cursor{}) {
			t.Fatalf("round %d: cursor %+v, %v", round, cursor, err)
		}
		now := time.Now()
		changes := []gateway.StatusChange{{HistoryID: 5, Order: 1, To: "ready", At: now}, {HistoryID: 9, Order: 2, To: "ready", At: now}}
		if n, err := s.SaveChanges(ctx, changes, gateway.Cursor{SinceID: 9}); err != nil || n != 2 {
			t.Fatalf("round %d: %d new changes, %v", round, n, err)
		}
		kept, err := s.Decide(ctx, 5, []gateway.Decision{{
			HistoryID: 5, Verdict: gateway.Send, Reason: gateway.InQueue, Order: 1, At: now,
			Message: &gateway.Message{
				DedupeKey: "rule/1/order/1", To: "+79123456789", Purpose: gateway.ForOrder, Text: "готов", State: gateway.Queued,
				Channels: []device.Channel{device.SMS}, Channel: device.SMS, Order: 1, NotBefore: now, CreatedAt: now, UpdatedAt: now,
			},
		}})
		if err != nil || kept[0].Verdict != gateway.Send {
			t.Fatalf("round %d: %+v, %v", round, kept, err)
		}
	}
	rows, _, err := s.Decisions(ctx, gateway.DecisionFilter{})
	if err != nil || len(rows) != 3 {
		t.Fatalf("%d decisions, %v", len(rows), err)
	}
}

// The chats, customers and orders of another account have the same small numbers and are
// others.
func TestAnotherAccountHasOtherChats(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s := open(t)
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	settings := gateway.DefaultSettings()
	settings.RetailCRM.URL = "https://one.retailcrm.ru"
	check(s.SaveSettings(ctx, settings, "test"))
	now := time.Now()
	hear := func(id, chat string) gateway.ConversationID {
		t.Helper()
		_, err := s.SaveIncoming(ctx, device.Incoming{Channel: device.Chat, Device: "mg", ID: id, Alias: chat, Name: "Борис", Text: "привет", At: now, Chat: device.ChatFacts{Account: 3, Dialog: 8}}, nil)
		check(err)
		list, err := s.Strangers(ctx, now.Add(time.Hour), 1)
		check(err)
		return list[0].ID
	}
	former := hear("1", "57")
	c, err := s.Conversation(ctx, former)
	check(err)
	a := storetest.Seen(c, 0)
	a.Next = []byte(`{"v":1,"mode":"human","question":{"kind":"which","orders":[1]},"asked":[1]}`)
	a.Decisions = []gateway.Decision{
		storetest.Text(c, "reply/1", "Готов", now), storetest.Text(c, "ask/1/1", "Как вам заказ?", now), storetest.Text(c, "operator/9", "Это Ольга", now),
	}
	a.Decisions[0].Message.Customer = 6
	a.Marks = []gateway.Mark{{Order: 1, OrderNumber: "1A", Customer: 6, About: "shop", Mark: 5, At: now}}
	a.Effects = []gateway.Effect{{Kind: gateway.EffectFields, Key: "fields/1/shop_mark", Order: 1, Value: `{}`, NextAt: now}}
	a.Asked, a.AskedState = 1, gateway.AskDone
	kept, ok, err := s.Answer(ctx, a)
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	check(s.KeepPerson(ctx, former, 6, "+79123456789", now))
	check(s.SaveChatState(ctx, "cursor", "901"))
	check(s.SaveChatSecret(ctx, "bot_key", "key"))
	check(s.KeepPost(ctx, "c1", "57", now))
	_, err = s.QueueAsks(ctx, []string{"ready"}, 0)
	check(err)

	settings.RetailCRM.URL = "https://two.retailcrm.ru"
	check(s.SaveSettings(ctx, settings, "test"))
	c, err = s.Conversation(ctx, former)
	check(err)
	if c.Customer != 0 || !c.LookedUpAt.IsZero() || c.Alias == "57" || !c.Chat.Blocked || c.Chat.Account != 0 || string(c.State) != `{"v":1,"mode":"human"}` || c.Version != 2 {
		t.Errorf("%+v", c)
	}
	m, err := s.Message(ctx, kept[0].MessageID)
	if check(err); m.Alias == "57" || m.Customer != 0 {
		t.Errorf("a message finds another account's chat: %+v", m)
	}
	if now := hear("2", "57"); now == former {
		t.Error("another account's chat has the same number and is not new")
	}
	marks, err := s.Marks(ctx, now.Add(-time.Hour), false, 9)
	if check(err); len(marks) != 1 || marks[0].Order != 0 || marks[0].Customer != 0 || marks[0].OrderNumber != "1A" {
		t.Errorf("%+v", marks)
	}
	state, err := s.ChatState(ctx, "cursor")
	check(err)
	key, err := s.ChatSecret(ctx, "bot_key")
	check(err)
	_, _, _, posted, err := s.Post(ctx, "c1")
	check(err)
	if state != "" || key != "" || posted {
		t.Errorf("left of the former account's chats: %q, %q, %v", state, key, posted)
	}
	// Order 1 is another one now, and its customer is asked. The history begins anew.
	if n, err := s.QueueAsks(ctx, []string{"ready"}, 0); err != nil || n != 0 {
		t.Fatal(n, err)
	}
	_, err = s.SaveChanges(ctx, []gateway.StatusChange{{HistoryID: 5, Order: 1, To: "ready", At: now}}, gateway.Cursor{SinceID: 5})
	check(err)
	if n, err := s.QueueAsks(ctx, []string{"ready"}, 0); err != nil || n != 1 {
		t.Errorf("%d questions queued, %v", n, err)
	}
	a = storetest.Seen(c, 0)
	a.Effects = []gateway.Effect{{Kind: gateway.EffectFields, Key: "fields/1/shop_mark", Order: 1, Value: `{}`, NextAt: now}}
	a.Decisions = []gateway.Decision{storetest.Text(c, "ask/1/1", "Как вам другой заказ?", now), storetest.Text(c, "operator/9", "Это Пётр", now)}
	kept, ok, err = s.Answer(ctx, a)
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	for _, d := range kept {
		if m, err := s.Message(ctx, d.MessageID); err != nil || m.Text != d.Message.Text {
			t.Errorf("%q counts as said: %q, %v", d.Message.Text, m.Text, err)
		}
	}
	if e, ok, err := s.DueEffect(ctx, now, []gateway.EffectKind{gateway.EffectFields}); err != nil || !ok || e.Key != "fields/1/shop_mark" {
		t.Errorf("the field of another order counts as written: %+v, %v", e, err)
	}
}

// What a round learnt from the helpdesk's former account is not kept beside the new one's, and an
// account that was taken out of the settings for a while is known again.
func TestARoundAtTheFormerHelpdesk(t *testing.T) {
	t.Parallel()
	s := open(t)
	settings := gateway.DefaultSettings()
	save := func(url string) {
		t.Helper()
		settings.Helpdesk.URL = url
		if err := s.SaveSettings(t.Context(), settings, "olga"); err != nil {
			t.Fatal(err)
		}
	}
	const one, two = "https://one.helpdeskeddy.com", "https://two.helpdeskeddy.com"
	there := func() bool {
		t.Helper()
		_, err := s.Ticket(t.Context(), 1)
		if err != nil && device.KindOf(err) != device.NotFound {
			t.Fatal(err)
		}
		return err == nil
	}
	save(one)
	now := time.Now()
	at := gateway.AtHelpdesk(t.Context(), one+"/")
	ticket := storetest.Ticket(1)
	if _, err := s.SeeTickets(at, []gateway.Ticket{ticket}, "a", now); err != nil || !there() {
		t.Fatal(err)
	}
	work, err := s.Ticket(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	save(two)
	if _, err := s.SeeTickets(at, []gateway.Ticket{ticket}, "b", now); !errors.Is(err, gateway.ErrOtherHelpdesk) || device.KindOf(err) != device.Conflict {
		t.Error(err)
	}
	if err := s.KeepTicket(at, work, nil, nil); !errors.Is(err, gateway.ErrOtherHelpdesk) {
		t.Error(err)
	}
	if cursor, err := s.TicketCursor(t.Context()); err != nil || cursor != "" || there() {
		t.Errorf("%q %v", cursor, err)
	}
	at = gateway.AtHelpdesk(t.Context(), two)
	if _, err := s.SeeTickets(at, []gateway.Ticket{ticket}, "c", now); err != nil || !there() {
		t.Fatal(err)
	}
	save("")
	save(two)
	if !there() {
		t.Error("the same account was forgotten")
	}
	save("")
	save(one)
	if there() {
		t.Error("a ticket of another account")
	}
}
