package messagegateway_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"vestnik/sim/messagegateway"
	"vestnik/sim/retailcrm"
)

const (
	key = "test-key"
	// Users of every simulated account.
	olga, igor, marina = 19, 20, 21
)

type obj = map[string]any

// rig is an account with chats and a bot, served over loopback.
type rig struct {
	t         *testing.T
	crm       *retailcrm.Account
	gw        *messagegateway.Gateway
	url       string
	token     string
	transport string
	client    *http.Client
}

func newRig(t *testing.T, opt messagegateway.Options) *rig {
	t.Helper()
	crm := retailcrm.New(retailcrm.Options{Key: key, Seed: true, Rate: -1})
	r := &rig{t: t, crm: crm, gw: messagegateway.New(crm, opt), client: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}}
	srv := httptest.NewServer(validating(t, r.gw))
	t.Cleanup(func() {
		r.gw.Faults().DropSockets()
		srv.Close()
	})
	r.url = srv.URL
	r.gw.SetURL(srv.URL)
	r.token, _ = r.register(`{"mgBot":{"refreshToken":true}}`)
	return r
}

// register registers the module and returns its tokens.
func (r *rig) register(integrations string) (bot, transport string) {
	r.t.Helper()
	module := `{"code":"vestnik","integrationCode":"vestnik","clientId":"box-1","name":"Вестник","active":true,"integrations":` + integrations + `}`
	status, body := r.v5("POST", "/api/v5/integration-modules/vestnik/edit", url.Values{"integrationModule": {module}})
	if status != 200 {
		r.t.Fatalf("register: %d %v", status, body)
	}
	info, _ := body["info"].(obj)
	of := func(name string) string {
		part, _ := info[name].(obj)
		token, _ := part["token"].(string)
		return token
	}
	return of("mgBot"), of("mgTransport")
}

// v5 calls the CRM itself.
func (r *rig) v5(method, path string, form url.Values) (int, obj) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), method, "http://crm.test"+path, strings.NewReader(form.Encode()))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("X-API-KEY", key)
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := (&http.Client{Transport: r.crm.Transport()}).Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	var body obj
	if err := json.NewDecoder(resp.Body).Decode(&body); err != nil {
		r.t.Fatal(err)
	}
	return resp.StatusCode, body
}

// do sends one request to the gateway.
func (r *rig) do(method, path string, body any) (int, []byte, error) {
	r.t.Helper()
	var in io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			r.t.Fatal(err)
		}
		in = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(r.t.Context(), method, r.url+path, in)
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("X-Bot-Token", r.token)
	req.Header.Set("X-Transport-Token", r.transport)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := r.client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	return resp.StatusCode, data, err
}

// bot calls the Bot API and wants a status.
func (r *rig) bot(want int, method, path string, body any) obj {
	r.t.Helper()
	return r.call(want, method, "/api/bot/v1"+path, body)
}

// carry calls the Transport API and wants a status.
func (r *rig) carry(want int, method, path string, body any) obj {
	r.t.Helper()
	return r.call(want, method, "/api/transport/v1"+path, body)
}

func (r *rig) call(want int, method, path string, body any) obj {
	r.t.Helper()
	status, data, err := r.do(method, path, body)
	if err != nil || status != want {
		r.t.Fatalf("%s %s: %d %s %v, want %d", method, path, status, data, err, want)
	}
	var out obj
	if err := json.Unmarshal(data, &out); err != nil {
		r.t.Fatalf("%s %s: %s: %v", method, path, data, err)
	}
	return out
}

// list calls a method that answers a list.
func (r *rig) list(path string) []obj {
	r.t.Helper()
	status, data, err := r.do("GET", "/api/bot/v1"+path, nil)
	if err != nil || status != 200 {
		r.t.Fatalf("GET %s: %d %s %v", path, status, data, err)
	}
	var out []obj
	if err := json.Unmarshal(data, &out); err != nil {
		r.t.Fatalf("GET %s: %s: %v", path, data, err)
	}
	return out
}

// refused wants a refusal with a text.
func (r *rig) refused(status int, text, method, path string, body any) {
	r.t.Helper()
	out := r.bot(status, method, path, body)
	errs, _ := out["errors"].([]any)
	if len(errs) == 0 || !strings.Contains(errs[0].(string), text) {
		r.t.Errorf("%s %s: %v, want %q", method, path, out, text)
	}
}

