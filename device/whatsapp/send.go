package whatsapp

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/socket"
	"go.mau.fi/whatsmeow/types"

	"vestnik/device"
)

// Prepare makes the message's id, in the form of WhatsApp's web client. The id is all
// that the network needs to know a message again.
func (s *Session) Prepare(_ context.Context, out device.Outgoing) (device.Envelope, error) {
	const op = "whatsapp: prepare"
	if strings.TrimSpace(out.Text) == "" {
		return device.Envelope{}, device.Errorf(device.Invalid, op, "the text is empty")
	}
	if n := utf8.RuneCountInString(out.Text); n > longest {
		return device.Envelope{}, device.Errorf(device.Invalid, op, "the text has %d characters, WhatsApp takes %d", n, longest)
	}
	if _, err := recipient(out); err != nil {
		return device.Envelope{}, device.Errorf(device.Invalid, op, "%w", err)
	}
	s.mu.Lock()
	account := s.account
	s.mu.Unlock()
	if account.IsEmpty() {
		return device.Envelope{}, device.Errorf(device.Unavailable, op, "no phone is linked")
	}
	return device.Envelope{Outgoing: out, WireID: newID(), Device: account.User, Parts: 1}, nil
}

// recipient is whom a message is for: the number, or for somebody whose number WhatsApp
// never told, the LID from which he wrote.
func recipient(out device.Outgoing) (types.JID, error) {
	if out.To == "" && out.Alias != "" {
		jid, err := types.ParseJID(out.Alias)
		if err != nil || jid.Server != types.HiddenUserServer || jid.User == "" {
			return types.JID{}, errors.New("the alias is no LID")
		}
		return jid.ToNonAD(), nil
	}
	if _, err := device.StoredPhone(string(out.To)); err != nil {
		return types.JID{}, err
	}
	return types.NewJID(out.To.Digits(), types.DefaultUserServer), nil
}

func newID() string {
	var b [9]byte
	rand.Read(b[:]) // never fails
	return "3EB0" + strings.ToUpper(hex.EncodeToString(b[:]))
}

// Send hands the message to WhatsApp's server and waits for its word, at most
// AckTimeout. It does not wait for a connection.
//
// Accepted means that the server took the stanza. A customer whose phone has no keys
// at the server, or none at all, is accepted too and gets nothing: only a delivered
// receipt is proof.
//
// A file is brought to WhatsApp's media server first, once for all its messages. While that fails
// the message waits: Unavailable with the code device.FileNotUploaded; after some minutes the text
// goes alone, and Accepted says so. A file that does not exist is Invalid.
//
// Beside what device.Transport says: Conflict, when the envelope was made for another
// account than the one linked now.
func (s *Session) Send(ctx context.Context, env device.Envelope) (device.Accepted, error) {
	const op = "whatsapp: send"
	l, to, err := s.ready(ctx, op, env)
	if err != nil {
		return device.Accepted{}, err
	}
	file, code, err := s.attachment(ctx, op, l, env.File)
	if err != nil {
		return device.Accepted{}, err
	}
	s.showTyping(ctx, l, to, env.Typing)
	accepted, err := s.send(ctx, op, env, func(types.JID) (*waE2E.Message, types.MessageID) {
		return compose(env.Text, file), env.WireID
	})
	if err == nil {
		accepted.Code = code
	}
	return accepted, err
}

// Revoke asks the customer's phones to delete the message. A phone that has not got
// the message yet, gets both and shows neither's text.
func (s *Session) Revoke(ctx context.Context, env device.Envelope) error {
	_, err := s.send(ctx, "whatsapp: revoke", env, func(chat types.JID) (*waE2E.Message, types.MessageID) {
		return (*whatsmeow.Client)(nil).BuildRevoke(chat, types.EmptyJID, env.WireID), newID()
	})
	return err
}

func (s *Session) send(ctx context.Context, op string, env device.Envelope, build func(chat types.JID) (*waE2E.Message, types.MessageID)) (device.Accepted, error) {
	select {
	case s.sending <- struct{}{}:
		defer func() { <-s.sending }()
	case <-ctx.Done():
		return device.Accepted{}, &device.Error{Kind: device.Unavailable, Op: op, Err: ctx.Err()}
	}
	l, to, err := s.ready(ctx, op, env)
	if err != nil {
		return device.Accepted{}, err
	}
	bounded, cancel := context.WithTimeout(ctx, s.pace.ask+s.opt.AckTimeout)
	defer cancel()
	defer context.AfterFunc(l.ctx, cancel)()
	chat := chatWith(bounded, l, to)
	// The library leaves out the phones whose keys it cannot read or keep, and the server
	// takes what is left, so nothing may leave after such a fault.
	mishap := s.vault.mishaps.stop(cancel)
	msg, id := build(chat)
	resp, err := l.cli.SendMessage(bounded, to, msg, whatsmeow.SendRequestExtra{ID: id, Timeout: s.opt.AckTimeout})
	if fault := mishap(); fault != nil && err != nil {
		err = fmt.Errorf("the session's file could not be read or written (%w): %w", fault, err)
	}
	if err != nil {
		bad := judge(op, err, resp)
		if bad.Kind == device.Locked {
			s.post(l, refusedNewChat{})
		}
		return device.Accepted{}, bad
	}
	at := resp.Timestamp
	if at.Unix() <= 0 {
		at = s.opt.Now()
	}
	return device.Accepted{At: at, Device: env.Device}, nil
}

