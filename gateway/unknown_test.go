package gateway_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// stick is a radio that keeps records of each SMS, as device/modem does, and can
// lose its port in the middle of a text.
type stick struct {
	*radio
	records map[string]map[int]string // wire id → part → "sending" or "accepted"
	got     []string                  // the parts the customer got: "part/wire id"
	// breakAt is the part at which the next send breaks off; took tells whether the network has that
	// part, noted whether the stick had begun with it.
	breakAt     int
	took, noted bool
}

func newStick() *stick {
	return &stick{radio: newRadio(device.SMS), records: map[string]map[int]string{}}
}

func (s *stick) Prepare(ctx context.Context, out device.Outgoing) (device.Envelope, error) {
	env, err := s.radio.Prepare(ctx, out)
	env.Parts = device.MeasureSMS(out.Text).Parts
	return env, err
}

func (s *stick) Send(_ context.Context, env device.Envelope) (device.Accepted, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	acc := device.Accepted{At: time.Now(), Device: "box"}
	if s.records[env.WireID] == nil {
		s.records[env.WireID] = map[int]string{}
	}
	parts := s.records[env.WireID]
	for seq := 1; seq <= env.Parts; seq++ {
		if parts[seq] != "accepted" {
			if s.breakAt == seq {
				s.breakAt = 0
				if s.noted {
					parts[seq] = "sending"
				}
				if s.took {
					s.arrived(env, seq)
				}
				return acc, device.Errorf(device.Uncertain, "stick", "the port is gone")
			}
			parts[seq] = "accepted"
			s.arrived(env, seq)
		}
		acc.Parts = append(acc.Parts, device.AcceptedPart{Seq: seq, MR: seq, At: time.Now()})
	}
	return acc, nil
}

func (s *stick) arrived(env device.Envelope, seq int) {
	s.got = append(s.got, fmt.Sprintf("%d/%s", seq, env.WireID))
	s.envelope[env.WireID] = env
}

func (s *stick) Recall(_ context.Context, env device.Envelope) (sent []device.AcceptedPart, doubtful int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for seq := 1; seq <= env.Parts; seq++ {
		switch s.records[env.WireID][seq] {
		case "accepted":
			sent = append(sent, device.AcceptedPart{Seq: seq, MR: seq, At: time.Now()})
		case "sending":
			doubtful++
		}
	}
	return sent, doubtful, nil
}

// reportPart is the network's delivery report of one SMS, which the stick notes as well.
func (s *stick) reportPart(wireID string, seq, parts int) {
	s.mu.Lock()
	s.records[wireID][seq] = "accepted"
	s.mu.Unlock()
	_ = s.sink.Receipt(context.Background(), device.Receipt{
		Channel: device.SMS, Device: "box", WireIDs: []string{wireID}, Part: seq, Parts: parts,
		Kind: device.ReceiptDelivered, At: time.Now(), From: anna, Evidence: fmt.Sprintf("TP-ST 0, part %d", seq),
	})
}

// byStick runs a test in a shop that sends by SMS alone.
func byStick(t *testing.T, text string, change func(*gateway.Settings, *stick), test func(*shop, *stick)) {
	t.Helper()
	var st *stick
	var s *shop
	open(t, func(made *shop) {
		st = newStick() // in the bubble: its link is up since a time of the bubble's clock
		s = made
		s.networks = map[device.Channel]network{device.WhatsApp: s.wa, device.SMS: st}
		change(&s.settings, st)
	}, func(s *shop) {
		s.rule(func(r *gateway.Rule) { r.Text, r.Channels = text, []device.Channel{device.SMS} })
		s.crm.reach(1, "ready")
		s.pass(30 * time.Second)
		test(s, st)
	})
}

var threeSMS = strings.Repeat("Заказ готов, ждём вас. ", 8) // 184 letters: three SMS of 67

func TestAnSMSThatNeverLeftGoesOut(t *testing.T) {
	t.Parallel()
	byStick(t, "Готов.", func(_ *gateway.Settings, st *stick) { st.breakAt = 1 }, func(s *shop, st *stick) {
		s.stateIs(gateway.UnknownState) // the dispatcher was told "uncertain"
		s.pass(10 * time.Minute)
		s.wants("parts", st.got, []string{"1/sms-2"})
		s.stateIs(gateway.Accepted)
		s.said(gateway.NeverLeft)
	})
}

