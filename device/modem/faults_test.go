package modem

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"vestnik/device"
	sim "vestnik/sim/modem"
)

// TestUnplugAtEachPhase pulls the stick out in the middle of a submit. The customer gets the text at most once, and
// the answer says whether it can have left.
func TestUnplugAtEachPhase(t *testing.T) {
	t.Parallel()
	for _, p := range []sim.Profile{sim.Huawei, sim.SIM800} {
		for _, c := range []struct {
			name  string
			phase sim.Phase
			kind  device.Kind
			taken bool
		}{
			{"before the prompt", sim.BeforePrompt, device.Unavailable, false},
			{"after the PDU", sim.AfterPDU, device.Uncertain, false},
			{"after it was taken", sim.AfterTaken, device.Uncertain, true},
		} {
			t.Run(string(p)+" "+c.name, func(t *testing.T) {
				t.Parallel()
				r := up(t, sim.Options{Profile: p})
				r.sim.Faults().UnplugAt(1, c.phase, 100*time.Millisecond)
				env, _, err := r.send("Заказ готов")
				if k := device.KindOf(err); k != c.kind {
					t.Fatalf("got %v, want %s", err, c.kind)
				}
				sent, doubtful, err := r.m.Recall(t.Context(), env)
				if wantDoubt := c.kind == device.Uncertain; err != nil || len(sent) > 0 && !c.taken || (doubtful > 0) != (wantDoubt && len(sent) == 0) {
					t.Errorf("recalled %d sent, %d doubtful, %v", len(sent), doubtful, err)
				}
				r.await(device.LinkConnected)
				if c.taken {
					r.mustGet("Заказ готов")
					r.eventually("the report settles it", func() bool { return r.sink.Delivered(env.WireID) })
					if s := r.journal.state(env.WireID, 1); s != PartDelivered {
						t.Errorf("journal says %s", s)
					}
					return
				}
				if got := r.got(); len(got) != 0 {
					t.Fatalf("the customer got %q", got)
				}
				// the caller decides to send it again, with the same envelope
				if _, err := r.m.Send(t.Context(), env); err != nil {
					t.Fatal(err)
				}
				r.mustGet("Заказ готов")
				if sent, doubtful, err := r.m.Recall(t.Context(), env); err != nil || len(sent) != 1 || doubtful != 0 {
					t.Errorf("recalled %d sent, %d doubtful, %v", len(sent), doubtful, err)
				}
			})
		}
	}
}

// TestRestartInASubmit: a module whose supply broke down says RDY on a port that stays open. Nobody will answer the submit any
// more, so the sender is not kept for the network's time-out; what the network took is settled by its report when that is told.
func TestRestartInASubmit(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		phase sim.Phase
		kind  device.Kind
	}{
		{sim.BeforePrompt, device.Unavailable},
		{sim.AfterPrompt, device.Uncertain},
		{sim.AfterPDU, device.Uncertain},
		{sim.AfterTaken, device.Uncertain},
	} {
		t.Run(fmt.Sprint(c.phase), func(t *testing.T) {
			t.Parallel()
			r := up(t, sim.Options{Profile: sim.SIM800, ReportDelay: time.Second}, func(o *Options) { o.Prompt, o.Network = time.Minute, time.Minute })
			r.sim.Faults().RestartAt(1, c.phase)
			began := time.Now()
			env, _, err := r.send("Заказ готов")
			if k := device.KindOf(err); k != c.kind {
				t.Fatalf("got %v, want %s", err, c.kind)
			}
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("the answer took %s", took)
			}
			r.await(device.LinkConnected)
			if c.phase == sim.AfterTaken {
				r.eventually("the report settles it", func() bool { return r.sink.Delivered(env.WireID) })
			}
			if n := len(r.got()); (n == 1) != (c.phase == sim.AfterTaken) || n > 1 {
				t.Errorf("the customer has it %d times", n)
			}
		})
	}
}

