package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"vestnik/sim/modem"
)

// unplug breaks the way of an SMS at each of its moments: the stick is pulled out, or
// the box is killed, or both; the answer is lost, or the modem restarts.
// Several rigs share the work, since most of it is waiting for a stick to come back:
// two with a USB stick that stores delivery reports, one with a module on a wire that
// tells a report once and keeps its tty over a restart.
func unplug(ctx context.Context, o options) (Tally, error) {
	began := time.Now()
	lanes := []modem.Profile{modem.Huawei, modem.SIM800, modem.Huawei}
	lanes = lanes[:min(len(lanes), max(1, o.Faults/4))]
	tallies, faults := make([]Tally, len(lanes)), make([]error, len(lanes))
	var all sync.WaitGroup
	for i, profile := range lanes {
		mine := o
		mine.Faults = (o.Faults + len(lanes) - 1 - i) / len(lanes)
		mine.Seed = o.Seed + uint64(i)
		mine.Dir = filepath.Join(o.Dir, fmt.Sprintf("lane-%d", i+1))
		mine.Log = o.Log.With("lane", i+1)
		all.Go(func() { tallies[i], faults[i] = unplugLane(ctx, mine, profile, i) })
	}
	all.Wait()
	sum := merge("unplug", tallies...)
	sum.Took = time.Since(began)
	return sum, errors.Join(faults...)
}

// merge adds tallies up.
func merge(kind string, tallies ...Tally) Tally {
	sum := Tally{Kind: kind}
	for _, t := range tallies {
		sum.Faults += t.Faults
		sum.Acknowledged += t.Acknowledged
		sum.Received += t.Received
		sum.Lost += t.Lost
		sum.Doubled += t.Doubled
		sum.Unknown += t.Unknown
		sum.UnknownReceived += t.UnknownReceived
		sum.InDoubt += t.InDoubt
		sum.SameIDAgain += t.SameIDAgain
		sum.Marks += t.Marks
		sum.Wrong = append(sum.Wrong, t.Wrong...)
		sum.Took = max(sum.Took, t.Took)
	}
	return sum
}

func unplugLane(ctx context.Context, o options, profile modem.Profile, lane int) (Tally, error) {
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return Tally{}, err
	}
	r, err := newRig(ctx, rigOptions{
		Dir: o.Dir, Binary: o.Binary, Seed: o.Seed, Profile: profile, ReportsOnce: profile == modem.SIM800, Log: o.Log,
		// The other radio works on; SMS come from the hand that pulls the stick.
		Pace: pace{WhatsApp: time.Second},
	})
	if err != nil {
		return Tally{}, err
	}
	defer r.Close()
	h := &hand{rig: r, m: r.World.Modem, wires: profile == modem.SIM800}
	around, stop := context.WithCancel(ctx)
	var background sync.WaitGroup
	background.Go(func() { r.Arrivals(around) })
	pulls := pullsOf(h.wires)
	hits := 0
	for n := 0; hits < o.Faults && n < 2*o.Faults+3; n++ {
		// The first lane begins at the front, the others elsewhere; long and short take turns,
		// and so do the parts of a long one.
		k := n + lane*len(pulls)/2
		p := pulls[k%len(pulls)]
		// Which part is hit: 0 stands for an SMS of one part.
		part := []int{0, 1, 2, 3}[(k+k/len(pulls))%4]
		o.Log.Info("pull", "n", n+1, "what", p.name, "part", part)
		switch err = h.pull(ctx, p, part); {
		case errors.Is(err, errNotHit):
			o.Log.Warn("not hit", "what", p.name, "part", part, "error", err)
			err = h.rest(ctx)
		case err != nil:
			err = fmt.Errorf("%s, part %d: %w", p.name, part, err)
		default:
			hits++
		}
		if err != nil {
			break
		}
	}
	stop()
	background.Wait()
	if err == nil {
		err = h.rest(ctx)
	}
	if err != nil {
		return Tally{}, err
	}
	if err := r.Settle(ctx); err != nil {
		return Tally{}, err
	}
	t, err := r.Tally(ctx, "unplug", hits)
	if hits < o.Faults {
		t.wrong("only %d of %d faults met an SMS", hits, o.Faults)
	}
	h.countParts(&t)
	if !h.wires && t.UnknownReceived > 0 {
		t.wrong("%d SMS are unknown although a stick that keeps its reports has told all of them", t.UnknownReceived)
	}
	return t, err
}

// hand pulls sticks. All its methods are called one after the other.
type hand struct {
	rig   *rig
	m     *modem.Modem
	wires bool // the modem is a module that cannot be pulled out, only lose its power
	// written counts the SMS of this hand, so that each part of each is unique.
	written int
}

// Patience of the hand with the box and the modem.
const (
	upWait   = 90 * time.Second
	busyWait = 4 * time.Second
	hitWait  = 30 * time.Second
)

