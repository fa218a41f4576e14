package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime/debug"
	"strings"

	"vestnik/gateway"
	"vestnik/internal/app"
)

type opener func(context.Context, string, *slog.Logger) (*app.Book, error)

// withBook opens the data folder beside a daemon that may be running.
func withBook(ctx context.Context, f *bootFlags, out io.Writer, open opener, do func(*app.Book) error) error {
	log, err := f.logger(out)
	if err != nil {
		return err
	}
	if f.database != "" {
		return app.ErrNoPostgres
	}
	book, err := open(ctx, f.data, log)
	if err != nil {
		return err
	}
	return errors.Join(do(book), book.Close())
}

// config exports or applies the configuration.
func config(ctx context.Context, args []string, io streams, getenv func(string) string) error {
	f := newFlags("config", getenv)
	names, err := f.parse(args)
	if err != nil {
		return err
	}
	switch {
	case len(names) == 1 && names[0] == "export":
		return withBook(ctx, f, io.err, app.FindBook, func(b *app.Book) error {
			text, err := app.ExportConfig(ctx, b)
			if err == nil {
				_, err = io.out.Write(text)
			}
			return err
		})
	case len(names) == 2 && names[0] == "apply":
		return applyConfig(ctx, f, names[1], io)
	}
	return errUsage{"config: say `config export` or `config apply FILE`"}
}

func applyConfig(ctx context.Context, f *bootFlags, path string, s streams) error {
	var text []byte
	var err error
	if path == "-" {
		text, err = io.ReadAll(s.in)
	} else {
		text, err = os.ReadFile(path)
	}
	if err != nil {
		return fmt.Errorf("configuration: %w", err)
	}
	return withBook(ctx, f, s.err, app.OpenBook, func(b *app.Book) error {
		changed, err := app.ApplyConfig(ctx, b, text, "config apply")
		if err != nil {
			return err
		}
		if len(changed) == 0 {
			fmt.Fprintln(s.out, "nothing to change")
		}
		for _, line := range changed {
			fmt.Fprintln(s.out, line)
		}
		return nil
	})
}

func nameAndRole(verb string, args []string, getenv func(string) string) (*bootFlags, string, error) {
	f := newFlags(verb, getenv)
	f.set.StringVar(&f.role, "role", "", "")
	names, err := f.parse(args)
	if err != nil {
		return nil, "", err
	}
	if len(names) != 2 || names[0] != "add" || !gateway.Role(f.role).Known() {
		return nil, "", errUsage{fmt.Sprintf("%s: say `%s add NAME --role owner|manager|operator`", verb, verb)}
	}
	return f, names[1], nil
}

// user adds a user, or gives a known one a new password and role.
func user(ctx context.Context, args []string, s streams, getenv func(string) string) error {
	f, name, err := nameAndRole("user", args, getenv)
	if err != nil {
		return err
	}
	text, err := io.ReadAll(io.LimitReader(s.in, 4096))
	if err != nil {
		return fmt.Errorf("password: %w", err)
	}
	password := strings.TrimRight(string(text), "\r\n")
	return withBook(ctx, f, s.err, app.OpenBook, func(b *app.Book) error {
		if err := b.AddUser(ctx, name, password, gateway.Role(f.role)); err != nil {
			return err
		}
		fmt.Fprintf(s.out, "user %s: %s\n", name, f.role)
		return nil
	})
}

// token prints a new API token, once.
func token(ctx context.Context, args []string, s streams, getenv func(string) string) error {
	f, name, err := nameAndRole("token", args, getenv)
	if err != nil {
		return err
	}
	return withBook(ctx, f, s.err, app.OpenBook, func(b *app.Book) error {
		value, err := b.AddToken(ctx, name, gateway.Role(f.role))
		if err == nil {
			fmt.Fprintln(s.out, value)
		}
		return err
	})
}

// check tells what is connected, what is missing and what to do.
func check(ctx context.Context, args []string, s streams, getenv func(string) string) error {
	f := newFlags("check", getenv)
	if _, err := f.parse(args); err != nil {
		return err
	}
	return withBook(ctx, f, s.err, app.FindBook, func(b *app.Book) error {
		checks, err := b.Check(ctx)
		if err != nil {
			return err
		}
		if !app.WriteChecks(s.out, checks) {
			return errShown
		}
		return nil
	})
}

// showVersion prints version, commit and the version of whatsmeow.
func showVersion(_ context.Context, _ []string, s streams, _ func(string) string) error {
	commit, client := "unknown", "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" {
				commit = setting.Value
			}
		}
		for _, dep := range info.Deps {
			if dep.Path == "go.mau.fi/whatsmeow" {
				client = dep.Version
			}
		}
	}
	fmt.Fprintf(s.out, "vestnik %s\ncommit %s\nwhatsmeow %s\n", version, commit, client)
	return nil
}
