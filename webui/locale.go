package webui

import (
	"embed"
	"encoding/json"
	"fmt"
	"strings"
)

//go:embed locale/*.json
var localeFiles embed.FS

// languages the pages speak, the first being the one to fall back to.
var languages = []string{"ru", "en"}

// words are the sentences of one language by key. A text with a number in it has one
// form per plural class.
type words struct {
	lang    string
	texts   map[string]string
	plurals map[string][]string
}

func loadWords() (map[string]*words, error) {
	all := map[string]*words{}
	for _, lang := range languages {
		raw, err := localeFiles.ReadFile("locale/" + lang + ".json")
		if err != nil {
			return nil, fmt.Errorf("webui: locale: %w", err)
		}
		w, err := parseWords(lang, raw)
		if err != nil {
			return nil, fmt.Errorf("webui: locale %s: %w", lang, err)
		}
		all[lang] = w
	}
	return all, nil
}

func parseWords(lang string, raw []byte) (*words, error) {
	var entries map[string]json.RawMessage
	if err := json.Unmarshal(raw, &entries); err != nil {
		return nil, err
	}
	w := &words{lang: lang, texts: map[string]string{}, plurals: map[string][]string{}}
	for key, value := range entries {
		var forms []string
		if err := json.Unmarshal(value, &forms); err == nil {
			if len(forms) != pluralForms(lang) {
				return nil, fmt.Errorf("%s: %d plural forms, want %d", key, len(forms), pluralForms(lang))
			}
			w.plurals[key] = forms
			continue
		}
		var text string
		if err := json.Unmarshal(value, &text); err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		w.texts[key] = text
	}
	return w, nil
}

// t is a text with its {places} filled from pairs of name and value. An unknown key
// is an error: the gallery test finds it.
func (w *words) t(key string, pairs ...any) (string, error) {
	text, ok := w.texts[key]
	if !ok {
		return "", fmt.Errorf("locale %s: no text %q", w.lang, key)
	}
	return fill(text, pairs), nil
}

// tn is t for a number: {n} is filled with it, and the form fits it.
func (w *words) tn(key string, n int, pairs ...any) (string, error) {
	forms, ok := w.plurals[key]
	if !ok {
		return "", fmt.Errorf("locale %s: no plural %q", w.lang, key)
	}
	return fill(forms[pluralClass(w.lang, n)], append(pairs, "n", n)), nil
}

// say is t for Go code: a missing key shows itself.
func (w *words) say(key string, pairs ...any) string {
	text, err := w.t(key, pairs...)
	if err != nil {
		return "⟦" + key + "⟧"
	}
	return text
}

func (w *words) has(key string) bool { return w.texts[key] != "" }

func fill(text string, pairs []any) string {
	for i := 0; i+1 < len(pairs); i += 2 {
		text = strings.ReplaceAll(text, "{"+fmt.Sprint(pairs[i])+"}", fmt.Sprint(pairs[i+1]))
	}
	return text
}

func pluralForms(lang string) int {
	if lang == "ru" {
		return 3
	}
	return 2
}

// pluralClass follows Unicode CLDR's plural rules for whole numbers.
func pluralClass(lang string, n int) int {
	n = max(n, -n)
	switch {
	case lang != "ru" && n == 1:
		return 0
	case lang != "ru":
		return 1
	case n%10 == 1 && n%100 != 11:
		return 0
	case n%10 >= 2 && n%10 <= 4 && (n%100 < 12 || n%100 > 14):
		return 1
	}
	return 2
}
