package messagegateway

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

const (
	botPrefix       = "/api/bot/v1"
	transportPrefix = "/api/transport/v1"
	storagePrefix   = "/storage/"

	maxBody     = 32 << 20 // bytes of a request body
	maxRequests = 20_000   // entries of the log; older ones are dropped in halves
)

// Requests is the log of calls, refused ones and sockets included: all since New,
// or the last ten thousand at least when there were very many.
func (gw *Gateway) Requests() []Request {
	gw.mu.Lock()
	defer gw.mu.Unlock()
	return slices.Clone(gw.requests)
}

func (gw *Gateway) record(entry Request) {
	if len(gw.requests) >= maxRequests {
		gw.requests = slices.Clone(gw.requests[maxRequests/2:])
	}
	gw.requests = append(gw.requests, entry)
}

// ServeHTTP answers one call. Cut connections are http.ErrAbortHandler panics,
// which net/http turns into a closed connection.
func (gw *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	luck := gw.faults.draw(r)
	entry := Request{At: gw.now(), Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery}
	if luck.cut {
		gw.do(func() { gw.record(entry) })
		panic(http.ErrAbortHandler)
	}
	if r.URL.Path == botPrefix+"/ws" && r.Method == http.MethodGet {
		gw.serveSocket(w, r)
		return
	}
	if id, isFile := strings.CutPrefix(r.URL.Path, storagePrefix); isFile {
		gw.serveFile(w, r, id)
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		entry.Body = string(body)
	}
	q := &request{
		gw: gw, method: r.Method, path: r.URL.Path, query: r.URL.Query(), body: body, kind: r.Header.Get("Content-Type"),
		seen: map[string]bool{},
	}
	var out answer
	if luck.instead == nil && strings.HasSuffix(r.URL.Path, "/files/upload_by_url") {
		q.fetched = gw.fetch(r.Context(), body)
	}
	gw.do(func() {
		if luck.instead != nil {
			out = *luck.instead
		} else {
			out = gw.handle(q, r.Header)
		}
		entry.Status = out.status
		if luck.lost {
			entry.Status = 0
		}
		gw.record(entry)
	})
	gw.log.Debug("chat simulator: request", "method", entry.Method, "path", entry.Path, "status", entry.Status)
	if luck.lost || !wait(r, luck.slow) {
		panic(http.ErrAbortHandler)
	}
	out.write(w)
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

func unauthorized() answer { return fail(http.StatusUnauthorized, "Unauthorized") }

// botByToken finds the active bot that a token belongs to.
func (gw *Gateway) botByToken(token string) *bot {
	if gw.disabled || token == "" {
		return nil
	}
	for _, b := range gw.bots {
		if b.token == token && b.active {
			return b
		}
	}
	return nil
}

func (gw *Gateway) transportByToken(token string) *transport {
	if gw.disabled || token == "" {
		return nil
	}
	for _, t := range gw.transports {
		if t.token == token && t.active {
			return t
		}
	}
	return nil
}

// handle checks the token, finds the method and runs it. Assumed: an unknown
// parameter or field is ignored by the real system; here it is listed as not
// understood besides.
func (gw *Gateway) handle(q *request, header http.Header) answer {
	switch {
	case strings.HasPrefix(q.path, botPrefix+"/"):
		if q.bot = gw.botByToken(header.Get("X-Bot-Token")); q.bot == nil {
			return unauthorized()
		}
	case strings.HasPrefix(q.path, transportPrefix+"/"):
		if q.transport = gw.transportByToken(header.Get("X-Transport-Token")); q.transport == nil {
			return unauthorized()
		}
	}
	rt, vars, err := gw.route(q.method, q.path)
	q.vars = vars
	switch {
	case errors.Is(err, errMethod):
		q.puzzled("method not allowed")
		return fail(http.StatusMethodNotAllowed, "Method Not Allowed")
	case err != nil:
		q.puzzled("no such method")
		return fail(http.StatusNotFound, "Not Found")
	}
	if rt.json && len(q.body) > 0 && !strings.HasPrefix(q.kind, "application/json") {
		q.puzzled("body is not JSON but " + q.kind)
	}
	if !rt.json && !rt.file && len(q.body) > 0 {
		q.puzzled("a body where none belongs")
	}
	out := rt.run(gw, q)
	var names []string
	for name := range q.query {
		if !q.seen[name] {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		q.puzzled("parameter " + name)
	}
	return out
}
