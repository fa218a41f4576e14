package gateway_test

import (
	"context"
	"testing"

	"vestnik/device"
	"vestnik/gateway"
)

// A box that is switched off while it still looks up what it was sending has no fault to tell of.
func TestADispatcherThatIsStoppedAsItBeginsEndsWell(t *testing.T) {
	t.Parallel()
	open(t, nil, func(s *shop) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		d := gateway.NewDispatcher(device.WhatsApp)
		d.Box, d.Live, d.Ledger = "main", s.live, s.store
		if err := d.Run(ctx); err != nil {
			t.Fatal(err)
		}
	})
}
