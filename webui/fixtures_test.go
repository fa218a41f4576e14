package webui

import (
	"context"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"vestnik/device"
	"vestnik/gateway"
)

// noon is the time in all fixtures: a Saturday in Moscow.
var noon = time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC)

func ago(d time.Duration) time.Time { return noon.Add(-d) }

// shop is a whole fake shop: a desk, a book, a journal and staff with behaviour enough
// for the pages.
type shop struct {
	mu       sync.Mutex
	topics   gateway.Topics
	now      time.Time
	settings gateway.Settings
	rules    []gateway.Rule
	versions map[gateway.RuleID][]gateway.Rule
	ref      gateway.Reference
	links    []device.Link
	history  []device.Link
	crm      gateway.CRMStatus
	crmTest  gateway.CRMTest
	pairing  device.Pairing
	orders   []gateway.Order
	rows     []gateway.JournalRow
	stories  map[gateway.MessageID]gateway.Story
	totals   gateway.Totals
	users    []gateway.User
	logins   map[string]gateway.Login
	tokens   []gateway.Token
	trial    gateway.Trial
	fault    error // what the next asked thing fails with
	care     gateway.Care
	damage   *Damage
	unready  error
	done     []string
	code     string
	copies   copies
	talk     *talks    // nil: nobody has written yet
	desk     *desk     // nil: the box has no pages about support
	mail     *mailings // nil: the box has no pages about mailings
	invites  *invites  // nil: nobody was ever invited
}

var _ interface {
	Desk
	gateway.Book
	gateway.Journal
} = (*shop)(nil)

var _ gateway.Staff = (*staff)(nil)

func (s *shop) did(what string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done = append(s.done, what)
	return s.fault
}

func (s *shop) Links() []device.Link    { return s.links }
func (s *shop) CRM() gateway.CRMStatus  { return s.crm }
func (s *shop) Pairing() device.Pairing { return s.pairing }

func (s *shop) Care(context.Context) (gateway.Care, error) { return s.care, nil }
func (s *shop) Clock() gateway.ClockStatus                 { return s.care.Clock }
func (s *shop) TrustClock(_ context.Context, by string) error {
	s.care.Clock.Holds, s.care.Clock.TrustedBy = false, by
	return s.did("trust clock by " + by)
}
func (s *shop) Ready(context.Context) error { return s.unready }

func (s *shop) Events(ctx context.Context) <-chan gateway.Topic {
	return s.topics.Subscribe(ctx)
}

func (s *shop) TestCRM(_ context.Context, url, key string) (gateway.CRMTest, error) {
	return s.crmTest, s.did("test " + url + " " + key)
}

func (s *shop) RefreshReference(context.Context) (gateway.Reference, error) {
	return s.ref, s.did("refresh")
}

func (s *shop) SaveSettings(_ context.Context, set gateway.Settings, by string) error {
	if err := set.Validate(); err != nil {
		return err
	}
	s.settings = set
	return s.did("settings by " + by)
}

func (s *shop) StartPairing(_ context.Context, _, codeFor device.Phone) error {
	return s.did("pair " + string(codeFor))
}
func (s *shop) StopPairing(context.Context) error                { return s.did("stop") }
func (s *shop) Unlink(context.Context) error                     { return s.did("unlink") }
func (s *shop) Reconnect(context.Context) error                  { return s.did("reconnect") }
func (s *shop) ResetModem(_ context.Context, p string) error     { return s.did("reset " + p) }
func (s *shop) RetryEffect(context.Context, int64, string) error { return s.did("retry") }
func (s *shop) DropEffect(context.Context, int64, string) error  { return s.did("drop") }

func (s *shop) SaveRule(_ context.Context, r gateway.Rule, by string) (gateway.Rule, error) {
	if err := r.Validate(s.ref); err != nil {
		return r, err
	}
	if err := s.did("rule " + r.Name); err != nil {
		return r, err
	}
	r.UpdatedAt, r.UpdatedBy, r.Version = noon, by, r.Version+1
	if r.ID == 0 {
		r.ID = gateway.RuleID(len(s.rules) + 1)
		s.rules = append(s.rules, r)
		return r, nil
	}
	for i := range s.rules {
		if s.rules[i].ID == r.ID {
			s.rules[i] = r
		}
	}
	return r, nil
}

func (s *shop) Try(_ context.Context, _ gateway.Rule, number string) (gateway.Trial, error) {
	return s.trial, s.did("try " + number)
}

func (s *shop) RecentOrders(context.Context, int) ([]gateway.Order, error) { return s.orders, s.fault }

func (s *shop) Enqueue(_ context.Context, d gateway.Draft) (gateway.Message, bool, error) {
	n, err := device.ParsePhone(d.To, "RU")
	if err != nil {
		return gateway.Message{}, false, err
	}
	return gateway.Message{ID: 1, To: n.Phone, Text: d.Text}, false, s.did("enqueue " + string(n.Phone))
}

