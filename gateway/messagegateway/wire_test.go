package messagegateway_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway/messagegateway"
)

// tripper lets a test stand between the session and MG.
type tripper struct {
	way    http.RoundTripper
	before func(*http.Request) *http.Response
}

func (t tripper) RoundTrip(req *http.Request) (*http.Response, error) {
	if resp := t.before(req); resp != nil {
		resp.Request = req
		return resp, nil
	}
	return t.way.RoundTrip(req)
}

func TestKeysAndAddressesStandInNoLog(t *testing.T) {
	inBubble(t, func(r *rig) {
		const host = "mg-s7.crm-chats.example"
		r.gw.SetURL("https://" + host)
		var log bytes.Buffer
		r.change = func(o *messagegateway.Options) {
			o.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
			o.Transport = tripper{r.http.Transport, func(req *http.Request) *http.Response {
				req.URL.Scheme = "http" // the pipe has no TLS
				return nil
			}}
		}
		r.connected()
		r.anna.Write("тайные слова клиента")
		r.settle()
		key := r.journal.secrets["bot_key"]
		if key == "" || r.session.Link().Device != host {
			t.Fatalf("key %q, device %q", key, r.session.Link().Device)
		}
		var said []string
		note := func(err error) {
			if err != nil {
				said = append(said, err.Error())
			}
		}
		r.gw.Faults().CutPost(1)
		_, err := r.send("тайный ответ")
		note(err)
		_, err = r.send(strings.Repeat("ы", 5000))
		note(err)
		r.gw.Faults().Down(true)
		time.Sleep(time.Minute)
		said = append(said, r.session.Link().Cause)
		r.gw.Faults().Down(false)
		r.gw.Faults().RevokeBotTokens()
		time.Sleep(2 * time.Minute)
		said = append(said, r.session.Link().Cause, log.String())
		for _, s := range said {
			for _, secret := range []string{key, r.journal.secrets["bot_key"], host, "тайн", "79161234567"} {
				if strings.Contains(s, secret) {
					t.Errorf("%q stands in: %s", secret, s)
				}
			}
		}
		if len(said) < 5 || !strings.Contains(log.String(), "chats link") {
			t.Errorf("too little was said: %q", said)
		}
	})
}

// deafConn hears nothing while deaf is on.
type deafConn struct {
	net.Conn
	deaf *atomic.Bool
}

func (c deafConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	for err == nil && c.deaf.Load() {
		n, err = c.Conn.Read(p)
	}
	return n, err
}

func TestASocketThatFellSilent(t *testing.T) {
	inBubble(t, func(r *rig) {
		var deaf atomic.Bool
		way, ok := r.http.Transport.(*http.Transport)
		if !ok {
			t.Fatal("the pipe is no http.Transport")
		}
		dial := way.DialContext
		way.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			c, err := dial(ctx, network, address)
			return deafConn{c, &deaf}, err
		}
		r.connected()
		deaf.Store(true)
		r.anna.Write("в пустоту")
		time.Sleep(45 * time.Second)
		if l := r.session.Link(); l.State != device.LinkUnreachable || !strings.Contains(l.Cause, "ping") {
			t.Errorf("link %s: %s", l.State, l.Cause)
		}
		deaf.Store(false)
		time.Sleep(2 * time.Minute)
		r.wantWords("в пустоту")
	})
}

func TestAnOlderSocketTakesNoOptions(t *testing.T) {
	inBubble(t, func(r *rig) {
		r.change = func(o *messagegateway.Options) {
			o.Transport = tripper{r.http.Transport, func(req *http.Request) *http.Response {
				if req.URL.Query().Get("options") == "" {
					return nil
				}
				return &http.Response{StatusCode: http.StatusBadRequest, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(`{"errors":["options"]}`))}
			}}
		}
		r.connected()
		r.anna.Write("ау")
		r.settle()
		r.wantWords("ау")
	})
}

