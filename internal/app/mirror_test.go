package app_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"vestnik/device"
	"vestnik/sim/whatsapp"
	"vestnik/sim/world"
)

// chatsOf are the CRM's chats of one of the channels by its name.
func (b *box) chatsOf(channel string) []int {
	var ids []int
	for _, c := range b.world.MG.Channels() {
		for _, chat := range b.world.MG.Chats() {
			if c.Name() == channel && chat.Channel == c.ID() {
				ids = append(ids, chat.ID)
			}
		}
	}
	return ids
}

// mirrored are the lines of a customer's WhatsApp or SMS in the CRM's chats, "customer: …" or
// "channel: …".
func (b *box) mirrored(channel string) []string {
	var lines []string
	for _, chat := range b.chatsOf(channel) {
		for _, m := range b.world.MG.Messages(chat) {
			if m.Kind != "system" {
				lines = append(lines, m.From+": "+m.Text)
			}
		}
	}
	return lines
}

func TestOurOwnWhatsAppShowsAmongTheCRMsChats(t *testing.T) {
	t.Parallel()
	b := talking(t)
	anna := b.world.Somebody(true, 0)
	b.until("the channels are there", func() bool {
		for _, c := range b.world.MG.Channels() {
			if c.Name() == "WhatsApp (Vestnik)" {
				return true
			}
		}
		return false
	})
	if _, err := anna.Messenger.SendText(world.ShopPhone, "добрый день", whatsapp.ByLID); err != nil {
		t.Fatal(err)
	}
	b.gets(anna, 1, 0)
	var lines []string
	b.until("both sides are in the CRM", func() bool { lines = b.mirrored("WhatsApp (Vestnik)"); return len(lines) == 2 })
	if lines[0] != "customer: добрый день" || !strings.HasPrefix(lines[1], "channel: ") || !strings.Contains(lines[1], "Здравствуйте") {
		t.Errorf("%q", lines)
	}
	b.gets(anna, 1, 0) // what is shown there is not answered again

	b.apply(`chats: {mirror: "off"}`)
	b.until("the channels are switched off in the CRM", func() bool {
		for _, c := range b.world.MG.Channels() {
			if strings.HasSuffix(c.Name(), "(Vestnik)") && c.Active() {
				return false
			}
		}
		return true
	})
}

func TestAnOperatorAnswersOurWhatsAppInTheCRMThroughTheWebhook(t *testing.T) {
	t.Parallel()
	b := talking(t)
	b.apply(`chats: {mirror: webhook, webhook_url: "` + b.url + `"}`)
	anna := b.world.Somebody(true, 0)
	b.until("the chats are connected", func() bool { return b.link(device.Chat).State == device.LinkConnected })
	if _, err := anna.Messenger.SendText(world.ShopPhone, "оператор", whatsapp.ByLID); err != nil {
		t.Fatal(err)
	}
	b.gets(anna, 1, 0)
	var chat int
	b.until("the chat is in the CRM", func() bool {
		if ids := b.chatsOf("WhatsApp (Vestnik)"); len(ids) > 0 {
			chat = ids[0]
		}
		return chat != 0
	})
	olga := b.world.MG.Operators()[0]
	olga.SetOnline(true)
	id, err := olga.Write(chat, "Здравствуйте, это Ольга")
	if err != nil {
		t.Fatal(err)
	}
	b.gets(anna, 2, 0)
	b.until("the operator sees that it went", func() bool {
		m, _ := b.world.MG.Message(id)
		return m.Status == "sent" || m.Status == "seen"
	})
	if _, err := anna.Messenger.SendText(world.ShopPhone, "спасибо, а где мой заказ?", whatsapp.ByLID); err != nil {
		t.Fatal(err)
	}
	b.until("her answer is in the CRM", func() bool {
		lines := b.mirrored("WhatsApp (Vestnik)")
		return len(lines) > 0 && strings.Contains(lines[len(lines)-1], "где мой заказ")
	})
	b.gets(anna, 2, 0) // a person talks
	for _, l := range b.mirrored("WhatsApp (Vestnik)") {
		if strings.HasPrefix(l, "channel: Здравствуйте, это Ольга") {
			t.Error("what the operator wrote is shown a second time")
		}
	}
}

// TestAnOperatorsTextForARadioThatIsOffHoldsNoChatUp: the CRM still shows the channel of a
// WhatsApp that was switched off. The operator hears no, and the other chats go on.
func TestAnOperatorsTextForARadioThatIsOffHoldsNoChatUp(t *testing.T) {
	t.Parallel()
	stub := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"async":true}`)
	}))
	defer stub.Close()
	b := talking(t)
	b.apply(`chats: {mirror: stub, webhook_url: "` + stub.URL + `"}`)
	anna := b.world.Somebody(true, 0)
	b.until("the chats are connected", func() bool { return b.link(device.Chat).State == device.LinkConnected })
	b.writes(anna, "добрый день")
	b.gets(anna, 1, 0)
	var chat int
	b.until("the chat is in the CRM", func() bool {
		if ids := b.chatsOf("WhatsApp (Vestnik)"); len(ids) > 0 {
			chat = ids[0]
		}
		return chat != 0
	})
	b.apply(`whatsapp: {enabled: false}`)
	b.until("WhatsApp is off", func() bool { return b.link(device.WhatsApp).State == device.LinkOff })
	b.until("the chats are connected again", func() bool { return b.link(device.Chat).State == device.LinkConnected })
	id, err := b.world.MG.Operators()[0].Write(chat, "Здравствуйте, это Ольга")
	if err != nil {
		t.Fatal(err)
	}
	vera := b.world.OnTelegram
	vera.Write("привет")
	b.shown(vera, "Здравствуйте")
	b.until("the operator sees that it did not go", func() bool {
		m, _ := b.world.MG.Message(id)
		return m.Status == "failed"
	})
}
