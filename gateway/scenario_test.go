package gateway_test

import (
	"context"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

const ready = "Заказ 10482 готов."

func TestOneStatusOneMessageOneMark(t *testing.T) {
	t.Parallel()
	open(t, nil, func(s *shop) {
		s.rule(nil)
		s.pass(time.Minute)
		s.crm.reach(1, "ready")
		s.pass(2 * time.Minute)
		s.crm.reach(1, "sent")
		s.crm.reach(1, "ready") // once per order
		s.pass(2 * time.Minute)
		s.wants("Anna's WhatsApp", s.wa.texts(anna), []string{ready})
		s.wants("Anna's SMS", s.sms.texts(anna), nil)
		s.stateIs(gateway.Delivered)
		if marks := s.crm.marks[1]; len(marks) != 1 || !marks[0] {
			t.Errorf("marks %v", marks)
		}
		if len(s.wa.asked) != 1 {
			t.Errorf("asked the directory %d times", len(s.wa.asked))
		}
	})
}

func TestNotOnWhatsAppGoesBySMS(t *testing.T) {
	t.Parallel()
	open(t, func(s *shop) { delete(s.wa.members, anna) }, func(s *shop) {
		s.rule(nil)
		s.crm.reach(1, "ready")
		s.pass(2 * time.Minute)
		s.wants("Anna's SMS", s.sms.texts(anna), []string{ready})
		s.wants("Anna's WhatsApp", s.wa.texts(anna), nil)
		if marks := s.crm.marks[1]; len(marks) != 1 || marks[0] {
			t.Errorf("marks %v", marks)
		}
	})
}

func TestNotOnWhatsAppWaitsForTheModem(t *testing.T) {
	t.Parallel()
	open(t, func(s *shop) { delete(s.wa.members, anna); s.sms.link.State = device.LinkAbsent }, func(s *shop) {
		s.rule(nil)
		s.crm.reach(1, "ready")
		s.pass(3 * time.Hour)
		s.stateIs(gateway.Queued)
		s.sms.setLink(device.LinkConnected)
		s.pass(time.Minute)
		s.wants("Anna's SMS", s.sms.texts(anna), []string{ready})
	})
}

func TestHeldOutsideHours(t *testing.T) {
	t.Parallel()
	open(t, nil, func(s *shop) {
		s.rule(nil)
		s.pass(10 * time.Hour) // 22:00 in Moscow
		s.crm.reach(1, "ready")
		s.pass(time.Hour)
		s.wants("at night", s.wa.texts(anna), nil)
		s.stateIs(gateway.Held)
		s.pass(10*time.Hour - time.Second) // 08:59:59
		s.wants("a second before nine", s.wa.texts(anna), nil)
		s.pass(2 * time.Second)
		s.wants("after nine", s.wa.texts(anna), []string{ready})
	})
}

func TestExpiresWhileTheLinkIsDown(t *testing.T) {
	t.Parallel()
	open(t, func(s *shop) { s.wa.link.State, s.sms.link.State = device.LinkUnreachable, device.LinkAbsent }, func(s *shop) {
		s.rule(func(r *gateway.Rule) { r.ExpiresAfter = 2 * time.Hour })
		s.crm.reach(1, "ready")
		s.pass(3 * time.Hour)
		s.stateIs(gateway.Expired)
		s.wa.setLink(device.LinkConnected)
		s.pass(time.Hour)
		s.wants("nothing stale", s.wa.texts(anna), nil)
	})
}

func TestSessionDownGoesBySMSAfterThePatience(t *testing.T) {
	t.Parallel()
	open(t, func(s *shop) { s.wa.link.State = device.LinkUnreachable }, func(s *shop) {
		s.rule(nil)
		s.crm.reach(1, "ready")
		s.pass(25 * time.Minute)
		s.wants("still patient", s.sms.texts(anna), nil)
		s.pass(10 * time.Minute)
		s.wants("Anna's SMS", s.sms.texts(anna), []string{ready})
	})
}

func TestUnlinkedPhoneGoesBySMSAtOnce(t *testing.T) {
	t.Parallel()
	open(t, func(s *shop) { s.wa.link.State = device.LinkUnlinked }, func(s *shop) {
		s.rule(nil)
		s.crm.reach(1, "ready")
		s.pass(time.Minute)
		s.wants("Anna's SMS", s.sms.texts(anna), []string{ready})
	})
}

func TestWaitsForWhicheverRadioComesBack(t *testing.T) {
	t.Parallel()
	open(t, func(s *shop) { s.wa.link.State, s.sms.link.State = device.LinkUnpaired, device.LinkAbsent }, func(s *shop) {
		s.rule(nil)
		s.crm.reach(1, "ready")
		s.pass(10 * time.Minute)
		s.wa.setLink(device.LinkConnected)
		s.pass(time.Minute)
		s.wants("Anna's WhatsApp", s.wa.texts(anna), []string{ready})
		s.wants("Anna's SMS", s.sms.texts(anna), nil)
	})
}

func TestNoReceiptRevokesAndGoesBySMS(t *testing.T) {
	t.Parallel()
	open(t, func(s *shop) { s.wa.deaf = true }, func(s *shop) {
		s.rule(nil)
		s.crm.reach(1, "ready")
		s.pass(25 * time.Minute)
		s.stateIs(gateway.Accepted)
		s.wants("not yet", s.sms.texts(anna), nil)
		s.pass(10 * time.Minute)
		s.wants("the WhatsApp copy is gone", s.wa.texts(anna), nil)
		s.wants("Anna's SMS", s.sms.texts(anna), []string{ready})
		s.wa.report("whatsapp-1", device.ReceiptDelivered) // too late
		s.pass(time.Minute)
		s.stateIs(gateway.Delivered)
		s.wants("still one SMS", s.sms.texts(anna), []string{ready})
	})
}

func TestUncertainWhatsAppSendsTheSameIDAgain(t *testing.T) {
	t.Parallel()
	open(t, func(s *shop) { s.wa.swallow, s.wa.deaf = true, true }, func(s *shop) {
		s.rule(nil)
		s.crm.reach(1, "ready")
		s.pass(30 * time.Second)
		s.stateIs(gateway.UnknownState)
		s.pass(2 * time.Minute)
		s.wants("shown once", s.wa.texts(anna), []string{ready})
		if len(s.wa.sentAt) != 2 || s.wa.n != 1 {
			t.Errorf("%d sends of %d ids\n%s", len(s.wa.sentAt), s.wa.n, s.story())
		}
	})
}

// The ledger keeps milliseconds, a link's time has nanoseconds: the resend must not
// slip by a look that comes a fraction too early.
func TestResendComesOnTimeAfterALogin(t *testing.T) {
	t.Parallel()
	open(t, func(s *shop) { s.wa.swallow, s.wa.deaf = true, true }, func(s *shop) {
		s.rule(nil)
		s.crm.reach(1, "ready")
		s.pass(30*time.Second + 999_333*time.Nanosecond)
		s.wa.setLink(device.LinkConnecting)
		s.wa.setLink(device.LinkConnected)
		s.pass(62 * time.Second)
		if len(s.wa.sentAt) != 2 {
			t.Errorf("%d sends a minute after the login\n%s", len(s.wa.sentAt), s.story())
		}
	})
}

func TestAFailedResendIsNoProof(t *testing.T) {
	t.Parallel()
	for _, kind := range []device.Kind{device.Unavailable, device.Conflict, device.Refused} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			open(t, func(s *shop) {
				s.wa.swallow, s.wa.deaf = true, true
				s.wa.answers = []error{nil, device.Errorf(kind, "send", "no")}
			}, func(s *shop) {
				s.rule(func(r *gateway.Rule) { r.FallbackAfter = 0 })
				s.crm.reach(1, "ready")
				s.pass(20 * time.Hour)
				s.wants("shown once", s.wa.texts(anna), []string{ready})
				s.wants("never by SMS as well", s.sms.texts(anna), nil)
				if s.wa.n != 1 {
					t.Errorf("%d ids\n%s", s.wa.n, s.story())
				}
			})
		})
	}
}

