package app_test

import (
	"strings"
	"testing"
	"time"

	"vestnik/device"
	"vestnik/gateway"
	"vestnik/sim/modem"
	"vestnik/sim/retailcrm"
	"vestnik/sim/whatsapp"
	"vestnik/sim/world"
)

func (b *box) ready() {
	b.t.Helper()
	b.pair()
	b.until("the modem is on its network and RetailCRM connected", func() bool {
		return b.link(device.SMS).State == device.LinkConnected && b.app.Desk().CRM().State == gateway.CRMConnected
	})
}

func (b *box) marked(id int, want bool) {
	b.t.Helper()
	b.until("the order's checkbox", func() bool {
		o, _ := b.world.CRM.Order(id)
		on, ok := o.CustomFields["has_whatsapp"].(bool)
		return ok && on == want
	})
}

func TestTheMainJob(t *testing.T) {
	t.Parallel()
	b := newBox(t, world.Options{})
	b.ready()
	anna, boris := b.world.Somebody(true, 0), b.world.Somebody(false, 0)

	id, number := b.order(anna)
	b.gets(anna, 1, 0)
	wa, _ := b.world.Texts(anna)
	if want := "Здравствуйте, Анна! Заказ " + number + " готов."; wa[0] != want {
		t.Errorf("her phone shows %q, want %q", wa[0], want)
	}
	b.marked(id, true)
	b.until("delivered", func() bool { return b.message(number).State == gateway.Delivered })

	id, number = b.order(boris)
	b.gets(boris, 0, 1)
	b.marked(id, false)
	b.until("delivered by SMS", func() bool { m := b.message(number); return m.State == gateway.Delivered && m.Channel == device.SMS })

	// The status comes again: once per order.
	if err := b.world.CRM.SetStatus(id, "assembling"); err != nil {
		t.Fatal(err)
	}
	if err := b.world.CRM.SetStatus(id, "ready-for-pickup"); err != nil {
		t.Fatal(err)
	}
	b.until("a second decision", func() bool {
		rows, _, err := b.app.Store().Decisions(t.Context(), gateway.DecisionFilter{Search: number})
		return err == nil && len(rows) == 2
	})
	b.gets(boris, 0, 1)
	if asked := b.world.WhatsApp.DirectoryQueries(); len(asked) != 2 {
		t.Errorf("the directory was asked %d times for two numbers", len(asked))
	}
	for _, p := range b.world.WhatsApp.Presences() {
		if p.Type != "unavailable" {
			t.Errorf("presence %q: the shop's phone would stop ringing", p.Type)
		}
	}
}

func TestRestartGoesOnWhereItWas(t *testing.T) {
	t.Parallel()
	b := newBox(t, world.Options{})
	b.ready()
	anna, vera := b.world.Somebody(true, 0), b.world.Somebody(true, 1)
	b.order(anna)
	b.gets(anna, 1, 0)
	b.stop()
	b.order(vera) // while the box is off
	b.start()
	b.gets(vera, 1, 0)
	b.gets(anna, 1, 0)
}

func TestCutNetworkLosesAndDoublesNothing(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]func(*whatsapp.Faults){
		"before processing": func(f *whatsapp.Faults) { f.CutBeforeProcessing(1) },
		"after processing":  func(f *whatsapp.Faults) { f.CutAfterProcessing(1) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBox(t, world.Options{})
			b.ready()
			fault(b.world.WhatsApp.Faults())
			anna, vera := b.world.Somebody(true, 0), b.world.Somebody(true, 1)
			b.order(anna)
			b.order(vera)
			b.gets(anna, 1, 0)
			b.gets(vera, 1, 0)
		})
	}
}

func TestUnlinkedPhoneSendsBySMSAndPairsAgain(t *testing.T) {
	t.Parallel()
	b := newBox(t, world.Options{})
	b.ready()
	b.world.Phone.Unlink()
	b.until("unlinked", func() bool { return b.link(device.WhatsApp).State == device.LinkUnlinked })
	anna, vera := b.world.Somebody(true, 0), b.world.Somebody(true, 1)
	b.order(anna)
	b.gets(anna, 0, 1)
	b.pair()
	b.order(vera)
	b.gets(vera, 1, 0)
}

