package arch

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// named is a test as a document names it: "gateway/card.TestFind", or a browser test's file
// and title.
var named = regexp.MustCompile("`([a-z0-9/]+)\\.(Test[A-Za-z0-9]+)`|`([a-z0-9/]+\\.spec\\.mjs): ([^`]+)`")

func TestDocumentsNameTestsThatExist(t *testing.T) {
	t.Parallel()
	const root = "../.."
	documents, err := filepath.Glob(root + "/docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, path := range documents {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range named.FindAllStringSubmatch(string(text), -1) {
			found++
			where, want := root+"/"+m[1]+"/*_test.go", "func "+m[2]+"("
			if m[3] != "" {
				where, want = root+"/"+m[3], `test("`+m[4]+`"`
			}
			if !holds(t, where, want) {
				t.Errorf("%s names %s, which is not there", filepath.Base(path), m[0])
			}
		}
	}
	if found == 0 {
		t.Error("no document names a test: the pattern is wrong")
	}
}

// holds tells whether one of some files has a text.
func holds(t *testing.T, pattern, text string) bool {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		body, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(body), text) {
			return true
		}
	}
	return false
}
