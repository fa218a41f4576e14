package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"
)

// listening holds the doors which the server opened itself: a TCP listener, or a listener of in-memory pipes.
type listening struct {
	mu       sync.Mutex
	tcp      *http.Server
	tcpAddr  string
	pipe     *http.Server
	pipes    *pipeListener
	idle     []*http.Transport
	serving  sync.WaitGroup
	stopping bool
}

func (l *listening) start(s *Server) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stopping {
		return fmt.Errorf("whatsapp simulator: start: %w", net.ErrClosed)
	}
	if l.tcp != nil {
		return nil
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("whatsapp simulator: start: %w", err)
	}
	l.tcp, l.tcpAddr = &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}, ln.Addr().String()
	server := l.tcp
	l.serving.Go(func() { _ = server.Serve(ln) }) // always ends with ErrServerClosed
	return nil
}

func (l *listening) addr() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.tcpAddr
}

func (l *listening) close() error {
	l.mu.Lock()
	l.stopping = true
	var errs []error
	if l.tcp != nil {
		errs = append(errs, l.tcp.Close())
	}
	if l.pipe != nil {
		errs = append(errs, l.pipe.Close())
	}
	for _, t := range l.idle {
		t.CloseIdleConnections()
	}
	l.mu.Unlock()
	l.serving.Wait()
	return errors.Join(errs...)
}

// HTTPClient leads every request of a client to this server, whatever host it names. Give it to SetWebsocketHTTPClient,
// SetPreLoginHTTPClient and SetMediaHTTPClient. It opens the loopback listener (Start) when it is used first.
func (s *Server) HTTPClient() *http.Client {
	return s.client(func(ctx context.Context, _, _ string) (net.Conn, error) {
		if err := s.Start(); err != nil {
			return nil, err
		}
		var d net.Dialer
		return d.DialContext(ctx, "tcp", s.Addr())
	})
}

// PipeHTTPClient is HTTPClient over in-memory pipes: no sockets, so that it works in virtual time. Inside a testing/synctest bubble
// call New, PipeHTTPClient and everything else in the bubble, and Close before its end.
func (s *Server) PipeHTTPClient() *http.Client {
	l := &s.listen
	l.mu.Lock()
	if l.pipe == nil && !l.stopping {
		l.pipes = &pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}
		l.pipe = &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
		server, pipes := l.pipe, l.pipes
		l.serving.Go(func() { _ = server.Serve(pipes) }) // always ends with ErrServerClosed
	}
	pipes := l.pipes
	l.mu.Unlock()
	return s.client(func(ctx context.Context, _, _ string) (net.Conn, error) {
		if pipes == nil {
			return nil, net.ErrClosed
		}
		return pipes.dial(ctx)
	})
}

func (s *Server) client(dial func(ctx context.Context, network, addr string) (net.Conn, error)) *http.Client {
	transport := &http.Transport{DialContext: dial, Proxy: nil, DisableCompression: true}
	s.listen.mu.Lock()
	s.listen.idle = append(s.listen.idle, transport)
	s.listen.mu.Unlock()
	return &http.Client{Transport: &rewriter{srv: s, next: transport}}
}

// rewriter turns https://any.host/path into http on the simulator. The Host header keeps the real name: the websocket's origin
// check compares it with Origin.
type rewriter struct {
	srv  *Server
	next http.RoundTripper
}

func (r *rewriter) RoundTrip(req *http.Request) (*http.Response, error) {
	if r.srv.faults.isDown() {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}
	clone := req.Clone(req.Context())
	clone.Host = req.URL.Host
	clone.URL.Scheme = "http"
	return r.next.RoundTrip(clone)
}

// pipeListener accepts the server ends of in-memory connections.
type pipeListener struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (p *pipeListener) dial(ctx context.Context) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case p.conns <- server:
		return client, nil
	case <-p.closed:
		return nil, &net.OpError{Op: "dial", Net: "pipe", Err: syscall.ECONNREFUSED}
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipeListener) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *pipeListener) Addr() net.Addr { return pipeAddr{} }

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "pipe" }
