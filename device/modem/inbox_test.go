package modem

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/device/devicetest"
	sim "vestnik/sim/modem"
)

// TestReportOutcomes lets each kind of report come, routed and stored.
func TestReportOutcomes(t *testing.T) {
	t.Parallel()
	for _, p := range []sim.Profile{sim.Huawei, sim.SIM800} {
		t.Run(string(p), func(t *testing.T) {
			t.Parallel()
			r := up(t, sim.Options{Profile: p})
			for _, c := range []struct {
				outcome  sim.Outcome
				kinds    []device.ReceiptKind
				evidence string
				state    PartState
			}{
				{sim.Delivered, []device.ReceiptKind{device.ReceiptDelivered}, "TP-ST 0x00, MR 1", PartDelivered},
				{sim.Failed, []device.ReceiptKind{device.ReceiptFailed}, "TP-ST 0x43, MR 2", PartFailed},
				{sim.Temporary, []device.ReceiptKind{device.ReceiptFailed}, "TP-ST 0x62, MR 3", PartFailed},
				{sim.Trying, []device.ReceiptKind{device.ReceiptTrying, device.ReceiptDelivered}, "TP-ST 0x22, MR 4", PartDelivered},
			} {
				r.sim.Faults().SetReport(c.outcome)
				env, _, err := r.send("текст")
				if err != nil {
					t.Fatal(err)
				}
				of := func() []device.Receipt {
					return slices.DeleteFunc(r.sink.Receipts(), func(x device.Receipt) bool { return !slices.Contains(x.WireIDs, env.WireID) })
				}
				r.eventually("the receipts", func() bool { return len(of()) == len(c.kinds) })
				for i, x := range of() {
					if x.Kind != c.kinds[i] || x.Part != 1 || x.Parts != 1 || x.From != customer || x.Channel != device.SMS || x.Device != env.Device || time.Since(x.At).Abs() > time.Minute {
						t.Errorf("%+v", x)
					}
				}
				if e := of()[0].Evidence; e != c.evidence {
					t.Errorf("evidence %q", e)
				}
				r.eventually("the journal", func() bool { return r.journal.state(env.WireID, 1) == c.state })
			}
			r.eventually("an empty storage", func() bool { return r.sim.StoredMessages("SM") == 0 })
		})
	}
}

