package app

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestTheAuditIsAMetric: what does not fit is counted for those who watch the box.
func TestTheAuditIsAMetric(t *testing.T) {
	t.Parallel()
	a, err := New(context.Background(), Options{DataDir: t.TempDir(), Version: "test", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	answer := httptest.NewRecorder()
	a.metrics().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	for _, line := range []string{"vestnik_audit_findings 0", "vestnik_audit_mended 0"} {
		if !strings.Contains(answer.Body.String(), line) {
			t.Errorf("no line %q", line)
		}
	}
}