// A person is told that it goes out under the same id: also when tries in between did
// not leave, the first of them may have.
func TestSentAgainAfterAFailedTryIsStillTheSameID(t *testing.T) {
	t.Parallel()
	no := func(kind device.Kind) error { return device.Errorf(kind, "send", "no") }
	for name, answers := range map[string][]error{
		"the resend was refused":      {nil, no(device.Refused)},
		"it could not leave at first": {nil, no(device.Conflict), no(device.Unavailable)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			open(t, func(s *shop) { s.wa.swallow, s.wa.deaf, s.wa.answers = true, true, answers }, func(s *shop) {
				s.rule(func(r *gateway.Rule) { r.FallbackAfter = 0 })
				s.crm.reach(1, "ready")
				s.pass(2 * time.Hour)
				s.stateIs(gateway.UnknownState)
				if err := s.desk.SendAgain(context.Background(), s.only().ID, "olga"); err != nil {
					t.Fatal(err)
				}
				s.pass(2 * time.Hour)
				s.wants("shown once", s.wa.texts(anna), []string{ready})
				if s.wa.n != 1 {
					t.Errorf("%d ids\n%s", s.wa.n, s.story())
				}
				s.stateIs(gateway.Accepted)
			})
		})
	}
}

func TestUncertainSMSIsNeverSentAgainByItself(t *testing.T) {
	t.Parallel()
	open(t, func(s *shop) { delete(s.wa.members, anna); s.sms.swallow, s.sms.deaf = true, true }, func(s *shop) {
		s.rule(nil)
		s.crm.reach(1, "ready")
		s.pass(24 * time.Hour)
		s.stateIs(gateway.UnknownState)
		s.wants("once", s.sms.texts(anna), []string{ready})
		if len(s.sms.sentAt) != 1 {
			t.Errorf("%d sends", len(s.sms.sentAt))
		}
		if m := s.only(); m.Reason != gateway.AskPerson || !m.ResolveAt.IsZero() {
			t.Errorf("%s, resolve at %s", m.Reason, m.ResolveAt)
		}
		s.sms.report("sms-1", device.ReceiptDelivered) // evidence corrects the record
		s.pass(time.Second)
		s.stateIs(gateway.Delivered)
	})
}

