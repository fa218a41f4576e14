package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"time"

	_ "modernc.org/sqlite" // the database/sql driver "sqlite"

	"vestnik/device"
)

// Options is how a store is opened.
type Options struct {
	// Path of the database file; made with mode 0600 when it does not exist. Its folder
	// must exist.
	Path string
	// Logger hears of migrations; nil: nobody does.
	Logger *slog.Logger
	// OnFault is told, once, of a fault after which the store writes no more: an error of the
	// disk (Code SQLITE_IOERR) or a damaged file (SQLITE_CORRUPT). It is called in the middle of a
	// change and must not ask the store anything. Nil: nobody is told.
	OnFault func(error)
	// Now is the clock of created and updated times; nil: time.Now.
	Now func() time.Time
}

// Store is the open database. It is safe for use by several goroutines; several
// processes may have the same file open.
type Store struct {
	path    string
	log     *slog.Logger
	now     func() time.Time
	writer  *writer // one connection: SQLite has one writer anyway, and here it waits in a fair queue
	reader  *reader // query_only
	alarm   *alarm
	counted lastCount // people of a mailing
}

// readers is how many pages and loops may read at the same time.
const readers = 4

// Open opens the database, makes it when it does not exist and brings its schema up
// to date; before it changes the schema of an existing file it makes a copy beside
// it. The error is a *device.Error, for a file that cannot be used one that wraps a
// *OpenError.
func Open(ctx context.Context, opt Options) (*Store, error) {
	s := &Store{path: opt.Path, log: opt.Logger, now: opt.Now, alarm: &alarm{}}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	for began := time.Now(); ; {
		err := s.open(ctx)
		if err == nil {
			s.alarm.tell = opt.OnFault // what goes wrong before is this function's own error
			return s, nil
		}
		_ = s.closePools()
		s.reader, s.writer = nil, nil
		err = openFault(opt.Path, err)
		var e *device.Error
		if !errors.As(err, &e) || e.Code != "SQLITE_BUSY" || time.Since(began) > openPatience {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(openPause):
		}
	}
}

// Two processes that make a new file at the same time are in each other's way while
// the journal mode is set, which SQLite does not wait for.
const (
	openPatience = 10 * time.Second
	openPause    = 20 * time.Millisecond
)

func (s *Store) open(ctx context.Context) error {
	isNew, err := touch(s.path)
	if err == nil && isNew {
		err = create(ctx, s.path)
	}
	if err != nil {
		return err
	}
	pool, err := sql.Open("sqlite", dsn(s.path, pragmas+"&_txlock=immediate"))
	if err != nil {
		return err
	}
	s.writer = newWriter(pool, s.alarm)
	if err := s.writer.use(ctx, func(conn *sql.Conn) error {
		if err := s.sane(ctx, conn); err != nil {
			return err
		}
		if err := rewriteLog(ctx, conn, s.path); err != nil {
			return err
		}
		return s.migrate(ctx, conn)
	}); err != nil {
		return err
	}
	if pool, err = sql.Open("sqlite", dsn(s.path, pragmas+"&_pragma=query_only(1)")); err != nil {
		return err
	}
	s.reader = newReader(pool, s.alarm)
	return pool.PingContext(ctx)
}

// pageSize is a quarter of SQLite's default. A message touches some fifty pages in
// its life, a few dozen bytes in each, and a commit writes whole pages into the log: this
// size writes 64 KiB a message instead of 200, and lists still take milliseconds.
const pageSize = 1024

// create gives a new file its page size, which must stand in it before the journal
// mode is set, and marks it as ours.
func create(ctx context.Context, path string) error {
	db, err := sql.Open("sqlite", dsn(path, ""))
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(ctx, fmt.Sprintf(`PRAGMA page_size = %d`, pageSize)); err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, fmt.Sprintf(`PRAGMA application_id = %d`, applicationID))
	return err
}

// pragmas are those of every connection. The log is written back into the file by the
// writer (fatal.go) and shrinks to 16 MiB when a long reader had made it larger.
const pragmas = "&_pragma=journal_mode(WAL)" +
	"&_pragma=synchronous(FULL)" +
	"&_pragma=foreign_keys(1)" +
	"&_pragma=secure_delete(FAST)" +
	"&_pragma=wal_autocheckpoint(0)" +
	"&_pragma=journal_size_limit(16777216)"

// dsn carries the pragmas, so that every connection of a pool has them. The wait
// for another process comes first: setting the journal mode may need it.
func dsn(path, more string) string {
	u := url.URL{Scheme: "file", Path: path, RawQuery: "_pragma=busy_timeout(10000)" + more}
	if !filepath.IsAbs(path) {
		u.Path, u.Opaque = "", url.PathEscape(path)
	}
	return u.String()
}

