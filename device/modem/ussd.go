package modem

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/warthog618/sms/encoding/gsm7"

	"vestnik/device"
)

// USSD sends a code such as *100# and returns the operator's answer, foreign text. Errors: Invalid for a
// text that is no code; Unavailable without a network, or when the operator does not answer; Refused
// when it says no.
func (m *Modem) USSD(ctx context.Context, code string) (string, error) {
	const op = "modem: USSD"
	if code == "" || len(code) > 40 || strings.Trim(code, "0123456789*#+") != "" {
		return "", device.Errorf(device.Invalid, op, "a USSD code is made of digits, * and #, at most 40 of them")
	}
	j := &ussdJob{caller: ctx, code: code, done: make(chan ussdResult, 1)}
	if err := m.give(ctx, j); err != nil {
		return "", err
	}
	r := <-j.done
	if r.err != nil {
		return "", &device.Error{Kind: r.err.Kind, Op: op, Code: r.err.Code, RetryAfter: r.err.RetryAfter, Err: r.err.Err}
	}
	return r.text, nil
}

type ussdJob struct {
	caller context.Context
	code   string
	done   chan ussdResult
}

type ussdResult struct {
	text string
	err  *device.Error
}

func (j *ussdJob) fail(err *device.Error) { j.done <- ussdResult{err: err} }

func (j *ussdJob) do(ctx context.Context, s *session) error {
	if l := s.m.Link(); l.State != device.LinkConnected {
		j.fail(unavailable("the modem is not ready: %s", l.State))
		return nil
	}
	code := j.code
	if s.p.huawei {
		code = packUSSD(code)
	}
	r, err := s.e.ask(ctx, question{cmd: fmt.Sprintf(`AT+CUSD=1,"%s",15`, code), limit: s.m.opts.USSD})
	if err == nil && !r.ok && s.p.huawei { // newer ones take the code as it is
		r, err = s.e.ask(ctx, question{cmd: fmt.Sprintf(`AT+CUSD=1,"%s",15`, j.code), limit: s.m.opts.USSD})
	}
	if err != nil {
		j.fail(unavailable("the modem failed: %w", err))
		return err
	}
	if !r.ok {
		j.done <- ussdResult{err: &device.Error{Kind: device.Refused, Code: r.text, Err: errors.New("the modem refused the code")}}
		return nil
	}
	line, err := j.await(ctx, s)
	if err != nil {
		j.fail(unavailable("no answer from the operator: %w", err))
		if errors.Is(err, errGone) || ctx.Err() != nil {
			return err
		}
		return s.tell(ctx, "AT+CUSD=2")
	}
	text, err := readUSSD(line, s.p.huawei)
	if err != nil {
		j.done <- ussdResult{err: &device.Error{Kind: device.Refused, Code: maskLine(line), Err: err}}
		return nil
	}
	j.done <- ussdResult{text: text}
	return nil
}

// await waits for +CUSD among all else that the modem says.
func (j *ussdJob) await(ctx context.Context, s *session) (string, error) {
	limit := time.NewTimer(s.m.opts.USSD)
	defer limit.Stop()
	for {
		for i, u := range s.e.heard {
			if strings.HasPrefix(u.line, "+CUSD:") {
				s.e.heard = append(s.e.heard[:i:i], s.e.heard[i+1:]...)
				return u.line, nil
			}
		}
		select {
		case ev, open := <-s.e.events:
			if !open {
				return "", errGone
			}
			if _, final := parseVerdict(ev.line); !final {
				s.e.note(ev.line)
			}
		case <-limit.C:
			return "", errTimeout
		case <-j.caller.Done():
			return "", j.caller.Err()
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
}

// packUSSD writes a code as Huawei sticks want it: 7-bit packed, in hex.
func packUSSD(code string) string {
	septets, err := gsm7.Encode([]byte(code))
	if err != nil {
		return code
	}
	return strings.ToUpper(hex.EncodeToString(gsm7.Pack7BitUSSD(septets, 0)))
}

// readUSSD reads `+CUSD: 0,"text",15` (3GPP TS 27.007 §7.15). The text may be plain, 7-bit packed in hex
// (Huawei), or UTF-16 in hex, as the coding scheme says (3GPP TS 23.038 §5).
func readUSSD(line string, packed bool) (string, error) {
	f := params(line, "+CUSD:")
	switch m := numberAt(f, 0, -1); {
	case m == 3 || m == 4 || m == 5:
		return "", fmt.Errorf("the operator does not know the code or did not answer (+CUSD: %d)", m)
	case len(f) < 2:
		return "", errors.New("the operator's answer is empty")
	}
	text, dcs := f[1], numberAt(f, 2, 15)
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) == 0 {
		return text, nil
	}
	wide := dcs&0xf0 == 0x40 && dcs&0x0c == 0x08 || dcs == 0x11
	switch {
	case wide && len(raw)%2 == 0:
		return utf16Text(raw), nil
	case packed && !wide:
		b, err := gsm7.Decode(gsm7.Unpack7BitUSSD(raw, 0))
		return strings.TrimRight(string(b), "\r"), err
	case len(raw) >= 8 && len(raw)%2 == 0 && raw[0] == 0x04: // Cyrillic without a word about it
		return utf16Text(raw), nil
	}
	return text, nil
}

// Reset restarts the modem (AT+CFUN=1,1). The link goes through connecting; a USB stick leaves
// its port and comes back. Unavailable without a modem.
func (m *Modem) Reset(ctx context.Context) error {
	j := &resetJob{done: make(chan *device.Error, 1)}
	if err := m.give(ctx, j); err != nil {
		return err
	}
	if err := <-j.done; err != nil {
		return &device.Error{Kind: err.Kind, Op: "modem: restart", Code: err.Code, Err: err.Err}
	}
	return nil
}

type resetJob struct{ done chan *device.Error }

func (j *resetJob) fail(err *device.Error) { j.done <- err }

func (j *resetJob) do(ctx context.Context, s *session) error {
	r, err := s.e.ask(ctx, question{cmd: "AT+CFUN=1,1", limit: s.m.opts.Command})
	if err == nil && !r.ok {
		j.done <- &device.Error{Kind: device.Refused, Code: r.text, Err: errors.New("the modem refuses to restart")}
		return nil
	}
	if err != nil && !errors.Is(err, errGone) { // leaving before the OK is an answer too
		j.fail(unavailable("the modem failed: %w", err))
		return err
	}
	j.done <- nil
	return fmt.Errorf("%w: on request", errReboot)
}