func TestAnSMSInDoubtFollowsTheShopsPolicy(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		policy gateway.UnknownPolicy
		took   bool
		parts  []string
		state  gateway.State
		said   gateway.Reason
		person int
	}{
		{gateway.UnknownAsk, false, nil, gateway.UnknownState, gateway.AskPerson, 1},
		{gateway.UnknownLeave, false, nil, gateway.UnknownState, gateway.LeftUnknown, 0},
		{gateway.UnknownResend, false, []string{"1/sms-2"}, gateway.Accepted, gateway.TwiceAllowed, 0},
		{gateway.UnknownResend, true, []string{"1/sms-1", "1/sms-2"}, gateway.Accepted, gateway.TwiceAllowed, 0},
	} {
		t.Run(fmt.Sprint(c.policy, c.took), func(t *testing.T) {
			t.Parallel()
			byStick(t, "Готов.", func(set *gateway.Settings, st *stick) {
				set.SMS.Unknown, set.SMS.UnknownAfter = c.policy, 5*time.Minute
				st.breakAt, st.noted, st.took = 1, true, c.took
			}, func(s *shop, st *stick) {
				before := len(st.got)
				s.pass(4 * time.Minute)
				if len(st.got) != before {
					t.Errorf("sent before the report had its chance: %q", st.got)
				}
				s.pass(24 * time.Hour)
				s.wants("parts", st.got, c.parts)
				s.stateIs(c.state)
				s.said(c.said)
				totals, err := s.store.Totals(context.Background(), time.Time{})
				if err != nil || totals.NeedPerson != c.person {
					t.Errorf("%d wait for a person, %v", totals.NeedPerson, err)
				}
			})
		})
	}
}

func TestTheRestOfALongSMSGoesWhenTheDoubtIsOver(t *testing.T) {
	t.Parallel()
	byStick(t, threeSMS, func(_ *gateway.Settings, st *stick) { st.breakAt, st.noted, st.took = 2, true, true }, func(s *shop, st *stick) {
		s.stateIs(gateway.UnknownState)
		st.reportPart("sms-1", 2, 3)
		s.pass(10 * time.Second)
		s.wants("parts", st.got, []string{"1/sms-1", "2/sms-1", "3/sms-1"})
		s.stateIs(gateway.Accepted)
		st.reportPart("sms-1", 1, 3)
		st.reportPart("sms-1", 3, 3)
		s.pass(time.Second)
		s.stateIs(gateway.Delivered)
		s.said(gateway.RestGoes)
	})
}

func TestSentAgainByAPersonALongSMSDoesNotRepeatWhatArrived(t *testing.T) {
	t.Parallel()
	byStick(t, threeSMS, func(_ *gateway.Settings, st *stick) { st.breakAt, st.noted = 2, true }, func(s *shop, st *stick) {
		s.pass(time.Hour)
		if m := s.only(); m.Reason != gateway.AskPerson {
			t.Fatalf("%s", m.Reason)
		}
		if err := s.desk.SendAgain(context.Background(), s.only().ID, "olga"); err != nil {
			t.Fatal(err)
		}
		s.pass(time.Minute)
		s.wants("parts", st.got, []string{"1/sms-1", "2/sms-1", "3/sms-1"})
	})
}

func TestSentAgainByAPersonAWhatsAppMessageKeepsItsID(t *testing.T) {
	t.Parallel()
	open(t, func(s *shop) { s.wa.swallow, s.wa.deaf = true, true }, func(s *shop) {
		s.rule(func(r *gateway.Rule) { r.Channels = []device.Channel{device.WhatsApp} })
		s.crm.reach(1, "ready")
		s.pass(30 * time.Second)
		s.stateIs(gateway.UnknownState)
		if err := s.desk.SendAgain(context.Background(), s.only().ID, "olga"); err != nil {
			t.Fatal(err)
		}
		s.pass(time.Minute)
		s.stateIs(gateway.Accepted)
		s.wants("Anna's WhatsApp", s.wa.texts(anna), []string{ready}) // the phone shows an id once
		if len(s.wa.sentAt) != 2 {
			t.Errorf("%d sends", len(s.wa.sentAt))
		}
	})
}

// said fails when the story of the only message lacks a reason.
func (s *shop) said(want gateway.Reason) {
	s.t.Helper()
	story, err := s.store.Story(context.Background(), s.only().ID)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, step := range story.Trace {
		if step.Reason == want {
			return
		}
	}
	s.t.Fatalf("the story does not say %s\n%s", want, s.story())
}
