package helpdeskeddy

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"vestnik/sim/inprocess"
)

const (
	root         = "/api/v2"
	maxBody      = 16 << 20 // bytes of a request body
	maxExchanges = 20_000   // entries of the log; older ones are dropped in halves
)

// Exchange is one request as it arrived. The Authorization header is left out.
type Exchange struct {
	At     time.Time
	Method string
	Path   string // e.g. /api/v2/tickets/1042/comments/
	Query  string // as it came
	UserID int    // whose key it was; 0 when none was good
	Body   string // as it came
	Status int    // 0 when the connection was cut before the answer
}

// request is one call being answered; the account is locked while it lives.
type request struct {
	acct   *Account
	method string
	path   string
	ids    []int // numbers in the path, in order
	user   *user // whose key
	query  *input
	body   *input
}

func (q *request) puzzled(what string) { q.acct.puzzled(q.method + " " + q.path + ": " + what) }

// ServeHTTP answers one call. Cut connections are http.ErrAbortHandler panics,
// which net/http turns into a closed connection.
func (a *Account) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	luck := a.faults.draw(r)
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	out := a.exchange(w.Header(), r, body, luck)
	if luck.down {
		inprocess.Refuse(w)
	}
	if luck.down || luck.cut {
		panic(http.ErrAbortHandler)
	}
	if !wait(r, luck.slow) {
		panic(http.ErrAbortHandler)
	}
	send(w, out, luck.ending)
}

// exchange processes a request and logs it.
func (a *Account) exchange(h http.Header, r *http.Request, body []byte, luck luck) (out answer) {
	a.mu.Lock()
	defer a.mu.Unlock()
	entry := Exchange{At: a.now(), Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, Body: string(body)}
	defer func() {
		a.keep(entry)
		a.log.Debug("helpdeskeddy simulator: request", "method", entry.Method, "path", entry.Path, "status", entry.Status)
	}()
	if luck.down || luck.cut {
		return answer{}
	}
	if strings.HasPrefix(r.URL.Path, mailboxRoot) {
		// Assumed: the mailbox is no part of the API, its limit and its ban.
		out = a.serveMailbox(r, body)
	} else {
		out = a.limited(h, r, body, luck, &entry)
	}
	if luck.odd != nil {
		out = *luck.odd
	}
	if luck.ending == whole {
		entry.Status = out.status
	}
	return out
}

// limited answers a call to the API within the account's limit.
func (a *Account) limited(h http.Header, r *http.Request, body []byte, luck luck, entry *Exchange) answer {
	a.limiter.note(entry.At)
	who := a.authorize(r)
	if who != nil {
		entry.UserID = who.ID
	}
	inTime := a.limiter.take(entry.At, 1, a.opt.Rate, a.opt.BanFor)
	if luck.instead != nil {
		return *luck.instead
	}
	a.limitHeaders(h)
	if !inTime {
		return a.banned()
	}
	return a.handle(r, body, who)
}

// authorize finds whose key it is by Basic e-mail and key. Assumed: the e-mail's
// letter case does not matter, and people who are not active have no key.
func (a *Account) authorize(r *http.Request) *user {
	email, key, given := r.BasicAuth()
	if !given || key == "" {
		return nil
	}
	u := a.userByEmail(email)
	if u == nil || u.Key != key || u.Status != "active" {
		return nil
	}
	return u
}

// handle finds the method, checks rights, and runs it.
func (a *Account) handle(r *http.Request, body []byte, who *user) answer {
	q := &request{acct: a, method: r.Method, path: r.URL.Path, user: who, query: newInput()}
	q.query.form(r.URL.RawQuery)
	rt, ids := a.route(r.Method, r.URL.Path)
	q.ids = ids
	switch {
	case rt == nil:
		q.puzzled("no such method")
		if who == nil {
			return badKey()
		}
		return noRoute()
	case who == nil:
		return badKey()
	case !rt.may(who):
		return forbidden()
	}
	var err error
	if q.body, err = parseBody(r, body); err != nil {
		q.puzzled(err.Error())
		return bad(err.Error())
	}
	if rt.collection && !strings.HasSuffix(r.URL.Path, "/") {
		q.puzzled("a collection without its last slash")
	}
	q.query.used["per_page"] = true // has no effect
	out := rt.run(a, q)
	if out.status >= http.StatusBadRequest {
		return out // refused before all parameters were looked at
	}
	for _, name := range append(q.query.unknown(), q.body.unknown()...) {
		q.puzzled("parameter " + name)
	}
	return out
}

// keep adds an entry to the log.
func (a *Account) keep(entry Exchange) {
	if len(a.exchanges) >= maxExchanges {
		a.exchanges = slices.Clone(a.exchanges[maxExchanges/2:])
	}
	a.exchanges = append(a.exchanges, entry)
}

// send writes the answer, or as much of it as the fault leaves.
func send(w http.ResponseWriter, out answer, how ending) {
	switch how {
	case lost:
		panic(http.ErrAbortHandler)
	case truncated:
		out.write(&half{ResponseWriter: w})
		if f, isFlusher := w.(http.Flusher); isFlusher {
			f.Flush()
		}
		panic(http.ErrAbortHandler)
	default:
		out.write(w)
	}
}

// half passes on the first half of a body.
type half struct{ http.ResponseWriter }

func (h *half) Write(p []byte) (int, error) {
	if _, err := h.ResponseWriter.Write(p[:len(p)/2]); err != nil {
		return 0, err
	}
	return len(p), nil
}

// wait sleeps for d; false means that the caller has gone.
func wait(r *http.Request, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		return false
	}
}
