package whatsapp

import (
	"context"
	"testing"

	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
)

func TestPairByQRAndLogIn(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	c := r.linked()
	paired, _ := wait[*events.PairSuccess](c, 0, nil)
	if paired.ID.User != digits(shopNumber) || paired.ID.Device != 1 || paired.LID.Device != 1 || paired.BusinessName != "Shop" {
		t.Errorf("paired as %+v", paired)
	}
	list := r.phone.Companions()
	if len(list) != 1 || list[0].Device != 1 || !list[0].Online || list[0].PreKeys != 812 {
		t.Errorf("the phone's list of devices is %+v", list)
	}
}

func TestDirectory(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ana := r.srv.AddCustomer("+551187654321", "Ana", Alias("+5511987654321"))
	gone := r.srv.AddCustomer("+79160000009", "Gone")
	gone.LeaveWhatsApp()
	r.srv.SkipNumber("+79160000008")
	c := r.linked()

	answer, err := c.IsOnWhatsApp(context.Background(), []string{"+5511987654321", "+551187654321", "+79160000009", "+79160000008", "+79160000007", "+12"})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]types.IsOnWhatsAppResponse{}
	for _, a := range answer {
		got[a.Query] = a
	}
	if len(got) != 4 {
		t.Errorf("%d answers, the invalid numbers must be missing: %+v", len(got), answer)
	}
	for _, query := range []string{"+5511987654321", "+551187654321"} {
		a := got[query]
		if !a.IsIn || a.PhoneNumber.User != "551187654321" || a.JID.User != ana.LID() || a.JID.Server != types.HiddenUserServer {
			t.Errorf("%s: %+v", query, a)
		}
	}
	for _, query := range []string{"+79160000009", "+79160000007"} {
		if a, ok := got[query]; !ok || a.IsIn {
			t.Errorf("%s: %+v", query, a)
		}
	}
	if asked := r.srv.DirectoryQueries(); len(asked) != 1 || len(asked[0].Asked) != 6 || asked[0].Asked[0] != "+5511987654321" {
		t.Errorf("questions: %+v", asked)
	}
}

func TestSendToSeveralDevicesWithReceipts(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ana := r.srv.AddCustomer("+79161234567", "Ana", Devices(3))
	c := r.linked()
	id := c.mustSend(ana.Number(), "Your order is ready")
	inbox := r.texts(ana, 1)
	got := inbox[0]
	if got.Text != "Your order is ready" || got.MessageID != id || len(got.Devices) != 3 || got.From != shopNumber || got.Read {
		t.Errorf("inbox: %+v", got)
	}
	if receipt := c.receipt(id, types.ReceiptTypeDelivered); receipt.Chat.User != ana.LID() {
		t.Errorf("receipt: %+v", receipt)
	}
	second := c.mustSend(ana.Number(), "Until nine")
	r.texts(ana, 2)
	ana.Read()
	if receipt := c.receipt(id, types.ReceiptTypeRead); len(receipt.MessageIDs) != 2 || receipt.MessageIDs[1] != second {
		t.Errorf("read receipt: %+v", receipt)
	}
	ana.SetReadsAtOnce(true)
	c.receipt(c.mustSend(ana.Number(), "See you"), types.ReceiptTypeRead)

	chat := r.phone.Chat()
	if len(chat) != 3 || !chat[0].FromMe || chat[0].To != ana.Number() || chat[0].Text != "Your order is ready" {
		t.Errorf("the shop's phone shows %+v", chat)
	}
	if len(r.phone.Inbox()) != 0 {
		t.Errorf("own messages are no inbox: %+v", r.phone.Inbox())
	}
	r.await("all receipts are acknowledged", func() bool { return r.phone.Companions()[0].Unacked == 0 })
}

func TestReceiveByLIDAndByNumber(t *testing.T) {
	t.Parallel()
	for _, how := range []Addressing{ByLID, ByNumber, ByNumberOnly} {
		t.Run(how.String(), func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			ana := r.srv.AddCustomer("+79161234567", "Ana")
			c := r.linked()
			id, err := ana.SendText(shopNumber, "Is it open?", how)
			if err != nil {
				t.Fatal(err)
			}
			evt := c.message("Is it open?")
			if evt.Info.ID != id || evt.Info.PushName != "Ana" || evt.Info.IsFromMe {
				t.Errorf("%+v", evt.Info)
			}
			wantUser, wantAlt := ana.LID(), digits(ana.Number())
			if how != ByLID {
				wantUser, wantAlt = wantAlt, wantUser
			}
			if how == ByNumberOnly {
				wantAlt = ""
			}
			if evt.Info.Chat.User != wantUser || evt.Info.SenderAlt.User != wantAlt {
				t.Errorf("chat %s, alt %s", evt.Info.Chat, evt.Info.SenderAlt)
			}
			r.await("the receipt", func() bool { return ana.Sent(id).Acknowledged })

			// The answer, then a second text: now the session has both directions and no prekey is used up. A client that knew only the
			// number until it answered begins a second session by LID and asks for the next text again; that costs keys.
			keys := r.phone.Companions()[0].PreKeys
			c.mustSend(ana.Number(), "Until nine")
			r.texts(ana, 1)
			if _, err = ana.SendText(shopNumber, "Thanks", how); err != nil {
				t.Fatal(err)
			}
			c.message("Thanks")
			if now := r.phone.Companions()[0].PreKeys; now != keys && how != ByNumberOnly {
				t.Errorf("a prekey was used for an established session: %d, then %d", keys, now)
			}
			if inbox := r.phone.Inbox(); len(inbox) != 2 || inbox[0].Text != "Is it open?" {
				t.Errorf("the shop's phone shows %+v", inbox)
			}
		})
	}
}
