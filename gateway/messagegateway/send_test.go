package messagegateway_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/messagegateway"
	sim "vestnik/sim/messagegateway"
)

func TestSending(t *testing.T) {
	inBubble(t, func(r *rig) {
		r.connected()
		r.anna.Write("меню")
		r.settle()
		env, err := r.send("1 < 2 & «да»", func(o *device.Outgoing) {
			o.Suggestions = []device.Suggestion{{Title: "Статус", Payload: "status"}, {Title: "Оператор"}}
		})
		if err != nil {
			t.Fatal(err)
		}
		r.settle()
		got := r.anna.Messages()
		if len(got) != 1 || got[0].Text != "1 < 2 & «да»" || len(got[0].Suggestions) != 2 || got[0].Suggestions[0] != (sim.Suggestion{Type: "text", Title: "Статус", Payload: "status"}) {
			t.Fatalf("Anna has %+v", got)
		}
		r.wantProofs("delivered status sent")
		if rc := r.sink.receipts[0]; rc.WireIDs[0] != env.WireID || rc.Channel != device.Chat || rc.Device != env.Device || rc.At.IsZero() {
			t.Errorf("receipt %+v", rc)
		}
		// The same envelope is not sent twice.
		if _, err := r.session.Send(r.Context(), env); err != nil {
			t.Fatal(err)
		}
		if n := len(r.anna.Messages()); n != 1 {
			t.Errorf("Anna has %d messages", n)
		}
		// Our own words are nobody's.
		r.wantWords("меню")
	})
}

func TestSeenAndFailedReceipts(t *testing.T) {
	inBubble(t, func(r *rig) {
		r.channel.Change(func(s *sim.Settings) { s.Status.Read = sim.Send })
		r.connected()
		r.anna.Write("ау")
		r.settle()
		if _, err := r.send("ответ"); err != nil {
			t.Fatal(err)
		}
		r.settle()
		r.anna.Read()
		r.settle()
		r.gw.FailNext(1, "spam_suspicion")
		if _, err := r.send("ещё"); err != nil {
			t.Fatal(err)
		}
		r.settle()
		want := []string{"delivered status sent", "read status seen", "failed spam_suspicion"}
		r.wantProofs(want...)
		// What became of a post while nobody listened.
		r.gw.Deliver(sim.Delivery{After: 10 * time.Minute})
		env, err := r.send("долго")
		if err != nil {
			t.Fatal(err)
		}
		r.settle()
		r.wantProofs(want...)
		r.stop()
		time.Sleep(time.Hour)
		r.start()
		last := r.sink.receipts[len(r.sink.receipts)-1]
		if last.Kind != device.ReceiptDelivered || last.WireIDs[0] != env.WireID {
			t.Errorf("last receipt %+v", last)
		}
	})
}

// The update of a post's status may be quicker than the answer to the POST.
func TestAReceiptBeforeTheAnswer(t *testing.T) {
	inBubble(t, func(r *rig) {
		r.connected()
		r.anna.Write("ау")
		r.settle()
		r.gw.Faults().SlowBy(3 * time.Second)
		if _, err := r.send("ответ"); err != nil {
			t.Fatal(err)
		}
		r.settle()
		r.wantProofs("delivered status sent")
	})
}

func TestANoticeOpensNoDialog(t *testing.T) {
	inBubble(t, func(r *rig) {
		r.connected()
		r.anna.WroteEarlier(time.Now().Add(-time.Hour), "раньше")
		if _, err := r.send("Заказ собран", func(o *device.Outgoing) { o.Notice = true }); err != nil {
			t.Fatal(err)
		}
		r.settle()
		for _, d := range r.gw.Dialogs(r.anna.Chat()) {
			if d.Open {
				t.Error("a dialog was opened")
			}
		}
		r.wantProofs("delivered status sent")
		if _, err := r.send("Чем помочь?"); err != nil {
			t.Fatal(err)
		}
		if d := r.gw.Dialogs(r.anna.Chat()); !d[len(d)-1].Open {
			t.Error("no dialog was opened")
		}
	})
}

