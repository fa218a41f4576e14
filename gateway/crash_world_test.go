package gateway_test

import (
	"context"
	"fmt"
	"sync"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// world is everything outside the box: two networks with the customers' phones, the
// modem's own memory, the CRM's answers. It goes on while the box is dead, and it
// knows what customers got.
type world struct {
	mu      sync.Mutex
	links   map[device.Channel]device.LinkState // what the radios find when they look
	members map[device.Phone]bool               // who is on WhatsApp
	off     map[device.Phone]bool               // whose phone is off: WhatsApp keeps the message for him
	answers map[device.Channel][]answer         // of the next sends
	plan    plan                                // of the receipts to come
	revoke  error                               // answers Revoke
	marks   []error                             // answers of the CRM to the next marks; Uncertain: done, but not told

	ids     int
	wires   map[string]device.Envelope
	chats   []*chat
	taken   []*segment
	modem   map[segmentID]note // the modem's journal
	letters []*letter
	news    []chan struct{}
}

// chat is one message that WhatsApp's server has.
type chat struct {
	env            device.Envelope
	shown, revoked bool // revoked: the phone shows that there was something
}

// segment is one SMS that the network took.
type segment struct {
	env    device.Envelope
	seq    int
	failed bool // never came to the phone
}

// segmentID names an SMS in the modem's journal, which says a note of it.
type segmentID struct {
	wire string
	seq  int
}

type note string

const (
	noteSending   note = "sending" // it may have left
	noteNotSent   note = "not_sent"
	noteAccepted  note = "accepted"
	noteDelivered note = "delivered"
	noteFailed    note = "failed"
)

func (n note) sent() bool { return n == noteAccepted || n == noteDelivered }

func (w *world) noted(wire string, seq int) note {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.modem[segmentID{wire, seq}]
}

// note writes the journal; an answer that comes after the report says nothing new.
func (w *world) note(wire string, seq int, n note) {
	w.mu.Lock()
	defer w.mu.Unlock()
	id := segmentID{wire, seq}
	if n == noteAccepted && (w.modem[id] == noteDelivered || w.modem[id] == noteFailed) {
		return
	}
	w.modem[id] = n
}

// settled is a receipt that the box has kept: the network forgets it, the modem's
// journal learns of it.
func (w *world) settled(l *letter) {
	w.mu.Lock()
	defer w.mu.Unlock()
	l.told = true
	r := l.receipt
	if r.Channel != device.SMS {
		return
	}
	id := segmentID{r.WireIDs[0], r.Part}
	switch {
	case r.Kind == device.ReceiptDelivered:
		w.modem[id] = noteDelivered
	case r.Kind == device.ReceiptFailed:
		w.modem[id] = noteFailed
	case w.modem[id] == noteSending:
		w.modem[id] = noteAccepted
	}
}

// answer is how a network treats one send. Part is where a long SMS breaks, 1 for
// all others.
type answer struct {
	kind  device.Kind
	taken bool // it took it all the same
	part  int
	retry time.Duration
}

// plan is how receipts come: each delay one copy of the delivered one, none when it
// is empty.
type plan struct {
	delivered []time.Duration
	read      time.Duration // 0: never
	trying    bool
	failed    bool // SMS: the network gives up
	backwards bool // the last part's first
}

// letter is a receipt on its way to the box; the network brings it until the box
// says that it is safe.
type letter struct {
	receipt device.Receipt
	due     time.Time
	brought bool // the box was told of it, and may have died of that
	told    bool
}

func newWorld() *world {
	return &world{
		links:   map[device.Channel]device.LinkState{device.WhatsApp: device.LinkConnected, device.SMS: device.LinkConnected},
		members: map[device.Phone]bool{}, off: map[device.Phone]bool{}, answers: map[device.Channel][]answer{},
		plan:  plan{delivered: []time.Duration{2 * time.Second}},
		wires: map[string]device.Envelope{}, modem: map[segmentID]note{},
	}
}

// next is the answer to the next send of a channel.
func (w *world) next(ch device.Channel) answer {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := w.answers[ch]
	if len(list) == 0 {
		return answer{}
	}
	w.answers[ch] = list[1:]
	return list[0]
}

func (a answer) err() error {
	if a.kind == "" {
		return nil
	}
	return &device.Error{Kind: a.kind, Op: "radio: send", Code: "code", RetryAfter: a.retry}
}

// takeChat is WhatsApp's server taking a message: an id that it has seen is no new
// one.
func (w *world) takeChat(env device.Envelope) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.chats {
		if c.env.WireID == env.WireID {
			return
		}
	}
	c := &chat{env: env}
	w.chats = append(w.chats, c)
	if !w.off[env.To] {
		w.show(c)
	}
}

