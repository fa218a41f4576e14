package whatsapp

import (
	"context"
	"slices"
	"testing"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	"google.golang.org/protobuf/proto"
)

func TestPhoneOff(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ana := r.srv.AddCustomer("+79161234567", "Ana", Offline(), Devices(2))
	bob := r.srv.AddCustomer("+79161234568", "Bob")
	c := r.linked()
	kept := c.mustSend(ana.Number(), "kept")
	revoked := c.mustSend(ana.Number(), "revoked")
	c.revoke(ana, revoked)
	c.receipt(c.mustSend(bob.Number(), "a receipt later than any of Ana's"), types.ReceiptTypeDelivered)
	if len(ana.Inbox()) != 0 || count(c, func(e *events.Receipt) bool { return e.Chat.User == ana.LID() }) != 0 {
		t.Error("something was delivered to a phone that is off")
	}
	ana.SetOnline(true)
	c.receipt(kept, types.ReceiptTypeDelivered)
	inbox := r.texts(ana, 2)
	if inbox[0].Text != "kept" || inbox[0].Revoked || !inbox[1].Revoked || inbox[1].Text != "" || inbox[1].RevokedText != "revoked" {
		t.Errorf("inbox: %+v", inbox)
	}
}

func (c *client) revoke(customer *Customer, id types.MessageID) {
	c.r.t.Helper()
	chat := types.NewJID(customer.LID(), types.HiddenUserServer)
	if _, err := c.SendMessage(context.Background(), chat, c.BuildRevoke(chat, types.EmptyJID, id)); err != nil {
		c.r.t.Fatalf("revoke: %v", err)
	}
}

func TestRevokeAndEdit(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ana := r.srv.AddCustomer("+79161234567", "Ana", Devices(2))
	c := r.linked()
	id := c.mustSend(ana.Number(), "wrong text")
	edited := c.mustSend(ana.Number(), "tpyo")
	r.texts(ana, 2)
	changes := make(chan Received, 10)
	defer ana.OnReceive(func(r Received) { changes <- r })()
	c.revoke(ana, id)
	chat := types.NewJID(ana.LID(), types.HiddenUserServer)
	edit := c.BuildEdit(chat, edited, &waE2E.Message{Conversation: proto.String("typo")})
	if _, err := c.SendMessage(context.Background(), chat, edit); err != nil {
		t.Fatal(err)
	}
	if change := next(t, changes); change.MessageID != id || !change.Revoked {
		t.Errorf("%+v", change)
	}
	if change := next(t, changes); change.MessageID != edited || change.Text != "typo" || !change.Edited {
		t.Errorf("%+v", change)
	}
	once(t, ana, "", "typo")
	r.await("the shop's phone shows the same", func() bool {
		chat := r.phone.Chat()
		return len(chat) == 2 && chat[0].Revoked && chat[1].Text == "typo"
	})
}

func TestCustomerLeavesAndComesBack(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ana := r.srv.AddCustomer("+79161234567", "Ana")
	c := r.linked()
	c.mustSend(ana.Number(), "hello")
	r.texts(ana, 1)
	ana.LeaveWhatsApp()
	c.mustSend(ana.Number(), "into the void") // taken and lost, as in life
	answer, err := c.IsOnWhatsApp(context.Background(), []string{ana.Number()})
	if err != nil || len(answer) != 1 || answer[0].IsIn {
		t.Errorf("%+v, %v", answer, err)
	}
	if _, err = c.send("+79160000000", "nobody"); err == nil {
		t.Error("a number without an account was written to")
	}
	r.srv.AddCustomer(ana.Number(), "Ana")
	c.mustSend(ana.Number(), "hello again")
	r.texts(ana, 2)
	once(t, ana, "hello", "hello again")
}