func TestRefusedMessages(t *testing.T) {
	inBubble(t, func(r *rig) {
		window := r.gw.AddChannel("instagram", "Лавка")
		vera := r.gw.AddCustomer(window, "77", "Вера")
		r.connected()
		r.anna.Write("ау")
		vera.Write("ау")
		r.settle()
		_, err := r.send(strings.Repeat("ы", 4097))
		wantKind(t, err, device.Invalid, "too_long")
		_, err = r.send(" ")
		wantKind(t, err, device.Invalid, "")
		_, err = r.send("x", func(o *device.Outgoing) { o.Alias = "999999" })
		wantKind(t, err, device.NotFound, "")
		_, err = r.send("x", func(o *device.Outgoing) { o.Alias = "анна" })
		wantKind(t, err, device.Invalid, "")

		r.channel.Switch(false)
		r.settle()
		if ch, ok := r.session.Channel(int64(r.channel.ID())); !ok || ch.Active {
			t.Errorf("channel %+v", ch)
		}
		_, err = r.send("ответ")
		wantKind(t, err, device.Refused, "channel_off")
		r.channel.Switch(true)

		if at := r.sink.last(t).Chat.AnswerUntil; !at.Equal(r.sink.last(t).At.Add(24 * time.Hour)) {
			t.Errorf("answer until %v", at)
		}
		time.Sleep(25 * time.Hour)
		toVera := func(o *device.Outgoing) { o.Alias = itoa(vera.Chat()) }
		if _, err = r.send("поздно", toVera); err != nil {
			t.Fatal(err) // MG takes it, and then it fails
		}
		r.settle()
		r.wantProofs("failed reply_timed_out")
		r.gw.Assume(sim.Unknowns{RefuseLate: true})
		_, err = r.send("поздно", toVera)
		wantKind(t, err, device.Refused, "reply_timed_out")

		r.gw.Faults().Status(429, 1)
		_, err = r.send("быстро")
		wantKind(t, err, device.RateLimited, "429")
		time.Sleep(time.Minute)
		r.gw.Faults().Status(500, 1)
		_, err = r.send("ошибка")
		wantKind(t, err, device.Uncertain, "500")
		r.gw.Faults().HTML(1)
		_, err = r.send("страница")
		wantKind(t, err, device.Uncertain, "502")
	})
}

func TestALostAnswerAndRecall(t *testing.T) {
	inBubble(t, func(r *rig) {
		r.connected()
		r.anna.Write("ау")
		r.settle()
		recall := func(env device.Envelope) (int, int) {
			t.Helper()
			sent, doubtful, err := r.session.Recall(r.Context(), env)
			if err != nil {
				t.Fatal(err)
			}
			return len(sent), doubtful
		}
		never, err := r.session.Prepare(r.Context(), device.Outgoing{Alias: itoa(r.anna.Chat()), Text: "ни разу"})
		if err != nil {
			t.Fatal(err)
		}
		if sent, doubtful := recall(never); sent+doubtful != 0 {
			t.Errorf("never handed over: %d sent, %d doubtful", sent, doubtful)
		}
		// Twice the same words: the first answer is lost, the second message does not leave.
		r.gw.Faults().LosePost(1)
		lost, err := r.send("Ваш код & «чек» 1")
		wantKind(t, err, device.Uncertain, "")
		r.gw.Faults().CutPost(1)
		cut, err := r.send("Ваш код & «чек» 1")
		wantKind(t, err, device.Uncertain, "")
		if sent, doubtful := recall(lost); sent != 0 || doubtful != 1 {
			t.Errorf("at once: %d sent, %d doubtful", sent, doubtful)
		}
		time.Sleep(20 * time.Second)
		if sent, doubtful := recall(lost); sent != 1 || doubtful != 0 {
			t.Errorf("the lost answer: %d sent, %d doubtful", sent, doubtful)
		}
		if sent, doubtful := recall(cut); sent != 0 || doubtful != 0 {
			t.Errorf("the one that was cut: %d sent, %d doubtful", sent, doubtful)
		}
		r.settle()
		r.wantProofs("delivered status sent")
		if r.sink.receipts[0].WireIDs[0] != lost.WireID {
			t.Error("the receipt is another message's")
		}
		r.gw.Faults().Down(true)
		if _, _, err := r.session.Recall(r.Context(), cut); device.KindOf(err) != device.Unavailable {
			t.Errorf("while MG is away: %v", err)
		}
	})
}

func TestRevoking(t *testing.T) {
	inBubble(t, func(r *rig) {
		r.connected()
		r.anna.Write("ау")
		r.settle()
		env, err := r.send("ошибка")
		if err != nil {
			t.Fatal(err)
		}
		if err := r.session.Revoke(r.Context(), env); err != nil {
			t.Fatal(err)
		}
		if got := r.anna.Texts(); len(got) > 0 {
			t.Errorf("Anna has %q", got)
		}
		r.channel.Change(func(s *sim.Settings) { s.Text.Deleting = sim.None })
		r.settle()
		env, err = r.send("ошибка")
		if err != nil {
			t.Fatal(err)
		}
		wantKind(t, r.session.Revoke(r.Context(), env), device.Refused, "")
	})
}

