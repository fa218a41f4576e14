package webui

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
)

// answer is the status and the body, or the place a redirect leads to.
func answer(t testing.TB, srv *Server, req *http.Request) (int, string) {
	t.Helper()
	res, err := srv.App().Test(req, 5000)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if to := res.Header.Get("Location"); to != "" {
		return res.StatusCode, to
	}
	return res.StatusCode, string(body)
}

// emptyShop is a box on its first day: nothing connected.
func emptyShop() *shop {
	return &shop{
		now: noon, settings: gateway.DefaultSettings(), logins: map[string]gateway.Login{},
		links: []device.Link{{Channel: device.WhatsApp, State: device.LinkUnpaired, Since: ago(time.Hour)}, {Channel: device.SMS, State: device.LinkAbsent, Port: "auto", Since: ago(time.Hour)}},
		crm:   gateway.CRMStatus{State: gateway.CRMOff},
		care: gateway.Care{
			Clock:  gateway.ClockStatus{State: gateway.ClockRight, Witness: gateway.WitnessSync, Now: noon, Best: noon, Sync: device.ClockSync{Known: true, Synchronised: true}},
			Health: device.Health{Disk: device.Disk{Known: true, Total: 31 << 30, Free: 24<<30 + 300<<20, Used: 22 << 20, Files: 5, Database: 1 << 20}},
			Disk:   gateway.DiskFine, Ballast: 16 << 20,
		},
	}
}

