package store

import (
	"context"
	"database/sql"
	"fmt"

	"vestnik/gateway"
)

// SaveChore implements gateway.Chores.
func (s *Store) SaveChore(ctx context.Context, c gateway.Chore) error {
	const query = `
		INSERT INTO chore (name, at, ok, detail) VALUES (?, ?, ?, ?)
		ON CONFLICT (name) DO UPDATE SET at = excluded.at, ok = excluded.ok, detail = excluded.detail`
	detail, err := jsonArgs(c.Detail)
	if err != nil {
		return fmt.Errorf("chore %s: %w", c.Name, err)
	}
	return s.change(ctx, "keep how a chore went", func(tx *transaction) error {
		_, err := tx.ExecContext(ctx, query, string(c.Name), c.At.UnixMilli(), c.OK, detail)
		return err
	})
}

// Chores implements gateway.Chores.
func (s *Store) Chores(ctx context.Context) (map[gateway.ChoreName]gateway.Chore, error) {
	list := map[gateway.ChoreName]gateway.Chore{}
	err := each(ctx, s.reader, func(scan scanner) error {
		var c gateway.Chore
		var at stamp
		var detail sql.NullString
		err := scan(&c.Name, &at, &c.OK, &detail)
		if err != nil {
			return err
		}
		c.At = at.time()
		if c.Detail, err = readArgs(detail); err != nil {
			return fmt.Errorf("chore %s: %w", c.Name, err)
		}
		list[c.Name] = c
		return nil
	}, `SELECT name, at, ok, detail FROM chore`)
	return list, fault("read how the chores went", err)
}