// TestAReportOfOneOfTwoIsGivenToNeither pulls the stick out of two submits to one customer within a second. The network
// took the first alone; its report names neither, and a wrong "delivered" would hide that the second is missing.
func TestAReportOfOneOfTwoIsGivenToNeither(t *testing.T) {
	t.Parallel()
	r := up(t, sim.Options{Profile: sim.Huawei})
	r.sim.Faults().HoldReports(true)
	var envs []device.Envelope
	for i, phase := range []sim.Phase{sim.AfterTaken, sim.AfterPDU} {
		r.sim.Faults().UnplugAt(1, phase, 50*time.Millisecond)
		env, _, err := r.send(fmt.Sprint("Заказ ", i, " готов"))
		if device.KindOf(err) != device.Uncertain {
			t.Fatal(err)
		}
		envs = append(envs, env)
		r.await(device.LinkConnected)
	}
	r.mustGet("Заказ 0 готов")
	r.sim.Faults().HoldReports(false)
	last, _, err := r.send("Третий")
	if err != nil {
		t.Fatal(err)
	}
	r.eventually("the last one's report", func() bool { return r.sink.Delivered(last.WireID) })
	for i, env := range envs {
		if r.sink.Delivered(env.WireID) {
			t.Errorf("SMS %d is called delivered", i)
		}
	}
}

// TestUnplugAtThePrompt is apart from the others: whether Ctrl-Z was written is a race.
func TestUnplugAtThePrompt(t *testing.T) {
	t.Parallel()
	r := up(t, sim.Options{})
	r.sim.Faults().UnplugAt(1, sim.AfterPrompt, 50*time.Millisecond)
	_, _, err := r.send("Заказ готов")
	if k := device.KindOf(err); k != device.Unavailable && k != device.Uncertain {
		t.Fatal(err)
	}
	r.await(device.LinkConnected)
	if got := r.got(); len(got) != 0 {
		t.Fatalf("the customer got %q", got)
	}
}

// TestKillInFlight ends the process between PDU and answer; the modem lives on its own power. With stored reports the next
// start finds out what became of the SMS.
func TestKillInFlight(t *testing.T) {
	t.Parallel()
	r := up(t, sim.Options{Profile: sim.Huawei})
	r.sim.Faults().HangSubmit(1)
	env := r.prepare("Заказ готов")
	errs := make(chan error, 1)
	go func() { _, err := r.m.Send(context.Background(), env); errs <- err }()
	r.mustGet("Заказ готов")
	r.restart()
	if err := <-errs; device.KindOf(err) != device.Uncertain {
		t.Fatal(err)
	}
	r.eventually("the report settles it", func() bool { return r.sink.Delivered(env.WireID) })
	if n := len(r.got()); n != 1 {
		t.Errorf("%d copies", n)
	}
	if n := r.sim.StoredMessages("SM"); n != 0 {
		t.Errorf("%d reports left in the storage", n)
	}
}

// TestLateAnswer: the network needs longer than we wait; its answer must not be taken for the next message's.
func TestLateAnswer(t *testing.T) {
	t.Parallel()
	for _, p := range []sim.Profile{sim.Huawei, sim.SIM800} {
		t.Run(string(p), func(t *testing.T) {
			t.Parallel()
			r := up(t, sim.Options{Profile: p}, func(o *Options) { o.Network = 300 * time.Millisecond })
			f := r.sim.Faults()
			f.DelaySubmit(1, 700*time.Millisecond)
			first, _, err := r.send("первое")
			if device.KindOf(err) != device.Uncertain {
				t.Fatal(err)
			}
			f.FailSubmit(1, 21) // the next one is refused: a stray +CMGS must not make it a success
			var second device.Envelope
			r.eventually("the next message is tried", func() bool {
				var err error
				second, _, err = r.send("второе")
				if err == nil {
					t.Fatal("a late answer was credited to the next message")
				}
				return device.KindOf(err) == device.Refused
			})
			r.mustGet("первое")
			r.eventually("the first is settled", func() bool { return r.sink.Delivered(first.WireID) })
			if r.sink.Delivered(second.WireID) {
				t.Error("the refused message counts as delivered")
			}
		})
	}
}

