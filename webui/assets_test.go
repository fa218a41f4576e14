package webui

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"regexp"
	"testing"
)

// A vendored script is what its package published, and no other foreign script is here.
func TestVendoredScriptsAreUnchanged(t *testing.T) {
	t.Parallel()
	table, err := os.ReadFile("assets/VENDOR.md")
	if err != nil {
		t.Fatal(err)
	}
	sums := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^\| (\S+\.js) \|.*\| ([0-9a-f]{64}) \|$`).FindAllStringSubmatch(string(table), -1) {
		sums[m[1]] = m[2]
	}
	entries, err := assetFiles.ReadDir("assets")
	if err != nil || len(sums) != 2 {
		t.Fatalf("%v, %d sums", err, len(sums))
	}
	total := 0
	for _, e := range entries {
		body, err := assetFiles.ReadFile("assets/" + e.Name())
		if err != nil {
			t.Fatal(err)
		}
		total += squeezed(t, body)
		sum := sha256.Sum256(body)
		if want := sums[e.Name()]; want != "" && want != hex.EncodeToString(sum[:]) {
			t.Errorf("%s is not what VENDOR.md says", e.Name())
		}
		delete(sums, e.Name())
	}
	if len(sums) > 0 {
		t.Errorf("VENDOR.md names files that are not there: %v", sums)
	}
	if total > 40<<10 {
		t.Errorf("the assets are sent as %d bytes: a page is to stay within 100 KB", total)
	}
}

// squeezed is how many bytes leave for a body.
func squeezed(t *testing.T, body []byte) int {
	t.Helper()
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(body); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Len()
}
