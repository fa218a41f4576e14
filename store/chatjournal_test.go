package store_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

func TestChatJournal(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := open(t)
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	if v, err := s.ChatState(ctx, "cursor"); v != "" || err != nil {
		t.Errorf("%q, %v", v, err)
	}
	for _, v := range []string{`{"from":1}`, ""} {
		check(s.SaveChatState(ctx, "cursor", v))
		if got, err := s.ChatState(ctx, "cursor"); got != v || err != nil {
			t.Errorf("%q, %v", got, err)
		}
	}
	at := time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)
	check(s.KeepPost(ctx, "c1", "57", at))
	check(s.KeepPost(ctx, "c2", "57", at.Add(time.Second)))
	check(s.KeepPost(ctx, "c3", "58", at))
	if _, id, _, ok, err := s.Post(ctx, "c1"); id != 0 || !ok || err != nil {
		t.Errorf("%d, %v, %v", id, ok, err)
	}
	if ids, err := s.PostedIn(ctx, "57", at); len(ids) != 0 || err != nil {
		t.Errorf("%v, %v", ids, err)
	}
	check(s.Posted(ctx, "c1", 901))
	check(s.Posted(ctx, "c2", 902))
	check(s.KeepPost(ctx, "c1", "59", at.Add(2*time.Second))) // once more: the id stays
	if chat, id, when, ok, err := s.Post(ctx, "c1"); chat != "59" || id != 901 || !when.Equal(at.Add(2*time.Second)) || !ok || err != nil {
		t.Errorf("%s, %d, %s, %v, %v", chat, id, when, ok, err)
	}
	if _, _, _, ok, err := s.Post(ctx, "c9"); ok || err != nil {
		t.Errorf("%v, %v", ok, err)
	}
	if wire, ok, err := s.PostByID(ctx, 902); wire != "c2" || !ok || err != nil {
		t.Errorf("%q, %v, %v", wire, ok, err)
	}
	for _, id := range []int64{0, 999} {
		if _, ok, err := s.PostByID(ctx, id); ok || err != nil {
			t.Errorf("%d: %v, %v", id, ok, err)
		}
	}
	for since, want := range map[time.Duration][]int64{0: {902}, time.Second: {902}, time.Minute: nil} {
		if ids, err := s.PostedIn(ctx, "57", at.Add(since)); !slices.Equal(ids, want) || err != nil {
			t.Errorf("since %s: %v, %v", since, ids, err)
		}
	}
	if err := s.Posted(ctx, "c9", 1); device.KindOf(err) != device.NotFound {
		t.Error(err)
	}
}

// Settings that are saved leave the keys to the chats alone, and neither they nor their
// history nor a state show them.
func TestChatKeysAreSecret(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := open(t)
	for _, name := range []string{"bot_key", "transport_key"} {
		if v, err := s.ChatSecret(ctx, name); v != "" || err != nil {
			t.Errorf("%q, %v", v, err)
		}
		for _, v := range []string{"former-key", "very-secret " + name} {
			if err := s.SaveChatSecret(ctx, name, v); err != nil {
				t.Fatal(err)
			}
		}
	}
	settings := gateway.DefaultSettings()
	settings.RetailCRM.Key, settings.Chats.Endpoint = "crm-key", "https://mg.example"
	for range 2 {
		if err := s.SaveSettings(ctx, settings, "olga"); err != nil {
			t.Fatal(err)
		}
		settings.RetailCRM.Key = ""
	}
	got, err := s.Settings(ctx)
	if err != nil || got.Chats.Endpoint != "https://mg.example" {
		t.Fatalf("%+v, %v", got.Chats, err)
	}
	history, err := s.SettingHistory(ctx, 99)
	if err != nil {
		t.Fatal(err)
	}
	if text := fmt.Sprintf("%+v %+v", got, history); strings.Contains(text, "very-secret") || strings.Contains(text, "former-key") {
		t.Error("a key to the chats among the settings")
	}
	for _, name := range []string{"bot_key", "transport_key"} {
		if v, err := s.ChatSecret(ctx, name); v != "very-secret "+name || err != nil {
			t.Errorf("%q, %v", v, err)
		}
	}
	if err := s.SaveChatSecret(ctx, "bot_key", ""); err != nil {
		t.Fatal(err)
	}
	if v, err := s.ChatSecret(ctx, "bot_key"); v != "" || err != nil {
		t.Errorf("%q, %v", v, err)
	}
	for _, name := range []string{"retailcrm.key", "", "chats.bot_key"} {
		if _, err := s.ChatSecret(ctx, name); device.KindOf(err) != device.Invalid {
			t.Errorf("%q: %v", name, err)
		}
		if err := s.SaveChatSecret(ctx, name, "x"); device.KindOf(err) != device.Invalid {
			t.Errorf("%q: %v", name, err)
		}
	}
}
