package app_test

import (
	"context"
	"fmt"
	"sync"
	"time"

	"vestnik/device"
)

// airwaves is a mobile network with one modem, in a test's own time.
type airwaves struct {
	ear device.Sink

	mu      sync.Mutex
	n       int
	down    bool
	phones  map[device.Phone][]text
	sentAt  []time.Time
	took    time.Duration // for one SMS
	reports sync.WaitGroup
}

// text is what a phone shows.
type text struct {
	at   time.Time
	what string
	by   device.Channel
}

func newAirwaves() *airwaves {
	return &airwaves{phones: map[device.Phone][]text{}, took: 4 * time.Second}
}

// Prepare implements device.Transport.
func (a *airwaves) Prepare(_ context.Context, out device.Outgoing) (device.Envelope, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.n++
	return device.Envelope{Outgoing: out, WireID: fmt.Sprintf("air-%d", a.n), Device: "350000000000001", Parts: device.MeasureSMS(out.Text).Parts}, nil
}

// Send implements device.Transport.
func (a *airwaves) Send(ctx context.Context, env device.Envelope) (device.Accepted, error) {
	select {
	case <-ctx.Done():
		return device.Accepted{}, device.Errorf(device.Unavailable, "airwaves: send", "stopped")
	case <-time.After(a.took):
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.down {
		return device.Accepted{}, device.Errorf(device.Unavailable, "airwaves: send", "no network")
	}
	now := time.Now()
	a.phones[env.To] = append(a.phones[env.To], text{now, env.Text, device.SMS})
	a.sentAt = append(a.sentAt, now)
	got := device.Accepted{At: now, Device: env.Device}
	for i := range env.Parts {
		got.Parts = append(got.Parts, device.AcceptedPart{Seq: i + 1, MR: (a.n + i) % 256, At: now})
	}
	a.reports.Go(func() {
		time.Sleep(5 * time.Second)
		for i := range env.Parts {
			_ = a.ear.Receipt(context.Background(), device.Receipt{
				Channel: device.SMS, Device: env.Device, WireIDs: []string{env.WireID}, Part: i + 1, Parts: env.Parts,
				Kind: device.ReceiptDelivered, At: time.Now(), From: env.To, Evidence: "TP-ST 0x00",
			})
		}
	})
	return got, nil
}

// Link implements device.Transport.
func (a *airwaves) Link() device.Link {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.down {
		return device.Link{Channel: device.SMS, State: device.LinkUnreachable}
	}
	return device.Link{Channel: device.SMS, State: device.LinkConnected}
}

// Recall implements device.Memory: everything that was sent is known.
func (a *airwaves) Recall(context.Context, device.Envelope) ([]device.AcceptedPart, int, error) {
	return nil, 0, nil
}

// writes: somebody writes to the shop's number by SMS.
func (a *airwaves) writes(from device.Phone, what string) error {
	a.mu.Lock()
	a.n++
	id := fmt.Sprintf("in-%d", a.n)
	a.mu.Unlock()
	return a.ear.Incoming(context.Background(), device.Incoming{
		Channel: device.SMS, Device: "350000000000001", ID: id, From: from, Text: what, At: time.Now(),
	})
}
