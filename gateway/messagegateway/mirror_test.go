package messagegateway_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/messagegateway"
	sim "vestnik/sim/messagegateway"
)

// lines are what was said in our own WhatsApp and by SMS.
type lines struct {
	mu   sync.Mutex
	said []messagegateway.Line
}

func (l *lines) say(line messagegateway.Line) {
	l.mu.Lock()
	defer l.mu.Unlock()
	line.ID = "in-" + strconv.Itoa(len(l.said)+1)
	if line.FromShop {
		line.ID = "msg-" + strconv.Itoa(len(l.said)+1)
	}
	line.At = time.Now()
	l.said = append(l.said, line)
}

func (l *lines) NextLines(_ context.Context, after string, limit int) ([]messagegateway.Line, string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	from := 0
	if after != "" {
		n, err := strconv.Atoi(after)
		if err != nil {
			return nil, "", err
		}
		from = n
	}
	to := min(from+limit, len(l.said))
	return slices.Clone(l.said[from:to]), strconv.Itoa(to), nil
}

func (l *lines) LinesEnd(context.Context) (string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strconv.Itoa(len(l.said)), nil
}

// office is a rig with a mirror.
type office struct {
	*rig
	lines  *lines
	mirror *messagegateway.Mirror
	mode   gateway.MirrorMode
	orders []messagegateway.OperatorText
	no     error // what Operator answers
}

func (o *office) operator(_ context.Context, text messagegateway.OperatorText) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.no != nil {
		return o.no
	}
	o.orders = append(o.orders, text)
	return nil
}

// open starts a session with its mirror.
func (o *office) open() {
	o.Helper()
	o.make()
	m, err := messagegateway.NewMirror(o.session, messagegateway.MirrorOptions{
		Mode: o.mode, Lines: o.lines, Operator: o.operator,
		Channels: []messagegateway.MirrorChannel{{Channel: device.WhatsApp, Name: "WhatsApp +7 495 123-45-67"}, {Channel: device.SMS}},
	})
	if err != nil {
		o.Fatal(err)
	}
	o.mirror = m
	o.run()
	ctx, cancel := context.WithCancel(o.Context())
	var done sync.WaitGroup
	done.Go(func() {
		if err := m.Run(ctx); err != nil {
			o.Errorf("Mirror.Run: %v", err)
		}
	})
	end := o.stopRun
	o.stopRun = func() { cancel(); done.Wait(); end() }
	o.settle()
	if h := m.Health(); !h.Works {
		o.Fatalf("the mirror does not work: %s", h.Cause)
	}
}

func inOffice(t *testing.T, mode gateway.MirrorMode, test func(*office)) {
	t.Helper()
	inBubble(t, func(r *rig) {
		r.mirrored = true
		o := &office{rig: r, lines: &lines{}, mode: mode}
		r.onHook = func(body []byte) (any, error) { return o.mirror.HandleWebhook(r.Context(), body) }
		test(o)
	})
}

// own finds a channel that the mirror made.
func (o *office) own(name string) *sim.Channel {
	o.Helper()
	for _, ch := range o.gw.Channels() {
		if ch.Name() == name {
			return ch
		}
	}
	o.Fatalf("no channel %q", name)
	return nil
}

// shown is what stands in the chats of a channel, as "who: text".
func (o *office) shown(ch *sim.Channel) (out []string) {
	for _, c := range o.gw.Chats() {
		if c.Channel != ch.ID() {
			continue
		}
		for _, m := range o.gw.Messages(c.ID) {
			if m.Kind != "system" {
				out = append(out, m.From+": "+m.Text)
			}
		}
	}
	return out
}

const ivan = device.Phone("+79030000001")

func TestTheMirrorShowsOurMessengers(t *testing.T) {
	inOffice(t, gateway.MirrorShow, func(o *office) {
		o.lines.say(messagegateway.Line{Channel: device.WhatsApp, Phone: ivan, Text: "до зеркала"})
		o.open()
		o.lines.say(messagegateway.Line{Channel: device.WhatsApp, Phone: ivan, Name: "Иван", Text: "где заказ?"})
		o.lines.say(messagegateway.Line{Channel: device.WhatsApp, Phone: ivan, FromShop: true, Text: "в пути"})
		o.lines.say(messagegateway.Line{Channel: device.WhatsApp, Phone: ivan, Name: "Иван", Text: "вот чек", Media: "image"})
		o.lines.say(messagegateway.Line{Channel: device.SMS, Phone: ivan, FromShop: true, Text: "Заказ собран"})
		o.mirror.Wake()
		o.settle()
		wa := o.own("WhatsApp +7 495 123-45-67")
		want := []string{"customer: где заказ?", "channel: в пути", "customer: [фото] вот чек"}
		if got := o.shown(wa); !slices.Equal(got, want) {
			t.Errorf("in WhatsApp stands %q", got)
		}
		if got := o.shown(o.own("SMS")); !slices.Equal(got, []string{"channel: Заказ собран"}) {
			t.Errorf("in SMS stands %q", got)
		}
		// None of it is a customer's word in a chat of the CRM, and operators cannot answer there.
		if got := o.sink.words(); len(got) > 0 {
			t.Errorf("came %q", got)
		}
		if ch, ok := o.session.Channel(int64(wa.ID())); !ok || !ch.Ours || ch.Texts {
			t.Errorf("channel %+v", ch)
		}
		if _, err := o.gw.Operator(olga).Write(o.gw.Chats()[0].ID, "ответ"); err == nil {
			t.Error("the chat window has a reply box")
		}
		// A lost answer is a repeat, which is known.
		o.gw.Faults().LosePost(1)
		o.lines.say(messagegateway.Line{Channel: device.WhatsApp, Phone: ivan, Text: "ещё раз"})
		time.Sleep(time.Minute)
		if got := o.shown(wa); !slices.Equal(got, append(want, "customer: ещё раз")) {
			t.Errorf("in WhatsApp stands %q", got)
		}
		// After a restart the same channels go on, and the session knows them from the start.
		o.stop()
		n := len(o.gw.Channels())
		puts := o.count("PUT", "/channels/")
		o.open()
		if got := len(o.gw.Channels()); got != n || o.count("PUT", "/channels/") != puts {
			t.Errorf("%d channels, %d before; %d changes", got, n, o.count("PUT", "/channels/"))
		}
		o.gw.Faults().RevokeTransportTokens()
		o.lines.say(messagegateway.Line{Channel: device.WhatsApp, Phone: ivan, Text: "новый ключ"})
		time.Sleep(time.Minute)
		if got := o.shown(wa); got[len(got)-1] != "customer: новый ключ" {
			t.Errorf("in WhatsApp stands %q", got)
		}
		wa.Switch(false)
		o.lines.say(messagegateway.Line{Channel: device.WhatsApp, Phone: ivan, Text: "включён снова"})
		time.Sleep(time.Minute)
		if got := o.shown(wa); got[len(got)-1] != "customer: включён снова" {
			t.Errorf("in WhatsApp stands %q", got)
		}
		if len(o.sink.words()) > 0 {
			t.Errorf("came %q", o.sink.words())
		}
		o.stop()
		if err := o.mirror.Deactivate(o.Context()); err != nil {
			t.Fatal(err)
		}
		o.start() // without a mirror the channels are still ours
		if ch, _ := o.session.Channel(int64(wa.ID())); ch.Active || !ch.Ours {
			t.Errorf("channel %+v", ch)
		}
	})
}