// errNotHit is a fault that met no SMS: after the troubles of the last one the box may
// have been busy with others.
var errNotHit = errors.New("the fault was not met")

// pull lets one fault happen to an SMS of one part, or to a part of an SMS of three,
// with another one waiting behind it.
func (h *hand) pull(ctx context.Context, p pull, part int) error {
	if err := h.rig.BoxUp(ctx, upWait); err != nil {
		return err
	}
	// An SMS that did not leave waits some seconds for its next try. Most faults begin with
	// an empty queue, so that they hit what they mean; some hit such a one.
	if err := h.idle(ctx, busyWait); err != nil {
		return err
	}
	if h.wires {
		// The module tells a report once: those of earlier SMS shall be told before the next
		// fault, since an SMS whose report nobody heard stays "accepted".
		sleep(ctx, 500*time.Millisecond)
	}
	// Afterwards nothing is left that was meant for a submit that never came.
	defer h.m.Faults().Reset()
	before, begun := h.taken(), h.submits()
	if err := p.do(ctx, h, max(part, 1), part > 0); err != nil {
		return fmt.Errorf("%w; since the fault was laid %d submits, %d SMS taken; the modem last heard %q", err, h.submits()-begun, h.taken()-before, last(h.m.Commands(), 4))
	}
	return nil
}

// rest puts the world in order.
func (h *hand) rest(ctx context.Context) error {
	h.m.Faults().Reset()
	if err := h.m.Plug(); err != nil {
		return err
	}
	if _, ok := h.rig.box.running(); !ok {
		if err := h.rig.StartBox(ctx); err != nil {
			return err
		}
	}
	return h.rig.BoxUp(ctx, upWait)
}

// idle waits until nothing is queued, at most limit.
func (h *hand) idle(ctx context.Context, limit time.Duration) error {
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	_ = until(limited, 50*time.Millisecond, func() (bool, error) {
		s, err := h.rig.api.status(limited)
		return err == nil && s.Queue.Queued == 0 && s.Queue.Sending == 0, nil
	})
	return ctx.Err()
}

// write gives the box an SMS. Every part of a long one has a text of its own, so that
// a part that comes twice is seen.
func (h *hand) write(ctx context.Context, long bool) *promise {
	more := ""
	h.written++
	if long {
		for i := 0; len(more) < 150; i++ { // with its beginning some 170 letters of UCS-2: three parts
			more += fmt.Sprintf(" %d.%02d", h.written, i)
		}
	}
	p := &promise{to: h.rig.crowd.someone(false, h.rig.roll), channels: []string{sms}}
	h.rig.write(ctx, p, more)
	return p
}

// taken is how many SMS the network took.
func (h *hand) taken() int {
	n := 0
	for _, msg := range h.m.Network() {
		n += len(msg.Parts)
	}
	return n
}

// submits is how often the box began to give the modem an SMS.
func (h *hand) submits() int {
	n := 0
	for _, line := range h.m.Commands() {
		if strings.HasPrefix(line, "AT+CMGS=") {
			n++
		}
	}
	return n
}

// seen waits until the modem has come to something, which it must within hitWait.
func (h *hand) seen(ctx context.Context, what string, ok func() bool) error {
	done := make(chan bool, 1)
	go func() { done <- h.m.Wait(hitWait, ok) }()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case hit := <-done:
		if !hit {
			return fmt.Errorf("%w: no %s within %s", errNotHit, what, hitWait)
		}
		return nil
	}
}

func last(list []string, n int) []string { return list[max(0, len(list)-n):] }

// bootAgain kills the box and starts it after a moment.
func (h *hand) bootAgain(ctx context.Context) error {
	if err := h.rig.KillBox(); err != nil {
		return err
	}
	sleep(ctx, h.rig.span(0, 400*time.Millisecond))
	return h.rig.StartBox(ctx)
}

// away is how long a stick is out.
func (h *hand) away() time.Duration { return h.rig.span(300*time.Millisecond, 3*time.Second) }

// countParts finds parts that the network took twice: the shop pays for each, and the
// customer's phone may show a torso.
func (h *hand) countParts(t *Tally) {
	times := map[[2]string]int{}
	shown := h.rig.crowd.phones()
	for _, msg := range h.m.Network() {
		for _, p := range msg.Parts {
			times[[2]string{msg.To, p.Text}]++
		}
	}
	var twice []string
	for at, n := range times {
		if n > 1 && len(shown[at]) < 2 { // a whole SMS that is shown twice is counted already
			twice = append(twice, fmt.Sprintf("part %q to %s was taken %d times", at[1], at[0], n))
		}
	}
	slices.Sort(twice)
	t.Doubled += len(twice)
	for _, s := range twice {
		t.wrong("%s", s)
	}
}
