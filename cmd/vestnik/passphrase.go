package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"vestnik/gateway"
)

// maxPassphrase bounds what is read as a passphrase, in bytes.
const maxPassphrase = 4096

// askPassphrase reads a passphrase: from a file, from a person at a terminal, who types
// a new one twice and does not see it, or from the first line of standard input. It is
// never an argument, which other users of the machine could read.
func askPassphrase(ctx context.Context, s streams, file string, isNew bool) (string, error) {
	passphrase, err := readPassphrase(ctx, s, file, isNew)
	if err != nil {
		return "", fmt.Errorf("passphrase: %w", err)
	}
	if isNew && len([]rune(passphrase)) < gateway.MinPassphrase {
		return "", errWeak()
	}
	if passphrase == "" {
		return "", errors.New("the passphrase is empty: give it on standard input, or with --passphrase-file")
	}
	return passphrase, nil
}

func readPassphrase(ctx context.Context, s streams, file string, isNew bool) (string, error) {
	if file != "" {
		f, err := os.Open(file)
		if err != nil {
			return "", err
		}
		defer f.Close()
		return firstLine(bufio.NewReader(io.LimitReader(f, maxPassphrase)))
	}
	tty, ok := s.in.(*os.File)
	if !ok || !isTerminal(tty) {
		return firstLine(bufio.NewReader(io.LimitReader(s.in, maxPassphrase)))
	}
	return fromTerminal(ctx, tty, s.err, isNew)
}

// firstLine is a line without its end.
func firstLine(r *bufio.Reader) (string, error) {
	line, err := r.ReadString('\n')
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return strings.TrimRight(line, "\r\n"), err
}

func isTerminal(f *os.File) bool {
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}

// fromTerminal asks a person, with the echo off until it is done.
func fromTerminal(ctx context.Context, tty *os.File, out io.Writer, isNew bool) (string, error) {
	before, err := unix.IoctlGetTermios(int(tty.Fd()), unix.TCGETS)
	if err != nil {
		return "", err
	}
	silent := *before
	silent.Lflag &^= unix.ECHO
	if err := unix.IoctlSetTermios(int(tty.Fd()), unix.TCSETS, &silent); err != nil {
		return "", err
	}
	defer unix.IoctlSetTermios(int(tty.Fd()), unix.TCSETS, before) //nolint:errcheck // there is nothing else to try
	in := bufio.NewReader(tty)
	ask := func(prompt string) (string, error) {
		fmt.Fprint(out, prompt)
		defer fmt.Fprintln(out)
		return lineOrEnd(ctx, in)
	}
	if !isNew {
		return ask("Passphrase of the backup: ")
	}
	first, err := ask("New passphrase for the backup (write it down: without it the backup is lost): ")
	if err != nil {
		return "", err
	}
	if len([]rune(first)) < gateway.MinPassphrase {
		return "", errWeak()
	}
	again, err := ask("The same once more: ")
	if err != nil {
		return "", err
	}
	if first != again {
		return "", errors.New("the two are not the same; nothing was done")
	}
	return first, nil
}

// lineOrEnd reads a line, or gives up when the process is asked to end: a read from a
// terminal cannot be cut short.
func lineOrEnd(ctx context.Context, in *bufio.Reader) (string, error) {
	type answer struct {
		line string
		err  error
	}
	got := make(chan answer, 1)
	go func() {
		line, err := in.ReadString('\n')
		got <- answer{strings.TrimRight(line, "\r\n"), err}
	}()
	select {
	case a := <-got:
		return a.line, a.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}
