package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"vestnik/gateway"
	"vestnik/internal/app"
)

func backupArgs(verb string, args []string, getenv func(string) string) (*bootFlags, string, error) {
	f := newFlags(verb, getenv)
	f.set.StringVar(&f.passphraseFile, "passphrase-file", "", "")
	names, err := f.parse(args)
	if err != nil {
		return nil, "", err
	}
	if len(names) != 1 {
		return nil, "", errUsage{fmt.Sprintf("%s: say `%s FILE`", verb, verb)}
	}
	path, err := filepath.Abs(names[0])
	return f, path, err
}

// backup writes one encrypted file, beside a daemon that may be running.
func backup(ctx context.Context, args []string, s streams, getenv func(string) string) error {
	f, path, err := backupArgs("backup", args, getenv)
	if err != nil {
		return err
	}
	return withBook(ctx, f, s.err, app.FindBook, func(b *app.Book) error {
		passphrase, err := askPassphrase(ctx, s, f.passphraseFile, true)
		if err != nil {
			return err
		}
		m, err := b.Backup(ctx, path, passphrase, version)
		if err != nil {
			return err
		}
		fmt.Fprintf(s.out, "backup of %s written to %s: %s\n", m.MadeAt.Format(time.DateTime+" MST"), path, m.Says())
		return nil
	})
}

// restore puts a backup's data in the place of the present ones.
func restore(ctx context.Context, args []string, s streams, getenv func(string) string) error {
	f, path, err := backupArgs("restore", args, getenv)
	if err != nil {
		return err
	}
	log, err := f.logger(s.err)
	if err != nil {
		return err
	}
	if f.database != "" {
		return app.ErrNoPostgres
	}
	passphrase, err := askPassphrase(ctx, s, f.passphraseFile, false)
	if err != nil {
		return err
	}
	r, err := app.Restore(ctx, app.RestoreOptions{DataDir: f.data, File: path, Passphrase: passphrase, Log: log})
	if err != nil {
		return err
	}
	lines := []string{fmt.Sprintf("restored the backup of %s into %s", r.MadeAt.Format(time.DateTime+" MST"), f.data)}
	if r.Aside != "" {
		lines = append(lines, "what was there before lies in "+r.Aside+" and is never deleted by Vestnik")
	}
	lines = append(lines, fmt.Sprintf("messages held for a person: %d; nothing of the backup is sent by itself", r.Held),
		"start Vestnik and open its first page: it compares them with RetailCRM and lets you release them")
	fmt.Fprintln(s.out, strings.Join(lines, "\n"))
	return nil
}

// errWeak says how long a passphrase must be.
func errWeak() error { return &gateway.BackupFault{Problem: gateway.BackupWeak} }