func TestRefusalGoesToTheNextChannel(t *testing.T) {
	t.Parallel()
	for _, kind := range []device.Kind{device.Refused, device.NotFound, device.Locked} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			open(t, func(s *shop) { s.wa.answers = []error{&device.Error{Kind: kind, Op: "send", Code: "463"}} }, func(s *shop) {
				s.rule(nil)
				s.crm.reach(1, "ready")
				s.pass(2 * time.Minute)
				s.wants("Anna's SMS", s.sms.texts(anna), []string{ready})
				s.wants("Anna's WhatsApp", s.wa.texts(anna), nil)
			})
		})
	}
}

func TestBusyNetworkIsTriedAgain(t *testing.T) {
	t.Parallel()
	busy := &device.Error{Kind: device.RateLimited, Op: "send", RetryAfter: 5 * time.Minute}
	open(t, func(s *shop) { s.wa.answers = []error{busy, device.Errorf(device.Unavailable, "send", "cut")} }, func(s *shop) {
		s.rule(nil)
		s.crm.reach(1, "ready")
		s.pass(4 * time.Minute)
		s.wants("waits", s.wa.texts(anna), nil)
		s.pass(10 * time.Minute)
		s.wants("then sends", s.wa.texts(anna), []string{ready})
		s.wants("no SMS", s.sms.texts(anna), nil)
	})
}

