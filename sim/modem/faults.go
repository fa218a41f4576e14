package modem

import "time"

// Phase is a moment of a submit at which the modem is unplugged.
type Phase int

const (
	// BeforePrompt is when AT+CMGS came and no prompt was shown.
	BeforePrompt Phase = iota + 1
	// AfterPrompt is at the first octet of the PDU, or a second after the prompt.
	AfterPrompt
	// AfterPDU is at Ctrl-Z: the modem has the PDU, the network does not.
	AfterPDU
	// AfterTaken is when the network took it and +CMGS was not written.
	AfterTaken
)

// Outcome is what the SMSC tells about a message whose report was asked for.
type Outcome int

const (
	// Delivered reports TP-ST 00.
	Delivered Outcome = iota
	// Failed reports a permanent error, TP-ST 43 (not obtainable); the phone never shows the text.
	Failed
	// Temporary reports that the SMSC gave up, TP-ST 62; the phone never shows the text.
	Temporary
	// Trying reports TP-ST 22 (no answer, still trying), and Delivered one report delay later.
	Trying
	// Never sends no report; the phone shows the text.
	Never
)

// plan is what shall go wrong with one submit.
type plan struct {
	unplug  Phase
	replug  time.Duration // 0 = by hand
	restart bool          // with unplug: the modem restarts instead of leaving
	err     string        // "+CMS ERROR: 38"
	taken   bool          // with err: the network took it all the same
	hang    bool          // taken, no answer
	mute    bool          // no prompt and no answer to AT+CMGS
	hasSlow bool
	slow    time.Duration // instead of the network delay
}

// faultState is guarded by Modem.mu.
type faultState struct {
	latency    time.Duration
	netDelay   time.Duration
	repDelay   time.Duration
	noise      bool
	splitDelay time.Duration
	mute       bool
	deaf       chan struct{} // closed when the modem reads again; nil while it reads
	outcome    Outcome
	outcomeFor map[string]Outcome
	hold       bool // reports wait in the network
	all        string
	submits    int
	plans      map[int]plan
}

// Faults are the ways in which a modem and its network misbehave. All setters work at once and from any goroutine.
// "nth" counts submits (AT+CMGS, AT+CMSS) from the call on: 1 is the next one.
type Faults struct{ m *Modem }

// Faults gives the setters.
func (m *Modem) Faults() Faults { return Faults{m} }

func (f Faults) change(fn func(s *faultState)) {
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	fn(&f.m.fault)
	f.m.wakeLocked()
}

func (f Faults) at(nth int, fn func(p *plan)) {
	f.change(func(s *faultState) {
		if s.plans == nil {
			s.plans = make(map[int]plan)
		}
		n := s.submits + max(nth, 1)
		p := s.plans[n]
		fn(&p)
		s.plans[n] = p
	})
}

// SetLatency delays the answer to every command line.
func (f Faults) SetLatency(d time.Duration) { f.change(func(s *faultState) { s.latency = d }) }

// SetNetworkDelay sets how long the network takes for one SMS.
func (f Faults) SetNetworkDelay(d time.Duration) { f.change(func(s *faultState) { s.netDelay = d }) }

// SetReportDelay sets how long after the network's answer the report comes.
func (f Faults) SetReportDelay(d time.Duration) { f.change(func(s *faultState) { s.repDelay = d }) }

// SetNoise puts Huawei's unsolicited lines everywhere, also between +CMGS: and OK, whatever AT^CURC says, and lets the
// modem's own unsolicited lines fall into answers.
func (f Faults) SetNoise(on bool) { f.change(func(s *faultState) { s.noise = on }) }

// SplitPrompt writes ">" and the space d apart; 0 writes them together.
func (f Faults) SplitPrompt(d time.Duration) { f.change(func(s *faultState) { s.splitDelay = d }) }

// SetMute lets the modem read everything and answer nothing, as a crashed firmware does. Commands are not carried out.
func (f Faults) SetMute(on bool) { f.change(func(s *faultState) { s.mute = on }) }

// StopReading lets the modem read nothing more: the client's writes block as soon as the tty's buffer is full.
func (f Faults) StopReading() {
	f.change(func(s *faultState) {
		if s.deaf == nil {
			s.deaf = make(chan struct{})
		}
	})
}

