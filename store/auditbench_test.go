package store

import (
	"context"
	"fmt"
	"testing"
	"time"

	"vestnik/store/storetest"
)

// BenchmarkAudit looks at the invariants of a ledger of 10,000 and of 1,000,000
// messages, a slice further each time.
func BenchmarkAudit(b *testing.B) {
	for _, n := range []int{10_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := testStore(b)
			fillLedger(b, s, n)
			a, err := storetest.Auditor(s, nil)
			if err != nil {
				b.Fatal(err)
			}
			a.Slice, a.Settling = 0, 0
			var worst time.Duration
			b.ResetTimer()
			for i := range b.N {
				r, err := a.Audit(context.Background())
				if err != nil {
					b.Fatal(err)
				}
				if !r.Clean() {
					b.Fatal(storetest.Told(r))
				}
				if i > 0 { // the first one finds the file's pages cold
					worst = max(worst, r.Took)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/1000, "ms/audit")
			b.ReportMetric(float64(worst.Microseconds())/1000, "ms/worst")
		})
	}
}