func TestDialogs(t *testing.T) {
	inBubble(t, func(r *rig) {
		r.connected()
		r.anna.Write("ау")
		r.settle()
		chat := r.anna.Chat()
		alias, op := itoa(chat), r.gw.Operator(olga)
		latest := func() sim.Dialog { d := r.gw.Dialogs(chat); return d[len(d)-1] }
		if err := r.session.Assign(r.Context(), alias, int64(op.ID())); err != nil {
			t.Fatal(err)
		}
		if d := latest(); d.ResponsibleID != op.ID() || d.Responsible != "user" {
			t.Errorf("dialog %+v", d)
		}
		r.settle()
		// The dialog that we know is closed and followed by another without our hearing of it.
		r.gw.Faults().LoseEvents(100)
		if err := op.Close(chat); err != nil {
			t.Fatal(err)
		}
		r.anna.Write("и ещё")
		r.gw.Faults().Clear()
		if err := r.session.Assign(r.Context(), alias, int64(r.gw.Operator(igor).ID())); err != nil {
			t.Fatal(err)
		}
		if d := latest(); d.ResponsibleID != r.gw.Operator(igor).ID() || len(r.gw.Dialogs(chat)) != 2 {
			t.Errorf("dialog %+v", d)
		}
		for range 2 { // the second time nobody has it
			if err := r.session.Unassign(r.Context(), alias); err != nil {
				t.Fatal(err)
			}
		}
		if d := latest(); d.Responsible != "" {
			t.Errorf("dialog %+v", d)
		}
		if err := r.session.Private(r.Context(), alias, "Клиент ждёт"); err != nil {
			t.Fatal(err)
		}
		if notes := op.Private(chat); len(notes) != 1 || notes[0].Text != "Клиент ждёт" {
			t.Errorf("notes %+v", notes)
		}
		for range 2 {
			if err := r.session.Close(r.Context(), alias, int64(latest().ID)); err != nil {
				t.Fatal(err)
			}
		}
		if latest().Open {
			t.Error("the dialog goes on")
		}
		if err := r.session.Close(r.Context(), alias, 777777); err != nil {
			t.Errorf("no such dialog: %v", err)
		}
		// None goes on: one is opened.
		if err := r.session.Assign(r.Context(), alias, int64(op.ID())); err != nil {
			t.Fatal(err)
		}
		if d := latest(); !d.Open || d.ResponsibleID != op.ID() {
			t.Errorf("dialog %+v", d)
		}
		wantKind(t, r.session.Assign(r.Context(), alias, 999999), device.NotFound, "404")

		users, err := r.session.ChatUsers(r.Context())
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(users, func(u gateway.ChatUser) bool { return u.ID == int64(op.ID()) })
		if i < 0 || users[i].CRMUser != olga || users[i].Name != op.Name() || users[i].Online != op.Online() {
			t.Errorf("users %+v", users)
		}
	})
}

func TestTheKeyIsRevoked(t *testing.T) {
	inBubble(t, func(r *rig) {
		r.connected()
		if !slices.Equal(r.asked, []bool{false}) {
			t.Errorf("registered %v", r.asked)
		}
		r.stop()
		r.connected()
		if len(r.asked) != 1 {
			t.Errorf("registered %v", r.asked)
		}
		r.gw.Faults().RevokeBotTokens()
		time.Sleep(time.Minute)
		if l := r.session.Link(); l.State != device.LinkConnected || !slices.Equal(r.asked, []bool{false, true}) {
			t.Errorf("link %s, registered %v", l.State, r.asked)
		}
		r.anna.Write("слышно?")
		r.settle()
		r.wantWords("слышно?")
		// Again at once: somebody else uses the module.
		r.gw.Faults().RevokeBotTokens()
		time.Sleep(5 * time.Minute)
		if l := r.session.Link(); l.State != device.LinkNoAccess || len(r.asked) != 2 {
			t.Errorf("link %s, registered %v", l.State, r.asked)
		}
		if err := r.session.Reconnect(r.Context()); err != nil {
			t.Fatal(err)
		}
		r.settle()
		if l := r.session.Link(); l.State != device.LinkConnected || len(r.asked) != 3 {
			t.Errorf("link %s, registered %v", l.State, r.asked)
		}
	})
}

func TestNoChats(t *testing.T) {
	inBubble(t, func(r *rig) {
		r.gw.SwitchOff(true)
		r.start()
		if l := r.session.Link(); l.State != device.LinkNoChats {
			t.Errorf("link %s: %s", l.State, l.Cause)
		}
		_, err := r.session.Prepare(r.Context(), device.Outgoing{Alias: "1", Text: "x"})
		wantKind(t, err, device.Unavailable, "")
		r.gw.SwitchOff(false)
		time.Sleep(11 * time.Minute)
		if l := r.session.Link(); l.State != device.LinkConnected {
			t.Errorf("link %s: %s", l.State, l.Cause)
		}
	})
}

func TestTheAddressIsNotTold(t *testing.T) {
	inBubble(t, func(r *rig) {
		r.gw.HideURL(true)
		r.start()
		if l := r.session.Link(); l.State != device.LinkNoChats || !strings.Contains(l.Cause, "address") {
			t.Errorf("link %s: %s", l.State, l.Cause)
		}
		r.stop()
		r.change = func(o *messagegateway.Options) { o.Endpoint = "http://127.0.0.1/settings?x=1" }
		r.connected()
	})
}

func TestCommandsAreRegisteredOnce(t *testing.T) {
	inBubble(t, func(r *rig) {
		r.connected()
		puts := func() (n int) {
			for _, q := range r.gw.Requests() {
				if q.Method == "PUT" {
					n++
				}
			}
			return n
		}
		if puts() != 2 {
			t.Errorf("%d commands registered", puts())
		}
		r.stop()
		r.connected()
		if puts() != 2 {
			t.Errorf("%d commands registered", puts())
		}
	})
}
