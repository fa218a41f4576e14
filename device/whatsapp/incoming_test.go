package whatsapp

import (
	"bytes"
	"compress/zlib"
	"context"
	"errors"
	"testing"
	"time"

	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/proto/waHistorySync"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	"google.golang.org/protobuf/proto"

	"vestnik/device"
	"vestnik/device/devicetest"
	sim "vestnik/sim/whatsapp"
)

func TestHearsTheSamePersonByEveryAddress(t *testing.T) {
	t.Parallel()
	r := newRig(t).link()
	for _, how := range []sim.Addressing{sim.ByNumberOnly, sim.ByNumber, sim.ByLID} {
		if _, err := r.ana.SendText(string(shopNumber), how.String(), how); err != nil {
			t.Fatal(err)
		}
	}
	r.await("all", func() bool { return len(r.sink.IncomingMessages()) == 3 })
	for i, in := range r.sink.IncomingMessages() {
		if in.From != anaNumber || in.Name != "Анна" || in.FromShop || in.Device != shopNumber.Digits() || in.Channel != device.WhatsApp || in.At.IsZero() {
			t.Errorf("%+v", in)
		}
		if i > 0 && in.Alias != r.ana.LID()+"@lid" {
			t.Errorf("alias of %+v", in)
		}
	}
}

func TestHearsTheShopsOwnPhone(t *testing.T) {
	t.Parallel()
	r := newRig(t).link()
	r.mustSend(anaNumber, "от программы")
	id, err := r.phone.SendText(string(anaNumber), "от человека")
	if err != nil {
		t.Fatal(err)
	}
	r.await("the person's words", func() bool { return len(r.sink.IncomingMessages()) == 1 })
	in := r.sink.IncomingMessages()[0]
	if !in.FromShop || in.To != anaNumber || in.From != shopNumber || in.ID != id || in.Text != "от человека" || in.Alias != r.ana.LID()+"@lid" {
		t.Errorf("%+v", in)
	}
}

func TestAnUnreadableMessageIsAskedForAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t).link()
	r.srv.Faults().GarbleInbound(1)
	if _, err := r.ana.SendText(string(shopNumber), "не с первого раза", sim.ByLID); err != nil {
		t.Fatal(err)
	}
	r.await("her words", func() bool {
		in := r.sink.IncomingMessages()
		return len(in) == 1 && in[0].Text == "не с первого раза"
	})
}

// panicking is a sink that panics once.
type panicking struct {
	device.Sink
	left chan struct{}
}

func (p panicking) Incoming(ctx context.Context, in device.Incoming) error {
	select {
	case p.left <- struct{}{}:
		panic("a bug")
	default:
		return p.Sink.Incoming(ctx, in)
	}
}

func TestAPanicLosesNoMessage(t *testing.T) {
	t.Parallel()
	inner := &devicetest.Sink{}
	r := newRig(t, func(r *rig) { r.opt.Sink = panicking{inner, make(chan struct{}, 1)} })
	r.link()
	if _, err := r.ana.SendText(string(shopNumber), "важное", sim.ByLID); err != nil {
		t.Fatal(err)
	}
	r.await("the panic", func() bool { return len(r.opt.Sink.(panicking).left) == 1 })
	r.restart()
	r.await("her words", func() bool { return len(inner.IncomingMessages()) == 1 })
}

func TestAFullDiskLosesNoMessageOverManyReturns(t *testing.T) {
	t.Parallel()
	r := newRig(t).link()
	r.sink.FailNext(errors.New("disk full"))
	id, err := r.ana.SendText(string(shopNumber), "важное", sim.ByNumber)
	if err != nil {
		t.Fatal(err)
	}
	r.await("the refusal", func() bool { return r.sink.Refused() == 1 })
	if r.ana.Sent(id).Acknowledged {
		t.Error("the server was told that it is stored")
	}
	r.srv.Disconnect() // the same process comes back
	r.await("her words", func() bool { return len(r.sink.IncomingMessages()) == 1 })
	r.await("the acknowledgement", func() bool { return r.ana.Sent(id).Acknowledged })
	for range 2 {
		r.restart()
		r.awaitState(device.LinkConnected)
	}
	time.Sleep(50 * time.Millisecond) // nothing more may come
	if n := len(r.sink.IncomingMessages()); n != 1 {
		t.Errorf("%d messages", n)
	}
}

// message is an event as the library makes it.
func message(info types.MessageInfo, msg *waE2E.Message) *events.Message {
	return &events.Message{Info: info, Message: msg, RawMessage: msg}
}

func TestOnlyChatsOfTwoPeopleAreHeard(t *testing.T) {
	t.Parallel()
	person, other := types.NewJID("79161234501", types.DefaultUserServer), types.NewJID("79160000001", types.DefaultUserServer)
	for name, c := range map[string]struct {
		info types.MessageInfo
		want bool
	}{
		"a customer":             {types.MessageInfo{MessageSource: types.MessageSource{Chat: person, Sender: person}}, true},
		"a customer by LID":      {types.MessageInfo{MessageSource: types.MessageSource{Chat: types.NewJID("1", types.HiddenUserServer)}}, true},
		"the shop's phone":       {types.MessageInfo{MessageSource: types.MessageSource{Chat: person, Sender: other, IsFromMe: true}}, true},
		"the phone to itself":    {types.MessageInfo{MessageSource: types.MessageSource{Chat: other, Sender: other, IsFromMe: true}}, false},
		"a group":                {types.MessageInfo{MessageSource: types.MessageSource{Chat: types.NewJID("1-2", types.GroupServer), Sender: person, IsGroup: true}}, false},
		"a status":               {types.MessageInfo{MessageSource: types.MessageSource{Chat: types.StatusBroadcastJID, Sender: person, IsGroup: true}}, false},
		"a broadcast list":       {types.MessageInfo{MessageSource: types.MessageSource{Chat: types.NewJID("1", types.BroadcastServer), Sender: person}}, false},
		"a channel":              {types.MessageInfo{MessageSource: types.MessageSource{Chat: types.NewJID("1", types.NewsletterServer)}}, false},
		"a bot":                  {types.MessageInfo{MessageSource: types.MessageSource{Chat: types.NewJID("1", types.BotServer)}}, false},
		"devices among themself": {types.MessageInfo{MessageSource: types.MessageSource{Chat: person, Sender: person}, Category: "peer"}, false},
	} {
		if direct(c.info) != c.want {
			t.Errorf("%s: %t", name, !c.want)
		}
	}
}

