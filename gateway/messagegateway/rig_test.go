package messagegateway_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/messagegateway"
	sim "vestnik/sim/messagegateway"
	"vestnik/sim/retailcrm"
)

const (
	apiKey = "test-key"
	// Users of every simulated account.
	olga, igor = 19, 20
)

// journal is a memory that can be out of order.
type journal struct {
	mu      sync.Mutex
	states  map[string]string
	secrets map[string]string
	posts   map[string]post
	broken  error
}

type post struct {
	chat string
	id   int64
	at   time.Time
}

func newJournal() *journal {
	return &journal{states: map[string]string{}, secrets: map[string]string{}, posts: map[string]post{}}
}

func (j *journal) do(fn func()) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.broken == nil {
		fn()
	}
	return j.broken
}

func (j *journal) State(_ context.Context, name string) (v string, err error) {
	return v, j.do(func() { v = j.states[name] })
}

func (j *journal) SaveState(_ context.Context, name, value string) error {
	return j.do(func() { j.states[name] = value })
}

func (j *journal) Secret(_ context.Context, name string) (v string, err error) {
	err = j.do(func() { v = j.secrets[name] })
	return v, err
}

func (j *journal) SaveSecret(_ context.Context, name, value string) error {
	return j.do(func() { j.secrets[name] = value })
}

func (j *journal) KeepPost(_ context.Context, wire, chat string, at time.Time) error {
	return j.do(func() { j.posts[wire] = post{chat, j.posts[wire].id, at} })
}

func (j *journal) Posted(_ context.Context, wire string, id int64) error {
	return j.do(func() {
		p := j.posts[wire]
		p.id = id
		j.posts[wire] = p
	})
}

func (j *journal) Post(_ context.Context, wire string) (chat string, id int64, at time.Time, ok bool, err error) {
	err = j.do(func() {
		var p post
		p, ok = j.posts[wire]
		chat, id, at = p.chat, p.id, p.at
	})
	return chat, id, at, ok, err
}

func (j *journal) PostByID(_ context.Context, id int64) (wire string, ok bool, err error) {
	err = j.do(func() {
		for w, p := range j.posts {
			if p.id == id {
				wire, ok = w, true
			}
		}
	})
	return wire, ok, err
}

func (j *journal) PostedIn(_ context.Context, chat string, since time.Time) (ids []int64, err error) {
	err = j.do(func() {
		for _, p := range j.posts {
			if p.chat == chat && p.id != 0 && !p.at.Before(since) {
				ids = append(ids, p.id)
			}
		}
	})
	return ids, err
}

// sink keeps what comes and can refuse.
type sink struct {
	mu       sync.Mutex
	in       []device.Incoming
	receipts []device.Receipt
	links    []device.Link
	seen     map[string]gateway.SeenChat
	refuse   bool
	refused  int
}

var errDisk = errors.New("the disk is full")

func (k *sink) take(fn func()) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.refuse {
		k.refused++
		return errDisk
	}
	fn()
	return nil
}

func (k *sink) Incoming(_ context.Context, in device.Incoming) error {
	return k.take(func() { k.in = append(k.in, in) })
}

func (k *sink) Receipt(_ context.Context, r device.Receipt) error {
	return k.take(func() { k.receipts = append(k.receipts, r) })
}

func (k *sink) LinkChanged(_ context.Context, l device.Link) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.links = append(k.links, l)
}

func (k *sink) SeeChats(_ context.Context, chats []gateway.SeenChat) error {
	return k.take(func() {
		for _, c := range chats {
			k.seen[c.Alias] = c
		}
	})
}

func (k *sink) refuses(on bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.refuse = on
}

// words are the texts and events that came, in order.
func (k *sink) words() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	var out []string
	for _, in := range k.in {
		switch {
		case in.Event != "":
			out = append(out, strings.TrimSpace(string(in.Event)+" "+in.Text))
		case in.FromShop:
			out = append(out, "shop: "+in.Text)
		default:
			out = append(out, in.Text+in.Media)
		}
	}
	return out
}

func (k *sink) last(t *testing.T) device.Incoming {
	t.Helper()
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.in) == 0 {
		t.Fatal("nothing came")
	}
	return k.in[len(k.in)-1]
}

// proofs are the receipts as "kind evidence".
func (k *sink) proofs() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	var out []string
	for _, r := range k.receipts {
		out = append(out, string(r.Kind)+" "+r.Evidence)
	}
	return out
}

func (k *sink) chat(alias string) gateway.SeenChat {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.seen[alias]
}

// rig is an account with chats and a session, in virtual time.
type rig struct {
	*testing.T
	crm      *retailcrm.Account
	gw       *sim.Gateway
	http     *http.Client
	journal  *journal
	sink     *sink
	session  *messagegateway.Session
	asked    []bool // Register's refresh, each time
	noKey    error
	mu       sync.Mutex
	change   func(*messagegateway.Options)
	stopRun  func()
	channel  *sim.Channel
	anna     *sim.Customer
	mirrored bool // the module has a transport
	hook     string
	onHook   func([]byte) (any, error)
}

