package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"vestnik/bot"
	"vestnik/device"
)

// scriptsKept is how many versions of the bot's script are kept.
const scriptsKept = 100

// ScriptVersion is a kept version of the bot's script.
type ScriptVersion struct {
	Version int
	At      time.Time
	By      string
}

const (
	queryScriptNow = `SELECT version, value FROM script ORDER BY version DESC LIMIT 1`
	queryScript    = `SELECT value FROM script WHERE version = ?`
	queryScripts   = `SELECT version, at, author FROM script ORDER BY version DESC LIMIT ?`
)

// ScriptNow is the bot's script in force and its version. ok is false when none was ever
// saved: then it is the usual one, version 0, with what an older box had among its settings.
func (s *Store) ScriptNow(ctx context.Context) (script bot.Script, version int, ok bool, err error) {
	const op = "read the bot's script"
	err = s.view(ctx, op, func(q querier) error {
		var text string
		err := q.QueryRowContext(ctx, queryScriptNow).Scan(&version, &text)
		if ok = err == nil; ok {
			script, err = bot.ParseScript([]byte(text))
			return err
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		script, err = formerScript(ctx, q)
		return err
	})
	if err != nil {
		return bot.Script{}, 0, false, err
	}
	return script, version, ok, nil
}

// formerScript is what a box without a script starts from. Boxes that are older than the bot
// kept its texts in a section of the settings, which stays as it is.
func formerScript(ctx context.Context, q querier) (bot.Script, error) {
	settings, err := readSettings(ctx, q)
	if err != nil {
		return bot.Script{}, err
	}
	var text string
	err = q.QueryRowContext(ctx, `SELECT value FROM setting WHERE section = 'bot'`).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return bot.DefaultScript(settings.Shop.Language), nil
	}
	if err != nil {
		return bot.Script{}, err
	}
	var former bot.Former
	if err := json.Unmarshal([]byte(text), &former); err != nil {
		return bot.Script{}, fmt.Errorf("section bot: %w", err)
	}
	return former.Script(settings.Shop.Language), nil
}

// SaveScript keeps a script that was made out of version basedOn (0: of none), and answers
// its version. It answers device.Conflict when basedOn is not the newest any more; a script
// saved as it is makes no new version.
func (s *Store) SaveScript(ctx context.Context, script bot.Script, basedOn int, by string) (version int, err error) {
	const op = "save the bot's script"
	const insert = `INSERT INTO script (version, value, at, author) VALUES (?, ?, ?, ?)`
	text, err := json.Marshal(script)
	if err != nil {
		return 0, fault(op, err)
	}
	err = s.change(ctx, op, func(tx *transaction) error {
		var newest int
		var was string
		err := tx.QueryRowContext(ctx, queryScriptNow).Scan(&newest, &was)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if newest != basedOn {
			return device.Errorf(device.Conflict, "store: "+op, "version %d was saved after version %d", newest, basedOn)
		}
		if version = newest; was == string(text) {
			return nil
		}
		version++
		if _, err := tx.ExecContext(ctx, insert, version, string(text), tx.now.UnixMilli(), by); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM script WHERE version <= ?`, version-scriptsKept)
		return err
	})
	if err != nil {
		return 0, err
	}
	return version, nil
}

// ScriptVersions are the kept versions, newest first.
func (s *Store) ScriptVersions(ctx context.Context, limit int) ([]ScriptVersion, error) {
	var list []ScriptVersion
	err := each(ctx, s.reader, func(scan scanner) error {
		var v ScriptVersion
		var at stamp
		err := scan(&v.Version, &at, &v.By)
		v.At = at.time()
		list = append(list, v)
		return err
	}, queryScripts, limit)
	return list, fault("read the versions of the bot's script", err)
}

// ScriptVersion reads one kept version; NotFound for one that is not kept.
func (s *Store) ScriptVersion(ctx context.Context, version int) (bot.Script, error) {
	const op = "read a version of the bot's script"
	var text string
	err := s.reader.QueryRowContext(ctx, queryScript, version).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return bot.Script{}, notFound(op, "no version %d", version)
	}
	if err != nil {
		return bot.Script{}, fault(op, err)
	}
	script, err := bot.ParseScript([]byte(text))
	return script, fault(op, err)
}
