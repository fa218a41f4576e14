package helpdeskeddy_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	hde "vestnik/sim/helpdeskeddy"
)

var comments = hde.Where{Method: "POST", Path: "/comments/"}

func TestCutsBeforeAndAfter(t *testing.T) {
	t.Parallel()
	r := newRig(t, hde.Options{Seed: true})
	text := obj{"text": "x"}
	r.Faults().CutBefore(1, comments)
	r.Faults().CutAfter(1, comments)
	r.get("/tickets/1041/comments/") // does not fit
	for _, made := range []int{0, 1} {
		if _, err := r.try("POST", "/tickets/1041/comments/", text); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%v", err)
		}
		same(t, "comments", len(r.Comments(1041)), made)
	}
	r.must("POST", "/tickets/1041/comments/", text)
	same(t, "left", r.Faults().Left(), 0)
	for i, want := range []int{200, 0, 0, 200} {
		if got := r.Sent()[i].Status; got != want {
			t.Errorf("request %d: status %d in the log, want %d", i, got, want)
		}
	}
}

func TestPagesInsteadOfJSON(t *testing.T) {
	t.Parallel()
	r := newRig(t, hde.Options{Seed: true})
	for _, status := range []int{502, 200} {
		r.Faults().Page(status, 1, hde.Where{})
		got := r.ask("PUT", "/tickets/1041", obj{"priority_id": 1})
		if got.status != status || !strings.HasPrefix(got.header.Get("Content-Type"), "text/html") || !strings.Contains(string(got.raw), "502 Bad Gateway") {
			t.Errorf("%d %v %s", got.status, got.header, got.raw)
		}
	}
	r.Faults().Fail(1, hde.Where{})
	r.refused(500, "PUT", "/tickets/1041", obj{"priority_id": 1})
	if got, _ := r.Ticket(1041); got.Priority != 2 {
		t.Error("processed all the same")
	}
	if left := r.get("/types/").header.Get("X-Rate-Limit-Remaining"); left != "296" {
		t.Errorf("%s left", left)
	}
}

func TestOddBodies(t *testing.T) {
	t.Parallel()
	r := newRig(t, hde.Options{Seed: true})
	for _, body := range []string{hde.OddEmpty, hde.OddNull, hde.OddList, hde.OddNoData, hde.OddText, hde.OddData, hde.OddNotice} {
		r.Faults().Odd(1, body, comments)
		got := r.ask("POST", "/tickets/1041/comments/", obj{"text": "x"})
		if got.status != 200 || string(got.raw) != body || got.header.Get("Content-Type") != "application/json" {
			t.Errorf("%q: %d %s", body, got.status, got.raw)
		}
	}
	same(t, "processed", len(r.Comments(1041)), 7)
	r.Faults().Truncate(1, hde.Where{})
	got, err := r.try("GET", "/tickets/", nil)
	if !errors.Is(err, io.ErrUnexpectedEOF) || len(got.raw) == 0 || got.body != nil {
		t.Errorf("%v %s", err, got.raw)
	}
}

func TestDownAndClear(t *testing.T) {
	t.Parallel()
	r := newRig(t, hde.Options{Seed: true})
	r.Faults().Down(true)
	if _, err := r.try("GET", "/types/", nil); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("%v", err)
	}
	r.Faults().Fail(3, hde.Where{})
	r.Faults().Clear()
	r.get("/types/")
}

func TestSlowAnswersInVirtualTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := hde.New(hde.Options{Seed: true})
		u, _ := a.User(hde.VestnikID)
		client := &http.Client{Transport: a.Transport(), Timeout: 30 * time.Second}
		ask := func() error {
			req, err := http.NewRequestWithContext(t.Context(), "POST", "https://x.example/api/v2/tickets/1041/comments/", strings.NewReader("text=x"))
			check(t, err)
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			req.SetBasicAuth(u.Email, u.Key)
			resp, err := client.Do(req)
			if err != nil {
				return err
			}
			return resp.Body.Close()
		}
		a.Faults().Slow(1, 25*time.Second, comments)
		a.Faults().SlowBy(10 * time.Second)
		started := time.Now()
		if err := ask(); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v", err)
		}
		check(t, ask())
		if took := time.Since(started); took != 40*time.Second {
			t.Errorf("took %v", took)
		}
		same(t, "comments", len(a.Comments(1041)), 2)
		a.Ban(20 * time.Minute)
		time.Sleep(20 * time.Minute) // virtual
		if _, banned := a.Banned(); banned {
			t.Error("still banned")
		}
	})
}

func TestOverASocket(t *testing.T) {
	t.Parallel()
	r := newRig(t, hde.Options{Seed: true})
	server := httptest.NewServer(r)
	defer server.Close()
	ask := func() (int, error) {
		req, err := http.NewRequestWithContext(t.Context(), "PUT", server.URL+"/api/v2/tickets/1041", strings.NewReader(`{"priority_id":1}`))
		check(t, err)
		req.Header.Set("Content-Type", "application/json")
		req.SetBasicAuth(r.as.Email, r.as.Key)
		resp, err := server.Client().Do(req)
		if err != nil {
			return 0, err
		}
		defer resp.Body.Close()
		_, err = io.ReadAll(resp.Body)
		return resp.StatusCode, err
	}
	if status, err := ask(); status != 200 || err != nil {
		t.Error(status, err)
	}
	r.Faults().CutAfter(1, hde.Where{})
	if _, err := ask(); err == nil {
		t.Error("no error")
	}
	r.Faults().Truncate(1, hde.Where{})
	if _, err := ask(); err == nil {
		t.Error("no error")
	}
}
