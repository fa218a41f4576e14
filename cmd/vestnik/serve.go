package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"

	"github.com/coreos/go-systemd/v22/daemon"

	"vestnik/internal/app"
)

// serve runs the daemon until SIGTERM.
func serve(ctx context.Context, args []string, io streams, getenv func(string) string) error {
	f := newFlags("serve", getenv)
	listen := ":8480"
	if v := getenv("VESTNIK_LISTEN"); v != "" {
		listen = v
	}
	f.set.StringVar(&listen, "listen", listen, "")
	names, err := f.parse(args)
	if err != nil {
		return err
	}
	if len(names) > 0 {
		return errUsage{fmt.Sprintf("serve: what is %q?", names[0])}
	}
	log, err := f.logger(io.err)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return fmt.Errorf("the address %s cannot be listened on: %w; %s", listen, err, listenAdvice(err))
	}
	a, err := app.New(ctx, app.Options{DataDir: f.data, Database: f.database, Version: version, Log: log})
	if err != nil {
		listener.Close()
		return err
	}
	fmt.Fprintf(io.out, "Vestnik %s: pages at %s\n", version, pageAddress(listener.Addr()))
	if code := a.SetupCode(); code != "" {
		fmt.Fprintf(io.out, "Setup code: %s (enter it on the first page)\n", code)
	}
	// Not under systemd: nothing happens, and that is no error.
	_, _ = daemon.SdNotify(false, daemon.SdNotifyReady)
	go app.Trim(ctx)
	err = a.Run(ctx, listener)
	_, _ = daemon.SdNotify(false, daemon.SdNotifyStopping)
	return errors.Join(err, a.Close())
}

func listenAdvice(err error) string {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return "another program, or another Vestnik, uses it: stop that one or choose another with --listen"
	case errors.Is(err, syscall.EACCES):
		return "ports below 1024 need a right of their own: choose another with --listen"
	}
	return "choose another with --listen"
}

func pageAddress(addr net.Addr) string {
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return addr.String()
	}
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port) + "/"
}