// inBubble runs a test in virtual time with an account, a Telegram channel and a
// session that is not started.
func inBubble(t *testing.T, test func(*rig)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := &rig{T: t, journal: newJournal(), hook: "https://hook.example/x"}
		r.sink = &sink{seen: map[string]gateway.SeenChat{}}
		r.crm = retailcrm.New(retailcrm.Options{Key: apiKey, Seed: true, Rate: -1, Now: time.Now})
		r.gw = sim.New(r.crm, sim.Options{Now: time.Now, AsyncTimeout: time.Hour, Client: &http.Client{Transport: hookTrip{r}}})
		r.gw.SetURL("http://127.0.0.1")
		client, stop := r.gw.Pipe()
		r.http = client
		defer stop()
		r.channel = r.gw.AddChannel("telegram", "Лавка")
		r.anna = r.gw.AddCustomer(r.channel, "55", "Анна Котова", "79161234567")
		defer func() { r.stop() }()
		test(r)
		r.stop()
		for _, what := range slices.Concat(r.gw.NotUnderstood(), r.crm.NotUnderstood()) {
			t.Errorf("the simulator did not understand %s", what)
		}
	})
}

func (r *rig) register(_ context.Context, refresh bool) (gateway.ChatAccess, error) {
	r.mu.Lock()
	r.asked = append(r.asked, refresh)
	noKey, mirrored := r.noKey, r.mirrored
	r.mu.Unlock()
	if noKey != nil {
		return gateway.ChatAccess{}, noKey
	}
	part := map[string]any{"mgBot": map[string]any{"refreshToken": refresh}}
	if mirrored {
		part["mgTransport"] = map[string]any{"webhookUrl": r.hook, "refreshToken": refresh}
	}
	module, err := json.Marshal(map[string]any{
		"code": "vestnik", "integrationCode": "vestnik", "clientId": "box", "name": "Вестник", "active": true, "integrations": part,
	})
	if err != nil {
		return gateway.ChatAccess{}, err
	}
	req, err := http.NewRequest(http.MethodPost, "http://crm.test/api/v5/integration-modules/vestnik/edit", strings.NewReader(url.Values{"integrationModule": {string(module)}}.Encode()))
	if err != nil {
		return gateway.ChatAccess{}, err
	}
	req.Header.Set("X-API-KEY", apiKey)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := (&http.Client{Transport: r.crm.Transport()}).Do(req)
	if err != nil {
		return gateway.ChatAccess{}, device.Errorf(device.Unavailable, "register", "%w", err)
	}
	defer resp.Body.Close()
	var body struct {
		Info json.RawMessage `json:"info"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&body); err != nil {
		return gateway.ChatAccess{}, err
	}
	var info struct {
		Bot, Transport struct{ EndpointURL, Token string }
	}
	var raw map[string]struct{ EndpointURL, Token string }
	if json.Unmarshal(body.Info, &raw) == nil {
		info.Bot, info.Transport = raw["mgBot"], raw["mgTransport"]
	}
	return gateway.ChatAccess{BotURL: info.Bot.EndpointURL, BotKey: info.Bot.Token, TransportURL: info.Transport.EndpointURL, TransportKey: info.Transport.Token}, nil
}

// make builds a session over the rig's journal, as a start of the program does.
func (r *rig) make() {
	r.Helper()
	o := messagegateway.Options{Register: r.register, Journal: r.journal, Sink: r.sink, Language: "ru", Transport: r.http.Transport, Rate: 50}
	if r.change != nil {
		r.change(&o)
	}
	s, err := messagegateway.New(o)
	if err != nil {
		r.Fatal(err)
	}
	r.session = s
}

// start runs a new session and waits until all is quiet.
func (r *rig) start() {
	r.Helper()
	r.make()
	r.run()
	r.settle()
}

func (r *rig) run() {
	ctx, cancel := context.WithCancel(r.Context())
	var done sync.WaitGroup
	s := r.session
	done.Go(func() {
		if err := s.Run(ctx); err != nil {
			r.Errorf("Run: %v", err)
		}
	})
	r.stopRun = func() { cancel(); done.Wait() }
}

func (r *rig) stop() {
	if r.stopRun != nil {
		r.stopRun()
		r.stopRun = nil
	}
}

// settle lets some seconds pass, which the limiter may take.
func (r *rig) settle() {
	time.Sleep(5 * time.Second)
	synctest.Wait()
}

// connected starts the session and wants it connected.
func (r *rig) connected() {
	r.Helper()
	r.start()
	if l := r.session.Link(); l.State != device.LinkConnected {
		r.Fatalf("link %s: %s", l.State, l.Cause)
	}
}

func (r *rig) wantWords(want ...string) {
	r.Helper()
	if got := r.sink.words(); !slices.Equal(got, want) {
		r.Errorf("came %q, want %q", got, want)
	}
}

func (r *rig) wantProofs(want ...string) {
	r.Helper()
	if got := r.sink.proofs(); !slices.Equal(got, want) {
		r.Errorf("receipts %q, want %q", got, want)
	}
}

// send prepares and sends a text to Anna.
func (r *rig) send(text string, change ...func(*device.Outgoing)) (device.Envelope, error) {
	r.Helper()
	out := device.Outgoing{Alias: itoa(r.anna.Chat()), Text: text}
	for _, fn := range change {
		fn(&out)
	}
	env, err := r.session.Prepare(r.Context(), out)
	if err != nil {
		return env, err
	}
	_, err = r.session.Send(r.Context(), env)
	return env, err
}

func itoa(n int) string { return strings.TrimSpace(strings.Join(strings.Fields(jsonOf(n)), "")) }

func jsonOf(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(data)
}

func wantKind(t *testing.T, err error, kind device.Kind, code string) {
	t.Helper()
	var e *device.Error
	if device.KindOf(err) != kind || kind != "" && (!errors.As(err, &e) || e.Code != code) {
		t.Errorf("error %v, want kind %q code %q", err, kind, code)
	}
}
