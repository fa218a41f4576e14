package gateway_test

import (
	"context"
	"fmt"
	"sync"
	"time"

	"vestnik/device"
)

// radio is a network in memory that obeys the rules of device.Transport; the real
// radios are held to the same rules by devicetest. It lets scenarios run in virtual
// time, which a tty cannot.
type radio struct {
	channel device.Channel
	sink    device.Sink

	mu       sync.Mutex
	link     device.Link
	n        int
	members  map[device.Phone]bool // who is on WhatsApp
	asked    []device.Phone
	phones   map[device.Phone][]shown
	answers  []error               // for the next sends, instead of nil
	swallow  bool                  // the next message arrives, its answer does not
	deaf     bool                  // no delivered receipts
	silent   bool                  // the directory leaves everybody out of its answer
	lookUp   func()                // called when the directory is asked; may be nil
	sends    func(device.Envelope) // called when a message leaves; may be nil
	took     time.Duration         // what a send takes
	sentAt   []time.Time
	envelope map[string]device.Envelope
}

type shown struct {
	wireID, text string
	revoked      bool
}

func newRadio(ch device.Channel) *radio {
	return &radio{
		channel: ch, link: device.Link{Channel: ch, State: device.LinkConnected, Since: time.Now().Add(-time.Hour)},
		members: map[device.Phone]bool{}, phones: map[device.Phone][]shown{}, envelope: map[string]device.Envelope{},
	}
}

func (r *radio) listen(sink device.Sink) { r.sink = sink }

func (r *radio) Prepare(_ context.Context, out device.Outgoing) (device.Envelope, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if out.Text == "" {
		return device.Envelope{}, device.Errorf(device.Invalid, "radio", "empty text")
	}
	r.n++
	return device.Envelope{Outgoing: out, WireID: fmt.Sprintf("%s-%d", r.channel, r.n), Device: "box", Parts: 1}, nil
}

func (r *radio) Send(ctx context.Context, env device.Envelope) (device.Accepted, error) {
	if err := ctx.Err(); err != nil {
		return device.Accepted{}, device.Errorf(device.Unavailable, "radio", "%w", err)
	}
	if r.took > 0 {
		time.Sleep(r.took)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sentAt = append(r.sentAt, time.Now())
	if !r.link.CanReply() {
		return device.Accepted{}, device.Errorf(device.Unavailable, "radio", "no link")
	}
	if len(r.answers) > 0 {
		err := r.answers[0]
		r.answers = r.answers[1:]
		if err != nil {
			return device.Accepted{}, err
		}
	}
	if r.sends != nil {
		r.sends(env)
	}
	r.arrive(env)
	if r.swallow {
		r.swallow = false
		return device.Accepted{}, device.Errorf(device.Uncertain, "radio", "no answer")
	}
	return device.Accepted{At: time.Now(), Device: "box"}, nil
}

// arrive shows the message, once per wire id, and sends the delivered receipt.
func (r *radio) arrive(env device.Envelope) {
	for _, s := range r.phones[env.To] {
		if s.wireID == env.WireID {
			return
		}
	}
	r.envelope[env.WireID] = env
	r.phones[env.To] = append(r.phones[env.To], shown{wireID: env.WireID, text: env.Text})
	if !r.deaf {
		go r.report(env.WireID, device.ReceiptDelivered)
	}
}

func (r *radio) report(wireID string, kind device.ReceiptKind) {
	r.mu.Lock()
	env := r.envelope[wireID]
	r.mu.Unlock()
	_ = r.sink.Receipt(context.Background(), device.Receipt{
		Channel: r.channel, Device: "box", WireIDs: []string{wireID}, Kind: kind, At: time.Now(), From: env.To, Evidence: string(kind),
	})
}

func (r *radio) Revoke(_ context.Context, env device.Envelope) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, s := range r.phones[env.To] {
		if s.wireID == env.WireID {
			r.phones[env.To][i].revoked = true
		}
	}
	return nil
}

func (r *radio) Lookup(_ context.Context, phones []device.Phone) ([]device.Presence, error) {
	if r.lookUp != nil {
		r.lookUp()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked = append(r.asked, phones...)
	found := make([]device.Presence, len(phones))
	for i, p := range phones {
		found[i] = device.Presence{Phone: p, On: device.No, At: time.Now(), Source: device.FromDirectory}
		if r.silent {
			found[i].On = device.Unknown
		} else if r.members[p] {
			found[i].On, found[i].Canonical = device.Yes, p
		}
	}
	return found, nil
}

func (r *radio) Link() device.Link {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.link
}

func (r *radio) setLink(state device.LinkState) {
	r.mu.Lock()
	r.link.State, r.link.Since = state, time.Now()
	l := r.link
	r.mu.Unlock()
	r.sink.LinkChanged(context.Background(), l)
}

// texts is what a phone shows now.
func (r *radio) texts(p device.Phone) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []string
	for _, s := range r.phones[p] {
		if !s.revoked {
			list = append(list, s.text)
		}
	}
	return list
}