// TestMatch is the choice of the part that a report is about.
func TestMatch(t *testing.T) {
	t.Parallel()
	const imei = "861585041234566"
	now := time.Now().Truncate(time.Second)
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	part := func(id string, mr int, to device.Phone, state PartState, at time.Time) Part {
		return Part{WireID: id, Seq: 1, Total: 1, Device: imei, To: to, State: state, MR: mr, SubmittedAt: at}
	}
	settled := part("settled", 17, customer, PartDelivered, ago(time.Minute))
	settled.Report = "same"
	for _, c := range []struct {
		name  string
		parts []Part
		r     report
		want  string
	}{
		{"plain", []Part{part("a", 17, customer, PartAccepted, ago(time.Minute))}, report{mr: 17, to: "+79161234567", sent: ago(time.Minute)}, "a"},
		{"national spelling", []Part{part("a", 17, customer, PartAccepted, now)}, report{mr: 17, to: "89161234567", sent: now}, "a"},
		{"foreign number with the same end", []Part{part("a", 17, customer, PartAccepted, now)}, report{mr: 17, to: "+99161234567", sent: now}, ""},
		{"other recipient", []Part{part("a", 17, "+79160000000", PartAccepted, now)}, report{mr: 17, to: "+79161234567", sent: now}, ""},
		{"other reference", []Part{part("a", 18, customer, PartAccepted, now)}, report{mr: 17, to: "+79161234567", sent: now}, ""},
		{"reference used again, late report of the older", []Part{part("new", 17, customer, PartAccepted, ago(time.Minute)), part("old", 17, customer, PartAccepted, ago(5*time.Hour))}, report{mr: 17, to: "+79161234567", sent: ago(5 * time.Hour)}, "old"},
		{"reference used again, centre's clock 3 h off", []Part{part("new", 17, customer, PartAccepted, ago(time.Minute)), part("old", 17, customer, PartAccepted, ago(30*time.Hour))}, report{mr: 17, to: "+79161234567", sent: ago(3 * time.Hour)}, "new"},
		{"older one settled", []Part{part("new", 17, customer, PartAccepted, now), part("old", 17, customer, PartDelivered, ago(time.Hour))}, report{mr: 17, to: "+79161234567", sent: now}, "new"},
		{"too old", []Part{part("a", 17, customer, PartAccepted, ago(100*time.Hour))}, report{mr: 17, to: "+79161234567", sent: now}, ""},
		{"unanswered submit", []Part{part("a", NoMR, customer, PartSending, ago(time.Minute))}, report{mr: 44, to: "+79161234567", sent: ago(time.Minute)}, "a"},
		{"unanswered submit to somebody else", []Part{part("a", NoMR, "+79160000000", PartSending, now)}, report{mr: 44, to: "+79161234567", sent: now}, ""},
		{"answered one wins over unanswered", []Part{part("a", NoMR, customer, PartSending, ago(time.Minute)), part("b", 44, customer, PartAccepted, now)}, report{mr: 44, to: "+79161234567", sent: now}, "b"},
		{"unanswered now, same reference never reported yesterday", []Part{part("a", NoMR, customer, PartSending, ago(time.Minute)), part("b", 44, customer, PartAccepted, ago(30*time.Hour))}, report{mr: 44, to: "+79161234567", sent: ago(time.Minute)}, "a"},
		{"read twice, with an unanswered submit beside it", []Part{settled, part("a", NoMR, customer, PartSending, now)}, report{mr: 17, to: "+79161234567", sent: ago(time.Minute), print: "same"}, "settled"},
		{"definite no is no candidate", []Part{part("a", NoMR, customer, PartNotSent, now)}, report{mr: 44, to: "+79161234567", sent: now}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			j := &memoryJournal{parts: c.parts}
			m, err := New(Options{Sink: &devicetest.Sink{}, Journal: j})
			if err != nil {
				t.Fatal(err)
			}
			p, ok, err := m.match(t.Context(), imei, c.r)
			if err != nil || ok != (c.want != "") || p.WireID != c.want {
				t.Errorf("got %q %v %v, want %q", p.WireID, ok, err, c.want)
			}
		})
	}
}

func TestIncoming(t *testing.T) {
	t.Parallel()
	for _, p := range profiles {
		t.Run(string(p), func(t *testing.T) {
			t.Parallel()
			r := up(t, sim.Options{Profile: p})
			long := strings.Repeat("Здравствуйте, где мой заказ 😀? ", 9)
			for _, m := range [][2]string{{"+79161234567", "раз"}, {"+79161234567", long}, {"MegaFon", "promo [1] {2}"}, {"900", "код 1234"}, {"+79161234567", "два"}} {
				r.sim.Receive(m[0], m[1])
			}
			r.eventually("all five", func() bool { return len(r.sink.IncomingMessages()) == 5 })
			byText := map[string]device.Incoming{}
			for _, in := range r.sink.IncomingMessages() {
				byText[in.Text] = in
				if in.Device == "" || in.ID == "" || in.Channel != device.SMS || time.Since(in.At).Abs() > time.Minute {
					t.Errorf("%+v", in)
				}
			}
			if in := byText[long]; in.From != customer {
				t.Errorf("long text: %+v", in)
			}
			if in := byText["promo [1] {2}"]; in.From != "" || in.Alias != "MegaFon" {
				t.Errorf("name as sender: %+v", in)
			}
			if in := byText["код 1234"]; in.From != "" || in.Alias != "900" {
				t.Errorf("short number as sender: %+v", in)
			}
			r.eventually("an empty storage", func() bool { return r.sim.StoredMessages("SM") == 0 })
		})
	}
}