func TestRefusedMessageAndLockGoBySMS(t *testing.T) {
	t.Parallel()
	b := newBox(t, world.Options{})
	b.ready()
	b.world.WhatsApp.Faults().AckError(463, 1)
	anna, vera := b.world.Somebody(true, 0), b.world.Somebody(true, 1)
	b.order(anna)
	b.gets(anna, 0, 1)
	b.until("locked", func() bool { return b.link(device.WhatsApp).State == device.LinkLocked })
	b.order(vera) // a new chat
	b.gets(vera, 0, 1)
}

func TestModemTroubleIsAStateAndLosesNothing(t *testing.T) {
	t.Parallel()
	b := newBox(t, world.Options{})
	b.ready()
	boris := b.world.Somebody(false, 0)
	for _, trouble := range []struct {
		want       device.LinkState
		make, mend func()
	}{
		{device.LinkAbsent, b.world.Modem.Unplug, func() {
			if err := b.world.Modem.Plug(); err != nil {
				t.Error(err)
			}
		}},
		{device.LinkSIMMissing, b.world.Modem.RemoveSIM, b.world.Modem.InsertSIM},
		{device.LinkDenied, func() { b.world.Modem.SetRegistration(modem.RegDenied) }, func() { b.world.Modem.SetRegistration(modem.RegHome) }},
	} {
		trouble.make()
		b.until(string(trouble.want), func() bool { return b.link(device.SMS).State == trouble.want })
		trouble.mend()
		b.until("the modem is back", func() bool { return b.link(device.SMS).State == device.LinkConnected })
	}
	b.world.Modem.Unplug()
	b.order(boris)
	b.until("it waits", func() bool {
		rows, _, err := b.app.Store().Messages(t.Context(), gateway.MessageFilter{State: gateway.Queued})
		return err == nil && len(rows) == 1 && rows[0].Reason == gateway.WaitingLink
	})
	if err := b.world.Modem.Plug(); err != nil {
		t.Fatal(err)
	}
	b.gets(boris, 0, 1)
}

func TestALongSMSThatBrokeOffArrivesWholeAndOnce(t *testing.T) {
	t.Parallel()
	b := newBox(t, world.Options{})
	b.ready()
	b.world.Modem.Faults().FailSubmit(2, 331) // the network is gone before the second part
	boris := b.world.Somebody(false, 0)
	text := strings.Repeat("Длинный рассказ о заказе. ", 8)
	if _, _, err := b.app.Desk().Enqueue(t.Context(), gateway.Draft{To: boris.Phone, Text: text, Channels: []device.Channel{device.SMS}, By: "test"}); err != nil {
		t.Fatal(err)
	}
	b.gets(boris, 0, 1)
	_, sms := b.world.Texts(boris)
	if sms[0] != text {
		t.Errorf("the phone shows %q", sms[0])
	}
	if n := b.world.Modem.HalfMessages(boris.Phone); n != 0 {
		t.Errorf("%d torsos on the phone", n)
	}
	for _, m := range b.world.Modem.Network() {
		if len(m.Parts) != 4 {
			t.Errorf("the network took %d parts of one message", len(m.Parts))
		}
	}
}

func TestSIMAsksForItsPIN(t *testing.T) {
	t.Parallel()
	b := newBox(t, world.Options{})
	b.until("the modem is on its network", func() bool { return b.link(device.SMS).State == device.LinkConnected })
	b.world.Modem.Unplug()
	b.world.Modem.SetPIN("4321")
	if err := b.world.Modem.Plug(); err != nil {
		t.Fatal(err)
	}
	b.until("asks for the PIN", func() bool { return b.link(device.SMS).State == device.LinkSIMPIN })
	b.apply(`sms: {modems: [{port: auto, pin: "4321"}]}`)
	b.until("on the network", func() bool { return b.link(device.SMS).State == device.LinkConnected })
}

