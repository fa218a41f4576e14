package campaign_test

import (
	"context"
	"fmt"
	"sync"
	"time"

	"vestnik/device"
)

// radio is a network in memory that obeys the rules of device.Transport. It outlives the box.
type radio struct {
	channel device.Channel

	mu     sync.Mutex
	sink   device.Sink
	link   device.Link
	n      int
	absent map[device.Phone]bool // who is not on WhatsApp
	wrong  map[device.Phone]bool // whom the network refuses
	deaf   bool                  // no delivered receipts
	sent   []sent
	seen   map[string]bool
	onSend func(device.Envelope)
}

// sent is a message that the network took.
type sent struct {
	to   device.Phone
	text string
	at   time.Time
}

func newRadio(ch device.Channel) *radio {
	return &radio{
		channel: ch, link: device.Link{Channel: ch, State: device.LinkConnected, Since: time.Now().Add(-time.Hour)},
		absent: map[device.Phone]bool{}, wrong: map[device.Phone]bool{}, seen: map[string]bool{},
	}
}

func (r *radio) listen(s device.Sink) { r.mu.Lock(); r.sink = s; r.mu.Unlock() }

func (r *radio) Prepare(_ context.Context, out device.Outgoing) (device.Envelope, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.n++
	return device.Envelope{Outgoing: out, WireID: fmt.Sprintf("%s-%d", r.channel, r.n), Device: "box", Parts: 1}, nil
}

func (r *radio) Send(ctx context.Context, env device.Envelope) (device.Accepted, error) {
	if err := ctx.Err(); err != nil {
		return device.Accepted{}, device.Errorf(device.Unavailable, "radio", "%w", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.link.CanReply() {
		return device.Accepted{}, device.Errorf(device.Unavailable, "radio", "no link")
	}
	if r.wrong[env.To] {
		return device.Accepted{}, device.Errorf(device.Refused, "radio", "no such number")
	}
	if !r.seen[env.WireID] { // the same id is shown once
		r.seen[env.WireID] = true
		r.sent = append(r.sent, sent{env.To, env.Text, time.Now()})
		if r.onSend != nil {
			r.onSend(env)
		}
	}
	if !r.deaf {
		go r.report(env)
	}
	return device.Accepted{At: time.Now(), Device: "box"}, nil
}

func (r *radio) report(env device.Envelope) {
	r.mu.Lock()
	sink := r.sink
	r.mu.Unlock()
	_ = sink.Receipt(context.Background(), device.Receipt{
		Channel: r.channel, Device: "box", WireIDs: []string{env.WireID}, Kind: device.ReceiptDelivered, At: time.Now(), From: env.To, Evidence: "delivered",
	})
}

func (r *radio) Revoke(context.Context, device.Envelope) error { return nil }

func (r *radio) Lookup(_ context.Context, phones []device.Phone) ([]device.Presence, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	found := make([]device.Presence, len(phones))
	for i, p := range phones {
		found[i] = device.Presence{Phone: p, On: device.No, At: time.Now(), Source: device.FromDirectory}
		if !r.absent[p] {
			found[i].On, found[i].Canonical = device.Yes, p
		}
	}
	return found, nil
}

func (r *radio) Link() device.Link { r.mu.Lock(); defer r.mu.Unlock(); return r.link }

func (r *radio) setLink(state device.LinkState) {
	r.mu.Lock()
	r.link.State, r.link.Since = state, time.Now()
	l, sink := r.link, r.sink
	r.mu.Unlock()
	sink.LinkChanged(context.Background(), l)
}

func (r *radio) all() []sent { r.mu.Lock(); defer r.mu.Unlock(); return append([]sent(nil), r.sent...) }
