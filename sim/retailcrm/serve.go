package retailcrm

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"vestnik/sim/inprocess"
)

const (
	maxBody     = 8 << 20 // bytes of a request body
	maxRequests = 20_000  // entries of the log; older ones are dropped in halves
)

// Request is one call as it arrived. Keys are left out.
type Request struct {
	At     time.Time
	Method string
	Path   string            // e.g. /api/v5/orders/5042/edit
	Params map[string]string // query and form: "filter[sinceId]" → "90001"
	Status int               // 0 when the connection was cut instead
}

// Requests is the log of calls, refused ones included: all since New, or the
// last ten thousand at least when there were very many.
func (a *Account) Requests() []Request {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.requests)
}

// request is one call being answered; the account is locked while it lives.
type request struct {
	acct     *Account
	method   string
	path     string
	query    *param
	form     *param
	vars     map[string]string
	key      *apiKey
	understd map[string]bool // parameters that the method looked at
}

func (q *request) puzzled(what string) { q.acct.puzzled(q.method + " " + q.path + ": " + what) }

// param returns a top-level parameter of the query or, for POST, of the form.
func (q *request) param(name string) *param {
	q.understd[name] = true
	if p := q.form.get(name); p != nil {
		return p
	}
	return q.query.get(name)
}

// text returns a top-level parameter's text, "" when absent or a list.
func (q *request) text(name string) string {
	p := q.param(name)
	if !p.leaf() {
		return ""
	}
	return p.text
}

func (q *request) filter() *filter {
	return &filter{p: q.param("filter"), zone: q.acct.zone, seen: map[string]bool{}, errs: obj{}}
}

// ServeHTTP answers one call. Cut connections are http.ErrAbortHandler panics,
// which net/http turns into a closed connection.
func (a *Account) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	luck := a.faults.draw()
	body, readErr := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if readErr != nil {
		panic(http.ErrAbortHandler)
	}
	entry := Request{At: a.now(), Method: r.Method, Path: r.URL.Path, Params: map[string]string{}}
	query, form := parseParams(r.URL.RawQuery), &param{kids: map[string]*param{}}
	if formEncoded(r) {
		form = parseParams(string(body))
	}
	query.flat("", entry.Params)
	form.flat("", entry.Params)
	delete(entry.Params, "apiKey")

	if luck.down {
		a.do(func() { a.keep(entry) })
		inprocess.Refuse(w)
		panic(http.ErrAbortHandler)
	}
	var out answer
	a.do(func() {
		switch {
		case luck.instead != nil:
			a.limiter.take(entry.At, -1)
			out = *luck.instead
		case !a.limiter.take(entry.At, a.opt.Rate):
			out = gatewayPage(a.opt.RateStatus)
		case a.opt.Host != "" && !strings.EqualFold(r.Host, a.opt.Host):
			out = noAccountPage()
		default:
			out = a.handle(r, query, form, body, luck.wrongKey)
		}
		if luck.ending == lost {
			out.status = 0
		}
		entry.Status = out.status
		a.keep(entry)
	})
	a.log.Debug("retailcrm simulator: request", "method", entry.Method, "path", entry.Path, "status", entry.Status)
	if !wait(r, luck.slow) {
		panic(http.ErrAbortHandler)
	}
	send(w, out, luck.ending)
}

// keep adds an entry to the log.
func (a *Account) keep(entry Request) {
	if len(a.requests) >= maxRequests {
		a.requests = slices.Clone(a.requests[maxRequests/2:])
	}
	a.requests = append(a.requests, entry)
}

// send writes the answer, or as much of it as the fault leaves.
func send(w http.ResponseWriter, out answer, how ending) {
	switch how {
	case lost:
		panic(http.ErrAbortHandler)
	case emptied:
		w.WriteHeader(http.StatusOK)
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

func formEncoded(r *http.Request) bool {
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	return strings.EqualFold(strings.TrimSpace(kind), "application/x-www-form-urlencoded")
}

// handle finds the method, checks the key and its rights, and runs it.
func (a *Account) handle(r *http.Request, query, form *param, body []byte, wrongKey bool) answer {
	q := &request{
		acct: a, method: r.Method, path: r.URL.Path, query: query, form: form,
		understd: map[string]bool{"apiKey": true},
	}
	if !strings.HasPrefix(r.URL.Path, "/api/") {
		q.puzzled("not an API address")
		return noAccountPage()
	}
	rt, vars, err := a.route(r.Method, r.URL.Path)
	q.vars = vars
	if rt != nil && rt.open {
		return rt.run(a, q)
	}
	if no := a.authorize(r, q, wrongKey); no != nil {
		return *no
	}
	switch {
	case errors.Is(err, errMethod):
		q.puzzled("method not allowed")
		return fail(http.StatusMethodNotAllowed, "Method Not Allowed", nil)
	case err != nil:
		q.puzzled("no such method")
		return fail(http.StatusNotFound, "API method not found", nil)
	case rt.scope != "" && !a.allowed(q.key, rt.scope):
		return fail(http.StatusForbidden, "Access denied.", nil)
	}
	if r.Method == http.MethodPost && len(body) > 0 && !formEncoded(r) {
		q.puzzled("body is not a form but " + r.Header.Get("Content-Type"))
	}
	out := rt.run(a, q)
	if out.status >= http.StatusBadRequest {
		return out // refused before all parameters were looked at
	}
	for _, p := range []*param{query, form} {
		for _, name := range p.keys {
			if !q.understd[name] {
				q.puzzled("parameter " + name)
			}
		}
	}
	return out
}

// authorize finds the key in the X-API-KEY header or the apiKey parameter.
func (a *Account) authorize(r *http.Request, q *request, wrongKey bool) *answer {
	secret := r.Header.Get("X-Api-Key")
	if secret == "" {
		secret = q.text("apiKey")
	}
	if secret == "" {
		no := fail(http.StatusForbidden, `"apiKey" is missing.`, nil)
		return &no
	}
	for _, k := range a.keys {
		if k.secret == secret && !wrongKey {
			q.key = k
			return nil
		}
	}
	no := fail(http.StatusForbidden, `Wrong "apiKey" value.`, nil)
	return &no
}

// allowed says whether the key has the right.
func (a *Account) allowed(k *apiKey, scope string) bool {
	return k.scopes[scope] && !a.faults.isDropped(scope)
}

// sees says whether the key may see objects of the shop.
func (k *apiKey) sees(site string) bool { return k.sites == nil || slices.Contains(k.sites, site) }
