package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vestnik/bot"
	"vestnik/device"
	"vestnik/gateway"
)

func TestScriptVersions(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "vestnik.db")
	s := openAt(t, path)
	settings := gateway.DefaultSettings()
	settings.Shop.Language = "en"
	if err := s.SaveSettings(ctx, settings, "olga"); err != nil {
		t.Fatal(err)
	}
	if got, version, ok, err := s.ScriptNow(ctx); cmp.Diff(bot.DefaultScript("en"), got) != "" || version != 0 || ok || err != nil {
		t.Fatal("a new box", got, version, ok, err)
	}
	// A box that is older than the bot kept its texts among the settings.
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	const former = `{"Welcome":"Hi!","Commands":[{"Number":4,"Title":"Person","Text":"","OrderStatus":false,"Operator":true}]}`
	if _, err := db.ExecContext(ctx, `INSERT INTO setting (section, value) VALUES ('bot', ?)`, former); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	want := bot.Former{Welcome: "Hi!", Commands: []bot.FormerCommand{{Number: 4, Title: "Person", Operator: true}}}.Script("en")
	got, version, ok, err := s.ScriptNow(ctx)
	if diff := cmp.Diff(want, got); diff != "" || version != 0 || ok || err != nil {
		t.Fatal(version, ok, err, diff)
	}
	if list, err := s.ScriptVersions(ctx, 9); err != nil || len(list) != 0 {
		t.Fatal(list, err)
	}
	save := func(basedOn, want int) {
		t.Helper()
		v, err := s.SaveScript(ctx, got, basedOn, "olga")
		if err != nil || v != want {
			t.Fatalf("saved as version %d, want %d: %v", v, want, err)
		}
	}
	save(0, 1)
	save(1, 1) // as it is
	got.On = true
	for _, old := range []int{0, 2, -1} {
		if _, err := s.SaveScript(ctx, got, old, "petr"); device.KindOf(err) != device.Conflict {
			t.Errorf("based on %d: %v", old, err)
		}
	}
	save(1, 2)
	now, version, ok, err := s.ScriptNow(ctx)
	if diff := cmp.Diff(got, now); diff != "" || version != 2 || !ok || err != nil {
		t.Fatal(version, ok, err, diff)
	}
	first, err := s.ScriptVersion(ctx, 1)
	if diff := cmp.Diff(want, first); diff != "" || err != nil {
		t.Fatal(err, diff)
	}
	list, err := s.ScriptVersions(ctx, 1)
	if err != nil || len(list) != 1 || list[0].Version != 2 || list[0].By != "olga" || list[0].At.IsZero() {
		t.Fatal(list, err)
	}
	for v := 2; v < 103; v++ {
		got.Lines[bot.LineWelcome] = bot.Local{"en": fmt.Sprint("Hello ", v)}
		save(v, v+1)
	}
	if list, err = s.ScriptVersions(ctx, 1000); err != nil || len(list) != 100 || list[99].Version != 4 {
		t.Fatal(len(list), err)
	}
	if _, err := s.ScriptVersion(ctx, 3); device.KindOf(err) != device.NotFound {
		t.Error(err)
	}
}
