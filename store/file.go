package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"time"

	"vestnik/device"
)

// SaveFile implements campaign.Ledger; bytes that are there keep their first name, and count as
// kept now.
func (s *Store) SaveFile(ctx context.Context, f device.File) (id device.FileID, err error) {
	const op = "keep a file"
	const query = `INSERT INTO file (sha256, name, mime, data, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (sha256) DO UPDATE SET at = excluded.at`
	if len(f.Data) == 0 || len(f.Data) > device.MaxFile {
		return 0, device.Errorf(device.Invalid, "store: "+op, "a file of %d bytes", len(f.Data))
	}
	sum := sha256.Sum256(f.Data)
	err = s.change(ctx, op, func(tx *transaction) error {
		if _, err := tx.ExecContext(ctx, query, sum[:], f.Name, f.MIME, f.Data, tx.now.UnixMilli()); err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, `SELECT id FROM file WHERE sha256 = ?`, sum[:]).Scan(&id)
	})
	if err != nil {
		return 0, err
	}
	return id, nil
}

// DropFiles takes away the files that were kept before a moment and that no mailing and no message
// refers to any more. It answers how many.
func (s *Store) DropFiles(ctx context.Context, before time.Time) (int, error) {
	const op = "drop files"
	const free = `NOT EXISTS (SELECT 1 FROM campaign c WHERE json_extract(c.text, '$.File') = f.id)`
	const query = `SELECT f.id FROM file f WHERE f.at < ? AND ` + free
	ids, err := column[int64](ctx, s.reader, query, before.UnixMilli())
	if err != nil {
		return 0, fault(op, err)
	}
	dropped := 0
	for _, id := range ids {
		// Few files are not a mailing's: looking through all messages for them is what the reader is for. No
		// message takes a file that no mailing has.
		var sent bool
		if err := s.reader.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM message WHERE file = ?)`, id).Scan(&sent); err != nil {
			return dropped, fault(op, err)
		}
		if sent {
			continue
		}
		err := s.change(ctx, op, func(tx *transaction) error {
			gone, err := changedOne(tx.ExecContext(ctx, `DELETE FROM file AS f WHERE f.id = ? AND f.at < ? AND `+free, id, before.UnixMilli()))
			if gone {
				dropped++
			}
			return err
		})
		if err != nil {
			return dropped, err
		}
	}
	return dropped, nil
}

// File implements campaign.Ledger.
func (s *Store) File(ctx context.Context, id device.FileID) (device.File, error) {
	const op = "read a file"
	var f device.File
	err := s.reader.QueryRowContext(ctx, `SELECT id, name, mime, data FROM file WHERE id = ?`, int64(id)).Scan(&f.ID, &f.Name, &f.MIME, &f.Data)
	if errors.Is(err, sql.ErrNoRows) {
		err = notFound(op, "no file %d", id)
	}
	return f, fault(op, err)
}
