package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// network is the scenario of bad connections: o.Faults cuts of the ways to WhatsApp
// and to the CRM, with arrivals going on. The box is not killed.
func network(ctx context.Context, o options) (Tally, error) {
	n := &cuts{}
	defer n.close()
	r, err := newRig(ctx, rigOptions{
		Dir: o.Dir, Binary: o.Binary, Seed: o.Seed, Log: o.Log, Route: n.route,
		Pace: pace{WhatsApp: 150 * time.Millisecond, Short: 1500 * time.Millisecond, Orders: 500 * time.Millisecond},
	})
	if err != nil {
		return Tally{}, err
	}
	defer r.Close()
	n.rig = r
	if err := r.during(ctx, func(ctx context.Context) error { return n.run(ctx, o.Faults) }); err != nil {
		return Tally{}, fmt.Errorf("network: %w", err)
	}
	n.calm()
	if err := r.Settle(ctx); err != nil {
		return Tally{}, fmt.Errorf("network: %w", err)
	}
	o.Log.Info("network", "answers to changes of orders that were lost", n.edits.lost.Load(), "clean restarts", n.restarts)
	return r.Tally(ctx, "network", o.Faults)
}

func listenLocal() (net.Listener, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen on loopback: %w", err)
	}
	return l, nil
}

// cuts is what can be broken between the box and the world.
type cuts struct {
	rig       *rig
	messenger *wire
	crm       *wire
	edits     *counter

	restarting     sync.RWMutex // held for reading by who expects a running box
	mu             sync.Mutex
	done, restarts int
}

// route leads the box's ways through the wires.
func (n *cuts) route(name, target string) (addr string, err error) {
	switch name {
	case "whatsapp":
		if n.messenger, err = newWire(name, target); err != nil {
			return "", err
		}
		return n.messenger.Addr(), nil
	case "crm":
		if n.edits, err = newCounter(target); err != nil {
			return "", err
		}
		if n.crm, err = newWire(name, n.edits.addr); err != nil {
			return "", err
		}
		return n.crm.Addr(), nil
	}
	return target, nil
}

func (n *cuts) close() {
	if n.messenger != nil {
		n.messenger.Close()
	}
	if n.crm != nil {
		n.crm.Close()
	}
	if n.edits != nil {
		n.edits.Close()
	}
}

// calm takes back every fault of the simulators that did not hit yet.
func (n *cuts) calm() {
	f := n.rig.World.WhatsApp.Faults()
	f.CutBeforeProcessing(0)
	f.CutAfterProcessing(0)
	f.LoseAck(0)
	f.AckError(0, 0)
	f.RateLimitDevices(0)
	f.RateLimitDirectory(0)
	f.Delay(0)
	f.Freeze(false)
	f.Down(false)
	n.rig.World.CRM.Faults().Clear()
	n.edits.LoseEdits(0)
}

// cut is one way of breaking a connection. It lasts until undo; nil: it is over when
// it was done, or when it has hit.
type cut struct {
	name string
	do   func() (undo func() error, err error)
	last time.Duration // about
}

// run breaks the two ways side by side, total times together. Each kind has its turn
// before one comes again, in an order of the seed.
func (n *cuts) run(ctx context.Context, total int) error {
	var both sync.WaitGroup
	var errs [2]error
	left := make(chan struct{}, total)
	for range total {
		left <- struct{}{}
	}
	close(left)
	for i, way := range []struct {
		kinds []cut
		after func(context.Context) error
	}{{n.messengerCuts(), n.reconnected}, {n.crmCuts(), n.breathe}} {
		both.Go(func() {
			var deck []cut
			for range left {
				if len(deck) == 0 {
					deck = n.shuffled(way.kinds)
				}
				if errs[i] = n.one(ctx, deck[0]); errs[i] == nil {
					errs[i] = way.after(ctx)
				}
				if errs[i] != nil {
					return
				}
				deck = deck[1:]
			}
		})
	}
	both.Wait()
	return errors.Join(errs[:]...)
}

func (n *cuts) shuffled(kinds []cut) []cut {
	deck := append([]cut(nil), kinds...)
	for i := range deck {
		j := i + n.rig.roll(len(deck)-i)
		deck[i], deck[j] = deck[j], deck[i]
	}
	return deck
}

func (n *cuts) one(ctx context.Context, c cut) error {
	n.rig.log.Debug("cut", "kind", c.name)
	undo, err := c.do()
	if err != nil {
		return err
	}
	more := sleep(ctx, n.rig.span(c.last/2, c.last*3/2))
	if undo != nil {
		if err := undo(); err != nil {
			return err
		}
	}
	if !more {
		return ctx.Err()
	}
	n.mu.Lock()
	n.done++
	if n.done%20 == 0 {
		n.rig.log.Info("cuts", "done", n.done, "promised", n.rig.book.size())
	}
	n.mu.Unlock()
	n.restarting.RLock()
	defer n.restarting.RUnlock()
	select {
	case <-n.rig.BoxExited():
		return fmt.Errorf("the box ended after %q (%w): see %s", c.name, n.rig.box.ending(), n.rig.box.logPath)
	default:
		return nil
	}
}

// reconnected waits until WhatsApp is up again, so that the next cut has something
// to cut. After many short connections the box takes its time, up to a minute; then
// it is asked to end and started again, as its keeper would.
func (n *cuts) reconnected(ctx context.Context) error {
	if err := n.rig.messengerUp(ctx, 4*time.Second); err != nil && ctx.Err() == nil {
		if err := n.restart(ctx); err != nil {
			return err
		}
	}
	if !sleep(ctx, n.rig.span(200*time.Millisecond, 900*time.Millisecond)) {
		return ctx.Err()
	}
	return nil
}

