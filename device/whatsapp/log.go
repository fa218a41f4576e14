package whatsapp

import (
	"context"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"sync"

	signal "go.mau.fi/libsignal/logger"
	waLog "go.mau.fi/whatsmeow/util/log"
)

// numbers finds what may be a telephone number or a LID in foreign log lines, and
// the ids of our messages, which may hold as many digits and are left alone.
var numbers = regexp.MustCompile(`3EB0[0-9A-F]{18}|[0-9]{7,}`)

// mask hides the middle of every long run of digits.
func mask(s string) string {
	return numbers.ReplaceAllStringFunc(s, func(run string) string {
		if strings.HasPrefix(run, "3EB0") {
			return run
		}
		return run[:1] + "•••" + run[len(run)-2:]
	})
}

// libraryLog sends whatsmeow's lines into slog. They quote stanzas, so that every
// line is masked; at Info and above none quotes a message's text.
type libraryLog struct {
	log    *slog.Logger
	module string
}

func (l libraryLog) put(level slog.Level, msg string, args []any) {
	if !l.log.Enabled(context.Background(), level) {
		return // before formatting: a debug line renders the whole stanza
	}
	l.log.Log(context.Background(), level, "whatsapp library", "module", l.module, "line", mask(fmt.Sprintf(msg, args...)))
}

func (l libraryLog) Errorf(msg string, args ...any) { l.put(slog.LevelError, msg, args) }
func (l libraryLog) Warnf(msg string, args ...any)  { l.put(slog.LevelWarn, msg, args) }
func (l libraryLog) Infof(msg string, args ...any)  { l.put(slog.LevelDebug, msg, args) }
func (l libraryLog) Debugf(msg string, args ...any) { l.put(slog.LevelDebug-4, msg, args) }

func (l libraryLog) Sub(module string) waLog.Logger {
	if l.module != "" {
		module = l.module + "/" + module
	}
	return libraryLog{l.log, module}
}

// signalLog does the same for libsignal, which otherwise prints to standard output.
type signalLog struct{ log *slog.Logger }

func (s signalLog) put(level slog.Level, caller, msg string) {
	s.log.Log(context.Background(), level, "signal library", "at", caller, "line", mask(msg))
}

func (s signalLog) Debug(string, string)       {}
func (s signalLog) Info(caller, msg string)    { s.put(slog.LevelDebug, caller, msg) }
func (s signalLog) Warning(caller, msg string) { s.put(slog.LevelWarn, caller, msg) }
func (s signalLog) Error(caller, msg string)   { s.put(slog.LevelWarn, caller, msg) }
func (s signalLog) Configure(string)           {}
func routeSignalLog(log *slog.Logger)          { signalOnce.Do(func() { setSignalLog(log) }) }
func setSignalLog(log *slog.Logger)            { var l signal.Loggable = signalLog{log}; signal.Setup(&l) }

// signalOnce: libsignal has one logger for the whole process, which it reads without
// a lock. The first session gives it its own.
var signalOnce sync.Once
