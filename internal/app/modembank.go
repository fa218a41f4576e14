package app

import (
	"context"

	"vestnik/device"
)

// modemBank is all modems of the box as one transport: a message leaves by the
// first one that is on the network, and stays with the one that prepared it.
type modemBank []device.Transport

// Prepare implements device.Transport.
func (b modemBank) Prepare(ctx context.Context, out device.Outgoing) (device.Envelope, error) {
	return b.best().Prepare(ctx, out)
}

// Send implements device.Transport.
func (b modemBank) Send(ctx context.Context, env device.Envelope) (device.Accepted, error) {
	for _, m := range b {
		if m.Link().Device == env.Device {
			return m.Send(ctx, env)
		}
	}
	// That modem is gone. Another one sends what nobody has begun, and says uncertain of a text
	// that is half sent.
	return b.best().Send(ctx, env)
}

// Recall implements device.Memory: the modems of a box share their records.
func (b modemBank) Recall(ctx context.Context, env device.Envelope) ([]device.AcceptedPart, int, error) {
	for _, m := range append(modemBank{b.best()}, b...) {
		if memory, ok := m.(device.Memory); ok {
			return memory.Recall(ctx, env)
		}
	}
	return nil, 0, device.Errorf(device.Unavailable, "sms", "no modem keeps records")
}

// Link implements device.Transport: the best of the modems.
func (b modemBank) Link() device.Link { return b.best().Link() }

func (b modemBank) best() device.Transport {
	for _, m := range b {
		if m.Link().CanReply() {
			return m
		}
	}
	for _, m := range b {
		if !m.Link().NeedsPerson() {
			return m
		}
	}
	return b[0]
}
