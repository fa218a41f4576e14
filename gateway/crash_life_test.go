package gateway_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing/synctest"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// life is one shop over many crashes of its box: each box is built anew on the same
// database file, in the same world.
type life struct {
	t        tester
	path     string
	world    *world
	crm      *crm
	settings gateway.Settings
	down     time.Duration // how long a dead box stays dead
	after    func()        // what happens meanwhile

	box     *shop
	fuse    *fuse
	next    []int    // points at which the boxes to come die
	crashes []string // where boxes died

	drafts map[string]*drafted        // by key
	texts  map[string]*drafted        // what a text may be sent for, also those of rules
	over   map[gateway.MessageID]bool // seen as delivered
}

// drafted is a message that somebody asked for.
type drafted struct {
	draft        gateway.Draft
	acknowledged gateway.MessageID
	again        int // how often a person may have let it go once more
}

const boris = device.Phone("+79161112233")

// newLife is a shop with orders 1 to 9: the odd ones are Anna's, who is on WhatsApp,
// the even ones Boris's, who is not.
func newLife(t tester, path string) *life {
	time.Sleep(time.Until(time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC))) // noon in Moscow
	l := &life{
		t: t, path: path, world: newWorld(), settings: gateway.DefaultSettings(), down: 10 * time.Second,
		drafts: map[string]*drafted{}, texts: map[string]*drafted{}, over: map[gateway.MessageID]bool{},
		crm: &crm{orders: map[gateway.OrderID]gateway.Order{}, marks: map[gateway.OrderID][]bool{}},
	}
	l.world.members[anna] = true
	for id := gateway.OrderID(1); id <= 9; id++ {
		phone := anna
		if id%2 == 0 {
			phone = boris
		}
		l.crm.orders[id] = gateway.Order{
			ID: id, Number: fmt.Sprint(10480 + id), Status: "new", Phones: []string{phone.String()},
			Fields: map[string]string{"order.number": fmt.Sprint(10480 + id)},
		}
	}
	l.settings.WhatsApp.PaceSettings, l.settings.SMS.PaceSettings = gateway.PaceSettings{}, gateway.PaceSettings{}
	l.settings.WhatsApp.NewChatsPerDay = 0
	l.settings.RetailCRM.Poll = 5 * time.Minute
	return l
}

// long takes three SMS.
var long = strings.Repeat("Очень длинный текст. ", 8) + "Заказ {{order.number}} в пути."

// rules are: on "ready" WhatsApp, then SMS, once per order and by day; the same one
// switched off; on "sent" a long SMS for each change.
func (l *life) rules() {
	l.box.rule(nil)
	l.box.rule(func(r *gateway.Rule) { r.Name, r.Enabled = "off", false })
	l.box.rule(func(r *gateway.Rule) {
		r.Name, r.Statuses, r.Text, r.Channels = "sent", []string{"sent"}, long, []device.Channel{device.SMS}
		r.Once, r.Hours, r.ExpiresAfter = gateway.OncePerChange, gateway.Hours{}, 0
	})
}

// boot builds a box on the database file.
func (l *life) boot() {
	at := 0
	if len(l.next) > 0 {
		at, l.next = l.next[0], l.next[1:]
	}
	f := newFuse(at)
	s := &shop{t: l.t, settings: l.settings, crm: l.crm, networks: map[device.Channel]network{}}
	s.orders = guardedCRM{crm: l.crm, world: l.world, fuse: f}
	s.between = func(st ledger) ledger { return guarded{ledger: st, fuse: f} }
	var aerials []*aerial
	l.world.mu.Lock()
	l.world.news = nil
	for _, ch := range []device.Channel{device.WhatsApp, device.SMS} {
		a := newAerial(ch, l.world, f)
		s.networks[ch] = a
		aerials = append(aerials, a)
		l.world.news = append(l.world.news, a.news)
	}
	l.world.mu.Unlock()
	l.box, l.fuse = s, f
	s.start(l.path)
	ctx, cancel := context.WithCancel(context.Background())
	stop := s.cancel
	s.cancel = func() { cancel(); stop() }
	for _, a := range aerials {
		s.running.Go(func() { _ = a.run(ctx) })
	}
}

// wake lets the radios look at their networks again.
func (l *life) wake() {
	for _, poke := range l.world.news {
		select {
		case poke <- struct{}{}:
		default:
		}
	}
}

// revive notes a crash, waits, and starts the next box.
func (l *life) revive() {
	n, last, _ := l.fuse.state()
	l.crashes = append(l.crashes, fmt.Sprintf("%s, point %d: %s", time.Now().Format("02 15:04:05"), n, last))
	l.end()
	time.Sleep(l.down)
	if l.after != nil {
		l.after()
	}
	l.boot()
}

// end leaves a box for good; what it was doing does not go on.
func (l *life) end() {
	l.fuse.blow()
	l.box.cancel()
	l.box.stop()
}

