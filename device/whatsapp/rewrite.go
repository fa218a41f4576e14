package whatsapp

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
// them, later syncs pass over them, and at a power cut the log would end there: the
// ratchets would go back in time. Written again, the pages are dirty again. A cut in the
// middle does no harm, since every byte is the same before and after.
// Sources: fsync(2), NOTES of Linux 4.13 and later on errors of writeback;
// sqlite.org/walformat.html §4 on recovery. The package store does the same for the
// ledger.
func rewriteLog(ctx context.Context, db *sql.DB, path string) (err error) {
	tx, err := db.BeginTx(ctx, nil) // IMMEDIATE: who holds the lock for writing alone changes the log
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, tx.Rollback()) }()
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
			return log.Sync()
		}
		if _, err := log.WriteAt(piece[:n], at); err != nil {
			return fmt.Errorf("write the log again: %w", err)
		}
		at += int64(n)
	}
}
