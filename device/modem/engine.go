package modem

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// What ends a session on a port. After each of them the port is thrown away.
var (
	errTimeout = errors.New("the modem did not answer in time")
	errGone    = errors.New("the modem is gone from its port")
	errMixedUp = errors.New("the modem's answer does not belong to the question")
)

// engine speaks AT on one opening of a port. All methods but the reader's loop belong to the
// owner goroutine; there is one command in flight at most.
type engine struct {
	port   *port
	log    *slog.Logger
	events chan event
	done   chan struct{}
	closer sync.Once

	wantPrompt atomic.Bool
	gather     gatherer
	heard      []urc // unsolicited, not yet looked at by the owner
	writeLimit time.Duration
}

func newEngine(p *port, log *slog.Logger, writeLimit time.Duration) *engine {
	e := &engine{port: p, log: log, events: make(chan event, 256), done: make(chan struct{}), writeLimit: writeLimit}
	go e.read()
	return e
}

// read runs until the port is closed or gone.
func (e *engine) read() {
	defer close(e.events)
	var s splitter
	buf := make([]byte, 4096)
	for {
		n, err := e.port.Read(buf)
		stopped := false
		s.feed(buf[:n], func() bool { return e.wantPrompt.CompareAndSwap(true, false) }, func(ev event) {
			select {
			case e.events <- ev:
			case <-e.done:
				stopped = true
			}
		})
		if err != nil || n == 0 || stopped {
			if err != nil && !errors.Is(err, io.EOF) {
				e.log.Debug("modem port ended", "err", err)
			}
			return
		}
	}
}

func (e *engine) close() {
	e.closer.Do(func() {
		close(e.done)
		_ = e.port.Close()
	})
}

func (e *engine) write(s string) error {
	err := e.port.Write([]byte(s), e.writeLimit)
	switch {
	case err == nil:
		return nil
	case isTimeout(err):
		return fmt.Errorf("%w: it stopped reading", errTimeout)
	}
	return fmt.Errorf("%w: %v", errGone, err)
}

func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}

// note files a line that is not the answer being waited for.
func (e *engine) note(line string) {
	if used, u := e.gather.take(line); used {
		if u != nil {
			e.heard = append(e.heard, *u)
		}
		return
	}
	if strings.HasPrefix(line, "+CREG:") || strings.HasPrefix(line, "+CEREG:") || strings.HasPrefix(line, "+CPIN:") || strings.HasPrefix(line, "^SIMST") {
		e.heard = append(e.heard, urc{line: line})
		return
	}
	e.log.Debug("modem said", "line", maskLine(line))
}

// question is one command and the shape of its answer.
type question struct {
	cmd    string
	prefix string // of the answer's lines; "" when only the result matters
	bare   bool   // the answer has no prefix (+CGSN)
	body   bool   // lines are followed by a PDU (+CMGL, +CMGR)
	limit  time.Duration
}

// reply is the answer to a question.
type reply struct {
	lines []string
	verdict
}

// ask sends a command and waits for its result. The error is non-nil only when the port is of
// no more use; a refusal by the modem is in the verdict.
func (e *engine) ask(ctx context.Context, q question) (reply, error) {
	if err := e.write(q.cmd + "\r"); err != nil {
		return reply{}, fmt.Errorf("%s: %w", maskLine(q.cmd), err)
	}
	timer := time.NewTimer(q.limit)
	defer timer.Stop()
	var r reply
	for {
		select {
		case ev, open := <-e.events:
			if !open {
				return r, fmt.Errorf("%s: %w", maskLine(q.cmd), errGone)
			}
			if ev.line == q.cmd {
				continue // echo
			}
			if v, end := parseVerdict(ev.line); end {
				r.verdict = v
				return r, nil
			}
			if e.belongs(q, ev.line, r.lines) {
				r.lines = append(r.lines, ev.line)
				continue
			}
			e.note(ev.line)
		case <-timer.C:
			return r, fmt.Errorf("%s: %w", maskLine(q.cmd), errTimeout)
		case <-ctx.Done():
			return r, ctx.Err()
		}
	}
}

// belongs tells whether a line is part of the answer.
func (e *engine) belongs(q question, line string, have []string) bool {
	if e.gather.ussd != nil || hasAny(line, headers) || hasAny(line, always) {
		return false
	}
	switch {
	case q.body && isHex(line):
		return e.gather.open == nil && len(have) > 0
	case q.prefix != "" && strings.HasPrefix(line, q.prefix):
		return true
	case q.bare:
		return !hasAny(line, noise) && !strings.HasPrefix(line, "AT") && !isHexPDU(line)
	}
	return false
}

// isHexPDU tells a PDU from an IMEI, which is hex too.
func isHexPDU(line string) bool { return len(line) > 24 && isHex(line) }

// settle makes the modem ready for a first command after opening: it leaves a prompt that may
// be open, lets it finish what it was saying and waits for its OK. What it says of its own accord is kept.
func (e *engine) settle(ctx context.Context, tries int, limit time.Duration) error {
	if err := e.write("\x1b"); err != nil {
		return err
	}
	if err := e.drain(ctx, 30*time.Millisecond, limit); err != nil {
		return err
	}
	var err error
	for range tries {
		var r reply
		if r, err = e.ask(ctx, question{cmd: "AT", limit: limit}); err == nil && r.ok {
			// a second, late OK would shift all answers by one
			return e.drain(ctx, 20*time.Millisecond, limit)
		}
		if err != nil && !errors.Is(err, errTimeout) {
			return err
		}
	}
	if err == nil {
		err = errMixedUp
	}
	return err
}

// drain reads until the modem was quiet for that long, at most for limit.
func (e *engine) drain(ctx context.Context, quiet, limit time.Duration) error {
	end := time.NewTimer(limit)
	defer end.Stop()
	for {
		t := time.NewTimer(quiet)
		select {
		case ev, open := <-e.events:
			t.Stop()
			if !open {
				return errGone
			}
			if _, final := parseVerdict(ev.line); !final {
				e.note(ev.line)
			}
		case <-t.C:
			return nil
		case <-end.C:
			t.Stop()
			return nil
		case <-ctx.Done():
			t.Stop()
			return ctx.Err()
		}
	}
}