func TestPaceAndPriority(t *testing.T) {
	t.Parallel()
	open(t, func(s *shop) { s.settings.WhatsApp.Gap, s.settings.WhatsApp.PerHour = 10*time.Second, 5 }, func(s *shop) {
		ctx := context.Background()
		for _, purpose := range []gateway.Purpose{gateway.ForCampaign, gateway.ForCampaign, gateway.ForReply} {
			if _, _, err := s.desk.Enqueue(ctx, gateway.Draft{To: anna.String(), Text: string(purpose), Purpose: purpose, By: "test"}); err != nil {
				t.Fatal(err)
			}
		}
		s.pass(2 * time.Minute)
		got := s.wa.texts(anna)
		if len(got) != 3 || got[0] == "campaign" && got[1] != "reply" {
			t.Errorf("order %q", got)
		}
		for i := 1; i < len(s.wa.sentAt); i++ {
			if gap := s.wa.sentAt[i].Sub(s.wa.sentAt[i-1]); gap < 10*time.Second {
				t.Errorf("gap %s", gap)
			}
		}
		for range 4 {
			if _, _, err := s.desk.Enqueue(ctx, gateway.Draft{To: anna.String(), Text: "more", Purpose: gateway.ForOrder, By: "test"}); err != nil {
				t.Fatal(err)
			}
		}
		s.pass(30 * time.Minute)
		if n := len(s.wa.texts(anna)); n != 5 {
			t.Errorf("%d in the first hour, 5 are allowed", n)
		}
		s.pass(time.Hour)
		if n := len(s.wa.texts(anna)); n != 7 {
			t.Errorf("%d after the hour\n%s", n, s.story())
		}
	})
}

func TestNewChatsAreBounded(t *testing.T) {
	t.Parallel()
	boris := device.Phone("+79161112233")
	open(t, func(s *shop) { s.settings.WhatsApp.NewChatsPerDay = 1; s.wa.members[boris] = true }, func(s *shop) {
		ctx := context.Background()
		for _, to := range []device.Phone{anna, boris, anna} {
			if _, _, err := s.desk.Enqueue(ctx, gateway.Draft{To: to.String(), Text: "hi", Purpose: gateway.ForOrder, By: "test"}); err != nil {
				t.Fatal(err)
			}
			s.pass(time.Minute)
		}
		s.wants("Anna has a chat", s.wa.texts(anna), []string{"hi", "hi"})
		s.wants("Boris by SMS", s.sms.texts(boris), []string{"hi"})
	})
}

func TestSameKeyIsTheSameMessage(t *testing.T) {
	t.Parallel()
	open(t, nil, func(s *shop) {
		ctx := context.Background()
		first, existed, err := s.desk.Enqueue(ctx, gateway.Draft{To: anna.String(), Text: "hi", Key: "k1", By: "test"})
		if err != nil || existed {
			t.Fatal(existed, err)
		}
		again, existed, err := s.desk.Enqueue(ctx, gateway.Draft{To: anna.String(), Text: "other", Key: "k1", By: "test"})
		if err != nil || !existed || again.ID != first.ID {
			t.Fatal(again.ID, existed, err)
		}
		s.pass(time.Minute)
		s.wants("once", s.wa.texts(anna), []string{"hi"})
	})
}

func TestCancelAndSendAgain(t *testing.T) {
	t.Parallel()
	open(t, func(s *shop) { s.wa.link.State, s.sms.link.State = device.LinkConnecting, device.LinkConnecting }, func(s *shop) {
		ctx := context.Background()
		m, _, err := s.desk.Enqueue(ctx, gateway.Draft{To: anna.String(), Text: "hi", By: "test"})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.desk.Cancel(ctx, m.ID, "olga"); err != nil {
			t.Fatal(err)
		}
		s.wa.setLink(device.LinkConnected)
		s.pass(time.Hour)
		s.wants("cancelled", s.wa.texts(anna), nil)
		if err := s.desk.SendAgain(ctx, m.ID, "olga"); err != nil {
			t.Fatal(err)
		}
		s.pass(time.Minute)
		s.wants("sent after all", s.wa.texts(anna), []string{"hi"})
		if err := s.desk.Cancel(ctx, m.ID, "olga"); device.KindOf(err) != device.Conflict {
			t.Fatalf("cancelled what had left: %v", err)
		}
	})
}

