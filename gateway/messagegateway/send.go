package messagegateway

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"vestnik/device"
)

const (
	opPrepare = "messagegateway: prepare"
	opSend    = "messagegateway: send"
	opRecall  = "messagegateway: recall"
	opRevoke  = "messagegateway: revoke"
)

// chatID reads an alias.
func chatID(op, alias string) (int64, error) {
	id, err := strconv.ParseInt(alias, 10, 64)
	if err != nil || id <= 0 {
		return 0, device.Errorf(device.Invalid, op, "the message names no chat")
	}
	return id, nil
}

// Prepare implements device.Transport.
func (s *Session) Prepare(_ context.Context, out device.Outgoing) (device.Envelope, error) {
	id, err := chatID(opPrepare, out.Alias)
	if err != nil {
		return device.Envelope{}, err
	}
	if strings.TrimSpace(out.Text) == "" {
		return device.Envelope{}, device.Errorf(device.Invalid, opPrepare, "the text is empty")
	}
	s.mu.Lock()
	host, chat := s.link.Device, s.chats[id]
	most := s.channels[chat.channel].MaxChars
	s.mu.Unlock()
	if host == "" {
		return device.Envelope{}, device.Errorf(device.Unavailable, opPrepare, "there are no keys to the chats yet")
	}
	if err := tooLong(opPrepare, out.Text, most); err != nil {
		return device.Envelope{}, err
	}
	return device.Envelope{Outgoing: out, WireID: "mg-" + rand.Text(), Device: host, Parts: 1}, nil
}

// tooLong tells that a text is longer than its channel takes; most 0: not known.
func tooLong(op, text string, most int) error {
	if n := utf8.RuneCountInString(text); most > 0 && n > most {
		return &device.Error{
			Kind: device.Invalid, Op: op, Code: codeTooLong,
			Err: errors.New("the text has " + strconv.Itoa(n) + " characters, and the messenger takes " + strconv.Itoa(most)),
		}
	}
	return nil
}

type sendBody struct {
	ChatID      int64        `json:"chat_id"`
	Scope       string       `json:"scope"`
	Type        string       `json:"type"`
	Content     string       `json:"content"`
	Attachments *attachments `json:"transport_attachments,omitempty"`
	// Mass: the message opens no dialog and moves no last_activity (facts: the official
	// clients of 2025-10 and later; an older MG leaves it unread and opens one).
	Mass bool `json:"mass_communication,omitempty"`
}

type attachments struct {
	Suggestions []suggestionBody `json:"suggestions"`
}

type sentBody struct {
	ID   ident  `json:"message_id"`
	Time moment `json:"time"`
}

// Send implements device.Transport. A message that MG has taken before is not sent
// again.
func (s *Session) Send(ctx context.Context, env device.Envelope) (device.Accepted, error) {
	id, err := chatID(opSend, env.Alias)
	if err != nil {
		return device.Accepted{}, err
	}
	if s.State() != device.LinkConnected {
		return device.Accepted{}, device.Errorf(device.Unavailable, opSend, "there is no connection to the chats")
	}
	_, known, at, ok, err := s.opt.Journal.Post(ctx, env.WireID)
	switch {
	case err != nil:
		return device.Accepted{}, device.Errorf(device.Unavailable, opSend, "read the journal: %w", err)
	case ok && known != 0:
		return device.Accepted{At: at, Device: env.Device}, nil
	}
	channel, err := s.channelOf(ctx, id)
	if err != nil {
		return device.Accepted{}, err
	}
	if err := tooLong(opSend, env.Text, channel.MaxChars); err != nil {
		return device.Accepted{}, err
	}
	body := sendBody{ChatID: id, Scope: "public", Type: "text", Content: env.Text, Mass: env.Notice}
	if channel.Suggestions && len(env.Suggestions) > 0 {
		body.Attachments = &attachments{}
		for _, o := range env.Suggestions {
			body.Attachments.Suggestions = append(body.Attachments.Suggestions, suggestionBody{Type: "text", Title: o.Title, Payload: o.Payload})
		}
	}
	if err := s.opt.Journal.KeepPost(ctx, env.WireID, env.Alias, s.opt.Now()); err != nil {
		return device.Accepted{}, device.Errorf(device.Unavailable, opSend, "write the journal: %w", err)
	}
	var sent sentBody
	q := call{op: opSend, method: http.MethodPost, path: "/messages", body: body, lane: answering, once: true}
	if err := s.call(ctx, q, &sent); err != nil {
		return device.Accepted{}, err
	}
	if sent.ID == 0 {
		return device.Accepted{}, &device.Error{Kind: device.Uncertain, Op: opSend, Code: codeOdd, Err: errors.New("the answer names no message")}
	}
	s.posted(ctx, env.WireID, int64(sent.ID))
	when := sent.Time.Time
	if when.IsZero() {
		when = s.opt.Now()
	}
	return device.Accepted{At: when, Device: s.host()}, nil
}

