package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The product changes; its breaks must still be breaks of it. All of them are
// laid over the sources in one build where they do not touch the same file, which
// the go command does from its cache but for the packages that they touch.
func TestEveryBreakAppliesAndCompiles(t *testing.T) {
	t.Parallel()
	root, err := moduleRoot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range breaks() {
		t.Run(b.Name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			o, err := b.overlay(root, dir)
			if err != nil {
				t.Fatal(err)
			}
			list, err := o.file()
			if err != nil {
				t.Fatal(err)
			}
			args := []string{"build", "-trimpath", "-overlay", list}
			seen := map[string]bool{}
			for _, e := range b.Edits {
				if p := "./" + filepath.ToSlash(filepath.Dir(e.File)); !seen[p] {
					seen[p] = true
					args = append(args, p)
				}
			}
			if _, err := goTool(t.Context(), root, args...); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestABreakThatNoLongerFitsSaysSo(t *testing.T) {
	t.Parallel()
	root, err := moduleRoot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, old := range []string{"a text that stands nowhere", "func "} {
		b := breakage{Name: "stale", Edits: []edit{{File: "gateway/dispatch.go", Old: old, New: "x"}}}
		if _, err := b.overlay(root, t.TempDir()); err == nil || !strings.Contains(err.Error(), "break stale, edit 1") {
			t.Errorf("%q: %v", old, err)
		}
	}
	if _, err := breakNamed("unheard-of"); err == nil || !strings.Contains(err.Error(), "intent-late") {
		t.Errorf("the error does not say which breaks there are: %v", err)
	}
}

func TestTheBoxIsTheShippedProgramPlusOneFile(t *testing.T) {
	t.Parallel()
	binary := builtBox(t)
	out, err := goTool(t.Context(), "", "tool", "nm", binary)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out, "vestnik/sim/") {
		t.Error("the box links a simulator")
	}
	if info, err := os.Stat(binary); err != nil || info.Mode()&0o100 == 0 {
		t.Errorf("not a program: %v %v", info, err)
	}
}
