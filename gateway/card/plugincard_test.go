package card

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"vestnik/gateway"
)

var at = time.Date(2026, 3, 2, 7, 15, 21, 0, time.UTC)

func pluginSample() Card {
	k := Card{AsOf: at, Profile: gateway.Profile{Customer: gateway.Customer{ID: 4411, Name: "Мария <b>Иванова</b>", VIP: true, Phones: []string{"+79120001122"}}, Emails: []string{"m.ivanova@example.com"}}}
	for i := range 9 {
		k.Orders = append(k.Orders, Order{Late: i % 2, ProfileOrder: gateway.ProfileOrder{
			ID: gateway.OrderID(i), Number: fmt.Sprint(5100 + i), Status: "send", StatusName: "Доставляется", Total: "6490.00", Currency: "RUB", Track: "RB1", DeliverOn: "2026-03-01",
			Items: []gateway.ProfileItem{{Name: strings.Repeat("я", 500)}, {Name: "b"}, {Name: "c"}, {Name: "d"}},
		}})
		k.Lines = append(k.Lines, Line{At: at, Kind: LineNote, Text: "Просила перезвонить"})
	}
	return k
}

func TestThePluginGetsLittle(t *testing.T) {
	t.Parallel()
	p := ForPlugin(pluginSample(), PluginOptions{Live: "https://box.example/card/t/7", Says: "27 заказов", StatusText: func(o Order) string { return "Заказ " + o.Number }})
	if len(p.Orders) != 5 || len(p.Lines) != 6 || len(p.Orders[0].Items) != 3 || p.Orders[1].Say != "Заказ 5101" || !p.Orders[1].Alert || p.Orders[0].Alert {
		t.Errorf("%+v", p)
	}
	raw, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	for _, private := range []string{"m.ivanova", "79120001122", "<b>"} {
		if strings.Contains(string(raw), private) {
			t.Errorf("the mailbox is told %q", private)
		}
	}
	if len(raw) > 10<<10 {
		t.Errorf("%d bytes", len(raw))
	}
	sparse, err := json.Marshal(ForPlugin(pluginSample(), PluginOptions{Sparse: true, StatusText: func(Order) string { return "Трек-номер: RB000" }}))
	if err != nil {
		t.Fatal(err)
	}
	for _, private := range []string{"Мария", "6490", "RB1", "Просила", "vip", "items", "RB000"} {
		if strings.Contains(string(sparse), private) {
			t.Errorf("a sparse card has %q: %s", private, sparse)
		}
	}
	if closed, _ := json.Marshal(ClosedForPlugin()); string(closed) != `{"v":1,"status":""}` {
		t.Errorf("a closed ticket leaves %s", closed)
	}
}

// verified does what the plugin does in the browser.
func verified(t *testing.T, public string, m PluginMail) bool {
	t.Helper()
	block, _ := pem.Decode([]byte(public))
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(m.Sig, "p256:"))
	if err != nil || len(raw) != 64 {
		t.Fatalf("%d bytes, %v", len(raw), err)
	}
	sum := sha256.Sum256([]byte(m.signed()))
	return ecdsa.Verify(parsed.(*ecdsa.PublicKey), sum[:], new(big.Int).SetBytes(raw[:32]), new(big.Int).SetBytes(raw[32:]))
}

func TestASignatureHoldsForItsTicketTimeCounterAndCardOnly(t *testing.T) {
	t.Parallel()
	key, err := NewPluginKey()
	if err != nil {
		t.Fatal(err)
	}
	public, err := key.Public()
	if err != nil {
		t.Fatal(err)
	}
	for range 50 { // r or s with a leading zero must keep their width
		m, err := key.Sign(1042, ForPlugin(pluginSample(), PluginOptions{}), at, 3)
		if err != nil || !verified(t, public, m) {
			t.Fatalf("not verified: %v", err)
		}
		for name, change := range map[string]func(*PluginMail){
			"ticket":  func(m *PluginMail) { m.Ticket = 1043 },
			"time":    func(m *PluginMail) { m.At = "2026-03-02T07:15:22Z" },
			"counter": func(m *PluginMail) { m.Counter = 4 },
			"card":    func(m *PluginMail) { m.Card += " " },
		} {
			forged := m
			change(&forged)
			if verified(t, public, forged) {
				t.Errorf("another %s is taken for signed", name)
			}
		}
	}
}

func TestAPluginKeyIsKeptAndNotShown(t *testing.T) {
	t.Parallel()
	key, err := NewPluginKey()
	if err != nil {
		t.Fatal(err)
	}
	private, err := key.Private()
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParsePluginKey(private)
	if err != nil || !again.key.Equal(key.key) {
		t.Errorf("read back: %v", err)
	}
	public, err := key.Public()
	if err != nil || !strings.HasPrefix(public, "-----BEGIN PUBLIC KEY-----") {
		t.Errorf("%s %v", public, err)
	}
	if shown := fmt.Sprintf("%v %+v %s", key, key, key); strings.Contains(shown, "0x") || !strings.Contains(shown, "(plugin key)") {
		t.Errorf("a log shows %s", shown)
	}
	for _, bad := range []string{"", "x", public} {
		if _, err := ParsePluginKey(bad); err == nil {
			t.Errorf("%q is a key", bad)
		}
	}
}