// ResumeReading ends StopReading.
func (f Faults) ResumeReading() {
	f.change(func(s *faultState) {
		if s.deaf != nil {
			close(s.deaf)
			s.deaf = nil
		}
	})
}

// SetReport sets what becomes of messages whose report was asked for.
func (f Faults) SetReport(o Outcome) { f.change(func(s *faultState) { s.outcome = o }) }

// SetReportFor sets it for one recipient, written as in Message.To.
func (f Faults) SetReportFor(to string, o Outcome) {
	f.change(func(s *faultState) {
		if s.outcomeFor == nil {
			s.outcomeFor = make(map[string]Outcome)
		}
		s.outcomeFor[to] = o
	})
}

// HoldReports keeps all reports in the network until called with false.
func (f Faults) HoldReports(on bool) { f.change(func(s *faultState) { s.hold = on }) }

// FailSubmit answers the nth submit with +CMS ERROR: code; the network does not take it.
func (f Faults) FailSubmit(nth, code int) { f.at(nth, func(p *plan) { p.err = cms(code).line() }) }

// FailSubmitCME answers the nth submit with +CME ERROR: code; the network does not take it.
func (f Faults) FailSubmitCME(nth, code int) { f.at(nth, func(p *plan) { p.err = cme(code).line() }) }

// FailSubmitTaken answers the nth submit with +CMS ERROR: code although the network took it, as 332 (network timeout)
// sometimes means.
func (f Faults) FailSubmitTaken(nth, code int) {
	f.at(nth, func(p *plan) { p.err, p.taken = cms(code).line(), true })
}

// FailAll answers every submit with +CMS ERROR: code; 0 ends it.
func (f Faults) FailAll(code int) {
	f.change(func(s *faultState) {
		s.all = ""
		if code != 0 {
			s.all = cms(code).line()
		}
	})
}

// HangSubmit loses the answer to the nth submit: the network took it, +CMGS never comes, the modem lives on.
func (f Faults) HangSubmit(nth int) { f.at(nth, func(p *plan) { p.hang = true }) }

// HangPrompt shows no prompt and no answer for the nth AT+CMGS; the modem lives on.
func (f Faults) HangPrompt(nth int) { f.at(nth, func(p *plan) { p.mute = true }) }

// DelaySubmit lets the network take d for the nth submit.
func (f Faults) DelaySubmit(nth int, d time.Duration) {
	f.at(nth, func(p *plan) { p.hasSlow, p.slow = true, d })
}

// UnplugAt unplugs the modem in the nth submit at a phase and plugs it in again after `replug`; 0 leaves it unplugged
// until Plug.
func (f Faults) UnplugAt(nth int, phase Phase, replug time.Duration) {
	f.at(nth, func(p *plan) { p.unplug, p.replug = phase, replug })
}

// RestartAt lets the modem restart by itself in the nth submit at a phase, as one does whose supply breaks down: its settings
// are lost. The tty goes away for Options.Reboot, or stays, as after AT+CFUN=1,1.
func (f Faults) RestartAt(nth int, phase Phase) {
	f.at(nth, func(p *plan) { p.unplug, p.restart = phase, true })
}

// Reset ends every fault; the delays go back to those of Options.
func (f Faults) Reset() {
	f.ResumeReading()
	f.change(func(s *faultState) {
		*s = faultState{netDelay: f.m.opts.NetworkDelay, repDelay: f.m.opts.ReportDelay, submits: s.submits}
	})
}

// next counts a submit and gives what shall go wrong with it.
func (s *faultState) next() plan {
	s.submits++
	p := s.plans[s.submits]
	delete(s.plans, s.submits)
	if p.err == "" {
		p.err = s.all
	}
	if !p.hasSlow {
		p.slow = s.netDelay
	}
	return p
}

func (s *faultState) outcomeOf(to string) Outcome {
	if o, ok := s.outcomeFor[to]; ok {
		return o
	}
	return s.outcome
}

// status is the TP-ST of an outcome, 3GPP TS 23.040 §9.2.3.15.
func (o Outcome) status() byte {
	switch o {
	case Failed:
		return 0x43
	case Temporary:
		return 0x62
	case Trying:
		return 0x22
	}
	return 0x00
}
