package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

const userColumns = `u.id, u.name, u.role, u.hash, u.language, u.created_at`

func userDest(u *gateway.User, made *stamp) []any {
	return []any{&u.ID, &u.Name, &u.Role, &u.Hash, &u.Language, made}
}

// Users implements gateway.Staff: in the order in which they were made.
func (s *Store) Users(ctx context.Context) ([]gateway.User, error) {
	var list []gateway.User
	err := each(ctx, s.reader, func(scan scanner) error {
		var u gateway.User
		var made stamp
		err := scan(userDest(&u, &made)...)
		u.CreatedAt = made.time()
		list = append(list, u)
		return err
	}, `SELECT `+userColumns+` FROM user u ORDER BY u.id`)
	return list, fault("read the users", err)
}

// UserByName implements gateway.Staff; NotFound when there is none.
func (s *Store) UserByName(ctx context.Context, name string) (gateway.User, error) {
	const op = "read a user"
	var u gateway.User
	var made stamp
	err := s.reader.QueryRowContext(ctx, `SELECT `+userColumns+` FROM user u WHERE u.name_key = ?`, userKey(name)).Scan(userDest(&u, &made)...)
	if errors.Is(err, sql.ErrNoRows) {
		return gateway.User{}, notFound(op, "no user of this name")
	}
	u.CreatedAt = made.time()
	return u, fault(op, err)
}

