package main

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
)

// conversation types an answer each time a prompt has come, and keeps what the terminal
// showed.
func conversation(t *testing.T, ctx context.Context, isNew bool, answers ...string) (passphrase, shown string, err error) {
	t.Helper()
	master, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer master.Close()
	prompts, out := io.Pipe()
	type outcome struct {
		passphrase string
		err        error
	}
	done := make(chan outcome, 1)
	go func() {
		p, err := askPassphrase(ctx, streams{in: tty, err: out}, "", isNew)
		out.Close()
		done <- outcome{p, err}
	}()
	buf := make([]byte, 1024)
	for _, answer := range answers {
		for said := ""; !strings.HasSuffix(said, ": "); {
			n, err := prompts.Read(buf)
			if err != nil {
				break
			}
			said += string(buf[:n])
		}
		if _, err := io.WriteString(master, answer+"\n"); err != nil {
			t.Fatal(err)
		}
	}
	go io.Copy(io.Discard, prompts) //nolint:errcheck // the rest of the prompts
	got := <-done
	tty.Close()
	if err := master.SetReadDeadline(time.Now().Add(time.Second)); err == nil {
		text, _ := io.ReadAll(master)
		shown = string(text)
	}
	return got.passphrase, shown, got.err
}

func TestAPassphraseIsNotShownWhileItIsTyped(t *testing.T) {
	t.Parallel()
	const secret = "correct horse battery"
	got, shown, err := conversation(t, t.Context(), true, secret, secret)
	if err != nil || got != secret || strings.Contains(shown, "horse") {
		t.Errorf("%q, %v; the terminal showed %q", got, err, shown)
	}
	got, shown, err = conversation(t, t.Context(), false, secret)
	if err != nil || got != secret || strings.Contains(shown, "horse") {
		t.Errorf("%q, %v; the terminal showed %q", got, err, shown)
	}
	if _, _, err = conversation(t, t.Context(), true, secret, "correct horse"); err == nil || !strings.Contains(err.Error(), "not the same") {
		t.Error(err)
	}
	if _, _, err = conversation(t, t.Context(), true, "short"); err == nil || !strings.Contains(err.Error(), "at least 12") {
		t.Error(err)
	}
}

func TestAPersonMayGiveUpTyping(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := conversation(t, ctx, true); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
