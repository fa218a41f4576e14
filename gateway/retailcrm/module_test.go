package retailcrm_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/gateway/retailcrm"
	"vestnik/sim/messagegateway"
	sim "vestnik/sim/retailcrm"
)

var box = gateway.ChatModule{Code: "vestnik-0a1b", Name: "Вестник", Transport: true, WebhookURL: "https://hook.lavka.example/mg"}

// withChats is an account with chats at the address.
func withChats(t *testing.T, at string) (*sim.Account, *messagegateway.Gateway) {
	t.Helper()
	a := account(t, sim.Options{Rate: -1})
	return a, messagegateway.New(a, messagegateway.Options{URL: at})
}

func TestRegisterChats(t *testing.T) {
	t.Parallel()
	a, chats := withChats(t, "https://mg-s1.retailcrm.pro/")
	c := connect(t, a)
	first, err := c.RegisterChats(t.Context(), box)
	must(t, err)
	if first.BotURL != "https://mg-s1.retailcrm.pro" || first.TransportURL != first.BotURL || first.BotKey == "" || first.TransportKey == "" || first.BotKey == first.TransportKey {
		t.Errorf("%+v", first)
	}
	if active, known := a.Module(box.Code); !active || !known {
		t.Error("the module is not there")
	}
	// Again it is the same; refreshed it is another.
	again, err := c.RegisterChats(t.Context(), box)
	must(t, err)
	fresh := box
	fresh.Refresh = true
	other, err := c.RegisterChats(t.Context(), fresh)
	must(t, err)
	if again != first || other.BotKey == first.BotKey || other.TransportKey == first.TransportKey {
		t.Errorf("%+v, then %+v, refreshed %+v", first, again, other)
	}
	// Some accounts do not tell the address.
	chats.HideURL(true)
	plain := box
	plain.Transport, plain.Code = false, "vestnik-2"
	hidden, err := c.RegisterChats(t.Context(), plain)
	must(t, err)
	if hidden.BotURL != "" || hidden.BotKey == "" || hidden.TransportKey != "" {
		t.Errorf("%+v", hidden)
	}
	var sent map[string]any
	for _, r := range a.Requests() {
		if r.Path == "/api/v5/integration-modules/vestnik-2/edit" {
			must(t, json.Unmarshal([]byte(r.Params["integrationModule"]), &sent))
		}
	}
	if sent["code"] != "vestnik-2" || sent["clientId"] != "vestnik-2" || sent["integrationCode"] != "vestnik" || sent["active"] != true {
		t.Errorf("%v", sent)
	}
}

func TestAccountWithoutChats(t *testing.T) {
	t.Parallel()
	a := plain(t)
	_, err := connect(t, a).RegisterChats(t.Context(), box)
	wantKind(t, err, device.NotFound)
	a, chats := withChats(t, "https://mg-s1.retailcrm.pro")
	chats.SwitchOff(true)
	_, err = connect(t, a).RegisterChats(t.Context(), box)
	wantKind(t, err, device.NotFound)
}

func TestChatsThatAreRefused(t *testing.T) {
	t.Parallel()
	a, _ := withChats(t, "https://mg-s1.retailcrm.pro")
	c := connect(t, a)
	for _, code := range []string{"", "вестник", "a/b", "a b"} {
		_, err := c.RegisterChats(t.Context(), gateway.ChatModule{Code: code})
		wantKind(t, err, device.Invalid)
	}
	a.RefuseModules(true)
	_, err := c.RegisterChats(t.Context(), box)
	wantKind(t, err, device.Refused)
	if !strings.Contains(err.Error(), "Failed to activate module") {
		t.Errorf("%v", err)
	}
	a.RefuseModules(false)
	a.Faults().LoseAnswer(1)
	_, err = c.RegisterChats(t.Context(), box)
	wantKind(t, err, device.Uncertain)
	_, err = c.RegisterChats(t.Context(), box)
	must(t, err)
}

// An account that takes no bot and transport in one module gives the bot alone.
func TestBotAlone(t *testing.T) {
	t.Parallel()
	a, _ := withChats(t, "https://mg-s1.retailcrm.pro")
	c := connect(t, a, func(o *retailcrm.Options) {
		o.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
			if r.Method == http.MethodPost {
				must(t, r.ParseForm())
				if strings.Contains(r.PostForm.Get("integrationModule"), "mgTransport") {
					return says(400, `{"success":false,"errorMsg":"Errors in the entity format","errors":["only one integration"]}`)(r)
				}
				r.Body, _ = r.GetBody()
			}
			return a.Transport().RoundTrip(r)
		})
	})
	got, err := c.RegisterChats(t.Context(), box)
	must(t, err)
	if got.BotKey == "" || got.TransportKey != "" || got.TransportURL != "" {
		t.Errorf("%+v", got)
	}
}

// Keys stand in no error and no log line, whatever form the answer has.
func TestChatKeysAreKeptQuiet(t *testing.T) {
	t.Parallel()
	const token = "t0ken-0f-the-b0t"
	for name, test := range map[string]struct {
		answer string
		kind   device.Kind
		url    string
	}{
		"as recorded":     {`{"success":true,"info":{"mgBot":{"endpointUrl":"https://mg-s1.retailcrm.pro","token":"` + token + `"}}}`, "", "https://mg-s1.retailcrm.pro"},
		"no address":      {`{"success":true,"info":{"mgBot":{"token":"` + token + `"}}}`, "", ""},
		"odd address":     {`{"success":true,"info":{"mgBot":{"endpointUrl":"javascript:x","token":"` + token + `"}}}`, "", ""},
		"plain address":   {`{"success":true,"info":{"mgBot":{"endpointUrl":"http://mg.example","token":"` + token + `"}}}`, "", ""},
		"info is a list":  {`{"success":true,"info":[]}`, device.NotFound, ""},
		"no info":         {`{"success":true}`, device.NotFound, ""},
		"token elsewhere": {`{"success":true,"info":{"mgBot":"` + token + `"}}`, device.NotFound, ""},
		"cut":             {`{"success":true,"info":{"mgBot":{"token":"` + token, device.Uncertain, ""},
		"refused":         {`{"success":false,"errorMsg":"Validation error"}`, device.Refused, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			log := &buffer{}
			c, err := retailcrm.New(retailcrm.Options{
				URL: "https://lavka.retailcrm.ru", Key: secret, Transport: roundTrip(says(200, test.answer)), Logger: debugTo(log),
			})
			must(t, err)
			got, err := c.RegisterChats(t.Context(), gateway.ChatModule{Code: "vestnik", Name: "Вестник"})
			wantKind(t, err, test.kind)
			if test.kind == "" && (got.BotKey != token || got.BotURL != test.url) {
				t.Errorf("%+v", got)
			}
			if strings.Contains(log.String(), token) || err != nil && strings.Contains(err.Error(), token) {
				t.Errorf("the key of the chats is told: %v, %s", err, log)
			}
		})
	}
}