// pass lets time go by; a box that dies meanwhile is replaced.
func (l *life) pass(d time.Duration) {
	for until := time.Now().Add(d); ; {
		select {
		case <-l.fuse.dead:
			l.revive()
		case <-time.After(max(time.Until(until), 0)):
			synctest.Wait()
			if _, _, dead := l.fuse.state(); !dead {
				return
			}
		}
	}
}

// act does something inside of the box, which may die of it; it tells whether it
// came to its end.
func (l *life) act(do func(context.Context, *shop)) bool {
	done, ended := make(chan struct{}), false
	l.box.running.Go(func() {
		defer close(done)
		do(context.Background(), l.box)
		ended = true
	})
	<-done
	l.pass(0)
	return ended
}

// post asks for a message by its key, as a program does that did not get an answer:
// again and again with the same key.
func (l *life) post(key string, to device.Phone, text string) *drafted {
	d := l.drafts[key]
	if d == nil {
		d = &drafted{draft: gateway.Draft{To: to.String(), Text: text, Key: key, By: "shop", Purpose: gateway.ForOrder}}
		l.drafts[key], l.texts[text] = d, d
	}
	l.act(func(ctx context.Context, s *shop) {
		m, existed, err := s.desk.Enqueue(ctx, d.draft)
		if err != nil {
			l.t.Errorf("draft %s: %v", key, err)
			return
		}
		if d.acknowledged != 0 && (!existed || m.ID != d.acknowledged) {
			l.t.Errorf("draft %s was message %d, now it is %d", key, d.acknowledged, m.ID)
		}
		d.acknowledged = m.ID
	})
	return d
}

// stories are all messages with their whole history.
func (l *life) stories() []gateway.Story {
	ctx := context.Background()
	rows, next, err := l.box.store.Messages(ctx, gateway.MessageFilter{Limit: 200})
	if err != nil || next != "" {
		l.t.Fatalf("messages: %v, more: %q", err, next)
	}
	list := make([]gateway.Story, len(rows))
	for i, m := range rows {
		if list[i], err = l.box.store.Story(ctx, m.ID); err != nil {
			l.t.Fatal(err)
		}
	}
	slices.Reverse(list)
	return list
}

// quiet ends all trouble and waits until nothing waits any more.
func (l *life) quiet() {
	l.fuse.arm(-1 << 40)
	l.next = nil
	w := l.world
	w.mu.Lock()
	w.links[device.WhatsApp], w.links[device.SMS] = device.LinkConnected, device.LinkConnected
	clear(w.answers)
	w.marks, w.revoke, w.plan = nil, nil, plan{delivered: []time.Duration{time.Second}}
	w.mu.Unlock()
	w.setOff(anna, false)
	l.crm.setDown(nil)
	for key, d := range l.drafts {
		if d.acknowledged == 0 {
			l.post(key, device.Phone(d.draft.To), d.draft.Text)
		}
	}
	l.wake()
	step := time.Minute
	for waited := time.Duration(0); waited < 80*time.Hour; waited += step {
		l.pass(step)
		if l.rests() {
			return
		}
		step = min(step*2, time.Hour)
	}
	l.fail("something still waits")
}

// rests tells whether nothing will happen any more by itself.
func (l *life) rests() bool {
	for _, s := range l.stories() {
		m := s.Message
		if !m.State.Over() && (m.State != gateway.Accepted || !m.FallbackAt.IsZero()) && (m.State != gateway.UnknownState || !m.ResolveAt.IsZero()) {
			return false
		}
		for _, e := range s.Effects {
			if e.State == gateway.EffectPending {
				return false
			}
		}
	}
	for _, letter := range l.world.letters {
		if !letter.told {
			return false
		}
	}
	ctx := context.Background()
	left, err := l.box.store.UndecidedChanges(ctx, 1)
	if err != nil {
		l.t.Fatal(err)
	}
	c, err := l.box.store.Cursor(ctx)
	if err != nil {
		l.t.Fatal(err)
	}
	return len(left) == 0 && c.SinceID == int64(len(l.crm.changes))
}

func (l *life) fail(format string, args ...any) {
	l.t.Helper()
	var b strings.Builder
	for _, c := range l.crashes {
		fmt.Fprintf(&b, "died at %s\n", c)
	}
	for _, c := range l.world.chats {
		fmt.Fprintf(&b, "chat %s: shown %t, revoked %t\n", c.env.WireID, c.shown, c.revoked)
	}
	for _, s := range l.world.taken {
		fmt.Fprintf(&b, "sms %s %d/%d: failed %t\n", s.env.WireID, s.seq, s.env.Parts, s.failed)
	}
	for _, s := range l.stories() {
		for _, e := range s.Effects {
			fmt.Fprintf(&b, "effect %s=%s: %s, tries %d, %s; the CRM has %v\n", e.Key, e.Value, e.State, e.Tries, e.Error, l.crm.marks[e.Order])
		}
	}
	l.t.Fatalf("%s\n%s%s", fmt.Sprintf(format, args...), b.String(), l.box.story())
}

// template makes a database with the rules once; every life starts from a copy.
func copyFile(t tester, from, to string) {
	b, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, b, 0o600); err != nil {
		t.Fatal(err)
	}
}
