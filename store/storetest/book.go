package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"vestnik/device"
	"vestnik/gateway"
)

func keepsSettings(t *testing.T, l Ledger) {
	ctx := context.Background()
	got, err := l.Settings(ctx)
	must(t, err)
	if diff := cmp.Diff(gateway.DefaultSettings(), got); diff != "" {
		t.Fatal(diff)
	}
	want := gateway.DefaultSettings()
	want.Shop.Name = "Магазин"
	want.RetailCRM.URL, want.RetailCRM.Key, want.RetailCRM.Poll = "https://demo.retailcrm.ru", "very-secret-key", 30*time.Second
	want.WhatsApp.Enabled, want.WhatsApp.Gap = false, 0
	want.Backup = gateway.BackupSettings{Folder: "/mnt/stick", Hour: 0, Passphrase: "very-secret passphrase"}
	want.Decency.Every, want.Decency.OptOutLine = 0, map[string]string{"ru": "СТОП"}
	want.Conduct.Typing, want.Conduct.MailingShare = false, 30
	want.Invitation.On, want.Invitation.Statuses, want.Invitation.Channels = true, []string{"complete"}, []device.Channel{device.SMS}
	want.SMS.Modems = []gateway.ModemSettings{{Port: "/dev/ttyUSB0"}, {Port: "auto", PIN: "4711"}}
	must(t, l.SaveSettings(ctx, want, "olga"))
	for _, change := range []func(){
		func() {},
		func() { want.SMS.Modems = want.SMS.Modems[1:] },
		func() { want.RetailCRM.Key = "" },
		func() { want.SMS.Modems = nil },
		func() { want.Decency.OptOutLine, want.Invitation.Texts, want.Invitation.Channels = nil, nil, nil },
	} {
		change()
		must(t, l.SaveSettings(ctx, want, "olga"))
		got, err = l.Settings(ctx)
		must(t, err)
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatal(diff)
		}
	}
}

func rule(name string) gateway.Rule {
	r := gateway.DefaultRule()
	r.Name, r.Statuses, r.Text = name, []string{"ready", "delivered-to-shop"}, "Заказ {{order.number}} готов."
	return r
}

func keepsRules(t *testing.T, l Ledger) {
	ctx := context.Background()
	first, err := l.SaveRule(ctx, rule("ready"), "olga")
	must(t, err)
	if first.ID == 0 || first.Version != 1 || first.UpdatedBy != "olga" || first.UpdatedAt.IsZero() {
		t.Fatalf("%+v", first)
	}
	second, err := l.SaveRule(ctx, rule("sent"), "olga")
	must(t, err)
	_, err = l.SaveRule(ctx, rule("ready"), "olga")
	wantKind(t, err, device.Conflict)
	list, err := l.Rules(ctx)
	must(t, err)
	if diff := cmp.Diff([]gateway.Rule{first, second}, list); diff != "" {
		t.Fatal(diff)
	}
	same, err := l.SaveRule(ctx, first, "petr")
	must(t, err)
	count(t, "version after saving the same", same.Version, 1)
	changed := first
	changed.Name, changed.Enabled, changed.Hours, changed.ExpiresAfter = "ready now", false, gateway.Hours{}, 0
	changed, err = l.SaveRule(ctx, changed, "petr")
	must(t, err)
	if changed.Version != 2 || changed.UpdatedBy != "petr" {
		t.Fatalf("%+v", changed)
	}
	got, err := l.Rule(ctx, first.ID)
	must(t, err)
	if diff := cmp.Diff(changed, got); diff != "" {
		t.Fatal(diff)
	}
	versions, err := l.RuleVersions(ctx, first.ID)
	must(t, err)
	if diff := cmp.Diff([]gateway.Rule{changed, first}, versions); diff != "" {
		t.Fatal(diff)
	}
	must(t, l.DeleteRule(ctx, first.ID, "petr"))
	wantKind(t, l.DeleteRule(ctx, first.ID, "petr"), device.NotFound)
	_, err = l.Rule(ctx, first.ID)
	wantKind(t, err, device.NotFound)
	_, err = l.SaveRule(ctx, changed, "petr")
	wantKind(t, err, device.NotFound)
	// The name is free again, until its first owner comes back for it.
	other, err := l.SaveRule(ctx, rule("ready"), "olga")
	must(t, err)
	if other.ID == first.ID {
		t.Fatal("a deleted rule's id was given away")
	}
	_, err = l.RestoreRule(ctx, first.ID, 1, "olga")
	wantKind(t, err, device.Conflict)
	must(t, l.DeleteRule(ctx, other.ID, "olga"))
	back, err := l.RestoreRule(ctx, first.ID, 1, "olga")
	must(t, err)
	if back.ID != first.ID || back.Version != 3 || back.Name != "ready" || !back.Enabled {
		t.Fatalf("%+v", back)
	}
	got, err = l.Rule(ctx, first.ID)
	must(t, err)
	if diff := cmp.Diff(back, got); diff != "" {
		t.Fatal(diff)
	}
	_, err = l.RestoreRule(ctx, first.ID, 9, "olga")
	wantKind(t, err, device.NotFound)
}

func keepsReference(t *testing.T, l Ledger) {
	ctx := context.Background()
	got, err := l.Reference(ctx)
	must(t, err)
	if diff := cmp.Diff(gateway.Reference{}, got); diff != "" {
		t.Fatal(diff)
	}
	want := gateway.Reference{
		Statuses: []gateway.Status{{Code: "ready", Name: "Готов", Group: "Выдача", Color: "#00ff00", Active: true}},
		Fields:   []gateway.Field{{Path: "order.number", Label: "Номер", Group: "Заказ", Example: "10482", Empty: -1}},
		At:       noon,
	}
	must(t, l.SaveReference(ctx, want))
	want.Fields[0].Empty = 0.25
	must(t, l.SaveReference(ctx, want))
	got, err = l.Reference(ctx)
	must(t, err)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatal(diff)
	}
}