// busyShop is a shop in full work, with one of everything in its journal.
func busyShop() *shop {
	s := emptyShop()
	s.settings.Shop.Name = "Лавка чая"
	s.settings.RetailCRM.URL, s.settings.RetailCRM.Key = "https://demo.retailcrm.ru", "saved-key"
	s.links = []device.Link{
		{Channel: device.WhatsApp, State: device.LinkConnected, Phone: "+79161234567", Name: "Лавка чая", Since: ago(26 * time.Hour), LastSeen: ago(2 * time.Hour)},
		{Channel: device.SMS, State: device.LinkConnected, Name: "МТС", Port: "/dev/ttyUSB2", SignalDBM: -83, Phone: "+79161112233", Since: ago(5 * time.Hour), Cause: "+CREG: 1"},
	}
	s.history = []device.Link{
		{Channel: device.WhatsApp, State: device.LinkConnected, Since: ago(30 * time.Hour)},
		{Channel: device.WhatsApp, State: device.LinkUnreachable, Since: ago(9 * time.Hour)},
		{Channel: device.WhatsApp, State: device.LinkConnected, Since: ago(8 * time.Hour)},
		{Channel: device.SMS, State: device.LinkConnected, Since: ago(30 * time.Hour)},
		{Channel: device.SMS, State: device.LinkNoSignal, Since: ago(7 * time.Hour)},
		{Channel: device.SMS, State: device.LinkConnected, Since: ago(5 * time.Hour)},
	}
	s.crm = gateway.CRMStatus{State: gateway.CRMConnected, Since: ago(26 * time.Hour), LastPoll: ago(4 * time.Second), Cursor: 99812}
	s.ref = reference()
	rule := gateway.DefaultRule()
	rule.ID, rule.Name, rule.Version, rule.UpdatedAt, rule.UpdatedBy = 1, "Готов к выдаче", 2, ago(48*time.Hour), "Ольга"
	rule.Statuses = []string{"ready"}
	rule.Text = "Здравствуйте, {{customer.firstName|default:\"покупатель\"}}! Заказ {{order.number}} ждёт вас: {{delivery.address}}. Код получения: {{order.custom.code}}"
	old := rule
	old.Version, old.Text, old.UpdatedAt = 1, "Заказ {{order.number}} готов.", ago(72*time.Hour)
	second := gateway.DefaultRule()
	second.ID, second.Name, second.Statuses, second.Text, second.Version = 2, "Напоминание", []string{"ready", "new"}, "Заказ {{order.number}} ещё ждёт вас.", 1
	off := gateway.DefaultRule()
	off.ID, off.Name, off.Statuses, off.Text, off.Enabled, off.Version = 3, "Отмена", []string{"cancel"}, "Заказ отменён.", false, 1
	gone := gateway.DefaultRule()
	gone.ID, gone.Name, gone.Statuses, gone.Text, gone.Version = 4, "Самовывоз", []string{"pickup-old"}, "Ждём вас.", 1
	s.rules = []gateway.Rule{rule, second, off, gone}
	s.versions = map[gateway.RuleID][]gateway.Rule{1: {rule, old}}
	s.orders = []gateway.Order{
		{ID: 10482, Number: "10482", Name: "Анна Петрова", Status: "ready", Fields: map[string]string{"customer.firstName": "Анна", "order.number": "10482", "delivery.address": "ул. Ленина, 5"}},
		{ID: 10481, Number: "10481", Name: "Иван", Fields: map[string]string{"order.number": "10481", "delivery.address": "ул. Мира, 1", "order.custom.code": "7788"}},
	}
	s.totals = gateway.Totals{
		ByState: map[gateway.State]int{gateway.Delivered: 31, gateway.Read: 12, gateway.Accepted: 2, gateway.Failed: 1, gateway.Queued: 2}, Open: map[gateway.State]int{gateway.Queued: 2, gateway.Held: 1},
		Skipped: 3, NeedPerson: 1, ByChannel: map[device.Channel]int{device.WhatsApp: 38, device.SMS: 7}, OldestWait: ago(12 * time.Minute),
	}
	s.fillJournal()
	s.tokens = []gateway.Token{{ID: 1, Name: "сайт", Role: gateway.Operator, CreatedAt: ago(200 * time.Hour), UsedAt: ago(time.Hour)}, {ID: 2, Name: "1С", Role: gateway.Manager}}
	s.trial = gateway.Trial{
		Verdict: gateway.Send, Text: "Здравствуйте, Анна! Заказ 10482 ждёт вас: ул. Ленина, 5. Код получения:", To: "+79161234568", Channel: device.WhatsApp, Order: s.orders[0],
		Trace: []gateway.Step{{At: noon, Reason: gateway.StatusReached, Args: gateway.Args{"order": "10482", "status": "Готов к выдаче"}}, {At: noon, Reason: gateway.FieldLeftOut, Args: gateway.Args{"fields": "Код выдачи"}}, {At: noon, Reason: gateway.OnWhatsApp, Args: gateway.Args{"source": "receipt", "checked_at": gateway.At(ago(20 * time.Hour))}}},
	}
	s.care.Health.Disk.Database, s.care.Health.Disk.Used = 184<<20, 221<<20
	s.care.Health.Celsius, s.care.Health.HasCelsius = 54.2, true
	s.care.Health.Power = device.Power{Supply: device.SupplyMains, KnowsVoltage: true}
	s.care.Chores = map[gateway.ChoreName]gateway.Chore{
		gateway.ChoreAudit:     {Name: gateway.ChoreAudit, At: ago(5 * time.Minute), OK: true},
		gateway.ChoreCheck:     {Name: gateway.ChoreCheck, At: ago(50 * time.Hour), OK: true, Detail: gateway.Args{"seconds": "4.1"}},
		gateway.ChoreBackup:    {Name: gateway.ChoreBackup, At: ago(9 * time.Hour), OK: true},
		gateway.ChoreRehearsal: {Name: gateway.ChoreRehearsal, At: ago(70 * time.Hour), OK: true},
	}
	s.crmTest = gateway.CRMTest{CRMStatus: s.crm, Shops: []string{"Лавка чая", "Лавка кофе"}, Zone: "Europe/Moscow"}
	return s
}

