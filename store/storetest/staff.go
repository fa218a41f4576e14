package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vestnik/device"
	"vestnik/gateway"
)

func keepsStaff(t *testing.T, l Ledger) {
	ctx := context.Background()
	olga, err := l.SaveUser(ctx, gateway.User{Name: "Ольга", Role: gateway.Owner, Hash: "h1", Language: "ru", CreatedAt: noon})
	must(t, err)
	petr, err := l.SaveUser(ctx, gateway.User{Name: "petr", Role: gateway.Operator, Hash: "h2", CreatedAt: noon})
	must(t, err)
	_, err = l.SaveUser(ctx, gateway.User{Name: "ОЛЬГА", Role: gateway.Manager, Hash: "h3"})
	wantKind(t, err, device.Conflict)
	_, err = l.SaveUser(ctx, gateway.User{Name: "x", Role: "boss", Hash: "h3"})
	wantKind(t, err, device.Internal)
	petr.Role = gateway.Manager
	_, err = l.SaveUser(ctx, petr)
	must(t, err)
	users, err := l.Users(ctx)
	must(t, err)
	if diff := cmp.Diff([]gateway.User{olga, petr}, users); diff != "" {
		t.Fatal(diff)
	}
	found, err := l.UserByName(ctx, "ольга")
	must(t, err)
	if diff := cmp.Diff(olga, found); diff != "" {
		t.Fatal(diff)
	}

	login := gateway.Login{TokenHash: "aa", User: petr, CSRF: "c", CreatedAt: noon, SeenAt: noon}
	must(t, l.StartLogin(ctx, login))
	must(t, l.StartLogin(ctx, gateway.Login{TokenHash: "bb", User: petr, CSRF: "c", CreatedAt: noon, SeenAt: noon}))
	must(t, l.StartLogin(ctx, gateway.Login{TokenHash: "cc", User: olga, CSRF: "c", CreatedAt: noon, SeenAt: noon}))
	for _, c := range []struct{ at, seen time.Duration }{{30 * time.Second, 0}, {2 * time.Minute, 2 * time.Minute}, {150 * time.Second, 2 * time.Minute}} {
		got, err := l.Login(ctx, "aa", noon.Add(c.at))
		must(t, err)
		login.SeenAt = noon.Add(c.seen)
		if diff := cmp.Diff(login, got); diff != "" {
			t.Fatal(diff)
		}
	}
	must(t, l.EndLogin(ctx, "aa"))
	must(t, l.EndLogin(ctx, "aa"))
	_, err = l.Login(ctx, "aa", noon)
	wantKind(t, err, device.NotFound)
	must(t, l.DeleteUser(ctx, petr.ID))
	_, err = l.Login(ctx, "bb", noon)
	wantKind(t, err, device.NotFound)
	must(t, l.EndLoginsOf(ctx, olga.ID))
	_, err = l.Login(ctx, "cc", noon)
	wantKind(t, err, device.NotFound)

	token, err := l.SaveToken(ctx, gateway.Token{Name: "1C", Role: gateway.Manager, Hash: "ff", CreatedAt: noon})
	must(t, err)
	got, err := l.TokenByHash(ctx, "ff", noon.Add(time.Hour))
	must(t, err)
	token.UsedAt = noon.Add(time.Hour)
	if diff := cmp.Diff(token, got); diff != "" {
		t.Fatal(diff)
	}
	tokens, err := l.Tokens(ctx)
	must(t, err)
	if diff := cmp.Diff([]gateway.Token{token}, tokens); diff != "" {
		t.Fatal(diff)
	}
	must(t, l.DeleteToken(ctx, token.ID))
	_, err = l.TokenByHash(ctx, "ff", noon)
	wantKind(t, err, device.NotFound)
}

func saysNotFound(t *testing.T, l Ledger) {
	ctx := context.Background()
	_, err := l.Message(ctx, 77)
	wantKind(t, err, device.NotFound)
	_, err = l.Story(ctx, 77)
	wantKind(t, err, device.NotFound)
	_, err = l.Decision(ctx, 77)
	wantKind(t, err, device.NotFound)
	_, err = l.Move(ctx, 77, gateway.Queued, gateway.Change{State: gateway.Held})
	wantKind(t, err, device.NotFound)
	_, _, err = l.Begin(ctx, gateway.Queued, Attempt(77, device.SMS, "w", noon), step(gateway.SendingNow, noon))
	wantKind(t, err, device.NotFound)
	_, err = l.Rule(ctx, 77)
	wantKind(t, err, device.NotFound)
	_, err = l.RuleVersions(ctx, 77)
	wantKind(t, err, device.NotFound)
	_, err = l.UserByName(ctx, "nobody")
	wantKind(t, err, device.NotFound)
	wantKind(t, l.DeleteUser(ctx, 77), device.NotFound)
	wantKind(t, l.DeleteToken(ctx, 77), device.NotFound)
	if _, ok, err := l.LastAttempt(ctx, 77); err != nil || ok {
		t.Fatalf("%v %v", ok, err)
	}
}

func keepsLinks(t *testing.T, l Ledger) {
	ctx := context.Background()
	link := func(state device.LinkState, minute int) device.Link {
		return device.Link{Channel: device.WhatsApp, Device: "7912", State: state, Cause: "why", Since: noon.Add(time.Duration(minute) * time.Minute), Phone: anna, Name: "Shop", SignalDBM: -70, LastSeen: noon}
	}
	for i, state := range []device.LinkState{device.LinkUnpaired, device.LinkPairing, device.LinkConnected, device.LinkConnected, device.LinkUnreachable} {
		must(t, l.SaveLink(ctx, link(state, i)))
	}
	modem := device.Link{Channel: device.SMS, State: device.LinkAbsent, Since: noon, Port: "/dev/ttyUSB0"}
	must(t, l.SaveLink(ctx, modem))
	got, err := l.LinkHistory(ctx, device.WhatsApp, noon.Add(90*time.Second))
	must(t, err)
	want := []device.Link{link(device.LinkPairing, 1), link(device.LinkConnected, 2), link(device.LinkUnreachable, 4)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatal(diff)
	}
	got, err = l.LinkHistory(ctx, device.SMS, noon.Add(time.Hour))
	must(t, err)
	if diff := cmp.Diff([]device.Link{modem}, got); diff != "" {
		t.Fatal(diff)
	}
}
