package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
)

// rewriteLog writes the log that an earlier process left back into itself, byte by
// byte, and syncs it, before anything is added to it.
//
// That process may have ended because an fsync failed. Linux then takes the pages for
// clean although they never reached the disk: we read them from memory and believe
// them, later syncs pass over them, and at a power cut the log would end there, before
// all that was committed meanwhile. Written again, they are dirty again. A cut in the
// middle of it does no harm, since every byte is what it should be before or after.
// Sources: fsync(2), NOTES of Linux 4.13 and later on errors of writeback;
// sqlite.org/walformat.html §4 on recovery.
func rewriteLog(ctx context.Context, conn *sql.Conn, path string) (err error) {
	// Who holds the lock for writing is the only one who changes the log.
	if _, err := conn.ExecContext(ctx, `BEGIN IMMEDIATE`); err != nil {
		return err
	}
	defer func() {
		_, undone := conn.ExecContext(context.WithoutCancel(ctx), `ROLLBACK`)
		err = errors.Join(err, undone)
	}()
	// SQLite has no POSIX locks on this file that closing it could drop.
	log, err := os.OpenFile(path+"-wal", os.O_RDWR, 0)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	for at, piece := int64(0), make([]byte, 256<<10); ; {
		n, err := log.ReadAt(piece, at)
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read the log: %w", err)
		}
		if n == 0 {
			break
		}
		if _, err := log.WriteAt(piece[:n], at); err != nil {
			return fmt.Errorf("write the log again: %w", err)
		}
		at += int64(n)
	}
	return log.Sync()
}