func TestCRMTroubleIsAStateAndLosesNothing(t *testing.T) {
	t.Parallel()
	b := newBox(t, world.Options{})
	b.ready()
	anna := b.world.Somebody(true, 0)
	faults := b.world.CRM.Faults()
	for _, trouble := range []struct {
		want       gateway.CRMState
		make, mend func()
	}{
		{gateway.CRMUnreachable, func() { faults.Down(true) }, func() { faults.Down(false) }},
		{gateway.CRMWrongKey, func() { faults.WrongKey(true) }, func() { faults.WrongKey(false) }},
		{gateway.CRMMissingRight, func() { faults.DropScope("order_read") }, func() { faults.RestoreScope("order_read") }},
		{gateway.CRMNotCRM, func() { faults.NoAccount(true) }, func() { faults.NoAccount(false) }},
	} {
		trouble.make()
		b.app.Wake()
		b.until(string(trouble.want), func() bool { b.app.Wake(); return b.app.Desk().CRM().State == trouble.want })
		trouble.mend()
		b.until("connected again", func() bool { b.app.Wake(); return b.app.Desk().CRM().State == gateway.CRMConnected })
	}
	faults.Down(true)
	b.order(anna)
	faults.Down(false)
	faults.HTML(1)
	b.gets(anna, 1, 0)
}

func TestMarkSurvivesALostAnswer(t *testing.T) {
	t.Parallel()
	b := newBox(t, world.Options{})
	b.ready()
	id, _ := b.order(b.world.Somebody(true, 0))
	b.marked(id, true)
	id, number := b.world.NewOrder(b.world.Somebody(true, 1))
	b.world.CRM.OnChange(func(c retailcrm.Change) {})
	if err := b.world.CRM.SetStatus(id, "ready-for-pickup"); err != nil {
		t.Fatal(err)
	}
	b.decision(number)
	b.world.CRM.Faults().Status(503, 1)
	b.marked(id, true)
}

func TestOrdersThatCannotBeWrittenAbout(t *testing.T) {
	t.Parallel()
	b := newBox(t, world.Options{})
	b.ready()
	for _, c := range []struct {
		phone string
		want  gateway.Reason
	}{
		{"", gateway.NoPhone},
		{"позвонить вечером", gateway.BadPhone},
		{"8 912 345 67 8", gateway.BadPhone},
		{"900", gateway.BadPhone},
	} {
		o := b.world.CRM.AddOrder(retailcrm.Order{FirstName: "Некто", Phone: c.phone, Status: "new"})
		if err := b.world.CRM.SetStatus(o.ID, "ready-for-pickup"); err != nil {
			t.Fatal(err)
		}
		if d := b.decision(o.Number); d.Verdict != gateway.Skip || d.Reason != c.want {
			t.Errorf("phone %q: %s %s, want %s", c.phone, d.Verdict, d.Reason, c.want)
		}
	}
	// Two numbers in one field: the mobile one is taken.
	boris := b.world.Somebody(false, 1)
	o := b.world.CRM.AddOrder(retailcrm.Order{FirstName: "Борис", Phone: "8 495 123-45-67, " + boris.Phone, Status: "new"})
	if err := b.world.CRM.SetStatus(o.ID, "ready-for-pickup"); err != nil {
		t.Fatal(err)
	}
	b.gets(boris, 0, 1)
}

func TestCustomersWordsAreKeptOnce(t *testing.T) {
	t.Parallel()
	b := newBox(t, world.Options{})
	b.ready()
	anna, boris := b.world.Somebody(true, 0), b.world.Somebody(false, 0)
	if _, err := anna.Messenger.SendText(world.ShopPhone, "где мой заказ?", whatsapp.ByLID); err != nil {
		t.Fatal(err)
	}
	b.world.Modem.Receive(boris.Phone, "а мой?")
	b.until("both are kept", func() bool {
		totals, err := b.app.Store().Totals(t.Context(), time.Now().Add(-time.Hour))
		return err == nil && totals.Incoming == 2
	})
	// Who has written is known to be on WhatsApp: no look-up is spent on her.
	b.order(anna)
	b.gets(anna, 1, 0)
	if asked := b.world.WhatsApp.DirectoryQueries(); len(asked) != 0 {
		t.Errorf("the directory was asked for somebody who wrote: %v", asked)
	}
}
