package app

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"syscall"
	"time"
)

// startIsOver is when the loops, the pages and the database have done what they do only
// once.
const startIsOver = 3 * time.Second

// Trim gives the memory back that only the start needed: what the heap has grown to for
// the parsing of templates, words and statements, and the parts of the program's own file that
// were mapped for it. Linux would take the latter by itself when short of memory; given
// back, the resident size is what the box needs in order to go on. It is for the process that
// runs an App, which waits here in a goroutine.
func Trim(ctx context.Context) {
	select {
	case <-ctx.Done():
		return
	case <-time.After(startIsOver):
	}
	debug.FreeOSMemory()
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return // not Linux, or /proc is hidden: then it stays as it is
	}
	program, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return
	}
	for _, m := range readOnly(maps, program) {
		// Clean pages of a file: the next access reads them again, from the page cache mostly.
		_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, m.from, m.to-m.from, syscall.MADV_DONTNEED)
	}
}

type mapping struct{ from, to uintptr }

// readOnly finds the mappings of a file that nobody can have changed. Source of the
// format: proc_pid_maps(5).
func readOnly(maps []byte, file string) []mapping {
	var found []mapping
	for line := range bytes.Lines(maps) {
		fields := strings.Fields(string(line))
		if len(fields) != 6 || fields[5] != file || !strings.HasPrefix(fields[1], "r-") || !strings.HasSuffix(fields[1], "p") {
			continue
		}
		var m mapping
		if n, _ := fmt.Sscanf(fields[0], "%x-%x", &m.from, &m.to); n == 2 && m.to > m.from {
			found = append(found, m)
		}
	}
	return found
}
