package storetest

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"vestnik/gateway"
)

// Audited is what an auditor needs of a ledger.
type Audited interface {
	gateway.AuditLedger
	gateway.Chores
	gateway.Book
}

// Tester is what the helpers here need of a test: *testing.T and *rapid.T have it.
type Tester interface {
	Helper()
	Errorf(format string, args ...any)
}

// Auditor is an auditor that looks at the whole of a small ledger each time, and at
// what was settled this very moment too. now is its clock; nil: time.Now.
func Auditor(l Audited, now func() time.Time) (*gateway.Auditor, error) {
	topics := &gateway.Topics{}
	live, err := gateway.NewLive(context.Background(), l, topics)
	if err != nil {
		return nil, err
	}
	return &gateway.Auditor{
		Box: "main", Live: live, Ledger: l, Chores: l, Topics: topics, Log: slog.New(slog.DiscardHandler), Now: now,
		Slice: 1 << 20, Settling: -1,
	}, nil
}

// Clean fails the test unless every invariant of the ledger holds. Nobody may be
// writing to it meanwhile.
func Clean(t Tester, l Audited, now func() time.Time) {
	t.Helper()
	a, err := Auditor(l, now)
	if err != nil {
		t.Errorf("auditor: %v", err)
		return
	}
	r, err := a.Audit(context.Background())
	if err != nil {
		t.Errorf("audit: %v", err)
	}
	if !r.Clean() {
		t.Errorf("the auditor finds:%s", Told(r))
	}
}

// Told is a report in words, a finding a line.
func Told(r gateway.Report) string {
	var b strings.Builder
	for _, f := range append(append([]gateway.Finding(nil), r.Stand...), r.Mended...) {
		fmt.Fprintf(&b, "\n%s %v, mended %v: %s", f.Key, f.Args, !f.MendedAt.IsZero(), gateway.FindingWords(f.Kind, "en").What)
	}
	return b.String()
}