func reference() gateway.Reference {
	return gateway.Reference{
		At: ago(time.Hour),
		Statuses: []gateway.Status{
			{Code: "new", Name: "Новый", Group: "Новый", Color: "#4f8ef7", Active: true},
			{Code: "assembling", Name: "Собирается", Group: "Комплектация", Color: "#f2b134", Active: true},
			{Code: "ready", Name: "Готов к выдаче", Group: "Комплектация", Color: "#2e9e5b", Active: true},
			{Code: "send", Name: "Передан в доставку", Group: "Доставка", Color: "#8a63d2", Active: true},
			{Code: "cancel", Name: "Отменён", Group: "Отменён", Color: "#d9534f", Active: true},
			{Code: "old", Name: "Архив", Group: "Отменён", Active: false},
		},
		Fields: []gateway.Field{
			{Path: "customer.firstName", Label: "Имя клиента", Group: "Клиент", Example: "Анна", Empty: 0.01},
			{Path: "customer.phone", Label: "Телефон", Group: "Клиент", Example: "+7 916 123-45-68"},
			{Path: "order.number", Label: "Номер заказа", Group: "Заказ", Example: "10482"},
			{Path: "order.total", Label: "Сумма", Group: "Заказ", Example: "3 400 ₽"},
			{Path: "order.items", Label: "Состав", Group: "Заказ", Example: "Чай ×2", Empty: -1},
			{Path: "delivery.address", Label: "Адрес выдачи", Group: "Доставка", Example: "ул. Ленина, 5"},
			{Path: "delivery.track", Label: "Трек-номер", Group: "Доставка", Empty: 0.4},
			{Path: "order.custom.code", Label: "Код выдачи", Group: "Доставка", Example: "7788", Empty: 0.12},
		},
	}
}

func (s *shop) fillJournal() {
	s.stories = map[gateway.MessageID]gateway.Story{}
	add := func(state gateway.State, reason gateway.Reason, ch device.Channel, name string, steps ...gateway.Step) {
		id := gateway.MessageID(len(s.rows) + 1)
		number := fmt.Sprint(10482 - len(s.rows))
		m := gateway.Message{
			ID: id, To: "+79161234568", Text: "Здравствуйте, " + name + "! Заказ " + number + " ждёт вас: ул. Ленина, 5.", State: state, Reason: reason, Channel: ch, Channels: []device.Channel{device.WhatsApp, device.SMS},
			RuleID: 1, Rule: "Готов к выдаче", OrderNumber: number, CreatedAt: ago(time.Duration(len(s.rows)) * 40 * time.Minute), UpdatedAt: ago(time.Duration(len(s.rows)) * 39 * time.Minute),
			NotBefore: noon.Add(3 * time.Minute), ExpiresAt: noon.Add(20 * time.Hour), Attempts: 1,
		}
		d := gateway.Decision{ID: int64(id), RuleID: 1, Rule: m.Rule, Verdict: gateway.Send, Reason: gateway.InQueue, Number: number, Name: name, At: m.CreatedAt, MessageID: id}
		trace := append([]gateway.Step{
			{At: m.CreatedAt, Reason: gateway.StatusReached, Args: gateway.Args{"order": number, "status": "Готов к выдаче"}},
			{At: m.CreatedAt, Reason: gateway.RuleMatched, Args: gateway.Args{"rule": m.Rule}},
		}, steps...)
		for i := range trace {
			trace[i].At = m.CreatedAt.Add(time.Duration(i*i) * 900 * time.Millisecond)
		}
		st := gateway.Story{Message: m, Decision: d, Trace: trace}
		if ch == device.SMS || state == gateway.Delivered {
			st.Attempts = []gateway.AttemptStory{{
				Attempt:  gateway.Attempt{N: 1, Channel: ch, State: gateway.AttemptAccepted, Code: "+CMS ERROR: 38", Envelope: device.Envelope{WireID: "3EB0C431C26A1916E07A"}, StartedAt: m.CreatedAt, SettledAt: m.CreatedAt.Add(800 * time.Millisecond)},
				Parts:    []gateway.Part{{Seq: 1, Total: 2, MR: 17, State: gateway.PartDelivered}, {Seq: 2, Total: 2, MR: 18, State: gateway.PartFailed}},
				Receipts: []device.Receipt{{Kind: device.ReceiptDelivered, At: m.CreatedAt.Add(3 * time.Second), Evidence: "receipt delivered"}},
			}}
			if a := &st.Attempts[0]; state == gateway.UnknownState {
				a.State, a.Code, a.Receipts = gateway.AttemptUncertain, "", nil
				a.Parts = []gateway.Part{{Seq: 1, Total: 2, MR: 17, State: gateway.PartAccepted}, {Seq: 2, Total: 2, MR: -1, State: gateway.PartSending}}
			}
			st.Effects = []gateway.Effect{{ID: 1, Kind: gateway.EffectMark, Value: "yes", State: gateway.EffectDone}, {ID: 2, Kind: gateway.EffectMark, Value: "no", State: gateway.EffectFailed, Error: "403: access denied"}}
		}
		s.stories[id] = st
		s.rows = append(s.rows, gateway.JournalRow{Decision: d, Sent: &m})
	}
	wa, sms := gateway.Args{"channel": "whatsapp"}, gateway.Args{"channel": "sms"}
	add(gateway.Delivered, gateway.WasDelivered, device.WhatsApp, "Анна Петрова", gateway.Step{Reason: gateway.OnWhatsApp, Args: gateway.Args{"source": "directory", "checked_at": gateway.At(ago(time.Hour))}},
		gateway.Step{Reason: gateway.WasAccepted, Args: gateway.Args{"channel": "whatsapp", "took": "0.8"}}, gateway.Step{Reason: gateway.WasDelivered, Args: wa}, gateway.Step{Reason: gateway.OrderMarked, Args: gateway.Args{"value": "yes"}})
	add(gateway.Queued, gateway.WaitingLink, device.WhatsApp, "Константин Константинопольский", gateway.Step{Reason: gateway.WaitingLink, Args: gateway.Args{"channel": "whatsapp", "state": "unreachable"}})
	add(gateway.UnknownState, gateway.AskPerson, device.SMS, "Мария", gateway.Step{Reason: gateway.NotOnWhatsApp, Args: gateway.Args{"source": "directory"}}, gateway.Step{Reason: gateway.MovedTo, Args: sms}, gateway.Step{Reason: gateway.Uncertain, Args: sms}, gateway.Step{Reason: gateway.AskPerson})
	add(gateway.Failed, gateway.WasRefused, device.SMS, "Пётр", gateway.Step{Reason: gateway.WasRefused, Args: gateway.Args{"channel": "sms", "code": "38"}})
	add(gateway.Held, gateway.HeldHours, device.WhatsApp, "Олег", gateway.Step{Reason: gateway.HeldHours, Args: gateway.Args{"until_at": gateway.At(noon.Add(3 * time.Minute))}})
	add(gateway.Read, gateway.WasRead, device.WhatsApp, "Елена", gateway.Step{Reason: gateway.WasRead, Args: wa})
	add(gateway.Queued, gateway.CapDay, device.WhatsApp, "Света")
	s.rows = append(s.rows, gateway.JournalRow{Decision: gateway.Decision{
		ID: 90, RuleID: 1, Rule: "Готов к выдаче", Verdict: gateway.Skip, Reason: gateway.BadPhone, Args: gateway.Args{"problem": "not_in_plan"}, Number: "10440", Name: "Без номера", At: ago(30 * time.Hour),
		Trace: []gateway.Step{{At: ago(30 * time.Hour), Reason: gateway.StatusReached, Args: gateway.Args{"order": "10440", "status": "Готов к выдаче"}}, {At: ago(30 * time.Hour), Reason: gateway.BadPhone, Args: gateway.Args{"problem": "not_in_plan"}}},
	}})
}