func TestInboundWaitsForClient(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ana := r.srv.AddCustomer("+79161234567", "Ana")
	c := r.linked()
	c.Disconnect()
	r.await("offline", func() bool { return !r.phone.Companions()[0].Online })
	var ids []string
	for _, text := range []string{"one", "two", "three"} {
		id, err := ana.SendText(shopNumber, text, ByLID)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	if !slices.Equal(ids, ana.SentIDs()) {
		t.Errorf("sent %v, listed %v", ids, ana.SentIDs())
	}
	if err := c.Connect(); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"one", "two", "three"} {
		c.message(text)
	}
	if preview, _ := wait[*events.OfflineSyncPreview](c, 0, func(e *events.OfflineSyncPreview) bool { return e.Total > 0 }); preview.Messages != 3 {
		t.Errorf("%+v", preview)
	}
	r.await("all are acknowledged", func() bool { return r.phone.Companions()[0].Unacked == 0 })
}

func TestUnacknowledgedMessageComesAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ana := r.srv.AddCustomer("+79161234567", "Ana")
	c := r.linked()
	c.setRefuse(true)
	id, err := ana.SendText(shopNumber, "not stored yet", ByLID)
	if err != nil {
		t.Fatal(err)
	}
	c.message("not stored yet")
	if ana.Sent(id).Acknowledged {
		t.Error("acknowledged although the handler failed")
	}
	from := c.seen()
	c.setRefuse(false)
	r.srv.Disconnect()
	again, _ := wait(c, from, func(e *events.Message) bool { return e.Info.ID == id })
	if again.Message.GetConversation() != "not stored yet" {
		t.Errorf("%+v", again)
	}
	r.await("the receipt", func() bool { return ana.Sent(id).Acknowledged })
}

func TestOwnPhoneWrites(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ana := r.srv.AddCustomer("+79161234567", "Ana")
	c := r.linked()
	id, err := r.phone.SendText(ana.Number(), "by hand")
	if err != nil {
		t.Fatal(err)
	}
	evt := c.message("by hand")
	if !evt.Info.IsFromMe || evt.Info.Chat.User != ana.LID() || evt.Info.ID != id || evt.Info.RecipientAlt.User != digits(ana.Number()) {
		t.Errorf("%+v", evt.Info)
	}
	once(t, ana, "by hand")
	r.await("the copy is acknowledged", func() bool { return r.phone.Companions()[0].Unacked == 0 })
}

func TestTwoLinkedDevicesSeeEachOther(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ana := r.srv.AddCustomer("+79161234567", "Ana")
	one := r.linked()
	one.mustSend(ana.Number(), "before the second was linked") // so that its list of own devices is cached
	two := r.linked()
	r.await("the first knows the second", func() bool { return r.phone.Companions()[0].Unacked == 0 })
	one.mustSend(ana.Number(), "from one")
	if evt := two.message("from one"); !evt.Info.IsFromMe || evt.Info.Chat.User != ana.LID() {
		t.Errorf("%+v", evt.Info)
	}
	if _, err := ana.SendText(shopNumber, "to both", ByLID); err != nil {
		t.Fatal(err)
	}
	one.message("to both")
	two.message("to both")
}

func TestLowPreKeys(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	c := r.linked()
	r.phone.DrainPreKeys(2)
	// Within ten minutes of the last upload the client asks how many are left before it uploads more.
	r.await("new keys", func() bool { return r.phone.Companions()[0].PreKeys >= 50 })
	r.await("the notice is acknowledged", func() bool { return r.phone.Companions()[0].Unacked == 0 })
	_ = c
}

func TestPresence(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ana := r.srv.AddCustomer("+79161234567", "Ana")
	c := r.linked()
	c.Store.PushName = "Shop"
	if err := c.SendPresence(context.Background(), types.PresenceUnavailable); err != nil {
		t.Fatal(err)
	}
	r.await("the presence", func() bool { return len(r.srv.Presences()) == 1 })
	if got := r.srv.Presences()[0]; got != (Presence{Phone: shopNumber, Device: 1, Type: "unavailable", Name: "Shop"}) {
		t.Errorf("%+v", got)
	}
	if err := c.SendChatPresence(context.Background(), numberJID(ana.Number()), types.ChatPresenceComposing, ""); err != nil {
		t.Fatal(err)
	}
	id, err := ana.SendText(shopNumber, "read me", ByLID)
	if err != nil {
		t.Fatal(err)
	}
	evt := c.message("read me")
	if err = c.MarkRead(context.Background(), []types.MessageID{id}, evt.Info.Timestamp, evt.Info.Chat, evt.Info.Sender); err != nil {
		t.Fatal(err)
	}
	r.await("the customer sees that it was read", func() bool { return ana.Sent(id).Read })
}

