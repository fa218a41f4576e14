package modem

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// submission is one SMS on its way through AT+CMGS.
type submission struct {
	tpduLen int    // octets behind the SMSC field (3GPP TS 27.005 §4.3)
	pdu     string // hex

	caller context.Context // of the one who waits
	// leaving is called once, between the prompt and the PDU; an error stops the SMS.
	leaving func() error
	// callerLeft is called once when the caller's context ended after Ctrl-Z.
	callerLeft func()
	// settles tells whether a report that came meanwhile may be this SMS's own.
	settles func(u urc) bool
}

// submitted is how a submission ended.
type submitted struct {
	mr int // NoMR unless the network took it
	// left tells whether Ctrl-Z may have been written: only then can the SMS have gone.
	left    bool
	verdict       // of the modem, when it gave one
	refused bool  // verdict is an error
	err     error // port of no more use, or stopped on our side
	took    time.Duration
}

// submit sends one SMS: AT+CMGS, prompt, PDU, Ctrl-Z, +CMGS. The prompt and the network have
// limits of their own: a network may take two minutes (3GPP TS 27.005 gives none; 150 s covers what
// vendors state).
func (e *engine) submit(ctx context.Context, s submission, t Timeouts) submitted {
	e.wantPrompt.Store(true)
	out := e.prompt(ctx, s, t)
	e.wantPrompt.Store(false)
	if out.err != nil || out.refused {
		return out
	}
	if err := s.leaving(); err != nil {
		_ = e.write("\x1b")
		out.err = err
		return out
	}
	if err := e.write(s.pdu); err != nil {
		out.err = fmt.Errorf("write the PDU: %w", err)
		return out
	}
	out.left = true
	if err := e.write("\x1a"); err != nil {
		out.err = fmt.Errorf("write the end of the PDU: %w", err)
		return out
	}
	return e.await(ctx, s, t)
}

// prompt writes AT+CMGS and waits until the modem wants the PDU.
func (e *engine) prompt(ctx context.Context, s submission, t Timeouts) submitted {
	out := submitted{mr: NoMR}
	cmd := fmt.Sprintf("AT+CMGS=%d", s.tpduLen)
	if out.err = e.write(cmd + "\r"); out.err != nil {
		return out
	}
	timer := time.NewTimer(t.Prompt)
	defer timer.Stop()
	for {
		select {
		case ev, open := <-e.events:
			switch v, final := parseVerdict(ev.line); {
			case !open:
				out.err = errGone
				return out
			case ev.prompt:
				return out
			case ev.line == restarted:
				out.err = fmt.Errorf("%w in a submit: %s", errReboot, ev.line)
				return out
			case final && v.ok:
				out.err = errMixedUp
				return out
			case final:
				out.verdict, out.refused = v, true
				return out
			case ev.line != cmd:
				e.note(ev.line)
			}
		case <-timer.C:
			out.err = fmt.Errorf("no prompt: %w", errTimeout)
			_ = e.write("\x1b")
			return out
		case <-s.caller.Done():
			out.err = s.caller.Err()
			_ = e.write("\x1b")
			return out
		case <-ctx.Done():
			out.err = ctx.Err()
			_ = e.write("\x1b")
			return out
		}
	}
}

// await waits for the network's word after Ctrl-Z.
func (e *engine) await(ctx context.Context, s submission, t Timeouts) submitted {
	out := submitted{mr: NoMR, left: true}
	start := time.Now()
	limit := time.NewTimer(t.Network)
	defer limit.Stop()
	caller, stop := s.caller.Done(), ctx.Done()
	checked := len(e.heard)
	for {
		select {
		case ev, open := <-e.events:
			if !open {
				out.err = errGone
				return out
			}
			if ev.line == restarted { // nobody will answer any more
				out.err = fmt.Errorf("%w in a submit: %s", errReboot, ev.line)
				return out
			}
			if f := params(ev.line, "+CMGS:"); f != nil && out.mr == NoMR {
				if mr := numberAt(f, 0, NoMR); mr >= 0 && mr <= 255 {
					out.mr, out.took = mr, time.Since(start)
					limit.Reset(t.Command) // only its OK is missing
				}
				continue
			}
			if v, final := parseVerdict(ev.line); final {
				out.verdict, out.refused = v, !v.ok && out.mr == NoMR
				if v.ok && out.mr == NoMR {
					out.err = errMixedUp // an OK without +CMGS: cannot be told whose it is
				}
				return out
			}
			if !strings.EqualFold(ev.line, s.pdu) {
				e.note(ev.line)
			}
			for ; checked < len(e.heard); checked++ {
				if s.settles(e.heard[checked]) {
					limit.Reset(max(0, min(t.Network, t.Report)-time.Since(start)))
				}
			}
		case <-limit.C:
			if out.mr != NoMR {
				out.err = fmt.Errorf("no OK after +CMGS: %w", errTimeout)
				return out
			}
			out.err = fmt.Errorf("no answer from the network: %w", errTimeout)
			_ = e.write("\x1b")
			return out
		case <-caller:
			caller = nil
			s.callerLeft()
		case <-stop:
			stop = nil
			s.callerLeft()
			limit.Reset(min(t.Shutdown, max(0, t.Network-time.Since(start))))
		}
	}
}
