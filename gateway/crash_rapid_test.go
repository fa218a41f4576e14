package gateway_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"vestnik/device"
	"vestnik/gateway"
)

// lives is how many lives are drawn when -rapid.checks does not say.
const lives = "25"

// TestLives draws whole lives of a shop: orders, drafts, receipts, people's hands,
// broken networks, time, and a box that dies at drawn points. What holds at every
// moment and in the end stands in crash_model_test.go.
func TestLives(t *testing.T) {
	t.Parallel()
	asked := false
	flag.Visit(func(f *flag.Flag) { asked = asked || f.Name == "rapid.checks" })
	if !asked {
		if err := flag.Set("rapid.checks", lives); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	template := newTemplate(t, dir)
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		path := filepath.Join(dir, fmt.Sprint(n)+".db")
		copyFile(t, template, path)
		defer os.Remove(path)
		rapid.SyncTest(t, func(t *rapid.T) {
			f := &fate{life: newLife(t, path), sent: map[gateway.OrderID]bool{}}
			f.settings.SMS.Unknown = rapid.SampledFrom(gateway.UnknownPolicies).Draw(t, "policy")
			f.settings.SMS.UnknownAfter = draw(t, "chance", time.Minute, 10*time.Minute, time.Hour)
			f.boot()
			defer f.end()
			t.Repeat(map[string]func(*rapid.T){
				"order": f.order, "order too": f.order,
				"draft": f.draft, "draft again": f.draftAgain,
				"receipts": f.receipts, "answer": f.answers, "answer too": f.answers,
				"link": f.link, "phone": f.phone, "crm": f.theCRM, "revoke": f.revokes,
				"person": f.person, "person and effect": f.effect,
				"time": f.time, "more time": f.time, "power": f.power, "crash": f.crash, "crash too": f.crash,
				"": func(*rapid.T) { f.check() },
			})
			f.quiet()
			f.checkEnd()
		})
	})
}

// fate draws what happens to a life.
type fate struct {
	*life
	sent map[gateway.OrderID]bool
}

func draw[A any](t *rapid.T, what string, from ...A) A { return rapid.SampledFrom(from).Draw(t, what) }

func (f *fate) order(t *rapid.T) {
	id := gateway.OrderID(rapid.IntRange(1, 6).Draw(t, "order"))
	status := draw(t, "status", "ready", "ready", "sent", "new")
	if status == "sent" && f.sent[id] {
		status = "ready"
	}
	f.sent[id] = f.sent[id] || status == "sent"
	f.crm.reach(id, status)
	if rapid.Bool().Draw(t, "at once") {
		f.box.desk.Watch.Wake()
	}
	f.pass(0)
}

func (f *fate) draft(t *rapid.T) {
	n := len(f.drafts) + 1
	text := fmt.Sprintf("Письмо %d. ", n)
	if rapid.Bool().Draw(t, "long") {
		text += strings.Repeat("Очень длинный текст. ", 8)
	}
	f.post(fmt.Sprint("k", n), draw(t, "to", anna, boris), text)
}

func (f *fate) draftAgain(t *rapid.T) {
	if len(f.drafts) == 0 {
		t.Skip()
	}
	key := fmt.Sprint("k", rapid.IntRange(1, len(f.drafts)).Draw(t, "draft"))
	f.post(key, device.Phone(f.drafts[key].draft.To), f.drafts[key].draft.Text)
}

// receipts is how they come from now on.
func (f *fate) receipts(t *rapid.T) {
	p := plan{
		trying: rapid.Bool().Draw(t, "trying"), backwards: rapid.Bool().Draw(t, "backwards"),
		failed: draw(t, "failed", false, false, true), read: draw(t, "read", 0, 5*time.Second, 3*time.Hour),
	}
	for range draw(t, "copies", 1, 1, 2, 0) {
		p.delivered = append(p.delivered, draw(t, "delay", 0, 300*time.Millisecond, 2*time.Second, 90*time.Second, 20*time.Minute, 50*time.Minute))
	}
	f.world.mu.Lock()
	f.world.plan = p
	f.world.mu.Unlock()
}

// answers is how the networks treat the next sends.
func (f *fate) answers(t *rapid.T) {
	ch := draw(t, "channel", device.WhatsApp, device.SMS)
	a := answer{kind: draw(t, "kind", device.Uncertain, device.Unavailable, device.RateLimited, device.Refused, device.Locked, "")}
	a.part, a.taken = rapid.IntRange(1, 3).Draw(t, "part"), a.kind == device.Uncertain && rapid.Bool().Draw(t, "taken")
	a.retry = draw(t, "retry", 0, 5*time.Minute)
	f.world.mu.Lock()
	f.world.answers[ch] = append(f.world.answers[ch], a)
	f.world.mu.Unlock()
}

