package app

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/campaign"
)

// Uploaded lists hold people's names and numbers: they go when nobody needs them any more.
func TestListsThatNobodyNeedsGo(t *testing.T) {
	t.Parallel()
	u := uploads(t.TempDir())
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	mailings := map[gateway.CampaignID]campaign.Campaign{
		1: {State: campaign.Draft}, 2: {State: campaign.Running}, 3: {State: campaign.Draft, Collect: campaign.Collect{State: campaign.CollectRunning}},
	}
	files := map[string]time.Duration{
		"1-fresh": time.Hour, "1-old": 25 * time.Hour, "1.part": 25 * time.Hour, "2-begun": time.Hour, "3-beingread": 30 * time.Hour, "4-gone": time.Minute, "else": 90 * time.Hour,
	}
	for name, age := range files {
		path := filepath.Join(string(u), name)
		if err := os.WriteFile(path, []byte("79161234568"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, now.Add(-age), now.Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	find := func(id gateway.CampaignID) (campaign.Campaign, error) {
		if c, ok := mailings[id]; ok {
			return c, nil
		}
		return campaign.Campaign{}, device.Errorf(device.NotFound, "test", "none")
	}
	if err := u.sweep(now, find); err != nil {
		t.Fatal(err)
	}
	leaves(t, u, "1-fresh", "3-beingread", "else")
	broken := device.Errorf(device.Internal, "test", "the database does not answer")
	if err := u.sweep(now, func(gateway.CampaignID) (campaign.Campaign, error) { return campaign.Campaign{}, broken }); err == nil {
		t.Error("a database that does not answer is no reason to take lists away")
	}
	if _, err := os.Stat(filepath.Join(string(u), "1-fresh")); err != nil {
		t.Error("a list went while nobody knew whether it is needed")
	}
	if err := uploadsIn(filepath.Join(string(u), "none")).sweep(now, find); err != nil {
		t.Errorf("before the first upload: %v", err)
	}
}

// A picture or document is what its bytes are, whatever its name says.
func TestWhatAMailingCarries(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		data       string
		mime, kept string
	}{
		"чай.png":   {"\x89PNG\r\n\x1a\n", "image/png", "чай.png"},
		"чай.JPEG":  {"\xff\xd8\xff\xe0", "image/jpeg", "чай.JPEG"},
		"счёт.docx": {"%PDF-1.4", "application/pdf", "счёт.docx.pdf"},
		"фото.pdf":  {"\xff\xd8\xff\xe0", "image/jpeg", "фото.pdf.jpg"},
		"page.png":  {"<html></html>", "", ""},
		"empty.png": {"", "", ""},
	} {
		f, err := takenFile(name, []byte(tt.data))
		if (err == nil) != (tt.mime != "") || f.MIME != tt.mime || f.Name != tt.kept {
			t.Errorf("%s: %q %q, %v", name, f.MIME, f.Name, err)
		}
	}
}
