package main

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

// started is a daemon in this process.
type started struct {
	url, out string
	stop     func()
	code     chan int
}

var address = regexp.MustCompile(`http://\S+`)

func start(t *testing.T, dir string) *started {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r, w := io.Pipe()
	s := &started{stop: cancel, code: make(chan int, 1)}
	go func() {
		s.code <- run(ctx, []string{"serve", "--data", dir, "--listen", "127.0.0.1:0", "--log-level", "error"}, streams{strings.NewReader(""), w, io.Discard}, func(string) string { return "" })
		w.Close()
	}()
	lines := bufio.NewScanner(r)
	for s.url == "" && lines.Scan() {
		s.url = address.FindString(lines.Text())
	}
	if lines.Scan() {
		s.out = lines.Text()
	}
	go io.Copy(io.Discard, r) //nolint:errcheck // what comes later is of no interest
	t.Cleanup(func() { cancel() })
	return s
}

func TestServeStartsAndEndsCleanly(t *testing.T) {
	t.Parallel()
	s := start(t, t.TempDir())
	if !strings.Contains(s.out, "Setup code: ") {
		t.Errorf("no setup code in %q", s.out)
	}
	for path, want := range map[string]int{"healthz": 200, "readyz": 200, "metrics": 200, "api/v1/openapi.json": 200, "api/v1/status": 401, "setup": 200} {
		resp, err := http.Get(s.url + path)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%s: %s", path, resp.Status)
		}
	}
	began := time.Now()
	s.stop()
	if code := <-s.code; code != 0 || time.Since(began) > 10*time.Second {
		t.Errorf("exit %d after %s", code, time.Since(began))
	}
}

func TestTwoDaemonsOnOneFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := start(t, dir)
	var said strings.Builder
	code := run(t.Context(), []string{"serve", "--data", dir, "--listen", "127.0.0.1:0"}, streams{strings.NewReader(""), io.Discard, &said}, func(string) string { return "" })
	if code != 1 || !strings.Contains(said.String(), "another Vestnik already uses the data folder") {
		t.Errorf("exit %d: %s", code, said.String())
	}
	s.stop()
	<-s.code
}

func TestPortTaken(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var said strings.Builder
	code := run(t.Context(), []string{"serve", "--data", t.TempDir(), "--listen", l.Addr().String()}, streams{strings.NewReader(""), io.Discard, &said}, func(string) string { return "" })
	if code != 1 || !strings.Contains(said.String(), "choose another with --listen") {
		t.Errorf("exit %d: %s", code, said.String())
	}
}