func TestWhatTheLibrarySeldomSays(t *testing.T) {
	t.Parallel()
	r := newRig(t).link()
	l, err := r.s.usable("test")
	if err != nil {
		t.Fatal(err)
	}
	lid := types.NewJID("999888777666555", types.HiddenUserServer)
	from := func(id string, jid types.JID) types.MessageInfo {
		return types.MessageInfo{MessageSource: types.MessageSource{Chat: jid, Sender: jid}, ID: id, Timestamp: time.Now()}
	}
	words := &waE2E.Message{Conversation: proto.String("привет")}

	// A stranger whose number WhatsApp hides.
	if !r.s.handle(l, message(from("1", lid), words)) {
		t.Error("refused")
	}
	// A picture to be seen once, which is never sent to linked devices.
	if !r.s.handle(l, &events.UndecryptableMessage{Info: from("2", lid), IsUnavailable: true, UnavailableType: events.UnavailableTypeViewOnce}) {
		t.Error("refused")
	}
	// What this very device wrote.
	own := from("3", lid)
	own.IsFromMe, own.Sender = true, l.account
	// Not for people.
	reaction := &waE2E.Message{ReactionMessage: &waE2E.ReactionMessage{Text: proto.String("👍")}}
	for _, quiet := range []any{
		message(own, words), message(from("4", lid), reaction),
		&events.UndecryptableMessage{Info: from("5", lid)},
		&events.Receipt{MessageSource: from("6", lid).MessageSource, MessageIDs: []string{"6"}, Type: types.ReceiptTypeRetry},
		&events.Receipt{MessageSource: from("7", lid).MessageSource, MessageIDs: []string{"7"}, Type: types.ReceiptTypeInactive},
		&events.Receipt{MessageSource: own.MessageSource, MessageIDs: []string{"8"}, Type: types.ReceiptTypeRead},
		&events.Receipt{MessageSource: from("9", lid).MessageSource, Type: types.ReceiptTypeRead},
		&events.OfflineSyncCompleted{},
	} {
		if !r.s.handle(l, quiet) {
			t.Errorf("%T refused", quiet)
		}
	}
	in := r.sink.IncomingMessages()
	if len(in) != 2 || in[0].From != "" || in[0].Alias != lid.String() || in[0].Text != "привет" || in[1].Media != "view_once" {
		t.Errorf("%+v", in)
	}
	if got := r.sink.Receipts(); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}

func TestOfTheHistoryOnlyASmallNoticeIsRead(t *testing.T) {
	t.Parallel()
	r := newRig(t).link()
	l, err := r.s.usable("test")
	if err != nil {
		t.Fatal(err)
	}
	notice := func(salt string) *waE2E.Message {
		raw, err := proto.Marshal(&waHistorySync.HistorySync{
			SyncType: waHistorySync.HistorySync_INITIAL_BOOTSTRAP.Enum(), NctSalt: []byte(salt),
		})
		if err != nil {
			t.Fatal(err)
		}
		var packed bytes.Buffer
		z := zlib.NewWriter(&packed)
		if _, err := z.Write(raw); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		return &waE2E.Message{ProtocolMessage: &waE2E.ProtocolMessage{
			Type:                    waE2E.ProtocolMessage_HISTORY_SYNC_NOTIFICATION.Enum(),
			HistorySyncNotification: &waE2E.HistorySyncNotification{InitialHistBootstrapInlinePayload: packed.Bytes()},
		}}
	}
	info := types.MessageInfo{MessageSource: types.MessageSource{Chat: l.account.ToNonAD(), Sender: l.account.ToNonAD(), IsFromMe: true}, ID: "H", Category: "peer"}
	salt := func() string {
		b, err := l.cli.Store.NCTSalt.GetNCTSalt(r.ctx())
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	if !r.s.handle(l, message(info, notice("salt"))) || salt() != "salt" {
		t.Errorf("salt %q", salt())
	}
	big := notice("other")
	payload := &big.ProtocolMessage.HistorySyncNotification.InitialHistBootstrapInlinePayload
	*payload = append(*payload, make([]byte, mostHistory)...)
	remote := &waE2E.Message{ProtocolMessage: &waE2E.ProtocolMessage{HistorySyncNotification: &waE2E.HistorySyncNotification{DirectPath: proto.String("/v/x?y=z")}}}
	for _, m := range []*waE2E.Message{big, remote} {
		if !r.s.handle(l, message(info, m)) || salt() != "salt" {
			t.Errorf("salt %q", salt())
		}
	}
	if n := len(r.sink.IncomingMessages()); n != 0 {
		t.Errorf("%d messages", n)
	}
}
