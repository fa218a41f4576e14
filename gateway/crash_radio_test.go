package gateway_test

import (
	"context"
	"fmt"
	"sync"
	"time"

	"vestnik/device"
)

// aerial is one radio of one running box; it dies with it. The network behind it is
// the world's.
type aerial struct {
	channel device.Channel
	world   *world
	fuse    *fuse
	sink    device.Sink
	news    chan struct{}

	mu   sync.Mutex
	link device.Link
}

func newAerial(ch device.Channel, w *world, f *fuse) *aerial {
	a := &aerial{channel: ch, world: w, fuse: f, news: make(chan struct{}, 1)}
	a.link = device.Link{Channel: ch, State: device.LinkConnecting, Since: time.Now()}
	return a
}

func (a *aerial) listen(sink device.Sink) { a.sink = sink }

// run logs in and brings what the network has to tell, each until it was kept.
func (a *aerial) run(ctx context.Context) error {
	a.fuse.sleep(3 * time.Second)
	for ctx.Err() == nil {
		a.world.mu.Lock()
		want := a.world.links[a.channel]
		a.world.mu.Unlock()
		a.become(ctx, want)
		l, wait := a.world.waiting(a.channel)
		switch {
		case !a.Link().CanReply():
			wait = time.Hour
		case l != nil:
			a.world.mu.Lock()
			l.brought = true
			a.world.mu.Unlock()
			if err := a.sink.Receipt(ctx, l.receipt); err == nil {
				a.fuse.point("before the network knows that its receipt was kept")
				a.world.settled(l)
				continue
			}
			wait = 5 * time.Second
		}
		select {
		case <-ctx.Done():
		case <-a.fuse.dead:
			return nil
		case <-a.news:
		case <-time.After(wait):
		}
	}
	return nil
}

func (a *aerial) become(ctx context.Context, state device.LinkState) {
	a.mu.Lock()
	same := a.link.State == state
	if !same {
		a.link.State, a.link.Since = state, time.Now()
	}
	l := a.link
	a.mu.Unlock()
	if !same {
		a.sink.LinkChanged(ctx, l)
	}
}

func (a *aerial) Link() device.Link {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.link
}

func (a *aerial) Prepare(_ context.Context, out device.Outgoing) (device.Envelope, error) {
	a.world.mu.Lock()
	defer a.world.mu.Unlock()
	a.world.ids++
	env := device.Envelope{Outgoing: out, WireID: fmt.Sprintf("%s-%d", a.channel, a.world.ids), Device: "box", Parts: 1}
	if a.channel == device.SMS {
		env.Parts, env.ConcatRef = device.MeasureSMS(out.Text).Parts, a.world.ids%256
	}
	a.world.wires[env.WireID] = env
	return env, nil
}

func (a *aerial) Send(ctx context.Context, env device.Envelope) (device.Accepted, error) {
	if ctx.Err() != nil || !a.Link().CanReply() {
		return device.Accepted{}, device.Errorf(device.Unavailable, "radio: send", "no link")
	}
	said := a.world.next(a.channel)
	if a.channel == device.SMS {
		return a.sendParts(env, said)
	}
	a.fuse.sleep(400 * time.Millisecond)
	a.fuse.point("chat: before the network took it")
	if said.kind == "" || said.taken {
		a.world.takeChat(env)
	}
	a.fuse.point("chat: after the network took it")
	a.fuse.sleep(400 * time.Millisecond)
	a.fuse.point("chat: before its answer")
	return device.Accepted{At: time.Now(), Device: "phone"}, said.err()
}

// sendParts is the modem room. It keeps a journal: each SMS is noted before its last
// byte leaves and when its answer is there; what the network has is left out.
func (a *aerial) sendParts(env device.Envelope, said answer) (device.Accepted, error) {
	w := a.world
	acc := device.Accepted{At: time.Now(), Device: "modem"}
	breaks := min(max(said.part, 1), env.Parts)
	for seq := 1; seq <= env.Parts; seq++ {
		if w.noted(env.WireID, seq).sent() {
			acc.Parts = append(acc.Parts, device.AcceptedPart{Seq: seq, MR: seq, At: time.Now()})
			continue
		}
		a.fuse.sleep(300 * time.Millisecond)
		w.note(env.WireID, seq, noteSending)
		a.fuse.point("sms %d/%d: before the network took it", seq, env.Parts)
		if said.kind != "" && seq >= breaks {
			if said.taken {
				w.takeSegment(env, seq)
			}
			if said.kind != device.Uncertain {
				w.note(env.WireID, seq, noteNotSent)
			}
			a.fuse.point("sms %d/%d: before its refusal", seq, env.Parts)
			return acc, said.err()
		}
		w.takeSegment(env, seq)
		a.fuse.point("sms %d/%d: after the network took it", seq, env.Parts)
		a.fuse.sleep(400 * time.Millisecond)
		w.note(env.WireID, seq, noteAccepted)
		acc.Parts = append(acc.Parts, device.AcceptedPart{Seq: seq, MR: seq, At: time.Now()})
		a.fuse.point("sms %d/%d: after the modem noted it", seq, env.Parts)
	}
	return acc, nil
}

// Recall is what the modem's journal knows.
func (a *aerial) Recall(_ context.Context, env device.Envelope) (sent []device.AcceptedPart, doubtful int, err error) {
	if a.channel != device.SMS {
		return nil, 0, device.Errorf(device.Unavailable, "radio: recall", "no records")
	}
	for seq := 1; seq <= env.Parts; seq++ {
		switch n := a.world.noted(env.WireID, seq); {
		case n.sent():
			sent = append(sent, device.AcceptedPart{Seq: seq, MR: seq})
		case n == noteSending || n == noteFailed:
			doubtful++
		}
	}
	return sent, doubtful, nil
}

func (a *aerial) Revoke(_ context.Context, env device.Envelope) error {
	a.fuse.sleep(300 * time.Millisecond)
	a.fuse.point("revoke: before the network took it")
	w := a.world
	w.mu.Lock()
	err := w.revoke
	for _, c := range w.chats {
		if c.env.WireID == env.WireID && err == nil {
			c.revoked = true
		}
	}
	w.mu.Unlock()
	a.fuse.point("revoke: before its answer")
	return err
}

func (a *aerial) Lookup(_ context.Context, phones []device.Phone) ([]device.Presence, error) {
	a.world.mu.Lock()
	defer a.world.mu.Unlock()
	found := make([]device.Presence, len(phones))
	for i, p := range phones {
		found[i] = device.Presence{Phone: p, On: device.No, At: time.Now(), Source: device.FromDirectory}
		if a.world.members[p] {
			found[i].On, found[i].Canonical = device.Yes, p
		}
	}
	return found, nil
}
