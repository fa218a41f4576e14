// Package devicetest is the conformance suite of the radios: every transport
// passes Exercise with its network simulated on the outside protocol. Only tests
// import it.
package devicetest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"vestnik/device"
)

// Rig is one transport with the network behind it.
type Rig struct {
	Transport device.Transport
	Sink      *Sink // the same that the transport was given

	Reachable   device.Phone // a customer whose phone is on
	Unreachable device.Phone // a number that this radio cannot reach; empty to skip

	// Got is what the customer's phone shows, oldest first.
	Got func(p device.Phone) []string
	// Write makes the customer write to the shop.
	Write func(t testing.TB, from device.Phone, text string)
	// Cut takes the network away, Mend brings it back.
	Cut, Mend func(t testing.TB)
	// Restart ends the transport as a killed process would and starts it again on the same
	// disk; it returns when the link is up.
	Restart func(t testing.TB) device.Transport
	// SwallowAnswer makes the network take the next message and lose its answer.
	SwallowAnswer func(t testing.TB)
}

// Exercise runs the suite. The factory is called once for each test and has the
// link up when it returns.
func Exercise(t *testing.T, factory func(t *testing.T) *Rig) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, *Rig){
		"sends a text and hears of its delivery":   sendsAndHears,
		"carries long and odd texts whole":         carriesOddTexts,
		"refuses an empty text":                    refusesEmpty,
		"says a definite no to a wrong number":     refusesUnreachable,
		"hears a customer once":                    hearsOnce,
		"keeps what the sink did not take":         redelivers,
		"says unavailable when the network is cut": saysUnavailable,
		"says uncertain when the answer is lost":   saysUncertain,
		"goes on after a restart":                  survivesRestart,
		"obeys its context":                        obeysContext,
		"makes a different identity each time":     distinctIdentities,
	} {
		t.Run(name, func(t *testing.T) {
			test(t, factory(t))
		})
	}
}

func send(t *testing.T, rig *Rig, to device.Phone, text string) (device.Envelope, device.Accepted, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	env, err := rig.Transport.Prepare(ctx, device.Outgoing{To: to, Text: text})
	if err != nil {
		return env, device.Accepted{}, err
	}
	acc, err := rig.Transport.Send(ctx, env)
	return env, acc, err
}

func sendsAndHears(t *testing.T, rig *Rig) {
	env, acc, err := send(t, rig, rig.Reachable, "Здравствуйте! Заказ 10482 готов.")
	if err != nil {
		t.Fatal(err)
	}
	if env.WireID == "" || env.Device == "" || env.Parts < 1 || acc.At.IsZero() {
		t.Errorf("envelope %+v, accepted %+v", env, acc)
	}
	eventually(t, "the customer's phone shows the text once", func() bool {
		return slices.Equal(rig.Got(rig.Reachable), []string{"Здравствуйте! Заказ 10482 готов."})
	})
	eventually(t, "the delivered receipt of "+env.WireID, func() bool { return rig.Sink.Delivered(env.WireID) })
}

func carriesOddTexts(t *testing.T, rig *Rig) {
	texts := []string{
		"one line\nand another",
		strings.Repeat("Очень длинное сообщение. ", 8),
		"€ [] {} ^~ | \\ № «ёлки» — 😀",
		"  spaces around  ",
	}
	for _, text := range texts {
		if _, _, err := send(t, rig, rig.Reachable, text); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
	}
	eventually(t, "all texts whole and in order", func() bool { return slices.Equal(rig.Got(rig.Reachable), texts) })
}

func refusesEmpty(t *testing.T, rig *Rig) {
	if _, _, err := send(t, rig, rig.Reachable, ""); device.KindOf(err) != device.Invalid {
		t.Fatalf("empty text: %v", err)
	}
}

func refusesUnreachable(t *testing.T, rig *Rig) {
	if rig.Unreachable == "" {
		t.Skip("this radio learns of wrong numbers only later")
	}
	_, _, err := send(t, rig, rig.Unreachable, "текст")
	if k := device.KindOf(err); k != device.NotFound && k != device.Refused && k != device.Invalid {
		t.Fatalf("wrong number: %v", err)
	}
}

func hearsOnce(t *testing.T, rig *Rig) {
	rig.Write(t, rig.Reachable, "где мой заказ?")
	eventually(t, "the customer's words", func() bool {
		in := rig.Sink.IncomingMessages()
		return len(in) == 1 && in[0].Text == "где мой заказ?" && in[0].From == rig.Reachable && in[0].ID != ""
	})
}

func redelivers(t *testing.T, rig *Rig) {
	rig.Sink.FailNext(errors.New("disk full"))
	rig.Write(t, rig.Reachable, "важное")
	eventually(t, "the first, refused try", func() bool { return rig.Sink.Refused() == 1 })
	rig.Transport = rig.Restart(t)
	eventually(t, "the same words again", func() bool {
		in := rig.Sink.IncomingMessages()
		return len(in) == 1 && in[0].Text == "важное"
	})
}

