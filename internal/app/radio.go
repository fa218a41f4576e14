package app

import (
	"context"
	"sync"

	"vestnik/device"
)

// radio is what a dispatcher holds: the transport of the moment. Settings switch
// radios on and off, so the one behind it changes; with none, it says so.
type radio struct {
	channel device.Channel

	mu       sync.Mutex
	now      device.Transport
	switched bool // off by the settings, and not merely between two transports
}

func (r *radio) use(t device.Transport) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now, r.switched = t, false
}

func (r *radio) off() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now, r.switched = nil, true
}

func (r *radio) current() device.Transport {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now
}

// Prepare implements device.Transport.
func (r *radio) Prepare(ctx context.Context, out device.Outgoing) (device.Envelope, error) {
	if t := r.current(); t != nil {
		return t.Prepare(ctx, out)
	}
	return device.Envelope{}, r.gone()
}

// Send implements device.Transport.
func (r *radio) Send(ctx context.Context, env device.Envelope) (device.Accepted, error) {
	if t := r.current(); t != nil {
		return t.Send(ctx, env)
	}
	return device.Accepted{}, r.gone()
}

// Link implements device.Transport.
func (r *radio) Link() device.Link {
	if t := r.current(); t != nil {
		return t.Link()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.switched {
		return device.Link{Channel: r.channel, State: device.LinkOff}
	}
	return device.Link{Channel: r.channel, State: device.LinkConnecting}
}

// Revoke implements device.Revoker.
func (r *radio) Revoke(ctx context.Context, env device.Envelope) error {
	if t, ok := r.current().(device.Revoker); ok {
		return t.Revoke(ctx, env)
	}
	return r.gone()
}

// Lookup implements device.Directory.
func (r *radio) Lookup(ctx context.Context, phones []device.Phone) ([]device.Presence, error) {
	if t, ok := r.current().(device.Directory); ok {
		return t.Lookup(ctx, phones)
	}
	return nil, r.gone()
}

// Recall implements device.Memory.
func (r *radio) Recall(ctx context.Context, env device.Envelope) ([]device.AcceptedPart, int, error) {
	if t, ok := r.current().(device.Memory); ok {
		return t.Recall(ctx, env)
	}
	return nil, 0, r.gone()
}

func (r *radio) gone() error {
	return device.Errorf(device.Unavailable, string(r.channel), "there is no radio at this moment")
}
