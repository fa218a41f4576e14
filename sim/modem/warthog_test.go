package modem

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/warthog618/modem/at"
	"github.com/warthog618/modem/gsm"
	"github.com/warthog618/sms"
	"github.com/warthog618/sms/encoding/gsm7/charset"
	"github.com/warthog618/sms/encoding/pdumode"
	"github.com/warthog618/sms/encoding/tpdu"
	"go.bug.st/serial"
)

// warmTables builds the 7-bit tables of warthog618/sms v0.3.0 once: it makes them at first use without a lock, so two
// goroutines that begin together race.
var warmTables = sync.OnceFunc(func() {
	charset.DefaultDecoder()
	charset.DefaultExtDecoder()
	charset.DefaultEncoder()
	charset.DefaultExtEncoder()
})

// TestWarthogSendsThroughIt lets an independent AT client and PDU encoder judge the modem.
func TestWarthogSendsThroughIt(t *testing.T) {
	t.Parallel()
	warmTables()
	for _, profile := range []Profile{Generic, Huawei, SIM800, Quectel} {
		t.Run(string(profile), func(t *testing.T) {
			t.Parallel()
			m := start(t, Options{Profile: profile, ReportDelay: 5 * time.Millisecond})
			p, err := serial.Open(m.Port(), &serial.Mode{BaudRate: 115200})
			if err != nil {
				t.Fatal(err)
			}
			a := at.New(p, at.WithTimeout(5*time.Second))
			t.Cleanup(func() { _ = p.Close(); <-a.Closed() })
			g := gsm.New(a, gsm.WithNumericErrors)
			if err := g.Init(); err != nil {
				t.Fatal(err)
			}
			reports := make(chan *tpdu.TPDU, 10)
			err = g.AddIndication("+CDS:", func(lines []string) {
				p, err := pdumode.UnmarshalHexString(lines[1])
				if err != nil {
					t.Errorf("report %q: %v", lines, err)
					return
				}
				report, err := sms.Unmarshal(p.TPDU, sms.AsMT)
				if err != nil {
					t.Errorf("report %q: %v", lines, err)
					return
				}
				reports <- report
			}, at.WithTrailingLine)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := g.Command("+CNMI=2,1,0,1,0"); err != nil {
				t.Fatal(err)
			}
			template, err := tpdu.NewSubmit()
			if err != nil {
				t.Fatal(err)
			}
			template.FirstOctet |= tpdu.FoSRR
			var vp tpdu.ValidityPeriod
			vp.SetRelative(24 * time.Hour)
			template.SetVP(vp)
			encoder := sms.NewEncoder(sms.WithTemplate(*template))
			texts := []string{
				"Заказ № 10482 готов, ждём вас!",
				strings.Repeat("Съешь ещё этих мягких булок. ", 8),
				strings.Repeat("all of it: {[~]} \\ | ^ € @ ", 16),
				"emoji 🎉 are two units",
				strings.Repeat("x", 160),
				"a",
			}
			sent := 0
			for _, text := range texts {
				parts, err := encoder.Encode([]byte(text), sms.To("+79161234567"))
				if err != nil {
					t.Fatal(err)
				}
				for _, part := range parts {
					raw, err := part.MarshalBinary()
					if err != nil {
						t.Fatal(err)
					}
					if _, err := g.SendPDU(raw, at.WithTimeout(5*time.Second)); err != nil {
						t.Fatalf("send %q: %v", text, err)
					}
					sent++
					select {
					case r := <-reports:
						if r.RA.Number() != "+79161234567" || int(r.MR) != sent || r.ST != 0 || time.Since(r.SCTS.Time).Abs() > time.Minute {
							t.Errorf("report %d: number %s, MR %d, ST %x, %v", sent, r.RA.Number(), r.MR, r.ST, r.SCTS.Time)
						}
					case <-time.After(patience):
						t.Fatal("no report")
					}
				}
			}
			got := m.Phone("+79161234567")
			if len(got) != len(texts) {
				t.Fatalf("the phone shows %d texts, want %d; refused %q", len(got), len(texts), m.Refused())
			}
			for i, text := range texts {
				if got[i].Text != text {
					t.Errorf("the phone shows %q, want %q", got[i].Text, text)
				}
			}
		})
	}
}

// TestWarthogReceives lets the library put inbound parts together.
func TestWarthogReceives(t *testing.T) {
	t.Parallel()
	warmTables()
	m := start(t, Options{})
	p, err := serial.Open(m.Port(), &serial.Mode{BaudRate: 115200})
	if err != nil {
		t.Fatal(err)
	}
	a := at.New(p, at.WithTimeout(5*time.Second))
	t.Cleanup(func() { _ = p.Close(); <-a.Closed() })
	g := gsm.New(a)
	if err := g.Init(); err != nil {
		t.Fatal(err)
	}
	got := make(chan gsm.Message, 10)
	err = g.StartMessageRx(func(msg gsm.Message) { got <- msg }, func(err error) { t.Error(err) })
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ from, text string }{
		{"+79161234567", strings.Repeat("Где мой заказ? 🚚 ", 12)},
		{"900", strings.Repeat("bank {code} ", 30)},
		{"MegaFon", "ваш баланс"},
	} {
		m.Receive(tc.from, tc.text)
		select {
		case msg := <-got:
			if msg.Message != tc.text || msg.Number != tc.from {
				t.Errorf("from %q came %q, want %q from %q", msg.Number, msg.Message, tc.text, tc.from)
			}
		case <-time.After(patience):
			t.Fatalf("%q did not come", tc.text)
		}
	}
}
