package whatsapp

import (
	"context"
	"strings"
	"unicode"

	"go.mau.fi/whatsmeow/types"

	"vestnik/device"
)

// atOnce is the most numbers in one question; more look like a harvest to WhatsApp.
const atOnce = 10

// Lookup asks WhatsApp who is there. Numbers that it does not answer for are Unknown,
// not absent. How often it may be asked is the gateway's business: accounts were
// banned for asking too much.
func (s *Session) Lookup(ctx context.Context, phones []device.Phone) ([]device.Presence, error) {
	const op = "whatsapp: look up"
	if len(phones) == 0 {
		return nil, nil
	}
	if len(phones) > atOnce {
		return nil, device.Errorf(device.Invalid, op, "%d numbers at once, at most %d", len(phones), atOnce)
	}
	if err := ctx.Err(); err != nil {
		return nil, &device.Error{Kind: device.Unavailable, Op: op, Err: err}
	}
	found := make([]device.Presence, len(phones))
	asked := make([]string, 0, len(phones))
	for i, p := range phones {
		if _, err := device.StoredPhone(string(p)); err != nil {
			return nil, device.Errorf(device.Invalid, op, "%w", err)
		}
		found[i] = device.Presence{Phone: p, On: device.Unknown, Source: device.FromDirectory}
		asked = append(asked, string(p))
	}
	l, err := s.usable(op)
	if err != nil {
		return nil, err
	}
	bounded, cancel := context.WithTimeout(ctx, s.pace.ask)
	defer cancel()
	defer context.AfterFunc(l.ctx, cancel)()
	answers, err := l.cli.IsOnWhatsApp(bounded, asked)
	if err != nil && len(answers) == 0 {
		bad := &device.Error{Op: op, Err: masked{err}}
		if bad.Kind, bad.Code = unsent(err); bad.Kind == device.Refused || bad.Kind == device.NotFound {
			bad.Kind = device.Unavailable // of the question, not of the numbers
		}
		return nil, bad
	}
	now := s.opt.Now()
	byNumber := make(map[string]types.IsOnWhatsAppResponse, len(answers))
	for _, a := range answers {
		byNumber[digits(a.Query)] = a
	}
	for i := range found {
		found[i].At = now
		if a, ok := byNumber[phones[i].Digits()]; ok {
			judgePresence(&found[i], a)
		}
	}
	return found, nil
}

func judgePresence(p *device.Presence, a types.IsOnWhatsAppResponse) {
	if !a.IsIn {
		p.On = device.No
		return
	}
	p.On, p.Canonical = device.Yes, p.Phone
	for _, jid := range []types.JID{a.PhoneNumber, a.JID} {
		if c := phoneOf(jid); c != "" {
			p.Canonical = c
			break
		}
	}
	if a.JID.Server == types.HiddenUserServer {
		p.Alias = a.JID.ToNonAD().String()
	}
}

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s)
}
