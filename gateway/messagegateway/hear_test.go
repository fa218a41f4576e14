package messagegateway_test

import (
	"slices"
	"testing"
	"time"

	"vestnik/device"
	sim "vestnik/sim/messagegateway"
)

func TestACustomerWrites(t *testing.T) {
	inBubble(t, func(r *rig) {
		r.connected()
		id := r.anna.Write("Где <заказ> & «чек»?")
		r.settle()
		in := r.sink.last(t)
		want := device.Incoming{
			Channel: device.Chat, Device: "127.0.0.1", ID: itoa(id), From: "+79161234567", Alias: itoa(r.anna.Chat()), Name: "Анна Котова",
			Text: "Где <заказ> & «чек»?", At: in.At,
			Chat: device.ChatFacts{Messenger: "telegram", Account: int64(r.channel.ID()), Customer: int64(r.anna.ID()), Dialog: in.Chat.Dialog},
		}
		if in != want || in.At.IsZero() || in.Chat.Dialog == 0 {
			t.Errorf("came %+v, want %+v", in, want)
		}
		r.anna.WriteFile("image")
		r.anna.WriteFile("audio")
		r.settle()
		r.wantWords("Где <заказ> & «чек»?", "image", "audio")
	})
}

func TestTheFirstStartReadsNothingOld(t *testing.T) {
	for name, order := range orders {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(r *rig) {
				r.gw.Assume(sim.Unknowns{Order: order})
				old := time.Now().Add(-40 * 24 * time.Hour)
				for i := range 250 {
					who := r.gw.AddCustomer(r.channel, "old-"+itoa(i), "Кто-то "+itoa(i))
					who.WroteEarlier(old.Add(time.Duration(i)*time.Minute), "давно "+itoa(i))
				}
				r.anna.WroteEarlier(time.Now().Add(-time.Hour), "час назад")
				r.start()
				time.Sleep(time.Minute)
				r.wantWords()
				if n := len(r.sink.seen); n != 251 {
					t.Errorf("%d chats seen, want 251", n)
				}
				if c := r.sink.chat(itoa(r.anna.Chat())); c.Name != "Анна Котова" || c.Phone != "+79161234567" || time.Since(c.HeardAt) > 2*time.Hour || c.Chat.Messenger != "telegram" {
					t.Errorf("Anna's chat %+v", c)
				}
				r.anna.Write("а теперь?")
				r.settle()
				r.wantWords("а теперь?")
				r.stop()
				clear(r.sink.seen)
				r.start()
				r.wantWords("а теперь?")
				if len(r.sink.seen) > 0 {
					t.Error("the chats were read again")
				}
			})
		})
	}
}

var orders = map[string]sim.Order{"newest first": sim.NewestFirst, "oldest first": sim.OldestFirst, "by bound": sim.ByBound}

func TestWhatWasSaidWhileTheSocketWasDown(t *testing.T) {
	for name, order := range orders {
		for _, inclusive := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				inBubble(t, func(r *rig) {
					r.gw.Assume(sim.Unknowns{Order: order, Inclusive: inclusive})
					r.anna.Write("первое")
					r.connected()
					r.anna.Write("второе")
					r.settle()
					r.gw.Faults().Down(true)
					time.Sleep(30 * time.Minute)
					if l := r.session.Link(); l.State != device.LinkUnreachable {
						t.Errorf("link %s", l.State)
					}
					r.anna.Write("третье")
					r.anna.Write("четвёртое")
					time.Sleep(30 * time.Minute)
					r.gw.Faults().Down(false)
					time.Sleep(2 * time.Minute)
					r.wantWords("второе", "третье", "четвёртое")
					r.anna.Write("пятое")
					r.settle()
					r.wantWords("второе", "третье", "четвёртое", "пятое")
				})
			})
		}
	}
}

// A restart is a drop without memory; here more happens than a page holds.
func TestManyMessagesAcrossARestart(t *testing.T) {
	for name, order := range orders {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(r *rig) {
				r.gw.Assume(sim.Unknowns{Order: order, UntilKeepsOrder: order == sim.OldestFirst})
				r.connected()
				r.anna.Write("до")
				r.settle()
				r.stop()
				want := []string{"до"}
				for i := range 450 {
					want = append(want, itoa(i))
					r.anna.Write(itoa(i))
				}
				r.start()
				time.Sleep(time.Minute)
				r.wantWords(want...)
			})
		})
	}
}

