package whatsapp

import (
	"testing"

	"vestnik/device"
	"vestnik/device/devicetest"
	sim "vestnik/sim/whatsapp"
)

func TestTheSessionIsATransport(t *testing.T) {
	t.Parallel()
	devicetest.Exercise(t, func(t *testing.T) *devicetest.Rig {
		t.Parallel()
		r := newRig(t).link()
		return &devicetest.Rig{
			Transport: r.s, Sink: r.sink, Reachable: anaNumber, Unreachable: nobody,
			Got: func(p device.Phone) []string { return texts(r.srv.Customer(string(p)).Inbox()) },
			Write: func(t testing.TB, from device.Phone, text string) {
				if _, err := r.srv.Customer(string(from)).SendText(string(shopNumber), text, sim.ByLID); err != nil {
					t.Fatal(err)
				}
			},
			Cut:  func(testing.TB) { r.srv.Faults().Down(true) },
			Mend: func(testing.TB) { r.srv.Faults().Down(false) },
			Restart: func(testing.TB) device.Transport {
				r.restart()
				r.awaitState(device.LinkConnected)
				return r.s
			},
			SwallowAnswer: func(testing.TB) { r.srv.Faults().LoseAck(1) },
		}
	})
}
