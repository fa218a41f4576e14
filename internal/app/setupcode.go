package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"

	"vestnik/gateway"
)

// setupCode proves that whoever opens the pages first stands before the box: it is
// printed by the daemon and kept in a file that only its user can read, so that it
// stays the same over restarts. It is gone once an owner exists.
type setupCode struct {
	mu   sync.Mutex
	path string
	code string
}

// setupAlphabet has no signs that are easily mistaken for each other.
const setupAlphabet = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"

func newSetupCode(ctx context.Context, staff gateway.Staff, path string) (*setupCode, error) {
	users, err := staff.Users(ctx)
	if err != nil {
		return nil, err
	}
	s := &setupCode{path: path}
	if len(users) > 0 {
		s.Consume()
		return s, nil
	}
	kept, err := os.ReadFile(path)
	if err == nil && len(strings.TrimSpace(string(kept))) == 9 {
		s.code = strings.TrimSpace(string(kept))
		return s, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the setup code cannot be read: %w", err)
	}
	s.code = randomCode()
	if err := os.WriteFile(path, []byte(s.code+"\n"), 0o600); err != nil {
		return nil, fmt.Errorf("the setup code cannot be written: %w", err)
	}
	return s, nil
}

// randomCode has the form ABCD-EFGH: 40 bits, and the page takes few tries.
func randomCode() string {
	var raw [8]byte
	rand.Read(raw[:]) // never fails: crypto/rand ends the process instead
	var b strings.Builder
	for i, r := range raw {
		if i == 4 {
			b.WriteByte('-')
		}
		b.WriteByte(setupAlphabet[int(r)%len(setupAlphabet)])
	}
	return b.String()
}

// Code is the code, empty once an owner exists.
func (s *setupCode) Code() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.code
}

// Consume ends the code.
func (s *setupCode) Consume() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.code = ""
	_ = os.Remove(s.path) // it may never have been written
}