func TestTheSameEventTwiceAndOutOfOrder(t *testing.T) {
	inBubble(t, func(r *rig) {
		r.connected()
		r.anna.Write("начало")
		r.settle()
		r.gw.Faults().Twice(10)
		r.anna.Write("дважды")
		r.settle()
		r.wantWords("начало", "дважды")
		r.gw.Faults().Clear()
		// Each message makes a chat_updated too, so swap what two channels say.
		r.gw.Faults().Swap()
		r.anna.Write("раньше")
		r.anna.Write("позже")
		r.settle()
		if got := r.sink.words(); len(got) != 4 || !slices.Contains(got, "раньше") || !slices.Contains(got, "позже") {
			t.Errorf("came %q", got)
		}
		r.gw.Faults().LoseEvents(20)
		r.anna.Write("проглочено")
		r.settle()
		r.gw.Faults().Clear()
		r.gw.Faults().DropSockets()
		time.Sleep(time.Minute)
		if got := r.sink.words(); len(got) != 5 || got[4] != "проглочено" {
			t.Errorf("came %q", got)
		}
	})
}

func TestTheDiskIsFull(t *testing.T) {
	inBubble(t, func(r *rig) {
		r.connected()
		r.sink.refuses(true)
		r.anna.Write("одно")
		time.Sleep(time.Minute)
		r.anna.Write("другое")
		time.Sleep(time.Minute)
		r.wantWords()
		if r.sink.refused < 3 {
			t.Errorf("tried %d times", r.sink.refused)
		}
		r.stop() // nothing of it counts as read
		r.sink.refuses(false)
		r.start()
		r.wantWords("одно", "другое")
	})
}

func TestOperators(t *testing.T) {
	inBubble(t, func(r *rig) {
		r.connected()
		r.anna.Write("позовите человека")
		r.settle()
		chat, op := r.anna.Chat(), r.gw.Operator(olga)
		if err := op.Take(chat); err != nil {
			t.Fatal(err)
		}
		r.settle()
		in := r.sink.last(t)
		if in.Event != device.TalkAssigned || in.Chat.Operator != int64(op.ID()) || in.Alias != itoa(chat) || in.FromShop {
			t.Errorf("assigned %+v", in)
		}
		if _, err := op.Write(chat, "Здравствуйте, я Ольга"); err != nil {
			t.Fatal(err)
		}
		if _, err := op.Command(chat, "/status"); err != nil {
			t.Fatal(err)
		}
		if _, err := op.Note(chat, "сложный клиент"); err != nil {
			t.Fatal(err)
		}
		r.settle()
		if err := op.Close(chat); err != nil {
			t.Fatal(err)
		}
		r.settle()
		want := []string{"позовите человека", "assigned", "shop: Здравствуйте, я Ольга", "command /status", "closed"}
		r.wantWords(want...)
		for _, in := range r.sink.in {
			if in.FromShop && (in.To != "+79161234567" || in.From != "" || in.Chat.Operator != int64(op.ID())) {
				t.Errorf("from the shop %+v", in)
			}
		}
		r.stop()
		r.start() // the list has the system messages of the same events
		r.wantWords(want...)
	})
}

// What happened to a dialog while nobody listened comes by its system messages, under
// the same ids as by the events.
func TestAssignedWhileAway(t *testing.T) {
	inBubble(t, func(r *rig) {
		r.connected()
		r.anna.Write("ау")
		r.settle()
		r.gw.Faults().Down(true)
		chat, op := r.anna.Chat(), r.gw.Operator(olga)
		if err := op.Take(chat); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if err := op.Close(chat); err != nil {
			t.Fatal(err)
		}
		r.gw.Faults().Down(false)
		time.Sleep(2 * time.Minute)
		r.wantWords("ау", "assigned", "closed")
	})
}

func TestACustomerIsBlocked(t *testing.T) {
	inBubble(t, func(r *rig) {
		r.connected()
		r.anna.Write("спам")
		r.settle()
		r.gw.Operator(olga).Ban(r.anna, true)
		r.settle()
		alias := itoa(r.anna.Chat())
		if !r.sink.chat(alias).Chat.Blocked {
			t.Errorf("chat %+v", r.sink.chat(alias))
		}
		_, err := r.send("ответ")
		wantKind(t, err, device.Refused, "access_restricted")
		r.gw.Operator(olga).Ban(r.anna, false)
		r.settle()
		if r.sink.chat(alias).Chat.Blocked {
			t.Errorf("chat %+v", r.sink.chat(alias))
		}
	})
}