func TestCRMAwayLosesNothing(t *testing.T) {
	t.Parallel()
	open(t, nil, func(s *shop) {
		s.rule(nil)
		s.pass(time.Minute)
		s.crm.setDown(device.Errorf(device.Unavailable, "crm", "down"))
		s.crm.reach(1, "ready")
		s.pass(3 * time.Hour)
		if st := s.desk.Watch.Status().State; st != gateway.CRMUnreachable {
			t.Errorf("state %s", st)
		}
		s.crm.setDown(nil)
		s.pass(3 * time.Minute)
		s.wants("after all", s.wa.texts(anna), []string{ready})
		s.crm.setDown(device.Errorf(device.Uncertain, "crm", "answer lost"))
	})
}

func TestEffectsAreRetriedForDays(t *testing.T) {
	t.Parallel()
	open(t, nil, func(s *shop) {
		s.rule(nil)
		s.crm.reach(1, "ready")
		s.pass(3 * time.Second)
		s.crm.setDown(device.Errorf(device.Uncertain, "crm", "answer lost"))
		s.pass(20 * time.Hour)
		s.crm.setDown(nil)
		s.pass(7 * time.Hour)
		if marks := s.crm.marks[1]; len(marks) != 1 || !marks[0] {
			t.Errorf("marks %v\n%s", marks, s.story())
		}
	})
}

func TestARevokedCopysReceiptDoesNotCancelTheSMS(t *testing.T) {
	t.Parallel()
	open(t, func(s *shop) { s.wa.deaf = true; s.sms.link.State = device.LinkConnecting }, func(s *shop) {
		s.rule(nil)
		s.crm.reach(1, "ready")
		s.pass(35 * time.Minute)
		s.wants("the copy is taken back", s.wa.texts(anna), nil)
		s.wa.report("whatsapp-1", device.ReceiptDelivered) // her phone came on: it shows "deleted"
		s.pass(time.Minute)
		s.sms.setLink(device.LinkConnected)
		s.pass(time.Minute)
		s.wants("so the SMS goes", s.sms.texts(anna), []string{ready})
	})
}

func TestNothingIsTakenBackAtNight(t *testing.T) {
	t.Parallel()
	open(t, func(s *shop) { s.wa.deaf = true }, func(s *shop) {
		s.rule(nil)
		s.pass(8*time.Hour + 50*time.Minute) // 20:50 in Moscow
		s.crm.reach(1, "ready")
		s.pass(10 * time.Hour)
		s.wants("the copy stays while no SMS may go", s.wa.texts(anna), []string{ready})
		s.wa.report("whatsapp-1", device.ReceiptDelivered) // in the night
		s.pass(10 * time.Hour)
		s.wants("and it was enough", s.sms.texts(anna), nil)
		s.stateIs(gateway.Delivered)
	})
}

func TestModemThatRestartsAtTheMomentOfAcceptanceIsStillTheFallback(t *testing.T) {
	t.Parallel()
	open(t, func(s *shop) { s.wa.deaf = true; s.sms.link.State = device.LinkAbsent }, func(s *shop) {
		s.rule(nil)
		s.crm.reach(1, "ready")
		s.pass(5 * time.Minute)
		s.sms.setLink(device.LinkConnected)
		s.pass(40 * time.Minute)
		s.wants("Anna's SMS", s.sms.texts(anna), []string{ready})
	})
}