// touch makes a new file, readable for its owner alone, or sees to it that one that
// is there is. It does not open an existing file: closing it would drop the
// locks that another Store of this process has on it (POSIX advisory locks belong to
// the process; sqlite.org/howtocorrupt.html §2.2).
func touch(path string) (isNew bool, err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		return true, f.Close()
	}
	if !errors.Is(err, os.ErrExist) {
		return false, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return false, err
	}
	if !info.Mode().IsRegular() {
		return false, &OpenError{Path: path, Problem: ProblemAccess, Err: errors.New("not a file")}
	}
	if info.Mode().Perm() != 0o600 {
		if err := os.Chmod(path, 0o600); err != nil && !errors.Is(err, os.ErrPermission) {
			return false, err
		}
	}
	return info.Size() == 0, nil
}

// applicationID marks our files ("VSTN"), so that another program's database is
// not taken for ours.
const applicationID = 0x5653544e

// sane opens the first connection and looks whether the file is ours and readable.
func (s *Store) sane(ctx context.Context, conn *sql.Conn) error {
	var app, tables int
	if err := conn.QueryRowContext(ctx, `PRAGMA application_id`).Scan(&app); err != nil {
		return err
	}
	if err := conn.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema`).Scan(&tables); err != nil {
		return err
	}
	if app == applicationID {
		return nil
	}
	if tables > 0 {
		return &OpenError{Path: s.path, Problem: ProblemForeign}
	}
	_, err := conn.ExecContext(ctx, fmt.Sprintf(`PRAGMA application_id = %d`, applicationID))
	return err
}

// Close writes everything into the main file and closes it. What the methods
// returned nil for is safe without it.
func (s *Store) Close() error {
	if s.alarm.raised() != nil {
		return nil // closing would write and sync; the end of the process closes it
	}
	ctx := context.Background()
	err := s.writer.use(ctx, func(conn *sql.Conn) error {
		var n int
		return conn.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&n, &n, &n)
	})
	return errors.Join(fault("close the database", err), s.closePools())
}

func (s *Store) closePools() error {
	var err error
	if s.reader != nil {
		err = s.reader.close()
	}
	if s.writer != nil {
		err = errors.Join(err, s.writer.close())
	}
	return err
}

// DataVersion changes whenever another process has changed the database, and
// possibly at other times; what this Store itself writes does not change it. It is asked on the
// writer's connection, since SQLite leaves out a connection's own commits
// (sqlite.org/pragma.html#pragma_data_version).
func (s *Store) DataVersion(ctx context.Context) (int64, error) {
	var v int64
	err := s.writer.use(ctx, func(conn *sql.Conn) error {
		return conn.QueryRowContext(ctx, `PRAGMA data_version`).Scan(&v)
	})
	return v, fault("look for changes of another process", err)
}

// Check reads the whole file for damage. It takes seconds on a large one.
func (s *Store) Check(ctx context.Context) error {
	var word string
	if err := s.reader.QueryRowContext(ctx, `PRAGMA quick_check(1)`).Scan(&word); err != nil {
		return fault("check the database", s.alarm.note(err))
	}
	if word != "ok" {
		return openFault(s.path, &OpenError{Path: s.path, Problem: ProblemCorrupt, Err: errors.New(word)})
	}
	return nil
}

// Backup writes a compact copy of the database to a path that must not exist,
// while the work goes on, and has it on the disk when it returns. On an error
// nothing is left at the path.
func (s *Store) Backup(ctx context.Context, path string) error {
	if _, err := os.Lstat(path); err == nil {
		return fault("back up the database", fmt.Errorf("%s: %w", path, os.ErrExist))
	}
	err := s.copyAside(ctx, path)
	if err != nil {
		_ = os.Remove(path)
	}
	return fault("back up the database", err)
}

// copyAside copies on a connection of its own: the writer goes on meanwhile, which on
// a large ledger and a slow card may be minutes.
func (s *Store) copyAside(ctx context.Context, path string) error {
	pool, err := sql.Open("sqlite", dsn(s.path, pragmas))
	if err != nil {
		return err
	}
	defer pool.Close()
	conn, err := pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return copyTo(ctx, conn, path)
}

func copyTo(ctx context.Context, conn *sql.Conn, path string) error {
	if _, err := touch(path); err != nil {
		return err
	}
	// VACUUM INTO writes into an empty file and leaves its mode alone. It does not
	// wait for the disk.
	if _, err := conn.ExecContext(ctx, `VACUUM INTO ?`, path); err != nil {
		return err
	}
	for _, name := range []string{path, filepath.Dir(path)} {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		err = f.Sync()
		_ = f.Close()
		if err != nil {
			return err
		}
	}
	return nil
}
