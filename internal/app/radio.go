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

	mu  sync.Mutex
	now device.Transport
}

func (r *radio) use(t device.Transport) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = t
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
	return device.Envelope{}, r.off()
}

// Send implements device.Transport.
func (r *radio) Send(ctx context.Context, env device.Envelope) (device.Accepted, error) {
	if t := r.current(); t != nil {
		return t.Send(ctx, env)
	}
	return device.Accepted{}, r.off()
}

// Link implements device.Transport.
func (r *radio) Link() device.Link {
	if t := r.current(); t != nil {
		return t.Link()
	}
	return device.Link{Channel: r.channel, State: device.LinkOff}
}

// Revoke implements device.Revoker.
func (r *radio) Revoke(ctx context.Context, env device.Envelope) error {
	if t, ok := r.current().(device.Revoker); ok {
		return t.Revoke(ctx, env)
	}
	return r.off()
}

// Lookup implements device.Directory.
func (r *radio) Lookup(ctx context.Context, phones []device.Phone) ([]device.Presence, error) {
	if t, ok := r.current().(device.Directory); ok {
		return t.Lookup(ctx, phones)
	}
	return nil, r.off()
}

func (r *radio) off() error {
	return device.Errorf(device.Unavailable, string(r.channel), "switched off in the settings")
}
