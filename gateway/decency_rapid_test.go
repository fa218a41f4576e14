package gateway_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"vestnik/device"
	"vestnik/gateway"
)

// TestManners draws weeks of a shop that sends orders' news, answers, questions for marks and two
// mailings at the same time, to people who refuse and allow, talk with its people and are silent, while
// the mailings rest and go on, the network locks new chats and the box restarts. What must never
// happen is judged at the moment at which something leaves.
func TestManners(t *testing.T) {
	t.Parallel()
	asked := false
	flag.Visit(func(f *flag.Flag) { asked = asked || f.Name == "rapid.checks" })
	if !asked {
		if err := flag.Set("rapid.checks", "12"); err != nil {
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
			w := newWeeks(t)
			w.start(path)
			synctest.Wait()
			defer func() { w.stop() }()
			t.Repeat(map[string]func(*rapid.T){
				"order": w.order, "order too": w.order, "reply": w.reply, "rating": w.rating,
				"mailing": w.mailing, "mailing too": w.mailing,
				"refuses": w.refuses, "allows": w.allows, "talk": w.talks, "mailing rests": w.rests,
				"link": w.link, "restart": w.reboots,
				"time": w.time, "more time": w.time, "": func(*rapid.T) { w.fine() },
			})
			w.ends()
		})
	})
}

// weeks is a shop and what is known of its people.
type weeks struct {
	*shop
	manners *manners
	n       int
	letters map[string]*letterOf // by text
	left    map[device.Channel][]time.Time
	begun   []time.Time // chats by the box
	chats   map[device.Phone]bool
	refused map[device.Phone]bool
	busy    map[device.Phone]time.Time // with a person of the shop until
	wrong   []string
}

// letterOf is one message of the draw.
type letterOf struct {
	id      gateway.MessageID
	purpose gateway.Purpose
	to      device.Phone
	mailing gateway.CampaignID
	zone    string
	left    int
	passed  int // mailings that left before it although it was due
}

func newWeeks(t *rapid.T) *weeks {
	time.Sleep(time.Until(time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)))
	w := &weeks{
		shop:    &shop{t: t, wa: newRadio(device.WhatsApp), sms: newRadio(device.SMS), settings: gateway.DefaultSettings()},
		manners: &manners{mailings: map[gateway.CampaignID]gateway.CampaignPolicy{}},
		letters: map[string]*letterOf{}, left: map[device.Channel][]time.Time{}, chats: map[device.Phone]bool{},
		refused: map[device.Phone]bool{}, busy: map[device.Phone]time.Time{},
	}
	w.crm = &crm{orders: map[gateway.OrderID]gateway.Order{}, marks: map[gateway.OrderID][]bool{}}
	s := &w.settings
	s.RetailCRM.Poll = time.Hour // nothing comes from the CRM here, and the weeks are long
	s.WhatsApp.PaceSettings, s.SMS.PaceSettings = drawPace(t, "WhatsApp"), drawPace(t, "SMS")
	s.WhatsApp.NewChatsPerDay = draw(t, "new chats", 0, 2, 6)
	s.Conduct.MailingShare, s.Conduct.WarmUp = draw(t, "share", 10, 50, 100), rapid.Bool().Draw(t, "warm-up")
	s.Conduct.LookUpsPerDay = draw(t, "look-ups", 0, 2, 10)
	s.Decency.TalkRest = draw(t, "rest", 0, 10*time.Minute, time.Hour)
	w.manners.since = time.Now().Add(-draw(t, "age", 0, 5*24*time.Hour, 300*24*time.Hour))
	for i := range 8 {
		if rapid.Bool().Draw(t, "on WhatsApp") {
			w.wa.members[person(i)] = true
		}
	}
	for _, id := range []gateway.CampaignID{1, 2} {
		w.manners.set(id, gateway.CampaignPolicy{Running: true, NewChatsWait: rapid.Bool().Draw(t, "wait")})
	}
	w.wa.sends = func(env device.Envelope) { w.leaves(device.WhatsApp, env) }
	w.sms.sends = func(env device.Envelope) { w.leaves(device.SMS, env) }
	w.wire, w.manners.shop = w.manners.into, w.shop
	return w
}

func drawPace(t *rapid.T, what string) gateway.PaceSettings {
	return gateway.PaceSettings{
		Gap: draw(t, what+" gap", 0, 4*time.Second, time.Minute), PerHour: draw(t, what+" an hour", 0, 3, 20), PerDay: draw(t, what+" a day", 0, 10, 40),
	}
}

