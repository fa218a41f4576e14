package app

import (
	"archive/tar"
	"bytes"
	"database/sql"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"vestnik/gateway"
	"vestnik/internal/app/sealed"
	"vestnik/store"
)

func problemOf(err error) gateway.BackupProblem {
	var f *gateway.BackupFault
	if errors.As(err, &f) {
		return f.Problem
	}
	return ""
}

// listing is everything in a folder with its contents, to see that nothing changed.
func listing(t *testing.T, dir string) string {
	t.Helper()
	var out strings.Builder
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == lockName {
			return err
		}
		text, err := os.ReadFile(path)
		out.WriteString(path + " " + string(text) + "\n")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// sealFile is a backup file of one's own making.
func sealFile(t *testing.T, passphrase string, plain []byte) []byte {
	t.Helper()
	to, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		t.Fatal(err)
	}
	to.SetWorkFactor(2)
	var out bytes.Buffer
	w, err := age.Encrypt(&out, to)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(plain); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func plainOf(t *testing.T, file string) []byte {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := sealed.Open(f, testPassphrase)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return plain
}

func TestABadFileIsASentenceAndChangesNothing(t *testing.T) {
	t.Parallel()
	good := backupOf(t, "Новая")
	whole, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	plain := plainOf(t, good)
	flip := func(data []byte, at int) []byte {
		data = bytes.Clone(data)
		data[at] ^= 0x40
		return data
	}
	remade := func(change func(*sealed.Manifest)) []byte {
		return sealFile(t, testPassphrase, remake(t, plain, change))
	}
	// The header ends with a line of 48 characters; a nonce and the blocks follow.
	block := bytes.Index(whole, []byte("\n---")) + 1 + 48 + 16 + 64<<10 + 16
	for name, c := range map[string]struct {
		data []byte
		want gateway.BackupProblem
	}{
		"empty":                  {nil, gateway.BackupNotOurs},
		"another file":           {[]byte("PK\x03\x04 a zip of photographs"), gateway.BackupNotOurs},
		"half of the first line": {whole[:10], gateway.BackupNotOurs},
		"cut in the header":      {whole[:60], gateway.BackupCut},
		"cut in the middle":      {whole[:len(whole)/2], gateway.BackupBroken},
		"cut at a block's end":   {whole[:block], gateway.BackupCut},
		"its last byte lost":     {whole[:len(whole)-1], gateway.BackupBroken},
		"a flipped byte":         {flip(whole, len(whole)/2), gateway.BackupBroken},
		"a flipped last byte":    {flip(whole, len(whole)-1), gateway.BackupBroken},
		"another passphrase":     {sealFile(t, testPassphrase+"!", plain), gateway.BackupWrongPass},
		"an encrypted text":      {sealFile(t, testPassphrase, []byte("dear diary")), gateway.BackupCut},
		"bytes behind the end":   {append(bytes.Clone(whole), "more"...), gateway.BackupBroken},
		"a newer format":         {remade(func(m *sealed.Manifest) { m.Format, m.Product = 2, "7.0" }), gateway.BackupNewer},
		"no format":              {remade(func(m *sealed.Manifest) { m.Format = 0 }), gateway.BackupBroken},
		"another hash":           {remade(func(m *sealed.Manifest) { m.Members[0].SHA256 = strings.Repeat("0", 64) }), gateway.BackupBroken},
		"another size":           {remade(func(m *sealed.Manifest) { m.Members[0].Size-- }), gateway.BackupBroken},
		"a size of no disk":      {remade(func(m *sealed.Manifest) { m.Members[0].Size = 1 << 60 }), gateway.BackupNoRoom},
		"a negative size":        {remade(func(m *sealed.Manifest) { m.Members[0].Size = -1 }), gateway.BackupBroken},
		"a name that leads out":  {remade(func(m *sealed.Manifest) { m.Members[0].Name = "../vestnik.db" }), gateway.BackupBroken},
		"no members":             {remade(func(m *sealed.Manifest) { m.Members = nil }), gateway.BackupBroken},
		"more rows":              {remade(func(m *sealed.Manifest) { m.Rows["message"] = 5 }), gateway.BackupDiffers},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "x.age")
			if err := os.WriteFile(file, c.data, 0o600); err != nil {
				t.Fatal(err)
			}
			dir := oldFolder(t, "Старая")
			before := listing(t, dir)
			_, err := Restore(t.Context(), RestoreOptions{DataDir: dir, File: file, Passphrase: testPassphrase, Log: slog.New(slog.DiscardHandler)})
			if problemOf(err) != c.want {
				t.Errorf("%q: %v", problemOf(err), err)
			}
			if after := listing(t, dir); after != before {
				t.Error("the data folder was changed")
			}
			if err != nil && strings.Contains(err.Error(), testPassphrase) {
				t.Error("the passphrase stands in the error")
			}
		})
	}
}

