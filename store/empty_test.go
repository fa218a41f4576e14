package store_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"

	"pgregory.net/rapid"

	"vestnik/store"
)

// emptyFile is a database in which nothing was written yet: to make one takes longer than what many
// a drawn test does with it.
var emptyFile = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "vestnik-empty-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "empty.db")
	s, err := store.Open(context.Background(), store.Options{Path: path})
	if err != nil {
		return nil, err
	}
	if err := s.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// putEmpty makes an empty database at a path.
func putEmpty(t *rapid.T, path string) {
	t.Helper()
	file, err := emptyFile()
	if err = errors.Join(err, os.WriteFile(path, file, 0o600)); err != nil {
		t.Fatal(err)
	}
}
