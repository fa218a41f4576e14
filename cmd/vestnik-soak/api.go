package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// api is the box's HTTP interface as an outside program uses it.
type api struct {
	box   *box
	token string
	http  *http.Client
}

func newAPI(b *box, token string) *api {
	return &api{box: b, token: token, http: &http.Client{Timeout: 15 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 8}}}
}

// errDown is that no box listens.
var errDown = errors.New("the box does not listen")

// refused is an answer that is no success.
type refused struct {
	Status int
	Body   string
}

func (e *refused) Error() string { return fmt.Sprintf("status %d: %s", e.Status, e.Body) }

// call does one request. The status is told, since 200 and 202 differ.
func (a *api) call(ctx context.Context, method, path string, body, into any) (int, error) {
	base := a.box.address()
	if base == "" {
		return 0, errDown
	}
	var in io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return 0, err
		}
		in = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, base+path, in)
	if err != nil {
		return 0, err
	}
	req.Header.Set("Authorization", "Bearer "+a.token)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept-Language", "en")
	resp, err := a.http.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, err
	}
	if resp.StatusCode >= 300 {
		return resp.StatusCode, &refused{resp.StatusCode, string(bytes.TrimSpace(text))}
	}
	if into == nil {
		return resp.StatusCode, nil
	}
	return resp.StatusCode, json.Unmarshal(text, into)
}

type status struct {
	WhatsApp  struct{ State, Reason string }
	Modems    []struct{ State, Reason string }
	RetailCRM struct{ State, Reason string }
	Queue     struct{ Queued, Sending, Unknown, Failed int }
}

// up tells whether the radios are on their networks and the CRM's history is read.
func (s status) up() bool {
	return s.WhatsApp.State == "connected" && s.SMSUp() && s.RetailCRM.State == "connected"
}

// SMSUp tells whether some modem is on its network.
func (s status) SMSUp() bool {
	for _, m := range s.Modems {
		if m.State == "connected" {
			return true
		}
	}
	return false
}

func (a *api) status(ctx context.Context) (s status, err error) {
	_, err = a.call(ctx, http.MethodGet, "/api/v1/status", nil, &s)
	return s, err
}

func (a *api) startPairing(ctx context.Context) error {
	_, err := a.call(ctx, http.MethodPost, "/api/v1/whatsapp/pairing", map[string]any{}, nil)
	return err
}

func (a *api) qr(ctx context.Context) (string, error) {
	var p struct{ QR string }
	_, err := a.call(ctx, http.MethodGet, "/api/v1/whatsapp/pairing", nil, &p)
	return p.QR, err
}

// post gives the box a message; the same key twice is one message.
func (a *api) post(ctx context.Context, p *promise) (id int64, err error) {
	var m struct {
		ID int64 `json:"id"`
	}
	body := map[string]any{"to": p.to.Phone, "text": p.text, "key": p.key, "channels": p.channels}
	if !p.notBefore.IsZero() {
		body["not_before"] = p.notBefore
	}
	_, err = a.call(ctx, http.MethodPost, "/api/v1/messages", body, &m)
	return m.ID, err
}

// cancel asks the box not to send a message.
func (a *api) cancel(ctx context.Context, id int64) error {
	_, err := a.call(ctx, http.MethodPost, fmt.Sprintf("/api/v1/messages/%d/cancel", id), nil, nil)
	return err
}

// message is a message as the interface shows it; the list leaves attempts and trace
// out.
type message struct {
	ID         int64     `json:"id"`
	To         string    `json:"to"`
	Text       string    `json:"text"`
	State      string    `json:"state"`
	Reason     string    `json:"reason"`
	ReasonCode string    `json:"reason_code"`
	Channel    string    `json:"channel"`
	Order      string    `json:"order"`
	UpdatedAt  time.Time `json:"updated_at"`
	Attempts   []struct {
		N        int       `json:"n"`
		Channel  string    `json:"channel"`
		State    string    `json:"state"`
		WireID   string    `json:"wire_id"`
		At       time.Time `json:"at"`
		Receipts []struct {
			Kind string    `json:"kind"`
			At   time.Time `json:"at"`
		} `json:"receipts"`
	} `json:"attempts"`
	Trace []struct {
		At   time.Time `json:"at"`
		Code string    `json:"code"`
		Text string    `json:"text"`
	} `json:"trace"`
}

// messages lists all in a state, all of them when it is empty.
func (a *api) messages(ctx context.Context, state string) ([]message, error) {
	var all []message
	q := url.Values{"limit": {"200"}}
	if state != "" {
		q.Set("state", state)
	}
	for {
		var page struct {
			Items      []message `json:"items"`
			NextCursor string    `json:"next_cursor"`
		}
		if _, err := a.call(ctx, http.MethodGet, "/api/v1/messages?"+q.Encode(), nil, &page); err != nil {
			return nil, fmt.Errorf("list messages: %w", err)
		}
		all = append(all, page.Items...)
		if page.NextCursor == "" {
			return all, nil
		}
		q.Set("cursor", page.NextCursor)
	}
}

// story is one message with its attempts and trace.
func (a *api) story(ctx context.Context, id int64) (m message, err error) {
	_, err = a.call(ctx, http.MethodGet, fmt.Sprintf("/api/v1/messages/%d", id), nil, &m)
	return m, err
}