// channelOf is what is known of a chat's channel; zero when MG does not tell.
func (s *Session) channelOf(ctx context.Context, chat int64) (channelFacts, error) {
	f, known := s.chat(chat)
	if !known {
		var err error
		if f, err = s.loadChat(ctx, chat, answering); err != nil {
			return channelFacts{}, err
		}
		if f.channel == 0 {
			return channelFacts{}, device.Errorf(device.NotFound, opSend, "there is no chat %d", chat)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.channels[f.channel], nil
}

// Recall implements device.Memory: what the journal does not know of a message, the
// chat itself tells.
func (s *Session) Recall(ctx context.Context, env device.Envelope) (sent []device.AcceptedPart, doubtful int, err error) {
	s.recalls.Lock()
	defer s.recalls.Unlock()
	chat, id, at, ok, err := s.opt.Journal.Post(ctx, env.WireID)
	switch {
	case err != nil:
		return nil, 0, device.Errorf(device.Unavailable, opRecall, "read the journal: %w", err)
	case !ok:
		return nil, 0, nil // it was never handed over
	case id != 0:
		return []device.AcceptedPart{{Seq: 1, At: at}}, 0, nil
	}
	// A clock that was set back since makes an old try look younger than it is.
	if age := s.opt.Now().Sub(at); age >= 0 && age < s.opt.Pace.Doubt {
		return nil, 1, nil
	}
	found, err := s.lookFor(ctx, chat, env.Text, at)
	if err != nil {
		return nil, 0, err
	}
	if found.ID == 0 {
		return nil, 0, nil
	}
	s.mu.Lock()
	s.early[int64(found.ID)] = found // its status is a receipt
	s.mu.Unlock()
	s.posted(ctx, env.WireID, int64(found.ID))
	return []device.AcceptedPart{{Seq: 1, At: found.at().Time}}, 0, nil
}

// since is the earliest time by MG's clock at which a message may be there that was
// handed over at a time by ours. Too early only costs reading, too late a second message.
func (s *Session) since(c *client, at time.Time) time.Time {
	now := s.opt.Now()
	if at.After(now.Add(clockTolerance)) {
		at = now.Add(-24 * time.Hour) // the clock was ahead and has been set since
	}
	if ahead := time.Duration(c.ahead.Load()); ahead < 0 {
		at = at.Add(ahead)
	}
	return at.Add(-clockTolerance)
}

// lookFor finds the oldest post of ours in a chat with this text that no other message
// claims, among those made since about a time by our clock.
func (s *Session) lookFor(ctx context.Context, chat, text string, at time.Time) (messageBody, error) {
	c, err := s.client(opRecall)
	if err != nil {
		return messageBody{}, err
	}
	since := s.since(c, at)
	self, err := s.knownSelf(ctx)
	if err != nil {
		return messageBody{}, err
	}
	claimed := map[int64]bool{}
	// By our clock: a day more, should it have been set.
	ids, err := s.opt.Journal.PostedIn(ctx, chat, since.Add(-24*time.Hour))
	if err != nil {
		return messageBody{}, device.Errorf(device.Unavailable, opRecall, "read the journal: %w", err)
	}
	for _, id := range ids {
		claimed[id] = true
	}
	s.mu.Lock()
	for id := range s.orphans {
		claimed[id] = true
	}
	s.mu.Unlock()
	rows, complete, err := listed(ctx, c, get(opRecall, "/messages", url.Values{
		"chat_id": {chat}, "bot_id": {itoa(self)}, "since": {stampOf(since)}, "include_mass_communication": {"1"},
	}), 0, maxMissed, messageID)
	switch {
	case device.KindOf(err) == device.Unauthorized:
		wake(s.denied)
		return messageBody{}, device.Errorf(device.Unavailable, opRecall, "%w", err)
	case err != nil:
		return messageBody{}, device.Errorf(device.Unavailable, opRecall, "%w", err)
	case !complete:
		return messageBody{}, device.Errorf(device.Unavailable, opRecall, "the chat cannot be read as a whole")
	}
	for _, m := range rows {
		if int64(m.From.T.ID) == self && m.From.T.Type == "bot" && m.Scope != "private" && !claimed[int64(m.ID)] &&
			!m.at().Before(since) && sameText(string(m.Content), text) {
			return m, nil
		}
	}
	return messageBody{}, nil
}

// knownSelf is our bot's id, also before the first connection of this run.
func (s *Session) knownSelf(ctx context.Context) (int64, error) {
	if id := s.selfID(); id != 0 {
		return id, nil
	}
	value, err := s.opt.Journal.State(ctx, stateBot)
	if err != nil {
		return 0, device.Errorf(device.Unavailable, opRecall, "read the journal: %w", err)
	}
	id, err := strconv.ParseInt(value, 10, 64)
	if err != nil || id == 0 {
		return 0, device.Errorf(device.Unavailable, opRecall, "the own bot is not known yet")
	}
	return id, nil
}

// sameText compares a text with what MG has of it, which trims texts and may give
// them back with HTML entities.
func sameText(theirs, ours string) bool {
	tidy := func(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n")) }
	ours = tidy(ours)
	return tidy(theirs) == ours || tidy(plain(theirs)) == ours
}

// Revoke implements device.Revoker.
func (s *Session) Revoke(ctx context.Context, env device.Envelope) error {
	id, err := chatID(opRevoke, env.Alias)
	if err != nil {
		return err
	}
	_, message, _, ok, err := s.opt.Journal.Post(ctx, env.WireID)
	switch {
	case err != nil:
		return device.Errorf(device.Unavailable, opRevoke, "read the journal: %w", err)
	case !ok || message == 0:
		return device.Errorf(device.NotFound, opRevoke, "it is not known as what the chats have this message")
	}
	channel, err := s.channelOf(ctx, id)
	if err != nil {
		return err
	}
	if !channel.deletes {
		return device.Errorf(device.Refused, opRevoke, "this messenger takes no message back")
	}
	return s.call(ctx, call{op: opRevoke, method: http.MethodDelete, path: "/messages/" + itoa(message), lane: answering}, nil)
}

// clockTolerance is how far this box's clock and MG's may be apart.
const clockTolerance = 2 * time.Minute
