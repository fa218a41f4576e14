package main

import (
	"flag"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"vestnik/internal/app"
)

type bootFlags struct {
	set                      *flag.FlagSet
	data, database, logLevel string
	role                     string
	passphraseFile           string
}

// newFlags declares the flags of a verb; each has an environment variable of the
// same name.
func newFlags(verb string, getenv func(string) string) *bootFlags {
	f := &bootFlags{set: flag.NewFlagSet(verb, flag.ContinueOnError)}
	f.set.SetOutput(io.Discard)
	env := func(name, fallback string) string {
		if v := getenv("VESTNIK_" + name); v != "" {
			return v
		}
		return fallback
	}
	f.set.StringVar(&f.data, "data", env("DATA", "/var/lib/vestnik"), "")
	f.set.StringVar(&f.database, "database", env("DATABASE", ""), "")
	f.set.StringVar(&f.logLevel, "log-level", env("LOG_LEVEL", "info"), "")
	return f
}

// parse reads flags before, between and after the names.
func (f *bootFlags) parse(args []string) ([]string, error) {
	var names []string
	for {
		if err := f.set.Parse(args); err != nil {
			return nil, errUsage{fmt.Sprintf("%s: %v; `vestnik help` lists the flags", f.set.Name(), err)}
		}
		args = f.set.Args()
		if len(args) == 0 {
			return names, nil
		}
		names, args = append(names, args[0]), args[1:]
	}
}

func (f *bootFlags) logger(w io.Writer) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(strings.ToUpper(f.logLevel))); err != nil {
		return nil, errUsage{fmt.Sprintf("--log-level %s: it is debug, info, warn or error", f.logLevel)}
	}
	return app.NewLogger(w, level), nil
}
