package gateway_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// TestDiesAtEveryPoint is one message each, with a box that dies at its first point,
// at its second, and so on until it comes through. VESTNIK_CRASHES=2 lets the second
// box die as well, at each of its points.
func TestDiesAtEveryPoint(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		set   func(*gateway.Settings)
		lasts time.Duration
		begin func(*life)
		end   func(*life) // besides what holds for all
	}{
		{"whatsapp", nil, 3 * time.Minute, func(l *life) { l.crm.reach(1, "ready") }, func(l *life) { l.mustShow(1, 0, gateway.Delivered) }},
		{
			"whatsapp, no receipt", func(s *gateway.Settings) { s.SMS.Enabled = false }, 3 * time.Minute,
			func(l *life) { l.world.plan = plan{}; l.crm.reach(1, "ready") },
			func(l *life) { l.mustShow(1, 0, gateway.Accepted) },
		},
		{
			"whatsapp, answer lost", nil, 3 * time.Minute,
			func(l *life) {
				l.answer(device.WhatsApp, answer{kind: device.Uncertain, taken: true})
				l.crm.reach(1, "ready")
			},
			func(l *life) { l.mustShow(1, 0, gateway.Delivered) },
		},
		{
			"whatsapp, answer lost, and the link at the resend", func(s *gateway.Settings) { s.SMS.Enabled = false }, 5 * time.Minute,
			func(l *life) {
				l.world.plan = plan{}
				l.answer(device.WhatsApp, answer{kind: device.Uncertain, taken: true}, answer{kind: device.Unavailable})
				l.crm.reach(1, "ready")
			},
			func(l *life) { l.mustShow(1, 0, gateway.Accepted) },
		},
		{
			"whatsapp, lost before it left", nil, 3 * time.Minute,
			func(l *life) { l.answer(device.WhatsApp, answer{kind: device.Uncertain}); l.crm.reach(1, "ready") },
			func(l *life) { l.mustShow(1, 0, gateway.Delivered) },
		},
		{
			"whatsapp, receipt before the answer", nil, 3 * time.Minute,
			func(l *life) { l.world.plan.delivered = []time.Duration{0}; l.crm.reach(1, "ready") },
			func(l *life) { l.mustShow(1, 0, gateway.Delivered) },
		},
		{
			"sms of three, reports before the answer", nil, 3 * time.Minute,
			func(l *life) { l.world.plan.delivered = []time.Duration{0, 0}; l.crm.reach(1, "sent") },
			(*life).mustKnow,
		},
		{
			"sms of three, given up", nil, 3 * time.Minute,
			func(l *life) {
				l.world.plan.failed = true
				l.crm.reach(1, "sent")
			},
			func(l *life) {
				if _, sms, _ := l.world.copies(l.box.only().Text); sms > 0 || l.box.only().State == gateway.Delivered {
					l.fail("what the network gave up has arrived")
				}
			},
		},
		{"sms", nil, 3 * time.Minute, func(l *life) { l.crm.reach(2, "ready") }, (*life).mustKnow},
		{"sms of three", nil, 3 * time.Minute, func(l *life) { l.crm.reach(1, "sent") }, (*life).mustKnow},
		{
			"sms of three, broken", nil, 3 * time.Minute, // the link breaks before the second part, which goes later
			func(l *life) { l.answer(device.SMS, answer{kind: device.Unavailable, part: 2}); l.crm.reach(1, "sent") },
			(*life).mustKnow,
		},
		{"refused", nil, 3 * time.Minute, func(l *life) { l.answer(device.WhatsApp, answer{kind: device.Refused}); l.crm.reach(1, "ready") }, (*life).mustKnow},
		{"fallback", nil, 45 * time.Minute, func(l *life) { l.world.off[anna] = true; l.crm.reach(1, "ready") }, (*life).mustKnow},
		{
			"fallback, and a day without power", nil, 45 * time.Minute,
			func(l *life) { l.down = 25 * time.Hour; l.world.off[anna] = true; l.crm.reach(1, "ready") },
			nil,
		},
		{
			"fallback, and the modem is gone", nil, 45 * time.Minute,
			func(l *life) {
				l.down, l.world.off[anna] = time.Hour, true
				l.crm.reach(1, "ready")
				l.after = func() { l.world.links[device.SMS] = device.LinkAbsent }
			},
			nil,
		},
		{
			"fallback after a doubt, and SMS is refused", nil, 45 * time.Minute,
			func(l *life) {
				l.world.off[anna] = true
				l.answer(device.WhatsApp, answer{kind: device.Uncertain, taken: true})
				l.answer(device.SMS, answer{kind: device.Refused})
				l.crm.reach(1, "ready")
			},
			nil,
		},
		{
			"fallback, cannot be taken back", nil, 45 * time.Minute,
			func(l *life) {
				l.world.off[anna] = true
				l.world.revoke = device.Errorf(device.Refused, "radio: revoke", "too late")
				l.crm.reach(1, "ready")
			},
			nil,
		},
		{
			"sms, no report", nil, 3 * time.Minute,
			func(l *life) { l.world.plan = plan{}; l.crm.reach(2, "ready") },
			nil,
		},
		{
			"sms of three, no report, may arrive twice",
			func(s *gateway.Settings) { s.SMS.Unknown, s.SMS.UnknownAfter = gateway.UnknownResend, time.Minute },
			30 * time.Minute,
			func(l *life) { l.world.plan = plan{}; l.crm.reach(1, "sent") },
			func(l *life) {
				if _, sms, _ := l.world.copies(l.box.only().Text); sms == 0 {
					l.fail("it did not arrive")
				}
			},
		},
		{
			"three without a gap", func(s *gateway.Settings) { s.WhatsApp.Gap = 0 }, 3 * time.Minute,
			func(l *life) {
				for i := range 3 {
					l.post(fmt.Sprint("k", i), anna, fmt.Sprint("Ждём вас, ", i, "."))
				}
			},
			nil,
		},
		{"api", nil, 3 * time.Minute, func(l *life) { l.post("k", anna, "Ждём вас.") }, func(l *life) { l.mustShow(1, 0, gateway.Delivered) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			template := newTemplate(t, dir)
			run := func(at ...int) (points int, came bool) {
				path := filepath.Join(dir, fmt.Sprint(at)+".db")
				copyFile(t, template, path)
				synctest.Test(t, func(t *testing.T) {
					l := newLife(t, path)
					if c.set != nil {
						c.set(&l.settings)
					}
					l.next = at
					l.boot()
					defer l.end()
					first := l.fuse
					l.pass(time.Second)
					c.begin(l)
					l.box.desk.Watch.Wake()
					l.pass(c.lasts)
					l.check()
					l.quiet()
					l.checkEnd()
					if c.end != nil {
						c.end(l)
					}
					points, _, _ = first.state()
					came = len(l.crashes) < len(at)
				})
				_ = os.Remove(path)
				return points, came
			}
			deep := os.Getenv("VESTNIK_CRASHES") == "2"
			for k := 1; !t.Failed(); k++ {
				points, came := run(k)
				if came {
					t.Logf("%d points", points)
					return
				}
				for j := 1; deep && !t.Failed(); j++ {
					if _, came := run(k, j); came {
						break
					}
				}
			}
		})
	}
}

