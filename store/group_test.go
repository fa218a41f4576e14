package store

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
)

// together asks for all changes while nobody may write, in their order, and then lets
// them go; it answers what each was told.
func together(t *testing.T, s *Store, changes ...func(querier) error) []error {
	t.Helper()
	told := make([]error, len(changes))
	<-s.writer.turn
	var asked sync.WaitGroup
	for i, do := range changes {
		have := s.writer.queue.length()
		asked.Go(func() {
			defer func() {
				if r := recover(); r != nil {
					told[i] = errors.New("panic: " + r.(string))
				}
			}()
			told[i] = s.writer.transact(context.Background(), do)
		})
		for s.writer.queue.length() == have {
			synctest.Wait()
		}
	}
	s.writer.turn <- struct{}{}
	asked.Wait()
	return told
}

func (q *queue) length() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.jobs)
}

func put(name string) func(querier) error {
	return func(q querier) error {
		_, err := q.ExecContext(context.Background(), `INSERT INTO counter (name, value) VALUES (?, 1)`, name)
		return err
	}
}

func counters(t *testing.T, s *Store) (names string) {
	t.Helper()
	if err := s.reader.QueryRowContext(context.Background(), `SELECT coalesce(group_concat(name, ' '), '') FROM (SELECT name FROM counter ORDER BY name)`).Scan(&names); err != nil {
		t.Fatal(err)
	}
	return names
}

func TestChangesThatWaitShareATransaction(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := testStore(t)
		var seen string
		told := together(t, s, put("a"), put("b"), func(querier) error { seen = counters(t, s); return nil })
		for i, err := range told {
			if err != nil {
				t.Errorf("change %d: %v", i, err)
			}
		}
		if seen != "" {
			t.Errorf("%q was committed before the last change was in", seen)
		}
		if got := counters(t, s); got != "a b" {
			t.Errorf("kept: %q", got)
		}
	})
}

func TestAChangeThatFailsTakesNoOtherAlong(t *testing.T) {
	t.Parallel()
	bad := errors.New("no")
	fails := func(q querier) error { return errors.Join(put("bad")(q), bad) }
	panics := func(q querier) error { _ = put("worse")(q); panic("oh") }
	synctest.Test(t, func(t *testing.T) {
		s := testStore(t)
		told := together(t, s, fails, put("a"), fails, panics, put("b"))
		if !errors.Is(told[0], bad) || told[1] != nil || !errors.Is(told[2], bad) || told[3] == nil || told[3].Error() != "panic: oh" || told[4] != nil {
			t.Errorf("told: %v", told)
		}
		if got := counters(t, s); got != "a b" {
			t.Errorf("kept: %q", got)
		}
	})
}

func TestALostTransactionIsToldToAll(t *testing.T) {
	t.Parallel()
	// SQLite ends the transaction by itself when the disk is full or fails.
	loses := func(q querier) error {
		_, err := q.ExecContext(context.Background(), `ROLLBACK`)
		return errors.Join(err, errors.New("disk"))
	}
	synctest.Test(t, func(t *testing.T) {
		s := testStore(t)
		told := together(t, s, put("a"), put("b"), loses, put("c"))
		if told[0] == nil || told[1] == nil || told[2] == nil || told[3] != nil {
			t.Errorf("told: %v", told)
		}
		if got := counters(t, s); got != "c" {
			t.Errorf("kept: %q", got)
		}
		// A commit that fails, fails all as well: here by a reference to no rule.
		orphan := func(q querier) error {
			_, err := q.ExecContext(context.Background(), `INSERT INTO decision (rule, verdict, reason, number, name, name_key, status, at, message) VALUES ('', 'send', '', '', '', '', '', 0, 77)`)
			return err
		}
		told = together(t, s, put("d"), orphan)
		if told[0] == nil || told[1] == nil {
			t.Errorf("told: %v", told)
		}
		if got := counters(t, s); got != "c" {
			t.Errorf("kept: %q", got)
		}
	})
}

func TestWhoGoesAwayBeforeHisTurnHasChangedNothing(t *testing.T) {
	t.Parallel()
	s := testStore(t)
	<-s.writer.turn
	ctx, cancel := context.WithCancel(context.Background())
	gone := make(chan error, 1)
	go func() { gone <- s.writer.transact(ctx, put("a")) }()
	cancel()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Errorf("told: %v", err)
	}
	s.writer.turn <- struct{}{}
	if err := s.writer.transact(context.Background(), put("b")); err != nil {
		t.Fatal(err)
	}
	if got := counters(t, s); got != "b" {
		t.Errorf("kept: %q", got)
	}
}

func TestManyWritersAtOnce(t *testing.T) {
	t.Parallel()
	s := testStore(t)
	if err := s.writer.transact(context.Background(), put("n")); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			for range 10 {
				if err := s.writer.transact(context.Background(), func(q querier) error {
					_, err := q.ExecContext(context.Background(), `UPDATE counter SET value = value + 1 WHERE name = 'n'`)
					return err
				}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	var n int
	if err := s.writer.use(context.Background(), func(conn *sql.Conn) error {
		return conn.QueryRowContext(context.Background(), `SELECT value FROM counter WHERE name = 'n'`).Scan(&n)
	}); err != nil || n != 201 {
		t.Errorf("%d, %v", n, err)
	}
}
