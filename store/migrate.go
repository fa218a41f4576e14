package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// migrations are the scripts in order; the schema's version is how many of them
// have run.
func migrations() ([]string, error) {
	names, err := fs.Glob(migrationFiles, "migrations/*.sql") // sorted
	if err != nil {
		return nil, err
	}
	scripts := make([]string, len(names))
	for i, name := range names {
		if want := fmt.Sprintf("migrations/%04d_", i+1); len(name) < len(want) || name[:len(want)] != want {
			return nil, fmt.Errorf("migration %s: its number should be %d", name, i+1)
		}
		script, err := migrationFiles.ReadFile(name)
		if err != nil {
			return nil, err
		}
		scripts[i] = string(script)
	}
	return scripts, nil
}

// migrate brings the schema up to date, each script in its own transaction.
func (s *Store) migrate(ctx context.Context, conn *sql.Conn) error {
	scripts, err := migrations()
	if err != nil {
		return err
	}
	version, err := schemaVersion(ctx, conn)
	if err != nil {
		return err
	}
	if version > len(scripts) {
		return &OpenError{Path: s.path, Problem: ProblemNewer, Err: fmt.Errorf("its schema is %d, this program knows %d", version, len(scripts))}
	}
	if version > 0 && version < len(scripts) {
		if err := s.copyBeforeMigration(ctx, conn, version); err != nil {
			return err
		}
	}
	for version < len(scripts) {
		next := version + 1
		if version == 0 {
			next = len(scripts) // a new file is never seen half made by another process
		}
		if err := migrateTo(ctx, conn, version, next, scripts); err != nil {
			return fmt.Errorf("migration %d: %w", next, err)
		}
		if version, err = schemaVersion(ctx, conn); err != nil { // another process may have been quicker
			return err
		}
		s.log.Info("database migrated", "version", version)
	}
	return nil
}

// copyBeforeMigration keeps the file as the former program knew it: beside it, with
// the version in its name. An older copy of the same version is replaced.
func (s *Store) copyBeforeMigration(ctx context.Context, conn *sql.Conn, version int) error {
	path := fmt.Sprintf("%s.version-%d", s.path, version)
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := copyTo(ctx, conn, path); err != nil {
		_ = os.Remove(path)
		return fmt.Errorf("copy before the migration to %s: %w", path, err)
	}
	s.log.Info("database copied before its migration", "copy", path)
	return nil
}

// migrateTo runs the scripts after version from up to version to, in one transaction.
func migrateTo(ctx context.Context, conn *sql.Conn, from, to int, scripts []string) error {
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // nothing to undo after Commit
	if have, err := schemaVersion(ctx, tx); err != nil || have != from {
		return err
	}
	for _, script := range scripts[from:to] {
		if _, err := tx.ExecContext(ctx, script); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, fmt.Sprintf(`PRAGMA user_version = %d`, to)); err != nil {
		return err
	}
	return tx.Commit()
}

func schemaVersion(ctx context.Context, db interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
},
) (version int, err error) {
	err = db.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&version)
	return version, err
}
