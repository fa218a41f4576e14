package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vestnik/gateway"
)

func keepsFindings(t *testing.T, l Ledger) {
	ctx := context.Background()
	id := Enqueue(t, l, Draft("k", anna))
	at := func(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }
	found := gateway.Finding{Key: "queued_but_left/1", Kind: gateway.QueuedButLeft, Message: id, FirstAt: at(0), LastAt: at(0)}
	other := gateway.Finding{Key: "hour_astray/5", Kind: gateway.HourAstray, Args: gateway.Args{"hour": "5"}, FirstAt: at(0), LastAt: at(0)}
	mark := gateway.Finding{Key: "mark_missing/1", Kind: gateway.MarkMissing, Message: id, FirstAt: at(10), LastAt: at(10), MendedAt: at(10)}
	keep := func(k gateway.KeptFindings) { t.Helper(); must(t, l.KeepFindings(ctx, k)) }
	want := func(since time.Time, list ...gateway.Finding) {
		t.Helper()
		got, err := l.Findings(ctx, since)
		must(t, err)
		if diff := cmp.Diff(list, got); diff != "" {
			t.Fatal(diff)
		}
	}
	keep(gateway.KeptFindings{At: at(0)})
	want(at(0))
	keep(gateway.KeptFindings{At: at(0), Stand: []gateway.Finding{found, other}})
	want(at(60), other, found)
	// Known ones are not written again until it is asked for.
	keep(gateway.KeptFindings{At: at(10), Stand: []gateway.Finding{found, other}, Mended: []gateway.Finding{mark}})
	want(at(60), other, found)
	want(at(10), other, found, mark)
	keep(gateway.KeptFindings{At: at(20), Stand: []gateway.Finding{found}, Refresh: true, Gone: []gateway.Finding{other}})
	found.LastAt, other.MendedAt = at(20), at(20)
	want(at(20), found, other)
	want(at(60), found)
	// One that comes back is a new one.
	other.FirstAt, other.LastAt, other.MendedAt = at(30), at(30), time.Time{}
	keep(gateway.KeptFindings{At: at(30), Stand: []gateway.Finding{other}})
	want(at(60), other, found)
	// What was mended long ago is forgotten.
	keep(gateway.KeptFindings{At: at(30).AddDate(0, 6, 0), Gone: []gateway.Finding{found}})
	found.MendedAt = at(30).AddDate(0, 6, 0)
	want(noon, other, found)
}
