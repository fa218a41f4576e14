package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"vestnik/sim/disk"
)

// newcomer is a box that is being set up for the first time. The plug is pulled while
// its files are made, while it starts for the first time, and right after it said
// that it has something.
type newcomer struct {
	disk   *disk.Disk
	binary string
	dir    string // of the logs
	rng    *rand.Rand
	wrong  []string
}

// firstDays sets n boxes up under power cuts, three for each, and answers sentences
// about what went wrong.
func firstDays(ctx context.Context, o options, n int) ([]string, error) {
	d, err := disk.New(disk.Options{
		Mount: filepath.Join(o.Dir, "first"), Scratch: filepath.Join(o.Dir, "first-scratch"), Seed: o.Seed, SyncDelay: time.Millisecond,
	})
	if err != nil {
		return nil, err
	}
	defer d.Close()
	c := &newcomer{disk: d, binary: o.Binary, dir: o.Dir, rng: rand.New(rand.NewPCG(o.Seed, 0xf1))}
	for i := range n {
		if err := c.day(ctx, i); err != nil {
			return c.wrong, fmt.Errorf("first start %d: %w", i+1, err)
		}
	}
	return c.wrong, nil
}

const firstConfig = `shop: {name: "Первый день", language: ru, timezone: Europe/Moscow, region: RU}
`

func (c *newcomer) day(ctx context.Context, i int) error {
	data := filepath.Join(c.disk.Path(), fmt.Sprintf("data-%d", i))
	if err := makeFolder(data); err != nil {
		return err
	}
	applied, err := c.applyUntilCut(ctx, data, disk.Mode(i%3))
	if err != nil {
		return err
	}
	b, err := newBox(c.binary, data, filepath.Join(c.dir, "first.log"), nil)
	if err != nil {
		return err
	}
	defer b.end()
	if applied {
		text, err := b.verb(ctx, "", "config", "export")
		if err != nil || !strings.Contains(text, "Первый день") {
			c.wrong = append(c.wrong, fmt.Sprintf("first start %d: the configuration was applied and is gone after a power cut: %v", i+1, err))
		}
	} else if _, err := b.verb(ctx, firstConfig, "config", "apply", "-"); err != nil {
		c.wrong = append(c.wrong, fmt.Sprintf("first start %d: after a power cut while the files were made nothing can be applied: %v", i+1, err))
		return nil
	}
	token, err := b.verb(ctx, "", "token", "add", "soak", "--role", "owner")
	if err != nil {
		return err
	}
	// Cut once right after the answer, and once in the first start.
	for k := range 2 {
		if k == 1 {
			if err := b.start(); err != nil {
				return err
			}
			sleep(ctx, time.Duration(c.rng.IntN(150))*time.Millisecond)
		}
		if err := c.cut(ctx, b, disk.Mode((i+k)%3)); err != nil {
			return err
		}
	}
	if err := b.start(); err != nil {
		return err
	}
	a := newAPI(b, strings.TrimSpace(token))
	limited, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	gone := b.exited()
	if err := until(limited, 10*time.Millisecond, func() (bool, error) {
		select {
		case <-gone:
			return false, fmt.Errorf("it ended: %w", b.ending())
		default:
		}
		_, err := a.status(limited)
		return err == nil, nil
	}); err != nil {
		c.wrong = append(c.wrong, fmt.Sprintf("first start %d: the box does not know the token that it gave, or does not start: %v", i+1, err))
	}
	return nil
}

// makeFolder makes a folder that outlives a cut, as the installer's.
func makeFolder(path string) error {
	if err := os.Mkdir(path, 0o700); err != nil {
		return err
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		_ = f.Close() // the sync's error is the one to tell
		return err
	}
	return f.Close()
}

// applyUntilCut applies a configuration in an empty folder and pulls the plug at some
// moment of it. applied tells that it had said to be done.
func (c *newcomer) applyUntilCut(ctx context.Context, data string, mode disk.Mode) (applied bool, err error) {
	cmd := exec.CommandContext(ctx, c.binary, "config", "apply", "-", "--data", data)
	cmd.Stdin = strings.NewReader(firstConfig)
	done := make(chan error, 1)
	if err := cmd.Start(); err != nil {
		return false, err
	}
	go func() { done <- cmd.Wait() }()
	select {
	case err := <-done:
		if err != nil {
			return false, fmt.Errorf("config apply: %w", err)
		}
		applied = true
	case <-time.After(time.Duration(20+c.rng.IntN(130)) * time.Millisecond):
		if err := freeze(ctx, cmd.Process.Pid); err != nil {
			return false, err
		}
	}
	if _, err := c.disk.Cut(mode); err != nil {
		return false, err
	}
	if !applied {
		_ = cmd.Process.Kill() // it may have ended in the same moment
		applied = <-done == nil
	}
	return applied, c.disk.PowerOn()
}

// cut pulls the plug of a box, running or not.
func (c *newcomer) cut(ctx context.Context, b *box, mode disk.Mode) error {
	if pid, ok := b.running(); ok {
		if err := freeze(ctx, pid); err != nil {
			return err
		}
	}
	if _, err := c.disk.Cut(mode); err != nil {
		return err
	}
	if _, ok := b.running(); ok {
		if err := b.kill(); err != nil {
			return err
		}
	}
	return c.disk.PowerOn()
}
