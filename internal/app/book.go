package app

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/alexedwards/argon2id"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/store"
)

// Book is the data folder opened for a verb, beside a daemon that may be running.
type Book struct {
	*store.Store
	dir string
}

// OpenBook opens the database of a data folder without taking the folder, and makes
// both when they are not there.
func OpenBook(ctx context.Context, dir string, log *slog.Logger) (*Book, error) {
	if err := makeFolder(dir); err != nil {
		return nil, err
	}
	if underWay(dir) {
		return nil, fmt.Errorf("a restore in the data folder %s was cut short: start `vestnik serve`, which finishes it, and try again", dir)
	}
	s, err := store.Open(ctx, store.Options{Path: filepath.Join(dir, "vestnik.db"), Logger: log})
	if err != nil {
		return nil, err
	}
	return &Book{s, dir}, nil
}

// FindBook is OpenBook for verbs that only look: it makes nothing, so that looking as
// another user leaves no files that the daemon cannot open.
func FindBook(ctx context.Context, dir string, log *slog.Logger) (*Book, error) {
	if _, err := os.Stat(filepath.Join(dir, "vestnik.db")); err != nil && !underWay(dir) {
		return nil, fmt.Errorf("there is no Vestnik in the folder %s: start `vestnik serve` first, or name its folder with --data: %w", dir, err)
	}
	return OpenBook(ctx, dir, log)
}

// MinPassword is the least length of a password in characters.
const MinPassword = 10

// AddUser adds a user, or gives a known one a new password and role.
func (b *Book) AddUser(ctx context.Context, name, password string, role gateway.Role) error {
	if strings.TrimSpace(name) == "" {
		return device.Errorf(device.Invalid, "user", "a user needs a name")
	}
	if len([]rune(password)) < MinPassword {
		return device.Errorf(device.Invalid, "user", "the password, read from standard input, needs at least %d characters", MinPassword)
	}
	hash, err := argon2id.CreateHash(password, PasswordCost())
	if err != nil {
		return err
	}
	u, err := b.UserByName(ctx, name)
	if device.KindOf(err) == device.NotFound {
		u, err = gateway.User{Name: name, CreatedAt: time.Now()}, nil
	}
	if err != nil {
		return err
	}
	u.Hash, u.Role = hash, role
	if u, err = b.SaveUser(ctx, u); err != nil {
		return err
	}
	return b.EndLoginsOf(ctx, u.ID) // who knew the old password is out
}

// AddToken makes an API token and answers its value, which is not kept.
func (b *Book) AddToken(ctx context.Context, name string, role gateway.Role) (string, error) {
	var raw [24]byte
	rand.Read(raw[:]) // never fails: crypto/rand ends the process instead
	value := "vst_" + base64.RawURLEncoding.EncodeToString(raw[:])
	hash := sha256.Sum256([]byte(value))
	_, err := b.SaveToken(ctx, gateway.Token{Name: name, Role: role, Hash: hex.EncodeToString(hash[:]), CreatedAt: time.Now()})
	return value, err
}

// PasswordCost is argon2id with 19 MiB and two passes: the OWASP password storage
// sheet's least setting, some 40 ms on a desktop core.
func PasswordCost() *argon2id.Params {
	return &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}
}