func TestOneUnreadableOrderStopsNobody(t *testing.T) {
	t.Parallel()
	open(t, func(s *shop) {
		s.crm.orders[2] = gateway.Order{ID: 2, Number: "2", Status: "new"}
		s.crm.unreadable = 2
	}, func(s *shop) {
		s.rule(nil)
		s.pass(time.Minute)
		s.crm.reach(2, "ready")
		s.crm.reach(1, "ready")
		s.pass(3 * time.Minute)
		s.wants("Anna is written to", s.wa.texts(anna), []string{ready})
		s.pass(3 * time.Hour)
		rows, _, err := s.store.Decisions(context.Background(), gateway.DecisionFilter{Verdict: gateway.Skip})
		if err != nil || len(rows) != 1 || rows[0].Reason != gateway.OrderUnreadable {
			t.Fatalf("%+v, %v", rows, err)
		}
	})
}

func TestAFlappingLinkComesToTheEndOfItsPatience(t *testing.T) {
	t.Parallel()
	open(t, func(s *shop) {
		for range 500 {
			s.wa.answers = append(s.wa.answers, device.Errorf(device.Unavailable, "send", "cut"))
		}
	}, func(s *shop) {
		s.rule(nil)
		s.crm.reach(1, "ready")
		s.pass(20 * time.Minute)
		s.wants("still patient", s.sms.texts(anna), nil)
		s.pass(30 * time.Minute)
		s.wants("Anna's SMS", s.sms.texts(anna), []string{ready})
	})
}

func TestANumberTheDirectoryLeavesOutDoesNotGoToAndFro(t *testing.T) {
	t.Parallel()
	open(t, func(s *shop) { s.wa.silent = true; s.sms.link.State = device.LinkAbsent }, func(s *shop) {
		s.rule(nil)
		s.crm.reach(1, "ready")
		s.pass(6 * time.Hour)
		if n := len(s.wa.asked); n > 3 {
			t.Errorf("asked %d times\n%s", n, s.story())
		}
	})
}

func TestALockWithoutAnotherChannelWaits(t *testing.T) {
	t.Parallel()
	open(t, func(s *shop) { s.wa.answers = []error{&device.Error{Kind: device.Locked, Op: "send", Code: "463"}} }, func(s *shop) {
		s.rule(func(r *gateway.Rule) { r.Channels = []device.Channel{device.WhatsApp} })
		s.crm.reach(1, "ready")
		s.pass(time.Minute)
		s.stateIs(gateway.Queued)
		s.pass(15 * time.Minute)
		s.wants("after all", s.wa.texts(anna), []string{ready})
	})
}

// slowCRM takes its time for each order.
type slowCRM struct{ *crm }

func (c slowCRM) Order(ctx context.Context, id gateway.OrderID) (gateway.Order, error) {
	time.Sleep(20 * time.Second)
	return c.crm.Order(ctx, id)
}

func TestABacklogDoesNotLookLikeAMissingCRM(t *testing.T) {
	t.Parallel()
	open(t, func(s *shop) { s.orders = slowCRM{s.crm}; s.crm.reach(1, "ready") }, func(s *shop) {
		s.rule(nil)
		s.crm.reach(1, "sent")
		s.pass(15 * time.Second)
		if st := s.desk.Watch.Status(); st.State != gateway.CRMConnected {
			t.Errorf("%s while the first order is read", st.State)
		}
	})
}

// stubborn is a WhatsApp whose recipient gets the message in the very moment in which
// it is taken back, and which then refuses that.
type stubborn struct{ *radio }

func (r stubborn) Revoke(_ context.Context, env device.Envelope) error {
	r.report(env.WireID, device.ReceiptDelivered)
	return device.Errorf(device.Refused, "radio", "too late to take it back")
}

func TestWhatArrivedWhileItWasTakenBackInVainIsNotSentAgain(t *testing.T) {
	t.Parallel()
	open(t, func(s *shop) {
		s.wa.deaf = true
		s.networks = map[device.Channel]network{device.WhatsApp: stubborn{s.wa}, device.SMS: s.sms}
	}, func(s *shop) {
		s.rule(nil)
		s.crm.reach(1, "ready")
		s.pass(2 * time.Hour)
		s.wants("Anna's WhatsApp", s.wa.texts(anna), []string{ready})
		s.wants("Anna's SMS", s.sms.texts(anna), nil)
		s.stateIs(gateway.Delivered)
	})
}
