package helpdeskeddy_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"vestnik/gateway"
	"vestnik/gateway/gatewaytest"
	"vestnik/gateway/helpdeskeddy"
	sim "vestnik/sim/helpdeskeddy"
)

// forms are the forms in which an account may answer, as far as anybody has seen or
// guessed them.
var forms = map[string]sim.Options{
	"as documented": {},
	"as lists":      {ListsOnly: true, StringIDs: true, BanAs: http.StatusTooManyRequests, OwnWritesTouch: true, SearchPhones: true},
	"small pages":   {PerPage: 7, OwnWritesTouch: true, TagsStripped: true, CustomPriorities: true},
	"no markers":    {StringIDs: true, MarkersStripped: true, DropForbidden: true},
}

func TestConformance(t *testing.T) {
	t.Parallel()
	for name, o := range forms {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			gatewaytest.ExerciseHelpdesk(t, func(t *testing.T) *gatewaytest.HelpdeskRig {
				a, later := account(t, o)
				wire := &swallower{RoundTripper: a.Transport()}
				rig := rigOf(t, a, func(o *helpdeskeddy.Options) { o.Transport = wire })
				rig.Later, rig.SwallowWrite = later, func(testing.TB) { wire.armed.Store(true) }
				return rig
			})
		})
	}
}

func TestConformanceOverASocket(t *testing.T) {
	t.Parallel()
	gatewaytest.ExerciseHelpdesk(t, func(t *testing.T) *gatewaytest.HelpdeskRig {
		a, later := account(t, sim.Options{})
		var armed atomic.Bool
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodGet && armed.CompareAndSwap(true, false) {
				a.ServeHTTP(httptest.NewRecorder(), r)
				panic(http.ErrAbortHandler)
			}
			a.ServeHTTP(w, r)
		}))
		t.Cleanup(srv.Close)
		rig := rigOf(t, a, func(o *helpdeskeddy.Options) { o.URL = srv.URL })
		rig.Later, rig.SwallowWrite = later, func(testing.TB) { armed.Store(true) }
		return rig
	})
}

// swallower loses the answer to the next write after it was processed.
type swallower struct {
	http.RoundTripper
	armed atomic.Bool
}

func (s *swallower) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := s.RoundTripper.RoundTrip(r)
	if err != nil || r.Method == http.MethodGet || !s.armed.CompareAndSwap(true, false) {
		return resp, err
	}
	_ = resp.Body.Close()
	return nil, io.ErrUnexpectedEOF
}

// account is a seeded one without a limit whose clock moves by itself only when it is
// told to. It must understand everything it is asked, and see no key where none belongs.
func account(t *testing.T, o sim.Options) (*sim.Account, func(testing.TB)) {
	t.Helper()
	var mu sync.Mutex
	now := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	o.Now = func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return now
	}
	o.Seed, o.Rate = true, -1
	a := sim.New(o)
	rights := sim.IntegrationRights()
	rights.CreateTickets = true
	must(t, a.SetRights(sim.VestnikID, rights))
	t.Cleanup(func() {
		if odd := a.NotUnderstood(); len(odd) > 0 {
			t.Errorf("the account did not understand: %q", odd)
		}
		if leaks := a.KeysSeen(); len(leaks) > 0 {
			t.Errorf("keys were in %q", leaks)
		}
	})
	return a, func(testing.TB) {
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(2 * time.Second)
	}
}

func rigOf(t *testing.T, a *sim.Account, change func(*helpdeskeddy.Options)) *gatewaytest.HelpdeskRig {
	me, ok := a.User(sim.VestnikID)
	if !ok {
		t.Fatal("no service employee")
	}
	again := func(t testing.TB) gateway.Helpdesk {
		log := &buffer{}
		t.Cleanup(func() {
			if strings.Contains(log.String(), me.Key) {
				t.Error("the key is in the log")
			}
		})
		o := helpdeskeddy.Options{
			URL: "https://lavka.helpdeskeddy.com", Email: me.Email, Key: me.Key, Language: "ru", Rate: 1_000_000, Now: a.Now,
			Logger: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		}
		change(&o)
		c, err := helpdeskeddy.New(o)
		must(t, err)
		return c
	}
	id := func(n int64) int { return int(n) }
	return &gatewaytest.HelpdeskRig{
		Helpdesk: again(t), Again: again,
		NewCustomer: func(_ testing.TB, name, email, phone string) int64 {
			return int64(a.AddUser(sim.User{Name: name, Email: email, Phone: phone}).ID)
		},
		NewTicket: func(_ testing.TB, requester int64, title, html string) gateway.TicketID {
			return gateway.TicketID(a.AddTicket(id(requester), title, html, "email").ID)
		},
		Answer: func(t testing.TB, ticket gateway.TicketID, html string) {
			_, err := a.StaffWrites(id(int64(ticket)), sim.OlgaID, html)
			must(t, err)
		},
		Touch: func(t testing.TB, ticket gateway.TicketID) { must(t, a.Touch(id(int64(ticket)))) },
		SetStatus: func(t testing.TB, ticket gateway.TicketID, status string) {
			must(t, a.SetStatus(id(int64(ticket)), sim.OlgaID, status))
		},
		Closed: "closed",
		Delete: func(t testing.TB, ticket gateway.TicketID) { must(t, a.Delete(id(int64(ticket)), false)) },
		DropComment: func(t testing.TB, ticket gateway.TicketID, comment int64) {
			must(t, a.DeleteComment(id(int64(ticket)), id(comment)))
		},
		Employee: sim.OlgaID,
		Own:      strconv.Itoa(sim.OrderFieldID), Box: strconv.Itoa(sim.VIPFieldID), Public: strconv.Itoa(sim.SubjectFieldID),
		Show: func(t testing.TB, field string) {
			n, err := strconv.Atoi(field)
			must(t, err)
			must(t, a.ShowField(n, true))
		},
		Priorities: [2]string{strconv.Itoa(a.Priorities()[1].ID), strconv.Itoa(a.Priorities()[2].ID)},
		Seen: func(testing.TB) []string {
			seen := a.Public()
			for _, l := range a.Letters() {
				if l.ByAPI {
					seen = append(seen, "letter: "+l.Subject)
				}
			}
			return seen
		},
		Tickets: func(testing.TB) int {
			n := 0
			for _, one := range a.Tickets() {
				if !one.Deleted {
					n++
				}
			}
			return n
		},
		Requests: func(testing.TB) int { return len(a.Sent()) },
		Cut:      func(testing.TB) { a.Faults().Down(true) },
		Mend:     func(testing.TB) { a.Faults().Down(false) },
		Ban:      func(testing.TB) { a.Ban(20 * time.Minute) },
	}
}
