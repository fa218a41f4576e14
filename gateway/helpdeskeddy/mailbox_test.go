package helpdeskeddy_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"vestnik/device"
	"vestnik/gateway/helpdeskeddy"
	sim "vestnik/sim/helpdeskeddy"
)

func TestTheMailboxTakesACard(t *testing.T) {
	t.Parallel()
	account := sim.New(sim.Options{Seed: true})
	server := httptest.NewServer(account)
	defer server.Close()
	box, err := helpdeskeddy.NewMailbox(server.URL+account.MailboxPath(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, card := range []string{"first", "second"} {
		if err := box.Post(t.Context(), map[string]any{"ticketId": 1041, "card": card}); err != nil {
			t.Fatal(err)
		}
	}
	if held, ok := account.Mailbox(1041); !ok || !strings.Contains(held, "second") || strings.Contains(held, "first") {
		t.Errorf("the mailbox holds %q", held)
	}
}

func TestTheMailboxesAddressIsASecret(t *testing.T) {
	t.Parallel()
	status := http.StatusOK
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "https://elsewhere.example/")
		w.WriteHeader(status)
	}))
	box, err := helpdeskeddy.NewMailbox(server.URL+"/hidden-token", nil)
	if err != nil {
		t.Fatal(err)
	}
	for code, want := range map[int]device.Kind{302: device.Refused, 401: device.Unavailable, 404: device.Refused, 429: device.Unavailable, 502: device.Unavailable} {
		status = code
		if err := box.Post(t.Context(), 1); device.KindOf(err) != want || strings.Contains(err.Error(), "hidden-token") {
			t.Errorf("status %d: %v", code, err)
		}
	}
	server.Close()
	if err := box.Post(t.Context(), 1); device.KindOf(err) != device.Unavailable || strings.Contains(err.Error(), "hidden-token") {
		t.Errorf("nobody there: %v", err)
	}
	for _, address := range []string{"", "http://shop.example/x", "https://user:pass@shop.example/", "ftp://shop.example/", "https://192.168.1.2/x"} {
		if _, err := helpdeskeddy.NewMailbox(address, nil); device.KindOf(err) != device.Invalid {
			t.Errorf("%q: %v", address, err)
		}
	}
}
