package messagegateway_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"vestnik/sim/messagegateway"
)

func TestRequestFaults(t *testing.T) {
	t.Parallel()
	r := newRig(t, messagegateway.Options{})
	p := r.gw.AddCustomer(r.gw.AddChannel("telegram", "Лавка"), "55", "Анна")
	p.Write("Здравствуйте")
	f := r.gw.Faults()
	post := func() (int, string, error) {
		status, data, err := r.do("POST", "/api/bot/v1/messages", obj{"chat_id": p.Chat(), "scope": "public", "content": "ок"})
		return status, string(data), err
	}
	f.CutPost(1)
	if _, _, err := post(); err == nil || len(p.Texts()) != 0 {
		t.Errorf("cut: %v, seen %q", err, p.Texts())
	}
	f.LosePost(1)
	if _, _, err := post(); err == nil || len(p.Texts()) != 1 {
		t.Errorf("lost: %v, seen %q", err, p.Texts())
	}
	f.Status(429, 1)
	f.Status(503, 1)
	f.Status(500, 1)
	f.HTML(1)
	for _, want := range []struct {
		status int
		body   string
	}{{502, "<html>"}, {429, "<html>"}, {503, "<html>"}, {500, `{"errors":["Something went wrong"]}`}} {
		if status, body, err := post(); err != nil || status != want.status || !strings.HasPrefix(body, want.body) || len(p.Texts()) != 1 {
			t.Errorf("want %d: %d %s %v", want.status, status, body, err)
		}
	}
	f.SlowBy(20 * time.Millisecond)
	began := time.Now()
	if status, _, err := post(); err != nil || status != 200 || time.Since(began) < 20*time.Millisecond || len(p.Texts()) != 2 {
		t.Errorf("slow: %d %v", status, err)
	}
	e := r.listen("message_new", "")
	f.Down(true)
	e.waitEnd()
	if _, _, err := post(); err == nil {
		t.Error("down, but it answers")
	}
	if _, _, err := r.dial("message_new", ""); err == nil {
		t.Error("down, but it takes sockets")
	}
	f.Clear()
	if status, _, err := post(); err != nil || status != 200 {
		t.Errorf("after all: %d %v", status, err)
	}
	log := r.gw.Requests()
	if last := log[len(log)-1]; last.Path != "/api/bot/v1/messages" || last.Status != 200 || !strings.Contains(last.Body, `"content":"ок"`) {
		t.Errorf("log %+v", last)
	}
	r.understood()
}

func TestTokens(t *testing.T) {
	t.Parallel()
	r := newRig(t, messagegateway.Options{})
	old := r.token
	if again, _ := r.register(`{"mgBot":{}}`); again != old {
		t.Errorf("a new token without asking: %s", again)
	}
	e := r.listen("message_new", "")
	r.gw.Faults().RevokeBotTokens()
	e.waitEnd()
	r.refused(401, "Unauthorized", "GET", "/bots", nil)
	if _, status, err := r.dial("message_new", ""); err == nil || status != 401 {
		t.Errorf("socket with an old token: %d %v", status, err)
	}
	r.token, _ = r.register(`{"mgBot":{"refreshToken":true}}`)
	e = r.listen("message_new", "")
	if r.token == old || len(r.list("/bots")) != 1 {
		t.Errorf("token %s", r.token)
	}
	r.crm.SwitchModule("vestnik", false)
	e.waitEnd()
	r.refused(401, "Unauthorized", "GET", "/bots", nil)
	r.crm.SwitchModule("vestnik", true)
	if row := r.list("/bots")[0]; row["is_self"] != true || row["client_id"] != "box-1" || row["is_active"] != true {
		t.Errorf("bot %v", row)
	}
	r.token = ""
	r.refused(401, "Unauthorized", "GET", "/bots", nil)
	r.understood()
}

func TestEventFaults(t *testing.T) {
	t.Parallel()
	r := newRig(t, messagegateway.Options{})
	p := r.gw.AddCustomer(r.gw.AddChannel("telegram", "Лавка"), "55", "Анна")
	p.Write("Начнём")
	e, f := r.listen("message_new,user_online_updated", ""), r.gw.Faults()
	heard := func(n int) (out []string) {
		t.Helper()
		for range n {
			text, _ := e.next("message_new").at("message", "content").(string)
			out = append(out, text)
		}
		return out
	}
	f.Twice(1)
	p.Write("a")
	p.Write("b")
	if got := heard(3); !slices.Equal(got, []string{"a", "a", "b"}) {
		t.Errorf("twice: %q", got)
	}
	f.Swap()
	p.Write("c")
	p.Write("d")
	p.Write("e")
	if got := heard(3); !slices.Equal(got, []string{"d", "c", "e"}) {
		t.Errorf("swapped: %q", got)
	}
	f.LoseEvents(1)
	p.Write("f")
	p.Write("g")
	if got := heard(1); got[0] != "g" {
		t.Errorf("lost: %q", got)
	}
	f.Hold(true)
	p.Write("h")
	p.Write("i")
	if len(e.frames) != 0 {
		t.Error("held events came")
	}
	f.Hold(false)
	if got := heard(2); !slices.Equal(got, []string{"h", "i"}) {
		t.Errorf("held: %q", got)
	}
	r.quiet(e)
	f.RefuseSockets(true)
	f.DropSockets()
	e.waitEnd()
	if _, status, err := r.dial("message_new", ""); err == nil || status != 503 {
		t.Errorf("refused: %d %v", status, err)
	}
	f.RefuseSockets(false)
	p.Write("nobody hears")
	e = r.listen("message_new", "")
	p.Write("j")
	if got := heard(1); got[0] != "j" {
		t.Errorf("replayed: %q", got)
	}
	r.understood()
}

func TestABotIsSilentInItsSocket(t *testing.T) {
	t.Parallel()
	r := newRig(t, messagegateway.Options{})
	changed := make(chan struct{}, 1000)
	e := r.listen("message_new", "")
	r.gw.OnChange(func() { changed <- struct{}{} })
	if err := e.conn.Write(t.Context(), 1, []byte(`{"type":"hello"}`)); err != nil {
		t.Fatal(err)
	}
	<-changed
	if got := r.gw.NotUnderstood(); len(got) != 1 || !strings.Contains(got[0], "hello") {
		t.Errorf("not understood %q", got)
	}
	if err := e.conn.Ping(t.Context()); err != nil {
		t.Errorf("ping: %v", err)
	}
}