// TestDiskFullKeepsIncomingInTheModem: nothing is deleted before it is safe, and it comes again by itself.
func TestDiskFullKeepsIncomingInTheModem(t *testing.T) {
	t.Parallel()
	r := up(t, sim.Options{Profile: sim.Huawei})
	r.sink.FailNext(errors.New("disk full"))
	r.sim.Receive(customer.String(), "важное")
	r.eventually("the refusal", func() bool { return r.sink.Refused() == 1 })
	r.eventually("the text", func() bool { return len(r.sink.IncomingMessages()) == 1 })
	r.eventually("an empty storage", func() bool { return r.sim.StoredMessages("SM") == 0 })
}

// TestFullStorage: while nobody listened the storage filled up; at the start it is emptied and the rest comes.
func TestFullStorage(t *testing.T) {
	t.Parallel()
	r := up(t, sim.Options{Profile: sim.Huawei, Slots: 5})
	r.stop()
	var want []string
	for i := range 12 {
		want = append(want, fmt.Sprintf("текст %d", i))
		r.sim.Receive(customer.String(), want[i])
	}
	r.sim.Wait(5*time.Second, func() bool { return r.sim.StoredMessages("SM") == 5 })
	r.start()
	r.eventually("all texts", func() bool { return len(r.sink.IncomingMessages()) == 12 })
	if n := r.sim.StoredMessages("SM"); n > 0 {
		r.eventually("an empty storage", func() bool { return r.sim.StoredMessages("SM") == 0 })
	}
}

// fragmentPDU is an SMS-DELIVER with one part of a text, written by hand from 3GPP TS 23.040 §9.2.2.1.
func fragmentPDU(t *testing.T, ref, total, seq byte, at time.Time, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString("440B919761214365F70008")
	if err != nil {
		t.Fatal(err)
	}
	bcd := func(n int) byte { return byte(n%10<<4 | n/10%10) }
	at = at.UTC()
	b = append(b, bcd(at.Year()%100), bcd(int(at.Month())), bcd(at.Day()), bcd(at.Hour()), bcd(at.Minute()), bcd(at.Second()), 0)
	var ud []byte
	for _, r := range text {
		ud = append(ud, byte(r>>8), byte(r))
	}
	b = append(b, byte(len(ud)+6), 5, 0, 3, ref, total, seq)
	return append(b, ud...)
}

func TestUnfinishedTexts(t *testing.T) {
	t.Parallel()
	r := up(t, sim.Options{Profile: sim.Huawei, Slots: 6})
	// two texts with the same reference, parts out of order, and one that never ends
	r.sim.ReceiveTPDU(fragmentPDU(t, 7, 2, 2, time.Now(), "мир"))
	r.sim.ReceiveTPDU(fragmentPDU(t, 7, 2, 2, time.Now(), "друг"))
	r.sim.ReceiveTPDU(fragmentPDU(t, 7, 2, 1, time.Now(), "здравствуй, "))
	r.eventually("the whole one", func() bool { return len(r.sink.IncomingMessages()) == 1 })
	if got := r.sink.IncomingMessages()[0].Text; got != "здравствуй, мир" {
		t.Errorf("%q", got)
	}
	r.sim.ReceiveTPDU(fragmentPDU(t, 9, 3, 2, time.Now().Add(-25*time.Hour), "середина"))
	r.eventually("the one that waited a day", func() bool { return len(r.sink.IncomingMessages()) == 2 })
	if got := r.sink.IncomingMessages()[1].Text; got != "[…]середина[…]" {
		t.Errorf("%q", got)
	}
	// "друг" still waits for its other half, also over a restart
	r.restart()
	r.sim.ReceiveTPDU(fragmentPDU(t, 7, 2, 1, time.Now(), "привет, "))
	r.eventually("the late one", func() bool { return len(r.sink.IncomingMessages()) == 3 })
	if got := r.sink.IncomingMessages()[2].Text; got != "привет, друг" {
		t.Errorf("%q", got)
	}
}

