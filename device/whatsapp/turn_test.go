package whatsapp

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// Writers of one file wait for one another, and for nothing else: no time passes between them.
func TestWritersWaitForNothingButEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, err := openVault(t.Context(), filepath.Join(t.TempDir(), "session.db"), libraryLog{slog.New(slog.DiscardHandler), "store"})
		if err != nil {
			t.Fatal(err)
		}
		defer v.close() //nolint:errcheck // it is the end
		began := time.Now()
		var all sync.WaitGroup
		write := func(account string) error {
			if account[0] == 'a' {
				_, err := v.db.ExecContext(t.Context(), `INSERT INTO vestnik_account (account, linked_at) VALUES (?, 1)`, account)
				return err
			}
			tx, err := v.db.BeginTx(t.Context(), nil)
			if err != nil {
				return err
			}
			if _, err := tx.ExecContext(t.Context(), `INSERT INTO vestnik_account (account, linked_at) VALUES (?, 1)`, account); err != nil {
				return err
			}
			if account[0] == 'c' {
				return tx.Rollback()
			}
			return tx.Commit()
		}
		for i := range 60 {
			all.Go(func() {
				if err := write(fmt.Sprint("abc"[i%3:i%3+1], i)); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		var kept int
		if err := v.db.QueryRowContext(t.Context(), `SELECT count(*) FROM vestnik_account`).Scan(&kept); err != nil || kept != 40 {
			t.Errorf("%d are kept: %v", kept, err)
		}
		if took := time.Since(began); took > 0 {
			t.Errorf("they waited for %s", took)
		}
	})
}
