package modem

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	"vestnik/device"
)

var (
	errNobody  = errors.New("no modem found")
	errSilent  = errors.New("the port does not answer AT")
	errAborted = errors.New("a submit was broken off")
	errReboot  = errors.New("the modem restarts")
)

// connect opens the modem's port and waits for its first OK.
func (m *Modem) connect(ctx context.Context) (*engine, error) {
	paths := []string{m.opts.Port}
	if m.opts.Port == Auto {
		paths = m.opts.Candidates()
		if i := slices.Index(paths, m.lastPort); i > 0 { // the one that worked last goes first
			paths = append([]string{m.lastPort}, slices.Delete(slices.Clone(paths), i, i+1)...)
		}
	}
	err := errNobody
	for _, path := range paths {
		e, why := m.try(ctx, path)
		if why == nil {
			m.lastPort = path
			m.describe(func(l *device.Link) { l.Port = path })
			return e, nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if !errors.Is(why, fs.ErrNotExist) {
			m.log.Debug("no modem at port", "port", path, "err", why)
			if m.opts.Port != Auto || path == m.lastPort || errors.Is(why, errPortBusy) || errors.Is(why, fs.ErrPermission) {
				err = why
			}
		}
	}
	return nil, err
}

func (m *Modem) try(ctx context.Context, path string) (*engine, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, err
	}
	p, err := openPort(path)
	if err != nil {
		return nil, err
	}
	e := newEngine(p, m.log, m.opts.Write)
	tries := 2
	if path == m.lastPort || m.opts.Port != Auto {
		tries = 4 // it may be finishing something
	}
	err = e.settle(ctx, tries, m.opts.Probe)
	if err == nil {
		return e, nil
	}
	if errors.Is(err, errTimeout) && m.strikes >= 3 && path == m.lastPort {
		_ = e.write("AT+CFUN=1,1\r") // last resort, said into the dark
	}
	e.close()
	if errors.Is(err, errTimeout) {
		err = fmt.Errorf("%w: %w", errSilent, err)
	}
	return nil, err
}

// after draws the conclusion from the end of a session or of a look for the modem: which state to
// show, and how long to wait. It is the reset ladder's lower end; see climb for the upper.
func (m *Modem) after(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	switch {
	case errors.Is(err, errReboot):
		m.rebootUntil = time.Now().Add(m.opts.Reboot)
		m.setLink(ctx, device.LinkConnecting, err.Error())
		m.pause(ctx, min(m.opts.Look, time.Second))
	case errors.Is(err, errAborted):
		m.setLink(ctx, device.LinkConnecting, err.Error())
	case errors.Is(err, errNobody), errors.Is(err, errGone), errors.Is(err, fs.ErrNotExist):
		if time.Now().Before(m.rebootUntil) {
			m.setLink(ctx, device.LinkConnecting, "restart")
		} else {
			m.setLink(ctx, device.LinkAbsent, err.Error())
		}
		m.pause(ctx, m.opts.Look)
	case errors.Is(err, errPortBusy), errors.Is(err, fs.ErrPermission):
		m.setLink(ctx, device.LinkNotResponding, err.Error())
		m.pause(ctx, m.opts.Look)
	default:
		if time.Now().Before(m.rebootUntil) {
			m.pause(ctx, m.opts.Look)
			return
		}
		m.strikes++
		state := device.LinkConnecting
		if m.strikes > 1 || errors.Is(err, errSilent) {
			state = device.LinkNotResponding
		}
		m.setLink(ctx, state, err.Error())
		if m.strikes > 1 {
			m.pause(ctx, m.backoff())
		}
	}
}

// backoff is the pause before the next step of the ladder.
func (m *Modem) backoff() time.Duration {
	d := m.opts.Backoff
	for i := 2; i < m.strikes && d < 5*time.Minute; i++ {
		d *= 2
	}
	return min(d, 5*time.Minute)
}

// climb is the upper end of the reset ladder, taken with a port that answers: after the second
// time-out in a row the radio goes off and on, after the third and each later one the modem
// restarts.
func (s *session) climb(ctx context.Context) error {
	if s.m.strikes < 2 || s.m.strikes == s.m.climbed {
		return nil
	}
	s.m.climbed = s.m.strikes
	if s.m.strikes == 2 {
		return s.cycleRadio(ctx)
	}
	if _, err := s.e.ask(ctx, question{cmd: "AT+CFUN=1,1", limit: s.m.opts.Command}); err != nil && !errors.Is(err, errGone) {
		return err
	}
	return fmt.Errorf("%w: %d time-outs in a row", errReboot, s.m.strikes)
}

func (s *session) cycleRadio(ctx context.Context) error {
	for _, cmd := range []string{"AT+CFUN=4", "AT+CFUN=1"} {
		if _, err := s.e.ask(ctx, question{cmd: cmd, limit: 3 * s.m.opts.Command}); err != nil {
			return err
		}
	}
	return nil
}
