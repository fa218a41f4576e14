package whatsapp

import (
	"context"
	"errors"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/device/devicetest"
	sim "vestnik/sim/whatsapp"
)

func TestHearsTheSamePersonByEveryAddress(t *testing.T) {
	t.Parallel()
	r := newRig(t).link()
	for _, how := range []sim.Addressing{sim.ByNumberOnly, sim.ByNumber, sim.ByLID} {
		if _, err := r.ana.SendText(string(shopNumber), how.String(), how); err != nil {
			t.Fatal(err)
		}
	}
	r.await("all", func() bool { return len(r.sink.IncomingMessages()) == 3 })
	for i, in := range r.sink.IncomingMessages() {
		if in.From != anaNumber || in.Name != "Анна" || in.FromShop || in.Device != shopNumber.Digits() || in.Channel != device.WhatsApp || in.At.IsZero() {
			t.Errorf("%+v", in)
		}
		if i > 0 && in.Alias != r.ana.LID()+"@lid" {
			t.Errorf("alias of %+v", in)
		}
	}
}

func TestHearsTheShopsOwnPhone(t *testing.T) {
	t.Parallel()
	r := newRig(t).link()
	r.mustSend(anaNumber, "от программы")
	id, err := r.phone.SendText(string(anaNumber), "от человека")
	if err != nil {
		t.Fatal(err)
	}
	r.await("the person's words", func() bool { return len(r.sink.IncomingMessages()) == 1 })
	in := r.sink.IncomingMessages()[0]
	if !in.FromShop || in.To != anaNumber || in.From != shopNumber || in.ID != id || in.Text != "от человека" || in.Alias != r.ana.LID()+"@lid" {
		t.Errorf("%+v", in)
	}
}

func TestAnUnreadableMessageIsAskedForAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t).link()
	r.srv.Faults().GarbleInbound(1)
	if _, err := r.ana.SendText(string(shopNumber), "не с первого раза", sim.ByLID); err != nil {
		t.Fatal(err)
	}
	r.await("her words", func() bool {
		in := r.sink.IncomingMessages()
		return len(in) == 1 && in[0].Text == "не с первого раза"
	})
}

// panicking is a sink that panics once.
type panicking struct {
	device.Sink
	left chan struct{}
}

func (p panicking) Incoming(ctx context.Context, in device.Incoming) error {
	select {
	case p.left <- struct{}{}:
		panic("a bug")
	default:
		return p.Sink.Incoming(ctx, in)
	}
}

func TestAPanicLosesNoMessage(t *testing.T) {
	t.Parallel()
	inner := &devicetest.Sink{}
	r := newRig(t, func(r *rig) { r.opt.Sink = panicking{inner, make(chan struct{}, 1)} })
	r.link()
	if _, err := r.ana.SendText(string(shopNumber), "важное", sim.ByLID); err != nil {
		t.Fatal(err)
	}
	r.await("the panic", func() bool { return len(r.opt.Sink.(panicking).left) == 1 })
	r.restart()
	r.await("her words", func() bool { return len(inner.IncomingMessages()) == 1 })
}

func TestAFullDiskLosesNoMessageOverManyReturns(t *testing.T) {
	t.Parallel()
	r := newRig(t).link()
	r.sink.FailNext(errors.New("disk full"))
	id, err := r.ana.SendText(string(shopNumber), "важное", sim.ByNumber)
	if err != nil {
		t.Fatal(err)
	}
	r.await("the refusal", func() bool { return r.sink.Refused() == 1 })
	if r.ana.Sent(id).Acknowledged {
		t.Error("the server was told that it is stored")
	}
	r.srv.Disconnect() // the same process comes back
	r.await("her words", func() bool { return len(r.sink.IncomingMessages()) == 1 })
	r.await("the acknowledgement", func() bool { return r.ana.Sent(id).Acknowledged })
	for range 2 {
		r.restart()
		r.awaitState(device.LinkConnected)
	}
	time.Sleep(50 * time.Millisecond) // nothing more may come
	if n := len(r.sink.IncomingMessages()); n != 1 {
		t.Errorf("%d messages", n)
	}
}