func userKey(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

// SaveUser implements gateway.Staff: adds (ID 0) or changes a user. Conflict when the
// name is taken.
func (s *Store) SaveUser(ctx context.Context, u gateway.User) (gateway.User, error) {
	const op = "save a user"
	err := s.change(ctx, op, func(tx *transaction) error {
		var taken int64
		err := tx.QueryRowContext(ctx, `SELECT id FROM user WHERE name_key = ? AND id <> ?`, userKey(u.Name), u.ID).Scan(&taken)
		switch {
		case err == nil:
			return device.Errorf(device.Conflict, "store: "+op, "the name is taken")
		case !errors.Is(err, sql.ErrNoRows):
			return err
		}
		if u.ID != 0 {
			found, err := changedOne(tx.ExecContext(ctx, `UPDATE user SET name = ?, name_key = ?, role = ?, hash = ?, language = ? WHERE id = ?`,
				strings.TrimSpace(u.Name), userKey(u.Name), string(u.Role), u.Hash, u.Language, u.ID))
			if err == nil && !found {
				err = notFound(op, "no user %d", u.ID)
			}
			return err
		}
		if u.CreatedAt.IsZero() {
			u.CreatedAt = tx.now
		}
		res, err := tx.ExecContext(ctx, `INSERT INTO user (name, name_key, role, hash, language, created_at) VALUES (?, ?, ?, ?, ?, ?)`,
			strings.TrimSpace(u.Name), userKey(u.Name), string(u.Role), u.Hash, u.Language, u.CreatedAt.UnixMilli())
		if err != nil {
			return err
		}
		u.ID, err = res.LastInsertId()
		return err
	})
	return u, err
}

// DeleteUser implements gateway.Staff; his logins end.
func (s *Store) DeleteUser(ctx context.Context, id int64) error {
	return s.deleteOne(ctx, "delete a user", `DELETE FROM user WHERE id = ?`, id)
}

// deleteOne deletes a row by its id; NotFound when there is none.
func (s *Store) deleteOne(ctx context.Context, op, query string, id int64) error {
	return s.change(ctx, op, func(tx *transaction) error {
		gone, err := changedOne(tx.ExecContext(ctx, query, id))
		if err == nil && !gone {
			err = notFound(op, "no row %d", id)
		}
		return err
	})
}

// loginsEnd is how long an unused login is kept at most; the pages end it earlier.
const loginsEnd = 60 * 24 * time.Hour

// StartLogin implements gateway.Staff. Logins that nobody has used for two months go.
func (s *Store) StartLogin(ctx context.Context, l gateway.Login) error {
	const query = `INSERT INTO login (token_hash, user, csrf, created_at, seen_at) VALUES (?, ?, ?, ?, ?)`
	return s.change(ctx, "start a login", func(tx *transaction) error {
		if l.CreatedAt.IsZero() {
			l.CreatedAt = tx.now
		}
		if l.SeenAt.IsZero() {
			l.SeenAt = l.CreatedAt
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM login WHERE seen_at < ?`, l.SeenAt.Add(-loginsEnd).UnixMilli()); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, query, l.TokenHash, l.User.ID, l.CSRF, l.CreatedAt.UnixMilli(), l.SeenAt.UnixMilli())
		return err
	})
}

// usedAgain is how old a noted use may be before the next one is written down.
const usedAgain = time.Minute

// Login implements gateway.Staff; NotFound when there is no such login.
func (s *Store) Login(ctx context.Context, tokenHash string, now time.Time) (gateway.Login, error) {
	const op = "read a login"
	l := gateway.Login{TokenHash: tokenHash}
	var userMade, made, seen stamp
	dest := append(userDest(&l.User, &userMade), &l.CSRF, &made, &seen)
	err := s.reader.QueryRowContext(ctx, `SELECT `+userColumns+`, l.csrf, l.created_at, l.seen_at
		FROM login l JOIN user u ON u.id = l.user WHERE l.token_hash = ?`, tokenHash).Scan(dest...)
	if errors.Is(err, sql.ErrNoRows) {
		return gateway.Login{}, notFound(op, "no such login")
	}
	if err != nil {
		return gateway.Login{}, fault(op, err)
	}
	l.User.CreatedAt, l.CreatedAt, l.SeenAt = userMade.time(), made.time(), seen.time()
	if now.Sub(l.SeenAt) <= usedAgain {
		return l, nil
	}
	l.SeenAt = now
	return l, s.change(ctx, op, func(tx *transaction) error {
		_, err := tx.ExecContext(ctx, `UPDATE login SET seen_at = ? WHERE token_hash = ?`, now.UnixMilli(), tokenHash)
		return err
	})
}

// EndLogin implements gateway.Staff; nil when there is no such login.
func (s *Store) EndLogin(ctx context.Context, tokenHash string) error {
	return s.change(ctx, "end a login", func(tx *transaction) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM login WHERE token_hash = ?`, tokenHash)
		return err
	})
}

// EndLoginsOf implements gateway.Staff.
func (s *Store) EndLoginsOf(ctx context.Context, user int64) error {
	return s.change(ctx, "end a user's logins", func(tx *transaction) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM login WHERE user = ?`, user)
		return err
	})
}

const tokenColumns = `id, name, role, hash, created_at, used_at`

func scanToken(scan scanner) (gateway.Token, error) {
	var t gateway.Token
	var made, used stamp
	err := scan(&t.ID, &t.Name, &t.Role, &t.Hash, &made, &used)
	t.CreatedAt, t.UsedAt = made.time(), used.time()
	return t, err
}

// Tokens implements gateway.Staff: in the order in which they were made.
func (s *Store) Tokens(ctx context.Context) ([]gateway.Token, error) {
	var list []gateway.Token
	err := each(ctx, s.reader, func(scan scanner) error {
		t, err := scanToken(scan)
		list = append(list, t)
		return err
	}, `SELECT `+tokenColumns+` FROM token ORDER BY id`)
	return list, fault("read the tokens", err)
}

// TokenByHash implements gateway.Staff: finds a key and notes its use, at most once a
// minute. NotFound when there is none.
func (s *Store) TokenByHash(ctx context.Context, hash string, now time.Time) (gateway.Token, error) {
	const op = "read a token"
	t, err := scanToken(s.reader.QueryRowContext(ctx, `SELECT `+tokenColumns+` FROM token WHERE hash = ?`, hash).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return gateway.Token{}, notFound(op, "no such token")
	}
	if err != nil || now.Sub(t.UsedAt) <= usedAgain {
		return t, fault(op, err)
	}
	t.UsedAt = now
	return t, s.change(ctx, op, func(tx *transaction) error {
		_, err := tx.ExecContext(ctx, `UPDATE token SET used_at = ? WHERE id = ?`, now.UnixMilli(), t.ID)
		return err
	})
}

// SaveToken implements gateway.Staff: adds (ID 0) or changes a token's name and role.
func (s *Store) SaveToken(ctx context.Context, t gateway.Token) (gateway.Token, error) {
	const op = "save a token"
	err := s.change(ctx, op, func(tx *transaction) error {
		if t.ID != 0 {
			found, err := changedOne(tx.ExecContext(ctx, `UPDATE token SET name = ?, role = ? WHERE id = ?`, t.Name, string(t.Role), t.ID))
			if err == nil && !found {
				err = notFound(op, "no token %d", t.ID)
			}
			return err
		}
		if t.CreatedAt.IsZero() {
			t.CreatedAt = tx.now
		}
		res, err := tx.ExecContext(ctx, `INSERT INTO token (name, role, hash, created_at, used_at) VALUES (?, ?, ?, ?, ?)`,
			t.Name, string(t.Role), t.Hash, t.CreatedAt.UnixMilli(), millis(t.UsedAt))
		if err != nil {
			return err
		}
		t.ID, err = res.LastInsertId()
		return err
	})
	return t, err
}

// DeleteToken implements gateway.Staff.
func (s *Store) DeleteToken(ctx context.Context, id int64) error {
	return s.deleteOne(ctx, "delete a token", `DELETE FROM token WHERE id = ?`, id)
}
