// Package inprocess carries HTTP requests to a simulator inside the process: no sockets and
// no goroutines, so that it works under testing/synctest.
package inprocess

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"syscall"
)

// Transport carries requests to a handler, whatever their host. A connection that the handler
// cuts (http.ErrAbortHandler) comes out as the error a network would give.
func Transport(h http.Handler) http.RoundTripper { return direct{h} }

// Refuse makes the connection that is about to be cut one that was never made. It does nothing for
// a real one.
func Refuse(w http.ResponseWriter) {
	if rec, inside := w.(*recorder); inside {
		rec.refused = true
	}
}

type direct struct{ handler http.Handler }

// RoundTrip implements [http.RoundTripper].
func (d direct) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	if req.Body != nil {
		defer req.Body.Close()
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	in := req.Clone(ctx)
	if in.Body == nil {
		in.Body = http.NoBody
	}
	if in.Host == "" {
		in.Host = in.URL.Host
	}
	rec := &recorder{header: http.Header{}}
	cut := serve(d.handler, rec, in)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if cut != nil && rec.status == 0 {
		return nil, fmt.Errorf("%s %s: %w", req.Method, req.URL.Redacted(), cut)
	}
	if rec.status == 0 {
		rec.status = http.StatusOK
	}
	var body io.Reader = &rec.body
	if cut != nil {
		body = io.MultiReader(&rec.body, broken{})
	}
	return &http.Response{
		Status: fmt.Sprintf("%d %s", rec.status, http.StatusText(rec.status)), StatusCode: rec.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: rec.header, Body: io.NopCloser(body), ContentLength: -1, Request: req,
	}, nil
}

// serve runs the handler and turns its cut connections into network errors.
func serve(h http.Handler, rec *recorder, r *http.Request) (cut error) {
	defer func() {
		switch v := recover(); {
		case v == nil:
		case v != http.ErrAbortHandler:
			panic(v)
		case rec.refused:
			cut = &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
		default:
			cut = io.ErrUnexpectedEOF
		}
	}()
	h.ServeHTTP(rec, r)
	return nil
}

// broken is a body whose rest never comes.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// recorder is a response kept in memory.
type recorder struct {
	header  http.Header
	status  int
	body    bytes.Buffer
	refused bool // the host did not answer at all
}

func (r *recorder) Header() http.Header { return r.header }

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
}

func (r *recorder) Write(p []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	return r.body.Write(p)
}