// show is the customer's phone getting it. The caller holds mu.
func (w *world) show(c *chat) {
	c.shown = true
	r := device.Receipt{Channel: device.WhatsApp, Device: "phone", WireIDs: []string{c.env.WireID}, From: c.env.To, Evidence: "receipt"}
	w.report(r, device.ReceiptDelivered, w.plan.delivered, 0)
	if w.plan.read > 0 && !c.revoked {
		w.report(r, device.ReceiptRead, []time.Duration{w.plan.read}, 0)
	}
}

// takeSegment is the mobile network taking one SMS.
func (w *world) takeSegment(env device.Envelope, seq int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.taken = append(w.taken, &segment{env: env, seq: seq, failed: w.plan.failed})
	r := device.Receipt{Channel: device.SMS, Device: "modem", WireIDs: []string{env.WireID}, Part: seq, Parts: env.Parts, From: env.To, Evidence: fmt.Sprint("MR ", len(w.taken))}
	late := time.Duration(0)
	if w.plan.backwards {
		late = time.Duration(env.Parts-seq) * 5 * time.Second
	}
	if w.plan.trying {
		w.report(r, device.ReceiptTrying, []time.Duration{time.Second}, late)
	}
	if w.plan.failed {
		w.report(r, device.ReceiptFailed, []time.Duration{3 * time.Second}, late)
		return
	}
	w.report(r, device.ReceiptDelivered, w.plan.delivered, late)
}

func (w *world) report(r device.Receipt, kind device.ReceiptKind, delays []time.Duration, late time.Duration) {
	r.Kind, r.At = kind, time.Now()
	for _, d := range delays {
		w.letters = append(w.letters, &letter{receipt: r, due: time.Now().Add(d + late)})
	}
	for _, poke := range w.news {
		select {
		case poke <- struct{}{}:
		default:
		}
	}
}

// setOff switches a customer's phone off or on; on, it shows what waited for it.
func (w *world) setOff(p device.Phone, off bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.off[p] = off
	for _, c := range w.chats {
		if !off && c.env.To == p && !c.shown {
			w.show(c)
		}
	}
}

// mark is the CRM being told whether an order's customer is on WhatsApp.
func (w *world) mark(c *crm, id gateway.OrderID, on bool) error {
	w.mu.Lock()
	var err error
	if len(w.marks) > 0 {
		err, w.marks = w.marks[0], w.marks[1:]
	}
	w.mu.Unlock()
	if err == nil || device.KindOf(err) == device.Uncertain {
		if e := c.MarkWhatsApp(context.Background(), id, on); e != nil {
			return e
		}
	}
	return err
}

// copies is how often a customer's phones show a text: whole ones only, and how
// often a part of it came more than once under one id.
func (w *world) copies(text string) (chats, sms, repeats int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.chats {
		if c.env.Text == text && c.shown && !c.revoked {
			chats++
		}
	}
	byWire := map[string]map[int]int{}
	for _, s := range w.taken {
		if s.env.Text != text {
			continue
		}
		id := s.env.WireID
		if byWire[id] == nil {
			byWire[id] = map[int]int{}
		}
		if s.failed {
			continue // the network told that it never came
		}
		if byWire[id][s.seq]++; byWire[id][s.seq] > 1 {
			repeats++
		}
	}
	for id, seqs := range byWire {
		whole := 1 << 30
		for seq := 1; seq <= w.wires[id].Parts; seq++ {
			whole = min(whole, seqs[seq])
		}
		sms += whole
	}
	return chats, sms, repeats
}

// proven tells whether the box was told that a wire id was delivered, whole; surely tells
// whether it has said that it kept it.
func (w *world) proven(wire string) (told, surely bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	env := w.wires[wire]
	have, kept := map[int]bool{}, map[int]bool{}
	for _, l := range w.letters {
		good := l.receipt.Kind == device.ReceiptDelivered || l.receipt.Kind == device.ReceiptRead
		if l.brought && good && l.receipt.WireIDs[0] == wire {
			have[l.receipt.Part] = true
			if l.told {
				kept[l.receipt.Part] = true
			}
		}
	}
	return len(have) >= max(env.Parts, 1), len(kept) >= max(env.Parts, 1)
}

// known are the chat messages of a text that were taken back in truth.
func (w *world) revoked(wire string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.chats {
		if c.env.WireID == wire {
			return c.revoked
		}
	}
	return true // it never left
}

// waiting is the first letter of a channel that is due, else how long until one is.
func (w *world) waiting(ch device.Channel) (*letter, time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	wait := time.Hour
	var first *letter
	for _, l := range w.letters {
		if l.told || l.receipt.Channel != ch {
			continue
		}
		if d := time.Until(l.due); d > 0 {
			wait = min(wait, d)
		} else if first == nil || l.due.Before(first.due) {
			first = l
		}
	}
	return first, wait
}