// newTemplate is a database with the rules, from which every life starts.
func newTemplate(t *testing.T, dir string) string {
	path := filepath.Join(dir, "template.db")
	synctest.Test(t, func(t *testing.T) {
		l := newLife(t, path)
		l.boot()
		l.rules()
		l.pass(10 * time.Second)
		l.end()
	})
	return path
}

func (l *life) answer(ch device.Channel, a ...answer) {
	l.world.answers[ch] = append(l.world.answers[ch], a...)
}

// mustShow is the only message's end: how often the customer sees it, and its state.
func (l *life) mustShow(chats, sms int, state gateway.State) {
	l.t.Helper()
	m := l.box.only()
	if c, s, _ := l.world.copies(m.Text); c != chats || s != sms || m.State != state {
		l.fail("shown %d times in chats and %d by SMS, and %s; want %d, %d, %s", c, s, m.State, chats, sms, state)
	}
}

// mustKnow is the end of a message that nothing sends again: the customer has it and
// that is known, or he has not and a person is asked.
func (l *life) mustKnow() {
	l.t.Helper()
	m := l.box.only()
	c, s, _ := l.world.copies(m.Text)
	if c+s == 1 && m.State != gateway.Delivered || c+s != 1 && m.State != gateway.UnknownState {
		l.fail("shown %d times, and %s", c+s, m.State)
	}
}

// A box that was without power when the receipt should have come hears of it after its
// login: nothing is taken back and no SMS goes before that.
func TestReceiptsOfALoginComeBeforeTheFallback(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := newTemplate(t, dir)
	synctest.Test(t, func(t *testing.T) {
		l := newLife(t, path)
		l.down = time.Hour
		l.world.plan.delivered = []time.Duration{61*time.Minute + 30*time.Second}
		l.boot()
		defer l.end()
		l.crm.reach(1, "ready")
		l.box.desk.Watch.Wake()
		l.pass(time.Minute)
		l.fuse.blow()
		l.pass(0)
		l.pass(5 * time.Minute)
		l.mustShow(1, 0, gateway.Delivered)
		if len(l.world.chats) != 1 || l.world.chats[0].revoked || len(l.crashes) != 1 {
			l.fail("%d chats, %d crashes", len(l.world.chats), len(l.crashes))
		}
	})
}
