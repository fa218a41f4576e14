package main

import (
	"context"
	"fmt"
	"time"

	"vestnik/sim/modem"
)

// pull is one way to break an SMS on its way. do hits the nth submit from now on of
// an SMS that it writes itself, and returns when the fault has happened and its cause is over.
type pull struct {
	name string
	do   func(ctx context.Context, h *hand, nth int, long bool) error
}

// pullsOf are all ways for a stick, or for a module on wires, whose faults are
// restarts.
func pullsOf(wires bool) []pull {
	phases := []struct {
		name  string
		phase modem.Phase
	}{
		{"after the network took it", modem.AfterTaken},
		{"after the PDU", modem.AfterPDU},
		{"before the prompt", modem.BeforePrompt},
		{"in the PDU", modem.AfterPrompt},
	}
	kills := []pull{
		{"kill after the network took it", killTaken},
		{"kill with the PDU in the modem", killPDU},
		{"kill between +CMGS and the report", killAccepted},
		{"kill before the prompt", killPrompt},
		{"kill with the report coming", killReport},
	}
	var list []pull
	for i, ph := range phases {
		if wires {
			list = append(list, pull{"restart " + ph.name, restartAt(ph.phase)})
		} else {
			list = append(list, pull{"pull " + ph.name, pullAt(ph.phase)})
		}
		list = append(list, kills[i])
	}
	list = append(list, pull{"an error although the network took it, and a late report", late(takenWithError)}, pull{"an error although the network took it", takenWithError}, pull{"the answer is lost", lostAnswer})
	if wires {
		return list
	}
	return append(list,
		pull{"pull after the network took it, and a late report", late(pullAt(modem.AfterTaken))},
		kills[4],
		pull{"pull between +CMGS and the report", pullAccepted},
		pull{"box and stick lose their power after the network took it", powerTaken},
		pull{"pull at any moment", pullAnywhen},
		pull{"pull after the network took it, for long", pullLong},
		pull{"the stick restarts after the network took it", restartAt(modem.AfterTaken)},
	)
}

// pullAt unplugs at a phase and plugs in again after a while.
func pullAt(phase modem.Phase) func(context.Context, *hand, int, bool) error {
	return func(ctx context.Context, h *hand, nth int, long bool) error {
		h.m.Faults().UnplugAt(nth, phase, 0)
		h.writeTwo(ctx, long)
		if err := h.seen(ctx, "pull", func() bool { return !h.m.Plugged() }); err != nil {
			return err
		}
		sleep(ctx, h.away())
		return h.m.Plug()
	}
}

// late keeps reports back until whoever does not wait for them would have sent again.
func late(do func(context.Context, *hand, int, bool) error) func(context.Context, *hand, int, bool) error {
	return func(ctx context.Context, h *hand, nth int, long bool) error {
		h.m.Faults().HoldReports(true)
		defer h.m.Faults().HoldReports(false)
		err := do(ctx, h, nth, long)
		sleep(ctx, 9*time.Second)
		return err
	}
}

// pullLong keeps the stick out while everybody else has long given up.
func pullLong(ctx context.Context, h *hand, nth int, long bool) error {
	h.m.Faults().UnplugAt(nth, modem.AfterTaken, 0)
	h.writeTwo(ctx, long)
	if err := h.seen(ctx, "pull", func() bool { return !h.m.Plugged() }); err != nil {
		return err
	}
	sleep(ctx, 25*time.Second)
	return h.m.Plug()
}

// pullAnywhen unplugs at a moment that is no particular one.
func pullAnywhen(ctx context.Context, h *hand, _ int, long bool) error {
	h.writeTwo(ctx, long)
	sleep(ctx, h.rig.span(0, 1500*time.Millisecond))
	h.m.Unplug()
	sleep(ctx, h.away())
	return h.m.Plug()
}

// pullAccepted unplugs when the box knows that the network has the SMS. The report
// comes while the stick is out, or waits for it.
func pullAccepted(ctx context.Context, h *hand, _ int, long bool) error {
	h.m.Faults().HoldReports(true)
	if err := h.accepted(ctx, h.writeTwo(ctx, long)); err != nil {
		return err
	}
	h.m.Unplug()
	sleep(ctx, h.away())
	early := h.rig.roll(2) == 0
	if early {
		h.m.Faults().HoldReports(false)
	}
	err := h.m.Plug()
	h.m.Faults().HoldReports(false)
	return err
}

// restartAt lets the modem restart: a stick leaves for a moment, a module keeps its tty
// and says that it is ready.
func restartAt(phase modem.Phase) func(context.Context, *hand, int, bool) error {
	return func(ctx context.Context, h *hand, nth int, long bool) error {
		before, begun := h.taken(), h.submits()
		h.m.Faults().RestartAt(nth, phase)
		h.writeTwo(ctx, long)
		if phase == modem.AfterTaken {
			return h.seen(ctx, "SMS in the network", func() bool { return h.taken() >= before+nth })
		}
		return h.seen(ctx, "submit", func() bool { return h.submits() >= begun+nth })
	}
}

