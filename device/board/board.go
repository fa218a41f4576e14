package board

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"vestnik/device"
)

// Options say where the board looks. The zero value is this machine.
type Options struct {
	// Sys is the kernel's tree of devices; empty: /sys.
	Sys string
	// DataDir is the folder whose disk is looked at; empty: the disk is unknown.
	DataDir string
	// Database is the name of the database's file in DataDir; its log is counted with it.
	Database string
	// Adjtimex asks the kernel about its clock; nil: the system call.
	Adjtimex func() (Timex, error)
	// Uptime is the time since the machine was switched on; nil: the system call.
	Uptime func() (time.Duration, error)
	// Statfs looks at a folder's disk; nil: the system call.
	Statfs func(dir string) (Statfs, error)
}

// Board reads the machine it runs on. It is safe for concurrent use and holds
// nothing.
type Board struct{ o Options }

// New connects nothing yet.
func New(o Options) *Board {
	if o.Sys == "" {
		o.Sys = "/sys"
	}
	if o.Adjtimex == nil {
		o.Adjtimex = adjtimex
	}
	if o.Uptime == nil {
		o.Uptime = uptime
	}
	if o.Statfs == nil {
		o.Statfs = statfs
	}
	return &Board{o}
}

// Health is everything at once.
func (b *Board) Health() device.Health {
	h := device.Health{Clock: b.Clock(), Disk: b.Disk(), Power: b.Power()}
	h.Celsius, h.HasCelsius = b.Temperature()
	return h
}

// word reads a small file of the kernel without the white space around it.
func word(path string) (string, bool) {
	f, err := os.Open(path)
	if err != nil {
		return "", false
	}
	defer f.Close()
	var buf [256]byte
	n, err := f.Read(buf[:]) // one read: a file of the kernel answers as a whole
	if err != nil && n == 0 {
		return "", false
	}
	return strings.TrimSpace(string(buf[:n])), true
}

func number(path string) (int64, bool) {
	s, ok := word(path)
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}

// each calls do with every folder in one of the kernel's classes.
func (b *Board) each(class string, do func(dir string)) {
	found, err := os.ReadDir(filepath.Join(b.o.Sys, "class", class))
	if err != nil {
		return // this machine has no such thing
	}
	for _, e := range found {
		do(filepath.Join(b.o.Sys, "class", class, e.Name()))
	}
}