func (s *shop) Cancel(context.Context, gateway.MessageID, string) error    { return s.did("cancel") }
func (s *shop) Leave(context.Context, gateway.MessageID, string) error     { return s.did("leave") }
func (s *shop) SendAgain(context.Context, gateway.MessageID, string) error { return s.did("again") }
func (s *shop) CheckNumbers(context.Context, []string) ([]gateway.NumberCheck, error) {
	return nil, s.fault
}

func (s *shop) Settings(context.Context) (gateway.Settings, error) { return s.settings, nil }
func (s *shop) Rules(context.Context) ([]gateway.Rule, error)      { return s.rules, nil }
func (s *shop) Rule(_ context.Context, id gateway.RuleID) (gateway.Rule, error) {
	for _, r := range s.rules {
		if r.ID == id {
			return r, nil
		}
	}
	return gateway.Rule{}, device.Errorf(device.NotFound, "rule", "none")
}

func (s *shop) DeleteRule(_ context.Context, id gateway.RuleID, _ string) error {
	var kept []gateway.Rule
	for _, r := range s.rules {
		if r.ID != id {
			kept = append(kept, r)
		}
	}
	s.rules = kept
	return s.did("delete rule")
}

func (s *shop) RuleVersions(_ context.Context, id gateway.RuleID) ([]gateway.Rule, error) {
	return s.versions[id], nil
}

func (s *shop) RestoreRule(_ context.Context, id gateway.RuleID, _ int, _ string) (gateway.Rule, error) {
	return gateway.Rule{ID: id}, s.did("restore rule")
}
func (s *shop) Reference(context.Context) (gateway.Reference, error)   { return s.ref, nil }
func (s *shop) SaveReference(context.Context, gateway.Reference) error { return nil }

func (s *shop) Decisions(_ context.Context, f gateway.DecisionFilter) ([]gateway.JournalRow, string, error) {
	var kept []gateway.JournalRow
	for _, r := range s.rows {
		if f.Verdict != "" && r.Verdict != f.Verdict || f.Search != "" && !strings.Contains(r.Number+r.Name, f.Search) {
			continue
		}
		kept = append(kept, r)
	}
	next := ""
	if len(kept) > 5 && f.Cursor == "" {
		next = "older"
	}
	return kept, next, nil
}

func (s *shop) Messages(_ context.Context, f gateway.MessageFilter) ([]gateway.Message, string, error) {
	var kept []gateway.Message
	for _, r := range s.rows {
		if r.Sent != nil && r.Sent.State == f.State {
			kept = append(kept, *r.Sent)
		}
	}
	return kept, "", nil
}

func (s *shop) Story(_ context.Context, id gateway.MessageID) (gateway.Story, error) {
	if st, ok := s.stories[id]; ok {
		return st, nil
	}
	return gateway.Story{}, device.Errorf(device.NotFound, "story", "none")
}

func (s *shop) Decision(_ context.Context, id int64) (gateway.Decision, error) {
	for _, r := range s.rows {
		if r.ID == id {
			return r.Decision, nil
		}
	}
	return gateway.Decision{}, device.Errorf(device.NotFound, "decision", "none")
}

func (s *shop) Totals(_ context.Context, since time.Time) (gateway.Totals, error) {
	t := s.totals
	if s.now.Sub(since) < 30*time.Hour {
		return t, nil
	}
	t.ByState = map[gateway.State]int{} // since yesterday: three times as many
	for state, n := range s.totals.ByState {
		t.ByState[state] = 3 * n
	}
	return t, nil
}

func (s *shop) LinkHistory(_ context.Context, ch device.Channel, _ time.Time) ([]device.Link, error) {
	var kept []device.Link
	for _, l := range s.history {
		if l.Channel == ch {
			kept = append(kept, l)
		}
	}
	return kept, nil
}
func (s *shop) SaveLink(context.Context, device.Link) error { return nil }

// staff is apart because Desk and Staff share no names by chance only.
type staff struct{ *shop }

func (s *staff) Users(context.Context) ([]gateway.User, error) { return s.users, nil }
func (s *staff) UserByName(_ context.Context, name string) (gateway.User, error) {
	for _, u := range s.users {
		if strings.EqualFold(u.Name, name) {
			return u, nil
		}
	}
	return gateway.User{}, device.Errorf(device.NotFound, "user", "none")
}

func (s *staff) SaveUser(_ context.Context, u gateway.User) (gateway.User, error) {
	for i := range s.users {
		if u.ID == 0 && strings.EqualFold(s.users[i].Name, u.Name) {
			return u, device.Errorf(device.Conflict, "user", "taken")
		}
		if s.users[i].ID == u.ID {
			s.users[i] = u
			return u, nil
		}
	}
	u.ID = int64(len(s.users) + 1)
	s.users = append(s.users, u)
	return u, nil
}