func TestMediaBothWays(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ana := r.srv.AddCustomer("+79161234567", "Ana")
	c := r.linked()
	if _, err := ana.SendImage(shopNumber, []byte("picture of a parcel"), "image/jpeg", "is it this one?", ByLID); err != nil {
		t.Fatal(err)
	}
	evt, _ := wait(c, 0, func(e *events.Message) bool { return e.Message.GetImageMessage() != nil })
	data, err := c.Download(context.Background(), evt.Message.GetImageMessage())
	if err != nil || string(data) != "picture of a parcel" || evt.Message.GetImageMessage().GetCaption() != "is it this one?" {
		t.Errorf("%q, %v", data, err)
	}

	up, err := c.Upload(context.Background(), []byte("invoice"), whatsmeow.MediaDocument)
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.SendMessage(context.Background(), numberJID(ana.Number()), &waE2E.Message{DocumentMessage: &waE2E.DocumentMessage{
		URL: &up.URL, DirectPath: &up.DirectPath, MediaKey: up.MediaKey, FileEncSHA256: up.FileEncSHA256, FileSHA256: up.FileSHA256,
		FileLength: &up.FileLength, Mimetype: proto.String("application/pdf"), FileName: proto.String("invoice.pdf"), Caption: proto.String("Here it is"),
	}})
	if err != nil {
		t.Fatal(err)
	}
	got := r.texts(ana, 1)[0]
	if got.Text != "Here it is" || got.Media == nil || got.Media.FileName != "invoice.pdf" || string(got.Media.Data) != "invoice" {
		t.Errorf("%+v, %+v", got, got.Media)
	}
}

// next takes one value from a channel in time.
func next[T any](t *testing.T, from <-chan T) T {
	t.Helper()
	select {
	case value := <-from:
		return value
	case <-time.After(patience):
		t.Fatal("nothing came")
		panic("unreachable")
	}
}

func TestOnReceiveTellsEverything(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ana := r.srv.AddCustomer("+79161234567", "Ana")
	c := r.linked()
	type told struct{ number, text string }
	heard := make(chan told, 10)
	stop := r.srv.OnReceive(func(number string, got Received) {
		r.srv.NotUnderstood() // a subscriber may call the server
		heard <- told{number, got.Text}
	})
	c.mustSend(ana.Number(), "hello")
	seen := map[told]bool{next(t, heard): true, next(t, heard): true}
	if !seen[told{ana.Number(), "hello"}] || !seen[told{shopNumber, "hello"}] {
		t.Errorf("%v", seen)
	}
	stop()
}

func TestNewDeviceAndNewPhone(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ana := r.srv.AddCustomer("+79161234567", "Ana")
	c := r.linked()
	c.mustSend(ana.Number(), "one")
	ana.AddDevice()
	c.mustSend(ana.Number(), "two") // the answer says that a device was left out
	c.mustSend(ana.Number(), "three")
	inbox := r.texts(ana, 3)
	if len(inbox[1].Devices) != 1 || len(inbox[2].Devices) != 2 {
		t.Errorf("devices: %v, %v", inbox[1].Devices, inbox[2].Devices)
	}
	ana.Reinstall()
	wait[*events.IdentityChange](c, 0, nil)
	c.mustSend(ana.Number(), "four")
	// whatsmeow may still use the old session (it stores LID sessions under another name than it deletes here); the new phone asks again.
	r.await("both devices can read it", func() bool {
		inbox := ana.Inbox()
		return len(inbox) == 4 && len(inbox[3].Devices) == 2
	})
}