// restart is SIGTERM and a new start.
func (n *cuts) restart(ctx context.Context) error {
	n.restarting.Lock()
	defer n.restarting.Unlock()
	if err := n.rig.StopBox(ctx); err != nil {
		return fmt.Errorf("asked to end: %w: see %s", err, n.rig.box.logPath)
	}
	n.restarts++
	if err := n.rig.StartBox(ctx); err != nil {
		return err
	}
	if err := n.rig.messengerUp(ctx, 20*time.Second); err != nil {
		return fmt.Errorf("WhatsApp is not up 20 s after a new start: %w: see %s", err, n.rig.box.logPath)
	}
	return nil
}

func (n *cuts) breathe(ctx context.Context) error {
	if !sleep(ctx, n.rig.span(500*time.Millisecond, 3*time.Second)) {
		return ctx.Err()
	}
	return nil
}

// toxic makes a cut of a toxic.
func toxic(w *wire, kind, direction string, last time.Duration, attributes map[string]int) cut {
	return cut{fmt.Sprintf("%s: %s %s %v", w.name, kind, direction, attributes), func() (func() error, error) {
		return w.poison(kind, direction, attributes)
	}, last}
}

// once makes a cut of something that happens and needs no undoing.
func once(name string, last time.Duration, do func()) cut {
	return cut{name, func() (func() error, error) { do(); return nil, nil }, last}
}

// between makes a cut of something that is switched on and off.
func between(name string, last time.Duration, set func(on bool)) cut {
	return cut{name, func() (func() error, error) {
		set(true)
		return func() error { set(false); return nil }, nil
	}, last}
}

func refusing(w *wire, last time.Duration) cut {
	return cut{w.name + ": refused", func() (func() error, error) { return w.refuse(), nil }, last}
}

func (n *cuts) messengerCuts() []cut {
	w, s := n.messenger, n.rig.World.WhatsApp
	f := s.Faults()
	const short = time.Second
	return []cut{
		toxic(w, "reset_peer", toBox, short, map[string]int{"timeout": 0}),
		toxic(w, "reset_peer", fromBox, short, map[string]int{"timeout": 20}),
		toxic(w, "timeout", toBox, 2*time.Second, map[string]int{"timeout": 0}),
		toxic(w, "timeout", fromBox, 2*time.Second, map[string]int{"timeout": 0}),
		toxic(w, "timeout", toBox, short, map[string]int{"timeout": 300}),
		toxic(w, "latency", toBox, 3*time.Second, map[string]int{"latency": 400, "jitter": 300}),
		toxic(w, "latency", fromBox, 3*time.Second, map[string]int{"latency": 400, "jitter": 300}),
		toxic(w, "limit_data", toBox, short, map[string]int{"bytes": 150}),
		toxic(w, "limit_data", fromBox, short, map[string]int{"bytes": 700}),
		toxic(w, "slicer", toBox, 2*time.Second, map[string]int{"average_size": 7, "size_variation": 5, "delay": 100}),
		refusing(w, 2*time.Second),
		once("whatsapp: every connection cut", short/2, n.rig.Gate.Cut),
		once("whatsapp: cut before a message is taken", short, func() { f.CutBeforeProcessing(1) }),
		once("whatsapp: cut after a message was taken", short, func() { f.CutAfterProcessing(1) }),
		once("whatsapp: cut after messages were taken, one connection after the other", 3*time.Second, func() { f.CutAfterProcessing(3) }),
		once("whatsapp: cut after messages were taken for phones that are off", 3*time.Second, func() { n.rig.crowd.nap(); f.CutAfterProcessing(4) }),
		once("whatsapp: an acknowledgement is lost", short, func() { f.LoseAck(1) }),
		once("whatsapp: the server restarts", short, func() { f.StreamError(503) }),
		once("whatsapp: messages refused for now", short, func() { f.AckError(503, 2) }),
		once("whatsapp: too many questions", short, func() { f.RateLimitDevices(1) }),
		between("whatsapp: down", 2*time.Second, f.Down),
		between("whatsapp: frozen", 3*time.Second, f.Freeze),
	}
}

func (n *cuts) crmCuts() []cut {
	w, f := n.crm, n.rig.World.CRM.Faults()
	// The box asks every five seconds.
	const poll = 5 * time.Second
	return []cut{
		toxic(w, "reset_peer", toBox, poll, map[string]int{"timeout": 0}),
		toxic(w, "timeout", toBox, poll, map[string]int{"timeout": 500}),
		toxic(w, "latency", toBox, poll, map[string]int{"latency": 800, "jitter": 600}),
		toxic(w, "limit_data", toBox, poll, map[string]int{"bytes": 600}),
		toxic(w, "limit_data", fromBox, poll, map[string]int{"bytes": 120}),
		refusing(w, poll),
		once("crm: answers to changes of orders lost", poll, func() { n.edits.LoseEdits(3) }),
		once("crm: answers lost", poll, func() { f.LoseAnswer(2) }),
		once("crm: half an answer", poll, func() { f.TruncateBody(2) }),
		once("crm: no body", poll/2, func() { f.EmptyBody(1) }),
		once("crm: 503", poll, func() { f.Status(503, 4) }),
		once("crm: 429", poll/2, func() { f.Status(429, 2) }),
		once("crm: 500 and 502", poll/2, func() { f.Status(500, 1); f.Status(502, 1) }),
		once("crm: a web page instead", poll/2, func() { f.HTML(1) }),
		between("crm: down", poll, f.Down),
	}
}