// ready is the line to send an envelope on, and to whom, or why it cannot leave now.
func (s *Session) ready(ctx context.Context, op string, env device.Envelope) (*line, types.JID, error) {
	if err := ctx.Err(); err != nil {
		return nil, types.JID{}, &device.Error{Kind: device.Unavailable, Op: op, Err: err}
	}
	to, err := recipient(env.Outgoing)
	if err != nil || env.WireID == "" {
		return nil, types.JID{}, device.Errorf(device.Invalid, op, "the envelope was not made by Prepare")
	}
	l, err := s.usable(op)
	if err != nil {
		return nil, types.JID{}, err
	}
	if env.Device != l.account.User {
		return nil, types.JID{}, device.Errorf(device.Conflict, op, "the message was made for another account than the one linked now")
	}
	return l, to, nil
}

// chatWith is the name of the chat with somebody: the LID, where it is known.
func chatWith(ctx context.Context, l *line, to types.JID) types.JID {
	if to.Server == types.DefaultUserServer {
		if lid, err := l.cli.Store.LIDs.GetLIDForPN(ctx, to); err == nil && !lid.IsEmpty() {
			return lid
		}
	}
	return to
}

// usable is the line to send and ask on, or why there is none.
func (s *Session) usable(op string) (*line, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.live == nil {
		return nil, device.Errorf(device.Unavailable, op, "the session is %s: %s", s.link.State, s.link.Cause)
	}
	return s.live, nil
}

// judge says what a failed send means. The library's stopwatch tells how far it came:
// Send runs when the stanza was handed to the socket, Resp when an answer came, which
// may be that the connection ended.
func judge(op string, err error, resp whatsmeow.SendResponse) *device.Error {
	bad := &device.Error{Op: op, Err: masked{err}}
	left := resp.DebugTimings.Send > 0 || resp.DebugTimings.Resp > 0
	neverLeft := resp.DebugTimings.Resp == 0 && (errors.Is(err, whatsmeow.ErrNotConnected) || errors.Is(err, socket.ErrSocketClosed))
	switch {
	case errors.Is(err, whatsmeow.ErrServerReturnedError):
		code := serverCode(err)
		bad.Code = strconv.Itoa(code)
		bad.Kind = kindOfCode(code)
	case left && !neverLeft, errors.Is(err, whatsmeow.ErrMessageTimedOut):
		bad.Kind = device.Uncertain
	default:
		bad.Kind, bad.Code = unsent(err)
	}
	return bad
}

// unsent says what a failure before the message left means.
func unsent(err error) (device.Kind, string) {
	var iq *whatsmeow.IQError
	var gone *whatsmeow.DisconnectedError
	switch {
	case errors.As(err, &iq) && iq.Code == 429:
		return device.RateLimited, "429"
	case errors.As(err, &iq) && iq.Code > 0 && iq.Code < 500:
		return device.Refused, strconv.Itoa(iq.Code)
	case errors.As(err, &iq):
		return device.Unavailable, strconv.Itoa(iq.Code)
	case errors.As(err, &gone), errors.Is(err, whatsmeow.ErrNotConnected), errors.Is(err, whatsmeow.ErrNotLoggedIn),
		errors.Is(err, whatsmeow.ErrIQTimedOut), errors.Is(err, socket.ErrSocketClosed),
		errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return device.Unavailable, ""
	case strings.Contains(err.Error(), "no LID found"): // the library has no typed error for it
		return device.NotFound, ""
	}
	return device.Internal, ""
}

// kindOfCode is the meaning of the number with which the server refuses a message.
// 463: the account may not start new chats now, or lacks a token for this one
// (whatsmeow issue 1197).
func kindOfCode(code int) device.Kind {
	switch {
	case code == 463:
		return device.Locked
	case code == 429:
		return device.RateLimited
	case code >= 500:
		return device.Unavailable
	}
	return device.Refused
}

// serverCode finds the number, which the library gives only as the last word of its
// text; 0 when there is none.
func serverCode(err error) int {
	text := err.Error()
	n, bad := strconv.Atoi(text[strings.LastIndexByte(text, ' ')+1:])
	if bad != nil {
		return 0
	}
	return n
}

// masked hides the numbers in the library's error texts and keeps the chain.
type masked struct{ err error }

func (m masked) Error() string { return mask(m.err.Error()) }
func (m masked) Unwrap() error { return m.err }
