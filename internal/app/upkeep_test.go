package app

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// keeper is an upkeep on a fresh data folder, with a clock of one's own.
func keeper(t *testing.T, change func(*gateway.Settings)) (*upkeep, *time.Time) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	b, err := OpenBook(t.Context(), dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	s := gateway.DefaultSettings()
	s.Backup.Passphrase = testPassphrase
	change(&s)
	if err := b.SaveSettings(t.Context(), s, "test"); err != nil {
		t.Fatal(err)
	}
	topics := &gateway.Topics{}
	live, err := gateway.NewLive(t.Context(), b.Store, topics)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now().Truncate(time.Second)
	u := newUpkeep(b.Store, live, topics, slog.New(slog.DiscardHandler), dir, "1.0")
	u.work, u.now = 2, func() time.Time { return now }
	return u, &now
}

func (u *upkeep) look(t *testing.T) gateway.BackupStatus {
	t.Helper()
	if err := u.pass(t.Context()); err != nil {
		t.Fatal(err)
	}
	st, err := u.BackupStatus(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return st
}

func TestEveryNightABackupAndEveryWeekARehearsal(t *testing.T) {
	t.Parallel()
	u, now := keeper(t, func(*gateway.Settings) {})
	st := u.look(t)
	if st.Last == nil || !st.Last.OK || st.Rehearsed == nil || !st.Rehearsed.OK || len(st.Files) != 1 || !st.On || !st.SameDisk || st.Failing() != nil || !st.Next.After(*now) {
		t.Fatalf("%+v", st)
	}
	if info, err := os.Stat(filepath.Join(u.dir, "backups", st.Files[0].Name)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	rehearsals, backups, rehearsed := 1, 1, st.Rehearsed.At
	for range 8 * 24 {
		*now = now.Add(time.Hour)
		st = u.look(t)
		if st.Rehearsed.At.After(rehearsed) {
			rehearsed, rehearsals = st.Rehearsed.At, rehearsals+1
		}
		if st.Last.At.Equal(now.UTC()) {
			backups++
		}
	}
	if backups != 9 || rehearsals != 2 {
		t.Errorf("%d backups and %d rehearsals in eight days", backups, rehearsals)
	}
	if n := len(st.Files); n < keepDays || n > keepDays+2 {
		t.Errorf("%d files are kept", n)
	}
	if left, _ := filepath.Glob(filepath.Join(u.dir, scratchPrefix+"*")); len(left) > 0 {
		t.Errorf("left %v", left)
	}
	file, size, err := u.OpenBackup(t.Context(), st.Files[0].Name)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(file)
	file.Close()
	if err != nil || int64(len(text)) != size || size != st.Files[0].Size {
		t.Errorf("%d bytes of %d: %v", len(text), size, err)
	}
	for _, name := range []string{"", "..", "../vestnik.db", "vestnik.db", st.Files[0].Name + "x"} {
		if _, _, err := u.OpenBackup(t.Context(), name); device.KindOf(err) != device.NotFound {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestABackupThatFailsIsSaidAndTriedAgain(t *testing.T) {
	t.Parallel()
	stick := filepath.Join(t.TempDir(), "stick")
	u, now := keeper(t, func(s *gateway.Settings) { s.Backup.Folder = stick })
	st := u.look(t)
	if bad := st.Failing(); bad == nil || bad.Detail["problem"] != string(gateway.BackupNoFolder) || st.Unusable == nil {
		t.Fatalf("%+v", st)
	}
	if _, err := os.Stat(stick); !errors.Is(err, os.ErrNotExist) {
		t.Error("the place of the stick was made: the backups would go to the memory card unseen")
	}
	first := st.Last.At
	*now = now.Add(10 * time.Minute)
	if st = u.look(t); !st.Last.At.Equal(first) {
		t.Error("it was tried again at once")
	}
	if err := os.Mkdir(stick, 0o700); err != nil {
		t.Fatal(err)
	}
	*now = now.Add(time.Hour)
	if st = u.look(t); st.Failing() != nil || len(st.Files) != 1 || st.Unusable != nil {
		t.Fatalf("%+v", st)
	}
	// A backup that went bad on its stick is found by the rehearsal.
	name := filepath.Join(stick, st.Files[0].Name)
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	text[len(text)/2] ^= 1
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := u.do(t.Context(), gateway.ChoreRehearsal); err != nil {
		t.Fatal(err)
	}
	if st = u.look(t); st.Rehearsed.OK || st.Rehearsed.Detail["problem"] != string(gateway.BackupBroken) {
		t.Errorf("%+v", st.Rehearsed)
	}
}

func TestNoPassphraseNoBackup(t *testing.T) {
	t.Parallel()
	u, _ := keeper(t, func(s *gateway.Settings) { s.Backup.Passphrase = "" })
	if st := u.look(t); st.On || st.Last != nil || !st.Next.IsZero() || st.Failing() != nil {
		t.Errorf("%+v", st)
	}
	if err := u.StartBackup(t.Context(), gateway.ChoreBackup); device.KindOf(err) != device.Conflict {
		t.Error(err)
	}
}

func TestAClockThatCannotBeBelievedNamesAndDeletesNothing(t *testing.T) {
	t.Parallel()
	u, now := keeper(t, func(*gateway.Settings) {})
	u.look(t)
	*now = now.Add(24 * time.Hour)
	u.look(t)
	*now = now.AddDate(1, 0, 0)
	u.clockHolds = func() bool { return true }
	if st := u.look(t); len(st.Files) != 2 {
		t.Errorf("%+v", st.Files)
	}
	if err := u.do(t.Context(), gateway.ChoreBackup); err != nil { // a person asked for one
		t.Fatal(err)
	}
	if st := u.look(t); len(st.Files) != 3 {
		t.Errorf("%+v", st.Files)
	}
}

func TestAPersonMayAskForOneNow(t *testing.T) {
	t.Parallel()
	u, _ := keeper(t, func(*gateway.Settings) {})
	if err := u.StartBackup(t.Context(), gateway.ChoreBackup); err != nil {
		t.Fatal(err)
	}
	if err := u.StartBackup(t.Context(), gateway.ChoreRehearsal); device.KindOf(err) != device.Conflict {
		t.Errorf("two at once: %v", err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- u.Run(ctx) }()
	for deadline := time.Now().Add(20 * time.Second); ; {
		st, err := u.BackupStatus(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if st.Last != nil && st.Running == "" {
			if !st.Last.OK {
				t.Errorf("%+v", st.Last)
			}
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%+v", st)
		}
		time.Sleep(5 * time.Millisecond)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestWhenANightIs(t *testing.T) {
	t.Parallel()
	s := gateway.DefaultSettings()
	s.Shop.Timezone, s.Backup.Hour = "Europe/Berlin", 2 // 29 March 2026 has no 02:00 there
	zone := s.Shop.Zone()
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 3, day, hour, minute, 0, 0, zone) }
	for _, c := range []struct{ now, want time.Time }{
		{at(28, 1, 59), at(27, 2, 0)},
		{at(28, 2, 0), at(28, 2, 0)},
		{at(29, 1, 59), at(28, 2, 0)},
		{at(29, 3, 1), at(29, 3, 0)},
		{at(30, 1, 0), at(29, 3, 0)},
		{at(30, 2, 30), at(30, 2, 0)},
	} {
		if got := nightOf(s, c.now); !got.Equal(c.want) {
			t.Errorf("at %s: %s, want %s", c.now, got.In(zone), c.want)
		}
		if next := nextNight(s, c.now); !next.After(c.now) || next.Sub(c.now) > 26*time.Hour {
			t.Errorf("at %s the next is %s", c.now, next.In(zone))
		}
	}
	made := func(at time.Time, ok bool) gateway.Chore {
		return gateway.Chore{Name: gateway.ChoreBackup, At: at, OK: ok}
	}
	for name, c := range map[string]struct {
		last gateway.Chore
		want bool
	}{
		"never":                       {gateway.Chore{}, true},
		"last night":                  {made(at(28, 2, 5), true), false},
		"the night before":            {made(at(27, 2, 5), true), true},
		"failed just now":             {made(at(28, 11, 30), false), false},
		"failed this morning":         {made(at(28, 2, 5), false), true},
		"in a year, by a wrong clock": {made(at(28, 2, 0).AddDate(1, 0, 0), true), true},
	} {
		if got := backupDue(c.last, s, at(28, 12, 0)); got != c.want {
			t.Errorf("%s: due %v", name, got)
		}
	}
}