// send posts a text as the bot and returns its id.
func (r *rig) send(chat int, text string, more obj) int {
	r.t.Helper()
	body := obj{"chat_id": chat, "scope": "public", "type": "text", "content": text}
	for name, value := range more {
		body[name] = value
	}
	return number(r.bot(200, "POST", "/messages", body)["message_id"])
}

func itoa(n int) string { return strconv.Itoa(n) }

func number(v any) int {
	f, _ := v.(float64)
	return int(f)
}

// frame is an event of the socket.
type frame struct {
	Type string
	Meta struct{ Timestamp int64 }
	Data obj
}

// at follows names into the data.
func (f frame) at(names ...string) any {
	var v any = f.Data
	for _, name := range names {
		m, _ := v.(obj)
		v = m[name]
	}
	return v
}

// ear is an open event socket.
type ear struct {
	t      *testing.T
	conn   *websocket.Conn
	frames chan frame
	ended  chan struct{}
}

const everything = "message_new,message_updated,message_deleted,message_restored,dialog_opened,dialog_closed,dialog_assign,chat_created,chat_updated,chats_deleted,user_joined_chat,user_left_chat,user_updated,user_online_updated,channel_updated,customer_updated,bot_updated"

func (r *rig) listen(events, options string) *ear {
	r.t.Helper()
	e, status, err := r.dial(events, options)
	if err != nil {
		r.t.Fatalf("listen: %d %v", status, err)
	}
	return e
}

func (r *rig) dial(events, options string) (*ear, int, error) {
	query := url.Values{"events": {events}}
	if options != "" {
		query.Set("options", options)
	}
	conn, resp, err := websocket.Dial(r.t.Context(), r.url+"/api/bot/v1/ws?"+query.Encode(), &websocket.DialOptions{
		HTTPClient: r.client, HTTPHeader: http.Header{"X-Bot-Token": {r.token}},
	})
	status := 0
	if resp != nil {
		status = resp.StatusCode
	}
	if err != nil {
		return nil, status, err
	}
	conn.SetReadLimit(1 << 20)
	e := &ear{t: r.t, conn: conn, frames: make(chan frame, 1000), ended: make(chan struct{})}
	go func() {
		defer close(e.ended)
		for {
			_, data, err := conn.Read(context.Background())
			if err != nil {
				return
			}
			checkFrame(r.t, data)
			var f frame
			if err := json.Unmarshal(data, &f); err != nil {
				r.t.Errorf("frame %s: %v", data, err)
			}
			e.frames <- f
		}
	}()
	r.t.Cleanup(func() { _ = conn.CloseNow() })
	return e, status, nil
}

// next waits for the next event of one of the types.
func (e *ear) next(types ...string) frame {
	e.t.Helper()
	timeout := time.After(10 * time.Second)
	for {
		select {
		case f := <-e.frames:
			for _, kind := range types {
				if f.Type == kind {
					return f
				}
			}
		case <-timeout:
			e.t.Fatalf("no event %v", types)
		}
	}
}

// types lists the types of the next n events.
func (e *ear) types(n int) []string {
	e.t.Helper()
	var out []string
	timeout := time.After(10 * time.Second)
	for range n {
		select {
		case f := <-e.frames:
			kind := f.Type
			if action, _ := f.at("message", "action").(string); action != "" {
				kind += "(" + action + ")"
			}
			out = append(out, kind)
		case <-timeout:
			e.t.Fatalf("only %v", out)
		}
	}
	return out
}

func (e *ear) waitEnd() {
	e.t.Helper()
	select {
	case <-e.ended:
	case <-time.After(10 * time.Second):
		e.t.Fatal("the socket stays open")
	}
}

// quiet wants that no event waits. What happened before a request was answered has
// been written to the socket, but may still be on the way: a marker event comes
// behind it.
func (r *rig) quiet(e *ear) {
	r.t.Helper()
	r.gw.Operator(marina).SetOnline(!r.gw.Operator(marina).Online())
	if f := e.next(strings.Split(everything, ",")...); f.Type != "user_online_updated" {
		r.t.Errorf("unexpected event %s %v", f.Type, f.Data)
	}
}

func (r *rig) understood() {
	r.t.Helper()
	for _, list := range [][]string{r.gw.NotUnderstood(), r.crm.NotUnderstood()} {
		if len(list) > 0 {
			r.t.Errorf("not understood: %q", list)
		}
	}
}