func (w *weeks) failed(format string, args ...any) {
	w.wrong = append(w.wrong, time.Now().Format("02 15:04:05 ")+fmt.Sprintf(format, args...))
}

// leaves judges what leaves the box at this moment.
func (w *weeks) leaves(ch device.Channel, env device.Envelope) {
	l, now := w.letters[env.Text], time.Now()
	if l == nil {
		return
	}
	if l.left++; l.left > 1 {
		w.failed("%s left %d times", env.Text, l.left)
	}
	conduct, pace := w.settings.Conduct, w.settings.WhatsApp.PaceSettings
	if ch == device.SMS {
		pace = w.settings.SMS.PaceSettings
	}
	mail := l.purpose == gateway.ForCampaign
	within := func(list []time.Time, span time.Duration) (n int) {
		for _, t := range list {
			// The ledger keeps milliseconds.
			if now.Sub(t) < span-2*time.Millisecond {
				n++
			}
		}
		return n
	}
	for _, limit := range []struct {
		n    int
		span time.Duration
	}{{pace.PerHour, time.Hour}, {pace.PerDay, 24 * time.Hour}} {
		had := within(w.left[ch], limit.span)
		if limit.n > 0 && had >= limit.n {
			w.failed("%s left as number %d in %s, %d may", env.Text, had+1, limit.span, limit.n)
		}
		if share := conduct.Portion(limit.n); mail && share > 0 && had >= share {
			w.failed("%s left as number %d in %s, %d of a mailing's may", env.Text, had+1, limit.span, share)
		}
	}
	w.left[ch] = append(w.left[ch], now)
	if ch == device.WhatsApp && !w.chats[env.To] {
		w.chats[env.To] = true
		limit, had := w.settings.WhatsApp.NewChatsPerDay, within(w.begun, 24*time.Hour)
		if limit > 0 && had >= limit {
			w.failed("%s began chat %d in a day, %d may", env.Text, had+1, limit)
		}
		if most := conduct.NewChats(limit, now.Sub(w.manners.since)); mail && most > 0 && had >= most {
			w.failed("%s began chat %d in a day, %d of mailings may", env.Text, had+1, most)
		}
		if w.wa.link.State != device.LinkConnected {
			w.failed("%s began a chat under %s", env.Text, w.wa.link.State)
		}
		w.begun = append(w.begun, now)
	}
	if !mail && l.purpose != gateway.ForRating {
		return
	}
	his, err := time.LoadLocation(l.zone)
	if err != nil {
		w.failed("%s", err)
		return
	}
	if h := now.In(his).Hour(); h < 9 || h >= 21 {
		w.failed("%s left at %s of the customer's clock", env.Text, now.In(his).Format("15:04"))
	}
	if w.refused[env.To] {
		w.failed("%s left after a refusal", env.Text)
	}
	if w.busy[env.To].After(now) {
		w.failed("%s left into a talk", env.Text)
	}
	if !mail {
		return
	}
	if p, _ := w.mailingOf(l.mailing); !p.Running {
		w.failed("%s left while its mailing rests", env.Text)
	}
	w.overtaken(ch, env.Text, now)
}

func (w *weeks) mailingOf(id gateway.CampaignID) (gateway.CampaignPolicy, bool) {
	return w.manners.mailing(id)
}

// overtaken looks for news of orders that were due when a mailing's message left. One slot may be in
// progress, and one more while the directory may not be asked again yet.
func (w *weeks) overtaken(ch device.Channel, text string, now time.Time) {
	for about, l := range w.letters {
		if l.purpose != gateway.ForOrder && l.purpose != gateway.ForReply || l.left > 0 || l.id == 0 {
			continue
		}
		m, err := w.store.Message(context.Background(), l.id)
		if err != nil {
			w.failed("%s", err)
			continue
		}
		if m.Channel != ch || m.State != gateway.Queued || m.NotBefore.After(now) {
			continue
		}
		if l.passed++; l.passed > 2 {
			w.failed("%s left before %s, the mailing's number %d that did", text, about, l.passed)
		}
	}
}

func (w *weeks) someone(t *rapid.T) device.Phone {
	return person(rapid.IntRange(0, 7).Draw(t, "who"))
}

