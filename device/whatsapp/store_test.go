package whatsapp

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	waLog "go.mau.fi/whatsmeow/util/log"

	"vestnik/device"
	"vestnik/device/devicetest"
	sim "vestnik/sim/whatsapp"
)

// exec changes the rig's file while no session has it open.
func (r *rig) exec(query string) {
	r.t.Helper()
	db, err := sql.Open("sqlite", dsn(r.path))
	if err != nil {
		r.t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(r.ctx(), query); err != nil {
		r.t.Fatal(err)
	}
}

func TestEveryPooledConnectionHasItsPragmas(t *testing.T) {
	t.Parallel()
	v, err := openVault(t.Context(), filepath.Join(t.TempDir(), "a ? b%41#.db"), waLog.Noop)
	if err != nil {
		t.Fatal(err)
	}
	defer v.close()
	for range 2 {
		conn, err := v.db.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close() // only at the end, so that the second is another one
		for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "10000"} {
			var got string
			if err := conn.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
				t.Errorf("%s is %q (%v), want %q", pragma, got, err, want)
			}
		}
	}
	if n := v.db.Stats().OpenConnections; n != 2 {
		t.Errorf("%d connections", n)
	}
}

func TestNobodyElseReadsTheKeys(t *testing.T) {
	t.Parallel()
	r := newRig(t).link()
	files, err := filepath.Glob(filepath.Join(filepath.Dir(r.path), "*"))
	if err != nil || len(files) < 2 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", name, info.Mode(), err)
		}
	}
}

func TestTransitionsAreKeptButNotForEver(t *testing.T) {
	t.Parallel()
	v, err := openVault(t.Context(), filepath.Join(t.TempDir(), "w.db"), waLog.Noop)
	if err != nil {
		t.Fatal(err)
	}
	defer v.close()
	at := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	want := Transition{At: at, From: device.LinkConnecting, To: device.LinkBanned, Cause: "refused 402", Until: at.Add(time.Hour)}
	if err := v.keep(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	if got, err := v.transitions(t.Context(), 5); err != nil || len(got) != 1 || got[0] != want {
		t.Errorf("%+v %v", got, err)
	}
	if _, err := v.db.ExecContext(t.Context(), `UPDATE vestnik_transition SET id = ?`, keptTransitions); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := v.keep(t.Context(), Transition{At: at, From: device.LinkBanned, To: device.LinkConnecting, Cause: "x"}); err != nil {
			t.Fatal(err)
		}
	}
	var lowest int
	if err := v.db.QueryRowContext(t.Context(), `SELECT min(id) FROM vestnik_transition`).Scan(&lowest); err != nil || lowest <= 3 {
		t.Errorf("lowest %d %v", lowest, err)
	}
	if err := v.keep(t.Context(), Transition{At: at, To: "asleep"}); err == nil {
		t.Error("a state that does not exist was kept")
	}
}

func TestOpeningSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	junk := filepath.Join(dir, "junk.db")
	if err := os.WriteFile(junk, []byte(strings.Repeat("this is no database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	sink := &devicetest.Sink{}
	for name, opt := range map[string]Options{
		"no path":      {Sink: sink},
		"no sink":      {Path: filepath.Join(dir, "a.db")},
		"no directory": {Sink: sink, Path: filepath.Join(dir, "none", "a.db")},
		"no database":  {Sink: sink, Path: junk},
	} {
		s, err := New(opt)
		if err == nil {
			t.Errorf("%s: opened", name)
			s.Close()
			continue
		}
		if opt.Path != "" && opt.Sink != nil && !strings.Contains(err.Error(), opt.Path) {
			t.Errorf("%s: %v does not name the file", name, err)
		}
	}
}

func TestOneRunAtATimeAndAnotherAfterIt(t *testing.T) {
	t.Parallel()
	r := newRig(t).link()
	wantKind(t, r.s.Run(t.Context()), device.Conflict)
	wantKind(t, r.s.Close(), device.Conflict)
	r.halt()
	if l := r.s.Link(); l.State != device.LinkOff {
		t.Errorf("link %+v", l)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	wantKind(t, r.s.Switch(ctx, true), device.Unavailable)

	s, err := New(r.opt)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // a supervisor starts it again
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.Run(ctx) }()
		r.s = s
		r.awaitState(device.LinkConnected)
		r.mustSend(anaNumber, "текст")
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestTheLogNamesNobody(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	if err := r.s.StartPairing(r.ctx(), shopNumber, shopNumber); err != nil {
		t.Fatal(err)
	}
	if err := r.phone.ScanQR(r.qr()); err != nil {
		t.Fatal(err)
	}
	r.awaitState(device.LinkConnected)
	r.mustSend(anaNumber, "секретный текст")
	if _, err := r.send(nobody, "текст"); err == nil || strings.Contains(err.Error(), nobody.Digits()) {
		t.Errorf("%v", err)
	}
	if _, err := r.s.Lookup(r.ctx(), []device.Phone{anaNumber, nobody}); err != nil {
		t.Error(err)
	}
	for _, how := range []sim.Addressing{sim.ByNumber, sim.ByLID} {
		if _, err := r.ana.SendText(string(shopNumber), "секретный вопрос", how); err != nil {
			t.Fatal(err)
		}
	}
	r.srv.Faults().GarbleInbound(1)
	if _, err := r.boris.SendText(string(shopNumber), "секретное слово", sim.ByLID); err != nil {
		t.Fatal(err)
	}
	r.await("all", func() bool { return len(r.sink.IncomingMessages()) == 3 })
	r.srv.Faults().CutAfterProcessing(1)
	if _, err := r.send(borisNumber, "секретный текст"); err == nil || strings.Contains(err.Error(), borisNumber.Digits()) {
		t.Errorf("%v", err)
	}
	r.phone.Unlink()
	r.awaitState(device.LinkUnlinked)
	r.halt()
	book := r.logs.String()
	if len(book) < 10_000 {
		t.Errorf("a log of %d bytes is no run", len(book))
	}
	for _, secret := range []string{
		shopNumber.Digits(), anaNumber.Digits(), borisNumber.Digits(), nobody.Digits(), r.ana.LID(), r.boris.LID(), "секретн",
	} {
		if i := strings.Index(book, secret); i >= 0 {
			t.Errorf("the log names %q: %s", secret, book[max(0, i-300):min(len(book), i+100)])
		}
	}
	past, err := sql.Open("sqlite", dsn(r.path))
	if err != nil {
		t.Fatal(err)
	}
	defer past.Close()
	var named int
	if err := past.QueryRowContext(r.ctx(), `SELECT count(*) FROM vestnik_transition WHERE cause LIKE '%7916%'`).Scan(&named); err != nil || named != 0 {
		t.Errorf("%d causes name a number (%v)", named, err)
	}
}