// TestCallerLeaves: the caller's context ends while the network thinks. He is told Uncertain at once; what the network
// then says is recorded and told.
func TestCallerLeaves(t *testing.T) {
	t.Parallel()
	r := up(t, sim.Options{})
	r.sim.Faults().DelaySubmit(1, 400*time.Millisecond)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	env := r.prepare("первое")
	start := time.Now()
	_, err := r.m.Send(ctx, env)
	if device.KindOf(err) != device.Uncertain || time.Since(start) > 350*time.Millisecond {
		t.Fatalf("%v after %v", err, time.Since(start))
	}
	r.eventually("the acceptance is recorded", func() bool {
		s := r.journal.state(env.WireID, 1)
		return s == PartAccepted || s == PartDelivered
	})
	if !slices.ContainsFunc(r.sink.Receipts(), func(x device.Receipt) bool {
		return x.Kind == device.ReceiptTrying && slices.Contains(x.WireIDs, env.WireID)
	}) {
		t.Error("the late acceptance was not told")
	}
	// the same envelope again: the network has it, nothing leaves
	acc, err := r.m.Send(t.Context(), env)
	if err != nil || len(acc.Parts) != 1 {
		t.Fatalf("%+v, %v", acc, err)
	}
	if _, _, err := r.send("второе"); err != nil {
		t.Fatal(err)
	}
	r.mustGet("первое", "второе")
}

// TestReportEndsTheWait: the answer is lost, but the report comes. The wait ends long before the network's time-out.
func TestReportEndsTheWait(t *testing.T) {
	t.Parallel()
	for _, p := range []sim.Profile{sim.Huawei, sim.SIM800} {
		t.Run(string(p), func(t *testing.T) {
			t.Parallel()
			r := up(t, sim.Options{Profile: p}, func(o *Options) { o.Network = 30 * time.Second })
			r.sim.Faults().HangSubmit(1)
			start := time.Now()
			env, _, err := r.send("текст")
			if device.KindOf(err) != device.Uncertain || time.Since(start) > 5*time.Second {
				t.Fatalf("%v after %v", err, time.Since(start))
			}
			r.eventually("the report settles it", func() bool { return r.sink.Delivered(env.WireID) })
			r.mustGet("текст")
		})
	}
}

func TestNoise(t *testing.T) {
	t.Parallel()
	r := up(t, sim.Options{Profile: sim.Huawei})
	f := r.sim.Faults()
	f.SetNoise(true)
	f.SplitPrompt(5 * time.Millisecond)
	var want []string
	var envs []device.Envelope
	for i := range 20 {
		text := fmt.Sprintf("заказ %d готов", i)
		want = append(want, text)
		env, _, err := r.send(text)
		if err != nil {
			t.Fatal(err)
		}
		envs = append(envs, env)
		r.sim.Receive("+79161234567", fmt.Sprintf("ответ %d", i))
	}
	r.mustGet(want...)
	for _, env := range envs {
		r.eventually("a report", func() bool { return r.sink.Delivered(env.WireID) })
	}
	r.eventually("all answers", func() bool { return len(r.sink.IncomingMessages()) == 20 })
	for i, in := range r.sink.IncomingMessages() {
		if in.Text != fmt.Sprintf("ответ %d", i) {
			t.Errorf("answer %d is %q", i, in.Text)
		}
	}
}

// TestDeafModem: a modem that reads nothing more cannot hold us for longer than the write limit.
func TestDeafModem(t *testing.T) {
	t.Parallel()
	r := up(t, sim.Options{})
	r.sim.Faults().StopReading()
	start := time.Now()
	_, _, err := r.send("текст")
	if device.KindOf(err) != device.Unavailable || time.Since(start) > 5*time.Second {
		t.Fatalf("%v after %v", err, time.Since(start))
	}
	r.await(device.LinkNotResponding)
	r.sim.Faults().ResumeReading()
	r.await(device.LinkConnected)
	if _, _, err := r.send("снова"); err != nil {
		t.Fatal(err)
	}
	r.mustGet("снова")
}