func saysUnavailable(t *testing.T, rig *Rig) {
	rig.Cut(t)
	eventually(t, "the link says so", func() bool { return !rig.Transport.Link().CanReply() })
	_, _, err := send(t, rig, rig.Reachable, "текст")
	if device.KindOf(err) != device.Unavailable {
		t.Fatalf("cut network: %v", err)
	}
	rig.Mend(t)
	eventually(t, "the link is back", func() bool { return rig.Transport.Link().CanStart() })
	if _, _, err := send(t, rig, rig.Reachable, "снова"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "only the second text arrived", func() bool {
		return slices.Equal(rig.Got(rig.Reachable), []string{"снова"})
	})
}

func saysUncertain(t *testing.T, rig *Rig) {
	rig.SwallowAnswer(t)
	env, _, err := send(t, rig, rig.Reachable, "текст")
	if device.KindOf(err) != device.Uncertain {
		t.Fatalf("lost answer: %v", err)
	}
	eventually(t, "the text arrived all the same, once", func() bool {
		return slices.Equal(rig.Got(rig.Reachable), []string{"текст"})
	})
	eventually(t, "its delivered receipt settles it", func() bool { return rig.Sink.Delivered(env.WireID) })
}

func survivesRestart(t *testing.T, rig *Rig) {
	if _, _, err := send(t, rig, rig.Reachable, "до"); err != nil {
		t.Fatal(err)
	}
	rig.Transport = rig.Restart(t)
	if _, _, err := send(t, rig, rig.Reachable, "после"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "both texts", func() bool { return slices.Equal(rig.Got(rig.Reachable), []string{"до", "после"}) })
}

func obeysContext(t *testing.T, rig *Rig) {
	env, err := rig.Transport.Prepare(t.Context(), device.Outgoing{To: rig.Reachable, Text: "текст"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := rig.Transport.Send(ctx, env); err == nil {
		t.Fatal("sent with a cancelled context")
	}
	if got := rig.Got(rig.Reachable); len(got) != 0 {
		t.Fatalf("the customer got %q", got)
	}
}

func distinctIdentities(t *testing.T, rig *Rig) {
	seen := map[string]bool{}
	for range 50 {
		env, err := rig.Transport.Prepare(t.Context(), device.Outgoing{To: rig.Reachable, Text: "текст"})
		if err != nil || seen[env.WireID] {
			t.Fatalf("identity %q again, or %v", env.WireID, err)
		}
		seen[env.WireID] = true
	}
}

// eventually polls cond for up to 20 seconds: the networks here are real
// sockets and ttys, whose news has no event to wait for.
func eventually(t testing.TB, what string, cond func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(20 * time.Second)
	for !cond() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("not seen within 20 s: %s", what)
		}
	}
}

// Sink records what a transport hands up, idempotently as the ledger does.
type Sink struct {
	mu       sync.Mutex
	fail     error
	refused  int
	incoming []device.Incoming
	receipts []device.Receipt
	links    []device.Link
	seen     map[string]bool
}

// FailNext makes the next Incoming call answer err, as a full disk would.
func (s *Sink) FailNext(err error) { s.mu.Lock(); s.fail = err; s.mu.Unlock() }

// Refused is how many calls FailNext made fail.
func (s *Sink) Refused() int { s.mu.Lock(); defer s.mu.Unlock(); return s.refused }

// Incoming implements device.Sink.
func (s *Sink) Incoming(_ context.Context, in device.Incoming) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.fail; err != nil {
		s.fail = nil
		s.refused++
		return err
	}
	key := string(in.Channel) + "/" + in.Device + "/" + in.ID
	if s.seen[key] {
		return nil
	}
	if s.seen == nil {
		s.seen = map[string]bool{}
	}
	s.seen[key] = true
	s.incoming = append(s.incoming, in)
	return nil
}

// Receipt implements device.Sink.
func (s *Sink) Receipt(_ context.Context, r device.Receipt) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.receipts = append(s.receipts, r)
	return nil
}

// LinkChanged implements device.Sink.
func (s *Sink) LinkChanged(_ context.Context, l device.Link) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.links = append(s.links, l)
}

// IncomingMessages is what came in, without repeats.
func (s *Sink) IncomingMessages() []device.Incoming {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.incoming)
}

// Receipts is every receipt that came.
func (s *Sink) Receipts() []device.Receipt {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.receipts)
}

// Links is every link state that was told, in order.
func (s *Sink) Links() []device.Link {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.links)
}

// Delivered tells whether every part of a message is known as delivered.
func (s *Sink) Delivered(wireID string) bool {
	parts, total := map[int]bool{}, 1
	for _, r := range s.Receipts() {
		if r.Kind != device.ReceiptDelivered && r.Kind != device.ReceiptRead || !slices.Contains(r.WireIDs, wireID) {
			continue
		}
		if r.Parts == 0 {
			return true
		}
		parts[r.Part], total = true, r.Parts
	}
	return len(parts) == total && len(parts) > 0
}
