package talk

import (
	"context"
	"fmt"
	"reflect"
	"sync/atomic"

	"vestnik/bot"
)

// Script is the bot by the script in force, read from the store and replaced as a whole.
type Script struct {
	store   Store
	current atomic.Pointer[Loaded]
}

// Loaded is one reading of the script.
type Loaded struct {
	Bot     *bot.Bot
	Script  bot.Script
	Version int
	// Problem is why the saved script cannot be used; the bot is then the standard one, and off.
	Problem error
}

// NewScript reads the script for the first time.
func NewScript(ctx context.Context, store Store) (*Script, error) {
	s := &Script{store: store}
	return s, s.Reload(ctx)
}

// Reload reads it again. A script that this version cannot use switches the bot off
// instead of failing: the page shows the problem.
func (s *Script) Reload(ctx context.Context) error {
	script, version, _, err := s.store.ScriptNow(ctx)
	if err != nil {
		return fmt.Errorf("talk: script: %w", err)
	}
	// One that nobody has saved yet follows the shop's language.
	if old := s.current.Load(); old != nil && old.Version == version && (version != 0 || reflect.DeepEqual(old.Script, script)) {
		return nil
	}
	next := &Loaded{Script: script, Version: version}
	if next.Bot, err = bot.New(script); err != nil {
		lang := bot.Russian
		if len(script.Languages) > 0 {
			lang = script.Languages[0]
		}
		next.Problem, next.Script = err, bot.DefaultScript(lang)
		if next.Bot, err = bot.New(next.Script); err != nil {
			return fmt.Errorf("talk: the standard script: %w", err)
		}
	}
	s.current.Store(next)
	return nil
}

// Now is the script in force; do not change it.
func (s *Script) Now() *Loaded { return s.current.Load() }
