package modem

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"vestnik/device"
)

// session is one opening of the port by the owner goroutine.
type session struct {
	m *Modem
	e *engine

	p      profile
	imei   string
	ready  bool // SIM open and messages set up
	born   time.Time
	pinned bool // the PIN was entered since the card was put in

	shelf   map[int]shelved // what the storage holds, by index; negative: came directly
	direct  int
	pollNow bool
	retry   bool // the sink or journal refused something
}

func newSession(m *Modem, e *engine) *session {
	s := &session{m: m, e: e, shelf: map[int]shelved{}, born: time.Now()}
	for _, it := range m.carried {
		s.direct--
		s.shelf[s.direct] = it
	}
	m.carried = nil
	s.retry = s.direct < 0 || len(m.lateReports) > 0 || len(m.unsaved) > 0
	return s
}

// query asks for a command's answer lines with a prefix and gives the parameters of the last one. A plain OK
// without the line means that the answers are shifted: then the port is given up.
func (s *session) query(ctx context.Context, cmd, prefix string) ([]string, reply, error) {
	r, err := s.e.ask(ctx, question{cmd: cmd, prefix: prefix, limit: s.m.opts.Command})
	if err != nil {
		return nil, r, err
	}
	if r.ok && len(r.lines) == 0 {
		return nil, r, fmt.Errorf("%s: %w", cmd, errMixedUp)
	}
	if len(r.lines) == 0 {
		return nil, r, nil
	}
	return params(r.lines[len(r.lines)-1], prefix), r, nil
}

// tell sends commands whose refusal does not matter.
func (s *session) tell(ctx context.Context, cmds ...string) error {
	for _, cmd := range cmds {
		r, err := s.e.ask(ctx, question{cmd: cmd, limit: s.m.opts.Command})
		if err != nil {
			return err
		}
		if !r.ok {
			s.m.log.Debug("modem refused a setting", "command", maskLine(cmd), "answer", r.text)
		}
	}
	return nil
}