// TestWriteDeadline fills the tty until it takes no more.
func TestWriteDeadline(t *testing.T) {
	t.Parallel()
	s, err := sim.New(sim.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	s.Faults().StopReading()
	p, err := openPort(s.Port())
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	for err == nil && time.Since(start) < 10*time.Second {
		err = p.Write(make([]byte, 64<<10), 200*time.Millisecond)
	}
	if !isTimeout(err) || time.Since(start) > 5*time.Second {
		t.Errorf("%v after %v", err, time.Since(start))
	}
	start = time.Now()
	if err := p.Close(); err != nil || time.Since(start) > time.Second {
		t.Errorf("close: %v after %v", err, time.Since(start))
	}
}

func TestNoPrompt(t *testing.T) {
	t.Parallel()
	r := up(t, sim.Options{})
	r.sim.Faults().HangPrompt(1)
	_, _, err := r.send("текст")
	if device.KindOf(err) != device.Unavailable {
		t.Fatal(err)
	}
	r.await(device.LinkConnected)
	if _, _, err := r.send("снова"); err != nil {
		t.Fatal(err)
	}
	r.mustGet("снова")
}

func TestJournalFullKeepsTheMessageHere(t *testing.T) {
	t.Parallel()
	r := up(t, sim.Options{})
	r.journal.setFail(errors.New("disk full"))
	_, _, err := r.send("текст")
	if device.KindOf(err) != device.Unavailable {
		t.Fatal(err)
	}
	r.journal.setFail(nil)
	r.await(device.LinkConnected)
	if _, _, err := r.send("снова"); err != nil {
		t.Fatal(err)
	}
	r.mustGet("снова")
}

// TestErrorClasses asks for each +CMS ERROR and looks what the caller is told.
func TestErrorClasses(t *testing.T) {
	t.Parallel()
	r := up(t, sim.Options{})
	want := map[device.Kind][]int{
		device.Refused:     {8, 10, 21, 29, 30, 50, 69, 96, 304, 330},
		device.NotFound:    {1, 28},
		device.RateLimited: {27, 38, 41, 42, 47, 111, 500, 512, 777},
		device.Unavailable: {310, 311, 313, 314, 316, 322, 331},
		device.Uncertain:   {332},
	}
	for kind, codes := range want {
		for _, code := range codes {
			r.sim.Faults().FailSubmit(1, code)
			env, _, err := r.send("текст")
			e := kindOf(t, err)
			if e.Kind != kind || e.Code != fmt.Sprintf("+CMS ERROR: %d", code) {
				t.Errorf("%d: %v, want %s", code, err, kind)
			}
			if kind == device.RateLimited && e.RetryAfter <= 0 {
				t.Errorf("%d: no time to wait", code)
			}
			state := PartNotSent
			if kind == device.Uncertain {
				state = PartSending
			}
			if s := r.journal.state(env.WireID, 1); s != state {
				t.Errorf("%d: journal says %s", code, s)
			}
			r.await(device.LinkConnected)
		}
	}
	if got := r.got(); len(got) != 0 {
		t.Errorf("the customer got %q", got)
	}
	r = up(t, sim.Options{}) // another stick: the report could mean the SMS of 332 above as well
	r.sim.Faults().FailSubmitTaken(1, 332)
	env, _, err := r.send("ушло")
	if device.KindOf(err) != device.Uncertain {
		t.Fatal(err)
	}
	r.eventually("its report", func() bool { return r.sink.Delivered(env.WireID) })
	// an answer before the prompt says that nothing left, whatever its number
	if e := cmsError(verdict{text: "+CMS ERROR: 332", cms: 332, cme: -1}, false); e.Kind != device.Unavailable {
		t.Errorf("332 without PDU: %v", e)
	}
}

// TestPartOnlyRetry: the second of three parts fails; the same envelope again sends the second and third only.
func TestPartOnlyRetry(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("Очень длинное сообщение. ", 7)
	r := up(t, sim.Options{})
	r.sim.Faults().FailSubmit(2, 42)
	env, acc, err := r.send(text)
	if e := kindOf(t, err); e.Kind != device.RateLimited || len(acc.Parts) != 1 || env.Parts != 3 {
		t.Fatalf("%v, %+v, %d parts", err, acc, env.Parts)
	}
	r.restart()
	acc, err = r.m.Send(t.Context(), env)
	if err != nil || len(acc.Parts) != 3 {
		t.Fatalf("%v, %+v", err, acc)
	}
	r.mustGet(text)
	net := r.sim.Network()
	if len(net) != 1 || len(net[0].Parts) != 3 {
		t.Errorf("the network took %+v", net)
	}
	r.eventually("the reports of all parts", func() bool { return r.sink.Delivered(env.WireID) })
	// once more: all is there
	if acc, err = r.m.Send(t.Context(), env); err != nil || len(acc.Parts) != 3 {
		t.Fatalf("%v, %+v", err, acc)
	}
	if n := len(r.sim.Network()[0].Parts); n != 3 {
		t.Errorf("%d parts on the air", n)
	}
}

// TestHalfByAnotherModem: the first part left by another SIM. Neither a torso nor a second copy goes out.
func TestHalfByAnotherModem(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("Очень длинное сообщение. ", 7)
	r := up(t, sim.Options{})
	env := r.prepare(text)
	_ = r.journal.SavePart(t.Context(), Part{WireID: env.WireID, Seq: 1, Total: 3, Device: "490154203237518", To: customer, State: PartAccepted, MR: 3, SubmittedAt: time.Now()})
	acc, err := r.m.Send(t.Context(), env)
	if device.KindOf(err) != device.Uncertain || len(acc.Parts) != 1 {
		t.Fatalf("%v, %+v", err, acc)
	}
	if n := len(r.sim.Network()); n != 0 {
		t.Errorf("%d messages on the air", n)
	}
}

func TestConcatRefsGoOnAfterRestart(t *testing.T) {
	t.Parallel()
	r := up(t, sim.Options{})
	text := strings.Repeat("Длинное сообщение, которое идёт по частям. ", 3)
	seen := map[int]bool{}
	var want []string
	for range 3 {
		for range 2 {
			env, _, err := r.send(text)
			if err != nil {
				t.Fatal(err)
			}
			if seen[env.ConcatRef] {
				t.Fatalf("reference %d again", env.ConcatRef)
			}
			seen[env.ConcatRef] = true
			want = append(want, text)
		}
		r.restart()
	}
	r.mustGet(want...)
	for _, m := range r.sim.Network() {
		if !seen[m.Parts[0].Ref] || m.Parts[0].Ref != m.Parts[1].Ref || !m.StatusReportRequested {
			t.Errorf("on the air: %+v", m.Parts)
		}
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	r := up(t, sim.Options{})
	for _, out := range []device.Outgoing{
		{To: customer, Text: strings.Repeat("ш", 67*6+1)},
		{To: "900", Text: "short code"},
		{To: "", Text: "nobody"},
	} {
		if _, err := r.m.Prepare(t.Context(), out); device.KindOf(err) != device.Invalid {
			t.Errorf("%s: %v", out.To, err)
		}
	}
	if _, err := r.m.Prepare(t.Context(), device.Outgoing{To: customer, Text: strings.Repeat("ш", 67*6)}); err != nil {
		t.Error(err)
	}
	r.stop()
	if _, err := r.m.Send(t.Context(), device.Envelope{Outgoing: device.Outgoing{To: customer, Text: "x"}, WireID: "x", Parts: 1}); device.KindOf(err) != device.Unavailable {
		t.Errorf("switched off: %v", err)
	}
}

func TestValidity(t *testing.T) {
	t.Parallel()
	r := up(t, sim.Options{})
	for i, d := range []time.Duration{5 * time.Minute, 10 * time.Minute, 12 * time.Hour, 13 * time.Hour, 24 * time.Hour, 30 * 24 * time.Hour, 10 * 7 * 24 * time.Hour} {
		env, err := r.m.Prepare(t.Context(), device.Outgoing{To: customer, Text: "x", ValidFor: d})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.m.Send(t.Context(), env); err != nil {
			t.Fatal(err)
		}
		if got := r.sim.Network()[i].ValidityPeriod; got != d {
			t.Errorf("%v went out as %v", d, got)
		}
	}
}
