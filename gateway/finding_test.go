package gateway

import (
	"slices"
	"testing"
	"time"
)

func TestEveryFindingHasWords(t *testing.T) {
	t.Parallel()
	seen := map[string]FindingKind{}
	for _, k := range FindingKinds {
		for _, lang := range []string{"ru", "en"} {
			w := FindingWords(k, lang)
			if w.What == "" || w.Do == "" || w.What == string(k) {
				t.Errorf("%s has no words in %s", k, lang)
			}
			if other, twice := seen[w.What]; twice {
				t.Errorf("%s and %s say the same", k, other)
			}
			seen[w.What] = k
		}
	}
	for k := range findingWords {
		if !slices.Contains(FindingKinds, k) {
			t.Errorf("words for %q, which is not listed", k)
		}
	}
	open, mended := Finding{Kind: QueuedButLeft}, Finding{Kind: QueuedButLeft, MendedAt: time.Now()}
	if open.Words("en") == mended.Words("en") || open.Words("en").What != mended.Words("en").What {
		t.Error("a mended finding still asks for something")
	}
	if w := FindingWords("x", "en"); w.What != "x" {
		t.Errorf("%+v", w)
	}
}
