package messagegateway

import (
	"context"
	"net"
	"net/http"
	"sync"
	"time"
)

// Pipe serves the gateway over in-memory connections, sockets included, so that it
// works in virtual time: inside a testing/synctest bubble call New and Pipe in the
// bubble and stop before its end. The client reaches the gateway under any http
// address.
func (gw *Gateway) Pipe() (client *http.Client, stop func()) {
	pipes := &pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}
	server := &http.Server{Handler: gw, ReadHeaderTimeout: 10 * time.Second}
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(pipes) }) // always ends with ErrServerClosed
	transport := &http.Transport{DialContext: pipes.dial, Proxy: nil, DisableCompression: true}
	return &http.Client{Transport: transport}, func() {
		gw.faults.DropSockets()
		transport.CloseIdleConnections()
		_ = server.Close() // closes what is left, in whatever state
		serving.Wait()
	}
}

// pipeListener hands out one end of a net.Pipe and accepts the other.
type pipeListener struct {
	conns  chan net.Conn
	once   sync.Once
	closed chan struct{}
}

func (l *pipeListener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case l.conns <- far:
		return near, nil
	case <-l.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept implements [net.Listener].
func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close implements [net.Listener].
func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

// Addr implements [net.Listener].
func (l *pipeListener) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "pipe"} }