// TestRubbishInTheStorage: what cannot be read does no harm, and goes when the storage is full.
func TestRubbishInTheStorage(t *testing.T) {
	t.Parallel()
	r := up(t, sim.Options{Profile: sim.Huawei, Slots: 4}, func(o *Options) { o.Sweep = 100 * time.Millisecond })
	for i := range 4 {
		r.sim.ReceiveTPDU([]byte{0x04, 0x0b, 0x91, byte(i)})
	}
	r.sim.Receive(customer.String(), "после мусора")
	r.eventually("the text", func() bool { return len(r.sink.IncomingMessages()) == 1 })
}

func TestUSSD(t *testing.T) {
	t.Parallel()
	for _, p := range profiles {
		t.Run(string(p), func(t *testing.T) {
			t.Parallel()
			r := up(t, sim.Options{Profile: p})
			for _, want := range []string{"Баланс 123.45 р.", "Balance 123.45 r."} {
				r.sim.SetUSSD("*100#", want)
				got, err := r.m.USSD(t.Context(), "*100#")
				if err != nil || got != want {
					t.Errorf("%q, %v", got, err)
				}
			}
			if _, err := r.m.USSD(t.Context(), "*999#"); device.KindOf(err) != device.Refused {
				t.Errorf("unknown code: %v", err)
			}
			if _, err := r.m.USSD(t.Context(), `1",15;+CFUN=1,1`); device.KindOf(err) != device.Invalid {
				t.Errorf("no code: %v", err)
			}
			if _, _, err := r.send("текст"); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestReset(t *testing.T) {
	t.Parallel()
	for _, p := range profiles {
		t.Run(string(p), func(t *testing.T) {
			t.Parallel()
			r := up(t, sim.Options{Profile: p})
			if err := r.m.Reset(t.Context()); err != nil {
				t.Fatal(err)
			}
			r.eventually("the restart", func() bool { return len(r.sink.Links()) >= 2 })
			r.await(device.LinkConnected)
			if slices.ContainsFunc(r.sink.Links(), func(l device.Link) bool { return l.State == device.LinkAbsent }) {
				t.Error("a restart of the modem was shown as unplugging")
			}
			env, _, err := r.send("текст")
			if err != nil {
				t.Fatal(err)
			}
			r.eventually("its report", func() bool { return r.sink.Delivered(env.WireID) })
		})
	}
}

// TestReportReadBeforeItsAnnouncement: a report that is filed while the session begins is read with the
// rest of the storage, and its announcement is looked at when it is gone. Reports go on being stored, so that
// they survive when nobody listens.
func TestReportReadBeforeItsAnnouncement(t *testing.T) {
	t.Parallel()
	r := up(t, sim.Options{Profile: sim.Huawei})
	delivered := func(env device.Envelope) func() bool {
		return func() bool {
			return slices.ContainsFunc(r.sink.Receipts(), func(x device.Receipt) bool { return slices.Contains(x.WireIDs, env.WireID) })
		}
	}
	r.sim.Faults().HoldReports(true)
	first, _, err := r.send("раз")
	if err != nil {
		t.Fatal(err)
	}
	r.stop()
	r.sim.Faults().SetLatency(30 * time.Millisecond) // time between two commands
	before := len(r.sim.Commands())
	r.start()
	r.eventually("indications are switched on", func() bool {
		return slices.ContainsFunc(r.sim.Commands()[before:], func(c string) bool { return strings.HasPrefix(c, "AT+CNMI=2") })
	})
	r.sim.Faults().HoldReports(false)
	r.eventually("the first report", delivered(first))
	r.await(device.LinkConnected)
	r.sim.Faults().SetLatency(0)
	r.sim.Faults().HoldReports(true)
	second, _, err := r.send("два")
	if err != nil {
		t.Fatal(err)
	}
	r.stop()
	r.sim.Faults().HoldReports(false)
	r.eventually("the second report lies in the modem", func() bool { return r.sim.StoredMessages("SM") == 1 })
	r.start()
	r.eventually("the second report", delivered(second))
}