func (s *staff) DeleteUser(_ context.Context, id int64) error {
	var kept []gateway.User
	for _, u := range s.users {
		if u.ID != id {
			kept = append(kept, u)
		}
	}
	s.users = kept
	return nil
}

func (s *staff) StartLogin(_ context.Context, l gateway.Login) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.logins[l.TokenHash] = l
	return nil
}

func (s *staff) Login(_ context.Context, hash string, now time.Time) (gateway.Login, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l, ok := s.logins[hash]
	if !ok {
		return l, device.Errorf(device.NotFound, "login", "none")
	}
	if now.Sub(l.SeenAt) > time.Minute {
		l.SeenAt = now
		s.logins[hash] = l
	}
	for _, u := range s.users {
		if u.ID == l.User.ID {
			l.User = u
		}
	}
	return l, nil
}

func (s *staff) EndLogin(_ context.Context, hash string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.logins, hash)
	return nil
}

func (s *staff) EndLoginsOf(_ context.Context, user int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for h, l := range s.logins {
		if l.User.ID == user {
			delete(s.logins, h)
		}
	}
	return nil
}
func (s *staff) Tokens(context.Context) ([]gateway.Token, error) { return s.tokens, nil }
func (s *staff) TokenByHash(context.Context, string, time.Time) (gateway.Token, error) {
	return gateway.Token{}, device.Errorf(device.NotFound, "token", "none")
}

func (s *staff) SaveToken(_ context.Context, t gateway.Token) (gateway.Token, error) {
	t.ID = int64(len(s.tokens) + 1)
	s.tokens = append(s.tokens, t)
	return t, nil
}

func (s *staff) DeleteToken(_ context.Context, id int64) error {
	var kept []gateway.Token
	for _, t := range s.tokens {
		if t.ID != id {
			kept = append(kept, t)
		}
	}
	s.tokens = kept
	return nil
}

// ownerHash is argon2id of "correct horse battery" with a cost that suits a test.
const ownerPassword = "correct horse battery"

var ownerHash = sync.OnceValue(func() string {
	s := &Server{hashing: make(chan struct{}, 1)}
	hash, _, err := s.hashPassword("owner", ownerPassword)
	if err != nil {
		panic(err)
	}
	return hash
})

func newServer(t testing.TB, s *shop, change ...func(*Options)) *Server {
	t.Helper()
	o := Options{
		Desk: s, Backups: s, Book: s, Journal: s, Staff: &staff{s}, Version: "1.2.3", AllowedHosts: []string{"example.com"},
		Now: func() time.Time { return s.now }, SetupCode: func() string { return s.code }, SetupDone: func() { s.code = "" }, Health: s,
		Damage: func() *Damage {
			if s.damage != nil {
				s.damage.Language = s.settings.Shop.Language
			}
			return s.damage
		},
	}
	if s.talk == nil {
		s.talk = emptyTalks(s)
	}
	o.Talk = s.talk
	if s.invites == nil {
		s.invites = emptyInvites(s)
	}
	o.Invites = s.invites
	if s.desk != nil {
		o.Support = s.desk
	}
	if s.mail != nil {
		o.Campaigns = s.mail
	}
	for _, c := range change {
		c(&o)
	}
	m, err := loadMatter()
	if err != nil {
		t.Fatal(err)
	}
	srv, err := m.serve(o)
	if err != nil {
		t.Fatal(err)
	}
	return srv
}

// enter logs a user of a role in and answers the cookie's value.
func (s *shop) enter(role gateway.Role, lang string) string {
	secret := "secret-" + string(role) + "-" + lang
	u := gateway.User{ID: int64(100 + len(s.users)), Name: "Ольга", Role: role, Language: lang, Hash: ownerHash()}
	s.users = append(s.users, u)
	s.logins[hashSecret(secret)] = gateway.Login{TokenHash: hashSecret(secret), User: u, CSRF: "form-token", CreatedAt: s.now, SeenAt: s.now}
	return secret
}

func get(t testing.TB, srv *Server, cookie, path string) (int, string) {
	t.Helper()
	req := httptest.NewRequest("GET", path, nil)
	if cookie != "" {
		req.Header.Set("Cookie", loginCookie+"="+cookie)
	}
	return answer(t, srv, req)
}

func post(t testing.TB, srv *Server, cookie, path, form string) (int, string) {
	t.Helper()
	req := httptest.NewRequest("POST", path, strings.NewReader(form))
	req.Header.Set("Content-Type", fiber.MIMEApplicationForm)
	if cookie != "" {
		req.Header.Set("Cookie", loginCookie+"="+cookie)
	}
	return answer(t, srv, req)
}
