package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"vestnik/gateway"
)

const (
	// maxFindings is how many findings are read; the auditor keeps fewer open.
	maxFindings = 500
	// keepMended is how long a finding that was put right is kept.
	keepMended = 90 * 24 * time.Hour
)

// Findings implements gateway.Findings; at most 500, those that wait for a person first.
func (s *Store) Findings(ctx context.Context, mendedSince time.Time) ([]gateway.Finding, error) {
	const query = `SELECT key, kind, message, args, first_at, last_at, mended_at FROM finding
		WHERE mended_at IS NULL OR mended_at >= ? ORDER BY mended_at IS NOT NULL, first_at DESC, key LIMIT ?`
	var list []gateway.Finding
	err := each(ctx, s.reader, func(scan scanner) error {
		var f gateway.Finding
		var message sql.NullInt64
		var args sql.NullString
		var first, last, mended stamp
		err := scan(&f.Key, &f.Kind, &message, &args, &first, &last, &mended)
		if err != nil {
			return err
		}
		f.Message = gateway.MessageID(message.Int64)
		f.FirstAt, f.LastAt, f.MendedAt = first.time(), last.time(), mended.time()
		if f.Args, err = readArgs(args); err != nil {
			return fmt.Errorf("finding %s: %w", f.Key, err)
		}
		list = append(list, f)
		return nil
	}, query, mendedSince.UnixMilli(), maxFindings)
	return list, fault("read findings", err)
}

// KeepFindings implements gateway.AuditLedger.
func (s *Store) KeepFindings(ctx context.Context, k gateway.KeptFindings) error {
	const (
		// One that was mended and is found again is a new one.
		stand = `INSERT INTO finding (key, kind, message, args, first_at, last_at) VALUES (?1, ?2, ?3, ?4, ?5, ?5)
			ON CONFLICT (key) DO UPDATE SET kind = excluded.kind, message = excluded.message, args = excluded.args,
				first_at = CASE WHEN mended_at IS NULL THEN first_at ELSE excluded.first_at END, last_at = excluded.last_at, mended_at = NULL`
		mend = `INSERT INTO finding (key, kind, message, args, first_at, last_at, mended_at) VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?5)
			ON CONFLICT (key) DO UPDATE SET last_at = excluded.last_at, mended_at = excluded.mended_at`
		gone = `UPDATE finding SET mended_at = ? WHERE key = ?`
	)
	var write []gateway.Finding
	for _, f := range k.Stand {
		if k.Refresh || f.FirstAt.Equal(k.At) {
			write = append(write, f)
		}
	}
	if len(write)+len(k.Mended)+len(k.Gone) == 0 {
		return nil
	}
	at := k.At.UnixMilli()
	return s.change(ctx, "keep findings", func(tx *transaction) error {
		for query, list := range map[string][]gateway.Finding{stand: write, mend: k.Mended} {
			for _, f := range list {
				args, err := jsonArgs(f.Args)
				if err != nil {
					return err
				}
				if _, err := tx.ExecContext(ctx, query, f.Key, string(f.Kind), orNull(f.Message), args, at); err != nil {
					return err
				}
			}
		}
		for _, f := range k.Gone {
			if _, err := tx.ExecContext(ctx, gone, at, f.Key); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM finding WHERE mended_at < ?`, k.At.Add(-keepMended).UnixMilli())
		return err
	})
}
