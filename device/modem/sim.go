package modem

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"vestnik/device"
)

// simCard asks for the SIM card's state and enters the PIN when it is wanted for the first time. It
// tells the link state that keeps the modem from working, or "" when the card is open.
func (s *session) simCard(ctx context.Context) (device.LinkState, string, error) {
	f, r, err := s.query(ctx, "AT+CPIN?", "+CPIN:")
	if err != nil {
		return "", "", err
	}
	state := ""
	if len(f) > 0 {
		state = strings.ToUpper(f[0])
	}
	if state == "SIM PIN" && s.m.opts.PIN != "" {
		took, why, err := s.enterPIN(ctx)
		if err != nil {
			return "", "", err
		}
		if !took {
			return device.LinkSIMPIN, why, nil
		}
		s.pollNow = true
		return device.LinkConnecting, "+CPIN: the PIN was taken", nil
	}
	switch {
	case state == "READY":
		s.pinned = false
		return "", "", nil
	case strings.HasPrefix(state, "SIM PUK"), r.cme == 12:
		return device.LinkSIMPUK, "+CPIN: SIM PUK", nil
	case state == "SIM PIN", state == "SIM PIN2", r.cme == 11:
		return device.LinkSIMPIN, "+CPIN: SIM PIN, none is set", nil
	case strings.HasPrefix(state, "NOT INSERTED"), strings.HasPrefix(state, "NOT READY"), r.cme == 10, r.cms == 310:
		s.pinned = false
		return device.LinkSIMMissing, nonEmpty(r.text, "+CPIN: "+state), nil
	case r.cme == 14, r.cms == 314:
		return device.LinkConnecting, r.text, nil // busy: it is starting
	case r.cme == 13, r.cme == 15, r.cme == 100:
		return device.LinkSIMMissing, r.text, nil // not read: as good as none
	case state != "":
		return device.LinkSIMPIN, "+CPIN: " + state, nil // network and phone locks ask a person too
	}
	return device.LinkSIMMissing, r.text, nil
}

func nonEmpty(a, b string) string {
	if a != "" && a != "OK" {
		return a
	}
	return b
}

// enterPIN enters the PIN, unless this PIN was already tried on this card: then only if the card says
// that all three attempts are left, which proves that the former try was not a wrong one. It never uses the last
// attempt.
func (s *session) enterPIN(ctx context.Context) (took bool, why string, err error) {
	left, err := s.pinTriesLeft(ctx)
	if err != nil {
		return false, "", err
	}
	if left == 1 {
		return false, "+CPIN: SIM PIN, one attempt left: not used", nil
	}
	key, err := s.pinKey(ctx)
	if err != nil {
		return false, "", err
	}
	if s.pinned {
		return false, "+CPIN: SIM PIN again after the PIN was entered", nil
	}
	var before bool
	err = safely(ctx, func(ctx context.Context) (err error) {
		before, err = s.m.opts.Journal.TryPIN(ctx, key)
		return err
	})
	if err != nil {
		return false, "the journal cannot note the try of the PIN: " + err.Error(), nil
	}
	if before && left < 3 {
		return false, "+CPIN: SIM PIN, this PIN was tried before", nil
	}
	s.pinned = true
	r, err := s.e.ask(ctx, question{cmd: `AT+CPIN="` + s.m.opts.PIN + `"`, limit: 3 * s.m.opts.Command})
	if err != nil {
		return false, "", err
	}
	if !r.ok {
		return false, "the PIN was refused: " + r.text, nil
	}
	err = safely(ctx, func(ctx context.Context) error { return s.m.opts.Journal.PINAccepted(ctx, key) })
	if err != nil {
		s.m.log.Warn("cannot note that the PIN was right", "err", err)
	}
	return true, "", nil
}

// pinTriesLeft is how many attempts the card still gives; 0 when the modem does not tell. The
// commands are 3GPP TS 27.007 §8.65, and those of Huawei, SIMCom and Quectel.
func (s *session) pinTriesLeft(ctx context.Context) (int, error) {
	type ask struct {
		cmd, prefix string
		field       int
	}
	c := ask{`AT+CPINR="SIM PIN"`, "+CPINR:", 1}
	switch v := strings.ToLower(s.p.vendor + s.p.model); {
	case s.p.huawei:
		c = ask{"AT^CPIN?", "^CPIN:", 3} // state, attempts now, PUK1, PIN1, PUK2, PIN2
	case strings.Contains(v, "sim"):
		c = ask{"AT+SPIC", "+SPIC:", 0}
	case strings.Contains(v, "quectel"):
		c = ask{`AT+QPINC="SC"`, "+QPINC:", 1}
	}
	r, err := s.e.ask(ctx, question{cmd: c.cmd, prefix: c.prefix, limit: s.m.opts.Command})
	if err != nil || !r.ok || len(r.lines) == 0 {
		return 0, err
	}
	if n := numberAt(params(r.lines[0], c.prefix), c.field, 0); n >= 1 && n <= 3 {
		return n, nil
	}
	return 0, nil
}

// pinKey stands for this card and this PIN. A card's number can be read before its PIN; where
// a modem cannot, its IMEI must do.
func (s *session) pinKey(ctx context.Context) (string, error) {
	card := s.imei
	for _, cmd := range []string{"AT+CCID", "AT^ICCID?", "AT+ICCID", "AT+QCCID"} {
		r, err := s.e.ask(ctx, question{cmd: cmd, prefix: strings.TrimRight(strings.TrimPrefix(cmd, "AT"), "?") + ":", bare: true, limit: s.m.opts.Command})
		if err != nil {
			return "", err
		}
		if r.ok && len(r.lines) > 0 {
			if d := digits(r.lines[0]); len(d) >= 18 {
				card = d
				break
			}
		}
	}
	sum := sha256.Sum256([]byte("vestnik pin\x00" + card + "\x00" + s.m.opts.PIN))
	return "pin-" + hex.EncodeToString(sum[:16]), nil
}

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}
