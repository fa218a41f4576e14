package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

func TestTheLogIsWrittenBack(t *testing.T) {
	t.Parallel()
	s := testStore(t)
	ctx := context.Background()
	detail := gateway.Args{"x": string(make([]byte, 3000))}
	for i := range 3000 {
		if err := s.SaveChore(ctx, gateway.Chore{Name: gateway.ChoreName(fmt.Sprint("c", i%50)), At: time.Now(), Detail: detail}); err != nil {
			t.Fatal(err)
		}
	}
	info, err := os.Stat(s.path + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() > 12<<20 {
		t.Errorf("the log has grown to %d MiB", info.Size()>>20)
	}
	var busy, log, done int
	if err := s.reader.pool.QueryRowContext(ctx, `PRAGMA wal_checkpoint(NOOP)`).Scan(&busy, &log, &done); err != nil {
		t.Fatal(err)
	}
	if log-done > checkpointPages*2 {
		t.Errorf("%d of %d pages are not written back", log-done, log)
	}
}

// A damaged page is told once, and nothing is written after it.
func TestDamageIsToldAndEndsWriting(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "vestnik.db")
	s, err := Open(ctx, Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 500 {
		if err := s.SaveChore(ctx, gateway.Chore{Name: gateway.ChoreName(fmt.Sprint("chore ", i)), At: time.Now(), Detail: gateway.Args{"text": "some words that fill pages"}}); err != nil {
			t.Fatal(err)
		}
	}
	var root int
	if err := s.reader.pool.QueryRowContext(ctx, `SELECT rootpage FROM sqlite_schema WHERE name = 'chore'`).Scan(&root); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(make([]byte, pageSize), int64(root-1)*pageSize); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	var told atomic.Int32
	var heard error
	s, err = Open(ctx, Options{Path: path, OnFault: func(err error) { heard = err; told.Add(1) }})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		_, err := s.Chores(ctx)
		wantCode(t, err, "SQLITE_CORRUPT")
	}
	if told.Load() != 1 {
		t.Fatalf("told %d times", told.Load())
	}
	wantCode(t, heard, "SQLITE_CORRUPT")
	wantCode(t, s.Broken(), "SQLITE_CORRUPT")
	wantCode(t, s.SaveReference(ctx, gateway.Reference{}), "SQLITE_CORRUPT")
	if err := s.Check(ctx); err == nil {
		t.Error("the check finds nothing")
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	var e *device.Error
	if !errors.As(err, &e) || e.Code != code {
		t.Errorf("%v; want the code %s", err, code)
	}
}
