// Package arch guards the rooms of the house: who may import whom. The drawing
// stands in README.md.
package arch

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "vestnik"

// allowed lists, for each room, the rooms it may import. A room is the longest
// matching prefix, so a child has its own line.
var allowed = map[string][]string{
	"cmd/vestnik":            {"internal/app", "webui", "gateway", "device"},
	"cmd/vestnik-demo":       {"internal/app", "webui", "gateway", "device", "sim"},
	"cmd/vestnik-bench":      {"internal/app", "gateway", "gateway/card", "gateway/support", "gateway/campaign", "device", "store/storefill", "sim"},
	"cmd/vestnik-soak":       {"sim"},
	"internal/app":           {"webui", "webui/api", "bot", "bot/talk", "gateway", "gateway/retailcrm", "gateway/messagegateway", "gateway/helpdeskeddy", "gateway/card", "gateway/support", "gateway/campaign", "gateway/campaign/sheet", "gateway/invite", "gateway/outbound", "device", "device/whatsapp", "device/modem", "device/board", "store"},
	"internal/arch":          {},
	"webui":                  {"bot", "gateway", "gateway/card", "gateway/support", "gateway/campaign", "gateway/campaign/sheet", "device"},
	"webui/api":              {"gateway", "gateway/campaign", "device"},
	"bot":                    {"gateway", "device"},
	"gateway":                {"device"},
	"gateway/gatewaytest":    {"gateway", "device"},
	"gateway/outbound":       {"device"},
	"gateway/retailcrm":      {"gateway", "gateway/outbound", "device"},
	"gateway/messagegateway": {"gateway", "gateway/outbound", "device"},
	"gateway/helpdeskeddy":   {"gateway", "gateway/outbound", "device"},
	"gateway/card":           {"gateway", "device"},
	"gateway/support":        {"gateway", "gateway/card", "device"},
	"gateway/campaign":       {"gateway", "gateway/campaign/sheet", "device"},
	"gateway/invite":         {"gateway", "device"},
	"gateway/campaign/sheet": {"device"},
	"store":                  {"bot", "gateway", "gateway/card", "gateway/support", "gateway/campaign", "device"},
	"store/storefill":        {},
	"store/storetest":        {"store", "gateway", "gateway/card", "gateway/support", "gateway/campaign", "device"},
	"device":                 {},
	"device/board":           {"device"},
	"device/devicetest":      {"device"},
	"device/whatsapp":        {"device"},
	"device/modem":           {"device"},
	"sim":                    {"sim"},
}

// neverShipped must not be linked into cmd/vestnik. (The package testing itself
// cannot be kept out: fiber's utils import it.)
func neverShipped(path string) bool {
	return path == "net/http/httptest" ||
		strings.HasPrefix(path, module+"/sim") || strings.HasPrefix(path, module+"/") && strings.HasSuffix(path, "test")
}

type pkg struct {
	ImportPath string
	Imports    []string
	Deps       []string
}

func TestTheLineOfImports(t *testing.T) {
	t.Parallel()
	for _, p := range list(t, module+"/...") {
		from := roomOf(t, p.ImportPath)
		for _, path := range p.Imports {
			if !strings.HasPrefix(path, module+"/") {
				continue
			}
			if to := roomOf(t, path); to != from && !slices.Contains(allowed[from], to) {
				t.Errorf("%s imports %s: the room %s may import only %v", p.ImportPath, path, from, allowed[from])
			}
		}
	}
}

func TestTheDaemonShipsNoSimulatorAndNoTestCode(t *testing.T) {
	t.Parallel()
	for _, p := range list(t, module+"/cmd/vestnik") {
		for _, path := range p.Deps {
			if neverShipped(path) {
				t.Errorf("cmd/vestnik links %s", path)
			}
		}
	}
}

func roomOf(t *testing.T, path string) string {
	t.Helper()
	path = strings.TrimPrefix(path, module+"/")
	for room := path; room != ""; {
		if _, ok := allowed[room]; ok {
			return room
		}
		cut := strings.LastIndexByte(room, '/')
		if cut < 0 {
			break
		}
		room = room[:cut]
	}
	t.Errorf("%s is in no room of the house", path)
	return path
}

func list(t *testing.T, pattern string) []pkg {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports,Deps", pattern).Output()
	if err != nil {
		t.Fatal(err)
	}
	var found []pkg
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return found
		} else if err != nil {
			t.Fatal(err)
		}
		found = append(found, p)
	}
}
