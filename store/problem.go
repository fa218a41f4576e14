package store

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"vestnik/device"
)

// OpenProblem is why a database file cannot be used.
type OpenProblem string

// The problems.
const (
	ProblemCorrupt OpenProblem = "corrupt"
	ProblemForeign OpenProblem = "foreign"   // a database of another program
	ProblemNewer   OpenProblem = "newer"     // of a later version of this program
	ProblemAccess  OpenProblem = "no_access" // no right, or no such folder
)

// OpenError says which file cannot be used, why, and what to do.
type OpenError struct {
	Path    string
	Problem OpenProblem
	Err     error // technician's words; may be nil
}

func (e *OpenError) Error() string {
	text := e.Path
	switch e.Problem {
	case ProblemCorrupt:
		text += " is damaged or no database. Stop Vestnik, move the file away and restore the last backup with `vestnik restore`; keep the damaged file, most of it can often be read"
	case ProblemForeign:
		text += " is the database of another program. Choose another data folder with --data"
	case ProblemNewer:
		text += " was written by a newer version of Vestnik. Install that version, or restore the copy that was made before the update"
	case ProblemAccess:
		text += " cannot be opened. Check that the data folder exists and that the user of the service may write there"
	}
	if e.Err != nil {
		text += " (" + e.Err.Error() + ")"
	}
	return text
}

func (e *OpenError) Unwrap() error { return e.Err }

// openFault is fault for Open: what makes a file unusable becomes an OpenError.
func openFault(path string, err error) error {
	var bad *OpenError
	if !errors.As(err, &bad) {
		switch code := codeOf(err) & 0xff; {
		case code == sqlite3.SQLITE_CORRUPT || code == sqlite3.SQLITE_NOTADB:
			bad = &OpenError{Path: path, Problem: ProblemCorrupt, Err: err}
		case code == sqlite3.SQLITE_CANTOPEN || code == sqlite3.SQLITE_PERM || code == sqlite3.SQLITE_READONLY,
			errors.Is(err, os.ErrPermission) || errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.EISDIR) || errors.Is(err, syscall.EROFS):
			bad = &OpenError{Path: path, Problem: ProblemAccess, Err: err}
		}
	}
	if bad == nil {
		return fault("open the database", err)
	}
	return &device.Error{Kind: device.Internal, Op: "store: open the database", Code: "DATABASE_" + string(bad.Problem), Err: bad}
}

// fault gives an error its kind and says what was being done. nil stays nil, and a
// *device.Error stays as it is.
func fault(op string, err error) error {
	if err == nil {
		return nil
	}
	var done *device.Error
	if errors.As(err, &done) {
		return err
	}
	e := &device.Error{Kind: device.Internal, Op: "store: " + op, Err: err}
	switch code := codeOf(err); {
	case errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded):
		e.Kind = device.Unavailable
	case code&0xff == sqlite3.SQLITE_FULL || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT):
		e.Kind, e.Code = device.Unavailable, "SQLITE_FULL"
	case code&0xff == sqlite3.SQLITE_BUSY:
		// Another process has held the database for ten seconds.
		e.Kind, e.Code = device.Unavailable, "SQLITE_BUSY"
	case code == sqlite3.SQLITE_INTERRUPT:
		e.Kind = device.Unavailable
	case code&0xff == sqlite3.SQLITE_IOERR:
		e.Code = "SQLITE_IOERR"
	case code&0xff == sqlite3.SQLITE_CORRUPT || code&0xff == sqlite3.SQLITE_NOTADB:
		e.Code = "SQLITE_CORRUPT"
	case code&0xff == sqlite3.SQLITE_CONSTRAINT:
		e.Code = "SQLITE_CONSTRAINT"
	case errors.Is(err, os.ErrExist):
		e.Kind = device.Conflict
	case errors.Is(err, sql.ErrNoRows):
		e.Kind = device.NotFound
	}
	return e
}

func codeOf(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code()
	}
	return 0
}
