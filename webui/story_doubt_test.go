package webui

import (
	"strings"
	"testing"

	"vestnik/device"
	"vestnik/gateway"
)

// Who decides about a WhatsApp message of unknown fate must know that it may go
// another way: while WhatsApp is down for long, what is queued goes by SMS.
func TestTheRiskOfSendingAgainNamesTheOtherWay(t *testing.T) {
	t.Parallel()
	matter, err := loadMatter()
	if err != nil {
		t.Fatal(err)
	}
	tried := []gateway.AttemptStory{{Attempt: gateway.Attempt{Channel: device.WhatsApp}}}
	both := gateway.Message{Channel: device.WhatsApp, Channels: []device.Channel{device.WhatsApp, device.SMS}}
	for lang, want := range map[string]string{"ru": "по SMS", "en": "by SMS"} {
		f := &Frame{words: matter.words[lang]}
		if says := risk(f, both, tried); !strings.Contains(says, want) {
			t.Errorf("%s: %s", lang, says)
		}
		alone := both
		alone.Channels = alone.Channels[:1]
		says := risk(f, alone, tried)
		if strings.Contains(says, "SMS") {
			t.Errorf("%s, no other channel: %s", lang, says)
		}
		if strings.Contains(says, "номер") {
			t.Errorf("%s: an id reads like a phone number: %s", lang, says)
		}
	}
}
