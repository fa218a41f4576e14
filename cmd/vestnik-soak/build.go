package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"vestnik/sim/whatsapp"
)

// trustFile is the one file that the box under test has more than the shipped
// program: it trusts the simulator's Noise root. The key stands in it as bytes,
// so that the box links nothing of the simulators.
const trustFile = `package main

import "go.mau.fi/whatsmeow"

func init() { whatsmeow.WACertPubKey = [32]byte{%s} }
`

// buildBox builds the shipped program with the simulator's root key in it, into
// dir, and answers its path. With the name of a break, the rule that it breaks
// is broken in that build. The sources stay as they are: what differs is laid over
// them (go help build, -overlay). It works inside a checkout only.
func buildBox(ctx context.Context, dir, breakName string) (binary string, err error) {
	var broken breakage
	if breakName != "" {
		if broken, err = breakNamed(breakName); err != nil {
			return "", err
		}
	}
	dir, err = filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	root, err := moduleRoot(ctx)
	if err != nil {
		return "", err
	}
	overlay, err := broken.overlay(root, dir)
	if err != nil {
		return "", err
	}
	key := fmt.Sprint(whatsapp.RootKey())
	trust := fmt.Sprintf(trustFile, strings.ReplaceAll(strings.Trim(key, "[]"), " ", ", "))
	if err := overlay.put(filepath.Join(root, "cmd/vestnik/trust_simulator.go"), trust); err != nil {
		return "", err
	}
	list, err := overlay.file()
	if err != nil {
		return "", err
	}
	binary = filepath.Join(dir, strings.TrimSuffix("vestnik-"+breakName, "-"))
	_, err = goTool(ctx, root, "build", "-trimpath", "-overlay", list, "-o", binary, "./cmd/vestnik")
	return binary, err
}

// moduleRoot is the checkout in which this program runs.
func moduleRoot(ctx context.Context) (string, error) {
	out, err := goTool(ctx, "", "list", "-m", "-f", "{{.Path}} {{.Dir}}")
	if err != nil {
		return "", err
	}
	path, root, _ := strings.Cut(strings.TrimSpace(out), " ")
	if path != "vestnik" {
		return "", fmt.Errorf("this folder belongs to the module %q; run the soak inside a checkout of vestnik, it builds the box from its sources", path)
	}
	return root, nil
}

// goTool runs the go command and answers what it printed.
func goTool(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("go %s: %w\n%s", args[0], err, complaint.Bytes())
	}
	return out.String(), nil
}

// overlay is what is laid over the sources in one build.
type overlay struct {
	dir     string // where the replacements lie
	replace map[string]string
}

func newOverlay(dir string) *overlay { return &overlay{dir: dir, replace: map[string]string{}} }

// put lays a text over a source file, which need not exist.
func (o *overlay) put(path, text string) error {
	f, err := os.CreateTemp(o.dir, "overlay-*.go")
	if err != nil {
		return fmt.Errorf("lay over %s: %w", path, err)
	}
	o.replace[path] = f.Name()
	if _, err := f.WriteString(text); err != nil {
		_ = f.Close()
		return fmt.Errorf("lay over %s: %w", path, err)
	}
	return f.Close()
}

// file writes the list that go build reads.
func (o *overlay) file() (string, error) {
	text, err := json.Marshal(map[string]any{"Replace": o.replace})
	if err != nil {
		return "", err
	}
	f, err := os.CreateTemp(o.dir, "overlay-*.json")
	if err != nil {
		return "", fmt.Errorf("write the overlay: %w", err)
	}
	if _, err := f.Write(text); err != nil {
		_ = f.Close()
		return "", fmt.Errorf("write the overlay: %w", err)
	}
	return f.Name(), f.Close()
}