func TestAFaultOfTheBox(t *testing.T) {
	inBubble(t, func(r *rig) {
		r.make()
		wantKind(t, r.session.Reconnect(r.Context()), device.Conflict, "")
		r.journal.broken = errDisk
		err := r.session.Run(r.Context())
		if !errors.Is(err, errDisk) || device.KindOf(err) != device.Internal {
			t.Errorf("Run: %v", err)
		}
		if l := r.session.Link(); l.State != device.LinkOff {
			t.Errorf("link %s", l.State)
		}
		r.journal.broken = nil
		r.run()
		r.settle()
		if l := r.session.Link(); l.State != device.LinkConnected {
			t.Errorf("link %s", l.State)
		}
	})
}

func TestTheCRMIsAwayAtTheStart(t *testing.T) {
	inBubble(t, func(r *rig) {
		r.noKey = device.Errorf(device.Unavailable, "register", "the CRM is away")
		r.start()
		if l := r.session.Link(); l.State != device.LinkUnreachable {
			t.Errorf("link %s: %s", l.State, l.Cause)
		}
		r.mu.Lock()
		r.noKey = device.Errorf(device.Unauthorized, "register", "no right")
		r.mu.Unlock()
		time.Sleep(2 * time.Minute)
		if l := r.session.Link(); l.State != device.LinkNoChats || !l.NeedsPerson() {
			t.Errorf("link %s: %s", l.State, l.Cause)
		}
		r.mu.Lock()
		r.noKey = nil
		r.mu.Unlock()
		if err := r.session.Reconnect(r.Context()); err != nil {
			t.Fatal(err)
		}
		r.settle()
		if l := r.session.Link(); l.State != device.LinkConnected {
			t.Errorf("link %s: %s", l.State, l.Cause)
		}
		var states []device.LinkState
		for _, l := range r.sink.links {
			states = append(states, l.State)
		}
		want := []device.LinkState{device.LinkConnecting, device.LinkUnreachable, device.LinkNoChats, device.LinkConnected}
		if !slices.Equal(states, want) {
			t.Errorf("states %v", states)
		}
	})
}

func TestADialogIsGivenBack(t *testing.T) {
	inBubble(t, func(r *rig) {
		r.connected()
		r.anna.Write("ау")
		r.settle()
		chat, op := r.anna.Chat(), r.gw.Operator(olga)
		for range 2 {
			if err := op.Take(chat); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute)
			if err := op.Return(chat, r.gw.Bots()[0].ID); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute)
		}
		r.wantWords("ау", "assigned", "returned", "assigned", "returned")
		ids := map[string]bool{}
		for _, in := range r.sink.in {
			ids[in.ID] = true
		}
		if len(ids) != 5 {
			t.Errorf("ids %v", ids)
		}
		if in := r.sink.last(t); in.Chat.Operator != 0 {
			t.Errorf("returned %+v", in)
		}
		if err := op.Take(chat); err != nil {
			t.Fatal(err)
		}
		r.settle()
		if err := op.Unassign(chat); err != nil {
			t.Fatal(err)
		}
		r.settle()
		if seen := r.sink.chat(itoa(chat)); seen.Chat.Operator != 0 {
			t.Errorf("after unassigning %+v", seen)
		}
	})
}

// A page of the web server, an error and a "slow down" in the middle of catching up.
func TestBadLuckWhileCatchingUp(t *testing.T) {
	for _, status := range []int{429, 503, 500, 502} {
		t.Run(itoa(status), func(t *testing.T) {
			inBubble(t, func(r *rig) {
				r.connected()
				r.stop()
				r.anna.Write("одно")
				r.anna.Write("другое")
				r.gw.Faults().Status(status, 3)
				r.gw.Faults().HTML(1)
				r.start()
				time.Sleep(2 * time.Minute)
				r.wantWords("одно", "другое")
				if l := r.session.Link(); l.State != device.LinkConnected {
					t.Errorf("link %s: %s", l.State, l.Cause)
				}
			})
		})
	}
}
