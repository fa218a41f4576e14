package talk_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vestnik/bot"
	"vestnik/device"
	"vestnik/gateway"
)

const (
	noMore = "Рекламы больше не будет"
	again  = "Снова будем рассказывать"
)

func off(s *bot.Script, _ *gateway.Settings) { s.On = false }

// sms is a text message from a customer.
func sms(p device.Phone, text string) device.Incoming {
	return device.Incoming{Channel: device.SMS, From: p, Text: text}
}

func (d *desk) optedOut(ch device.Channel, to string) bool {
	d.t.Helper()
	return !d.talkOf(ch, to).OptedOutAt.IsZero()
}

// With the bot switched off the words about advertising work in every channel, are confirmed once, and
// everything else is only kept.
func TestARefusalWorksWithTheBotOff(t *testing.T) {
	for name, c := range map[string]struct {
		ch   device.Channel
		to   string
		says func(d *desk, text string)
	}{
		"WhatsApp": {device.WhatsApp, anna.String(), func(d *desk, text string) { d.wrote(anna, text) }},
		"SMS":      {device.SMS, anna.String(), func(d *desk, text string) { d.hears(sms(anna, text)) }},
		"a chat":   {device.Chat, "901", func(d *desk, text string) { d.hears(telegram(text)) }},
	} {
		t.Run(name, func(t *testing.T) {
			opened(t, off, func(t *testing.T, d *desk) {
				c.says(d, "надо стоп этому")
				c.says(d, "оператор")
				if got := d.said(c.to); len(got) != 0 || d.optedOut(c.ch, c.to) {
					t.Fatalf("a switched off bot said %q", got)
				}
				c.says(d, "«Стоп!»")
				c.says(d, "STOP.")
				if got := d.said(c.to); len(got) != 1 || !strings.HasPrefix(got[0], noMore) || !d.optedOut(c.ch, c.to) {
					t.Fatalf("after the stop: %q", got)
				}
				d.pass(time.Hour)
				c.says(d, "Старт")
				if got := d.said(c.to); len(got) != 2 || !strings.HasPrefix(got[1], again) || d.optedOut(c.ch, c.to) {
					t.Fatalf("after the start: %q", got)
				}
			})
		})
	}
}

func TestWhoRefusedByWhatsAppComesBackBySMS(t *testing.T) {
	opened(t, off, func(t *testing.T, d *desk) {
		d.wrote(anna, "stop")
		d.hears(sms(anna, "START"))
		if d.optedOut(device.WhatsApp, anna.String()) || d.optedOut(device.SMS, anna.String()) {
			t.Error("she allowed it again")
		}
		d.wants("the answer by SMS", d.said(anna.String())[1], again)
	})
}

func TestARefusalCountsWhileAPersonTalks(t *testing.T) {
	for _, on := range []bool{true, false} {
		opened2(t, fmt.Sprint("bot on: ", on), func(s *bot.Script, _ *gateway.Settings) { s.On = on }, func(t *testing.T, d *desk) {
			d.wrote(anna, "добрый день")
			if err := d.clerk.Say(t.Context(), d.talkOf(device.WhatsApp, anna.String()).ID, "Слушаю вас", "olga"); err != nil {
				t.Fatal(err)
			}
			before := len(d.said(anna.String()))
			d.wrote(anna, "Стоп")
			if !d.optedOut(device.WhatsApp, anna.String()) || len(d.said(anna.String())) != before {
				t.Errorf("opted out %v, said %q", d.optedOut(device.WhatsApp, anna.String()), d.said(anna.String()))
			}
		})
	}
}

func opened2(t *testing.T, name string, change func(*bot.Script, *gateway.Settings), test func(*testing.T, *desk)) {
	t.Run(name, func(t *testing.T) { opened(t, change, test) })
}

// The box was off for two days: the refusal that waited in the network counts, and nobody is called
// for it.
func TestALateRefusalCounts(t *testing.T) {
	opened(t, nil, func(t *testing.T, d *desk) {
		d.hears(device.Incoming{Channel: device.WhatsApp, From: anna, Text: "СТОП", At: time.Now().Add(-48 * time.Hour)})
		c := d.talkOf(device.WhatsApp, anna.String())
		if c.OptedOutAt.IsZero() || c.Waits() || len(d.said(anna.String())) != 0 {
			t.Errorf("%+v, said %q", c, d.said(anna.String()))
		}
	})
}

// Two hundred people answer "stop" within a minute: all are opted out at once, and each is told so
// once, as fast as the channel's pace allows.
func TestTwoHundredRefusalsInAMinute(t *testing.T) {
	const people = 200
	opened(t, func(s *bot.Script, g *gateway.Settings) { s.On, g.WhatsApp.PerHour = false, 120 }, func(t *testing.T, d *desk) {
		radio := d.dispatch(t)
		defer radio.stop()
		phone := func(i int) device.Phone { return device.Phone(fmt.Sprintf("+7916%07d", i)) }
		for i := range people {
			d.wrote(phone(i), []string{"стоп", "СТОП!", "stop", "«Стоп»"}[i%4])
			time.Sleep(time.Minute / people)
		}
		synctest.Wait()
		for i := range people {
			if !d.optedOut(device.WhatsApp, phone(i).String()) {
				t.Fatalf("%s is not opted out", phone(i))
			}
		}
		d.pass(3 * time.Hour)
		for i := range people {
			if got := radio.texts(phone(i)); len(got) != 1 || !strings.HasPrefix(got[0], noMore) && !strings.HasPrefix(got[0], "No more advertising") {
				t.Errorf("%s got %q", phone(i), got)
			}
		}
		if n, span := radio.most(time.Hour), radio.last(); n > 120 {
			t.Errorf("%d in an hour, 120 are allowed; all in %s", n, span)
		}
	})
}