// run identifies the modem and serves it until the port fails or ctx ends.
func (s *session) run(ctx context.Context) error {
	if err := s.identify(ctx); err != nil {
		return err
	}
	if err := s.climb(ctx); err != nil {
		return err
	}
	if err := s.look(ctx); err != nil {
		return err
	}
	o := s.m.opts
	poll, sweep := time.NewTicker(o.Poll), time.NewTicker(o.Sweep)
	defer poll.Stop()
	defer sweep.Stop()
	retry := time.NewTimer(o.Retry)
	defer retry.Stop()
	for {
		if err := s.hear(ctx); err != nil {
			return err
		}
		if s.pollNow {
			if err := s.look(ctx); err != nil {
				return err
			}
			continue
		}
		var again <-chan time.Time
		if s.retry {
			again = retry.C
		} else {
			retry.Reset(o.Retry)
		}
		select {
		case ev, open := <-s.e.events:
			if !open {
				return errGone
			}
			if _, final := parseVerdict(ev.line); !final {
				s.e.note(ev.line)
			}
		case j := <-s.m.jobs:
			if err := j.do(ctx, s); err != nil {
				return err
			}
		case <-poll.C:
			if err := s.look(ctx); err != nil {
				return err
			}
			if s.m.strikes > 0 && time.Since(s.born) > 10*o.Poll {
				s.m.strikes, s.m.climbed = 0, 0
			}
		case <-sweep.C:
			if s.ready {
				if err := s.sweep(ctx); err != nil {
					return err
				}
			}
		case <-again:
			s.retry = false
			retry.Reset(o.Retry)
			if err := s.again(ctx); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// identify learns who the modem is. Nothing here needs the SIM card.
func (s *session) identify(ctx context.Context) error {
	if err := s.tell(ctx, "ATE0", "AT+CMEE=1"); err != nil {
		return err
	}
	bare := func(cmd string) (string, error) {
		r, err := s.e.ask(ctx, question{cmd: cmd, bare: true, limit: s.m.opts.Command})
		if err != nil || !r.ok || len(r.lines) == 0 {
			return "", err
		}
		text := r.lines[0]
		if _, rest, ok := strings.Cut(text, ":"); ok {
			text = rest
		}
		return strings.Trim(strings.TrimSpace(text), `"`), nil
	}
	var err error
	if s.p.vendor, err = bare("AT+CGMI"); err != nil {
		return err
	}
	if s.p.model, err = bare("AT+CGMM"); err != nil {
		return err
	}
	if s.imei, err = bare("AT+CGSN"); err != nil {
		return err
	}
	if !isIMEI(s.imei) {
		return fmt.Errorf("AT+CGSN: %w: no IMEI", errMixedUp)
	}
	s.p.huawei = strings.Contains(strings.ToLower(s.p.vendor), "huawei")
	if err := s.tell(ctx, vendorSetup(s.p.vendor+" "+s.p.model)...); err != nil {
		return err
	}
	before := s.m.Link().Device
	s.m.describe(func(l *device.Link) {
		if l.Device != s.imei {
			l.Device, l.Phone, l.Name = s.imei, "", ""
		}
		l.LastSeen = time.Now()
	})
	if before != s.imei {
		s.m.avoidStored, s.m.filed, s.m.noList = false, false, false
		s.m.log.Info("modem found", "vendor", s.p.vendor, "model", s.p.model, "port", s.e.port.path)
	}
	// a modem left with its radio off by a former run
	f, _, err := s.query(ctx, "AT+CFUN?", "+CFUN:")
	if err != nil && !errors.Is(err, errMixedUp) {
		return err
	}
	if n := numberAt(f, 0, 1); n == 0 || n == 4 {
		return s.tell(ctx, "AT+CFUN=1")
	}
	return nil
}

func isIMEI(text string) bool {
	if len(text) < 14 || len(text) > 17 {
		return false
	}
	return strings.Trim(text, "0123456789") == ""
}

// hear deals with what the modem said of its own accord.
func (s *session) hear(ctx context.Context) error {
	for len(s.e.heard) > 0 {
		u := s.e.heard[0]
		s.e.heard = s.e.heard[1:]
		if err := s.obey(ctx, u); err != nil {
			return err
		}
	}
	return nil
}

func (s *session) obey(ctx context.Context, u urc) error {
	switch {
	case strings.HasPrefix(u.line, "+CDS:"), strings.HasPrefix(u.line, "+CMT:"):
		return s.takeDirect(ctx, u.pdu)
	case strings.HasPrefix(u.line, "+CDSI:"), strings.HasPrefix(u.line, "+CMTI:"):
		if !s.ready {
			return nil // the sweep after the set-up finds it
		}
		_, rest, _ := strings.Cut(u.line, ":")
		f := fields(strings.TrimSpace(rest))
		index := numberAt(f, 1, -1)
		if index < 0 {
			return nil
		}
		return s.fetch(ctx, f[0], index, strings.HasPrefix(u.line, "+CDSI:"))
	case strings.HasPrefix(u.line, "^SMMEMFULL"):
		if s.ready {
			return s.sweep(ctx)
		}
	case u.line == restarted:
		return fmt.Errorf("%w by itself: %s", errReboot, u.line)
	case strings.HasPrefix(u.line, "+CREG:"), strings.HasPrefix(u.line, "+CEREG:"), strings.HasPrefix(u.line, "+CPIN:"), strings.HasPrefix(u.line, "^SIMST"):
		s.pollNow = true
	}
	return nil
}

// again offers the sink and the journal what they refused before.
func (s *session) again(ctx context.Context) error {
	s.m.saveUnsaved(ctx)
	late := s.m.lateReports
	s.m.lateReports = nil
	for _, r := range late {
		if err := s.m.takeReport(ctx, s.imei, r); err != nil {
			s.m.lateReports = append(s.m.lateReports, r)
			s.retry = true
		}
	}
	return s.process(ctx)
}
