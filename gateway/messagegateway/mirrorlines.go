package messagegateway

import (
	"context"
	"net/http"
	"strings"
	"time"

	"vestnik/device"
	"vestnik/gateway/outbound"
)

// lineBatch is how many lines are shown between two notes of the place.
const lineBatch = 50

// The body of a line (facts: MG Transport OpenAPI, SendMessageRequest).
type lineBody struct {
	Channel      int64        `json:"channel"`
	ExternalChat string       `json:"external_chat_id"`
	Originator   string       `json:"originator"`
	Customer     lineCustomer `json:"customer"`
	Message      lineMessage  `json:"message"`
}

type lineCustomer struct {
	ExternalID string `json:"external_id"`
	Nickname   string `json:"nickname"`
	Phone      string `json:"phone"`
}

type lineMessage struct {
	Type       string `json:"type"`
	ExternalID string `json:"external_id"`
	Text       string `json:"text"`
	CreatedAt  string `json:"created_at,omitempty"`
}

// showWaiting shows all lines that wait.
func (m *Mirror) showWaiting(ctx context.Context, api *client) error {
	for {
		after, err := m.place(ctx)
		if err != nil {
			return err
		}
		lines, next, err := m.opt.Lines.NextLines(ctx, after, lineBatch)
		if err != nil {
			return faultf("read the lines: %w", err)
		}
		for _, l := range lines {
			if err := m.showLine(ctx, api, l); err != nil {
				return err
			}
		}
		if next == "" || next == after {
			return nil
		}
		if err := m.s.opt.Journal.SaveState(ctx, stateLines, next); err != nil {
			return faultf("keep the place in the lines: %w", err)
		}
	}
}

// place is behind which line to go on; the very first time behind the newest.
func (m *Mirror) place(ctx context.Context) (string, error) {
	after, err := m.s.opt.Journal.State(ctx, stateLines)
	if err != nil {
		return "", faultf("read the place in the lines: %w", err)
	}
	if after != "" {
		return after, nil
	}
	if after, err = m.opt.Lines.LinesEnd(ctx); err != nil {
		return "", faultf("read the lines: %w", err)
	}
	if after == "" {
		return "", nil
	}
	if err := m.s.opt.Journal.SaveState(ctx, stateLines, after); err != nil {
		return "", faultf("keep the place in the lines: %w", err)
	}
	return after, nil
}

// showLine shows one line. A line that MG has is done, since its external id names it
// ("… already exists", facts: a public integration). One that MG refuses for good is left
// out: it must not stop the others.
func (m *Mirror) showLine(ctx context.Context, api *client, l Line) error {
	m.mu.Lock()
	channel := m.ids[l.Channel]
	m.mu.Unlock()
	words := m.wordsOf(l)
	digits := l.Phone.Digits()
	if channel == 0 || digits == "" || words == "" {
		return nil
	}
	name := outbound.Clip(l.Name, 255)
	if strings.TrimSpace(name) == "" {
		name = "+" + digits
	}
	body := lineBody{
		// Assumption: a chat that an operator began by the phone, for which MG has no external id
		// yet, becomes this one by its customer's.
		Channel: channel, ExternalChat: digits, Originator: "customer",
		Customer: lineCustomer{ExternalID: digits, Nickname: name, Phone: "+" + digits},
		Message:  lineMessage{Type: "text", ExternalID: l.ID, Text: words},
	}
	if l.FromShop {
		body.Originator = "channel"
	}
	if !l.At.IsZero() {
		body.Message.CreatedAt = l.At.UTC().Format(time.RFC3339)
	}
	err := api.do(ctx, call{op: "messagegateway: show a line", method: http.MethodPost, path: "/messages", body: body}, nil)
	switch {
	case err == nil || codeIs(err, codeExists):
		return nil
	case isKind(err, device.NotFound) || codeIs(err, codeChannelOff):
		return err // the channel is gone: it is made again
	case isKind(err, device.Refused, device.Conflict):
		m.log.Warn("a line is not shown in the CRM", "line", l.ID, "error", err)
		m.mu.Lock()
		m.health.Skipped++
		m.mu.Unlock()
		return nil
	}
	return err
}

// media are the words for what is not a text.
var media = map[string][2]string{
	"image": {"фото", "photo"}, "video": {"видео", "video"}, "audio": {"аудио", "audio"}, "voice": {"голосовое сообщение", "voice message"},
	"ptt": {"голосовое сообщение", "voice message"}, "sticker": {"стикер", "sticker"}, "document": {"документ", "document"},
	"file": {"файл", "file"}, "location": {"место на карте", "location"}, "contact": {"контакт", "contact"}, "view_once": {"фото или видео на один просмотр", "view once"},
}

// wordsOf is a line as a text: "[фото] вот чек".
func (m *Mirror) wordsOf(l Line) string {
	words := strings.TrimSpace(outbound.Clip(l.Text, 60000))
	if l.Media == "" {
		return words
	}
	label, known := media[l.Media]
	if !known {
		label = [2]string{"вложение", "attachment"}
	}
	name := label[1]
	if m.s.opt.Language == "ru" {
		name = label[0]
	}
	return strings.TrimSpace("[" + name + "] " + words)
}