// scene is a page of the gallery: a shop in some state and the request that draws it.
type scene struct {
	name   string
	shop   func() *shop
	role   gateway.Role // "" for nobody logged in
	path   string
	form   string // a form sent to path, "" for a GET
	status int    // 0 means 200
}

func with(base func() *shop, change func(*shop)) func() *shop {
	return func() *shop {
		s := base()
		change(s)
		return s
	}
}

func pairingIs(p device.Pairing) func() *shop {
	return with(emptyShop, func(s *shop) {
		s.pairing = p
		if p.State == device.PairingWaiting {
			s.links[0].State = device.LinkPairing
		}
	})
}

var qrText = "https://wa.me/settings/linked_devices#2@kq1m3l2k3j4h5g6f7d8s9a0qwertyuiopzxcvbnm,Aa1Bb2Cc3Dd4Ee5Ff6Gg7Hh8Ii9Jj0KkLlMmNnOoPp=,QqRrSsTtUuVvWwXxYyZz0123456789abcdefghijklm=,nopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ01234="

func scenes() []scene {
	const owner, manager, operator = gateway.Owner, gateway.Manager, gateway.Operator
	list := []scene{
		{name: "overview-empty", shop: emptyShop, role: owner, path: "/"},
		{name: "overview", shop: busyShop, role: manager, path: "/"},
		{name: "login", shop: with(busyShop, func(s *shop) { s.enter(owner, "") }), path: "/login"},
		{name: "pairing-start", shop: emptyShop, role: manager, path: "/pairing"},
		{name: "pairing-qr", shop: pairingIs(device.Pairing{State: device.PairingWaiting, QR: qrText, ShownAt: ago(12 * time.Second), ExpiresAt: noon.Add(48 * time.Second)}), role: manager, path: "/pairing"},
		{name: "pairing-code", shop: pairingIs(device.Pairing{State: device.PairingWaiting, QR: qrText, Code: "ABCD-EFGH", ShownAt: noon, ExpiresAt: noon}), role: manager, path: "/pairing"},
		{name: "pairing-scanned", shop: pairingIs(device.Pairing{State: device.PairingScanned}), role: manager, path: "/pairing"},
		{name: "pairing-expired", shop: pairingIs(device.Pairing{State: device.PairingExpired}), role: manager, path: "/pairing"},
		{name: "pairing-passkey", shop: pairingIs(device.Pairing{State: device.PairingPasskey}), role: manager, path: "/pairing"},
		{name: "pairing-wrong", shop: pairingIs(device.Pairing{State: device.PairingFailed, Wrong: "+79990001122", Reason: "wrong number"}), role: manager, path: "/pairing"},
		{name: "pairing-failed", shop: pairingIs(device.Pairing{State: device.PairingFailed, Reason: "stream closed"}), role: manager, path: "/pairing"},
		{name: "pairing-done", shop: busyShop, role: owner, path: "/pairing?done=saved"},
		{name: "pairing-old", shop: with(busyShop, func(s *shop) { s.links[0].LastSeen = ago(12 * 24 * time.Hour) }), role: manager, path: "/pairing"},
		{name: "pairing-bad-phone", shop: emptyShop, role: manager, path: "/pairing", form: "by=code&phone=12", status: 422},
		{name: "pairing-operator", shop: emptyShop, role: operator, path: "/pairing"},
		{name: "rules", shop: busyShop, role: manager, path: "/rules?status=ready"},
		{name: "rules-empty-status", shop: busyShop, role: manager, path: "/rules?status=assembling"},
		{name: "rules-no-crm", shop: emptyShop, role: manager, path: "/rules"},
		{name: "rules-deleted", shop: busyShop, role: manager, path: "/rules?deleted=1&status=assembling"},
		{name: "rule-new", shop: busyShop, role: manager, path: "/rules/new?status=send"},
		{name: "rule-gone-status", shop: busyShop, role: manager, path: "/rules/4"},
		{name: "rule-operator", shop: busyShop, role: operator, path: "/rules/1"},
		{name: "rule-wrong-field", shop: busyShop, role: manager, path: "/rules/1", form: "name=&text=Заказ+{{order.numbr}}&way=whatsapp,sms&statuses=ready&fallback=x&if_missing=send&status=ready", status: 422},
		{name: "rule-costly", shop: busyShop, role: manager, path: "/rules/try", form: "id=1&name=x&text=Your+order+№+{{order.number}}+is+ready+at+our+shop&way=chat,sms&statuses=ready&if_missing=skip&status=ready"},
		{name: "rule-try", shop: busyShop, role: manager, path: "/rules/try", form: "id=1&name=x&text={{order.custom.code}}+{{order.number}}&way=whatsapp,sms&statuses=ready&if_missing=skip&status=ready&limit_hours=1&from=09:00&to=21:00&fallback=30&expires=24"},
		{name: "rule-try-skip", shop: with(busyShop, func(s *shop) { s.trial.Verdict, s.trial.Channel = gateway.Skip, "" }), role: manager, path: "/rules/try", form: "id=1&text=x"},
		{name: "rule-try-wait", shop: with(busyShop, func(s *shop) { s.trial.Channel = "" }), role: manager, path: "/rules/try", form: "id=1&text=x"},
		{name: "rule-try-no-order", shop: with(busyShop, func(s *shop) { s.fault = device.Errorf(device.NotFound, "retailcrm: order", "no such order") }), role: manager, path: "/rules/try", form: "id=1&text=x&order=1"},
		{name: "rule-try-no-crm", shop: with(busyShop, func(s *shop) { s.fault = device.Errorf(device.Conflict, "retailcrm", "off") }), role: manager, path: "/rules/try", form: "id=1&text=x"},
		{name: "journal", shop: busyShop, role: operator, path: "/journal"},
		{name: "journal-empty", shop: emptyShop, role: operator, path: "/journal"},
		{name: "journal-nothing-found", shop: busyShop, role: operator, path: "/journal?q=nobody&state=failed&channel=sms&rule=1&verdict=send"},
		{name: "journal-older", shop: busyShop, role: operator, path: "/journal?cursor=older"},
		{name: "why-not", shop: busyShop, role: operator, path: "/journal/90"},
		{name: "device", shop: busyShop, role: manager, path: "/device"},
		{name: "device-empty", shop: emptyShop, role: operator, path: "/device"},
		{name: "settings-shop", shop: busyShop, role: owner, path: "/settings"},
		{name: "settings-shop-wrong", shop: busyShop, role: manager, path: "/settings/shop", form: "shop_name=&shop_language=ru&shop_timezone=Moon&shop_region=RU", status: 422},
		{name: "settings-crm", shop: busyShop, role: owner, path: "/settings/crm?done=reference"},
		{name: "settings-crm-manager", shop: busyShop, role: manager, path: "/settings/crm"},
		{name: "settings-crm-tried", shop: busyShop, role: owner, path: "/settings/crm", form: "url=https://demo.retailcrm.ru&do=try&field=has_whatsapp"},
		{name: "settings-crm-new-address", shop: busyShop, role: owner, path: "/settings/crm", form: "url=https://other.retailcrm.ru&do=save&field=has_whatsapp", status: 422},
		{name: "settings-channels", shop: with(busyShop, func(s *shop) {
			s.settings.SMS.Modems = []gateway.ModemSettings{{Port: "auto", PIN: "1234"}, {Port: "/dev/ttyUSB5"}}
		}), role: owner, path: "/settings/channels"},
		{name: "settings-channels-wrong", shop: busyShop, role: owner, path: "/settings/channels", form: "whatsapp_gap=x&whatsapp_hourly=-1&whatsapp_daily=9&sms_gap=1&sms_hourly=1&sms_daily=1&new_chats=1&pin=abc&port=COM3", status: 422},
		{name: "settings-people", shop: busyShop, role: owner, path: "/settings/people?done=person"},
		{name: "settings-people-wrong", shop: busyShop, role: owner, path: "/settings/people", form: "name=&role=king&password=short", status: 422},
		{name: "settings-tokens", shop: busyShop, role: owner, path: "/settings/tokens"},
		{name: "settings-tokens-none", shop: emptyShop, role: owner, path: "/settings/tokens?done=token_gone"},
		{name: "settings-token-made", shop: busyShop, role: owner, path: "/settings/tokens", form: "name=site&role=operator"},
		{name: "settings-me", shop: busyShop, role: operator, path: "/settings/me"},
		{name: "settings-me-wrong", shop: busyShop, role: operator, path: "/settings/me", form: "old=nothing&password=whatever+it+is", status: 422},
		{name: "error-403", shop: busyShop, role: operator, path: "/settings/people", status: 403},
		{name: "error-404", shop: busyShop, role: operator, path: "/nowhere", status: 404},
		{name: "setup-owner", shop: with(emptyShop, func(s *shop) { s.code = "ABCD-EFGH" }), path: "/setup"},
		{name: "setup-shop", shop: emptyShop, role: owner, path: "/setup/shop"},
		{name: "setup-crm", shop: emptyShop, role: owner, path: "/setup/crm"},
		{name: "setup-crm-works", shop: busyShop, role: owner, path: "/setup/crm", form: "url=demo.retailcrm.ru&key=k&do=try"},
		{name: "setup-crm-missing", shop: with(busyShop, func(s *shop) {
			s.crmTest.State, s.crmTest.Missing, s.crmTest.Excess = gateway.CRMMissingRight, []string{"order_write", "reference_read", "other"}, []string{"customer_write"}
			s.crmTest.Clock = 400 * time.Second
		}), role: owner, path: "/setup/crm", form: "url=demo.retailcrm.ru&key=k&do=save", status: 422},
		{name: "setup-crm-wrong-key", shop: with(busyShop, func(s *shop) {
			s.crmTest = gateway.CRMTest{CRMStatus: gateway.CRMStatus{State: gateway.CRMWrongKey, Cause: "403 Wrong apiKey value"}}
		}), role: owner, path: "/setup/crm", form: "url=demo.retailcrm.ru&key=k&do=try"},
		{name: "setup-phone", shop: pairingIs(device.Pairing{State: device.PairingWaiting, QR: qrText, ShownAt: ago(5 * time.Second), ExpiresAt: noon.Add(15 * time.Second)}), role: owner, path: "/setup/phone"},
		{name: "setup-phone-linked", shop: busyShop, role: owner, path: "/setup/phone"},
		{name: "setup-modem", shop: busyShop, role: owner, path: "/setup/modem"},
		{name: "setup-modem-pin", shop: with(emptyShop, func(s *shop) { s.links[1].State = device.LinkSIMPIN }), role: owner, path: "/setup/modem"},
		{name: "setup-modem-none", shop: with(emptyShop, func(s *shop) { s.links = s.links[:1] }), role: owner, path: "/setup/modem"},
		{name: "setup-test", shop: busyShop, role: owner, path: "/setup/test"},
		{name: "setup-test-bad-phone", shop: busyShop, role: owner, path: "/setup/test", form: "phone=8+9I2&text=x&way=whatsapp,sms", status: 422},
		{name: "setup-test-sent", shop: busyShop, role: owner, path: "/setup/test?message=1"},
		{name: "setup-done", shop: busyShop, role: owner, path: "/setup/done"},
	}
	for id := 1; id <= 7; id++ {
		list = append(list, scene{name: fmt.Sprintf("why-%d", id), shop: busyShop, role: operator, path: fmt.Sprintf("/messages/%d", id)})
	}
	return slices.Concat(list, linkScenes(), careScenes(), backupScenes(), talkScenes(), supportScenes(), campaignScenes(), inviteScenes())
}

