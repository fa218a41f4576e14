package app_test

import (
	"slices"
	"strings"
	"testing"

	"vestnik/device"
	"vestnik/sim/messagegateway"
	"vestnik/sim/whatsapp"
	"vestnik/sim/world"
)

const botConfig = `
rules:
  - name: ready
    statuses: [ready-for-pickup]
    text: "Здравствуйте, {{customer.firstName|default:\"покупатель\"}}! Заказ {{order.number}} готов."
    channels: [chat, whatsapp, sms]
    fallback_after: 10m
bot:
  enabled: true
  open: {mon: ["00:00-24:00"], tue: ["00:00-24:00"], wed: ["00:00-24:00"], thu: ["00:00-24:00"], fri: ["00:00-24:00"], sat: ["00:00-24:00"], sun: ["00:00-24:00"]}
`

// talking is a box whose bot answers and whose radios and chats are connected.
func talking(t *testing.T) *box {
	t.Helper()
	b := newBox(t, world.Options{})
	b.apply(botConfig)
	b.ready()
	b.until("the chats are connected", func() bool { return b.link(device.Chat).State == device.LinkConnected })
	return b
}

// shown waits until a customer of a messenger sees a text with these words, and answers the
// texts that he sees.
func (b *box) shown(p *messagegateway.Customer, words ...string) []string {
	b.t.Helper()
	var texts []string
	b.until("a text with "+strings.Join(words, ", "), func() bool {
		texts = p.Texts()
		return slices.ContainsFunc(texts, func(text string) bool {
			for _, w := range words {
				if !strings.Contains(text, w) {
					return false
				}
			}
			return true
		})
	})
	return texts
}

func TestATelegramCustomerTalksToTheBotAndGetsHisOrdersNewsThere(t *testing.T) {
	t.Parallel()
	b := talking(t)
	anna := b.world.OnTelegram
	anna.Write("Здравствуйте!")
	b.shown(anna, "Здравствуйте")
	if taps := anna.Suggestions(); len(taps) != 3 || taps[0].Title != "Где мой заказ?" {
		t.Errorf("suggestions %+v", taps)
	}
	anna.Write("/1")
	b.shown(anna, "заказ")
	id, number := b.world.NewOrder(b.world.Somebody(true, 0))
	if err := b.world.CRM.SetStatus(id, "ready-for-pickup"); err != nil {
		t.Fatal(err)
	}
	b.shown(anna, number+" готов")
	for _, m := range anna.Messages() {
		if strings.Contains(m.Text, number+" готов") && !m.Mass {
			t.Error("an order's news opens a dialog")
		}
	}
	b.gets(b.world.Somebody(true, 0), 0, 0)
}

func TestACustomerTalksToTheBotByWhatsAppAndSMS(t *testing.T) {
	t.Parallel()
	b := talking(t)
	anna, boris := b.world.Somebody(true, 0), b.world.Somebody(false, 0)
	if _, err := anna.Messenger.SendText(world.ShopPhone, "добрый день", whatsapp.ByLID); err != nil {
		t.Fatal(err)
	}
	b.gets(anna, 1, 0)
	b.world.Modem.Receive(boris.Phone, "где мой заказ?")
	b.until("Boris hears", func() bool { _, sms := b.world.Texts(boris); return len(sms) > 0 })
	_, sms := b.world.Texts(boris)
	if wa, _ := b.world.Texts(anna); !strings.Contains(wa[0], "1. Где мой заказ?") || !strings.Contains(sms[0], "О каком заказе") {
		t.Errorf("%q %q", wa, sms)
	}
}
