package app

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/messagegateway"
	"vestnik/store"
)

// newMirror makes this box's own WhatsApp and SMS show among the CRM's chats, as far as
// the settings want it; nil when they do not.
func (a *App) newMirror(s gateway.Settings, session *messagegateway.Session) (*messagegateway.Mirror, error) {
	if s.Chats.Mirror == gateway.MirrorOff {
		return nil, nil
	}
	var channels []messagegateway.MirrorChannel
	if s.WhatsApp.Enabled {
		channels = append(channels, messagegateway.MirrorChannel{Channel: device.WhatsApp, Name: "WhatsApp (Vestnik)"})
	}
	if s.SMS.Enabled {
		channels = append(channels, messagegateway.MirrorChannel{Channel: device.SMS, Name: "SMS (Vestnik)", MaxChars: 67 * maxSMSParts})
	}
	if len(channels) == 0 {
		return nil, nil
	}
	return messagegateway.NewMirror(session, messagegateway.MirrorOptions{
		Mode: s.Chats.Mirror, Channels: channels, Lines: mirrorLines{a.store}, Operator: a.operatorWrote,
	})
}

// mirrorLines reads what was said in our own WhatsApp and by SMS. The cursor is the last
// row that was heard, and the time and number of the last message that was sent.
type mirrorLines struct{ store *store.Store }

type mirrorCursor struct {
	heard   int64
	settled time.Time
	message int64
}

func (c mirrorCursor) String() string {
	return fmt.Sprintf("%d/%d/%d", c.heard, c.settled.UnixMilli(), c.message)
}

func parseMirrorCursor(s string) (c mirrorCursor, err error) {
	parts := strings.Split(s, "/")
	if len(parts) != 3 {
		return c, fmt.Errorf("mirror: the cursor %q is not ours", s)
	}
	var numbers [3]int64
	for i, p := range parts {
		if numbers[i], err = strconv.ParseInt(p, 10, 64); err != nil {
			return c, fmt.Errorf("mirror: the cursor %q is not ours", s)
		}
	}
	return mirrorCursor{numbers[0], time.UnixMilli(numbers[1]), numbers[2]}, nil
}

// NextLines implements messagegateway.Lines.
func (m mirrorLines) NextLines(ctx context.Context, after string, limit int) ([]messagegateway.Line, string, error) {
	c, err := parseMirrorCursor(after)
	if err != nil {
		return nil, after, err
	}
	rows, err := m.store.MirrorLines(ctx, c.heard, c.settled, c.message, max(limit/2, 1))
	if err != nil {
		return nil, after, err
	}
	var lines []messagegateway.Line
	for _, r := range rows {
		l := messagegateway.Line{
			Channel: r.Channel, Phone: r.Phone, Name: r.Name, FromShop: r.FromShop || r.Incoming == 0, Text: r.Text, Media: r.Media, At: r.At,
		}
		if r.Incoming != 0 {
			l.ID, c.heard = "in-"+lineName(r), max(c.heard, r.Incoming)
		} else {
			l.ID = "msg-" + lineName(r)
			c.settled, c.message = r.SettledAt, int64(r.Message)
		}
		if l.Phone != "" && !strings.HasPrefix(r.Key, operatorKey) {
			lines = append(lines, l)
		}
	}
	slices.SortStableFunc(lines, func(a, b messagegateway.Line) int { return a.At.Compare(b.At) })
	return lines, c.String(), nil
}

// lineName names a line by the network's own name for it. The numbers of our rows would not
// do: a ledger out of a backup gives those that the lost one had given to other lines, which
// the CRM knows.
func lineName(l store.MirrorLine) string {
	sum := sha256.Sum256([]byte(string(l.Channel) + " " + l.WireID))
	return hex.EncodeToString(sum[:16])
}

// LinesEnd implements messagegateway.Lines.
func (m mirrorLines) LinesEnd(ctx context.Context) (string, error) {
	heard, err := m.store.NewestHeard(ctx)
	return mirrorCursor{heard: heard, settled: time.Now()}.String(), err
}

// operatorKey begins the names of messages that operators wrote in the CRM.
const operatorKey = "operator/"

// operatorWrote sends what an operator wrote in the CRM to a customer of our own WhatsApp or
// SMS, and sees to it that he hears what became of it.
func (a *App) operatorWrote(ctx context.Context, o messagegateway.OperatorText) error {
	number, err := device.ParsePhone("+"+o.Phone, a.live.Now().Settings.Shop.Region)
	if err != nil {
		return device.Errorf(device.Invalid, "operator's message", "%w", err)
	}
	key := operatorKey + strconv.FormatInt(o.ID, 10)
	value, err := json.Marshal(gateway.OperatorAck{ID: o.ID, Key: key})
	if err != nil {
		return err
	}
	now := a.clock.Time()
	ack := gateway.Effect{Kind: gateway.EffectAck, Key: "ack/" + key, Value: string(value), State: gateway.EffectPending, NextAt: now.Add(time.Second), At: now}
	err = a.clerk.SayFor(ctx, o.Channel, number.Phone, o.Text, key, o.User, ack)
	var fields gateway.FieldErrors
	if errors.As(err, &fields) {
		return device.Errorf(device.Invalid, "operator's message", "%w", err)
	}
	return err
}

// hookSecret is the unguessable part of the address to which the CRM sends what operators
// write; made once.
func (a *App) hookSecret(ctx context.Context) (string, error) {
	const name = "hook_secret"
	secret, err := a.store.ChatSecret(ctx, name)
	if err != nil || secret != "" {
		return secret, err
	}
	var raw [18]byte
	rand.Read(raw[:]) // never fails: crypto/rand ends the process instead
	secret = base64.RawURLEncoding.EncodeToString(raw[:])
	return secret, a.store.SaveChatSecret(ctx, name, secret)
}

// hook takes what the CRM sends when operators write to customers of our own WhatsApp or
// SMS.
func (a *App) hook(ctx context.Context, secret string, body []byte) (answer any, known bool, err error) {
	mirror := a.parts.chats.mirrorNow()
	if mirror == nil || a.live.Now().Settings.Chats.Mirror != gateway.MirrorWebhook {
		return nil, false, nil
	}
	want, err := a.hookSecret(ctx)
	if err != nil || subtle.ConstantTimeCompare([]byte(want), []byte(secret)) != 1 {
		return nil, false, err
	}
	answer, err = mirror.HandleWebhook(ctx, body)
	return answer, true, err
}

// ackOperator is the effect that tells an operator what became of his message.
func (a *App) ackOperator(ctx context.Context, e gateway.Effect) error {
	var ack gateway.OperatorAck
	if err := json.Unmarshal([]byte(e.Value), &ack); err != nil {
		return device.Errorf(device.Invalid, "operator's message", "%w", err)
	}
	mirror := a.parts.chats.mirrorNow()
	if mirror == nil {
		// Not Unavailable: the chats themselves may be there, and their effects go on.
		return device.Errorf(device.RateLimited, "operator's message", "the mirror is switched off")
	}
	m, wire, err := a.store.MessageByKey(ctx, ack.Key)
	if err != nil {
		return err
	}
	switch m.State {
	case gateway.Accepted, gateway.Delivered, gateway.Read:
		return mirror.Ack(ctx, ack.ID, wire, "")
	case gateway.Failed, gateway.Expired, gateway.Cancelled:
		code := "general"
		if m.Reason == gateway.NotOnWhatsApp {
			code = "customer_not_exists"
		}
		return mirror.Ack(ctx, ack.ID, wire, code)
	}
	return &device.Error{Kind: device.RateLimited, Op: "operator's message", Err: errors.New("it has not left yet")}
}