func (w *weeks) letter(t *rapid.T, p gateway.Purpose, mailing gateway.CampaignID) {
	w.n++
	to := w.someone(t)
	text := fmt.Sprintf("%s %d", p, w.n)
	l := &letterOf{purpose: p, to: to, mailing: mailing, zone: draw(t, "zone", "Europe/Moscow", "Asia/Vladivostok", "Europe/Kaliningrad", "America/Mexico_City")}
	w.letters[text] = l
	l.id = w.write(p, to, text, func(m *gateway.Message) {
		m.Campaign, m.Zone = mailing, l.zone
		if rapid.Bool().Draw(t, "WhatsApp alone") {
			m.Channels = both[:1]
		}
	})
	synctest.Wait()
}

func (w *weeks) order(t *rapid.T)  { w.letter(t, gateway.ForOrder, 0) }
func (w *weeks) reply(t *rapid.T)  { w.letter(t, gateway.ForReply, 0) }
func (w *weeks) rating(t *rapid.T) { w.letter(t, gateway.ForRating, 0) }

func (w *weeks) mailing(t *rapid.T) {
	id := gateway.CampaignID(rapid.IntRange(1, 2).Draw(t, "mailing"))
	for range rapid.IntRange(1, 6).Draw(t, "people") {
		w.letter(t, gateway.ForCampaign, id)
	}
}

func (w *weeks) refuses(t *rapid.T) { w.word(t, true) }
func (w *weeks) allows(t *rapid.T)  { w.word(t, false) }

func (w *weeks) word(t *rapid.T, out bool) {
	p := w.someone(t)
	w.talk(p, func(a *gateway.Answered) { a.OptOut = &out })
	answer := device.Yes
	if out {
		answer = device.No
	}
	if rapid.Bool().Draw(t, "kept") || !out {
		w.manners.says(p, answer)
	}
	w.refused[p] = out
	synctest.Wait()
}

func (w *weeks) talks(t *rapid.T) {
	p := w.someone(t)
	until := time.Now().Add(draw(t, "talk", 0, 20*time.Minute, 4*time.Hour))
	w.talk(p, withPerson(until))
	w.busy[p] = until
	synctest.Wait()
}

func (w *weeks) rests(t *rapid.T) {
	id := gateway.CampaignID(rapid.IntRange(1, 2).Draw(t, "mailing"))
	p, _ := w.mailingOf(id)
	p.Running = !p.Running
	w.manners.set(id, p)
	for _, d := range w.dispatchers {
		d.Wake()
	}
	synctest.Wait()
}

func (w *weeks) link(t *rapid.T) {
	w.wa.setLink(draw(t, "link", device.LinkConnected, device.LinkConnected, device.LinkLocked, device.LinkUnreachable))
	synctest.Wait()
}

func (w *weeks) reboots(*rapid.T) {
	w.restart()
	synctest.Wait()
}

func (w *weeks) time(t *rapid.T) {
	w.pass(draw(t, "time", time.Second, 10*time.Second, time.Minute, 10*time.Minute, time.Hour, 7*time.Hour, 25*time.Hour))
}

func (w *weeks) fine() {
	if len(w.wrong) > 0 {
		w.t.Fatalf("%s\n%s", w.wrong[0], w.story())
	}
}

// ends lets everything come to its end: all that waits has left, but what nobody wants.
func (w *weeks) ends() {
	w.wa.setLink(device.LinkConnected)
	for _, id := range []gateway.CampaignID{1, 2} {
		p, _ := w.mailingOf(id)
		p.Running = true
		w.manners.set(id, p)
	}
	for _, d := range w.dispatchers {
		d.Wake()
	}
	for range 90 {
		waits := false
		for _, l := range w.letters {
			waits = waits || !w.message(l.id).State.Over()
		}
		if !waits {
			break
		}
		w.pass(24 * time.Hour)
	}
	w.fine()
	for text, l := range w.letters {
		m := w.message(l.id)
		if l.left > 0 && m.State != gateway.Delivered {
			w.t.Fatalf("%s left and is %s", text, m.State)
		}
		unwanted := (l.purpose == gateway.ForCampaign || l.purpose == gateway.ForRating) && m.State == gateway.Cancelled
		nowhere := m.State == gateway.Failed && !w.wa.members[l.to]
		if m.State != gateway.Delivered && !unwanted && !nowhere {
			w.t.Fatalf("%s is %s: %s\n%s", text, m.State, m.Reason, w.story())
		}
	}
}
