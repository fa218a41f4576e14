package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"

	"vestnik/device"
)

// SaveFile implements campaign.Ledger; bytes that are there keep their first name.
func (s *Store) SaveFile(ctx context.Context, f device.File) (id device.FileID, err error) {
	const op = "keep a file"
	const query = `INSERT INTO file (sha256, name, mime, data, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (sha256) DO NOTHING`
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