// takenWithError answers +CMS ERROR: 332, network time-out, although the network has
// the SMS.
func takenWithError(ctx context.Context, h *hand, nth int, long bool) error {
	before := h.taken()
	h.m.Faults().FailSubmitTaken(nth, 332)
	h.writeTwo(ctx, long)
	return h.seen(ctx, "SMS in the network", func() bool { return h.taken() >= before+nth })
}

// lostAnswer never says +CMGS; the modem goes on living.
func lostAnswer(ctx context.Context, h *hand, nth int, long bool) error {
	before := h.taken()
	h.m.Faults().HangSubmit(nth)
	h.writeTwo(ctx, long)
	return h.seen(ctx, "SMS in the network", func() bool { return h.taken() >= before+nth })
}

// killTaken kills the box between the network's taking and +CMGS.
func killTaken(ctx context.Context, h *hand, nth int, long bool) error {
	if err := lostAnswer(ctx, h, nth, long); err != nil {
		return err
	}
	return h.bootAgain(ctx)
}

// killPDU kills the box while the network makes up its mind: it takes the SMS while
// nobody is there.
func killPDU(ctx context.Context, h *hand, nth int, long bool) error {
	before, begun := h.taken(), h.submits()
	h.m.Faults().DelaySubmit(nth, 1500*time.Millisecond)
	h.writeTwo(ctx, long)
	if err := h.seen(ctx, "submit", func() bool { return h.submits() >= begun+nth }); err != nil {
		return err
	}
	sleep(ctx, h.rig.span(100*time.Millisecond, time.Second))
	if err := h.bootAgain(ctx); err != nil {
		return err
	}
	return h.seen(ctx, "SMS in the network", func() bool { return h.taken() >= before+nth })
}

// killPrompt kills the box that waits for "> ".
func killPrompt(ctx context.Context, h *hand, nth int, long bool) error {
	begun := h.submits()
	h.m.Faults().HangPrompt(nth)
	h.writeTwo(ctx, long)
	if err := h.seen(ctx, "submit", func() bool { return h.submits() >= begun+nth }); err != nil {
		return err
	}
	return h.bootAgain(ctx)
}

// killAccepted kills the box that waits for the report, which comes while it is
// dead, or after it is back.
func killAccepted(ctx context.Context, h *hand, _ int, long bool) error {
	h.m.Faults().HoldReports(true)
	defer h.m.Faults().HoldReports(false)
	if err := h.accepted(ctx, h.writeTwo(ctx, long)); err != nil {
		return err
	}
	if err := h.rig.KillBox(); err != nil {
		return err
	}
	// A module on wires tells a report once: when nobody listens, it is gone, and no box
	// can know better than "accepted".
	if !h.wires && h.rig.roll(2) == 0 {
		h.m.Faults().HoldReports(false)
		sleep(ctx, 300*time.Millisecond)
	}
	if err := h.rig.StartBox(ctx); err != nil {
		return err
	}
	return h.rig.BoxUp(ctx, upWait)
}

// killReport kills the box about the time at which the report comes.
func killReport(ctx context.Context, h *hand, nth int, long bool) error {
	before := h.taken()
	h.writeTwo(ctx, long)
	if err := h.seen(ctx, "SMS in the network", func() bool { return h.taken() >= before+nth }); err != nil {
		return err
	}
	sleep(ctx, h.rig.span(250*time.Millisecond, 400*time.Millisecond))
	return h.bootAgain(ctx)
}

// powerTaken takes the power from the box and from the stick that it feeds.
func powerTaken(ctx context.Context, h *hand, nth int, long bool) error {
	h.m.Faults().UnplugAt(nth, modem.AfterTaken, 0)
	h.writeTwo(ctx, long)
	if err := h.seen(ctx, "pull", func() bool { return !h.m.Plugged() }); err != nil {
		return err
	}
	if err := h.rig.KillBox(); err != nil {
		return err
	}
	sleep(ctx, h.away())
	if h.rig.roll(2) == 0 { // the box is up before the stick, or after it
		if err := h.rig.StartBox(ctx); err != nil {
			return err
		}
		sleep(ctx, h.away())
		return h.m.Plug()
	}
	if err := h.m.Plug(); err != nil {
		return err
	}
	return h.rig.StartBox(ctx)
}

// writeTwo writes the SMS that is hit, and one behind it. It answers the first.
func (h *hand) writeTwo(ctx context.Context, long bool) *promise {
	first := h.write(ctx, long)
	h.write(ctx, false)
	return first
}

// accepted waits until the box shows that the network took an SMS, at most hitWait.
func (h *hand) accepted(ctx context.Context, p *promise) error {
	limited, cancel := context.WithTimeout(ctx, hitWait)
	defer cancel()
	state := "not asked"
	err := until(limited, 20*time.Millisecond, func() (bool, error) {
		m, err := h.rig.api.story(limited, p.id)
		if err != nil {
			return false, nil
		}
		state = m.State
		return state != "queued" && state != "sending", nil
	})
	if err != nil {
		return fmt.Errorf("%w: message %d is %s and not accepted within %s: %w", errNotHit, p.id, state, hitWait, err)
	}
	return nil
}
