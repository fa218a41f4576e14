package webui

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"testing"

	"vestnik/device"
	"vestnik/gateway"
)

func TestLanguagesHaveTheSameKeys(t *testing.T) {
	t.Parallel()
	all, err := loadWords()
	if err != nil {
		t.Fatal(err)
	}
	ru, en := all["ru"], all["en"]
	for key, text := range ru.texts {
		if en.texts[key] == "" || text == "" {
			t.Errorf("%s: %q in ru, %q in en", key, text, en.texts[key])
		}
		if places(text) != places(en.texts[key]) {
			t.Errorf("%s: places %s in ru, %s in en", key, places(text), places(en.texts[key]))
		}
	}
	if len(ru.texts) != len(en.texts) || len(ru.plurals) != len(en.plurals) {
		t.Errorf("%d and %d texts, %d and %d plurals", len(ru.texts), len(en.texts), len(ru.plurals), len(en.plurals))
	}
	for key := range ru.plurals {
		if en.plurals[key] == nil {
			t.Errorf("%s is no plural in en", key)
		}
	}
}

var place = regexp.MustCompile(`\{[a-z]+\}`)

func places(text string) string {
	found := place.FindAllString(text, -1)
	sort.Strings(found)
	return strings.Join(found, "")
}

// used finds whole keys and beginnings of keys in templates and in the code.
var (
	usedInTemplates = regexp.MustCompile(`[{(]tn? "([a-z_0-9.]+)"`)
	usedInCode      = regexp.MustCompile(`"([a-z_]+\.[a-z_0-9.]+)"`)
	usedAsBeginning = regexp.MustCompile(`\(print "([a-z_.]+\.)"|"([a-z_.]+\.)" ?\+`)
)

func TestEveryKeyIsUsedAndEveryUsedKeyExists(t *testing.T) {
	t.Parallel()
	all, err := loadWords()
	if err != nil {
		t.Fatal(err)
	}
	w := all["ru"]
	known := func(key string) bool { return w.texts[key] != "" || w.plurals[key] != nil }
	used, beginnings := map[string]bool{}, []string{"rail.whatsapp.", "rail.sms.", "rail.chat.", "error.4"}
	err = filepath.WalkDir(".", func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() && (e.Name() == "api" || e.Name() == "e2e") {
			return fs.SkipDir
		}
		code := strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go")
		if !code && !strings.HasSuffix(path, ".html") {
			return nil
		}
		raw, err := os.ReadFile(path)
		for _, m := range usedInTemplates.FindAllStringSubmatch(string(raw), -1) {
			if !known(m[1]) && !code {
				t.Errorf("%s uses %q, which is not in the catalogue", path, m[1])
			}
			used[m[1]] = true
		}
		if code {
			for _, m := range usedInCode.FindAllStringSubmatch(string(raw), -1) {
				used[m[1]] = true
			}
		}
		for _, m := range usedAsBeginning.FindAllStringSubmatch(string(raw), -1) {
			beginnings = append(beginnings, m[1]+m[2])
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	check := func(key string) {
		if used[key] {
			return
		}
		for _, b := range beginnings {
			if strings.HasPrefix(key, b) {
				return
			}
		}
		t.Errorf("nobody uses %q", key)
	}
	for key := range w.texts {
		check(key)
	}
	for key := range w.plurals {
		check(key)
	}
}

// Keys that are put together from a word of another room must exist for each word.
func TestEveryWordOfTheOtherRoomsHasItsSentence(t *testing.T) {
	t.Parallel()
	all, err := loadWords()
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	add := func(prefix string, words ...string) {
		for _, w := range words {
			keys = append(keys, prefix+w)
		}
	}
	add("kind.", "invalid", "not_found", "conflict", "unauthorized", "rate_limited", "unavailable", "refused", "locked", "uncertain", "internal")
	for kind := range kindStatus {
		add("kind.", string(kind))
	}
	for _, p := range []device.PhoneProblem{device.PhoneEmpty, device.PhoneLetters, device.PhoneTooShort, device.PhoneShort, device.PhoneNotInPlan, device.PhoneTooLong} {
		add("phone.", string(p))
	}
	for _, s := range []gateway.AttemptState{gateway.AttemptSending, gateway.AttemptAccepted, gateway.AttemptNotSent, gateway.AttemptRefused, gateway.AttemptUncertain, gateway.AttemptRevoked} {
		add("attempt.", string(s))
	}
	for _, s := range []gateway.PartState{gateway.PartSending, gateway.PartAccepted, gateway.PartDelivered, gateway.PartFailed} {
		add("part.", string(s))
	}
	for _, k := range []device.ReceiptKind{device.ReceiptDelivered, device.ReceiptRead, device.ReceiptTrying, device.ReceiptFailed} {
		add("receipt.", string(k))
	}
	for _, s := range []gateway.EffectState{gateway.EffectPending, gateway.EffectDone, gateway.EffectFailed, gateway.EffectDropped} {
		add("effect.state.", string(s))
	}
	for _, ch := range []device.Channel{device.WhatsApp, device.SMS, device.Chat} {
		add("channel.", string(ch))
	}
	add("role.", string(gateway.Owner), string(gateway.Manager), string(gateway.Operator))
	for _, key := range keys {
		if !all["ru"].has(key) || !all["en"].has(key) {
			t.Errorf("no sentence for %q", key)
		}
	}
}

func TestPlurals(t *testing.T) {
	t.Parallel()
	for n, want := range map[int][2]int{0: {2, 1}, 1: {0, 0}, 2: {1, 1}, 5: {2, 1}, 11: {2, 1}, 12: {2, 1}, 14: {2, 1}, 21: {0, 1}, 22: {1, 1}, 25: {2, 1}, 101: {0, 1}, 111: {2, 1}, 1000: {2, 1}, -1: {0, 0}} {
		if got := [2]int{pluralClass("ru", n), pluralClass("en", n)}; got != want {
			t.Errorf("%d: %v, want %v", n, got, want)
		}
	}
}

func FuzzParseWords(f *testing.F) {
	f.Add([]byte(`{"a": "b", "n": ["x", "y", "z"]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if w, err := parseWords("ru", raw); err == nil && w == nil {
			t.Fatal("neither words nor an error")
		}
	})
}
