package webui

import (
	"bytes"
	"cmp"
	"compress/flate"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"

	"vestnik/bot"
	"vestnik/device"
)

// scriptDraft is a script that is being edited. It travels with the page in a hidden
// field, so that every entry of it can be opened, tried and left again before anything is
// saved, with and without scripts, and in two windows at once.
type scriptDraft struct {
	Base   int // the version that it was made of
	Script bot.Script
}

// The bounds of what a page may send back to us: the field as it stands there, and what
// it unpacks to.
const (
	maxPacked   = 300 << 10
	maxUnpacked = 2 << 20
)

// pack writes a value into a hidden field.
func pack(v any) (string, error) {
	var out bytes.Buffer
	b64 := base64.NewEncoder(base64.RawURLEncoding, &out)
	w, err := flate.NewWriter(b64, flate.DefaultCompression)
	if err != nil {
		return "", fmt.Errorf("webui: pack: %w", err)
	}
	if err := json.NewEncoder(w).Encode(v); err != nil {
		return "", fmt.Errorf("webui: pack: %w", err)
	}
	if err := w.Close(); err != nil {
		return "", fmt.Errorf("webui: pack: %w", err)
	}
	if err := b64.Close(); err != nil {
		return "", fmt.Errorf("webui: pack: %w", err)
	}
	return out.String(), nil
}

// unpack reads what pack wrote. Anything may stand in the field.
func unpack(packed string, v any) error {
	if len(packed) > maxPacked {
		return device.Errorf(device.Invalid, "form", "too large")
	}
	raw, err := base64.RawURLEncoding.DecodeString(packed)
	if err != nil {
		return device.Errorf(device.Invalid, "form", "not ours")
	}
	plain, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(raw)), maxUnpacked+1))
	if err != nil || len(plain) > maxUnpacked || json.Unmarshal(plain, v) != nil {
		return device.Errorf(device.Invalid, "form", "not ours")
	}
	return nil
}

// tidy puts a script into the form in which drafts are compared: commands in the order of
// their numbers, and no line that says what it says by itself.
func tidy(s bot.Script) bot.Script {
	s.Commands = tidyList(s.Commands)
	standard := standardLines()
	lines := map[bot.Line]bot.Local{}
	for l, texts := range s.Lines {
		kept := bot.Local{}
		for lang, text := range texts {
			if text != standard[l][lang] {
				kept[lang] = text
			}
		}
		if len(kept) > 0 {
			lines[l] = kept
		}
	}
	s.Lines = lines
	return s
}

func tidyList(list []bot.Command) []bot.Command {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b bot.Command) int { return cmp.Compare(a.Number, b.Number) })
	for i := range list {
		c := &list[i]
		c.Title, c.Answer.Text, c.Answer.List = tidyLocal(c.Title), tidyLocal(c.Answer.Text), tidyList(c.Answer.List)
		c.Answer.Points = slices.Clone(c.Answer.Points)
		for j := range c.Answer.Points {
			p := &c.Answer.Points[j]
			p.Name, p.Address, p.Hours = tidyLocal(p.Name), tidyLocal(p.Address), tidyLocal(p.Hours)
		}
	}
	if len(list) == 0 {
		return nil
	}
	return list
}

// tidyLocal leaves out the languages in which nothing is said.
func tidyLocal(l bot.Local) bot.Local {
	var kept bot.Local
	for lang, text := range l {
		if text == "" {
			continue
		}
		if kept == nil {
			kept = bot.Local{}
		}
		kept[lang] = text
	}
	return kept
}

// standardLines are the lines that a script need not write down.
var standardLines = sync.OnceValue(func() map[bot.Line]bot.Local { return bot.DefaultScript(bot.Russian).Lines })

// lineText is a line as the bot says it.
func lineText(s bot.Script, l bot.Line, lang string) string {
	if text, ok := s.Lines[l][lang]; ok {
		return text
	}
	return standardLines()[l][lang]
}

// setLine writes a line; the standard one is left out.
func setLine(s *bot.Script, l bot.Line, lang, text string) {
	texts := maps.Clone(s.Lines[l])
	if texts == nil {
		texts = bot.Local{}
	}
	texts[lang] = text
	if text == standardLines()[l][lang] {
		delete(texts, lang)
	}
	lines := maps.Clone(s.Lines)
	if lines == nil {
		lines = map[bot.Line]bot.Local{}
	}
	lines[l] = texts
	if len(texts) == 0 {
		delete(lines, l)
	}
	s.Lines = lines
}

// same tells whether two scripts say and do the same.
func same(a, b bot.Script) bool {
	x, err1 := json.Marshal(tidy(a)) // with its maps in order
	y, err2 := json.Marshal(tidy(b))
	return err1 == nil && err2 == nil && bytes.Equal(x, y)
}
