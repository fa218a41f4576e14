package main

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// gate is the box's way to the internet: an HTTP proxy that takes CONNECT
// (RFC 9110 §9.3.6), whoever is asked for, ends the TLS with a certificate of its own
// authority, and hands the plain stream to the WhatsApp simulator. The box needs
// HTTPS_PROXY and SSL_CERT_FILE for that, and no change.
type gate struct {
	// CAFile is the authority's certificate in PEM.
	CAFile string

	upstream string
	listener net.Listener
	config   *tls.Config

	mu    sync.Mutex
	conns map[net.Conn]struct{}
	asked map[string]int
	done  bool
	all   sync.WaitGroup
}

func newGate(dir, upstream string) (*gate, error) {
	g := &gate{CAFile: filepath.Join(dir, "gate-ca.pem"), upstream: upstream, conns: map[net.Conn]struct{}{}, asked: map[string]int{}}
	if err := g.certify(); err != nil {
		return nil, err
	}
	var err error
	if g.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, fmt.Errorf("gate: %w", err)
	}
	g.all.Go(g.accept)
	return g, nil
}

// certify makes an authority and a certificate for WhatsApp's hosts, both good for a
// day.
func (g *gate) certify() error {
	ca, caKey, err := g.issue(&x509.Certificate{
		Subject: pkix.Name{CommonName: "Vestnik soak"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}, nil, nil)
	if err != nil {
		return err
	}
	parent, err := x509.ParseCertificate(ca)
	if err != nil {
		return fmt.Errorf("gate: certificate: %w", err)
	}
	leaf, leafKey, err := g.issue(&x509.Certificate{
		Subject: pkix.Name{CommonName: "web.whatsapp.com"}, DNSNames: []string{"*.whatsapp.com", "*.whatsapp.net"},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, parent, caKey)
	if err != nil {
		return err
	}
	g.config = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{leaf}, PrivateKey: leafKey}}, MinVersion: tls.VersionTLS12}
	return os.WriteFile(g.CAFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca}), 0o600)
}

// issue signs a certificate; without a parent it signs itself.
func (g *gate) issue(t, parent *x509.Certificate, by *ecdsa.PrivateKey) ([]byte, *ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, fmt.Errorf("gate: key: %w", err)
	}
	if t.SerialNumber, err = rand.Int(rand.Reader, big.NewInt(1<<62)); err != nil {
		return nil, nil, fmt.Errorf("gate: serial number: %w", err)
	}
	t.NotBefore, t.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(24*time.Hour)
	if parent == nil {
		parent, by = t, key
	}
	der, err := x509.CreateCertificate(rand.Reader, t, parent, &key.PublicKey, by)
	if err != nil {
		return nil, nil, fmt.Errorf("gate: certificate: %w", err)
	}
	return der, key, nil
}

// Addr is host:port of the proxy.
func (g *gate) Addr() string { return g.listener.Addr().String() }

// Cut ends every connection at once, as a router that restarts does.
func (g *gate) Cut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for c := range g.conns {
		_ = c.Close() // the other side notices
	}
}

// Hosts are the names that the box asked for.
func (g *gate) Hosts() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	var names []string
	for name := range g.asked {
		names = append(names, name)
	}
	return names
}

// Close ends the proxy and all its connections.
func (g *gate) Close() {
	g.mu.Lock()
	g.done = true
	g.mu.Unlock()
	_ = g.listener.Close()
	g.Cut()
	g.all.Wait()
}

func (g *gate) accept() {
	for {
		c, err := g.listener.Accept()
		if err != nil {
			return // closed
		}
		g.all.Go(func() {
			defer g.forget(c)
			if g.keep(c) {
				g.serve(c)
			}
		})
	}
}

func (g *gate) keep(c net.Conn) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.done {
		g.conns[c] = struct{}{}
	}
	return !g.done
}

func (g *gate) forget(c net.Conn) {
	_ = c.Close() // it may be closed already
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.conns, c)
}

// serve is one connection of the box. Any error ends it; the box shall cope.
func (g *gate) serve(c net.Conn) {
	_ = c.SetDeadline(time.Now().Add(20 * time.Second)) // of the beginning; cleared below
	in := bufio.NewReader(c)
	req, err := http.ReadRequest(in)
	if err != nil {
		return
	}
	if req.Method != http.MethodConnect {
		_, _ = io.WriteString(c, "HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n")
		return
	}
	g.mu.Lock()
	g.asked[req.Host]++
	g.mu.Unlock()
	if _, err := io.WriteString(c, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		return
	}
	inside := tls.Server(buffered{c, in}, g.config)
	if err := inside.Handshake(); err != nil {
		return
	}
	out, err := net.Dial("tcp", g.upstream)
	if err != nil || !g.keep(out) {
		return
	}
	defer g.forget(out)
	_ = c.SetDeadline(time.Time{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = io.Copy(out, inside)
		_ = out.Close()
	}()
	_, _ = io.Copy(inside, out)
	_ = c.Close()
	<-done
}

// buffered is a connection of which some octets were read ahead.
type buffered struct {
	net.Conn
	in *bufio.Reader
}

func (b buffered) Read(p []byte) (int, error) { return b.in.Read(p) }
