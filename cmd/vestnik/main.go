package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// version is set by the build.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr}, os.Getenv))
}

type streams struct {
	in       io.Reader
	out, err io.Writer
}

// errShown ends the process with status 1 when everything has been said already.
var errShown = errors.New("shown")

// errUsage ends the process with status 2.
type errUsage struct{ text string }

func (e errUsage) Error() string { return e.text }

func run(ctx context.Context, args []string, io streams, getenv func(string) string) int {
	verb := "help"
	if len(args) > 0 {
		verb, args = args[0], args[1:]
	}
	verbs := map[string]func(context.Context, []string, streams, func(string) string) error{
		"serve": serve, "config": config, "user": user, "token": token, "check": check, "version": showVersion,
		"backup": backup, "restore": restore,
	}
	do, ok := verbs[verb]
	if !ok {
		fmt.Fprint(io.out, help)
		if verb == "help" || verb == "--help" || verb == "-h" {
			return 0
		}
		fmt.Fprintf(io.err, "vestnik: there is no verb %q\n", verb)
		return 2
	}
	err := do(ctx, args, io, getenv)
	var usage errUsage
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errShown):
		return 1
	case errors.As(err, &usage):
		fmt.Fprintf(io.err, "vestnik: %v\n", err)
		return 2
	}
	fmt.Fprintf(io.err, "vestnik: %v\n", err)
	return 1
}

const help = `vestnik: the box that writes to a shop's customers

  vestnik serve [--data DIR] [--listen ADDR] [--log-level LEVEL]
                               run the daemon
  vestnik config export        print the whole configuration as YAML, without secrets
  vestnik config apply FILE    validate and apply a configuration; - reads standard input
  vestnik user add NAME --role owner|manager|operator
                               add a user; the password is read from standard input
  vestnik token add NAME --role owner|manager|operator
                               print a new API token, once
  vestnik backup FILE [--passphrase-file FILE]
                               write one encrypted file, also while the daemon runs; the
                               passphrase is asked for, or read from standard input
  vestnik restore FILE [--passphrase-file FILE]
                               put a backup's data in the place of the present ones, which
                               are set aside; the daemon must be stopped
  vestnik check                what is connected, what is missing, what to do
  vestnik version              version, commit, whatsmeow version

Every verb takes --data DIR, or VESTNIK_DATA (default /var/lib/vestnik).
serve also reads VESTNIK_LISTEN (:8480), VESTNIK_DATABASE and VESTNIK_LOG_LEVEL (info),
and obeys HTTPS_PROXY and SSL_CERT_FILE.
`