func (f *fate) link(t *rapid.T) {
	ch := draw(t, "channel", device.WhatsApp, device.SMS)
	state := draw(t, "state", device.LinkConnected, device.LinkUnreachable, device.LinkUnlinked, device.LinkConnecting)
	if ch == device.SMS {
		state = draw(t, "state", device.LinkConnected, device.LinkAbsent, device.LinkSearching, device.LinkNotResponding)
	}
	f.world.mu.Lock()
	f.world.links[ch] = state
	f.world.mu.Unlock()
	f.wake()
	f.pass(0)
}

func (f *fate) phone(t *rapid.T) { f.world.setOff(anna, rapid.Bool().Draw(t, "off")); f.pass(0) }

func (f *fate) theCRM(t *rapid.T) {
	kind := draw(t, "kind", device.Unavailable, device.Uncertain, device.RateLimited, device.Refused)
	if rapid.Bool().Draw(t, "all of it") {
		err := error(device.Errorf(device.Unavailable, "crm", "down"))
		if rapid.Bool().Draw(t, "up") {
			err = nil
		}
		f.crm.setDown(err)
		return
	}
	f.world.mu.Lock()
	f.world.marks = append(f.world.marks, device.Errorf(kind, "crm: mark", "no"))
	f.world.mu.Unlock()
}

func (f *fate) revokes(t *rapid.T) {
	var err error
	if rapid.Bool().Draw(t, "refused") {
		err = device.Errorf(device.Refused, "radio: revoke", "too late")
	}
	f.world.mu.Lock()
	f.world.revoke = err
	f.world.mu.Unlock()
}

// person cancels a message or sends it again.
func (f *fate) person(t *rapid.T) {
	list := f.stories()
	if len(list) == 0 {
		t.Skip()
	}
	m := rapid.SampledFrom(list).Draw(t, "message").Message
	if rapid.Bool().Draw(t, "cancel") {
		f.act(func(ctx context.Context, s *shop) { f.mustBe(s.desk.Cancel(ctx, m.ID, "olga"), device.Conflict) })
		return
	}
	d := f.texts[m.Text]
	if d == nil {
		d = &drafted{}
		f.texts[m.Text] = d
	}
	d.again++
	f.act(func(ctx context.Context, s *shop) {
		err := s.desk.SendAgain(ctx, m.ID, "olga")
		if err != nil {
			d.again-- // surely not; after a crash nobody knows
		}
		f.mustBe(err, device.Conflict)
	})
}

func (f *fate) effect(t *rapid.T) {
	var list []gateway.Effect
	for _, s := range f.stories() {
		list = append(list, s.Effects...)
	}
	if len(list) == 0 {
		t.Skip()
	}
	e := rapid.SampledFrom(list).Draw(t, "effect")
	drop := rapid.Bool().Draw(t, "drop")
	f.act(func(ctx context.Context, s *shop) {
		if drop {
			f.mustBe(s.desk.DropEffect(ctx, e.ID, "olga"), device.Conflict)
		} else {
			f.mustBe(s.desk.RetryEffect(ctx, e.ID, "olga"), device.Conflict)
		}
	})
}

func (f *fate) mustBe(err error, kind device.Kind) {
	if err != nil && device.KindOf(err) != kind {
		f.t.Errorf("%v", err)
	}
}

func (f *fate) time(t *rapid.T) {
	f.pass(draw(t, "time", 500*time.Millisecond, 3*time.Second, 30*time.Second, 70*time.Second, 11*time.Minute, 35*time.Minute, 4*time.Hour))
}

// power is a cut at a moment at which the box may be doing nothing.
func (f *fate) power(t *rapid.T) {
	f.down = draw(t, "down", 2*time.Second, 10*time.Second, 20*time.Minute, 2*time.Hour, 20*time.Hour)
	f.fuse.blow()
	f.pass(0)
}

// crash is one at a point to come.
func (f *fate) crash(t *rapid.T) {
	f.down = draw(t, "down", 2*time.Second, 10*time.Second, 20*time.Minute, 2*time.Hour)
	f.fuse.arm(rapid.IntRange(1, 15).Draw(t, "point"))
}
