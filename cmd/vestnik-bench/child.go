package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/pprof"
	"strconv"
	"strings"
	"time"
)

// Roles of this program when it starts itself: what is measured lives in a process of
// its own, so that its memory, processor time and writes can be read apart from the
// simulators'.
const (
	roleEnv   = "VESTNIK_BENCH_ROLE"   // role of the child
	configEnv = "VESTNIK_BENCH_CONFIG" // its configuration as JSON
	// profileEnv names a folder for processor profiles of the children; for people who look
	// for where the time goes.
	profileEnv = "VESTNIK_BENCH_PROFILE"

	roleBox  = "box"
	roleBare = "bare"
	roleFill = "fill"
)

// runChild does what the parent asks for.
func runChild(ctx context.Context, role string) error {
	stop, err := profile(role)
	if err != nil {
		return err
	}
	defer stop()
	config := []byte(os.Getenv(configEnv))
	switch role {
	case roleBox:
		var c boxConfig
		if err := json.Unmarshal(config, &c); err != nil {
			return err
		}
		return runBox(ctx, c)
	case roleBare:
		var c bareConfig
		if err := json.Unmarshal(config, &c); err != nil {
			return err
		}
		return runBare(ctx, c)
	case roleFill:
		var c fillConfig
		if err := json.Unmarshal(config, &c); err != nil {
			return err
		}
		return runFill(ctx, c)
	}
	return fmt.Errorf("no role %q", role)
}

// profile writes the processor profile of this process, when a folder is named.
func profile(role string) (stop func(), err error) {
	dir := os.Getenv(profileEnv)
	if dir == "" {
		return func() {}, nil
	}
	f, err := os.Create(filepath.Join(dir, role+"-"+strconv.Itoa(os.Getpid())+".pprof"))
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, err
	}
	return func() {
		pprof.StopCPUProfile()
		_ = f.Close()
	}, nil
}

// child is a process that this one started.
type child struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

func startChild(ctx context.Context, role string, config any) (*child, error) {
	text, err := json.Marshal(config)
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	c := &child{cmd: exec.CommandContext(ctx, self)}
	c.cmd.Env = append(os.Environ(), roleEnv+"="+role, configEnv+"="+string(text))
	c.cmd.Stderr = os.Stderr
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c.out = bufio.NewReader(out)
	return c, c.cmd.Start()
}

// line is the next line that the child prints.
func (c *child) line() (string, error) {
	text, err := c.out.ReadString('\n')
	return strings.TrimSpace(text), err
}

func (c *child) pid() int { return c.cmd.Process.Pid }

// stop asks the child to end and waits for it.
func (c *child) stop() error {
	_ = c.in.Close()
	if err := c.cmd.Process.Signal(os.Interrupt); err != nil {
		return err
	}
	return c.cmd.Wait()
}

// rss is the resident memory of a process in MiB. Source: proc(5), VmRSS.
func rss(pid int) (float64, error) { return procFigure(pid, "status", "VmRSS:") }

// anonymous is the part of the resident memory that no file backs, in MiB. Source: proc(5),
// RssAnon.
func anonymous(pid int) (float64, error) { return procFigure(pid, "status", "RssAnon:") }

// procFigure reads a figure of /proc/PID/FILE: kB as MiB.
func procFigure(pid int, file, name string) (float64, error) {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), file))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			var v float64
			if _, err := fmt.Sscan(rest, &v); err != nil {
				return 0, err
			}
			return v / 1024, nil
		}
	}
	return 0, fmt.Errorf("%s has no %s", file, name)
}

// processorTime is what a process has used so far, in user and kernel mode. Source:
// proc(5), fields 14 and 15 of stat, in ticks of 10 ms.
func processorTime(pid int) (time.Duration, error) {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return 0, err
	}
	// The name in brackets may hold spaces; what follows it does not.
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	if len(fields) < 13 {
		return 0, fmt.Errorf("stat of process %d is short", pid)
	}
	var ticks int64
	for _, f := range fields[11:13] {
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond, nil
}
