package main

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"vestnik/internal/app"
	"vestnik/sim/modem"
	"vestnik/sim/world"
)

// version is set by the build.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "vestnik-demo:", err)
		}
		os.Exit(1)
	}
}

type demoFlags struct {
	listen, control string
	data            string
	tour, fresh     bool
	verbose         bool
}

func run(ctx context.Context, args []string, out, errOut io.Writer) error {
	var f demoFlags
	set := flag.NewFlagSet("vestnik-demo", flag.ContinueOnError)
	set.SetOutput(errOut)
	set.StringVar(&f.listen, "listen", "127.0.0.1:8480", "address of the product's pages")
	set.StringVar(&f.control, "control", "127.0.0.1:8481", "address of the control page")
	set.StringVar(&f.data, "data", "", "folder for the data; a temporary one when left out")
	set.BoolVar(&f.tour, "tour", false, "tell the main job without a person and end")
	set.BoolVar(&f.fresh, "fresh", false, "start at the first-run wizard, with nothing set up")
	set.BoolVar(&f.verbose, "verbose", false, "show the daemon's log")
	if err := set.Parse(args); err != nil {
		return err
	}
	if f.tour {
		return tour(ctx, out)
	}
	return demo(ctx, f, out, errOut)
}

func demo(ctx context.Context, f demoFlags, out, errOut io.Writer) error {
	dir, cleanUp, err := dataFolder(f.data)
	if err != nil {
		return err
	}
	defer cleanUp()
	log := slog.New(slog.DiscardHandler)
	if f.verbose {
		log = app.NewLogger(errOut, slog.LevelInfo)
	}
	pages, err := net.Listen("tcp", f.listen)
	if err != nil {
		return fmt.Errorf("the pages: %w; choose another address with --listen", err)
	}
	control, err := net.Listen("tcp", f.control)
	if err != nil {
		pages.Close()
		return fmt.Errorf("the control page: %w; choose another address with --control", err)
	}
	s, err := newStage(ctx, dir, log, world.Options{NetworkDelay: time.Second, ReportDelay: 2 * time.Second, Profile: modem.Huawei}, pages, control)
	if err != nil {
		pages.Close()
		control.Close()
		return err
	}
	defer s.close() //nolint:errcheck // the folder goes away

	fmt.Fprintf(out, "Vestnik demo %s: nothing here is real, no message leaves this machine.\n\n", version)
	fmt.Fprintf(out, "  pages    http://%s/\n  control  http://%s/   play the customers, the CRM, the phone, the modem\n", pages.Addr(), control.Addr())
	if f.fresh {
		fmt.Fprintf(out, "  setup code  %s\n  CRM         %s   key %s\n", s.app.SetupCode(), s.CRMURL, world.CRMKey)
		fmt.Fprintf(out, "  helpdesk    %s   %s   key %s\n", s.HelpdeskURL, world.HelpdeskEmail, s.HelpdeskKey)
	} else {
		password := randomPassword()
		if err := s.prepare(ctx, password, askAfter); err != nil {
			return err
		}
		fmt.Fprintf(out, "  login    owner   password %s\n", password)
	}
	fmt.Fprint(out, "\nEnd it with Ctrl-C.\n")
	return s.serve(ctx, pages, control)
}

// dataFolder is dir, or a temporary folder that is removed at the end.
func dataFolder(dir string) (string, func(), error) {
	if dir != "" {
		return dir, func() {}, os.MkdirAll(dir, 0o700)
	}
	dir, err := os.MkdirTemp("", "vestnik-demo-")
	return dir, func() { os.RemoveAll(dir) }, err
}

func randomPassword() string {
	var raw [8]byte
	rand.Read(raw[:]) // never fails: crypto/rand ends the process instead
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw[:]))
}