func (o *office) count(method, path string) (n int) {
	for _, q := range o.gw.Requests() {
		if q.Method == method && bytes.Contains([]byte(q.Path), []byte(path)) {
			n++
		}
	}
	return n
}

// Both ways in which operators write from the CRM.
func TestOperatorsWriteByOurMessengers(t *testing.T) {
	for _, mode := range []gateway.MirrorMode{gateway.MirrorWebhook, gateway.MirrorStub} {
		t.Run(string(mode), func(t *testing.T) {
			inOffice(t, mode, func(o *office) {
				if mode == gateway.MirrorStub {
					o.onHook = func([]byte) (any, error) { return map[string]any{"async": true}, nil }
				}
				o.open()
				wa, op := o.own("WhatsApp +7 495 123-45-67"), o.gw.Operator(olga)
				o.lines.say(messagegateway.Line{Channel: device.WhatsApp, Phone: ivan, Name: "Иван", Text: "ау"})
				o.mirror.Wake()
				o.settle()
				chat := o.gw.Chats()[0].ID
				id, err := op.Write(chat, "Здравствуйте & «да»")
				if err != nil {
					t.Fatal(err)
				}
				o.settle()
				want := messagegateway.OperatorText{ID: int64(id), Channel: device.WhatsApp, Phone: ivan.Digits(), ChatExternal: ivan.Digits(), Text: "Здравствуйте & «да»", User: op.Name()}
				if len(o.orders) != 1 || o.orders[0] != want {
					t.Fatalf("ordered %+v, want %+v", o.orders, want)
				}
				status := func(id int) string { m, _ := o.gw.Message(id); return m.Status + " " + m.Error }
				if got := status(id); got != "sending " {
					t.Errorf("before the ack: %s", got)
				}
				if err := o.mirror.Ack(o.Context(), int64(id), "3EB0ABC", ""); err != nil {
					t.Fatal(err)
				}
				if got := status(id); got != "sent " {
					t.Errorf("after the ack: %s", got)
				}
				// To a bare number, refused afterwards by the messenger, by a box that was started again.
				fresh, err := op.WriteToPhone(wa, "79030000002", "Первое слово")
				if err != nil {
					t.Fatal(err)
				}
				o.settle()
				last := o.orders[len(o.orders)-1]
				if len(o.orders) != 2 || last.Phone != "79030000002" || last.Text != "Первое слово" {
					t.Fatalf("ordered %+v", o.orders)
				}
				o.stop()
				o.open()
				if err := o.mirror.Ack(o.Context(), last.ID, "", "customer_not_exists"); err != nil {
					t.Fatal(err)
				}
				if got := status(int(last.ID)); got != "failed customer_not_exists" {
					t.Errorf("after the refusal: %s", got)
				}
				if len(o.orders) != 2 {
					t.Errorf("ordered again: %+v", o.orders)
				}
				// What cannot be sent at all is told at once.
				o.mu.Lock()
				o.no = device.Errorf(device.NotFound, "send", "no WhatsApp there")
				o.mu.Unlock()
				id, err = op.Write(fresh, "Второе")
				if err != nil {
					t.Fatal(err)
				}
				o.settle()
				if got := status(id); got != "failed customer_not_exists" {
					t.Errorf("refused at once: %s", got)
				}
				if got := o.sink.words(); len(got) > 0 {
					t.Errorf("came %q", got)
				}
			})
		})
	}
}

// hookTrip is the way of MG's webhooks to the box.
type hookTrip struct{ r *rig }

func (h hookTrip) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	status := http.StatusOK
	answer, err := h.r.onHook(body)
	if err != nil {
		status = http.StatusServiceUnavailable
	}
	data, err := json.Marshal(answer)
	if err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: status, Status: http.StatusText(status), Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(data)), Request: req}, nil
}
