package modem

import (
	"context"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/device/devicetest"
	sim "vestnik/sim/modem"
)

// BenchmarkSend is our own share of one SMS: the network answers at once, each report comes and is settled.
func BenchmarkSend(b *testing.B) {
	for _, p := range []sim.Profile{sim.Huawei, sim.SIM800} {
		b.Run(string(p), func(b *testing.B) {
			s, err := sim.New(sim.Options{Dir: b.TempDir(), Profile: p, Slots: 100})
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = s.Close() }()
			m, err := New(Options{Port: s.Port(), Sink: &devicetest.Sink{}, Journal: &memoryJournal{}})
			if err != nil {
				b.Fatal(err)
			}
			ctx, cancel := context.WithCancel(b.Context())
			done := make(chan struct{})
			go func() { defer close(done); _ = m.Run(ctx) }()
			defer func() { cancel(); <-done }()
			for m.Link().State != device.LinkConnected {
				time.Sleep(time.Millisecond)
			}
			for b.Loop() {
				env, err := m.Prepare(ctx, device.Outgoing{To: customer, Text: "Ваш заказ 10482 готов к выдаче."})
				if err != nil {
					b.Fatal(err)
				}
				if _, err := m.Send(ctx, env); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
