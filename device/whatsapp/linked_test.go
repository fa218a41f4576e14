package whatsapp

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/device/devicetest"
)

func TestTheFirstDayOfAnAccount(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	if at := r.s.LinkedSince(); !at.IsZero() {
		t.Errorf("without a phone it is linked since %v", at)
	}
	before := time.Now().Add(-time.Millisecond)
	r.link()
	first := r.s.LinkedSince()
	if first.Before(before) || first.After(time.Now()) {
		t.Fatalf("linked since %v", first)
	}
	r.restart()
	if at := r.s.LinkedSince(); !at.Equal(first) {
		t.Errorf("after a restart %v, not %v", at, first)
	}
	r.awaitState(device.LinkConnected)
	if err := r.s.Unlink(r.ctx()); err != nil {
		t.Fatal(err)
	}
	r.awaitState(device.LinkUnpaired)
	if at := r.s.LinkedSince(); !at.IsZero() {
		t.Errorf("after the end of the link it is linked since %v", at)
	}
	r.link()
	if at := r.s.LinkedSince(); !at.Equal(first) {
		t.Errorf("the same number again: %v, not %v", at, first)
	}
	if err := r.s.Unlink(r.ctx()); err != nil {
		t.Fatal(err)
	}
	r.awaitState(device.LinkUnpaired)
	other := r.srv.AddPhone("+79160000077", "Вторая лавка")
	again := time.Now().Add(-time.Millisecond)
	r.scan(other)
	r.awaitState(device.LinkConnected)
	if at := r.s.LinkedSince(); at.Before(again) {
		t.Errorf("another number is linked since %v", at)
	}
}

func TestAFileOfAnOlderVersionTellsTheFirstDayFromItsTransitions(t *testing.T) {
	t.Parallel()
	r := newRig(t).link()
	linked := r.s.LinkedSince()
	r.halt()
	for _, query := range []string{
		`DROP TABLE vestnik_account`,
		`ALTER TABLE vestnik_transition DROP COLUMN code`,
		`ALTER TABLE vestnik_lock DROP COLUMN code`,
	} {
		r.exec(query)
	}
	r.start()
	r.awaitState(device.LinkConnected)
	if at := r.s.LinkedSince(); at.IsZero() || at.Sub(linked).Abs() > 5*time.Second {
		t.Errorf("linked since %v, not %v", at, linked)
	}
	r.halt()
	r.exec(`DELETE FROM vestnik_account; DELETE FROM vestnik_transition;
		INSERT INTO vestnik_transition (at, from_state, to_state, cause) VALUES (1700000000000, 'connected', 'connecting', 'connection lost')`)
	r.start()
	if at := r.s.LinkedSince(); at.UnixMilli() != 1700000000000 {
		t.Errorf("linked since %v at least", at)
	}
}

func TestACopyOfTheFileKeepsTheFirstDay(t *testing.T) {
	t.Parallel()
	r := newRig(t).link()
	first := r.s.LinkedSince()
	copied := filepath.Join(t.TempDir(), "copy.db")
	if _, err := Copy(r.ctx(), r.path, copied); err != nil {
		t.Fatal(err)
	}
	if err := Renew(r.ctx(), copied); err != nil {
		t.Fatal(err)
	}
	s, err := New(Options{Path: copied, Sink: &devicetest.Sink{}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if at := s.LinkedSince(); !at.Equal(first) {
		t.Errorf("%v, not %v", at, first)
	}
}

func TestAFileWithoutAnythingKnowsNoFirstDay(t *testing.T) {
	t.Parallel()
	v := &vault{}
	var err error
	if v.db, err = sql.Open("sqlite", ":memory:"); err != nil {
		t.Fatal(err)
	}
	defer v.db.Close()
	v.db.SetMaxOpenConns(1)
	for range 2 { // the second time nothing is missing
		if err := v.makeOwnTables(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	if at, err := v.rememberLinked(context.Background(), "79160000001"); err != nil || !at.IsZero() {
		t.Errorf("%v %v", at, err)
	}
}
