package sealed

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"vestnik/gateway"
)

func problemOf(err error) gateway.BackupProblem {
	var f *gateway.BackupFault
	if errors.As(err, &f) {
		return f.Problem
	}
	return ""
}

// The reader of the container believes nothing: whatever comes, it answers a fault or
// files that are as the manifest says.
func FuzzUnpack(f *testing.F) {
	member := []byte("SQLite format 3\x00 and so on")
	dir := f.TempDir()
	if err := os.WriteFile(filepath.Join(dir, Ledger), member, 0o600); err != nil {
		f.Fatal(err)
	}
	m := Manifest{Format: 1, Product: "1", MadeAt: time.Unix(1, 0).UTC()}
	if err := m.Add(dir, Ledger, 2); err != nil {
		f.Fatal(err)
	}
	var plain bytes.Buffer
	if err := packPlain(context.Background(), &plain, dir, m, func(_, _ int64) {}); err != nil {
		f.Fatal(err)
	}
	f.Add(plain.Bytes())
	f.Add(plain.Bytes()[:700])
	f.Add([]byte("manifest.json"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		into := t.TempDir()
		m, err := Unpack(context.Background(), bytes.NewReader(data), into, func(int64) error { return nil })
		if err != nil {
			if problemOf(err) == "" && !errors.Is(err, os.ErrExist) {
				t.Errorf("an error without a sentence: %v", err)
			}
			return
		}
		for _, member := range m.Members {
			sum, size, err := fileHash(filepath.Join(into, member.Name))
			if err != nil || sum != member.SHA256 || size != member.Size {
				t.Errorf("%+v came out with %d bytes, %s, %v", member, size, sum, err)
			}
		}
		if out, _ := filepath.Glob(filepath.Join(filepath.Dir(into), "*.db")); len(out) > 0 {
			t.Errorf("written outside: %v", out)
		}
	})
}

func FuzzOpenSealed(f *testing.F) {
	f.Add([]byte("age-encryption.org/v1\n-> scrypt AAAAAAAAAAAAAAAAAAAAAA 2\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n--- AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"))
	f.Add([]byte("age-encryption.org/v1\n-> scrypt AAAAAAAAAAAAAAAAAAAAAA 30\n\n---"))
	f.Fuzz(func(t *testing.T, data []byte) {
		// A fuzzed cost would only make this slow: the bound on it has a test of its own.
		if bytes.Contains(data, []byte(" 1")) {
			return
		}
		r, err := Open(bytes.NewReader(data), "correct horse battery")
		if err == nil {
			_, _ = io.Copy(io.Discard, r)
		} else if problemOf(err) == "" {
			t.Error(err)
		}
	})
}