// linkScenes have every state of every link once, on the page that says most of it.
func linkScenes() []scene {
	var list []scene
	for ch, states := range map[device.Channel][]device.LinkState{
		device.WhatsApp: {device.LinkOff, device.LinkConnecting, device.LinkUnlinked, device.LinkBanned, device.LinkLocked, device.LinkOutdated, device.LinkReplaced, device.LinkUnreachable, device.LinkClockWrong},
		device.SMS:      {device.LinkOff, device.LinkConnecting, device.LinkSIMMissing, device.LinkSIMPIN, device.LinkSIMPUK, device.LinkSearching, device.LinkDenied, device.LinkNoSignal, device.LinkNotResponding, device.LinkConnected},
	} {
		for _, state := range states {
			i := 0
			if ch == device.SMS {
				i = 1
			}
			change := func(s *shop) {
				s.links[i].State, s.links[i].Cause, s.links[i].Until = state, "cause", noon.Add(3*time.Hour)
				s.links[i].SignalDBM = 0
			}
			list = append(list, scene{name: fmt.Sprintf("device-%s-%s", ch, state), shop: with(busyShop, change), role: gateway.Manager, path: "/device"})
			if ch == device.WhatsApp {
				list = append(list, scene{name: "pairing-link-" + string(state), shop: with(busyShop, change), role: gateway.Manager, path: "/pairing"})
			}
		}
	}
	for _, state := range []gateway.CRMState{gateway.CRMConnecting, gateway.CRMUnreachable, gateway.CRMNotCRM, gateway.CRMWrongKey, gateway.CRMMissingRight, gateway.CRMFailing} {
		list = append(list, scene{name: "device-crm-" + string(state), shop: with(busyShop, func(s *shop) {
			s.crm = gateway.CRMStatus{State: state, Cause: "503", Missing: []string{"order_write"}, Lag: 70 * time.Second}
		}), role: gateway.Manager, path: "/device"})
	}
	for kind := range kindStatus {
		list = append(list, scene{name: "error-" + string(kind), shop: with(busyShop, func(s *shop) { s.fault = device.Errorf(kind, "modem: reset", "said no") }), role: gateway.Manager, path: "/device/modem", form: "port=x", status: kindStatus[kind]})
	}
	return list
}
