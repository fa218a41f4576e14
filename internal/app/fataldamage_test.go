package app

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"vestnik/internal/app/sealed"
)

// The folder of backups may be a stick with other things on it; the page about a
// damaged database names a file to restore, at a moment when nobody thinks twice.
func TestTheNewestBackupIsABackup(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, f := range map[string]struct {
		text string
		age  time.Duration
	}{
		"vestnik-20261119-030000.age": {sealed.Magic + "-> scrypt", 2 * time.Hour},
		"by-hand.backup":              {sealed.Magic + "-> scrypt", time.Hour},
		"holiday.jpg":                 {"\xff\xd8\xff\xe0, a picture that is long enough", time.Minute},
		"empty.age":                   {"", time.Second},
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(f.text), 0o600); err != nil {
			t.Fatal(err)
		}
		at := time.Now().Add(-f.age)
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	if path, _ := newestBackup(dir); filepath.Base(path) != "by-hand.backup" {
		t.Errorf("the newest backup is %q", path)
	}
}