// remake writes the tar anew with another manifest.
func remake(t *testing.T, plain []byte, change func(*sealed.Manifest)) []byte {
	t.Helper()
	in := tar.NewReader(bytes.NewReader(plain))
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		if h.Name == "manifest.json" {
			var m sealed.Manifest
			if err := json.Unmarshal(text, &m); err != nil {
				t.Fatal(err)
			}
			change(&m)
			if text, err = json.Marshal(m); err != nil {
				t.Fatal(err)
			}
		}
		h.Size = int64(len(text))
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(text); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestAFolderInUseIsNotRestored(t *testing.T) {
	t.Parallel()
	file, dir := backupOf(t, "Новая"), oldFolder(t, "Старая")
	lock, err := lockFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	_, err = Restore(t.Context(), RestoreOptions{DataDir: dir, File: file, Passphrase: testPassphrase, Log: slog.New(slog.DiscardHandler)})
	if problemOf(err) != gateway.BackupRunning {
		t.Error(err)
	}
}

// An older ledger is brought up to date on the way.
func TestABackupOfAnOlderVersionIsMigrated(t *testing.T) {
	t.Parallel()
	from := t.TempDir()
	ledger := filepath.Join(from, sealed.Ledger)
	db, err := sql.Open("sqlite", ledger)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"../../store/migrations/0001_ledger.sql", "../../store/testdata/version-1.sql"} {
		script, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.ExecContext(t.Context(), string(script)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.ExecContext(t.Context(), `PRAGMA user_version = 1; PRAGMA application_id = 0x5653544e`); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	info, err := store.CheckFile(t.Context(), ledger)
	if err != nil || info.Schema != 1 || info.Rows["message"] == 0 {
		t.Fatal(info, err)
	}
	m := sealed.Manifest{Format: 1, Product: "0.1", MadeAt: time.Unix(1_700_000_000, 0).UTC(), Rows: info.Rows}
	if err := m.Add(from, sealed.Ledger, 1); err != nil {
		t.Fatal(err)
	}
	file, dir := filepath.Join(t.TempDir(), "old.age"), filepath.Join(t.TempDir(), "data")
	out, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := sealed.Pack(t.Context(), out, testPassphrase, 2, from, m, func(_, _ int64) {}); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := Restore(t.Context(), RestoreOptions{DataDir: dir, File: file, Passphrase: testPassphrase, Log: slog.New(slog.DiscardHandler)})
	if err != nil || !r.MadeAt.Equal(m.MadeAt) || r.Aside != "" {
		t.Fatal(r, err)
	}
	if now, err := store.CheckFile(t.Context(), ledgerCopy(t, dir)); err != nil || now.Schema != store.SchemaVersion() || now.Rows["message"] != info.Rows["message"] {
		t.Error(now, err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*version*")); len(left) > 0 {
		t.Errorf("left %v", left)
	}
}

func ledgerCopy(t *testing.T, dir string) string {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{Path: filepath.Join(dir, sealed.Ledger)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	path := filepath.Join(t.TempDir(), "copy.db")
	if err := s.Backup(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	return path
}

// A file cannot make the box take gigabytes of memory for its passphrase.
func TestTheCostOfAPassphraseIsBounded(t *testing.T) {
	data := "age-encryption.org/v1\n-> scrypt AAAAAAAAAAAAAAAAAAAAAA 22\n" + strings.Repeat("A", 43) + "\n--- " + strings.Repeat("A", 43) + "\n"
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before) // nothing else runs: this test is not a parallel one
	if _, err := sealed.Open(strings.NewReader(data), testPassphrase); problemOf(err) != gateway.BackupBroken {
		t.Error(err)
	}
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > 256<<20 { // 2^22 rounds would take 4 GiB
		t.Errorf("it took %d MiB", took>>20)
	}
}
