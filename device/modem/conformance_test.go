package modem

import (
	"testing"

	"vestnik/device"
	"vestnik/device/devicetest"
	sim "vestnik/sim/modem"
)

// TestExercise runs the suite of all radios against each kind of modem: stored reports (Huawei), routed
// ones (SIM800), and those that announce reports which are not there (Quectel).
func TestExercise(t *testing.T) {
	t.Parallel()
	for _, profile := range []sim.Profile{sim.Huawei, sim.SIM800, sim.Quectel, sim.Generic} {
		for _, cut := range []string{"unplugged", "no network"} {
			if cut == "no network" && profile != sim.SIM800 {
				continue
			}
			t.Run(string(profile)+" "+cut, func(t *testing.T) {
				t.Parallel()
				devicetest.Exercise(t, func(t *testing.T) *devicetest.Rig { return exerciseRig(t, profile, cut) })
			})
		}
	}
}

func exerciseRig(t *testing.T, profile sim.Profile, cut string) *devicetest.Rig {
	r := up(t, sim.Options{Profile: profile})
	r.wrongNumbers = true
	out := &devicetest.Rig{
		Transport: r.m, Sink: r.sink, Reachable: customer, Unreachable: "+8900000000000",
		Got: func(p device.Phone) []string { return texts(r.sim, p) },
		Write: func(_ testing.TB, from device.Phone, text string) {
			r.sim.Receive(from.String(), text)
		},
		Cut: func(testing.TB) { r.sim.Unplug() },
		Mend: func(t testing.TB) {
			if err := r.sim.Plug(); err != nil {
				t.Fatal(err)
			}
		},
		Restart:       func(testing.TB) device.Transport { return r.restart() },
		SwallowAnswer: func(testing.TB) { r.sim.Faults().HangSubmit(1) },
	}
	if cut == "no network" {
		out.Cut = func(testing.TB) { r.sim.SetRegistered(false) }
		out.Mend = func(testing.TB) { r.sim.SetRegistered(true) }
	}
	return out
}
